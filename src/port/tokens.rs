//! How a payment-link system gives out access tokens, as the HTTP client that keeps them sees it.

use std::time::Duration;

use super::provider::Response;
use crate::core::secret::Secret;

/// How a system gives out access tokens: OAuth 2.0 with a person's consent, given once in a browser, and
/// refresh tokens. Pure as well: who keeps the tokens, and when a new one is fetched, is the HTTP client's.
pub trait Tokens: Send + Sync {
    /// The whole URL that `fields` are posted to as a form.
    fn endpoint(&self) -> &str;

    /// Headers that go to the endpoint beside the form.
    fn headers(&self) -> Vec<(&'static str, Secret)>;

    /// Where the merchant gives consent in a browser, which then comes back to `redirect` with a code and
    /// with `state`, a fresh random word that tells this visit from a forged one.
    fn authorize_url(&self, redirect: &str, state: &str) -> String;

    /// The form's fields, in the order in which they are sent. They are secret and never journaled.
    fn fields(&self, grant: &Grant) -> Vec<(&'static str, Secret)>;

    /// What the endpoint's answer gives.
    fn granted(&self, response: &Response) -> Result<Granted, NotGranted>;
}

/// What an access token is asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// What came back from the browser, once, and the same `redirect` that it was sent with.
    Code {
        code: Secret,
        redirect: String,
    },
    Refresh(Secret),
}

/// Tokens as they were given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub access: Secret,
    /// Takes the place of the one before, which is dead from now on. Absent: the one before stays good.
    pub refresh: Option<Secret>,
    /// How long the access token is good.
    pub life: Duration,
}

/// Why no tokens were given. Only the word `invalid_grant` kills a token (RFC 6749, 5.2): to take a proxy's 403
/// or a page of HTML for it would send a person to the browser for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// This code or refresh token gives nothing any more: only a person's new consent does.
    #[error("the code or token is not taken any more: {message}")]
    Dead { message: String },
    /// The client is not known, or may not do this. Its settings are wrong, here or at the system, and once
    /// they are mended the same token is good. `message` says which settings.
    #[error("the OAuth client is not accepted: {message}")]
    Client { message: String },
    /// No clear answer: the endpoint, or something before it, is out of order or wants us slower.
    #[error("the token endpoint gave no clear answer: {message}")]
    Later { wait: Option<Duration>, message: String },
}
