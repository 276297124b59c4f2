//! `qrtill fleet show`: one terminal, setting by setting.

use std::process::ExitCode;

use serde_json::json;

use super::Operator;
use super::answer;
use super::say;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::table;
use crate::core::reference::TerminalId;
use crate::fleet::change::told;
use crate::fleet::desk::Interest;
use crate::fleet::picture::Reported;
use crate::fleet::picture::Seen;
use crate::terminal::published::Told;

pub async fn run(id: &TerminalId, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let desk = operator.desk(Interest::One(id.clone())).await?;
    let seen = desk.picture.of(id);
    desk.close().await;
    if seen.presence.is_none() && seen.reported.is_none() {
        return Err(unknown(id));
    }
    if json {
        let presence = seen.presence.as_ref();
        let reported = seen.reported.as_ref();
        let all = json!({ "terminal": id, "state": presence,
            "config_version": reported.and_then(|reported| reported.version),
            "trial": reported.is_some_and(|reported| reported.trial),
            "keys_version": reported.and_then(|reported| reported.keys_version),
            "settings": reported.map(|reported| &reported.settings),
            "last_result": reported.and_then(|reported| reported.last_result.as_ref().map(Told)) });
        return say(&format!("{all:#}\n"));
    }
    say(&text(id, &seen))
}

pub fn unknown(id: &TerminalId) -> Failure {
    let what = format!("the broker keeps nothing of a terminal called {id}");
    Failure::new(failure::UNAVAILABLE, what, "see `qrtill fleet status` for those it knows")
}

fn text(id: &TerminalId, seen: &Seen) -> String {
    let mut text = format!("{id} is {}", if seen.is_online() { "online" } else { "offline" });
    if let Some(presence) = &seen.presence {
        let ready = if presence.armed { ", ready to sell" } else { "" };
        text += &format!("{ready}, program {}", presence.version);
    }
    text.push('\n');
    let Some(reported) = &seen.reported else {
        return text + "it tells nothing of its settings: nobody may change them from far away\n";
    };
    text += &in_force(reported);
    if let Some(last) = &reported.last_result {
        text += &format!("last change: {}\n", answer::sentence(id, last));
    }
    text.push('\n');
    text + &settings(reported)
}

fn in_force(reported: &Reported) -> String {
    let keys = reported.keys_version.map_or("it has no set of keys yet".to_owned(), |version| {
        format!("it believes version {version} of the set of keys")
    });
    let sent = match reported.version {
        None => "nothing was ever sent to it".to_owned(),
        Some(version) if reported.trial => format!("version {version} is on trial"),
        Some(version) => format!("version {version} is in force"),
    };
    format!("{sent}; {keys}\n")
}

/// All settings in force, with the layer that says each.
pub fn settings(reported: &Reported) -> String {
    let row = |(path, effective): (&String, &crate::fleet::picture::Effective)| {
        [path.clone(), effective.from.clone(), told(&effective.value)]
    };
    let head = ["SETTING", "FROM", "VALUE"].map(str::to_owned);
    table::aligned([head].into_iter().chain(reported.settings.iter().map(row)).collect(), [false; 3])
}
