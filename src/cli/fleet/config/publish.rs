//! A document that is wholly signed goes to the broker, and the terminal's one final answer is waited for.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::case::Case;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::answer;
use crate::cli::fleet::note;
use crate::cli::fleet::of_not_taken;
use crate::cli::fleet::open::of_not_kept;
use crate::cli::fleet::say;
use crate::core::reference::TerminalId;
use crate::core::remote::Answer;
use crate::fleet::desk::Desk;
use crate::fleet::desk::News;
use crate::fleet::history::Entry;
use crate::fleet::picture::Seen;
use crate::host;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::Topic;

/// Beyond the time that a terminal has to be back, for the way there.
pub const WAY: u64 = 30;

/// A result may stand on the counter's screen for as long, and nothing is changed under it.
const HOLD: u64 = 60;
/// Who has not begun with it by then is busy.
const BUSY_AFTER: Duration = Duration::from_secs(5);

/// A document with all the signatures that it needs.
#[derive(Debug)]
pub struct Signed {
    pub text: String,
    pub txn: String,
    pub version: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    pub sentence: String,
    /// 0 where it is in force.
    pub code: u8,
    /// For programs.
    pub value: Value,
}

impl Report {
    /// Nothing had to be sent.
    pub fn nothing(case: &Case) -> Self {
        let id = &case.id;
        let sentence = format!("{id} has all of that in force already; nothing was sent");
        Self { sentence, code: 0, value: json!({ "terminal": id, "outcome": "unchanged" }) }
    }

    /// Prints it, and ends the command.
    pub fn tell(self, json: bool) -> Result<ExitCode, Failure> {
        if json {
            say(&format!("{:#}\n", self.value))?;
        } else if self.code == 0 {
            say(&format!("{}\n", self.sentence))?;
        } else {
            return Err(Failure::new(self.code, self.sentence, ""));
        }
        Ok(ExitCode::from(self.code))
    }
}

/// How the wait for an answer ended.
enum Ended {
    Answered(Answer),
    /// It is not there to answer.
    Offline,
    /// It has not answered in so many seconds.
    Silent(u64),
    /// The broker keeps another document by now: what it is.
    Overtaken(String),
}

pub async fn publish(
    operator: &Operator,
    (mut desk, case): (Desk, Case),
    signed: &Signed,
    wait: Option<u64>,
) -> Result<Report, Failure> {
    let Signed { text: sealed, txn, version } = signed;
    // A person may have thought for long.
    desk.catch_up().await;
    if let Some(other) = overtaken(operator, &case, desk.picture.of(&case.id).desired, None) {
        let what = format!("somebody else was faster: {other}; nothing was sent");
        return Err(Failure::new(failure::NOT_NOW, what, "look at it, and try again"));
    }
    let mut entry = note_sent(operator, &case.id, signed)?;
    let topic = Topic::Terminal(case.id.clone(), Leaf::ConfigDesired);
    desk.publish(&topic, sealed.clone()).await.map_err(|error| of_not_taken(&error))?;
    let wait_s = wait.unwrap_or(u64::from(operator.fleet.confirm_s) + WAY + HOLD);
    let ended = wait_for(operator, &mut desk, &case, signed, wait_s).await;
    if let Ended::Answered(answer) = &ended {
        entry.answer = Some(answer.clone());
        operator.history.note(&case.id, &entry).map_err(|error| of_not_kept(&error))?;
    }
    desk.close().await;
    Ok(report(&case, &ended, *version, txn))
}

/// Writes a document down before it is sent.
pub fn note_sent(operator: &Operator, id: &TerminalId, signed: &Signed) -> Result<Entry, Failure> {
    let sent_at = jiff::Timestamp::from_millisecond(host::unix_ms()).unwrap_or_default().to_string();
    let (txn, document) = (signed.txn.clone(), signed.text.clone());
    let entry = Entry { sent_at, version: signed.version, txn, document, answer: None };
    operator.history.note(id, &entry).map_err(|error| of_not_kept(&error))?;
    Ok(entry)
}

