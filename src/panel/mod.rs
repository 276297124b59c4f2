//! Adapters: a frame to something a person can look at.

pub mod png;
