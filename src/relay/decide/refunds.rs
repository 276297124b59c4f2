//! Money back: what a terminal asks for is judged, written down, and asked of the provider under one key. A
//! time-out is not a no: the same bytes go out again while the provider keeps the key, and after that the
//! payment's refunds are looked at before anything else.

mod answers;
mod failed;

use std::collections::BTreeMap;
use std::time::Duration;

use super::KEPT;
use super::Relay;
use super::errand::Errand;
use super::fact::Fact;
use super::refund::Refund;
use super::refund::Step;
use super::refund::Work;
use crate::core::message::Refund as Order;
use crate::core::message::RefundSaid;
use crate::core::message::Refunded;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::Ask;
use crate::port::provider::Payment;
use crate::port::provider::Refunds as Can;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;

/// A sentence for a panel of a few lines.
const REASON_MOST: usize = 200;
/// How often an ended refund's payment is asked for; a webhook or a list tells it as well.
const CONFIRM_MOST: u32 = 5;

/// All refunds that are not done, and those of payments in memory.
#[derive(Clone, Debug, Default)]
pub struct Refunds {
    known: BTreeMap<String, Refund>,
    works: BTreeMap<String, Work>,
    /// Payments of which less is given back than was known before, and the last question asked until then:
    /// what answers that one or an older one is overtaken.
    fallen: BTreeMap<PaymentKey, u64>,
}

impl Refunds {
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.known.contains_key(id)
    }

    /// The sale and the payment that a refund is of.
    #[must_use]
    pub fn about(&self, id: &str) -> Option<(Option<Reference>, PaymentKey)> {
        let order = &self.known.get(id)?.order;
        Some((order.reference.clone(), order.payment.clone()))
    }

    pub fn apply(&mut self, fact: &Fact) {
        if let Fact::RefundOpened { terminal, refund, .. } = fact {
            let new = || Refund::new(refund.clone(), terminal.clone());
            self.known.entry(refund.id.clone()).or_insert_with(new);
        }
        if let Fact::RefundAsked { refund, .. }
        | Fact::RefundSaid { refund, .. }
        | Fact::RefundDoubted { refund, .. } = fact
            && let Some(known) = self.known.get_mut(refund)
        {
            let was_taken = known.is_taken();
            known.apply(fact);
            if was_taken && known.said == Some(RefundSaid::Refused) {
                let failed = known.clone();
                self.take_out(refund, &failed);
            }
        }
    }

    /// Later refunds of the payment that were asked for on top of this one were not, after all.
    fn take_out(&mut self, id: &str, failed: &Refund) {
        let (least, amount) = (failed.least(), failed.order.amount);
        let later = self.known.iter_mut().filter(|(other, _)| other.as_str() > id);
        for (_, refund) in later.filter(|(_, refund)| refund.order.payment == failed.order.payment) {
            if let Some(asked) = refund.asked.as_mut().filter(|asked| asked.refunded >= least) {
                asked.refunded -= amount;
            }
        }
    }

    /// When the next question is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let free = |(id, work): (&String, &Work)| {
            (work.ticket.is_none() && !self.is_held_up(id)).then_some(work.due)
        };
        self.works.iter().filter_map(free).min()
    }

    fn due(&self, now: Duration) -> Vec<String> {
        let ready =
            |(id, work): &(&String, &Work)| work.ticket.is_none() && now >= work.due && !self.is_held_up(id);
        self.works.iter().filter(ready).map(|(id, _)| id.clone()).collect()
    }

    fn of_payment<'a>(&'a self, payment: &'a PaymentKey) -> impl Iterator<Item = (&'a String, &'a Refund)> {
        self.known.iter().filter(move |(_, refund)| refund.order.payment == *payment)
    }

    /// An older refund of the same payment is in doubt. Ids sort by age.
    fn is_held_up(&self, id: &str) -> bool {
        let Some(refund) = self.known.get(id) else { return false };
        let doubtful = |id: &String| self.works.get(id).is_some_and(|work| work.step.is_in_doubt());
        self.of_payment(&refund.order.payment).any(|(other, _)| other.as_str() < id && doubtful(other))
    }

    /// What our own refunds of this payment have given back at least, and what those may that the provider has
    /// not answered. Its word on the payment may or may not have a pending one in it, so that is not added:
    /// each that was taken makes it at least what was before, and this.
    fn sums(&self, payment: &PaymentKey) -> (i64, i64) {
        let (mut done, mut least, mut open) = (0_i64, 0_i64, 0_i64);
        for (_, refund) in self.of_payment(payment) {
            let amount = refund.order.amount;
            match refund.said {
                Some(said @ (RefundSaid::Done | RefundSaid::Pending)) => {
                    least = least.max(refund.least());
                    if said == RefundSaid::Done {
                        done = done.saturating_add(amount);
                    }
                }
                None | Some(RefundSaid::Unsure) => open = open.saturating_add(amount),
                Some(RefundSaid::Refused | RefundSaid::Unsupported) => {}
            }
        }
        (done.max(least), open)
    }

    /// Whether the provider's refund is another one of ours.
    fn is_of_another(&self, id: &str, found: &str) -> bool {
        self.known.iter().any(|(other, refund)| other != id && refund.at_provider.as_deref() == Some(found))
    }

    pub fn unfinished(&self) -> impl Iterator<Item = &Refund> {
        self.known.values().filter(|refund| !refund.is_done())
    }

    /// Whether a refund of this payment has still something to find out about it.
    #[must_use]
    pub fn needs(&self, payment: &PaymentKey) -> bool {
        self.of_payment(payment).any(|(id, refund)| !refund.is_done() || self.works.contains_key(id))
    }

    /// Lets go of those that ended, with their payments.
    pub fn forget(&mut self, payments: &BTreeMap<PaymentKey, Payment>) {
        if self.known.len() <= KEPT {
            return;
        }
        let works = &self.works;
        self.known.retain(|id, refund| {
            !refund.is_done() || works.contains_key(id) || payments.contains_key(&refund.order.payment)
        });
        self.fallen.retain(|payment, _| payments.contains_key(payment));
    }
}

