//! The relay's core against answers that no system should give, and news that has to be confirmed.

mod beats;
mod lost;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Options;
use super::PollPace;
use super::Relay;
use super::Service;
use super::Standing;
use super::Terminal;
use super::event::Effect;
use super::event::Event;
use super::fact::Fact;
use crate::core::link::AllowList;
use crate::core::message::Cancel;
use crate::core::message::CloseReason;
use crate::core::message::Open;
use crate::core::message::Outcome;
use crate::core::message::Request as Asked;
use crate::core::moment::Moment;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::Mode;
use crate::core::payment::PaymentStatus;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::port::provider::Provider;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Strategy;

const START_UNIX_MS: i64 = 1_795_183_320_000;
const OWN: &str = "plink_own";

/// A core, its clock, and what it wrote down.
struct Desk {
    relay: Relay,
    provider: Arc<dyn Provider>,
    now: Moment,
    facts: Vec<Fact>,
    alarms: usize,
    doubts: usize,
    calls: Vec<(u64, Request)>,
    recalled: Vec<Vec<String>>,
    beats: usize,
}

fn terminal() -> TerminalId {
    "counter-1".parse().expect("an id")
}

fn euro(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").expect("a currency"))
}

fn options() -> Options {
    let own = Standing { link: OWN.into(), url: "https://buy.stripe.com/own".into() };
    let second = Duration::from_secs(1);
    Options {
        title: "Shop".into(),
        allowed: AllowList { hosts: vec!["buy.stripe.com".into()], sandbox_origin: None },
        terminals: BTreeMap::from([(terminal(), Terminal { system: "stripe".into(), standing: Some(own) })]),
        poll: PollPace { first: second, most: second },
    }
}

impl Desk {
    fn new(confirm: bool) -> Self {
        Self::resumed(confirm, &[])
    }

    fn resumed(confirm: bool, facts: &[Fact]) -> Self {
        Self::resumed_with(confirm, facts, BTreeMap::new())
    }

    fn resumed_with(confirm: bool, facts: &[Fact], given_out: BTreeMap<TerminalId, u64>) -> Self {
        let entry = crate::provider::find("stripe").expect("in the table");
        let built = (entry.build)(json!({ "api_key": "sk_test_1" })).expect("good options");
        let provider: Arc<dyn Provider> = Arc::from(built.provider);
        let now = Moment { mono: Duration::from_secs(1), unix_ms: START_UNIX_MS };
        let (start, stream) = ("start".to_owned(), "stream".to_owned());
        let service = Service {
            provider: Arc::clone(&provider),
            strategy: Strategy::OneOff,
            confirm,
            standing_every: Duration::from_secs(3600),
        };
        let mut relay = Relay::resume(options(), vec![service], start, stream, facts, given_out, now);
        for news in relay.received() {
            relay.handle(news, now);
        }
        let (facts, calls, recalled) = (facts.to_vec(), Vec::new(), Vec::new());
        let mut desk = Self { relay, provider, now, facts, alarms: 0, doubts: 0, calls, recalled, beats: 0 };
        desk.drain();
        desk
    }

    fn drain(&mut self) {
        while let Some(effect) = self.relay.poll_effect() {
            match effect {
                Effect::Record(fact) => self.facts.push(fact),
                Effect::Call { ticket, request, .. } => self.calls.push((ticket, request)),
                Effect::Alarm { .. } => self.alarms += 1,
                Effect::Doubt { .. } => self.doubts += 1,
                Effect::Recall { documents, .. } => self.recalled.push(documents),
                Effect::Beat(_) => self.beats += 1,
                Effect::Publish { .. } | Effect::Trouble { .. } => {}
            }
        }
    }

    fn tell(&mut self, event: Event) {
        self.relay.handle(event, self.now);
        self.drain();
    }

    fn pass(&mut self, time: Duration) {
        self.now.mono += time;
        self.now.unix_ms += i64::try_from(time.as_millis()).expect("short");
        self.relay.handle_timeout(self.now);
        self.drain();
    }

