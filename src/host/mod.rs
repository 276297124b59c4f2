//! What only the machine can tell: the time and chance. Everything else is told both.

pub mod file;
pub mod health;
pub mod lines;
pub mod wear;

use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use crate::core::moment::Moment;

/// The clocks of one process.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the monotonic clock")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    #[must_use]
    pub fn now(&self) -> Moment {
        Moment { mono: self.start.elapsed(), unix_ms: unix_ms() }
    }

    /// The runtime's instant for a monotonic time of this clock, for sleeping until it.
    #[must_use]
    pub fn instant(&self, mono: Duration) -> tokio::time::Instant {
        (self.start + mono).into()
    }
}

/// Wall clock, milliseconds since 1970; negative before.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
pub fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    since.map_or_else(|before| -ms(before.duration()), ms)
}

/// Minutes east of UTC at that time, by the machine's time zone.
#[must_use]
pub fn utc_offset_min(unix_ms: i64) -> i32 {
    let zone = jiff::tz::TimeZone::system();
    let at = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    zone.to_offset(at).seconds() / 60
}

/// Fresh random bytes of the operating system.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness once it has booted");
    bytes
}

/// 80 fresh random bits, as sale references take them.
#[must_use]
pub fn random_80() -> u128 {
    u128::from_be_bytes(random()) >> 48
}

/// A fresh random name, 26 characters of `[0-9A-Z]`, that sorts by time.
#[must_use]
pub fn random_name() -> String {
    let ms = u64::try_from(unix_ms()).unwrap_or(0);
    ulid::Ulid::from_parts(ms, random_80()).to_string()
}