impl Relay {
    /// After a restart: what is not done goes on, and whatever was asked may have happened.
    pub(super) fn resume_refunds(&mut self, now: Moment) {
        for (id, refund) in &self.refunds.known {
            let system = refund.order.payment.provider.as_str();
            if refund.is_done() || !self.served.contains_key(system) {
                continue;
            }
            let work = Work::new(refund.next_step(), now.mono, refund.asked.is_some());
            self.refunds.works.insert(id.clone(), work);
        }
    }

    pub(super) fn handle_refund(&mut self, terminal: TerminalId, order: Order, now: Moment) {
        let minted = order.id.parse::<Reference>().is_ok_and(|id| id.terminal() == terminal);
        if !minted {
            return;
        }
        if let Some(known) = self.refunds.known.get(&order.id) {
            if known.order == order && known.said.is_some() {
                self.owe_refunded(&order.id, now);
            }
            return;
        }
        let (id, judged) = (order.id.clone(), self.judge_refund(&terminal, &order));
        self.record(Fact::RefundOpened { terminal, refund: order, at_unix_ms: now.unix_ms });
        match judged {
            Ok(()) => {
                self.refunds.works.insert(id, Work::new(Step::Ask, now.mono, false));
            }
            Err((said, reason)) => self.say_refund(&id, said, &reason, None, now),
        }
    }

    /// Whether the provider may be asked: the payment is this terminal's, and so much of it is there.
    fn judge_refund(&self, terminal: &TerminalId, order: &Order) -> Result<(), (RefundSaid, String)> {
        let no = |reason: String| Err((RefundSaid::Refused, reason));
        let Some(payment) = self.payments.get(&order.payment) else {
            return no("the relay knows of no such payment".into());
        };
        if self.terminal_of(payment).as_ref() != Some(terminal) || !payment.status.is_money() {
            return no("this counter has no such payment".into());
        }
        let (done, open) = self.refunds.sums(&order.payment);
        let left = payment.amount.minor - payment.refunded.max(done) - open;
        let currency = payment.amount.currency;
        if order.currency != currency || order.amount <= 0 || order.amount > left {
            return no(format!("{} is left to give back", Money::new(left.max(0), currency)));
        }
        let whole = order.amount == payment.amount.minor;
        let Some(provider) = self.provider(&order.payment.provider) else {
            let system = &order.payment.provider;
            return no(format!("this relay does not serve {system} any more; give it back there"));
        };
        match provider.capabilities().refunds {
            Can::Manual { advice } => Err((RefundSaid::Unsupported, advice.to_owned())),
            Can::Api { partial: false } if !whole => {
                no("this payment system gives back whole payments only".into())
            }
            Can::Api { .. } => Ok(()),
        }
    }

    pub(super) fn run_refunds(&mut self, now: Moment) {
        for id in self.refunds.due(now.mono) {
            self.fire_refund(&id, now);
        }
    }

    fn fire_refund(&mut self, id: &str, now: Moment) {
        let Some(refund) = self.refunds.known.get(id).cloned() else { return };
        let Some(step) = self.refunds.works.get(id).map(|work| work.step.clone()) else { return };
        let payment = refund.order.payment.id.clone();
        let sent = match step {
            Step::Ask => return self.fire_ask(id, &refund, now),
            Step::Then(ask) => self.ask(Errand::Refund(id.to_owned()), *ask),
            Step::Look { cursor, .. } => {
                self.ask(Errand::Refund(id.to_owned()), Ask::ListRefunds { payment, cursor })
            }
            Step::Follow { cursor } => {
                let listed = self.ask(Errand::Refund(id.to_owned()), Ask::ListRefunds { payment, cursor });
                listed.or_else(|_| self.ask_how_it_stands(id, &refund))
            }
            Step::Weigh { .. } | Step::Confirm { .. } => self.ask_how_it_stands(id, &refund),
        };
        match sent {
            Ok(ticket) => self.refund_is_out(id, ticket),
            Err(unsupported) => {
                let message = unsupported.to_string();
                self.refund_trouble(id, Trouble::Refused { code: None, message }, now);
            }
        }
    }

