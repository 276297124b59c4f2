//! A terminal's journal with years of sales in it, written as the terminal writes them but in one commit.

use std::path::Path;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::message::CloseReason;
use qrtill::core::message::Notice;
use qrtill::core::message::Outcome;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::reference::Reference;
use qrtill::core::reference::TerminalId;
use qrtill::store::Journal;
use qrtill::terminal::journal_path;
use qrtill::terminal::payment_text;
use rusqlite::Connection;
use rusqlite::params;

/// Sales of one day.
pub const PER_DAY: u64 = 1_000;
const DAY_MS: i64 = 86_400_000;
/// 2023-01-01 00:00 UTC, the first day.
const FIRST_UNIX_MS: i64 = 1_672_531_200_000;

/// Writes so many sales, oldest first, one in ten of them cancelled.
pub async fn write(data: &Path, sales: u64) {
    let path = journal_path(data);
    let (journal, _) = Journal::<Fact>::open(&path, "history").expect("a journal");
    journal.close().await;
    let mut connection = Connection::open(&path).expect("the journal");
    // Nothing is lost if this is: it is written again.
    connection.pragma_update(None, "journal_mode", "MEMORY").expect("a mode");
    connection.pragma_update(None, "synchronous", "OFF").expect("a mode");
    let transaction = connection.transaction().expect("a transaction");
    let terminal: TerminalId = "counter-1".parse().expect("an id");
    let mut have = 0;
    for n in 0..sales {
        for (at_unix_ms, fact) in sale(&terminal, n, &mut have) {
            let sql = "INSERT INTO fact (at_unix_ms, kind, subject, also, body) VALUES (?1, ?2, ?3, ?4, ?5)";
            let subject = fact.reference().map(ToString::to_string);
            let body = serde_json::to_string(&fact).expect("JSON");
            // The variant's name in JSON is the kind's.
            let kind = body.split('"').nth(1).expect("a kind");
            let row = params![at_unix_ms, kind, subject, fact.payment().map(payment_text), body];
            transaction.prepare_cached(sql).and_then(|mut insert| insert.execute(row)).expect("written");
        }
    }
    transaction.commit().expect("written");
    connection.pragma_update(None, "journal_mode", "WAL").expect("a mode");
}

/// A day in the middle, as `qrtill sales --day` takes it.
pub fn middle_day(sales: u64) -> String {
    let day = sales / PER_DAY / 2;
    let at = FIRST_UNIX_MS + day.cast_signed() * DAY_MS;
    let at = jiff::Timestamp::from_millisecond(at).expect("a time");
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// The facts of the `n`-th sale with their times.
fn sale(terminal: &TerminalId, n: u64, have: &mut u64) -> Vec<(i64, Fact)> {
    let (day, of_day) = (n / PER_DAY, n % PER_DAY);
    // From eight in the morning, one every 40 s.
    let opened = FIRST_UNIX_MS + day.cast_signed() * DAY_MS + 28_800_000 + of_day.cast_signed() * 40_000;
    let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let reference = Reference::mint(terminal, opened, u128::from(mixed));
    let currency = Currency::from_code("EUR").expect("a known code");
    let amount = Money::new(100 + i64::try_from(mixed % 9_900).expect("small"), currency);
    let url = format!("https://buy.stripe.com/14A5kE{mixed:016x}");
    let mut facts = vec![
        (opened, Fact::Intended { reference: reference.clone(), amount, at_unix_ms: opened, ttl_s: 120 }),
        (opened + 400, Fact::Linked { reference: reference.clone(), url, generation: 1 }),
        (opened + 401, Fact::Shown { reference: reference.clone() }),
    ];
    if n % 10 == 9 {
        let (why, at) = (CloseReason::Cancelled, opened + 9_000);
        facts.push((at, Fact::Closing { reference: reference.clone(), why, at_unix_ms: at }));
        facts.push((at + 500, Fact::Closed { reference, outcome: Outcome::Unpaid }));
        return facts;
    }
    *have += 1;
    let paid = opened + 15_000;
    let payment = PaymentKey {
        provider: "stripe".into(),
        account: String::new(),
        mode: Mode::Test,
        id: format!("pi_{mixed:016x}{n:08}"),
    };
    let notice = Notice {
        stream: "stream".into(),
        n: *have,
        payment: payment.clone(),
        status: PaymentStatus::Succeeded,
        amount: amount.minor,
        currency,
        refunded: 0,
        reference: Some(reference.clone()),
        at_unix_ms: paid,
        replay: false,
    };
    let verdict = Some(Verdict::Matched);
    facts.push((paid, Fact::Noticed { notice, verdict, have: *have, at_unix_ms: paid }));
    facts.push((paid, Fact::Announced { payment, reference: Some(reference.clone()), at_unix_ms: paid }));
    facts.push((paid + 300, Fact::Closed { reference, outcome: Outcome::Paid }));
    facts
}
