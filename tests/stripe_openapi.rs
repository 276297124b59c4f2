//! Every request that the Stripe adapter builds, held against Stripe's own description of its API.

#[path = "support/openapi.rs"]
mod openapi;

use std::collections::BTreeMap;

use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::port::provider::After;
use qrtill::port::provider::Ask;
use qrtill::port::provider::Change;
use qrtill::port::provider::CustomerField;
use qrtill::port::provider::Line;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::Method;
use qrtill::port::provider::Need;
use qrtill::port::provider::Provider;
use qrtill::port::provider::Purpose;
use qrtill::port::provider::Terms;
use qrtill::provider::find;
use serde_json::Value;
use serde_json::json;

use self::openapi::Spec;

fn stripe() -> Box<dyn Provider> {
    let entry = find("stripe").expect("in the table");
    (entry.build)(json!({"api_key": "sk_test_0001"})).expect("good options").provider
}

fn orders() -> Vec<LinkOrder> {
    let eur = Currency::from_code("EUR").expect("a currency");
    let fixed = AmountKind::Fixed(Money::new(1250, eur));
    let any = AmountKind::Open { currency: eur, min: None, max: None, preset: None };
    let bound = AmountKind::Open { currency: eur, min: Some(100), max: Some(90_000), preset: Some(500) };
    let many = LinkKind::Reusable { max_payments: None };
    let reference = Some("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R".parse().expect("a reference"));
    let order = |kind, amount, reference| LinkOrder {
        kind,
        amount,
        title: "Café".to_owned(),
        reference,
        key: "key.1".to_owned(),
        terms: Terms::default(),
    };
    vec![
        order(LinkKind::OneOff, fixed, reference.clone()),
        order(LinkKind::OneOff, bound, reference),
        order(many, fixed, None),
        order(LinkKind::Reusable { max_payments: Some(40) }, fixed, None),
        order(many, any, None),
        order(many, bound, None),
    ]
}

/// Orders and changes that say everything an order or a change can say, options and all.
fn with_terms() -> Vec<Ask> {
    let eur = Currency::from_code("EUR").expect("a currency");
    let (mut all, plain) = (Vec::new(), orders().remove(0));
    let line = |title: &str, quantity, unit| Line { title: title.into(), quantity, unit, vat_bp: 0 };
    let terms = |change: &dyn Fn(&mut Terms)| {
        let mut terms = Terms::default();
        change(&mut terms);
        Ask::CreateLink(LinkOrder { terms, ..plain.clone() })
    };
    all.push(terms(&|terms| terms.description = Some("Table 5".into())));
    all.push(terms(&|terms| terms.lines = vec![line("Tea", 3, 250), line("Cake", 1, 500)]));
    all.push(terms(&|terms| terms.metadata = [("shift".into(), "late".into())].into()));
    for after in [After::Thanks("Bye".into()), After::Redirect("https://shop.example/thanks".into())] {
        all.push(terms(&|terms| terms.after = Some(after.clone())));
        let change = Change {
            max_payments: Some(9),
            metadata: [("shift".into(), "late".into()), ("table".into(), String::new())].into(),
            after: Some(after),
            options: [("submit_type".into(), "donate".into())].into(),
            ..Change::default()
        };
        all.push(Ask::UpdateLink { link: "plink_1".into(), change });
    }
    for (field, need) in [
        (CustomerField::Name, Need::Optional),
        (CustomerField::BusinessName, Need::Required),
        (CustomerField::Email, Need::Required),
        (CustomerField::Phone, Need::Required),
        (CustomerField::BillingAddress, Need::Required),
        (CustomerField::ShippingAddress, Need::Required),
    ] {
        all.push(terms(&|terms| {
            terms.customer = [(field, need)].into();
            if field == CustomerField::ShippingAddress {
                let country = "shipping_address_collection[allowed_countries][0]";
                terms.options = [(country.into(), "DE".into())].into();
            }
        }));
    }
    all.push(terms(&|terms| {
        terms.purpose = Purpose::Subscription;
        terms.options = [("recurring[interval]".into(), "month".into())].into();
    }));
    let open = AmountKind::Open { currency: eur, min: None, max: None, preset: None };
    for amount in [AmountKind::Fixed(Money::new(1250, eur)), open] {
        let options = [("price".into(), "price_1".into())].into();
        let terms = Terms { purpose: Purpose::Product, options, ..Terms::default() };
        all.push(Ask::CreateLink(LinkOrder { amount, terms, ..plain.clone() }));
    }
    all
}

