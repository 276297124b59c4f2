//! VINR: every question over HTTP, a one-off link's life, a counter's link, money given back, and news.

use std::time::Duration;

use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::payment::RefundStatus;
use qrtill::port::provider::After;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::Change;
use qrtill::port::provider::Ends;
use qrtill::port::provider::EventKind;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::Payment;
use qrtill::port::provider::Refund;
use qrtill::port::provider::Refusal;
use qrtill::port::provider::Terms;
use qrtill::port::provider::Trouble;
use qrtill::sandbox::bank::BankOptions;
use serde_json::json;

use crate::support;
use crate::support::REFERENCE;
use crate::support::Shop;
use crate::support::money;
use crate::support::now_unix_s;
use crate::support::sale;

const SYSTEM: &str = "vinr";

fn counter(max_payments: Option<u32>) -> LinkOrder {
    LinkOrder {
        kind: LinkKind::Reusable { max_payments },
        amount: open(None),
        reference: None,
        key: format!("counter.{max_payments:?}"),
        ..sale(money(1, "EUR"))
    }
}

fn open(preset: Option<i64>) -> AmountKind {
    AmountKind::Open { currency: money(1, "EUR").currency, min: None, max: None, preset }
}

fn ends(after_s: u32) -> Terms {
    let at_unix_ms = (now_unix_s() + i64::from(after_s)) * 1000;
    Terms { ends: Some(Ends { at_unix_ms, after_s }), ..Terms::default() }
}

async fn switch(shop: &Shop, link: &str, active: bool) -> Result<LinkState, Trouble> {
    let said = shop.ask(Ask::SetActive { link: link.into(), active }).await?;
    let Answer::Link(link) = said else { panic!("{said:?}") };
    Ok(link)
}

async fn payment(shop: &Shop, id: &str) -> Payment {
    match shop.ask(Ask::GetPayment { payment: id.into() }).await {
        Ok(Answer::Payment(payment)) => payment,
        other => panic!("{other:?}"),
    }
}

async fn refund(shop: &Shop, payment: &str, minor: Option<i64>, key: &str) -> Result<Refund, Trouble> {
    let amount = minor.map(|minor| money(minor, "EUR"));
    let ask = Ask::Refund { payment: payment.into(), link: None, amount, reason: None, key: key.into() };
    let said = shop.ask(ask).await?;
    let Answer::Refund(refund) = said else { panic!("{said:?}") };
    Ok(refund)
}

/// Every page of a list of links.
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

#[tokio::test]
async fn a_sale_is_made_paid_listed_and_closed() {
    let shop = Shop::open(SYSTEM).await;
    let after = Some(After::Redirect("https://shop.example/thanks".into()));
    let order = LinkOrder { terms: Terms { after, ..ends(600) }, ..sale(money(1250, "EUR")) };
    let link = shop.link(order.clone()).await;
    assert_eq!((link.kind, &link.status), (LinkKind::OneOff, &LinkStatus::Active));
    assert_eq!(link.amount, Some(order.amount));
    assert_eq!((link.reference.as_deref(), link.title.as_deref()), (Some(REFERENCE), Some("Café & Söhne")));
    let left_ms = link.ends_unix_ms.expect("an end") - now_unix_s() * 1000;
    assert!((590_000..=602_000).contains(&left_ms), "{left_ms}");
    assert_eq!(shop.get(&link.id).await, link);
    let picture = reqwest::get(format!("{}/qr.png", link.url)).await.expect("a picture");
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(shop.payments(&link.id).await.is_empty(), "whoever prints the code has not come to pay");

    assert_eq!(shop.pay(&link.url, "failed", None).await, 303);
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
    let payments = shop.payments(&link.id).await;
    let seen: Vec<_> = payments.iter().map(|payment| (payment.status.clone(), payment.declined)).collect();
    assert_eq!(seen, [(PaymentStatus::Succeeded, false), (PaymentStatus::Failed, true)]);
    let paid = &payments[0];
    assert_eq!((paid.amount, paid.refunded), (money(1250, "EUR"), 0));
    assert_eq!((paid.reference.as_deref(), paid.link.as_ref()), (Some(REFERENCE), Some(&link.id)));
    assert_eq!(payment(&shop, &paid.key.id).await, *paid);

    let closed = shop.get(&link.id).await;
    assert_eq!((closed.status, closed.payments), (LinkStatus::Completed, Some(1)));
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
    assert_eq!(switch(&shop, &link.id, false).await.expect("switched").status, LinkStatus::Completed);
    let Err(Trouble::Refused { code, .. }) = switch(&shop, &link.id, true).await else { panic!("paid") };
    assert_eq!(code.as_deref(), Some("link_completed"));
}

