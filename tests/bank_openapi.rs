//! Everything that the sandbox's bank says, held against Stripe's own description of its objects, and every
//! question of the adapter asked of that bank and its answer read.
#![cfg(feature = "sandbox")]

#[path = "bank/support.rs"]
#[allow(dead_code, reason = "every test binary uses its own part")]
mod support;

#[path = "support/openapi.rs"]
#[allow(dead_code, reason = "every test binary uses its own part")]
mod openapi;

use std::collections::BTreeSet;

use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentStatus;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::Method;
use qrtill::port::provider::Payment;
use qrtill::port::provider::Provider;
use qrtill::port::provider::Response;
use qrtill::port::provider::Trouble;
use qrtill::provider::find;
use qrtill::sandbox::bank::BankOptions;
use serde_json::Value;
use serde_json::json;

use self::openapi::Spec;
use self::support::Ear;
use self::support::Shop;
use self::support::coffee;
use self::support::quick;
use self::support::session_in;
use self::support::text;

/// The shop, and the judge of what its bank says.
struct Court {
    shop: Shop,
    spec: Spec,
    seen: BTreeSet<String>,
}

impl Court {
    async fn open() -> Self {
        Self::with(quick()).await
    }

    async fn with(options: BankOptions) -> Self {
        Self { shop: Shop::open(options).await, spec: Spec::load(), seen: BTreeSet::new() }
    }

    /// Judges an object, with its kind and its state kept as seen.
    fn judge(&mut self, object: &Value) {
        let kind = text(object, "object").to_owned();
        let problems = self.spec.check_object(&kind, object);
        assert!(problems.is_empty(), "{problems:#?} in {object:#}");
        for item in object["data"].as_array().into_iter().flatten() {
            self.note(item);
        }
        self.note(object);
    }

    fn note(&mut self, object: &Value) {
        let kind = object["object"].as_str().unwrap_or_default();
        let state = ["status", "active", "type"].iter().map(|field| &object[*field]);
        let state: Vec<String> = state.filter(|value| !value.is_null()).map(Value::to_string).collect();
        self.seen.insert(format!("{kind} {}", state.join(" ").replace('"', "")));
    }

    async fn get(&mut self, path: &str) -> Value {
        let got = self.shop.get(path).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text);
        self.judge(&got.json());
        got.json()
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Value {
        let got = self.shop.call(path, form).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text);
        self.judge(&got.json());
        got.json()
    }

    /// A link that a customer has gone through to this outcome, with its only session.
    async fn gone_through(&mut self, outcome: &str) -> (Value, Value) {
        let link = self.post("payment_links", &coffee()).await;
        assert_eq!(self.shop.submit(text(&link, "url"), &[("outcome", outcome)]).await.status, 303);
        let expand = "expand[]=data.payment_intent.latest_charge&expand[]=data.line_items";
        let path = format!("checkout/sessions?payment_link={}&{expand}", text(&link, "id"));
        let session = self.get(&path).await["data"][0].clone();
        for part in [&session["payment_intent"], &session["payment_intent"]["latest_charge"]] {
            if part.is_object() {
                self.judge(part);
            }
        }
        (link, session)
    }

    /// Every list, and every object of it by its own address.
    async fn walk(&mut self) {
        for (list, each) in [
            ("payment_links", "payment_links"),
            ("prices", "prices"),
            ("checkout/sessions", "checkout/sessions"),
            ("payment_intents", "payment_intents"),
            ("refunds", "refunds"),
            ("events", "events"),
        ] {
            let mut after = String::new();
            loop {
                let page = self.get(&format!("{list}?limit=3{after}")).await;
                let items = page["data"].as_array().expect("data").clone();
                for item in &items {
                    let one = self.get(&format!("{each}/{}", text(item, "id"))).await;
                    assert_eq!(one["id"], item["id"]);
                }
                if page["has_more"] == false {
                    break;
                }
                after = format!("&starting_after={}", text(items.last().expect("an item"), "id"));
            }
        }
    }
}

