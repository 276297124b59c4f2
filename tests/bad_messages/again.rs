//! What was truly said once, said again later.

use qrtill::core::key::Key;
use qrtill::core::message::Request;
use qrtill::core::message::Sync;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::document::Kind;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;

use crate::books::announced;
use crate::books::booked;
use crate::books::dealings;
use crate::books::pay_and_see;
use crate::books::seen;
use crate::wire;
use crate::wire::Ear;
use crate::wire::Mouth;
use crate::wire::sealed;
use crate::wire::topic;
use crate::world::Counter;

/// Says everything again that was heard, each part under its own account.
async fn play_again(heard: &[Message], terminal: &Mouth, relay: &Mouth) {
    let of_relay = ["/sale/link", "/sale/notice", "/sale/synced", "/sale/answer", "/r/main/state"];
    for message in heard {
        let is_relays = of_relay.iter().any(|end| message.topic.ends_with(end));
        let mouth = if is_relays { relay } else { terminal };
        mouth.say(&message.topic, &message.payload, false).await.expect("said");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_messages_played_again_show_nothing_and_book_nothing() {
    let mut counter = Counter::open(&[]).await;
    let data = counter.options().data.clone();
    let relay_key = wire::key(&data, "relay");
    let terminal = Mouth::open(&counter.world, &wire::terminal()).await;
    let relay = Mouth::open(&counter.world, &wire::relay()).await;
    let mut ear = Ear::open(&counter.world).await;
    // The very first sync is of before the ear; a restart brings another.
    counter.fault(Part::Terminal, Deed::Stop).await;
    counter.fault(Part::Terminal, Deed::Start).await;
    counter.until("armed again", |state| state.armed && state.scene == "idle").await;

    let url = counter.sell(700).await;
    pay_and_see(&mut counter, &url).await;
    let url = counter.sell(800).await;
    assert_eq!(counter.pay(&url, "failed", None).await, 303);
    counter.until("declined", |state| state.declined).await;
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("cancelled").await;
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("idle").await;
    ear.relay_is_done(&terminal, &data, "recorded").await;
    ear.terminal_is_done(&relay, &relay_key, "recorded").await;
    let heard = ear.all();
    for leaf in ["open", "cancel", "sync", "link", "notice", "synced", "answer", "receipt"] {
        let topic = topic(&format!("sale/{leaf}"));
        assert!(heard.iter().any(|message| message.topic == topic), "{leaf} was not recorded");
    }
    assert!(heard.iter().any(|message| message.topic.ends_with("/r/main/state") && !message.retain));

    let everything = |counter: &Counter| (seen(counter), counter.facts(), dealings(counter));
    let before = everything(&counter);
    play_again(&heard, &terminal, &relay).await;
    ear.relay_is_done(&terminal, &data, "played-1").await;
    ear.terminal_is_done(&relay, &relay_key, "played-1").await;
    assert_eq!(everything(&counter), before);

    let url = counter.sell(900).await;
    ear.relay_is_done(&terminal, &data, "played-2").await;
    let before = everything(&counter);
    play_again(&heard, &terminal, &relay).await;
    ear.relay_is_done(&terminal, &data, "played-3").await;
    ear.terminal_is_done(&relay, &relay_key, "played-3").await;
    assert_eq!(everything(&counter), before);
    assert_eq!(counter.ledger().links.len(), 3, "no link was made for an old request");
    pay_and_see(&mut counter, &url).await;
    assert_eq!((booked(&counter), announced(&counter)), (2, 2));
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_a_card_that_was_replaced_ends_no_sale_of_the_new_one() {
    let mut counter = Counter::open(&[]).await;
    let data = counter.options().data.clone();
    let terminal = Mouth::open(&counter.world, &wire::terminal()).await;
    let mut ear = Ear::open(&counter.world).await;
    let sync = Request::Sync(Sync {
        nonce: "old".into(),
        journal: wire::journal(&data, "terminal"),
        stream: String::new(),
        have: 0,
        open: Vec::new(),
    });
    let old = sealed(Kind::Request, "old", &sync, &wire::key(&data, "terminal"));

    counter.fault(Part::Terminal, Deed::Stop).await;
    for file in ["terminal.sqlite", "terminal.sqlite-wal", "terminal.sqlite-shm"] {
        // What was closed cleanly has left but one of them.
        drop(std::fs::remove_file(data.join("terminal").join(file)));
    }
    counter.fault(Part::Terminal, Deed::Start).await;
    counter.until("armed again", |state| state.armed && state.scene == "idle").await;
    let url = counter.sell(700).await;
    let before = dealings(&counter);
    terminal.say(&topic("sale/sync"), &old, false).await.expect("said");
    ear.hears(&topic("sale/synced"), "\"old.synced\"").await;
    ear.relay_is_done(&terminal, &data, "after").await;
    assert_eq!(dealings(&counter), before);
    pay_and_see(&mut counter, &url).await;
    counter.close().await;
}
