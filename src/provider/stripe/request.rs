//! What to send to Stripe for each question. No credentials: these bytes may be journaled.

use super::NAME;
use super::REFERENCE;
use super::VERSION;
use super::amount;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::reference::Reference;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::Body;
use crate::port::provider::LinkOrder;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;
use crate::provider::form;
use crate::provider::form::Form;

/// The most a list gives at once.
const PAGE: u32 = 100;

pub fn build(ask: &Ask, inactive_message: &str) -> Result<Request, Unsupported> {
    match ask {
        Ask::CreateLink(order) | Ask::CreateLinkFrom { order, .. } if !order.terms.options.is_empty() => {
            Err(unsupported("it has no option of that name; see `qrtill link capabilities`"))
        }
        Ask::CreateLink(order) => match order.amount {
            AmountKind::Fixed(money) => {
                let priced = fixed_price(order, money)?;
                Ok(create_link(order, priced, inactive_message))
            }
            AmountKind::Open { currency, min, max, preset } => {
                create_price(order, currency, [("minimum", min), ("maximum", max), ("preset", preset)])
            }
        },
        Ask::CreateLinkFrom { order, part } => {
            let priced = Form::new().field("line_items[0][price]", safe(part)?);
            Ok(create_link(order, priced, inactive_message))
        }
        Ask::GetLink { link } => Ok(get(
            &format!("/v1/payment_links/{}", safe(link)?),
            Form::new().field("expand[]", "line_items"),
        )),
        Ask::ListLinks { active, cursor } => {
            Ok(get("/v1/payment_links", page(Form::new().maybe("active", active.as_ref()), cursor.as_ref())))
        }
        Ask::SetActive { link, active } => {
            let form = Form::new().field("active", active);
            Ok(post(&format!("/v1/payment_links/{}", safe(link)?), Some(form), None))
        }
        Ask::OpenCheckouts { link, cursor } => {
            let form = Form::new().field("payment_link", safe(link)?).field("status", "open");
            Ok(get("/v1/checkout/sessions", page(form, cursor.as_ref())))
        }
        Ask::ExpireCheckout { checkout } => {
            Ok(post(&format!("/v1/checkout/sessions/{}/expire", safe(checkout)?), None, None))
        }
        Ask::ListPayments { link, cursor } => {
            let form = Form::new()
                .field("payment_link", safe(link)?)
                .field("expand[]", "data.payment_intent.latest_charge");
            Ok(get("/v1/checkout/sessions", page(form, cursor.as_ref())))
        }
        Ask::GetPayment { payment } => get_payment(payment),
        Ask::Refund { payment, amount, key, .. } => refund(payment, *amount, key),
        Ask::ListRefunds { payment, cursor } => {
            let form = Form::new().field("payment_intent", intent(payment)?);
            Ok(get("/v1/refunds", page(form, cursor.as_ref())))
        }
        Ask::UpdateLink { .. } => Err(unsupported("change it in Stripe's dashboard")),
        Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
            Err(unsupported("an account with an API key is connected; see Stripe's dashboard"))
        }
    }
}

fn fixed_price(order: &LinkOrder, money: Money) -> Result<Form, Unsupported> {
    Ok(Form::new()
        .field("line_items[0][price_data][currency]", money.currency.code_lower())
        .field("line_items[0][price_data][unit_amount]", units(money)?)
        .field("line_items[0][price_data][product_data][name]", &order.title))
}

/// An amount that the customer types is a property of a price, and inline prices do not have it. So the
/// price is made first, under a key of its own, and the link from it.
fn create_price(
    order: &LinkOrder,
    currency: Currency,
    bounds: [(&str, Option<i64>); 3],
) -> Result<Request, Unsupported> {
    let mut form =
        Form::new().field("currency", currency.code_lower()).field("custom_unit_amount[enabled]", true);
    for (name, minor) in bounds {
        let bound = minor.map(|minor| units(Money::new(minor, currency))).transpose()?;
        form = form.maybe(&format!("custom_unit_amount[{name}]"), bound);
    }
    let form = form.field("product_data[name]", &order.title);
    Ok(post("/v1/prices", Some(form), Some(&format!("{}.price", order.key))))
}

/// Cards alone, wallets on the customer's phone among them: a customer at a counter waits for the answer,
/// and Stripe's other methods may take days to say whether the money came.
fn create_link(order: &LinkOrder, priced: Form, inactive_message: &str) -> Request {
    let limit = match order.kind {
        LinkKind::OneOff => Some(1),
        LinkKind::Reusable { max_payments } => max_payments,
    };
    let form = priced
        .field("line_items[0][quantity]", 1)
        .maybe("restrictions[completed_sessions][limit]", limit)
        .field("payment_method_types[0]", "card")
        .maybe(&format!("metadata[{REFERENCE}]"), order.reference.as_ref())
        .maybe(&format!("payment_intent_data[metadata][{REFERENCE}]"), order.reference.as_ref())
        .field("inactive_message", inactive_message)
        .field("expand[]", "line_items");
    post("/v1/payment_links", Some(form), Some(&order.key))
}

