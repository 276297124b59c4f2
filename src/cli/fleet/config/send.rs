//! From changed settings to a terminal's answer: judged, told, signed, written down, sent, waited for.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use super::How;
use super::case::Case;
use super::publish;
use super::publish::Report;
use super::publish::Signed;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::answer;
use crate::cli::fleet::note;
use crate::cli::fleet::open::name;
use crate::cli::fleet::say;
use crate::cli::fleet::shown;
use crate::cli::setup::ask;
use crate::cli::table;
use crate::fleet::change;
use crate::fleet::change::told;
use crate::fleet::desk::Desk;
use crate::fleet::proposal;
use crate::fleet::proposal::Weighed;
use crate::host;
use crate::host::file;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::document::Kind;
use crate::mqtt::document::MAX_BYTES;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;

/// Signs `settings` as the terminal's next document, as far as this operator can, and sends it or writes it down.
pub async fn send(
    operator: &Operator,
    (desk, case): (Desk, Case),
    settings: BTreeMap<String, Value>,
    how: &How,
    json: bool,
) -> Result<ExitCode, Failure> {
    judge(&case, &settings)?;
    let changes = proposal::weigh(&case.schema, &case.reported, &case.base, &settings);
    if changes.is_empty() && settings == case.base.settings {
        return Report::nothing(&case).tell(json);
    }
    tell(&changes, how, json);
    let role = role(operator, &changes);
    if how.dry_run {
        return say(&format!("nothing was sent; it needs {}\n", needs(operator, role)));
    }
    let key = operator.key(&case.keys, role)?;
    let missing = operator.missing(role, 1);
    if missing > 0 && how.out.is_none() {
        let what = format!("this needs {} and you are one", needs(operator, role));
        let hint =
            "write it to a file with --out FILE, and have it signed with `qrtill fleet config sign FILE`";
        return Err(Failure::new(failure::USAGE, what, hint));
    }
    confirm(role, &settings, how)?;
    let signed = seal(operator, &case, &settings, key)?;
    if let Some(out) = &how.out {
        return write(out, &case, &signed, missing);
    }
    publish::publish(operator, (desk, case), &signed, how.wait).await?.tell(json)
}

/// The terminal's next document, signed once.
pub fn seal(
    operator: &Operator,
    case: &Case,
    settings: &BTreeMap<String, Value>,
    key: &SecretKey,
) -> Result<Signed, Failure> {
    let version = case.next_version()?;
    let desired = Desired { version, confirm_s: operator.fleet.confirm_s, settings: change::tree(settings) };
    let identity = &operator.fleet.identity;
    let txn = host::random_name();
    let payload = document::payload(&identity.topics.audience(&case.id), identity.mode, &txn, &desired);
    let text = document::seal(Kind::Config, &payload, key);
    if text.len() > MAX_BYTES {
        let what =
            format!("the document would have {} bytes, and none has more than {MAX_BYTES}", text.len());
        return Err(Failure::new(failure::DATA, what, "send less"));
    }
    Ok(Signed { text, txn, version })
}

/// Writes it down for the next person to sign, or to send it another time.
fn write(out: &Path, case: &Case, signed: &Signed, missing: usize) -> Result<ExitCode, Failure> {
    file::replace(out, format!("{}\n", signed.text).as_bytes())
        .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", out))?;
    let more = match missing {
        0 => format!("send it with `qrtill fleet config sign {}`", shown(out)),
        _ => format!("it needs {missing} more: qrtill fleet config sign {}", shown(out)),
    };
    say(&format!("version {} for {} is in {}, signed once; {more}\n", signed.version, case.id, shown(out)))
}

/// By what the terminal itself says that it takes.
pub fn judge(case: &Case, settings: &BTreeMap<String, Value>) -> Result<(), Failure> {
    let faults = case.schema.judge(&change::tree(settings));
    if faults.is_empty() {
        return Ok(());
    }
    let what = format!("{} does not take this, and nothing was signed:{}", case.id, answer::faults(&faults));
    Err(Failure::new(failure::DATA, what, ""))
}

/// The changes, one a line.
pub fn changes(changes: &[Weighed]) -> String {
    let value = |value: &Option<Value>| value.as_ref().map_or("the terminal's own".to_owned(), told);
    let row = |weighed: &Weighed| {
        let mark = if weighed.role == Role::Money { "money" } else { "" };
        let Weighed { change, .. } = weighed;
        let before = change.before.as_ref().map_or("-".to_owned(), told);
        [format!("  {}", change.path), format!("{before} -> {}", value(&change.after)), mark.to_owned()]
    };
    let text = table::aligned(changes.iter().map(row).collect(), [false; 3]);
    if text.is_empty() { "  nothing of what is in force".to_owned() } else { text.trim_end().to_owned() }
}

/// To a person, beside what programs read; where nothing else is said, in its place.
pub fn tell(weighed: &[Weighed], how: &How, json: bool) {
    let text = changes(weighed);
    if json || !how.dry_run {
        note(&text);
    } else {
        let _gone = say(&format!("{text}\n"));
    }
}

/// The role that signs: money where anything needs it, or where the operator has no other key.
pub fn role(operator: &Operator, changes: &[Weighed]) -> Role {
    let identity = &operator.fleet.identity;
    let needs_money = changes.iter().any(|weighed| weighed.role == Role::Money);
    let only_money = identity.operations.is_none() && identity.money.is_some();
    if needs_money || only_money { Role::Money } else { Role::Operations }
}

pub fn needs(operator: &Operator, role: Role) -> String {
    match operator.signatures(role) {
        1 => format!("a signature of the {} role", name(role)),
        many => format!("{many} signatures of the {} role", name(role)),
    }
}

/// Whoever signs for money answers for the whole document, whoever put what into it, and whatever somebody between here
/// and the terminal says that it changes: all of it is told.
pub fn confirm(role: Role, settings: &BTreeMap<String, Value>, how: &How) -> Result<(), Failure> {
    if role != Role::Money {
        return Ok(());
    }
    let rows = settings.iter().map(|(path, value)| [format!("  {path}"), told(value)]).collect();
    let all = table::aligned(rows, [false; 2]);
    note(&format!("your signature vouches for all that is sent:\n{}", all.trim_end()));
    if how.yes || ask::agree("sign this", false)? {
        return Ok(());
    }
    Err(Failure::new(failure::USAGE, "nothing was signed", "say yes, or --yes, to sign it"))
}

impl Operator {
    /// How many people of `role` sign one document.
    #[must_use]
    pub fn signatures(&self, role: Role) -> usize {
        if role == Role::Money { self.fleet.identity.money_signatures } else { 1 }
    }

    /// How many are missing where so many have signed.
    #[must_use]
    pub fn missing(&self, role: Role, signed: usize) -> usize {
        self.signatures(role).saturating_sub(signed)
    }
}
