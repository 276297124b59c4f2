//! Sessions, payments and refunds as Stripe's API shows them after customers did something.

use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::Refunding;
use qrtill::sandbox::bank::model::Face;

use crate::support::Ear;
use crate::support::Shop;
use crate::support::quick;
use crate::support::session_in;
use crate::support::text;

#[tokio::test]
async fn a_paid_link_is_listed_with_its_payment_and_refunded_in_parts() {
    let shop = Shop::open(quick()).await;
    let sale = [("metadata[sale]", "front-1"), ("payment_intent_data[metadata][sale]", "front-1")];
    let link = shop.link(&sale).await;
    assert_eq!(shop.submit(text(&link, "url"), &[("outcome", "paid")]).await.status, 303);
    let sessions = shop.sessions(&link).await;
    let [session] = &sessions[..] else { panic!("{sessions:?}") };
    assert_eq!((&session["status"], &session["payment_status"]), (&"complete".into(), &"paid".into()));
    assert_eq!((&session["amount_total"], &session["currency"]), (&1250.into(), &"eur".into()));
    assert_eq!(session["metadata"]["sale"], "front-1");
    let intent = &session["payment_intent"];
    assert_eq!((&intent["status"], &intent["amount_received"]), (&"succeeded".into(), &1250.into()));
    assert_eq!(intent["metadata"]["sale"], "front-1");
    assert_eq!(intent["latest_charge"]["paid"], true);

    let id = text(intent, "id");
    let part = shop.call("refunds", &[("payment_intent", id), ("amount", "250")]).await.json();
    assert_eq!((&part["status"], &part["amount"]), (&"succeeded".into(), &250.into()));
    let over = shop.call("refunds", &[("payment_intent", id), ("amount", "1001")]).await;
    assert_eq!((over.status, text(&over.json()["error"], "param")), (400, "amount"));
    assert_eq!(shop.call("refunds", &[("payment_intent", id)]).await.json()["amount"], 1000);
    let spent = shop.call("refunds", &[("payment_intent", id)]).await;
    assert_eq!(text(&spent.json()["error"], "code"), "charge_already_refunded");
    let refunds = shop.get(&format!("refunds?payment_intent={id}")).await.json();
    assert_eq!(refunds["data"].as_array().map(Vec::len), Some(2));
    let charge = shop.get(&format!("payment_intents/{id}?expand[]=latest_charge")).await.json();
    assert_eq!(charge["latest_charge"]["amount_refunded"], 1250);
    assert_eq!(shop.bank.ledger().payments[0].refunded, 1250);
}

#[tokio::test]
async fn an_open_session_can_be_expired_and_a_paid_one_cannot() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[]).await;
    let url = text(&link, "url");
    let session = session_in(&shop.page(url).await.text);
    let open = format!("checkout/sessions?payment_link={}&status=open", text(&link, "id"));
    assert_eq!(shop.get(&open).await.json()["data"][0]["id"], session);
    let expired = shop.call(&format!("checkout/sessions/{session}/expire"), &[]).await;
    assert_eq!((expired.status, &expired.json()["status"]), (200, &"expired".into()));
    assert_eq!(expired.json()["url"], serde_json::Value::Null);
    assert_eq!(shop.get(&open).await.json()["data"].as_array().map(Vec::len), Some(0));
    assert_eq!(shop.submit(url, &[("outcome", "paid"), ("session", &session)]).await.status, 410);
    assert!(shop.bank.ledger().payments.is_empty());

    shop.submit(url, &[("outcome", "paid")]).await;
    let paid = text(&shop.sessions(&link).await[0], "id").to_owned();
    let refused = shop.call(&format!("checkout/sessions/{paid}/expire"), &[]).await;
    assert_eq!(refused.status, 400);
    assert!(text(&refused.json()["error"], "message").contains("complete"));
}

