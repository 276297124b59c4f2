//! The part of the loop that serves those who decide on settings from far away.

use tokio::sync::mpsc;

use super::Failed;
use super::Turn;
use super::radio::Radio;
use super::remote;
use super::remote::Acknowledged;
use super::remote::Configured;
use crate::core::event::Event;
use crate::core::moment::Moment;

/// Goes on with what was decided before; nobody decides where `parts` are none.
pub(super) fn start(
    parts: Option<remote::Parts>,
    radio: &mut Radio,
    now: Moment,
) -> (Option<Configured>, mpsc::Receiver<Acknowledged>) {
    let Some(parts) = parts else { return (None, mpsc::channel(1).1) };
    let (mut configured, acknowledged) = Configured::start(parts, now);
    configured.recall_keys(radio);
    (Some(configured), acknowledged)
}

impl Turn {
    pub(super) fn acknowledge(&mut self, what: Acknowledged) {
        if let Some(configured) = &mut self.configured {
            configured.acknowledge(what, self.clock.now());
        }
    }

    pub(super) fn hear_settings(&mut self, hear: impl FnOnce(&mut Configured, &mut Radio, Moment)) {
        match &mut self.configured {
            Some(configured) => hear(configured, &mut self.radio, self.clock.now()),
            None => self.radio.refuse("no_root_key"),
        }
    }

    /// Tells those who decide on settings what the counter does, and does what they decide.
    pub(super) async fn settle_settings(&mut self) -> Result<(), Failed> {
        let now = self.clock.now();
        let (idle, armed) = (self.core.is_idle(), self.core.deaf(now).is_none());
        let message = self.core.has_message();
        let Some(configured) = &mut self.configured else { return Ok(()) };
        configured.look(idle, armed, message, now);
        let wish = configured.drain(&self.radio, &self.fuse, now).await?;
        self.switch |= wish.switch;
        if wish.notice {
            self.tell(Event::Message { text: self.painter.say("money-settings") });
        }
        Ok(())
    }
}
