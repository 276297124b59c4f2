//! What to send to Qonto for each question. No credentials: these bytes may be journaled.

use super::NAME;
use super::Options;
use super::REFUND_ADVICE;
use super::key;
use super::order;
use super::unsupported;
use super::wire::NewConnection;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::Body;
use crate::port::provider::ConnectOrder;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;
use crate::provider::form::Form;
use crate::provider::rest;

const LINKS: &str = "/v2/payment_links";
pub const CONNECTIONS: &str = "/v2/payment_links/connections";

/// The most a list gives at once.
const PAGE: u32 = 100;
/// Mollie wants to know what a business does.
const DESCRIPTION_LEAST: usize = 80;

const NO_PAYMENT: &str = "it has no question about one payment; list those of the link";

pub fn build(ask: &Ask, options: &Options) -> Result<Request, Unsupported> {
    match ask {
        Ask::CreateLink(order) => {
            Ok(write(Method::Post, LINKS, Some(order::body(order, options)?), &order.key))
        }
        Ask::GetLink { link } => Ok(rest::get(Base::Main, &path(link, "")?, "")),
        Ask::ListLinks { active, cursor } => {
            let form = statuses(*active)
                .iter()
                .fold(page(cursor.as_ref())?, |form, word| form.field("status[]", word));
            Ok(rest::get(Base::Main, LINKS, &form.encode()))
        }
        Ask::SetActive { link, active: false } => {
            Ok(write(Method::Patch, &path(link, "/deactivate")?, None, &format!("{link}.deactivate")))
        }
        Ask::ListPayments { link, cursor } => {
            let form = page(cursor.as_ref())?.field("sort_by", "creation_date:desc");
            Ok(rest::get(Base::Main, &path(link, "/payments")?, &form.encode()))
        }
        Ask::Connection => Ok(rest::get(Base::Main, CONNECTIONS, "")),
        Ask::Connect(order) => connect(order),
        Ask::PaymentMethods => Ok(rest::get(Base::Main, &format!("{LINKS}/payment_methods"), "")),
        Ask::SetActive { active: true, .. } => Err(unsupported("make a new link; one that is off stays off")),
        Ask::UpdateLink { .. } => {
            Err(unsupported("its links cannot be changed; switch it off and make a new one"))
        }
        Ask::GetPayment { .. } => Err(unsupported(NO_PAYMENT)),
        Ask::Refund { .. } | Ask::ListRefunds { .. } => Err(unsupported(REFUND_ADVICE)),
        Ask::CreateLinkFrom { .. } | Ask::OpenCheckouts { .. } | Ask::ExpireCheckout { .. } => {
            Err(unsupported("it shows no visits to its page; switching the link off is all there is"))
        }
    }
}

/// A reusable link may show `paid` and still be open: `read` decides about each one.
fn statuses(active: Option<bool>) -> &'static [&'static str] {
    match active {
        None => &[],
        Some(true) => &["open", "processing", "paid"],
        Some(false) => &["paid", "expired", "canceled"],
    }
}

fn connect(order: &ConnectOrder) -> Result<Request, Unsupported> {
    let phone = order.phone.strip_prefix('+').unwrap_or_default();
    let advice = if !(7..=15).contains(&phone.len()) || !phone.bytes().all(|digit| digit.is_ascii_digit()) {
        "write the phone number with + and the country's code, such as +33612345678"
    } else if order.business.trim().chars().count() < DESCRIPTION_LEAST {
        "say in at least 80 characters what the business does"
    } else if order.website.as_ref().is_some_and(|url| !order::is_web(url) || url.contains('@')) {
        "the website is an http or https address without @"
    } else if !order::is_web(&order.return_url) || !rest::is_safe(&order.bank_account) {
        "name an https address to come back to and the bank account's id at Qonto"
    } else {
        let body = NewConnection {
            partner_callback_url: &order.return_url,
            user_bank_account_id: &order.bank_account,
            user_phone_number: &order.phone,
            business_description: order.business.trim(),
            user_website_url: order.website.as_deref(),
        };
        let text = serde_json::to_string(&body).expect("an adapter's own bodies are always JSON");
        let key = format!("connect {text}");
        return Ok(write(Method::Post, CONNECTIONS, Some(text), &key));
    };
    Err(unsupported(advice))
}

/// Every write has a key: which endpoints want one is not said everywhere (our reading).
fn write(method: Method, path: &str, text: Option<String>, key: &str) -> Request {
    Request {
        base: Base::Main,
        method,
        path: path.to_owned(),
        headers: vec![(key::HEADER.to_owned(), key::uuid(key))],
        body: text.map(|text| Body { content_type: "application/json".to_owned(), text }),
    }
}

fn path(link: &str, rest: &str) -> Result<String, Unsupported> {
    Ok(format!("{LINKS}/{}{rest}", rest::safe(NAME, link)?))
}

/// The cursor is the page's number; the first is 1.
fn page(cursor: Option<&String>) -> Result<Form, Unsupported> {
    let number = cursor.map_or(Some(1), |text| text.parse::<u32>().ok().filter(|number| *number > 0));
    let number = number.ok_or(unsupported("its pages have numbers; this is none"))?;
    Ok(Form::new().field("page", number).field("per_page", PAGE))
}

#[cfg(test)]
mod tests {
    use super::super::subject::options;
    use super::super::subject::sale;
    use super::*;
    use crate::port::provider::Change;

