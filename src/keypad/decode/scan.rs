//! Codes of keypad modules to keys, told the time: one byte a key, or a frame of fixed length around it. What a code
//! means is the configuration's.
//!
//! * `KK` in a frame is the code, two hexadecimal digits are a byte that must be there, `..` is any byte. Bytes that
//!   fit no frame are noise, one by one, so that the next whole frame is heard.
//! * Releases: none; the code with its highest bit set (keyboards' set 1); or the code behind `F0` (set 2). With either
//!   of these `E0` makes the next code another one: `0xE01C` is the number pad's Enter.

use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;

use super::Decode;
use super::Dropped;
use super::hold::Hold;
use super::map::KeyMap;
use crate::core::key::Key;

/// Bytes of one frame are not further apart: eight of them take 67 ms at 1200 baud.
const TORN: Duration = Duration::from_millis(100);
const LONGEST: usize = 16;

const EXTENDED: u8 = 0xe0;
const RELEASED: u8 = 0xf0;
const HIGH_BIT: u8 = 0x80;

/// How a module tells that a key goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    Never,
    HighBit,
    Prefix,
}

/// The bytes around a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Exactly(u8),
    Any,
    Code,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFrame {
    #[error("a frame is made of bytes such as AA, of `..` for any byte and of `KK` for the key's code")]
    Part,
    #[error("a frame has one `KK`, where the key's code is")]
    Code,
    #[error("a frame begins with a byte that is always the same, or nobody knows where one begins")]
    Head,
    #[error("a frame has at most {LONGEST} bytes")]
    Long,
}

impl Default for Frame {
    /// The code alone.
    fn default() -> Self {
        Self(vec![Part::Code])
    }
}

impl FromStr for Frame {
    type Err = NoFrame;

    fn from_str(text: &str) -> Result<Self, NoFrame> {
        let part = |word: &str| match word {
            "KK" => Ok(Part::Code),
            ".." => Ok(Part::Any),
            hex if hex.len() == 2 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                u8::from_str_radix(hex, 16).map(Part::Exactly).map_err(|_| NoFrame::Part)
            }
            _ => Err(NoFrame::Part),
        };
        let parts = text.split_whitespace().map(part).collect::<Result<Vec<_>, _>>()?;
        if parts.iter().filter(|part| **part == Part::Code).count() != 1 {
            return Err(NoFrame::Code);
        }
        if parts.len() > LONGEST {
            return Err(NoFrame::Long);
        }
        if parts.len() > 1 && !matches!(parts[0], Part::Exactly(_)) {
            return Err(NoFrame::Head);
        }
        Ok(Self(parts))
    }
}

impl Frame {
    /// Whether these bytes begin a frame, or are one.
    fn begins(&self, bytes: &VecDeque<u8>) -> bool {
        self.0.iter().zip(bytes).all(|(part, byte)| match part {
            Part::Exactly(wanted) => wanted == byte,
            Part::Any | Part::Code => true,
        })
    }

    /// The code, once the frame is whole.
    fn code(&self, bytes: &VecDeque<u8>) -> Option<u8> {
        let whole = bytes.len() == self.0.len();
        let mut parts = self.0.iter().zip(bytes).filter(|_| whole);
        parts.find(|(part, _)| **part == Part::Code).map(|(_, byte)| *byte)
    }
}

/// Times are monotonic, from any start.
#[derive(Debug)]
pub struct Scan {
    map: KeyMap,
    frame: Frame,
    release: Release,
    /// The beginning of a frame, and when its last byte came.
    begun: VecDeque<u8>,
    last: Duration,
    extended: bool,
    released: bool,
    hold: Hold,
    noise: u64,
}

impl Scan {
    #[must_use]
    pub fn new(map: KeyMap, frame: Frame, release: Release, debounce: Duration) -> Self {
        Self {
            map,
            frame,
            release,
            begun: VecDeque::new(),
            last: Duration::ZERO,
            extended: false,
            released: false,
            hold: Hold::new(debounce),
            noise: 0,
        }
    }

