//! The part of the loop that serves those who decide on settings from far away.

use tokio::sync::mpsc;

use super::Ended;
use super::Failed;
use super::Turn;
use super::radio::Radio;
use super::remote;
use super::remote::Acknowledged;
use super::remote::Configured;
use crate::core::event::Event;
use crate::core::moment::Moment;
use crate::core::scene::Deaf;

/// Goes on with what was decided before; nobody decides where `parts` are none.
pub(super) fn start(
    parts: Option<remote::Parts>,
    radio: &mut Radio,
    now: Moment,
) -> (Option<Configured>, mpsc::Receiver<Acknowledged>) {
    let Some(parts) = parts else { return (None, mpsc::channel(1).1) };
    let (mut configured, acknowledged) = Configured::start(parts, now);
    configured.recall_keys(radio);
    radio.set_config_version(configured.version());
    (Some(configured), acknowledged)
}

impl Turn {
    pub(super) fn acknowledge(&mut self, what: Acknowledged) {
        if let Some(configured) = &mut self.configured {
            configured.acknowledge(what, self.clock.now());
        }
    }

    /// A pause outlives the program.
    pub(super) fn recall_pause(&mut self) {
        if self.configured.as_ref().is_some_and(Configured::is_paused) {
            self.tell(Event::Paused(true));
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
        // A pause takes nothing off the way to broker and relay, which is what is asked for here.
        let armed = matches!(self.core.deaf(now), None | Some(Deaf::Paused));
        let idle = self.core.is_idle();
        let unread = self.core.has_notice();
        let Some(configured) = &mut self.configured else { return Ok(()) };
        configured.look(idle, armed, unread, now);
        let wish = configured.drain(&self.radio, &self.fuse, now).await?;
        // What changes nothing is in force without a start.
        if self.radio.set_config_version(configured.version()) && !wish.switch {
            self.tell_presence();
        }
        if wish.switch {
            // A restart of the whole program does as well.
            self.end.get_or_insert(Ended::Switch);
        }
        if wish.notice {
            self.tell(Event::Message { text: self.painter.say("money-settings"), until: None });
        }
        Ok(())
    }
}
