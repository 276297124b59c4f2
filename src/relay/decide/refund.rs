//! One refund as the relay sees it: asked for by a terminal, asked of the provider, and what became of it.
//! A fold of facts; and, volatile, the next question about it.

use std::time::Duration;

use super::fact::Fact;
use crate::core::backoff;
use crate::core::message::Refund as Order;
use crate::core::message::RefundSaid;
use crate::core::reference::TerminalId;
use crate::port::provider::Ask;
use crate::port::provider::Refund as Found;
use crate::port::provider::Request;

const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MOST: Duration = Duration::from_secs(30);
/// The bank is at work on it.
const SLOW_FIRST: Duration = Duration::from_secs(10);
const SLOW_MOST: Duration = Duration::from_secs(600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub order: Order,
    pub terminal: TerminalId,
    pub asked: Option<Asked>,
    pub said: Option<RefundSaid>,
    pub reason: String,
    /// The provider's own id of it.
    pub at_provider: Option<String>,
    /// News says that it failed, which no answer has confirmed yet; and why.
    pub doubted: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub generation: u32,
    pub request: Request,
    /// What was known to be given back of the payment when it was asked for.
    pub refunded: i64,
    pub at_unix_ms: i64,
}

impl Refund {
    #[must_use]
    pub fn new(order: Order, terminal: TerminalId) -> Self {
        let (asked, said, at_provider, doubted) = (None, None, None, None);
        Self { order, terminal, asked, said, reason: String::new(), at_provider, doubted }
    }

    pub fn apply(&mut self, fact: &Fact) {
        if let Fact::RefundAsked { generation, request, refunded, at_unix_ms, .. } = fact {
            self.asked = Some(Asked {
                generation: *generation,
                request: request.clone(),
                refunded: *refunded,
                at_unix_ms: *at_unix_ms,
            });
        }
        if let Fact::RefundSaid { said, reason, at_provider, .. } = fact {
            self.said = Some(*said);
            self.reason.clone_from(reason);
            self.at_provider = at_provider.clone().or(self.at_provider.take());
            self.doubted = None;
        }
        if let Fact::RefundDoubted { reason, .. } = fact {
            self.doubted = Some(reason.clone());
        }
    }

    /// Whether the provider has taken it: done, or at work on it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self.said, Some(RefundSaid::Done | RefundSaid::Pending))
    }

    /// What is given back of the payment with it, at least; minor units.
    #[must_use]
    pub fn least(&self) -> i64 {
        self.before().saturating_add(self.order.amount)
    }

    /// What was given back of the payment when it was asked for; minor units.
    #[must_use]
    pub fn before(&self) -> i64 {
        self.asked.as_ref().map_or(0, |asked| asked.refunded)
    }

    /// Whether nothing more is to be asked of the provider for it.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.said.is_some_and(RefundSaid::is_final) && self.doubted.is_none()
    }

    /// Where to go on after a restart.
    #[must_use]
    pub fn next_step(&self) -> Step {
        if self.at_provider.is_some() { Step::Follow { cursor: None } } else { Step::Ask }
    }

    /// Under which the provider gives back once: the refund's id, and a new one after it is certain that
    /// nothing came of the last.
    #[must_use]
    pub fn key(&self, generation: u32) -> String {
        if generation == 1 { self.order.id.clone() } else { format!("{}.{generation}", self.order.id) }
    }
}

#[derive(Clone, Debug)]
pub struct Work {
    pub step: Step,
    pub due: Duration,
    pub attempt: u32,
    /// The question that is out.
    pub ticket: Option<u64>,
    /// A question that may give money back went out, and its outcome is not known.
    pub doubt: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Asks for it, with the same bytes each time.
    Ask,
    /// The second part of it, in a system that takes two.
    Then(Box<Ask>),
    /// Looks for it among the payment's refunds. `no` is the provider's, if it gave a clear one.
    Look { cursor: Option<String>, found: Vec<Found>, no: Option<String> },
    /// The same by the payment's sum, where the system lists no refunds.
    Weigh { no: Option<String> },
    /// The bank is at work on it.
    Follow { cursor: Option<String> },
    /// It has ended: how the payment stands now. `failed` is why it did, after it was taken: then the payment
    /// is asked for until it shows that, and only then it is said.
    Confirm { failed: Option<String> },
}

impl Step {
    /// Whether it is not known if money moves: no other refund of the same payment is asked for meanwhile.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        match self {
            Self::Ask | Self::Then(_) | Self::Look { .. } | Self::Weigh { .. } => true,
            Self::Follow { .. } | Self::Confirm { .. } => false,
        }
    }
}

impl Work {
    #[must_use]
    pub fn new(step: Step, due: Duration, doubt: bool) -> Self {
        Self { step, due, attempt: 0, ticket: None, doubt }
    }

    pub fn go(&mut self, step: Step, now: Duration) {
        self.step = step;
        self.due = now;
        self.attempt = 0;
    }

    pub fn retry(&mut self, now: Duration, wait: Option<Duration>) {
        self.due = now + backoff::asked(wait, self.attempt, RETRY_FIRST, RETRY_MOST);
        self.attempt = self.attempt.saturating_add(1);
    }

    /// The same question later, ever slower.
    pub fn later(&mut self, step: Step, now: Duration) {
        self.step = step;
        self.due = now + backoff::doubling(self.attempt, SLOW_FIRST, SLOW_MOST);
        self.attempt = self.attempt.saturating_add(1);
    }
}
