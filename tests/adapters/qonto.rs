//! Qonto's adapter against the bank's Qonto.

use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::secret::Secret;
use qrtill::http::system::NotAnswered;
use qrtill::port::provider::After;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::ConnectOrder;
use qrtill::port::provider::EventKind;
use qrtill::port::provider::Line;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::News;
use qrtill::port::provider::Purpose;
use qrtill::port::provider::Trouble;
use qrtill::sandbox::bank::BankOptions;
use serde_json::Value;
use serde_json::json;

use super::support::REFERENCE;
use super::support::Shop;
use super::support::money;
use super::support::sale;
use super::support::system;

fn euros(minor: i64) -> LinkOrder {
    sale(money(minor, "EUR"))
}

fn reusable(n: usize) -> LinkOrder {
    LinkOrder {
        kind: LinkKind::Reusable { max_payments: None },
        reference: None,
        key: format!("standing.{n}"),
        ..euros(500)
    }
}

fn off(link: &str) -> Ask {
    Ask::SetActive { link: link.into(), active: false }
}

async fn status(shop: &Shop, link: &str) -> LinkStatus {
    shop.get(link).await.status
}

#[tokio::test]
async fn a_sale_is_made_paid_listed_and_told() {
    let shop = Shop::open("qonto").await;
    let link = shop.link(euros(1250)).await;
    assert_eq!((link.status.clone(), link.kind), (LinkStatus::Active, LinkKind::OneOff));
    assert_eq!(link.reference.as_deref(), Some(REFERENCE));
    assert_eq!(link.amount, Some(AmountKind::Fixed(money(1250, "EUR"))));
    assert!(link.ends_unix_ms.is_some());
    assert_eq!(shop.get(&link.id).await, link);
    assert_eq!(shop.link(euros(1250)).await.id, link.id, "the same key gives the same link");
    assert_eq!(shop.pay(&link.url, "paid", None).await, 303);
    assert_eq!(status(&shop, &link.id).await, LinkStatus::Completed);
    let payments = shop.payments(&link.id).await;
    assert_eq!(payments.len(), 1);
    assert_eq!((&payments[0].status, payments[0].amount), (&PaymentStatus::Succeeded, money(1250, "EUR")));
    assert_eq!(payments[0].link.as_deref(), Some(link.id.as_str()));
    let news = shop.news_until(|news| news.kind == EventKind::PaymentSucceeded).await;
    assert_eq!(news[0].kind, EventKind::LinkCreated);
    let last = news.last().expect("one");
    assert_eq!((last.link.as_deref(), &last.payment), (Some(link.id.as_str()), &None));
    let ask = shop.system.provider().confirm(last).expect("a question");
    assert!(matches!(shop.ask(ask).await, Ok(Answer::Payments(page)) if page.items == payments));
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
    let late = shop.ask(off(&link.id)).await;
    assert!(matches!(late, Err(Trouble::Refused { code: Some(code), .. }) if code == "invalid"));
}

#[tokio::test]
async fn every_way_to_leave_the_page_has_its_word() {
    let shop = Shop::open("qonto").await;
    let link = shop.link(reusable(1)).await;
    for (outcome, payment, after, kind) in [
        ("failed", PaymentStatus::Failed, LinkStatus::Active, EventKind::LinkChanged),
        ("expired", PaymentStatus::Expired, LinkStatus::Active, EventKind::LinkChanged),
        ("cancelled", PaymentStatus::Canceled, LinkStatus::Active, EventKind::LinkChanged),
        ("paid", PaymentStatus::Succeeded, LinkStatus::Active, EventKind::LinkChanged),
        ("pending", PaymentStatus::Pending, LinkStatus::Busy, EventKind::PaymentPending),
        ("authorized", PaymentStatus::Authorized, LinkStatus::Busy, EventKind::PaymentPending),
    ] {
        assert_eq!(shop.pay(&link.url, outcome, None).await, 303);
        let newest = shop.payments(&link.id).await.remove(0);
        assert_eq!((&newest.status, newest.declined), (&payment, outcome == "failed"), "{outcome}");
        assert_eq!(status(&shop, &link.id).await, after, "{outcome}");
        shop.news_until(|news| news.kind == kind).await;
    }
    assert_eq!(shop.payments(&link.id).await.len(), 6);
}

