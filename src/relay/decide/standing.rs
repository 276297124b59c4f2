//! The terminals' standing links, watched: their payments where no webhook tells of them, and whether a
//! customer who scans could still pay. What changes is told to the terminal, which takes the code off.

use std::time::Duration;

use super::Relay;
use super::Standing;
use super::Terminal;
use super::errand::Errand;
use super::fact::Fact;
use super::former::Former;
use super::round::Depth;
use super::round::Round;
use super::sale::Sale;
use crate::core::backoff;
use crate::core::message::CloseReason;
use crate::core::message::StandingState;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::payment::LinkStatus;
use crate::core::reference::TerminalId;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;

const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MOST: Duration = Duration::from_secs(300);
/// A list that cannot be read after so many tries, half a minute, is begun anew.
const UNREAD_MOST: u32 = 5;

/// One terminal's standing link.
#[derive(Clone, Debug)]
pub struct Watch {
    step: Step,
    due: Duration,
    attempt: u32,
    out: bool,
    /// Something happened while a question was out: look again when this round ends.
    again: bool,
    /// How far this look at its payments has come.
    round: Round,
    /// The next look does not know how far those before it came.
    catches_up: bool,
    /// Its payments could not be read to the end: what is paid now nobody would hear of.
    unread: bool,
    /// What a fold of the facts says.
    pub known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Link,
    Payments { cursor: Option<String> },
}

/// What is written down about a standing link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub system: String,
    pub link: String,
    /// Payments from before are history.
    pub since_unix_ms: Option<i64>,
    /// All payments up to here are in the journal.
    pub through_unix_ms: Option<i64>,
    /// What the terminal was told last, under which number.
    told: Option<LinkStatus>,
    n: u64,
}

impl Known {
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            // Another link than before: what was told of the old one is of no use.
            Fact::Watched { system, link, at_unix_ms, .. } => {
                let (system, link, since_unix_ms) = (system.clone(), link.clone(), Some(*at_unix_ms));
                *self = Self { system, link, since_unix_ms, through_unix_ms: None, told: None, n: self.n };
            }
            Fact::Listed { through_unix_ms, .. } => self.through_unix_ms = Some(*through_unix_ms),
            Fact::Stands { status, n, .. } => {
                self.told = Some(status.clone());
                self.n = *n;
            }
            Fact::Opened { .. }
            | Fact::Asked { .. }
            | Fact::Linked { .. }
            | Fact::Refused { .. }
            | Fact::Tombstone { .. }
            | Fact::Closing { .. }
            | Fact::Closed { .. }
            | Fact::Received { .. }
            | Fact::Handled { .. }
            | Fact::Paid { .. }
            | Fact::Owed { .. }
            | Fact::Receipted { .. }
            | Fact::Journal { .. }
            | Fact::RefundOpened { .. }
            | Fact::RefundAsked { .. }
            | Fact::RefundSaid { .. }
            | Fact::RefundDoubted { .. } => {}
        }
    }
}

impl Watch {
    pub fn new(known: Known, due: Duration) -> Self {
        let (round, step) = (Round::new(0, true), Step::Link);
        Self {
            step,
            due,
            attempt: 0,
            out: false,
            again: false,
            round,
            catches_up: true,
            unread: false,
            known,
        }
    }

    /// When to ask; `None` while a question is out.
    pub fn due(&self) -> Option<Duration> {
        (!self.out).then_some(self.due)
    }

    fn go(&mut self, step: Step, now: Duration) {
        self.step = step;
        self.due = now;
        self.attempt = 0;
    }
}

impl Relay {
    /// Begins to watch every standing link of the configuration.
    pub(super) fn watch_standing(&mut self, now: Moment) {
        for (terminal, Terminal { system, standing }) in self.options.terminals.clone() {
            let Some(Standing { link, .. }) = standing else { continue };
            let known = self.stood.remove(&terminal).unwrap_or_default();
            self.watches.insert(terminal.clone(), Watch::new(known.clone(), now.mono));
            if (&known.system, &known.link) != (&system, &link) {
                self.formers.extend(Former::of(&known, now.mono).map(|former| (terminal.clone(), former)));
                self.record(Fact::Watched { terminal, system, link, at_unix_ms: now.unix_ms });
            }
        }
        self.stood.clear();
    }

    /// Whether a payment over this terminal's standing link is from before anybody watched it.
    pub(super) fn is_history(&self, terminal: &TerminalId, payment: &Payment) -> bool {
        let since = self.watches.get(terminal).and_then(|watch| watch.known.since_unix_ms);
        // Most systems tell the second only.
        since.is_some_and(|since| payment.at_unix_ms + 1000 <= since)
    }

