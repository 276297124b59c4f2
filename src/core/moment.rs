//! The only form of "now" in the pure folders: it is always an argument.

use std::time::Duration;

/// The first of January 2026, milliseconds since 1970. A clock that shows less was never set: this program was not
/// there then.
pub const CLOCK_SET_UNIX_MS: i64 = 1_767_225_600_000;

/// A point in time, read once per event by the loop that calls the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic time since the program started. Deadlines are reckoned in this alone.
    pub mono: Duration,
    /// Wall clock, milliseconds since 1970 in UTC. A Pi has no real-time clock: good for labels and for
    /// the journal, never for deciding that money came or did not come.
    pub unix_ms: i64,
}

impl Moment {
    /// This moment, `by` later on both clocks.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self {
            mono: self.mono + by,
            unix_ms: self.unix_ms.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        }
    }
}
