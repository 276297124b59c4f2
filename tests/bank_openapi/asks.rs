//! Every question of the adapter, asked of the bank as the relay asks it, and its answer read.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::payment::LinkStatus;
use qrtill::core::payment::PaymentStatus;
use qrtill::port::provider::After;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::Change;
use qrtill::port::provider::CustomerField;
use qrtill::port::provider::Line;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::Method;
use qrtill::port::provider::Need;
use qrtill::port::provider::Payment;
use qrtill::port::provider::Provider;
use qrtill::port::provider::Purpose;
use qrtill::port::provider::Response;
use qrtill::port::provider::Terms;
use qrtill::port::provider::Trouble;
use qrtill::provider::find;
use serde_json::json;

use crate::court::Court;
use crate::support::session_in;

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
        Self { court, provider: built.provider, base_url: built.base_urls.main }
    }

    /// Asks, and what follows from the answer, to the end.
    async fn ask(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        let mut ask = ask.clone();
        for _ in 0..3 {
            let answer = self.once(&ask).await?;
            let Answer::Then(next) = answer else { return Ok(answer) };
            ask = *next;
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
        let credentials = self.provider.credentials(None);
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
        self.link_with(kind, amount, key, Terms::default()).await
    }

    async fn link_with(&mut self, kind: LinkKind, amount: AmountKind, key: &str, terms: Terms) -> LinkState {
        let reference = (kind == LinkKind::OneOff)
            .then(|| "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R".parse().expect("a reference"));
        let order =
            LinkOrder { kind, amount, title: "Café & Söhne".into(), reference, key: key.into(), terms };
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
    assert_eq!(asker.payments(&link.id).await, [], "a customer who only reads the page pays nothing");
    assert_eq!(asker.checkouts(&link.id).await, std::slice::from_ref(&left));
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
        let ask = Ask::Refund { payment: payment.clone(), link: None, amount, reason: None, key: key.into() };
        let given = asker.ask(&ask).await.expect("a refund");
        assert_eq!(asker.ask(&ask).await, Ok(given), "the same key gives back once");
    }
    let answer = asker.ask(&Ask::ListRefunds { payment: payment.clone(), cursor: None }).await;
    let Ok(Answer::Refunds(page)) = answer else { panic!("{answer:?}") };
    let amounts: Vec<i64> = page.items.iter().map(|refund| refund.amount.minor).collect();
    assert_eq!(amounts, [1000, 250]);
    let after = asker.payment(&payment).await;
    assert_eq!((after.status, after.refunded), (PaymentStatus::Refunded, 1250));
    let spent = Ask::Refund { payment, link: None, amount: None, reason: None, key: "back.3".into() };
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

#[tokio::test]
async fn a_link_has_what_was_ordered_and_is_changed_where_stripe_changes_it() {
    let mut asker = Asker::open().await;
    let fixed = AmountKind::Fixed(Money::new(1250, eur()));
    let terms = Terms {
        description: Some("Table 5".into()),
        metadata: [("shift".into(), "early".into()), ("table".into(), "5".into())].into(),
        customer: [
            (CustomerField::Name, Need::Optional),
            (CustomerField::BusinessName, Need::Required),
            (CustomerField::Email, Need::Required),
            (CustomerField::Phone, Need::Required),
            (CustomerField::BillingAddress, Need::Required),
            (CustomerField::ShippingAddress, Need::Required),
        ]
        .into(),
        after: Some(After::Thanks("Good-bye".into())),
        options: [
            ("shipping_address_collection[allowed_countries][0]".into(), "DE".into()),
            ("custom_text[submit][message]".into(), "No returns".into()),
        ]
        .into(),
        ..Terms::default()
    };
    let link = asker.link_with(LinkKind::Reusable { max_payments: Some(2) }, fixed, "terms.1", terms).await;
    assert_eq!((link.title.as_deref(), link.payments), (Some("Café & Söhne"), Some(0)));
    assert!(asker.court.shop.page(&link.url).await.text.contains("Table 5"));
    let path = format!("payment_links/{}", link.id);
    let stands = asker.court.get(&path).await;
    assert_eq!(stands["metadata"], json!({"shift": "early", "table": "5"}));
    assert_eq!(stands["phone_number_collection"], json!({"enabled": true}));
    assert_eq!(stands["name_collection"]["individual"], json!({"enabled": true, "optional": true}));
    assert_eq!(stands["shipping_address_collection"], json!({"allowed_countries": ["DE"]}));
    assert_eq!(stands["custom_text"]["submit"], json!({"message": "No returns"}));

    let change = Change {
        max_payments: Some(3),
        metadata: [("shift".into(), "late".into()), ("table".into(), String::new())].into(),
        after: Some(After::Redirect("https://shop.example/thanks".into())),
        options: [("submit_type".into(), "donate".into())].into(),
        ..Change::default()
    };
    let changed = asker.ask(&Ask::UpdateLink { link: link.id.clone(), change }).await;
    let Ok(Answer::Link(changed)) = changed else { panic!("{changed:?}") };
    let kind = LinkKind::Reusable { max_payments: Some(3) };
    assert_eq!(changed, LinkState { kind, ..link.clone() });
    let stands = asker.court.get(&path).await;
    assert_eq!(stands["metadata"], json!({"shift": "late"}));
    assert_eq!(
        (&stands["submit_type"], &stands["after_completion"]["type"]),
        (&json!("donate"), &json!("redirect"))
    );
    assert_eq!(
        asker.ask(&Ask::UpdateLink { link: link.id, change: Change::default() }).await,
        Ok(Answer::Link(changed))
    );

    let line = |title: &str, quantity, unit| Line { title: title.into(), quantity, unit, vat_bp: 0 };
    let lines = vec![line("Tea", 3, 250), line("Cake", 1, 500)];
    let terms = Terms { lines, ..Terms::default() };
    let items = asker.link_with(LinkKind::OneOff, fixed, "terms.2", terms).await;
    assert_eq!((items.title, items.amount), (None, Some(fixed)));
}

#[tokio::test]
async fn a_price_that_stands_shows_when_it_costs_another_sum_than_was_ordered() {
    let mut asker = Asker::open().await;
    let form = [("currency", "eur"), ("unit_amount", "1250"), ("product_data[name]", "Season ticket")];
    let price = asker.court.post("prices", &form).await;
    let options: BTreeMap<String, String> =
        [("price".into(), price["id"].as_str().expect("an id").into())].into();
    for (minor, good) in [(1250, true), (1251, false)] {
        let amount = AmountKind::Fixed(Money::new(minor, eur()));
        let terms = Terms { purpose: Purpose::Product, options: options.clone(), ..Terms::default() };
        let order = LinkOrder {
            kind: LinkKind::Reusable { max_payments: None },
            amount,
            title: "Season ticket".into(),
            reference: None,
            key: format!("price.{minor}"),
            terms,
        };
        match asker.ask(&Ask::CreateLink(order)).await {
            Ok(Answer::Link(link)) if good => assert_eq!(link.title.as_deref(), Some("Season ticket")),
            // Given back with the amount that it has, for whoever ordered to compare.
            Ok(Answer::Link(link)) => assert_ne!(link.amount, Some(amount)),
            Err(trouble) => panic!("{trouble:?}"),
            Ok(other) => panic!("{other:?}"),
        }
    }
}
