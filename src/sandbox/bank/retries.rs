//! When a webhook that was not acknowledged is sent again, and when the bank gives up.

/// The base for which schedules are written: with a smaller one everything is that much sooner.
pub const BASE_MS: i64 = 60_000;

/// A system's own schedule, in real seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// The waits one by one; then it gives up.
    Steps(&'static [i64]),
    /// Doubling up to the longest wait, until the event is as old as the span.
    Doubling { first_s: i64, longest_s: i64, span_s: i64 },
}

impl Retries {
    /// How long to wait after failed attempt number `attempts` (1 for the first), `age_ms` after the
    /// event; `None` when the bank gives up. All shrinks and grows with the base.
    #[must_use]
    pub fn after(&self, attempts: u32, age_ms: i64, base_ms: i64) -> Option<i64> {
        let scaled = |seconds: i64| (i128::from(seconds) * 1000 * i128::from(base_ms)) / i128::from(BASE_MS);
        let wait = match *self {
            Self::Steps(steps) => {
                let at = usize::try_from(attempts.saturating_sub(1)).ok()?;
                scaled(*steps.get(at)?)
            }
            Self::Doubling { first_s, longest_s, span_s } => {
                let doubled = 1_i64.checked_shl(attempts.saturating_sub(1).min(31)).unwrap_or(i64::MAX);
                let wait = scaled(first_s.saturating_mul(doubled).min(longest_s));
                if i128::from(age_ms) + wait > scaled(span_s) {
                    return None;
                }
                wait
            }
        };
        Some(i64::try_from(wait).unwrap_or(i64::MAX).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doubling from a minute up to half a day, for three days in all.
    const DOUBLING: Retries = Retries::Doubling { first_s: 60, longest_s: 43_200, span_s: 259_200 };

    #[test]
    fn retries_double_to_half_a_day_and_end_after_three_days() {
        let mut age_ms = 0;
        let mut waits = Vec::new();
        while let Some(wait_ms) = DOUBLING.after(waits.len() as u32 + 1, age_ms, BASE_MS) {
            waits.push(wait_ms / 60_000);
            age_ms += wait_ms;
        }
        assert_eq!(waits[..11], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720]);
        assert!(age_ms <= 3 * 86_400_000, "gave up after {age_ms} ms");
        assert!(age_ms > 2 * 86_400_000, "gave up after {age_ms} ms");
    }

    #[test]
    fn a_shorter_base_shortens_everything_alike() {
        assert_eq!(DOUBLING.after(1, 0, 10), Some(10));
        assert_eq!(DOUBLING.after(3, 0, 10), Some(40));
        assert_eq!(DOUBLING.after(60, 0, 10), Some(7_200));
        assert_eq!(DOUBLING.after(1, 43_200, 10), None);
    }

    #[test]
    fn steps_come_one_by_one_and_end() {
        let steps = Retries::Steps(&[5, 300, 1_800]);
        let waits = (1..=4).map(|attempts| steps.after(attempts, i64::MAX, BASE_MS));
        assert_eq!(waits.collect::<Vec<_>>(), [Some(5_000), Some(300_000), Some(1_800_000), None]);
        assert_eq!(steps.after(1, 0, 6), Some(1), "never at once: that would spin");
    }
}
