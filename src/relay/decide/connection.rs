//! How the merchant stands with whoever moves the money, in a system where that is a matter of its own: while
//! the connection is off no link can be paid, whatever else the system answers, so nothing is sold over it.
//! Asked at the start and whenever news says that it has changed; while it is off, again and again.

use std::time::Duration;

use super::Relay;
use super::errand::Errand;
use super::event::Effect;
use super::service::Served;
use crate::core::moment::Moment;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Trouble;

/// A connection that is off, or of which nothing is known, is asked for this often.
pub(super) const EVERY: Duration = Duration::from_secs(60);

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing yet: it may be off.
    Nothing,
    On,
    Off,
    /// There is no such thing, or our key may not ask for it: the links' own answers tell.
    Untold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    known: Known,
    /// When to ask; `None` while a question is out and where there is nothing to ask.
    due: Option<Duration>,
}

impl Connection {
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self { known: Known::Nothing, due: Some(now) }
    }

    /// Whether it is in nobody's way.
    #[must_use]
    pub fn is_good(self) -> bool {
        match self.known {
            Known::On | Known::Untold => true,
            Known::Nothing | Known::Off => false,
        }
    }

    #[must_use]
    pub fn due(self) -> Option<Duration> {
        self.due
    }
}

impl Relay {
    /// What the news says of it is not believed either way: the system is asked.
    pub(super) fn look_at_connection(&mut self, system: &str, news: &News, now: Moment) {
        if let Some(served) = self.served.get_mut(system)
            && news.kind == EventKind::ConnectionChanged
        {
            served.connection.due = Some(now.mono);
        }
    }

    pub(super) fn run_connections(&mut self, now: Moment) {
        let is_due = |served: &Served| served.connection.due.is_some_and(|due| now.mono >= due);
        let due = self.served.iter().filter(|(_, served)| is_due(served)).map(|(system, _)| *system);
        for system in due.collect::<Vec<_>>() {
            if let Some(served) = self.served.get_mut(system) {
                served.connection.due = None;
            }
            if self.ask(Errand::Connection(system), Ask::Connection).is_err()
                && let Some(served) = self.served.get_mut(system)
            {
                served.connection.known = Known::Untold;
            }
        }
    }

    pub(super) fn connection_answered(&mut self, system: &str, read: Result<Answer, Trouble>, now: Moment) {
        let Some(Served { connection, .. }) = self.served.get_mut(system) else { return };
        let found = match read {
            Ok(Answer::Connection(found)) => found,
            Err(Trouble::Denied { .. } | Trouble::Refused { .. } | Trouble::Missing { .. }) => {
                connection.known = Known::Untold;
                return;
            }
            // What was known stays so.
            Ok(_) | Err(Trouble::Busy { .. } | Trouble::Unsure { .. }) => {
                connection.due.get_or_insert(now.mono + EVERY);
                return;
            }
        };
        if found.enabled {
            connection.known = Known::On;
            return;
        }
        connection.due.get_or_insert(now.mono + EVERY);
        if std::mem::replace(&mut connection.known, Known::Off) != Known::Off {
            let status = found.status;
            let message = format!(
                "the merchant's connection to {system} is `{status}` and no link can be paid; connect again with `qrtill link connect`"
            );
            self.effects.push_back(Effect::Alarm { message });
        }
    }
}
