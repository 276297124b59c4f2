//! `qrtill refund` against the sandbox's bank: once, in parts, and never twice by a repeat; and by hand, in a
//! terminal's journal.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

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
use qrtill::port::provider::Payment;
use qrtill::relay;
use qrtill::relay::decide::fact::Fact as Told;
use qrtill::sandbox::bank::model::Face;
use qrtill::store::Journal;
use qrtill::terminal;
use serde_json::Value;

use crate::merchant::Merchant;
use crate::support::Said;
use crate::support::path;
use crate::support::qrtill;

const SALE: &str = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R";
const NOON: i64 = 1_795_176_000_000;

impl Merchant {
    fn refund(&self, line: &[&str]) -> Said {
        let config = self.shop.file("relay.toml");
        qrtill(&[&["refund", "--config", path(&config)], line].concat())
    }

    /// A payment of 12.50 over a link of its own: the link, the payment.
    fn sold_over(&self) -> (String, String) {
        let made = self.json(&["create", "Bread", "--amount", "12.50 EUR", "--once"]);
        self.pay(made["url"].as_str().expect("a URL"), "outcome=paid");
        let payment = self.bank.ledger().payments.last().expect("a payment").id.clone();
        (made["id"].as_str().expect("an id").to_owned(), payment)
    }

    fn sold(&self) -> String {
        self.sold_over().1
    }

    fn given_back(&self) -> Vec<i64> {
        self.bank.ledger().refunds.iter().map(|refund| refund.amount.minor).collect()
    }
}

#[test]
fn parts_and_the_rest_are_given_back_and_a_repeat_gives_nothing_twice() {
    let merchant = Merchant::new();
    let payment = merchant.sold();
    let part = merchant.refund(&[&payment, "5.00", "EUR", "--json"]);
    assert_eq!(part.code, 0, "{}", part.err);
    let told: Value = serde_json::from_str(&part.out).expect("JSON");
    assert_eq!((&told["amount"], &told["status"]), (&500.into(), &"succeeded".into()));
    assert_eq!((&told["repeated"], &told["reason"]), (&false.into(), &Value::Null));
    // The other name of the same command.
    let again = merchant.link(&["refund", &payment, "5.00"]);
    assert!(again.code == 0 && again.out.contains("given back before"), "{}{}", again.out, again.err);
    assert_eq!(merchant.given_back(), [500]);
    assert_eq!(merchant.refund(&[&payment, "5", "--key", "second"]).code, 0);
    let rest = merchant.link(&["refund", &payment, "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&rest.out).expect("JSON")["amount"], 250);
    assert_eq!(merchant.given_back(), [500, 500, 250]);
    let over = merchant.refund(&[&payment]);
    assert!(over.code == 65 && over.err.contains("nothing is left"), "{}", over.err);
}

#[test]
fn a_reason_reaches_the_system_and_is_refused_where_it_takes_none() {
    for face in [Face::Stripe, Face::Vinr] {
        let merchant = Merchant::with(face);
        let payment = merchant.sold();
        for (part, reason) in [("5", "stale bread"), ("2.50", "duplicate")] {
            // VINR does not say how long it keeps keys.
            let more: &[&str] = if face == Face::Vinr && part == "2.50" { &["--again"] } else { &[] };
            let said = merchant.refund(&[&[payment.as_str(), part, "--reason", reason], more].concat());
            assert!(said.code == 0 && said.out.contains(reason), "{}{}", said.out, said.err);
        }
        let query = if face == Face::Vinr { "/refunds?payment" } else { "/v1/refunds?payment_intent" };
        let listed = merchant.get(face, &format!("{query}={payment}"));
        let kept: Vec<_> = listed["data"].as_array().expect("refunds").iter().rev().collect();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let kept: Vec<_> =
            kept.iter().map(|one| (text(&one["reason"]), text(&one["metadata"]["reason"]))).collect();
        // VINR has a reason always: at a counter it is the customer who asks.
        let usual = (face == Face::Vinr).then(|| "requested_by_customer".to_owned());
        let expected = [(usual, Some("stale bread".to_owned())), (Some("duplicate".to_owned()), None)];
        assert_eq!(kept, expected);
        // Nothing more is given back for another reason of the same refund.
        let other = merchant.refund(&[&payment, "5", "--reason", "burnt"]);
        assert!(other.code != 0 && !other.err.is_empty(), "{}", other.out);
        assert_eq!(merchant.given_back(), [500, 250]);
    }
    let merchant = Merchant::with(Face::Storekit);
    let (link, payment) = merchant.sold_over();
    write_relay(&merchant, "storekit", &link, &payment);
    let said = merchant.refund(&[SALE, "--reason", "stale"]);
    assert!(said.code == 69 && said.err.contains("has no reason"), "{} {}", said.code, said.err);
    assert_eq!(merchant.given_back(), Vec::<i64>::new());
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let merchant = Merchant::new();
    let payment = merchant.sold();
    let made = merchant.json(&["create", "Bread", "--amount", "2 EUR", "--once"]);
    merchant.pay(made["url"].as_str().expect("a URL"), "outcome=pending");
    let pending = merchant.bank.ledger().payments.last().expect("a payment").id.clone();
    for (line, code, words) in [
        (&[pending.as_str()][..], 65, "is not paid: its status is pending; `qrtill link payments"),
        (&[payment.as_str(), "20"], 65, "unrefunded amount"),
        (&[payment.as_str(), "5", "USD"], 64, "the payment is in EUR"),
        (&[payment.as_str(), "5.001"], 64, "2 digits"),
        (&[payment.as_str(), "0"], 64, "nothing is no refund"),
        (&[payment.as_str(), "abc"], 64, "`abc`: write an amount such as 12.50\n"),
        (&["2.50"], 64, "`2.50` is no payment's id"),
        (&["pi_nobody"], 65, "pi_nobody"),
        (&[SALE], 65, "no payment of counter-1"),
        (&[SALE], 65, "no relay's journal to look in at"),
        (&[payment.as_str(), "--by-hand", "--reason", "stale"], 64, "--reason"),
    ] {
        let said = merchant.refund(line);
        assert!(said.code == code && said.err.contains(words), "{line:?}: {} {}", said.code, said.err);
    }
    assert_eq!(merchant.given_back(), Vec::<i64>::new());
}

fn key(provider: &str, id: &str) -> PaymentKey {
    PaymentKey { provider: provider.into(), account: String::new(), mode: Mode::Test, id: id.into() }
}

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).expect("a currency"))
}

