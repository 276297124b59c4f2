//! `qrtill fleet status`: a line for every terminal.

use std::io;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::Operator;
use super::note;
use super::rollout::source::Which;
use super::say;
use crate::cli::failure::Failure;
use crate::cli::table;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::reference::TerminalId;
use crate::core::remote::Outcome;
use crate::core::scene::Deaf;
use crate::fleet::desk::Desk;
use crate::fleet::desk::Interest;
use crate::fleet::desk::News;
use crate::fleet::picture::Health;
use crate::fleet::picture::Seen;
use crate::fleet::picture::Sold;
use crate::host;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::document::KeySet;
use crate::mqtt::topics::Topic;
use crate::terminal::published::Told;

/// So often a live table is drawn anew at most.
const REDRAW: Duration = Duration::from_millis(250);
const COLUMNS: usize = 7;

/// Show all terminals: who is online and ready to sell, with which settings, and what is wrong
///
/// It is what the terminals said last, by what the broker keeps of them. How the machine is and what was sold last are
/// at most two minutes old, and unknown of terminals that are off.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stay, and show each change
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    which: Which,
}

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let meant = args.which.meant()?;
    let is_meant = |id: &TerminalId| meant.as_ref().is_none_or(|meant| meant.contains(id));
    let mut desk = operator.desk(Interest::All).await?;
    if args.watch {
        watch(&mut desk, is_meant, json).await;
        return Ok(ExitCode::SUCCESS);
    }
    let text = if json { format!("{:#}\n", all(&desk, is_meant)) } else { text(&desk, is_meant) };
    desk.close().await;
    say(&text)
}

/// Until nobody listens any more. For programs, a line of JSON for each terminal that changed.
async fn watch(desk: &mut Desk, is_meant: impl Fn(&TerminalId) -> bool, json: bool) {
    if json {
        desk.picture.terminals.keys().filter(|id| is_meant(id)).for_each(|id| tell_line(desk, id));
    } else {
        draw(desk, &is_meant);
    }
    while let Some(news) = desk.next().await {
        match news {
            News::Lost(why) => note(&format!("the connection to the broker is gone: {why}; trying again")),
            News::Back => note("the connection to the broker is back"),
            News::Changed(Topic::Terminal(id, _)) if json => {
                if is_meant(&id) {
                    tell_line(desk, &id);
                }
            }
            News::Changed(_) if json => {}
            News::Changed(_) => {
                let end = Instant::now() + REDRAW;
                while desk.next_before(end).await.is_some() {}
                draw(desk, &is_meant);
            }
        }
    }
}

fn tell_line(desk: &Desk, id: &TerminalId) {
    let _gone = say(&format!("{}\n", row(id, &desk.picture.of(id), keys_version(desk))));
}

/// Over the last one where somebody looks at it; else below it.
fn draw(desk: &Desk, is_meant: impl Fn(&TerminalId) -> bool) {
    let clear = if io::stdout().is_terminal() { "\x1b[H\x1b[2J" } else { "" };
    let _gone = say(&format!("{clear}{}", text(desk, is_meant)));
}

fn text(desk: &Desk, is_meant: impl Fn(&TerminalId) -> bool) -> String {
    let terminals: Vec<_> = desk.picture.terminals.iter().filter(|(id, _)| is_meant(id)).collect();
    if terminals.is_empty() {
        return "no such terminal was ever here\n".to_owned();
    }
    let (keys, now) = (keys_version(desk), host::unix_ms());
    let head =
        ["TERMINAL", "STATE", "SELLS", "PROGRAM", "SETTINGS", "LAST SALE", "FAULTS"].map(str::to_owned);
    let mut rows = vec![head];
    rows.extend(terminals.iter().map(|(id, seen)| columns(id, seen, keys, now)));
    if let Some(wide) = window() {
        fit(&mut rows, wide);
    }
    let online = terminals.iter().filter(|(_, seen)| seen.is_online()).count();
    let armed = terminals.iter().filter(|(_, seen)| is_armed(seen)).count();
    let all = terminals.len();
    format!(
        "{}{online} of {all} online, {armed} of {all} ready to sell\n",
        table::aligned(rows, [false; COLUMNS])
    )
}

/// How many characters go into a line of the window, where a person looks at one.
fn window() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|wide| *wide > 0)
}

/// Cuts the faults so that no line is wider than the window.
fn fit(rows: &mut [[String; COLUMNS]], wide: usize) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let taken: usize = (0..COLUMNS - 1).map(|column| width(column) + 2).sum();
    let room = wide.saturating_sub(taken).max(20);
    for [.., faults] in rows {
        if faults.chars().count() > room {
            *faults = faults.chars().take(room - 1).chain(['…']).collect();
        }
    }
}

fn columns(id: &TerminalId, seen: &Seen, keys: Option<u64>, now: i64) -> [String; COLUMNS] {
    let state = match &seen.presence {
        None => "unknown",
        Some(_) if seen.is_online() => "online",
        Some(_) => "offline",
    };
    let sells = if is_armed(seen) { "yes" } else { "no" };
    let sold = seen.sold.as_ref().map_or("-".to_owned(), |sold| last_sale(seen, sold, now));
    let program = seen.presence.as_ref().map_or("-", |presence| presence.version.as_str());
    let faults = faults(seen, keys).join("; ");
    [id.to_string(), state.into(), sells.into(), program.into(), settings(seen), sold, faults]
}