    /// Asks for the payment, by itself or among those of its link.
    fn ask_how_it_stands(&mut self, id: &str, refund: &Refund) -> Result<u64, Unsupported> {
        let key = &refund.order.payment;
        let link = self.payments.get(key).and_then(|payment| payment.link.clone());
        let asked = self.ask(Errand::Refund(id.to_owned()), Ask::GetPayment { payment: key.id.clone() });
        match (asked, link) {
            (Err(_), Some(link)) => {
                self.ask(Errand::Refund(id.to_owned()), Ask::ListPayments { link, cursor: None })
            }
            (asked, _) => asked,
        }
    }

    fn refund_is_out(&mut self, id: &str, ticket: u64) {
        if let Some(work) = self.refunds.works.get_mut(id) {
            work.ticket = Some(ticket);
        }
    }

    /// The first time the bytes are written down and go out; later they go out again, as long as the provider
    /// knows them by their key.
    fn fire_ask(&mut self, id: &str, refund: &Refund, now: Moment) {
        let Some(asked) = &refund.asked else { return self.ask_refund(id, refund, 1, now) };
        let provider = self.provider(&refund.order.payment.provider);
        let life = provider.map(|provider| provider.capabilities().key_life()).unwrap_or_default();
        let life = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        if now.unix_ms - asked.at_unix_ms >= life {
            self.refund_goes(id, Step::Look { cursor: None, found: Vec::new(), no: None }, now);
            return self.fire_refund(id, now);
        }
        let ask = self.refund_question(refund, asked.generation);
        let ticket = self.send(Errand::Refund(id.to_owned()), ask, asked.request.clone());
        if let Some(work) = self.refunds.works.get_mut(id) {
            (work.ticket, work.doubt) = (Some(ticket), true);
        }
    }

    fn refund_question(&self, refund: &Refund, generation: u32) -> Ask {
        let order = &refund.order;
        let link = self.payments.get(&order.payment).and_then(|payment| payment.link.clone());
        let (payment, key) = (order.payment.id.clone(), refund.key(generation));
        Ask::Refund { payment, link, amount: Some(order.money()), reason: None, key }
    }

    fn ask_refund(&mut self, id: &str, refund: &Refund, generation: u32, now: Moment) {
        let ask = self.refund_question(refund, generation);
        let request = match self.request(&Errand::Refund(id.to_owned()), &ask) {
            Ok(request) => request,
            Err(no) => return self.say_refund(id, RefundSaid::Unsupported, no.advice, None, now),
        };
        let key = &refund.order.payment;
        let refunded = self.payments.get(key).map_or(0, |payment| payment.refunded);
        self.record(Fact::RefundAsked {
            refund: id.to_owned(),
            payment: key.clone(),
            generation,
            request: request.clone(),
            refunded,
            at_unix_ms: now.unix_ms,
        });
        let ticket = self.send(Errand::Refund(id.to_owned()), ask, request);
        let work = Work { ticket: Some(ticket), ..Work::new(Step::Ask, now.mono, false) };
        self.refunds.works.insert(id.to_owned(), work);
    }

    /// Writes down what became of a refund, and owes it to its terminal. A last word is the last, except that
    /// what was done may fail after all: `Refused` follows `Done` then, and nothing follows that.
    fn say_refund(&mut self, id: &str, said: RefundSaid, reason: &str, at: Option<String>, now: Moment) {
        let Some(refund) = self.refunds.known.get(id).filter(|refund| !refund.is_done()) else { return };
        // Doubt about what the bank is at work on is no news.
        let worse = refund.said == Some(RefundSaid::Pending) && said == RefundSaid::Unsure;
        let known = refund.said == Some(said) && (at.is_none() || at == refund.at_provider);
        let said = if worse { RefundSaid::Pending } else { said };
        if !worse && !known || refund.doubted.is_some() {
            let payment = refund.order.payment.clone();
            let reason = reason.chars().take(REASON_MOST).collect();
            let (refund, at_provider) = (id.to_owned(), at);
            self.record(Fact::RefundSaid { refund, payment, said, reason, at_provider });
        }
        if !worse && !known {
            self.owe_refunded(id, now);
        }
        if said.is_final() {
            self.refunds.works.remove(id);
        }
    }

    fn owe_refunded(&mut self, id: &str, now: Moment) {
        let Some(refund) = self.refunds.known.get(id) else { return };
        let Some(said) = refund.said else { return };
        let word = match said {
            RefundSaid::Done => "done",
            RefundSaid::Pending => "pending",
            RefundSaid::Refused => "refused",
            RefundSaid::Unsupported => "unsupported",
            RefundSaid::Unsure => "unsure",
        };
        let (payment, reason) = (refund.order.payment.clone(), refund.reason.clone());
        let (terminal, document) = (refund.terminal.clone(), format!("{id}.{word}"));
        self.owe(
            terminal,
            document,
            Word::Refunded(Refunded { id: id.to_owned(), payment, said, reason }),
            now,
        );
    }
}

#[cfg(test)]
mod tests;
