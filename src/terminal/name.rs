//! Whether another device has this terminal's name: two that take the connection from each other do so often.

use std::time::Duration;

/// Being taken over this often within `SPAN` means it.
const OFTEN: usize = 2;
const SPAN: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Name {
    taken_at: Vec<Duration>,
    taken: bool,
}

impl Name {
    pub fn taken_over(&mut self, now: Duration) {
        self.taken_at.push(now);
    }

    /// To be asked now and then, as heartbeats make for it; an answer where it is a new one.
    pub fn judge(&mut self, now: Duration) -> Option<bool> {
        self.taken_at.retain(|at| now < *at + SPAN);
        let taken = self.taken_at.len() >= OFTEN;
        (std::mem::replace(&mut self.taken, taken) != taken).then_some(taken)
    }
}