    /// Answers every question that is out, and says how many there were.
    fn answer(&mut self, answer: impl Fn(&Request) -> (u16, Value)) -> usize {
        let calls = std::mem::take(&mut self.calls);
        let asked = calls.len();
        for (ticket, request) in calls {
            let (status, body) = answer(&request);
            let response = Response { status, headers: Vec::new(), body: body.to_string().into() };
            self.tell(Event::Answered { ticket, response: Some(response) });
        }
        asked
    }

    fn open(&mut self) -> Reference {
        let reference = Reference::mint(&terminal(), START_UNIX_MS, 7);
        let (amount, currency) = (1250, euro(0).currency);
        let open = Open { reference: reference.clone(), amount, currency, ttl_s: 120, journal: "j".into() };
        let id = format!("{reference}.open");
        self.tell(Event::Request { terminal: terminal(), id, request: Asked::Open(open) });
        reference
    }

    fn notices(&self) -> usize {
        let notice = |fact: &&Fact| {
            let Fact::Owed { word, .. } = fact else { return false };
            matches!(word, crate::core::message::Word::Notice(_))
        };
        self.facts.iter().filter(notice).count()
    }

    fn paid(&self, id: &str, link: Option<&str>) -> Payment {
        Payment {
            key: self.provider.key(id),
            status: PaymentStatus::Succeeded,
            amount: euro(1250),
            refunded: 0,
            reference: None,
            link: link.map(str::to_owned),
            at_unix_ms: START_UNIX_MS,
            declined: false,
        }
    }

    fn news(&self, event: &str, payment: Option<Payment>, link: Option<&str>) -> News {
        News {
            event: event.into(),
            raw_kind: "checkout.session.completed".into(),
            kind: EventKind::PaymentSucceeded,
            mode: Mode::Test,
            at_unix_ms: START_UNIX_MS,
            payment,
            link: link.map(str::to_owned),
            refund: None,
        }
    }

    fn hear(&mut self, news: News) {
        let at_unix_ms = self.now.unix_ms;
        let system = "stripe".to_owned();
        self.facts.push(Fact::Received { system: system.clone(), news: news.clone(), at_unix_ms });
        self.tell(Event::News { system, news: Box::new(news), fresh: true });
    }

    fn is_handled(&self, id: &str, as_ours: bool) -> bool {
        let told = |fact: &Fact| matches!(fact, Fact::Handled { event, ours } if event.event == id && *ours == as_ours);
        self.facts.iter().any(told)
    }
}

fn checkout(link: &str, status: &str) -> Value {
    json!({
        "id": "cs_test_1", "object": "checkout.session", "amount_total": 1250, "currency": "eur",
        "created": START_UNIX_MS / 1000, "livemode": false, "mode": "payment", "payment_link": link,
        "metadata": {}, "payment_intent": "pi_1", "payment_status": status, "status": "complete",
    })
}

fn list(of: Vec<Value>) -> Value {
    json!({"object": "list", "data": of, "has_more": false})
}

/// Whatever is asked of the standing link, all is well with it and nothing came.
fn quiet(request: &Request) -> (u16, Value) {
    if request.path.starts_with("/v1/payment_links/") {
        let link = json!({
            "id": OWN, "object": "payment_link", "active": true, "livemode": false,
            "url": "https://buy.stripe.com/own", "metadata": {}, "restrictions": null,
        });
        return (200, link);
    }
    (200, list(Vec::new()))
}

#[test]
fn a_wrong_key_raises_one_alarm_and_no_storm() {
    let mut desk = Desk::new(false);
    let wrong = |_: &Request| (401, json!({"error": {"message": "Invalid API Key provided"}}));
    let mut asked = desk.answer(wrong);
    for _ in 0..600 {
        desk.pass(Duration::from_secs(1));
        asked += desk.answer(wrong);
    }
    assert_eq!(desk.alarms, 1);
    assert!(!desk.relay.is_heard("stripe", desk.now));
    // Ten minutes: a probe each quarter of a minute, and the standing link ever more rarely.
    assert!(asked <= 60, "{asked} questions with a wrong key");
    desk.pass(Duration::from_secs(16));
    desk.answer(quiet);
    assert!(desk.relay.is_heard("stripe", desk.now));
}

