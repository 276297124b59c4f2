//! What was sold over all terminals, out of books that were written beforehand: the built program adds them up.

use std::fs;

use qrtill::core::book::Book;
use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::message::Notice;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::reference::Reference;
use qrtill::core::reference::TerminalId;
use qrtill::store::Journal;
use qrtill::terminal;
use serde_json::Value;
use serde_json::json;

use crate::support::Fleet;
use crate::support::path;

/// 2026-11-20 12:00 UTC.
const NOON: i64 = 1_795_176_000_000;

/// Sales of these amounts, one a minute, all paid and the first of them given back by half.
async fn sell(fleet: &Fleet, id: &str, amounts: &[i64]) {
    let folder = fleet.file(id);
    fs::create_dir_all(&folder).expect("made");
    let (journal, _) = Journal::<Fact>::open(&terminal::journal_path(&folder), id).expect("a journal");
    let id: TerminalId = id.parse().expect("an id");
    let mut book = Book::default();
    let mut rows = Vec::new();
    let currency = Currency::from_code("EUR").expect("a currency");
    for (n, minor) in (1_u32..).zip(amounts) {
        let at = NOON + i64::from(n) * 60_000;
        let reference = Reference::mint(&id, at, n.into());
        let amount = Money::new(*minor, currency);
        let payment = PaymentKey {
            provider: "stripe".into(),
            account: "a".into(),
            mode: Mode::Test,
            id: format!("pi_{n}"),
        };
        let notice = Notice {
            stream: "s".into(),
            n: n.into(),
            payment,
            status: PaymentStatus::Succeeded,
            amount: *minor,
            currency,
            refunded: if n == 1 { minor / 2 } else { 0 },
            reference: Some(reference.clone()),
            at_unix_ms: at,
            replay: false,
        };
        let verdict = Some(Verdict::Matched);
        let paid = Fact::Noticed { notice, verdict, have: n.into(), at_unix_ms: at };
        for fact in [Fact::Intended { reference, amount, at_unix_ms: at, ttl_s: 120 }, paid] {
            book.apply(&fact);
            rows.push(terminal::row(fact, &book, at));
        }
    }
    journal.append(rows).await.expect("written");
    journal.close().await;
}

#[tokio::test]
async fn what_every_terminal_has_in_its_book_is_added_up_and_who_is_not_in_it_is_said() {
    let fleet = Fleet::open(1).await;
    sell(&fleet, "counter-1", &[1000, 250]).await;
    sell(&fleet, "counter-2", &[400]).await;
    let mut counters = ["counter-1", "counter-2"].map(|id| fleet.counter(id));
    ["counter-1", "counter-2"].iter().for_each(|id| fleet.until_ready(id));
    let day = ["sales", "--day", "2026-11-20"];
    let all = fleet.anna(&[&day[..], &["--json"]].concat());
    let said: Value = serde_json::from_str(&all.out).unwrap_or_else(|_| panic!("{}{}", all.out, all.err));
    let sums = |received: i64, refunded: i64, payments: u64| json!([{ "currency": "EUR", "payments": payments, "received": received, "refunded": refunded, "open": 0 }]);
    assert_eq!((all.code, &said["sums"], &said["complete"]), (0, &sums(1650, 700, 3), &json!(true)));
    assert_eq!(said["terminals"][0]["sums"], sums(1250, 500, 2));
    let table = fleet.anna(&day);
    let last: Vec<&str> = table
        .out
        .lines()
        .find(|line| line.starts_with("in all"))
        .expect("a sum")
        .split_whitespace()
        .collect();
    assert_eq!((table.code, last[2]), (0, "3"), "{}", table.out);
    assert!(table.out.contains("2 of 2 terminals are in it"), "{}", table.out);
    // Its card came that day: what was sold before is in no book.
    assert!(table.out.contains("the book of counter-2 begins at 2026-11-20 12:01 UTC"), "{}", table.out);
    let before = fleet.anna(&["sales", "counter-1", "--day", "2026-11-19", "--json"]);
    let said: Value = serde_json::from_str(&before.out).expect("JSON");
    assert_eq!((before.code, &said["sums"]), (0, &json!([])), "{}", before.err);
    let ever = fleet.anna(&["sales", "--from", "2026-01-01", "--to", "2026-11-20"]);
    assert!(ever.code == 64 && ever.err.contains("at most 32 days"), "{}", ever.err);
    let money = fleet.of("ben", &day);
    assert!(money.code == 78 && money.err.contains("operations"), "{}", money.err);
    fleet.until("sold", "counter-1", |row| {
        row["last_sale"]["amount"] == json!(250) && row["last_sale"]["result"] == json!("paid")
    });
    counters[1].stop();
    fleet.until("offline", "counter-2", |row| row["online"] == json!(false));
    let some = fleet.anna(&day);
    assert_eq!(some.code, 75, "{}", some.out);
    for words in ["1 of 2 terminals are in it", "not in it: counter-2 is not online"] {
        assert!(some.out.contains(words), "{words}: {}", some.out);
    }
    // By a label of the file of settings.
    let file = fleet.file("shops.toml");
    fs::write(&file, "[terminal.counter-1]\nlabels = [\"window\"]\n[terminal.counter-2]\n").expect("written");
    let window = ["window", "--file", path(&file)];
    let labelled = fleet.anna(&[&day[..], &window].concat());
    assert!(labelled.code == 0 && labelled.out.contains("1 of 1 terminals are in it"), "{}", labelled.out);
    let status = fleet.anna(&[&["status"][..], &window].concat());
    assert!(status.out.ends_with("1 of 1 online, 0 of 1 ready to sell\n"), "{}", status.out);
    assert!(status.out.lines().all(|line| line.chars().count() <= 100), "{}", status.out);
    let no_file = fleet.anna(&["status", "Window"]);
    assert!(no_file.code == 64 && no_file.err.contains("--file"), "{}", no_file.err);
}
