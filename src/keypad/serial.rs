//! A keypad on a serial port. Opens it by path, again and again when it is gone, and tells whether it is there;
//! what its bytes mean is `decode`'s.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_serial::SerialPortBuilderExt;
use tokio_serial::SerialStream;
use tokio_util::sync::CancellationToken;

use super::decode;
use super::decode::Decoder;
use super::decode::Dropped;
use super::line::Line;
use crate::core::backoff::doubling;
use crate::port::keys::Press;

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A port that was there for so long was there: the next wait is a short one again.
const STEADY: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// A name that survives re-plugging, such as one below `/dev/serial/by-id`: a device that comes back may
    /// get another number.
    pub device: PathBuf,
    pub baud: u32,
    /// What the contacts may bounce for; zero for a keypad that debounces by itself.
    pub debounce: Duration,
}

impl Options {
    /// 9600 baud, 8 data bits, no parity, one stop bit.
    #[must_use]
    pub fn new(device: impl Into<PathBuf>) -> Self {
        Self { device: device.into(), baud: 9600, debounce: decode::DEBOUNCE }
    }
}

/// What went over the port since the start.
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
pub struct Serial {
    /// Whether the port is open.
    pub present: watch::Receiver<bool>,
    pub counts: watch::Receiver<Counts>,
    /// Ends after `shutdown`, or when nobody takes the keys any more; the port is closed then.
    pub task: JoinHandle<()>,
}

/// Listens to the keypad until `shutdown`. A device that is missing, now or later, is waited for.
#[must_use]
pub fn spawn(options: Options, keys: mpsc::Sender<Press>, shutdown: CancellationToken) -> Serial {
    let (presence, present) = watch::channel(false);
    let (counter, counts) = watch::channel(Counts::default());
    let line = Line::new(Decoder::for_contacts(options.debounce));
    let listener = Listener { options, keys, presence, counter, line, start: Instant::now() };
    let task = tokio::spawn(async move {
        if let Some(()) = shutdown.run_until_cancelled(listener.run()).await {
            tracing::debug!("nobody takes the keys any more");
        }
    });
    Serial { present, counts, task }
}

struct Listener {
    options: Options,
    keys: mpsc::Sender<Press>,
    presence: watch::Sender<bool>,
    counter: watch::Sender<Counts>,
    line: Line,
    start: Instant,
}

impl Listener {
    /// Until the receiver of the keys is gone.
    async fn run(mut self) {
        let keys = self.keys.clone();
        tokio::select! {
            () = keys.closed() => {}
            never = self.listen() => match never {},
        }
    }

    async fn listen(&mut self) -> std::convert::Infallible {
        let (mut attempt, mut said) = (0, None);
        loop {
            let why = match open(&self.options) {
                Ok(port) => {
                    self.found(&mut said);
                    let since = Instant::now();
                    let why = self.read(port).await;
                    if since.elapsed() >= STEADY {
                        attempt = 0;
                    }
                    // Nothing can follow an escape now, and a cancel must not wait for the next plug.
                    self.line.handle_timeout(Duration::MAX, &self.keys);
                    self.count();
                    why
                }
                Err(error) => error,
            };
            self.lost(&why, &mut said);
            tokio::time::sleep(doubling(attempt, FIRST_WAIT, LONGEST_WAIT)).await;
            attempt = attempt.saturating_add(1);
        }
    }

    /// Reads until the device is gone, and has closed it then: a device that is held open comes back under
    /// another name.
    async fn read(&mut self, mut port: SerialStream) -> io::Error {
        let mut bytes = [0; 64];
        loop {
            let read = tokio::select! {
                read = port.read(&mut bytes) => read,
                () = self.line.due(self.start) => {
                    self.line.handle_timeout(self.start.elapsed(), &self.keys);
                    continue;
                }
            };
            self.counter.send_modify(|counts| counts.reads += 1);
            match read {
                // An unplugged port is not an error to the kernel: it gives no bytes, at once and for ever.
                Ok(0) => return io::Error::new(io::ErrorKind::UnexpectedEof, "unplugged"),
                Ok(count) => self.line.handle(&bytes[..count], self.start.elapsed(), &self.keys),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error,
            }
            self.count();
        }
    }

    fn count(&self) {
        self.counter.send_modify(|counts| {
            counts.dropped = self.line.dropped();
            counts.unheard = self.line.unheard();
        });
    }

    fn found(&self, said: &mut Option<bool>) {
        if said.replace(true) != Some(true) {
            tracing::info!(device = %self.options.device.display(), "the keypad is there");
        }
        self.counter.send_modify(|counts| counts.opened += 1);
        self.presence.send_replace(true);
    }

    fn lost(&self, why: &io::Error, said: &mut Option<bool>) {
        if said.replace(false) != Some(false) {
            let device = self.options.device.display();
            tracing::warn!(%device, %why, "no keypad: it is waited for; is it plugged in, and is the path right?");
        }
        self.presence.send_replace(false);
    }
}

/// For us alone: a second reader would take every other key.
fn open(options: &Options) -> io::Result<SerialStream> {
    let path = text(&options.device)?;
    Ok(tokio_serial::new(path, options.baud).exclusive(true).open_native_async()?)
}

fn text(device: &Path) -> io::Result<&str> {
    let refused = || io::Error::new(io::ErrorKind::InvalidInput, "the path of the keypad is not UTF-8");
    device.to_str().ok_or_else(refused)
}
