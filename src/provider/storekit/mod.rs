//! storekit: payment links of a hospitality platform, and webhooks that Svix delivers. The webhooks' scheme
//! is documented; for its REST API only the fields of a link are, so hosts and paths are options, and what
//! stands on the wire is our reading of its guide. News is therefore always confirmed by asking.

mod order;
mod paths;
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

use serde::Deserialize;

use self::paths::Paths;
use self::payment::Reading;
use super::BadOptions;
use super::Configured;
use super::Entry;
use super::owner::Owner;
use crate::core::money::Currency;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::BaseUrls;
use crate::port::provider::Capabilities;
use crate::port::provider::Carrier;
use crate::port::provider::Confirm;
use crate::port::provider::CustomerField;
use crate::port::provider::Expiry;
use crate::port::provider::Idempotency;
use crate::port::provider::News;
use crate::port::provider::OpenAmount;
use crate::port::provider::Provider;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refunds;
use crate::port::provider::Refusal;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Strategy;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;

pub const NAME: &str = "storekit";

/// Without options a webhook is judged as one of a test store.
pub(super) const ENTRY: Entry = Entry {
    name: NAME,
    capabilities: &CAPABILITIES,
    build,
    verify: |hook, secrets, now_unix_s| {
        let owner = Owner { provider: NAME, account: "", mode: Mode::Test };
        webhook::verify(hook, secrets, now_unix_s, Reading { owner, currency: None })
    },
    #[cfg(test)]
    subject: subject::subject,
};

/// Sent with every order. Whether storekit obeys it is unknown, so it has no life: after doubt a link is
/// looked for by its reference before it is ordered again.
const IDEMPOTENCY: &str = "Idempotency-Key";

static CAPABILITIES: Capabilities = Capabilities {
    strategies: &[Strategy::OneOff],
    purposes: &[],
    open_amount: Some(OpenAmount { bounds: true, preset: false, suggestions: false }),
    lines: None,
    max_payments: true,
    expiry: Expiry::Ordered,
    reference: Carrier::Field,
    customer_fields: &[
        CustomerField::BusinessName,
        CustomerField::Name,
        CustomerField::Email,
        CustomerField::Phone,
    ],
    redirect: true,
    thanks: true,
    update: false,
    deactivate: true,
    reactivate: false,
    open_checkouts: false,
    list_payments: true,
    // Only paid transactions are described.
    list_unpaid: false,
    refunds: Refunds::Api { partial: true },
    // docs.storekit.com/developers/webhooks/overview
    acknowledge_within: Duration::from_secs(15),
    confirm: Confirm::Always,
    idempotency: Some(Idempotency { header: IDEMPOTENCY, life: None }),
    options: &[],
    minimum: |_| 1,
    maximum: |_| 99_999_999,
    sample_url: "https://pay.storekit.com/payment-links/plink_019dbc4d828174419d9ff9fae24aea7b",
};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Where the API is. storekit's public pages do not say, so there is no default.
    base_url: Option<String>,
    api_key: Secret,
    /// Names the account where several are in use; part of a payment's key.
    #[serde(default)]
    account: String,
    /// Neither keys nor answers are known to say whether money moves, so the shop says it here.
    #[serde(default = "mode")]
    mode: Mode,
    /// The store's currency: links are always in it. Needed where the API's answers do not name one.
    currency: Option<Currency>,
    /// The number of the venue that links are made for and listed of; storekit's own choice if absent.
    venue: Option<u64>,
    #[serde(default)]
    paths: Paths,
}

fn mode() -> Mode {
    Mode::Test
}

fn build(options: serde_json::Value) -> Result<Configured, BadOptions> {
    let options: Options = super::read_options(options)?;
    let bad = |field: &str, reason: &str| BadOptions { field: field.to_owned(), reason: reason.to_owned() };
    let base_url = options.base_url.as_deref().filter(|url| !url.is_empty()).ok_or_else(|| {
        bad("base_url", "storekit's public pages give no address of its API; write the one storekit gave you")
    })?;
    options.paths.check()?;
    Ok(Configured { base_urls: BaseUrls::one(base_url), provider: Box::new(Storekit { options }) })
}

#[derive(Debug)]
struct Storekit {
    options: Options,
}

impl Storekit {
    fn reading(&self) -> Reading<'_> {
        let Options { account, mode, currency, .. } = &self.options;
        Reading { owner: Owner { provider: NAME, account, mode: *mode }, currency: *currency }
    }
}

impl Provider for Storekit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn account(&self) -> &str {
        &self.options.account
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn request(&self, ask: &Ask) -> Result<Request, Unsupported> {
        let Options { paths, venue, currency, .. } = &self.options;
        request::Store { paths, venue: *venue, currency: *currency }.request(ask)
    }

    fn credentials(&self, _access: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        vec![("Authorization", Secret::new(format!("Bearer {}", self.options.api_key.reveal())))]
    }

    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble> {
        read::answer(ask, response, self.reading())
    }

    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal> {
        webhook::verify(hook, secrets, now_unix_s, self.reading())
    }

    fn check_secret(&self, secret: &Secret) -> Result<(), Refusal> {
        webhook::key(secret).map(|_| ())
    }

    /// A payment cannot be asked for by itself, so its link's payments are listed.
    fn confirm(&self, news: &News) -> Option<Ask> {
        news.link.clone().map(|link| Ask::ListPayments { link, cursor: None })
    }
}
