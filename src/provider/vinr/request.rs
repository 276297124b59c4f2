//! What to send to VINR for each question. No credentials: these bytes may be journaled.

use serde::Serialize;

use super::IDEMPOTENCY;
use super::NAME;
use super::options::Options;
use super::options::RefundReason;
use super::options::Switch;
use super::order;
use super::order::unsupported;
use super::wire::LinkPatch;
use super::wire::NewRefund;
use crate::core::money::Money;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;
use crate::provider::form::Form;
use crate::provider::rest;

/// The most that a list gives at once (api-reference/pagination).
const PAGE: u32 = 100;

/// The longest idempotency key (api-reference/idempotency).
const KEY_MOST: usize = 255;

pub fn build(ask: &Ask, options: &Options) -> Result<Request, Unsupported> {
    let paths = &options.paths;
    match ask {
        Ask::CreateLink(order) => post(&paths.links, &order::link(order)?, &order.key),
        Ask::CreateLinkFrom { .. } => {
            Err(unsupported("its links are made in one step; order the link itself"))
        }
        Ask::GetLink { link } => Ok(rest::get(Base::Main, &place(&paths.link, link)?, "")),
        Ask::ListLinks { active, cursor } => {
            // Of those that are not active the words are not certain: they are picked from all.
            let form = Form::new().maybe("status", active.filter(|active| *active).map(|_| "active"));
            Ok(rest::get(Base::Main, &paths.links, &page(form, cursor.as_ref())))
        }
        Ask::UpdateLink { link, change } => match options.switch {
            Switch::Patch => patch(&paths.link, link, &order::patch(change)?),
            Switch::Post => {
                Err(unsupported("make another link; `switch = \"post\"` leaves links as they are"))
            }
        },
        Ask::SetActive { link, active } => match (options.switch, active) {
            (Switch::Patch, active) => {
                patch(&paths.link, link, &LinkPatch { active: Some(*active), ..LinkPatch::default() })
            }
            (Switch::Post, false) => {
                let path = place(&paths.deactivate, link)?;
                Ok(rest::send(Base::Main, Method::Post, &path, None::<&()>, None))
            }
            (Switch::Post, true) => Err(unsupported("make another link; what is switched off stays off")),
        },
        Ask::ListPayments { link, cursor } => {
            let form = Form::new().field(&options.link_filter, safe(link)?);
            Ok(rest::get(Base::Main, &paths.payments, &page(form, cursor.as_ref())))
        }
        Ask::GetPayment { payment } => Ok(rest::get(Base::Main, &place(&paths.payment, payment)?, "")),
        Ask::Refund { payment, link: _, amount, reason, key } => {
            refund(payment, *amount, reason.as_deref(), key, options)
        }
        Ask::ListRefunds { payment, cursor } => {
            let form = Form::new().field("payment", safe(payment)?);
            Ok(rest::get(Base::Main, &paths.refunds, &page(form, cursor.as_ref())))
        }
        Ask::OpenCheckouts { .. } | Ask::ExpireCheckout { .. } => {
            Err(unsupported("it lists no checkouts; close the link, and the payments listed say the rest"))
        }
        Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
            Err(unsupported("an account with an API key is connected; see VINR's dashboard"))
        }
    }
}

fn refund(
    payment: &str,
    amount: Option<Money>,
    why: Option<&str>,
    key: &str,
    options: &Options,
) -> Result<Request, Unsupported> {
    let amount = amount.map(order::units).transpose()?;
    let named = why.and_then(RefundReason::named);
    // What is none of VINR's words is kept as it was written, beside the usual one.
    let metadata = why.filter(|_| named.is_none()).map(|text| ("reason", text)).into_iter().collect();
    let reason = named.unwrap_or(options.refund_reason);
    let body = NewRefund { payment: safe(payment)?, amount, reason, metadata };
    post(&options.paths.refunds, &body, key)
}

fn post(path: &str, body: &impl Serialize, key: &str) -> Result<Request, Unsupported> {
    if key.is_empty() || key.chars().count() > KEY_MOST {
        return Err(unsupported("its idempotency keys have 1 to 255 characters; choose a shorter one"));
    }
    Ok(rest::send(Base::Main, Method::Post, path, Some(body), Some((IDEMPOTENCY, key))))
}

/// Without a key: said twice it is the same.
fn patch(template: &str, link: &str, body: &LinkPatch<'_>) -> Result<Request, Unsupported> {
    Ok(rest::send(Base::Main, Method::Patch, &place(template, link)?, Some(body), None))
}

fn place(template: &str, id: &str) -> Result<String, Unsupported> {
    Ok(template.replace("{id}", safe(id)?))
}

fn safe(id: &str) -> Result<&str, Unsupported> {
    rest::safe(NAME, id)
}