/// A value that Stripe's own description takes for this parameter: one of its choices, a number or a word.
fn value_for(spec: &Spec, path: &str, name: &str) -> Option<&'static str> {
    let fits = |value: &&str| {
        let problems = spec.check_request("POST", path, &format!("{name}={value}"));
        let named = |problem: &String| problem.contains(name) || problem.starts_with("there is no field");
        !problems.iter().any(named)
    };
    [
        "true",
        "1",
        "DE",
        "card",
        "visa",
        "auto",
        "none",
        "always",
        "text",
        "custom",
        "self",
        "pay",
        "manual",
        "off_session",
        "exclusive",
        "cancel",
        "never",
        "exclude_tax",
        "month",
    ]
    .into_iter()
    .find(fits)
}

fn asks() -> Vec<Ask> {
    let link = || "plink_1".to_owned();
    let cursors = || [None, Some("cs_1".to_owned())];
    let eur = Currency::from_code("EUR").expect("a currency");
    let mut asks: Vec<Ask> = orders().into_iter().map(Ask::CreateLink).collect();
    asks.extend(orders().into_iter().map(|order| Ask::CreateLinkFrom { order, part: "price_1".to_owned() }));
    asks.extend(with_terms());
    asks.push(Ask::GetLink { link: link() });
    asks.extend([true, false].map(|active| Ask::SetActive { link: link(), active }));
    asks.push(Ask::ExpireCheckout { checkout: "cs_1".to_owned() });
    asks.extend(["pi_1", "cs_1"].map(|payment| Ask::GetPayment { payment: payment.to_owned() }));
    for amount in [None, Some(Money::new(250, eur))] {
        asks.push(Ask::Refund {
            payment: "pi_1".to_owned(),
            link: None,
            amount,
            reason: None,
            key: "key.2".to_owned(),
        });
    }
    for cursor in cursors() {
        for active in [None, Some(true), Some(false)] {
            asks.push(Ask::ListLinks { active, cursor: cursor.clone() });
        }
        asks.push(Ask::OpenCheckouts { link: link(), cursor: cursor.clone() });
        asks.push(Ask::ListPayments { link: link(), cursor: cursor.clone() });
        asks.push(Ask::ListRefunds { payment: "pi_1".to_owned(), cursor });
    }
    asks
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
    }
}

#[test]
fn every_request_is_one_that_stripe_describes() {
    let spec = Spec::load();
    let stripe = stripe();
    for ask in asks() {
        let request = stripe.request(&ask).expect("a request");
        let body = request.body.as_ref().map_or("", |body| body.text.as_str());
        let problems = spec.check_request(method(request.method), &request.path, body);
        assert!(problems.is_empty(), "{ask:?}: {problems:#?}");
    }
}

