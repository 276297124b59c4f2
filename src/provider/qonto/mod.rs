//! Qonto: basket and invoice links whose money Mollie moves, reached with OAuth alone. Every link has one
//! amount; the per-sale reference travels in the title of its item, since nothing else of ours comes back.
//!
//! Sources are the pages under docs.qonto.com/api-reference/business-api/payments-transfers/payment-links
//! unless a line says otherwise; "our reading" marks what they leave open.

mod key;
mod oauth;
mod order;
mod read;
mod request;
mod status;
#[cfg(test)]
mod subject;
mod trouble;
mod webhook;
mod wire;

use std::time::Duration;

use serde::Deserialize;

use self::oauth::Consent;
use self::order::VatFormat;
use super::BadOptions;
use super::Configured;
use super::Entry;
use super::owner::Owner;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::BaseUrls;
use crate::port::provider::Capabilities;
use crate::port::provider::Carrier;
use crate::port::provider::Confirm;
use crate::port::provider::Expiry;
use crate::port::provider::Idempotency;
use crate::port::provider::Lines;
use crate::port::provider::News;
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
use crate::port::tokens::Tokens;

pub const NAME: &str = "qonto";

pub(super) const ENTRY: Entry = Entry {
    name: NAME,
    capabilities: &CAPABILITIES,
    build,
    // Its webhooks do not say whether money moves; without a configuration the safer word is that it may.
    verify: |hook, secrets, now_unix_s| webhook::verify(hook, secrets, now_unix_s, Mode::Live),
    #[cfg(test)]
    subject: subject::subject,
};

/// Opens every sandbox call; the developer portal shows its value.
const STAGING_TOKEN: &str = "X-Qonto-Staging-Token";

const REFUND_ADVICE: &str = "give the money back in Qonto's app or in Mollie's dashboard, and mark it here";

static CAPABILITIES: Capabilities = Capabilities {
    strategies: &[Strategy::OneOff],
    purposes: &[Purpose::Invoice],
    open_amount: None,
    lines: Some(Lines { vat: true }),
    max_payments: false,
    // A year after it was made, as the sample webhook shows; an order cannot say when.
    expiry: Expiry::Chosen,
    reference: Carrier::ItemText,
    customer_fields: &[],
    redirect: true,
    thanks: false,
    update: false,
    deactivate: true,
    reactivate: false,
    open_checkouts: false,
    list_payments: true,
    list_unpaid: true,
    refunds: Refunds::Manual { advice: REFUND_ADVICE },
    acknowledge_within: Duration::from_secs(1),
    // A webhook names the link and not the payment that moved.
    confirm: Confirm::Always,
    // docs.qonto.com/get-started/general/idempotent-requests: 30 minutes.
    idempotency: Some(Idempotency { header: key::HEADER, life: Some(Duration::from_secs(30 * 60)) }),
    options: order::OPTIONS,
    minimum: |_| 1,
    maximum: |_| 99_999_999,
    sample_url: "https://pay.qonto.com/0199e1de-4fa1-7324-9aed-0b0f6a65243e\
                 ?resource_id=0199e1de-4e01-72b7-86a0-fbe4e0475d56",
};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The secret of the OAuth client, which goes to the token endpoint and nowhere else.
    api_key: Secret,
    client_id: String,
    /// Qonto's sandbox, where no money moves. Nothing in a key tells it.
    #[serde(default)]
    sandbox: bool,
    staging_token: Option<Secret>,
    /// Another place to send requests to, such as our own sandbox's.
    base_url: Option<String>,
    authorize_url: Option<String>,
    /// Two sources name two hosts; the default is that of a working client.
    token_url: Option<String>,
    #[serde(default = "scopes")]
    scopes: String,
    /// Names the account where several are in use; part of a payment's key.
    #[serde(default)]
    account: String,
    /// What customers may pay with, out of what `qrtill link connect --status` tells. None of these takes days.
    #[serde(default = "methods")]
    methods: Vec<String>,
    #[serde(default)]
    vat_rate: VatFormat,
}

fn scopes() -> String {
    "offline_access payment_link.read payment_link.write".to_owned()
}

fn methods() -> Vec<String> {
    vec!["credit_card".to_owned()]
}

impl Options {
    fn mode(&self) -> Mode {
        if self.sandbox { Mode::Test } else { Mode::Live }
    }

    fn or_host(&self, own: Option<&String>, live: &str, sandbox: &str) -> String {
        let usual = if self.sandbox { sandbox } else { live };
        own.map_or(usual, |own| own.trim_end_matches('/')).to_owned()
    }

    fn base_url(&self) -> String {
        let sandbox = "https://thirdparty-sandbox.staging.qonto.co";
        self.or_host(self.base_url.as_ref(), "https://thirdparty.qonto.com", sandbox)
    }

    fn authorize_url(&self) -> String {
        let sandbox = "https://oauth-sandbox.staging.qonto.co/oauth2/auth";
        self.or_host(self.authorize_url.as_ref(), "https://oauth.qonto.com/oauth2/auth", sandbox)
    }

