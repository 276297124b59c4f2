//! Bytes of a keypad to keys, told the time. Decides which bytes are keys, which are one key in several bytes, and
//! which are noise; does not read a port and does not know what a key does.
//!
//! * `00`: two `0` bytes are two zeros. A `00` key sends exactly these, so its bytes must outlive the debounce.
//! * Bounce: the same byte again in a *later* read within the debounce time is dropped. Within one read nothing is a
//!   bounce: it is a `00` key, a script, or keys that waited while the machine was busy. Nor is a zero straight behind
//!   a zero, which is a `00` key that the line has cut in two.
//! * Escape: alone it is cancel, once no `[` or `O` has followed for 50 ms. With one it begins an arrow or function
//!   key, which is noise as a whole: the `5` in `ESC [ 1 5 ~` is no digit.
//! * Flood: above 25 bytes a second nobody is typing. Nothing is heard then until the line has been quiet, because an
//!   amount with a hole in it is worse than none.

use std::collections::VecDeque;
use std::time::Duration;

use crate::core::key::Key;

/// What a contact may bounce for.
pub const DEBOUNCE: Duration = Duration::from_millis(30);
/// How long the bytes of one key may be apart.
const PAIR: Duration = Duration::from_millis(50);
/// A zero this close to a zero is the second half of a `00` key: one byte's time, down to 2400 baud.
const BACK_TO_BACK: Duration = Duration::from_millis(5);
/// Bytes a second that may be a person; as many may come at once.
const PER_SECOND: u32 = 25;
const SPACING: Duration = Duration::from_millis(1000 / PER_SECOND as u64);
/// The silence that ends a flood.
const QUIET: Duration = Duration::from_millis(200);

const ESCAPE: u8 = 0x1b;

/// Bytes that became no key, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// No keypad character, or part of an arrow or function key.
    pub noise: u64,
    pub bounced: u64,
    /// Faster than a person.
    pub flooded: u64,
}

/// Give it bytes with `handle`, take the keys with `poll_key` until `None`, and call `handle_timeout` at `poll_timeout`.
/// Times are monotonic, from any start.
#[derive(Debug)]
pub struct Decoder {
    debounce: Duration,
    capped: bool,
    state: State,
    /// The last byte and when it came, for the debounce.
    last: Option<(u8, Duration)>,
    /// When the bytes so far would have come, had they come evenly at the highest rate.
    spent: Duration,
    /// In a flood, with the time of its last byte.
    flood: Option<Duration>,
    keys: VecDeque<Key>,
    dropped: Dropped,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Ground,
    /// `\r` or `\n` was an Enter; the other of the two, if it follows, is the same key.
    LineEnd {
        byte: u8,
        until: Duration,
    },
    /// An escape that may be a cancel.
    Escape {
        until: Duration,
    },
    /// Behind `ESC [`: everything up to a letter or `~`. `first` is the byte after the bracket.
    Sequence {
        first: bool,
        until: Duration,
    },
    /// One more byte of an arrow or function key.
    LastOfSequence {
        until: Duration,
    },
}

impl Decoder {
    /// For a keypad with real contacts.
    #[must_use]
    pub fn for_contacts(debounce: Duration) -> Self {
        Self {
            debounce,
            capped: true,
            state: State::Ground,
            last: None,
            spent: Duration::ZERO,
            flood: None,
            keys: VecDeque::new(),
            dropped: Dropped::default(),
        }
    }

    /// For a terminal program: it has no contacts, and writes the bytes of a line in as many parts as it likes.
    #[must_use]
    pub fn for_terminal_program() -> Self {
        Self::for_contacts(Duration::ZERO)
    }

    /// For a text that is there as a whole: neither bounce nor flood.
    #[must_use]
    pub fn for_script() -> Self {
        Self { capped: false, ..Self::for_contacts(Duration::ZERO) }
    }

    /// Takes the bytes of one read.
    pub fn handle(&mut self, read: &[u8], now: Duration) {
        self.handle_timeout(now);
        let bounced = self.bounced(read, now);
        self.dropped.bounced += bounced as u64;
        for &byte in &read[bounced..] {
            if self.admits(now) {
                self.byte(byte, now);
            }
        }
        if let Some(&byte) = read.last() {
            self.last = Some((byte, now));
        }
    }