#[tokio::test]
async fn money_that_was_pending_comes_or_does_not() {
    let shop = Shop::open("qonto").await;
    let link = shop.link(euros(1250)).await;
    shop.pay(&link.url, "pending", None).await;
    let first = shop.payments(&link.id).await.remove(0);
    shop.bank.settle(&first.key.id, false).expect("written").expect("pending");
    assert_eq!(shop.payments(&link.id).await[0].status, PaymentStatus::Failed);
    assert_eq!(status(&shop, &link.id).await, LinkStatus::Active, "the next payment may begin");
    shop.pay(&link.url, "authorized", None).await;
    let second = shop.payments(&link.id).await.remove(0);
    assert_eq!(status(&shop, &link.id).await, LinkStatus::Busy);
    shop.bank.settle(&second.key.id, true).expect("written").expect("authorized");
    assert_eq!(status(&shop, &link.id).await, LinkStatus::Completed);
    shop.news_until(|news| news.kind == EventKind::PaymentSucceeded).await;
}

#[tokio::test]
async fn a_reusable_link_takes_many_payments_until_it_is_off_for_good() {
    let shop = Shop::open("qonto").await;
    let link = shop.link(reusable(1)).await;
    assert_eq!((link.kind, link.reference), (LinkKind::Reusable { max_payments: None }, None));
    for _ in 0..3 {
        shop.pay(&link.url, "paid", None).await;
    }
    assert_eq!(shop.payments(&link.id).await.len(), 3);
    assert_eq!(status(&shop, &link.id).await, LinkStatus::Active);
    let Ok(Answer::Link(closed)) = shop.ask(off(&link.id)).await else { panic!("a link") };
    assert_eq!(closed.status, LinkStatus::Deactivated);
    assert!(matches!(shop.ask(off(&link.id)).await, Ok(Answer::Link(_))), "once more does no harm");
    assert_eq!(shop.pay(&link.url, "paid", None).await, 410);
    let on = Ask::SetActive { link: link.id.clone(), active: true };
    assert!(matches!(shop.system.ask(on).await, Err(NotAnswered::Unsupported(_))));
}

#[tokio::test]
async fn what_a_link_may_have_is_taken_and_reckoned_alike() {
    let shop = Shop::open("qonto").await;
    let mut order = euros(1930);
    let tea = |unit, quantity, vat_bp| Line { title: "Tea".into(), quantity, unit, vat_bp };
    order.terms.lines = vec![tea(1099, 1, 2100), tea(200, 3, 0)];
    order.terms.description = Some("Two kinds".into());
    order.terms.after = Some(After::Redirect("https://shop.example/thanks".into()));
    let named = [("methods", "credit_card,ideal"), ("item_type", "good"), ("measure_unit", "cup")];
    order.terms.options = named.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let link = shop.link(order).await;
    assert_eq!(link.amount, Some(AmountKind::Fixed(money(1930, "EUR"))));
    assert_eq!(link.reference.as_deref(), Some(REFERENCE));
    let mut invoice = LinkOrder { reference: None, key: "invoice.1".into(), ..euros(4999) };
    invoice.terms.purpose = Purpose::Invoice;
    let named = [("invoice_id", "1acef4be"), ("invoice_number", "INV-7"), ("debitor_name", "Martin")];
    invoice.terms.options = named.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let link = shop.link(invoice).await;
    assert_eq!(link.kind, LinkKind::OneOff);
    shop.pay(&link.url, "paid", None).await;
    assert_eq!(status(&shop, &link.id).await, LinkStatus::Completed);
}

#[tokio::test]
async fn amounts_of_currencies_with_other_exponents_come_back() {
    let shop = Shop::open("qonto").await;
    for (n, (minor, code)) in
        [(5, "JPY"), (1250, "KWD"), (1, "EUR"), (99_999_999, "EUR")].into_iter().enumerate()
    {
        let link = shop.link(LinkOrder { key: format!("k.{n}"), ..sale(money(minor, code)) }).await;
        assert_eq!(link.amount, Some(AmountKind::Fixed(money(minor, code))));
    }
}

