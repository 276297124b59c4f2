//! A serial keypad that is no hardware: a pseudo-terminal for a terminal program or a script to type into. What is
//! typed goes through the decoder of the real keypads; nothing is ever written back.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::Mode;
use rustix::fs::OFlags;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio::time::MissedTickBehavior;
use tokio_serial::SerialPort;
use tokio_serial::SerialStream;
use tokio_util::sync::CancellationToken;

use crate::keypad::decode::Decoder;
use crate::keypad::line::Line;
use crate::port::keys::Press;

/// How soon a program that left without unlocking the device lets the next one in.
const UNLOCK: Duration = Duration::from_secs(1);

/// The device exists as long as this does.
#[derive(Debug)]
pub struct Pty {
    ours: SerialStream,
    /// The other end, held open: with nobody there, every read of ours would fail.
    theirs: OwnedFd,
    path: PathBuf,
}

impl Pty {
    /// Within a runtime. Fails when the machine has no pseudo-terminals to give.
    pub fn open() -> io::Result<Self> {
        // Both ends come raw: no echo, no lines, no translation.
        let (ours, first) = SerialStream::pair()?;
        let path = first.name().ok_or_else(|| io::Error::other("the pseudo-terminal has no path"))?;
        // A sandbox that leads its session must not be hung up when the device goes.
        let theirs = rustix::fs::open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { ours, theirs, path: PathBuf::from(path) })
    }

    /// What a terminal program opens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Types into the terminal until `shutdown`. `keys` is asked for each read, so that a terminal that was started
    /// again hears what is typed from then on; while none runs, presses are lost, as on a counter.
    pub async fn run(
        &mut self,
        keys: impl Fn() -> mpsc::Sender<Press>,
        shutdown: CancellationToken,
    ) -> io::Result<()> {
        let start = Instant::now();
        let mut line = Line::new(Decoder::for_terminal_program());
        let mut bytes = [0; 256];
        let mut unlock = tokio::time::interval(UNLOCK);
        unlock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                count = self.ours.read(&mut bytes) => line.handle(&bytes[..count?], start.elapsed(), &keys()),
                () = line.due(start) => line.handle_timeout(start.elapsed(), &keys()),
                // `screen` takes the device for itself and leaves it so; only its last close would end that, and
                // there is none while we hold it.
                _ = unlock.tick() => rustix::termios::ioctl_tiocnxcl(&self.theirs)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::sync::Arc;
    use std::sync::Mutex;

    use super::*;
    use crate::core::key::Key;
    use crate::port::keys::channel;

    /// Opens the device as a terminal program does, types, and closes it again.
    fn type_into(path: &Path, bytes: &[u8]) {
        OpenOptions::new().read(true).write(true).open(path).unwrap().write_all(bytes).unwrap();
    }

    async fn heard(terminal: &mut mpsc::Receiver<Press>, count: usize) -> Vec<Key> {
        let mut keys = Vec::new();
        while keys.len() < count {
            let press = tokio::time::timeout(Duration::from_secs(20), terminal.recv()).await;
            keys.push(press.expect("a key in time").expect("the pty still types").key);
        }
        keys
    }

    #[tokio::test]
    async fn a_terminal_program_may_come_and_go() {
        let mut pty = Pty::open().unwrap();
        let (keys, mut terminal) = channel();
        let (path, shutdown) = (pty.path().to_owned(), CancellationToken::new());
        let typing = async {
            type_into(&path, b"1150\n");
            let digits = [1, 1, 5, 0].map(Key::Digit);
            assert_eq!(heard(&mut terminal, 5).await, [&digits[..], &[Key::Enter]].concat());
            type_into(&path, b"7");
            assert_eq!(heard(&mut terminal, 1).await, [Key::Digit(7)]);
            type_into(&path, b"\x1b[A\x1b");
            assert_eq!(heard(&mut terminal, 1).await, [Key::Cancel], "a lone escape comes out by its time");
            shutdown.cancel();
        };
        let (ran, ()) = tokio::join!(pty.run(|| keys.clone(), shutdown.clone()), typing);
        ran.unwrap();
    }

    #[tokio::test]
    async fn a_terminal_that_was_started_again_hears_what_is_typed_then() {
        let mut pty = Pty::open().unwrap();
        let (first, mut terminal) = channel();
        let keys = Arc::new(Mutex::new(first));
        let (path, shutdown) = (pty.path().to_owned(), CancellationToken::new());
        let typing = async {
            type_into(&path, b"1");
            assert_eq!(heard(&mut terminal, 1).await, [Key::Digit(1)]);
            drop(terminal);
            let (second, mut terminal) = channel();
            *keys.lock().unwrap() = second;
            type_into(&path, b"2");
            assert_eq!(heard(&mut terminal, 1).await, [Key::Digit(2)]);
            shutdown.cancel();
        };
        let (ran, ()) = tokio::join!(pty.run(|| keys.lock().unwrap().clone(), shutdown.clone()), typing);
        ran.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_echoed_to_the_terminal_program() {
        let pty = Pty::open().unwrap();
        let modes = rustix::termios::tcgetattr(&pty.theirs).unwrap();
        assert!(
            !modes
                .local_modes
                .intersects(rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ICANON)
        );
    }
}
