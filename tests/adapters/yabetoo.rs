//! Yabetoo: every question over HTTP, a one-off link's life, a counter's link, the catalogue's links, and news
//! of one payment that comes twice.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::http::system::NotAnswered;
use qrtill::port::provider::After;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::Change;
use qrtill::port::provider::CustomerField;
use qrtill::port::provider::Ends;
use qrtill::port::provider::EventKind;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::Need;
use qrtill::port::provider::News;
use qrtill::port::provider::Payment;
use qrtill::port::provider::Purpose;
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

const SYSTEM: &str = "yabetoo";

fn counter(max_payments: Option<u32>) -> LinkOrder {
    LinkOrder {
        kind: LinkKind::Reusable { max_payments },
        amount: open(None, None),
        reference: None,
        key: format!("counter.{max_payments:?}"),
        ..sale(money(1, "XAF"))
    }
}

fn open(min: Option<i64>, max: Option<i64>) -> AmountKind {
    AmountKind::Open { currency: money(1, "XAF").currency, min, max, preset: None }
}

fn ends(after_s: u32) -> Terms {
    let at_unix_ms = (now_unix_s() + i64::from(after_s)) * 1000;
    Terms { ends: Some(Ends { at_unix_ms, after_s }), ..Terms::default() }
}

fn options(words: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    words.iter().map(|(word, value)| ((*word).to_owned(), (*value).to_owned())).collect()
}

fn now_ms() -> i64 {
    now_unix_s() * 1000
}

async fn switch(shop: &Shop, link: &str, active: bool) -> LinkState {
    match shop.ask(Ask::SetActive { link: link.into(), active }).await {
        Ok(Answer::Link(link)) => link,
        other => panic!("{other:?}"),
    }
}

async fn update(shop: &Shop, link: &str, change: Change) -> Result<LinkState, Trouble> {
    let said = shop.ask(Ask::UpdateLink { link: link.into(), change }).await?;
    let Answer::Link(link) = said else { panic!("{said:?}") };
    Ok(link)
}

async fn payment(shop: &Shop, id: &str) -> Payment {
    match shop.ask(Ask::GetPayment { payment: id.into() }).await {
        Ok(Answer::Payment(payment)) => payment,
        other => panic!("{other:?}"),
    }
}

/// Every page of a list of links, and how many pages there were.
async fn links(shop: &Shop, active: Option<bool>) -> (Vec<LinkState>, usize) {
    let (mut all, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        match shop.ask(Ask::ListLinks { active, cursor }).await {
            Ok(Answer::Links(page)) => {
                all.extend(page.items);
                pages += 1;
                let Some(next) = page.next else { return (all, pages) };
                cursor = Some(next);
            }
            other => panic!("{other:?}"),
        }
    }
}

fn told(payments: &[Payment]) -> Vec<(PaymentStatus, bool)> {
    payments.iter().map(|payment| (payment.status.clone(), payment.declined)).collect()
}

#[tokio::test]
async fn a_sale_is_made_paid_listed_and_closed() {
    let shop = Shop::open(SYSTEM).await;
    let after = Some(After::Redirect("https://shop.example/ok?link={PAYMENT_LINK_ID}".into()));
    let order = LinkOrder { terms: Terms { after, ..ends(600) }, ..sale(money(1250, "XAF")) };
    let link = shop.link(order.clone()).await;
    assert_eq!((link.kind, &link.status), (LinkKind::OneOff, &LinkStatus::Active));
    assert_eq!(link.amount, Some(order.amount));
    assert_eq!((link.reference.as_deref(), link.title.as_deref()), (Some(REFERENCE), Some("Café & Söhne")));
    let left_ms = link.ends_unix_ms.expect("an end") - now_ms();
    assert!((590_000..=602_000).contains(&left_ms), "{left_ms}");
    assert_eq!(shop.get(&link.id).await, link);
    assert!(shop.payments(&link.id).await.is_empty());

    assert_eq!(shop.pay(&link.url, "failed", None).await, 303);
    assert_eq!(told(&shop.payments(&link.id).await), [(PaymentStatus::Failed, true)]);
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
    let payments = shop.payments(&link.id).await;
    assert!(told(&payments).contains(&(PaymentStatus::Failed, true)));
    let paid = payments.iter().find(|payment| payment.status.is_money()).expect("the money");
    assert_eq!(
        (paid.status.clone(), paid.amount, paid.refunded),
        (PaymentStatus::Succeeded, money(1250, "XAF"), 0)
    );
    assert!(paid.key.id.starts_with("pi_"), "{}", paid.key.id);
    assert_eq!((paid.reference.as_ref(), paid.link.as_ref()), (None, Some(&link.id)), "the question's link");
    let alone = payment(&shop, &paid.key.id).await;
    assert_eq!(Payment { link: paid.link.clone(), ..alone }, *paid);

    let closed = shop.get(&link.id).await;
    assert_eq!((closed.status, closed.payments), (LinkStatus::Completed, Some(1)));
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
    assert_eq!(switch(&shop, &link.id, false).await.status, LinkStatus::Completed);
    assert_eq!(switch(&shop, &link.id, true).await.status, LinkStatus::Completed);
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
}