#[tokio::test]
async fn links_of_every_kind_and_state_are_objects_of_stripe() {
    let mut court = Court::open().await;
    let once = ("restrictions[completed_sessions][limit]", "1");
    let named = ("metadata[reference]", "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R");
    let one_off = court.post("payment_links", &[&coffee()[..], &[once, named]].concat()).await;
    let sent_on = [
        ("after_completion[type]", "redirect"),
        ("after_completion[redirect][url]", "https://shop.example/thanks"),
        ("inactive_message", "Closed"),
        ("expand[]", "line_items"),
    ];
    let reusable = court.post("payment_links", &[&coffee()[..], &sent_on].concat()).await;
    court.judge(&reusable["line_items"]);
    let price = [
        ("currency", "eur"),
        ("custom_unit_amount[enabled]", "true"),
        ("custom_unit_amount[minimum]", "100"),
        ("custom_unit_amount[maximum]", "10000"),
        ("custom_unit_amount[preset]", "500"),
        ("product_data[name]", "Counter"),
    ];
    let price = court.post("prices", &price).await;
    let form = [("line_items[0][price]", text(&price, "id")), ("line_items[0][quantity]", "1")];
    let open = court.post("payment_links", &form).await;
    court.shop.submit(text(&open, "url"), &[("outcome", "paid"), ("amount", "7.30")]).await;
    court.shop.submit(text(&one_off, "url"), &[("outcome", "paid")]).await;
    for active in ["false", "true", "false"] {
        court.post(&format!("payment_links/{}", text(&reusable, "id")), &[("active", active)]).await;
    }
    for link in [&one_off, &reusable, &open] {
        court.get(&format!("payment_links/{}?expand[]=line_items", text(link, "id"))).await;
        court.get(&format!("payment_links/{}/line_items", text(link, "id"))).await;
    }
    court.walk().await;
    for state in ["payment_link true", "payment_link false", "price true one_time"] {
        assert!(court.seen.contains(state), "{state} in {:?}", court.seen);
    }
}

#[tokio::test]
async fn sessions_payments_and_refunds_in_every_state_are_objects_of_stripe() {
    let mut court = Court::with(BankOptions { pending_settles_ms: None, ..quick() }).await;
    let (_, paid) = court.gone_through("paid").await;
    court.gone_through("failed").await;
    let (link, _) = court.gone_through("cancelled").await;
    let (_, comes) = court.gone_through("pending").await;
    let (_, fails) = court.gone_through("pending").await;
    court.gone_through("pending").await;
    for (session, succeeds) in [(&comes, true), (&fails, false)] {
        let payment = text(&session["payment_intent"], "id");
        court.shop.bank.settle(payment, succeeds).expect("a turn").expect("a pending payment");
    }
    let (_, left) = court.gone_through("failed").await;
    let open = session_in(&court.shop.page(text(&link, "url")).await.text);
    for session in [open.as_str(), text(&left, "id")] {
        court.post(&format!("checkout/sessions/{session}/expire"), &[]).await;
        court.get(&format!("checkout/sessions/{session}/line_items")).await;
    }
    court.shop.page(text(&link, "url")).await;
    let payment = text(&paid["payment_intent"], "id");
    let part = [("payment_intent", payment), ("amount", "250"), ("expand[]", "charge")];
    let part = court.post("refunds", &part).await;
    court.judge(&part["charge"]);
    court.post("refunds", &[("payment_intent", payment), ("reason", "requested_by_customer")]).await;
    let whole = court.get(&format!("payment_intents/{payment}?expand[]=latest_charge")).await;
    court.judge(&whole["latest_charge"]);
    court.walk().await;
    for state in [
        "checkout.session open",
        "checkout.session complete",
        "checkout.session expired",
        "payment_intent requires_payment_method",
        "payment_intent processing",
        "payment_intent succeeded",
        "payment_intent canceled",
        "charge succeeded",
        "charge pending",
        "charge failed",
        "refund succeeded",
    ] {
        assert!(court.seen.contains(state), "{state} in {:#?}", court.seen);
    }
}

