use std::sync::Arc;

use super::*;
use crate::core::link::AllowList;
use crate::core::message::Request as Asked;
use crate::core::money::Currency;
use crate::core::payment::Mode;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;
use crate::core::secret::Secret;
use crate::port::provider::Answer;
use crate::port::provider::Capabilities;
use crate::port::provider::EventKind;
use crate::port::provider::Idempotency;
use crate::port::provider::News;
use crate::port::provider::Page;
use crate::port::provider::Provider;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refund as Found;
use crate::port::provider::Refusal;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Strategy;
use crate::port::provider::Unsupported;
use crate::relay::decide::Options;
use crate::relay::decide::PollPace;
use crate::relay::decide::Service;
use crate::relay::decide::Standing;
use crate::relay::decide::Terminal;
use crate::relay::decide::errand::Call;
use crate::relay::decide::event::Effect;
use crate::relay::decide::event::Event;

const START: Moment = Moment { mono: Duration::from_secs(1), unix_ms: 1_795_183_320_000 };

/// Stripe with other abilities; answers are given to the core as it would read them.
struct Bank {
    stripe: Box<dyn Provider>,
    capabilities: &'static Capabilities,
}

impl Provider for Bank {
    fn name(&self) -> &'static str {
        self.stripe.name()
    }
    fn capabilities(&self) -> &'static Capabilities {
        self.capabilities
    }
    fn mode(&self) -> Mode {
        Mode::Test
    }
    fn request(&self, ask: &Ask) -> Result<Request, Unsupported> {
        self.stripe.request(ask)
    }
    fn credentials(&self, _: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        Vec::new()
    }
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble> {
        self.stripe.read(ask, response)
    }
    fn verify(&self, _: &RawWebhook, _: &[Secret], _: i64) -> Result<News, Refusal> {
        Err(Refusal::WrongSignature)
    }
}

struct World {
    relay: Relay,
    facts: Vec<Fact>,
    now: Moment,
    /// Tickets and requests that are out, and what was told to the terminal.
    calls: Vec<(u64, Request)>,
    told: Vec<RefundSaid>,
    /// What the terminal is told to be given back of the payment, by its notices.
    back: Vec<i64>,
    alarms: usize,
    provider: Arc<dyn Provider>,
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").expect("a currency"))
}

fn key() -> PaymentKey {
    PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: "pi_1".into() }
}

fn payment(refunded: i64) -> Payment {
    let status = if refunded == 0 { PaymentStatus::Succeeded } else { PaymentStatus::PartiallyRefunded };
    Payment {
        key: key(),
        status,
        amount: eur(1250),
        refunded,
        reference: None,
        link: Some("plink_own".into()),
        at_unix_ms: START.unix_ms,
        declined: false,
    }
}

fn order(n: u128, amount: i64) -> Order {
    let id = Reference::mint(&"counter-1".parse().expect("an id"), START.unix_ms, n).to_string();
    let currency = Currency::from_code("EUR").expect("a currency");
    Order { id, payment: key(), reference: None, amount, currency }
}

fn options() -> Options {
    let terminal = |name: &str, link: &str| {
        let standing = Standing { link: link.into(), url: format!("https://buy.stripe.com/{link}") };
        let served = Terminal { system: "stripe".into(), standing: Some(standing) };
        (name.parse().expect("an id"), served)
    };
    let second = Duration::from_secs(1);
    Options {
        title: "Shop".into(),
        allowed: AllowList { hosts: vec!["buy.stripe.com".into()], sandbox_origin: None },
        terminals: BTreeMap::from([terminal("counter-1", "plink_own"), terminal("counter-2", "plink_other")]),
        poll: PollPace { first: second, most: second },
    }
}