#[tokio::test]
async fn a_sale_that_nobody_pays_is_withdrawn_or_ends_by_itself() {
    let shop = Shop::open(SYSTEM).await;
    let withdrawn = shop.link(sale(money(1250, "XAF"))).await;
    assert_eq!(shop.pay(&withdrawn.url, "cancelled", None).await, 303);
    assert!(shop.payments(&withdrawn.id).await.is_empty());
    assert_eq!(switch(&shop, &withdrawn.id, false).await.status, LinkStatus::Deactivated);
    assert_eq!(shop.pay(&withdrawn.url, "paid", None).await, 410);

    let key = format!("{REFERENCE}.2");
    let short = shop.link(LinkOrder { terms: ends(1), key, ..sale(money(500, "XAF")) }).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(shop.get(&short.id).await.status_at(now_ms() + 1_000), LinkStatus::Expired);
    assert_eq!(shop.pay(&short.url, "paid", None).await, 410);
    let ids = |links: Vec<LinkState>| links.into_iter().map(|link| link.id).collect::<Vec<_>>();
    let (on, off) = (ids(links(&shop, Some(true)).await.0), ids(links(&shop, Some(false)).await.0));
    assert_eq!((on, off), (vec![short.id.clone()], vec![withdrawn.id.clone()]));
    assert_eq!(ids(links(&shop, None).await.0), [short.id, withdrawn.id]);
}

#[tokio::test]
async fn a_counters_link_is_paid_to_its_limit_and_switched() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(counter(Some(2))).await;
    assert_eq!(link.kind, LinkKind::Reusable { max_payments: Some(2) });
    assert_eq!(link.amount, Some(open(Some(1), None)), "a bound makes it the customer's to type");
    assert_eq!(link.reference, None);
    assert_eq!(shop.pay(&link.url, "paid", None).await, 422);
    assert_eq!(shop.pay(&link.url, "paid", Some("12.50")).await, 422);
    assert_eq!(shop.pay(&link.url, "paid", Some("700")).await, 303);
    assert_eq!(switch(&shop, &link.id, false).await.status, LinkStatus::Deactivated);
    assert_eq!(shop.pay(&link.url, "paid", Some("900")).await, 410);
    assert_eq!(switch(&shop, &link.id, true).await.status, LinkStatus::Active);
    assert_eq!(shop.pay(&link.url, "paid", Some("900")).await, 303);
    let used = shop.get(&link.id).await;
    assert_eq!((used.status, used.payments), (LinkStatus::Exhausted, Some(2)));
    assert_eq!(shop.pay(&link.url, "paid", Some("100")).await, 410);
    let minors: BTreeSet<i64> = shop.payments(&link.id).await.iter().map(|one| one.amount.minor).collect();
    assert_eq!(minors, [700, 900].into());

    let more = Change { max_payments: Some(3), ..Change::default() };
    assert_eq!(update(&shop, &link.id, more).await.expect("raised").status, LinkStatus::Active);
    assert_eq!(shop.pay(&link.url, "paid", Some("100")).await, 303);
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Exhausted);
}

