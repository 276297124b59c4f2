//! What came of it, in the end: a row for each wave, a line for each terminal that does not have it, and an exit code.

use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::answer;
use crate::cli::fleet::say;
use crate::cli::table;
use crate::core::reference::TerminalId;
use crate::core::remote::Answer;
use crate::fleet::rollout::End;
use crate::fleet::rollout::How;
use crate::fleet::rollout::One;
use crate::fleet::rollout::Rollout;
use crate::fleet::rollout::Step;

/// Of those that are not there, so many are named; there may be a thousand.
const NAMED: usize = 40;

pub fn nothing(json: bool) -> Result<ExitCode, Failure> {
    if json {
        return say(&format!("{:#}\n", json!({ "result": "done", "why": null, "terminals": [] })));
    }
    say("every terminal has it in force; nothing was sent\n")
}

/// Prints it, and ends the command; `end` is none where somebody interrupted it.
pub fn tell(core: &Rollout, end: Option<&End>, json: bool) -> Result<ExitCode, Failure> {
    let code = code(core);
    let (word, why) = match end {
        Some(End::Done) => ("done", None),
        Some(End::Waiting) => ("waiting", None),
        Some(End::Stopped(why)) => ("stopped", Some(why.as_str())),
        None => ("interrupted", None),
    };
    if json {
        let all: Value = core.ones().iter().map(|(id, one)| value(id, one, core)).collect();
        say(&format!("{:#}\n", json!({ "result": word, "why": why, "terminals": all })))?;
        return Ok(ExitCode::from(code));
    }
    say(&text(core))?;
    if code == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let (held, all) = counts(core);
    let again = "run it again: it goes on, and passes over those that have it";
    let (what, hint) = match end {
        Some(End::Stopped(why)) => (
            format!("stopped with {held} of {all}: {why}"),
            "mend it and run it again, which passes over those that have it; or go back: qrtill fleet rollout --back",
        ),
        Some(End::Waiting) => {
            (format!("{held} of {all} have it in force, and some are not there yet"), again)
        }
        Some(End::Done) => (
            format!("{held} of {all} have it in force"),
            "mend what failed and run it again, which passes over those that have it",
        ),
        None => (format!("interrupted with {held} of {all}"), again),
    };
    Err(Failure::new(code, what, hint))
}

fn counts(core: &Rollout) -> (usize, usize) {
    (core.ones().values().filter(|one| one.holds()).count(), core.ones().len())
}

fn text(core: &Rollout) -> String {
    let mut text = String::new();
    if core.waves() > 1 {
        let head = ["WAVE", "TERMINALS", "IN FORCE", "FAILED", "SENT", "NOT SENT"].map(str::to_owned);
        let row = |wave: usize| {
            let tally = core.tally(wave);
            let numbers = [wave + 1, tally.all, tally.held, tally.failed, tally.sent, tally.waiting];
            numbers.map(|number| number.to_string())
        };
        let rows = [head].into_iter().chain((0..core.waves()).map(row));
        text += &table::aligned(rows.collect(), [true; 6]);
    }
    let open: Vec<_> = core.ones().iter().filter(|(_, one)| !one.holds()).collect();
    for (id, one) in open.iter().take(NAMED) {
        text += &format!("{}\n", stands(id, one, core));
    }
    if open.len() > NAMED {
        text += &format!("… and {} more; --json has all\n", open.len() - NAMED);
    }
    let (held, all) = counts(core);
    text + &format!("{held} of {all} have it in force\n")
}

/// Where one terminal stands in the end.
fn stands(id: &TerminalId, one: &One, core: &Rollout) -> String {
    let version = one.sent.as_ref().map(|(version, _)| *version);
    match &one.step {
        Step::Ended { how, why } => sentence(id, *how, why, version),
        Step::Sent { put_off: true, .. } => format!("{id} puts it off, and tries it by itself later"),
        Step::Sent { .. } | Step::Sealing => format!("{id} has not answered yet"),
        Step::Waiting if one.wave > core.wave() => format!("{id} has not had its turn"),
        Step::Waiting if !one.online => format!("{id} is off, and was sent nothing"),
        Step::Waiting => format!("{id} was sent nothing"),
    }
}

/// How it ended at one terminal.
pub fn sentence(id: &TerminalId, how: How, why: &str, version: Option<u64>) -> String {
    let version = version.map_or("it".to_owned(), |version| format!("version {version}"));
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    match how {
        How::Applied => format!("{id} has {version} in force"),
        How::Unchanged => format!("{id} has {version} in force, which changes nothing there"),
        How::Rejected => format!("{id} rejects {version}{why}"),
        How::Stale => format!("{id} does not take {version}{why}"),
        How::RolledBack => format!("{id} has tried {version} and is back on the one before{why}"),
        How::Superseded => format!("{id} has never tried {version}{why}"),
        How::Silent => format!("{id} has fallen silent with {version}{why}"),
        How::Unanswered => {
            format!(
                "{id} has not answered to {version}{why}; `qrtill fleet show {id}` tells what becomes of it"
            )
        }
        How::Overtaken => format!("{id} was sent another one than {version}{why}"),
        How::NotSent => format!("{id} was sent nothing{why}"),
    }
}

/// Why a terminal answered as it did, with all that is wrong.
pub fn why(answer: &Answer) -> String {
    format!("{}{}", answer.why, answer::faults(&answer.errors))
}

fn word(one: &One, core: &Rollout) -> &'static str {
    match &one.step {
        Step::Ended { how, .. } => match how {
            How::Applied => "applied",
            How::Unchanged => "unchanged",
            How::Rejected => "rejected",
            How::Stale => "stale",
            How::RolledBack => "rolled_back",
            How::Superseded => "superseded",
            How::Silent => "silent",
            How::Unanswered => "unanswered",
            How::Overtaken => "overtaken",
            How::NotSent => "not_sent",
        },
        Step::Sent { put_off: true, .. } => "put_off",
        Step::Sent { .. } | Step::Sealing => "sent",
        Step::Waiting if one.wave <= core.wave() && !one.online => "off",
        Step::Waiting => "not_tried",
    }
}

fn value(id: &TerminalId, one: &One, core: &Rollout) -> Value {
    let version = one.sent.as_ref().map(|(version, _)| version);
    let why = if let Step::Ended { why, .. } = &one.step { Some(why) } else { None };
    json!({ "terminal": id, "wave": one.wave + 1, "outcome": word(one, core), "version": version,
        "why": why.filter(|why| !why.is_empty()) })
}

/// The worst that happened.
fn code(core: &Rollout) -> u8 {
    let mut codes: Vec<u8> = core.ones().values().map(of_one).collect();
    let rank = |code: &u8| match *code {
        0 => 0,
        failure::NOT_NOW => 1,
        failure::UNAVAILABLE => 2,
        _ => 3,
    };
    codes.sort_by_key(rank);
    codes.last().copied().unwrap_or(0)
}

fn of_one(one: &One) -> u8 {
    let Step::Ended { how, .. } = &one.step else { return failure::NOT_NOW };
    match how {
        How::Applied | How::Unchanged => 0,
        How::Rejected => failure::DATA,
        How::RolledBack | How::Silent | How::Unanswered => failure::UNAVAILABLE,
        How::Stale | How::Superseded | How::Overtaken | How::NotSent => failure::NOT_NOW,
    }
}
