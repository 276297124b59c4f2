//! How the merchant stands with whoever moves the money, in a system where that is a matter of its own: while
//! the connection is off no link can be paid, whatever else the system answers, so the relay is not serving.
//! Asked at the start and whenever news says that it has changed; while it is off, again and again.

use std::time::Duration;

use super::Relay;
use super::errand::Errand;
use super::event::Effect;
use crate::core::moment::Moment;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Trouble;

/// A connection that is off, or of which nothing is known, is asked for this often.
const EVERY: Duration = Duration::from_secs(60);

/// What is known of it. A system without one is never asked a second time, and never off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    off: bool,
    /// When to ask; `None` while a question is out and where there is nothing to ask.
    due: Option<Duration>,
}

impl Connection {
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self { off: false, due: Some(now) }
    }

    #[must_use]
    pub fn is_off(self) -> bool {
        self.off
    }

    #[must_use]
    pub fn due(self) -> Option<Duration> {
        self.due
    }
}

impl Relay {
    /// What the news says of it is not believed either way: the system is asked.
    pub(super) fn look_at_connection(&mut self, news: &News, now: Moment) {
        if news.kind == EventKind::ConnectionChanged {
            self.connection.due = Some(now.mono);
        }
    }

    pub(super) fn run_connection(&mut self, now: Moment) {
        if self.connection.due.is_some_and(|due| now.mono >= due) {
            self.connection.due = None;
            // Where a system has no such thing there is nothing more to ask.
            let _unsupported = self.ask(Errand::Connection, Ask::Connection);
        }
    }

    pub(super) fn connection_answered(&mut self, read: Result<Answer, Trouble>, now: Moment) {
        let Ok(Answer::Connection(found)) = read else {
            self.connection.due.get_or_insert(now.mono + EVERY);
            return;
        };
        let off = !found.enabled;
        if off && !self.connection.off {
            let message = format!(
                "the merchant's connection is `{}` and no link can be paid; connect again with `qrtill link connect`",
                found.status
            );
            self.effects.push_back(Effect::Alarm { message });
        }
        self.connection.off = off;
        if off {
            self.connection.due.get_or_insert(now.mono + EVERY);
        }
    }
}
