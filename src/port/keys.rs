//! Where key presses come in, whatever keypad they were made on.

use tokio::sync::mpsc;
use tokio::sync::oneshot;

use crate::core::key::Key;

/// One press. `handled` is answered when the press and everything that follows from it at once is done.
#[derive(Debug)]
pub struct Press {
    pub key: Key,
    pub handled: Option<oneshot::Sender<()>>,
}

/// Presses that may wait; a cat on the keypad must not fill the memory.
pub const WAITING: usize = 64;

/// The two ends for one terminal.
#[must_use]
pub fn channel() -> (mpsc::Sender<Press>, mpsc::Receiver<Press>) {
    mpsc::channel(WAITING)
}
