//! Key codes of Linux input devices to keys. A key is known by its code, never by its position: a number pad has 7 8 9
//! on top, and says so itself.

use std::time::Duration;

use super::Decode;
use super::Dropped;
use super::hold::Hold;
use super::map::KeyMap;
use super::map::Meaning;
use crate::core::key::Key;

/// A `00` key sends two zeros straight after each other; the reports of a USB keypad are up to this far apart.
const BACK_TO_BACK: Duration = Duration::from_millis(25);

const KEY_0: u16 = 11;
const KEY_KP0: u16 = 82;
const KEY_INSERT: u16 = 110;
const KEY_NUMERIC_0: u16 = 0x200;

/// What a key code of `linux/input-event-codes.h` means where the configuration does not say otherwise.
#[must_use]
pub fn usual(code: u16) -> Option<Meaning> {
    let key = match code {
        // Main block: KEY_1 to KEY_9, KEY_0.
        2..=10 => Key::Digit(code as u8 - 1),
        KEY_0 => Key::Digit(0),
        // Number pad, KEY_KP7 to KEY_KP0.
        71..=73 => Key::Digit(code as u8 - 64),
        75..=77 => Key::Digit(code as u8 - 71),
        79..=81 => Key::Digit(code as u8 - 78),
        KEY_KP0 => Key::Digit(0),
        // What number pads send that keep NumLock to themselves, while it is off: Home, up, page up …
        102..=104 => Key::Digit(code as u8 - 95),
        105 => Key::Digit(4),
        106 => Key::Digit(6),
        107..=109 => Key::Digit(code as u8 - 106),
        KEY_INSERT => Key::Digit(0),
        111 => Key::Point,
        // KEY_NUMERIC_0 to KEY_NUMERIC_9 of remote controls and telephone pads.
        KEY_NUMERIC_0..=0x209 => Key::Digit((code - KEY_NUMERIC_0) as u8),
        // Enter, the pad's Enter, KEY_NUMERIC_POUND, KEY_OK.
        28 | 96 | 0x20b | 0x160 => Key::Enter,
        // Backspace.
        14 => Key::Back,
        // Escape, KEY_CANCEL.
        1 | 223 => Key::Cancel,
        // Minus of the pad, C, KEY_CLEAR.
        74 | 46 | 0x163 => Key::Clear,
        78 => Key::Plus,
        // Main comma and point, the pad's point and comma.
        51 | 52 | 83 | 121 => Key::Point,
        // Slash of the pad, L.
        98 | 38 => Key::List,
        // Asterisk of the pad, KEY_NUMERIC_STAR.
        55 | 0x20a => return Some(Meaning::BackOrCancel),
        _ => return None,
    };
    Some(Meaning::Key(key))
}

/// Codes and values of key events to keys. Times are monotonic, from any start.
#[derive(Debug)]
pub struct Codes {
    map: KeyMap,
    hold: Hold,
    /// When a zero went up last, and whether it was itself close behind one.
    zero_up: Option<Duration>,
    paired: bool,
}

impl Codes {
    /// `map` comes before the usual meanings. USB keypads debounce by themselves; what is closer than `debounce`
    /// is none of a person's.
    #[must_use]
    pub fn new(map: KeyMap, debounce: Duration) -> Self {
        Self { map, hold: Hold::new(debounce), zero_up: None, paired: false }
    }

    /// A key event: value 0 is up, 1 is down. 2 is the kernel's repeat, which is not heard: holding is ours to judge.
    pub fn handle(&mut self, code: u16, value: i32, now: Duration) {
        let is_zero = matches!(code, KEY_0 | KEY_KP0 | KEY_INSERT | KEY_NUMERIC_0);
        match value {
            1 => {
                let close = is_zero && self.zero_up.is_some_and(|at| now.saturating_sub(at) <= BACK_TO_BACK);
                // Two zeros and no third: what goes on is a bounce.
                if close && !self.paired {
                    self.hold.forget_last();
                }
                self.paired = close;
                self.hold.down(code, self.map.get(code).or_else(|| usual(code)), now);
            }
            0 => {
                self.zero_up = is_zero.then_some(now);
                self.hold.up(code, now);
            }
            _ => {}
        }
    }
}

