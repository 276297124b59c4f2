//! Presses and releases to keys, told the time: what a key does that is held down. For keypads that tell when a key
//! goes up; those that do not are tapped.
//!
//! * Every key is heard when it goes down, but `*`: up within 0.8 s it takes a digit away, held on it cancels.
//! * Back that is held repeats, as on every keyboard, 20 times at most: a book on the keypad must not leave screen
//!   after screen. No other key repeats, and a keypad's own repeats are not heard.
//! * Bounce: the same key down again within the debounce time of its going up is dropped.
//! * Flood: above 25 presses a second nobody is typing.

use std::collections::VecDeque;
use std::time::Duration;

use super::Dropped;
use super::flood::Flood;
use super::flood::Pace;
use super::map::Meaning;
use crate::core::key::Key;

/// So long `*` is held until it cancels.
pub const LONG: Duration = Duration::from_millis(800);
/// A held back repeats after this, and then this often.
const REPEAT_AFTER: Duration = Duration::from_millis(500);
const REPEAT_EVERY: Duration = Duration::from_millis(120);
const REPEATS_MOST: u32 = 20;

/// Give it `down` and `up`, take the keys with `poll_key` until `None`, and call `handle_timeout` at `poll_timeout`.
/// Times are monotonic, from any start.
#[derive(Debug)]
pub struct Hold {
    debounce: Duration,
    flood: Flood,
    /// The newest key that is down; those before it do nothing more.
    held: Option<Held>,
    /// The key that went up last, and when.
    last_up: Option<(u16, Duration)>,
    keys: VecDeque<Key>,
    dropped: Dropped,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    code: u16,
    next: Next,
}

/// What being held on leads to.
#[derive(Clone, Copy, Debug)]
enum Next {
    Nothing,
    Cancel { at: Duration },
    Repeat { at: Duration, left: u32 },
}

impl Hold {
    #[must_use]
    pub fn new(debounce: Duration) -> Self {
        Self {
            debounce,
            flood: Flood::default(),
            held: None,
            last_up: None,
            keys: VecDeque::new(),
            dropped: Dropped::default(),
        }
    }

    /// A key goes down; `None` is a key without a meaning.
    pub fn down(&mut self, code: u16, meaning: Option<Meaning>, now: Duration) {
        self.handle_timeout(now);
        if self.held.is_some_and(|held| held.code == code) {
            // The keypad's own repeat.
            return;
        }
        if self.last_up.is_some_and(|(last, at)| last == code && now.saturating_sub(at) < self.debounce) {
            self.dropped.bounced += 1;
            return;
        }
        self.let_go();
        if self.flood.judge(now) != Pace::Person {
            self.dropped.flooded += 1;
            return;
        }
        let next = match meaning {
            Some(Meaning::Key(key)) => {
                self.keys.push_back(key);
                match key {
                    Key::Back => Next::Repeat { at: now + REPEAT_AFTER, left: REPEATS_MOST },
                    Key::Digit(_)
                    | Key::DoubleZero
                    | Key::Enter
                    | Key::Clear
                    | Key::Cancel
                    | Key::Plus
                    | Key::Point
                    | Key::List => Next::Nothing,
                }
            }
            Some(Meaning::BackOrCancel) => Next::Cancel { at: now + LONG },
            Some(Meaning::Nothing) => Next::Nothing,
            None => {
                self.dropped.noise += 1;
                Next::Nothing
            }
        };
        self.held = Some(Held { code, next });
    }

    /// A key goes up.
    pub fn up(&mut self, code: u16, now: Duration) {
        self.handle_timeout(now);
        if self.held.is_some_and(|held| held.code == code) {
            self.let_go();
        }
        self.last_up = Some((code, now));
    }

    /// A press by a keypad that does not tell when it ends.
    pub fn tap(&mut self, code: u16, meaning: Option<Meaning>, now: Duration) {
        self.down(code, meaning, now);
        self.up(code, now);
    }

    /// The keypad is gone: what was held is let go, and nothing of it is carried over.
    pub fn reset(&mut self) {
        self.forget_last();
        self.flood = Flood::default();
    }

    /// The same key again is a press of its own, however soon.
    pub fn forget_last(&mut self) {
        self.held = None;
        self.last_up = None;
    }

    /// Does what being held on leads to. Harmless before `poll_timeout`.
    pub fn handle_timeout(&mut self, now: Duration) {
        let Some(held) = &mut self.held else { return };
        match held.next {
            Next::Cancel { at } if now >= at => {
                held.next = Next::Nothing;
                self.keys.push_back(Key::Cancel);
            }
            // A machine that was busy for a while does not make up for the repeats it missed.
            Next::Repeat { at, left } if now >= at => {
                let again = Next::Repeat { at: now + REPEAT_EVERY, left: left - 1 };
                held.next = if left > 1 { again } else { Next::Nothing };
                self.keys.push_back(Key::Back);
            }
            Next::Nothing | Next::Cancel { .. } | Next::Repeat { .. } => {}
        }
    }

