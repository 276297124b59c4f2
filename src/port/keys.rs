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

/// Whether a keypad is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has not been looked for yet.
    Opening,
    There,
    /// It is waited for.
    Gone(KeypadFault),
}

/// Why a keypad cannot be used. `what` names the device; `mend` is the way out in one sentence, such as the group to
/// join and the command for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {mend}")]
pub struct KeypadFault {
    pub what: String,
    pub mend: String,
}

/// Presses that may wait; a cat on the keypad must not fill the memory.
pub const WAITING: usize = 64;

/// The two ends for one terminal.
#[must_use]
pub fn channel() -> (mpsc::Sender<Press>, mpsc::Receiver<Press>) {
    mpsc::channel(WAITING)
}
