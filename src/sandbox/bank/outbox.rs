//! What falls due: links and checkouts that lapse, payments and refunds that settle by themselves, webhooks to send
//! and to send again. Says when to wake up; sending is `delivery`'s.

use crate::sandbox::bank::face::News;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::Delivery;
use crate::sandbox::bank::model::DeliveryStatus;
use crate::sandbox::bank::model::Endpoint;
use crate::sandbox::bank::model::Event;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::world::World;

/// When money that was told as failed comes after all, where nothing says when delayed payments settle.
const LATE_MS: i64 = 5_000;

/// One webhook to send now.
#[derive(Clone)]
pub struct Parcel {
    pub delivery: Delivery,
    pub event: Event,
    pub endpoint: Endpoint,
    /// In the face's words, and not signed yet: that is done when it leaves.
    pub body: String,
}

impl World {
    pub(super) fn time_link(&mut self, link: &Link) {
        if let Some(expires_ms) = self.links.get(&link.id).and_then(|before| before.expires_ms) {
            self.timers.remove(&(expires_ms, link.id.clone()));
        }
        let untold = link.expires_ms.filter(|_| link.active && link.expires_ms != link.expiry_told_ms);
        if let Some(expires_ms) = untold {
            self.timers.insert((expires_ms, link.id.clone()));
        }
    }

    pub(super) fn time_checkout(&mut self, checkout: &Checkout) {
        if let Some(before) = self.checkouts.get(&checkout.id) {
            self.timers.remove(&(before.expires_ms, before.id.clone()));
        }
        if checkout.status == CheckoutStatus::Open {
            self.timers.insert((checkout.expires_ms, checkout.id.clone()));
        }
    }

    pub(super) fn time_payment(&mut self, payment: &Payment) {
        let late_ms = payment.overdue().then_some(LATE_MS);
        let Some(life_ms) = self.habits.pending_settles_ms.or(late_ms) else { return };
        let begun = payment.last_attempt().map_or(payment.created_ms, |attempt| attempt.at_ms);
        let due = (begun + life_ms, payment.id.clone());
        if payment.unsettled() {
            self.timers.insert(due);
        } else {
            self.timers.remove(&due);
        }
    }

    pub(super) fn time_refund(&mut self, refund: &Refund) {
        if let Some(end) = self.refunds.get(&refund.id).and_then(|before| before.end) {
            self.timers.remove(&(end.at_ms, refund.id.clone()));
        }
        if let Some(end) = refund.end {
            self.timers.insert((end.at_ms, refund.id.clone()));
        }
    }

    /// Does what time alone does: links and open checkouts lapse, payments and refunds settle.
    pub fn advance(&mut self, now_ms: i64) {
        while let Some((due_ms, id)) = self.timers.first().cloned().filter(|(due_ms, _)| *due_ms <= now_ms) {
            self.timers.remove(&(due_ms, id.clone()));
            if let Some(link) = self.links.get(&id).cloned() {
                self.lapse(link, now_ms);
            } else if self.payments.get(&id).is_some() {
                self.settle(&id, true, now_ms);
            } else if let Some(end) = self.refunds.get(&id).map(|refund| refund.end) {
                self.settle_refund(&id, end.is_some_and(|end| end.succeeds), now_ms);
            } else if self.expire(&id, now_ms).is_err() {
                tracing::debug!(checkout = %id, "was no longer open when its time came");
            }
        }
    }

    /// Tells once that a link's time is over; that it takes no more customers follows from its time alone.
    fn lapse(&mut self, mut link: Link, now_ms: i64) {
        link.expiry_told_ms = link.expires_ms;
        self.keep_link(link.clone());
        self.tell(link.face, EventKind::LinkExpired, Subject::Link(link), now_ms);
    }

    /// When `advance` or `due` has something to do next.
    #[must_use]
    pub fn next_due(&self, sending: &dyn Fn(&str) -> bool) -> Option<i64> {
        let timer = self.timers.first().map(|(due_ms, _)| *due_ms);
        let owed = self.owed.iter().find(|(_, id)| !sending(id)).map(|(due_ms, _)| *due_ms);
        timer.into_iter().chain(owed).min()
    }

    /// At most `most` webhooks to send now, the longest due first, without those on their way already.
    pub fn due(
        &self,
        now_ms: i64,
        most: usize,
        public_url: &str,
        sending: &dyn Fn(&str) -> bool,
    ) -> Vec<Parcel> {
        let due = self.owed.iter().take_while(|(due_ms, _)| *due_ms <= now_ms);
        let parcels = due.filter(|(_, id)| !sending(id)).filter_map(|(_, id)| self.parcel(id, public_url));
        parcels.take(most).collect()
    }

    /// How many endpoints still wait for the event.
    #[must_use]
    pub fn pending(&self, event: &str) -> usize {
        let waits = |endpoint: &&Endpoint| {
            let id = format!("{event}:{}", endpoint.id);
            self.deliveries.get(&id).is_some_and(|one| one.status == DeliveryStatus::Waiting)
        };
        self.endpoints.iter().filter(waits).count()
    }

    /// Books how an attempt ended.
    pub fn attempted(&mut self, delivery: &str, acknowledged: bool, now_ms: i64) {
        let Some(mut delivery) = self.deliveries.get(delivery).cloned() else { return };
        let Some(event) = self.events.get(&delivery.event) else { return };
        delivery.attempts = delivery.attempts.saturating_add(1);
        let (retries, age_ms) = (event.face.dialect().retries(), now_ms - event.at_ms);
        let wait = retries.after(delivery.attempts, age_ms, self.habits.retry_base_ms);
        match (acknowledged, wait) {
            (true, _) => delivery.status = DeliveryStatus::Acknowledged,
            (false, Some(wait_ms)) => delivery.due_ms = now_ms + wait_ms,
            (false, None) => delivery.status = DeliveryStatus::GivenUp,
        }
        self.keep_delivery(delivery);
    }

    fn parcel(&self, id: &str, public_url: &str) -> Option<Parcel> {
        let delivery = self.deliveries.get(id)?.clone();
        let event = self.events.get(&delivery.event)?.clone();
        let endpoint = self.endpoints.get(&delivery.endpoint)?.clone();
        let dialect = event.face.dialect();
        let body = dialect.webhook_body(&News {
            word: dialect.word(event.kind, &event.subject)?,
            event: &event,
            link: self.link_of(&event.subject),
            world: self,
            public_url,
            pending: self.pending(&event.id),
        });
        Some(Parcel { delivery, event, endpoint, body })
    }
}
