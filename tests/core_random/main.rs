//! The terminal's core under random streams of everything that can happen to it, beside a small model.
//! `QRTILL_SEEDS=1000000` tries more streams; a failure prints its seed and the shortest failing stream.

#![expect(clippy::wildcard_enum_match_arm, reason = "a check looks at the few facts and scenes it is about")]

mod checks;
mod found;
mod model;
mod shrink;
mod stream;
mod tables;
mod world;

use std::collections::BTreeMap;

use stream::Step;

const SEEDS: u64 = 20_000;
const LENGTH: usize = 60;
/// Every verdict, result and scene that the core can bring about: at least one stream in 500 has each.
#[rustfmt::skip]
const ALL: [&str; 47] = [
    "Matched", "Short", "Over", "Late", "Duplicate", "Foreign", "Counter",
    "Open", "Paid", "Failed", "Expired", "Cancelled", "Unknown",
    "starting", "idle", "entering", "confirm", "preparing", "scan", "processing", "closing", "paid", "short",
    "over", "late", "duplicate", "expired", "failed", "cancelled", "unknown", "unavailable", "ask", "pin",
    "last_payments", "assigned", "settled", "payment", "refund", "refunding", "refunded", "refund_refused",
    "refund_by_hand", "refund_unknown", "given back", "by hand", "refund strip", "bounced",
];

fn shown(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("    {step:?},\n")).collect()
}

/// A promise's name: all of a message before its first colon.
fn name(told: &str) -> String {
    told.split(':').next().unwrap_or_default().to_owned()
}

#[test]
fn no_stream_breaks_a_promise() {
    let seeds = std::env::var("QRTILL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let mut broken = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for seed in 0..seeds {
        let steps = stream::draw(seed, LENGTH);
        let told = match world::run(&steps) {
            Ok(world) => {
                world.checks.seen.into_iter().for_each(|what| *seen.entry(what).or_insert(0) += 1);
                continue;
            }
            Err(told) => told,
        };
        let promise = name(&told);
        if broken.contains_key(&promise) || broken.len() >= 10 {
            continue;
        }
        let fails = |part: &[Step]| world::run(part).is_err_and(|other| name(&other) == promise);
        let short = shrink::shortest(&steps, fails);
        let told = world::run(&short).err().unwrap_or_default();
        broken.insert(
            promise,
            format!("seed {seed}: {told}\nthe shortest stream that shows it:\n{}", shown(&short)),
        );
    }
    let all: Vec<String> = broken.into_values().collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
    let often = |what: &&str| seen.get(*what).is_some_and(|count| *count * 500 >= seeds);
    let seldom: Vec<_> = ALL.iter().filter(|what| !often(what)).collect();
    assert!(seldom.is_empty(), "streams hardly ever reach {seldom:?}: {seen:?}");
}
