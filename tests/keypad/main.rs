//! Keypads on real pseudo-terminals: pressed, unplugged, plugged in again, torn and noisy.

mod abuse;
mod serial;
mod support;
