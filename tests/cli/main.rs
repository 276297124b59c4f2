//! The built program as people and scripts meet it: help, exit codes, shipped files, and what is printed.

#[path = "../support/authority.rs"]
mod authority;
mod backup;
mod blank;
mod configuration;
mod devices;
mod key_set;
mod link;
mod merchant;
mod refund;
mod running;
mod sales;
mod sandbox;
mod service;
mod setup;
mod support;
mod test_card;
mod tools;