#[tokio::test]
async fn events_of_every_type_are_objects_of_stripe_as_told_and_as_asked_for() {
    let mut court = Court::open().await;
    let mut ear = Ear::open(&[]).await;
    court.shop.bank.main_endpoint(&ear.url).expect("an endpoint");
    let once = [("restrictions[completed_sessions][limit]", "1")];
    let paid = court.post("payment_links", &[&coffee()[..], &once].concat()).await;
    court.shop.submit(text(&paid, "url"), &[("outcome", "paid")]).await;
    let payment = court.shop.bank.ledger().payments[0].id.clone();
    court.post("refunds", &[("payment_intent", &payment)]).await;
    for succeeds in [true, false] {
        let (_, session) = court.gone_through("pending").await;
        let payment = text(&session["payment_intent"], "id");
        court.shop.bank.settle(payment, succeeds).expect("a turn").expect("a pending payment");
    }
    let (_, left) = court.gone_through("failed").await;
    court.post(&format!("checkout/sessions/{}/expire", text(&left, "id")), &[]).await;
    let wanted: BTreeSet<&str> = [
        "charge.refunded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_link.created",
        "payment_link.updated",
        "refund.created",
        "refund.updated",
    ]
    .into();
    let mut told: BTreeSet<String> = BTreeSet::new();
    while told.len() < wanted.len() {
        let event = ear.next().await.event();
        court.judge(&event);
        assert_eq!(court.get(&format!("events/{}", text(&event, "id"))).await["type"], event["type"]);
        told.insert(text(&event, "type").to_owned());
    }
    assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
    court.walk().await;
}

/// Stripe's schema of errors stands in its description of 2023 under this name.
#[tokio::test]
async fn refusals_are_the_error_bodies_of_stripe() {
    let mut court = Court::open().await;
    let (link, paid) = court.gone_through("paid").await;
    let payment = text(&paid["payment_intent"], "id").to_owned();
    let expire = format!("checkout/sessions/{}/expire", text(&paid, "id"));
    let link = format!("payment_links/{}", text(&link, "id"));
    let mut bodies = Vec::new();
    for path in ["payment_links/plink_x", "events/evt_x", "payment_lynx", "payment_links?limit=0"] {
        bodies.push(court.shop.get(path).await);
    }
    for (path, form) in [
        ("payment_links", vec![]),
        ("payment_links", vec![("colour", "red")]),
        (link.as_str(), vec![("active", "perhaps")]),
        (expire.as_str(), vec![]),
        ("refunds", vec![("payment_intent", payment.as_str()), ("amount", "999999")]),
    ] {
        bodies.push(court.shop.call(path, &form).await);
    }
    let url = format!("{}/bank/stripe/v1/payment_links", court.shop.base);
    bodies.push(court.shop.try_send("GET", &url, &[], None).await.expect("an answer"));
    for got in bodies {
        assert!((400..500).contains(&got.status), "{} {}", got.status, got.text);
        let problems = court.spec.check_object("error", &got.json());
        assert!(problems.is_empty(), "{problems:#?} in {}", got.text);
    }
}

/// The adapter, sent to the bank over a socket as the relay does it.
struct Asker {
    court: Court,
    provider: Box<dyn Provider>,
    base_url: String,
}

impl Asker {
    async fn open() -> Self {
        let court = Court::open().await;
        let face = court.shop.bank.faces().remove(0);
        let entry = find("stripe").expect("in the table");
        let options = json!({"api_key": face.api_key, "base_url": face.base_url});
        let built = (entry.build)(options).expect("good options");
        Self { court, provider: built.provider, base_url: built.base_url }
    }

    /// Asks, and what follows from the answer, to the end.
    async fn ask(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        let mut ask = ask.clone();
        for _ in 0..3 {
            match self.once(&ask).await? {
                Answer::Then(next) => ask = *next,
                answer => return Ok(answer),
            }
        }
        panic!("there is no end to {ask:?}");
    }

