//! The sale's questions to the provider and what their answers lead to. The provider itself is pure, so
//! building and reading happen here; only the bytes travel.

use super::CLOSE_GRACE_MS;
use super::ODD;
use super::Relay;
use super::errand::Errand;
use super::event::Effect;
use super::fact::Fact;
use super::sale::Sale;
use super::work;
use super::work::Step;
use super::work::Work;
use crate::core::message::CloseReason;
use crate::core::message::Link;
use crate::core::message::Outcome;
use crate::core::message::Said;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::reference::Reference;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Ends;
use crate::port::provider::Expiry;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Request;
use crate::port::provider::Terms;
use crate::port::provider::Trouble;

/// How long after a code's end the system itself ends its link.
const LINK_GRACE_S: u32 = 600;

impl Relay {
    /// Brings a sale's work in line with its facts. A question that is out is waited for first.
    pub(super) fn plan(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.sales.get(reference) else { return };
        let Some(service) = self.service_of(reference).filter(|_| !sale.is_done()) else {
            self.works.remove(reference);
            return;
        };
        let busy = self.works.get(reference).is_some_and(|work| work.ticket.is_some());
        if busy {
            return;
        }
        let present = self.works.get(reference);
        let step = match (&sale.link, sale.closing.is_some() || sale.closed.is_some()) {
            (None, _) => match present.map(|work| &work.step) {
                Some(Step::Create { .. } | Step::Find { .. }) => return,
                _ if self.is_past_key_life(sale, now) => Step::Find { cursor: None },
                _ => Step::Create { ask: Box::new(Ask::CreateLink(self.order(sale))) },
            },
            (Some(_), false) => match present.map(|work| &work.step) {
                Some(Step::Watch { .. }) => return,
                _ => Step::Watch { cursor: None },
            },
            (Some(_), true) if present.is_some_and(Work::is_closing) => return,
            (Some(_), true) => work::first_closing_step(sale, service.provider.as_ref()),
        };
        let mut work = Work::new(step, now.mono);
        if matches!(work.step, Step::Watch { .. }) {
            work.watch_again(now.mono, self.options.poll);
        }
        self.works.insert(reference.clone(), work);
    }

    fn order(&self, sale: &Sale) -> LinkOrder {
        let generation = sale.asked.as_ref().map_or(1, |asked| asked.generation);
        let amount = sale.open.as_ref().map(|(open, _)| open.money());
        LinkOrder {
            kind: LinkKind::OneOff,
            amount: AmountKind::Fixed(amount.expect("only an opened sale is asked for")),
            title: self.options.title.clone(),
            reference: Some(sale.reference.clone()),
            key: format!("{}.{generation}", sale.reference),
            terms: Terms { ends: self.ends(sale), ..Terms::default() },
        }
    }

    /// Where the system ends links by time it ends this one a while after us: we may be gone by then.
    fn ends(&self, sale: &Sale) -> Option<Ends> {
        let (open, _) = sale.open.as_ref()?;
        let after_s = open.ttl_s.saturating_add(LINK_GRACE_S);
        let at_unix_ms = sale.opened_unix_ms + i64::from(after_s) * 1000;
        let expiry = self.provider(&sale.system)?.capabilities().expiry;
        (expiry == Expiry::Ordered).then_some(Ends { at_unix_ms, after_s })
    }

