//! What a keypad tells to keys, told the time: here the bytes of keypads that send characters, beside it those that send
//! codes (`scan`), key events (`evdev`) and the contacts of a matrix (`matrix`). Decides which bytes are keys, which are
//! one key in several bytes, and which are noise; does not read a port and does not know what a key does.
//!
//! * `00`: two `0` bytes are two zeros. A `00` key sends exactly these, so its bytes must outlive the debounce.
//! * Bounce: the same byte again in a *later* read within the debounce time is dropped. Within one read nothing is a
//!   bounce: it is a `00` key, a script, or keys that waited while the machine was busy. Nor is a zero straight behind
//!   a zero, which is a `00` key that the line has cut in two.
//! * Escape: alone it is cancel, once no `[` or `O` has followed for 50 ms. With one it begins an arrow or function
//!   key, which is noise as a whole: the `5` in `ESC [ 1 5 ~` is no digit.
//! * Flood: above 25 bytes a second nobody is typing.
//! * A keypad that repeats a held `*` sends it faster than a finger, and in a read for each: the sixth in such a row
//!   cancels, as a held `*` does elsewhere, and the rest of the row is not heard.
//! * A key map of the configuration comes before all this, byte by byte.

pub mod evdev;
mod flood;
pub mod hold;
pub mod map;
pub mod matrix;
pub mod scan;

use std::collections::VecDeque;
use std::time::Duration;

use self::flood::Flood;
use self::flood::Pace;
use self::map::KeyMap;
use self::map::Meaning;
use crate::core::key::Key;

/// What a contact may bounce for.
pub const DEBOUNCE: Duration = Duration::from_millis(30);
/// How long the bytes of one key may be apart.
const PAIR: Duration = Duration::from_millis(50);
/// A zero this close to a zero is the second half of a `00` key: one byte's time, down to 2400 baud.
const BACK_TO_BACK: Duration = Duration::from_millis(5);
/// Stars that a held key repeats are at most this far apart; a finger is slower.
const REPEATED: Duration = Duration::from_millis(125);
/// So many of them in a row are a star that is held down.
const HELD_STARS: u32 = 6;

const ESCAPE: u8 = 0x1b;
const STAR: u8 = b'*';

/// What turns one kind of keypad's news into keys. Give it news, take the keys with `poll_key` until `None`, and call
/// `handle_timeout` at `poll_timeout`. Times are monotonic, from any start.
pub trait Decode {
    /// Harmless before `poll_timeout`.
    fn handle_timeout(&mut self, now: Duration);

    /// When a key may come out without further news.
    fn poll_timeout(&self) -> Option<Duration>;

    fn poll_key(&mut self) -> Option<Key>;

    fn dropped(&self) -> Dropped;

    /// The keypad is gone: what waited for more is decided now, and nothing is carried over to the next one.
    fn lose(&mut self);
}

/// What became no key, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// No keypad character, or part of an arrow or function key.
    pub noise: u64,
    pub bounced: u64,
    /// Faster than a person.
    pub flooded: u64,
    /// Times that three keys of a matrix were down, and a fourth seemed so.
    pub ghosted: u64,
}

impl Dropped {
    /// What came on top of `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            noise: self.noise - before.noise,
            bounced: self.bounced - before.bounced,
            flooded: self.flooded - before.flooded,
            ghosted: self.ghosted - before.ghosted,
        }
    }
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
    flood: Flood,
    map: KeyMap,
    /// Stars in a row that are as close as a held key repeats them, and when the last one came.
    stars: (u32, Duration),
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
            flood: Flood::default(),
            map: KeyMap::default(),
            stars: (0, Duration::ZERO),
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

    /// The same with bytes that mean what `map` says.
    #[must_use]
    pub fn with_map(self, map: KeyMap) -> Self {
        Self { map, ..self }
    }

    /// Takes the bytes of one read.
    pub fn handle(&mut self, read: &[u8], now: Duration) {
        self.handle_timeout(now);
        let bounced = self.bounced(read, now);
        self.dropped.bounced += bounced as u64;
        if bounced == 0 && self.is_held_star(read, now) {
            self.last = read.last().map(|byte| (*byte, now));
            return;
        }
        for &byte in &read[bounced..] {
            if self.admits(now) {
                self.byte(byte, now);
            }
        }
        if let Some(&byte) = read.last() {
            self.last = Some((byte, now));
        }
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
        let pace = self.flood.judge(now);
        if pace == Pace::TooFast {
            self.state = State::Ground;
        }
        self.dropped.flooded += u64::from(pace != Pace::Person);
        pace == Pace::Person
    }

    /// Whether this read is one of a row of stars that a held key repeats, and more than the row's first.
    fn is_held_star(&mut self, read: &[u8], now: Duration) -> bool {
        let (row, at) = self.stars;
        let goes_on = row > 0 && now.saturating_sub(at) <= REPEATED;
        let contacts = self.capped && !self.debounce.is_zero();
        let star = contacts && matches!(read, [byte] if self.means_star(*byte));
        self.stars = match (star, goes_on) {
            (true, true) => (row.saturating_add(1), now),
            (true, false) => (1, now),
            (false, _) => (0, now),
        };
        if self.stars.0 == HELD_STARS {
            self.keys.push_back(Key::Cancel);
        }
        self.stars.0 >= HELD_STARS
    }

    fn means_star(&self, byte: u8) -> bool {
        self.map.get(u16::from(byte)).map_or(byte == STAR, |meaning| meaning == Meaning::BackOrCancel)
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
        if let Some(meaning) = self.map.get(u16::from(byte)) {
            match meaning {
                Meaning::Key(key) => self.keys.push_back(key),
                // Nothing tells how long it is held.
                Meaning::BackOrCancel => self.keys.push_back(Key::Back),
                Meaning::Nothing => {}
            }
            return;
        }
        let key = match byte {
            b'0'..=b'9' => Key::Digit(byte - b'0'),
            b'\r' | b'\n' => {
                self.state = State::LineEnd { byte, until: now + PAIR };
                Key::Enter
            }
            // On a bare 4x3 block `#` is Enter and `*` corrects.
            b'#' => Key::Enter,
            0x7f | 0x08 | STAR => Key::Back,
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

impl Decode for Decoder {
    /// Makes the cancel of an escape that stayed alone.
    fn handle_timeout(&mut self, now: Duration) {
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

    fn poll_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Escape { until } => Some(until),
            State::Ground | State::LineEnd { .. } | State::Sequence { .. } | State::LastOfSequence { .. } => {
                None
            }
        }
    }

    fn poll_key(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }

    fn dropped(&self) -> Dropped {
        self.dropped
    }

    fn lose(&mut self) {
        // Nothing can follow an escape now, and a cancel must not wait for the next plug.
        self.handle_timeout(Duration::MAX);
        self.stars = (0, Duration::ZERO);
        self.last = None;
        self.flood = Flood::default();
    }
}

#[cfg(test)]
mod tests;