/// The version in force, and a newer one where it was sent.
fn settings(seen: &Seen) -> String {
    let Some(reported) = &seen.reported else { return "its own".to_owned() };
    let in_force = match (reported.version, reported.trial) {
        (None, _) => "its own".to_owned(),
        (Some(version), true) => format!("{version} on trial"),
        (Some(version), false) => version.to_string(),
    };
    match sent(seen).filter(|version| *version > reported.burned) {
        Some(version) => format!("{in_force}, {version} sent"),
        None => in_force,
    }
}

/// When, how much and how it ended. Both times are the terminal's, so that its clock need not be right.
fn last_sale(seen: &Seen, sold: &Sold, now: i64) -> String {
    let heard = seen.health.as_ref().map_or(now, |health| health.at_unix_ms);
    let minutes = heard.saturating_sub(sold.at_unix_ms).max(0) / 60_000;
    let ago = match minutes {
        0 => "now".to_owned(),
        1..=99 => format!("{minutes} min ago"),
        100..=2879 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    };
    let amount = match Currency::from_code(&sold.currency) {
        Some(currency) => Money::new(sold.amount, currency).to_string(),
        None => format!("{} {}", sold.amount, sold.currency),
    };
    format!("{ago} {amount} {}", sold.result)
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
    found.extend(seen.health.iter().filter(|_| seen.is_online()).flat_map(of_health));
    let Some(reported) = &seen.reported else { return found };
    if let Some(newest) = keys.filter(|newest| reported.keys_version.is_some_and(|own| own < *newest)) {
        found.push(format!("it has an older set of keys than version {newest}"));
    }
    let last = reported.last_result.as_ref();
    let failed = |outcome| matches!(outcome, Outcome::Rejected | Outcome::RolledBack);
    if let Some(last) = last.filter(|last| failed(last.outcome)) {
        let first = last.errors.first().map(|error| format!("{}: {}", error.path, error.what));
        found.push(first.unwrap_or_else(|| last.why.clone()));
    }
    found
}

/// What is not well with the machine and what hangs on it.
fn of_health(health: &Health) -> Vec<String> {
    let devices = [
        ("panel", health.panel_present),
        ("cashier's panel", health.cashier_panel_present),
        ("keypad", health.keypad_present),
    ];
    let gone = devices.into_iter().filter(|(_, present)| *present == Some(false));
    let mut found: Vec<String> = gone.map(|(name, _)| format!("no {name}")).collect();
    // Behind it stands what to do about it there.
    let what = |words: &String| words.split("; ").next().unwrap_or_default().to_owned();
    found.extend(health.machine.iter().flat_map(|machine| &machine.complaints).map(what));
    if health.waiting > 0 {
        found.push(format!("{} sales whose end is not known", health.waiting));
    }
    match health.refused.values().fold(0, |sum: u64, count| sum.saturating_add(*count)) {
        0 => {}
        refused => found.push(format!("{refused} messages not believed")),
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

fn all(desk: &Desk, is_meant: impl Fn(&TerminalId) -> bool) -> Value {
    let keys = keys_version(desk);
    let meant = desk.picture.terminals.iter().filter(|(id, _)| is_meant(id));
    meant.map(|(id, seen)| row(id, seen, keys)).collect()
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
        "last_sale": seen.sold,
        "last_result": reported.and_then(|reported| reported.last_result.as_ref().map(Told)),
        "faults": faults(seen, keys),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_fits_a_window_and_says_what_was_sold_and_what_is_wrong() {
        let health = json!({ "at_unix_ms": 1_000_000, "keypad_present": false, "waiting": 2,
            "refused": { "signature": 3, "retained": 1 },
            "machine": { "complaints": ["the processor has 85 °C; give it air"] },
            "last": { "reference": "r", "amount": 1250, "currency": "EUR", "result": "paid", "at_unix_ms": 700_000 } });
        let health: Health = serde_json::from_value(health).expect("health");
        let presence = json!({ "state": "online", "epoch": 1, "journal": "a", "version": "1", "armed": true,
            "deaf": null });
        let sold = health.last.clone();
        let presence = serde_json::from_value(presence).expect("a presence");
        let seen = Seen { presence: Some(presence), health: Some(health), sold, ..Seen::default() };
        let id: TerminalId = "counter-1".parse().expect("an id");
        let mut rows = [columns(&id, &seen, None, 0)];
        assert!(rows[0][5].starts_with("5 min ago ") && rows[0][5].ends_with(" paid"), "{:?}", rows[0]);
        let faults =
            "no keypad; the processor has 85 °C; 2 sales whose end is not known; 4 messages not believed";
        assert_eq!((rows[0][3].as_str(), rows[0][6].as_str()), ("1", faults));
        fit(&mut rows, 100);
        let line = table::aligned(rows.to_vec(), [false; COLUMNS]);
        assert!(line.trim_end().chars().count() <= 100 && line.contains("…"), "{line}");
    }
}
