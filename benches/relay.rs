//! The built relay under webhooks: signed ones from several connections at once, each answered when it is on
//! disk. Those of somebody else's payments end in its journal; those of a terminal's own go on to a running
//! terminal and come back as receipts.
//!
//! ```sh
//! cargo bench --bench relay [-- --requests 3000 --seconds 10 --json]
//! ```

mod support;

use std::fs;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use support::Args;
use support::Table;
use support::Times;
use support::machine;
use support::shop::Running;
use support::shop::STANDING;
use support::shop::Shop;
use support::shop::now_s;
use support::webhook::Webhooks;

const CONNECTIONS: [u64; 3] = [1, 8, 32];
/// A terminal that has not receipted everything by then is not waited for.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    let args = Args::read(&["requests", "seconds"]);
    let load = Load {
        requests: args.number("requests", 3000),
        time: Duration::from_secs(args.number("seconds", 10)),
    };
    let _other = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tables = runtime.block_on(measure(load));
    support::print("relay", &args, &tables);
}

#[derive(Clone, Copy)]
struct Load {
    /// Of each row, over all its connections.
    requests: u64,
    /// After which no more are sent.
    time: Duration,
}

async fn measure(load: Load) -> Vec<Table> {
    let shop = Shop::open().await;
    let relay = Running::start(&mut shop.relay());
    let data = shop.file("terminal");
    fs::create_dir(&data).expect("a folder");
    let terminal = Running::start(&mut shop.terminal(&data, &shop.file("panel.png")));
    shop.until_armed().await;
    let bytes = Webhooks::new("", STANDING, now_s()).length();
    let mut rates = Table::new(
        &format!("Webhooks of {bytes} bytes, answered 2xx once they are on disk"),
        &["answered", "a second", "median ms", "p99 ms", "longest ms", "receipted/s"],
    );
    let mut memory = Table::new("Resident memory, MiB", &["relay", "terminal"]);
    let mut note = |what: &str| {
        let resident = |pid| Some(machine::usage(Some(pid)).resident_mib());
        memory.row(what, vec![resident(relay.id()), resident(terminal.id())]);
    };
    note("armed, before any webhook");
    let mut run = 0;
    for (name, link) in [("another's payments", "plink_of_a_web_shop"), ("a terminal's own", STANDING)] {
        let webhooks = Arc::new(Webhooks::new(&shop.webhook_secret(), link, now_s()));
        for connections in CONNECTIONS {
            run += 1;
            let began = support::now();
            let (times, spent) = send(&shop, &webhooks, load, connections, run).await;
            until_receipted(&shop).await;
            let receipted = (link == STANDING).then(|| times.count() as f64 / began.elapsed().as_secs_f64());
            let rate = times.count() as f64 / spent.as_secs_f64();
            let figures = [times.count() as f64, rate, times.ms(50), times.ms(99), times.ms(100)];
            let row = figures.into_iter().map(Some).chain([receipted]).collect();
            rates.row(&format!("{name}, {connections} at a time"), row);
        }
        note(&format!("after {name}"));
    }
    terminal.stop();
    relay.stop();
    vec![rates, memory]
}

/// Sends from so many connections, each with one request at a time.
async fn send(
    shop: &Shop,
    webhooks: &Arc<Webhooks>,
    load: Load,
    connections: u64,
    run: u64,
) -> (Times, Duration) {
    let now = now_s();
    // Signed beforehand: the sender shares the machine with the relay.
    let signed = |from: u64| -> Vec<_> {
        (from..load.requests).step_by(connections as usize).map(|n| webhooks.make(run, n, now)).collect()
    };
    let shares: Vec<_> = (0..connections).map(signed).collect();
    let began = support::now();
    let tasks =
        shares.into_iter().map(|share| tokio::spawn(send_share(shop.hook(), share, began + load.time)));
    let mut times = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        times.extend(task.await.expect("sent"));
    }
    (Times::new(times), began.elapsed())
}

async fn send_share(url: String, share: Vec<(String, String)>, until: Instant) -> Vec<Duration> {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut times = Vec::new();
    for (body, header) in share {
        let began = support::now();
        if began > until {
            break;
        }
        let sent = client.post(&url).header("Stripe-Signature", header).body(body).send().await;
        let status = sent.expect("the relay answers").status();
        assert!(status.is_success(), "the webhook was refused with {status}");
        times.push(began.elapsed());
    }
    times
}

/// Waits until the relay owes nothing to anybody.
async fn until_receipted(shop: &Shop) {
    let url = shop.hook().replace("/webhook/stripe", "/metrics");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let began = support::now();
    while began.elapsed() < PATIENCE {
        let text = client.get(&url).send().await.expect("the relay answers").text().await.expect("text");
        let line = text.lines().find(|line| line.starts_with("qrtill_owed_documents "));
        if line.is_some_and(|line| line.ends_with(" 0")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the terminal has not receipted everything in {} s", PATIENCE.as_secs());
}
