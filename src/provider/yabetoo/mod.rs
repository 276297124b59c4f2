//! Yabetoo Pay: payment links on one host, the payment intents that came of them on another, signed events.
//! Amounts are numbers in major units, read and written without floats; a sale's reference travels in the
//! link's metadata.
//!
//! Sources: docs.yabetoopay.com and the repository behind it, `github.com/yabetoo/docs`, as of autumn 2026.
//! Its versions contradict each other; where we had to choose, the comment says "our reading", and what may
//! turn out otherwise is an option.
//!
//! **One payment, one id.** A payment's id is that of its intent, `pi_…`. `intent.completed` tells it;
//! `payment_link.checkout.completed`, which tells of the same money, names a checkout session, an order and
//! the link, and no intent. Neither the session nor the order can be asked for an intent, so news of a
//! checkout carries no payment of ours at all: it carries the link, `confirm` asks for that link's payments,
//! and what is listed has the intents' ids. So both events lead to one `PaymentKey`.
//!
//! **Whose payment.** Whether an intent names the link it came over is documented nowhere, nor that the list of
//! intents obeys its `paymentLink=`. If it did neither, every payment of the account would be the sale's whose
//! link was asked about. So an intent is a link's only if it names that link, and a sale's only if it carries
//! its reference. One with neither makes the list `Unsure`, whatever its age, since a question does not say
//! how old its link is: the sale stays open, or unknown at the counter, until a person decides. It is not
//! PAID with a stranger's money and not EXPIRED with the customer's. Where the list is known to obey, the
//! option `trust_link_filter` says so.

mod amount;
mod body;
mod change;
mod event;
mod link;
mod options;
mod order;
mod page;
mod payment;
mod read;
mod request;
mod status;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod tests;
mod trouble;
mod webhook;
mod wire;

use std::time::Duration;

use self::amount::Units;
use self::options::Options;
use self::payment::Reading;
use super::BadOptions;
use super::Configured;
use super::Entry;
use super::owner::Owner;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Capabilities;
use crate::port::provider::Carrier;
use crate::port::provider::Confirm;
use crate::port::provider::CustomerField;
use crate::port::provider::Expiry;
use crate::port::provider::Idempotency;
use crate::port::provider::News;
use crate::port::provider::OpenAmount;
use crate::port::provider::Provider;
use crate::port::provider::Purpose;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refunds;
use crate::port::provider::Refusal;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Strategy;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;

pub const NAME: &str = "yabetoo";

pub(super) const ENTRY: Entry = Entry {
    name: NAME,
    capabilities: &CAPABILITIES,
    build,
    verify: |hook, secrets, now_unix_s| {
        // Events do not say whether money moved; the key does, and there is none here.
        let owner = Owner { provider: NAME, account: "", mode: Mode::Test };
        webhook::verify(hook, secrets, now_unix_s, Reading { owner, units: Units::WHOLE_ONLY })
    },
    #[cfg(test)]
    subject: subject::subject,
};

/// The metadata key under which a sale's reference travels.
const REFERENCE: &str = "reference";

/// The refund API is not documented; the FAQ sends merchants to the support, a plugin's page to the
/// dashboard.
const REFUND_BY_HAND: &str =
    "its API orders no refunds; give the money back in Yabetoo's dashboard, or ask its support to";

static CAPABILITIES: Capabilities = Capabilities {
    // The payment page reads no query parameter (`payment-link/share`), so a sale needs a link of its own.
    strategies: &[Strategy::OneOff],
    purposes: &[Purpose::Product, Purpose::Subscription],
    open_amount: Some(OpenAmount { bounds: true, preset: false, suggestions: true }),
    // Its items are priced in its catalogue and cannot be given an amount of ours.
    lines: None,
    max_payments: true,
    expiry: Expiry::Ordered,
    reference: Carrier::Metadata,
    customer_fields: &[CustomerField::BillingAddress, CustomerField::ShippingAddress],
    redirect: true,
    thanks: false,
    update: true,
    deactivate: true,
    // Our reading: `isActive` is one of the keys that an update changes, either way.
    reactivate: true,
    open_checkouts: false,
    list_payments: true,
    list_unpaid: true,
    refunds: Refunds::Manual { advice: REFUND_BY_HAND },
    acknowledge_within: Duration::from_secs(5),
    confirm: Confirm::Always,
    // How long a key lives is said nowhere, nor that it counts when a link is made.
    idempotency: Some(Idempotency { header: "Idempotency-Key", life: None }),
    options: order::OPTIONS,
    minimum: amount::minimum,
    maximum: amount::maximum,
    sample_url: "https://pay.yabetoo.com/p/plink_C45oQ8rTb2nW6xKdYh3mZs9vLp1aGf7uEjNc",
};

fn build(options: serde_json::Value) -> Result<Configured, BadOptions> {
    let options: Options = super::read_options(options)?;
    let mode = options.mode()?;
    options.check()?;
    Ok(Configured { base_urls: options.base_urls(mode), provider: Box::new(Yabetoo { mode, options }) })
}

#[derive(Debug)]
struct Yabetoo {
    mode: Mode,
    options: Options,
}

impl Yabetoo {
    fn reading(&self) -> Reading<'_> {
        let owner = Owner { provider: NAME, account: &self.options.account, mode: self.mode };
        Reading { owner, units: self.options.units() }
    }
}

impl Provider for Yabetoo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn account(&self) -> &str {
        &self.options.account
    }

    fn request(&self, ask: &Ask) -> Result<Request, Unsupported> {
        request::build(ask, &self.options)
    }

    fn credentials(&self, _access: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        vec![("Authorization", Secret::new(format!("Bearer {}", self.options.api_key.reveal())))]
    }

    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble> {
        read::answer(ask, response, self.reading(), self.options.trust_link_filter)
    }

    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal> {
        webhook::verify(hook, secrets, now_unix_s, self.reading())
    }

    /// The link's list before the intent itself: an intent need not name its link, and then the list is the only
    /// answer that says so.
    fn confirm(&self, news: &News) -> Option<Ask> {
        match (&news.link, &news.payment) {
            (Some(link), _) => Some(Ask::ListPayments { link: link.clone(), cursor: None }),
            (None, Some(payment)) => Some(Ask::GetPayment { payment: payment.key.id.clone() }),
            (None, None) => None,
        }
    }
}

fn unsupported(advice: &'static str) -> Unsupported {
    Unsupported { provider: NAME, advice }
}
