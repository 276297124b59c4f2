//! What holds for any input: amounts go there and back or are refused, and nothing that comes from outside
//! brings a parser down. The same seeds every time: a failure names its round.

use serde_json::json;
use serde_json::value::RawValue;

use super::amount::Units;
use super::build;
use super::subject;
use super::subject::money;
use crate::core::secret::Secret;
use crate::port::provider::Ask;
use crate::port::provider::Change;
use crate::port::provider::Provider;
use crate::port::provider::RawWebhook;
use crate::port::provider::Response;
use crate::provider::contract::NOW;
use crate::provider::contract::WEBHOOK_SECRET;
use crate::provider::dice::Dice;

/// One to four small changes.
fn spoil(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(4) {
            0 => drop(bytes.drain(at..bytes.len().min(at + 1))),
            1 => bytes.insert(at, dice.byte()),
            2 => bytes.truncate(at),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
        }
    }
}

fn all() -> Units {
    Units { decimals: true, minor_intents: false }
}

#[test]
fn amounts_of_every_exponent_go_there_and_back() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..5_000 {
        for code in ["XAF", "EUR", "KWD"] {
            let minor = i64::try_from(dice.roll() >> (2 + dice.below(60))).expect("62 bits") + 1;
            let amount = money(minor, code);
            let wire = all().to_wire(amount).expect("an exact form");
            assert_eq!(all().of_major(&wire, code), Ok(amount), "round {round}: {amount}");
            assert_eq!(all().of_intent(&wire, code), Ok(amount), "round {round}: {amount}");
        }
    }
}

#[test]
fn digits_beyond_the_currencys_are_refused_unless_they_are_zeros() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for round in 0..5_000 {
        for (code, exponent) in [("XAF", 0), ("EUR", 2), ("KWD", 3)] {
            let whole = dice.below(1_000_000);
            let fraction: String =
                (0..=exponent + dice.below(4)).map(|_| char::from(b'0' + dice.byte() % 10)).collect();
            let number = RawValue::from_string(format!("{whole}.{fraction}")).expect("JSON");
            let said = all().of_major(&number, code);
            let extra = &fraction[exponent.min(fraction.len())..];
            assert_eq!(
                said.is_ok(),
                extra.bytes().all(|byte| byte == b'0'),
                "round {round}: {number} {code}"
            );
        }
    }
}

fn asks() -> Vec<Ask> {
    let link = || "plink_abc123def456ghi789jkl012".to_owned();
    vec![
        Ask::CreateLink(subject::sale()),
        Ask::GetLink { link: link() },
        Ask::ListLinks { active: None, cursor: Some("2 plink_1".to_owned()) },
        Ask::UpdateLink { link: link(), change: Change::default() },
        Ask::SetActive { link: link(), active: false },
        Ask::ListPayments { link: link(), cursor: None },
        Ask::GetPayment { payment: "pi_OYgGCdY1VaWvszwZcAY7VXvuXI70Ao9rsuMl".to_owned() },
    ]
}

fn adapter() -> Box<dyn Provider> {
    build(json!({"api_key": subject::KEY, "decimal_currencies": true})).expect("good options").provider
}

#[test]
fn no_answer_brings_a_reader_down() {
    let adapter = adapter();
    let bodies = [
        (subject::subject().created)(&subject::sale()),
        (subject::subject().payment)("succeeded").1,
        include_str!("../../../tests/fixtures/yabetoo/links.json").to_owned(),
        include_str!("../../../tests/fixtures/yabetoo/intents.json").to_owned(),
        include_str!("../../../tests/fixtures/yabetoo/errors.json").to_owned(),
    ];
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let mut read = 0;
    for round in 0..4_000 {
        let mut body = bodies[dice.below(bodies.len())].clone().into_bytes();
        if round % 8 == 0 {
            body = (0..dice.below(200)).map(|_| dice.byte()).collect();
        } else if round % 8 != 1 {
            spoil(&mut dice, &mut body);
        }
        let status = [200, 201, 400, 402, 409, 422, 429, 503][dice.below(8)];
        let headers = vec![("x-ratelimit-reset".to_owned(), dice.roll().to_string())];
        for ask in asks() {
            let response = Response { status, headers: headers.clone(), body: body.clone() };
            read += usize::from(adapter.read(&ask, &response).is_ok());
        }
    }
    assert!(read > 100, "hardly any answer was readable at all: {read}");
}

#[test]
fn no_webhook_brings_the_verifier_down_and_no_forgery_is_believed() {
    let adapter = adapter();
    let subject = subject::subject();
    let genuine = subject::sign(&subject.paid_event, WEBHOOK_SECRET, NOW);
    let hex = String::from_utf8(genuine.headers[0].1.clone()).expect("text").replace("v1=", "");
    let mut dice = Dice(0xA076_1D64_78BD_642F);
    let secrets = [Secret::new(WEBHOOK_SECRET)];
    for round in 0..6_000 {
        let mut hook = genuine.clone();
        hook.headers[0].1 =
            [format!("v1={hex}"), format!("t={NOW},v1={hex}"), hex.clone()][round % 3].clone().into();
        let whole = hook.clone();
        assert!(adapter.verify(&whole, &secrets, NOW).is_ok(), "round {round}");
        match dice.below(3) {
            0 => spoil(&mut dice, &mut hook.headers[0].1),
            1 => spoil(&mut dice, &mut hook.headers[1].1),
            _ => spoil(&mut dice, &mut hook.body),
        }
        if hook != whole {
            assert!(adapter.verify(&hook, &secrets, NOW).is_err(), "round {round}: {hook:?}");
        }
        let mut body = subject.paid_event.clone().into_bytes();
        spoil(&mut dice, &mut body);
        let signed = signed_bytes(body);
        if let Ok(news) = adapter.verify(&signed, &secrets, NOW) {
            assert_eq!(news.payment, None, "round {round}");
        }
    }
}

/// A genuine signature over bytes that need not be text.
fn signed_bytes(body: Vec<u8>) -> RawWebhook {
    use crate::provider::signature;
    let time = NOW.to_string();
    let tag = signature::tag(WEBHOOK_SECRET.as_bytes(), &[time.as_bytes(), b".", &body]);
    let headers = vec![
        (super::webhook::SIGNATURE.to_owned(), signature::to_hex(&tag).into()),
        (super::webhook::TIMESTAMP.to_owned(), time.into()),
    ];
    RawWebhook { headers, body }
}
