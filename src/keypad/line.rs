//! One keypad's news into a terminal's presses. Hands on what the decoder made of it and counts what could not be
//! handed on; it never waits for the terminal.

use std::future::Future;
use std::future::pending;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::decode::Decode;
use super::decode::Decoder;
use super::decode::Dropped;
use crate::core::key::Key;
use crate::port::keys::Press;

/// What came from a keypad and what was made of it, for a person who tries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// As the keypad sent it; empty where a key came out because time went by.
    pub raw: String,
    pub keys: Vec<Key>,
    /// What became no key of it.
    pub dropped: Dropped,
}

/// A decoder and the presses that it leads to. Times are monotonic, from any start.
#[derive(Debug)]
pub struct Line<D> {
    decoder: D,
    heard: Option<mpsc::Sender<Heard>>,
    /// A press was lost, and the terminal has not caught up yet.
    behind: bool,
    unheard: u64,
}

impl Line<Decoder> {
    /// Takes the bytes of one read.
    pub fn handle(&mut self, read: &[u8], now: Duration, keys: &mpsc::Sender<Press>) {
        self.feed(now, || hex(read), |decoder, now| decoder.handle(read, now), keys);
    }
}

impl<D: Decode> Line<D> {
    #[must_use]
    pub fn new(decoder: D) -> Self {
        Self { decoder, heard: None, behind: false, unheard: 0 }
    }

    /// The same, and tells what was heard.
    #[must_use]
    pub fn with_heard(self, heard: Option<mpsc::Sender<Heard>>) -> Self {
        Self { heard, ..self }
    }

    /// Lets `feed` give news to the decoder; `raw` spells it.
    pub fn feed(
        &mut self,
        now: Duration,
        raw: impl FnOnce() -> String,
        feed: impl FnOnce(&mut D, Duration),
        keys: &mpsc::Sender<Press>,
    ) {
        let before = self.decoder.dropped();
        feed(&mut self.decoder, now);
        self.hand_on(raw, before, keys);
    }

    /// To be called when it is `due`.
    pub fn handle_timeout(&mut self, now: Duration, keys: &mpsc::Sender<Press>) {
        self.feed(now, String::new, D::handle_timeout, keys);
    }

    /// The keypad is gone.
    pub fn lose(&mut self, keys: &mpsc::Sender<Press>) {
        self.feed(Duration::ZERO, String::new, |decoder, _| decoder.lose(), keys);
    }

    /// When `handle_timeout` is due, if it ever is.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.decoder.poll_timeout()
    }

    /// Waits until `poll_timeout`, for times that began at `start`; for ever if nothing is due.
    pub fn due(&self, start: Instant) -> impl Future<Output = ()> + Send + use<D> {
        let due = self.poll_timeout();
        async move {
            match due {
                Some(at) => tokio::time::sleep_until(start + at).await,
                None => pending().await,
            }
        }
    }

    #[must_use]
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.decoder.dropped()
    }

    /// Presses that the terminal had no room for, or was not there for.
    #[must_use]
    pub fn unheard(&self) -> u64 {
        self.unheard
    }

    fn hand_on(&mut self, raw: impl FnOnce() -> String, before: Dropped, keys: &mpsc::Sender<Press>) {
        let mut handed = Vec::new();
        while let Some(key) = self.decoder.poll_key() {
            handed.push(key);
            // Behind a lost press the next ones are lost too, until the screen shows all that was heard: an amount
            // must not go on behind a hole that nobody saw.
            let behind = self.behind && keys.capacity() < keys.max_capacity();
            self.behind = behind || keys.try_send(Press { key, handled: None }).is_err();
            if self.behind {
                self.unheard += 1;
                if !behind {
                    tracing::warn!(unheard = self.unheard, "the terminal takes no keys: presses are lost");
                }
            }
        }
        let Some(heard) = &self.heard else { return };
        let dropped = self.decoder.dropped().since(before);
        let raw = raw();
        if !raw.is_empty() || !handed.is_empty() || dropped != Dropped::default() {
            // A person who is not there to read it misses nothing.
            let _full = heard.try_send(Heard { raw, keys: handed, dropped });
        }
    }
}

/// Bytes as people write them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(keys: &mut mpsc::Receiver<Press>) -> Vec<Key> {
        std::iter::from_fn(|| keys.try_recv().ok().map(|press| press.key)).collect()
    }

    #[test]
    fn a_stuck_terminal_loses_presses_but_gets_no_amount_with_a_hole() {
        let (keys, mut terminal) = mpsc::channel(3);
        let mut line = Line::new(Decoder::for_terminal_program());
        line.handle(b"12345", Duration::ZERO, &keys);
        assert_eq!(line.unheard(), 2);
        assert_eq!(terminal.try_recv().unwrap().key, Key::Digit(1));
        line.handle(b"6\r", Duration::ZERO, &keys);
        assert_eq!(heard(&mut terminal), [Key::Digit(2), Key::Digit(3)]);
        assert_eq!(line.unheard(), 4);
        line.handle(b"7", Duration::ZERO, &keys);
        assert_eq!(heard(&mut terminal), [Key::Digit(7)]);
    }

    #[test]
    fn presses_for_a_terminal_that_is_gone_are_counted() {
        let (keys, terminal) = mpsc::channel(3);
        drop(terminal);
        let mut line = Line::new(Decoder::for_terminal_program());
        line.handle(b"12", Duration::ZERO, &keys);
        assert_eq!(line.unheard(), 2);
        let (keys, mut terminal) = mpsc::channel(3);
        line.handle(b"3", Duration::ZERO, &keys);
        assert_eq!(heard(&mut terminal), [Key::Digit(3)], "its successor hears the next one");
    }
}
