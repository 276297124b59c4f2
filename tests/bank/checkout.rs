//! The hosted page, as a phone's browser without scripts and as a scripted customer use it.

use qrtill::sandbox::bank::BankOptions;

use crate::support::Shop;
use crate::support::quick;
use crate::support::session_in;
use crate::support::text;

const ONCE: (&str, &str) = ("restrictions[completed_sessions][limit]", "1");

#[tokio::test]
async fn the_page_says_who_what_and_how_much_and_needs_nothing_else() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[]).await;
    let url = text(&link, "url");
    assert!(url.starts_with(&format!("{}/bank/pay/", shop.base)));
    assert!(url.len() - shop.base.len() < 24, "{url} makes a dense code");
    let page = shop.page(url).await;
    assert_eq!(page.status, 200);
    for words in ["Corner Shop", "Coffee &amp; cake &lt;3", "12.50", "EUR", "no real money"] {
        assert!(page.text.contains(words), "{words} is missing");
    }
    for outside in ["<script", "http://", "https://", "<img", "@import"] {
        assert!(!page.text.contains(outside), "{outside} is on the page");
    }
    let paid = shop.submit(url, &[("outcome", "paid"), ("session", &session_in(&page.text))]).await;
    assert_eq!(paid.status, 303);
    let result = shop.page(&format!("{}{}", shop.base, paid.header("location").expect("a place"))).await;
    assert!(result.text.contains("Paid") && result.text.contains("12.50"));
}

#[tokio::test]
async fn a_link_for_one_payment_closes_itself() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[ONCE]).await;
    let url = text(&link, "url");
    assert_eq!(shop.submit(url, &[("outcome", "paid")]).await.status, 303);
    assert_eq!(shop.submit(url, &[("outcome", "paid")]).await.status, 410);
    assert_eq!(shop.page(url).await.status, 410);
    let link = shop.get(&format!("payment_links/{}", text(&link, "id"))).await.json();
    assert_eq!(link["active"], false);
    let count = &link["restrictions"]["completed_sessions"];
    assert_eq!((&count["count"], &count["limit"]), (&1.into(), &1.into()));
}

#[tokio::test]
async fn a_page_opened_before_the_last_place_was_taken_pays_twice_unless_told_otherwise() {
    for (pay_twice, status, payments) in [(true, 303, 2), (false, 410, 1)] {
        let shop = Shop::open(BankOptions { pay_twice, ..quick() }).await;
        let link = shop.link(&[ONCE]).await;
        let url = text(&link, "url");
        let early = session_in(&shop.page(url).await.text);
        assert_eq!(shop.submit(url, &[("outcome", "paid")]).await.status, 303);
        let late = shop.submit(url, &[("outcome", "paid"), ("session", &early)]).await;
        assert_eq!(late.status, status);
        assert_eq!(shop.bank.ledger().payments.len(), payments);
    }
}

#[tokio::test]
async fn two_posts_on_one_session_commit_one_payment() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[]).await;
    let url = text(&link, "url");
    let session = session_in(&shop.page(url).await.text);
    let form = [("outcome", "paid"), ("session", session.as_str())];
    let (one, two) = tokio::join!(shop.submit(url, &form), shop.submit(url, &form));
    assert_eq!((one.status, two.status), (303, 303));
    assert_eq!(one.header("location"), two.header("location"));
    assert_eq!(shop.bank.ledger().payments.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_customers_at_once_one_gets_the_last_place() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[ONCE]).await;
    let url = text(&link, "url");
    let sent = (0..8).map(|_| shop.submit(url, &[("outcome", "paid")]));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(sent).await.iter().map(|got| got.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(shop.bank.ledger().payments.len(), 1);
}

#[tokio::test]
async fn a_declined_attempt_leaves_the_session_open_for_another() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[]).await;
    let url = text(&link, "url");
    let declined = shop.submit(url, &[("outcome", "failed")]).await;
    let place = format!("{}{}", shop.base, declined.header("location").expect("a place"));
    assert!(shop.page(&place).await.text.contains("Try again"));
    let session = shop.sessions(&link).await.remove(0);
    assert_eq!((&session["status"], &session["payment_status"]), (&"open".into(), &"unpaid".into()));
    assert_eq!(session["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(session["payment_intent"]["last_payment_error"]["code"], "card_declined");
    let again = text(&session, "url");
    assert_eq!(session_in(&shop.page(again).await.text), text(&session, "id"));
    assert_eq!(shop.submit(again, &[("outcome", "paid")]).await.status, 303);
    let sessions = shop.sessions(&link).await;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["payment_intent"]["status"], "succeeded");
    assert!(sessions[0]["payment_intent"]["last_payment_error"].is_null());
}