#[test]
fn a_link_that_comes_back_with_another_amount_is_withdrawn_and_never_offered() {
    let mut desk = Desk::new(false);
    desk.answer(quiet);
    let reference = desk.open();
    let link = |active: bool| {
        json!({
            "id": "plink_1", "object": "payment_link", "active": active, "livemode": false,
            "url": "https://buy.stripe.com/one", "metadata": {"reference": reference.as_str()},
            "restrictions": {"completed_sessions": {"count": 0, "limit": 1}},
            "line_items": {"object": "list", "has_more": false, "data": [
                {"id": "li_1", "object": "item", "amount_total": 125_000, "quantity": 1, "currency": "eur"},
            ]},
        })
    };
    for _ in 0..6 {
        desk.answer(|request| match request.path.as_str() {
            "/v1/payment_links" => (200, link(true)),
            "/v1/payment_links/plink_1" => (200, link(false)),
            _ => quiet(request),
        });
    }
    let offered = |fact: &Fact| matches!(fact, Fact::Owed { word: crate::core::message::Word::Link(_), .. });
    assert!(!desk.facts.iter().any(offered), "it was offered to the terminal");
    assert_eq!(
        (desk.alarms, desk.relay.sale(&reference).and_then(|sale| sale.closed)),
        (1, Some(Outcome::Unpaid))
    );
}

/// A payment in the sale's list that names no link may be the customer's or another's.
#[test]
fn a_list_in_doubt_closes_no_sale_as_paid_or_unpaid() {
    let mut desk = Desk::new(false);
    desk.answer(quiet);
    let reference = desk.open();
    let link = |active: bool| {
        json!({
            "id": "plink_1", "object": "payment_link", "active": active, "livemode": false,
            "url": "https://buy.stripe.com/one", "metadata": {"reference": reference.as_str()},
            "restrictions": {"completed_sessions": {"count": 0, "limit": 1}},
        })
    };
    let whose = |link: Value| {
        let mut one = checkout("plink_1", "paid");
        one["payment_link"] = link;
        one
    };
    let answer = |desk: &mut Desk, listed: &Value| {
        for _ in 0..8 {
            desk.answer(|request| match request.path.as_str() {
                "/v1/payment_links" => (200, link(true)),
                "/v1/payment_links/plink_1" => (200, link(false)),
                path if path.contains("payment_link=plink_1") && path.contains("status=open") => {
                    (200, list(Vec::new()))
                }
                path if path.contains("payment_link=plink_1") => (200, list(vec![listed.clone()])),
                _ => quiet(request),
            });
            desk.pass(Duration::from_secs(2));
        }
        desk.relay.sale(&reference).and_then(|sale| sale.closed)
    };
    let nobodys = whose(Value::Null);
    assert_eq!(answer(&mut desk, &nobodys), None);
    let cancel = Cancel { reference: reference.clone(), why: CloseReason::Cancelled };
    desk.tell(Event::Request { terminal: terminal(), id: "cancel".into(), request: Asked::Cancel(cancel) });
    assert_eq!(answer(&mut desk, &nobodys), None, "neither paid nor unpaid");
    assert_eq!(desk.notices(), 0);
    desk.pass(Duration::from_secs(60));
    assert_eq!(answer(&mut desk, &whose(json!("plink_of_a_web_shop"))), Some(Outcome::Unpaid));
}

/// What was left out of a page may be all that it had; the payment is on the next one.
#[test]
fn a_page_of_other_links_payments_does_not_end_the_look_at_a_standing_link() {
    let mut desk = Desk::new(false);
    for _ in 0..3 {
        desk.answer(|request| match request.path.contains("payment_link=plink_own") {
            true if request.path.contains("starting_after=cs_test_1") => {
                (200, list(vec![checkout(OWN, "paid")]))
            }
            true => {
                let mut page = list(vec![checkout("plink_of_a_web_shop", "paid")]);
                page["has_more"] = json!(true);
                (200, page)
            }
            false => quiet(request),
        });
    }
    assert_eq!(desk.notices(), 1);
}

