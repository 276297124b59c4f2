//! What falls due: checkouts that lapse, delayed payments that settle by themselves, webhooks to send
//! and to send again. Says when to wake up; sending is `delivery`'s.

use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::Delivery;
use crate::sandbox::bank::model::DeliveryStatus;
use crate::sandbox::bank::model::Endpoint;
use crate::sandbox::bank::model::Event;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::world::World;

/// Stripe's own numbers: retries double from a minute up to half a day, for three days in all.
pub const RETRY_BASE_MS: i64 = 60_000;
const RETRY_CAP: i64 = 720;
const RETRY_SPAN: i64 = 4_320;

/// How long to wait after failed attempt number `attempts` (1 for the first), `age_ms` after the event;
/// `None` when the bank gives up. Cap and span shrink with the base.
#[must_use]
pub fn retry_after(attempts: u32, age_ms: i64, base_ms: i64) -> Option<i64> {
    let doubled = 1_i64.checked_shl(attempts.saturating_sub(1).min(62)).unwrap_or(i64::MAX);
    let wait = base_ms.saturating_mul(doubled.min(RETRY_CAP));
    (age_ms.saturating_add(wait) <= base_ms.saturating_mul(RETRY_SPAN)).then_some(wait)
}

/// One webhook to send now.
#[derive(Clone)]
pub struct Parcel {
    pub delivery: Delivery,
    pub event: Event,
    pub endpoint: Endpoint,
    /// Endpoints that have not acknowledged this event yet, this one included.
    pub pending: usize,
}

impl World {
    pub(super) fn time_checkout(&mut self, checkout: &Checkout) {
        if let Some(before) = self.checkouts.get(&checkout.id) {
            self.timers.remove(&(before.expires_ms, before.id.clone()));
        }
        if checkout.status == CheckoutStatus::Open {
            self.timers.insert((checkout.expires_ms, checkout.id.clone()));
        }
    }

    pub(super) fn time_payment(&mut self, payment: &Payment) {
        let Some(life_ms) = self.habits.pending_settles_ms else { return };
        let begun = payment.last_attempt().map_or(payment.created_ms, |attempt| attempt.at_ms);
        let due = (begun + life_ms, payment.id.clone());
        if payment.status == PaymentStatus::Processing {
            self.timers.insert(due);
        } else {
            self.timers.remove(&due);
        }
    }

    /// Does what time alone does: open checkouts lapse, delayed payments settle.
    pub fn advance(&mut self, now_ms: i64) {
        while let Some((due_ms, id)) = self.timers.first().cloned().filter(|(due_ms, _)| *due_ms <= now_ms) {
            self.timers.remove(&(due_ms, id.clone()));
            if self.payments.get(&id).is_some() {
                self.settle(&id, true, now_ms);
            } else if self.expire(&id, now_ms).is_err() {
                tracing::debug!(checkout = %id, "was no longer open when its time came");
            }
        }
    }

    /// When `advance` or `due` has something to do next.
    #[must_use]
    pub fn next_due(&self, sending: &dyn Fn(&str) -> bool) -> Option<i64> {
        let timer = self.timers.first().map(|(due_ms, _)| *due_ms);
        let owed = self.owed.iter().find(|(_, id)| !sending(id)).map(|(due_ms, _)| *due_ms);
        timer.into_iter().chain(owed).min()
    }

    /// At most `most` webhooks to send now, the longest due first, without those on their way already.
    pub fn due(&self, now_ms: i64, most: usize, sending: &dyn Fn(&str) -> bool) -> Vec<Parcel> {
        let due = self.owed.iter().take_while(|(due_ms, _)| *due_ms <= now_ms);
        due.filter(|(_, id)| !sending(id)).filter_map(|(_, id)| self.parcel(id)).take(most).collect()
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
        let happened_ms = self.events.get(&delivery.event).map_or(now_ms, |event| event.at_ms);
        delivery.attempts = delivery.attempts.saturating_add(1);
        let wait = retry_after(delivery.attempts, now_ms - happened_ms, self.habits.retry_base_ms);
        match (acknowledged, wait) {
            (true, _) => delivery.status = DeliveryStatus::Acknowledged,
            (false, Some(wait_ms)) => delivery.due_ms = now_ms + wait_ms,
            (false, None) => delivery.status = DeliveryStatus::GivenUp,
        }
        self.keep_delivery(delivery);
    }

    fn parcel(&self, id: &str) -> Option<Parcel> {
        let delivery = self.deliveries.get(id)?.clone();
        let event = self.events.get(&delivery.event)?.clone();
        let endpoint = self.endpoints.get(&delivery.endpoint)?.clone();
        let pending = self.pending(&event.id);
        Some(Parcel { delivery, event, endpoint, pending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_double_to_half_a_day_and_end_after_three_days() {
        let mut age_ms = 0;
        let mut waits = Vec::new();
        while let Some(wait_ms) = retry_after(waits.len() as u32 + 1, age_ms, RETRY_BASE_MS) {
            waits.push(wait_ms / 60_000);
            age_ms += wait_ms;
        }
        assert_eq!(waits[..11], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720]);
        assert!(age_ms <= 3 * 86_400_000, "gave up after {age_ms} ms");
        assert!(age_ms > 2 * 86_400_000, "gave up after {age_ms} ms");
    }

    #[test]
    fn a_shorter_base_shortens_everything_alike() {
        assert_eq!(retry_after(1, 0, 10), Some(10));
        assert_eq!(retry_after(3, 0, 10), Some(40));
        assert_eq!(retry_after(60, 0, 10), Some(7_200));
        assert_eq!(retry_after(1, 43_200, 10), None);
    }
}
