use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::core::link::AllowList;
use crate::core::message::Open;
use crate::core::message::Refund as Order;
use crate::core::message::Request as Asked;
use crate::core::message::Word;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::PaymentStatus;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::port::provider::Response;
use crate::relay::decide::Missing;
use crate::relay::decide::Options;
use crate::relay::decide::PollPace;
use crate::relay::decide::Terminal;
use crate::relay::decide::connection::EVERY;
use crate::relay::decide::event::Event;
use crate::relay::decide::fact::Fact;

const START: Moment = Moment { mono: Duration::from_secs(1), unix_ms: 1_795_183_320_000 };

/// A relay with some systems and one terminal, and what came out of it.
struct World {
    relay: Relay,
    now: Moment,
    facts: Vec<Fact>,
    calls: Vec<(u64, &'static str, String)>,
    beats: Vec<Heartbeat>,
    alarms: Vec<String>,
}

fn service(system: &str) -> Service {
    let entry = crate::provider::find(system).expect("in the table");
    let options = if system == "qonto" {
        json!({ "api_key": "hidden", "client_id": "app", "sandbox": true, "staging_token": "stage" })
    } else {
        json!({ "api_key": "sk_test_1" })
    };
    let configured = (entry.build)(options).expect("good options");
    let (provider, confirm) = (Arc::from(configured.provider), false);
    Service { provider, strategy: Strategy::OneOff, confirm, standing_every: Duration::from_secs(3600) }
}

fn terminal() -> TerminalId {
    "counter-1".parse().expect("an id")
}

impl World {
    /// The terminal's sales go to the last of the systems.
    fn new(systems: &[&str], facts: Vec<Fact>) -> Self {
        let second = Duration::from_secs(1);
        let system = (*systems.last().expect("one at least")).to_owned();
        let options = Options {
            title: "Shop".into(),
            allowed: AllowList { hosts: vec!["buy.stripe.com".into()], sandbox_origin: None },
            poll: PollPace { first: second, most: second },
            terminals: BTreeMap::from([(terminal(), Terminal { system, standing: None })]),
        };
        let services = systems.iter().map(|system| service(system)).collect();
        let (start, stream) = ("start".into(), "stream".into());
        let relay = Relay::resume(options, services, start, stream, &facts, BTreeMap::new(), START);
        let (calls, beats, alarms) = Default::default();
        let mut world = Self { relay, now: START, facts, calls, beats, alarms };
        world.drain();
        world
    }

    fn drain(&mut self) {
        while let Some(effect) = self.relay.poll_effect() {
            match effect {
                Effect::Record(fact) => self.facts.push(fact),
                Effect::Call { ticket, system, request, .. } => {
                    self.calls.push((ticket, system, request.path));
                }
                Effect::Beat(beat) => self.beats.push(beat),
                Effect::Alarm { message } => self.alarms.push(message),
                Effect::Publish { .. }
                | Effect::Recall { .. }
                | Effect::Doubt { .. }
                | Effect::Trouble { .. } => {}
            }
        }
    }

    fn tell(&mut self, event: Event) {
        self.relay.handle(event, self.now);
        self.drain();
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
        self.relay.handle_timeout(self.now);
        self.drain();
    }

    /// Answers everything that is out at this system alike, and says how much that was.
    fn answer(&mut self, at: &str, status: u16, headers: &[(&str, &str)]) -> usize {
        let (now, later) =
            std::mem::take(&mut self.calls).into_iter().partition(|(_, system, _)| *system == at);
        self.calls = later;
        let asked: Vec<(u64, &str, String)> = now;
        for (ticket, ..) in &asked {
            let body = json!({"object": "list", "data": [], "has_more": false}).to_string().into();
            let headers =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            self.tell(Event::Answered {
                ticket: *ticket,
                response: Some(Response { status, headers, body }),
            });
        }
        asked.len()
    }

    fn open(&mut self, n: u128) -> Reference {
        let reference = Reference::mint(&terminal(), self.now.unix_ms, n);
        let (amount, currency) = (1250, Currency::from_code("EUR").expect("a currency"));
        let open = Open { reference: reference.clone(), amount, currency, ttl_s: 120, journal: "j".into() };
        let id = format!("{reference}.open");
        self.tell(Event::Request { terminal: terminal(), id, request: Asked::Open(open) });
        reference
    }

