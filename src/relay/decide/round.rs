//! One look through a standing link's payments, newest first, page after page, and how deep it has to go.

use super::CLOCK_SLACK_MS;
use crate::port::provider::Payment;

/// What is from before a link was watched is history, and so much of it is enough.
const HISTORY: usize = 500;
/// How often it is written down that all is known up to a time.
const NOTE_EVERY_MS: i64 = 3_600_000;

#[derive(Clone, Debug)]
pub struct Round {
    began_unix_ms: i64,
    /// How far earlier rounds came is not known: this one goes down to what is known for certain.
    catches_up: bool,
    taken: usize,
    any_new: bool,
}

/// What a page has to be judged by.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// All payments up to here are in the journal.
    pub through_unix_ms: Option<i64>,
    /// The link is watched from here on.
    pub since_unix_ms: i64,
    /// The oldest known payment that the bank is still at work on.
    pub pending_unix_ms: Option<i64>,
}

impl Round {
    #[must_use]
    pub fn new(began_unix_ms: i64, catches_up: bool) -> Self {
        Self { began_unix_ms, catches_up, taken: 0, any_new: false }
    }

    /// Takes a page, and says whether the next one has to be looked at. One without anything says nothing: what
    /// it had was left out.
    pub fn goes_on(&mut self, page: &[Payment], is_new: impl Fn(&Payment) -> bool, depth: Depth) -> bool {
        let new = page.iter().any(is_new);
        self.any_new |= new;
        self.taken += page.len();
        let Some(oldest) = page.iter().map(|payment| payment.at_unix_ms).min() else { return true };
        if self.catches_up {
            let is_history = oldest < depth.since_unix_ms && self.taken >= HISTORY;
            return !is_history && depth.through_unix_ms.is_none_or(|through| oldest >= through);
        }
        // What was pending has no news of its own: it is met where it was.
        new || depth.pending_unix_ms.is_some_and(|pending| oldest >= pending)
    }

    /// Up to when all payments are known now that this round has ended, where that is worth a line in the
    /// journal.
    #[must_use]
    pub fn through(&self, known: Option<i64>) -> Option<i64> {
        let through = self.began_unix_ms - CLOCK_SLACK_MS;
        let is_old = known.is_none_or(|known| known + NOTE_EVERY_MS < through);
        (self.catches_up || self.any_new && is_old).then_some(through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Currency;
    use crate::core::money::Money;
    use crate::core::payment::Mode;
    use crate::core::payment::PaymentKey;
    use crate::core::payment::PaymentStatus;

    const HOUR: i64 = 3_600_000;
    const NOW: i64 = 1_000 * HOUR;

    fn page(times: &[i64]) -> Vec<Payment> {
        let payment = |at_unix_ms: &i64| Payment {
            key: PaymentKey {
                provider: "vinr".into(),
                account: String::new(),
                mode: Mode::Test,
                id: at_unix_ms.to_string(),
            },
            status: PaymentStatus::Succeeded,
            amount: Money::new(1, Currency::from_code("EUR").unwrap()),
            refunded: 0,
            reference: None,
            link: None,
            at_unix_ms: *at_unix_ms,
            declined: false,
        };
        times.iter().map(payment).collect()
    }

    fn depth(through: Option<i64>, pending: Option<i64>) -> Depth {
        Depth { through_unix_ms: through, since_unix_ms: NOW - 100 * HOUR, pending_unix_ms: pending }
    }

    #[test]
    fn a_first_round_reads_everything_since_the_link_is_watched_and_a_piece_of_history() {
        let mut round = Round::new(NOW, true);
        let known = |_: &Payment| false;
        assert!(round.goes_on(&page(&[NOW, NOW - HOUR]), known, depth(None, None)), "known or not");
        let many: Vec<i64> = (0..500).map(|n| NOW - HOUR - n).collect();
        assert!(round.goes_on(&page(&many), known, depth(None, None)), "however many");
        assert!(!round.goes_on(&page(&[NOW - 101 * HOUR]), known, depth(None, None)));
        assert_eq!(round.through(None), Some(NOW - CLOCK_SLACK_MS));
    }

    #[test]
    fn a_round_after_a_restart_reads_down_to_what_was_certain() {
        let mut round = Round::new(NOW, true);
        let through = depth(Some(NOW - 5 * HOUR), None);
        assert!(round.goes_on(&page(&[NOW, NOW - 5 * HOUR]), |_| false, through));
        assert!(!round.goes_on(&page(&[NOW - 5 * HOUR - 1]), |_| true, through));
    }

    #[test]
    fn a_later_round_ends_with_a_page_that_has_nothing_new_and_nothing_pending_below() {
        let mut round = Round::new(NOW, false);
        assert!(round.goes_on(&page(&[NOW]), |_| true, depth(None, None)));
        assert!(round.goes_on(&page(&[]), |_| true, depth(None, None)), "all of it was left out");
        assert!(round.goes_on(&page(&[NOW - HOUR]), |_| false, depth(None, Some(NOW - 2 * HOUR))));
        assert!(!round.goes_on(&page(&[NOW - 3 * HOUR]), |_| false, depth(None, Some(NOW - 2 * HOUR))));
        assert_eq!(round.through(Some(NOW - 2 * HOUR)), Some(NOW - CLOCK_SLACK_MS));
        assert_eq!(round.through(Some(NOW - HOUR)), None, "not for each payment");
        assert_eq!(Round::new(NOW, false).through(None), None, "nothing came");
    }
}