#[tokio::test]
async fn leaving_the_page_charges_nothing() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[]).await;
    let left = shop.submit(text(&link, "url"), &[("outcome", "cancelled")]).await;
    assert_eq!(left.status, 303);
    assert!(shop.bank.ledger().payments.is_empty());
    let place = format!("{}{}", shop.base, left.header("location").expect("a place"));
    assert!(shop.page(&place).await.text.contains("Nothing was charged"));
}

#[tokio::test]
async fn an_open_amount_is_taken_as_people_write_it_and_bad_ones_are_explained() {
    let shop = Shop::open(quick()).await;
    let link = shop.open_link().await;
    let url = text(&link, "url");
    for typed in ["12.50", "12,50", " 12,5 "] {
        assert_eq!(shop.submit(url, &[("outcome", "paid"), ("amount", typed)]).await.status, 303, "{typed}");
        assert_eq!(shop.sessions(&link).await[0]["amount_total"], 1250, "{typed}");
    }
    for (typed, why) in [
        ("", "Enter the amount"),
        ("0.99", "at least 1.00"),
        ("100.01", "at most 100.00"),
        ("12.345", "digits"),
        ("<b>", "12.50"),
    ] {
        let refused = shop.submit(url, &[("outcome", "paid"), ("amount", typed)]).await;
        assert_eq!(refused.status, 422, "{typed}");
        assert!(refused.text.contains(why), "{typed}: {}", refused.text);
        assert!(!refused.text.contains("<b>"));
    }
    assert_eq!(shop.submit(url, &[("outcome", "maybe"), ("amount", "5")]).await.status, 422);
    assert_eq!(shop.bank.ledger().payments.len(), 3);
}

#[tokio::test]
async fn the_url_proposes_an_amount_and_carries_a_reference() {
    let shop = Shop::open(quick()).await;
    let link = shop.open_link().await;
    let url = format!("{}?client_reference_id=front-1_7&__prefilled_amount=730", text(&link, "url"));
    let page = shop.page(&url).await.text;
    assert!(page.contains("value=\"7.30\""));
    shop.submit(&url, &[("outcome", "paid"), ("amount", "7.30"), ("session", &session_in(&page))]).await;
    assert_eq!(shop.sessions(&link).await[0]["client_reference_id"], "front-1_7");
    assert_eq!(shop.bank.ledger().payments[0].reference.as_deref(), Some("front-1_7"));

    let odd = format!("{}?client_reference_id=a%20b&__prefilled_amount=x", text(&link, "url"));
    assert_eq!(shop.submit(&odd, &[("outcome", "paid"), ("amount", "2")]).await.status, 303);
    assert!(shop.sessions(&link).await[0]["client_reference_id"].is_null());
}

#[tokio::test]
async fn amounts_are_shown_with_the_digits_of_their_currency() {
    let shop = Shop::open(quick()).await;
    for (currency, wire, shown) in
        [("jpy", "1250", ">2500 "), ("kwd", "1250", ">2.500 "), ("isk", "125000", ">2500 ")]
    {
        let form = [
            ("line_items[0][price_data][currency]", currency),
            ("line_items[0][price_data][unit_amount]", wire),
            ("line_items[0][price_data][product_data][name]", "Tea"),
            ("line_items[0][quantity]", "2"),
        ];
        let link = shop.call("payment_links", &form).await.json();
        let page = shop.page(text(&link, "url")).await.text;
        assert!(page.contains(shown), "{shown} is not on the page for {currency}");
    }
}

#[tokio::test]
async fn a_paid_customer_is_sent_where_the_link_says() {
    let shop = Shop::open(quick()).await;
    let there = "https://shop.example/thanks?id={CHECKOUT_SESSION_ID}";
    let redirect = [("after_completion[type]", "redirect"), ("after_completion[redirect][url]", there)];
    let link = shop.link(&redirect).await;
    let paid = shop.submit(text(&link, "url"), &[("outcome", "paid")]).await;
    let session = text(&shop.sessions(&link).await[0], "id").to_owned();
    let place = format!("https://shop.example/thanks?id={session}");
    assert_eq!(paid.header("location"), Some(place.as_str()));
}

#[tokio::test]
async fn a_customer_on_a_link_that_was_closed_reads_so_and_not_that_time_is_over() {
    let shop = Shop::open(quick()).await;
    let link = shop.link(&[]).await;
    let url = text(&link, "url");
    let session = session_in(&shop.page(url).await.text);
    shop.call(&format!("checkout/sessions/{session}/expire"), &[]).await;
    let pages = [format!("{url}?session={session}"), format!("{url}/{session}")];
    for place in &pages {
        assert!(shop.page(place).await.text.contains("Time has run out"), "{place}");
    }
    shop.call(&format!("payment_links/{}", text(&link, "id")), &[("active", "false")]).await;
    for place in &pages {
        assert!(shop.page(place).await.text.contains("This link is closed"), "{place}");
    }
}