#[test]
fn news_is_told_only_once_the_provider_says_the_same() {
    let mut desk = Desk::new(true);
    desk.answer(quiet);
    let news = desk.news("evt_1", Some(desk.paid("pi_1", Some(OWN))), Some(OWN));
    desk.hear(news);
    assert_eq!(desk.notices(), 0);
    // No answer: it stays received and is asked again, over a crash as well.
    desk.answer(|_| (500, json!({})));
    assert!(!desk.is_handled("evt_1", true) && !desk.is_handled("evt_1", false));
    let mut desk = Desk::resumed(true, &desk.facts);
    let asked = desk.answer(|request| match request.path.contains("/v1/payment_intents/pi_1") {
        true => {
            let intent = json!({
                "id": "pi_1", "object": "payment_intent", "amount": 1250, "amount_received": 1250,
                "currency": "eur", "created": START_UNIX_MS / 1000, "livemode": false, "metadata": {},
                "status": "succeeded",
            });
            (200, intent)
        }
        false => quiet(request),
    });
    assert!(asked > 0);
    // The intent alone does not say over which link it came; the link's own list does.
    assert_eq!(desk.notices(), 0);
    for _ in 0..3 {
        desk.answer(|request| match request.path.contains("payment_link=plink_own") {
            true => (200, list(vec![checkout(OWN, "paid")])),
            false => quiet(request),
        });
    }
    assert_eq!(desk.notices(), 1);
    assert!(desk.is_handled("evt_1", true));
    // The same event again, or another of the same payment, tells nothing twice.
    let again = desk.news("evt_2", Some(desk.paid("pi_1", Some(OWN))), Some(OWN));
    desk.hear(again);
    for _ in 0..3 {
        desk.answer(|request| match request.path.contains("payment_link=plink_own") {
            true => (200, list(vec![checkout(OWN, "paid")])),
            false => quiet(request),
        });
    }
    assert_eq!(desk.notices(), 1);
}

#[test]
fn news_that_the_provider_denies_is_doubted_and_told_to_nobody() {
    let mut desk = Desk::new(true);
    desk.answer(quiet);
    let forged = desk.news("evt_1", Some(desk.paid("pi_forged", Some(OWN))), Some(OWN));
    desk.hear(forged);
    let mut asked = 0;
    for _ in 0..60 {
        desk.answer(|request| match request.path.contains("pi_forged") {
            true => (404, json!({"error": {"message": "No such payment_intent"}})),
            false => quiet(request),
        });
        asked += 1;
        if desk.doubts > 0 {
            break;
        }
        desk.pass(Duration::from_secs(1));
    }
    assert_eq!((desk.notices(), desk.doubts), (0, 1));
    assert!(
        (10..60).contains(&asked),
        "half a minute is waited, since a system may lag behind itself: {asked}"
    );
    assert!(desk.is_handled("evt_1", false));
}

#[test]
fn news_of_a_web_shop_is_asked_after_by_nobody() {
    let mut desk = Desk::new(true);
    for _ in 0..3 {
        desk.answer(quiet);
    }
    let strange = desk.news("evt_1", Some(desk.paid("pi_2", Some("plink_shop"))), Some("plink_shop"));
    desk.hear(strange);
    assert_eq!(desk.calls.len(), 0);
    assert!(desk.is_handled("evt_1", false));
}

#[test]
fn an_inquiry_that_meets_a_busy_provider_waits_longer_each_time() {
    let mut desk = Desk::new(true);
    for _ in 0..3 {
        desk.answer(quiet);
    }
    let news = desk.news("evt_1", Some(desk.paid("pi_1", Some(OWN))), Some(OWN));
    desk.hear(news);
    let mut asked = 0;
    for _ in 0..600 {
        asked += desk.answer(|_| (429, json!({})));
        desk.pass(Duration::from_secs(1));
    }
    assert!((10..=70).contains(&asked), "{asked} questions in ten minutes");
}

#[test]
fn an_order_that_is_refused_gets_no_link() {
    let mut desk = Desk::new(false);
    desk.answer(quiet);
    let reference = desk.open();
    desk.answer(|request| match request.path.as_str() {
        "/v1/payment_links" => (400, json!({"error": {"message": "Amount must be at least 0.50 eur"}})),
        _ => quiet(request),
    });
    let refused = |fact: &Fact| matches!(fact, Fact::Refused { reason, .. } if reason.contains("at least"));
    assert!(desk.facts.iter().any(refused));
    let sale = desk.relay.sale(&reference).expect("known");
    assert!(sale.link.is_none() && sale.closed.is_none() && sale.is_done());
}
