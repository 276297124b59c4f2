//! The time that a question about sales is of.

use std::ops::Range;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::cli::failure;
use crate::cli::failure::Failure;

/// Today, unless something else is said.
#[derive(Debug, clap::Args)]
pub struct Period {
    /// One day, in this machine's time zone
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"], value_parser = day)]
    day: Option<Date>,
    /// From the beginning of this day, or from this time in RFC 3339
    #[arg(long, value_name = "DAY|TIME")]
    from: Option<When>,
    /// Until the end of this day, or before this time in RFC 3339
    #[arg(long, value_name = "DAY|TIME")]
    to: Option<When>,
}

#[derive(Clone, Copy, Debug)]
enum When {
    Day(Date),
    Time(Timestamp),
}

impl FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = || text.parse().map(Self::Day);
        let time = || text.parse().map(Self::Time);
        time().or_else(|_| day()).map_err(|_| "write a day such as 2026-11-20, or a time in RFC 3339")
    }
}

/// The parser's own words tell of its insides.
fn day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "write a day of the calendar, such as 2026-11-20")
}

impl Period {
    /// Milliseconds since 1970.
    pub fn range(&self, zone: &TimeZone, now_unix_ms: i64) -> Result<Range<i64>, Failure> {
        let wrong =
            |error: jiff::Error| Failure::new(failure::USAGE, error.to_string(), "choose another day");
        let begin = |day: Date| day.to_zoned(zone.clone()).map(|at| at.timestamp().as_millisecond());
        let end = |day: Date| day.tomorrow().and_then(begin);
        if self.from.is_none() && self.to.is_none() {
            let now = Timestamp::from_millisecond(now_unix_ms).map_err(wrong)?;
            let day = self.day.unwrap_or_else(|| now.to_zoned(zone.clone()).date());
            return Ok(begin(day).map_err(wrong)?..end(day).map_err(wrong)?);
        }
        let from = match self.from {
            None => i64::MIN,
            Some(When::Day(day)) => begin(day).map_err(wrong)?,
            Some(When::Time(at)) => at.as_millisecond(),
        };
        let to = match self.to {
            None => i64::MAX,
            Some(When::Day(day)) => end(day).map_err(wrong)?,
            Some(When::Time(at)) => at.as_millisecond(),
        };
        if from >= to {
            return Err(Failure::new(failure::USAGE, "--from is not before --to", "change the two over"));
        }
        Ok(from..to)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        period: Period,
    }

    fn hours(line: &[&str]) -> Result<(i64, i64), u8> {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        // 2026-11-20 23:30 UTC, which is the next day there.
        let now = 1_795_217_400_000;
        let period = Line::parse_from([&["sales"], line].concat()).period;
        let period = period.range(&zone, now).map_err(|failure| failure.code)?;
        let hours = |ms: i64| (ms - now).div_euclid(3_600_000);
        Ok((hours(period.start), hours(period.end)))
    }

    #[test]
    fn a_day_is_the_machines_own_and_has_as_many_hours_as_the_zone_says() {
        assert_eq!(hours(&[]), Ok((-1, 23)));
        assert_eq!(hours(&["--day", "2026-11-21"]), hours(&[]));
        let (from, to) = hours(&["--day", "2026-10-25"]).expect("a day");
        assert_eq!(to - from, 25);
        let both = hours(&["--from", "2026-11-21", "--to", "2026-11-22"]);
        assert_eq!(both, Ok((-1, 47)));
        let times = hours(&["--from", "2026-11-20T23:30:00Z", "--to", "2026-11-21T01:30:00+01:00"]);
        assert_eq!(times, Ok((0, 1)));
    }

    #[test]
    fn a_time_that_ends_before_it_begins_is_refused() {
        assert_eq!(hours(&["--from", "2026-11-21", "--to", "2026-11-20"]), Err(failure::USAGE));
    }
}
