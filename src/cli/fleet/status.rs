//! `qrtill fleet status`: a line for every terminal.

use std::io;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::Operator;
use super::answer;
use super::note;
use super::say;
use crate::cli::failure::Failure;
use crate::cli::table;
use crate::core::reference::TerminalId;
use crate::core::remote::Outcome;
use crate::core::scene::Deaf;
use crate::fleet::desk::Desk;
use crate::fleet::desk::Interest;
use crate::fleet::desk::News;
use crate::fleet::picture::Seen;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::document::KeySet;
use crate::mqtt::topics::Topic;

/// So often a live table is drawn anew at most.
const REDRAW: Duration = Duration::from_millis(250);

/// Show all terminals: who is online and ready to sell, with which settings, and what is wrong
///
/// It is what the terminals said last, by what the broker keeps of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stay, and show each change
    #[arg(long)]
    watch: bool,
}

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let mut desk = operator.desk(Interest::All).await?;
    if args.watch {
        watch(&mut desk, json).await;
        return Ok(ExitCode::SUCCESS);
    }
    let text = if json { format!("{:#}\n", all(&desk)) } else { text(&desk) };
    desk.close().await;
    say(&text)
}

/// Until nobody listens any more. For programs, a line of JSON for each terminal that changed.
async fn watch(desk: &mut Desk, json: bool) {
    if json {
        desk.picture.terminals.keys().for_each(|id| tell_line(desk, id));
    } else {
        draw(desk);
    }
    while let Some(news) = desk.next().await {
        match news {
            News::Lost(why) => note(&format!("the connection to the broker is gone: {why}; trying again")),
            News::Back => note("the connection to the broker is back"),
            News::Changed(Topic::Terminal(id, _)) if json => tell_line(desk, &id),
            News::Changed(_) if json => {}
            News::Changed(_) => {
                let end = Instant::now() + REDRAW;
                while desk.next_before(end).await.is_some() {}
                draw(desk);
            }
        }
    }
}

fn tell_line(desk: &Desk, id: &TerminalId) {
    let _gone = say(&format!("{}\n", row(id, &desk.picture.of(id), keys_version(desk))));
}

/// Over the last one where somebody looks at it; else below it.
fn draw(desk: &Desk) {
    let clear = if io::stdout().is_terminal() { "\x1b[H\x1b[2J" } else { "" };
    let _gone = say(&format!("{clear}{}", text(desk)));
}

fn text(desk: &Desk) -> String {
    let terminals = &desk.picture.terminals;
    if terminals.is_empty() {
        return "no terminal was ever here\n".to_owned();
    }
    let head = ["TERMINAL", "STATE", "SELLS", "PROGRAM", "SETTINGS", "LAST CHANGE", "FAULTS"];
    let mut rows = vec![head.map(str::to_owned)];
    let keys = keys_version(desk);
    rows.extend(terminals.iter().map(|(id, seen)| columns(id, seen, keys)));
    let online = terminals.values().filter(|seen| seen.is_online()).count();
    let armed = terminals.values().filter(|seen| is_armed(seen)).count();
    let all = terminals.len();
    format!("{}{online} of {all} online, {armed} of {all} ready to sell\n", table::aligned(rows, [false; 7]))
}

fn columns(id: &TerminalId, seen: &Seen, keys: Option<u64>) -> [String; 7] {
    let state = match &seen.presence {
        None => "unknown",
        Some(_) if seen.is_online() => "online",
        Some(_) => "offline",
    };
    let program = seen.presence.as_ref().map_or("-", |presence| presence.version.as_str());
    let reported = seen.reported.as_ref();
    let settings = match reported.and_then(|reported| Some((reported.version?, reported.trial))) {
        None => "its own".to_owned(),
        Some((version, true)) => format!("{version} on trial"),
        Some((version, false)) => version.to_string(),
    };
    let last = reported.and_then(|reported| reported.last_result.as_ref());
    let last = last.map_or("-".to_owned(), |last| format!("{} {}", last.version, answer::word(last.outcome)));
    let sells = if is_armed(seen) { "yes" } else { "no" };
    let faults = faults(seen, keys).join("; ");
    [id.to_string(), state.into(), sells.into(), program.into(), settings, last, faults]
}

fn is_armed(seen: &Seen) -> bool {
    seen.is_online() && seen.presence.as_ref().is_some_and(|presence| presence.armed)
}

/// Why it does not sell, and why it does not have what was sent.
fn faults(seen: &Seen, keys: Option<u64>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(deaf) = seen.presence.as_ref().and_then(|presence| presence.deaf) {
        found.push(in_words(deaf).to_owned());
    }
    let Some(reported) = &seen.reported else { return found };
    if let Some(newest) = keys.filter(|newest| reported.keys_version.is_some_and(|own| own < *newest)) {
        found.push(format!("it has an older set of keys than version {newest}"));
    }
    if let Some(version) = sent(seen).filter(|version| *version > reported.burned) {
        found.push(format!("version {version} waits for it"));
    }
    let last = reported.last_result.as_ref();
    let failed = |outcome| matches!(outcome, Outcome::Rejected | Outcome::RolledBack);
    if let Some(last) = last.filter(|last| failed(last.outcome)) {
        let first = last.errors.first().map(|error| format!("{}: {}", error.path, error.what));
        found.push(first.unwrap_or_else(|| last.why.clone()));
    }
    found
}

/// The version of the set of keys that the broker keeps, as it says itself.
fn keys_version(desk: &Desk) -> Option<u64> {
    let carried = document::peek::<KeySet>(desk.picture.keys.as_ref()?).ok()?;
    Some(carried.content.version)
}

/// The version of the document that the broker keeps, as it says itself.
fn sent(seen: &Seen) -> Option<u64> {
    let carried = document::peek::<Desired>(seen.desired.as_ref()?).ok()?;
    Some(carried.content.version)
}

fn in_words(deaf: Deaf) -> &'static str {
    match deaf {
        Deaf::NoBroker => "no broker",
        Deaf::NoRelay => "the relay is silent",
        Deaf::NotServing => "the relay cannot serve",
        Deaf::NameTaken => "another device has its name",
        Deaf::Journal => "its journal cannot be written",
        Deaf::Paused => "paused from far away",
    }
}

fn all(desk: &Desk) -> Value {
    let keys = keys_version(desk);
    desk.picture.terminals.iter().map(|(id, seen)| row(id, seen, keys)).collect()
}

fn row(id: &TerminalId, seen: &Seen, keys: Option<u64>) -> Value {
    let presence = seen.presence.as_ref();
    let reported = seen.reported.as_ref();
    json!({
        "terminal": id,
        "online": seen.is_online(),
        "armed": is_armed(seen),
        "program": presence.map(|presence| &presence.version),
        "config_version": reported.and_then(|reported| reported.version),
        "trial": reported.is_some_and(|reported| reported.trial),
        "sent_version": sent(seen),
        "keys_version": reported.and_then(|reported| reported.keys_version),
        "last_result": reported.and_then(|reported| reported.last_result.as_ref()),
        "faults": faults(seen, keys),
    })
}
