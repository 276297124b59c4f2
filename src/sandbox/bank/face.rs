//! The systems in whose words the bank speaks. One model lies underneath; a face is everything in which a
//! system differs, and nothing else in here knows one from another.
//!
//! A new face is a folder, a variant of `Face` and a line in `faces!`.

use serde_json::Map;
use serde_json::Value;

use crate::core::money::Currency;
use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Quota;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::Event;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::outbox::Parcel;
use crate::sandbox::bank::outcome::Outcome;
use crate::sandbox::bank::qonto;
use crate::sandbox::bank::retries::Retries;
use crate::sandbox::bank::storekit;
use crate::sandbox::bank::stripe;
use crate::sandbox::bank::vinr;
use crate::sandbox::bank::world::World;
use crate::sandbox::bank::yabetoo;

/// Random bytes from which keys and secrets are made.
pub type Chance = [u8; 24];

macro_rules! faces {
    ($($face:ident => $dialect:expr,)+) => {
        impl Face {
            pub const ALL: &'static [Self] = &[$(Self::$face),+];

            #[must_use]
            pub(super) fn dialect(self) -> &'static dyn Dialect {
                match self {
                    $(Self::$face => &$dialect,)+
                }
            }
        }
    };
}

faces! {
    Stripe => stripe::Stripe,
    Vinr => vinr::Vinr,
    Storekit => storekit::Storekit,
    Yabetoo => yabetoo::Yabetoo,
    Qonto => qonto::Qonto,
}

impl Face {
    /// The face of this name, as it stands in URLs.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|face| face.dialect().name() == name)
    }
}

/// One system's manner. Pure: what it needs to know comes in, and `api`, `delivery` and `checkout` carry
/// what it says.
pub trait Dialect: Sync {
    /// As in URLs, `/bank/<name>/…`, and as the relay calls the system.
    fn name(&self) -> &'static str;

    fn fresh_api_key(&self, chance: &Chance) -> String;

    /// The secret of a webhook endpoint, as a merchant would copy it.
    fn fresh_secret(&self, chance: &Chance) -> String;

    /// What a relay's `[provider.options]` needs for this face besides `base_url` and `api_key`.
    fn options(&self, _base_url: &str) -> Map<String, Value> {
        Map::new()
    }

    /// How this system writes the ids that the bank gives out by itself.
    fn id(&self, thing: Thing) -> Manner;

    /// Does what one API call asks: authentication, idempotency, format, paging and errors are all the
    /// system's own.
    fn answer(&self, desk: &mut Desk<'_>, request: &Request) -> Answer;

    /// The answer of a system that will not serve this call now: 429, 500 or 503.
    fn refusal(&self, status: u16, request: &Request, quota: Option<Quota>) -> Answer;

    /// What the system calls this in its webhooks. `None` where it tells nobody: then nothing is recorded
    /// and nothing is owed. `subject` is what it concerned, as it is at that moment.
    fn word(&self, kind: EventKind, subject: &Subject) -> Option<&'static str>;

    /// The body of the webhook. It is made anew for each attempt.
    fn webhook_body(&self, news: &News<'_>) -> String;

    /// The headers of the webhook, signed for the moment at which it leaves.
    fn webhook_headers(&self, parcel: &Parcel, now_ms: i64) -> Vec<(&'static str, String)>;

    fn retries(&self) -> Retries;

    /// How long an endpoint may take to acknowledge.
    fn acknowledge_ms(&self) -> u64;

    /// What the hosted page lets the customer choose, the likeliest first.
    fn choices(&self) -> &'static [Choice];

    /// What the account offers where a link does not say.
    fn methods(&self) -> &'static [&'static str];

    /// What the query of a page's URL means. Most systems read nothing there.
    fn visitor(&self, _query: &mut Form, _currency: Currency) -> Visitor {
        Visitor::default()
    }

    /// Whether a payment that fails is over. Where it is not, it waits for another attempt.
    fn failure_is_final(&self) -> bool {
        true
    }

    /// Whether a customer who opens the page has a payment at once, and not only with the first attempt. One
    /// that is never made then lapses with the page.
    fn begins_on_visit(&self) -> bool {
        false
    }

    /// Whether a delayed payment takes one of its link's places when it is sent, and not only when the
    /// money is there.
    fn counts_when_sent(&self) -> bool {
        false
    }
}

/// What the bank makes ids for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Checkout,
    Payment,
    /// One try to take the money.
    Attempt,
    Refund,
    Event,
    Endpoint,
    /// An API call, as it is named in logs.
    Request,
}

/// One way to leave the hosted page's form.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The form's `outcome`.
    pub value: &'static str,
    pub label: &'static str,
    /// Absent: nothing happens.
    pub outcome: Option<Outcome>,
}

/// What a page's URL says about the customer who opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    /// The merchant's own reference.
    pub reference: Option<String>,
    /// A proposed amount in minor units.
    pub prefill: Option<i64>,
}

/// One event for a webhook: the snapshot in `event`, and beside it how things are now.
pub struct News<'a> {
    /// What `Dialect::word` said.
    pub word: &'static str,
    pub event: &'a Event,
    /// What it is about came over this link; absent where it is about the merchant.
    pub link: Option<&'a Link>,
    pub world: &'a World,
    /// Where the hosted pages stand, without a slash at the end.
    pub public_url: &'a str,
    /// Endpoints that have not acknowledged this event yet.
    pub pending: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_is_found_by_its_name_and_offers_a_way_to_pay() {
        for face in Face::ALL {
            let dialect = face.dialect();
            assert_eq!(Face::named(dialect.name()), Some(*face));
            assert_eq!(dialect.choices()[0].value, "paid");
            assert_ne!(dialect.fresh_secret(&[1; 24]), dialect.fresh_secret(&[2; 24]));
            assert_ne!(dialect.fresh_api_key(&[1; 24]), dialect.fresh_api_key(&[2; 24]));
        }
        assert_eq!(Face::named("nobody"), None);
    }
}
