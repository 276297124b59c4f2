//! The book as rows: one per sale, and one per payment that has no sale of its own or came beside the first.
//! Decides what a row says and what the totals are; not how it is printed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::rows::payment_text;
use crate::core::book::Book;
use crate::core::book::Entry;
use crate::core::fact::Fact;
use crate::core::fact::Verdict;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::scene::SaleResult;
use crate::store::Reader;
use crate::store::StoreError;

/// One row. Amounts are minor units, times milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// None for money that came over the standing link.
    pub reference: Option<String>,
    pub kind: Kind,
    /// What was due; what came, for a payment.
    pub amount: i64,
    pub currency: Currency,
    /// None for a payment.
    pub result: Option<SaleResult>,
    /// None for a sale without money.
    pub verdict: Option<Verdict>,
    /// What the customer sent, before refunds.
    pub received: Option<i64>,
    pub refunded: i64,
    pub opened_unix_ms: Option<i64>,
    pub paid_unix_ms: Option<i64>,
    pub payment_id: Option<String>,
    /// A person with a PIN said that it was paid.
    pub settled: bool,
    /// When the sale was opened or the payment heard of: what rows are sorted and chosen by.
    pub at_unix_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Sale,
    Payment,
}

/// A fact is written a little after its own time.
const MARGIN_MS: i64 = 60_000;

/// All facts that the rows of this period rest on, in an order that folds to the same book. Money without a
/// reference is found by its payment: its refund, or the sale it was given to, may be of another day.
///
/// # Errors
/// Of the journal.
pub fn load(reader: &Reader<Fact>, period: &Range<i64>) -> Result<Vec<Fact>, StoreError> {
    let (from, to) = (period.start.saturating_sub(MARGIN_MS), period.end.saturating_add(MARGIN_MS));
    let found = reader.between(from, to)?;
    if *period == (i64::MIN..i64::MAX) {
        return Ok(found);
    }
    let (of_sales, mut of_others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|fact| fact.reference().is_some());
    let loose: BTreeSet<PaymentKey> = of_others
        .iter()
        .chain(of_sales.iter().filter(|fact| matches!(fact, Fact::Assigned { .. })))
        .filter_map(|fact| fact.payment().cloned())
        .collect();
    let mut known: BTreeSet<Reference> =
        of_sales.iter().filter_map(|fact| fact.reference().cloned()).collect();
    of_others.clear();
    let mut more = Vec::new();
    for key in loose {
        let about = reader.about(None, Some(&payment_text(&key)))?;
        for fact in about {
            match fact.reference() {
                None => of_others.push(fact),
                Some(reference) if known.insert(reference.clone()) => {
                    more.extend(reader.about(Some(reference.as_str()), None)?);
                }
                Some(_) => {}
            }
        }
    }
    of_others.extend(of_sales);
    of_others.extend(more);
    Ok(of_others)
}

/// The rows whose time is in `period`, oldest first.
#[must_use]
pub fn rows(facts: &[Fact], period: &Range<i64>) -> Vec<Row> {
    let mut book = Book::default();
    let mut heard: BTreeMap<PaymentKey, i64> = BTreeMap::new();
    for fact in facts {
        if let Fact::Noticed { notice, verdict: Some(_), at_unix_ms, .. } = fact {
            heard.entry(notice.payment.clone()).or_insert(*at_unix_ms);
        }
        book.apply(fact);
    }
    let row = |entry: &Entry| match entry {
        Entry::Sale(reference) => book.sale(reference).map(|sale| {
            let first = sale.money.as_ref();
            let paid = first.and_then(|first| book.payment(&first.payment));
            Row {
                reference: Some(reference.to_string()),
                kind: Kind::Sale,
                amount: sale.amount.minor,
                currency: sale.amount.currency,
                result: Some(sale.result()),
                verdict: first.map(|first| first.verdict),
                received: paid.map(|paid| paid.amount.minor),
                refunded: first.map_or(0, |first| book.given_back(&first.payment)),
                opened_unix_ms: Some(sale.opened_unix_ms),
                paid_unix_ms: first.map(|first| first.at_unix_ms),
                payment_id: first.map(|first| first.payment.id.clone()),
                settled: sale.settled,
                at_unix_ms: sale.opened_unix_ms,
            }
        }),
        Entry::Payment(key) => book.payment(key).map(|paid| Row {
            reference: paid.reference.as_ref().map(ToString::to_string),
            kind: Kind::Payment,
            amount: paid.amount.minor,
            currency: paid.amount.currency,
            result: None,
            verdict: Some(paid.verdict),
            received: Some(paid.amount.minor),
            refunded: book.given_back(key),
            opened_unix_ms: None,
            paid_unix_ms: Some(paid.at_unix_ms),
            payment_id: Some(key.id.clone()),
            settled: false,
            at_unix_ms: heard.get(key).copied().unwrap_or(paid.at_unix_ms),
        }),
    };
    let mut rows: Vec<Row> =
        book.newest().filter_map(row).filter(|row| period.contains(&row.at_unix_ms)).collect();
    rows.reverse();
    rows.sort_by_key(|row| row.at_unix_ms);
    rows
}

