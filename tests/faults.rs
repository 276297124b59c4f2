//! Random walks by seed: a handful of sales in one world, with customers and cashiers who do as they like
//! and parts that fail as the dice say. Then everything is put right, and every promise is checked.
//!
//! `QRTILL_SEEDS=200` walks more of them, `QRTILL_SEED=17` only that one. The dice are the same each time;
//! how the threads interleave is not, so a failing walk prints its whole story; `RUST_LOG=faults` prints all.

#[path = "support/checks.rs"]
mod checks;
#[path = "support/log.rs"]
mod log;
#[path = "support/walk.rs"]
mod walk;
#[path = "support/world.rs"]
mod world;

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use walk::Story;

/// What fits in about 90 seconds on two cores.
const SEEDS: u64 = 60;
/// Worlds at a time: most of a walk is waiting.
const AT_ONCE: usize = 6;

fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match (number("QRTILL_SEED"), number("QRTILL_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, count) => (1..=count.unwrap_or(SEEDS)).collect(),
    }
}

async fn walk_all(seeds: Vec<u64>) {
    log::record();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut walks = JoinSet::new();
    for seed in seeds {
        let places = Arc::clone(&places);
        walks.spawn(async move {
            let _place = places.acquire_owned().await.expect("never closed");
            let story = Story::new(seed);
            // A walk that panics has a story as well.
            let walked = tokio::spawn(walk::walk(story.clone())).await;
            let broken = walked.unwrap_or_else(|panic| vec![panic.to_string()]);
            tracing::info!("{story}");
            (!broken.is_empty()).then(|| format!("{story}\nbroken: {broken:#?}"))
        });
    }
    let failed: Vec<String> = walks.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{} walks broke a promise:\n{}", failed.len(), failed.join("\n\n"));
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_meanwhile_every_promise_is_kept_in_the_end() {
    walk_all(seeds()).await;
}
