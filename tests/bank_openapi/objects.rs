//! Links, sessions, payments, refunds, lists, events and errors, in every state a customer can bring about.

use std::collections::BTreeSet;

use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::Refunding;
use qrtill::sandbox::bank::model::Face;

use crate::court::Court;
use crate::support::Ear;
use crate::support::coffee;
use crate::support::quick;
use crate::support::session_in;
use crate::support::text;

#[tokio::test]
async fn links_of_every_kind_and_state_are_objects_of_stripe() {
    let mut court = Court::open().await;
    let once = ("restrictions[completed_sessions][limit]", "1");
    let named = ("metadata[reference]", "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R");
    let one_off = court.post("payment_links", &[&coffee()[..], &[once, named]].concat()).await;
    let sent_on = [
        ("after_completion[type]", "redirect"),
        ("after_completion[redirect][url]", "https://shop.example/thanks"),
        ("inactive_message", "Closed"),
        ("expand[]", "line_items"),
    ];
    let reusable = court.post("payment_links", &[&coffee()[..], &sent_on].concat()).await;
    court.judge(&reusable["line_items"]);
    let price = [
        ("currency", "eur"),
        ("custom_unit_amount[enabled]", "true"),
        ("custom_unit_amount[minimum]", "100"),
        ("custom_unit_amount[maximum]", "10000"),
        ("custom_unit_amount[preset]", "500"),
        ("product_data[name]", "Counter"),
    ];
    let price = court.post("prices", &price).await;
    let form = [("line_items[0][price]", text(&price, "id")), ("line_items[0][quantity]", "1")];
    let open = court.post("payment_links", &form).await;
    court.shop.submit(text(&open, "url"), &[("outcome", "paid"), ("amount", "7.30")]).await;
    court.shop.submit(text(&one_off, "url"), &[("outcome", "paid")]).await;
    for active in ["false", "true", "false"] {
        court.post(&format!("payment_links/{}", text(&reusable, "id")), &[("active", active)]).await;
    }
    for link in [&one_off, &reusable, &open] {
        court.get(&format!("payment_links/{}?expand[]=line_items", text(link, "id"))).await;
        court.get(&format!("payment_links/{}/line_items", text(link, "id"))).await;
    }
    court.walk().await;
    for state in ["payment_link true", "payment_link false", "price true one_time"] {
        assert!(court.seen.contains(state), "{state} in {:?}", court.seen);
    }
}

/// Settings of the hosted page, as a form would say them.
const SETTINGS: &[(&str, &str)] = &[
    ("allow_promotion_codes", "true"),
    ("billing_address_collection", "required"),
    ("consent_collection[payment_method_reuse_agreement][position]", "auto"),
    ("consent_collection[terms_of_service]", "required"),
    ("custom_fields[0][key]", "table"),
    ("custom_fields[0][label][custom]", "Table"),
    ("custom_fields[0][label][type]", "custom"),
    ("custom_fields[0][numeric][maximum_length]", "2"),
    ("custom_fields[0][optional]", "true"),
    ("custom_fields[0][type]", "numeric"),
    ("custom_fields[1][dropdown][options][0][label]", "Oat"),
    ("custom_fields[1][dropdown][options][0][value]", "oat"),
    ("custom_fields[1][key]", "milk"),
    ("custom_fields[1][label][custom]", "Milk"),
    ("custom_fields[1][label][type]", "custom"),
    ("custom_fields[1][type]", "dropdown"),
    ("custom_text[submit][message]", "No returns"),
    ("customer_creation", "always"),
    ("name_collection[business][enabled]", "true"),
    ("name_collection[individual][enabled]", "true"),
    ("name_collection[individual][optional]", "true"),
    ("phone_number_collection[enabled]", "true"),
    ("shipping_address_collection[allowed_countries][0]", "DE"),
    ("shipping_address_collection[allowed_countries][1]", "AT"),
    ("submit_type", "donate"),
    ("tax_id_collection[enabled]", "true"),
];

