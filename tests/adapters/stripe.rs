//! Stripe's adapter at Stripe's face of the bank: whole lives of links, told by answers and by webhooks.

use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::payment::RefundStatus;
use qrtill::port::provider::After;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::Change;
use qrtill::port::provider::EventKind;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::News;
use qrtill::port::provider::Refusal;
use qrtill::port::provider::Terms;
use qrtill::port::provider::Trouble;
use qrtill::sandbox::bank::BankOptions;
use serde_json::json;

use crate::support::REFERENCE;
use crate::support::Shop;
use crate::support::money;
use crate::support::sale;
use crate::support::system;

fn reusable(max_payments: Option<u32>, amount: AmountKind, key: &str) -> LinkOrder {
    let kind = LinkKind::Reusable { max_payments };
    LinkOrder { kind, amount, reference: None, key: key.into(), ..sale(money(1250, "EUR")) }
}

fn browser() -> reqwest::Client {
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    plain.build().expect("a browser")
}

/// Opens the hosted page as a customer does; the address of this one visit.
async fn open_page(url: &str) -> String {
    let html = browser().get(url).send().await.expect("a page").text().await.expect("a page");
    let (_, rest) = html.split_once("name=\"session\" value=\"").expect("a form");
    let (session, _) = rest.split_once('"').expect("a session");
    format!("{url}?session={session}")
}

/// Where a customer ends who pays.
async fn led_to(url: &str) -> String {
    let paid =
        browser().post(url).header("content-type", "application/x-www-form-urlencoded").body("outcome=paid");
    let answer = paid.send().await.expect("an answer");
    answer.headers()["location"].to_str().expect("an address").to_owned()
}

async fn switch(shop: &Shop, link: &str, active: bool) -> Result<LinkState, Trouble> {
    let answer = shop.ask(Ask::SetActive { link: link.into(), active }).await?;
    let Answer::Link(link) = answer else { panic!("{answer:?}") };
    Ok(link)
}

/// The next news of that kind, whatever came before it: webhooks keep no order.
async fn told(shop: &Shop, heard: &mut Vec<News>, raw_kind: &str) -> News {
    loop {
        if let Some(at) = heard.iter().position(|one| one.raw_kind == raw_kind) {
            return heard.remove(at);
        }
        heard.extend(shop.news_until(|one| one.raw_kind == raw_kind).await);
    }
}

#[tokio::test]
async fn a_sale_is_made_paid_told_and_given_back() {
    let shop = Shop::open("stripe").await;
    let order = sale(money(1250, "EUR"));
    let link = shop.link(order.clone()).await;
    assert_eq!(shop.link(order).await, link, "the same key gives the same link");
    assert_eq!((link.reference.as_deref(), link.payments), (Some(REFERENCE), Some(0)));
    assert_eq!((link.kind, link.title.as_deref()), (LinkKind::OneOff, Some("Café & Söhne")));
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);

    let mut heard = Vec::new();
    let done = told(&shop, &mut heard, "checkout.session.completed").await;
    let payment = done.payment.expect("a payment");
    assert_eq!((done.kind, payment.reference.as_deref()), (EventKind::PaymentSucceeded, Some(REFERENCE)));
    let intent = told(&shop, &mut heard, "payment_intent.succeeded").await.payment.expect("a payment");
    assert_eq!(intent.key, payment.key, "one payment, whoever tells of it");
    let listed = shop.payments(&link.id).await;
    assert_eq!(
        (listed.len(), &listed[0].key, &listed[0].status),
        (1, &payment.key, &PaymentStatus::Succeeded)
    );

    let paid = shop.get(&link.id).await;
    assert_eq!((paid.status, paid.payments), (LinkStatus::Completed, Some(1)));
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410, "a one-off link is paid once");
    let again = switch(&shop, &link.id, true).await;
    assert!(matches!(again, Err(Trouble::Refused { .. })), "{again:?}");

    let back = |amount, key: &str| Ask::Refund {
        payment: payment.key.id.clone(),
        link: Some(link.id.clone()),
        amount,
        reason: None,
        key: key.into(),
    };
    for (amount, given, after) in [
        (Some(money(250, "EUR")), 250, PaymentStatus::PartiallyRefunded),
        (None, 1000, PaymentStatus::Refunded),
    ] {
        let Ok(Answer::Refund(refund)) = shop.ask(back(amount, &format!("back.{given}"))).await else {
            panic!("a refund")
        };
        assert_eq!((refund.amount, refund.status), (money(given, "EUR"), RefundStatus::Succeeded));
        assert_eq!(shop.payments(&link.id).await[0].status, after);
        let charge = told(&shop, &mut heard, "charge.refunded").await.payment.expect("a payment");
        assert_eq!((charge.key, charge.status), (payment.key.clone(), after));
    }
    let more = shop.ask(back(Some(money(1, "EUR")), "back.more")).await;
    assert!(matches!(more, Err(Trouble::Refused { .. })), "{more:?}");
}

