//! What `qrtill sales` tells of a journal that is in use.

use std::fs;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::message::Notice;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::reference::Reference;
use qrtill::store::Journal;
use qrtill::store::Row;
use qrtill::terminal;
use serde_json::Value;

use crate::support::path;
use crate::support::qrtill;

const NOON: i64 = 1_795_176_000_000;
const DAY: i64 = 86_400_000;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").expect("a currency"))
}

fn reference(n: u128) -> Reference {
    Reference::mint(&"counter-1".parse().expect("an id"), NOON, n)
}

fn row(fact: Fact, at_unix_ms: i64) -> Row<Fact> {
    let subject = fact.reference().map(ToString::to_string);
    let payment = fact.payment().map(terminal::payment_text);
    Row { subject, also: payment, ..Row::new(fact, "any", at_unix_ms) }
}

fn intended(n: u128, at_unix_ms: i64) -> Row<Fact> {
    let fact = Fact::Intended { reference: reference(n), amount: eur(1250), at_unix_ms, ttl_s: 120 };
    row(fact, at_unix_ms + 3)
}

fn noticed(
    n: u64,
    of: Option<u128>,
    refunded: i64,
    verdict: Option<Verdict>,
    at: i64,
    id: &str,
) -> Row<Fact> {
    let payment =
        PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: id.into() };
    let status = if refunded > 0 { PaymentStatus::PartiallyRefunded } else { PaymentStatus::Succeeded };
    let notice = Notice {
        stream: "s".into(),
        n,
        payment,
        status,
        amount: 1250,
        currency: eur(0).currency,
        refunded,
        reference: of.map(reference),
        at_unix_ms: at,
        replay: false,
    };
    row(Fact::Noticed { notice, verdict, have: n, at_unix_ms: at }, at + 3)
}

fn sales(line: &[&str]) -> Vec<Value> {
    let said = qrtill(&[&["sales", "--json"], line].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).expect("an array")
}

#[tokio::test]
async fn sales_are_told_by_day_while_the_journal_is_being_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("terminal");
    fs::create_dir(&data).expect("made");
    let (journal, _) = Journal::<Fact>::open(&terminal::journal_path(&data), "j").expect("opened");
    let counter =
        PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: "pi_3".into() };
    let next = NOON + DAY;
    let assigned = Fact::Assigned { reference: reference(2), payment: counter };
    let rows = vec![
        intended(1, NOON),
        noticed(1, Some(1), 0, Some(Verdict::Matched), NOON + 5_000, "pi_1"),
        noticed(2, None, 0, Some(Verdict::Counter), NOON + 6_000, "pi_2"),
        noticed(3, None, 0, Some(Verdict::Counter), NOON + 7_000, "pi_3"),
        // The next day: a second payment of the first sale, a refund, and money given to a sale.
        noticed(4, Some(1), 0, Some(Verdict::Duplicate), next, "pi_4"),
        noticed(5, None, 250, None, next + 1, "pi_2"),
        intended(2, next + 2),
        row(assigned, next + 3),
    ];
    journal.append(rows).await.expect("written");
    let day = |day: &str| sales(&["--data", path(folder.path()), "--day", day]);
    let first = day("2026-11-20");
    let ids: Vec<_> = first.iter().map(|row| row["payment_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["pi_1", "pi_2"]);
    assert_eq!(first[0]["reference"], reference(1).to_string());
    assert_eq!((&first[0]["kind"], &first[0]["result"]), (&"sale".into(), &"paid".into()));
    assert_eq!(first[0]["opened_at"], "2026-11-20T12:00:00Z");
    assert_eq!(first[0]["paid_at"], "2026-11-20T12:00:05Z");
    assert_eq!((&first[1]["reference"], &first[1]["result"]), (&Value::Null, &Value::Null));
    assert_eq!((&first[1]["verdict"], &first[1]["refunded"]), (&"counter".into(), &250.into()));
    let second = day("2026-11-21");
    let ids: Vec<_> = second.iter().map(|row| row["payment_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["pi_4", "pi_3"]);
    assert_eq!(second[1]["result"], "paid");
    let all = sales(&["--data", path(&data), "--all"]);
    assert_eq!(all, [first, second].concat());
    let both = sales(&["--data", path(&data), "--from", "2026-11-20", "--to", "2026-11-21T12:00:00Z"]);
    assert_eq!(both.len(), 2);
    let table = qrtill(&["sales", "--data", path(&data), "--all"]);
    assert!(table.out.contains("received 50.00 EUR, 47.50 EUR after refunds"), "{}", table.out);
    let csv = qrtill(&["sales", "--data", path(&data), "--all", "--csv"]);
    assert_eq!(csv.out.lines().count(), 5);
    journal.close().await;
    let other = folder.path().join("terminal-2");
    fs::create_dir(&other).expect("made");
    let (second, _) = Journal::<Fact>::open(&terminal::journal_path(&other), "j").expect("opened");
    let said = qrtill(&["sales", "--data", path(folder.path())]);
    assert!(said.code == 0 && said.err.contains(&format!("--data {}", path(&other))), "{}", said.err);
    second.close().await;
}

#[test]
fn a_missing_journal_says_where_it_was_looked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = qrtill(&["sales", "--data", path(folder.path())]);
    assert_eq!(said.code, 66);
    assert!(said.err.contains(path(folder.path())) && said.err.contains("--data"), "{}", said.err);
}