#[tokio::test]
async fn a_link_is_changed_key_by_key() {
    let shop = Shop::open(SYSTEM).await;
    let terms = Terms {
        description: Some("For the team".into()),
        suggestions: vec![500, 1000],
        metadata: options(&[("till", "3")]),
        customer: [(CustomerField::BillingAddress, Need::Required)].into(),
        options: options(&[("slug", "tips-for-us"), ("submitType", "donate"), ("submitMessage", "Merci")]),
        ..Terms::default()
    };
    let link = shop.link(LinkOrder { terms, ..counter(None) }).await;
    assert!(link.url.ends_with("/tips-for-us"), "{}", link.url);
    let title = Change { title: Some("Tips".into()), ..Change::default() };
    let named = update(&shop, &link.id, title).await.expect("changed");
    assert_eq!((named.title.as_deref(), named.amount), (Some("Tips"), link.amount));
    let bounds = Change { amount: Some(open(Some(100), Some(900))), ..Change::default() };
    let bound = update(&shop, &link.id, bounds).await.expect("changed");
    assert_eq!((bound.title.as_deref(), bound.amount), (Some("Tips"), Some(open(Some(100), Some(900)))));
    assert_eq!(shop.pay(&link.url, "paid", Some("99")).await, 422);
    let fixed = AmountKind::Fixed(money(250, "XAF"));
    let change = Change { amount: Some(fixed), ends_unix_ms: Some(now_ms() + 60_000), ..Change::default() };
    let changed = update(&shop, &link.id, change).await.expect("changed");
    assert_eq!((changed.amount, changed.ends_unix_ms.is_some()), (Some(fixed), true));
    let other = Change { amount: Some(AmountKind::Fixed(money(250, "XOF"))), ..Change::default() };
    let said = update(&shop, &link.id, other).await;
    let Err(Trouble::Refused { code, message }) = said else { panic!("{said:?}") };
    assert_eq!(code.as_deref(), Some("immutable"));
    assert!(message.contains("currency"), "{message}");
    let taken = LinkOrder {
        terms: Terms { options: options(&[("slug", "tips-for-us")]), ..Terms::default() },
        key: "another".into(),
        ..counter(None)
    };
    assert!(matches!(shop.ask(Ask::CreateLink(taken)).await, Err(Trouble::Refused { .. })));
}

#[tokio::test]
async fn the_catalogues_links_are_sold_at_its_price() {
    let shop = Shop::open(SYSTEM).await;
    let of = |purpose, price: &str, quantity: &str| LinkOrder {
        terms: Terms {
            purpose,
            options: options(&[("priceId", price), ("quantity", quantity)]),
            ..Terms::default()
        },
        key: format!("{purpose:?}.{price}"),
        ..counter(None)
    };
    let tea = shop.link(of(Purpose::Product, "price_tea", "3")).await;
    assert_eq!(tea.amount, None);
    assert_eq!(shop.pay(&tea.url, "paid", None).await, 303);
    assert_eq!(shop.payments(&tea.id).await[0].amount, money(1200, "XAF"));
    let club = shop.link(of(Purpose::Subscription, "price_monthly", "1")).await;
    assert_eq!(shop.pay(&club.url, "paid", None).await, 303);
    let news = shop.news_until(|news| news.raw_kind == "subscription.created").await;
    assert_eq!(news.last().map(|news| news.kind), Some(EventKind::Other));
    assert!(
        !news.iter().any(|news| news.link.as_ref() == Some(&club.id) && news.kind != EventKind::LinkCreated)
    );
    for wrong in [of(Purpose::Subscription, "price_tea", "1"), of(Purpose::Product, "price_nothing", "1")] {
        let said = shop.ask(Ask::CreateLink(wrong)).await;
        assert!(matches!(said, Err(Trouble::Refused { .. })), "{said:?}");
    }
}

