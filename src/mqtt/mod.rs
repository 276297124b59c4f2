//! Everything that is said over MQTT 5: how a topic is spelled, how a document is signed, when an unanswered one
//! goes out again, and the one loop that speaks to a broker. What the documents mean is decided elsewhere.

pub mod access;
#[cfg(test)]
#[path = "../../tests/support/authority.rs"]
pub mod authority;
pub mod backoff;
pub mod client;
pub mod document;
pub mod key;
mod last_word;
mod link;
pub mod outbox;
pub mod pair;
mod plain_json;
mod short_disconnect;
mod supervise;
pub mod tls;
pub mod topics;
