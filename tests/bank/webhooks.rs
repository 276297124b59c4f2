//! What a webhook receiver gets: signed, again and again until it answers, also across restarts.

use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::faults::WebhookOdds;
use qrtill::sandbox::bank::model::Face;

use crate::support::Ear;
use crate::support::Shop;
use crate::support::kept;
use crate::support::quick;
use crate::support::text;

#[tokio::test]
async fn each_change_is_told_signed() {
    let shop = Shop::open(quick()).await;
    let mut ear = Ear::open(&[]).await;
    shop.bank.main_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let secret = shop.bank.faces()[0].webhook_secret.clone();
    let link = shop.link(&[("restrictions[completed_sessions][limit]", "1")]).await;
    shop.submit(text(&link, "url"), &[("outcome", "paid")]).await;
    let mut kinds = Vec::new();
    for _ in 0..5 {
        let heard = ear.next().await;
        assert!(heard.is_signed_with(&secret));
        assert!(!heard.is_signed_with("whsec_other"));
        let event = heard.event();
        assert_eq!((&event["livemode"], &event["api_version"]), (&false.into(), &"2026-10-28.endive".into()));
        assert_eq!(event["pending_webhooks"], 1);
        if event["type"] == "checkout.session.completed" {
            assert_eq!(event["data"]["object"]["payment_link"], link["id"]);
            assert_eq!(event["data"]["object"]["payment_status"], "paid");
        }
        kinds.push(text(&event, "type").to_owned());
    }
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "checkout.session.completed",
            "payment_intent.created",
            "payment_intent.succeeded",
            "payment_link.created",
            "payment_link.updated",
        ]
    );
    let listed = shop.get("events?type=payment_link.*").await.json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_refund_and_a_delayed_payment_are_told() {
    let shop = Shop::open(quick()).await;
    let mut ear = Ear::open(&[]).await;
    shop.bank.add_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let link = shop.link(&[]).await;
    shop.submit(text(&link, "url"), &[("outcome", "pending")]).await;
    let completed = ear.next_of("checkout.session.completed").await.event();
    assert_eq!(completed["data"]["object"]["payment_status"], "unpaid");
    let payment = text(&completed["data"]["object"], "payment_intent").to_owned();
    shop.bank.settle(&payment, true).expect("a turn").expect("a pending payment");
    let settled = ear.next_of("checkout.session.async_payment_succeeded").await.event();
    assert_eq!(settled["data"]["object"]["payment_status"], "paid");
    shop.call("refunds", &[("payment_intent", &payment), ("amount", "50")]).await;
    let refund = ear.next_of("refund.created").await.event();
    assert_eq!(refund["data"]["object"]["amount"], 50);
    assert!(text(&refund["request"], "id").starts_with("req_"));
}

#[tokio::test]
async fn a_delayed_payment_settles_by_itself_where_it_is_set_so() {
    let shop = Shop::open(BankOptions { pending_settles_ms: Some(1), ..quick() }).await;
    let mut ear = Ear::open(&[]).await;
    shop.bank.add_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let link = shop.link(&[]).await;
    shop.submit(text(&link, "url"), &[("outcome", "pending")]).await;
    ear.next_of("checkout.session.async_payment_succeeded").await;
}

