//! The client library waits for ever for the rest of a DISCONNECT that is only a reason code, which brokers send
//! when another device has taken the name over. This reader writes such a packet out in full.

use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

const DISCONNECT: u8 = 0xe0;

/// A socket whose incoming packets are all written out in full.
#[derive(Debug)]
pub(super) struct InFull<S> {
    socket: S,
    next: Next,
    /// Read and not handed on yet, from `taken`.
    bytes: Vec<u8>,
    taken: usize,
}

/// What the next incoming byte is.
#[derive(Clone, Copy, Debug)]
enum Next {
    Type,
    Length { of: u8, shift: u32, so_far: u32 },
    Reason,
    Body { left: u32 },
}

impl<S> InFull<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket, next: Next::Type, bytes: Vec::new(), taken: 0 }
    }
}

impl Next {
    fn after(self, byte: u8, bytes: &mut Vec<u8>) -> Self {
        bytes.push(byte);
        match self {
            Self::Type => Self::Length { of: byte, shift: 0, so_far: 0 },
            Self::Length { of, shift, so_far } => {
                let so_far = so_far | u32::from(byte & 0x7f) << shift.min(21);
                if byte & 0x80 != 0 {
                    return Self::Length { of, shift: shift + 7, so_far };
                }
                if of == DISCONNECT && so_far == 1 && shift == 0 {
                    // The reason and a property length of 0 will follow.
                    bytes.pop();
                    bytes.push(2);
                    return Self::Reason;
                }
                if so_far == 0 { Self::Type } else { Self::Body { left: so_far } }
            }
            Self::Reason => {
                bytes.push(0);
                Self::Type
            }
            Self::Body { left: 1 } => Self::Type,
            Self::Body { left } => Self::Body { left: left - 1 },
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for InFull<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.taken == this.bytes.len() {
            let mut room = [0; 2048];
            let mut room = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut this.socket).poll_read(cx, &mut room))?;
            this.bytes.clear();
            this.taken = 0;
            for byte in room.filled() {
                this.next = this.next.after(*byte, &mut this.bytes);
            }
        }
        let count = (this.bytes.len() - this.taken).min(out.remaining());
        out.put_slice(&this.bytes[this.taken..this.taken + count]);
        this.taken += count;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for InFull<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn in_full(packets: &[&[u8]]) -> Vec<u8> {
        let all = packets.concat();
        let mut read = Vec::new();
        InFull::new(all.as_slice()).read_to_end(&mut read).await.expect("read");
        read
    }

    #[tokio::test]
    async fn only_a_disconnect_of_one_byte_is_changed() {
        let mut long = vec![0x30, 0x80 | 100, 1];
        long.extend([0xe0, 1].repeat(114));
        let others: [&[u8]; 5] = [&[0xd0, 0], &long, &[0xe0, 0], &[0xe0, 2, 0x8e, 0], &[0x40, 2, 0, 1]];
        assert_eq!(in_full(&others).await, others.concat());
        let mut taken_over = others.to_vec();
        taken_over.push(&[0xe0, 1, 0x8e]);
        assert_eq!(in_full(&taken_over).await, [others.concat(), vec![0xe0, 2, 0x8e, 0]].concat());
    }
}
