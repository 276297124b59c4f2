//! Facts on their way to the journal, in their order. Each commit wears the card, so what may be late waits for
//! what may not, for so long at most as the relay is told.

use std::time::Duration;

use super::decide::fact::Fact;
use super::rows;
use crate::store::Row;

/// More that may be late are not kept waiting.
const MOST: usize = 64;

#[derive(Debug)]
pub struct Pending {
    /// How long a fact may be late.
    wait: Duration,
    rows: Vec<Row<Fact>>,
    /// When they have to be written, on the monotonic clock.
    by: Option<Duration>,
}

impl Pending {
    #[must_use]
    pub fn new(wait: Duration) -> Self {
        Self { wait, rows: Vec::new(), by: None }
    }

    /// Takes a fact at a time of the monotonic clock, and of the wall's.
    pub fn push(&mut self, fact: Fact, now: Duration, unix_ms: i64) {
        let by = if fact.may_be_late() { now + self.wait } else { now };
        self.by = Some(self.by.map_or(by, |before| before.min(by)));
        self.rows.push(rows::row(fact, unix_ms));
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// When they have to be written; `None` where there are none.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        if self.rows.len() >= MOST { self.by.map(|_| Duration::ZERO) } else { self.by }
    }

    /// All of them, to be written in one commit.
    pub fn take(&mut self) -> Vec<Row<Fact>> {
        self.by = None;
        std::mem::take(&mut self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::reference::Reference;
    use crate::relay::decide::event::EventId;

    fn handled(number: u32) -> Fact {
        let event = EventId { system: "stripe".to_owned(), event: format!("evt_{number}") };
        Fact::Handled { event, ours: false }
    }

    fn refused() -> Fact {
        let reference: Reference = "counter-1-01M8EMV4580J6QJTFXYSHM6B66".parse().expect("a reference");
        Fact::Refused { reference, reason: "closed".to_owned() }
    }

    #[test]
    fn what_may_be_late_waits_for_what_may_not_and_keeps_its_place() {
        let at = Duration::from_secs;
        let mut pending = Pending::new(at(60));
        assert_eq!(pending.due(), None);
        pending.push(handled(1), at(100), 0);
        pending.push(handled(2), at(130), 0);
        assert_eq!(pending.due(), Some(at(160)), "the first one's time");
        pending.push(refused(), at(140), 0);
        assert_eq!(pending.due(), Some(at(140)));
        let facts: Vec<Fact> = pending.take().into_iter().map(|row| row.fact).collect();
        assert_eq!(facts, [handled(1), handled(2), refused()]);
        assert_eq!((pending.due(), pending.len()), (None, 0));
    }

    #[test]
    fn a_flood_of_what_may_be_late_does_not_pile_up() {
        let mut pending = Pending::new(Duration::from_secs(60));
        for number in 0..MOST as u32 {
            assert!(pending.due() != Some(Duration::ZERO), "{number}");
            pending.push(handled(number), Duration::from_secs(1), 0);
        }
        assert_eq!(pending.due(), Some(Duration::ZERO));
    }
}
