//! The standing link that a terminal had before the configuration gave it another one: its payments are listed
//! once more, since the last of them may have come after the last look.

use std::time::Duration;

use super::Relay;
use super::errand::Errand;
use super::standing::Known;
use crate::core::backoff;
use crate::core::moment::Moment;
use crate::core::reference::TerminalId;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Trouble;

const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MOST: Duration = Duration::from_secs(300);

/// One last look, newest first, down to what is certain.
#[derive(Clone, Debug)]
pub struct Former {
    pub system: String,
    link: String,
    down_to_unix_ms: i64,
    cursor: Option<String>,
    due: Duration,
    attempt: u32,
    out: bool,
}

impl Former {
    /// `None` where there was none before.
    pub fn of(known: &Known, now: Duration) -> Option<Self> {
        let (system, link) = (known.system.clone(), known.link.clone());
        let down_to_unix_ms = known.through_unix_ms.or(known.since_unix_ms)?;
        let (cursor, attempt, out) = (None, 0, false);
        (!link.is_empty()).then_some(Self { system, link, down_to_unix_ms, cursor, due: now, attempt, out })
    }

    pub fn due(&self) -> Option<Duration> {
        (!self.out).then_some(self.due)
    }
}

impl Relay {
    pub(super) fn run_formers(&mut self, now: Moment) {
        let is_due = |former: &Former| former.due().is_some_and(|due| now.mono >= due);
        let due = self.formers.iter().filter(|(_, former)| is_due(former));
        for terminal in due.map(|(terminal, _)| terminal.clone()).collect::<Vec<_>>() {
            let Some(former) = self.formers.get_mut(&terminal) else { continue };
            former.out = true;
            let ask = Ask::ListPayments { link: former.link.clone(), cursor: former.cursor.clone() };
            if self.ask(Errand::Former(terminal.clone()), ask).is_err() {
                self.formers.remove(&terminal);
            }
        }
    }

    pub(super) fn former_answered(
        &mut self,
        terminal: &TerminalId,
        read: Result<Answer, Trouble>,
        now: Moment,
    ) {
        let Some(mut former) = self.formers.remove(terminal) else { return };
        former.out = false;
        let wait = match read {
            Ok(Answer::Payments(page)) => {
                let oldest = page.items.iter().map(|payment| payment.at_unix_ms).min();
                self.take_payments(page.items, now);
                let deeper = oldest.is_none_or(|oldest| oldest >= former.down_to_unix_ms);
                let Some(next) = page.next.filter(|_| deeper) else { return };
                (former.cursor, former.due, former.attempt) = (Some(next), now.mono, 0);
                self.formers.insert(terminal.clone(), former);
                return;
            }
            // The link is gone, or this is no question there: webhooks still tell whose it was.
            Err(Trouble::Refused { .. } | Trouble::Missing { .. }) => return,
            Err(Trouble::Busy { wait, .. }) => wait,
            Ok(_) | Err(Trouble::Denied { .. } | Trouble::Unsure { .. }) => None,
        };
        former.due = now.mono + backoff::asked(wait, former.attempt, RETRY_FIRST, RETRY_MOST);
        former.attempt = former.attempt.saturating_add(1);
        self.formers.insert(terminal.clone(), former);
    }
}
