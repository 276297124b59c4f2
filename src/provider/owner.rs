//! Whose payments an answer or a webhook tells of.

use crate::core::payment::Mode;
use crate::core::payment::PaymentKey;

/// An account at one system, in the mode of its key.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    pub provider: &'static str,
    /// As `Provider::account`.
    pub account: &'a str,
    pub mode: Mode,
}

impl Owner<'_> {
    /// The payment with that id, which is checked by whoever read it.
    #[must_use]
    pub fn key(&self, id: &str) -> PaymentKey {
        PaymentKey {
            provider: self.provider.to_owned(),
            account: self.account.to_owned(),
            mode: self.mode,
            id: id.to_owned(),
        }
    }
}
