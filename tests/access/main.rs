//! A terminal with a good certificate that would like to be another, or to hear another: every way across that we know
//! of, against Debian's own Mosquitto under the files shipped for a fleet. All are refused, and nobody is disturbed.
#![cfg(feature = "sandbox")]

mod attempt;
#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/broker.rs"]
mod broker;
mod client;
#[path = "../support/fleet_broker.rs"]
mod fleet_broker;
mod place;
mod raw;
mod table;
mod theft;
mod way;

use std::collections::BTreeSet;

use attempt::Outcome;
use place::Place;

/// The issue asks for this many; each is one line of what is written down.
const AT_LEAST: usize = 60;

#[tokio::test]
async fn no_way_across_is_open() {
    let attempts = table::all();
    let names: BTreeSet<_> = attempts.iter().map(|attempt| attempt.name.as_str()).collect();
    assert_eq!(names.len(), attempts.len(), "two attempts have one name");
    assert!(attempts.len() >= AT_LEAST, "only {} attempts", attempts.len());
    let mut place = Place::new().await;
    let mut open = Vec::new();
    for attempt in &attempts {
        match attempt::make(&mut place, attempt).await {
            Outcome::Refused(how) => println!("refused: {}: {how}", attempt.name),
            Outcome::Open(what) => open.push(format!("{}: {what}", attempt.name)),
        }
    }
    assert!(open.is_empty(), "{} of {} are open:\n{}", open.len(), attempts.len(), open.join("\n"));
    place.is_undisturbed().await;
    println!("{} attempts, all refused", attempts.len());
}

/// What makes the test above worth something: the same means succeed where they may.
#[tokio::test]
async fn what_may_be_done_is_done() {
    let mut place = Place::new().await;
    let allowed = table::allowed();
    for attempt in &allowed {
        let outcome = attempt::make(&mut place, attempt).await;
        let heard_its_own = |how: &str| how.ends_with("of its own") && !how.contains("heard 0");
        if let Outcome::Refused(how) = outcome {
            assert!(heard_its_own(&how), "{}: {how}", attempt.name);
        }
    }
}
