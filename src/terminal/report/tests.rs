use std::ops::Range;

use super::*;
use crate::core::message::CloseReason;
use crate::core::message::Notice;
use crate::core::message::Outcome;
use crate::core::payment::Mode;
use crate::core::payment::PaymentStatus;
use crate::core::reference::Reference;

const ALL: Range<i64> = i64::MIN..i64::MAX;
const NOON: i64 = 1_795_176_000_000;

fn eur() -> Currency {
    Currency::from_code("EUR").expect("a currency")
}

fn reference(n: u128) -> Reference {
    Reference::mint(&"counter-1".parse().expect("an id"), NOON, n)
}

fn intended(n: u128, minor: i64, at_unix_ms: i64) -> Fact {
    Fact::Intended { reference: reference(n), amount: Money::new(minor, eur()), at_unix_ms, ttl_s: 120 }
}

fn key(id: &str) -> PaymentKey {
    PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: id.into() }
}

fn noticed(n: u64, id: &str, of: Option<u128>, minor: i64, verdict: Option<Verdict>, at: i64) -> Fact {
    let notice = Notice {
        stream: "s".into(),
        n,
        payment: key(id),
        status: PaymentStatus::Succeeded,
        amount: minor,
        currency: eur(),
        refunded: 0,
        reference: of.map(reference),
        at_unix_ms: at - 1_000,
        replay: false,
    };
    Fact::Noticed { notice, verdict, have: n, at_unix_ms: at }
}

fn refunded(n: u64, id: &str, of: Option<u128>, minor: i64, back: i64, at: i64) -> Fact {
    let Fact::Noticed { mut notice, have, .. } = noticed(n, id, of, minor, None, at) else { panic!("news") };
    notice.status = PaymentStatus::PartiallyRefunded;
    notice.refunded = back;
    Fact::Noticed { notice, verdict: None, have, at_unix_ms: at }
}

fn labels(rows: &[Row]) -> Vec<&'static str> {
    rows.iter().map(|row| label(row).1).collect()
}

#[test]
fn a_sale_is_one_row_and_a_further_payment_is_one_more() {
    let facts = [
        intended(1, 1250, NOON),
        noticed(1, "pi_1", Some(1), 1250, Some(Verdict::Matched), NOON + 5_000),
        noticed(2, "pi_1", Some(1), 1250, None, NOON + 6_000),
        noticed(3, "pi_2", Some(1), 1250, Some(Verdict::Duplicate), NOON + 7_000),
        noticed(4, "pi_3", None, 400, Some(Verdict::Counter), NOON + 8_000),
    ];
    let rows = rows(&facts, &ALL);
    assert_eq!(labels(&rows), ["paid", "duplicate", "counter"]);
    let sale = &rows[0];
    assert_eq!((sale.kind, sale.payment_id.as_deref()), (Kind::Sale, Some("pi_1")));
    assert_eq!((sale.opened_unix_ms, sale.paid_unix_ms), (Some(NOON), Some(NOON + 4_000)));
    assert_eq!(rows[1].reference, sale.reference);
    assert_eq!((rows[2].kind, rows[2].reference.as_deref(), rows[2].result), (Kind::Payment, None, None));
    assert_eq!(taken(&totals(&rows)), [(Money::new(2900, eur()), Money::new(2900, eur()))]);
}

#[test]
fn a_refund_changes_its_row_and_adds_none() {
    let facts = [
        intended(1, 1250, NOON),
        noticed(1, "pi_1", Some(1), 1250, Some(Verdict::Matched), NOON + 1),
        refunded(2, "pi_1", Some(1), 1250, 250, NOON + 2),
    ];
    let rows = rows(&facts, &ALL);
    assert_eq!((rows.len(), rows[0].received, rows[0].refunded), (1, Some(1250), 250));
    assert_eq!(taken(&totals(&rows)), [(Money::new(1250, eur()), Money::new(1000, eur()))]);
}

#[test]
fn money_from_the_standing_link_that_was_for_a_sale_is_counted_there_alone() {
    let facts = [
        intended(1, 1250, NOON),
        noticed(1, "pi_1", None, 1250, Some(Verdict::Counter), NOON + 1),
        Fact::Assigned { reference: reference(1), payment: key("pi_1") },
    ];
    let rows = rows(&facts, &ALL);
    assert_eq!(labels(&rows), ["paid"]);
    assert_eq!(taken(&totals(&rows))[0].0.minor, 1250);
}

#[test]
fn what_came_differs_from_what_was_due_and_both_are_told() {
    let facts = [intended(1, 1250, NOON), noticed(1, "pi_1", Some(1), 1000, Some(Verdict::Short), NOON + 1)];
    let rows = rows(&facts, &ALL);
    assert_eq!((rows[0].amount, rows[0].received, label(&rows[0]).1), (1250, Some(1000), "short"));
}

#[test]
fn sales_without_money_are_rows_too_and_add_nothing() {
    let closing = |n, why| Fact::Closing { reference: reference(n), why, at_unix_ms: NOON + 10 };
    let shown = |n| Fact::Shown { reference: reference(n) };
    let unpaid = |n| Fact::Closed { reference: reference(n), outcome: Outcome::Unpaid };
    let facts = [
        intended(1, 100, NOON),
        shown(1),
        closing(1, CloseReason::Cancelled),
        unpaid(1),
        intended(2, 200, NOON + 1),
        shown(2),
        closing(2, CloseReason::Expired),
        unpaid(2),
        intended(3, 300, NOON + 2),
        shown(3),
        Fact::GivenUp { reference: reference(3) },
        Fact::Settled { reference: reference(3), at_unix_ms: NOON + 3 },
        intended(4, 400, NOON + 4),
    ];
    let rows = rows(&facts, &ALL);
    assert_eq!(labels(&rows), ["cancelled", "expired", "paid by hand", "open"]);
    let totals = totals(&rows);
    let order: Vec<_> = totals.iter().map(|total| (total.label, total.count, total.amount)).collect();
    let expected = [("paid by hand", 1, 300), ("open", 1, 400), ("expired", 1, 200), ("cancelled", 1, 100)];
    assert_eq!(order, expected);
    assert_eq!(taken(&totals)[0].0.minor, 0);
}

#[test]
fn a_row_is_of_the_day_its_sale_was_opened_or_its_payment_heard_of() {
    let facts = [
        intended(1, 1250, NOON - 1),
        noticed(1, "pi_1", Some(1), 1250, Some(Verdict::Matched), NOON + 1),
        noticed(2, "pi_2", Some(1), 1250, Some(Verdict::Duplicate), NOON + 2),
        noticed(3, "pi_3", None, 400, Some(Verdict::Counter), NOON),
    ];
    assert_eq!(labels(&rows(&facts, &(NOON - 1..NOON))), ["paid"]);
    assert_eq!(labels(&rows(&facts, &(NOON..NOON + 3))), ["counter", "duplicate"]);
}

#[test]
fn currencies_are_never_added_up() {
    let jpy = Currency::from_code("JPY").expect("a currency");
    let yen = Fact::Intended {
        reference: reference(2),
        amount: Money::new(900, jpy),
        at_unix_ms: NOON,
        ttl_s: 120,
    };
    let totals = totals(&rows(&[intended(1, 100, NOON), yen], &ALL));
    assert_eq!(totals.len(), 2);
}