fn get_payment(payment: &str) -> Result<Request, Unsupported> {
    let payment = safe(payment)?;
    if payment.starts_with("cs_") {
        let form = Form::new().field("expand[]", "payment_intent.latest_charge");
        Ok(get(&format!("/v1/checkout/sessions/{payment}"), form))
    } else {
        let form = Form::new().field("expand[]", "latest_charge");
        Ok(get(&format!("/v1/payment_intents/{payment}"), form))
    }
}

fn refund(payment: &str, amount: Option<Money>, key: &str) -> Result<Request, Unsupported> {
    let form =
        Form::new().field("payment_intent", intent(payment)?).maybe("amount", amount.map(units).transpose()?);
    Ok(post("/v1/refunds", Some(form), Some(key)))
}

/// The reusable link with this sale's reference. `__prefilled_amount` is not in Stripe's documentation; it
/// fills the box of a link whose amount the customer types, and the customer can change it.
pub fn sale_url(link_url: &str, reference: &Reference, amount: Money) -> Result<String, Unsupported> {
    let query = Form::new()
        .field("client_reference_id", reference)
        .field("__prefilled_amount", units(amount)?)
        .encode();
    let joint = if link_url.contains('?') { '&' } else { '?' };
    Ok(format!("{link_url}{joint}{query}"))
}

fn units(money: Money) -> Result<i64, Unsupported> {
    amount::to_stripe(money).map_err(|inexact| unsupported(inexact.advice()))
}

fn unsupported(advice: &'static str) -> Unsupported {
    Unsupported { provider: NAME, advice }
}

/// Ids go into paths as they are, so they may not hold a slash, a dot or an escape.
fn safe(id: &str) -> Result<&str, Unsupported> {
    let legal = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if legal && !id.is_empty() {
        Ok(id)
    } else {
        Err(unsupported("its ids are made of letters, digits, _ and -; this one is not from there"))
    }
}

fn intent(payment: &str) -> Result<&str, Unsupported> {
    let payment = safe(payment)?;
    if payment.starts_with("cs_") {
        return Err(unsupported("this checkout moved no money, so there is none to give back"));
    }
    Ok(payment)
}

fn page(form: Form, cursor: Option<&String>) -> Form {
    form.field("limit", PAGE).maybe("starting_after", cursor)
}

fn get(path: &str, query: Form) -> Request {
    Request {
        base: Base::Main,
        method: Method::Get,
        path: format!("{path}?{}", query.encode()),
        headers: vec![("Stripe-Version".to_owned(), VERSION.to_owned())],
        body: None,
    }
}

fn post(path: &str, form: Option<Form>, key: Option<&str>) -> Request {
    let mut headers = vec![("Stripe-Version".to_owned(), VERSION.to_owned())];
    headers.extend(key.map(|key| ("Idempotency-Key".to_owned(), key.to_owned())));
    let body = form.map(|form| Body { content_type: form::CONTENT_TYPE.to_owned(), text: form.encode() });
    Request { base: Base::Main, method: Method::Post, path: path.to_owned(), headers, body }
}

#[cfg(test)]
mod tests {
    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;

    fn fields(request: &Request) -> String {
        let text = request.body.as_ref().map_or("", |body| body.text.as_str());
        text.replace("%5B", "[").replace("%5D", "]")
    }

    fn asked(ask: &Ask) -> Request {
        build(ask, "closed").expect("a request")
    }

    #[test]
    fn a_sale_is_one_request_for_a_link_that_takes_one_payment() {
        let request = asked(&Ask::CreateLink(sale()));
        assert_eq!((request.method, request.path.as_str()), (Method::Post, "/v1/payment_links"));
        let key = ("Idempotency-Key".to_owned(), format!("{REFERENCE}.1"));
        assert!(request.headers.contains(&key), "{:?}", request.headers);
        assert!(request.headers.contains(&("Stripe-Version".to_owned(), VERSION.to_owned())));
        let sent = fields(&request);
        for field in [
            "line_items[0][price_data][currency]=eur".to_owned(),
            "line_items[0][price_data][unit_amount]=1250".to_owned(),
            "line_items[0][price_data][product_data][name]=Caf%C3%A9%20Zw%C3%B6lf".to_owned(),
            "line_items[0][quantity]=1".to_owned(),
            "restrictions[completed_sessions][limit]=1".to_owned(),
            "payment_method_types[0]=card".to_owned(),
            format!("metadata[reference]={REFERENCE}"),
            format!("payment_intent_data[metadata][reference]={REFERENCE}"),
            "inactive_message=closed".to_owned(),
        ] {
            assert!(sent.split('&').any(|found| found == field), "{field} in {sent}");
        }
    }