    fn asked(ask: &Ask) -> Result<Request, Unsupported> {
        build(ask, &serde_json::from_value(options()).expect("options"))
    }

    fn path_of(ask: &Ask) -> (Method, String) {
        let request = asked(ask).expect("a request");
        (request.method, request.path)
    }

    const LINK: &str = "0199e1de-4fa1-7324-9aed-0b0f6a65243e";

    fn link() -> String {
        LINK.to_owned()
    }

    #[test]
    fn each_question_goes_to_its_path() {
        for (ask, method, path) in [
            (Ask::CreateLink(sale()), Method::Post, "/v2/payment_links".to_owned()),
            (Ask::GetLink { link: link() }, Method::Get, format!("/v2/payment_links/{LINK}")),
            (
                Ask::ListLinks { active: None, cursor: None },
                Method::Get,
                "/v2/payment_links?page=1&per_page=100".to_owned(),
            ),
            (
                Ask::ListLinks { active: Some(false), cursor: Some("7".into()) },
                Method::Get,
                "/v2/payment_links?page=7&per_page=100&status%5B%5D=paid&status%5B%5D=expired&\
                 status%5B%5D=canceled"
                    .to_owned(),
            ),
            (
                Ask::SetActive { link: link(), active: false },
                Method::Patch,
                format!("/v2/payment_links/{LINK}/deactivate"),
            ),
            (
                Ask::ListPayments { link: link(), cursor: Some("2".into()) },
                Method::Get,
                format!("/v2/payment_links/{LINK}/payments?page=2&per_page=100&sort_by=creation_date%3Adesc"),
            ),
            (Ask::Connection, Method::Get, "/v2/payment_links/connections".to_owned()),
            (Ask::PaymentMethods, Method::Get, "/v2/payment_links/payment_methods".to_owned()),
        ] {
            assert_eq!(path_of(&ask), (method, path), "{ask:?}");
        }
    }

    #[test]
    fn every_write_has_a_key_and_no_reading_has() {
        let key = |ask: &Ask| asked(ask).expect("a request").headers;
        assert_eq!(key(&Ask::GetLink { link: link() }), []);
        let sale_key = key(&Ask::CreateLink(sale()));
        assert_eq!(sale_key, [(key::HEADER.to_owned(), key::uuid(&sale().key))]);
        let off = key(&Ask::SetActive { link: link(), active: false });
        assert_eq!(off.len(), 1);
        assert_ne!(off, sale_key);
    }

    fn merchant() -> ConnectOrder {
        ConnectOrder {
            return_url: "https://shop.example/back".into(),
            bank_account: "018f71db-c635-78b5-b90a-ea05de98c2bf".into(),
            phone: "+33612345678".into(),
            business: "A bakery with one counter that sells bread, cakes and coffee to whoever comes in."
                .into(),
            website: None,
        }
    }

    #[test]
    fn a_merchant_is_connected_with_the_documented_body() {
        let request = asked(&Ask::Connect(merchant())).expect("a request");
        let sent: serde_json::Value =
            serde_json::from_str(&request.body.expect("a body").text).expect("JSON");
        let fixture = include_str!("../../../tests/fixtures/qonto/connect.json");
        assert_eq!(sent, serde_json::from_str::<serde_json::Value>(fixture).expect("JSON"));
        for wrong in [
            ConnectOrder { phone: "0612345678".into(), ..merchant() },
            ConnectOrder { phone: "+33 6".into(), ..merchant() },
            ConnectOrder { business: "A bakery.".into(), ..merchant() },
            ConnectOrder { website: Some("https://me@shop.example".into()), ..merchant() },
            ConnectOrder { website: Some("shop.example".into()), ..merchant() },
            ConnectOrder { return_url: "back".into(), ..merchant() },
            ConnectOrder { bank_account: "../x".into(), ..merchant() },
        ] {
            assert!(asked(&Ask::Connect(wrong.clone())).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn ids_and_cursors_cannot_lead_to_another_path() {
        for id in ["", "..", "a/b", "a?b", "a%2Fb", "é"] {
            let id = || id.to_owned();
            assert!(asked(&Ask::GetLink { link: id() }).is_err());
            assert!(asked(&Ask::SetActive { link: id(), active: false }).is_err());
            assert!(asked(&Ask::ListPayments { link: id(), cursor: None }).is_err());
            assert!(asked(&Ask::ListPayments { link: link(), cursor: Some(id()) }).is_err());
        }
        assert!(asked(&Ask::ListLinks { active: None, cursor: Some("0".into()) }).is_err());
    }

    #[test]
    fn what_it_has_no_question_for_is_said_with_advice() {
        for ask in [
            Ask::GetPayment { payment: "p".into() },
            Ask::Refund {
                payment: "p".into(),
                link: Some(link()),
                amount: None,
                reason: None,
                key: "k".into(),
            },
            Ask::ListRefunds { payment: "p".into(), cursor: None },
            Ask::SetActive { link: link(), active: true },
            Ask::UpdateLink { link: link(), change: Change::default() },
            Ask::OpenCheckouts { link: link(), cursor: None },
            Ask::ExpireCheckout { checkout: "c".into() },
        ] {
            assert!(asked(&ask).is_err_and(|no| !no.advice.is_empty()), "{ask:?}");
        }
    }
}
