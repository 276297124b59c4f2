mod backoff;
pub mod outbox;