impl World {
    fn new(change: impl FnOnce(&mut Capabilities)) -> Self {
        let entry = crate::provider::find("stripe").expect("an entry");
        let configured = (entry.build)(serde_json::json!({ "api_key": "sk_test_1" })).expect("a key");
        let mut capabilities = configured.provider.capabilities().clone();
        change(&mut capabilities);
        let capabilities: &'static Capabilities = Box::leak(Box::new(capabilities));
        let provider: Arc<dyn Provider> = Arc::new(Bank { stripe: configured.provider, capabilities });
        let relay = Self::relay(&provider, &[], START);
        let (facts, calls, told, back) = Default::default();
        let mut world = Self { relay, facts, now: START, calls, told, back, alarms: 0, provider };
        world.drain();
        let news = News {
            event: "evt_1".into(),
            raw_kind: "payment".into(),
            kind: EventKind::PaymentSucceeded,
            mode: Mode::Test,
            at_unix_ms: START.unix_ms,
            payment: Some(payment(0)),
            link: None,
            refund: None,
        };
        world.handle(Event::News { system: "stripe".into(), news: Box::new(news), fresh: true });
        world
    }

    fn relay(provider: &Arc<dyn Provider>, facts: &[Fact], now: Moment) -> Relay {
        let stream = "stream".into();
        let number = |fact: &Fact| {
            let Fact::Owed { terminal, word: Word::Notice(notice), .. } = fact else { return None };
            Some((terminal.clone(), notice.n))
        };
        let given_out = facts.iter().filter_map(number).collect();
        let service = Service {
            provider: Arc::clone(provider),
            strategy: Strategy::OneOff,
            confirm: false,
            standing_every: Duration::from_secs(3600),
        };
        Relay::resume(options(), vec![service], "start".into(), stream, facts, given_out, now)
    }

    fn restart(&mut self) {
        self.calls.clear();
        self.relay = Self::relay(&self.provider, &self.facts, self.now);
        self.drain();
    }

