//! Money whose news meets a relay that has forgotten, or lost, what it is about.

use super::*;
use crate::core::message::Said;
use crate::core::message::Sync;
use crate::core::message::Word;
use crate::core::payment::LinkStatus;
use crate::relay::decide::Missing;

fn cancel(desk: &mut Desk, reference: &Reference, why: CloseReason) {
    let cancel = Cancel { reference: reference.clone(), why };
    desk.tell(Event::Request { terminal: terminal(), id: "cancel".into(), request: Asked::Cancel(cancel) });
}

fn answers(desk: &Desk) -> Vec<Outcome> {
    let said = |fact: &Fact| {
        let Fact::Owed { word: Word::Answer(answer), .. } = fact else { return None };
        let Said::Closed(outcome) = answer.said else { return None };
        Some(outcome)
    };
    desk.facts.iter().filter_map(said).collect()
}

fn named(desk: &Desk, reference: &Reference) -> Payment {
    Payment { reference: Some(reference.to_string()), ..desk.paid("pi_1", None) }
}

/// The last thousand facts may begin in the middle of a sale.
#[test]
fn a_sale_whose_beginning_was_not_loaded_is_recalled_whole() {
    let mut before = Desk::new(false);
    let reference = before.open();
    let closed = Fact::Closed { reference: reference.clone(), outcome: Outcome::Unpaid };
    let mut desk = Desk::resumed(false, std::slice::from_ref(&closed));
    let news = desk.news("evt_1", Some(named(&desk, &reference)), None);
    let event = Event::News { system: "stripe".into(), news: Box::new(news), fresh: true };
    assert!(desk.relay.unknown(&event).contains(&Missing::Sale(reference)));
    before.facts.push(closed);
    desk.relay.recall(&before.facts);
    desk.tell(event);
    assert_eq!(desk.notices(), 1);
    assert!(desk.is_handled("evt_1", true));
}

#[test]
fn a_relay_that_lost_its_journal_says_that_it_does_not_know_and_tells_of_the_money_all_the_same() {
    let mut desk = Desk::new(false);
    let reference = Reference::mint(&terminal(), START_UNIX_MS, 7);
    cancel(&mut desk, &reference, CloseReason::NoLink);
    cancel(&mut desk, &reference, CloseReason::NoLink);
    assert_eq!(answers(&desk), [Outcome::Unsure], "the terminal has a link that may be paid");
    let payment = named(&desk, &reference);
    let news = desk.news("evt_1", Some(payment), None);
    desk.hear(news);
    assert_eq!(desk.notices(), 1);

    let never = Reference::mint(&terminal(), START_UNIX_MS, 8);
    cancel(&mut desk, &never, CloseReason::Cancelled);
    assert_eq!(answers(&desk), [Outcome::Unsure, Outcome::Unpaid], "one that was never asked for");
}

#[test]
fn a_payment_that_names_a_sale_of_ours_that_nobody_knows_goes_to_its_terminal() {
    let mut desk = Desk::new(false);
    let stranger = Reference::mint(&"elsewhere-1".parse().expect("an id"), START_UNIX_MS, 1);
    let payment = Payment { key: desk.provider.key("pi_2"), ..named(&desk, &stranger) };
    let news = desk.news("evt_1", Some(payment), None);
    desk.hear(news);
    assert_eq!(desk.notices(), 0, "another relay's terminal");
    let reference = Reference::mint(&terminal(), START_UNIX_MS, 7);
    let payment = named(&desk, &reference);
    let news = desk.news("evt_2", Some(payment), None);
    desk.hear(news);
    assert_eq!(desk.notices(), 1);
}

/// The system's list lags behind its own webhook.
#[test]
fn news_of_money_is_asked_about_until_the_answers_show_it() {
    let mut desk = Desk::new(true);
    for _ in 0..3 {
        desk.answer(quiet);
    }
    let news = desk.news("evt_1", None, Some(OWN));
    desk.hear(news);
    for _ in 0..3 {
        desk.answer(quiet);
        desk.pass(Duration::from_secs(1));
    }
    assert!(!desk.is_handled("evt_1", true) && !desk.is_handled("evt_1", false));
    for _ in 0..6 {
        desk.answer(|request| match request.path.contains("payment_link=plink_own") {
            true => (200, list(vec![checkout(OWN, "paid")])),
            false => quiet(request),
        });
        desk.pass(Duration::from_secs(4));
    }
    assert_eq!(desk.notices(), 1);
    assert!(desk.is_handled("evt_1", true));
}

