//! A whole world on one machine. Nothing but `cli` names it.

pub mod bank;
pub mod counter;
