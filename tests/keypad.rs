//! A serial keypad on a real pseudo-terminal: pressed, unplugged, plugged in again, torn and noisy.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::keypad::serial;
use qrtill::keypad::serial::Counts;
use qrtill::keypad::serial::Options;
use qrtill::keypad::serial::Serial;
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
const LONG: Duration = Duration::from_secs(30);

/// A counter with one USB socket: the name of the device stays, what is behind it comes and goes.
struct Socket {
    dir: TempDir,
    plugged: Option<SerialStream>,
}

impl Socket {
    fn empty() -> Self {
        Self { dir: TempDir::new().expect("a folder"), plugged: None }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("keypad")
    }

    fn plug(&mut self) {
        let (pad, port) = SerialStream::pair().expect("a pseudo-terminal");
        let new = self.dir.path().join("new");
        symlink(port.name().expect("its path"), &new).expect("a new name");
        std::fs::rename(new, self.path()).expect("in place of the old");
        self.plugged = Some(pad);
    }

    fn unplug(&mut self) {
        std::fs::remove_file(self.path()).expect("it was plugged");
        self.plugged = None;
    }

    /// What the pad sends.
    async fn send(&mut self, bytes: &[u8]) {
        let pad = self.plugged.as_mut().expect("it is plugged");
        pad.write_all(bytes).await.expect("the line takes it");
    }
}

struct Counter {
    socket: Socket,
    serial: Serial,
    terminal: mpsc::Receiver<Press>,
    shutdown: CancellationToken,
}

impl Counter {
    fn new(socket: Socket, (keys, terminal): (mpsc::Sender<Press>, mpsc::Receiver<Press>)) -> Self {
        let shutdown = CancellationToken::new();
        let serial = serial::spawn(Options::new(socket.path()), keys, shutdown.clone());
        Self { socket, serial, terminal, shutdown }
    }

    async fn plugged() -> Self {
        let mut socket = Socket::empty();
        socket.plug();
        let mut counter = Self::new(socket, channel());
        counter.present(true).await;
        counter
    }

    async fn present(&mut self, wanted: bool) {
        wait(&mut self.serial.present, |present| *present == wanted).await;
    }

    async fn heard(&mut self, count: usize) -> Vec<Key> {
        let mut keys = Vec::new();
        while keys.len() < count {
            let press = timeout(LONG, self.terminal.recv()).await.expect("a key in time");
            keys.push(press.expect("the keypad is listened to").key);
        }
        keys
    }

    fn counts(&self) -> Counts {
        *self.serial.counts.borrow()
    }
}

async fn wait<T>(value: &mut watch::Receiver<T>, wanted: impl FnMut(&T) -> bool) {
    timeout(LONG, value.wait_for(wanted)).await.expect("in time").expect("the keypad is listened to");
}

#[tokio::test]
async fn an_amount_that_arrives_in_pieces_is_one_amount() {
    let mut counter = Counter::plugged().await;
    counter.socket.send(b"12").await;
    assert_eq!(counter.heard(2).await, [Key::Digit(1), Key::Digit(2)]);
    counter.socket.send(b"500").await;
    assert_eq!(counter.heard(3).await, [Key::Digit(5), Key::Digit(0), Key::Digit(0)]);
    counter.socket.send(b"\r\n").await;
    assert_eq!(counter.heard(1).await, [Key::Enter]);
    counter.socket.send(b"\x1b").await;
    assert_eq!(counter.heard(1).await, [Key::Cancel]);
}

#[tokio::test]
async fn noise_and_arrow_keys_are_no_keys() {
    let mut counter = Counter::plugged().await;
    counter.socket.send(b"\x00\xff\x9bq\x1b[15~\x1b[A7").await;
    assert_eq!(counter.heard(1).await, [Key::Digit(7)]);
    wait(&mut counter.serial.counts, |counts| counts.dropped.noise == 6).await;
}

#[tokio::test]
async fn an_unplugged_keypad_is_noticed_waited_for_and_heard_again() {
    let mut counter = Counter::plugged().await;
    for digit in b'1'..=b'3' {
        counter.socket.send(&[digit]).await;
        assert_eq!(counter.heard(1).await, [Key::Digit(digit - b'0')]);
        counter.socket.unplug();
        counter.present(false).await;
        counter.socket.plug();
        counter.present(true).await;
    }
    let counts = counter.counts();
    assert_eq!(counts.opened, 4);
    assert_eq!(counts.reads, 6, "one for each key and one that told each end: nothing spins");
}

#[tokio::test]
async fn an_escape_before_the_plug_was_pulled_is_not_kept_for_the_next_one() {
    let mut counter = Counter::plugged().await;
    counter.socket.send(b"\x1b").await;
    wait(&mut counter.serial.counts, |counts| counts.reads == 1).await;
    counter.socket.unplug();
    assert_eq!(counter.heard(1).await, [Key::Cancel], "without another plug");
}

#[tokio::test]
async fn a_keypad_that_is_missing_at_the_start_may_come_later() {
    let mut counter = Counter::new(Socket::empty(), channel());
    assert!(!*counter.serial.present.borrow());
    counter.socket.plug();
    counter.present(true).await;
    counter.socket.send(b"4").await;
    assert_eq!(counter.heard(1).await, [Key::Digit(4)]);
}

#[tokio::test]
async fn a_second_reader_is_kept_out() {
    let mut counter = Counter::plugged().await;
    let path = counter.socket.path();
    let device = path.to_str().expect("UTF-8");
    let second = tokio_serial::new(device, 9600).exclusive(false);
    assert!(SerialStream::open(&second).is_err());
    counter.shutdown.cancel();
    timeout(LONG, &mut counter.serial.task).await.expect("in time").expect("no panic");
    assert!(SerialStream::open(&second).is_ok(), "shutdown closes the port");
}

#[tokio::test]
async fn a_stuck_terminal_neither_blocks_the_keypad_nor_its_end() {
    let mut socket = Socket::empty();
    socket.plug();
    let mut counter = Counter::new(socket, mpsc::channel(4));
    counter.present(true).await;
    counter.socket.send(b"1234567890").await;
    wait(&mut counter.serial.counts, |counts| counts.unheard == 6).await;
    counter.shutdown.cancel();
    timeout(LONG, &mut counter.serial.task).await.expect("in time").expect("no panic");
    assert_eq!(counter.heard(4).await, [1, 2, 3, 4].map(Key::Digit));
}

#[tokio::test]
async fn it_ends_when_nobody_takes_its_keys() {
    let counter = Counter::plugged().await;
    drop(counter.terminal);
    timeout(LONG, counter.serial.task).await.expect("in time").expect("no panic");
}