async fn wait_for(operator: &Operator, desk: &mut Desk, case: &Case, signed: &Signed, wait_s: u64) -> Ended {
    let Signed { text: sealed, txn, .. } = signed;
    let (mut busy_at, end) = (Instant::now() + BUSY_AFTER, Instant::now() + Duration::from_secs(wait_s));
    // One that is there goes and comes back while it changes over.
    let there = desk.picture.of(&case.id).is_online();
    let mut put_off = 0;
    loop {
        let seen = desk.picture.of(&case.id);
        match seen.answer_to(txn) {
            Some(given) if answer::is_final(given.outcome) => return Ended::Answered(given.clone()),
            Some(given) if given.attempt > put_off => {
                put_off = given.attempt;
                note(&answer::sentence(&case.id, given));
            }
            Some(_) | None => {}
        }
        if let Some(other) = overtaken(operator, case, seen.desired.clone(), Some(sealed)) {
            return Ended::Overtaken(other);
        }
        if !there && !seen.is_online() {
            return Ended::Offline;
        }
        match desk.next_before(end.min(busy_at)).await {
            Some(News::Lost(why)) => {
                note(&format!("the connection to the broker is gone: {why}; trying again"))
            }
            Some(News::Back) => note("the connection to the broker is back"),
            Some(News::Changed(_)) => {}
            None if Instant::now() >= end => return Ended::Silent(wait_s),
            None => {
                busy_at = end;
                if let Some(line) = busy(&seen, case, signed) {
                    note(&line);
                }
            }
        }
    }
}

/// What to tell somebody who waits for a terminal that has not begun.
fn busy(seen: &Seen, case: &Case, signed: &Signed) -> Option<String> {
    let begun = seen.reported.as_ref().is_some_and(|reported| reported.burned >= signed.version);
    (seen.is_online() && !begun).then(|| {
        format!(
            "{} has not begun with version {}: it does once nothing is sold, and no result stands on its screen;              waiting for it",
            case.id, signed.version
        )
    })
}

/// The document that the broker keeps `now`, where it is neither the one that was built on nor `own`.
pub fn overtaken(
    operator: &Operator,
    case: &Case,
    now: Option<Vec<u8>>,
    own: Option<&str>,
) -> Option<String> {
    if now == case.kept || now.as_deref() == own.map(str::as_bytes) {
        return None;
    }
    let identity = &operator.fleet.identity;
    let Some(bytes) = now else { return Some("the document on the broker was taken away".to_owned()) };
    let aud = identity.topics.audience(&case.id);
    Some(match case.keys.open_desired(&bytes, &aud, identity.mode) {
        Ok(opened) => {
            let who: Vec<_> = opened.signers.iter().map(|id| case.keys.name_of(id.as_str())).collect();
            format!("{} has version {} by {}", case.id, opened.content.version, who.join(" and "))
        }
        Err(refusal) => {
            let version = document::peek::<Desired>(&bytes).map(|carried| carried.content.version);
            let version = version.map_or(String::new(), |version| format!(", version {version}"));
            format!(
                "the broker keeps a document for {}{version}, that is not to be believed: {refusal}",
                case.id
            )
        }
    })
}

fn report(case: &Case, ended: &Ended, version: u64, txn: &str) -> Report {
    let id = &case.id;
    let (word, sentence, code) = match ended {
        Ended::Answered(given) => {
            (answer::word(given.outcome), answer::sentence(id, given), answer::code(given.outcome))
        }
        Ended::Offline => {
            let sentence = format!("{id} is offline, and takes version {version} when it is back");
            ("waiting", sentence, failure::NOT_NOW)
        }
        Ended::Silent(seconds) => {
            let sentence = format!(
                "{id} has not answered to version {version} in {seconds} s; `qrtill fleet show {id}` tells what \
                 becomes of it"
            );
            ("waiting", sentence, failure::NOT_NOW)
        }
        Ended::Overtaken(other) => {
            let sentence =
                format!("version {version} was sent, and overtaken: {other}; look at it, and try again");
            ("overtaken", sentence, failure::NOT_NOW)
        }
    };
    let given = if let Ended::Answered(given) = ended { Some(given) } else { None };
    let value = json!({ "terminal": id, "version": version, "txn": txn, "outcome": word.replace(' ', "_"),
        "why": given.map(|given| &given.why), "errors": given.map(|given| &given.errors) });
    Report { sentence, code, value }
}
