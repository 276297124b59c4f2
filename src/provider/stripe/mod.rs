//! Stripe: payment links for sales and counters, checkout sessions for what became of them, signed events.
//! Amounts are integers in Stripe's own unit; the per-sale reference travels as metadata.

mod amount;
mod back;
mod change;
mod event;
mod fields;
mod link;
mod order;
mod page;
mod parameters;
mod payment;
mod read;
mod request;
mod status;
#[cfg(test)]
mod subject;
mod terms;
mod trouble;
mod webhook;
mod wire;

use std::time::Duration;

use serde::Deserialize;

use super::BadOptions;
use super::Configured;
use super::Entry;
use super::mode;
use super::owner::Owner;
use crate::core::money::Money;
use crate::core::payment::Mode;
use crate::core::reference::Reference;
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
use crate::port::provider::Lines;
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

pub const NAME: &str = "stripe";

pub(super) const ENTRY: Entry = Entry {
    name: NAME,
    capabilities: &CAPABILITIES,
    build,
    verify: |hook, secrets, now_unix_s| webhook::verify(hook, secrets, now_unix_s, ""),
    #[cfg(test)]
    subject: subject::subject,
};

/// Pinned: another version may answer in other shapes.
const VERSION: &str = "2026-10-28.endive";

/// The metadata key under which a sale's reference travels.
const REFERENCE: &str = "reference";

static CAPABILITIES: Capabilities = Capabilities {
    strategies: &[Strategy::OneOff, Strategy::Reference],
    purposes: &[Purpose::Product, Purpose::Subscription],
    open_amount: Some(OpenAmount { bounds: true, preset: true, suggestions: false }),
    // A tax rate of its own is nothing that a link can say.
    lines: Some(Lines { vat: false }),
    max_payments: true,
    expiry: Expiry::Never,
    reference: Carrier::Metadata,
    customer_fields: &[
        CustomerField::BusinessName,
        CustomerField::Name,
        CustomerField::Email,
        CustomerField::Phone,
        CustomerField::BillingAddress,
        CustomerField::ShippingAddress,
    ],
    redirect: true,
    thanks: true,
    update: true,
    deactivate: true,
    reactivate: true,
    open_checkouts: true,
    list_payments: true,
    list_unpaid: true,
    refunds: Refunds::Api { partial: true },
    acknowledge_within: Duration::from_secs(10),
    confirm: Confirm::Optional,
    // Stripe may forget a key once it is 24 hours old.
    idempotency: Some(Idempotency {
        header: "Idempotency-Key",
        life: Some(Duration::from_secs(24 * 60 * 60)),
    }),
    options: parameters::PARAMETERS,
    minimum: amount::minimum,
    maximum: amount::maximum,
    sample_url: "https://buy.stripe.com/test_eVa16Q1Vd7yU1Ne8ww?client_reference_id=\
                 market-hall-north-counter-12-01K9ZZ8QGN5X4T0V9Y3M6C2D1R&__prefilled_amount=99999999",
};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Another place to send requests to, such as the sandbox's.
    #[serde(default = "base_url")]
    base_url: String,
    /// A secret or restricted key. It decides whether money moves.
    api_key: Secret,
    /// Names the account where several are in use; part of a payment's key.
    #[serde(default)]
    account: String,
    /// What a customer reads who opens a link after it was closed.
    #[serde(default = "inactive_message")]
    inactive_message: String,
}

fn base_url() -> String {
    "https://api.stripe.com".to_owned()
}

fn inactive_message() -> String {
    "This payment link is closed. Please ask at the counter.".to_owned()
}

fn build(options: serde_json::Value) -> Result<Configured, BadOptions> {
    let options: Options = super::read_options(options)?;
    let mode = mode::of_key(options.api_key.reveal(), &["sk_", "rk_"]).ok_or_else(|| BadOptions {
        field: "api_key".to_owned(),
        reason: "a secret key begins with sk_test_ or sk_live_, a restricted one with rk_test_ or rk_live_"
            .to_owned(),
    })?;
    Ok(Configured {
        base_urls: BaseUrls::one(&options.base_url),
        provider: Box::new(Stripe { mode, options }),
    })
}

#[derive(Debug)]
struct Stripe {
    mode: Mode,
    options: Options,
}

impl Provider for Stripe {
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
        request::build(ask, &self.options.inactive_message)
    }

    fn credentials(&self, _access: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        vec![("Authorization", Secret::new(format!("Bearer {}", self.options.api_key.reveal())))]
    }

    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble> {
        let owner = Owner { provider: NAME, account: &self.options.account, mode: self.mode };
        read::answer(ask, response, owner)
    }

    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal> {
        webhook::verify(hook, secrets, now_unix_s, &self.options.account)
    }

    fn sale_url(&self, link_url: &str, reference: &Reference, amount: Money) -> Result<String, Unsupported> {
        request::sale_url(link_url, reference, amount)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_key_decides_whether_money_moves() {
        for (key, mode) in [
            ("sk_test_1", Some(Mode::Test)),
            ("rk_test_1", Some(Mode::Test)),
            ("sk_live_1", Some(Mode::Live)),
            ("rk_live_1", Some(Mode::Live)),
            ("pk_live_1", None),
            ("sk_1", None),
            ("", None),
        ] {
            let built = build(json!({"api_key": key}));
            assert_eq!(built.as_ref().ok().map(|found| found.provider.mode()), mode, "{key}");
        }
    }

    #[test]
    fn wrong_options_are_named_and_no_key_is_repeated() {
        for (options, field) in [
            (json!({"api_key": "pk_live_hidden"}), "api_key"),
            (json!({"api_key": 1}), "api_key"),
            (json!({"api_key": "sk_test_hidden", "apikey": ""}), "apikey"),
        ] {
            let error = build(options).err().expect("wrong options").to_string();
            assert!(error.starts_with(field) && !error.contains("hidden"), "{error}");
        }
    }

    #[test]
    fn requests_go_to_stripe_or_to_where_the_options_say() {
        let at = |options| build(options).expect("good options").base_urls.main;
        assert_eq!(at(json!({"api_key": "sk_test_1"})), "https://api.stripe.com");
        let elsewhere = json!({"api_key": "sk_test_1", "base_url": "http://127.0.0.1:8460/bank/stripe/"});
        assert_eq!(at(elsewhere), "http://127.0.0.1:8460/bank/stripe");
    }
}
