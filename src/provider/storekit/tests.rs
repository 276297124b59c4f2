//! What holds for the adapter as a whole: its options, amounts both ways, and that no bytes break it.

use serde_json::Value;
use serde_json::json;

use super::subject::KEY;
use super::subject::LINK;
use super::subject::READING;
use super::subject::fixture;
use super::subject::money;
use super::subject::options;
use super::subject::sale;
use super::subject::sign;
use super::*;
use crate::core::payment::AmountKind;
use crate::port::provider::LinkOrder;
use crate::provider::dice::Dice;

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const NOW: i64 = 1_760_000_000;

/// A few changes to these bytes, or bytes of its own.
fn mangle(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    if dice.below(8) == 0 {
        return (0..dice.below(200)).map(|_| dice.byte()).collect();
    }
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len().max(1));
        match dice.below(4) {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            1 => bytes.insert(at, b"0123456789\"{}[],:-.en\\"[dice.below(22)]),
            2 => bytes.truncate(at),
            _ if at < bytes.len() => bytes[at] = dice.byte(),
            _ => {}
        }
    }
    bytes
}

fn with(change: &[(&str, Value)]) -> Value {
    let mut all = options();
    for (name, value) in change {
        all[*name] = value.clone();
    }
    all
}

fn adapter(options: Value) -> Box<dyn Provider> {
    build(options).expect("good options").provider
}

#[test]
fn wrong_options_are_named_and_no_key_is_repeated() {
    for (options, field) in [
        (json!({"api_key": KEY}), "base_url"),
        (with(&[("base_url", json!(""))]), "base_url"),
        (with(&[("api_key", json!(1))]), "api_key"),
        (with(&[("mode", json!("sandbox"))]), "mode"),
        (with(&[("currency", json!("POUND"))]), "currency"),
        (with(&[("venue", json!("north"))]), "venue"),
        (with(&[("paths", json!({"link": "/v1/links"}))]), "paths.link"),
        (with(&[("paths", json!({"lnik": "/v1/{id}"}))]), "paths.lnik"),
        (with(&[("apikey", json!(""))]), "apikey"),
    ] {
        let error = build(options).err().expect("wrong options").to_string();
        assert!(error.starts_with(field) && !error.contains(KEY), "{error}");
    }
    let error = build(json!({"api_key": KEY})).err().expect("no address").reason;
    assert!(error.contains("no address"), "{error}");
}

#[test]
fn the_shop_says_whether_money_moves() {
    for (options, mode) in [
        (options(), Mode::Test),
        (with(&[("mode", json!("test"))]), Mode::Test),
        (with(&[("mode", json!("live"))]), Mode::Live),
    ] {
        let adapter = adapter(options);
        assert_eq!(adapter.mode(), mode);
        let hook = sign(&fixture("events")["paid"].to_string(), SECRET, NOW);
        assert_eq!(adapter.verify(&hook, &[Secret::new(SECRET)], NOW).expect("genuine").mode, mode);
    }
}