    async fn once(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        let request = self.provider.request(ask).expect("a request");
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        };
        let credentials = self.provider.credentials();
        let mut headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.extend(credentials.iter().map(|(name, secret)| (*name, secret.reveal())));
        let body = request.body.as_ref().map(|body| {
            headers.push(("Content-Type", body.content_type.as_str()));
            body.text.clone()
        });
        let fields = body.clone().unwrap_or_default();
        let problems = self.court.spec.check_request(method, &request.path, &fields);
        assert!(problems.is_empty(), "{ask:?}: {problems:#?}");
        let url = format!("{}{}", self.base_url, request.path);
        let got = self.court.shop.try_send(method, &url, &headers, body).await.expect("an answer");
        if got.status == 200 {
            self.court.judge(&got.json());
        }
        let read = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.as_str().to_owned(), value.to_str().expect("text").to_owned())
        };
        let headers = got.headers.iter().map(read).collect();
        let response = Response { status: got.status, headers, body: got.text.into_bytes() };
        self.provider.read(ask, &response)
    }

    async fn link(&mut self, kind: LinkKind, amount: AmountKind, key: &str) -> LinkState {
        let reference = (kind == LinkKind::OneOff)
            .then(|| "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R".parse().expect("a reference"));
        let order = LinkOrder { kind, amount, title: "Café & Söhne".into(), reference, key: key.into() };
        let ask = Ask::CreateLink(order);
        let made = self.ask(&ask).await.expect("a link");
        assert_eq!(self.ask(&ask).await.as_ref(), Ok(&made), "the same key gives the same link");
        let Answer::Link(link) = made else { panic!("{made:?}") };
        assert_eq!((&link.kind, link.amount.as_ref()), (&kind, Some(&amount)));
        assert_eq!(link.status, LinkStatus::Active);
        link
    }

    async fn payments(&mut self, link: &str) -> Vec<Payment> {
        let answer = self.ask(&Ask::ListPayments { link: link.into(), cursor: None }).await;
        let Ok(Answer::Payments(page)) = answer else { panic!("{answer:?}") };
        assert_eq!(page.next, None);
        page.items
    }

    async fn payment(&mut self, id: &str) -> Payment {
        let answer = self.ask(&Ask::GetPayment { payment: id.into() }).await;
        let Ok(Answer::Payment(payment)) = answer else { panic!("{answer:?}") };
        payment
    }

    async fn checkouts(&mut self, link: &str) -> Vec<String> {
        let answer = self.ask(&Ask::OpenCheckouts { link: link.into(), cursor: None }).await;
        let Ok(Answer::Checkouts(page)) = answer else { panic!("{answer:?}") };
        page.items
    }
}

fn eur() -> Currency {
    Currency::from_code("EUR").expect("a currency")
}

#[tokio::test]
async fn every_kind_of_link_is_made_found_switched_and_listed() {
    let mut asker = Asker::open().await;
    let fixed = AmountKind::Fixed(Money::new(1250, eur()));
    let any = AmountKind::Open { currency: eur(), min: None, max: None, preset: None };
    let bound = AmountKind::Open { currency: eur(), min: Some(100), max: Some(9_000), preset: Some(500) };
    let mut made = Vec::new();
    for (at, (kind, amount)) in [
        (LinkKind::OneOff, fixed),
        (LinkKind::OneOff, bound),
        (LinkKind::Reusable { max_payments: None }, fixed),
        (LinkKind::Reusable { max_payments: Some(40) }, fixed),
        (LinkKind::Reusable { max_payments: None }, any),
        (LinkKind::Reusable { max_payments: None }, bound),
    ]
    .into_iter()
    .enumerate()
    {
        made.push(asker.link(kind, amount, &format!("key-{at}.1")).await);
    }
    for link in &made {
        let found = asker.ask(&Ask::GetLink { link: link.id.clone() }).await;
        assert_eq!(found, Ok(Answer::Link(link.clone())));
    }
    for active in [false, true, false] {
        let done = asker.ask(&Ask::SetActive { link: made[0].id.clone(), active }).await;
        assert!(matches!(done, Ok(Answer::Done | Answer::Link(_))), "{done:?}");
        let got = asker.ask(&Ask::GetLink { link: made[0].id.clone() }).await;
        let Ok(Answer::Link(link)) = got else { panic!("{got:?}") };
        assert_eq!(link.status, if active { LinkStatus::Active } else { LinkStatus::Deactivated });
    }
    let mut ids = async |active| {
        let answer = asker.ask(&Ask::ListLinks { active, cursor: None }).await;
        let Ok(Answer::Links(page)) = answer else { panic!("{answer:?}") };
        page.items.into_iter().rev().map(|link| link.id).collect::<Vec<_>>()
    };
    let all: Vec<String> = made.iter().map(|link| link.id.clone()).collect();
    assert_eq!(ids(None).await, all);
    assert_eq!(ids(Some(false)).await, all[..1]);
    assert_eq!(ids(Some(true)).await, all[1..]);
    let gone = asker.ask(&Ask::GetLink { link: "plink_gone".into() }).await;
    assert!(matches!(gone, Err(Trouble::Missing { .. })), "{gone:?}");
}

