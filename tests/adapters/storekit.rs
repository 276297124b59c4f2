//! storekit's adapter against storekit's face.

use std::time::Duration;

use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::payment::RefundStatus;
use qrtill::core::secret::Secret;
use qrtill::port::provider::After;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::CustomerField;
use qrtill::port::provider::Ends;
use qrtill::port::provider::EventKind;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::Method;
use qrtill::port::provider::Need;
use qrtill::port::provider::News;
use qrtill::port::provider::Refund;
use qrtill::port::provider::Refusal;
use qrtill::port::provider::Request;
use qrtill::port::provider::Terms;
use qrtill::port::provider::Trouble;
use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::model::Face;
use serde_json::Value;
use serde_json::json;

use crate::support::REFERENCE;
use crate::support::Shop;
use crate::support::money;
use crate::support::now_unix_s;
use crate::support::sale;

async fn open() -> Shop {
    Shop::open("storekit").await
}

/// A counter's link: the customer types the amount.
fn standing(max_payments: Option<u32>) -> LinkOrder {
    let currency = money(1, "EUR").currency;
    LinkOrder {
        kind: LinkKind::Reusable { max_payments },
        amount: AmountKind::Open { currency, min: Some(100), max: Some(5_000), preset: None },
        reference: None,
        ..sale(money(1250, "EUR"))
    }
}

/// So many webhooks, verified, by the names of their events: they may overtake each other.
async fn told(shop: &Shop, count: usize) -> Vec<News> {
    let mut all = Vec::new();
    while all.len() < count {
        all.push(shop.verify(&shop.hook().await).expect("a genuine webhook"));
    }
    all.sort_by(|one, other| one.raw_kind.cmp(&other.raw_kind));
    all
}

async fn links(shop: &Shop, active: Option<bool>) -> Vec<LinkState> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        match shop.ask(Ask::ListLinks { active, cursor }).await {
            Ok(Answer::Links(page)) => {
                all.extend(page.items);
                let Some(next) = page.next else { return all };
                cursor = Some(next);
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn deactivate(shop: &Shop, link: &LinkState) -> LinkState {
    match shop.ask(Ask::SetActive { link: link.id.clone(), active: false }).await {
        Ok(Answer::Link(link)) => link,
        other => panic!("{other:?}"),
    }
}

async fn refund(shop: &Shop, link: &str, payment: &str, minor: Option<i64>) -> Result<Refund, Trouble> {
    let (payment, link) = (payment.to_owned(), Some(link.to_owned()));
    let amount = minor.map(|minor| money(minor, "EUR"));
    match shop.ask(Ask::Refund { payment, link, amount, reason: None, key: "refund.1".to_owned() }).await {
        Ok(Answer::Refund(refund)) => Ok(refund),
        Ok(other) => panic!("{other:?}"),
        Err(trouble) => Err(trouble),
    }
}

/// A call that the adapter does not make.
async fn raw(shop: &Shop, method: Method, path: &str) -> (u16, Vec<u8>) {
    let request =
        Request { base: Default::default(), method, path: path.to_owned(), headers: vec![], body: None };
    let response = shop.system.send(&request).await.expect("an answer");
    (response.status, response.body)
}

#[tokio::test]
async fn a_sale_is_made_paid_told_and_closed() {
    let shop = open().await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    assert!(link.id.starts_with("plink_") && link.id.len() == 38, "{}", link.id);
    assert_eq!((&link.status, link.kind), (&LinkStatus::Active, LinkKind::OneOff));
    assert_eq!((link.reference.as_deref(), link.payments), (Some(REFERENCE), Some(0)));
    assert_eq!(shop.get(&link.id).await, link);
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
    let news = told(&shop, 2).await;
    assert_eq!([news[0].kind, news[1].kind], [EventKind::LinkCreated, EventKind::PaymentSucceeded]);
    assert!(news.iter().all(|news| news.link.as_ref() == Some(&link.id) && news.payment.is_none()));
    assert!(news[0].event != news[1].event && news[1].event.starts_with("msg_"), "{news:?}");
    let confirm = shop.system.provider().confirm(&news[1]).expect("a question");
    let Ok(Answer::Payments(page)) = shop.ask(confirm).await else { panic!("payments") };
    let payment = &page.items[0];
    assert_eq!((&payment.status, payment.amount), (&PaymentStatus::Succeeded, money(1250, "EUR")));
    assert_eq!((payment.reference.as_deref(), payment.link.as_ref()), (Some(REFERENCE), Some(&link.id)));
    assert_eq!(shop.payments(&link.id).await.len(), 1);
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Completed);
    assert_eq!(deactivate(&shop, &link).await.status, LinkStatus::Completed, "what was paid stays so");
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
}

#[tokio::test]
async fn a_sale_that_is_called_off_takes_no_money_and_stays_off() {
    let shop = open().await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    assert_eq!(deactivate(&shop, &link).await.status, LinkStatus::Deactivated);
    assert_eq!(deactivate(&shop, &link).await.status, LinkStatus::Deactivated, "again changes nothing");
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
    assert!(shop.payments(&link.id).await.is_empty());
    let again = Ask::SetActive { link: link.id, active: true };
    let no = shop.system.provider().request(&again).expect_err("not offered");
    assert!(!no.advice.is_empty());
}

#[tokio::test]
async fn a_reusable_link_keeps_its_bounds_and_its_limit() {
    let shop = open().await;
    let link = shop.link(standing(Some(2))).await;
    assert_eq!(link.amount, Some(standing(None).amount));
    for (typed, status) in [("0.99", 422), ("50.01", 422), ("x", 422), ("", 422), ("12.50", 303), ("1", 303)]
    {
        assert_eq!(shop.pay(&link.url, "paid", Some(typed)).await, status, "{typed}");
    }
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Exhausted);
    assert_eq!(shop.pay(&link.url, "paid", Some("5")).await, 410);
    let found: Vec<i64> = shop.payments(&link.id).await.iter().map(|payment| payment.amount.minor).collect();
    assert_eq!(found, [100, 1250], "newest first");
}