#[test]
fn options_reach_the_requests() {
    let options = with(&[
        ("base_url", json!("https://api.storekit.example/public/")),
        ("venue", json!(1234)),
        ("currency", json!("GBP")),
        ("paths", json!({"links": "/v2/links"})),
    ]);
    assert_eq!(build(options.clone()).expect("good").base_urls.main, "https://api.storekit.example/public");
    let adapter = adapter(options);
    let request = adapter.request(&Ask::CreateLink(sale())).expect("a request");
    assert_eq!(request.path, "/v2/links");
    assert!(request.body.expect("a body").text.contains(r#""venueId":1234"#));
    let euros = LinkOrder { amount: AmountKind::Fixed(money(1250, "EUR")), ..sale() };
    assert!(adapter.request(&Ask::CreateLink(euros)).is_err(), "the store takes pounds");
}

#[test]
fn news_is_confirmed_by_the_payments_of_its_link() {
    let adapter = adapter(options());
    for name in ["created", "paid", "refund_failed"] {
        let hook = sign(&fixture("events")[name].to_string(), SECRET, NOW);
        let news = adapter.verify(&hook, &[Secret::new(SECRET)], NOW).expect("genuine");
        let ask = Ask::ListPayments { link: LINK.to_owned(), cursor: None };
        assert_eq!(adapter.confirm(&news), Some(ask), "{name}");
    }
    let hook = sign(&fixture("events")["order"].to_string(), SECRET, NOW);
    let news = adapter.verify(&hook, &[Secret::new(SECRET)], NOW).expect("genuine");
    assert_eq!(adapter.confirm(&news), None);
}

#[test]
fn secrets_are_judged_before_the_first_webhook() {
    let adapter = adapter(options());
    assert_eq!(adapter.check_secret(&Secret::new(SECRET)), Ok(()));
    let said = adapter.check_secret(&Secret::new("whsec_not base64")).expect_err("no key");
    assert!(said.to_string().contains("base64"), "{said}");
}

#[test]
fn amounts_go_out_and_come_back_for_every_exponent() {
    let adapter = adapter(options());
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for round in 0..600 {
        let code = ["JPY", "GBP", "KWD"][round % 3];
        let minor = 1 + i64::try_from(dice.below(99_999_999)).expect("small");
        let order = LinkOrder { amount: AmountKind::Fixed(money(minor, code)), ..sale() };
        let sent = adapter.request(&Ask::CreateLink(order.clone())).expect("a request").body.expect("a body");
        let sent: Value = serde_json::from_str(&sent.text).expect("JSON");
        assert_eq!(sent["amount"], json!(minor), "round {round}");
        let mut link = fixture("link");
        link["amount"] = sent["amount"].clone();
        link["currency"] = json!(code);
        let answer = |link: &Value| {
            let response = Response { status: 201, headers: Vec::new(), body: link.to_string().into() };
            adapter.read(&Ask::CreateLink(order.clone()), &response)
        };
        let Ok(Answer::Link(found)) = answer(&link) else { panic!("round {round}: {:?}", answer(&link)) };
        assert_eq!(found.amount, Some(order.amount), "round {round}");
        for digits in [
            format!("{minor}.5"),
            format!("\"{minor}\""),
            format!("{minor}e1"),
            format!("{minor}{}", u64::MAX),
        ] {
            let body =
                link.to_string().replace(&format!("\"amount\":{minor}"), &format!("\"amount\":{digits}"));
            let response = Response { status: 201, headers: Vec::new(), body: body.into() };
            let said = adapter.read(&Ask::CreateLink(order.clone()), &response);
            assert!(matches!(said, Err(Trouble::Unsure { .. })), "round {round} {digits}: {said:?}");
        }
    }
}

#[test]
fn no_bytes_break_the_reading() {
    let link = || LINK.to_owned();
    let refund = Ask::Refund {
        payment: "pay_1".to_owned(),
        link: Some(link()),
        amount: None,
        reason: None,
        key: "k".to_owned(),
    };
    let questions = [
        (Ask::CreateLink(sale()), "link"),
        (Ask::GetLink { link: link() }, "link"),
        (Ask::SetActive { link: link(), active: false }, "link"),
        (Ask::ListLinks { active: None, cursor: None }, "links"),
        (Ask::ListPayments { link: link(), cursor: None }, "transactions"),
        (refund, "refund"),
    ];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..6_000 {
        let (ask, name) = &questions[round % questions.len()];
        let body = mangle(&mut dice, fixture(name).to_string().as_bytes());
        let status = [200, 201, 400, 429, 500][dice.below(5)];
        let response = Response { status, headers: Vec::new(), body };
        match read::answer(ask, &response, READING) {
            Ok(Answer::Payments(page)) => {
                let kept = |payment: &crate::port::provider::Payment| {
                    payment.amount.minor >= 0 && (0..=payment.amount.minor).contains(&payment.refunded)
                };
                assert!(page.items.iter().all(kept), "round {round}: {page:?}");
            }
            Ok(Answer::Link(found)) => assert!(crate::provider::rest::is_safe(&found.id), "round {round}"),
            Ok(_) | Err(_) => {}
        }
    }
}

#[test]
fn no_signed_bytes_break_the_webhooks() {
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let names = ["created", "paid", "refund_created", "refund_succeeded", "refund_failed", "order"];
    for round in 0..6_000 {
        let body = mangle(&mut dice, fixture("events")[names[round % names.len()]].to_string().as_bytes());
        let Ok(body) = String::from_utf8(body) else { continue };
        let mut hook = sign(&body, SECRET, NOW);
        if let Ok(news) = webhook::verify(&hook, &[Secret::new(SECRET)], NOW, READING) {
            assert_eq!((news.payment, news.event.as_str()), (None, "msg_1"), "round {round}");
        }
        let at = dice.below(3);
        hook.headers[at].1 = mangle(&mut dice, &hook.headers[at].1.clone());
        let whole = sign(&body, SECRET, NOW);
        if hook != whole {
            assert!(
                webhook::verify(&hook, &[Secret::new(SECRET)], NOW, READING).is_err(),
                "round {round}: {hook:?}"
            );
        }
    }
}
