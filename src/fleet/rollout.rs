//! A change for many terminals, in waves: a few, then more, each wave only once the one before has stood its time. It is
//! told of answers, of who is there, and of the time, and answers with effects, which are carried out in order.
//!
//! A terminal that is off when its turn comes is sent nothing: what the broker keeps for it would be tried unseen, and
//! might go back unseen. It has its turn as soon as it appears, and if it does not, it is told of as not yet.
//!
//! While the broker is away nobody is judged: all times are of the connection.

mod fact;
mod one;
mod waves;

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::Duration;

pub use self::fact::Fact;
pub use self::fact::How;
pub use self::one::One;
pub use self::one::Step;
pub use self::one::Tally;
pub use self::waves::Member;
pub use self::waves::NotAPart;
pub use self::waves::Part;
pub use self::waves::waves;
use crate::core::reference::TerminalId;
use crate::core::remote::Outcome;

/// How careful it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// So long a terminal must stay, with what it took, before the next wave.
    pub soak: Duration,
    /// Who is away longer has fallen silent.
    pub away: Duration,
    /// Who is there and has not answered in this time does not answer.
    pub answer: Duration,
    /// So many are on their way at a time, at least 1.
    pub at_once: usize,
    /// So many of a wave may fail.
    pub tolerate: Part,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Online {
        terminal: TerminalId,
        online: bool,
    },
    /// It has all of it already; nothing is sent.
    Holds(TerminalId),
    /// What [`Effect::Seal`] asked for lies ready.
    Sealed {
        terminal: TerminalId,
        version: u64,
        txn: String,
    },
    /// The broker has it.
    Published(TerminalId),
    /// What the terminal says of the document that was sent to it; may come again.
    Answered {
        terminal: TerminalId,
        outcome: Outcome,
        why: String,
    },
    /// It cannot be done: overtaken, or not sent.
    Failed {
        terminal: TerminalId,
        how: How,
        why: String,
    },
    /// Whether there is a connection; there is at first. That it is back is said once all is told that was missed.
    Broker(bool),
    /// All that the broker keeps was told: nothing is decided before.
    Begin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make and sign the terminal's document, and keep it.
    Seal(TerminalId),
    /// To be on disk before any effect behind it.
    Keep(Fact),
    /// Hand over the document that was kept; the very same where it is asked for again.
    Publish(TerminalId),
    Ended(End),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody is left.
    Done,
    /// Some were not there, or are busy still.
    Waiting,
    Stopped(String),
}

#[derive(Debug)]
pub struct Rollout {
    terms: Terms,
    ones: BTreeMap<TerminalId, One>,
    sizes: Vec<usize>,
    wave: usize,
    /// How long there was no connection in all, and since when there is none.
    lost: Duration,
    lost_since: Option<Duration>,
    stopped: Option<String>,
    begun: bool,
    ended: bool,
    effects: VecDeque<Effect>,
}

impl Rollout {
    /// Goes on where these facts end; with none it begins. Nobody is there until an event says so.
    #[must_use]
    pub fn resume(waves: &[Vec<TerminalId>], facts: &[Fact], terms: Terms, now: Duration) -> Self {
        let of_wave = |(wave, ids): (usize, &Vec<TerminalId>)| {
            ids.iter().map(|id| (id.clone(), One::new(wave, now))).collect::<Vec<_>>()
        };
        let mut own = Self {
            terms,
            ones: waves.iter().enumerate().flat_map(of_wave).collect(),
            sizes: waves.iter().map(Vec::len).collect(),
            wave: 0,
            lost: Duration::ZERO,
            lost_since: None,
            stopped: None,
            begun: false,
            ended: false,
            effects: VecDeque::new(),
        };
        facts.iter().for_each(|fact| own.recall(fact, now));
        own.wave = own.wave.min(waves.len().saturating_sub(1));
        let again = own.ones.iter().filter(|(_, one)| matches!(one.step, Step::Sent { .. }));
        own.effects = again.map(|(id, _)| Effect::Publish(id.clone())).collect();
        own
    }

    fn recall(&mut self, fact: &Fact, now: Duration) {
        let soak_until = now + self.terms.soak;
        match fact {
            Fact::Sent { terminal, version, txn } => {
                let answer_by = now + self.terms.answer;
                if let Some(one) = self.ones.get_mut(terminal) {
                    one.sent = Some((*version, txn.clone()));
                    one.step = Step::Sent { published: false, put_off: false, answer_by };
                }
            }
            Fact::Ended { terminal, how, why } => {
                if let Some(one) = self.ones.get_mut(terminal) {
                    one.soak_until = how.is_held().then_some(soak_until);
                    one.step = Step::Ended { how: *how, why: why.clone() };
                }
            }
            Fact::Passed { wave } => {
                self.wave = wave + 1;
                self.ones.values_mut().for_each(|one| one.soak_until = None);
            }
            Fact::Stopped { why } => self.stopped = Some(why.clone()),
        }
    }