    fn handle(&mut self, event: Event) {
        self.relay.handle(event, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.relay.poll_effect() {
            match effect {
                Effect::Record(fact) => {
                    if let Fact::Owed { word: Word::Refunded(word), .. } = &fact {
                        self.told.push(word.said);
                    }
                    if let Fact::Owed { word: Word::Notice(notice), .. } = &fact {
                        self.back.push(notice.refunded);
                    }
                    self.facts.push(fact);
                }
                Effect::Call { ticket, request, .. } if is_refund(&request) => {
                    self.calls.push((ticket, request));
                }
                Effect::Call { .. }
                | Effect::Publish { .. }
                | Effect::Beat(_)
                | Effect::Recall { .. }
                | Effect::Doubt { .. }
                | Effect::Trouble { .. } => {}
                Effect::Alarm { .. } => self.alarms += 1,
            }
        }
    }

    fn ask(&mut self, terminal: &str, order: &Order) {
        let terminal = terminal.parse().expect("an id");
        let request = Asked::Refund(order.clone());
        self.handle(Event::Request { terminal, id: format!("{}.refund", order.id), request });
    }

    /// Lets the next question about a refund be answered so.
    fn answer(&mut self, id: &str, read: Result<Answer, Trouble>) {
        let (ticket, _) = self.calls.remove(0);
        assert!(self.relay.calls.remove(&ticket).is_some());
        self.relay.reading = Some(ticket);
        self.relay.refund_answered(id, read, self.now);
        self.relay.reading = None;
        self.relay.run(self.now);
        self.drain();
    }

    /// The system's webhook tells how this refund stands.
    fn news(&mut self, refund: Found) {
        let news = News {
            event: format!("evt_{}_{:?}", refund.id, refund.status),
            raw_kind: "refund.updated".into(),
            kind: EventKind::Other,
            mode: Mode::Test,
            at_unix_ms: self.now.unix_ms,
            payment: None,
            link: None,
            refund: Some(refund),
        };
        self.handle(Event::News { system: "stripe".into(), news: Box::new(news), fresh: true });
    }

    /// Takes the question of the news itself out of those about the refund, and answers it so.
    fn confirm(&mut self, payment: Payment) {
        let inquiry = |errand: &Errand| matches!(errand, Errand::Inquiry(_));
        let at = self.calls.iter().position(|(ticket, _)| inquiry(&self.relay.calls[ticket].errand));
        let (ticket, _) = self.calls.remove(at.expect("a question about the news"));
        let Some(Call { errand: Errand::Inquiry(event), .. }) = self.relay.calls.remove(&ticket) else {
            panic!("an inquiry")
        };
        self.relay.reading = Some(ticket);
        self.relay.inquiry_answered(&event, Ok(Answer::Payment(payment)), self.now);
        self.relay.reading = None;
        self.relay.run(self.now);
        self.drain();
    }

    /// A refund of 500 that the provider has told as done, and its payment as such.
    fn done(change: impl FnOnce(&mut Capabilities)) -> (Self, Order) {
        let mut world = Self::new(change);
        let order = order(1, 500);
        world.ask("counter-1", &order);
        world.answer(&order.id, given("re_1", 500));
        world.answer(&order.id, Ok(Answer::Payment(payment(500))));
        assert!(world.relay.refunds.works.is_empty(), "nothing is asked any more");
        (world, order)
    }

    /// The same for the newest question that is of this refund.
    fn answer_kind(&mut self, id: &str, read: Result<Answer, Trouble>) {
        let ours = |errand: &Errand| *errand == Errand::Refund(id.to_owned());
        let at = self.calls.iter().position(|(ticket, _)| ours(&self.relay.calls[ticket].errand));
        let call = self.calls.remove(at.expect("a question about the refund"));
        self.calls.insert(0, call);
        self.answer(id, read);
    }

    fn pass(&mut self, by: Duration) {
        self.now = self.now.plus(by);
        self.relay.handle_timeout(self.now);
        self.drain();
    }

    fn out(&self) -> Vec<(String, Option<String>)> {
        let key = |request: &Request| {
            let header =
                request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
            header.map(|(_, value)| value.clone())
        };
        self.calls.iter().map(|(_, request)| (request.path.clone(), key(request))).collect()
    }
}

fn is_refund(request: &Request) -> bool {
    request.path.contains("/refunds") || request.path.contains("pi_1")
}

fn found(id: &str, amount: i64, status: RefundStatus) -> Found {
    Found { id: id.into(), payment: "pi_1".into(), amount: eur(amount), status, reason: None }
}

fn given(id: &str, amount: i64) -> Result<Answer, Trouble> {
    Ok(Answer::Refund(found(id, amount, RefundStatus::Succeeded)))
}

fn silence() -> Result<Answer, Trouble> {
    Err(Trouble::Unsure { message: "no answer came".into() })
}

fn no() -> Result<Answer, Trouble> {
    Err(Trouble::Refused { code: None, message: "not now".into() })
}

fn listed(items: Vec<Found>) -> Result<Answer, Trouble> {
    Ok(Answer::Refunds(Page { items, next: None }))
}

const DAY: Duration = Duration::from_secs(25 * 3600);

#[test]
fn a_refund_is_asked_for_once_under_its_id_and_the_payment_tells_it() {
    let mut world = World::new(|_| ());
    let order = order(1, 500);
    world.ask("counter-1", &order);
    world.ask("counter-1", &order);
    assert_eq!(world.out(), [("/v1/refunds".into(), Some(order.id.clone()))]);
    assert!(world.facts.iter().any(|fact| matches!(fact, Fact::RefundAsked { .. })), "written down first");
    world.answer(&order.id, given("re_1", 500));
    assert_eq!(world.told, [RefundSaid::Done]);
    let told = |fact: &Fact| matches!(fact, Fact::Owed { word: Word::Notice(n), .. } if n.refunded == 500);
    assert!(world.facts.iter().any(told));
    world.ask("counter-1", &order);
    assert_eq!(world.told, [RefundSaid::Done], "still owed");
    world.restart();
    world.ask("counter-1", &order);
    assert!(world.out().iter().all(|(_, key)| key.is_none()), "nothing is given back again");
}

#[test]
fn what_is_not_there_or_not_this_counters_is_refused_unasked() {
    for (terminal, amount) in [("counter-1", 1251), ("counter-1", 0), ("counter-1", -5), ("counter-2", 500)] {
        let mut world = World::new(|_| ());
        let mut order = order(1, amount);
        order.id = order.id.replace("counter-1", terminal);
        world.ask(terminal, &order);
        assert_eq!((world.told.as_slice(), world.calls.len()), (&[RefundSaid::Refused][..], 0), "{terminal}");
    }
    let mut world = World::new(|_| ());
    world.ask("counter-2", &order(1, 500));
    assert!(world.told.is_empty() && world.calls.is_empty(), "an id of another terminal's is nobody's");
}

#[test]
fn refunds_that_are_out_count_and_wait_for_each_other() {
    let mut world = World::new(|_| ());
    let (first, second, third) = (order(1, 700), order(2, 500), order(3, 100));
    world.ask("counter-1", &first);
    world.ask("counter-1", &second);
    world.ask("counter-1", &third);
    assert_eq!(world.told, [RefundSaid::Refused], "700 and 500 of 1250 leave no 100");
    assert_eq!(world.out().len(), 1, "one at a time");
    world.answer(&first.id, given("re_1", 700));
    let asked: Vec<_> = world.out().into_iter().filter_map(|(_, key)| key).collect();
    assert_eq!(asked, [second.id]);
}

#[test]
fn a_time_out_is_no_no_and_the_same_bytes_go_out_again_also_after_a_restart() {
    let mut world = World::new(|_| ());
    let order = order(1, 500);
    world.ask("counter-1", &order);
    let bytes = world.calls[0].1.clone();
    world.answer(&order.id, silence());
    assert_eq!(world.told, [RefundSaid::Unsure]);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.calls[0].1, bytes);
    world.restart();
    assert_eq!(world.calls[0].1, bytes);
    world.answer(&order.id, given("re_1", 500));
    assert_eq!(world.told, [RefundSaid::Unsure, RefundSaid::Done]);
}

