//! What is in force, what was sent, and where they differ.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::answer;
use crate::cli::fleet::open::of_not_kept;
use crate::cli::fleet::say;
use crate::cli::fleet::show;
use crate::cli::table;
use crate::core::reference::TerminalId;
use crate::fleet::change;
use crate::fleet::change::Change;
use crate::fleet::change::leaves;
use crate::fleet::change::told;
use crate::fleet::desk::Interest;
use crate::fleet::history::Entry;
use crate::fleet::picture::Effective;
use crate::fleet::picture::Reported;
use crate::mqtt::document;
use crate::mqtt::document::Desired;

/// One value is printed bare, for scripts.
pub async fn get(
    id: &TerminalId,
    path: Option<&str>,
    json: bool,
    operator: &Operator,
) -> Result<ExitCode, Failure> {
    let (reported, _) = heard(id, operator).await?;
    let Some(path) = path else {
        let text = if json { format!("{:#}\n", json!(reported.settings)) } else { show::settings(&reported) };
        return say(&text);
    };
    if let Some(effective) = reported.settings.get(path) {
        let text = if json { json!(effective).to_string() } else { told(&effective.value) };
        return say(&format!("{text}\n"));
    }
    let below = format!("{path}.");
    let inside: BTreeMap<String, Effective> =
        reported.settings.into_iter().filter(|(key, _)| key.starts_with(&below)).collect();
    if inside.is_empty() {
        let what = format!("{id} tells of no setting `{path}`");
        return Err(Failure::new(failure::DATA, what, "leave the path out for all of them"));
    }
    let text = if json {
        format!("{:#}\n", json!(inside))
    } else {
        show::settings(&Reported { settings: inside, ..Reported::default() })
    };
    say(&text)
}

/// What a terminal reports, and the document that the broker keeps for it.
async fn heard(id: &TerminalId, operator: &Operator) -> Result<(Reported, Option<Vec<u8>>), Failure> {
    let desk = operator.desk(Interest::One(id.clone())).await?;
    let seen = desk.picture.of(id);
    desk.close().await;
    let reported = seen.reported.ok_or_else(|| show::unknown(id))?;
    Ok((reported, seen.desired))
}

pub async fn diff(
    id: &TerminalId,
    versions: &[u64],
    json: bool,
    operator: &Operator,
) -> Result<ExitCode, Failure> {
    let changes = match versions {
        [] => sent_to_in_force(id, operator).await?,
        [one] => {
            let earlier = operator.history.list(id).map_err(|error| of_not_kept(&error))?;
            let before = earlier.iter().rev().find(|entry| entry.version < *one).map(|entry| entry.version);
            let before = before.map_or(Ok(BTreeMap::new()), |version| of_version(id, version, operator))?;
            change::diff(&before, &of_version(id, *one, operator)?)
        }
        [one, other, ..] => {
            change::diff(&of_version(id, *one, operator)?, &of_version(id, *other, operator)?)
        }
    };
    if json {
        let all: Value = changes
            .iter()
            .map(|change| json!({ "path": change.path, "before": change.before, "after": change.after }))
            .collect();
        return say(&format!("{all:#}\n"));
    }
    if changes.is_empty() {
        return say(if versions.is_empty() {
            "all that was sent is in force\n"
        } else {
            "they are the same\n"
        });
    }
    let value = |value: &Option<Value>| value.as_ref().map_or("not sent".to_owned(), told);
    let before = |change: &Change| match (&change.before, versions) {
        (None, []) => "unknown".to_owned(),
        (before, _) => value(before),
    };
    let row = |change: &Change| [change.path.clone(), before(change), "->".into(), value(&change.after)];
    say(&table::aligned(changes.iter().map(row).collect(), [false; 4]))
}

/// From what is in force to what the broker keeps for the terminal.
async fn sent_to_in_force(id: &TerminalId, operator: &Operator) -> Result<Vec<Change>, Failure> {
    let (reported, kept) = heard(id, operator).await?;
    let sent = match &kept {
        None => BTreeMap::new(),
        Some(bytes) => {
            let carried = document::peek::<Desired>(bytes).map_err(|refusal| {
                let what = format!("the document that the broker keeps for {id} cannot be read: {refusal}");
                Failure::new(failure::DATA, what, "")
            })?;
            leaves(&carried.content.settings)
        }
    };
    let wanted = |path: &String, effective: &Effective| sent.contains_key(path) || effective.is_sent();
    let in_force = reported.settings.iter().filter(|(path, effective)| wanted(path, effective));
    let in_force = in_force.map(|(path, effective)| (path.clone(), effective.value.clone())).collect();
    Ok(change::diff(&in_force, &sent))
}

fn of_version(
    id: &TerminalId,
    version: u64,
    operator: &Operator,
) -> Result<BTreeMap<String, Value>, Failure> {
    let entries = operator.history.list(id).map_err(|error| of_not_kept(&error))?;
    let found = entries.iter().rev().find(|entry| entry.version == version).and_then(Entry::desired);
    found.map(|desired| leaves(&desired.settings)).ok_or_else(|| {
        let what = format!("the history has no version {version} for {id}");
        Failure::new(failure::DATA, what, format!("see `qrtill fleet config history {id}`"))
    })
}

pub fn history(id: &TerminalId, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let entries = operator.history.list(id).map_err(|error| of_not_kept(&error))?;
    if json {
        let one = |entry: &Entry| {
            json!({ "version": entry.version, "sent_at": entry.sent_at, "txn": entry.txn,
                "settings": entry.desired().map(|desired| desired.settings), "signers": signers(operator, entry),
                "answer": entry.answer })
        };
        return say(&format!("{:#}\n", entries.iter().map(one).collect::<Value>()));
    }
    if entries.is_empty() {
        return say(&format!("nothing was sent to {id} from here\n"));
    }
    let mut rows = vec![["VERSION", "SENT", "SIGNED BY", "ANSWER", "CHANGES"].map(str::to_owned)];
    let mut before = BTreeMap::new();
    for entry in &entries {
        let after = entry.desired().map(|desired| leaves(&desired.settings)).unwrap_or_default();
        let changed: Vec<_> = change::diff(&before, &after).into_iter().map(|change| change.path).collect();
        let answer = entry.answer.as_ref().map_or("none heard", |answer| answer::word(answer.outcome));
        let signers = signers(operator, entry).join(" and ");
        rows.push([
            entry.version.to_string(),
            entry.sent_at.clone(),
            signers,
            answer.to_owned(),
            changed.join(", "),
        ]);
        before = after;
    }
    say(&table::aligned(rows, [true, false, false, false, false]))
}

/// Whose keys signed it, by the newest set of keys that was seen.
fn signers(operator: &Operator, entry: &Entry) -> Vec<String> {
    let keys = operator.history.keys().and_then(|sealed| operator.fleet.identity.open_keys(&sealed).ok());
    let ids = document::peek::<Desired>(entry.document.as_bytes()).map(|carried| carried.signers);
    let name = |id: &String| keys.as_ref().map_or_else(|| id.clone(), |keys| keys.name_of(id));
    ids.unwrap_or_default().iter().map(name).collect()
}