    /// The paths that were asked at this system.
    fn asked(&self, at: &str) -> Vec<&str> {
        let here = self.calls.iter().filter(|(_, system, _)| *system == at);
        here.map(|(_, _, path)| path.as_str()).collect()
    }
}

fn paid(system: &str, link: Option<&str>, reference: Option<&Reference>) -> Payment {
    Payment {
        key: service(system).provider.key("pi_1"),
        status: PaymentStatus::Succeeded,
        amount: Money::new(1250, Currency::from_code("EUR").expect("a currency")),
        refunded: 0,
        reference: reference.map(Reference::to_string),
        link: link.map(str::to_owned),
        at_unix_ms: START.unix_ms,
        declined: false,
    }
}

fn news(system: &str, payment: Option<Payment>, link: Option<&str>) -> Event {
    let news = News {
        event: "evt_1".into(),
        raw_kind: "checkout.session.completed".into(),
        kind: EventKind::PaymentSucceeded,
        mode: service(system).provider.mode(),
        at_unix_ms: START.unix_ms,
        payment,
        link: link.map(str::to_owned),
        refund: None,
    };
    Event::News { system: system.to_owned(), news: Box::new(news), fresh: true }
}

fn linked(reference: &Reference, system: &str) -> Fact {
    Fact::Linked {
        reference: reference.clone(),
        generation: 1,
        system: system.into(),
        link: "plink_1".into(),
        rides: false,
        url: "https://buy.stripe.com/1".into(),
        ends_unix_ms: START.unix_ms + 120_000,
    }
}

#[test]
fn the_heartbeat_names_the_systems_that_are_silent_and_serves_as_long_as_one_is_heard() {
    let mut world = World::new(&["vinr", "stripe"], Vec::new());
    world.tell(Event::Up);
    let told = |world: &World| world.beats.last().map(|beat| (beat.serving, beat.silent.clone()));
    assert_eq!(told(&world), Some((false, vec!["stripe".to_owned(), "vinr".to_owned()])));
    assert!(world.answer("vinr", 200, &[]) > 0);
    assert_eq!(told(&world), Some((true, vec!["stripe".to_owned()])), "at once");
    world.answer("stripe", 200, &[]);
    assert_eq!(told(&world), Some((true, Vec::new())));
    world.open(1);
    world.answer("stripe", 401, &[]);
    assert_eq!(told(&world), Some((true, vec!["stripe".to_owned()])));
    assert!(world.alarms[0].contains("stripe"), "{:?}", world.alarms);
}

#[test]
fn a_system_whose_connection_is_not_known_to_be_on_sells_nothing() {
    let mut world = World::new(&["qonto"], Vec::new());
    let said = |world: &World| world.relay.is_heard("qonto", world.now);
    let answer = |world: &mut World, path: &str, status: u16, body: serde_json::Value| {
        let at = world.calls.iter().position(|(_, _, asked)| asked.contains(path)).expect("asked");
        let (ticket, ..) = world.calls.remove(at);
        let body = body.to_string().into();
        let response = Some(Response { status, headers: Vec::new(), body });
        world.tell(Event::Answered { ticket, response });
    };
    let connection =
        |status: &str| json!({"status": status, "bank_account_id": null, "connection_location": null});
    let links =
        json!({"payment_links": [], "meta": {"current_page": 1, "next_page": null, "total_pages": 1}});
    answer(&mut world, "payment_links?", 200, links);
    assert!(!said(&world), "the links' answer alone is not enough");
    answer(&mut world, "connection", 200, connection("pending"));
    assert!(!said(&world));
    assert_eq!(world.alarms.len(), 1, "{:?}", world.alarms);
    world.pass(EVERY);
    answer(&mut world, "connection", 500, json!({}));
    assert!(!said(&world), "what was known stays so");
    world.pass(EVERY);
    answer(&mut world, "connection", 200, connection("enabled"));
    assert!(said(&world));
    assert_eq!(world.alarms.len(), 1, "{:?}", world.alarms);
}

#[test]
fn a_system_that_asks_for_rest_gets_it_and_the_other_goes_on() {
    let mut world = World::new(&["vinr", "stripe"], Vec::new());
    world.answer("vinr", 200, &[]);
    world.answer("stripe", 429, &[("retry-after", "30")]);
    world.open(1);
    world.pass(Duration::from_secs(20));
    world.tell(Event::Hint { system: "stripe".into() });
    assert_eq!(world.asked("stripe"), [""; 0], "whatever asks");
    let due = world.relay.poll_timeout().expect("it goes on");
    assert!(due <= START.mono + Duration::from_secs(30), "{due:?}");
    world.pass(Duration::from_secs(10));
    assert!(world.asked("stripe").contains(&"/v1/payment_links"), "{:?}", world.calls);
}

#[test]
fn a_sale_stays_with_the_system_it_was_opened_at_when_its_terminal_gets_another() {
    let mut before = World::new(&["stripe"], Vec::new());
    let old = before.open(1);
    let mut facts = before.facts.clone();
    facts.push(linked(&old, "stripe"));
    let mut world = World::new(&["stripe", "vinr"], facts);
    world.answer("vinr", 200, &[]);
    let new = world.open(2);
    assert_eq!(world.relay.system_of(&old), Some("stripe"));
    assert_eq!(world.relay.system_of(&new), Some("vinr"));
    world.pass(Duration::from_secs(1));
    assert!(world.asked("stripe").iter().any(|path| path.contains("payment_link=plink_1")));
    assert!(world.asked("vinr").contains(&"/payment-links"), "{:?}", world.calls);

    world.tell(news("stripe", Some(paid("stripe", Some("plink_1"), Some(&old))), Some("plink_1")));
    let notices = |fact: &&Fact| matches!(fact, Fact::Owed { word: Word::Notice(_), .. });
    assert_eq!(world.facts.iter().filter(notices).count(), 1);
    let payment = paid("stripe", None, None).key;
    let id = Reference::mint(&terminal(), START.unix_ms, 9).to_string();
    let currency = Currency::from_code("EUR").expect("a currency");
    let order = Order { id, payment, reference: Some(old), amount: 1250, currency };
    world.calls.clear();
    world.tell(Event::Request { terminal: terminal(), id: "r".into(), request: Asked::Refund(order) });
    assert!(world.asked("stripe").contains(&"/v1/refunds"), "{:?}", world.calls);
}

#[test]
fn another_systems_payment_of_the_same_name_is_not_taken_for_ours() {
    let mut world = World::new(&["vinr", "stripe"], Vec::new());
    let reference = world.open(1);
    world.facts.push(linked(&reference, "stripe"));
    world.relay.recall(&[linked(&reference, "stripe")]);
    world.relay.take_payment(paid("vinr", Some("plink_1"), Some(&reference)), world.now);
    world.drain();
    let ours = |fact: &Fact| matches!(fact, Fact::Paid { terminal: Some(_), .. });
    assert!(!world.facts.iter().any(ours), "neither by its link nor by its reference");
    world.relay.take_payment(paid("stripe", Some("plink_1"), None), world.now);
    world.drain();
    assert!(world.facts.iter().any(ours));
}

#[test]
fn what_waits_at_a_system_that_left_the_configuration_is_said_and_kept() {
    let mut before = World::new(&["stripe"], Vec::new());
    let old = before.open(1);
    let mut world = World::new(&["vinr"], before.facts);
    assert_eq!(world.alarms.len(), 1, "{:?}", world.alarms);
    assert!(world.alarms[0].contains("stripe"), "{:?}", world.alarms);
    world.tell(news("stripe", Some(paid("stripe", None, Some(&old))), None));
    let handled = |fact: &Fact| matches!(fact, Fact::Handled { .. });
    assert!(!world.facts.iter().any(handled), "it waits until the system is back");
    world.pass(Duration::from_secs(3600));
    assert_eq!(world.asked("stripe"), [""; 0]);
}

#[test]
fn news_that_names_only_a_link_finds_the_sale_that_memory_let_go_of() {
    let mut before = World::new(&["stripe"], Vec::new());
    let reference = before.open(1);
    let mut facts = before.facts;
    facts.push(linked(&reference, "stripe"));
    let mut world = World::new(&["stripe"], Vec::new());
    let told = news("stripe", None, Some("plink_1"));
    let link = Missing::Link { system: "stripe".into(), link: "plink_1".into() };
    assert_eq!(world.relay.unknown(&told), [link]);
    world.relay.recall(&facts);
    assert_eq!(world.relay.unknown(&told), []);
    assert_eq!(world.relay.unknown(&news("stripe", None, Some("plink_2"))).len(), 1);
    world.tell(told);
    let ours = |fact: &Fact| matches!(fact, Fact::Handled { ours: true, .. });
    assert!(world.facts.iter().any(ours));
}
