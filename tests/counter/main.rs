//! The browser counter over real sockets.

mod support;

use qrtill::core::key::Key;
use qrtill::port::keys;
use reqwest::StatusCode;
use serde_json::Value;
use serde_json::json;

use support::Shop;

#[tokio::test]
async fn keys_are_handled_before_the_answer_which_is_the_new_state() {
    let shop = Shop::open().await;
    let (status, body) = shop.post("/counter/keys", "1250\r").await;
    assert_eq!(status, 200, "{body}");
    let state: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&state["seq"], &state["amount"]), (&json!(12), &json!(1250)));
    let typed = shop.typed.lock().expect("no panic before").clone();
    assert_eq!(typed, [Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0), Key::Enter]);
}

#[tokio::test]
async fn an_unknown_key_presses_nothing_at_all() {
    let shop = Shop::open().await;
    let (status, why) = shop.post("/counter/keys", "12x\r").await;
    assert_eq!(status, 422);
    assert!(why.starts_with("`x` is not on the keypad"), "{why}");
    assert_eq!(shop.post("/counter/keys", &"1".repeat(257)).await.0, 422);
    assert!(shop.typed.lock().expect("no panic before").is_empty());
    assert_eq!(shop.state("").await["seq"], 7);
}

#[tokio::test]
async fn keys_for_a_terminal_that_is_off_are_refused_and_work_again_when_it_is_on() {
    let shop = Shop::open().await;
    let (dead, _) = keys::channel();
    let alive = std::mem::replace(&mut *shop.line.lock().expect("no panic before"), dead);
    let (status, why) = shop.post("/counter/keys", "12").await;
    assert_eq!(status, 503);
    assert!(why.starts_with("the terminal is not running, 0 of 2 keys were handled"), "{why}");
    *shop.line.lock().expect("no panic before") = alive;
    assert_eq!(shop.post("/counter/keys", "12").await.0, 200);
}

#[tokio::test]
async fn two_texts_of_keys_never_mix() {
    let shop = Shop::open().await;
    let (ones, twos) = ("1".repeat(8), "2".repeat(8));
    let (first, second) = tokio::join!(shop.post("/counter/keys", &ones), shop.post("/counter/keys", &twos));
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    let typed = shop.typed.lock().expect("no panic before").clone();
    let turns = typed.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!((typed.len(), turns), (16, 1), "{typed:?}");
}

#[tokio::test]
async fn a_long_poll_answers_at_once_when_it_is_behind_and_else_on_the_change() {
    let shop = Shop::open().await;
    assert_eq!(shop.state("?after=6&wait_s=60").await["seq"], 7);
    let (state, (status, _)) =
        tokio::join!(shop.state("?after=7&wait_s=60"), shop.post("/counter/keys", "5"));
    assert_eq!((status, &state["seq"], &state["amount"]), (StatusCode::OK, &json!(8), &json!(5)));
}

#[tokio::test]
async fn a_long_poll_without_news_answers_the_present_state() {
    let shop = Shop::open().await;
    let state = shop.state("?after=7&wait_s=1").await;
    assert_eq!(state["seq"], 7);
    assert_eq!(shop.get("/counter/state?after=x").await.status(), 422);
}

#[tokio::test]
async fn the_time_that_is_left_goes_down_between_changes() {
    let shop = Shop::open().await;
    let before = shop.state("").await["expires_in_s"].as_u64().expect("a time");
    let after = shop.state("?after=7&wait_s=2").await;
    assert_eq!(after["seq"], 7);
    assert!(after["expires_in_s"].as_u64().expect("a time") < before);
}

#[tokio::test]
async fn the_picture_is_of_the_state_that_its_header_names() {
    let shop = Shop::open().await;
    shop.post("/counter/keys", "1").await;
    let got = shop.get("/counter/frame.png").await;
    assert_eq!(got.headers()["x-seq"], "8");
    assert_eq!(got.headers()["cache-control"], "no-store");
    let bytes = got.bytes().await.expect("a body");
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    assert_eq!((reader.info().width, reader.info().height), (4, 2));
}

#[tokio::test]
async fn the_cashiers_picture_is_there_where_the_cashier_has_a_panel() {
    let shop = Shop::open().await;
    let got = shop.get("/counter/cashier.png").await;
    assert_eq!(got.headers()["x-seq"], "7");
    let bytes = got.bytes().await.expect("a body");
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    assert_eq!((reader.info().width, reader.info().height), (3, 1));
    let (status, _) = shop.post("/counter/keys", "1").await;
    assert_eq!(status, 200);
    let got = shop.get("/counter/cashier.png").await;
    assert_eq!(got.status(), 404, "taken away with that key");
    assert!(got.text().await.expect("a body").contains("--cashier-panel"));
}

#[tokio::test]
async fn events_begin_with_the_present_state_and_miss_no_key() {
    let shop = Shop::open().await;
    let mut events = shop.events(None).await;
    assert_eq!(events.amounts(1).await, [(7, 0)]);
    shop.post("/counter/keys", "125").await;
    assert_eq!(events.amounts(3).await, [(8, 1), (9, 12), (10, 125)]);
}

