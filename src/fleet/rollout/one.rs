//! Where one terminal stands, and many.

use std::time::Duration;

use super::How;

/// Where one terminal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has not had its turn, or was not there for it.
    Waiting,
    Sealing,
    Sent {
        published: bool,
        /// It said that it tries later.
        put_off: bool,
        answer_by: Duration,
    },
    Ended {
        how: How,
        why: String,
    },
}

#[derive(Clone, Debug)]
pub struct One {
    pub wave: usize,
    pub online: bool,
    /// Since when it is away.
    pub(super) away_since: Duration,
    pub sent: Option<(u64, String)>,
    pub step: Step,
    /// Until when it must stay with what it took.
    pub(super) soak_until: Option<Duration>,
}

impl One {
    pub(super) fn new(wave: usize, now: Duration) -> Self {
        let step = Step::Waiting;
        Self { wave, online: false, away_since: now, sent: None, step, soak_until: None }
    }

    pub(super) fn is_on_its_way(&self) -> bool {
        match &self.step {
            Step::Sealing => true,
            Step::Sent { put_off, .. } => !put_off,
            Step::Waiting | Step::Ended { .. } => false,
        }
    }

    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(&self.step, Step::Ended { how, .. } if how.is_held())
    }

    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(&self.step, Step::Ended { how, .. } if !how.is_held())
    }
}

/// Of one wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub all: usize,
    pub held: usize,
    pub failed: usize,
    /// On their way, and those that said that they try later.
    pub sent: usize,
    pub waiting: usize,
}

impl Tally {
    pub(super) fn of<'a>(ones: impl Iterator<Item = &'a One>) -> Self {
        let mut tally = Self::default();
        for one in ones {
            tally.all += 1;
            match &one.step {
                Step::Waiting => tally.waiting += 1,
                Step::Sealing | Step::Sent { .. } => tally.sent += 1,
                Step::Ended { how, .. } if how.is_held() => tally.held += 1,
                Step::Ended { .. } => tally.failed += 1,
            }
        }
        tally
    }
}