fn reference() -> Reference {
    SALE.parse().expect("a reference")
}

/// What a relay that runs has written of `SALE`; kept open, as it does. The system was told no reference.
fn write_relay(merchant: &Merchant, provider: &str, link: &str, payment: &str) -> Journal<Told> {
    let data = merchant.shop.file("data");
    std::fs::create_dir(&data).expect("made");
    merchant.shop.change(
        "relay.toml",
        "#data = \"/var/lib/qrtill/relay\"",
        &format!("data = \"{}\"", path(&data)),
    );
    let (journal, _) = Journal::open(&relay::journal_path(&data), "j").expect("opened");
    let payment = Payment {
        key: key(provider, payment),
        status: PaymentStatus::Succeeded,
        amount: money(1250, "EUR"),
        refunded: 0,
        reference: None,
        link: Some(link.to_owned()),
        at_unix_ms: NOON,
        declined: false,
    };
    let linked = Told::Linked {
        reference: reference(),
        generation: 1,
        system: provider.into(),
        link: link.to_owned(),
        rides: false,
        url: "https://pay.example/1".to_owned(),
        ends_unix_ms: NOON,
    };
    let paid = Told::Paid { payment, reference: Some(reference()), terminal: None };
    let rows = vec![relay::row(linked, NOON), relay::row(paid, NOON)];
    merchant.runtime.block_on(journal.append(rows)).expect("written");
    journal
}