#[tokio::test]
async fn events_resume_behind_the_last_one_seen() {
    let shop = Shop::open().await;
    shop.post("/counter/keys", "125").await;
    let mut behind = shop.events(Some("8")).await;
    assert_eq!(behind.amounts(2).await, [(9, 12), (10, 125)]);
    let mut current = shop.events(Some("10")).await;
    let mut ahead = shop.events(Some("4000")).await;
    assert_eq!(ahead.amounts(1).await, [(10, 125)]);
    shop.post("/counter/keys", "0").await;
    assert_eq!(current.amounts(1).await, [(11, 1250)]);
}

#[tokio::test]
async fn a_reader_left_far_behind_goes_on_with_the_oldest_state_kept() {
    let shop = Shop::open().await;
    shop.post("/counter/keys", &"0".repeat(256)).await;
    shop.post("/counter/keys", "00").await;
    let mut events = shop.events(Some("7")).await;
    assert_eq!(events.amounts(1).await, [(10, 0)]);
}

#[tokio::test]
async fn a_sound_is_told_once_to_those_who_were_there_and_asked_for_it() {
    let shop = Shop::open().await;
    let mut events = shop.events_at("/counter/events?sounds", None).await;
    let mut deaf = shop.events(None).await;
    assert_eq!(events.amounts(1).await, [(7, 0)]);
    shop.post("/counter/keys", "+1").await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let heard = events.next().await.expect("an event");
        kinds.push((heard.event.clone(), heard.id));
        if heard.event.is_some() {
            assert_eq!(heard.data, json!({ "n": 1, "name": "key_refused" }));
        }
    }
    assert_eq!(kinds, [(None, Some(8)), (Some("sound".to_owned()), None), (None, Some(9))]);
    for id in [7, 8, 9] {
        assert_eq!(deaf.next().await.and_then(|heard| heard.id), Some(id));
    }
    let mut later = shop.events_at("/counter/events?sounds", None).await;
    assert_eq!(later.next().await.and_then(|heard| heard.id), Some(9));
    shop.post("/counter/keys", "1").await;
    assert_eq!(later.next().await.and_then(|heard| heard.id), Some(10));
}

#[tokio::test]
async fn events_and_polls_end_when_the_terminal_is_gone_for_good() {
    let shop = Shop::open().await;
    let mut events = shop.events(None).await;
    assert_eq!(events.amounts(1).await, [(7, 0)]);
    let (dead, _) = keys::channel();
    *shop.line.lock().expect("no panic before") = dead;
    let base = shop.base.clone();
    let client = shop.client.clone();
    drop(shop);
    assert_eq!(events.next().await, None);
    let got = client.get(format!("{base}/counter/state?after=7&wait_s=60")).send().await.expect("an answer");
    assert_eq!(got.status(), 200);
}

#[tokio::test]
async fn another_web_site_presses_no_key_and_reads_nothing() {
    let shop = Shop::open().await;
    for origin in ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"] {
        for path in ["/counter/keys", "/sandbox/fault"] {
            let request = shop.client.post(shop.url(path)).header("Origin", origin).body("1");
            assert_eq!(request.send().await.expect("an answer").status(), 403, "{origin}");
        }
    }
    for path in ["/", "/counter/state", "/counter/frame.png", "/counter/events"] {
        let request = shop.client.get(shop.url(path)).header("Host", "evil.example:8460");
        assert_eq!(request.send().await.expect("an answer").status(), 403, "{path}");
    }
    assert!(shop.typed.lock().expect("no panic before").is_empty());
    let own = shop.client.post(shop.url("/counter/keys")).header("Origin", &shop.base).body("1");
    assert_eq!(own.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn faults_are_in_force_when_the_answer_comes() {
    let shop = Shop::open().await;
    let (status, body) = shop.post("/sandbox/fault", r#"{"part":"webhooks","do":"drop","seed":5}"#).await;
    assert_eq!(status, 200, "{body}");
    let standing: Value =
        serde_json::from_str(&shop.get("/sandbox/fault").await.text().await.expect("a body")).expect("JSON");
    let expected =
        json!({ "broker": null, "relay": null, "terminal": null, "webhooks": "drop", "provider": null });
    assert_eq!(standing, expected);
    assert_eq!(shop.post("/sandbox/fault", r#"{"part":"broker","do":"double"}"#).await.0, 422);
    assert_eq!(shop.post("/sandbox/fault", r#"{"part":"moon","do":"stop"}"#).await.0, 422);
    let (status, why) = shop.post("/sandbox/fault", r#"{"part":"broker","do":"start","seed":13}"#).await;
    assert_eq!((status, why.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "the port is taken"));
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere_and_believes_no_name() {
    let shop = Shop::open().await;
    let page = shop.get("/").await;
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    let html = page.text().await.expect("a body");
    assert!(html.contains("Corner &lt;Bakery&gt;") && !html.contains("{{"));
    for path in ["/counter/page.css", "/counter/page.js", "/counter/words.js", "/favicon.ico"] {
        assert_eq!(shop.get(path).await.status(), 200, "{path}");
    }
    assert_eq!(shop.get("/sandbox/pty").await.text().await.expect("a body"), "/dev/pts/9");
}
