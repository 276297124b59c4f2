//! When the token endpoint is left alone, how long, and what is said to whoever asks meanwhile.

use std::time::Duration;

use tokio::time::Instant;

use super::NoAccess;
use super::PAUSE_FIRST;
use crate::core::backoff;
use crate::port::tokens::NotGranted;

/// Between tries at an endpoint that does not answer, at most.
pub const PAUSE_MOST: Duration = Duration::from_secs(60);
/// Between tries at one that does not take our client: a person has to mend its settings.
pub const PAUSE_SETTINGS: Duration = Duration::from_secs(300);

/// Quiet until a pause is over. A new one starts with other tokens.
#[derive(Default)]
pub struct Quiet {
    failures: u32,
    pub(super) pause: Option<Pause>,
}

pub struct Pause {
    /// Absent: the refresh token is dead, and only another one is worth a question.
    pub(super) until: Option<Instant>,
    why: NoAccess,
}

impl Quiet {
    /// Why the endpoint is not asked just now; `None` where it may be.
    pub fn why(&self) -> Option<NoAccess> {
        let pause = self.pause.as_ref()?;
        let Some(until) = pause.until else { return Some(pause.why.clone()) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        Some(match &pause.why {
            NoAccess::Later { message, .. } => NoAccess::Later { wait: left, message: message.clone() },
            NoAccess::Disconnected(_) => pause.why.clone(),
        })
    }

    /// A dead token is not tried again, a client that is not accepted slowly, anything else ever more slowly.
    pub fn failed(&mut self, why: NotGranted) -> NoAccess {
        let (wait, why) = match why {
            NotGranted::Dead { message } => {
                tracing::error!(why = message, "the refresh token is not taken any more");
                (None, connect_again(&message))
            }
            NotGranted::Client { ref message } => {
                tracing::error!(why = message, "no tokens are given to this client; trying again in a while");
                (Some(PAUSE_SETTINGS), NoAccess::Disconnected(why.to_string()))
            }
            NotGranted::Later { wait, message } => {
                let own = backoff::doubling(self.failures, PAUSE_FIRST, PAUSE_MOST);
                let wait = wait.map_or(own, |wait| wait.max(own));
                self.failures = self.failures.saturating_add(1);
                tracing::warn!(why = message, "no new access token yet");
                (Some(wait), NoAccess::Later { wait, message })
            }
        };
        self.pause = Some(Pause { until: wait.map(|wait| Instant::now() + wait), why: why.clone() });
        why
    }
}

pub fn connect_again(why: &str) -> NoAccess {
    NoAccess::Disconnected(format!("{why}; run `qrtill link connect`"))
}
