//! What to send to Yabetoo for each question. No credentials: these bytes may be journaled.

use super::NAME;
use super::REFUND_BY_HAND;
use super::body::Body;
use super::change;
use super::options::Options;
use super::order;
use super::page::Cursor;
use super::unsupported;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;
use crate::provider::form::Form;
use crate::provider::rest;

/// The most a list gives at once.
const PAGE: u32 = 100;

const KEY: &str = "Idempotency-Key";

pub fn build(ask: &Ask, options: &Options) -> Result<Request, Unsupported> {
    let links = &options.links_path;
    match ask {
        Ask::CreateLink(order) => {
            let body = order::body(order, options.units())?;
            let key = Some((KEY, order.key.as_str()));
            Ok(rest::send(Base::Main, Method::Post, links, Some(&body), key))
        }
        Ask::GetLink { link } => Ok(rest::get(Base::Main, &format!("{links}/{}", safe(link)?), "")),
        Ask::ListLinks { active, cursor } => {
            let query = Form::new().maybe("isActive", active.as_ref());
            Ok(rest::get(Base::Main, links, &page(query, cursor.as_deref())?))
        }
        Ask::UpdateLink { link, change } => put(links, link, &change::body(change, options.units())?),
        Ask::SetActive { link, active } => {
            let mut body = Body::default();
            body.set("isActive", active);
            put(links, link, &body)
        }
        Ask::ListPayments { link, cursor } => {
            let query = Form::new().field("paymentLink", safe(link)?);
            Ok(rest::get(Base::Payments, &options.intents_path, &page(query, cursor.as_deref())?))
        }
        Ask::GetPayment { payment } => {
            let path = format!("{}/{}", options.intents_path, safe(payment)?);
            Ok(rest::get(Base::Payments, &path, ""))
        }
        Ask::Refund { .. } | Ask::ListRefunds { .. } => Err(unsupported(REFUND_BY_HAND)),
        Ask::CreateLinkFrom { .. } => Err(unsupported("its links are made in one step")),
        Ask::OpenCheckouts { .. } | Ask::ExpireCheckout { .. } => {
            Err(unsupported("it lists no open checkouts; they end by themselves after about an hour"))
        }
        Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
            Err(unsupported("an account with a secret key is connected; see Yabetoo's dashboard"))
        }
    }
}

fn put(links: &str, link: &str, body: &Body) -> Result<Request, Unsupported> {
    Ok(rest::send(Base::Main, Method::Put, &format!("{links}/{}", safe(link)?), Some(body), None))
}

fn page(query: Form, cursor: Option<&str>) -> Result<String, Unsupported> {
    let cursor = Cursor::parse(cursor).ok_or_else(|| unsupported("this is no page of its lists"))?;
    Ok(query.field("limit", PAGE).field("page", cursor.page).encode())
}

fn safe(id: &str) -> Result<&str, Unsupported> {
    rest::safe(NAME, id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::REFERENCE;
    use super::super::subject::sale;
    use super::*;

    fn options() -> Options {
        serde_json::from_value(json!({"api_key": "sk_test_1"})).expect("good options")
    }

    fn asked(ask: &Ask) -> Request {
        build(ask, &options()).expect("a request")
    }

    #[test]
    fn a_sale_is_ordered_under_its_key_at_the_links_host() {
        let request = asked(&Ask::CreateLink(sale()));
        assert_eq!((request.base, request.method), (Base::Main, Method::Post));
        assert_eq!(request.path, "/v1/payment-links");
        assert_eq!(request.headers, [("Idempotency-Key".to_owned(), format!("{REFERENCE}.1"))]);
        let body = request.body.expect("a body");
        assert_eq!(body.content_type, "application/json");
        assert!(body.text.contains("\"maxRedemptions\":1"), "{}", body.text);
    }

    #[test]
    fn each_question_goes_to_its_host_and_path() {
        let link = || "plink_1".to_owned();
        for (ask, base, path) in [
            (Ask::GetLink { link: link() }, Base::Main, "/v1/payment-links/plink_1"),
            (
                Ask::ListLinks { active: Some(true), cursor: None },
                Base::Main,
                "/v1/payment-links?isActive=true&limit=100&page=1",
            ),
            (
                Ask::ListLinks { active: None, cursor: Some("3 plink_9".into()) },
                Base::Main,
                "/v1/payment-links?limit=100&page=3",
            ),
            (
                Ask::ListPayments { link: link(), cursor: Some("2 pi_1".into()) },
                Base::Payments,
                "/v1/payment-intents?paymentLink=plink_1&limit=100&page=2",
            ),
            (Ask::GetPayment { payment: "pi_1".into() }, Base::Payments, "/v1/payment-intents/pi_1"),
        ] {
            let request = asked(&ask);
            assert_eq!((request.base, request.path.as_str()), (base, path));
            assert_eq!((request.method, request.body), (Method::Get, None));
        }
    }

    #[test]
    fn an_update_sends_only_the_keys_that_change() {
        for (active, text) in [(false, r#"{"isActive":false}"#), (true, r#"{"isActive":true}"#)] {
            let request = asked(&Ask::SetActive { link: "plink_1".into(), active });
            assert_eq!((request.base, request.method), (Base::Main, Method::Put));
            assert_eq!(request.path, "/v1/payment-links/plink_1");
            assert_eq!(request.body.map(|body| body.text).as_deref(), Some(text));
        }
    }

    #[test]
    fn other_paths_can_be_configured() {
        let options = json!({"api_key": "sk_test_1", "links_path": "/v1/links", "intents_path": "/pay"});
        let options: Options = serde_json::from_value(options).expect("good options");
        let at = |ask: &Ask| build(ask, &options).expect("a request").path;
        assert_eq!(at(&Ask::GetLink { link: "plink_1".into() }), "/v1/links/plink_1");
        assert_eq!(at(&Ask::GetPayment { payment: "pi_1".into() }), "/pay/pi_1");
    }

    #[test]
    fn an_id_cannot_lead_to_another_path_and_a_cursor_not_to_another_query() {
        for id in ["", "..", "a/b", "a?b", "a%2Fb", "é"] {
            let id = || id.to_owned();
            for ask in [
                Ask::GetLink { link: id() },
                Ask::SetActive { link: id(), active: true },
                Ask::ListPayments { link: id(), cursor: None },
                Ask::GetPayment { payment: id() },
            ] {
                assert!(build(&ask, &options()).is_err(), "{ask:?}");
            }
        }
        let ask = Ask::ListLinks { active: None, cursor: Some("2&isActive=false".into()) };
        assert!(build(&ask, &options()).is_err());
    }

    #[test]
    fn refunds_are_refused_with_where_to_go() {
        let refund =
            Ask::Refund { payment: "pi_1".into(), link: None, amount: None, reason: None, key: "k".into() };
        let list = Ask::ListRefunds { payment: "pi_1".into(), cursor: None };
        for ask in [refund, list] {
            assert!(build(&ask, &options()).expect_err("by hand").advice.contains("dashboard"));
        }
    }
}
