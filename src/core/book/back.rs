//! What was given back of a payment: by the provider's word, by what this counter asked for, and by what a
//! person says. Three that may each be behind the others, and each of which may be taken back.

use super::Book;
use crate::core::fact::Fact;
use crate::core::message::RefundSaid;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::refund::Refund;

impl Book {
    #[must_use]
    pub fn refund(&self, id: &str) -> Option<&Refund> {
        self.refunds.get(id)
    }

    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.values()
    }

    pub(super) fn refunds_of<'a>(&'a self, payment: &'a PaymentKey) -> impl Iterator<Item = &'a Refund> {
        self.refunds.values().filter(move |refund| refund.payment == *payment)
    }

    /// Minor units of this payment given back: in the provider's word, or in ours where that is behind; or by
    /// hand on top of it, until the provider has told of as much.
    #[must_use]
    pub fn given_back(&self, payment: &PaymentKey) -> i64 {
        let by_hand = self.by_hand(payment).last().map_or(0, |(_, sum)| *sum);
        self.told_back(payment).max(by_hand)
    }

    /// The same of all payments of a sale.
    #[must_use]
    pub fn given_back_of(&self, sale: &Reference) -> i64 {
        self.payments_of(sale).fold(0, |sum, payment| sum.saturating_add(self.given_back(payment)))
    }

    /// `given_back` without what a person says.
    #[must_use]
    pub fn told_back(&self, payment: &PaymentKey) -> i64 {
        let told = self.payments.get(payment).map_or(0, |paid| paid.refunded);
        let done = self.refunds_of(payment).filter(|refund| refund.said == Some(RefundSaid::Done));
        told.max(done.fold(0, |sum, refund| sum.saturating_add(refund.amount.minor)))
    }

    /// The refunds done by hand, and what was given back of the payment with each, at least.
    fn by_hand(&self, payment: &PaymentKey) -> Vec<(String, i64)> {
        let hands = self.refunds_of(payment).filter(|refund| !refund.told);
        let mut hands: Vec<_> = hands.filter_map(|refund| Some((refund.by_hand?, refund))).collect();
        hands.sort_by_key(|(then, _)| *then);
        let mut sum = 0_i64;
        let sums = hands.into_iter().map(|(then, refund)| {
            sum = sum.max(then).saturating_add(refund.amount.minor);
            (refund.id.clone(), sum)
        });
        sums.collect()
    }

    /// Given back, or taken by the provider to be. Its word on the payment may or may not have a pending
    /// refund in it, so it is not added: each refund that was taken makes it at least what was before, and this.
    fn taken(&self, payment: &PaymentKey) -> i64 {
        let taken = self.refunds_of(payment).filter(|refund| refund.is_taken());
        self.given_back(payment).max(taken.map(Refund::least).max().unwrap_or(0))
    }

    /// Minor units of refunds that failed after they were taken, which no later refund makes good.
    #[must_use]
    pub fn bounced(&self, payment: &PaymentKey) -> i64 {
        let mut open = 0_i64;
        for refund in self.refunds_of(payment) {
            let amount = refund.amount.minor;
            if refund.failed {
                open = open.saturating_add(amount);
            } else if refund.is_open() || refund.is_taken() || refund.by_hand.is_some() {
                open = open.saturating_sub(amount).max(0);
            }
        }
        open.min(self.left(payment))
    }

    /// Taken, and what may still be: no other refund may have it.
    #[must_use]
    pub fn promised(&self, payment: &PaymentKey) -> i64 {
        let open = self.refunds_of(payment).filter(|refund| refund.is_open() && !refund.is_taken());
        open.fold(self.taken(payment), |sum, refund| sum.saturating_add(refund.amount.minor))
    }

    /// What of this payment is there to give back.
    #[must_use]
    pub fn left(&self, payment: &PaymentKey) -> i64 {
        let amount = self.payments.get(payment).map_or(0, |paid| paid.amount.minor);
        amount.saturating_sub(self.promised(payment)).max(0)
    }

    pub(super) fn apply_to_refund(&mut self, fact: &Fact) {
        if let Fact::RefundIntended { refund, payment, reference, amount, .. } = fact
            && !self.refunds.contains_key(refund)
        {
            let before = self.taken(payment);
            let asked = Refund::new(refund.clone(), payment.clone(), reference.clone(), *amount, before);
            self.refunds.insert(refund.clone(), asked);
        }
        if let Fact::RefundAnswered { refund, said, reason, .. } = fact
            && let Some(known) = self.refunds.get_mut(refund)
        {
            let was_taken = known.is_taken();
            (known.said, known.reason) = (Some(*said), reason.clone());
            if was_taken && *said == RefundSaid::Refused {
                known.failed = true;
                let failed = known.clone();
                self.take_out(&failed);
            }
        }
        if let Fact::RefundedByHand { refund, refunded, .. } = fact
            && let Some(known) = self.refunds.get_mut(refund)
        {
            known.by_hand = Some(*refunded);
        }
    }

    /// Later refunds of the payment that were asked for on top of this one were not, after all.
    fn take_out(&mut self, failed: &Refund) {
        let later = self.refunds.values_mut().filter(|refund| refund.id > failed.id);
        for refund in later.filter(|refund| refund.payment == failed.payment) {
            if refund.before >= failed.least() {
                refund.before -= failed.amount.minor;
            }
        }
    }

    /// The provider's word on what was given back fell. What was done by hand and it had told of by then is
    /// its to tell from now on, and the rest is on top of less.
    pub(super) fn fall(&mut self, payment: &PaymentKey, from: i64, to: i64) {
        for (id, sum) in self.by_hand(payment) {
            let Some(refund) = self.refunds.get_mut(&id) else { continue };
            refund.told = sum <= from;
            refund.by_hand = refund.by_hand.map(|then| then.min(to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fact::Verdict;
    use crate::core::message::Notice;
    use crate::core::money::Currency;
    use crate::core::money::Money;
    use crate::core::payment::Mode;
    use crate::core::payment::PaymentStatus;

    fn key() -> PaymentKey {
        PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: "pi_1".into() }
    }

    /// The relay's `n`-th notice: so much of 12.50 EUR was given back.
    fn noticed(n: u64, refunded: i64) -> Fact {
        let status = match refunded {
            0 => PaymentStatus::Succeeded,
            1250 => PaymentStatus::Refunded,
            _ => PaymentStatus::PartiallyRefunded,
        };
        let notice = Notice {
            stream: "stream".into(),
            n,
            payment: key(),
            status,
            amount: 1250,
            currency: Currency::from_code("EUR").expect("a currency"),
            refunded,
            reference: None,
            at_unix_ms: 0,
            replay: false,
        };
        let verdict = (n == 1).then_some(Verdict::Counter);
        Fact::Noticed { notice, verdict, have: n, at_unix_ms: 0 }
    }

    fn intended(id: &str, minor: i64) -> Fact {
        let amount = Money::new(minor, Currency::from_code("EUR").expect("a currency"));
        Fact::RefundIntended { refund: id.into(), payment: key(), reference: None, amount, at_unix_ms: 0 }
    }

    fn answered(id: &str, said: RefundSaid) -> Fact {
        let (refund, reason) = (id.into(), String::new());
        Fact::RefundAnswered { refund, payment: key(), reference: None, said, reason, at_unix_ms: 0 }
    }

    fn by_hand(id: &str, refunded: i64) -> Fact {
        Fact::RefundedByHand { refund: id.into(), payment: key(), reference: None, refunded, at_unix_ms: 0 }
    }

    /// What is given back, what is left, and what came back of a refund.
    fn sums(facts: &[Fact]) -> (i64, i64, i64) {
        let mut book = Book::default();
        facts.iter().for_each(|fact| book.apply(fact));
        (book.given_back(&key()), book.left(&key()), book.bounced(&key()))
    }

    /// Every order of `rest`.
    fn orders(rest: &[Fact]) -> Vec<Vec<Fact>> {
        if rest.is_empty() {
            return vec![Vec::new()];
        }
        let first = |at: usize| {
            let mut others = rest.to_vec();
            let fact = others.remove(at);
            orders(&others).into_iter().map(move |order| [vec![fact.clone()], order].concat())
        };
        (0..rest.len()).flat_map(first).collect()
    }

    #[test]
    fn notices_of_a_refund_that_failed_end_alike_in_every_order_and_however_often_they_come() {
        let later = [noticed(2, 500), noticed(3, 0), noticed(4, 200), noticed(3, 0), noticed(2, 500)];
        let mut seen = 0;
        for order in orders(&later) {
            let facts = [vec![noticed(1, 0)], order].concat();
            assert_eq!(sums(&facts), (200, 1050, 0), "{facts:?}");
            seen += 1;
        }
        assert_eq!(seen, 120);
    }

    #[test]
    fn a_refund_that_fails_after_it_was_done_is_not_given_back_until_it_is_made_good() {
        let done = [noticed(1, 0), intended("a", 500), answered("a", RefundSaid::Done), noticed(2, 500)];
        assert_eq!(sums(&done), (500, 750, 0));
        for order in orders(&[answered("a", RefundSaid::Refused), noticed(3, 0)]) {
            let facts = [&done[..], &order].concat();
            assert_eq!(sums(&facts), (0, 1250, 500));
            let again = [&facts[..], &[intended("b", 500)]].concat();
            assert_eq!(sums(&again), (0, 750, 0), "it is on its way again");
            let refused = [&again[..], &[answered("b", RefundSaid::Refused)]].concat();
            assert_eq!(sums(&refused), (0, 1250, 500), "and was not taken");
        }
    }

    #[test]
    fn what_was_asked_for_on_top_of_a_refund_that_failed_is_there_alone() {
        let facts = [
            noticed(1, 0),
            intended("a", 700),
            answered("a", RefundSaid::Done),
            noticed(2, 700),
            intended("b", 300),
            answered("b", RefundSaid::Pending),
            answered("a", RefundSaid::Refused),
            noticed(3, 0),
        ];
        assert_eq!(sums(&facts), (0, 950, 400), "what is under way makes a part of it good");
    }

    #[test]
    fn refunds_by_hand_count_by_their_sum_until_the_provider_tells_of_as_much() {
        let hands = [
            noticed(1, 0),
            intended("a", 500),
            answered("a", RefundSaid::Unsupported),
            intended("b", 300),
            answered("b", RefundSaid::Unsupported),
            by_hand("a", 0),
            by_hand("b", 0),
        ];
        for (told, back) in [(0, 800), (300, 800), (500, 800), (800, 800), (900, 900)] {
            let facts = [&hands[..], &[noticed(2, told)]].concat();
            assert_eq!(sums(&facts).0, back, "{told} told");
        }
        let late = [&hands[..6], &[noticed(2, 500), by_hand("b", 500)]].concat();
        assert_eq!(sums(&late).0, 800, "the second is on top of what was told");
        let fell = [&hands[..], &[noticed(2, 800), noticed(3, 300)]].concat();
        assert_eq!(sums(&fell).0, 300, "the provider knew of both, and one failed");
        let other = [&hands[..], &[noticed(2, 100), noticed(3, 0)]].concat();
        assert_eq!(sums(&other).0, 800, "it knew of neither");
    }
}
