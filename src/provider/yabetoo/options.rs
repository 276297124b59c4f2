//! What the configuration may say: the key, where the two hosts are, and how disputed details are read.

use serde::Deserialize;

use super::amount::Units;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::BaseUrls;
use crate::provider::BadOptions;
use crate::provider::mode;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Where links are kept, instead of `buy.` of the key's mode.
    pub base_url: Option<String>,
    /// Where intents are kept, instead of `pay.` of the key's mode. Absent with a `base_url` it is the same
    /// place: a key must not go to Yabetoo's own host because half of the setting was forgotten.
    pub payments_base_url: Option<String>,
    /// `sk_test_…` or `sk_live_…`. It decides the hosts, and whether money moves.
    pub api_key: Secret,
    /// Names the account where several are in use; part of a payment's key.
    #[serde(default)]
    pub account: String,
    /// Take currencies with decimals, as decimal numbers in major units. The documentation only ever shows
    /// whole francs, and speaks of major units on one page and of the smallest unit on another.
    #[serde(default)]
    pub decimal_currencies: bool,
    /// Read the amounts of intents, with `decimal_currencies`, as whole numbers of the smallest unit. If this
    /// is wrong, amounts are off by the currency's power of ten and no sale ever matches.
    #[serde(default)]
    pub intents_in_minor_units: bool,
    /// Take the list of intents at its word: what it gives for a link is of that link, although it names
    /// neither the link nor a sale. Whether Yabetoo's intents name their link is documented nowhere. Whoever
    /// sets this has seen that the list obeys the question; if it does not, one customer's money closes
    /// another's sale.
    #[serde(default)]
    pub trust_link_filter: bool,
    /// The documentation's versions have had other paths.
    #[serde(default = "links_path")]
    pub links_path: String,
    #[serde(default = "intents_path")]
    pub intents_path: String,
}

fn links_path() -> String {
    "/v1/payment-links".to_owned()
}

fn intents_path() -> String {
    "/v1/payment-intents".to_owned()
}

impl Options {
    pub fn mode(&self) -> Result<Mode, BadOptions> {
        let mode = mode::of_key(self.api_key.reveal(), &["sk_"]);
        mode.ok_or_else(|| bad("api_key", "a secret key begins with sk_test_ or sk_live_"))
    }

    /// Paths go into URLs as they are.
    pub fn check(&self) -> Result<(), BadOptions> {
        for (field, path) in [("links_path", &self.links_path), ("intents_path", &self.intents_path)] {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte);
            let whole = path.starts_with('/') && !path.ends_with('/');
            if !whole || !path.bytes().all(legal) {
                return Err(bad(field, "write a path such as /v1/payment-links, without a slash at its end"));
            }
        }
        if self.intents_in_minor_units && !self.decimal_currencies {
            let reason = "this is about currencies with decimals; set decimal_currencies as well";
            return Err(bad("intents_in_minor_units", reason));
        }
        Ok(())
    }

    pub fn base_urls(&self, mode: Mode) -> BaseUrls {
        let (links, intents) = match mode {
            Mode::Live => ("https://buy.api.yabetoopay.com", "https://pay.api.yabetoopay.com"),
            Mode::Test => ("https://buy.sandbox.yabetoopay.com", "https://pay.sandbox.yabetoopay.com"),
        };
        let trimmed = |url: &String| url.trim_end_matches('/').to_owned();
        let main = self.base_url.as_ref().map(trimmed);
        let payments = self.payments_base_url.as_ref().map(trimmed).or_else(|| main.clone());
        BaseUrls {
            main: main.unwrap_or_else(|| links.to_owned()),
            payments: Some(payments.unwrap_or_else(|| intents.to_owned())),
        }
    }

    pub fn units(&self) -> Units {
        Units { decimals: self.decimal_currencies, minor_intents: self.intents_in_minor_units }
    }
}

fn bad(field: &str, reason: &str) -> BadOptions {
    BadOptions { field: field.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::build;
    use crate::core::payment::Mode;

    fn with(more: &Value) -> Value {
        let mut options = json!({"api_key": "sk_test_hidden"});
        let fields = more.as_object().expect("an object").clone();
        options.as_object_mut().expect("an object").extend(fields);
        options
    }

    #[test]
    fn the_key_decides_the_mode_and_both_hosts() {
        for (key, mode, links, intents) in [
            (
                "sk_test_1",
                Mode::Test,
                "https://buy.sandbox.yabetoopay.com",
                "https://pay.sandbox.yabetoopay.com",
            ),
            ("sk_live_1", Mode::Live, "https://buy.api.yabetoopay.com", "https://pay.api.yabetoopay.com"),
        ] {
            let built = build(json!({"api_key": key})).expect("good options");
            assert_eq!(built.provider.mode(), mode);
            assert_eq!(
                (built.base_urls.main.as_str(), built.base_urls.payments.as_deref()),
                (links, Some(intents))
            );
        }
    }

    #[test]
    fn either_host_can_be_elsewhere_and_one_alone_takes_both() {
        let at = |more: &Value| build(with(more)).expect("good options").base_urls;
        let one = at(&json!({"base_url": "http://127.0.0.1:1/bank/yabetoo/"}));
        assert_eq!(one.main, "http://127.0.0.1:1/bank/yabetoo");
        assert_eq!(one.payments.as_deref(), Some("http://127.0.0.1:1/bank/yabetoo"));
        let two = at(&json!({"base_url": "http://a", "payments_base_url": "http://b/"}));
        assert_eq!((two.main.as_str(), two.payments.as_deref()), ("http://a", Some("http://b")));
        let payments = at(&json!({"payments_base_url": "http://b"}));
        assert_eq!(payments.main, "https://buy.sandbox.yabetoopay.com");
    }

    #[test]
    fn wrong_options_are_named_and_no_key_is_repeated() {
        for (options, field) in [
            (json!({"api_key": "pk_live_hidden"}), "api_key"),
            (json!({"api_key": 1}), "api_key"),
            (with(&json!({"apikey": ""})), "apikey"),
            (with(&json!({"links_path": "v1/links"})), "links_path"),
            (with(&json!({"intents_path": "/v1/intents?x=1"})), "intents_path"),
            (with(&json!({"intents_in_minor_units": true})), "intents_in_minor_units"),
        ] {
            let error = build(options).err().expect("wrong options").to_string();
            assert!(error.starts_with(field) && !error.contains("hidden"), "{error}");
        }
    }
}
