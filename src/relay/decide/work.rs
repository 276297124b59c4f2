//! The next question to the provider about one sale, and when: create, watch, and the closing order
//! (withdraw the link, expire its open checkouts, and only then list its payments).

use std::time::Duration;

use super::sale::Sale;
use crate::core::backoff;
use crate::port::provider::Ask;
use crate::port::provider::Provider;

/// After a question without a clear answer.
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MOST: Duration = Duration::from_secs(30);
/// A payment that the bank is still at work on after the sale was closed.
const SLOW_FIRST: Duration = Duration::from_secs(10);
const SLOW_MOST: Duration = Duration::from_secs(600);

#[derive(Clone, Debug)]
pub struct Work {
    pub step: Step,
    pub due: Duration,
    pub attempt: u32,
    /// Polls without news, for the pace of the watch.
    pub polls: u32,
    /// The question that is out.
    pub ticket: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Asks for the link; `ask` is the part that comes next.
    Create {
        ask: Box<Ask>,
    },
    /// Looks for a link that may have been made, when the same bytes may not go out any more.
    Find {
        cursor: Option<String>,
    },
    Watch {
        cursor: Option<String>,
    },
    Withdraw,
    Checkouts {
        cursor: Option<String>,
        found: Vec<String>,
    },
    Expire {
        left: Vec<String>,
    },
    /// The last list. `in_progress` once a page had a payment that is under way.
    Conclude {
        cursor: Option<String>,
        in_progress: bool,
    },
}

impl Work {
    #[must_use]
    pub fn new(step: Step, due: Duration) -> Self {
        Self { step, due, attempt: 0, polls: 0, ticket: None }
    }

    /// On to the next question, at once.
    pub fn go(&mut self, step: Step, now: Duration) {
        self.step = step;
        self.due = now;
        self.attempt = 0;
    }

    /// The same question again, later: as the provider asked, or after a doubling wait.
    pub fn retry(&mut self, now: Duration, wait: Option<Duration>) {
        self.due = now + backoff::asked(wait, self.attempt, RETRY_FIRST, RETRY_MOST);
        self.attempt = self.attempt.saturating_add(1);
    }

    /// The watch from its beginning, at the pace of a watch that hears nothing.
    pub fn watch_again(&mut self, now: Duration, pace: PollPace) {
        self.step = Step::Watch { cursor: None };
        self.attempt = 0;
        self.due = now + backoff::doubling(self.polls, pace.first, pace.most);
        self.polls = self.polls.saturating_add(1);
    }

    /// A closed sale whose payment is under way: listed again and again, ever slower.
    pub fn conclude_later(&mut self, now: Duration) {
        self.step = Step::Conclude { cursor: None, in_progress: false };
        self.due = now + backoff::doubling(self.attempt, SLOW_FIRST, SLOW_MOST);
        self.attempt = self.attempt.saturating_add(1);
    }

    /// The question of the present step. `link` is the one to watch: the sale's own, or the standing link.
    /// `None` where the sale has no link and the step needs one.
    #[must_use]
    pub fn ask(&self, link: Option<&str>) -> Option<Ask> {
        let link = || link.map(str::to_owned);
        Some(match &self.step {
            Step::Create { ask } => Ask::clone(ask),
            Step::Find { cursor } => Ask::ListLinks { active: None, cursor: cursor.clone() },
            Step::Watch { cursor } | Step::Conclude { cursor, .. } => {
                Ask::ListPayments { link: link()?, cursor: cursor.clone() }
            }
            Step::Withdraw => Ask::SetActive { link: link()?, active: false },
            Step::Checkouts { cursor, .. } => Ask::OpenCheckouts { link: link()?, cursor: cursor.clone() },
            Step::Expire { left } => Ask::ExpireCheckout { checkout: left.last()?.clone() },
        })
    }

    /// Whether the present step belongs to closing.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        match self.step {
            Step::Withdraw | Step::Checkouts { .. } | Step::Expire { .. } | Step::Conclude { .. } => true,
            Step::Create { .. } | Step::Find { .. } | Step::Watch { .. } => false,
        }
    }
}

/// How often open sales are listed where no webhook comes: `first`, doubling to `most`.
#[derive(Clone, Copy, Debug)]
pub struct PollPace {
    pub first: Duration,
    pub most: Duration,
}

/// Where closing begins: with the link, if the sale has one of its own; else there is nothing to withdraw.
#[must_use]
pub fn first_closing_step(sale: &Sale, provider: &dyn Provider) -> Step {
    if sale.own_link().is_some() && provider.capabilities().deactivate {
        Step::Withdraw
    } else {
        after_withdraw(sale, provider)
    }
}

#[must_use]
pub fn after_withdraw(sale: &Sale, provider: &dyn Provider) -> Step {
    if sale.own_link().is_some() && provider.capabilities().open_checkouts {
        Step::Checkouts { cursor: None, found: Vec::new() }
    } else {
        Step::Conclude { cursor: None, in_progress: false }
    }
}

#[must_use]
pub fn after_checkouts(left: Vec<String>) -> Step {
    if left.is_empty() { Step::Conclude { cursor: None, in_progress: false } } else { Step::Expire { left } }
}
