//! The first sale, of the smallest amount, told as it goes.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use super::Counter;
use super::ask::agree;
use super::ask::tell;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::cli::journal;
use crate::config;
use crate::core::fact::Fact;
use crate::core::money::Money;
use crate::host;
use crate::store::Reader;

const LOOK: Duration = Duration::from_millis(500);
/// Longer than a code is shown.
const PATIENCE_MS: i64 = 240_000;

/// Waits for a sale, if the person wants to make one.
pub fn offer(counter: &Counter, folder: &Folder) -> Result<ExitCode, Failure> {
    let file = folder.path("terminal.toml");
    let text = config::text(&file).map_err(|faults| Failure::of_faults(&faults))?;
    let Some(minimum) =
        config::terminal(&file, &text, &config::variables()).value.map(|terminal| terminal.settings.minimum)
    else {
        return Ok(ExitCode::SUCCESS);
    };
    let amount = Money::new(minimum, counter.currency);
    if counter.keypad.is_empty() || !agree(&format!("sell {amount} now, to see that all works?"), true)? {
        tell("Next: key an amount and Enter");
        return Ok(ExitCode::SUCCESS);
    }
    tell(&format!("key {minimum} and Enter, scan the code with a phone, and pay"));
    let journal = journal::of_terminal(None, Some(&file))?;
    watch(&journal).map(|()| ExitCode::SUCCESS)
}

fn watch(journal: &std::path::Path) -> Result<(), Failure> {
    let began = host::unix_ms();
    let mut told = BTreeSet::new();
    while host::unix_ms() - began < PATIENCE_MS {
        thread::sleep(LOOK);
        let facts = Reader::<Fact>::open(journal).and_then(|reader| reader.between(began, i64::MAX));
        let facts = facts.map_err(|error| crate::cli::serve::of_store(&error))?;
        for fact in &facts {
            let Some((line, last)) = line(fact) else { continue };
            if told.insert(line.clone()) {
                tell(&line);
            }
            if last {
                return Ok(());
            }
        }
    }
    tell("no sale was ended in four minutes; `qrtill sales` and `journalctl -u 'qrtill-*'` tell more");
    Ok(())
}

/// What a step of a sale is to a person, and whether it is the last one.
fn line(fact: &Fact) -> Option<(String, bool)> {
    Some(match fact {
        Fact::Intended { amount, .. } => (format!("the amount is keyed: {amount}"), false),
        Fact::Linked { .. } => ("the payment link is made".to_owned(), false),
        Fact::Shown { .. } => ("the code is on the screen: scan it".to_owned(), false),
        Fact::Announced { .. } => (
            "paid, and the screen says so. Give it back with `+` in the list of payments (key l)".to_owned(),
            true,
        ),
        Fact::Refused { .. } => {
            ("the relay refused the sale; see journalctl -u qrtill-relay".to_owned(), true)
        }
        Fact::Closed { outcome, .. } => (format!("the sale was closed: {outcome:?}"), true),
        Fact::GivenUp { .. } => ("nothing came; the sale is unknown for now".to_owned(), true),
        Fact::Closing { .. }
        | Fact::Declined { .. }
        | Fact::Processing { .. }
        | Fact::Noticed { .. }
        | Fact::Assigned { .. }
        | Fact::Settled { .. }
        | Fact::Standing { .. }
        | Fact::RefundIntended { .. }
        | Fact::RefundAnswered { .. }
        | Fact::RefundedByHand { .. } => return None,
    })
}
