//! `qrtill fleet sales`: what was sold, by terminal and in all. Every terminal is asked for the sums of its own book:
//! what it says while somebody listens would miss what was sold before, and nothing is counted twice this way.

mod ask;
mod sums;

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use serde_json::json;

use self::sums::Sums;
use super::Operator;
use super::rollout::source::Which;
use super::say;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::sales::period::Period;
use crate::cli::table;
use crate::core::reference::TerminalId;
use crate::fleet::desk::Interest;
use crate::host;
use crate::mqtt::document::Command;
use crate::mqtt::key::Role;

const EXAMPLES: &str = "\
Examples:
  qrtill fleet sales                                     today, at all terminals
  qrtill fleet sales --from 2026-11-01 --to 2026-11-30 --json
  qrtill fleet sales old-town --file shops               at a site

Exit code 75 where not every terminal has answered: what is told is right then, and not all.";

/// Show what was sold, by terminal and in all; today unless told otherwise
///
/// Asks every terminal for the sums of its own book, with the key of the operations role. Which terminals are not in the
/// sum is said. Days are those of this machine's time zone, for all terminals; at most 32 of them. A sale counts on the
/// day it was opened, a payment without a sale on the day it was heard of.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    period: Period,
}

/// What one terminal answered, or why it did not.
type Answers = BTreeMap<TerminalId, Result<Value, String>>;

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let period = args.period.range(&TimeZone::system(), host::unix_ms())?;
    let command = Command::Sales { from_unix_ms: period.start, to_unix_ms: period.end };
    if let Some(fault) = command.fault() {
        return Err(Failure::new(failure::USAGE, fault, "say --day, or both --from and --to"));
    }
    let meant = args.which.meant()?;
    let mut desk = operator.desk(Interest::AllCommands).await?;
    let keys = operator.keys(&desk)?;
    let key = operator.key(&keys, Role::Operations)?;
    let known = desk.picture.terminals.keys().cloned();
    let ids = meant.unwrap_or_else(|| known.collect());
    if ids.is_empty() {
        return Err(Failure::new(failure::UNAVAILABLE, "no terminal was ever here", ""));
    }
    let answers = ask::all(operator, &mut desk, key, ids, &command).await;
    desk.close().await;
    say(&if json { value(&answers, &period) } else { text(&answers, &period) })?;
    let complete = answers.values().all(Result::is_ok);
    Ok(ExitCode::from(if complete { 0 } else { failure::NOT_NOW }))
}

/// By terminal and currency.
fn of_each(answers: &Answers) -> Vec<(&TerminalId, Vec<Sums>)> {
    let answered = answers.iter().filter_map(|(id, answer)| Some((id, answer.as_ref().ok()?)));
    answered.map(|(id, data)| (id, Sums::of(data))).collect()
}

fn text(answers: &Answers, period: &Range<i64>) -> String {
    let each = of_each(answers);
    let row = |name: &str, sums: &Sums| {
        let [received, refunded, kept] = sums.money();
        [name.to_owned(), sums.paid.to_string(), received, refunded, kept, sums.open.to_string()]
    };
    let head = ["TERMINAL", "PAYMENTS", "RECEIVED", "GIVEN BACK", "KEPT", "NOT ENDED"].map(str::to_owned);
    let mut rows = vec![head];
    for (id, all) in &each {
        rows.extend(all.iter().map(|sums| row(id.as_str(), sums)));
        if all.is_empty() {
            rows.push([id.as_str(), "0", "-", "-", "-", "0"].map(str::to_owned));
        }
    }
    rows.extend(Sums::total(&each).iter().map(|sums| row("in all", sums)));
    let mut text = table::aligned(rows, [false, true, true, true, true, true]);
    text += &format!("{} of {} terminals are in it\n", each.len(), answers.len());
    for (id, answer) in answers {
        match answer {
            Err(why) => text += &format!("not in it: {id} {why}\n"),
            Ok(data) => text += &doubts(id, data, period),
        }
    }
    text
}

/// What the sums of a terminal may lack.
fn doubts(id: &TerminalId, data: &Value, period: &Range<i64>) -> String {
    let mut text = String::new();
    let since = data["since_unix_ms"].as_i64().filter(|since| *since > period.start);
    if let Some(since) = since.and_then(|since| Timestamp::from_millisecond(since).ok()) {
        let since = since.strftime("%Y-%m-%d %H:%M UTC");
        text += &format!("the book of {id} begins at {since}: what a card before it had is not in it\n");
    }
    if data["clock_set"] == json!(false) {
        text += &format!("the clock of {id} was set by nobody: its sales may stand on another day\n");
    }
    text
}

fn value(answers: &Answers, period: &Range<i64>) -> String {
    let time = |unix_ms| Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_string();
    let each = of_each(answers);
    let one = |(id, answer): (&TerminalId, &Result<Value, String>)| match answer {
        Ok(data) => json!({ "terminal": id, "answered": true, "why": null, "journal": data["journal"],
            "since_unix_ms": data["since_unix_ms"], "clock_set": data["clock_set"], "totals": data["totals"],
            "sums": Sums::of(data).iter().map(Sums::value).collect::<Value>() }),
        Err(why) => json!({ "terminal": id, "answered": false, "why": why }),
    };
    let all = json!({ "from": time(period.start), "to": time(period.end),
        "complete": answers.values().all(Result::is_ok),
        "sums": Sums::total(&each).iter().map(Sums::value).collect::<Value>(),
        "terminals": answers.iter().map(one).collect::<Value>() });
    format!("{all:#}\n")
}