    /// Sends the question that is due.
    pub(super) fn fire(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.sales.get(reference).cloned() else { return };
        let ends = sale.link.as_ref().map(|link| link.ends_unix_ms);
        if sale.is_open() && ends.is_some_and(|ends| now.unix_ms > ends + CLOSE_GRACE_MS) {
            self.begin_close(reference, CloseReason::Expired, now);
        }
        let link = sale.link.as_ref().map(|link| link.id.as_str());
        let Some(ask) = self.works.get(reference).and_then(|work| work.ask(link)) else {
            self.conclude(reference, false, now);
            return;
        };
        let creates = matches!(ask, Ask::CreateLink(_) | Ask::CreateLinkFrom { .. });
        let errand = Errand::Sale(reference.clone());
        let built = self.request(&errand, &ask).map_err(|unsupported| unsupported.to_string());
        match built {
            Ok(built) => {
                let request = if creates { self.create_request(&sale, built, now) } else { built };
                let ticket = self.send(errand, ask, request);
                if let Some(work) = self.works.get_mut(reference) {
                    work.ticket = Some(ticket);
                }
            }
            // What the system has no question for is passed over, as what it answers with a no.
            Err(message) => {
                let step = self.works.get(reference).map(|work| work.step.clone());
                if let Some(step) = step {
                    self.handle_trouble(reference, &step, Trouble::Refused { code: None, message }, now);
                }
            }
        }
    }

    /// The exact bytes already written down, or new ones, written down before they go out.
    fn create_request(&mut self, sale: &Sale, built: Request, now: Moment) -> Request {
        let generation = sale.asked.as_ref().map_or(1, |asked| asked.generation);
        if let Some(asked) = sale.asked.as_ref().filter(|asked| asked.request.path == built.path) {
            return asked.request.clone();
        }
        self.record(Fact::Asked {
            reference: sale.reference.clone(),
            generation,
            request: built.clone(),
            at_unix_ms: now.unix_ms,
        });
        built
    }

    pub(super) fn sale_answered(
        &mut self,
        reference: &Reference,
        read: Result<Answer, Trouble>,
        now: Moment,
    ) {
        let Some(work) = self.works.get_mut(reference) else { return };
        work.ticket = None;
        let step = work.step.clone();
        match read {
            Ok(answer) => self.handle_answer(reference, step, answer, now),
            Err(trouble) => self.handle_trouble(reference, &step, trouble, now),
        }
        self.plan(reference, now);
    }

    fn handle_answer(&mut self, reference: &Reference, step: Step, answer: Answer, now: Moment) {
        match (step, answer) {
            (Step::Create { .. }, Answer::Link(link)) => self.take_link(reference, link, now),
            (Step::Create { .. }, Answer::Then(ask)) => self.go(reference, Step::Create { ask }, now),
            (Step::Find { .. }, Answer::Links(page)) => {
                let ours =
                    page.items.into_iter().find(|link| link.reference.as_deref() == Some(reference.as_str()));
                match (ours, page.next) {
                    (Some(link), _) => self.take_link(reference, link, now),
                    (None, Some(cursor)) => self.go(reference, Step::Find { cursor: Some(cursor) }, now),
                    (None, None) => self.ask_anew(reference, now),
                }
            }
            (Step::Watch { .. }, Answer::Payments(page)) => {
                let page = self.since_opened(reference, page);
                self.take_payments(page.items, now);
                let pace = self.options.poll;
                if let Some(work) = self.works.get_mut(reference) {
                    match page.next {
                        Some(cursor) => work.go(Step::Watch { cursor: Some(cursor) }, now.mono),
                        None => work.watch_again(now.mono, pace),
                    }
                }
            }
            (Step::Withdraw, _) => self.withdrawn(reference, now),
            (Step::Checkouts { mut found, .. }, Answer::Checkouts(page)) => {
                found.extend(page.items);
                let next = match page.next {
                    Some(cursor) => Step::Checkouts { cursor: Some(cursor), found },
                    None => work::after_checkouts(found),
                };
                self.go(reference, next, now);
            }
            (Step::Expire { mut left }, _) => {
                left.pop();
                self.go(reference, work::after_checkouts(left), now);
            }
            (Step::Conclude { in_progress, .. }, Answer::Payments(page)) => {
                let page = self.since_opened(reference, page);
                let under_way = page
                    .items
                    .iter()
                    .any(|payment| payment.status.is_in_progress() && self.belongs(payment, reference));
                self.take_payments(page.items, now);
                let in_progress = in_progress || under_way;
                match page.next {
                    Some(cursor) => {
                        self.go(reference, Step::Conclude { cursor: Some(cursor), in_progress }, now);
                    }
                    None => self.conclude(reference, in_progress, now),
                }
            }
            // An adapter that answers another question than it was asked is asked again.
            (step, _) => self.handle_trouble(reference, &step, Trouble::Unsure { message: ODD.into() }, now),
        }
    }

