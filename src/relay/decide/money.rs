//! What a payment is to whom. Every change of a payment is written down; money becomes a numbered notice
//! for one terminal, and what is not ours stays in the journal and goes nowhere.

use super::CLOCK_SLACK_MS;
use super::KEPT;
use super::Relay;
use super::Terminal;
use super::event::EventId;
use super::fact::Fact;
use super::sale::Sale;
use crate::core::message::CloseReason;
use crate::core::message::Notice;
use crate::core::message::Said;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Page;
use crate::port::provider::Payment;

impl Relay {
    /// A verified webhook, already in the journal.
    pub(super) fn handle_news(&mut self, system: &str, news: News, now: Moment) {
        let id = EventId { system: system.to_owned(), event: news.event.clone() };
        // Of a system that has left the configuration: it waits in the journal until that is back.
        let Some(mode) = self.provider(system).map(|provider| provider.mode()) else { return };
        self.look_at_refund(system, &news, now);
        self.look_at_connection(system, &news, now);
        if news.mode != mode {
            return self.handled(id, false);
        }
        if self.doubts(system, &news) {
            return self.inquire(id, news, now);
        }
        let mut ours = news.payment.is_some_and(|payment| self.take_payment(payment, now));
        ours |= news.link.is_some_and(|link| self.look_at(system, &link, news.kind, now));
        self.handled(id, ours);
    }

    pub(super) fn is_our_link(&self, system: &str, link: &str) -> bool {
        self.standing_owner(system, link).is_some() || self.sale_over(system, link).is_some()
    }

    /// The terminal whose standing link this is now, or was once.
    pub(super) fn standing_owner(&self, system: &str, link: &str) -> Option<TerminalId> {
        let is_now = |terminal: &Terminal| {
            terminal.system == system && terminal.standing.as_ref().is_some_and(|own| own.link == link)
        };
        let now = self.options.terminals.iter().find(|(_, terminal)| is_now(terminal)).map(|(id, _)| id);
        now.or_else(|| self.stood_links.get(&(system.to_owned(), link.to_owned()))).cloned()
    }

    /// The sale that has this link to itself.
    fn sale_over(&self, system: &str, link: &str) -> Option<&Reference> {
        let owns = |sale: &&Sale| sale.system == system && sale.own_link() == Some(link);
        self.sales.values().find(owns).map(|sale| &sale.reference)
    }

    /// A link of ours changed: its sale is listed at once. Says whether it is ours.
    fn look_at(&mut self, system: &str, link: &str, kind: EventKind, now: Moment) -> bool {
        let Some(reference) = self.sale_over(system, link).cloned() else {
            let owner = self.standing_owner(system, link);
            owner.iter().for_each(|terminal| self.watch_soon(terminal, now));
            return owner.is_some();
        };
        let worth_a_look = match kind {
            EventKind::LinkChanged
            | EventKind::PaymentSucceeded
            | EventKind::PaymentPending
            | EventKind::PaymentFailed
            | EventKind::PaymentExpired => true,
            EventKind::LinkCreated
            | EventKind::RefundCreated
            | EventKind::RefundSucceeded
            | EventKind::RefundFailed
            | EventKind::DisputeOpened
            | EventKind::ConnectionChanged
            | EventKind::Other => false,
        };
        if let Some(work) =
            self.works.get_mut(&reference).filter(|work| worth_a_look && work.ticket.is_none())
        {
            work.due = now.mono;
        }
        true
    }

    /// Whether this payment is of this sale: by its reference, or over the sale's own link.
    pub(super) fn belongs(&self, payment: &Payment, reference: &Reference) -> bool {
        self.sale_of(payment).is_some_and(|owner| owner == *reference)
    }

    pub(super) fn sale_of(&self, payment: &Payment) -> Option<Reference> {
        let named = payment.reference.as_ref().and_then(|text| text.parse::<Reference>().ok());
        let system = payment.key.provider.as_str();
        // Of a sale that this journal has lost, or never had, its terminal says what it is.
        let here = |reference: &Reference| match self.sales.get(reference) {
            Some(sale) if sale.open.is_some() => sale.system == system,
            Some(_) | None => self.system_at(&reference.terminal()) == Some(system),
        };
        named.filter(here).or_else(|| self.sale_over(system, payment.link.as_deref()?).cloned())
    }

    fn counter_of(&self, payment: &Payment) -> Option<TerminalId> {
        self.standing_owner(&payment.key.provider, payment.link.as_deref()?)
    }

    /// Whose it is: the sale's terminal, or the one whose standing link it came over.
    pub(super) fn terminal_of(&self, payment: &Payment) -> Option<TerminalId> {
        let of_sale = self.sale_of(payment).map(|reference| reference.terminal());
        of_sale.or_else(|| self.owners.get(&payment.key).cloned()).or_else(|| self.counter_of(payment))
    }