#[tokio::test]
async fn a_link_ends_by_its_time() {
    let shop = open().await;
    let at_unix_ms = (now_unix_s() + 3) * 1000;
    let terms = Terms { ends: Some(Ends { at_unix_ms, after_s: 3 }), ..Terms::default() };
    let link = shop.link(LinkOrder { terms, ..standing(None) }).await;
    assert_eq!((&link.status, link.ends_unix_ms), (&LinkStatus::Active, Some(at_unix_ms)));
    assert_eq!(shop.pay(&link.url, "paid", Some("5")).await, 303);
    while now_unix_s() < at_unix_ms / 1000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Expired);
    assert_eq!(shop.pay(&link.url, "paid", Some("5")).await, 410);
    assert!(links(&shop, Some(true)).await.is_empty());
    assert_eq!(links(&shop, Some(false)).await.len(), 1);
    let past = Terms { ends: Some(Ends { at_unix_ms: 1_000, after_s: 1 }), ..Terms::default() };
    let said = shop.ask(Ask::CreateLink(LinkOrder { terms: past, ..standing(None) })).await;
    let Err(Trouble::Refused { code, message }) = said else { panic!("{said:?}") };
    assert_eq!(code.as_deref(), Some("field_invalid"));
    assert!(message.contains("expiresAt"), "{message}");
}

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_more_than_came() {
    let shop = open().await;
    let link = shop.link(sale(money(1250, "EUR"))).await.id;
    shop.pay(&shop.get(&link).await.url, "paid", None).await;
    let payment = shop.payments(&link).await[0].key.id.clone();
    let part = refund(&shop, &link, &payment, Some(250)).await.expect("a refund");
    assert_eq!((&part.status, part.amount), (&RefundStatus::Pending, money(250, "EUR")));
    let after = shop.payments(&link).await[0].clone();
    assert_eq!((after.status, after.refunded), (PaymentStatus::PartiallyRefunded, 250));
    let said = refund(&shop, &link, &payment, Some(1001)).await;
    assert!(
        matches!(said, Err(Trouble::Refused { ref code, .. }) if code.as_deref() == Some("amount_too_large"))
    );
    let rest = refund(&shop, &link, &payment, None).await.expect("the rest");
    assert_eq!(rest.amount, money(1000, "EUR"));
    let after = shop.payments(&link).await[0].clone();
    assert_eq!((after.status, after.refunded), (PaymentStatus::Refunded, 1250));
    let said = refund(&shop, &link, &payment, Some(1)).await;
    assert!(
        matches!(said, Err(Trouble::Refused { ref code, .. }) if code.as_deref() == Some("already_refunded"))
    );
    let told: Vec<Refund> = told(&shop, 6).await.into_iter().filter_map(|news| news.refund).collect();
    assert_eq!(told.len(), 4);
    for refund in [&part, &rest] {
        for status in [RefundStatus::Pending, RefundStatus::Succeeded] {
            assert!(told.contains(&Refund { status, ..refund.clone() }), "{refund:?} in {told:?}");
        }
    }
    let unnamed = Ask::Refund { payment, link: None, amount: None, reason: None, key: "k".to_owned() };
    assert!(shop.system.provider().request(&unnamed).is_err(), "it is found by its link only");
}

