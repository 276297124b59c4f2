//! Valid documents that cut the till off. It is back with what was in force before, by itself, every time.

use std::time::Duration;

use qrtill::core::remote::Outcome;
use qrtill::mqtt::key::SecretKey;
use qrtill::sandbox::bank::faults::SplitMix;
use serde_json::Value;
use serde_json::json;

use crate::far::Far;
use crate::log;
use crate::till::CRASHES;

/// A hundred runs: all tills at once, and each way to be cut off at every fourth of them.
const TILLS: usize = 50;
const ROUNDS: usize = 2;
const CONFIRM: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_cut_off_comes_back() {
    log::record();
    // Not one of our own variables: the tills in this process would take it for a setting.
    let seed: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut far = Far::with_keys(TILLS, "").await;
    for till in 0..TILLS {
        far.send(till, 1, json!({ "sale": { "ttl_s": 77 } })).await;
    }
    for till in 0..TILLS {
        far.result(till, 1, Outcome::Applied).await;
    }
    for round in 0..ROUNDS {
        cut_off(&mut far, round, seed).await;
    }
    far.close().await;
    log::assert_quiet();
}

fn ways() -> [(&'static str, Value); 4] {
    let nobody = SecretKey::from_random([7; 32]).public().to_string();
    [
        ("a port where nobody listens", json!({ "broker": { "port": 9 } })),
        ("the keys of no relay", json!({ "relay": { "keys": [nobody] } })),
        ("a host that there is not", json!({ "broker": { "host": "broker.invalid" } })),
        ("a crash at the start", json!({ "shop": CRASHES })),
    ]
}

async fn cut_off(far: &mut Far, round: usize, seed: u64) {
    let mut dice = SplitMix::new(seed + round as u64);
    let [one, two] = far.keys.money.clone();
    let (ways, version) = (ways(), 2 + round as u64);
    let way = |till: usize| &ways[(till + round * ways.len() / ROUNDS) % ways.len()];
    for till in 0..TILLS {
        // At every second four the power goes as well, somewhere on the way.
        let steps = if till % 8 < 4 { 1 + dice.below(30) } else { 0 };
        far.tills[till].fuse.set(steps);
        far.send_by(till, version, way(till).1.clone(), &[&one, &two]).await;
    }
    let back = tokio::time::timeout(CONFIRM + Duration::from_secs(30), async {
        for till in 0..TILLS {
            far.result(till, version, Outcome::RolledBack).await;
            far.tills[till].fuse.set(0);
            far.tills[till].until("armed again", |state| state.armed).await;
        }
    });
    assert!(back.await.is_ok(), "not all are back in time; SEED={seed} plays it again");
    for till in 0..TILLS {
        let what = format!("{}, till {till}, seed {seed}", way(till).0);
        let slots = far.tills[till].slots();
        assert_eq!(slots.good.as_ref().map(|good| good.version), Some(1), "{what}");
        assert_eq!((slots.trial, slots.burned), (None, version), "{what}");
        let reported = far.reported(till);
        let (version, ttl) = (&reported["version"], &reported["settings"]["sale.ttl_s"]["value"]);
        assert_eq!((version, ttl), (&json!(1), &json!(77)), "{what}");
    }
}
