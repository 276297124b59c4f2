//! A whole world over loopback: from Enter to the code, from the customer's payment to PAID, and what a sale writes to
//! the disk. The same broker, relay, provider adapter, terminal and journals as in the sandbox.
//!
//! ```sh
//! cargo bench --bench sale [-- --sales 150 --json]
//! ```

mod support;
#[path = "../tests/support/world.rs"]
mod world;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use qrtill::core::key::Key;
use qrtill::sandbox::bank::model::Face;
use support::Args;
use support::Table;
use support::Times;
use support::machine;
use world::Counter;

const AMOUNT: [Key; 4] = [Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0)];
/// The relay's own questions as in production: it is the webhooks that are measured.
const PACE: [&str; 4] =
    ["poll_first_ms=2000", "poll_most_ms=15000", "retry_base_ms=1000", "late_wait_ms=600000"];

fn main() {
    let args = Args::read(&["sales"]);
    let sales = args.number("sales", 150);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (plain, through, worn) = runtime.block_on(async {
        let mut counter = Counter::open(&PACE).await;
        sell(&mut counter, 5, None).await;
        let before = written();
        let plain = sell(&mut counter, sales, None).await;
        let worn = wear(before, sales);
        let between = Between::open(&counter).await;
        let through = sell(&mut counter, sales, Some(&between)).await;
        counter.close().await;
        (plain, through, worn)
    });
    let columns = ["median ms", "p95 ms", "p99 ms", "longest ms"];
    let mut table =
        Table::new(&format!("{sales} sales, one after another; a row's time ends at its state"), &columns);
    table.row("Enter -> code on the panel", plain.code.spread());
    table.row("payment sent -> answered by the bank", plain.answered.spread());
    table.row("payment sent -> PAID", plain.paid.spread());
    table.row("payment answered -> PAID", plain.after_answer.spread());
    table.row("webhook accepted -> PAID", through.after_webhook.expect("webhooks were seen").spread());
    table.row("for comparison: one 4 KiB write synced", machine::sync().spread());
    support::print("sale", &args, &[table, worn]);
}

/// What the journals of terminal and relay have written until now.
fn written() -> [u64; 2] {
    ["terminal.sqlite", "relay.sqlite"].map(machine::written)
}

/// What each side has written for one of so many sales, and how long a card of 16 GB stands 500 of them a day: it is
/// taken to stand a thousand writes of each of its cells, and to write sixteen times what it is sent, since it
/// writes in larger units than 4 KiB.
fn wear(before: [u64; 2], sales: u64) -> Table {
    const CARD: f64 = 16e9 * 1_000.0 / 16.0;
    const SALES_A_YEAR: f64 = 500.0 * 365.0;
    let columns = ["KiB a sale", "GB a year", "years of 16 GB"];
    let mut table = Table::new(&format!("Written to the disk for each of {sales} sales, paid"), &columns);
    let sides =
        written().into_iter().zip(before).map(|(after, before)| (after - before) as f64 / sales as f64);
    let sides: Vec<f64> = sides.collect();
    let names = ["the terminal's journal", "the relay's journal", "both on one card"];
    for (name, bytes) in names.into_iter().zip([sides[0], sides[1], sides.iter().sum()]) {
        let year = bytes * SALES_A_YEAR;
        table.row(name, vec![Some(bytes / 1024.0), Some(year / 1e9), Some(CARD / year)]);
    }
    table
}

struct Sold {
    code: Times,
    answered: Times,
    paid: Times,
    after_answer: Times,
    after_webhook: Option<Times>,
}

async fn sell(counter: &mut Counter, sales: u64, between: Option<&Between>) -> Sold {
    let (mut code, mut answered, mut paid) = (Vec::new(), Vec::new(), Vec::new());
    let (mut after_answer, mut after_webhook) = (Vec::new(), Vec::new());
    for _ in 0..sales {
        counter.until_scene("idle").await;
        counter.press(&AMOUNT).await;
        let began = support::now();
        counter.press(&[Key::Enter]).await;
        let url = counter.until_scene("scan").await.url.expect("a code has a link");
        code.push(began.elapsed());
        if let Some(between) = between {
            between.forget();
        }
        let mut snapshots = counter.snapshots.clone();
        let began = support::now();
        let (answer, shown) = tokio::join!(
            async {
                let status = counter.pay(&url, "paid", None).await;
                (status, support::now())
            },
            async {
                let is_paid = |shown: &Option<qrtill::terminal::Snapshot>| {
                    shown.as_ref().is_some_and(|shown| shown.state.scene == "paid")
                };
                drop(snapshots.wait_for(is_paid).await.expect("a running terminal"));
                support::now()
            }
        );
        assert_eq!(answer.0, 303, "the bank has committed");
        answered.push(answer.1 - began);
        paid.push(shown - began);
        after_answer.push(shown.saturating_duration_since(answer.1));
        if let Some(accepted) = between.and_then(Between::accepted) {
            after_webhook.push(shown.saturating_duration_since(accepted));
        }
        // The only key that is taken in a result's first half second.
        counter.press(&[Key::Cancel]).await;
    }
    Sold {
        code: Times::new(code),
        answered: Times::new(answered),
        paid: Times::new(paid),
        after_answer: Times::new(after_answer),
        after_webhook: (!after_webhook.is_empty()).then(|| Times::new(after_webhook)),
    }
}

/// Stands between bank and relay and notes when the first webhook of a payment was answered 2xx.
struct Between(Arc<Mutex<Option<Instant>>>);

#[derive(Clone)]
struct Passing {
    relay: String,
    client: reqwest::Client,
    accepted: Arc<Mutex<Option<Instant>>>,
}

impl Between {
    async fn open(counter: &Counter) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let accepted = Arc::new(Mutex::new(None));
        let passing = Passing {
            relay: format!("http://{}/webhook/stripe", counter.world.relay_address()),
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            accepted: Arc::clone(&accepted),
        };
        let router = Router::new().fallback(pass).with_state(passing);
        tokio::spawn(axum::serve(listener, router).into_future());
        counter.bank.main_endpoint(Face::Stripe, &format!("http://{address}/")).expect("an endpoint");
        Self(accepted)
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn accepted(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only what tells of a payment is noted: a sale's link makes webhooks of its own.
async fn pass(State(passing): State<Passing>, mut headers: HeaderMap, body: Bytes) -> StatusCode {
    headers.remove("host");
    let of_payment = std::str::from_utf8(&body).is_ok_and(|text| text.contains("checkout.session.completed"));
    let sent =
        passing.client.post(&passing.relay).headers(headers).body(body).timeout(Duration::from_secs(10));
    let Ok(answer) = sent.send().await else { return StatusCode::BAD_GATEWAY };
    if of_payment && answer.status().is_success() {
        let mut accepted = passing.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.get_or_insert_with(support::now);
    }
    answer.status()
}