/// What the relay asks to make sure of the news.
async fn confirmed(shop: &Shop, news: &News) -> Vec<Payment> {
    match shop.ask(shop.system.provider().confirm(news).expect("a question")).await {
        Ok(Answer::Payment(payment)) => vec![payment],
        Ok(Answer::Payments(page)) => page.items,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_payment_that_is_told_twice_has_one_key() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(sale(money(1250, "XAF"))).await;
    shop.pay(&link.url, "paid", None).await;
    // They overtake one another.
    let left = RefCell::new(BTreeSet::from([
        "intent.completed".to_owned(),
        "payment_link.checkout.completed".to_owned(),
        "payment_link.created".to_owned(),
    ]));
    let all_came = |news: &News| {
        assert!(left.borrow_mut().remove(&news.raw_kind), "{} once more", news.raw_kind);
        left.borrow().is_empty()
    };
    let news = shop.news_until(all_came).await;
    let mut keys: BTreeSet<PaymentKey> = BTreeSet::new();
    for news in news.iter().filter(|news| news.kind == EventKind::PaymentSucceeded) {
        let by_link = news.raw_kind.starts_with("payment_link");
        assert_eq!((news.payment.is_some(), news.link.is_some()), (!by_link, by_link), "{}", news.raw_kind);
        keys.extend(news.payment.iter().map(|payment| payment.key.clone()));
        let payments = confirmed(&shop, news).await;
        assert_eq!(told(&payments), [(PaymentStatus::Succeeded, false)]);
        assert_eq!(payments[0].link.as_ref(), Some(&link.id), "the bank's intents name their link");
        keys.extend(payments.into_iter().map(|payment| payment.key));
    }
    assert_eq!(keys.len(), 1, "{keys:?}");
    let events: BTreeSet<&str> = news.iter().map(|news| news.event.as_str()).collect();
    assert_eq!(events.len(), news.len());
}

#[tokio::test]
async fn webhooks_are_signed_in_three_spellings_and_all_are_verified() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(counter(None)).await;
    let mut spellings = BTreeSet::new();
    for round in 0..12 {
        if round % 2 == 0 {
            shop.pay(&link.url, ["paid", "failed", "expired"][round / 2 % 3], Some("700")).await;
        }
        let hook = shop.hook().await;
        shop.verify(&hook).expect("genuine");
        let value = hook.header("x-yabetoo-webhook-signature").next().expect("a signature").to_vec();
        let text = String::from_utf8(value).expect("text");
        spellings.insert(text.chars().take_while(|c| !c.is_ascii_hexdigit()).collect::<String>());
        let mut altered = hook.clone();
        altered.body.push(b' ');
        assert_eq!(shop.verify(&altered), Err(Refusal::WrongSignature));
        if spellings.len() == 3 {
            break;
        }
    }
    assert_eq!(spellings.iter().map(String::as_str).collect::<Vec<_>>(), ["", "t=", "v"]);
}

#[tokio::test]
async fn a_late_success_beats_the_failure_told_before() {
    let habits = BankOptions { pending_settles_ms: Some(700), ..BankOptions::default() };
    let shop = Shop::open_with(SYSTEM, habits, json!({})).await;
    let link = shop.link(sale(money(1250, "XAF"))).await;
    assert_eq!(shop.pay(&link.url, "delayed", None).await, 303);
    let first = shop.payments(&link.id).await;
    assert_eq!(told(&first), [(PaymentStatus::Failed, true)]);
    let failed = shop.news_until(|news| news.kind == EventKind::PaymentFailed).await;
    let last = failed.last().expect("news");
    assert_eq!((last.payment.as_ref(), last.link.as_ref()), (None, Some(&link.id)));
    shop.news_until(|news| news.raw_kind == "payment_link.checkout.completed").await;
    let then = shop.payments(&link.id).await;
    assert_eq!(told(&then), [(PaymentStatus::Succeeded, false)]);
    assert_eq!(then[0].key, first[0].key);
    assert!(then[0].status.rank() > first[0].status.rank());
    assert_eq!(shop.get(&link.id).await.status, LinkStatus::Completed);
}

#[tokio::test]
async fn pending_is_not_money_and_a_lapsed_request_may_be_tried_again() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(sale(money(1250, "XAF"))).await;
    shop.pay(&link.url, "expired", None).await;
    assert_eq!(told(&shop.payments(&link.id).await), [(PaymentStatus::Expired, true)]);
    let news = shop.news_until(|news| news.kind == EventKind::PaymentExpired).await;
    assert!(news.last().and_then(|news| news.payment.as_ref()).is_some_and(|payment| payment.declined));
    shop.pay(&link.url, "pending", None).await;
    let payments = shop.payments(&link.id).await;
    let pending = payments.iter().find(|payment| payment.status == PaymentStatus::Pending).expect("pending");
    assert_eq!(shop.get(&link.id).await.payments, Some(0));
    shop.bank.settle(&pending.key.id, true).expect("kept").expect("it was pending");
    let news = shop.news_until(|news| news.raw_kind == "intent.completed").await;
    let succeeded = news.last().and_then(|news| news.payment.as_ref()).expect("the intent's news");
    assert_eq!(succeeded.key, pending.key);
}

#[tokio::test]
async fn the_same_key_gives_the_same_link_and_another_order_none() {
    let shop = Shop::open(SYSTEM).await;
    let order = sale(money(1250, "XAF"));
    let link = shop.link(order.clone()).await;
    assert_eq!(shop.link(order.clone()).await.id, link.id);
    let other = LinkOrder { amount: AmountKind::Fixed(money(1251, "XAF")), ..order };
    let said = shop.ask(Ask::CreateLink(other)).await;
    assert!(
        matches!(&said, Err(Trouble::Unsure { message }) if message.contains("another operation")),
        "{said:?}"
    );
    assert_eq!(links(&shop, None).await.0.len(), 1);
}