    fn handle_trouble(&mut self, reference: &Reference, step: &Step, trouble: Trouble, now: Moment) {
        let creating = matches!(step, Step::Create { .. });
        match trouble {
            Trouble::Refused { message, .. } | Trouble::Denied { message } | Trouble::Missing { message }
                if creating =>
            {
                self.refuse(reference, &message, now);
            }
            // Gone or final already: nothing is left to withdraw or to expire.
            Trouble::Refused { .. } | Trouble::Missing { .. } => match step {
                Step::Withdraw => self.withdrawn(reference, now),
                Step::Expire { left } => {
                    let mut left = left.clone();
                    left.pop();
                    self.go(reference, work::after_checkouts(left), now);
                }
                // Where links cannot be listed nothing is to be found.
                Step::Find { .. } => self.ask_anew(reference, now),
                // The place in the list may not be known any more: it is read from its top.
                Step::Watch { .. } => self.again(reference, Step::Watch { cursor: None }, now),
                Step::Conclude { .. } => {
                    self.again(reference, Step::Conclude { cursor: None, in_progress: false }, now);
                }
                Step::Create { .. } | Step::Checkouts { .. } => self.retry(reference, None, now),
            },
            Trouble::Denied { .. } => self.retry(reference, None, now),
            Trouble::Busy { wait, .. } => self.retry(reference, wait, now),
            Trouble::Unsure { message } => {
                if creating {
                    self.answer(reference, Said::Unsure, &message, now);
                    self.check_key_life(reference, now);
                }
                self.retry(reference, None, now);
            }
        }
    }

    /// Past the life of its idempotency key the same request could make a second link: look for the first.
    fn check_key_life(&mut self, reference: &Reference, now: Moment) {
        if self.sales.get(reference).is_some_and(|sale| self.is_past_key_life(sale, now)) {
            self.go(reference, Step::Find { cursor: None }, now);
        }
    }

    fn is_past_key_life(&self, sale: &Sale, now: Moment) -> bool {
        let (Some(asked), Some(provider)) = (&sale.asked, self.provider(&sale.system)) else { return false };
        let life = provider.capabilities().key_life();
        now.unix_ms - asked.at_unix_ms >= i64::try_from(life.as_millis()).unwrap_or(i64::MAX)
    }

    /// The provider has no link of that reference: a closing sale is unpaid, an open one is asked for anew.
    fn ask_anew(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.sales.get(reference).cloned() else { return };
        if sale.closing.is_some() {
            self.close(reference, Outcome::Unpaid, "no link was ever made", now);
            return;
        }
        let generation = sale.asked.as_ref().map_or(1, |asked| asked.generation + 1);
        let mut order = self.order(&sale);
        order.key = format!("{reference}.{generation}");
        let ask = Ask::CreateLink(order);
        let Ok(request) = self.request(&Errand::Sale(reference.clone()), &ask) else {
            return self.retry(reference, None, now);
        };
        let at_unix_ms = now.unix_ms;
        self.record(Fact::Asked { reference: reference.clone(), generation, request, at_unix_ms });
        self.go(reference, Step::Create { ask: Box::new(ask) }, now);
    }

    fn go(&mut self, reference: &Reference, step: Step, now: Moment) {
        if let Some(work) = self.works.get_mut(reference) {
            work.go(step, now.mono);
        }
    }

    /// Goes back to this step, no sooner than after a failure.
    fn again(&mut self, reference: &Reference, step: Step, now: Moment) {
        if let Some(work) = self.works.get_mut(reference) {
            work.step = step;
            work.retry(now.mono, None);
        }
    }