#[tokio::test]
async fn what_customers_do_is_read_back_and_given_back() {
    let mut asker = Asker::open().await;
    let fixed = AmountKind::Fixed(Money::new(1250, eur()));
    let link = asker.link(LinkKind::Reusable { max_payments: None }, fixed, "shop.1").await;
    let left = session_in(&asker.court.shop.page(&link.url).await.text);
    // A payment of which an attempt was declined is open within its checkout and failed by itself.
    for (outcome, listed, alone, declined) in [
        ("paid", PaymentStatus::Succeeded, PaymentStatus::Succeeded, false),
        ("pending", PaymentStatus::Pending, PaymentStatus::Pending, false),
        ("failed", PaymentStatus::Open, PaymentStatus::Failed, true),
    ] {
        assert_eq!(asker.court.shop.submit(&link.url, &[("outcome", outcome)]).await.status, 303);
        let newest = asker.payments(&link.id).await.remove(0);
        assert_eq!((&newest.status, newest.declined), (&listed, declined), "{outcome}: {newest:?}");
        assert_eq!((newest.amount, newest.link.as_ref()), (Money::new(1250, eur()), Some(&link.id)));
        let found = asker.payment(&newest.key.id).await;
        assert_eq!((&found.key, found.amount), (&newest.key, newest.amount));
        assert_eq!((&found.status, found.declined), (&alone, declined), "{outcome}: {found:?}");
    }
    for checkout in asker.checkouts(&link.id).await {
        asker.ask(&Ask::ExpireCheckout { checkout }).await.expect("expired");
    }
    assert!(asker.checkouts(&link.id).await.is_empty());
    let late = asker.court.shop.submit(&link.url, &[("outcome", "paid"), ("session", &left)]).await;
    assert_eq!(late.status, 410, "an expired checkout takes no money");

    let paid = asker.payments(&link.id).await.into_iter().find(|one| one.status == PaymentStatus::Succeeded);
    let payment = paid.expect("a payment").key.id;
    for (amount, key) in [(Some(Money::new(250, eur())), "back.1"), (None, "back.2")] {
        let ask = Ask::Refund { payment: payment.clone(), amount, key: key.into() };
        let given = asker.ask(&ask).await.expect("a refund");
        assert_eq!(asker.ask(&ask).await, Ok(given), "the same key gives back once");
    }
    let answer = asker.ask(&Ask::ListRefunds { payment: payment.clone(), cursor: None }).await;
    let Ok(Answer::Refunds(page)) = answer else { panic!("{answer:?}") };
    let amounts: Vec<i64> = page.items.iter().map(|refund| refund.amount.minor).collect();
    assert_eq!(amounts, [1000, 250]);
    let after = asker.payment(&payment).await;
    assert_eq!((after.status, after.refunded), (PaymentStatus::Refunded, 1250));
    let spent = Ask::Refund { payment, amount: None, key: "back.3".into() };
    let spent = asker.ask(&spent).await;
    assert!(matches!(spent, Err(Trouble::Refused { .. })), "{spent:?}");
}

#[tokio::test]
async fn lists_longer_than_a_page_are_read_to_their_end() {
    let mut asker = Asker::open().await;
    let fixed = AmountKind::Fixed(Money::new(1250, eur()));
    let link = asker.link(LinkKind::Reusable { max_payments: None }, fixed, "long.1").await;
    for _ in 0..103 {
        asker.court.shop.submit(&link.url, &[("outcome", "paid")]).await;
    }
    let (mut cursor, mut seen, mut pages) = (None, BTreeSet::new(), 0);
    loop {
        let answer = asker.ask(&Ask::ListPayments { link: link.id.clone(), cursor }).await;
        let Ok(Answer::Payments(page)) = answer else { panic!("{answer:?}") };
        seen.extend(page.items.into_iter().map(|payment| payment.key.id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (103, 2));
}