    #[test]
    fn a_reusable_link_has_only_the_limit_it_was_ordered_with() {
        for (max_payments, limit) in [(None, None), (Some(40), Some("limit]=40"))] {
            let kind = LinkKind::Reusable { max_payments };
            let sent = fields(&asked(&Ask::CreateLink(LinkOrder { kind, reference: None, ..sale() })));
            assert_eq!(sent.contains("restrictions"), limit.is_some());
            assert!(limit.is_none_or(|limit| sent.contains(limit)), "{sent}");
            assert!(!sent.contains("metadata"), "{sent}");
        }
    }

    #[test]
    fn an_open_amount_is_a_price_first_and_then_a_link_under_another_key() {
        let currency = money(1, "EUR").currency;
        let amount = AmountKind::Open { currency, min: Some(100), max: None, preset: Some(500) };
        let order = LinkOrder { amount, ..sale() };
        let price = asked(&Ask::CreateLink(order.clone()));
        assert_eq!(price.path, "/v1/prices");
        assert_eq!(
            fields(&price),
            "currency=eur&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=100&\
             custom_unit_amount[preset]=500&product_data[name]=Caf%C3%A9%20Zw%C3%B6lf"
        );
        let link = asked(&Ask::CreateLinkFrom { order, part: "price_1".to_owned() });
        assert!(fields(&link).starts_with("line_items[0][price]=price_1&line_items[0][quantity]=1&"));
        assert_ne!(price.headers, link.headers);
    }

    #[test]
    fn an_amount_without_an_exact_form_is_not_sent() {
        for amount in [money(1251, "KWD"), money(0, "EUR"), money(-1, "EUR"), money(5, "UGX")] {
            let order = LinkOrder { amount: AmountKind::Fixed(amount), ..sale() };
            assert!(build(&Ask::CreateLink(order), "").is_err(), "{amount}");
            let refund =
                Ask::Refund { payment: "pi_1".into(), link: None, amount: Some(amount), key: "k".into() };
            assert!(build(&refund, "").is_err(), "{amount}");
        }
    }

    #[test]
    fn an_id_cannot_lead_to_another_path() {
        for id in ["", "..", "a/b", "a?b", "a%2Fb", "é"] {
            assert!(build(&Ask::GetLink { link: id.to_owned() }, "").is_err(), "{id}");
            assert!(build(&Ask::ExpireCheckout { checkout: id.to_owned() }, "").is_err(), "{id}");
            assert!(build(&Ask::GetPayment { payment: id.to_owned() }, "").is_err(), "{id}");
        }
    }

    #[test]
    fn a_refund_names_the_intent_and_has_its_own_key() {
        let whole = Ask::Refund { payment: "pi_1".into(), link: None, amount: None, key: "r.1".into() };
        assert_eq!(fields(&asked(&whole)), "payment_intent=pi_1");
        let part = Ask::Refund {
            payment: "pi_1".into(),
            link: None,
            amount: Some(money(5, "ISK")),
            key: "r.1".into(),
        };
        assert_eq!(fields(&asked(&part)), "payment_intent=pi_1&amount=500");
        let of_checkout =
            Ask::Refund { payment: "cs_test_1".into(), link: None, amount: None, key: "r.1".into() };
        assert!(build(&of_checkout, "").is_err());
    }

    #[test]
    fn a_sales_url_carries_reference_and_amount() {
        let reference = REFERENCE.parse().expect("a reference");
        let plain = sale_url("https://buy.stripe.com/x", &reference, money(1250, "EUR"));
        let query = format!("client_reference_id={REFERENCE}&__prefilled_amount=1250");
        assert_eq!(plain, Ok(format!("https://buy.stripe.com/x?{query}")));
        let sample = super::super::CAPABILITIES.sample_url;
        let (link, rest) = sample.split_once("?client_reference_id=").expect("a sample with a reference");
        let (long, _) = rest.split_once('&').expect("a sample with an amount");
        let longest = sale_url(link, &long.parse().expect("a reference"), money(99_999_999, "EUR"));
        assert_eq!(longest.as_deref(), Ok(sample));
        let more = sale_url("https://buy.stripe.com/x?locale=de", &reference, money(1250, "EUR"));
        assert_eq!(more, Ok(format!("https://buy.stripe.com/x?locale=de&{query}")));
    }
}