    /// Takes the bytes of one read.
    pub fn handle(&mut self, read: &[u8], now: Duration) {
        self.hold.handle_timeout(now);
        if now.saturating_sub(self.last) > TORN {
            self.tear();
        }
        self.last = now;
        for &byte in read {
            self.begun.push_back(byte);
            while !self.frame.begins(&self.begun) {
                self.begun.pop_front();
                self.noise += 1;
            }
            if let Some(code) = self.frame.code(&self.begun) {
                self.begun.clear();
                self.code(code, now);
            }
        }
    }

    /// What was begun has no end.
    fn tear(&mut self) {
        self.noise += self.begun.len() as u64;
        self.begun.clear();
        (self.extended, self.released) = (false, false);
    }

    fn code(&mut self, byte: u8, now: Duration) {
        let (up, low) = match self.release {
            Release::Never => return self.tap(u16::from(byte), now),
            Release::HighBit | Release::Prefix if byte == EXTENDED => {
                self.extended = true;
                return;
            }
            Release::Prefix if byte == RELEASED => {
                self.released = true;
                return;
            }
            Release::HighBit => (byte & HIGH_BIT != 0, byte & !HIGH_BIT),
            Release::Prefix => (self.released, byte),
        };
        let code = if self.extended { u16::from_be_bytes([EXTENDED, low]) } else { u16::from(low) };
        (self.extended, self.released) = (false, false);
        if up { self.hold.up(code, now) } else { self.hold.down(code, self.map.get(code), now) }
    }

    fn tap(&mut self, code: u16, now: Duration) {
        self.hold.tap(code, self.map.get(code), now);
    }
}

