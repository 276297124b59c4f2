//! A counter terminal for payment links: a keyed amount becomes a QR code, a webhook becomes PAID.
//!
//! # One sale, from key press to receipt
//!
//! 1. A keypad adapter turns bytes into a [`Key`](core::key::Key); the loop in [`terminal`] tells the core,
//!    [`core::terminal::Terminal`], what happened and what time it is.
//! 2. The core answers with [effects](core::event::Effect): record that the sale is intended, show
//!    *preparing*, send a signed `open` to the relay. Facts are written in one commit, and only then is
//!    anything carried out that rests on them.
//! 3. The loop in [`relay`] believes the request under that terminal's key alone and tells its own core,
//!    [`relay::decide::Relay`], which records the exact bytes it will send, asks the provider for a link
//!    (built and read by the pure adapter in [`provider`], carried by [`http`]), and owes the terminal a
//!    signed `link` until its receipt comes.
//! 4. The terminal checks that the link repeats what its journal asked for, records that the code is shown,
//!    draws it ([`ui`]), reads its own frame back, and lets the frame out.
//! 5. The customer pays. The webhook is verified, written down, answered 2xx; polling finds what no webhook
//!    tells. A payment that is money becomes a numbered, signed `notice`, sent until it is receipted.
//! 6. The terminal books it, records that it is announced, shows PAID, sounds, and sends the receipt. The
//!    relay withdraws the link, lists its payments once more, and says `closed`.
//!
//! Killed between any two of these, both sides fold their journals ([`store`]) and go on.
//!
//! # Who may name whom
//!
//! ```text
//!            bin
//!             |
//!            cli ─────────> sandbox
//!             |                |
//!   terminal  |  relay  <──────┘
//!       |  config  |
//!   mqtt · http · store · keypad · panel · sound · host      adapters do not name each other
//!             |
//!       provider · ui                                pure
//!             |
//!            port
//!             |
//!            core                                    pure, names nothing of ours
//! ```
//!
//! [`fleet`], the operator's side, stands beside the two and reads what a terminal says of itself.
//!
//! Pure folders have no clock, socket, file or randomness: these come in as arguments. A test keeps both
//! rules (`tests/architecture.rs`).

pub mod cli;
pub mod config;
pub mod core;
#[cfg(feature = "fleet")]
pub mod fleet;
pub mod host;
#[cfg(feature = "relay")]
pub mod http;
pub mod keypad;
pub mod mqtt;
pub mod panel;
pub mod port;
#[cfg(feature = "relay")]
pub mod provider;
#[cfg(feature = "relay")]
pub mod relay;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod sound;
pub mod store;
pub mod terminal;
pub mod ui;