#[tokio::test]
async fn a_sale_that_nobody_pays_is_withdrawn_or_ends_by_itself() {
    let shop = Shop::open(SYSTEM).await;
    let withdrawn = shop.link(sale(money(1250, "EUR"))).await;
    assert_eq!(shop.pay(&withdrawn.url, "cancelled", None).await, 303);
    assert_eq!(switch(&shop, &withdrawn.id, false).await.expect("switched").status, LinkStatus::Deactivated);
    assert_eq!(shop.pay(&withdrawn.url, "paid", None).await, 410);
    let left = shop.payments(&withdrawn.id).await;
    assert_eq!(left.iter().map(|payment| &payment.status).collect::<Vec<_>>(), [&PaymentStatus::Canceled]);

    let key = format!("{REFERENCE}.2");
    let short = shop.link(LinkOrder { terms: ends(1), key, ..sale(money(500, "EUR")) }).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(shop.get(&short.id).await.status, LinkStatus::Expired);
    assert_eq!(shop.pay(&short.url, "paid", None).await, 410);
    let Err(Trouble::Refused { code, .. }) = switch(&shop, &short.id, true).await else { panic!("over") };
    assert_eq!(code.as_deref(), Some("link_expired"));
    let on: Vec<String> = links(&shop, Some(true)).await.into_iter().map(|link| link.id).collect();
    let off: Vec<String> = links(&shop, Some(false)).await.into_iter().map(|link| link.id).collect();
    assert_eq!((on, off), (vec![], vec![short.id, withdrawn.id]));
}

#[tokio::test]
async fn a_counters_link_is_paid_to_its_limit_and_switched() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(counter(Some(2))).await;
    assert_eq!((link.kind, link.amount), (LinkKind::Reusable { max_payments: Some(2) }, Some(open(None))));
    assert_eq!(shop.pay(&link.url, "paid", Some("0")).await, 422);
    assert_eq!(shop.pay(&link.url, "paid", Some("7.30")).await, 303);
    assert_eq!(switch(&shop, &link.id, false).await.expect("switched").status, LinkStatus::Deactivated);
    assert_eq!(shop.pay(&link.url, "paid", Some("1")).await, 410);
    assert_eq!(switch(&shop, &link.id, true).await.expect("switched").status, LinkStatus::Active);
    assert_eq!(shop.pay(&link.url, "paid", Some("12")).await, 303);
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Exhausted);
    let paid: Vec<i64> = shop.payments(&link.id).await.iter().map(|payment| payment.amount.minor).collect();
    assert_eq!(paid, [1200, 730]);
}

#[tokio::test]
async fn a_link_is_changed_while_it_stands() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(counter(None)).await;
    let ends_unix_ms = (now_unix_s() + 3_600) * 1000;
    let change = Change {
        title: Some("Tea room".into()),
        amount: Some(AmountKind::Fixed(money(990, "EUR"))),
        max_payments: Some(3),
        ends_unix_ms: Some(ends_unix_ms),
        metadata: [("till".to_owned(), "2".to_owned())].into(),
        after: Some(After::Redirect("https://shop.example/thanks".into())),
        ..Change::default()
    };
    let Ok(Answer::Link(changed)) = shop.ask(Ask::UpdateLink { link: link.id.clone(), change }).await else {
        panic!("changed")
    };
    assert_eq!((changed.title.as_deref(), changed.url), (Some("Tea room"), link.url));
    assert_eq!(changed.amount, Some(AmountKind::Fixed(money(990, "EUR"))));
    assert_eq!(
        (changed.kind, changed.ends_unix_ms),
        (LinkKind::Reusable { max_payments: Some(3) }, Some(ends_unix_ms))
    );
    let change = Change { amount: Some(open(Some(500))), ..Change::default() };
    shop.ask(Ask::UpdateLink { link: link.id.clone(), change }).await.expect("changed");
    assert_eq!(shop.get(&link.id).await.amount, Some(open(Some(500))));
    let one = shop.link(sale(money(100, "EUR"))).await;
    let change = Change { max_payments: Some(2), ..Change::default() };
    let said = shop.ask(Ask::UpdateLink { link: one.id, change }).await;
    assert!(
        matches!(&said, Err(Trouble::Refused { message, .. }) if message.contains("maxPayments")),
        "{said:?}"
    );
}

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_more_than_came() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    assert_eq!(shop.pay(&link.url, "failed", None).await, 303);
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
    let payments = shop.payments(&link.id).await;
    let (paid, failed) = (payments[0].key.id.as_str(), payments[1].key.id.as_str());
    let part = refund(&shop, paid, Some(250), "r.1").await.expect("given back");
    assert_eq!((part.amount, &part.status), (money(250, "EUR"), &RefundStatus::Succeeded));
    assert_eq!(refund(&shop, paid, Some(250), "r.1").await.expect("the same one"), part);
    let now = payment(&shop, paid).await;
    assert_eq!((now.status, now.refunded), (PaymentStatus::PartiallyRefunded, 250));
    for (payment, minor, code) in
        [(paid, Some(1001), "amount_too_large"), (failed, None, "payment_not_refundable")]
    {
        let said = refund(&shop, payment, minor, &format!("r.{payment}")).await;
        let Err(Trouble::Refused { code: found, .. }) = said else { panic!("{said:?}") };
        assert_eq!(found.as_deref(), Some(code));
    }
    assert_eq!(refund(&shop, paid, None, "r.2").await.expect("the rest").amount, money(1000, "EUR"));
    assert_eq!(payment(&shop, paid).await.status, PaymentStatus::Refunded);
    let Ok(Answer::Refunds(page)) = shop.ask(Ask::ListRefunds { payment: paid.into(), cursor: None }).await
    else {
        panic!("refunds")
    };
    let listed: Vec<i64> = page.items.iter().map(|refund| refund.amount.minor).collect();
    assert_eq!((listed, page.next), (vec![1000, 250], None));
}