    fn retry(&mut self, reference: &Reference, wait: Option<std::time::Duration>, now: Moment) {
        if let Some(work) = self.works.get_mut(reference) {
            work.retry(now.mono, wait);
        }
    }

    fn withdrawn(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.sales.get(reference) else { return };
        let Some(provider) = self.provider(&sale.system) else { return };
        let next = work::after_withdraw(sale, provider.as_ref());
        self.go(reference, next, now);
    }

    /// There is no link. A sale that is being closed is thereby closed, unpaid.
    fn refuse(&mut self, reference: &Reference, reason: &str, now: Moment) {
        let closing = self.sales.get(reference).is_some_and(|sale| sale.closing.is_some());
        self.record(Fact::Refused { reference: reference.clone(), reason: reason.to_owned() });
        self.answer(reference, Said::Refused, reason, now);
        if closing {
            self.answer(reference, Said::Closed(Outcome::Unpaid), reason, now);
        }
        self.works.remove(reference);
    }

    /// The provider's link, judged by the same rule the terminal judges it by, becomes the sale's.
    fn take_link(&mut self, reference: &Reference, link: LinkState, now: Moment) {
        let Some(sale) = self.sales.get(reference).cloned() else { return };
        let Some((open, _)) = &sale.open else { return };
        let due = AmountKind::Fixed(open.money());
        let wrong = match self.options.allowed.judge(&link.url) {
            Err(refusal) => Some(refusal.to_string()),
            Ok(()) if link.amount.as_ref().is_some_and(|amount| *amount != due) => {
                Some("the provider's link has another amount".to_owned())
            }
            Ok(()) if link.kind != LinkKind::OneOff => {
                Some("the provider's link can be paid more than once".to_owned())
            }
            Ok(()) => None,
        };
        let generation = sale.asked.as_ref().map_or(1, |asked| asked.generation);
        let ends_unix_ms = now.unix_ms + i64::from(open.ttl_s) * 1000;
        self.record(Fact::Linked {
            reference: reference.clone(),
            generation,
            system: sale.system,
            link: link.id,
            rides: false,
            url: link.url,
            ends_unix_ms,
        });
        match wrong {
            Some(reason) => {
                self.effects.push_back(Effect::Alarm { message: format!("{reference}: {reason}") });
                self.begin_close(reference, CloseReason::NoLink, now);
            }
            None => self.offer_link(reference, now),
        }
    }

    /// Owes the terminal its link, as long as the sale is open.
    pub(super) fn offer_link(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.sales.get(reference).filter(|sale| sale.is_open()) else { return };
        let (Some((open, request)), Some(link)) = (&sale.open, &sale.link) else { return };
        let word = Word::Link(Link {
            reference: reference.clone(),
            request: request.clone(),
            amount: open.amount,
            currency: open.currency,
            url: link.url.clone(),
            generation: link.generation,
        });
        let document = format!("{reference}.link.{}", link.generation);
        self.owe(reference.terminal(), document, word, now);
    }

    /// Everything is listed: the last word, or `unsure` while a payment is under way.
    fn conclude(&mut self, reference: &Reference, in_progress: bool, now: Moment) {
        let Some(sale) = self.sales.get(reference) else { return };
        if sale.paid {
            self.close(reference, Outcome::Paid, "", now);
        } else if in_progress {
            if sale.closed.is_none() {
                self.close(reference, Outcome::Unsure, "the bank is at work on a payment", now);
            }
            if let Some(work) = self.works.get_mut(reference) {
                work.conclude_later(now.mono);
            }
        } else {
            self.close(reference, Outcome::Unpaid, "", now);
        }
    }

    fn close(&mut self, reference: &Reference, outcome: Outcome, reason: &str, now: Moment) {
        self.record(Fact::Closed { reference: reference.clone(), outcome });
        self.answer(reference, Said::Closed(outcome), reason, now);
        self.plan(reference, now);
    }
}