#[tokio::test]
async fn settings_that_change_nothing_are_repeated_and_those_that_would_are_refused() {
    let mut court = Court::open().await;
    let link = court.post("payment_links", &[&coffee()[..], SETTINGS].concat()).await;
    assert_eq!(link["custom_fields"][0]["numeric"]["maximum_length"], 2);
    assert_eq!(link["custom_fields"][1]["dropdown"]["options"][0]["value"], "oat");
    assert_eq!(link["consent_collection"]["terms_of_service"], "required");
    assert_eq!(link["shipping_address_collection"]["allowed_countries"], serde_json::json!(["DE", "AT"]));
    assert_eq!(link["tax_id_collection"]["enabled"], true);
    let path = format!("payment_links/{}", text(&link, "id"));
    assert_eq!(court.get(&path).await, link);
    let emptied = court.post(&path, &[("custom_fields", ""), ("shipping_address_collection", "")]).await;
    assert_eq!(emptied["custom_fields"], serde_json::json!([]));
    assert!(emptied["shipping_address_collection"].is_null());
    for (name, value) in [
        ("automatic_tax[enabled]", "true"),
        ("invoice_creation[enabled]", "true"),
        ("line_items[0][adjustable_quantity][enabled]", "true"),
        ("line_items[0][price_data][recurring][interval]", "month"),
        ("optional_items[0][price]", "price_1"),
        ("payment_intent_data[capture_method]", "manual"),
        ("shipping_options[0][shipping_rate]", "shr_1"),
        ("transfer_data[destination]", "acct_1"),
    ] {
        let got = court.shop.call("payment_links", &[&coffee()[..], &[(name, value)]].concat()).await;
        assert_eq!(got.status, 400, "{name}: {}", got.text);
        assert!(got.text.contains("does not offer"), "{name}: {}", got.text);
    }
    for (name, value) in [
        ("custom_fields[0][type]", "tick"),
        ("shipping_address_collection[allowed_countries][0]", "Germany"),
        ("phone_number_collection[enabled]", "perhaps"),
        ("name_collection[individual][optional]", "true"),
        ("custom_text[footer][message]", "Bye"),
    ] {
        let got = court.shop.call("payment_links", &[&coffee()[..], &[(name, value)]].concat()).await;
        assert_eq!(got.status, 400, "{name}: {}", got.text);
        assert!(text(&got.json()["error"], "param").starts_with(name.split('[').next().expect("a name")));
    }
}

#[tokio::test]
async fn sessions_payments_and_refunds_in_every_state_are_objects_of_stripe() {
    let refunds = Refunding::Pending;
    let mut court = Court::with(BankOptions { pending_settles_ms: None, refunds, ..quick() }).await;
    let (_, paid) = court.gone_through("paid").await;
    court.gone_through("failed").await;
    let (link, _) = court.gone_through("cancelled").await;
    let (_, comes) = court.gone_through("pending").await;
    let (_, fails) = court.gone_through("pending").await;
    court.gone_through("pending").await;
    for (session, succeeds) in [(&comes, true), (&fails, false)] {
        let payment = text(&session["payment_intent"], "id");
        court.shop.bank.settle(payment, succeeds).expect("a turn").expect("a pending payment");
    }
    let (_, left) = court.gone_through("failed").await;
    let open = session_in(&court.shop.page(text(&link, "url")).await.text);
    for session in [open.as_str(), text(&left, "id")] {
        court.post(&format!("checkout/sessions/{session}/expire"), &[]).await;
        court.get(&format!("checkout/sessions/{session}/line_items")).await;
    }
    court.shop.page(text(&link, "url")).await;
    let payment = text(&paid["payment_intent"], "id");
    let part = [("payment_intent", payment), ("amount", "250"), ("expand[]", "charge")];
    let part = court.post("refunds", &part).await;
    court.judge(&part["charge"]);
    let rest = [("payment_intent", payment), ("reason", "requested_by_customer")];
    let rest = court.post("refunds", &rest).await;
    for (refund, succeeds) in [(&part, true), (&rest, false)] {
        court.shop.bank.settle_refund(text(refund, "id"), succeeds).expect("a turn").expect("pending");
    }
    court.post("refunds", &[("payment_intent", payment), ("amount", "100")]).await;
    let whole = court.get(&format!("payment_intents/{payment}?expand[]=latest_charge")).await;
    court.judge(&whole["latest_charge"]);
    court.walk().await;
    for state in [
        "checkout.session open",
        "checkout.session complete",
        "checkout.session expired",
        "payment_intent requires_payment_method",
        "payment_intent processing",
        "payment_intent succeeded",
        "payment_intent canceled",
        "charge succeeded",
        "charge pending",
        "charge failed",
        "refund pending",
        "refund succeeded",
        "refund failed",
    ] {
        assert!(court.seen.contains(state), "{state} in {:#?}", court.seen);
    }
}