    /// An account may take far more payments than its counters do, and a counter may live on its standing
    /// link alone: the journal has the others. One that a sale has claimed meanwhile goes with its sale.
    pub(super) fn forget_loose(&mut self) {
        while self.loose.len() > KEPT {
            let Some(key) = self.loose.pop_front() else { return };
            let needed = |payment: &Payment| {
                self.sale_of(payment).is_some() || payment.status.is_in_progress() || self.refunds.needs(&key)
            };
            if !self.payments.get(&key).is_some_and(needed) {
                self.payments.remove(&key);
                self.owners.remove(&key);
            }
        }
    }

    /// A standing link's list goes back for years; the newest come first, and this sale's are not older
    /// than the sale.
    pub(super) fn since_opened(&self, reference: &Reference, mut page: Page<Payment>) -> Page<Payment> {
        let Some(sale) = self.sales.get(reference).filter(|sale| sale.own_link().is_none()) else {
            return page;
        };
        let since = sale.opened_unix_ms - CLOCK_SLACK_MS;
        let listed = page.items.len();
        page.items.retain(|payment| payment.at_unix_ms >= since);
        if page.items.len() < listed {
            page.next = None;
        }
        page
    }

    pub(super) fn take_payments(&mut self, payments: Vec<Payment>, now: Moment) {
        for payment in payments {
            self.take_payment(payment, now);
        }
    }

    /// Takes what is known of a payment now; older or equal news changes nothing, and less given back than was
    /// known is old news here: see `refunds::failed`. Says whether it is ours.
    pub(super) fn take_payment(&mut self, mut payment: Payment, now: Moment) -> bool {
        if self.provider(&payment.key.provider).is_none_or(|provider| provider.mode() != payment.key.mode) {
            return false;
        }
        // News of one payment tells different parts of it: what is known stays known.
        if let Some(known) = self.payments.get(&payment.key) {
            payment.reference = payment.reference.or_else(|| known.reference.clone());
            payment.link = payment.link.or_else(|| known.link.clone());
            if self.is_overtaken(&payment.key) {
                (payment.status, payment.refunded) = (known.status.clone(), known.refunded);
            }
        }
        let reference = self.sale_of(&payment);
        let terminal = self.terminal_of(&payment);
        if let Some(known) = self.payments.get(&payment.key) {
            let refunded = payment.refunded.max(known.refunded);
            // A declined attempt ends nothing: the next one begins at the bottom of the order again.
            let known_rank = if known.declined { 0 } else { known.status.rank() };
            let told = payment.status == known.status && payment.declined == known.declined;
            let newer = payment.status.rank() > known_rank && !told || refunded > known.refunded;
            let declined = payment.declined && !known.declined;
            // Only now is it known whose it is: all there is to tell is still untold.
            let claimed = terminal.is_some() && self.terminal_of(known).is_none();
            if !newer && !declined && !claimed {
                return terminal.is_some();
            }
            payment.refunded = refunded;
            if payment.status.rank() < known_rank {
                payment.status = known.status.clone();
            }
        }
        self.record(Fact::Paid {
            payment: payment.clone(),
            reference: reference.clone(),
            terminal: terminal.clone(),
        });
        let Some(terminal) = terminal else { return false };
        if payment.status.is_money() {
            if reference.is_none() {
                // It may have been the last one that the link takes.
                self.watch_soon(&terminal, now);
            }
            self.notify(terminal, &payment, reference.clone(), now);
        }
        if let Some(reference) = reference {
            self.tell_sale(&reference, &payment, now);
        }
        true
    }

    fn tell_sale(&mut self, reference: &Reference, payment: &Payment, now: Moment) {
        let Some(sale) = self.sales.get(reference).cloned() else { return };
        if payment.status.is_money() {
            self.begin_close(reference, CloseReason::Paid, now);
        } else if payment.status.is_in_progress() && !sale.told_processing {
            self.answer(reference, Said::Processing, "the bank is at work on the payment", now);
        } else if payment.declined && !sale.told_declined {
            self.answer(reference, Said::AttemptFailed, "the payment was declined", now);
        }
    }

    pub(super) fn notify(
        &mut self,
        terminal: TerminalId,
        payment: &Payment,
        reference: Option<Reference>,
        now: Moment,
    ) {
        let replay = reference.is_none() && self.is_history(&terminal, payment);
        let n = self.given_out.get(&terminal).copied().unwrap_or(0) + 1;
        self.given_out.insert(terminal.clone(), n);
        let notice = Notice {
            stream: self.stream.clone(),
            n,
            payment: payment.key.clone(),
            status: payment.status.clone(),
            amount: payment.amount.minor,
            currency: payment.amount.currency,
            refunded: payment.refunded,
            reference,
            at_unix_ms: payment.at_unix_ms,
            replay,
        };
        let document = notice_document(&self.stream, &terminal, n);
        self.owe(terminal, document, Word::Notice(notice), now);
    }
}