#[test]
fn a_sale_whose_system_repeats_no_reference_is_found_in_the_relays_journal() {
    let merchant = Merchant::new();
    let (link, payment) = merchant.sold_over();
    let _other = merchant.sold();
    let without = merchant.refund(&[SALE]);
    assert!(without.code == 65 && without.err.contains("--data DIR"), "{}", without.err);
    let _runs = write_relay(&merchant, "stripe", &link, &payment);
    let said = merchant.refund(&[SALE, "5", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let told: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&told["payment_id"], &told["reference"]), (&payment.as_str().into(), &SALE.into()));
    // What the system says of it now counts, not what was written down.
    let rest = merchant.refund(&[SALE, "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&rest.out).expect("JSON")["amount"], 750);
    assert_eq!(merchant.given_back(), [500, 750]);
}

#[test]
fn a_payment_that_is_found_by_its_link_alone_is_found_in_the_relays_journal() {
    let merchant = Merchant::with(Face::Storekit);
    let (link, payment) = merchant.sold_over();
    let without = merchant.refund(&[&payment]);
    assert!(without.code == 65 && without.err.contains("only by its link"), "{}", without.err);
    assert!(
        without.err.contains("no relay's journal") && without.err.contains("--link LINK"),
        "{}",
        without.err
    );
    let _runs = write_relay(&merchant, "storekit", &link, &payment);
    let data = merchant.shop.file("data");
    let said = merchant.refund(&[&payment, "5", "--data", path(&data)]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(merchant.given_back(), [500]);
    let unknown = merchant.refund(&["none", "--data", path(&data)]);
    assert!(unknown.code == 65 && unknown.err.contains("does not know it either"), "{}", unknown.err);
}

#[test]
fn a_system_without_keys_gives_a_part_once_and_more_only_when_told_so() {
    let merchant = Merchant::with(Face::Storekit);
    let (link, payment) = merchant.sold_over();
    let part = ["--link", link.as_str(), payment.as_str(), "2.50"];
    assert_eq!(merchant.refund(&part).code, 0);
    let again = merchant.refund(&part);
    assert!(again.code == 65 && again.err.contains("2.50 EUR of 12.50 EUR was given back"), "{}", again.err);
    assert!(again.err.contains("--again"), "{}", again.err);
    assert_eq!(merchant.given_back(), [250]);
    assert_eq!(merchant.refund(&[&part[..], &["--again"]].concat()).code, 0);
    assert_eq!(merchant.refund(&[&payment, "--link", &link]).code, 0);
    assert_eq!(merchant.given_back(), [250, 250, 750]);
    let other = merchant.refund(&["pay_none", "--link", &link]);
    assert!(other.code == 65 && other.err.contains("has no payment pay_none over"), "{}", other.err);
}

/// A terminal's folder, and what its process would write.
struct Till {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Till {
    /// With a paid sale of 12.50, and a payment of 4.00 over its standing link, at this system.
    fn new(provider: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let till = Self { folder: tempfile::tempdir().expect("a folder"), runtime };
        let intended = Fact::Intended {
            reference: reference(),
            amount: money(1250, "EUR"),
            at_unix_ms: NOON,
            ttl_s: 120,
        };
        till.write(vec![
            intended,
            noticed(provider, 1, "pay_1", 1250, 0, Some(Verdict::Matched)),
            noticed(provider, 2, "pay_2", 400, 0, Some(Verdict::Counter)),
        ]);
        till
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn journal(&self) -> PathBuf {
        terminal::journal_path(self.data())
    }

    fn write(&self, facts: Vec<Fact>) {
        let (journal, loaded) = Journal::open(&self.journal(), "j").expect("opened");
        let mut book = Book::default();
        book.recall(&loaded.facts);
        let row = |fact: Fact| {
            book.apply(&fact);
            terminal::row(fact, &book, NOON)
        };
        let rows = facts.into_iter().map(row).collect();
        self.runtime.block_on(journal.append(rows)).expect("written");
        self.runtime.block_on(journal.close());
    }

    fn book(&self, line: &[&str]) -> Said {
        qrtill(&[&["refund", "--by-hand", "--data", path(self.data())], line].concat())
    }

    /// What `qrtill sales` says was given back, of each row.
    fn given_back(&self) -> Vec<i64> {
        let said = qrtill(&["sales", "--json", "--all", "--data", path(self.data())]);
        let rows: Vec<Value> = serde_json::from_str(&said.out).expect("an array");
        rows.iter().map(|row| row["refunded"].as_i64().expect("an amount")).collect()
    }
}

fn noticed(provider: &str, n: u64, id: &str, minor: i64, refunded: i64, verdict: Option<Verdict>) -> Fact {
    let status = if refunded > 0 { PaymentStatus::PartiallyRefunded } else { PaymentStatus::Succeeded };
    let notice = Notice {
        stream: "s".into(),
        n,
        payment: key(provider, id),
        status,
        amount: minor,
        currency: money(0, "EUR").currency,
        refunded,
        reference: (id == "pay_1").then(reference),
        at_unix_ms: NOON,
        replay: false,
    };
    Fact::Noticed { notice, verdict, have: n, at_unix_ms: NOON }
}

#[test]
fn what_was_given_back_by_hand_is_booked_once_and_what_the_system_tells_later_takes_its_place() {
    let till = Till::new("yabetoo");
    let said = till.book(&["pay_1", "5 EUR", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let told: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&told["status"], &told["reference"]), (&"by_hand".into(), &SALE.into()));
    assert_eq!((&told["amount"], &told["repeated"]), (&500.into(), &false.into()));
    assert_eq!(till.given_back(), [500, 0]);
    let again = till.book(&[SALE, "5"]);
    assert!(again.code == 0 && again.out.contains("booked before"), "{}{}", again.out, again.err);
    assert_eq!(till.given_back(), [500, 0]);
    // Money over the standing link has no sale.
    assert_eq!(till.book(&["pay_2"]).code, 0);
    assert_eq!(till.given_back(), [500, 400]);
    for (line, words) in
        [(&["pay_2"][..], "nothing is left"), (&["pay_1", "8"], "more than"), (&["pay_9"], "no payment")]
    {
        let said = till.book(line);
        assert!(said.code == 65 && said.err.contains(words), "{line:?}: {} {}", said.code, said.err);
    }
    till.write(vec![noticed("yabetoo", 3, "pay_1", 1250, 500, None)]);
    assert_eq!(till.given_back(), [500, 400]);
    assert_eq!(till.book(&["pay_1", "5", "--key", "second"]).code, 0);
    assert_eq!(till.given_back(), [1000, 400]);
    let table = qrtill(&["sales", "--all", "--data", path(till.data())]).out;
    assert!(table.contains("refunded 10.00 EUR"), "{table}");
    // A start finds every one of them answered: the relay is asked for none.
    let (journal, loaded) = Journal::<Fact>::open(&till.journal(), "j").expect("opened");
    let refunds = |of: &dyn Fn(&Fact) -> bool| -> BTreeSet<String> {
        loaded
            .facts
            .iter()
            .filter(|fact| of(fact))
            .filter_map(|fact| fact.refund().map(str::to_owned))
            .collect()
    };
    let intended = refunds(&|fact| matches!(fact, Fact::RefundIntended { .. }));
    assert_eq!(
        (intended.len(), &intended),
        (3, &refunds(&|fact| matches!(fact, Fact::RefundAnswered { .. })))
    );
    drop(journal);
}

#[test]
fn a_terminal_that_runs_keeps_its_journal_and_a_system_that_tells_needs_no_hand() {
    let till = Till::new("qonto");
    let (runs, _) = Journal::<Fact>::open(&till.journal(), "j").expect("opened");
    let said = till.book(&["pay_1", "5"]);
    assert!(said.code == 69 && said.err.contains("keypad") && said.err.contains("stop"), "{}", said.err);
    assert_eq!(till.given_back(), [0, 0]);
    till.runtime.block_on(runs.close());
    assert_eq!(qrtill(&["link", "refund", "pay_1", "5", "--by-hand", "--data", path(till.data())]).code, 0);
    assert_eq!(till.given_back(), [500, 0]);
    let told = Till::new("stripe");
    let (runs, _) = Journal::<Fact>::open(&told.journal(), "j").expect("opened");
    let said = told.book(&["pay_1", "5"]);
    told.runtime.block_on(runs.close());
    assert!(said.code == 69 && said.err.contains("by itself"), "{}", said.err);
    assert_eq!(told.given_back(), [0, 0]);
    let nowhere = qrtill(&["refund", "pay_1", "--by-hand", "--data", path(&told.data().join("none"))]);
    assert!(nowhere.code == 66 && nowhere.err.contains("no journal"), "{}", nowhere.err);
}

#[test]
fn a_system_that_gives_nothing_back_says_where_it_is_done_and_booked() {
    let merchant = Merchant::with(Face::Yabetoo);
    let said = merchant.refund(&["pi_1"]);
    for words in ["yabetoo gives nothing back by itself", "dashboard", "qrtill refund pi_1 --by-hand"] {
        assert!(said.code == 69 && said.err.contains(words), "{words}: {} {}", said.code, said.err);
    }
}
