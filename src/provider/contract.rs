//! What every payment-link system has to keep, run for each line of `PROVIDERS`. A system brings its
//! `Subject`: its own words for the same few situations.

use serde_json::Value;

use super::Configured;
use super::PROVIDERS;
use super::dice::Dice;
use super::subject::REFERENCE;
use super::subject::Subject;
use super::subject::fixed;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::PaymentStatus;
use crate::core::secret::Secret;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Change;
use crate::port::provider::Confirm;
use crate::port::provider::EventKind;
use crate::port::provider::LinkOrder;
use crate::port::provider::News;
use crate::port::provider::Provider;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refunds;
use crate::port::provider::Refusal;
use crate::port::provider::Response;
use crate::port::provider::Strategy;
use crate::port::provider::Terms;
use crate::port::provider::Trouble;

pub const NOW: i64 = 1_760_000_000;
/// Of the form that the strictest system wants: `whsec_` and base64.
pub const WEBHOOK_SECRET: &str = "whsec_Y29udHJhY3QtMDAwMQ==";

type Case = (&'static str, fn(&Subject, &dyn Provider));

const CASES: &[Case] = &[
    ("the same question gives the same bytes, without credentials", same_bytes),
    ("nothing secret is in a debug print", no_secret_in_debug),
    ("our reference goes out and comes back", reference_comes_back),
    ("a link of another sale is not shown", other_sale),
    ("a link with another amount is given back, so that it can be withdrawn", other_amount),
    ("amounts leave in the documented unit", amounts_leave_in_unit),
    ("an amount without an exact form is not sent", inexact_amounts),
    ("what it cannot do is said with advice, and nothing is sent", unsupported_says_so),
    ("a word for paid is paid, and an unknown word is not", unknown_is_not_paid),
    ("a payment in a list is left out only if it certainly is another's", odd_payments),
    ("a link in a list is left out only if it certainly is no sale's", odd_links),
    ("server errors and half answers are unsure", server_errors),
    ("client errors are final, except those that pass", client_errors),
    ("a genuine webhook is believed, within its window", genuine_webhook),
    ("news can be confirmed by asking", confirmable),
    ("any of several secrets will do", rotation),
    ("a webhook that is not exactly what was signed is refused", altered_webhook),
    ("no mutation of a signed webhook is believed", mutations),
    ("a signed body that is not the system's is unreadable", signed_nonsense),
    ("an event of an unknown type is kept and means nothing", strange_event),
];

#[test]
fn every_system_keeps_the_contract() {
    for entry in PROVIDERS {
        let subject = (entry.subject)();
        let mut options = subject.options.clone();
        options["account"] = "north".into();
        let Configured { provider, .. } = (entry.build)(options).expect("good options");
        assert_eq!(provider.name(), entry.name);
        let strategies = provider.capabilities().strategies;
        assert!(strategies.contains(&Strategy::default()), "{}: what a configuration means", entry.name);
        for (name, case) in CASES {
            let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&subject, &*provider)));
            assert!(held.is_ok(), "{}: {name}", entry.name);
        }
    }
}

fn reply(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.into() }
}

fn create(subject: &Subject) -> Ask {
    Ask::CreateLink(subject.order.clone())
}

fn same_bytes(subject: &Subject, provider: &dyn Provider) {
    let ask = create(subject);
    let request = provider.request(&ask).expect("a request");
    assert_eq!(provider.request(&ask).as_ref(), Ok(&request));
    let journaled = serde_json::to_string(&request).expect("JSON");
    assert!(!journaled.contains(subject.secret));
    let sent = provider.credentials(subject.access.map(Secret::new).as_ref());
    let due = subject.access.unwrap_or(subject.secret);
    assert_eq!(provider.tokens().is_some(), subject.access.is_some(), "where would the token come from?");
    assert!(sent.iter().any(|(_, value)| value.reveal().contains(due)));
}

fn no_secret_in_debug(subject: &Subject, provider: &dyn Provider) {
    let access = subject.access.map(Secret::new);
    let sent = provider.credentials(access.as_ref());
    let printed = format!("{sent:?} {access:?} {:?}", provider.request(&create(subject)));
    assert!(!printed.contains(subject.secret));
    assert!(!subject.access.is_some_and(|access| printed.contains(access)));
}