/// Each option by itself: Stripe knows the name, in the place and with the index that the table says.
#[test]
fn every_option_is_a_parameter_that_stripe_describes() {
    let (spec, stripe) = (Spec::load(), stripe());
    for (name, what) in stripe.capabilities().options {
        assert!(!what.is_empty(), "{name}");
        let name = name.replace("KEY", "shift");
        let value = value_for(&spec, "/v1/payment_links", &name).unwrap_or_else(|| panic!("{name} is none"));
        let purpose = if name.contains("recurring") { Purpose::Subscription } else { Purpose::Payment };
        let mut options = BTreeMap::from([(name.clone(), value.to_owned())]);
        if name.ends_with("[recurring][interval_count]") {
            options.insert("recurring[interval]".into(), "month".into());
        }
        let terms = Terms { purpose, options, ..Terms::default() };
        let order = LinkOrder { terms, ..orders().remove(0) };
        let request = stripe.request(&Ask::CreateLink(order)).unwrap_or_else(|no| panic!("{name}: {no}"));
        let body = request.body.expect("a body").text;
        assert!(body.contains(&format!("={value}")), "{name}");
        let problems = spec.check_request("POST", "/v1/payment_links", &body);
        // An option by itself may lack its neighbours, such as a field's key beside its type.
        let wrong: Vec<_> = problems.iter().filter(|problem| !problem.contains(" lacks ")).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn the_judge_of_requests_finds_what_is_wrong() {
    let spec = Spec::load();
    let good = "line_items[0][quantity]=1&line_items[0][price]=price_1";
    assert_eq!(spec.check_request("POST", "/v1/payment_links", good), [""; 0]);
    for (method, path, body) in [
        ("POST", "/v1/payment_link", good),
        ("PUT", "/v1/payment_links", good),
        ("POST", "/v1/payment_links", ""),
        ("POST", "/v1/payment_links?active=true", good),
        ("POST", "/v1/payment_links", "line_items[0][quantity]=one&line_items[0][price]=price_1"),
        ("POST", "/v1/payment_links", "line_items[1][quantity]=1"),
        ("POST", "/v1/payment_links", "line_items[0][quantity]=1&reference=1"),
        ("POST", "/v1/payment_links", "line_items[0][quantity]=1&payment_method_types[0]=cash"),
        ("POST", "/v1/payment_links", "line_items[0][quantity]=1&restrictions[completed_sessions][max]=1"),
        ("POST", "/v1/payment_links", "line_items[0][quantity]=1&line_items[0][quantity]=2"),
        ("POST", "/v1/payment_links/plink_1", "active=yes"),
        ("GET", "/v1/checkout/sessions?status=done", ""),
        ("GET", "/v1/checkout/sessions?link=plink_1", ""),
        ("GET", "/v1/checkout/sessions?limit=all", ""),
    ] {
        assert!(!spec.check_request(method, path, body).is_empty(), "{method} {path} {body}");
    }
}

fn example(kind: &str) -> Value {
    let objects: Value =
        serde_json::from_str(include_str!("fixtures/stripe/objects.json")).expect("Stripe's own examples");
    objects[kind].clone()
}

#[test]
fn stripes_own_examples_pass_the_judge_of_objects() {
    let spec = Spec::load();
    for kind in ["payment_link", "checkout.session", "payment_intent", "charge", "refund", "event", "price"] {
        assert_eq!(spec.check_object(kind, &example(kind)), [""; 0], "{kind}");
        let list = json!({"object": "list", "url": "/v1/x", "has_more": false, "data": [example(kind)]});
        assert_eq!(spec.check_object("list", &list), [""; 0], "{kind}");
    }
}

#[test]
fn the_judge_of_objects_finds_what_is_wrong() {
    let spec = Spec::load();
    let changed = |kind: &str, key: &str, value: Value| {
        let mut object = example(kind);
        object[key] = value;
        spec.check_object(kind, &object)
    };
    for (kind, key, value) in [
        ("payment_link", "object", json!("link")),
        ("payment_link", "active", json!("yes")),
        ("payment_link", "url", Value::Null),
        ("payment_link", "reference", json!("sale")),
        ("payment_link", "metadata", json!({"reference": 1})),
        ("checkout.session", "payment_status", json!("settled")),
        ("checkout.session", "amount_total", json!("1250")),
        ("payment_intent", "amount", json!(12.5)),
        ("refund", "created", Value::Null),
        ("event", "livemode", json!(0)),
        ("event", "data", json!({"object": {"object": "refund"}})),
    ] {
        assert!(!changed(kind, key, value.clone()).is_empty(), "{kind}.{key} = {value}");
    }
    let mut without = example("refund");
    without.as_object_mut().expect("an object").remove("amount");
    assert!(!spec.check_object("refund", &without).is_empty());
    assert!(!spec.check_object("list", &json!({"data": []})).is_empty());
}
