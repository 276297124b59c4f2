//! A keypad on one end of a pseudo-terminal, and a terminal's ear on the other.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::keypad::Counts;
use qrtill::keypad::Listening;
use qrtill::keypad::serial;
use qrtill::keypad::serial::Options;
use qrtill::port::keys::Presence;
use qrtill::port::keys::Press;
use qrtill::port::keys::channel;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_serial::SerialPort;
use tokio_serial::SerialStream;
use tokio_util::sync::CancellationToken;

/// Only reached by a test that fails.
pub const LONG: Duration = Duration::from_secs(30);

/// A counter with one USB socket: the name of the device stays, what is behind it comes and goes.
pub struct Socket {
    dir: TempDir,
    plugged: Option<SerialStream>,
}

impl Socket {
    pub fn empty() -> Self {
        Self { dir: TempDir::new().expect("a folder"), plugged: None }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("keypad")
    }

    pub fn plug(&mut self) {
        let (pad, port) = SerialStream::pair().expect("a pseudo-terminal");
        let new = self.dir.path().join("new");
        symlink(port.name().expect("its path"), &new).expect("a new name");
        std::fs::rename(new, self.path()).expect("in place of the old");
        self.plugged = Some(pad);
    }

    pub fn unplug(&mut self) {
        std::fs::remove_file(self.path()).expect("it was plugged");
        self.plugged = None;
    }

    /// What the pad sends.
    pub async fn send(&mut self, bytes: &[u8]) {
        let pad = self.plugged.as_mut().expect("it is plugged");
        pad.write_all(bytes).await.expect("the line takes it");
    }
}

pub struct Counter {
    pub socket: Socket,
    pub serial: Listening,
    pub terminal: mpsc::Receiver<Press>,
    pub shutdown: CancellationToken,
}

impl Counter {
    pub fn new(socket: Socket, channel: (mpsc::Sender<Press>, mpsc::Receiver<Press>)) -> Self {
        Self::with(socket, channel, |options| options)
    }

    /// With a keypad of another kind.
    pub fn with(
        socket: Socket,
        (keys, terminal): (mpsc::Sender<Press>, mpsc::Receiver<Press>),
        options: impl FnOnce(Options) -> Options,
    ) -> Self {
        let shutdown = CancellationToken::new();
        let serial = serial::spawn(options(Options::new(socket.path())), keys, shutdown.clone());
        Self { socket, serial, terminal, shutdown }
    }

    pub async fn plugged() -> Self {
        let mut socket = Socket::empty();
        socket.plug();
        let mut counter = Self::new(socket, channel());
        counter.present(true).await;
        counter
    }

    pub async fn present(&mut self, wanted: bool) {
        wait(&mut self.serial.presence, |presence| (*presence == Presence::There) == wanted).await;
    }

    pub async fn heard(&mut self, count: usize) -> Vec<Key> {
        let mut keys = Vec::new();
        while keys.len() < count {
            let press = timeout(LONG, self.terminal.recv()).await.expect("a key in time");
            keys.push(press.expect("the keypad is listened to").key);
        }
        keys
    }

    pub fn counts(&self) -> Counts {
        *self.serial.counts.borrow()
    }
}

pub async fn wait<T>(value: &mut watch::Receiver<T>, wanted: impl FnMut(&T) -> bool) {
    timeout(LONG, value.wait_for(wanted)).await.expect("in time").expect("the keypad is listened to");
}

/// xorshift64*: the same seed gives the same numbers.
pub struct Random(pub u64);

impl Random {
    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % end
    }

    pub fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}