fn reference_comes_back(subject: &Subject, provider: &dyn Provider) {
    let ours = subject.order.reference.clone().expect("a sale has one").to_string();
    let request = provider.request(&create(subject)).expect("a request");
    assert!(request.body.expect("a body").text.contains(&ours));
    match provider.read(&create(subject), &reply(200, &(subject.created)(&subject.order))) {
        Ok(Answer::Link(link)) => assert_eq!(link.reference, Some(ours)),
        other => panic!("{other:?}"),
    }
}

fn other_sale(subject: &Subject, provider: &dyn Provider) {
    let mut other = subject.order.clone();
    let text = other.reference.expect("a sale has one").to_string();
    let changed = if text.ends_with('0') { "1" } else { "0" };
    other.reference = Some(format!("{}{changed}", &text[..text.len() - 1]).parse().expect("a reference"));
    let said = provider.read(&create(subject), &reply(200, &(subject.created)(&other)));
    assert!(matches!(said, Err(Trouble::Unsure { .. })), "{said:?}");
}

/// It is payable at the system, and only who knows its id can end that.
fn other_amount(subject: &Subject, provider: &dyn Provider) {
    let asked = fixed(&subject.order);
    let amount = AmountKind::Fixed(Money::new(asked.minor * 100, asked.currency));
    let body = (subject.created)(&LinkOrder { amount, ..subject.order.clone() });
    match provider.read(&create(subject), &reply(200, &body)) {
        Ok(Answer::Link(link)) => assert_eq!(link.amount, Some(amount)),
        other => panic!("{other:?}"),
    }
}

fn amounts_leave_in_unit(subject: &Subject, provider: &dyn Provider) {
    for (money, text) in &subject.amounts {
        let mut order = subject.order.clone();
        order.amount = AmountKind::Fixed(*money);
        let body = provider.request(&Ask::CreateLink(order)).expect("a request").body.expect("a body");
        assert!(body.text.contains(text), "{money}: {}", body.text);
    }
}

fn inexact_amounts(subject: &Subject, provider: &dyn Provider) {
    let currency = subject.amounts[0].0.currency;
    for money in subject.inexact.iter().copied().chain([Money::new(0, currency), Money::new(-1, currency)]) {
        let order = LinkOrder { amount: AmountKind::Fixed(money), ..subject.order.clone() };
        assert!(provider.request(&Ask::CreateLink(order)).is_err(), "{money}");
    }
}

fn unsupported_says_so(subject: &Subject, provider: &dyn Provider) {
    let can = provider.capabilities();
    let id = || "x1".to_owned();
    let refund = Ask::Refund { payment: id(), link: Some(id()), amount: None, reason: None, key: "k".into() };
    let open = AmountKind::Open {
        currency: subject.amounts[0].0.currency,
        min: Some(500),
        max: Some(5000),
        preset: None,
    };
    let kind = LinkKind::Reusable { max_payments: None };
    let open = Ask::CreateLink(LinkOrder { kind, amount: open, reference: None, ..subject.order.clone() });
    let odd = Terms { options: [("no_such_word".to_owned(), "1".to_owned())].into(), ..Terms::default() };
    let odd = Ask::CreateLink(LinkOrder { terms: odd, ..subject.order.clone() });
    for (ask, able) in [
        (refund, matches!(can.refunds, Refunds::Api { .. })),
        (open, can.open_amount.is_some_and(|open| open.bounds)),
        (odd, false),
        (Ask::OpenCheckouts { link: id(), cursor: None }, can.open_checkouts),
        (Ask::ListPayments { link: id(), cursor: None }, can.list_payments),
        (Ask::SetActive { link: id(), active: false }, can.deactivate),
        (Ask::SetActive { link: id(), active: true }, can.reactivate),
        (Ask::UpdateLink { link: id(), change: Change::default() }, can.update),
    ] {
        let said = provider.request(&ask);
        assert_eq!(said.is_ok(), able, "{ask:?}: {said:?}");
        assert!(said.err().is_none_or(|no| !no.advice.is_empty() && no.provider == provider.name()));
    }
}

