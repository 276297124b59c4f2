//! Settings from far away, as the terminal decides on them: which document is tried, when, and whether it stays. It is
//! told of documents that were verified and judged, of what the counter does, and of the time, and answers with
//! effects, which are carried out in order: what is to be kept is on disk before the next is done.

mod answer;
mod effective;
mod slots;

use std::collections::VecDeque;
use std::time::Duration;

pub use self::answer::Answer;
pub use self::answer::FieldFault;
pub use self::answer::Outcome;
pub use self::effective::Effective;
pub use self::effective::Layer;
pub use self::slots::Document;
pub use self::slots::Reach;
pub use self::slots::STARTS;
pub use self::slots::Slots;
pub use self::slots::Trial;

/// A document that waits longer than this for the counter to be idle is answered with `deferred`, and waits on.
pub const IDLE_WAIT: Duration = Duration::from_secs(300);
/// How often the rest of a trial's time is written down.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// What a document came to when it was judged against what is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    Good(Reach),
    Unchanged,
    Wrong(Vec<FieldFault>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A document that verified.
    Offered(Document),
    /// What the document of [`Effect::Judge`] came to.
    Judged { txn: String, judged: Judged },
    /// Whether a switch would disturb anybody: a code, an entry, a sale being prepared or closed.
    Idle(bool),
    /// Whether a result could come back, on the settings that are in force now.
    Armed(bool),
    /// The broker has `config/reported` of the settings that are in force now.
    Reported,
    /// The broker has the answer to this attempt.
    Told { txn: String, attempt: u32 },
    /// The broker is there: what it was not told is told again.
    Up,
    /// Operators have switched the taking of payments off, or on again.
    Paused(bool),
    /// Somebody at the counter has read what [`Effect::Notice`] said.
    Read,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// To be on disk before any effect behind it.
    Keep(Box<Slots>),
    /// Compare it with what is in force, and say what it came to.
    Judge(Document),
    /// Start anew, with [`Slots::start`].
    Switch,
    Answer(Answer),
    /// Money depends on something that was changed: the counter says so until it is read, over any number of starts.
    Notice,
    /// `config/reported` is out of date.
    Report,
}

#[derive(Debug)]
struct Waiting {
    document: Document,
    /// Absent while it is being judged.
    reach: Option<Reach>,
    attempt: u32,
    /// When the operator hears that it waits; absent once that was said.
    defer_at: Option<Duration>,
}

/// The state of it all. Times are on the monotonic clock.
#[derive(Debug)]
pub struct Remote {
    slots: Slots,
    waiting: Option<Waiting>,
    idle: bool,
    armed: bool,
    reported: bool,
    /// Of a trial: when it is given up, and when its rest is next written down.
    trial_until: Option<Duration>,
    keep_at: Option<Duration>,
    /// The last document that was refused for its version, or gave way, so that one that comes again is answered once.
    passed: Option<(u64, String)>,
    switching: bool,
    effects: VecDeque<Effect>,
}

impl Remote {
    /// Goes on with what [`Slots::start`] gave.
    #[must_use]
    pub fn resume(slots: Slots, now: Duration) -> Self {
        let left = slots.trial.as_ref().map(|trial| Duration::from_secs(trial.left_s.into()));
        let notice = slots.unread.then_some(Effect::Notice);
        Self {
            trial_until: left.map(|left| now + left),
            keep_at: left.map(|_| now + KEEP_EVERY),
            slots,
            waiting: None,
            idle: false,
            armed: false,
            reported: false,
            passed: None,
            switching: false,
            effects: VecDeque::from_iter(notice),
        }
    }

    #[must_use]
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// Keeps a set of keys, as it was signed; false where it, or a later one, is kept already.
    pub fn take_keys(&mut self, version: u64, sealed: String) -> bool {
        if self.slots.keys.as_ref().is_some_and(|(kept, _)| *kept >= version) {
            return false;
        }
        self.slots.keys = Some((version, sealed));
        self.keep();
        self.effects.push_back(Effect::Report);
        true
    }

    pub fn handle(&mut self, event: Event, now: Duration) {
        match event {
            Event::Offered(document) => self.take(document, now),
            Event::Judged { txn, judged } => self.take_judgement(&txn, judged),
            Event::Idle(idle) => self.idle = idle,
            Event::Armed(armed) => self.armed = armed,
            Event::Reported => self.reported = true,
            Event::Told { txn, attempt } => self.note_told(&txn, attempt),
            Event::Up => {
                let untold = self.slots.last.clone().filter(|answer| !answer.told);
                self.effects.extend(untold.map(Effect::Answer));
            }
            Event::Paused(paused) => {
                self.slots.paused = paused;
                self.keep();
            }
            Event::Read => {
                self.slots.unread = false;
                self.keep();
            }
        }
        self.go_on(now);
    }