#[test]
fn past_the_keys_life_it_looks_before_it_asks_anew() {
    let after = |listing: Vec<Found>| {
        let mut world = World::new(|_| ());
        let order = order(1, 500);
        world.ask("counter-1", &order);
        world.answer(&order.id, silence());
        world.pass(DAY);
        assert!(world.out()[0].0.starts_with("/v1/refunds?"), "{:?}", world.out());
        world.answer(&order.id, listed(listing));
        (world, order)
    };
    let (world, order) = after(vec![found("re_0", 200, RefundStatus::Succeeded)]);
    assert_eq!(world.out(), [("/v1/refunds".into(), Some(format!("{}.2", order.id)))]);
    let (world, _) = after(vec![found("re_1", 500, RefundStatus::Failed)]);
    assert_eq!(world.out()[0].0, "/v1/refunds", "a failed one gave nothing back");
    let (world, _) = after(vec![found("re_1", 500, RefundStatus::Succeeded)]);
    assert_eq!(world.told, [RefundSaid::Unsure, RefundSaid::Done]);
}

#[test]
fn an_older_refund_of_the_same_amount_is_not_taken_for_ours() {
    let mut world = World::new(|_| ());
    world.relay.take_payment(payment(500), world.now);
    world.drain();
    let order = order(1, 500);
    world.ask("counter-1", &order);
    world.answer(&order.id, silence());
    world.pass(DAY);
    world.answer(&order.id, listed(vec![found("re_0", 500, RefundStatus::Succeeded)]));
    assert_eq!(world.out(), [("/v1/refunds".into(), Some(format!("{}.2", order.id)))]);
    assert_eq!(world.told, [RefundSaid::Unsure]);
}

#[test]
fn without_a_key_that_is_kept_it_always_looks_first() {
    let mut world = World::new(|capabilities| {
        capabilities.idempotency = Some(Idempotency { header: "Idempotency-Key", life: None });
    });
    let order = order(1, 500);
    world.ask("counter-1", &order);
    assert_eq!(world.out().len(), 1, "the first time there is nothing to look for");
    world.restart();
    assert!(world.out()[0].0.starts_with("/v1/refunds?"), "{:?}", world.out());
}