#[tokio::test]
async fn events_of_every_type_are_objects_of_stripe_as_told_and_as_asked_for() {
    let mut court = Court::open().await;
    let mut ear = Ear::open(&[]).await;
    court.shop.bank.main_endpoint(Face::Stripe, &ear.url).expect("an endpoint");
    let once = [("restrictions[completed_sessions][limit]", "1")];
    let paid = court.post("payment_links", &[&coffee()[..], &once].concat()).await;
    court.shop.submit(text(&paid, "url"), &[("outcome", "paid")]).await;
    let payment = court.shop.bank.ledger().payments[0].id.clone();
    let back = court.post("refunds", &[("payment_intent", &payment)]).await;
    court.shop.bank.settle_refund(text(&back, "id"), false).expect("a turn").expect("it was done");
    for succeeds in [true, false] {
        let (_, session) = court.gone_through("pending").await;
        let payment = text(&session["payment_intent"], "id");
        court.shop.bank.settle(payment, succeeds).expect("a turn").expect("a pending payment");
    }
    let (_, left) = court.gone_through("failed").await;
    court.post(&format!("checkout/sessions/{}/expire", text(&left, "id")), &[]).await;
    let wanted: BTreeSet<&str> = [
        "charge.refunded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_link.created",
        "payment_link.updated",
        "refund.created",
        "refund.failed",
        "refund.updated",
    ]
    .into();
    let mut told: BTreeSet<String> = BTreeSet::new();
    while told.len() < wanted.len() {
        let event = ear.next().await.event();
        court.judge(&event);
        assert_eq!(court.get(&format!("events/{}", text(&event, "id"))).await["type"], event["type"]);
        told.insert(text(&event, "type").to_owned());
    }
    assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
    court.walk().await;
}

/// Stripe's schema of errors stands in its description of 2023 under this name.
#[tokio::test]
async fn refusals_are_the_error_bodies_of_stripe() {
    let mut court = Court::open().await;
    let (link, paid) = court.gone_through("paid").await;
    let payment = text(&paid["payment_intent"], "id").to_owned();
    let expire = format!("checkout/sessions/{}/expire", text(&paid, "id"));
    let link = format!("payment_links/{}", text(&link, "id"));
    let mut bodies = Vec::new();
    for path in ["payment_links/plink_x", "events/evt_x", "payment_lynx", "payment_links?limit=0"] {
        bodies.push(court.shop.get(path).await);
    }
    for (path, form) in [
        ("payment_links", vec![]),
        ("payment_links", vec![("colour", "red")]),
        (link.as_str(), vec![("active", "perhaps")]),
        (expire.as_str(), vec![]),
        ("refunds", vec![("payment_intent", payment.as_str()), ("amount", "999999")]),
    ] {
        bodies.push(court.shop.call(path, &form).await);
    }
    let url = format!("{}/bank/stripe/v1/payment_links", court.shop.base);
    bodies.push(court.shop.try_send("GET", &url, &[], None).await.expect("an answer"));
    for got in bodies {
        assert!((400..500).contains(&got.status), "{} {}", got.status, got.text);
        let problems = court.spec.check_object("error", &got.json());
        assert!(problems.is_empty(), "{problems:#?} in {}", got.text);
    }
}