    /// To be called when the time of `poll_timeout` has come; harmless earlier.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.go_on(now);
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let waiting = self.waiting.as_ref().filter(|_| self.slots.trial.is_none());
        let defer = waiting.and_then(|waiting| waiting.defer_at);
        [self.trial_until, self.keep_at, defer].into_iter().flatten().min()
    }

    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn keep(&mut self) {
        self.effects.push_back(Effect::Keep(Box::new(self.slots.clone())));
    }

    /// The answer that is final for this document: it is never tried again.
    fn finish(&mut self, answer: Answer) {
        self.slots.burned = self.slots.burned.max(answer.version);
        self.slots.last = Some(answer.clone());
        self.keep();
        self.effects.push_back(Effect::Answer(answer));
        self.effects.push_back(Effect::Report);
    }

    fn take(&mut self, document: Document, now: Duration) {
        let waiting = self.waiting.as_ref().map_or(0, |waiting| waiting.document.version);
        if document.version <= self.slots.burned.max(waiting) {
            return self.refuse_stale(&document);
        }
        if let Some(before) = &self.waiting {
            let why = format!("version {} came before it could be tried", document.version);
            let answer = Answer::of(&before.document, before.attempt, Outcome::Superseded).because(why);
            self.passed = Some((answer.version, answer.txn.clone()));
            self.effects.push_back(Effect::Answer(answer));
        }
        self.waiting = Some(Waiting { document, reach: None, attempt: 1, defer_at: Some(now + IDLE_WAIT) });
        self.ask_for_judgement();
    }

    /// A retained document comes again with each connection: it is answered once, and only where it is not the one
    /// that made its version known.
    fn refuse_stale(&mut self, document: &Document) {
        let same = |version: u64, txn: &str| (version, txn) == (document.version, document.txn.as_str());
        let of = |known: Option<&Document>| known.is_some_and(|known| same(known.version, &known.txn));
        let known = of(self.slots.in_force())
            || of(self.waiting.as_ref().map(|waiting| &waiting.document))
            || of(self.slots.good.as_ref())
            || self.slots.last.as_ref().is_some_and(|answer| same(answer.version, &answer.txn))
            || self.passed.as_ref().is_some_and(|(version, txn)| same(*version, txn));
        if !known {
            self.passed = Some((document.version, document.txn.clone()));
            let why = "this version, or a later one, was there before; send it under a higher one";
            let answer = Answer::of(document, 1, Outcome::Stale).because(why);
            self.effects.push_back(Effect::Answer(Answer { told: true, ..answer }));
        }
    }

    /// What is on trial may not stay, so nothing is compared with it.
    fn ask_for_judgement(&mut self) {
        let waiting = self.waiting.as_ref().filter(|waiting| waiting.reach.is_none());
        if let Some(waiting) = waiting.filter(|_| self.slots.trial.is_none()) {
            self.effects.push_back(Effect::Judge(waiting.document.clone()));
        }
    }

    fn take_judgement(&mut self, txn: &str, judged: Judged) {
        let Some(mut waiting) = self.waiting.take_if(|waiting| waiting.document.txn == txn) else { return };
        match judged {
            Judged::Good(reach) => {
                waiting.reach = Some(reach);
                self.waiting = Some(waiting);
            }
            Judged::Wrong(errors) => {
                let answer = Answer::of(&waiting.document, waiting.attempt, Outcome::Rejected);
                self.finish(Answer { errors, ..answer });
            }
            // Taken up all the same: what is in force has this version's name now.
            Judged::Unchanged => {
                let answer = Answer::of(&waiting.document, waiting.attempt, Outcome::Unchanged);
                self.slots.good = Some(waiting.document);
                self.finish(answer);
            }
        }
    }

    fn note_told(&mut self, txn: &str, attempt: u32) {
        let last = self.slots.last.as_mut();
        if let Some(last) = last.filter(|last| last.txn == txn && last.attempt == attempt && !last.told) {
            last.told = true;
            self.keep();
        }
    }

    fn go_on(&mut self, now: Duration) {
        if self.switching {
            return;
        }
        if self.slots.trial.is_some() {
            self.judge_trial(now);
        } else {
            self.try_waiting(now);
        }
    }

    fn judge_trial(&mut self, now: Duration) {
        let Some(trial) = &mut self.slots.trial else { return };
        if self.reported && (self.armed || !trial.reach.way) {
            let answer = Answer::of(&trial.document, trial.attempt, Outcome::Applied);
            let notice = trial.reach.money.then_some(Effect::Notice);
            self.slots.unread |= trial.reach.money;
            self.slots.good = Some(trial.document.clone());
            (self.slots.trial, self.trial_until, self.keep_at) = (None, None, None);
            self.finish(answer);
            self.effects.extend(notice);
            self.ask_for_judgement();
            return;
        }
        let until = self.trial_until.unwrap_or(now);
        if now >= until {
            let why = if self.reported {
                "no word from the relay on these settings"
            } else {
                "no broker on these settings"
            };
            self.slots.roll_back(why);
            self.keep();
            self.switch();
        } else if self.keep_at.is_some_and(|at| now >= at) {
            let left = (until - now).as_secs();
            trial.left_s = u32::try_from(left).unwrap_or(u32::MAX);
            self.keep_at = Some(now + KEEP_EVERY);
            self.keep();
        }
    }

    fn try_waiting(&mut self, now: Duration) {
        let Some(waiting) = &mut self.waiting else { return };
        let Some(reach) = waiting.reach else { return };
        let stands_against = if !self.idle {
            "the counter is not idle"
        } else if reach.way && !self.armed {
            "the relay is silent, and whether it is heard with these settings could not be told"
        } else {
            return self.start_trial(reach);
        };
        if waiting.defer_at.is_some_and(|at| now >= at) {
            let answer = Answer::of(&waiting.document, waiting.attempt, Outcome::Deferred);
            waiting.attempt += 1;
            waiting.defer_at = None;
            self.effects.push_back(Effect::Answer(answer.because(stands_against)));
        }
    }

    /// The version is burned with the same write that puts it on trial.
    fn start_trial(&mut self, reach: Reach) {
        let Some(Waiting { document, attempt, .. }) = self.waiting.take() else { return };
        self.slots.burned = document.version;
        let left_s = document.confirm_s;
        self.slots.trial = Some(Trial { document, reach, starts: 0, left_s, attempt });
        self.keep();
        self.switch();
    }

    fn switch(&mut self) {
        self.switching = true;
        self.effects.push_back(Effect::Switch);
    }
}

#[cfg(test)]
mod tests;
