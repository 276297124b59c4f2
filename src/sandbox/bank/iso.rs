//! Times as most systems write them: ISO 8601, in UTC.

use jiff::Timestamp;

/// Such as `2026-11-20T09:30:00.000Z`.
#[must_use]
pub fn from_ms(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|time| format!("{time:.3}")).unwrap_or_default()
}

/// Milliseconds since 1970. A text without `Z` or an offset is no time.
#[must_use]
pub fn to_ms(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways() {
        assert_eq!(from_ms(1_704_110_400_000), "2024-01-01T12:00:00.000Z");
        assert_eq!(to_ms("2024-01-01T12:00:00.000Z"), Some(1_704_110_400_000));
        assert_eq!(to_ms("2024-01-01T13:00:00+01:00"), Some(1_704_110_400_000));
        assert_eq!(to_ms("2024-01-01T12:00:00"), None);
        assert_eq!(to_ms("soon"), None);
    }
}
