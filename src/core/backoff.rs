//! Attempt number to delay: doubling, bounded.

use std::time::Duration;

/// The wait after attempt `attempt` (from 0): `first`, doubled each time, at most `most`.
#[must_use]
pub fn doubling(attempt: u32, first: Duration, most: Duration) -> Duration {
    first.checked_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX)).map_or(most, |wait| wait.min(most))
}

/// The same where the other side may have asked for a wait: never shorter than either.
#[must_use]
pub fn asked(wait: Option<Duration>, attempt: u32, first: Duration, most: Duration) -> Duration {
    doubling(attempt, first, most).max(wait.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_until_the_bound_and_never_overflows() {
        let wait = |attempt| doubling(attempt, Duration::from_secs(2), Duration::from_secs(60)).as_secs();
        assert_eq!([0, 1, 2, 3, 4, 5, 31, 32, u32::MAX].map(wait), [2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }

    #[test]
    fn what_was_asked_for_is_waited_for_and_our_own_wait_too() {
        let second = Duration::from_secs;
        let wait = |wanted: Option<u64>| asked(wanted.map(second), 2, second(2), second(60)).as_secs();
        assert_eq!([None, Some(3), Some(90)].map(wait), [8, 8, 90]);
    }
}
