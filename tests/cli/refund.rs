//! `qrtill refund` against the sandbox's bank: once, in parts, and never twice by a repeat.

use serde_json::Value;

use crate::merchant::Merchant;
use crate::support::Said;
use crate::support::path;
use crate::support::qrtill;

impl Merchant {
    fn refund(&self, line: &[&str]) -> Said {
        let config = self.shop.file("relay.toml");
        qrtill(&[&["refund", "--config", path(&config)], line].concat())
    }

    /// A payment of 12.50 over a link of its own.
    fn sold(&self) -> String {
        let made = self.json(&["create", "Bread", "--amount", "12.50 EUR", "--once"]);
        self.pay(made["url"].as_str().expect("a URL"), "outcome=paid");
        self.bank.ledger().payments.last().expect("a payment").id.clone()
    }

    fn given_back(&self) -> Vec<i64> {
        self.bank.ledger().refunds.iter().map(|refund| refund.amount.minor).collect()
    }
}

#[test]
fn parts_and_the_rest_are_given_back_and_a_repeat_gives_nothing_twice() {
    let merchant = Merchant::new();
    let payment = merchant.sold();
    let part = merchant.refund(&[&payment, "5.00", "EUR", "--json", "--reason", "stale"]);
    assert_eq!(part.code, 0, "{}", part.err);
    let told: Value = serde_json::from_str(&part.out).expect("JSON");
    assert_eq!((&told["amount"], &told["status"]), (&500.into(), &"succeeded".into()));
    assert_eq!((&told["repeated"], &told["reason"]), (&false.into(), &"stale".into()));
    let again = merchant.refund(&[&payment, "5.00"]);
    assert!(again.code == 0 && again.out.contains("given back before"), "{}{}", again.out, again.err);
    assert_eq!(merchant.given_back(), [500]);
    assert_eq!(merchant.refund(&[&payment, "5", "--key", "second"]).code, 0);
    assert_eq!(merchant.refund(&[&payment]).code, 0);
    assert_eq!(merchant.given_back(), [500, 500, 250]);
    let over = merchant.refund(&[&payment]);
    assert!(over.code == 65 && over.err.contains("nothing is left"), "{}", over.err);
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let merchant = Merchant::new();
    let payment = merchant.sold();
    for (line, code, words) in [
        (&[payment.as_str(), "20"][..], 65, "unrefunded amount"),
        (&[payment.as_str(), "5", "USD"], 64, "the payment is in EUR"),
        (&[payment.as_str(), "5.001"], 64, "2 digits"),
        (&[payment.as_str(), "0"], 64, "nothing is no refund"),
        (&["pi_nobody"], 65, "pi_nobody"),
        (&["counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R"], 65, "no payment of counter-1"),
    ] {
        let said = merchant.refund(line);
        assert!(said.code == code && said.err.contains(words), "{line:?}: {} {}", said.code, said.err);
    }
    assert_eq!(merchant.given_back(), Vec::<i64>::new());
    let by_hand = merchant.refund(&[&payment, "--by-hand"]);
    assert!(by_hand.out.contains("12.50 EUR left") && merchant.given_back().is_empty(), "{}", by_hand.out);
}