#[tokio::test]
async fn every_webhook_is_verified_and_leads_to_what_is_so() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    for outcome in ["failed", "expired", "paid"] {
        assert_eq!(shop.pay(&link.url, outcome, None).await, 303);
    }
    let paid = shop.payments(&link.id).await.remove(0);
    refund(&shop, &paid.key.id, Some(250), "r.1").await.expect("given back");
    let mut words = Vec::new();
    for _ in 0..8 {
        let hook = shop.hook().await;
        let news = shop.verify(&hook).expect("genuine");
        let ask = shop.system.provider().confirm(&news).expect("a question");
        let Ok(Answer::Payment(payment)) = shop.ask(ask).await else { panic!("a payment") };
        assert_eq!((payment.reference.as_deref(), payment.link.as_ref()), (Some(REFERENCE), Some(&link.id)));
        words.push((news.raw_kind, news.kind));
        let mut forged = hook.clone();
        forged.body.push(b' ');
        assert_eq!(shop.verify(&forged), Err(Refusal::WrongSignature));
        let mut doubled = hook.clone();
        doubled.headers.extend(hook.headers.iter().filter(|(name, _)| name == "x-vinr-timestamp").cloned());
        assert!(matches!(shop.verify(&doubled), Err(Refusal::DoubledSignature { count: 2, .. })));
    }
    words.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    use EventKind::*;
    let mut expected = vec![
        ("payment.completed", PaymentSucceeded),
        ("payment.created", PaymentPending),
        ("payment.created", PaymentPending),
        ("payment.created", PaymentPending),
        ("payment.expired", PaymentExpired),
        ("payment.failed", PaymentFailed),
        ("refund.created", RefundCreated),
        ("refund.updated", RefundSucceeded),
    ];
    expected.sort_unstable_by_key(|(word, _)| *word);
    let words: Vec<_> = words.iter().map(|(word, kind)| (word.as_str(), *kind)).collect();
    assert_eq!(words, expected);
}

#[tokio::test]
async fn a_visitor_who_leaves_has_a_payment_that_lapses() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(LinkOrder { terms: ends(2), ..sale(money(1250, "EUR")) }).await;
    let page = reqwest::get(&link.url).await.expect("the page");
    assert!(page.status().is_success());
    assert_eq!(shop.payments(&link.id).await[0].status, PaymentStatus::Open);
    let news = shop.news_until(|news| news.kind == EventKind::PaymentExpired).await;
    assert_eq!(news.len(), 2);
    assert_eq!(shop.payments(&link.id).await[0].status, PaymentStatus::Expired);
}

#[tokio::test]
async fn a_slow_payment_is_under_way_until_it_is_there() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    assert_eq!(shop.pay(&link.url, "pending", None).await, 303);
    let slow = shop.payments(&link.id).await.remove(0);
    assert_eq!((slow.status, shop.get(&link.id).await.status), (PaymentStatus::Pending, LinkStatus::Active));
    shop.bank.settle(&slow.key.id, true).expect("written").expect("settled");
    shop.news_until(|news| news.kind == EventKind::PaymentSucceeded).await;
    assert_eq!(payment(&shop, &slow.key.id).await.status, PaymentStatus::Succeeded);
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Completed);
}