    fn token_url(&self) -> String {
        let sandbox = "https://oauth-sandbox.staging.qonto.co/oauth2/token";
        self.or_host(self.token_url.as_ref(), "https://oauth.qonto.com/oauth2/token", sandbox)
    }
}

fn build(options: serde_json::Value) -> Result<Configured, BadOptions> {
    let options: Options = super::read_options(options)?;
    judge(&options).map_err(|(field, reason)| BadOptions { field: field.into(), reason: reason.into() })?;
    let consent = Consent {
        client_id: options.client_id.clone(),
        client_secret: options.api_key.clone(),
        staging_token: options.staging_token.clone(),
        scopes: options.scopes.clone(),
        authorize_url: options.authorize_url(),
        token_url: options.token_url(),
    };
    Ok(Configured {
        base_urls: BaseUrls::one(&options.base_url()),
        provider: Box::new(Qonto { consent, options }),
    })
}

fn judge(options: &Options) -> Result<(), (&'static str, &'static str)> {
    if options.client_id.trim().is_empty() {
        return Err(("client_id", "write the client id that the developer portal shows"));
    }
    if options.staging_token.is_some() && !options.sandbox {
        return Err(("staging_token", "only the sandbox takes it; set `sandbox = true`, or leave it out"));
    }
    if options.methods.is_empty() || !options.methods.iter().all(|name| order::is_word(name)) {
        return Err(("methods", "name at least one method, such as \"credit_card\""));
    }
    Ok(())
}

#[derive(Debug)]
struct Qonto {
    consent: Consent,
    options: Options,
}

impl Qonto {
    /// Qonto's objects do not say in which mode they are: the host decides.
    fn owner(&self) -> Owner<'_> {
        Owner { provider: NAME, account: &self.options.account, mode: self.options.mode() }
    }
}

impl Provider for Qonto {
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
        self.options.mode()
    }

    fn request(&self, ask: &Ask) -> Result<Request, Unsupported> {
        request::build(ask, &self.options)
    }

    fn credentials(&self, access: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        let bearer = access.map(|token| Secret::new(format!("Bearer {}", token.reveal())));
        let staging = self.options.staging_token.clone();
        let headers = [("Authorization", bearer), (STAGING_TOKEN, staging)];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn tokens(&self) -> Option<&dyn Tokens> {
        Some(&self.consent)
    }

    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble> {
        read::answer(ask, response, self.owner())
    }

    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal> {
        webhook::verify(hook, secrets, now_unix_s, self.options.mode())
    }
}

fn unsupported(advice: &'static str) -> Unsupported {
    Unsupported { provider: NAME, advice }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    fn with(more: &Value) -> Value {
        let mut options = json!({"api_key": "hidden", "client_id": "app-1"});
        for (key, value) in more.as_object().expect("an object") {
            options[key] = value.clone();
        }
        options
    }

    #[test]
    fn the_sandbox_is_an_option_and_has_hosts_of_its_own() {
        let built = |more| build(with(&more)).expect("good options");
        let (live, test) = (built(json!({})), built(json!({"sandbox": true, "staging_token": "st"})));
        assert_eq!((live.provider.mode(), test.provider.mode()), (Mode::Live, Mode::Test));
        assert_eq!(live.base_urls.main, "https://thirdparty.qonto.com");
        assert_eq!(test.base_urls.main, "https://thirdparty-sandbox.staging.qonto.co");
        let endpoint = |built: &Configured| built.provider.tokens().expect("OAuth").endpoint().to_owned();
        assert_eq!(endpoint(&live), "https://oauth.qonto.com/oauth2/token");
        assert_eq!(endpoint(&test), "https://oauth-sandbox.staging.qonto.co/oauth2/token");
        let moved = built(json!({"base_url": "http://127.0.0.1:1/bank/qonto/", "token_url": "http://h/t"}));
        assert_eq!(moved.base_urls.main, "http://127.0.0.1:1/bank/qonto");
        assert_eq!(endpoint(&moved), "http://h/t");
    }

    #[test]
    fn wrong_options_are_named_and_no_secret_is_repeated() {
        for (more, field) in [
            (json!({"client_id": " "}), "client_id"),
            (json!({"staging_token": "hidden"}), "staging_token"),
            (json!({"methods": []}), "methods"),
            (json!({"methods": ["credit card"]}), "methods"),
            (json!({"vat_rate": "promille"}), "vat_rate"),
            (json!({"apikey": ""}), "apikey"),
        ] {
            let error = build(with(&more)).err().expect("wrong options").to_string();
            assert!(error.starts_with(field) && !error.contains("hidden"), "{error}");
        }
        assert!(build(json!({"api_key": "hidden"})).is_err());
    }

    #[test]
    fn the_clients_secret_is_in_no_request_and_the_staging_token_in_each() {
        let built = build(with(&json!({"sandbox": true, "staging_token": "st"}))).expect("good options");
        let sent = built.provider.credentials(Some(&Secret::new("at")));
        let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, value.reveal())).collect();
        assert_eq!(sent, [("Authorization", "Bearer at"), (STAGING_TOKEN, "st")]);
        assert!(!format!("{:?}", built.provider.tokens().expect("OAuth").headers()).contains("st\""));
    }
}
