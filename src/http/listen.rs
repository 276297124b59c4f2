//! The only listener. `axum::serve` lets a client take as long as it likes over a request's headers, so a
//! few hundred that dribble them hold a relay's file descriptors for ever; here they have a limit.

use std::io;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::port::pulse::Pulse;

/// A connection whose next request's headers are not whole by then is let go, be it new or kept alive. How
/// long a body may take is its route's to say.
const HEADERS_WAIT: Duration = Duration::from_secs(30);
/// How long nothing is accepted after there was no descriptor for it.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until `shutdown`, and then what has begun. `pulse` answers while connections are accepted.
pub async fn serve(listener: TcpListener, routes: Router, pulse: Pulse, shutdown: CancellationToken) {
    serve_within(HEADERS_WAIT, listener, routes, pulse, shutdown).await;
}

async fn serve_within(
    wait: Duration,
    listener: TcpListener,
    routes: Router,
    pulse: Pulse,
    shutdown: CancellationToken,
) {
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(wait);
    let connections = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            () = pulse.beat() => continue,
            () = shutdown.cancelled() => break,
        };
        let service = TowerToHyperService::new(routes.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(why, "a connection ended early");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // It left before it was served: nothing to wait for.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use axum::routing::post;
    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    use super::*;
    use crate::port::pulse::Pulses;

    const WAIT: Duration = Duration::from_millis(400);
    /// Far more than any of these takes.
    const LONG: Duration = Duration::from_secs(20);

    async fn listening() -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let slow = get(async || {
            tokio::time::sleep(WAIT * 2).await;
            "slow"
        });
        let routes = Router::new()
            .route("/", get(async || "here"))
            .route("/slow", slow)
            .route("/long", post(async |body: String| body));
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(serve_within(WAIT, listener, routes, Pulse::default(), shutdown.clone()));
        (address, shutdown, served)
    }

    async fn connected(address: SocketAddr) -> TcpStream {
        TcpStream::connect(address).await.expect("a connection")
    }

    /// Everything until the server closes.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        let read = tokio::time::timeout(LONG, stream.read_to_end(&mut text)).await;
        // A server that closes on unread bytes resets the connection: it has ended all the same.
        let _reset = read.expect("the server closes");
        String::from_utf8(text).expect("text")
    }

    async fn asked(address: SocketAddr, path: &str) -> String {
        let mut stream = connected(address).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        rest(&mut stream).await
    }

    /// One that says a header now and then, and never the last; gives back how long it was suffered.
    async fn dribble(address: SocketAddr) -> Duration {
        let began = Instant::now();
        let (mut read, mut write) = connected(address).await.into_split();
        let writing = tokio::spawn(async move {
            let mut said = write.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
            while said.is_ok() {
                tokio::time::sleep(WAIT / 10).await;
                said = write.write_all(b"X-More: 1\r\n").await;
            }
        });
        let mut nothing = Vec::new();
        let ended = tokio::time::timeout(LONG, read.read_to_end(&mut nothing)).await;
        let _reset = ended.expect("the server lets it go");
        writing.abort();
        assert!(!String::from_utf8_lossy(&nothing).contains("here"));
        began.elapsed()
    }

    #[tokio::test]
    async fn it_answers_for_its_life_while_it_accepts_and_not_after() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (mut pulses, shutdown) = (Pulses::default(), CancellationToken::new());
        let pulse = pulses.of("listener");
        let served = tokio::spawn(serve(listener, Router::new(), pulse, shutdown.clone()));
        pulses.ask();
        while !pulses.ask().is_empty() {
            tokio::task::yield_now().await;
        }
        shutdown.cancel();
        served.await.expect("it ends");
        pulses.ask();
        assert_eq!(pulses.ask(), ["listener"]);
    }

    #[tokio::test]
    async fn who_dribbles_headers_is_let_go_while_others_are_served() {
        let (address, _shutdown, _served) = listening().await;
        let dribblers: Vec<_> = (0..20).map(|_| tokio::spawn(dribble(address))).collect();
        let silent = tokio::spawn(async move { rest(&mut connected(address).await).await });
        while !dribblers.iter().all(JoinHandle::is_finished) {
            assert!(asked(address, "/").await.ends_with("here"));
            tokio::time::sleep(WAIT / 10).await;
        }
        for dribbler in dribblers {
            let suffered = dribbler.await.expect("let go");
            assert!(suffered >= WAIT / 2, "let go after {suffered:?}");
        }
        assert_eq!(silent.await.expect("let go"), "", "one that says nothing at all is let go too");
    }

    #[tokio::test]
    async fn a_body_and_an_answer_may_take_longer_than_headers() {
        let (address, _shutdown, _served) = listening().await;
        assert!(asked(address, "/slow").await.ends_with("slow"));
        let mut stream = connected(address).await;
        let head = b"POST /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\n";
        stream.write_all(head).await.expect("sent");
        for byte in *b"dribbled" {
            tokio::time::sleep(WAIT / 4).await;
            stream.write_all(&[byte]).await.expect("sent");
        }
        assert!(rest(&mut stream).await.ends_with("dribbled"));
    }

    #[tokio::test]
    async fn what_has_begun_is_served_after_the_end_was_asked_for() {
        let (address, shutdown, served) = listening().await;
        let begun = tokio::spawn(async move { asked(address, "/slow").await });
        let mut idle = connected(address).await;
        tokio::time::sleep(WAIT / 2).await;
        shutdown.cancel();
        assert_eq!(rest(&mut idle).await, "");
        assert!(begun.await.expect("an answer").ends_with("slow"));
        tokio::time::timeout(LONG, served).await.expect("it ends").expect("without a fault");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
