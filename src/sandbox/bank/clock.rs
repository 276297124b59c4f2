//! The bank's only clock. Everything else in here is told the time.

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

/// Milliseconds since 1970 in UTC.
#[expect(clippy::disallowed_methods, reason = "the one place where the bank reads the clock")]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
