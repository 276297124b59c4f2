//! One or more views of every scene, with the longest links, amounts and words that are realistic: what
//! `draw` shows and the pictures in the tests are made of.

use crate::core::device::Missing;
use crate::core::fact::Verdict;
use crate::core::message::CloseReason;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::core::scene::Deaf;
use crate::core::scene::EntryRefusal;
use crate::core::scene::Pairing;
use crate::core::scene::PaymentRow;
use crate::core::scene::PinAct;
use crate::core::scene::SaleResult;
use crate::core::scene::Scene;
use crate::core::scene::Strip;
use crate::core::scene::StripNews;
use crate::core::scene::View;
use crate::core::view;

/// The currency of samples unless another is asked for.
pub const EUR: &str = "EUR";

/// The shop's name on samples.
pub const SHOP: &str = "Corner Bakery";

/// A one-off link as Stripe writes it.
const ONE_OFF: &str = "https://buy.stripe.com/14A5kE3hX8Zb2Wc7sMfQk0f";

/// When the samples are: 2026-11-20 14:02 UTC.
pub const AT_UNIX_MS: i64 = 1_795_183_320_000;

/// What a system says of a refund that it refuses.
const REASON: &str = "Refund amount (12.50 EUR) is greater than unrefunded amount on charge (7.50 EUR)";

/// A view with the name its picture has: a scene's name, or that and a variant.
pub struct Sample {
    pub name: &'static str,
    pub view: View,
}

/// Every sample, in the scenes' order; amounts in the currency of that code, or in EUR.
#[must_use]
pub fn all(currency: &str) -> Vec<Sample> {
    let currency = Currency::from_code(currency).or_else(|| Currency::from_code(EUR));
    let make = Make { currency: currency.expect("EUR is a currency") };
    let mut samples = make.before();
    samples.extend(make.code());
    samples.extend(make.results());
    samples.extend(make.cashier());
    samples.extend(make.refunds());
    samples
}

struct Make {
    currency: Currency,
}

impl Make {
    /// `units` in hundredths of what people count in.
    fn money(&self, hundredths: i64) -> Money {
        let minor = match self.currency.exponent() {
            0 => hundredths,
            digits => hundredths * 10_i64.pow(digits) / 100,
        };
        Money::new(minor, self.currency)
    }

    fn before(&self) -> Vec<Sample> {
        let amount = self.money(1250);
        let entering = |amount, refused| Scene::Entering { amount, refused };
        let limit = self.money(100_000);
        vec![
            sample("starting", Scene::Starting),
            sample("idle", Scene::Idle { standing: None, closed: false }),
            sample("idle-standing", Scene::Idle { standing: Some(reusable(None)), closed: false }),
            sample("idle-closed", Scene::Idle { standing: None, closed: true }),
            self.with_strip(
                sample("idle-strip", Scene::Idle { standing: None, closed: false }),
                StripNews::Late,
            ),
            without(sample("idle-keypad", Scene::Idle { standing: None, closed: false }), Missing::Keypad),
            without(
                sample("idle-standing-keypad", Scene::Idle { standing: Some(reusable(None)), closed: false }),
                Missing::Keypad,
            ),
            sample("entering", entering(amount, None)),
            sample("entering-large", entering(self.money(123_456_789), None)),
            sample("entering-zero", entering(self.money(0), Some(EntryRefusal::Zero))),
            sample("entering-point", entering(self.money(0), Some(EntryRefusal::decimals(self.currency)))),
            sample("entering-over", entering(amount, Some(EntryRefusal::OverLimit { limit }))),
            sample("confirm", Scene::Confirm { amount: self.money(50_000) }),
            sample("preparing", Scene::Preparing { amount }),
            without(sample("preparing-panel", Scene::Preparing { amount }), Missing::Panel),
        ]
    }

