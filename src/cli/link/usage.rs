//! How often a link was used: opened, paid and what came of it, as far as the system tells.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shown::utc;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::cli::table::aligned;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::PaymentStatus;
use crate::core::reference::Reference;
use crate::http::system::System;
use crate::port::provider::LinkState;
use crate::port::provider::Payment;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    Day,
    Terminal,
}

/// Of a whole link; absent is what the system does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub opened: Option<u32>,
    pub paid: Option<u32>,
}

/// A day, or whose money it is, in the order of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// UTC.
    Day(String),
    Terminal(String),
    /// Money without a reference: it came over a counter's own link, or another link of the shop's.
    Counter,
    /// A reference that is no sale's.
    Foreign,
}

/// One row. Money is in minor units by currency, what was received before refunds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Use {
    opened: Option<u32>,
    paid: u32,
    received: BTreeMap<String, i64>,
    refunded: BTreeMap<String, i64>,
}

/// A row as programs read it.
#[derive(Serialize)]
struct Json<'a> {
    kind: &'static str,
    name: &'a str,
    #[serde(flatten)]
    used: &'a Use,
}

impl Group {
    fn of(payment: &Payment, by: By) -> Self {
        match (by, &payment.reference) {
            (By::Day, _) => Self::Day(utc(payment.at_unix_ms)[..10].to_owned()),
            (By::Terminal, None) => Self::Counter,
            (By::Terminal, Some(text)) => match text.parse::<Reference>() {
                Ok(reference) => Self::Terminal(reference.terminal().to_string()),
                Err(_) => Self::Foreign,
            },
        }
    }

    /// The kind tells a terminal that has one of the others' names from them.
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Day(day) => ("day", day),
            Self::Terminal(id) => ("terminal", id),
            Self::Counter => ("counter", "counter"),
            Self::Foreign => ("foreign", "foreign"),
        }
    }
}

/// Counts what came over this link.
pub async fn count(shop: &Shop, link: &LinkState) -> Result<Counts, Failure> {
    let can = shop.system.provider().capabilities();
    if !can.list_payments {
        return Ok(Counts { opened: None, paid: link.payments });
    }
    let listed = shop.payments(&link.id).await?;
    let paid = number(listed.iter().filter(|payment| payment.status.is_money()).count());
    let opened = if !can.list_unpaid {
        None
    } else if can.open_checkouts {
        // One that is open is listed with the payments too once it was tried.
        let ended = listed.iter().filter(|payment| !is_open(payment)).count();
        Some(number(ended + shop.open_checkouts(&link.id).await?.len()))
    } else {
        Some(number(listed.len()))
    };
    Ok(Counts { opened, paid: link.payments.or(Some(paid)) })
}

fn is_open(payment: &Payment) -> bool {
    matches!(payment.status, PaymentStatus::Open | PaymentStatus::RequiresAction)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The sums of each day or terminal.
#[must_use]
pub fn told(system: &System, payments: &[Payment], by: By, json: bool) -> String {
    let unpaid = system.provider().capabilities().list_unpaid;
    let uses = sums(payments, by, unpaid);
    if json {
        let row = |(group, used)| {
            let (kind, name) = Group::words(group);
            Json { kind, name, used }
        };
        let rows: Vec<_> = uses.iter().map(row).collect();
        return serde_json::to_string_pretty(&rows).expect("sums have text keys and no floats") + "\n";
    }
    if uses.is_empty() {
        return "no payments\n".to_owned();
    }
    let table = table(&uses, by);
    let name = system.provider().name();
    if unpaid { table } else { format!("{table}\nopened is not told by {name}: it lists what was paid\n") }
}

fn sums(payments: &[Payment], by: By, unpaid: bool) -> BTreeMap<Group, Use> {
    let mut uses: BTreeMap<Group, Use> = BTreeMap::new();
    for payment in payments {
        let used = uses.entry(Group::of(payment, by)).or_default();
        used.opened = unpaid.then(|| used.opened.unwrap_or(0) + 1);
        if payment.status.is_money() {
            let code = payment.amount.currency.code().to_owned();
            let add = |sums: &mut BTreeMap<String, i64>, minor: i64| {
                let sum = sums.entry(code.clone()).or_default();
                *sum = sum.saturating_add(minor);
            };
            used.paid += 1;
            add(&mut used.received, payment.amount.minor);
            add(&mut used.refunded, payment.refunded);
        }
    }
    uses
}

fn table(uses: &BTreeMap<Group, Use>, by: By) -> String {
    let first = match by {
        By::Day => "DAY (UTC)",
        By::Terminal => "TERMINAL",
    };
    let head = [first, "OPENED", "PAID", "RECEIVED", "REFUNDED"].map(str::to_owned);
    let rows = uses.iter().map(|(group, used)| {
        let opened = used.opened.map_or("-".to_owned(), |times| times.to_string());
        let (received, refunded) = (money(&used.received), money(&used.refunded));
        [group.words().1.to_owned(), opened, used.paid.to_string(), received, refunded]
    });
    aligned([head].into_iter().chain(rows).collect(), [false, true, true, true, true])
}

fn money(by_currency: &BTreeMap<String, i64>) -> String {
    let money =
        |(code, minor): (&String, &i64)| Some(Money::new(*minor, Currency::from_code(code)?).to_string());
    let sums: Vec<String> = by_currency.iter().filter_map(money).collect();
    sums.join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::payment::Mode;
    use crate::core::payment::PaymentKey;

    /// 2026-11-20 23:59:59 UTC.
    const LATE: i64 = 1_795_219_199_000;

    fn payment(reference: Option<&str>, minor: i64, refunded: i64, at_unix_ms: i64) -> Payment {
        let key =
            PaymentKey { provider: "x".into(), account: String::new(), mode: Mode::Test, id: "p".into() };
        let currency = Currency::from_code("EUR").expect("a currency");
        let status = if minor == 0 { PaymentStatus::Expired } else { PaymentStatus::Succeeded };
        let (amount, reference) = (Money::new(minor, currency), reference.map(str::to_owned));
        Payment { key, status, amount, refunded, reference, link: None, at_unix_ms, declined: false }
    }

    #[test]
    fn what_came_is_summed_by_day_and_by_the_terminal_of_its_reference() {
        let sale = Some("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R");
        let payments = [
            payment(sale, 1250, 250, LATE),
            payment(sale, 0, 0, LATE),
            payment(None, 400, 0, LATE + 1_000),
            payment(Some("order 7"), 100, 100, LATE + 1_000),
        ];
        let rows = |by, unpaid| -> Vec<_> {
            let sums = sums(&payments, by, unpaid).into_iter();
            let row = |(group, used): (Group, Use)| {
                let (_, name) = group.words();
                (name.to_owned(), used.opened, used.paid, used.received["EUR"], used.refunded["EUR"])
            };
            sums.map(row).collect()
        };
        let days = [
            ("2026-11-20".to_owned(), Some(2), 1, 1250, 250),
            ("2026-11-21".to_owned(), Some(2), 2, 500, 100),
        ];
        assert_eq!(rows(By::Day, true), days);
        let terminals = [
            ("counter-1".to_owned(), None, 1, 1250, 250),
            ("counter".to_owned(), None, 1, 400, 0),
            ("foreign".to_owned(), None, 1, 100, 100),
        ];
        assert_eq!(rows(By::Terminal, false), terminals);
    }
}
