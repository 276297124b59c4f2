//! Faster than a person: nothing is heard then until the line has been quiet, because an amount with a hole in it is
//! worse than none.

use std::time::Duration;

/// Presses a second that may be a person; as many may come at once.
pub const PER_SECOND: u32 = 25;
const SPACING: Duration = Duration::from_millis(1000 / PER_SECOND as u64);
/// The silence that ends a flood.
const QUIET: Duration = Duration::from_millis(200);

/// What one press more is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Person,
    /// The first press that is too much.
    TooFast,
    /// A further one.
    Flood,
}

/// Counts presses. Times are monotonic, from any start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flood {
    /// When the presses so far would have come, had they come evenly at the highest rate.
    spent: Duration,
    /// In a flood, with the time of its last press.
    since: Option<Duration>,
}

impl Flood {
    /// One press more.
    pub fn judge(&mut self, now: Duration) -> Pace {
        let quiet = self.since.is_none_or(|at| now.saturating_sub(at) >= QUIET);
        if quiet {
            let spent = if self.since.take().is_some() { now } else { self.spent.max(now) };
            self.spent = spent + SPACING;
            if self.spent <= now + SPACING * PER_SECOND {
                return Pace::Person;
            }
        }
        self.since = Some(now);
        if quiet { Pace::TooFast } else { Pace::Flood }
    }
}
