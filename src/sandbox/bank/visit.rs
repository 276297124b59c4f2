//! A visit to the hosted page: who comes, what is known of the customer, and that the time on it runs out.

use crate::core::money::Money;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::face::Visitor;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::pay::NotPaid;
use crate::sandbox::bank::world::World;

impl World {
    /// A customer opens the page. A proposed amount is ignored where the amount is fixed.
    pub fn visit(&mut self, link: &str, visitor: Visitor, now_ms: i64) -> Result<Checkout, NotPaid> {
        let link = self.links.get(link).ok_or(NotPaid::Unknown)?.clone();
        if !link.active {
            return Err(NotPaid::Closed);
        }
        if link.expired(now_ms) {
            return Err(NotPaid::Expired);
        }
        let (amount, prefill) = match link.pricing() {
            Pricing::Fixed(sum) => (Some(sum), None),
            Pricing::Open { preset, .. } => (None, visitor.prefill.filter(|sum| *sum > 0).or(preset)),
        };
        let leaves_ms = now_ms + self.habits.checkout_life_ms;
        let methods = || link.face.dialect().methods().iter().map(|name| (*name).to_owned()).collect();
        let mut checkout = Checkout {
            id: self.id(link.face, Thing::Checkout),
            seq: self.next_seq(),
            face: link.face,
            link: link.id.clone(),
            code: link.code.clone(),
            created_ms: now_ms,
            expires_ms: link.expires_ms.map_or(leaves_ms, |expires_ms| expires_ms.min(leaves_ms)),
            status: CheckoutStatus::Open,
            paid: false,
            currency: link.currency,
            amount,
            prefill,
            reference: visitor.reference,
            metadata: link.metadata.clone(),
            details: Default::default(),
            payment: None,
            methods: link.methods.clone().unwrap_or_else(methods),
        };
        if let Some(minor) = amount.filter(|_| link.face.dialect().begins_on_visit()) {
            let amount = Money::new(minor, link.currency);
            let payment = self.payment_of(&mut checkout, &link, amount, now_ms);
            self.keep_payment(payment);
        }
        self.keep_checkout(checkout.clone());
        Ok(checkout)
    }

    /// What the customer says of itself, to be kept with the payment that follows.
    pub fn introduce(&mut self, checkout: &str, details: Metadata) {
        let Some(checkout) = self.checkouts.get(checkout).filter(|one| one.details != details) else {
            return;
        };
        self.keep_checkout(Checkout { details, ..checkout.clone() });
    }

    /// Ends an open checkout without money. The error is the status it has instead of open; `None`
    /// there means that no such checkout exists.
    pub fn expire(&mut self, checkout: &str, now_ms: i64) -> Result<Checkout, Option<CheckoutStatus>> {
        let mut checkout = self.checkouts.get(checkout).ok_or(None)?.clone();
        if checkout.status != CheckoutStatus::Open {
            return Err(Some(checkout.status));
        }
        checkout.status = CheckoutStatus::Expired;
        checkout.expires_ms = checkout.expires_ms.min(now_ms);
        self.keep_checkout(checkout.clone());
        let abandoned = checkout.payment.as_ref().and_then(|id| self.payments.get(id)).cloned();
        if let Some(mut payment) = abandoned.filter(|payment| payment.status == PaymentStatus::Waiting) {
            let word = if payment.face.dialect().begins_on_visit() {
                payment.status = PaymentStatus::Expired;
                EventKind::PaymentExpired
            } else {
                payment.status = PaymentStatus::Canceled;
                payment.canceled_ms = Some(now_ms);
                EventKind::PaymentCanceled
            };
            self.keep_payment(payment.clone());
            self.tell(payment.face, word, Subject::Payment(payment), now_ms);
        }
        let told = Subject::Checkout(checkout.clone());
        self.tell(checkout.face, EventKind::CheckoutExpired, told, now_ms);
        Ok(checkout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bank::outcome::Outcome;
    use crate::sandbox::bank::subject::kinds;
    use crate::sandbox::bank::subject::world;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_visit_lapses_when_its_time_is_over_and_takes_its_declined_payment_along() {
        let mut world = world(None);
        let visit = world.visit("link", Visitor::default(), 0).expect("a visit");
        world.attempt(&visit.id, Outcome::Declined, None, 5).expect("an attempt");
        world.advance(DAY_MS - 1);
        assert_eq!(world.checkouts.get(&visit.id).map(|one| one.status), Some(CheckoutStatus::Open));
        world.advance(DAY_MS);
        assert_eq!(world.attempt(&visit.id, Outcome::Paid, None, DAY_MS), Err(NotPaid::Expired));
        assert_eq!(kinds(&world)[2..], [EventKind::PaymentCanceled, EventKind::CheckoutExpired]);
    }

    #[test]
    fn time_closes_a_link_and_the_pages_opened_before() {
        let mut world = world(None);
        let mut link = world.links.get("link").expect("a link").clone();
        link.expires_ms = Some(50);
        world.keep_link(link);
        let visit = world.visit("link", Visitor::default(), 49).expect("a visit");
        world.advance(50);
        assert_eq!(world.attempt(&visit.id, Outcome::Paid, None, 50), Err(NotPaid::Expired));
        assert_eq!(world.visit("link", Visitor::default(), 50), Err(NotPaid::Expired));
        assert_eq!(world.next_due(&|_| false), None, "it is told once");
    }
}
