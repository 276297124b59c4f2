//! A broker that does not take our certificate says why and hangs up. A write that finds this out first fails with no
//! more than a broken pipe; this socket then reads what the broker had to say.

use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

#[derive(Debug)]
pub(super) struct LastWord<S> {
    socket: S,
}

impl<S: AsyncRead + AsyncWrite + Unpin> LastWord<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket }
    }

    /// The reason that was sent, in place of how it was found out.
    fn reason(&mut self, cx: &mut Context<'_>, found: io::Error) -> io::Error {
        let mut room = [0; 256];
        match Pin::new(&mut self.socket).poll_read(cx, &mut ReadBuf::new(&mut room)) {
            Poll::Ready(Err(said)) => said,
            Poll::Ready(Ok(())) | Poll::Pending => found,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for LastWord<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, out)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LastWord<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        written.map(|written| written.map_err(|found| self.reason(cx, found)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        flushed.map(|flushed| flushed.map_err(|found| self.reason(cx, found)))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// Takes nothing more, and has something to say or nothing.
    struct Gone(Option<&'static str>);

    impl AsyncRead for Gone {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            self.0.map_or(Poll::Pending, |said| Poll::Ready(Err(io::Error::other(said))))
        }
    }

    impl AsyncWrite for Gone {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_was_said_counts_more_than_how_it_was_found_out() {
        let mut told = LastWord::new(Gone(Some("revoked")));
        assert_eq!(told.write_all(b"x").await.expect_err("gone").to_string(), "revoked");
        assert_eq!(told.flush().await.expect_err("gone").to_string(), "revoked");
        let silent = LastWord::new(Gone(None)).write_all(b"x").await.expect_err("gone");
        assert_eq!(silent.kind(), io::ErrorKind::BrokenPipe);
    }
}
