//! Stripe's API: keys, parameters, idempotency, pages, limits, and what it does when it misbehaves.

use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::faults::ApiOdds;

use crate::support::Shop;
use crate::support::coffee;
use crate::support::quick;
use crate::support::text;

#[tokio::test]
async fn calls_without_the_right_key_are_turned_away() {
    let shop = Shop::open(quick()).await;
    let url = format!("{}/bank/stripe/v1/payment_links", shop.base);
    let status = async |headers: &[(&str, &str)]| {
        shop.try_send("GET", &url, headers, None).await.expect("an answer").status
    };
    assert_eq!(status(&[]).await, 401);
    assert_eq!(status(&[("Authorization", "Bearer sk_test_of_somebody_else")]).await, 401);
    assert_eq!(status(&[("Authorization", "Basic eDo=")]).await, 401);
    assert_eq!(shop.get("payment_links").await.status, 200);
    let got = shop.get("payment_links").await;
    assert!(got.header("request-id").is_some_and(|id| id.starts_with("req_")));
}

#[tokio::test]
async fn wrong_parameters_are_named_in_the_error() {
    let shop = Shop::open(quick()).await;
    let refused = async |form: &[(&str, &str)]| {
        let got = shop.call("payment_links", form).await;
        assert_eq!(got.status, 400, "{}", got.text);
        let error = got.json()["error"].clone();
        assert_eq!(error["type"], "invalid_request_error");
        (error["code"].as_str().unwrap_or_default().to_owned(), text(&error, "param").to_owned())
    };
    let named = |code: &str, param: &str| (code.to_owned(), param.to_owned());
    let with = |more: &[(&'static str, &'static str)]| [&coffee(), more].concat();
    assert_eq!(refused(&[]).await, named("parameter_missing", "line_items"));
    assert_eq!(refused(&with(&[("colour", "red")])).await, named("parameter_unknown", "colour"));
    let deep = "line_items[0][price_data][size]";
    assert_eq!(refused(&with(&[(deep, "xl")])).await, named("parameter_unknown", deep));
    let limit = "restrictions[completed_sessions][limit]";
    assert_eq!(refused(&with(&[(limit, "one")])).await, named("parameter_invalid_integer", limit));
    let small = [
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "49"),
        ("line_items[0][price_data][product_data][name]", "Sweet"),
        ("line_items[0][quantity]", "1"),
    ];
    assert_eq!(refused(&small).await, named("amount_too_small", "line_items"));
    assert!(shop.bank.ledger().links.is_empty());
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let shop = Shop::open(quick()).await;
    for (path, param) in [
        ("payment_links/plink_x", "payment_link"),
        ("payment_intents/pi_x", "intent"),
        ("checkout/sessions/cs_x", "session"),
        ("refunds/re_x", "refund"),
    ] {
        let got = shop.get(path).await;
        assert_eq!((got.status, &got.json()["error"]["code"]), (404, &"resource_missing".into()), "{path}");
        assert_eq!(got.json()["error"]["param"], param);
    }
    assert_eq!(shop.get("payment_lynx").await.status, 404);
}

#[tokio::test]
async fn parameters_as_json_are_not_taken() {
    let shop = Shop::open(quick()).await;
    let url = format!("{}/bank/stripe/v1/payment_links", shop.base);
    let bearer = format!("Bearer {}", shop.key);
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let got = shop.try_send("POST", &url, &headers, Some("{}".into())).await.expect("an answer");
    assert_eq!(got.status, 400);
    assert!(text(&got.json()["error"], "message").contains("form-urlencoded"));
}

#[tokio::test]
async fn the_same_key_gives_the_same_link_and_other_parameters_a_conflict() {
    let shop = Shop::open(quick()).await;
    let create = async |key: &str, form: &[(&str, &str)]| {
        shop.try_call("payment_links", key, form).await.expect("an answer")
    };
    let first = create("sale-1.0", &coffee()).await;
    let mut turned = coffee();
    turned.reverse();
    let again = create("sale-1.0", &turned).await;
    assert_eq!((first.status, first.text.as_str()), (200, again.text.as_str()));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = create("sale-1.0", &[&coffee()[..], &[("metadata[a]", "b")]].concat()).await;
    assert_eq!((other.status, &other.json()["error"]["type"]), (400, &"idempotency_error".into()));
    assert_eq!(shop.bank.ledger().links.len(), 1);

    // What was refused for its parameters may be sent again under the same key, mended.
    assert_eq!(create("sale-2.0", &[]).await.status, 400);
    assert_eq!(create("sale-2.0", &coffee()).await.status, 200);
}

