//! One sale's life as the facts about it. The result is derived, never stored: what is known decides.

use super::fact::Fact;
use super::fact::Verdict;
use super::message::CloseReason;
use super::message::Outcome;
use super::money::Money;
use super::payment::PaymentKey;
use super::reference::Reference;
use super::scene::SaleResult;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    pub reference: Reference,
    pub amount: Money,
    pub opened_unix_ms: i64,
    pub ttl_s: u32,
    /// The newest link that came for it, with its generation.
    pub link: Option<(u32, String)>,
    /// The code has been, or may have been, in front of a customer.
    pub shown: bool,
    pub refused: bool,
    pub declined: bool,
    pub processing: bool,
    pub closing: Option<CloseReason>,
    pub given_up: bool,
    pub closed: Option<Outcome>,
    pub money: Option<First>,
    pub settled: bool,
}

/// The first succeeded payment of a sale: it decides the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    pub payment: PaymentKey,
    pub verdict: Verdict,
    /// What the customer paid, less what was already given back when it was first heard of.
    pub received: Money,
    pub at_unix_ms: i64,
}

impl Sale {
    #[must_use]
    pub fn new(reference: Reference, amount: Money, opened_unix_ms: i64, ttl_s: u32) -> Self {
        Self {
            reference,
            amount,
            opened_unix_ms,
            ttl_s,
            link: None,
            shown: false,
            refused: false,
            declined: false,
            processing: false,
            closing: None,
            given_up: false,
            closed: None,
            money: None,
            settled: false,
        }
    }

    /// Takes a fact about this sale, other than news of payments, which the book judges first.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Linked { url, generation, .. } => self.link = Some((*generation, url.clone())),
            Fact::Shown { .. } => self.shown = true,
            Fact::Refused { .. } => self.refused = true,
            Fact::Declined { .. } => self.declined = true,
            Fact::Processing { .. } => self.processing = true,
            Fact::Closing { why, .. } => self.closing = Some(*why),
            Fact::GivenUp { .. } => self.given_up = true,
            Fact::Closed { outcome, .. } => self.close(*outcome),
            Fact::Settled { .. } => self.settled = true,
            Fact::Intended { .. }
            | Fact::Noticed { .. }
            | Fact::Announced { .. }
            | Fact::Assigned { .. }
            | Fact::RefundIntended { .. }
            | Fact::RefundAnswered { .. }
            | Fact::RefundedByHand { .. }
            | Fact::Standing { .. } => {}
        }
    }

    /// Whether this word on a closed link says more than what is known. `paid` is the last word, and
    /// `unsure` never overwrites anything better.
    #[must_use]
    pub fn learns(&self, outcome: Outcome) -> bool {
        match (self.closed, outcome) {
            (None, _) | (Some(Outcome::Unsure), Outcome::Unpaid | Outcome::Paid) => true,
            (Some(Outcome::Unpaid), Outcome::Paid) => true,
            (Some(Outcome::Unsure), Outcome::Unsure) => false,
            (Some(Outcome::Unpaid), Outcome::Unpaid | Outcome::Unsure) | (Some(Outcome::Paid), _) => false,
        }
    }

    /// A sale that was already told as ended or in doubt does not open again when its link turns out paid:
    /// it is in doubt until the money itself is told.
    fn close(&mut self, outcome: Outcome) {
        if self.learns(outcome) {
            self.given_up |= self.closed.is_some() && outcome == Outcome::Paid;
            self.closed = Some(outcome);
        }
    }

    /// What is known of how it ended.
    #[must_use]
    pub fn result(&self) -> SaleResult {
        if let Some(first) = &self.money {
            return match first.verdict {
                Verdict::Short => SaleResult::Short,
                Verdict::Over => SaleResult::Over,
                Verdict::Late => SaleResult::Late,
                Verdict::Matched | Verdict::Duplicate | Verdict::Foreign | Verdict::Counter => {
                    SaleResult::Paid
                }
            };
        }
        if self.closed == Some(Outcome::Unpaid) || self.is_over_unseen() {
            return self.unpaid_result();
        }
        if self.settled {
            SaleResult::Paid
        } else if self.given_up || self.closed == Some(Outcome::Unsure) {
            SaleResult::Unknown
        } else {
            SaleResult::Open
        }
    }

    /// Nobody can have paid: there never was a link, or no eye ever saw it.
    fn is_over_unseen(&self) -> bool {
        !self.shown && (self.refused || self.closing.is_some())
    }

    fn unpaid_result(&self) -> SaleResult {
        match self.closing {
            Some(CloseReason::Cancelled) => SaleResult::Cancelled,
            Some(CloseReason::Expired | CloseReason::Paid) | None if self.declined || self.refused => {
                SaleResult::Failed
            }
            Some(CloseReason::Expired | CloseReason::Paid) | None => SaleResult::Expired,
            Some(CloseReason::NoLink) => SaleResult::Failed,
        }
    }

    /// What this money is to this sale. `net` is what came, less what was already given back.
    #[must_use]
    pub fn verdict(&self, net: Money) -> Verdict {
        if net.currency != self.amount.currency {
            Verdict::Foreign
        } else if self.money.is_some() {
            Verdict::Duplicate
        } else if self.result() != SaleResult::Open {
            Verdict::Late
        } else {
            match net.minor.cmp(&self.amount.minor) {
                std::cmp::Ordering::Less => Verdict::Short,
                std::cmp::Ordering::Equal => Verdict::Matched,
                std::cmp::Ordering::Greater => Verdict::Over,
            }
        }
    }

    /// Whether the code may still be offered to a customer.
    #[must_use]
    pub fn is_payable(&self) -> bool {
        self.result() == SaleResult::Open
            && self.closing.is_none()
            && !self.processing
            && self.closed.is_none()
    }

    /// Whether the relay still owes a word about it: it is named in every sync until then.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.result(), SaleResult::Open | SaleResult::Unknown) || self.owes_cancel()
    }

    /// Whether the relay has to be told, again and again, to withdraw the link.
    #[must_use]
    pub fn owes_cancel(&self) -> bool {
        self.closing.is_some() && self.closed.is_none()
    }
}
