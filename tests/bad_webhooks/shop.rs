//! What a webhook may do to both sides' books, the whole sale that proves no harm, and events of strangers.

use qrtill::core::fact::Fact;
use qrtill::relay::decide::fact::Fact as Told;
use qrtill::store::Reader;
use serde_json::Value;
use serde_json::json;

use crate::webhook::Door;
use crate::webhook::now_unix_s;
use crate::world::Counter;

pub fn door(counter: &Counter) -> Door {
    Door::of(counter.world.relay_address(), &counter.bank.faces()[0].webhook_secret)
}

/// The relay's facts as they are on disk.
pub fn told(counter: &Counter) -> Vec<Told> {
    let path = qrtill::relay::journal_path(&counter.options().data.join("relay"));
    Reader::open(&path).expect("a journal").between(0, i64::MAX).expect("readable facts")
}

/// How often an event is in the relay's journal.
pub fn journaled(counter: &Counter, event: &str) -> usize {
    let is_it = |fact: &&Told| matches!(fact, Told::Received { news, .. } if news.event == event);
    told(counter).iter().filter(is_it).count()
}

/// Waits until the event's consequences are on the relay's disk; says whether it was ours.
pub async fn handled(counter: &Counter, name: &str) -> bool {
    counter
        .eventually(&format!("{name} is handled"), || {
            told(counter).iter().find_map(|fact| {
                let Told::Handled { event, ours } = fact else { return None };
                (event.event == name).then_some(*ours)
            })
        })
        .await
}

/// Payments that the terminal has booked as money.
pub fn booked(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::Noticed { verdict: Some(_), .. })).count()
}

/// A whole sale, as proof that nothing before it did harm.
pub async fn sell_and_be_paid(counter: &mut Counter) {
    let before = booked(counter);
    counter.key_in(700).await;
    // A relay that was just started again may not have been heard yet: then Enter is pressed again.
    let asked =
        |state: &crate::world::SeenState| state.scene == "scan" || (state.scene == "entering" && state.armed);
    while counter.until("asked for", asked).await.scene == "entering" {
        counter.press(&[qrtill::core::key::Key::Enter]).await;
    }
    let url = counter.state().url.expect("a scan scene has a link");
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    let paid = counter.until_scene("paid").await;
    assert_eq!(paid.amount, Some(700));
    assert_eq!(booked(counter), before + 1);
    counter.press(&[qrtill::core::key::Key::Cancel]).await;
    counter.until_scene("idle").await;
}

pub fn event(id: &str, kind: &str, object: Value) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": now_unix_s(),
        "livemode": false, "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
        "type": kind, "data": {"object": object},
    })
}

/// A checkout of somebody else's link that was paid.
pub fn of_a_stranger(id: &str) -> Value {
    let session = json!({
        "id": format!("cs_{id}"), "object": "checkout.session", "amount_total": 4200, "currency": "eur",
        "created": now_unix_s(), "livemode": false, "metadata": {"order": "web-17"}, "mode": "payment",
        "payment_intent": format!("pi_{id}"), "payment_link": "plink_web", "payment_status": "paid",
        "status": "complete", "client_reference_id": null, "url": null,
    });
    event(id, "checkout.session.completed", session)
}
