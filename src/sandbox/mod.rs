//! A whole world on one machine, for trying qrtill out and for testing against.

pub mod broker;
