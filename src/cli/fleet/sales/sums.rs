//! What terminals answer of their books, added up.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::reference::TerminalId;

/// Of one currency, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    pub currency: Currency,
    /// Sales and payments that brought money.
    pub paid: u64,
    pub received: i64,
    pub refunded: i64,
    /// Sales whose end is not known: more may come.
    pub open: u64,
}

impl Sums {
    const fn none(currency: Currency) -> Self {
        Self { currency, paid: 0, received: 0, refunded: 0, open: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.paid += other.paid;
        self.open += other.open;
        self.received = self.received.saturating_add(other.received);
        self.refunded = self.refunded.saturating_add(other.refunded);
    }

    /// By currency.
    #[must_use]
    pub fn of(data: &Value) -> Vec<Self> {
        let one = |total: &Value| {
            let count = total["count"].as_u64()?;
            let received = total["received"].as_i64()?;
            let open = matches!(total["label"].as_str(), Some("open" | "unknown"));
            Some(Self {
                currency: Currency::from_code(total["currency"].as_str()?)?,
                paid: if received > 0 { count } else { 0 },
                received,
                refunded: total["refunded"].as_i64()?,
                open: if open { count } else { 0 },
            })
        };
        by_currency(data["totals"].as_array().into_iter().flatten().filter_map(one))
    }

    #[must_use]
    pub fn total(each: &[(&TerminalId, Vec<Self>)]) -> Vec<Self> {
        by_currency(each.iter().flat_map(|(_, all)| all.iter().cloned()))
    }

    /// Received, given back, and what is left.
    #[must_use]
    pub fn money(&self) -> [String; 3] {
        let kept = self.received.saturating_sub(self.refunded);
        [self.received, self.refunded, kept].map(|minor| Money::new(minor, self.currency).to_string())
    }

    #[must_use]
    pub fn value(&self) -> Value {
        json!({ "currency": self.currency.code(), "payments": self.paid, "received": self.received,
            "refunded": self.refunded, "open": self.open })
    }
}

fn by_currency(all: impl Iterator<Item = Sums>) -> Vec<Sums> {
    let mut sums: BTreeMap<Currency, Sums> = BTreeMap::new();
    for one in all {
        sums.entry(one.currency).or_insert(Sums::none(one.currency)).add(&one);
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_kept_apart_and_what_is_open_is_counted_and_not_added() {
        let total = |label: &str, currency: &str, count: u64, received: i64, refunded: i64| {
            json!({ "label": label, "currency": currency, "count": count, "amount": 9, "received": received,
                "refunded": refunded })
        };
        let data = json!({ "totals": [total("paid", "EUR", 2, 2500, 500), total("counter", "EUR", 1, 100, 0),
            total("unknown", "EUR", 1, 0, 0), total("expired", "EUR", 5, 0, 0), total("paid", "JPY", 1, 300, 0)] });
        let sums = Sums::of(&data);
        let euro = &sums[0];
        assert_eq!((sums.len(), euro.paid, euro.received, euro.refunded, euro.open), (2, 3, 2600, 500, 1));
        let id: TerminalId = "counter-1".parse().expect("an id");
        let all = Sums::total(&[(&id, sums.clone()), (&id, sums)]);
        assert_eq!((all[0].received, all[1].received), (5200, 600));
    }
}
