//! The sandbox's bank over real sockets, as an API client, a customer and a webhook receiver meet it.

#![cfg(feature = "sandbox")]

mod api;
mod checkout;
mod money;
mod support;
mod webhooks;