    pub(super) fn standing_is_closed(&self, terminal: &TerminalId) -> bool {
        let told = self.watches.get(terminal).and_then(|watch| watch.known.told.as_ref());
        told.is_some_and(|status| !status.is_payable())
    }

    /// Something happened on this terminal's standing link.
    pub(super) fn watch_soon(&mut self, terminal: &TerminalId, now: Moment) {
        match self.watches.get_mut(terminal) {
            // A round that has begun comes to its end first: what it has not seen yet is older.
            Some(watch) if watch.out || matches!(watch.step, Step::Payments { cursor: Some(_) }) => {
                watch.again = true;
            }
            Some(watch) => watch.go(Step::Link, now.mono),
            None => {}
        }
    }

    pub(super) fn run_watches(&mut self, now: Moment) {
        let is_due = |watch: &Watch| watch.due().is_some_and(|due| now.mono >= due);
        let due = self.watches.iter().filter(|(_, watch)| is_due(watch));
        let due: Vec<TerminalId> = due.map(|(terminal, _)| terminal.clone()).collect();
        for terminal in due {
            self.look_at_standing(&terminal, now);
        }
    }

    fn look_at_standing(&mut self, terminal: &TerminalId, now: Moment) {
        let Some(watch) = self.watches.get_mut(terminal) else { return };
        let link = watch.known.link.clone();
        let ask = match &watch.step {
            Step::Link => Ask::GetLink { link },
            Step::Payments { cursor } => Ask::ListPayments { link, cursor: cursor.clone() },
        };
        watch.out = true;
        if self.ask(Errand::Standing(terminal.clone()), ask).is_err() {
            // A system without this question: the other one is asked at the watch's pace.
            self.rest(terminal, now);
        }
    }

    pub(super) fn standing_answered(
        &mut self,
        terminal: &TerminalId,
        read: Result<Answer, Trouble>,
        status: Option<u16>,
        now: Moment,
    ) {
        let Some(watch) = self.watches.get_mut(terminal) else { return };
        watch.out = false;
        // An outage says nothing of the list: it is waited for, and the heartbeat tells of it.
        let unreadable = status.is_some_and(|status| (200..300).contains(&status));
        let step = watch.step.clone();
        match (step, read) {
            (Step::Link, Ok(Answer::Link(link))) => self.stands(terminal, &link, now),
            (Step::Link, Err(Trouble::Missing { .. })) => {
                self.tell_standing(terminal, LinkStatus::Unknown("missing".to_owned()), now);
                self.rest(terminal, now);
            }
            (Step::Payments { .. }, Ok(Answer::Payments(page))) => self.standing_paid(terminal, page, now),
            (Step::Payments { cursor: Some(_) }, Err(Trouble::Refused { .. } | Trouble::Missing { .. })) => {
                // The place in the list is not known any more: the next look begins at its top, and goes as deep.
                watch.catches_up = true;
                watch.step = Step::Link;
                self.look_later(terminal, None, now);
            }
            (Step::Payments { .. }, Err(Trouble::Unsure { .. }))
                if unreadable && watch.attempt >= UNREAD_MOST =>
            {
                (watch.unread, watch.catches_up) = (true, true);
                watch.go(Step::Link, now.mono);
                self.look_later(terminal, None, now);
            }
            (_, Err(Trouble::Busy { wait, .. })) => self.look_later(terminal, wait, now),
            (_, Ok(_) | Err(_)) => self.look_later(terminal, None, now),
        }
    }

    fn stands(&mut self, terminal: &TerminalId, link: &LinkState, now: Moment) {
        let unread = self.watches.get(terminal).is_some_and(|watch| watch.unread);
        let status = match link.status_at(now.unix_ms) {
            payable if unread && payable.is_payable() => LinkStatus::Unknown("unreadable".to_owned()),
            status => status,
        };
        self.tell_standing(terminal, status, now);
        let service = self.system_at(terminal).and_then(|system| self.service(system));
        let lists = service.is_some_and(|service| service.provider.capabilities().list_payments);
        if let Some(watch) = self.watches.get_mut(terminal).filter(|_| lists) {
            watch.round = Round::new(now.unix_ms, watch.catches_up);
            watch.catches_up = true;
            watch.go(Step::Payments { cursor: None }, now.mono);
        } else {
            self.rest(terminal, now);
        }
    }

