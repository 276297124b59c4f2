//! What happened to the relay, and what it is to do.

use serde::Deserialize;
use serde::Serialize;

use super::fact::Fact;
use crate::core::message::Heartbeat;
use crate::core::message::Request as Asked;
use crate::core::message::Word;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::News;
use crate::port::provider::Request;
use crate::port::provider::Response;

/// A webhook's event: a system names its own apart, and no other's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId {
    pub system: String,
    pub event: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A terminal's document, its signature, audience and mode checked.
    Request {
        terminal: TerminalId,
        id: String,
        request: Asked,
    },
    /// A verified webhook of this system that is already in the journal. `fresh` is false for one from before
    /// a restart: it says nothing of whether the system is there now.
    News {
        system: String,
        news: Box<News>,
        fresh: bool,
    },
    /// Something that this system signed was not readable or not in time: it is asked soon, and not believed.
    Hint {
        system: String,
    },
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
    },
}

/// Carried out in order; a `Record` is done when it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Record(Fact),
    /// Ask this system, and report with `Answered` and the same ticket.
    Call {
        ticket: u64,
        system: &'static str,
        /// The sale it is about, for the log; absent where it is about none, or about all.
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
    },
    /// A signed webhook told what the provider, asked, does not confirm.
    Doubt {
        event: EventId,
        reason: String,
    },
    /// Something new is wrong with what a system answers; it is asked again.
    Trouble {
        system: String,
        message: String,
    },
    /// Somebody has to act. The message says why, and what to do.
    Alarm {
        message: String,
    },
}