#[tokio::test]
async fn an_endpoint_that_does_not_acknowledge_hears_the_same_event_again() {
    let shop = Shop::open(quick()).await;
    let mut ear = Ear::open(&[500, 302, 404]).await;
    let endpoint = shop.bank.add_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    shop.link(&[]).await;
    let first = ear.next().await;
    for _ in 0..3 {
        let again = ear.next().await;
        assert!(again.is_signed_with(&endpoint.secret));
        assert_eq!(again.event()["id"], first.event()["id"]);
    }
    let id = text(&first.event(), "id").to_owned();
    // The acknowledgement is booked after the receiver has sent it.
    while shop.get(&format!("events/{id}")).await.json()["pending_webhooks"] != 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn endpoints_are_added_and_their_secrets_changed_over_http() {
    let shop = Shop::open(quick()).await;
    let mut ear = Ear::open(&[]).await;
    let url = format!("{}/bank/stripe/endpoints", shop.base);
    let json = [("Content-Type", "application/json")];
    let body = format!(r#"{{"url":"{}"}}"#, ear.url);
    let added = shop.try_send("POST", &url, &json, Some(body)).await.expect("an answer");
    assert_eq!(added.status, 201);
    let old = added.json();
    let roll = format!("{url}/{}/roll", text(&old, "id"));
    let new = shop.try_send("POST", &roll, &[], None).await.expect("an answer").json();
    assert_ne!(old["secret"], new["secret"]);
    shop.link(&[]).await;
    let heard = ear.next().await;
    assert!(heard.is_signed_with(text(&old, "secret")) && heard.is_signed_with(text(&new, "secret")));
    let bad = shop.try_send("POST", &url, &json, Some(r#"{"url":"ftp://x"}"#.into())).await;
    assert_eq!(bad.expect("an answer").status, 422);
}

#[tokio::test]
async fn a_restart_keeps_money_keys_and_undelivered_webhooks() {
    let data = tempfile::tempdir().expect("a directory");
    let (link, before, faces) = {
        let shop = Shop::open(kept(data.path())).await;
        shop.bank.faults().set_webhooks(WebhookOdds { stopped: true, ..WebhookOdds::default() });
        shop.bank.main_endpoint(Face::Stripe, "http://127.0.0.1:9/gone").expect("an endpoint");
        let link = shop.link(&[("metadata[sale]", "front-1")]).await;
        shop.try_call("payment_links", "sale-9.0", &crate::support::coffee()).await.expect("an answer");
        shop.submit(text(&link, "url"), &[("outcome", "paid")]).await;
        (link, shop.bank.ledger(), shop.bank.faces())
    };
    let mut ear = Ear::open(&[]).await;
    let shop = Shop::open(kept(data.path())).await;
    let after = shop.bank.ledger();
    assert_eq!((&after.payments, &after.refunds), (&before.payments, &before.refunds));
    assert_eq!(shop.bank.faces()[0].api_key, faces[0].api_key);
    assert_eq!(shop.sessions(&link).await[0]["payment_status"], "paid");
    let again = shop.try_call("payment_links", "sale-9.0", &crate::support::coffee()).await;
    assert_eq!(again.expect("an answer").header("idempotent-replayed"), Some("true"));

    shop.bank.main_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let heard = ear.next_of("checkout.session.completed").await;
    assert!(heard.is_signed_with(&faces[0].webhook_secret));
    assert_eq!(heard.event()["data"]["object"]["metadata"]["sale"], "front-1");
}

#[tokio::test]
async fn lost_webhooks_come_again_and_doubled_ones_twice() {
    let shop = Shop::open(quick()).await;
    let mut ear = Ear::open(&[]).await;
    shop.bank.add_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let faults = shop.bank.faults();
    faults.set_webhooks(WebhookOdds { drop: 100, ..WebhookOdds::default() });
    let lost = shop.link(&[]).await;
    while faults.webhook_attempts() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(ear.is_silent());
    faults.set_webhooks(WebhookOdds { double: 100, ..WebhookOdds::default() });
    let (first, second) = (ear.next().await.event(), ear.next().await.event());
    assert_eq!(first["data"]["object"]["id"], lost["id"]);
    assert_eq!(first["id"], second["id"]);
}

#[tokio::test]
async fn stopped_mail_leaves_once_it_is_let_go() {
    let shop = Shop::open(quick()).await;
    let mut ear = Ear::open(&[]).await;
    shop.bank.add_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    shop.bank.faults().set_webhooks(WebhookOdds { stopped: true, ..WebhookOdds::default() });
    shop.link(&[]).await;
    let event = shop.get("events").await.json()["data"][0].clone();
    assert_eq!(event["pending_webhooks"], 1);
    shop.bank.faults().set_webhooks(WebhookOdds::default());
    assert_eq!(ear.next().await.event()["id"], event["id"]);
}