/// The customer opens the page, is declined, pays later: what lists and events tell keeps one key.
#[tokio::test]
async fn one_payment_is_known_by_one_key_from_its_first_news_to_its_last() {
    let shop = Shop::open("stripe").await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    let open = open_page(&link.url).await;
    assert_eq!(shop.payments(&link.id).await, [], "an open page without an attempt is no payment yet");
    assert_eq!(shop.pay(&open, "failed", None).await, 303);
    let declined = shop.payments(&link.id).await.remove(0);
    assert!(declined.declined && declined.status == PaymentStatus::Open, "{declined:?}");
    assert_eq!(shop.pay(&open, "pending", None).await, 303);
    let pending = shop.payments(&link.id).await.remove(0);
    assert_eq!((&pending.key, &pending.status), (&declined.key, &PaymentStatus::Pending));
    shop.bank.settle(&pending.key.id, true).expect("a turn").expect("a pending payment");
    let news = shop.news_until(|one| one.raw_kind == "checkout.session.async_payment_succeeded").await;
    for one in news.iter().filter_map(|one| one.payment.as_ref()) {
        assert_eq!(one.key, declined.key, "{one:?}");
    }
    assert_eq!(shop.payments(&link.id).await.remove(0).status, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn a_sale_that_is_given_up_is_closed_with_its_open_pages() {
    let shop = Shop::open("stripe").await;
    let link = shop.link(sale(money(1250, "EUR"))).await;
    let open = open_page(&link.url).await;
    assert_eq!(switch(&shop, &link.id, false).await.expect("off").status, LinkStatus::Deactivated);
    let pages = shop.ask(Ask::OpenCheckouts { link: link.id.clone(), cursor: None }).await;
    let Ok(Answer::Checkouts(pages)) = pages else { panic!("{pages:?}") };
    assert_eq!(pages.items.len(), 1, "a page that is open outlives its link");
    for checkout in pages.items {
        assert_eq!(shop.ask(Ask::ExpireCheckout { checkout }).await, Ok(Answer::Done));
    }
    assert_eq!(shop.pay(&open, "paid", None).await, 410);
    let lapsed = told(&shop, &mut Vec::new(), "checkout.session.expired").await;
    assert_eq!(lapsed.kind, EventKind::PaymentExpired);
    let lapsed = lapsed.payment.expect("a payment");
    assert!(lapsed.key.id.starts_with("cs_") && lapsed.status == PaymentStatus::Expired, "{lapsed:?}");
    assert_eq!(shop.payments(&link.id).await.remove(0).key, lapsed.key);
}

#[tokio::test]
async fn a_counter_link_takes_what_customers_type_until_its_limit() {
    let shop = Shop::open("stripe").await;
    let currency = money(1, "EUR").currency;
    let amount = AmountKind::Open { currency, min: Some(100), max: Some(5_000), preset: Some(500) };
    let link = shop.link(reusable(Some(2), amount, "counter.1")).await;
    assert_eq!((link.amount, link.title.as_deref()), (Some(amount), Some("Café & Söhne")));
    assert_eq!(shop.pay(&link.url, "paid", Some("0.99")).await, 422);
    assert_eq!(shop.pay(&link.url, "paid", Some("7.30")).await, 303);
    assert_eq!(switch(&shop, &link.id, false).await.expect("off").status, LinkStatus::Deactivated);
    assert_eq!(shop.pay(&link.url, "paid", Some("7.30")).await, 410);
    assert_eq!(switch(&shop, &link.id, true).await.expect("on").status, LinkStatus::Active);
    assert_eq!(shop.pay(&link.url, "paid", Some("50")).await, 303);
    let spent = shop.get(&link.id).await;
    assert_eq!((spent.status, spent.payments), (LinkStatus::Exhausted, Some(2)));
    let amounts: Vec<i64> =
        shop.payments(&link.id).await.iter().map(|payment| payment.amount.minor).collect();
    assert_eq!(amounts, [5_000, 730]);
    let change = Change { max_payments: Some(3), ..Change::default() };
    let raised = shop.ask(Ask::UpdateLink { link: link.id.clone(), change }).await;
    assert!(matches!(raised, Ok(Answer::Link(link)) if link.status == LinkStatus::Deactivated));
    assert_eq!(switch(&shop, &link.id, true).await.expect("on").payments, Some(2));
    assert_eq!(shop.pay(&link.url, "paid", Some("1")).await, 303);
}

#[tokio::test]
async fn a_counter_link_tells_each_sale_apart_by_its_address() {
    let shop = Shop::open("stripe").await;
    let currency = money(1, "EUR").currency;
    let amount = AmountKind::Open { currency, min: None, max: None, preset: None };
    let link = shop.link(reusable(None, amount, "counter.1")).await;
    let reference = REFERENCE.parse().expect("a reference");
    let url = shop.system.provider().sale_url(&link.url, &reference, money(730, "EUR")).expect("an address");
    assert_eq!(shop.pay(&url, "paid", Some("7.30")).await, 303);
    let payment = shop.payments(&link.id).await.remove(0);
    assert_eq!((payment.reference.as_deref(), payment.amount), (Some(REFERENCE), money(730, "EUR")));
}

#[tokio::test]
async fn a_customer_is_led_where_the_order_says() {
    let shop = Shop::open("stripe").await;
    let terms =
        Terms { after: Some(After::Redirect("https://shop.example/thanks".into())), ..Terms::default() };
    let link = shop.link(LinkOrder { terms, ..sale(money(1250, "EUR")) }).await;
    assert_eq!(led_to(&link.url).await, "https://shop.example/thanks");
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_by_their_state() {
    let shop = Shop::open("stripe").await;
    let fixed = AmountKind::Fixed(money(1250, "EUR"));
    let mut made = Vec::new();
    for n in 0..101 {
        made.push(shop.link(reusable(None, fixed, &format!("many.{n}"))).await);
    }
    switch(&shop, &made[7].id, false).await.expect("off");
    for (active, count, pages) in [(None, 101, 2), (Some(true), 100, 1), (Some(false), 1, 1)] {
        let (mut cursor, mut seen, mut asked) = (None, Vec::new(), 0);
        loop {
            let answer = shop.ask(Ask::ListLinks { active, cursor }).await;
            let Ok(Answer::Links(page)) = answer else { panic!("{answer:?}") };
            seen.extend(page.items);
            asked += 1;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((seen.len(), asked), (count, pages), "{active:?}");
        assert!(seen.iter().all(|link| link.amount == Some(fixed) && link.title.is_some()));
    }
}

#[tokio::test]
async fn what_the_bank_refuses_is_told_as_what_it_is() {
    let shop = Shop::open("stripe").await;
    let stranger = system(&shop.info, json!({"api_key": "sk_test_of_somebody_else"}));
    let denied = stranger.ask(Ask::ListLinks { active: None, cursor: None }).await;
    assert!(denied.is_err_and(|no| no.to_string().starts_with("not permitted")));
    let order = sale(money(1250, "EUR"));
    shop.link(order.clone()).await;
    let other = LinkOrder { title: "Tea".into(), ..order };
    let reused = shop.ask(Ask::CreateLink(other)).await;
    assert!(
        matches!(&reused, Err(Trouble::Refused { code: Some(code), .. }) if code == "idempotency_error"),
        "{reused:?}"
    );
    let missing = shop.ask(Ask::GetLink { link: "plink_gone".into() }).await;
    assert!(matches!(missing, Err(Trouble::Missing { .. })), "{missing:?}");

    let hook = shop.hook().await;
    assert!(shop.verify(&hook).is_ok());
    let mut forged = hook.clone();
    forged.body.push(b' ');
    assert_eq!(shop.verify(&forged), Err(Refusal::WrongSignature));
}

#[tokio::test]
async fn a_limit_of_calls_is_waited_for() {
    let options = BankOptions { rate_limit: Some(2), ..BankOptions::default() };
    let shop = Shop::open_with("stripe", options, json!({})).await;
    let mut last = Ok(Answer::Done);
    for _ in 0..20 {
        last = shop.ask(Ask::ListLinks { active: None, cursor: None }).await;
        if last.is_err() {
            break;
        }
    }
    assert!(matches!(last, Err(Trouble::Busy { .. })), "{last:?}");
}
