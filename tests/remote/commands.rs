//! Commands from far away: each does what it says once, and none that is not of now does anything.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrtill::core::key::Key;
use qrtill::core::remote::Outcome;
use qrtill::mqtt::document::Command;
use qrtill::mqtt::key::SecretKey;
use serde_json::Value;
use serde_json::json;

use crate::far::Far;
use crate::log;

fn message(text: &str) -> Command {
    Command::Message { text: text.into(), for_s: 60 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_says_its_name_and_what_it_is_told_to() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    let before = far.tills[0].snapshots.borrow().as_ref().expect("shown").sound.0;
    far.command(0, "a", Command::Identify {}).await;
    far.tills[0].until("its name", |state| state.scene == "message").await;
    assert!(far.tills[0].snapshots.borrow().as_ref().expect("shown").sound.0 > before, "it beeps");
    far.tills[0].press(Key::Enter).await;
    far.tills[0].until("idle", |state| state.scene == "idle").await;
    far.command(0, "b", message("Back at two")).await;
    far.tills[0].until("the words", |state| state.scene == "message").await;
    let pictures = far.command(0, "c", Command::Screenshot {}).await;
    let parts = far.answers(0, "screenshot").into_iter().filter(|part| part["outcome"] == "part");
    let png: Vec<u8> = parts
        .flat_map(|part| STANDARD.decode(part["png"].as_str().expect("text")).expect("base64"))
        .collect();
    assert_eq!(pictures["parts"]["customer"], 1);
    let picture = qrtill::panel::png::decode(&png).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (250, 122));
    let health = far.command(0, "d", Command::Diagnose {}).await;
    assert_eq!(health["armed"], true);
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_outlives_the_program_and_lets_a_sale_end() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    far.command(0, "a", Command::Pause {}).await;
    far.tills[0].until("closed", |state| state.scene == "unavailable" && !state.armed).await;
    let starts = far.tills[0].starts.load(Ordering::SeqCst);
    far.command(0, "b", Command::Restart {}).await;
    far.counter.when("it is started again", |_| far.tills[0].starts.load(Ordering::SeqCst) > starts).await;
    far.tills[0].until("closed still", |state| state.scene == "unavailable" && !state.armed).await;
    let [one, two] = far.keys.money.clone();
    let more = SecretKey::from_random([9; 32]).public().to_string();
    let settings = json!({ "relay": { "keys": [far.relay, more] } });
    far.send_by(0, 1, settings, &[&one, &two]).await;
    far.result(0, 1, Outcome::Applied).await;
    far.command(0, "c", Command::Resume {}).await;
    far.tills[0].until("open", |state| state.armed).await;
    for key in [Key::Digit(5), Key::Digit(0), Key::Digit(0), Key::Enter] {
        far.tills[0].press(key).await;
    }
    let sold = far.tills[0].until("a code", |state| state.url.is_some()).await;
    far.command(0, "d", Command::Pause {}).await;
    assert_eq!(far.counter.pay(&sold.url.expect("a link"), "paid", None).await, 303);
    far.tills[0].until("paid", |state| state.scene == "paid").await;
    far.tills[0].until("and then closed", |state| state.deaf.is_some()).await;
    far.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_twice_late_or_for_somebody_else() {
    log::record();
    let mut far = Far::with_keys(2, "").await;
    far.order(0, "first", None, message("A")).await;
    let word = far.answer(0, "message", "first", "challenge").await["challenge"]
        .as_str()
        .expect("a word")
        .to_owned();
    let good = far.ordered(0, "second", Some(&word), message("A"), &far.keys.operations);
    far.say_command(0, &good, true).await;
    let refused = far.answer(0, "message", "", "refused").await;
    assert_eq!(
        (&refused["txn"], refused["why"].as_str()),
        (&Value::Null, Some("it was not believed: retained"))
    );
    let forged = far.ordered(0, "forged", Some(&word), message("B"), &far.keys.root);
    far.say_command(0, &forged, false).await;
    let other = far.ordered(1, "other", Some(&word), message("C"), &far.keys.operations);
    far.say_command(0, &(good.0.clone(), other.1), false).await;
    far.say_command(0, &good, false).await;
    far.answer(0, "message", "second", "done").await;
    far.tills[0].press(Key::Enter).await;
    far.tills[0].until("it was read", |state| state.scene == "idle").await;
    // The very same again: the word in it is used up, and another one is asked for.
    far.say_command(0, &good, false).await;
    far.answer(0, "message", "second", "challenge").await;
    assert_eq!(far.tills[0].snapshots.borrow().as_ref().expect("shown").state.scene, "idle");
    let done =
        |till| far.answers(till, "message").iter().filter(|answer| answer["outcome"] == "done").count();
    assert_eq!((done(0), done(1)), (1, 0));
    far.order(0, "long", None, message(&"x".repeat(300))).await;
    let refused = far.answer(0, "message", "long", "refused").await;
    assert!(refused["why"].as_str().expect("a sentence").contains("200 characters"), "{refused}");
    far.close().await;
    log::assert_quiet();
}
