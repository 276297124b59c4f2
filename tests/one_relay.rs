//! Five counters, each with another payment-link system, on one relay at the same time: every payment finds its
//! own counter, and nothing that happens at one system is felt at another.

#[path = "support/log.rs"]
mod log;
#[path = "support/wire.rs"]
mod wire;
#[path = "support/world.rs"]
mod world;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::scene::SaleResult;
use qrtill::relay::decide::fact::Fact as RelayFact;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use wire::Ear;
use world::Counter;

const SYSTEMS: [(&str, &str); 5] =
    [("stripe", "EUR"), ("vinr", "EUR"), ("yabetoo", "XAF"), ("storekit", "GBP"), ("qonto", "EUR")];

/// Another amount at each counter, so that none can be taken for another's.
fn amount(seat: usize) -> u64 {
    1250 + 100 * seat as u64
}

async fn open(settings: &[&str]) -> Counter {
    log::record();
    assert_eq!(SYSTEMS.len(), qrtill::provider::PROVIDERS.len());
    let mut counter = Counter::open_all(&SYSTEMS, settings).await;
    for seat in 0..SYSTEMS.len() {
        counter.sit_at(seat);
        counter.until("armed", |state| state.armed).await;
    }
    counter
}

async fn sell_at_each(counter: &mut Counter) -> Vec<String> {
    let mut urls = Vec::new();
    for seat in 0..SYSTEMS.len() {
        counter.sit_at(seat);
        urls.push(counter.sell(amount(seat)).await);
    }
    urls
}

async fn each_is_paid(counter: &mut Counter) {
    for (seat, (system, _)) in SYSTEMS.iter().enumerate() {
        counter.sit_at(seat);
        let paid = counter.until_scene("paid").await;
        assert_eq!(paid.amount, Some(amount(seat) as i64), "at {system}");
        assert_eq!(paid.result, Some(SaleResult::Paid), "at {system}");
    }
}

/// The payments that this counter was told of, and how they were judged.
fn noticed(counter: &Counter) -> Vec<(String, Verdict)> {
    let told = |fact: &Fact| {
        let Fact::Noticed { notice, verdict: Some(verdict), .. } = fact else { return None };
        Some((notice.payment.provider.clone(), *verdict))
    };
    counter.facts().iter().filter_map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_sales_at_once_are_paid_each_at_its_own_counter() {
    let mut counter = open(&[]).await;
    let urls = sell_at_each(&mut counter).await;
    for url in urls.iter().rev() {
        assert_eq!(counter.pay(url, "paid", None).await, 303);
    }
    each_is_paid(&mut counter).await;
    for (seat, (system, _)) in SYSTEMS.iter().enumerate() {
        counter.sit_at(seat);
        assert_eq!(noticed(&counter), [((*system).to_owned(), Verdict::Matched)]);
    }
    let opened = |fact: &RelayFact| {
        let RelayFact::Opened { open, system, .. } = fact else { return None };
        Some((open.reference.terminal().to_string(), system.clone()))
    };
    let opened: Vec<_> = counter.relay_facts().iter().filter_map(opened).collect();
    let expected = SYSTEMS.iter().enumerate();
    let expected =
        expected.map(|(seat, (system, _))| (format!("counter-{}", seat + 1), (*system).to_owned()));
    assert_eq!(opened, expected.collect::<Vec<_>>());
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_among_five_open_sales_finds_the_payment_of_each() {
    let mut counter = open(&[]).await;
    let urls = sell_at_each(&mut counter).await;
    counter.fault(Part::Relay, Deed::Kill).await;
    for url in &urls {
        assert_eq!(counter.pay(url, "paid", None).await, 303);
    }
    counter.fault(Part::Relay, Deed::Start).await;
    each_is_paid(&mut counter).await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_over_a_standing_link_is_announced_at_its_own_counter_alone() {
    let mut counter = open(&["standing=yes"]).await;
    for (seat, (system, currency)) in SYSTEMS.iter().enumerate() {
        counter.sit_at(seat);
        let idle = counter.until("its own code", |state| state.scene == "idle" && state.url.is_some()).await;
        let fixed = *system == "qonto";
        let amount = if *currency == "XAF" { "700" } else { "7.00" };
        let url = idle.url.expect("a code");
        assert_eq!(counter.pay(&url, "paid", (!fixed).then_some(amount)).await, 303, "at {system}");
        counter.until("announced", |state| state.scene == "paid").await;
    }
    for (seat, (system, _)) in SYSTEMS.iter().enumerate() {
        counter.sit_at(seat);
        assert_eq!(noticed(&counter), [((*system).to_owned(), Verdict::Counter)]);
    }
    counter.close().await;
    log::assert_quiet();
}

/// Each question of a terminal may bring a heartbeat to all, and each of those a question from all.
#[tokio::test(flavor = "multi_thread")]
async fn counters_that_come_back_together_do_not_drown_the_relay() {
    const COUNTERS: usize = 16;
    log::record();
    let mut counter = Counter::open_all(&[("stripe", "EUR"); COUNTERS], &[]).await;
    let ear = Ear::open(&counter.world).await;
    for deed in [Deed::Stop, Deed::Start] {
        counter.fault(Part::Terminal, deed).await;
    }
    for seat in 0..COUNTERS {
        counter.sit_at(seat);
        counter.until("armed", |state| state.armed).await;
    }
    let said = |leaf: &str| ear.all().iter().filter(|message| message.topic.ends_with(leaf)).count();
    let (questions, beats) = (said("sale/sync"), said("r/main/state"));
    assert!((COUNTERS..=3 * COUNTERS).contains(&questions), "{questions} questions");
    assert!(beats < COUNTERS, "{beats} heartbeats");
    counter.close().await;
    log::assert_quiet();
}
