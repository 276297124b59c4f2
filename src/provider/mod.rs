//! The payment-link systems. A new one is a file, a line in `PROVIDERS` and its fixtures; nothing else in
//! the program knows one system from another.

pub mod form;
pub mod judge;
pub mod list;
pub mod mode;
pub mod owner;
pub mod refunded;
pub mod rest;
pub mod signature;
pub mod wait;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod dice;
mod qonto;
mod storekit;
mod stripe;
#[cfg(test)]
mod subject;
mod vinr;
mod yabetoo;

use serde::de::DeserializeOwned;

use crate::core::secret::Secret;
use crate::port::provider::BaseUrls;
use crate::port::provider::Capabilities;
use crate::port::provider::News;
use crate::port::provider::Provider;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refusal;

/// Every system there is.
pub const PROVIDERS: &[Entry] = &[stripe::ENTRY, vinr::ENTRY, yabetoo::ENTRY, storekit::ENTRY, qonto::ENTRY];

/// One system: how to set it up, and how to check a webhook without setting it up.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub capabilities: &'static Capabilities,
    /// Takes the system's table of options as it stands in the configuration, `api_key` and all.
    pub build: fn(serde_json::Value) -> Result<Configured, BadOptions>,
    /// As `Provider::verify`, with an empty account.
    pub verify: fn(&RawWebhook, &[Secret], now_unix_s: i64) -> Result<News, Refusal>,
    #[cfg(test)]
    subject: fn() -> subject::Subject,
}

/// A system with its options.
pub struct Configured {
    pub provider: Box<dyn Provider>,
    /// Where its requests go.
    pub base_urls: BaseUrls,
}

/// Options that a system cannot work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct BadOptions {
    /// Path of the key below the system's table.
    pub field: String,
    pub reason: String,
}

/// The system of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    PROVIDERS.iter().find(|entry| entry.name == name)
}

/// The system whose name comes nearest, for a message about a name that is none.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let names = PROVIDERS.iter().map(|entry| entry.name);
    let near = names.map(|known| (strsim::damerau_levenshtein(known, name), known)).min()?;
    (near.0 <= near.1.len() / 2).then_some(near.1)
}

/// The adapter's own options out of the configuration's table; a wrong one is named by its path.
fn read_options<T: DeserializeOwned>(options: serde_json::Value) -> Result<T, BadOptions> {
    serde_path_to_error::deserialize(options).map_err(|error| BadOptions {
        field: error.path().to_string(),
        reason: error.into_inner().to_string(),
    })
}
