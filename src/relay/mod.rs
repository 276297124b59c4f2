//! The second program: webhooks in, signed documents out.

pub mod decide;