#[tokio::test]
async fn lists_go_beyond_a_page_and_filter() {
    let shop = Shop::open("qonto").await;
    for n in 0..103 {
        shop.link(reusable(n)).await;
    }
    let closed = shop.link(euros(1250)).await;
    shop.ask(off(&closed.id)).await.expect("off");
    let pages = async |active| {
        let (mut sizes, mut all, mut cursor) = (Vec::new(), Vec::new(), None);
        loop {
            let Ok(Answer::Links(page)) = shop.ask(Ask::ListLinks { active, cursor }).await else {
                panic!("links")
            };
            sizes.push(page.items.len());
            all.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return (sizes, all);
            }
        }
    };
    assert_eq!(pages(None).await.0, [100, 4]);
    assert_eq!(pages(Some(true)).await.0, [100, 3]);
    let (sizes, all) = pages(Some(false)).await;
    assert_eq!((sizes, all[0].reference.as_deref()), (vec![1], Some(REFERENCE)));
    let link = shop.link(reusable(200)).await;
    for _ in 0..101 {
        shop.pay(&link.url, "paid", None).await;
    }
    let mut ids: Vec<String> = shop.payments(&link.id).await.into_iter().map(|one| one.key.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 101);
}

#[tokio::test]
async fn the_merchant_connects_and_no_link_is_made_before_it_is_done() {
    let shop = Shop::open("qonto").await;
    let Ok(Answer::PaymentMethods(methods)) = shop.ask(Ask::PaymentMethods).await else { panic!("methods") };
    assert!(methods.iter().any(|one| one.name == "credit_card" && one.enabled));
    assert!(methods.iter().any(|one| one.name == "paypal" && !one.enabled));
    assert!(matches!(shop.ask(Ask::Connection).await, Ok(Answer::Connection(one)) if one.enabled));
    let order = ConnectOrder {
        return_url: "https://shop.example/back".into(),
        bank_account: "018f71db-c635-78b5-b90a-ea05de98c2bf".into(),
        phone: "+33612345678".into(),
        business: "A bakery with one counter that sells bread, cakes and coffee to whoever comes in.".into(),
        website: Some("https://shop.example".into()),
    };
    let Ok(Answer::Connection(begun)) = shop.ask(Ask::Connect(order)).await else { panic!("a connection") };
    assert_eq!((begun.status.as_str(), begun.enabled), ("pending", false));
    let changed = |news: &News| news.kind == EventKind::ConnectionChanged;
    let told = shop.news_until(changed).await.pop().expect("the news");
    assert_eq!(told.raw_kind, "v1/payment-links-connections connection_revoked");
    let refused = shop.ask(Ask::CreateLink(euros(1250))).await;
    assert!(matches!(refused, Err(Trouble::Refused { .. })), "{refused:?}");
    let page = begun.location.expect("where to go on");
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let back = browser.build().expect("a browser").get(page).send().await.expect("a page");
    assert_eq!(back.headers()["location"], "https://shop.example/back");
    let told = shop.news_until(changed).await.pop().expect("the news");
    assert_eq!(told.raw_kind, "v1/payment-links-connections connection_enabled");
    assert!(matches!(shop.ask(Ask::Connection).await, Ok(Answer::Connection(one)) if one.enabled));
    shop.link(euros(1250)).await;
}

