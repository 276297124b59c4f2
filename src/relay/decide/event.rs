//! What happened to the relay, and what it is to do.

use super::fact::Fact;
use crate::core::message::Heartbeat;
use crate::core::message::Request as Asked;
use crate::core::message::Word;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::News;
use crate::port::provider::Request;
use crate::port::provider::Response;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A terminal's document, its signature, audience and mode checked.
    Request {
        terminal: TerminalId,
        id: String,
        request: Asked,
    },
    /// A verified webhook that is already in the journal.
    News(Box<News>),
    /// Something signed was not readable or not in time: ask the provider soon instead of believing it.
    Hint,
    /// The answer to a `Call`; `None` when there was none, or none in time.
    Answered {
        ticket: u64,
        response: Option<Response>,
    },
    /// The broker is there and every subscription granted.
    Up,
    Down,
    /// Owed documents of this terminal that had been receipted and are wanted again.
    Recalled {
        terminal: TerminalId,
        facts: Vec<Fact>,
        replay: bool,
    },
}

/// Carried out in order; a `Record` is done when it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Record(Fact),
    /// Ask the provider, and report with `Answered` and the same ticket.
    Call {
        ticket: u64,
        /// The sale it is about, for the log; absent for a probe.
        reference: Option<Reference>,
        request: Request,
    },
    /// Sign and publish once. Resending is decided here.
    Publish {
        terminal: TerminalId,
        id: String,
        word: Word,
    },
    Beat(Heartbeat),
    /// Load these documents from the journal and report them with `Recalled`.
    Recall {
        terminal: TerminalId,
        documents: Vec<String>,
        replay: bool,
    },
    /// A signed webhook told what the provider, asked, does not confirm.
    Doubt {
        event: String,
        reason: String,
    },
    /// Somebody has to act: the payment-link system refuses our key.
    Alarm {
        message: String,
    },
}
