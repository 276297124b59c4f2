//! Decides. No clock, socket, file or randomness: they come in as arguments.
//!
//! Read `event` first: what happened, and what to do. `terminal` joins the two machines behind one inbox,
//! the `book` (what is known about money) and the `till` (what the person sees and presses).

pub mod backoff;
pub mod book;
pub mod challenge;
pub mod device;
pub mod ear;
pub mod entry;
pub mod event;
pub mod fact;
pub mod key;
pub mod link;
pub mod message;
pub mod moment;
pub mod money;
pub mod payment;
pub mod reference;
pub mod refund;
pub mod remote;
pub mod sale;
pub mod scene;
pub mod secret;
pub mod settings;
pub mod terminal;
pub mod till;
pub mod view;
