//! VINR: payment links that give each visitor a payment of his own, refunds, and events under two headers.
//! Its reference calls itself provisional and knows two generations of words: both are read here, and what no
//! page says is our reading and stands in the options. Pages are named as they stand below docs.vinr.com.

mod link;
mod options;
mod order;
mod payment;
mod read;
mod request;
mod status;
#[cfg(test)]
mod subject;
mod trouble;
mod webhook;
mod wire;

use std::time::Duration;

use self::options::Options;
use self::options::Switch;
use super::BadOptions;
use super::Configured;
use super::Entry;
use super::mode;
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

pub const NAME: &str = "vinr";

/// Events do not say whether they are live. Without a key to tell, they are taken for test ones: test money
/// is never booked.
pub(super) const ENTRY: Entry = Entry {
    name: NAME,
    capabilities: &PATCHED,
    build,
    verify: |hook, secrets, now_unix_s| {
        webhook::verify(hook, secrets, now_unix_s, Owner { provider: NAME, account: "", mode: Mode::Test })
    },
    #[cfg(test)]
    subject: subject::subject,
};

/// The metadata key under which a sale's reference travels (docs/payments/omnichannel/pay-by-link ties a
/// link to its sale by metadata).
const REFERENCE: &str = "reference";

const IDEMPOTENCY: &str = "Idempotency-Key";

static PATCHED: Capabilities = capable(true);
static POSTED: Capabilities = capable(false);

/// `patch`: whether a link is changed and switched by PATCH. Where it is switched off by a path of its own
/// there is no known way to change it or to switch it on again.
const fn capable(patch: bool) -> Capabilities {
    Capabilities {
        strategies: &[Strategy::OneOff],
        purposes: &[],
        open_amount: Some(OpenAmount { bounds: false, preset: true, suggestions: false }),
        lines: None,
        max_payments: true,
        expiry: Expiry::Ordered,
        reference: Carrier::Metadata,
        customer_fields: &[],
        redirect: true,
        thanks: false,
        update: patch,
        deactivate: true,
        reactivate: patch,
        open_checkouts: false,
        list_payments: true,
        list_unpaid: true,
        refunds: Refunds::Api { partial: true },
        // docs/payments/in-person/webhooks; the other pages say "quickly".
        acknowledge_within: Duration::from_secs(5),
        // Which bytes are signed, and how, is our reading.
        confirm: Confirm::Always,
        // No page that could be read says how long a key lives.
        idempotency: Some(Idempotency { header: IDEMPOTENCY, life: None }),
        options: &[],
        minimum: |_| 1,
        maximum: |_| 99_999_999,
        sample_url: "https://pay.vinr.com/l/8fKq2ZtW4mXb7RdLvN3cHy",
    }
}

fn build(options: serde_json::Value) -> Result<Configured, BadOptions> {
    let options: Options = super::read_options(options)?;
    let mode = mode::of_key(options.api_key.reveal(), &["sk_", "rk_"]).ok_or_else(|| BadOptions {
        field: "api_key".to_owned(),
        reason: "a secret key begins with sk_test_ or sk_live_, a restricted one with rk_test_ or rk_live_"
            .to_owned(),
    })?;
    options.check()?;
    Ok(Configured {
        base_urls: BaseUrls::one(options.base_url(mode)),
        provider: Box::new(Vinr { mode, options }),
    })
}

#[derive(Debug)]
struct Vinr {
    mode: Mode,
    options: Options,
}

impl Vinr {
    fn owner(&self) -> Owner<'_> {
        Owner { provider: NAME, account: &self.options.account, mode: self.mode }
    }
}

impl Provider for Vinr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        match self.options.switch {
            Switch::Patch => &PATCHED,
            Switch::Post => &POSTED,
        }
    }

    fn account(&self) -> &str {
        &self.options.account
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn request(&self, ask: &Ask) -> Result<Request, Unsupported> {
        request::build(ask, &self.options)
    }

    fn credentials(&self, _access: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        vec![("Authorization", Secret::new(format!("Bearer {}", self.options.api_key.reveal())))]
    }

    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble> {
        read::answer(ask, response, self.owner(), self.options.trust_link_filter)
    }

    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal> {
        webhook::verify(hook, secrets, now_unix_s, self.owner())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_key_decides_whether_money_moves_and_where_requests_go() {
        for (key, mode, host) in [
            ("sk_test_1", Mode::Test, "https://sandbox.api.vinr.com/v1"),
            ("rk_test_1", Mode::Test, "https://sandbox.api.vinr.com/v1"),
            ("sk_live_1", Mode::Live, "https://api.vinr.com/v1"),
            ("rk_live_1", Mode::Live, "https://api.vinr.com/v1"),
        ] {
            let built = build(json!({"api_key": key})).expect("good options");
            assert_eq!((built.provider.mode(), built.base_urls.main.as_str()), (mode, host), "{key}");
        }
        let options = json!({"api_key": "sk_test_1", "base_url": "http://127.0.0.1:8460/bank/vinr/"});
        let built = build(options).expect("good options");
        assert_eq!(built.base_urls.main, "http://127.0.0.1:8460/bank/vinr");
    }

    #[test]
    fn wrong_options_are_named_and_no_key_is_repeated() {
        let key = "sk_test_hidden";
        for (options, field) in [
            (json!({"api_key": "pk_live_hidden"}), "api_key"),
            (json!({"api_key": 1}), "api_key"),
            (json!({"base_url": "https://x"}), "missing field `api_key`"),
            (json!({"api_key": key, "apikey": ""}), "apikey"),
            (json!({"api_key": key, "switch": "delete"}), "switch"),
            (json!({"api_key": key, "refund_reason": "because"}), "refund_reason"),
            (json!({"api_key": key, "link_filter": "a&b"}), "link_filter"),
            (json!({"api_key": key, "paths": {"linkz": "/x"}}), "paths.linkz"),
            (json!({"api_key": key, "paths": {"links": "links"}}), "paths.links"),
            (json!({"api_key": key, "paths": {"link": "/links"}}), "paths.link"),
            (json!({"api_key": key, "paths": {"payment": "/p/{id}/{id}"}}), "paths.payment"),
            (json!({"api_key": key, "paths": {"refunds": "/refunds?all=1"}}), "paths.refunds"),
            (json!({"api_key": key, "paths": {"deactivate": "/../{id}"}}), "paths.deactivate"),
        ] {
            let error = build(options.clone()).err().expect("wrong options").to_string();
            assert!(error.contains(field) && !error.contains("hidden"), "{options}: {error}");
        }
    }

    #[test]
    fn a_link_that_is_switched_off_by_a_path_of_its_own_stays_off() {
        let switched = |switch| {
            let built = build(json!({"api_key": "sk_test_1", "switch": switch})).expect("good");
            let can = built.provider.capabilities();
            (can.deactivate, can.reactivate, can.update)
        };
        assert_eq!(switched("patch"), (true, true, true));
        assert_eq!(switched("post"), (true, false, false));
    }
}