    /// Makes the cancel of an escape that stayed alone. Harmless before `poll_timeout`.
    pub fn handle_timeout(&mut self, now: Duration) {
        match self.state {
            State::Escape { until } if now >= until => {
                self.state = State::Ground;
                self.keys.push_back(Key::Cancel);
            }
            State::LineEnd { until, .. }
            | State::Sequence { until, .. }
            | State::LastOfSequence { until }
                if now >= until =>
            {
                self.state = State::Ground;
            }
            State::Ground
            | State::LineEnd { .. }
            | State::Escape { .. }
            | State::Sequence { .. }
            | State::LastOfSequence { .. } => {}
        }
    }

    /// When a key may come out without another byte.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Escape { until } => Some(until),
            State::Ground | State::LineEnd { .. } | State::Sequence { .. } | State::LastOfSequence { .. } => {
                None
            }
        }
    }

    pub fn poll_key(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }

    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// How many bytes at the head of this read are the bounce of the last one.
    fn bounced(&self, read: &[u8], now: Duration) -> usize {
        let Some((last, at)) = self.last else { return 0 };
        let gap = now.saturating_sub(at);
        if gap >= self.debounce || (last == b'0' && gap <= BACK_TO_BACK) {
            return 0;
        }
        read.iter().take_while(|byte| **byte == last).count()
    }

    fn admits(&mut self, now: Duration) -> bool {
        if !self.capped {
            return true;
        }
        let quiet = self.flood.is_none_or(|at| now.saturating_sub(at) >= QUIET);
        if quiet {
            let spent = if self.flood.take().is_some() { now } else { self.spent.max(now) };
            self.spent = spent + SPACING;
            if self.spent <= now + SPACING * PER_SECOND {
                return true;
            }
            self.state = State::Ground;
        }
        self.flood = Some(now);
        self.dropped.flooded += 1;
        false
    }

    fn byte(&mut self, byte: u8, now: Duration) {
        let until = now + PAIR;
        match std::mem::replace(&mut self.state, State::Ground) {
            State::Ground => self.plain(byte, now),
            State::LineEnd { byte: end, .. } => {
                if byte == end || !matches!(byte, b'\r' | b'\n') {
                    self.plain(byte, now);
                }
            }
            State::Escape { .. } => match byte {
                b'[' => self.state = State::Sequence { first: true, until },
                b'O' => self.state = State::LastOfSequence { until },
                _ => {
                    self.keys.push_back(Key::Cancel);
                    self.plain(byte, now);
                }
            },
            State::Sequence { first, .. } => match byte {
                // The console's function keys: `ESC [ [ A`.
                b'[' if first => self.state = State::LastOfSequence { until },
                b' '..=b'?' => self.state = State::Sequence { first: false, until },
                _ => self.end_of_sequence(byte, now),
            },
            State::LastOfSequence { .. } => self.end_of_sequence(byte, now),
        }
    }

    fn end_of_sequence(&mut self, byte: u8, now: Duration) {
        self.dropped.noise += 1;
        // A control byte cannot end a sequence: the sequence was torn, and this is a key of its own.
        if !matches!(byte, b' '..=b'~') {
            self.plain(byte, now);
        }
    }

    fn plain(&mut self, byte: u8, now: Duration) {
        let key = match byte {
            b'0'..=b'9' => Key::Digit(byte - b'0'),
            b'\r' | b'\n' => {
                self.state = State::LineEnd { byte, until: now + PAIR };
                Key::Enter
            }
            // On a bare 4x3 block `#` is Enter and `*` corrects.
            b'#' => Key::Enter,
            0x7f | 0x08 | b'*' => Key::Back,
            b'c' | b'C' => Key::Clear,
            b'+' => Key::Plus,
            b'l' | b'L' => Key::List,
            ESCAPE => {
                self.state = State::Escape { until: now + PAIR };
                return;
            }
            b'.' | b',' => Key::Point,
            _ => {
                self.dropped.noise += 1;
                return;
            }
        };
        self.keys.push_back(key);
    }
}

#[cfg(test)]
mod tests;
