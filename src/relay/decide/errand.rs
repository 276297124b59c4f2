//! Questions that are out at the provider: on whose behalf each was asked, and where its answer goes.

use std::time::Duration;

use super::Relay;
use super::event::Effect;
use crate::core::moment::Moment;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;

/// A key that is refused, or a provider never heard, is tried again this often.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// On whose behalf a question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Nobody's: whether the provider answers at all.
    Probe,
    Sale(Reference),
    /// A refund's, by its id.
    Refund(String),
    /// News that waits to be confirmed, by its event.
    Inquiry(String),
    /// The terminal's standing link.
    Standing(TerminalId),
    /// The merchant's: whether links can be paid.
    Connection,
}

impl Errand {
    fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Sale(reference) => Some(reference),
            Self::Probe | Self::Inquiry(_) | Self::Standing(_) | Self::Refund(_) | Self::Connection => None,
        }
    }
}

impl Relay {
    /// Sends a question; its answer comes back to the errand under the ticket.
    pub(super) fn ask(&mut self, errand: Errand, ask: Ask) -> Result<u64, Unsupported> {
        let request = self.provider.request(&ask)?;
        Ok(self.send(errand, ask, request))
    }

    /// The same with bytes that are built already.
    pub(super) fn send(&mut self, errand: Errand, ask: Ask, request: Request) -> u64 {
        self.next_ticket += 1;
        let (ticket, reference) = (self.next_ticket, errand.reference().cloned());
        self.calls.insert(ticket, (errand, ask));
        self.effects.push_back(Effect::Call { ticket, reference, request });
        ticket
    }

    pub(super) fn handle_answered(&mut self, ticket: u64, response: Option<Response>, now: Moment) {
        let Some((errand, ask)) = self.calls.remove(&ticket) else { return };
        let silent = || Trouble::Unsure { message: "no answer came".into() };
        let read =
            response.as_ref().ok_or_else(silent).and_then(|response| self.provider.read(&ask, response));
        // What a probe reads of a whole list may be odd; that somebody answered is all it asks.
        let answered = response.as_ref().is_some_and(|response| (200..300).contains(&response.status));
        match (&errand, &read) {
            (Errand::Probe, Err(Trouble::Unsure { .. })) if answered => self.heard(now),
            // A key may lack one right and be good for sales: the probe says whether it is.
            (
                Errand::Inquiry(_) | Errand::Standing(_) | Errand::Refund(_) | Errand::Connection,
                Err(Trouble::Denied { .. }),
            ) => {
                self.probe_at.get_or_insert(now.mono);
            }
            (_, read) => self.note_heard(read, now),
        }
        self.reading = Some(ticket);
        match errand {
            Errand::Probe => {}
            Errand::Sale(reference) => self.sale_answered(&reference, read, now),
            Errand::Refund(id) => self.refund_answered(&id, read, now),
            Errand::Inquiry(event) => self.inquiry_answered(&event, read, now),
            Errand::Standing(terminal) => self.standing_answered(&terminal, read, now),
            Errand::Connection => self.connection_answered(read, now),
        }
        self.reading = None;
    }

    fn heard(&mut self, now: Moment) {
        self.heard_at = Some(now.mono);
        self.denied = false;
        self.probe_at = None;
    }

    fn note_heard(&mut self, read: &Result<Answer, Trouble>, now: Moment) {
        match read {
            Ok(_) | Err(Trouble::Refused { .. } | Trouble::Missing { .. }) => self.heard(now),
            Err(Trouble::Denied { message }) => {
                if !self.denied {
                    self.effects.push_back(Effect::Alarm { message: message.clone() });
                }
                self.denied = true;
                self.probe_at.get_or_insert(now.mono + PROBE_EVERY);
            }
            Err(Trouble::Busy { .. } | Trouble::Unsure { .. }) => {
                self.probe_at.get_or_insert(now.mono + PROBE_EVERY);
            }
        }
    }

    /// A harmless question, asked at start and while the provider refuses or is silent: a wrong key is
    /// found before the first sale.
    pub(super) fn probe(&mut self, now: Moment) {
        if self.probe_at.is_none_or(|at| now.mono < at) {
            return;
        }
        self.probe_at = Some(now.mono + PROBE_EVERY);
        // A system that cannot list its links is heard of when the first sale asks.
        let _unsupported = self.ask(Errand::Probe, Ask::ListLinks { active: Some(true), cursor: None });
    }
}
