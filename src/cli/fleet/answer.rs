//! What a terminal answered to a document of settings, as a sentence and as an exit code.

use crate::cli::failure;
use crate::core::reference::TerminalId;
use crate::core::remote::Answer;
use crate::core::remote::FieldFault;
use crate::core::remote::Outcome;

/// One word for tables.
#[must_use]
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Unchanged => "unchanged",
        Outcome::Rejected => "rejected",
        Outcome::Stale => "stale",
        Outcome::Deferred => "deferred",
        Outcome::RolledBack => "rolled back",
        Outcome::Superseded => "superseded",
    }
}

/// Whether nothing more comes.
#[must_use]
pub fn is_final(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Deferred => false,
        Outcome::Applied
        | Outcome::Unchanged
        | Outcome::Rejected
        | Outcome::Stale
        | Outcome::RolledBack
        | Outcome::Superseded => true,
    }
}

#[must_use]
pub fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Applied | Outcome::Unchanged => 0,
        Outcome::Rejected => failure::DATA,
        Outcome::RolledBack => failure::UNAVAILABLE,
        Outcome::Stale | Outcome::Deferred | Outcome::Superseded => failure::NOT_NOW,
    }
}

#[must_use]
pub fn sentence(id: &TerminalId, answer: &Answer) -> String {
    let version = answer.version;
    let why = |text: &str| if text.is_empty() { String::new() } else { format!(": {text}") };
    let why = why(&answer.why);
    match answer.outcome {
        Outcome::Applied => format!("{id} has version {version} in force"),
        Outcome::Unchanged => format!("{id} has taken version {version}, which changes nothing there"),
        Outcome::Rejected => format!("{id} rejects version {version}{why}:{}", faults(&answer.errors)),
        Outcome::Stale => format!("{id} does not take version {version}{why}"),
        Outcome::Deferred => format!("{id} puts version {version} off{why}; it tries again by itself"),
        Outcome::RolledBack => {
            format!("{id} has tried version {version} and is back on the one before{why}")
        }
        Outcome::Superseded => format!("{id} has never tried version {version}{why}"),
    }
}

/// Each on a line of its own.
#[must_use]
pub fn faults(all: &[FieldFault]) -> String {
    let line = |fault: &FieldFault| {
        let path = if fault.path.is_empty() { "the document" } else { &fault.path };
        let mend = if fault.mend.is_empty() { String::new() } else { format!("; {}", fault.mend) };
        format!("\n  {path}: {}{mend}", fault.what)
    };
    all.iter().map(line).collect()
}
