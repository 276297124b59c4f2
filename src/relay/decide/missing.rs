//! What memory has let go and an event needs again: the loop reads it from the journal first.

use super::Relay;
use super::errand::Errand;
use super::event::Event;
use crate::core::message::Request;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::port::provider::Answer;
use crate::port::provider::Payment;

/// Something that the journal may have and memory has let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    Sale(Reference),
    Payment(PaymentKey),
    /// The sale that had this link to itself.
    Link {
        system: String,
        link: String,
    },
}

impl Relay {
    /// What has to be recalled before this event is handled: sales and payments that are not in memory.
    #[must_use]
    pub fn unknown(&self, event: &Event) -> Vec<Missing> {
        match event {
            Event::Request { request: Request::Open(open), .. } => self.missing_sale(Some(&open.reference)),
            Event::Request { request: Request::Cancel(cancel), .. } => {
                self.missing_sale(Some(&cancel.reference))
            }
            // All that is known of the payment, so that nothing is given back twice.
            Event::Request { request: Request::Refund(refund), .. } if !self.refunds.knows(&refund.id) => {
                let payment = Missing::Payment(refund.payment.clone());
                self.missing_sale(refund.reference.as_ref()).into_iter().chain([payment]).collect()
            }
            Event::News { system, news, .. } => {
                let told = self.told_payment(system, news);
                let known = told.as_ref().and_then(|key| self.payments.get(key)).or(news.payment.as_ref());
                let mut missing: Vec<_> =
                    known.into_iter().flat_map(|payment| self.missing(payment)).collect();
                missing.extend(told.and_then(|key| self.missing_payment(&key)));
                missing.extend(news.link.as_ref().and_then(|link| self.missing_link(system, link)));
                missing
            }
            Event::Answered { ticket, response: Some(response) } => {
                let Some(call) = self.calls.get(ticket) else { return Vec::new() };
                if let Errand::Refund(id) = &call.errand {
                    return self.missing_of_refund(id);
                }
                match self.provider(call.system).map(|provider| provider.read(&call.ask, response)) {
                    Some(Ok(Answer::Payment(payment))) => self.missing(&payment),
                    Some(Ok(Answer::Payments(page))) => {
                        page.items.iter().flat_map(|payment| self.missing(payment)).collect()
                    }
                    Some(Ok(_) | Err(_)) | None => Vec::new(),
                }
            }
            Event::Request {
                request: Request::Sync(_) | Request::Receipt(_) | Request::Refund(_), ..
            }
            | Event::Answered { response: None, .. }
            | Event::Hint { .. }
            | Event::Up
            | Event::Down
            | Event::Recalled { .. } => Vec::new(),
        }
    }

    fn missing_of_refund(&self, id: &str) -> Vec<Missing> {
        let Some((reference, payment)) = self.refunds.about(id) else { return Vec::new() };
        let mut missing = self.missing_sale(reference.as_ref());
        missing.extend(self.missing_payment(&payment));
        missing
    }

    fn missing(&self, payment: &Payment) -> Vec<Missing> {
        let reference = payment.reference.as_ref().and_then(|text| text.parse().ok());
        let mut missing = self.missing_sale(reference.as_ref());
        missing.extend(self.missing_payment(&payment.key));
        if reference.is_none() {
            let link = payment.link.as_ref();
            missing.extend(link.and_then(|link| self.missing_link(&payment.key.provider, link)));
        }
        missing
    }

    fn missing_link(&self, system: &str, link: &str) -> Option<Missing> {
        let missing = !self.is_our_link(system, link);
        missing.then(|| Missing::Link { system: system.to_owned(), link: link.to_owned() })
    }

    fn missing_sale(&self, reference: Option<&Reference>) -> Vec<Missing> {
        let missing = reference.filter(|reference| !self.sales.contains_key(reference));
        missing.into_iter().cloned().map(Missing::Sale).collect()
    }

    fn missing_payment(&self, key: &PaymentKey) -> Option<Missing> {
        (!self.payments.contains_key(key)).then(|| Missing::Payment(key.clone()))
    }
}
