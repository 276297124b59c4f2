//! The payment-link systems that a relay serves: how each is used, whether it is heard, and what the
//! heartbeat says of that.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Relay;
use super::connection::Connection;
use super::errand::Errand;
use super::event::Effect;
use crate::core::message::Heartbeat;
use crate::core::moment::Moment;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Provider;
use crate::port::provider::Strategy;
use crate::port::provider::Trouble;

const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);
/// No closer than this for those who connect: every one goes to all terminals, which may all have connected at once.
const HEARTBEAT_GAP: Duration = Duration::from_secs(1);
/// With sales open, a system not heard for this long is silent.
const SILENCE: Duration = Duration::from_secs(60);
/// A key that is refused, or a system never heard, is tried again this often.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// One payment-link system, and how the shop uses it.
#[derive(Clone)]
pub struct Service {
    pub provider: Arc<dyn Provider>,
    pub strategy: Strategy,
    /// Whether news is confirmed by asking although its signature would be enough.
    pub confirm: bool,
    /// How often a standing link is looked at where nothing is heard of it.
    pub standing_every: Duration,
}

/// A system in service. Nothing of this survives the process: it is asked at start.
pub(super) struct Served {
    pub service: Service,
    heard_at: Option<Duration>,
    /// It refuses our key.
    denied: bool,
    probe_at: Option<Duration>,
    /// It said that it is asked too often: nothing goes out before.
    rests_until: Duration,
    pub connection: Connection,
    /// Questions on their way out.
    outgoing: VecDeque<Effect>,
    /// What was last wrong with an answer, so that it is said once.
    trouble: Option<String>,
    /// What our key was not let ask, in a person's words, and why. Said once each, if a probe finds that the key is
    /// good otherwise.
    forbidden: BTreeMap<&'static str, Option<String>>,
}

impl Served {
    pub fn new(service: Service, now: Duration) -> Self {
        Self {
            service,
            heard_at: None,
            denied: false,
            probe_at: Some(now),
            rests_until: now,
            connection: Connection::new(now),
            outgoing: VecDeque::new(),
            trouble: None,
            forbidden: BTreeMap::new(),
        }
    }

    /// Somebody answered, and in our favour.
    pub fn heard(&mut self, now: Duration) {
        self.heard_at = Some(now);
        self.denied = false;
        self.probe_at = None;
    }

    /// It told something by itself, which says that it is there; not that our key is good, nor that it answers.
    pub fn has_spoken(&mut self, now: Duration) {
        self.heard_at = Some(now);
    }

    /// Asked at the next occasion whether it answers at all.
    pub fn probe_soon(&mut self, at: Duration) {
        self.probe_at.get_or_insert(at);
    }

    /// While it wants to be left alone, no question piles up behind the others.
    fn probe_due(&self) -> Option<Duration> {
        self.probe_at.map(|at| at.max(self.rests_until))
    }

    /// When to call again for what waits here.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let held = (!self.outgoing.is_empty()).then_some(self.rests_until);
        held.into_iter().chain(self.probe_due()).chain(self.connection.due()).min()
    }
}

impl Relay {
    pub(super) fn provider(&self, system: &str) -> Option<&Arc<dyn Provider>> {
        self.served.get(system).map(|served| &served.service.provider)
    }

    pub(super) fn service(&self, system: &str) -> Option<&Service> {
        self.served.get(system).map(|served| &served.service)
    }

    /// The system that a terminal's sales go to now.
    pub(super) fn system_at(&self, terminal: &TerminalId) -> Option<&str> {
        self.options.terminals.get(terminal).map(|terminal| terminal.system.as_str())
    }

    /// The system that a sale was opened at, whatever its terminal has now.
    pub(super) fn system_of(&self, reference: &Reference) -> Option<&str> {
        self.sales.get(reference).map(|sale| sale.system.as_str())
    }

    /// `None` where this relay does not serve the sale's system any more.
    pub(super) fn service_of(&self, reference: &Reference) -> Option<&Service> {
        self.service(self.system_of(reference)?)
    }

    /// Notes what an answer says of the system that gave it. `status` is HTTP's; absent where nothing came.
    pub(super) fn note_answer(
        &mut self,
        (errand, system): (&Errand, &str),
        read: &Result<Answer, Trouble>,
        status: Option<u16>,
        now: Moment,
    ) {
        let Some(served) = self.served.get_mut(system) else { return };
        let answered = status.is_some_and(|status| (200..300).contains(&status));
        match (errand, read) {
            // What a probe reads of a whole list may be odd; that somebody answered is all it asks.
            (Errand::Probe(_), Err(Trouble::Unsure { .. })) if answered => served.heard(now.mono),
            // A key may lack one right and be good for sales: the probe says whether it is.
            (
                Errand::Inquiry(_)
                | Errand::Standing(_)
                | Errand::Former(_)
                | Errand::Refund(_)
                | Errand::Connection(_),
                Err(Trouble::Denied { message }),
            ) => {
                served.probe_soon(now.mono);
                served.forbidden.entry(errand.name()).or_insert_with(|| Some(message.clone()));
            }
            (Errand::Probe(_), Ok(_)) => {
                served.heard(now.mono);
                let untold = served.forbidden.iter_mut();
                for (what, why) in untold.filter_map(|(what, why)| Some((what, why.take()?))) {
                    let message = format!(
                        "{system} does not let our key ask for {what}; give the key this right: {why}"
                    );
                    self.effects.push_back(Effect::Alarm { message });
                }
            }
            (_, Ok(_) | Err(Trouble::Refused { .. } | Trouble::Missing { .. })) => served.heard(now.mono),
            (_, Err(Trouble::Denied { message })) => {
                if !std::mem::replace(&mut served.denied, true) {
                    let message =
                        format!("{system} refuses our key; check the key and its rights: {message}");
                    self.effects.push_back(Effect::Alarm { message });
                }
                served.probe_soon(now.mono + PROBE_EVERY);
            }
            (_, Err(Trouble::Busy { wait, .. })) => {
                served.rests_until = served.rests_until.max(now.mono + wait.unwrap_or_default());
                served.probe_soon(now.mono + PROBE_EVERY);
            }
            (_, Err(Trouble::Unsure { .. })) => served.probe_soon(now.mono + PROBE_EVERY),
        }
        if status.is_some() {
            self.note_trouble(system, read);
        }
    }

