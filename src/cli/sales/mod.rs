//! `qrtill sales`: the terminal's book, read beside the running terminal.

mod print;
mod report;

use std::collections::BTreeSet;
use std::io;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::failure;
use super::failure::Failure;
use super::journal;
use super::serve;
use crate::core::fact::Fact;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::host;
use crate::store::Reader;
use crate::store::StoreError;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  qrtill sales                                        today, as a table with totals
  qrtill sales --from 2026-11-01 --to 2026-11-30 --csv > november.csv
  qrtill sales --data ~/.local/state/qrtill/sandbox --all --json

JSON has amounts in minor units (1250 is 12.50 EUR), CSV in major ones (12.50).";

/// A fact is written a little after its own time.
const MARGIN_MS: i64 = 60_000;

/// Show what was sold, today unless told otherwise
///
/// Reads the terminal's journal and changes nothing; safe while the terminal runs. A sale counts on the day
/// it was opened, a payment without a sale on the day it was heard of.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The terminal's data folder; by default the one in its configuration, else the sandbox's
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The terminal's configuration file, for its data folder
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    config: Option<PathBuf>,
    /// One day, in this machine's time zone
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to", "all"], value_parser = day)]
    day: Option<Date>,
    /// From the beginning of this day, or from this time in RFC 3339
    #[arg(long, value_name = "DAY|TIME", conflicts_with = "all")]
    from: Option<When>,
    /// Until the end of this day, or before this time in RFC 3339
    #[arg(long, value_name = "DAY|TIME", conflicts_with = "all")]
    to: Option<When>,
    /// Everything there is
    #[arg(long)]
    all: bool,
    /// As a JSON array with an object for each row
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As comma-separated values with a line of names
    #[arg(long)]
    csv: bool,
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

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let zone = TimeZone::system();
    let period = period(args, &zone, host::unix_ms())?;
    let journal = journal::of_terminal(args.data.as_deref(), args.config.as_deref())?;
    let rows = report::rows(&load(&journal, &period).map_err(|error| serve::of_store(&error))?, &period);
    for other in journal::beside(&journal) {
        let _gone = writeln!(io::stderr(), "another counter's book is in {0}: --data {0}", other.display());
    }
    let text = if args.json {
        print::json(&rows)
    } else if args.csv {
        print::csv(&rows)
    } else {
        print::table(&rows, &zone)
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(failure::IO, format!("cannot print: {error}"), ""))
        }
        Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Milliseconds since 1970.
fn period(args: &Args, zone: &TimeZone, now_unix_ms: i64) -> Result<Range<i64>, Failure> {
    let wrong = |error: jiff::Error| Failure::new(failure::USAGE, error.to_string(), "choose another day");
    let begin = |day: Date| day.to_zoned(zone.clone()).map(|at| at.timestamp().as_millisecond());
    let end = |day: Date| day.tomorrow().and_then(begin);
    if args.all {
        return Ok(i64::MIN..i64::MAX);
    }
    if args.from.is_none() && args.to.is_none() {
        let now = Timestamp::from_millisecond(now_unix_ms).map_err(wrong)?;
        let day = args.day.unwrap_or_else(|| now.to_zoned(zone.clone()).date());
        return Ok(begin(day).map_err(wrong)?..end(day).map_err(wrong)?);
    }
    let from = match args.from {
        None => i64::MIN,
        Some(When::Day(day)) => begin(day).map_err(wrong)?,
        Some(When::Time(at)) => at.as_millisecond(),
    };
    let to = match args.to {
        None => i64::MAX,
        Some(When::Day(day)) => end(day).map_err(wrong)?,
        Some(When::Time(at)) => at.as_millisecond(),
    };
    if from >= to {
        return Err(Failure::new(failure::USAGE, "--from is not before --to", "change the two over"));
    }
    Ok(from..to)
}

/// All facts that the rows of this period rest on, in an order that folds to the same book. Money without a
/// reference is found by its payment: its refund, or the sale it was given to, may be of another day.
fn load(journal: &Path, period: &Range<i64>) -> Result<Vec<Fact>, StoreError> {
    let reader: Reader<Fact> = Reader::open(journal)?;
    let (from, to) = (period.start.saturating_sub(MARGIN_MS), period.end.saturating_add(MARGIN_MS));
    let found = reader.between(from, to)?;
    if *period == (i64::MIN..i64::MAX) {
        return Ok(found);
    }
    let (of_sales, mut of_others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|fact| fact.reference().is_some());
    let loose: BTreeSet<PaymentKey> = of_others
        .iter()
        .chain(of_sales.iter().filter(|fact| matches!(fact, Fact::Assigned { .. })))
        .filter_map(|fact| fact.payment().cloned())
        .collect();
    let mut known: BTreeSet<Reference> =
        of_sales.iter().filter_map(|fact| fact.reference().cloned()).collect();
    of_others.clear();
    let mut more = Vec::new();
    for key in loose {
        let about = reader.about(None, Some(&terminal::payment_text(&key)))?;
        for fact in about {
            match fact.reference() {
                None => of_others.push(fact),
                Some(reference) if known.insert(reference.clone()) => {
                    more.extend(reader.about(Some(reference.as_str()), None)?);
                }
                Some(_) => {}
            }
        }
    }
    of_others.extend(of_sales);
    of_others.extend(more);
    Ok(of_others)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn hours(line: &[&str]) -> Result<(i64, i64), u8> {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        // 2026-11-20 23:30 UTC, which is the next day there.
        let now = 1_795_217_400_000;
        let args = Line::parse_from([&["sales"], line].concat()).args;
        let period = period(&args, &zone, now).map_err(|failure| failure.code)?;
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
