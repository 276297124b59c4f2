//! Everything that is said over MQTT 5: how a topic is spelled, how a document is signed, when an unanswered one
//! goes out again, and the one loop that speaks to a broker. What the documents mean is decided elsewhere.

pub mod access;
pub mod backoff;
pub mod client;
pub mod document;
pub mod key;
mod link;
pub mod outbox;
mod plain_json;
mod short_disconnect;
mod supervise;
pub mod topics;
