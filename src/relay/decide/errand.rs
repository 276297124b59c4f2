//! Questions that are out at a payment-link system: on whose behalf each was asked, and where its answer goes.

use super::Relay;
use super::event::Effect;
use super::event::EventId;
use crate::core::moment::Moment;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::Ask;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;

/// On whose behalf a question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Nobody's: whether the system answers at all.
    Probe(&'static str),
    Sale(Reference),
    /// A refund's, by its id.
    Refund(String),
    /// News that waits to be confirmed.
    Inquiry(EventId),
    /// The terminal's standing link.
    Standing(TerminalId),
    /// The standing link that the terminal had before.
    Former(TerminalId),
    /// The merchant's: whether links can be paid at this system.
    Connection(&'static str),
}

impl Errand {
    /// What it asks for, in a person's words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Probe(_) => "its links",
            Self::Sale(_) => "a sale's link and payments",
            Self::Refund(_) => "a refund",
            Self::Inquiry(_) => "the payment that a webhook told of",
            Self::Standing(_) | Self::Former(_) => "a standing link and its payments",
            Self::Connection(_) => "the merchant's connection",
        }
    }

    fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Sale(reference) => Some(reference),
            Self::Probe(_)
            | Self::Inquiry(_)
            | Self::Standing(_)
            | Self::Former(_)
            | Self::Refund(_)
            | Self::Connection(_) => None,
        }
    }
}

/// A question that is out.
#[derive(Clone, Debug)]
pub struct Call {
    pub errand: Errand,
    pub ask: Ask,
    pub system: &'static str,
}

impl Relay {
    /// Where an errand leads. `None`: this relay does not serve that system any more.
    fn system_for(&self, errand: &Errand) -> Option<&'static str> {
        let system = match errand {
            Errand::Probe(system) | Errand::Connection(system) => system,
            Errand::Sale(reference) => self.system_of(reference)?,
            Errand::Refund(id) => &self.refunds.about(id)?.1.provider,
            Errand::Inquiry(id) => &id.system,
            Errand::Standing(terminal) => self.system_at(terminal)?,
            Errand::Former(terminal) => &self.formers.get(terminal)?.system,
        };
        self.provider(system).map(|provider| provider.name())
    }

    /// Sends a question; its answer comes back to the errand under the ticket.
    pub(super) fn ask(&mut self, errand: Errand, ask: Ask) -> Result<u64, Unsupported> {
        let request = self.request(&errand, &ask)?;
        Ok(self.send(errand, ask, request))
    }

    /// What would be sent.
    pub(super) fn request(&self, errand: &Errand, ask: &Ask) -> Result<Request, Unsupported> {
        let not_served = Unsupported {
            provider: "this relay",
            advice: "the payment-link system is not in its configuration any more; put it back",
        };
        let provider = self.system_for(errand).and_then(|system| self.provider(system));
        provider.ok_or(not_served)?.request(ask)
    }

    /// The same with bytes that are built already.
    pub(super) fn send(&mut self, errand: Errand, ask: Ask, request: Request) -> u64 {
        self.next_ticket += 1;
        let (ticket, reference) = (self.next_ticket, errand.reference().cloned());
        if let Some(system) = self.system_for(&errand) {
            self.calls.insert(ticket, Call { errand, ask, system });
            self.call(system, Effect::Call { ticket, system, reference, request });
        }
        ticket
    }

    pub(super) fn handle_answered(&mut self, ticket: u64, response: Option<Response>, now: Moment) {
        let Some(Call { errand, ask, system }) = self.calls.remove(&ticket) else { return };
        let Some(provider) = self.provider(system) else { return };
        let silent = || Trouble::Unsure { message: "no answer came".into() };
        let read = response.as_ref().ok_or_else(silent).and_then(|response| provider.read(&ask, response));
        let status = response.as_ref().map(|response| response.status);
        self.note_answer((&errand, system), &read, status, now);
        self.reading = Some(ticket);
        match errand {
            Errand::Probe(_) => {}
            Errand::Sale(reference) => self.sale_answered(&reference, read, now),
            Errand::Refund(id) => self.refund_answered(&id, read, now),
            Errand::Inquiry(event) => self.inquiry_answered(&event, read, now),
            Errand::Standing(terminal) => self.standing_answered(&terminal, read, status, now),
            Errand::Former(terminal) => self.former_answered(&terminal, read, now),
            Errand::Connection(system) => self.connection_answered(system, read, now),
        }
        self.reading = None;
    }
}
