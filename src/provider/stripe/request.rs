//! What to send to Stripe for each question. No credentials: these bytes may be journaled.

use super::NAME;
use super::VERSION;
use super::amount;
use super::change;
use super::order;
use crate::core::money::Money;
use crate::core::reference::Reference;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::Body;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;
use crate::provider::form;
use crate::provider::form::Form;
use crate::provider::rest;

/// The most a list gives at once.
const PAGE: u32 = 100;

/// Why money is given back, in Stripe's own words. Any other text is metadata.
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// The longest value of metadata.
const VALUE: usize = 500;

pub fn build(ask: &Ask, inactive_message: &str) -> Result<Request, Unsupported> {
    match ask {
        Ask::CreateLink(order) => order::create(order, inactive_message),
        Ask::CreateLinkFrom { order, part } => order::create_from(order, safe(part)?, inactive_message),
        Ask::UpdateLink { link, change } => change::update(link, change),
        Ask::GetLink { link } => Ok(get(
            &format!("/v1/payment_links/{}", safe(link)?),
            Form::new().field("expand[]", "line_items"),
        )),
        Ask::ListLinks { active, cursor } => {
            let form = Form::new().maybe("active", active.as_ref()).field("expand[]", "data.line_items");
            Ok(get("/v1/payment_links", page(form, cursor.as_ref())))
        }
        Ask::SetActive { link, active } => {
            let form = Form::new().field("active", active).field("expand[]", "line_items");
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
        Ask::Refund { payment, amount, reason, key, .. } => refund(payment, *amount, reason.as_deref(), key),
        Ask::ListRefunds { payment, cursor } => {
            let form = Form::new().field("payment_intent", intent(payment)?);
            Ok(get("/v1/refunds", page(form, cursor.as_ref())))
        }
        Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
            Err(unsupported("an account with an API key is connected; see Stripe's dashboard"))
        }
    }
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

fn refund(
    payment: &str,
    amount: Option<Money>,
    reason: Option<&str>,
    key: &str,
) -> Result<Request, Unsupported> {
    if reason.is_some_and(|text| text.is_empty() || text.chars().count() > VALUE) {
        return Err(unsupported("a reason has 1 to 500 characters; write a shorter one"));
    }
    let named =
        if reason.is_some_and(|text| REASONS.contains(&text)) { "reason" } else { "metadata[reason]" };
    let form = Form::new()
        .field("payment_intent", intent(payment)?)
        .maybe("amount", amount.map(units).transpose()?)
        .maybe(named, reason);
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

pub fn units(money: Money) -> Result<i64, Unsupported> {
    amount::to_stripe(money).map_err(|inexact| unsupported(inexact.advice()))
}

pub fn unsupported(advice: &'static str) -> Unsupported {
    Unsupported { provider: NAME, advice }
}

pub fn safe(id: &str) -> Result<&str, Unsupported> {
    rest::safe(NAME, id)
}

fn intent(payment: &str) -> Result<&str, Unsupported> {
    let payment = safe(payment)?;
    if payment.starts_with("cs_") {
        return Err(unsupported(
            "this checkout moved no money of its own; a subscription's is given back in Stripe's dashboard",
        ));
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

pub fn post(path: &str, form: Option<Form>, key: Option<&str>) -> Request {
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
    use super::super::subject::sent;
    use super::*;
    use crate::core::payment::AmountKind;
    use crate::port::provider::LinkOrder;

    fn asked(ask: &Ask) -> Request {
        build(ask, "closed").expect("a request")
    }

    #[test]
    fn an_amount_without_an_exact_form_is_not_sent() {
        for amount in [money(1251, "KWD"), money(0, "EUR"), money(-1, "EUR"), money(5, "UGX")] {
            let order = LinkOrder { amount: AmountKind::Fixed(amount), ..sale() };
            assert!(build(&Ask::CreateLink(order), "").is_err(), "{amount}");
            let refund = Ask::Refund {
                payment: "pi_1".into(),
                link: None,
                amount: Some(amount),
                reason: None,
                key: "k".into(),
            };
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
        let whole =
            Ask::Refund { payment: "pi_1".into(), link: None, amount: None, reason: None, key: "r.1".into() };
        assert_eq!(sent(&asked(&whole)), "payment_intent=pi_1");
        let part = Ask::Refund {
            payment: "pi_1".into(),
            link: None,
            amount: Some(money(5, "ISK")),
            reason: None,
            key: "r.1".into(),
        };
        assert_eq!(sent(&asked(&part)), "payment_intent=pi_1&amount=500");
        let of_checkout = Ask::Refund {
            payment: "cs_test_1".into(),
            link: None,
            amount: None,
            reason: None,
            key: "r.1".into(),
        };
        assert!(build(&of_checkout, "").is_err());
        let why = |reason: &str| Ask::Refund {
            payment: "pi_1".into(),
            link: None,
            amount: None,
            reason: Some(reason.into()),
            key: "r.1".into(),
        };
        assert_eq!(sent(&asked(&why("fraudulent"))), "payment_intent=pi_1&reason=fraudulent");
        assert_eq!(sent(&asked(&why("stale"))), "payment_intent=pi_1&metadata[reason]=stale");
        assert!(build(&why(&"x".repeat(501)), "").is_err());
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
