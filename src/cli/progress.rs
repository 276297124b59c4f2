//! What somebody at a window is told while a command asks page after page.

use std::io;
use std::io::IsTerminal;
use std::io::Write;

/// One line on standard error that is written over, and gone in the end. Nothing where nobody watches.
pub struct Progress {
    watched: bool,
    shown: bool,
}

impl Progress {
    #[must_use]
    pub fn new() -> Self {
        Self { watched: io::stderr().is_terminal(), shown: false }
    }

    /// So many of `what` are there by now.
    pub fn tell(&mut self, count: usize, what: &str) {
        if self.watched {
            self.shown = true;
            // Whoever watched may have gone.
            let _gone = write!(io::stderr(), "\r{count} {what} …");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _gone = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