fn page(form: Form, cursor: Option<&String>) -> String {
    form.field("limit", PAGE).maybe("starting_after", cursor).encode()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::KEY;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::port::provider::Change;
    use crate::port::provider::LinkOrder;

    fn options(more: Value) -> Options {
        let mut options = json!({"api_key": KEY});
        for (name, value) in more.as_object().expect("an object") {
            options[name] = value.clone();
        }
        serde_json::from_value(options).expect("good options")
    }

    fn asked(ask: &Ask, more: Value) -> (Method, String, Option<Value>) {
        let request = build(ask, &options(more)).expect("a request");
        let body = request.body.map(|body| serde_json::from_str(&body.text).expect("JSON"));
        (request.method, request.path, body)
    }

    fn id(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn each_question_has_its_path() {
        use Method::*;
        let cursor = Some(id("plink_9"));
        for (ask, method, path) in [
            (Ask::CreateLink(sale()), Post, "/payment-links"),
            (Ask::GetLink { link: id("plink_1") }, Get, "/payment-links/plink_1"),
            (Ask::ListLinks { active: None, cursor: None }, Get, "/payment-links?limit=100"),
            (
                Ask::ListLinks { active: Some(true), cursor },
                Get,
                "/payment-links?status=active&limit=100&starting_after=plink_9",
            ),
            (Ask::ListLinks { active: Some(false), cursor: None }, Get, "/payment-links?limit=100"),
            (
                Ask::ListPayments { link: id("plink_1"), cursor: Some(id("pay_9")) },
                Get,
                "/payments?paymentLink=plink_1&limit=100&starting_after=pay_9",
            ),
            (Ask::GetPayment { payment: id("pay_1") }, Get, "/payments/pay_1"),
            (
                Ask::ListRefunds { payment: id("pay_1"), cursor: None },
                Get,
                "/refunds?payment=pay_1&limit=100",
            ),
            (
                Ask::UpdateLink { link: id("plink_1"), change: Change::default() },
                Patch,
                "/payment-links/plink_1",
            ),
        ] {
            let (sent, at, _) = asked(&ask, json!({}));
            assert_eq!((sent, at.as_str()), (method, path));
        }
    }

    #[test]
    fn a_link_is_switched_in_the_one_way_that_is_set() {
        let switch = |active| Ask::SetActive { link: id("plink_1"), active };
        for active in [true, false] {
            let (method, path, body) = asked(&switch(active), json!({}));
            assert_eq!((method, path.as_str()), (Method::Patch, "/payment-links/plink_1"));
            assert_eq!(body, Some(json!({"active": active})));
        }
        let posted = json!({"switch": "post", "paths": {"deactivate": "/links/{id}/close"}});
        let (method, path, body) = asked(&switch(false), posted.clone());
        assert_eq!((method, path.as_str(), body), (Method::Post, "/links/plink_1/close", None));
        assert!(build(&switch(true), &options(posted)).is_err());
    }

    #[test]
    fn what_is_our_reading_can_be_set() {
        let more = json!({
            "link_filter": "payment_link", "refund_reason": "duplicate",
            "paths": {"links": "/links", "link": "/links/{id}", "payments": "/p", "refunds": "/r"},
        });
        let at = |ask: &Ask| asked(ask, more.clone()).1;
        assert_eq!(at(&Ask::CreateLink(sale())), "/links");
        assert_eq!(at(&Ask::GetLink { link: id("a") }), "/links/a");
        assert_eq!(at(&Ask::ListPayments { link: id("a"), cursor: None }), "/p?payment_link=a&limit=100");
        let refund =
            Ask::Refund { payment: id("pay_1"), link: None, amount: None, reason: None, key: id("k") };
        let (_, path, body) = asked(&refund, more.clone());
        assert_eq!((path.as_str(), body), ("/r", Some(json!({"payment": "pay_1", "reason": "duplicate"}))));
    }

    #[test]
    fn refunds_name_amount_and_reason_and_carry_their_key() {
        let ask =
            |amount| Ask::Refund { payment: id("pay_1"), link: None, amount, reason: None, key: id("k.1") };
        let request = build(&ask(Some(money(250, "EUR"))), &options(json!({}))).expect("a request");
        assert_eq!(request.headers, [(IDEMPOTENCY.to_owned(), id("k.1"))]);
        let expected = r#"{"payment":"pay_1","amount":250,"reason":"requested_by_customer"}"#;
        assert_eq!(request.body.expect("a body").text, expected);
        assert!(build(&ask(Some(money(0, "EUR"))), &options(json!({}))).is_err());
        for (why, body) in [
            ("duplicate", r#"{"payment":"pay_1","reason":"duplicate"}"#),
            (
                "stale",
                r#"{"payment":"pay_1","reason":"requested_by_customer","metadata":{"reason":"stale"}}"#,
            ),
        ] {
            let reason = Some(why.to_owned());
            let ask = Ask::Refund { payment: id("pay_1"), link: None, amount: None, reason, key: id("k.1") };
            let request = build(&ask, &options(json!({}))).expect("a request");
            assert_eq!(request.body.expect("a body").text, body);
        }
    }

    #[test]
    fn odd_ids_and_keys_are_not_sent() {
        for odd in ["", "..", "a/b", "a?b=1", "a%2F", "é"] {
            for ask in [
                Ask::GetLink { link: id(odd) },
                Ask::SetActive { link: id(odd), active: false },
                Ask::UpdateLink { link: id(odd), change: Change::default() },
                Ask::ListPayments { link: id(odd), cursor: None },
                Ask::GetPayment { payment: id(odd) },
                Ask::Refund { payment: id(odd), link: None, amount: None, reason: None, key: id("k") },
                Ask::ListRefunds { payment: id(odd), cursor: None },
            ] {
                assert!(build(&ask, &options(json!({}))).is_err(), "{ask:?}");
            }
        }
        for key in [String::new(), "k".repeat(256)] {
            assert!(build(&Ask::CreateLink(LinkOrder { key, ..sale() }), &options(json!({}))).is_err());
        }
    }
}