/// The sum of the rows that ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    pub label: &'static str,
    pub currency: Currency,
    pub count: usize,
    /// Minor units: due of sales, come of payments.
    pub amount: i64,
    pub received: i64,
    pub refunded: i64,
}

impl Total {
    #[must_use]
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

/// One total for each label and currency, results before verdicts, in the order people count them.
#[must_use]
pub fn totals(rows: &[Row]) -> Vec<Total> {
    let mut totals: BTreeMap<(usize, &'static str, Currency), Total> = BTreeMap::new();
    for row in rows {
        let (rank, label) = label(row);
        let new = Total { label, currency: row.currency, count: 0, amount: 0, received: 0, refunded: 0 };
        let total = totals.entry((rank, label, row.currency)).or_insert(new);
        total.count += 1;
        total.amount = total.amount.saturating_add(row.amount);
        total.received = total.received.saturating_add(row.received.unwrap_or(0));
        total.refunded = total.refunded.saturating_add(row.refunded);
    }
    totals.into_values().collect()
}

/// What came and what stayed after refunds, by currency.
#[must_use]
pub fn taken(totals: &[Total]) -> Vec<(Money, Money)> {
    let mut sums: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
    for total in totals {
        let sum = sums.entry(total.currency).or_default();
        sum.0 = sum.0.saturating_add(total.received);
        sum.1 = sum.1.saturating_add(total.refunded);
    }
    let money = |(currency, (received, refunded)): (Currency, (i64, i64))| {
        (Money::new(received, currency), Money::new(received.saturating_sub(refunded), currency))
    };
    sums.into_iter().map(money).collect()
}

/// The totals of a time as operators are told them, and since when the book goes.
///
/// # Errors
/// Of the journal.
pub fn sums(reader: &Reader<Fact>, period: &Range<i64>) -> Result<Value, StoreError> {
    let total = |total: Total| {
        json!({ "label": total.label, "currency": total.currency.code(), "count": total.count,
            "amount": total.amount, "received": total.received, "refunded": total.refunded })
    };
    let totals: Value = totals(&rows(&load(reader, period)?, period)).into_iter().map(total).collect();
    Ok(json!({ "journal": reader.name()?, "since_unix_ms": reader.since()?, "totals": totals }))
}

/// The word for how a row ended, and its place among the words.
#[must_use]
pub fn label(row: &Row) -> (usize, &'static str) {
    match (row.result, row.verdict) {
        (Some(SaleResult::Paid), None) => (1, "paid by hand"),
        (Some(SaleResult::Paid), Some(_)) => (0, "paid"),
        (Some(SaleResult::Short), _) => (2, "short"),
        (Some(SaleResult::Over), _) => (3, "over"),
        (Some(SaleResult::Late), _) => (4, "late"),
        (Some(SaleResult::Open), _) => (5, "open"),
        (Some(SaleResult::Unknown), _) => (6, "unknown"),
        (Some(SaleResult::Failed), _) => (7, "failed"),
        (Some(SaleResult::Expired), _) => (8, "expired"),
        (Some(SaleResult::Cancelled), _) => (9, "cancelled"),
        (None, verdict) => payment_label(verdict),
    }
}

fn payment_label(verdict: Option<Verdict>) -> (usize, &'static str) {
    match verdict {
        Some(Verdict::Counter) => (10, "counter"),
        Some(Verdict::Duplicate) => (11, "duplicate"),
        Some(Verdict::Foreign) => (12, "foreign"),
        Some(Verdict::Matched | Verdict::Short | Verdict::Over | Verdict::Late) | None => (13, "payment"),
    }
}

#[cfg(test)]
mod tests;
