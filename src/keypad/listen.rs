//! What listening is for every kind of keypad: opened again and again while it is gone, told whether it is there, its
//! news decoded and its keys handed on.

use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::decode::Decode;
use super::decode::Dropped;
use super::line::Heard;
use super::line::Line;
use crate::core::backoff::doubling;
use crate::port::keys::KeypadFault;
use crate::port::keys::Presence;
use crate::port::keys::Press;

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A device that was there for so long was there: the next wait is a short one again.
const STEADY: Duration = Duration::from_secs(10);

/// Where a keypad's keys go.
#[derive(Clone, Debug)]
pub struct Outlet {
    pub keys: mpsc::Sender<Press>,
    /// What was heard, for a person who tries the keypad; what does not fit is left out.
    pub heard: Option<mpsc::Sender<Heard>>,
}

impl From<mpsc::Sender<Press>> for Outlet {
    fn from(keys: mpsc::Sender<Press>) -> Self {
        Self { keys, heard: None }
    }
}

/// What came from a keypad since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub opened: u64,
    pub reads: u64,
    pub dropped: Dropped,
    /// Presses that the terminal had no room for.
    pub unheard: u64,
}

/// A keypad that is being listened to.
#[derive(Debug)]
pub struct Listening {
    pub presence: watch::Receiver<Presence>,
    pub counts: watch::Receiver<Counts>,
    /// Ends after `shutdown`, or when nobody takes the keys any more; the device is closed then.
    pub task: JoinHandle<()>,
}

/// One kind of keypad.
pub(super) trait Source: Send + 'static {
    type Decoder: Decode + Send;
    type Port: Send;

    /// Takes the device, for us alone where that can be.
    fn open(&mut self) -> Result<Self::Port, KeypadFault>;

    /// Reads until the device is gone, and has closed it then: a device that is held open comes back under another
    /// name. Answers why.
    fn read(
        &mut self,
        port: Self::Port,
        desk: &mut Desk<Self::Decoder>,
    ) -> impl Future<Output = KeypadFault> + Send;

    /// Waits until the device may be there again, at most so long.
    fn wait(&mut self, most: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(most)
    }
}

/// Where the news of one keypad is read.
pub(super) struct Desk<D> {
    pub line: Line<D>,
    keys: mpsc::Sender<Press>,
    counter: watch::Sender<Counts>,
    start: Instant,
}

impl<D: Decode> Desk<D> {
    /// Takes one read of news.
    pub fn take(&mut self, raw: impl FnOnce() -> String, feed: impl FnOnce(&mut D, Duration)) {
        self.counter.send_modify(|counts| counts.reads += 1);
        self.line.feed(self.start.elapsed(), raw, feed, &self.keys);
        self.count();
    }

    /// To be called when it is `due`.
    pub fn handle_timeout(&mut self) {
        self.line.handle_timeout(self.start.elapsed(), &self.keys);
        self.count();
    }

    /// Waits until `handle_timeout` is due; for ever if nothing is.
    pub fn due(&self) -> impl Future<Output = ()> + Send + use<D> {
        self.line.due(self.start)
    }

    fn lose(&mut self) {
        self.line.lose(&self.keys);
        self.count();
    }

    fn count(&self) {
        self.counter.send_modify(|counts| {
            counts.dropped = self.line.dropped();
            counts.unheard = self.line.unheard();
        });
    }
}

/// Listens until `shutdown`.
pub(super) fn spawn<S: Source>(
    source: S,
    decoder: S::Decoder,
    outlet: Outlet,
    shutdown: CancellationToken,
) -> Listening {
    let (presence, present) = watch::channel(Presence::Opening);
    let (counter, counts) = watch::channel(Counts::default());
    let line = Line::new(decoder).with_heard(outlet.heard);
    let desk = Desk { line, keys: outlet.keys, counter, start: Instant::now() };
    let mut listener = Listener { source, desk, presence };
    let task = tokio::spawn(async move {
        let keys = listener.desk.keys.clone();
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = keys.closed() => tracing::debug!("nobody takes the keys any more"),
            never = listener.listen() => match never {},
        }
    });
    Listening { presence: present, counts, task }
}

struct Listener<S: Source> {
    source: S,
    desk: Desk<S::Decoder>,
    presence: watch::Sender<Presence>,
}

impl<S: Source> Listener<S> {
    async fn listen(&mut self) -> std::convert::Infallible {
        let mut attempt = 0;
        loop {
            let why = match self.source.open() {
                Ok(port) => {
                    self.found();
                    let since = Instant::now();
                    let why = self.source.read(port, &mut self.desk).await;
                    if since.elapsed() >= STEADY {
                        attempt = 0;
                    }
                    self.desk.lose();
                    why
                }
                Err(why) => why,
            };
            self.lost(why);
            self.source.wait(doubling(attempt, FIRST_WAIT, LONGEST_WAIT)).await;
            attempt = attempt.saturating_add(1);
        }
    }

    fn found(&self) {
        self.desk.counter.send_modify(|counts| counts.opened += 1);
        let before = self.presence.send_replace(Presence::There);
        if before != Presence::There {
            tracing::info!("the keypad is there");
        }
    }

    fn lost(&self, why: KeypadFault) {
        self.presence.send_if_modified(|presence| {
            let is_news = !matches!(presence, Presence::Gone(before) if *before == why);
            if is_news {
                tracing::warn!(%why, "no keypad: it is waited for");
                *presence = Presence::Gone(why);
            }
            is_news
        });
    }
}