#[test]
fn a_standing_link_whose_payments_cannot_be_read_is_taken_off_and_comes_back_with_them() {
    let mut desk = Desk::new(false);
    let told = |desk: &Desk| {
        let stands = |fact: &Fact| {
            let Fact::Stands { status, .. } = fact else { return None };
            Some(status.clone())
        };
        desk.facts.iter().filter_map(stands).next_back()
    };
    let nameless = |request: &Request| match request.path.contains("payment_link=plink_own") {
        true => {
            let mut one = checkout(OWN, "paid");
            one["payment_link"] = Value::Null;
            (200, list(vec![one]))
        }
        false => quiet(request),
    };
    for _ in 0..90 {
        desk.answer(nameless);
        desk.pass(Duration::from_secs(1));
    }
    assert_eq!(told(&desk), Some(LinkStatus::Unknown("unreadable".into())));
    for _ in 0..120 {
        desk.answer(quiet);
        desk.pass(Duration::from_secs(5));
    }
    assert_eq!(told(&desk), Some(LinkStatus::Active));
}

#[test]
fn an_outage_does_not_take_a_standing_link_off() {
    let mut desk = Desk::new(false);
    for _ in 0..120 {
        desk.answer(|request| match request.path.contains("payment_link=plink_own") {
            true => (500, json!({})),
            false => quiet(request),
        });
        desk.pass(Duration::from_secs(1));
    }
    for _ in 0..120 {
        desk.answer(quiet);
        desk.pass(Duration::from_secs(5));
    }
    let closed = |fact: &Fact| matches!(fact, Fact::Stands { status, .. } if !status.is_payable());
    assert!(!desk.facts.iter().any(closed));
}

#[test]
fn a_place_in_a_sales_list_that_is_not_known_any_more_is_given_up() {
    let mut desk = Desk::new(false);
    desk.answer(quiet);
    let reference = desk.open();
    let link = json!({
        "id": "plink_1", "object": "payment_link", "active": true, "livemode": false,
        "url": "https://buy.stripe.com/one", "metadata": {"reference": reference.as_str()},
        "restrictions": {"completed_sessions": {"count": 0, "limit": 1}},
    });
    let further = std::cell::Cell::new(0);
    for _ in 0..20 {
        desk.answer(|request| match request.path.as_str() {
            "/v1/payment_links" => (200, link.clone()),
            path if path.contains("starting_after") => {
                further.set(further.get() + 1);
                match further.get() {
                    1 => (400, json!({"error": {"message": "No such checkout session"}})),
                    _ => (200, list(vec![checkout("plink_1", "paid")])),
                }
            }
            path if path.contains("payment_link=plink_1") => {
                let mut page = list(vec![checkout("plink_of_a_web_shop", "paid")]);
                page["has_more"] = json!(true);
                (200, page)
            }
            _ => quiet(request),
        });
        desk.pass(Duration::from_secs(2));
    }
    assert!(further.get() >= 2, "{}", further.get());
    assert_eq!(desk.notices(), 1);
}

pub(super) fn sync(desk: &mut Desk, journal: &str, have: u64) {
    let sync = Sync {
        nonce: format!("n-{have}"),
        journal: journal.into(),
        stream: "stream".into(),
        have,
        open: Vec::new(),
    };
    desk.tell(Event::Request { terminal: terminal(), id: "sync".into(), request: Asked::Sync(sync) });
}

#[test]
fn lost_notices_are_told_again_from_the_lowest_on() {
    let facts = [Fact::Journal { terminal: terminal(), journal: "j".into(), at_unix_ms: START_UNIX_MS }];
    let mut desk = Desk::resumed_with(false, &facts, BTreeMap::from([(terminal(), 1200)]));
    sync(&mut desk, "j", 0);
    sync(&mut desk, "j", 500);
    sync(&mut desk, "j", 1000);
    let first_and_last =
        |documents: &Vec<String>| (documents[0].clone(), documents[documents.len() - 1].clone());
    let number = |n: u64| format!("stream.counter-1.{n}");
    let wanted: Vec<_> = [(1, 500), (501, 1000), (1001, 1200)].map(|(a, b)| (number(a), number(b))).into();
    assert_eq!(desk.recalled.iter().map(first_and_last).collect::<Vec<_>>(), wanted);
}

/// Where no webhook tells, the last payments over a link come between the last look and the swap.
#[test]
fn a_standing_link_that_was_replaced_is_looked_at_once_more() {
    let watched = Fact::Watched {
        terminal: terminal(),
        system: "stripe".into(),
        link: "plink_before".into(),
        at_unix_ms: START_UNIX_MS - 86_400_000,
    };
    let mut desk = Desk::resumed(false, &[watched]);
    let asked = std::cell::Cell::new(0);
    for _ in 0..3 {
        desk.answer(|request| match request.path.contains("payment_link=plink_before") {
            true => {
                asked.set(asked.get() + 1);
                match asked.get() {
                    1 => (500, json!({})),
                    _ => (200, list(vec![checkout("plink_before", "paid")])),
                }
            }
            false => quiet(request),
        });
        desk.pass(Duration::from_secs(2));
    }
    assert_eq!((asked.get(), desk.notices()), (2, 1), "once, after a failure again");
}
