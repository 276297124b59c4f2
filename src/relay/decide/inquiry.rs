//! News that is believed only once the provider, asked, says the same: from a system whose webhook scheme is
//! partly a guess or that does not say which payment moved, and from any other where the shop wants it so.
//! It stays journaled as received and not as handled until then, so a crash asks again.

use std::time::Duration;

use super::CLOCK_SLACK_MS;
use super::ODD;
use super::Relay;
use super::errand::Errand;
use super::event::Effect;
use super::event::EventId;
use super::fact::Fact;
use crate::core::backoff;
use crate::core::moment::Moment;
use crate::core::payment::PaymentKey;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Confirm;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;

const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MOST: Duration = Duration::from_secs(60);
/// A system may tell of money a little before it answers so; it is asked so often, over half a minute.
const LAG_MOST: u32 = 6;

#[derive(Clone, Debug)]
pub struct Inquiry {
    news: News,
    ask: Ask,
    due: Duration,
    attempt: u32,
    out: bool,
}

impl Inquiry {
    /// When to ask; `None` while the question is out.
    pub fn due(&self) -> Option<Duration> {
        (!self.out).then_some(self.due)
    }

    fn names(&self, payment: &Payment) -> bool {
        let named = self.news.payment.as_ref().map(|told| &told.key.id);
        named.or(self.news.refund.as_ref().map(|refund| &refund.payment)) == Some(&payment.key.id)
    }

    fn names_one(&self) -> bool {
        self.news.payment.is_some() || self.news.refund.is_some()
    }

    /// Whether the next page of a list may still hold what the news is about.
    fn goes_on(&self, page: &Page<Payment>) -> bool {
        if self.names_one() {
            return !page.items.iter().any(|payment| self.names(payment));
        }
        let since = self.news.at_unix_ms - CLOCK_SLACK_MS;
        page.items.iter().all(|payment| payment.at_unix_ms >= since)
    }
}

impl Relay {
    /// Whether this news is no more than a reason to ask.
    pub(super) fn doubts(&self, system: &str, news: &News) -> bool {
        let asks = self.service(system).is_some_and(|service| {
            service.confirm || service.provider.capabilities().confirm == Confirm::Always
        });
        // A refund alone does not say how much of the payment has been given back in all.
        let refund_alone = news.refund.is_some() && news.payment.is_none();
        asks || refund_alone || self.tells_of_more_back(news)
    }

    pub(super) fn inquire(&mut self, event: EventId, news: News, now: Moment) {
        let owner = news.link.as_deref().and_then(|link| self.standing_owner(&event.system, link));
        owner.iter().for_each(|terminal| self.watch_soon(terminal, now));
        let ask = self.provider(&event.system).and_then(|provider| provider.confirm(&news));
        match ask.filter(|_| self.concerns_us(&event.system, &news)) {
            Some(ask) => {
                let inquiry = Inquiry { news, ask, due: now.mono, attempt: 0, out: false };
                self.inquiries.insert(event, inquiry);
            }
            None => {
                let nameless = news.link.is_none()
                    && news
                        .payment
                        .as_ref()
                        .is_some_and(|told| told.link.is_none() && told.reference.is_none());
                if nameless {
                    // It may be any open sale's.
                    self.look_everywhere(&event.system, now);
                }
                self.handled(event, false);
            }
        }
    }

    /// The payment that the news names: that one moved, or was given back.
    pub(super) fn told_payment(&self, system: &str, news: &News) -> Option<PaymentKey> {
        let moved = news.payment.as_ref().map(|payment| payment.key.clone());
        moved.or_else(|| Some(self.provider(system)?.key(&news.refund.as_ref()?.payment)))
    }

    fn concerns_us(&self, system: &str, news: &News) -> bool {
        let told = news.payment.as_ref();
        let known = self.told_payment(system, news).and_then(|key| self.payments.get(&key));
        let of_payment = |payment: &Payment| self.terminal_of(payment).is_some();
        news.link.as_ref().is_some_and(|link| self.is_our_link(system, link))
            || told.is_some_and(of_payment)
            || known.is_some_and(of_payment)
    }

    pub(super) fn run_inquiries(&mut self, now: Moment) {
        let is_due = |inquiry: &Inquiry| inquiry.due().is_some_and(|due| now.mono >= due);
        let due = self.inquiries.iter().filter(|(_, inquiry)| is_due(inquiry));
        let due: Vec<EventId> = due.map(|(event, _)| event.clone()).collect();
        for event in due {
            let Some(inquiry) = self.inquiries.get_mut(&event) else { continue };
            inquiry.out = true;
            let ask = inquiry.ask.clone();
            if let Err(unsupported) = self.ask(Errand::Inquiry(event.clone()), ask) {
                self.give_up(&event, unsupported.to_string());
            }
        }
    }

