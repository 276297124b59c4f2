//! What to send to storekit for each question. No credentials: these bytes may be journaled.

use super::IDEMPOTENCY;
use super::NAME;
use super::order;
use super::order::unsupported;
use super::paths;
use super::paths::Paths;
use super::wire::NewRefund;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;
use crate::provider::form::Form;
use crate::provider::rest;

/// The most a list is asked for at once. Our reading: storekit's own limit is not published.
const PAGE: u32 = 100;

/// Where and for whom links are made.
pub struct Store<'a> {
    pub paths: &'a Paths,
    pub venue: Option<u64>,
    pub currency: Option<Currency>,
}

impl Store<'_> {
    pub fn request(&self, ask: &Ask) -> Result<Request, Unsupported> {
        match ask {
            Ask::CreateLink(order) => {
                let body = order::body(order, self.venue, self.currency)?;
                let key = Some((IDEMPOTENCY, order.key.as_str()));
                Ok(rest::send(Base::Main, Method::Post, &self.paths.links, Some(&body), key))
            }
            Ask::GetLink { link } => {
                Ok(rest::get(Base::Main, &paths::of_link(&self.paths.link, safe(link)?), ""))
            }
            Ask::ListLinks { active, cursor } => Ok(self.list(*active, cursor.as_deref())),
            Ask::SetActive { link, active: false } => {
                let path = paths::of_link(&self.paths.deactivate, safe(link)?);
                Ok(rest::send(Base::Main, Method::Post, &path, None::<&()>, None))
            }
            Ask::SetActive { active: true, .. } => {
                Err(unsupported("a link that was deactivated stays so; make another one"))
            }
            Ask::ListPayments { link, cursor } => {
                let path = paths::of_link(&self.paths.payments, safe(link)?);
                Ok(rest::get(Base::Main, &path, &page(Form::new(), cursor.as_deref())))
            }
            Ask::Refund { reason: Some(_), .. } => Err(unsupported(
                "a refund there has no reason; give it back without one, and note the reason in your own books",
            )),
            Ask::Refund { payment, link: Some(link), amount, reason: None, key } => {
                self.refund(payment, link, *amount, key)
            }
            Ask::Refund { link: None, .. } => Err(unsupported(
                "it finds a payment only by its link; name the link, or refund in the dashboard under Payments",
            )),
            Ask::GetPayment { .. } => Err(unsupported("list the payments of its link")),
            Ask::ListRefunds { .. } => {
                Err(unsupported("its payments say how much was given back; list those of the link"))
            }
            Ask::CreateLinkFrom { .. } => Err(unsupported("its links are made at once, from nothing else")),
            Ask::UpdateLink { .. } => Err(unsupported("deactivate the link and make another one")),
            Ask::OpenCheckouts { .. } | Ask::ExpireCheckout { .. } => {
                Err(unsupported("its checkouts cannot be seen; deactivate the link"))
            }
            Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => Err(unsupported(
                "activate payments in the dashboard under Store Settings > Payments > Activate Payments",
            )),
        }
    }

    /// Links that are not active are of two statuses, and one can be asked for: those are picked when the
    /// answer is read.
    fn list(&self, active: Option<bool>, cursor: Option<&str>) -> Request {
        let status = active.filter(|active| *active).map(|_| "active");
        let query = Form::new().maybe("venueId", self.venue).maybe("status", status);
        rest::get(Base::Main, &self.paths.links, &page(query, cursor))
    }

    fn refund(
        &self,
        payment: &str,
        link: &str,
        amount: Option<Money>,
        key: &str,
    ) -> Result<Request, Unsupported> {
        let path = paths::of_payment(&self.paths.refunds, safe(link)?, safe(payment)?);
        if let Some(money) = amount {
            order::in_currency(money.currency, self.currency)?;
        }
        let amount = amount.map(|money| order::positive(money.minor)).transpose()?;
        let body = NewRefund { amount };
        Ok(rest::send(Base::Main, Method::Post, &path, Some(&body), Some((IDEMPOTENCY, key))))
    }
}

fn safe(id: &str) -> Result<&str, Unsupported> {
    rest::safe(NAME, id)
}

fn page(query: Form, cursor: Option<&str>) -> String {
    query.maybe("cursor", cursor).field("limit", PAGE).encode()
}

#[cfg(test)]
mod tests {
    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::port::provider::Change;

    const LINK: &str = "plink_019dbc4d828174419d9ff9fae24aea7b";

    fn asked(ask: &Ask) -> Result<Request, Unsupported> {
        Store { paths: &Paths::default(), venue: Some(1234), currency: None }.request(ask)
    }

