//! `qrtill sales`: the terminal's book, read beside the running terminal.

pub mod period;
mod print;

use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use jiff::tz::TimeZone;

use self::period::Period;
use super::failure;
use super::failure::Failure;
use super::journal;
use super::serve;
use crate::host;
use crate::store::Reader;
use crate::terminal::report;

const EXAMPLES: &str = "\
Examples:
  qrtill sales                                        today, as a table with totals
  qrtill sales --from 2026-11-01 --to 2026-11-30 --csv > november.csv
  qrtill sales --data ~/.local/state/qrtill/sandbox --all --json

JSON has amounts in minor units (1250 is 12.50 EUR), CSV in major ones (12.50).";

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
    #[command(flatten)]
    period: Period,
    /// Everything there is
    #[arg(long, conflicts_with_all = ["day", "from", "to"])]
    all: bool,
    /// As a JSON array with an object for each row
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As comma-separated values with a line of names
    #[arg(long)]
    csv: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let zone = TimeZone::system();
    let period = if args.all { i64::MIN..i64::MAX } else { args.period.range(&zone, host::unix_ms())? };
    let journal = journal::of_terminal(args.data.as_deref(), args.config.as_deref())?;
    let facts = Reader::open(&journal).and_then(|reader| report::load(&reader, &period));
    let rows = report::rows(&facts.map_err(|error| serve::of_store(&error))?, &period);
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