/// The id of a terminal's `n`-th notice: what was receipted can be found again by its number.
#[must_use]
pub fn notice_document(stream: &str, terminal: &TerminalId, n: u64) -> String {
    format!("{stream}.{terminal}.{n}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::core::link::AllowList;
    use crate::core::message::Open;
    use crate::core::money::Currency;
    use crate::core::money::Money;
    use crate::core::payment::Mode;
    use crate::core::payment::PaymentKey;
    use crate::core::payment::PaymentStatus;
    use crate::port::provider::Strategy;
    use crate::relay::decide::Missing;
    use crate::relay::decide::Options;
    use crate::relay::decide::PollPace;
    use crate::relay::decide::Service;
    use crate::relay::decide::Standing;
    use crate::relay::decide::event::Event;

    const NOW: Moment = Moment { mono: Duration::from_secs(1), unix_ms: 1_795_183_320_000 };

    fn relay() -> Relay {
        let entry = crate::provider::find("stripe").unwrap();
        let configured = (entry.build)(serde_json::json!({ "api_key": "sk_test_1" })).unwrap();
        let own = Standing { link: "plink_own".into(), url: "https://buy.stripe.com/own".into() };
        let second = Duration::from_secs(1);
        let options = Options {
            title: "Shop".into(),
            allowed: AllowList { hosts: vec!["buy.stripe.com".into()], sandbox_origin: None },
            poll: PollPace { first: second, most: second },
            terminals: BTreeMap::from([(
                "counter-1".parse().unwrap(),
                Terminal { system: "stripe".into(), standing: Some(own) },
            )]),
        };
        let service = Service {
            provider: Arc::from(configured.provider),
            strategy: Strategy::OneOff,
            confirm: false,
            standing_every: second,
        };
        Relay::resume(options, vec![service], "start".into(), "stream".into(), &[], BTreeMap::new(), NOW)
    }

    fn payment(n: usize, link: &str) -> Payment {
        Payment {
            key: PaymentKey {
                provider: "stripe".into(),
                account: String::new(),
                mode: Mode::Test,
                id: format!("pi_{n}"),
            },
            status: PaymentStatus::Succeeded,
            amount: Money::new(1250, Currency::from_code("EUR").unwrap()),
            refunded: 0,
            reference: None,
            link: Some(link.into()),
            at_unix_ms: NOW.unix_ms,
            declined: false,
        }
    }

    fn paid(n: usize, link: &str) -> Event {
        let news = News {
            event: format!("evt_{n}"),
            raw_kind: "checkout.session.completed".into(),
            kind: EventKind::PaymentSucceeded,
            mode: Mode::Test,
            at_unix_ms: NOW.unix_ms,
            payment: Some(payment(n, link)),
            link: Some(link.into()),
            refund: None,
        };
        Event::News { system: "stripe".into(), news: Box::new(news), fresh: true }
    }

    #[test]
    fn a_standing_links_list_is_read_back_to_the_sales_beginning_and_no_further() {
        let mut relay = relay();
        let reference = Reference::mint(&"counter-1".parse().unwrap(), NOW.unix_ms, 7);
        let open = Open {
            reference: reference.clone(),
            amount: 1250,
            currency: Currency::from_code("EUR").unwrap(),
            ttl_s: 120,
            journal: "j".into(),
        };
        let (request, system) = ("r".into(), "stripe".into());
        relay.apply(&Fact::Opened { open, request, system, at_unix_ms: NOW.unix_ms });
        let old = Payment { at_unix_ms: NOW.unix_ms - 2 * CLOCK_SLACK_MS, ..payment(2, "plink_own") };
        let page = Page { items: vec![payment(1, "plink_own"), old], next: Some("more".into()) };
        let read = relay.since_opened(&reference, page);
        assert_eq!((read.items.len(), read.next), (1, None));
        let page = Page { items: vec![payment(1, "plink_own")], next: Some("more".into()) };
        assert_eq!(relay.since_opened(&reference, page).next.as_deref(), Some("more"));
    }

    #[test]
    fn payments_of_no_sale_are_let_go_and_asked_for_again() {
        let mut relay = relay();
        relay.handle(paid(0, "plink_own"), NOW);
        for n in 1..=KEPT + 1 {
            relay.handle(paid(n, "plink_of_a_web_shop"), NOW);
        }
        let gone = |missing: &Missing| matches!(missing, Missing::Payment(_));
        let known = |n, link| !relay.unknown(&paid(n, link)).iter().any(gone);
        assert!(!known(0, "plink_own"));
        assert!(!known(1, "plink_of_a_web_shop"));
        assert!(known(2, "plink_of_a_web_shop"));
        assert!(known(KEPT + 1, "plink_of_a_web_shop"));
    }
}