fn unknown_is_not_paid(subject: &Subject, provider: &dyn Provider) {
    let status = |word: &str| {
        let (ask, body) = (subject.payment)(word);
        match provider.read(&ask, &reply(200, &body)) {
            Ok(Answer::Payment(payment)) => payment.status,
            Ok(Answer::Payments(page)) => page.items[0].status.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(status(subject.paid), PaymentStatus::Succeeded);
    let (ask, body) = (subject.payment)(subject.paid);
    let key = match provider.read(&ask, &reply(200, &body)) {
        Ok(Answer::Payment(payment)) => payment.key,
        Ok(Answer::Payments(page)) => page.items[0].key.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(provider.key(&key.id), key, "a refund that names the payment alone finds it");
    for word in ["", "PAID", "sort_of_paid", "\u{0}"] {
        assert!(matches!(status(word), PaymentStatus::Unknown(_)), "{word:?}");
        assert!(!status(word).is_money());
    }
}

/// Makes it unreadable: no system gives that currency.
fn spoil(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(spoil),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            if name == "currency" && field.is_string() {
                *field = "ZZZ".into();
            }
            spoil(field);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn spoilt(mut value: Value) -> Value {
    let whole = value.clone();
    spoil(&mut value);
    assert_ne!(value, whole, "nothing to spoil");
    value
}

fn odd_payments(subject: &Subject, provider: &dyn Provider) {
    let listed = |items: Vec<Value>| {
        let (ask, body) = (subject.list)(items);
        match provider.read(&ask, &reply(200, &body)) {
            Ok(Answer::Payments(page)) => {
                Some(page.items.into_iter().map(|one| one.key.id).collect::<Vec<_>>())
            }
            Err(Trouble::Unsure { .. }) => None,
            other => panic!("{other:?}"),
        }
    };
    let ours = (subject.listed)();
    let alone = listed(vec![ours.clone()]).expect("readable");
    assert_eq!(alone.len(), 1);
    assert_eq!(listed(vec![spoilt(ours.clone()), ours.clone()]), None, "it may be the customer's money");
    assert_eq!(listed(vec![Value::Null, ours.clone()]), None, "nobody knows what it is");
    for stranger in &subject.strangers {
        let mut other = ours.clone();
        stranger(&mut other);
        assert_eq!(listed(vec![other.clone(), ours.clone()]).as_ref(), Some(&alone), "{other}");
        assert_eq!(listed(vec![ours.clone(), spoilt(other.clone())]).as_ref(), Some(&alone), "{other}");
    }
}

fn odd_links(subject: &Subject, provider: &dyn Provider) {
    let found = |items: Vec<Value>| {
        let (ask, body) = (subject.links)(items);
        match provider.read(&ask, &reply(200, &body)) {
            Ok(Answer::Links(page)) => {
                Some(page.items.into_iter().map(|one| one.reference).collect::<Vec<_>>())
            }
            Err(Trouble::Unsure { .. }) => None,
            other => panic!("{other:?}"),
        }
    };
    let text = (subject.created)(&subject.order);
    let link = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let (ours, other) = (link(&text), link(&text.replace(REFERENCE, "INV-7")));
    let reference = Some(REFERENCE.to_owned());
    assert_eq!(found(vec![ours.clone()]), Some(vec![reference.clone()]));
    assert_eq!(found(vec![spoilt(other), ours.clone()]), Some(vec![reference]));
    assert_eq!(found(vec![spoilt(ours.clone()), ours]), None, "a sale's link is not missed");
}

fn server_errors(subject: &Subject, provider: &dyn Provider) {
    let whole = (subject.created)(&subject.order);
    let half = &whole[..whole.len() / 2];
    let answers = [(500, ""), (502, "<html>"), (503, "{}"), (504, "null"), (302, ""), (200, ""), (200, "{}")];
    for (status, body) in answers.into_iter().chain([(200, half), (200, "[]"), (201, "\u{feff}{}")]) {
        let said = provider.read(&create(subject), &reply(status, body));
        assert!(matches!(said, Err(Trouble::Unsure { .. })), "{status} {body}: {said:?}");
    }
}

fn client_errors(subject: &Subject, provider: &dyn Provider) {
    let said = |status| provider.read(&create(subject), &reply(status, "{}")).expect_err("an error");
    for status in [400, 402, 405, 410, 415, 422] {
        assert!(matches!(said(status), Trouble::Refused { .. }), "{status}");
    }
    for status in [409, 425, 429] {
        assert!(matches!(said(status), Trouble::Busy { .. }), "{status}");
    }
    assert!(!matches!(said(408), Trouble::Refused { .. }));
    assert!(matches!(said(401), Trouble::Denied { .. }));
    assert!(matches!(said(403), Trouble::Denied { .. }));
    assert!(matches!(said(404), Trouble::Missing { .. }));
}

fn verify(provider: &dyn Provider, hook: &RawWebhook, now_unix_s: i64) -> Result<News, Refusal> {
    provider.verify(hook, &[Secret::new(WEBHOOK_SECRET)], now_unix_s)
}

fn genuine(subject: &Subject) -> RawWebhook {
    (subject.sign)(&subject.paid_event, WEBHOOK_SECRET, NOW)
}

fn genuine_webhook(subject: &Subject, provider: &dyn Provider) {
    let hook = genuine(subject);
    for now in [NOW, NOW - 299, NOW + 299, NOW - 300, NOW + 300] {
        let news = verify(provider, &hook, now).expect("genuine");
        assert_eq!((news.kind, news.mode), (EventKind::PaymentSucceeded, provider.mode()));
        let Some(payment) = news.payment else {
            assert_eq!(provider.capabilities().confirm, Confirm::Always, "no payment, and nobody asks");
            continue;
        };
        assert_eq!(payment.status, PaymentStatus::Succeeded);
        assert_eq!(payment.key.provider, provider.name());
        assert_eq!(payment.reference, subject.order.reference.as_ref().map(ToString::to_string));
        assert_eq!(payment.amount, fixed(&subject.order));
    }
    for now in [NOW - 301, NOW + 301, 0] {
        assert!(matches!(verify(provider, &hook, now), Err(Refusal::OutsideWindow { .. })), "{now}");
    }
}

fn confirmable(subject: &Subject, provider: &dyn Provider) {
    let news = verify(provider, &genuine(subject), NOW).expect("genuine");
    let ask = provider.confirm(&news).expect("a question");
    assert!(matches!(ask, Ask::GetPayment { .. } | Ask::ListPayments { .. }), "{ask:?}");
    provider.request(&ask).expect("a question that can be asked");
}

fn rotation(subject: &Subject, provider: &dyn Provider) {
    let hook = genuine(subject);
    let secrets = ["whsec_b2xkZXItMDAwMQ==", WEBHOOK_SECRET].map(Secret::new);
    assert!(provider.verify(&hook, &secrets, NOW).is_ok());
    assert!(provider.verify(&hook, &secrets[..1], NOW).is_err());
    assert!(provider.verify(&hook, &[], NOW).is_err());
}

fn altered_webhook(subject: &Subject, provider: &dyn Provider) {
    let hook = genuine(subject);
    for (before, after) in [("1250", "1251"), ("12.50", "12.51")] {
        let body = subject.paid_event.replace(before, after);
        if body != subject.paid_event {
            let altered = RawWebhook { body: body.into(), ..hook.clone() };
            assert!(verify(provider, &altered, NOW).is_err());
        }
    }
    for end in ["\n", " ", "\0"] {
        let mut longer = hook.clone();
        longer.body.extend(end.bytes());
        assert!(verify(provider, &longer, NOW).is_err(), "{end:?}");
    }
    let mut unsigned = hook.clone();
    unsigned.headers.clear();
    assert!(matches!(verify(provider, &unsigned, NOW), Err(Refusal::MissingSignature { .. })));
    let mut doubled = hook;
    let again = doubled.header(subject.signature_header).next().expect("a signature").to_vec();
    doubled.headers.push((subject.signature_header.to_ascii_uppercase(), again));
    assert!(matches!(verify(provider, &doubled, NOW), Err(Refusal::DoubledSignature { count: 2, .. })));
}

/// The same mutations every time: a failure names its round.
fn mutations(subject: &Subject, provider: &dyn Provider) {
    let hook = genuine(subject);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut below = |n: usize| dice.below(n);
    for round in 0..4_000 {
        let mut forged = hook.clone();
        let bytes = match below(3) {
            0 => &mut forged.headers[0].1,
            _ => &mut forged.body,
        };
        let at = below(bytes.len());
        match below(4) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, u8::try_from(below(256)).expect("a byte")),
            2 => bytes.truncate(at),
            _ => bytes[at] ^= 1 << below(8),
        }
        if forged != hook {
            assert!(verify(provider, &forged, NOW).is_err(), "round {round}: {forged:?}");
        }
    }
}

fn signed_nonsense(subject: &Subject, provider: &dyn Provider) {
    for body in ["", "null", "[]", "{}", "\u{feff}{}", "{\"id\":1}"] {
        let hook = (subject.sign)(body, WEBHOOK_SECRET, NOW);
        assert!(matches!(verify(provider, &hook, NOW), Err(Refusal::Unreadable(_))), "{body}");
    }
}

fn strange_event(subject: &Subject, provider: &dyn Provider) {
    let hook = (subject.sign)(&subject.strange_event, WEBHOOK_SECRET, NOW);
    let news = verify(provider, &hook, NOW).expect("genuine");
    assert_eq!((news.kind, news.payment), (EventKind::Other, None));
    assert!(!news.raw_kind.is_empty());
}