    pub fn handle(&mut self, event: Event, now: Duration) {
        let clock = self.clock(now);
        match event {
            Event::Online { terminal, online } => self.see(&terminal, online, clock),
            Event::Holds(terminal) => {
                if self
                    .ones
                    .get(&terminal)
                    .is_some_and(|one| matches!(one.step, Step::Waiting | Step::Sealing))
                {
                    self.end(&terminal, How::Unchanged, String::new(), None);
                }
            }
            Event::Sealed { terminal, version, txn } => self.take_sealed(terminal, version, txn, clock),
            Event::Published(terminal) => {
                if let Some(Step::Sent { published, .. }) = self.step_of(&terminal) {
                    *published = true;
                }
            }
            Event::Answered { terminal, outcome, why } => self.take_answer(&terminal, outcome, why, clock),
            Event::Failed { terminal, how, why } => {
                let open = self.step_of(&terminal).is_some_and(|step| !matches!(step, Step::Ended { .. }));
                if open {
                    self.end(&terminal, how, why, None);
                }
            }
            Event::Broker(there) => self.take_broker(there, now),
            Event::Begin => self.begun = true,
        }
        self.go_on(now);
    }

    /// To be called when the time of `poll_timeout` has come; harmless earlier.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.go_on(now);
    }

    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.ended || self.lost_since.is_some() {
            return None;
        }
        let of_one = |one: &One| {
            let answer = match &one.step {
                Step::Sent { put_off: false, answer_by, .. } => Some(*answer_by),
                Step::Sent { .. } | Step::Waiting | Step::Sealing | Step::Ended { .. } => None,
            };
            [answer, self.silent_at(one)]
        };
        let due = self.ones.values().flat_map(of_one).flatten().min();
        due.into_iter().chain(self.soak_end()).min().map(|at| at + self.lost)
    }

    /// When all have stood their time, if nobody is on the way or away.
    fn soak_end(&self) -> Option<Duration> {
        let open =
            |one: &One| one.is_on_its_way() || (one.soak_until.is_some() && self.silent_at(one).is_some());
        let end = self.ones.values().filter_map(|one| one.soak_until).max();
        end.filter(|_| !self.ones.values().any(open))
    }

    /// Time that the connection was there.
    fn clock(&self, now: Duration) -> Duration {
        self.lost_since.unwrap_or(now).saturating_sub(self.lost)
    }

    fn step_of(&mut self, id: &TerminalId) -> Option<&mut Step> {
        self.ones.get_mut(id).map(|one| &mut one.step)
    }

    fn see(&mut self, id: &TerminalId, online: bool, clock: Duration) {
        if let Some(one) = self.ones.get_mut(id).filter(|one| one.online != online) {
            (one.online, one.away_since) = (online, clock);
        }
    }

    fn take_sealed(&mut self, terminal: TerminalId, version: u64, txn: String, clock: Duration) {
        let answer_by = clock + self.terms.answer;
        let Some(one) = self.ones.get_mut(&terminal).filter(|one| one.step == Step::Sealing) else { return };
        one.sent = Some((version, txn.clone()));
        one.step = Step::Sent { published: false, put_off: false, answer_by };
        self.effects.push_back(Effect::Keep(Fact::Sent { terminal: terminal.clone(), version, txn }));
        self.effects.push_back(Effect::Publish(terminal));
    }

    fn take_answer(&mut self, id: &TerminalId, outcome: Outcome, why: String, clock: Duration) {
        let Some(one) = self.ones.get_mut(id).filter(|one| one.sent.is_some()) else { return };
        match (How::of(outcome), &mut one.step) {
            (None, Step::Sent { put_off, .. }) => *put_off = true,
            (Some(how), Step::Ended { how: known, .. }) if how == *known => {}
            (Some(how), _) => {
                let soak = clock + self.terms.soak;
                self.end(id, how, why, Some(soak));
            }
            (None, Step::Waiting | Step::Sealing | Step::Ended { .. }) => {}
        }
    }

    fn end(&mut self, id: &TerminalId, how: How, why: String, soak_until: Option<Duration>) {
        let Some(one) = self.ones.get_mut(id) else { return };
        one.soak_until = soak_until.filter(|_| how.is_held());
        one.step = Step::Ended { how, why: why.clone() };
        self.effects.push_back(Effect::Keep(Fact::Ended { terminal: id.clone(), how, why }));
    }

    fn take_broker(&mut self, there: bool, now: Duration) {
        match (there, self.lost_since) {
            (false, None) => self.lost_since = Some(now),
            (true, Some(since)) => {
                (self.lost, self.lost_since) = (self.lost + now.saturating_sub(since), None);
                let unheard = self
                    .ones
                    .iter()
                    .filter(|(_, one)| matches!(one.step, Step::Sent { published: false, .. }));
                self.effects.extend(unheard.map(|(id, _)| Effect::Publish(id.clone())));
            }
            (false, Some(_)) | (true, None) => {}
        }
    }

    /// When somebody who is away has fallen silent.
    fn silent_at(&self, one: &One) -> Option<Duration> {
        let watched = match &one.step {
            Step::Sent { put_off, .. } => !put_off,
            Step::Ended { .. } => one.soak_until.is_some() && !self.terms.soak.is_zero(),
            Step::Waiting | Step::Sealing => false,
        };
        (watched && !one.online).then(|| one.away_since + self.terms.away)
    }

    fn go_on(&mut self, now: Duration) {
        if !self.begun || self.ended || self.lost_since.is_some() {
            return;
        }
        let clock = self.clock(now);
        self.judge_silence(clock);
        self.judge_waves();
        loop {
            if let Some(why) = self.stopped.clone() {
                if !self.ones.values().any(One::is_on_its_way) {
                    self.finish(End::Stopped(why));
                }
                return;
            }
            self.send();
            if !self.is_through(clock) {
                return;
            }
            if !self.pass() {
                return;
            }
        }
    }

    fn judge_silence(&mut self, clock: Duration) {
        let mut found = Vec::new();
        for (id, one) in &self.ones {
            let late =
                matches!(&one.step, Step::Sent { put_off: false, answer_by, .. } if clock >= *answer_by);
            if self.silent_at(one).is_some_and(|at| clock >= at) {
                found.push((id.clone(), How::Silent, "it went away with it and was not seen again"));
            } else if late {
                found.push((id.clone(), How::Unanswered, "it is there and does not answer"));
            }
        }
        for (id, how, why) in found {
            self.end(&id, how, why.to_owned(), None);
        }
    }

    /// Stops where more of a wave have failed than may.
    fn judge_waves(&mut self) {
        if self.stopped.is_some() {
            return;
        }
        let mut failed = vec![0; self.sizes.len()];
        self.ones.values().filter(|one| one.has_failed()).for_each(|one| failed[one.wave] += 1);
        let mut waves = failed.into_iter().zip(&self.sizes).enumerate();
        let over = waves.find(|(_, (failed, all))| *failed > self.terms.tolerate.at_most(**all));
        if let Some((wave, (failed, all))) = over {
            let why = format!("{failed} of {all} in wave {} failed", wave + 1);
            self.effects.push_back(Effect::Keep(Fact::Stopped { why: why.clone() }));
            self.stopped = Some(why);
        }
    }

    fn send(&mut self) {
        let on_their_way = self.ones.values().filter(|one| one.is_on_its_way()).count();
        let room = self.terms.at_once.saturating_sub(on_their_way);
        let wave = self.wave;
        let next =
            |(_, one): &(&TerminalId, &mut One)| one.wave <= wave && one.online && one.step == Step::Waiting;
        for (id, one) in self.ones.iter_mut().filter(next).take(room) {
            one.step = Step::Sealing;
            self.effects.push_back(Effect::Seal(id.clone()));
        }
    }

    /// Whether everybody of this wave who is there has taken it and stood their time.
    fn is_through(&self, clock: Duration) -> bool {
        let waits = self.ones.values().any(|one| one.is_on_its_way() || one.soak_until.is_some());
        !waits || self.soak_end().is_some_and(|end| clock >= end)
    }

    /// On to the next wave; false where there is none.
    fn pass(&mut self) -> bool {
        let tried = self.ones.values().any(|one| matches!(one.step, Step::Ended { .. }));
        let left = self.ones.values().any(|one| !matches!(one.step, Step::Ended { .. }));
        let last = self.wave + 1 >= self.sizes.len();
        if !tried && !last {
            // What nobody has tried yet is let loose on nobody else.
            self.finish(End::Waiting);
            return false;
        }
        self.ones.values_mut().for_each(|one| one.soak_until = None);
        if tried {
            self.effects.push_back(Effect::Keep(Fact::Passed { wave: self.wave }));
        }
        if last {
            self.finish(if left { End::Waiting } else { End::Done });
            return false;
        }
        self.wave += 1;
        true
    }

    fn finish(&mut self, end: End) {
        self.ended = true;
        self.effects.push_back(Effect::Ended(end));
    }

    /// The wave that has its turn, from 0.
    #[must_use]
    pub fn wave(&self) -> usize {
        self.wave
    }

    /// How many waves there are.
    #[must_use]
    pub fn waves(&self) -> usize {
        self.sizes.len()
    }

    #[must_use]
    pub fn tally(&self, wave: usize) -> Tally {
        Tally::of(self.ones.values().filter(|one| one.wave == wave))
    }

    /// Everybody, and where they stand.
    #[must_use]
    pub fn ones(&self) -> &BTreeMap<TerminalId, One> {
        &self.ones
    }

    /// How long it is until all who took it have stood their time, where nobody is on the way any more.
    #[must_use]
    pub fn soaks_for(&self, now: Duration) -> Option<Duration> {
        let left = self.soak_end()?.checked_sub(self.clock(now))?;
        (!left.is_zero() && !self.ended).then_some(left)
    }
}

#[cfg(test)]
mod tests;
