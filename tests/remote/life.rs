//! The life of a document: every result there is, and what the counter does meanwhile.

use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::core::remote::Outcome;
use qrtill::host::health::Health;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use qrtill::ui::lang::Lang;
use serde_json::json;

use crate::far::Far;
use crate::far::HOSTS;
use crate::log;

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_is_applied_and_outlives_the_program() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    far.send(0, 1, json!({ "lang": "de", "sale": { "ttl_s": 77 } })).await;
    far.result(0, 1, Outcome::Applied).await;
    let reported = far.reported(0);
    assert_eq!(reported["version"], 1);
    assert_eq!(reported["settings"]["lang"], json!({ "value": "de", "from": "remote" }));
    assert_eq!(reported["settings"]["sale.ttl_s"], json!({ "value": 77, "from": "remote" }));
    assert_eq!(reported["settings"]["shop"]["from"], "file");
    assert_eq!(reported["settings"]["sale.close_wait_s"]["from"], "default");
    far.tills[0].stop();
    far.tills[0].start();
    far.tills[0].until("armed again", |state| state.armed).await;
    assert_eq!(far.tills[0].slots().good.map(|good| good.version), Some(1));
    let told = far.results(0);
    assert!(told.iter().all(|one| *one == told[0]), "the retained document is not answered anew: {told:?}");
    far.send(0, 2, json!({ "lang": "de", "sale": { "ttl_s": 77 } })).await;
    far.result(0, 2, Outcome::Unchanged).await;
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_told_at_once_and_nothing_of_it_is_taken() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    let settings = json!({
        "lang": "xx", "sale": { "ttl_s": 5, "currency": "USD" }, "panel": { "name": "tft-240x320" }, "shopp": "A",
    });
    far.send(0, 1, settings).await;
    let told = far.result(0, 1, Outcome::Rejected).await;
    let paths: Vec<_> =
        told["errors"].as_array().expect("errors").iter().map(|one| one["path"].clone()).collect();
    for path in ["lang", "sale.ttl_s", "panel.name", "shopp"] {
        assert!(paths.contains(&json!(path)), "{path} is not among {paths:?}");
    }
    assert_eq!(far.reported(0)["version"], json!(null));
    far.send(0, 1, json!({ "lang": "fr" })).await;
    far.send_with_txn(0, "another", 1, json!({ "lang": "fr" })).await;
    let stale = far.result_of(0, "another", Outcome::Stale).await;
    assert!(stale["why"].as_str().expect("why").contains("higher"), "{stale}");
    assert_eq!(far.tills[0].slots().good, None);
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn money_needs_two_people_and_a_host_that_the_till_names() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    let payee = json!({ "link": { "hosts": [HOSTS[1]] } });
    far.send(0, 1, payee.clone()).await;
    let told = far.result(0, 1, Outcome::Rejected).await;
    assert_eq!(told["errors"][0]["path"], "link.hosts");
    let [one, two] = far.keys.money.clone();
    far.send_by(0, 2, payee.clone(), &[&one]).await;
    far.send_by(0, 3, json!({ "link": { "hosts": ["evil.example"] } }), &[&one, &two]).await;
    let told = far.result(0, 3, Outcome::Rejected).await;
    assert_eq!(told["errors"][0]["path"], "link.hosts[0]");
    assert!(far.results(0).iter().all(|told| told.txn != "txn-2"), "one of two signatures has no answer");
    far.tills[0].find(Health { milli_c: Some(85_000), clock_set: true, ..Health::default() });
    let health = far.health(0, |health| health["machine"]["milli_c"] == 85_000).await;
    assert_eq!(health["refused"], json!({ "too_few_signatures": 1 }), "and its operators hear of it");
    assert!(health["machine"]["complaints"][0].as_str().expect("a sentence").contains("85 °C"), "{health}");
    far.send_by(0, 4, payee, &[&one, &two]).await;
    far.result(0, 4, Outcome::Applied).await;
    assert_eq!(far.reported(0)["settings"]["link.hosts"]["value"], json!([HOSTS[1]]));
    far.tills[0].until("it is said at the counter", |state| state.scene == "message").await;
    far.send(0, 5, json!({ "link": { "hosts": [HOSTS[1]] }, "lang": "de" })).await;
    far.result(0, 5, Outcome::Applied).await;
    far.tills[0].until("and again after a start", |state| state.scene == "message").await;
    far.tills[0].press(Key::Enter).await;
    far.tills[0].until("it was read", |state| state.scene == "idle").await;
    assert!(!far.tills[0].slots().unread);
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_disturbed_and_the_latest_wins() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    far.tills[0].press(Key::Digit(5)).await;
    far.send(0, 1, json!({ "lang": "de" })).await;
    far.send(0, 2, json!({ "lang": "fr" })).await;
    let told = far.result(0, 1, Outcome::Superseded).await;
    assert!(told["why"].as_str().expect("why").contains("version 2"), "{told}");
    assert_eq!(far.tills[0].slots().burned, 0, "an amount is being keyed");
    far.tills[0].press(Key::Cancel).await;
    far.result(0, 2, Outcome::Applied).await;
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_away_in_the_middle_loses_neither_settings_nor_answer() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    for version in 1..=5 {
        let lang = ["de", "fr"][usize::from(version % 2 == 0)];
        far.send(0, version, json!({ "lang": lang })).await;
        tokio::time::sleep(Duration::from_millis(version * 20)).await;
        far.counter.fault(Part::Broker, Deed::Kill).await;
        far.counter.fault(Part::Broker, Deed::Start).await;
        // It has forgotten what it kept; an operator's program says it again.
        far.publish_keys(&far.keys.set(1), &far.keys.root).await;
        far.send(0, version, json!({ "lang": lang })).await;
        // A result that only the broker of before had heard stands in the report.
        let last = far.last_result(0, version).await;
        assert_eq!(last["outcome"], "applied", "{last}");
    }
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_may_come_after_what_they_signed_and_a_revoked_one_is_out_at_once() {
    log::record();
    let mut far = Far::open(1, "").await;
    far.send(0, 1, json!({ "lang": "de" })).await;
    far.publish_keys(&far.keys.set(1), &far.keys.operations).await;
    far.publish_keys(&far.keys.set(1), &far.keys.root).await;
    far.result(0, 1, Outcome::Applied).await;
    let mut next = far.keys.set(2);
    next.operations = vec![far.keys.root.public().to_string()];
    next.revoked = vec![far.keys.operations.public().to_string()];
    far.publish_keys(&next, &far.keys.root).await;
    far.publish_keys(&far.keys.set(1), &far.keys.root).await;
    far.send(0, 2, json!({ "lang": "fr" })).await;
    let root = far.keys.root.clone();
    far.send_by(0, 3, json!({ "lang": "it" }), &[&root]).await;
    far.result(0, 3, Outcome::Applied).await;
    assert_eq!(far.reported(0)["keys_version"], 2, "the set of before is not taken again");
    assert!(far.results(0).iter().all(|told| told.txn != "txn-2"));
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_root_key_nothing_is_taken_from_far_away() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    far.send(0, 1, json!({ "lang": "de" })).await;
    far.result(0, 1, Outcome::Applied).await;
    far.tills[0].stop();
    far.tills[0].rewrite(|text| text.replace("root_keys = ", "# root_keys = "));
    let start = far.tills[0].plan();
    assert!(start.remote.is_none());
    assert_eq!(start.terminal.value.expect("a good file").lang, Lang::En);
    far.tills[0].start();
    far.tills[0].until("armed", |state| state.armed).await;
    far.close().await;
    log::assert_quiet();
}