impl Decode for Codes {
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
        self.hold.dropped()
    }

    fn lose(&mut self) {
        self.zero_up = None;
        self.hold.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keypad::decode::DEBOUNCE;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn codes() -> Codes {
        Codes::new(KeyMap::default(), DEBOUNCE)
    }

    fn keys(codes: &mut Codes) -> Vec<Key> {
        std::iter::from_fn(|| codes.poll_key()).collect()
    }

    /// Each code down and up, as a person presses them.
    fn typed(codes: &mut Codes, list: &[u16]) -> Vec<Key> {
        for (press, code) in (0..).zip(list) {
            codes.handle(*code, 1, ms(press * 150));
            codes.handle(*code, 0, ms(press * 150 + 70));
        }
        keys(codes)
    }

    #[test]
    fn a_digit_is_known_by_its_code_on_every_block() {
        let digits = [7, 8, 9, 4, 5, 6, 1, 2, 3, 0].map(Key::Digit);
        let number_pad = [71, 72, 73, 75, 76, 77, 79, 80, 81, 82];
        assert_eq!(typed(&mut codes(), &number_pad), digits);
        let main = [8, 9, 10, 5, 6, 7, 2, 3, 4, 11];
        assert_eq!(typed(&mut codes(), &main), digits);
        let remote = [0x207, 0x208, 0x209, 0x204, 0x205, 0x206, 0x201, 0x202, 0x203, 0x200];
        assert_eq!(typed(&mut codes(), &remote), digits);
        // With NumLock off the five has no other name than its own.
        let num_lock_off = [102, 103, 104, 105, 76, 106, 107, 108, 109, 110];
        assert_eq!(typed(&mut codes(), &num_lock_off), digits);
    }

    #[test]
    fn the_other_keys_of_a_number_pad_do_what_is_on_them() {
        let pad = [96, 28, 14, 1, 78, 83, 111, 52, 51, 121, 98, 74, 55];
        let expected = [
            Key::Enter,
            Key::Enter,
            Key::Back,
            Key::Cancel,
            Key::Plus,
            Key::Point,
            Key::Point,
            Key::Point,
            Key::Point,
            Key::Point,
            Key::List,
            Key::Clear,
            Key::Back,
        ];
        assert_eq!(typed(&mut codes(), &pad), expected);
        let mut codes = codes();
        assert_eq!(typed(&mut codes, &[69, 30, 57, 0x1ff]), [], "NumLock, A, space");
        assert_eq!(codes.dropped().noise, 4);
    }

    #[test]
    fn a_double_zero_key_is_two_zeros_and_no_more() {
        let mut codes = codes();
        codes.handle(76, 1, ms(0));
        codes.handle(76, 0, ms(60));
        for (at, value) in [(300, 1), (308, 0), (316, 1), (324, 0)] {
            codes.handle(82, value, ms(at));
        }
        assert_eq!(keys(&mut codes), [5, 0, 0].map(Key::Digit));
        for at in 0..8 {
            codes.handle(82, 1, ms(600 + at * 8));
            codes.handle(82, 0, ms(604 + at * 8));
        }
        assert!(keys(&mut codes).len() < 8, "a chattering zero is no row of zeros");
        assert!(codes.dropped().bounced > 0);
    }

    #[test]
    fn the_kernels_repeats_are_not_heard_and_back_repeats_by_our_own_rule() {
        let mut codes = codes();
        codes.handle(77, 1, ms(0));
        for at in 0..50 {
            codes.handle(77, 2, ms(250 + at * 33));
        }
        codes.handle(77, 0, ms(2_000));
        assert_eq!(keys(&mut codes), [Key::Digit(6)]);
        codes.handle(14, 1, ms(3_000));
        codes.handle_timeout(ms(3_500));
        assert_eq!(keys(&mut codes), [Key::Back, Key::Back]);
        codes.lose();
        assert_eq!(codes.poll_timeout(), None, "unplugged while it was held");
    }

    #[test]
    fn the_asterisk_cancels_when_it_is_held() {
        let mut codes = codes();
        codes.handle(55, 1, ms(0));
        let due = codes.poll_timeout().unwrap();
        codes.handle_timeout(due);
        codes.handle(55, 0, ms(2_000));
        assert_eq!(keys(&mut codes), [Key::Cancel]);
    }

    #[test]
    fn the_configuration_comes_first() {
        let mut map = KeyMap::default();
        map.add(98, Meaning::Key(Key::DoubleZero)).unwrap();
        map.add(71, Meaning::Nothing).unwrap();
        let mut codes = Codes::new(map, DEBOUNCE);
        assert_eq!(typed(&mut codes, &[98, 71, 72]), [Key::DoubleZero, Key::Digit(8)]);
        assert_eq!(codes.dropped(), Dropped::default(), "nothing is a meaning too");
    }
}