#[test]
fn a_no_after_a_doubt_proves_nothing() {
    let doubted = |listing: Vec<Found>| {
        let mut world = World::new(|_| ());
        let order = order(1, 500);
        world.ask("counter-1", &order);
        world.answer(&order.id, silence());
        world.pass(Duration::from_secs(1));
        world.answer(&order.id, no());
        world.answer(&order.id, listed(listing));
        world.told
    };
    assert_eq!(doubted(vec![]), [RefundSaid::Unsure, RefundSaid::Refused]);
    let there = vec![found("re_1", 500, RefundStatus::Succeeded)];
    assert_eq!(doubted(there), [RefundSaid::Unsure, RefundSaid::Done]);
}

#[test]
fn where_no_refunds_are_listed_the_payment_itself_is_weighed() {
    for (refunded, told) in [(500, Some(RefundSaid::Done)), (0, None), (300, None)] {
        let mut world = World::new(|_| ());
        let order = order(1, 500);
        world.ask("counter-1", &order);
        world.answer(&order.id, silence());
        world.pass(DAY);
        world.answer(&order.id, no());
        world.answer(&order.id, Ok(Answer::Payment(payment(refunded))));
        assert_eq!(world.told.get(1).copied(), told, "{refunded}");
        let anew = world.out().iter().any(|(_, key)| key.as_deref() == Some(&format!("{}.2", order.id)));
        assert_eq!(anew, refunded == 0, "asked anew only when nothing came");
    }
}

#[test]
fn a_pending_refund_is_followed_to_its_end() {
    for (status, last) in
        [(RefundStatus::Succeeded, RefundSaid::Done), (RefundStatus::Failed, RefundSaid::Refused)]
    {
        let mut world = World::new(|_| ());
        let order = order(1, 500);
        world.ask("counter-1", &order);
        world.answer(&order.id, Ok(Answer::Refund(found("re_1", 500, RefundStatus::Pending))));
        assert_eq!(world.told, [RefundSaid::Pending]);
        world.restart();
        world.pass(Duration::from_secs(10));
        world.answer(&order.id, listed(vec![found("re_1", 500, status)]));
        if last == RefundSaid::Refused {
            assert_eq!(world.told, [RefundSaid::Pending], "it may have been in the payment's sum");
            world.answer(&order.id, Ok(Answer::Payment(payment(0))));
        }
        assert_eq!(world.told, [RefundSaid::Pending, last]);
    }
}

#[test]
fn systems_without_refunds_say_where_it_is_done_and_those_of_whole_payments_take_no_part() {
    let mut world = World::new(|capabilities| {
        capabilities.refunds = Can::Manual { advice: "do it in the dashboard" };
    });
    world.ask("counter-1", &order(1, 500));
    assert_eq!((world.told.as_slice(), world.calls.len()), (&[RefundSaid::Unsupported][..], 0));
    for (amount, calls) in [(500, 0), (1250, 1)] {
        let mut world = World::new(|capabilities| capabilities.refunds = Can::Api { partial: false });
        world.ask("counter-1", &order(1, amount));
        assert_eq!(world.calls.len(), calls, "{amount}");
    }
}

#[test]
fn another_amount_than_was_asked_for_is_doubt_and_no_done() {
    let mut world = World::new(|_| ());
    let order = order(1, 500);
    world.ask("counter-1", &order);
    world.answer(&order.id, given("re_1", 600));
    assert_eq!(world.told, [RefundSaid::Unsure]);
}

#[test]
fn another_amount_alarms_once_and_is_followed_ever_slower() {
    let mut world = World::new(|_| ());
    let order = order(1, 500);
    world.ask("counter-1", &order);
    world.answer(&order.id, given("re_1", 600));
    let mut asked = 0;
    for _ in 0..200 {
        world.pass(Duration::from_secs(30));
        if !world.calls.is_empty() {
            asked += 1;
            world.answer(&order.id, listed(vec![found("re_1", 600, RefundStatus::Succeeded)]));
        }
    }
    assert_eq!((world.alarms, world.told.as_slice()), (1, &[RefundSaid::Unsure][..]));
    assert!((5..20).contains(&asked), "{asked} questions in 100 minutes");
    world.restart();
    world.answer(&order.id, listed(vec![found("re_1", 600, RefundStatus::Succeeded)]));
    assert_eq!(world.alarms, 1, "nor after a restart");
}