    pub(super) fn inquiry_answered(&mut self, event: &EventId, read: Result<Answer, Trouble>, now: Moment) {
        let Some(mut inquiry) = self.inquiries.remove(event) else { return };
        inquiry.out = false;
        match read {
            Ok(Answer::Payment(payment)) => {
                let ours = self.take_confirmed(&inquiry.news, payment, now);
                match (ours, inquiry.news.link.clone()) {
                    // The payment alone does not say over which link it came.
                    (false, Some(link)) => {
                        inquiry.ask = Ask::ListPayments { link, cursor: None };
                        self.inquiries.insert(event.clone(), inquiry);
                    }
                    (ours, _) => self.conclude_inquiry(event, inquiry, ours, now),
                }
            }
            Ok(Answer::Payments(page)) => self.inquiry_listed(event, inquiry, page, now),
            Ok(_) => self.give_up(event, ODD.to_owned()),
            Err(Trouble::Missing { .. }) if inquiry.attempt < LAG_MOST => {
                self.inquire_later(event, inquiry, None, now);
            }
            Err(Trouble::Missing { message } | Trouble::Refused { message, .. }) => {
                self.give_up(event, message);
            }
            Err(Trouble::Busy { wait, .. }) => self.inquire_later(event, inquiry, wait, now),
            Err(Trouble::Denied { .. } | Trouble::Unsure { .. }) => {
                self.inquire_later(event, inquiry, None, now);
            }
        }
    }

    fn inquiry_listed(&mut self, event: &EventId, mut inquiry: Inquiry, page: Page<Payment>, now: Moment) {
        let next = page.next.clone().filter(|_| inquiry.goes_on(&page));
        for payment in page.items {
            self.take_confirmed(&inquiry.news, payment, now);
        }
        match (next, &mut inquiry.ask) {
            (Some(next), Ask::ListPayments { cursor, .. }) => {
                *cursor = Some(next);
                self.inquiries.insert(event.clone(), inquiry);
            }
            (_, _) => self.conclude_inquiry(event, inquiry, true, now),
        }
    }

    /// All is asked. News of money that the answers do not show is asked about again before it is given up.
    fn conclude_inquiry(&mut self, event: &EventId, mut inquiry: Inquiry, ours: bool, now: Moment) {
        if self.shows(&event.system, &inquiry.news) {
            return self.handled(event.clone(), ours);
        }
        let again = self.provider(&event.system).and_then(|provider| provider.confirm(&inquiry.news));
        match again.filter(|_| inquiry.attempt < LAG_MOST) {
            Some(ask) => {
                inquiry.ask = ask;
                self.inquire_later(event, inquiry, None, now);
            }
            None => self.give_up(event, "it tells of money, and the answers show none".to_owned()),
        }
    }

    /// Whether what is known has the money that the news tells of, if it does.
    fn shows(&self, system: &str, news: &News) -> bool {
        if let Some(told) = &news.payment {
            let known = self.payments.get(&told.key);
            return !told.status.is_money() || known.is_some_and(|known| known.status.is_money());
        }
        let (Some(link), None, EventKind::PaymentSucceeded) = (&news.link, &news.refund, news.kind) else {
            return true;
        };
        let since = news.at_unix_ms - CLOCK_SLACK_MS;
        self.payments.values().any(|known| {
            known.key.provider == system
                && known.link.as_ref() == Some(link)
                && known.status.is_money()
                && known.at_unix_ms >= since
        })
    }

    fn inquire_later(&mut self, event: &EventId, mut inquiry: Inquiry, wait: Option<Duration>, now: Moment) {
        inquiry.due = now.mono + backoff::asked(wait, inquiry.attempt, RETRY_FIRST, RETRY_MOST);
        inquiry.attempt = inquiry.attempt.saturating_add(1);
        self.inquiries.insert(event.clone(), inquiry);
    }

    /// The provider does not know of it: what was signed is not so.
    fn give_up(&mut self, event: &EventId, reason: String) {
        self.inquiries.remove(event);
        self.effects.push_back(Effect::Doubt { event: event.clone(), reason });
        self.handled(event.clone(), false);
    }

    pub(super) fn handled(&mut self, event: EventId, ours: bool) {
        self.record(Fact::Handled { event, ours });
    }
}