    fn standing_paid(&mut self, terminal: &TerminalId, page: Page<Payment>, now: Moment) {
        let Some(watch) = self.watches.get(terminal) else { return };
        let (mut round, known) = (watch.round.clone(), watch.known.clone());
        let depth = Depth {
            through_unix_ms: known.through_unix_ms,
            since_unix_ms: known.since_unix_ms.unwrap_or(now.unix_ms),
            pending_unix_ms: self.oldest_pending(&known),
        };
        let is_new = |payment: &Payment| !self.payments.contains_key(&payment.key);
        let goes_on = round.goes_on(&page.items, is_new, depth);
        self.take_payments(page.items, now);
        let next = page.next.filter(|_| goes_on);
        if let Some(through) = round.through(known.through_unix_ms).filter(|_| next.is_none()) {
            // What is pending may be let go of, and is met again from there on.
            let pending = self.oldest_pending(&known).unwrap_or(i64::MAX);
            let (terminal, through_unix_ms) = (terminal.clone(), through.min(pending));
            self.record(Fact::Listed { terminal, through_unix_ms });
        }
        let Some(watch) = self.watches.get_mut(terminal) else { return };
        watch.round = round;
        if let Some(next) = next {
            return watch.go(Step::Payments { cursor: Some(next) }, now.mono);
        }
        watch.catches_up = false;
        if std::mem::take(&mut watch.unread) {
            // It can be read again, and the terminal is told so at once.
            watch.again = true;
        }
        self.rest(terminal, now);
    }

    fn oldest_pending(&self, known: &Known) -> Option<i64> {
        let here = |payment: &&Payment| {
            payment.key.provider == known.system && payment.link.as_ref() == Some(&known.link)
        };
        let pending = self.payments.values().filter(here).filter(|payment| payment.status.is_in_progress());
        pending.map(|payment| payment.at_unix_ms).min()
    }

    /// Until the next round.
    fn rest(&mut self, terminal: &TerminalId, now: Moment) {
        let service = self.system_at(terminal).and_then(|system| self.service(system));
        let Some(every) = service.map(|service| service.standing_every) else { return };
        if let Some(watch) = self.watches.get_mut(terminal) {
            watch.out = false;
            let wait = if std::mem::take(&mut watch.again) { Duration::ZERO } else { every };
            watch.go(Step::Link, now.mono + wait);
        }
    }

    fn look_later(&mut self, terminal: &TerminalId, wait: Option<Duration>, now: Moment) {
        if let Some(watch) = self.watches.get_mut(terminal) {
            watch.due = now.mono + backoff::asked(wait, watch.attempt, RETRY_FIRST, RETRY_MOST);
            watch.attempt = watch.attempt.saturating_add(1);
        }
    }

    /// Tells the terminal, if it is new to it. The first look is always told: the terminal may remember a
    /// closure from an earlier relay.
    fn tell_standing(&mut self, terminal: &TerminalId, status: LinkStatus, now: Moment) {
        let Some(watch) = self.watches.get(terminal) else { return };
        let before = watch.known.told.as_ref();
        let news = before.is_none_or(|before| before.is_payable() != status.is_payable());
        if news || before.is_some_and(|before| !before.is_payable() && *before != status) {
            let n = (watch.known.n + 1).max(u64::try_from(now.unix_ms).unwrap_or(0));
            let payable = status.is_payable();
            self.record(Fact::Stands { terminal: terminal.clone(), status, n });
            self.retell_standing(terminal, now);
            if !payable {
                self.close_riders(terminal, now);
            }
        }
    }

    /// Sales whose code leads to the standing link end with it.
    fn close_riders(&mut self, terminal: &TerminalId, now: Moment) {
        let Some(known) = self.watches.get(terminal).map(|watch| watch.known.clone()) else { return };
        let rides = |sale: &&Sale| {
            let over = sale.link.as_ref().is_some_and(|link| link.rides && link.id == known.link);
            sale.is_open() && over && sale.system == known.system && sale.reference.terminal() == *terminal
        };
        let riders = self.sales.values().filter(rides).map(|sale| sale.reference.clone());
        for reference in riders.collect::<Vec<_>>() {
            self.begin_close(&reference, CloseReason::NoLink, now);
        }
    }

    /// Owes the terminal what is known of its standing link, as after its card was replaced.
    pub(super) fn retell_standing(&mut self, terminal: &TerminalId, now: Moment) {
        let Some(known) = self.watches.get(terminal).map(|watch| &watch.known) else { return };
        let Some(status) = known.told.clone() else { return };
        let served = self.options.terminals.get(terminal);
        let Some(standing) = served.and_then(|terminal| terminal.standing.as_ref()) else { return };
        let state = StandingState { url: standing.url.clone(), status, n: known.n };
        let document = format!("{}.{terminal}.standing.{}", self.stream, known.n);
        self.owe(terminal.clone(), document, Word::Standing(state), now);
    }
}