#[tokio::test]
async fn a_refund_of_another_links_payment_is_refused() {
    let shop = open().await;
    let (one, other) = (shop.link(standing(None)).await, shop.link(standing(None)).await);
    shop.pay(&one.url, "paid", Some("5")).await;
    let payment = shop.payments(&one.id).await[0].key.id.clone();
    let said = refund(&shop, &other.id, &payment, None).await;
    assert!(matches!(said, Err(Trouble::Missing { .. })), "{said:?}");
    let nowhere = shop.ask(Ask::GetLink { link: "plink_0".to_owned() }).await;
    assert!(matches!(nowhere, Err(Trouble::Missing { .. })), "{nowhere:?}");
}

/// That storekit obeys an idempotency key is not known, so the face does not. What counts is that the first
/// link is found by its reference before another is ordered.
#[tokio::test]
async fn a_link_is_found_by_its_reference_where_the_key_makes_another() {
    let shop = open().await;
    let first = shop.link(sale(money(1250, "EUR"))).await;
    for _ in 0..104 {
        shop.link(standing(None)).await;
    }
    let all = links(&shop, None).await;
    assert_eq!(all.len(), 105, "more than a page");
    let found: Vec<_> = all.iter().filter(|link| link.reference.as_deref() == Some(REFERENCE)).collect();
    assert_eq!(found, [&first]);
    assert_ne!(shop.link(sale(money(1250, "EUR"))).await.id, first.id);
    let can = shop.system.provider().capabilities();
    assert!(can.key_life().is_zero() && can.idempotency.is_some());
}

#[tokio::test]
async fn payments_beyond_one_page_are_listed_once_each() {
    let shop = open().await;
    let link = shop.link(standing(None)).await;
    for n in 0..103 {
        assert_eq!(shop.pay(&link.url, "paid", Some(&format!("1.{n:02}", n = n % 100))).await, 303);
    }
    let mut ids: Vec<String> =
        shop.payments(&link.id).await.into_iter().map(|payment| payment.key.id).collect();
    assert_eq!(ids.len(), 103);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 103);
}

#[tokio::test]
async fn payments_that_are_on_their_way_or_declined_are_no_news() {
    let shop = open().await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    assert_eq!(shop.pay(&link.url, "failed", None).await, 303);
    assert_eq!(shop.pay(&link.url, "cancelled", None).await, 303);
    assert_eq!(shop.pay(&link.url, "pending", None).await, 303);
    assert!(shop.payments(&link.id).await.is_empty());
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Active);
    let pending = shop.bank.ledger().payments.last().expect("a payment").id.clone();
    shop.bank.settle(&pending, true).expect("it is written").expect("it was pending");
    let news = told(&shop, 2).await;
    assert_eq!([news[0].kind, news[1].kind], [EventKind::LinkCreated, EventKind::PaymentSucceeded]);
    let found = shop.payments(&link.id).await;
    assert_eq!((found.len(), &found[0].status), (1, &PaymentStatus::Succeeded));
    assert_eq!(found[0].key.id, pending);
}

#[tokio::test]
async fn the_page_asks_for_what_was_ordered_and_leads_on() {
    let shop = open().await;
    let terms = Terms {
        description: Some("For the band".to_owned()),
        customer: [(CustomerField::Email, Need::Required), (CustomerField::Phone, Need::Optional)].into(),
        after: Some(After::Redirect("https://shop.example/thanks".to_owned())),
        ..Terms::default()
    };
    let link = shop.link(LinkOrder { terms, ..sale(money(1250, "EUR")) }).await;
    let browser =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("one");
    let page = browser.get(&link.url).send().await.expect("a page").text().await.expect("text");
    for part in ["For the band", "name=\"email\"", "Phone (optional)"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("businessName"));
    assert_eq!(shop.pay(&link.url, "paid", None).await, 422);
    assert_eq!(shop.pay(&link.url, "paid&email=+", None).await, 422);
    assert!(shop.payments(&link.id).await.is_empty());
    let form = browser.post(&link.url).header("content-type", "application/x-www-form-urlencoded");
    let sent = form.body("outcome=paid&email=jo%40example.com").send().await.expect("an answer");
    assert_eq!(sent.headers()["location"], "https://shop.example/thanks");
    let path = format!("/v1/payment-links/{}/transactions", link.id);
    let (_, body) = raw(&shop, Method::Get, &path).await;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let told = json!({"businessName": null, "customerName": null, "email": "jo@example.com", "phone": null});
    assert_eq!(body["data"][0]["customer"], told);
    let terms = Terms { after: Some(After::Thanks("Cheers & bye".to_owned())), ..Terms::default() };
    let link = shop.link(LinkOrder { terms, ..sale(money(1250, "EUR")) }).await;
    let form = browser.post(&link.url).header("content-type", "application/x-www-form-urlencoded");
    let sent = form.body("outcome=paid").send().await.expect("an answer");
    let place = format!("{}{}", base(&link.url), sent.headers()["location"].to_str().expect("text"));
    let page = browser.get(place).send().await.expect("a page").text().await.expect("text");
    assert!(page.contains("Cheers &amp; bye"), "{page}");
}