    /// When a key may come out although nothing is pressed or let go.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        match self.held?.next {
            Next::Nothing => None,
            Next::Cancel { at } | Next::Repeat { at, .. } => Some(at),
        }
    }

    pub fn poll_key(&mut self) -> Option<Key> {
        self.keys.pop_front()
    }

    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// The held key is up, or another one goes down.
    fn let_go(&mut self) {
        if let Some(Held { next: Next::Cancel { .. }, .. }) = self.held.take() {
            self.keys.push_back(Key::Back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAR: Option<Meaning> = Some(Meaning::BackOrCancel);
    const BACK: Option<Meaning> = Some(Meaning::Key(Key::Back));
    const ONE: Option<Meaning> = Some(Meaning::Key(Key::Digit(1)));

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn hold() -> Hold {
        Hold::new(ms(30))
    }

    fn keys(hold: &mut Hold) -> Vec<Key> {
        std::iter::from_fn(|| hold.poll_key()).collect()
    }

    /// Runs its timers until nothing is due before `until`.
    fn wait(hold: &mut Hold, until: Duration) {
        while let Some(at) = hold.poll_timeout().filter(|at| *at <= until) {
            hold.handle_timeout(at);
        }
    }

    #[test]
    fn a_short_star_takes_a_digit_away_when_it_is_let_go() {
        let mut hold = hold();
        hold.down(1, STAR, ms(0));
        assert_eq!(keys(&mut hold), []);
        hold.up(1, ms(799));
        assert_eq!(keys(&mut hold), [Key::Back]);
        assert_eq!(hold.poll_timeout(), None);
    }

    #[test]
    fn a_long_star_cancels_once_and_takes_no_digit_away() {
        let mut hold = hold();
        hold.down(1, STAR, ms(0));
        assert_eq!(hold.poll_timeout(), Some(LONG));
        wait(&mut hold, ms(60_000));
        hold.up(1, ms(60_000));
        assert_eq!(keys(&mut hold), [Key::Cancel]);
    }

    #[test]
    fn a_star_whose_release_is_read_late_was_long() {
        let mut hold = hold();
        hold.down(1, STAR, ms(0));
        hold.up(1, ms(900));
        assert_eq!(keys(&mut hold), [Key::Cancel]);
    }

    #[test]
    fn a_key_pressed_while_the_star_is_down_comes_behind_it() {
        let mut hold = hold();
        hold.down(1, STAR, ms(0));
        hold.down(2, ONE, ms(100));
        hold.up(1, ms(120));
        hold.up(2, ms(200));
        assert_eq!(keys(&mut hold), [Key::Back, Key::Digit(1)]);
    }

    #[test]
    fn back_repeats_while_it_is_held_and_not_for_ever() {
        let mut hold = hold();
        hold.down(1, BACK, ms(0));
        assert_eq!(keys(&mut hold), [Key::Back], "at once");
        wait(&mut hold, ms(499));
        assert_eq!(keys(&mut hold), []);
        wait(&mut hold, ms(740));
        assert_eq!(keys(&mut hold), [Key::Back; 3]);
        wait(&mut hold, ms(3_600_000));
        assert_eq!(keys(&mut hold).len(), 17);
        hold.up(1, ms(3_600_000));
        hold.down(1, BACK, ms(3_600_100));
        assert_eq!(keys(&mut hold), [Key::Back], "the next press is a press");
    }

    #[test]
    fn a_digit_that_is_held_is_one_digit_whatever_the_keypad_repeats() {
        let mut hold = hold();
        for at in 0..100 {
            hold.down(1, ONE, ms(at * 33));
        }
        hold.up(1, ms(3_400));
        assert_eq!(keys(&mut hold), [Key::Digit(1)]);
        assert_eq!(hold.dropped(), Dropped::default());
    }

    #[test]
    fn a_contact_that_bounces_when_it_opens_is_one_press() {
        let mut hold = hold();
        for at in [0, 60, 66, 75] {
            hold.down(1, ONE, ms(at));
            hold.up(1, ms(at + 3));
        }
        assert_eq!(keys(&mut hold), [Key::Digit(1), Key::Digit(1)], "57 ms apart is a person");
        assert_eq!(hold.dropped().bounced, 2);
    }

    #[test]
    fn keys_that_overlap_as_fast_fingers_make_them_are_all_heard() {
        let mut hold = hold();
        let meaning = |digit: u16| Some(Meaning::Key(Key::Digit(digit as u8)));
        for digit in 1..=5_u16 {
            hold.down(digit, meaning(digit), ms(u64::from(digit) * 60));
            hold.up(digit - 1, ms(u64::from(digit) * 60 + 20));
        }
        assert_eq!(keys(&mut hold), [1, 2, 3, 4, 5].map(Key::Digit));
    }

    #[test]
    fn what_no_person_types_is_not_heard() {
        let mut hold = hold();
        for at in 0..2_000_u64 {
            hold.tap(u16::from(at % 2 == 0), ONE, ms(at));
        }
        let heard = keys(&mut hold).len();
        assert!((25..=27).contains(&heard), "{heard}");
        assert!(hold.dropped().flooded > 1_900);
    }

    #[test]
    fn a_keypad_that_is_gone_holds_nothing() {
        let mut hold = hold();
        hold.down(1, STAR, ms(0));
        hold.reset();
        assert_eq!((hold.poll_timeout(), keys(&mut hold)), (None, vec![]));
        hold.down(1, ONE, ms(1));
        assert_eq!(keys(&mut hold), [Key::Digit(1)]);
    }
}