#[tokio::test]
async fn deactivation_leaves_open_sessions_payable() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[("inactive_message", "Closed for today")]).await;
    let url = text(&link, "url");
    let session = session_in(&shop.page(url).await.text);
    let path = format!("payment_links/{}", text(&link, "id"));
    assert_eq!(shop.call(&path, &[("active", "false")]).await.json()["active"], false);
    let closed = shop.page(url).await;
    assert_eq!(closed.status, 410);
    assert!(closed.text.contains("Closed for today"));
    assert_eq!(shop.submit(url, &[("outcome", "paid")]).await.status, 410);
    assert_eq!(shop.submit(url, &[("outcome", "paid"), ("session", &session)]).await.status, 303);
    assert_eq!(shop.bank.ledger().payments.len(), 1);
    assert_eq!(shop.call(&path, &[("active", "true")]).await.json()["active"], true);
    assert_eq!(shop.page(url).await.status, 200);
}

#[tokio::test]
async fn a_delayed_payment_completes_first_and_is_settled_later() {
    let shop = Shop::open(quick()).await;
    for (outcome, status, payment_status) in
        [("paid", "succeeded", "paid"), ("failed", "requires_payment_method", "unpaid")]
    {
        let link = shop.link(&[]).await;
        shop.submit(text(&link, "url"), &[("outcome", "pending")]).await;
        let session = shop.sessions(&link).await.remove(0);
        assert_eq!((&session["status"], &session["payment_status"]), (&"complete".into(), &"unpaid".into()));
        assert_eq!(session["payment_intent"]["status"], "processing");
        let body =
            format!(r#"{{"payment":"{}","outcome":"{outcome}"}}"#, text(&session["payment_intent"], "id"));
        let settle = async || {
            let url = format!("{}/bank/settle", shop.base);
            let headers = [("Content-Type", "application/json")];
            shop.try_send("POST", &url, &headers, Some(body.clone())).await.expect("an answer").status
        };
        assert_eq!((settle().await, settle().await), (200, 409));
        let session = shop.sessions(&link).await.remove(0);
        assert_eq!(session["payment_status"], payment_status);
        assert_eq!(session["payment_intent"]["status"], status);
        assert_eq!(session["payment_intent"]["last_payment_error"].is_null(), outcome == "paid");
    }
}

#[tokio::test]
async fn a_pending_refund_counts_at_once_and_falls_away_when_it_fails() {
    let mut ear = Ear::open(&[200]).await;
    let options = BankOptions { refunds: Refunding::Pending, ..quick() };
    let shop = Shop::open(options).await;
    shop.bank.main_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let link = shop.link(&[]).await;
    shop.submit(text(&link, "url"), &[("outcome", "paid")]).await;
    let intent = text(&shop.sessions(&link).await[0]["payment_intent"], "id").to_owned();
    let charge = async || {
        let intent = shop.get(&format!("payment_intents/{intent}?expand[]=latest_charge")).await.json();
        let charge = &intent["latest_charge"];
        (charge["amount_refunded"].clone(), charge["refunded"].clone())
    };
    let part = shop.call("refunds", &[("payment_intent", &intent), ("amount", "1250")]).await.json();
    assert_eq!((text(&part, "status"), text(&part, "pending_reason")), ("pending", "processing"));
    assert_eq!(charge().await, (1250.into(), true.into()));
    ear.next_of("refund.created").await;
    let settle = async |outcome: &str| {
        let body = format!(r#"{{"refund":"{}","outcome":"{outcome}"}}"#, text(&part, "id"));
        let url = format!("{}/bank/settle", shop.base);
        let headers = [("Content-Type", "application/json")];
        shop.try_send("POST", &url, &headers, Some(body)).await.expect("an answer").status
    };
    assert_eq!((settle("failed").await, settle("paid").await), (200, 409));
    let mut names = Vec::new();
    while names.len() < 2 {
        let event = ear.next().await.event();
        let told = &event["data"]["object"];
        if told["status"] == "failed" {
            assert_eq!(text(told, "failure_reason"), "expired_or_canceled_card");
            names.push(text(&event, "type").to_owned());
        }
    }
    names.sort();
    assert_eq!(names, ["refund.failed", "refund.updated"]);
    assert_eq!(charge().await, (0.into(), false.into()));
    assert_eq!(shop.call("refunds", &[("payment_intent", &intent)]).await.json()["amount"], 1250);
}
