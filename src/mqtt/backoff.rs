//! Decides how long to wait before the next attempt. Randomness comes in as an argument.

use std::time::Duration;

/// Waits that grow from `first` to at most `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub max: Duration,
}

impl Backoff {
    /// The wait before attempt number `attempt`, counted from 0: anywhere between half of `first` and a ceiling
    /// that doubles with each attempt, so that a fleet which lost its broker at once does not return at once.
    /// `random` is any evenly spread number.
    #[must_use]
    pub fn delay(&self, attempt: u32, random: u64) -> Duration {
        let ceiling = doubled(self.first, self.max, attempt);
        let floor = (self.first / 2).min(ceiling);
        let span = u64::try_from((ceiling - floor).as_millis()).unwrap_or(u64::MAX);
        floor + Duration::from_millis(if span == 0 { 0 } else { random % (span + 1) })
    }
}

/// `first`, doubled `times` times, at most `max`.
#[must_use]
pub fn doubled(first: Duration, max: Duration, times: u32) -> Duration {
    1_u32.checked_shl(times).and_then(|factor| first.checked_mul(factor)).map_or(max, |wait| wait.min(max))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(30) };

    #[test]
    fn every_wait_lies_between_half_the_first_and_the_longest() {
        for attempt in (0..200).chain([u32::MAX]) {
            for random in [0, 1, 77_777, u64::MAX - 1, u64::MAX] {
                let wait = BACKOFF.delay(attempt, random);
                assert!(wait >= BACKOFF.first / 2 && wait <= BACKOFF.max, "{attempt} {random}: {wait:?}");
            }
        }
    }

    #[test]
    fn the_ceiling_doubles_until_it_is_the_longest() {
        let ceiling = |attempt| doubled(BACKOFF.first, BACKOFF.max, attempt).as_millis();
        assert_eq!([0, 1, 2, 7, 8, 40].map(ceiling), [200, 400, 800, 25_600, 30_000, 30_000]);
    }
}