fn base(url: &str) -> &str {
    url.split_once("/bank/").expect("a page of the bank").0
}

#[tokio::test]
async fn a_links_code_is_a_picture() {
    let shop = open().await;
    let link = shop.link(standing(None)).await;
    let (status, body) = raw(&shop, Method::Get, &format!("/v1/payment-links/{}/qr", link.id)).await;
    assert_eq!((status, &body[..8]), (200, b"\x89PNG\r\n\x1a\n".as_slice()));
}

#[tokio::test]
async fn a_wrong_key_is_denied_and_nothing_is_made() {
    let shop = Shop::open_with("storekit", BankOptions::default(), json!({"api_key": "sk_wrong"})).await;
    let said = shop.ask(Ask::CreateLink(sale(money(1250, "EUR")))).await;
    assert!(matches!(said, Err(Trouble::Denied { .. })), "{said:?}");
    assert!(shop.bank.ledger().links.is_empty());
}

#[tokio::test]
async fn too_many_calls_are_busy_for_as_long_as_it_says() {
    let options = BankOptions { rate_limit: Some(0), ..BankOptions::default() };
    let shop = Shop::open_with("storekit", options, json!({})).await;
    let said = shop.ask(Ask::CreateLink(sale(money(1250, "EUR")))).await;
    let busy = Trouble::Busy { wait: Some(Duration::from_secs(1)), message: "Too many requests.".to_owned() };
    assert_eq!(said, Err(busy));
}

#[tokio::test]
async fn a_link_in_the_stores_other_currency_says_so() {
    let options = BankOptions { currency: money(1, "GBP").currency, ..BankOptions::default() };
    let shop = Shop::open_with("storekit", options, json!({})).await;
    // The order names no currency: what came is given back, compared and withdrawn by whoever ordered.
    let strange = shop.link(sale(money(1250, "EUR"))).await;
    assert_eq!(strange.amount, Some(AmountKind::Fixed(money(1250, "GBP"))));
    assert_eq!(shop.link(sale(money(1250, "GBP"))).await.payments, Some(0));
}

#[tokio::test]
async fn a_venues_links_are_its_own() {
    let shop = Shop::open_with("storekit", BankOptions::default(), json!({"venue": 7})).await;
    let ours = shop.link(sale(money(1250, "EUR"))).await;
    let elsewhere = crate::support::system(&shop.info, json!({"venue": 8}));
    let Ok(Answer::Link(_)) = elsewhere.ask(Ask::CreateLink(standing(None))).await else { panic!("a link") };
    assert_eq!(links(&shop, None).await, [ours]);
}

#[tokio::test]
async fn while_a_secret_is_changed_both_sign() {
    let shop = open().await;
    let endpoint = shop.bank.endpoints(Face::Storekit).remove(0);
    let rolled = shop.bank.roll_secret(Face::Storekit, &endpoint.id).expect("written").expect("known");
    shop.link(standing(None)).await;
    let hook = shop.hook().await;
    let provider = shop.system.provider();
    for secret in [&endpoint.secret, &rolled.secret] {
        assert_eq!(provider.check_secret(&Secret::new(secret.clone())), Ok(()));
        let said = provider.verify(&hook, &[Secret::new(secret.clone())], now_unix_s());
        assert!(said.is_ok_and(|news| news.kind == EventKind::LinkCreated));
    }
    let stranger = [Secret::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")];
    assert_eq!(provider.verify(&hook, &stranger, now_unix_s()), Err(Refusal::WrongSignature));
    let late = provider.verify(&hook, &[Secret::new(rolled.secret)], now_unix_s() + 900);
    assert!(matches!(late, Err(Refusal::OutsideWindow { .. })), "{late:?}");
}
