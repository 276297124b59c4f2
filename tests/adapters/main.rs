//! Every adapter against its system's face of the sandbox's bank, over HTTP: each question asked as the
//! relay asks it, each webhook verified as it comes in.

mod qonto;
mod refunds;
mod storekit;
mod stripe;
mod support;
mod vinr;
mod yabetoo;