#[tokio::test]
async fn a_key_makes_one_link_and_is_for_no_other() {
    let shop = Shop::open(SYSTEM).await;
    let order = sale(money(1250, "EUR"));
    let first = shop.link(order.clone()).await;
    assert_eq!(shop.link(order.clone()).await, first);
    assert_eq!(links(&shop, None).await.len(), 1);
    let other = LinkOrder { amount: AmountKind::Fixed(money(1300, "EUR")), ..order };
    let said = shop.ask(Ask::CreateLink(other.clone())).await;
    let Err(Trouble::Refused { code, message }) = said else { panic!("{said:?}") };
    assert_eq!(code.as_deref(), Some("idempotency_key_reused"));
    assert!(message.contains("request req_"), "{message}");
    // The same key at another endpoint is another key.
    assert_eq!(shop.pay(&first.url, "paid", None).await, 303);
    let paid = shop.payments(&first.id).await.remove(0);
    refund(&shop, &paid.key.id, None, &other.key).await.expect("given back");
}

#[tokio::test]
async fn lists_go_on_beyond_a_page() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(counter(None)).await;
    for n in 1..=103 {
        assert_eq!(shop.pay(&link.url, "paid", Some(&n.to_string())).await, 303);
        if n <= 101 {
            shop.link(LinkOrder { key: format!("k.{n}"), ..sale(money(n, "EUR")) }).await;
        }
    }
    let paid: Vec<i64> = shop.payments(&link.id).await.iter().map(|payment| payment.amount.minor).collect();
    assert_eq!(paid, (1..=103).rev().map(|n| n * 100).collect::<Vec<_>>());
    let all = links(&shop, None).await;
    assert_eq!((all.len(), links(&shop, Some(true)).await.len()), (102, 102));
    assert_eq!(all.last().map(|last| &last.id), Some(&link.id));
}

#[tokio::test]
async fn a_wrong_key_is_denied_and_what_is_not_there_is_missing() {
    let shop = Shop::open(SYSTEM).await;
    let stranger = support::system(&shop.info, json!({"api_key": "sk_test_of_somebody_else"}));
    let said = stranger.ask(Ask::ListLinks { active: None, cursor: None }).await;
    let denied = said.expect_err("a wrong key").to_string();
    assert!(denied.starts_with("not permitted") && denied.contains("invalid_api_key"), "{denied}");
    for ask in [
        Ask::GetLink { link: "plink_none".into() },
        Ask::SetActive { link: "plink_none".into(), active: false },
        Ask::GetPayment { payment: "pay_none".into() },
        Ask::Refund { payment: "pay_none".into(), link: None, amount: None, reason: None, key: "k".into() },
    ] {
        let said = shop.ask(ask.clone()).await;
        assert!(matches!(said, Err(Trouble::Missing { .. })), "{ask:?}: {said:?}");
    }
}

#[tokio::test]
async fn a_second_with_too_many_calls_is_waited_out() {
    let options = BankOptions { rate_limit: Some(3), ..BankOptions::default() };
    let shop = Shop::open_with(SYSTEM, options, json!({})).await;
    let mut busy = None;
    for _ in 0..40 {
        if let Err(trouble) = shop.ask(Ask::ListLinks { active: None, cursor: None }).await {
            busy = Some(trouble);
            break;
        }
    }
    let Some(Trouble::Busy { wait: Some(wait), message }) = busy else { panic!("{busy:?}") };
    assert!(wait == Duration::from_secs(1) && message.contains("rate_limited"), "{wait:?} {message}");
    tokio::time::sleep(wait).await;
    shop.ask(Ask::ListLinks { active: None, cursor: None }).await.expect("an answer again");
}

#[tokio::test]
async fn the_other_way_to_switch_off_and_other_paths_work_as_set() {
    let more = json!({"switch": "post", "paths": {"links": "/v1/payment-links", "payments": "/v1/payments"}});
    let shop = Shop::open_with(SYSTEM, BankOptions::default(), more).await;
    let link = shop.link(counter(None)).await;
    assert!(shop.payments(&link.id).await.is_empty());
    assert_eq!(switch(&shop, &link.id, false).await.expect("switched").status, LinkStatus::Deactivated);
    let on_again = Ask::SetActive { link: link.id.clone(), active: true };
    assert!(shop.system.provider().request(&on_again).is_err());
    let wrong = support::system(&shop.info, json!({"link_filter": "link"}));
    let said =
        wrong.ask(Ask::ListPayments { link: link.id, cursor: None }).await.expect_err("no such filter");
    assert!(said.to_string().contains("parameter_unknown"), "{said}");
}