    fn code(&self) -> Vec<Sample> {
        let amount = self.money(1250);
        let scan = |url: String, left_s, declined| Scene::Scan { amount, url, left_s, declined };
        let one_off = || ONE_OFF.to_owned();
        vec![
            sample("scan", scan(one_off(), None, false)),
            sample("scan-reference", scan(reusable(Some(amount)), None, false)),
            sample("scan-declined", scan(one_off(), None, true)),
            sample("scan-left", scan(one_off(), Some(25), false)),
            without(sample("scan-cashier", scan(one_off(), Some(9), true)), Missing::CashierPanel),
            self.with_strip(sample("scan-strip", scan(one_off(), Some(9), true)), StripNews::Duplicate),
            sample("processing", Scene::Processing { amount }),
            sample("closing", Scene::Closing { amount, why: CloseReason::Expired }),
        ]
    }

    fn results(&self) -> Vec<Sample> {
        let amount = self.money(1250);
        let (less, more) = (self.money(1000), self.money(1500));
        let paid = || Scene::Paid { amount, reference: Some(reference(1)) };
        vec![
            sample("paid", paid()),
            self.with_strip(sample("paid-strip", paid()), StripNews::Counter),
            sample("short", Scene::Short { due: amount, received: less }),
            sample("over", Scene::Over { due: amount, received: more }),
            sample("late", Scene::Late { amount, opened_unix_ms: AT_UNIX_MS }),
            sample("duplicate", Scene::Duplicate { amount, extra: amount }),
            sample("expired", Scene::Expired { amount }),
            sample("failed", Scene::Failed { amount, shown: true }),
            sample("failed-nocode", Scene::Failed { amount, shown: false }),
            sample("cancelled", Scene::Cancelled { amount }),
            sample("unknown", Scene::Unknown { amount, in_progress: false }),
            sample("unknown-progress", Scene::Unknown { amount, in_progress: true }),
            sample("unavailable", Scene::Unavailable { why: Deaf::NoBroker, amount: None, shown: false }),
            sample(
                "unavailable-sale",
                Scene::Unavailable { why: Deaf::NotServing, amount: Some(amount), shown: false },
            ),
            sample(
                "unavailable-shown",
                Scene::Unavailable { why: Deaf::NotServing, amount: Some(amount), shown: true },
            ),
        ]
    }

    fn cashier(&self) -> Vec<Sample> {
        let amount = self.money(1250);
        let list = |rows, picked| Scene::LastPayments { rows, picked };
        vec![
            sample("ask", Scene::Ask { amount }),
            sample("pin", Scene::Pin { typed: 3, wrong: false, act: PinAct::Refund }),
            sample("pin-wrong", Scene::Pin { typed: 0, wrong: true, act: PinAct::SettleByHand }),
            sample("last_payments", list(self.rows(), 2)),
            sample("last_payments-none", list(Vec::new(), 0)),
            sample("pairing", pairing(Pairing::Waiting)),
            sample("pairing-nobroker", pairing(Pairing::NoBroker)),
            sample("pairing-byhand", pairing(Pairing::ByHand)),
            sample("pairing-foreign", pairing(Pairing::Foreign)),
            sample("pairing-refused", pairing(Pairing::Refused)),
            sample("paused", Scene::Paused),
            sample("message", Scene::Message { text: "We are back at two o'clock.".into() }),
        ]
    }

    fn refunds(&self) -> Vec<Sample> {
        let (paid, amount) = (self.money(1250), self.money(500));
        let refund = |left, amount, refused| Scene::Refund { paid, left, amount, refused };
        let limit = self.money(750);
        let over = refund(limit, self.money(1000), Some(EntryRefusal::OverLimit { limit }));
        let [whole, part, unknown] = self.picked();
        let bounced = PaymentRow { bounced: paid.minor, ..whole.clone() };
        vec![
            sample("payment", Scene::Payment { row: whole, left: paid }),
            sample("payment-part", Scene::Payment { row: part, left: limit }),
            self.with_strip(
                sample("payment-bounced", Scene::Payment { row: bounced, left: paid }),
                StripNews::Bounced,
            ),
            sample("payment-unknown", Scene::Payment { row: unknown, left: self.money(0) }),
            sample("refund", refund(paid, amount, None)),
            sample("refund-left", refund(limit, amount, None)),
            sample("refund-over", over),
            sample("refunding", Scene::Refunding { amount }),
            sample("refunded", Scene::Refunded { amount, pending: false }),
            sample("refunded-pending", Scene::Refunded { amount, pending: true }),
            sample("refund_refused", Scene::RefundRefused { amount, reason: REASON.into() }),
            sample("refund_by_hand", Scene::RefundByHand { amount, system: "yabetoo".into() }),
            sample("refund_unknown", Scene::RefundUnknown { amount }),
            self.with_strip(
                sample("refund_unknown-strip", Scene::RefundUnknown { amount }),
                StripNews::NotRefunded,
            ),
        ]
    }

