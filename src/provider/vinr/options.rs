//! What an operator sets for VINR. Paths and names that no page shows are our reading, so they are set here
//! with that reading as their default: when VINR documents them, a configuration is enough.

use serde::Deserialize;

use super::BadOptions;
use crate::core::payment::Mode;
use crate::core::secret::Secret;

/// The hosts of api-reference/authentication: a test key works on the sandbox alone.
const LIVE: &str = "https://api.vinr.com/v1";
const SANDBOX: &str = "https://sandbox.api.vinr.com/v1";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// A secret or restricted key. It decides whether money moves.
    pub api_key: Secret,
    /// Another place to send requests to, such as the sandbox's; else the key decides.
    base_url: Option<String>,
    /// Names the account where several are in use; part of a payment's key.
    #[serde(default)]
    pub account: String,
    #[serde(default)]
    pub paths: Paths,
    /// Take the list of payments at its word: what it gives for a link is of that link, although it names
    /// neither the link nor a sale. Whoever sets this has seen that the list obeys `link_filter`; if it does
    /// not, one customer's money closes another's sale.
    #[serde(default)]
    pub trust_link_filter: bool,
    /// How a link is switched off.
    #[serde(default)]
    pub switch: Switch,
    /// The query's name for the link whose payments are listed. Our reading.
    #[serde(default = "link_filter")]
    pub link_filter: String,
    #[serde(default)]
    pub refund_reason: RefundReason,
}

/// Paths below the base URL; `{id}` is replaced. Payments and refunds are as in docs/api-reference, those of
/// links are our reading, after the manner of `/webhook-endpoints`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    pub links: String,
    pub link: String,
    /// Used with `switch = "post"` alone.
    pub deactivate: String,
    pub payments: String,
    pub payment: String,
    pub refunds: String,
}

/// One way, not two after each other: a second try would hide that the first is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// PATCH of the link with `active`. Our reading.
    #[default]
    Patch,
    /// POST to `paths.deactivate`.
    Post,
}

/// Why money is given back, in VINR's words (docs/payments/refunds). At a counter it is the customer who asks,
/// unless the order has another of these words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    #[default]
    RequestedByCustomer,
    Duplicate,
    Fraudulent,
    ProductNotReceived,
}

impl RefundReason {
    /// The one with this name in VINR's interface.
    pub fn named(word: &str) -> Option<Self> {
        serde_json::from_value(word.into()).ok()
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            links: "/payment-links".to_owned(),
            link: "/payment-links/{id}".to_owned(),
            deactivate: "/payment-links/{id}/deactivate".to_owned(),
            payments: "/payments".to_owned(),
            payment: "/payments/{id}".to_owned(),
            refunds: "/refunds".to_owned(),
        }
    }
}

fn link_filter() -> String {
    "paymentLink".to_owned()
}

impl Options {
    pub fn base_url(&self, mode: Mode) -> &str {
        let usual = match mode {
            Mode::Live => LIVE,
            Mode::Test => SANDBOX,
        };
        self.base_url.as_deref().unwrap_or(usual)
    }

    /// What the types alone do not say: paths that lead where they should, and a name that is one.
    pub fn check(&self) -> Result<(), BadOptions> {
        let Paths { links, link, deactivate, payments, payment, refunds } = &self.paths;
        for (name, path, ids) in [
            ("links", links, 0),
            ("link", link, 1),
            ("deactivate", deactivate, 1),
            ("payments", payments, 0),
            ("payment", payment, 1),
            ("refunds", refunds, 0),
        ] {
            if !leads(path, ids) {
                let place = if ids == 0 { "" } else { ", with {id} once where the id stands" };
                let reason = format!("`{path}` is no path; write one that begins with a slash{place}");
                return Err(BadOptions { field: format!("paths.{name}"), reason });
            }
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
        if self.link_filter.is_empty() || !self.link_filter.bytes().all(plain) {
            let reason = format!("`{}` is no name of a query's parameter", self.link_filter);
            return Err(BadOptions { field: "link_filter".to_owned(), reason });
        }
        Ok(())
    }
}

/// Whether the path is absolute, has no way up and no query, and has so many places for an id.
fn leads(path: &str, ids: usize) -> bool {
    let bare = path.replace("{id}", "");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.~".contains(&byte);
    path.starts_with('/')
        && path.matches("{id}").count() == ids
        && bare.bytes().all(plain)
        && !path.split('/').any(|part| part == "." || part == "..")
}