#[test]
fn a_refund_that_fails_after_it_was_done_is_asked_about_and_its_payment_falls() {
    let (mut world, order) = World::done(|_| ());
    assert_eq!((world.told.as_slice(), world.back.as_slice()), (&[RefundSaid::Done][..], &[0, 500][..]));
    world.news(found("re_1", 500, RefundStatus::Failed));
    world.confirm(payment(0));
    assert_eq!(world.back, [0, 500], "the news alone lowers nothing");
    world.answer(&order.id, listed(vec![found("re_1", 500, RefundStatus::Failed)]));
    assert_eq!(world.told, [RefundSaid::Done], "the payment is asked first");
    world.answer(&order.id, Ok(Answer::Payment(payment(0))));
    assert_eq!(
        (world.told.as_slice(), world.back.as_slice()),
        (&[RefundSaid::Done, RefundSaid::Refused][..], &[0, 500, 0][..],)
    );
    world.news(found("re_1", 500, RefundStatus::Failed));
    world.confirm(payment(0));
    assert!(world.calls.is_empty(), "a repeat asks about nothing more");
    let again = self::order(2, 1250);
    world.ask("counter-1", &again);
    assert_eq!(world.out()[0].0, "/v1/refunds", "all of it is there to give back again");
}

#[test]
fn news_of_a_failed_refund_outlives_a_crash_at_each_step_and_is_told_once() {
    let mut steps = 0;
    for crash in 0..3 {
        let (mut world, order) = World::done(|_| ());
        world.news(found("re_1", 500, RefundStatus::Failed));
        world.confirm(payment(0));
        for step in 0.. {
            if step == crash {
                world.restart();
                world.pass(Duration::from_secs(1));
            }
            let Some((_, request)) = world.calls.first() else { break };
            let read = if request.path.starts_with("/v1/refunds") {
                listed(vec![found("re_1", 500, RefundStatus::Failed)])
            } else {
                Ok(Answer::Payment(payment(0)))
            };
            world.answer(&order.id, read);
            steps += 1;
        }
        assert_eq!(world.told, [RefundSaid::Done, RefundSaid::Refused], "crash {crash}");
        assert_eq!(world.back, [0, 500, 0], "crash {crash}");
    }
    assert!(steps >= 6, "{steps}");
}

#[test]
fn news_that_the_provider_does_not_confirm_changes_nothing() {
    let (mut world, order) = World::done(|_| ());
    world.news(found("re_1", 500, RefundStatus::Failed));
    world.confirm(payment(500));
    for _ in 0..20 {
        world.pass(Duration::from_secs(60));
        let Some((_, request)) = world.calls.first() else { continue };
        let read = if request.path.starts_with("/v1/refunds") {
            listed(vec![found("re_1", 500, RefundStatus::Succeeded)])
        } else {
            Ok(Answer::Payment(payment(500)))
        };
        world.answer(&order.id, read);
    }
    assert!(world.calls.is_empty() && world.relay.refunds.works.is_empty());
    assert_eq!((world.told.as_slice(), world.back.as_slice()), (&[RefundSaid::Done][..], &[0, 500][..]));
    world.restart();
    assert!(world.calls.is_empty(), "nor is it asked about after a restart");
}

