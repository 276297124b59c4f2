//! The built program as people and scripts meet it: help, exit codes, shipped files, and what is printed.

mod blank;
mod configuration;
mod link;
mod merchant;
mod refund;
mod running;
mod sales;
mod sandbox;
mod support;
mod tools;