    fn picked(&self) -> [PaymentRow; 3] {
        let row = |result, refunded| PaymentRow {
            amount: self.money(1250),
            at_unix_ms: AT_UNIX_MS,
            result,
            loose: None,
            refunded,
            bounced: 0,
            reference: Some(reference(1)),
        };
        let part = self.money(500).minor;
        [(SaleResult::Paid, 0), (SaleResult::Paid, part), (SaleResult::Unknown, 0)]
            .map(|(result, refunded)| row(result, refunded))
    }

    fn rows(&self) -> Vec<PaymentRow> {
        use SaleResult::*;
        let results = [Paid, Paid, Short, Late, Over, Failed, Expired, Cancelled, Unknown, Open, Over, Paid];
        let loose = |index| match index {
            1 => Some(Verdict::Counter),
            10 => Some(Verdict::Duplicate),
            11 => Some(Verdict::Foreign),
            _ => None,
        };
        let row = |(index, result): (i64, SaleResult)| PaymentRow {
            amount: self.money(1250 + index * 4217),
            at_unix_ms: AT_UNIX_MS - index * 7 * 60_000,
            result,
            loose: loose(index),
            refunded: if index == 3 { self.money(500).minor } else { 0 },
            bounced: 0,
            reference: loose(index).is_none().then(|| reference(index)),
        };
        (0..).zip(results).map(row).collect()
    }

    fn with_strip(&self, sample: Sample, news: StripNews) -> Sample {
        let amount = self.money(123_450);
        let strip = Strip { news, amount, at_unix_ms: AT_UNIX_MS, payment: None };
        Sample { view: View { strip: Some(strip), ..sample.view }, ..sample }
    }
}

fn without(sample: Sample, missing: Missing) -> Sample {
    Sample { view: View { missing: Some(missing), ..sample.view }, ..sample }
}

/// With the keys that do something there. Nothing was sold yet on the plain idle counter: there is nothing to repeat.
fn sample(name: &'static str, scene: Scene) -> Sample {
    let hints = view::hints(&scene, true, name != "idle");
    Sample { name, view: View { scene, strip: None, missing: None, hints } }
}

fn pairing(state: Pairing) -> Scene {
    let (code, fingerprint) = ("K7QX-42MD-9FHT-3VWZ".to_owned(), "9f3a 5c21 77e0 b48d".to_owned());
    Scene::Pairing { code, fingerprint, state }
}

/// A reference of the greatest length, 67 characters.
fn reference(index: i64) -> Reference {
    let terminal: TerminalId =
        "counter-at-the-window-of-the-high-street".parse().expect("40 legal characters");
    Reference::mint(&terminal, AT_UNIX_MS, 0x5EED_0000_0000_0000_0000 + index as u128)
}

/// A reusable link; with an amount also the longest realistic query: reference and proposed amount.
fn reusable(amount: Option<Money>) -> String {
    match amount {
        None => "https://buy.stripe.com/5kQ9AT0vJ4JV1S8fZidMI01".to_owned(),
        Some(money) => format!(
            "https://buy.stripe.com/5kQ9AT0vJ4JV1S8fZidMI01?client_reference_id={}&__prefilled_amount={}",
            reference(7),
            money.minor
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scene_has_a_sample_named_after_it() {
        let samples = all(EUR);
        let names: BTreeSet<_> = samples.iter().map(|sample| sample.name).collect();
        assert_eq!(names.len(), samples.len());
        let scenes: BTreeSet<_> = samples.iter().map(|sample| sample.view.scene.name()).collect();
        assert_eq!(scenes.len(), 31);
        for sample in &samples {
            assert!(sample.name.starts_with(sample.view.scene.name()), "{}", sample.name);
        }
        assert!(scenes.iter().all(|scene| names.contains(scene)));
    }
}
