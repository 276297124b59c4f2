//! Proof that a command is of now, without a right clock on either side: whoever sends one is given a word of this
//! terminal's own, and the command is carried out only with it, once.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a word is good.
const LIFE: Duration = Duration::from_secs(60);
/// As many people may be sending at a time; the oldest word goes first.
const OPEN: usize = 8;

#[derive(Clone, Debug, Default)]
pub struct Challenges(VecDeque<(String, Duration)>);

impl Challenges {
    /// Takes a fresh random word to be redeemed by its end.
    pub fn issue(&mut self, word: String, now: Duration) {
        self.0.truncate(OPEN - 1);
        self.0.push_front((word, now + LIFE));
    }

    /// Whether the word is good now. It never is again.
    pub fn redeem(&mut self, word: &str, now: Duration) -> bool {
        self.0.retain(|(_, until)| now < *until);
        let found = self.0.iter().position(|(open, _)| open == word);
        found.and_then(|at| self.0.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_good_once_and_for_a_minute() {
        let second = Duration::from_secs;
        let mut challenges = Challenges::default();
        challenges.issue("a".into(), second(0));
        challenges.issue("b".into(), second(10));
        assert!(!challenges.redeem("c", second(20)));
        assert!(challenges.redeem("a", second(59)));
        assert!(!challenges.redeem("a", second(59)), "a replayed command");
        assert!(!challenges.redeem("b", second(70)), "a command that was held back");
    }

    #[test]
    fn a_flood_pushes_out_the_oldest_and_grows_nothing() {
        let mut challenges = Challenges::default();
        for number in 0..100 {
            challenges.issue(number.to_string(), Duration::ZERO);
        }
        assert_eq!(challenges.0.len(), OPEN);
        assert!(challenges.redeem("99", Duration::ZERO) && !challenges.redeem("1", Duration::ZERO));
    }
}