impl Decode for Scan {
    fn handle_timeout(&mut self, now: Duration) {
        self.hold.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Duration> {
        self.hold.poll_timeout()
    }

    fn poll_key(&mut self) -> Option<Key> {
        self.hold.poll_key()
    }

    fn dropped(&self) -> Dropped {
        let dropped = self.hold.dropped();
        Dropped { noise: dropped.noise + self.noise, ..dropped }
    }

    fn lose(&mut self) {
        self.tear();
        self.hold.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keypad::decode::DEBOUNCE;
    use crate::keypad::decode::map::Meaning;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn map() -> KeyMap {
        let mut map = KeyMap::default();
        for (code, name) in
            [(0x1c, "enter"), (0x02, "1"), (0x03, "2"), (0x0e, "back-or-cancel"), (0xe01c, "plus")]
        {
            map.add(code, name.parse().unwrap()).unwrap();
        }
        map
    }

    fn scan(frame: &str, release: Release) -> Scan {
        Scan::new(map(), frame.parse().unwrap(), release, DEBOUNCE)
    }

    fn keys(scan: &mut Scan) -> Vec<Key> {
        std::iter::from_fn(|| scan.poll_key()).collect()
    }

    #[test]
    fn a_frame_is_read_and_a_wrong_one_is_refused_with_why() {
        assert_eq!("KK".parse::<Frame>(), Ok(Frame::default()));
        assert!("AA 55 .. KK ff".parse::<Frame>().is_ok());
        for (text, why) in [
            ("AA 5 KK", NoFrame::Part),
            ("AA +5 KK", NoFrame::Part),
            ("AA 55", NoFrame::Code),
            ("", NoFrame::Code),
            ("AA KK KK", NoFrame::Code),
            (".. KK", NoFrame::Head),
            ("KK 0D", NoFrame::Head),
            ("AA 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 KK", NoFrame::Long),
        ] {
            assert_eq!(text.parse::<Frame>(), Err(why), "{text}");
        }
    }

    #[test]
    fn a_byte_a_key_is_a_press_and_what_has_no_meaning_is_noise() {
        let mut scan = scan("KK", Release::Never);
        scan.handle(&[0x02], ms(0));
        scan.handle(&[0x03, 0x77, 0x1c], ms(100));
        assert_eq!(keys(&mut scan), [Key::Digit(1), Key::Digit(2), Key::Enter]);
        assert_eq!(scan.dropped().noise, 1);
        scan.handle(&[0x1c], ms(110));
        assert_eq!((keys(&mut scan), scan.dropped().bounced), (vec![], 1));
        scan.handle(&[0x0e], ms(300));
        assert_eq!(keys(&mut scan), [Key::Back]);
    }

    #[test]
    fn releases_by_the_high_bit_make_long_presses_and_end_the_modules_repeats() {
        let mut scan = scan("KK", Release::HighBit);
        for at in 0..20 {
            scan.handle(&[0x02], ms(at * 40));
        }
        scan.handle(&[0x82, 0x0e], ms(900));
        scan.handle_timeout(ms(1_700));
        scan.handle(&[0x8e, 0xe0, 0x1c, 0xe0, 0x9c], ms(1_800));
        assert_eq!(keys(&mut scan), [Key::Digit(1), Key::Cancel, Key::Plus]);
        assert_eq!(scan.dropped(), Dropped::default());
    }

    #[test]
    fn releases_by_a_prefix_are_releases_however_the_line_cuts_them() {
        let sent = [0x02, 0xf0, 0x02, 0xe0, 0x1c, 0xe0, 0xf0, 0x1c, 0x0e, 0xf0, 0x0e];
        for cut in 0..=sent.len() {
            let mut scan = scan("KK", Release::Prefix);
            scan.handle(&sent[..cut], ms(0));
            scan.handle(&sent[cut..], ms(20));
            assert_eq!(keys(&mut scan), [Key::Digit(1), Key::Plus, Key::Back], "cut at {cut}");
        }
    }

    #[test]
    fn a_frame_is_heard_wherever_it_is_cut_and_whatever_is_between() {
        let sent = [0xff, 0xaa, 0xaa, 0x55, 0x10, 0x02, 0x0d, 0x55, 0xaa, 0x55, 0x11, 0x1c, 0x0d];
        for first in 0..=sent.len() {
            for second in first..=sent.len() {
                let mut scan = scan("AA 55 .. KK 0D", Release::Never);
                for (at, part) in
                    [&sent[..first], &sent[first..second], &sent[second..]].into_iter().enumerate()
                {
                    scan.handle(part, ms(at as u64 * 40));
                }
                assert_eq!(keys(&mut scan), [Key::Digit(1), Key::Enter], "cut at {first} and {second}");
                assert_eq!(scan.dropped().noise, 3);
            }
        }
    }

    #[test]
    fn a_torn_frame_takes_no_other_with_it() {
        let mut scan = scan("AA 55 KK", Release::Never);
        scan.handle(&[0xaa, 0x55], ms(0));
        scan.handle(&[0x02], ms(101));
        assert_eq!(keys(&mut scan), [], "so late it is no part of it");
        scan.handle(&[0xaa, 0xaa, 0x55, 0x03], ms(110));
        assert_eq!(keys(&mut scan), [Key::Digit(2)]);
        scan.handle(&[0xaa], ms(200));
        scan.lose();
        scan.handle(&[0x55, 0x02], ms(201));
        assert_eq!(keys(&mut scan), [], "another keypad's");
    }

    #[test]
    fn noise_makes_no_key_that_was_not_sent() {
        let mut map = KeyMap::default();
        map.add(0x41, Meaning::Key(Key::Digit(7))).unwrap();
        for seed in 1..=100_u64 {
            let mut state = seed;
            let mut random = || {
                state ^= state >> 12;
                state ^= state << 25;
                state ^= state >> 27;
                state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0]
            };
            let mut scan = Scan::new(map.clone(), "AA 55 KK 0D".parse().unwrap(), Release::Never, DEBOUNCE);
            for read in 0..200 {
                let bytes: Vec<u8> =
                    (0..random() % 9).map(|_| random()).filter(|byte| *byte != 0xaa).collect();
                scan.handle(&bytes, ms(read * 50));
            }
            assert_eq!(keys(&mut scan), [], "seed {seed}");
            scan.handle(&[0xaa, 0x55, 0x41, 0x0d], ms(20_000));
            assert_eq!(keys(&mut scan), [Key::Digit(7)], "seed {seed}");
        }
    }
}