fn tokens(shop: &Shop) -> Value {
    let text = std::fs::read_to_string(shop.folder.path().join("tokens")).expect("kept");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn tokens_are_rotated_and_an_old_one_is_dead() {
    let shop = Shop::open("qonto").await;
    let first = tokens(&shop);
    let aged = |change: fn(&mut Value)| {
        let mut aged = tokens(&shop);
        change(&mut aged);
        std::fs::write(shop.folder.path().join("tokens"), aged.to_string()).expect("written");
        let file = shop.folder.path().join("tokens");
        system(&shop.info, json!({})).with_tokens(&file, qrtill::host::unix_ms).expect("a keeper")
    };
    let later = aged(|tokens| tokens["renew_unix_ms"] = json!(0));
    assert!(later.ask(Ask::PaymentMethods).await.is_ok());
    let second = tokens(&shop);
    assert_ne!((&first["access"], &first["refresh"]), (&second["access"], &second["refresh"]));
    let refused = aged(|tokens| tokens["access"] = json!("ory_at_stale"));
    assert!(refused.ask(Ask::PaymentMethods).await.is_ok(), "renewed after a 401");
    assert_ne!(tokens(&shop)["refresh"], second["refresh"]);
    std::fs::write(shop.folder.path().join("tokens"), first.to_string()).expect("written");
    let dead = aged(|tokens| tokens["renew_unix_ms"] = json!(0));
    let said = dead.ask(Ask::PaymentMethods).await.expect_err("dead").to_string();
    assert!(said.contains("qrtill link connect"), "{said}");
    qrtill::sandbox::connect(&dead).await.expect("connected again");
    assert!(dead.ask(Ask::PaymentMethods).await.is_ok());
}

#[tokio::test]
async fn wrong_credentials_are_denied() {
    let shop = Shop::open("qonto").await;
    let file = shop.folder.path().join("tokens");
    let denied = async |more: Value| {
        let system = system(&shop.info, more).with_tokens(&file, qrtill::host::unix_ms).expect("a keeper");
        matches!(system.ask(Ask::PaymentMethods).await, Err(NotAnswered::Trouble(Trouble::Denied { .. })))
    };
    assert!(!denied(json!({})).await);
    assert!(denied(json!({"staging_token": "other"})).await);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let options = json!({"api_key": "other"});
    let stranger =
        system(&shop.info, options).with_tokens(&elsewhere.path().join("t"), qrtill::host::unix_ms);
    let stranger = stranger.expect("a keeper");
    let said = qrtill::sandbox::connect(&stranger).await.expect_err("a wrong secret");
    assert!(format!("{said:#}").contains("its secret is wrong"), "{said:#}");
    let scopes = json!({"scopes": "offline_access payment_link.read"});
    let reader = system(&shop.info, scopes).with_tokens(&elsewhere.path().join("r"), qrtill::host::unix_ms);
    let reader = reader.expect("a keeper");
    qrtill::sandbox::connect(&reader).await.expect("connected");
    assert!(reader.ask(Ask::PaymentMethods).await.is_ok());
    let said = reader.ask(Ask::CreateLink(euros(1250))).await;
    assert!(
        matches!(said, Err(NotAnswered::Trouble(Trouble::Denied { message })) if message.contains("write"))
    );
}

#[tokio::test]
async fn too_many_calls_are_told_to_wait() {
    let options = BankOptions { rate_limit: Some(5), ..BankOptions::default() };
    let shop = Shop::open_with("qonto", options, json!({})).await;
    for _ in 0..50 {
        match shop.ask(Ask::PaymentMethods).await {
            Ok(_) => {}
            Err(Trouble::Busy { wait: Some(wait), .. }) => return assert_eq!(wait.as_secs(), 1),
            Err(other) => panic!("{other}"),
        }
    }
    panic!("50 calls at once, and none was too many");
}

#[tokio::test]
async fn what_the_bank_refuses_is_said_in_its_words() {
    let shop = Shop::open("qonto").await;
    let mut order = euros(1250);
    order.terms.options.insert("methods".into(), "paypal".into());
    let said = shop.ask(Ask::CreateLink(order)).await;
    let expected = "/payment_link/potential_payment_methods";
    assert!(matches!(&said, Err(Trouble::Refused { message, .. }) if message.contains(expected)), "{said:?}");
    let said = shop.ask(Ask::GetLink { link: "0199e1de".into() }).await;
    assert!(matches!(said, Err(Trouble::Missing { .. })));
}

#[tokio::test]
async fn a_webhook_is_believed_under_the_subscriptions_secret_alone() {
    let shop = Shop::open("qonto").await;
    shop.link(euros(1250)).await;
    let hook = shop.hook().await;
    assert!(shop.verify(&hook).is_ok());
    let other = [Secret::new("other")];
    let now = super::support::now_unix_s();
    assert!(shop.system.provider().verify(&hook, &other, now).is_err());
    let mut altered = hook;
    altered.body.push(b' ');
    assert!(shop.verify(&altered).is_err());
}