#[tokio::test]
async fn lists_go_on_where_the_page_ended() {
    let shop = Shop::open(quick()).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(text(&shop.link(&[]).await, "id").to_owned());
    }
    made.reverse();
    shop.call(&format!("payment_links/{}", made[1]), &[("active", "false")]).await;
    let mut seen: Vec<String> = Vec::new();
    loop {
        let after = seen.last().map(|id| format!("&starting_after={id}")).unwrap_or_default();
        let page = shop.get(&format!("payment_links?limit=2{after}")).await.json();
        assert_eq!(page["object"], "list");
        seen.extend(page["data"].as_array().expect("data").iter().map(|link| text(link, "id").to_owned()));
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, made);
    let inactive = shop.get("payment_links?active=false").await.json();
    assert_eq!(inactive["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(shop.get("payment_links?limit=101").await.status, 400);
}

#[tokio::test]
async fn an_answer_cut_in_half_was_carried_out_and_is_replayed() {
    let shop = Shop::open(quick()).await;
    shop.bank.faults().set_api(ApiOdds { seed: 1, half: 100, ..ApiOdds::default() });
    assert!(shop.try_call("payment_links", "sale-1.0", &coffee()).await.is_err());
    assert_eq!(shop.bank.ledger().links.len(), 1);
    shop.bank.faults().set_api(ApiOdds::default());
    let again = shop.try_call("payment_links", "sale-1.0", &coffee()).await.expect("an answer");
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(shop.bank.ledger().links.len(), 1);
}

#[tokio::test]
async fn refusals_by_seed_repeat_and_do_nothing() {
    let shop = Shop::open(quick()).await;
    let odds = ApiOdds { seed: 42, refuse: 40, busy: 20, ..ApiOdds::default() };
    let run = async || {
        shop.bank.faults().set_api(odds);
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(shop.call("payment_links", &coffee()).await.status);
        }
        statuses
    };
    let (first, second) = (run().await, run().await);
    assert_eq!(first, second);
    assert!([429, 200].iter().all(|status| first.contains(status)), "{first:?}");
    let made = first.iter().filter(|status| **status == 200).count();
    assert_eq!(shop.bank.ledger().links.len(), 2 * made);
}

#[tokio::test]
async fn too_many_calls_in_a_second_are_put_off() {
    let shop = Shop::open(BankOptions { rate_limit: Some(0), ..quick() }).await;
    let got = shop.get("payment_links").await;
    assert_eq!((got.status, &got.json()["error"]["code"]), (429, &"rate_limit".into()));
}

#[tokio::test]
async fn a_face_is_asked_for_by_its_name() {
    let shop = Shop::open(quick()).await;
    for path in ["nobody/v1/payment_links", "nobody/endpoints"] {
        let url = format!("{}/bank/{path}", shop.base);
        let got = shop.try_send("GET", &url, &[], None).await.expect("an answer");
        assert_eq!(got.status, 404, "{path}");
        assert!(text(&got.json(), "error").contains("GET /bank"), "{path}");
    }
    let url = format!("{}/bank", shop.base);
    let faces = shop.try_send("GET", &url, &[], None).await.expect("an answer").json();
    assert_eq!((text(&faces[0], "system"), text(&faces[0], "api_key")), ("stripe", shop.key.as_str()));
    assert_eq!(faces[0]["options"], serde_json::json!({}));
    assert_eq!(text(&faces[0], "base_url"), format!("{}/bank/stripe", shop.base));
}

#[tokio::test]
async fn a_method_that_no_path_knows_is_refused_in_the_faces_words() {
    let shop = Shop::open(quick()).await;
    let url = format!("{}/bank/stripe/v1/payment_links", shop.base);
    let bearer = format!("Bearer {}", shop.key);
    let got = shop.try_send("DELETE", &url, &[("Authorization", &bearer)], None).await.expect("an answer");
    assert_eq!((got.status, &got.json()["error"]["type"]), (404, &"invalid_request_error".into()));
}