    fn link() -> String {
        LINK.to_owned()
    }

    #[test]
    fn each_question_has_its_path() {
        for (ask, method, path) in [
            (Ask::CreateLink(sale()), Method::Post, "/v1/payment-links".to_owned()),
            (Ask::GetLink { link: link() }, Method::Get, format!("/v1/payment-links/{LINK}")),
            (
                Ask::ListLinks { active: Some(true), cursor: Some("a b&".to_owned()) },
                Method::Get,
                "/v1/payment-links?venueId=1234&status=active&cursor=a%20b%26&limit=100".to_owned(),
            ),
            (
                Ask::ListLinks { active: Some(false), cursor: None },
                Method::Get,
                "/v1/payment-links?venueId=1234&limit=100".to_owned(),
            ),
            (
                Ask::SetActive { link: link(), active: false },
                Method::Post,
                format!("/v1/payment-links/{LINK}/deactivate"),
            ),
            (
                Ask::ListPayments { link: link(), cursor: None },
                Method::Get,
                format!("/v1/payment-links/{LINK}/transactions?limit=100"),
            ),
        ] {
            let request = asked(&ask).expect("a request");
            assert_eq!((request.method, request.path), (method, path), "{ask:?}");
        }
    }

    #[test]
    fn an_order_carries_its_key() {
        let request = asked(&Ask::CreateLink(sale())).expect("a request");
        assert_eq!(request.headers, [("Idempotency-Key".to_owned(), format!("{REFERENCE}.1"))]);
    }

    #[test]
    fn a_refund_needs_the_link_and_says_how_much() {
        let refund = |link: Option<&str>, amount| {
            asked(&Ask::Refund {
                payment: "pay_1".to_owned(),
                link: link.map(str::to_owned),
                amount,
                reason: None,
                key: "r.1".to_owned(),
            })
        };
        let part = refund(Some(LINK), Some(money(250, "GBP"))).expect("a request");
        assert_eq!(part.path, format!("/v1/payment-links/{LINK}/transactions/pay_1/refunds"));
        assert_eq!(part.body.expect("a body").text, r#"{"amount":250}"#);
        assert_eq!(part.headers, [("Idempotency-Key".to_owned(), "r.1".to_owned())]);
        assert_eq!(refund(Some(LINK), None).expect("a request").body.expect("a body").text, "{}");
        let no = refund(None, None).expect_err("no link");
        assert!(no.advice.contains("link"), "{no}");
        assert!(refund(Some(LINK), Some(money(0, "GBP"))).is_err());
        assert!(refund(Some("../x"), None).is_err());
    }

    #[test]
    fn what_it_has_no_endpoint_for_is_said() {
        let payment = || "pay_1".to_owned();
        for ask in [
            Ask::GetPayment { payment: payment() },
            Ask::ListRefunds { payment: payment(), cursor: None },
            Ask::UpdateLink { link: link(), change: Change::default() },
            Ask::SetActive { link: link(), active: true },
            Ask::OpenCheckouts { link: link(), cursor: None },
            Ask::ExpireCheckout { checkout: payment() },
            Ask::CreateLinkFrom { order: sale(), part: payment() },
            Ask::Connection,
            Ask::PaymentMethods,
        ] {
            assert!(asked(&ask).is_err_and(|no| !no.advice.is_empty()), "{ask:?}");
        }
    }

    #[test]
    fn an_id_cannot_lead_to_another_path() {
        for id in ["", "..", "a/b", "a?b", "a%2Fb", "é", "{paymentId}"] {
            let id = || id.to_owned();
            assert!(asked(&Ask::GetLink { link: id() }).is_err(), "{}", id());
            assert!(asked(&Ask::SetActive { link: id(), active: false }).is_err(), "{}", id());
            assert!(asked(&Ask::ListPayments { link: id(), cursor: None }).is_err(), "{}", id());
            let refund = Ask::Refund {
                payment: id(),
                link: Some(link()),
                amount: None,
                reason: None,
                key: "k".to_owned(),
            };
            assert!(asked(&refund).is_err(), "{}", id());
        }
    }

    #[test]
    fn configured_paths_are_the_ones_used() {
        let paths = Paths { payments: "/api/{id}/payments".to_owned(), ..Paths::default() };
        let store = Store { paths: &paths, venue: None, currency: None };
        let request = store.request(&Ask::ListPayments { link: link(), cursor: None }).expect("a request");
        assert_eq!(request.path, format!("/api/{LINK}/payments?limit=100"));
    }
}
