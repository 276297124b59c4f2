//! E-paper without paper: emulated controllers take what the real drivers send, keep both memories and the waveforms,
//! and change what a person sees only when they are told to refresh.

mod board;
mod card;
mod counter;
mod glass;
mod ssd;
mod trouble;
mod uc;
mod wave;
