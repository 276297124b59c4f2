//! The power goes after every single step of a trial.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use qrtill::core::remote::Outcome;
use qrtill::mqtt::key::SecretKey;
use serde_json::Value;
use serde_json::json;

use crate::far::Far;
use crate::log;

/// More steps than any trial has.
const STEPS: u64 = 200;

/// Cuts the power after the first, the second, … step behind the sending of a document, until none is left.
async fn cut_everywhere(settings: impl Fn(&Far, u64) -> Value, by_money: bool) {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    let [one, two] = far.keys.money.clone();
    let operations = far.keys.operations.clone();
    let keys = if by_money { vec![&one, &two] } else { vec![&operations] };
    for version in 1..STEPS {
        let cuts = far.tills[0].cuts.load(Ordering::SeqCst);
        far.tills[0].fuse.set(version);
        let sent = settings(&far, version);
        far.send_by(0, version, sent.clone(), &keys).await;
        far.result(0, version, Outcome::Applied).await;
        let cut = far.tills[0].cuts.load(Ordering::SeqCst) > cuts;
        far.tills[0].fuse.set(0);
        let good = far.tills[0].slots().good;
        assert_eq!(good.map(|good| (good.version, good.settings)), Some((version, sent)));
        if !cut {
            assert!(version > 5, "a trial has more steps than {version}");
            return close(far, version).await;
        }
    }
    panic!("a trial never ends");
}

/// Each version was told once, or the same again.
async fn close(far: Far, last: u64) {
    let mut told = BTreeMap::new();
    for result in far.results(0) {
        let before = told.insert((result.txn, result.attempt), result.outcome.clone());
        assert!(
            before.is_none_or(|before| before == result.outcome),
            "told otherwise before: {}",
            result.body
        );
    }
    assert_eq!(told.len(), usize::try_from(last).expect("small"));
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_settings_of_operations() {
    let settings = |_: &Far, version| json!({ "sale": { "ttl_s": 100 + version } });
    Box::pin(cut_everywhere(settings, false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_settings_that_reach_for_the_relay() {
    let settings = |far: &Far, version| json!({ "relay": { "keys": [far.relay, stranger(version)] } });
    Box::pin(cut_everywhere(settings, true)).await;
}

fn stranger(number: u64) -> String {
    let mut random = [0; 32];
    random[..8].copy_from_slice(&number.to_le_bytes());
    SecretKey::from_random(random).public().to_string()
}