    /// One line for each new thing that is wrong: what is asked again and again would fill the log.
    fn note_trouble(&mut self, system: &str, read: &Result<Answer, Trouble>) {
        let Some(served) = self.served.get_mut(system) else { return };
        let Err(trouble @ (Trouble::Unsure { .. } | Trouble::Busy { .. })) = read else { return };
        let message = trouble.to_string();
        if served.trouble.as_ref() != Some(&message) {
            served.trouble = Some(message.clone());
            self.effects.push_back(Effect::Trouble { system: system.to_owned(), message });
        }
    }

    /// A question goes out at the end of this turn, or when the system may be asked again.
    pub(super) fn call(&mut self, system: &str, call: Effect) {
        if let Some(served) = self.served.get_mut(system) {
            served.outgoing.push_back(call);
        }
    }

    pub(super) fn let_calls_out(&mut self, now: Moment) {
        for served in self.served.values_mut().filter(|served| now.mono >= served.rests_until) {
            self.effects.append(&mut served.outgoing);
        }
    }

    /// Asks each system that is due whether it is there. The question is harmless; asked at start, it finds a
    /// wrong key before the first sale.
    pub(super) fn probe(&mut self, now: Moment) {
        let is_due = |served: &Served| served.probe_due().is_some_and(|at| now.mono >= at);
        let due = self.served.iter().filter(|(_, served)| is_due(served)).map(|(system, _)| *system);
        for system in due.collect::<Vec<_>>() {
            if let Some(served) = self.served.get_mut(system) {
                served.probe_at = Some(now.mono + PROBE_EVERY);
            }
            // A system that cannot list its links is heard of when the first sale asks.
            let _unsupported =
                self.ask(Errand::Probe(system), Ask::ListLinks { active: Some(true), cursor: None });
        }
    }

    /// Whether payments can be taken and heard of now at this system.
    #[must_use]
    pub fn is_heard(&self, system: &str, now: Moment) -> bool {
        let Some(served) = self.served.get(system) else { return false };
        let Some(heard) = served.heard_at else { return false };
        let quiet = now.mono.saturating_sub(heard) > SILENCE;
        let waiting = || self.sales.values().any(|sale| sale.is_open() && sale.system == system);
        // While nothing is sold nobody asks, and silence says nothing; a question without an answer does.
        let unanswered = served.probe_at.is_some();
        served.connection.is_good() && !served.denied && !(quiet && (unanswered || waiting()))
    }

    /// Each system, and whether it is heard.
    pub fn hearing(&self, now: Moment) -> impl Iterator<Item = (&'static str, bool)> + '_ {
        self.served.keys().map(move |system| (*system, self.is_heard(system, now)))
    }

    /// The systems at which no payment can be taken now.
    pub(super) fn silent(&self, now: Moment) -> Vec<String> {
        self.hearing(now).filter(|(_, heard)| !heard).map(|(system, _)| system.to_owned()).collect()
    }

    /// A terminal that has just connected should not wait for the next regular one.
    pub(super) fn beat_soon(&mut self, now: Moment) {
        let free = self.beaten.map_or(now.mono, |last| now.mono.max(last + HEARTBEAT_GAP));
        self.beat_at = self.beat_at.min(free);
    }

    pub(super) fn beat(&mut self, now: Moment) {
        (self.beaten, self.beat_at) = (Some(now.mono), now.mono + HEARTBEAT_EVERY);
        self.told_silent = self.silent(now);
        let serving = self.told_silent.len() < self.served.len();
        let beat = self.next_beat(serving, self.told_silent.clone());
        self.effects.push_back(Effect::Beat(beat));
    }

    /// The last heartbeat of a relay that was told to stop: no code stays up until the next one is missed.
    pub fn farewell(&mut self) -> Heartbeat {
        let all = self.served.keys().map(|system| (*system).to_owned()).collect();
        self.next_beat(false, all)
    }

    fn next_beat(&mut self, serving: bool, silent: Vec<String>) -> Heartbeat {
        self.beats += 1;
        let (start, stream) = (self.start.clone(), self.stream.clone());
        Heartbeat { count: self.beats, start, stream, serving, silent }
    }
}

#[cfg(test)]
mod tests;