#[tokio::test]
async fn lists_go_on_beyond_one_page() {
    let shop = Shop::open(SYSTEM).await;
    let link = shop.link(counter(None)).await;
    for minor in 1..=103 {
        assert_eq!(shop.pay(&link.url, "paid", Some(&minor.to_string())).await, 303);
    }
    let minors: Vec<i64> = shop.payments(&link.id).await.iter().map(|one| one.amount.minor).collect();
    assert_eq!(minors.len(), 103);
    assert_eq!(minors.iter().copied().collect::<BTreeSet<_>>(), (1..=103).collect());
    for n in 0..100 {
        shop.link(LinkOrder { key: format!("more.{n}"), ..counter(None) }).await;
    }
    let (all, pages) = links(&shop, Some(true)).await;
    let ids: BTreeSet<&str> = all.iter().map(|link| link.id.as_str()).collect();
    assert_eq!((ids.len(), pages), (101, 2));
}

#[tokio::test]
async fn decimals_are_exact_and_have_to_be_switched_on() {
    let shop = Shop::open(SYSTEM).await;
    for (minor, code) in [(1250, "EUR"), (5, "EUR"), (1005, "KWD"), (1, "KWD"), (99_999_999, "USD")] {
        let order = LinkOrder { key: format!("{minor} {code}"), ..sale(money(minor, code)) };
        let link = shop.link(order.clone()).await;
        assert_eq!(link.amount, Some(order.amount));
        assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
        assert_eq!(shop.payments(&link.id).await[0].amount, money(minor, code));
        let news = shop.news_until(|news| news.raw_kind == "intent.completed").await;
        let told = news.last().and_then(|news| news.payment.as_ref()).expect("a payment");
        assert_eq!(told.amount, money(minor, code));
    }
    let francs_only = support::system(&shop.info, json!({"decimal_currencies": false}));
    match francs_only.ask(Ask::CreateLink(sale(money(1250, "EUR")))).await {
        Err(NotAnswered::Unsupported(no)) => assert!(no.advice.contains("decimal_currencies"), "{no}"),
        other => panic!("{other:?}"),
    }
    let Ok(Answer::Links(page)) = francs_only.ask(Ask::ListLinks { active: None, cursor: None }).await else {
        panic!("a list with links in euros")
    };
    assert_eq!(page.items.len(), 5);
    assert!(page.items.iter().all(|link| link.amount.is_none()), "their unit is not certain");
}

#[tokio::test]
async fn a_wrong_key_is_denied_at_both_hosts_and_what_is_not_there_is_missing() {
    let shop = Shop::open(SYSTEM).await;
    let stranger = support::system(&shop.info, json!({"api_key": "sk_test_somebody_else"}));
    let payments = Ask::ListPayments { link: "plink_1".into(), cursor: None };
    for ask in [Ask::CreateLink(sale(money(1250, "XAF"))), payments] {
        let said = stranger.ask(ask).await;
        let Err(NotAnswered::Trouble(Trouble::Denied { message })) = said else { panic!("{said:?}") };
        assert_eq!(message, "Unauthorized");
    }
    for ask in [
        Ask::GetLink { link: "plink_none".into() },
        Ask::SetActive { link: "plink_none".into(), active: false },
        Ask::GetPayment { payment: "pi_none".into() },
    ] {
        assert!(matches!(shop.ask(ask.clone()).await, Err(Trouble::Missing { .. })), "{ask:?}");
    }
    for ask in [
        Ask::Refund { payment: "pi_1".into(), link: None, amount: None, reason: None, key: "k".into() },
        Ask::ListRefunds { payment: "pi_1".into(), cursor: None },
    ] {
        assert!(matches!(shop.system.ask(ask).await, Err(NotAnswered::Unsupported(_))));
    }
}

#[tokio::test]
async fn too_many_calls_are_busy_for_as_long_as_the_headers_say() {
    let options = BankOptions { rate_limit: Some(2), ..BankOptions::default() };
    let shop = Shop::open_with(SYSTEM, options, json!({})).await;
    for _ in 0..12 {
        match shop.ask(Ask::ListLinks { active: None, cursor: None }).await {
            Ok(_) => {}
            Err(Trouble::Busy { wait, message }) => {
                assert_eq!((wait, message.as_str()), (Some(Duration::from_secs(1)), "Too many requests"));
                return;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("twelve calls, and none was too many");
}