#[test]
fn an_answer_from_before_the_fall_and_a_webhook_after_it_raise_nothing() {
    let (mut world, order) = World::done(|_| ());
    world.news(found("re_1", 500, RefundStatus::Failed));
    let earlier = world.relay.next_ticket;
    world.answer_kind(&order.id, listed(vec![found("re_1", 500, RefundStatus::Failed)]));
    world.answer_kind(&order.id, Ok(Answer::Payment(payment(0))));
    assert_eq!(world.back, [0, 500, 0]);
    world.relay.reading = Some(earlier);
    world.relay.take_payment(payment(500), world.now);
    world.relay.reading = None;
    world.drain();
    assert_eq!(world.back, [0, 500, 0], "its question was asked before");
    let late = News {
        event: "evt_late".into(),
        raw_kind: "charge.refunded".into(),
        kind: EventKind::RefundSucceeded,
        mode: Mode::Test,
        at_unix_ms: world.now.unix_ms,
        payment: Some(payment(500)),
        link: None,
        refund: None,
    };
    world.handle(Event::News { system: "stripe".into(), news: Box::new(late), fresh: true });
    assert_eq!(world.back, [0, 500, 0], "a snapshot may be old: it is asked about");
    assert!(world.out().iter().any(|(path, _)| path.contains("pi_1")), "{:?}", world.out());
}

#[test]
fn a_refund_made_elsewhere_that_fails_lowers_what_is_given_back_but_not_below_ours() {
    let (mut world, _) = World::done(|_| ());
    world.relay.take_payment(payment(800), world.now);
    world.news(found("re_dashboard", 300, RefundStatus::Failed));
    world.confirm(payment(400));
    assert_eq!(world.back, [0, 500, 800, 500], "an answer that is behind ours takes nothing of ours away");
    assert_eq!(world.told, [RefundSaid::Done]);
}

#[test]
fn where_no_refunds_are_listed_the_news_names_the_end_and_the_payments_sum_confirms_it() {
    for (said, back, told) in
        [(RefundStatus::Failed, 0, RefundSaid::Refused), (RefundStatus::Succeeded, 500, RefundSaid::Done)]
    {
        let mut world = World::new(|_| ());
        let order = order(1, 500);
        world.ask("counter-1", &order);
        world.answer(&order.id, Ok(Answer::Refund(found("re_1", 500, RefundStatus::Pending))));
        world.news(found("re_1", 500, said));
        world.confirm(payment(back));
        world.restart();
        world.pass(Duration::from_secs(10));
        world.answer(&order.id, Ok(Answer::Payment(payment(back))));
        assert_eq!(world.told, [RefundSaid::Pending, told]);
    }
}

#[test]
fn a_sum_that_still_has_it_does_not_confirm_that_it_failed() {
    let mut world = World::new(|_| ());
    let order = order(1, 500);
    world.ask("counter-1", &order);
    world.answer(&order.id, Ok(Answer::Refund(found("re_1", 500, RefundStatus::Pending))));
    world.news(found("re_1", 500, RefundStatus::Failed));
    world.confirm(payment(500));
    for _ in 0..20 {
        world.pass(Duration::from_secs(60));
        if !world.calls.is_empty() {
            world.answer(&order.id, Ok(Answer::Payment(payment(500))));
        }
    }
    assert_eq!(world.told, [RefundSaid::Pending, RefundSaid::Done]);
    assert_eq!(world.back, [0, 500]);
}

#[test]
fn a_failed_refund_frees_its_amount_for_the_ones_that_were_asked_for_after_it() {
    let mut world = World::new(|_| ());
    let (first, second) = (order(1, 700), order(2, 300));
    world.ask("counter-1", &first);
    world.answer(&first.id, given("re_1", 700));
    world.answer(&first.id, Ok(Answer::Payment(payment(700))));
    world.ask("counter-1", &second);
    world.answer(&second.id, Ok(Answer::Refund(found("re_2", 300, RefundStatus::Pending))));
    world.news(found("re_1", 700, RefundStatus::Failed));
    world.confirm(payment(0));
    world.answer_kind(&first.id, listed(vec![found("re_1", 700, RefundStatus::Failed)]));
    world.answer_kind(&first.id, Ok(Answer::Payment(payment(0))));
    assert_eq!(world.back.last(), Some(&0));
    assert_eq!(world.relay.refunds.sums(&key()), (300, 0), "only what is under way");
}
