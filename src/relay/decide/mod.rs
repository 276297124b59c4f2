//! The relay's core, pure: which link to ask for, what to watch, what a payment is to whom, and what is
//! owed to which terminal. The contract is the terminal's: `handle` or `handle_timeout`, then
//! `poll_effect` until `None`, then sleep until `poll_timeout`.

mod connection;
mod errand;
pub mod event;
pub mod fact;
mod fold;
mod former;
mod inquiry;
mod missing;
mod money;
mod provider;
mod refund;
mod refunds;
mod requests;
mod round;
pub mod sale;
mod service;
mod standing;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

use self::errand::Call;
use self::event::Effect;
use self::event::Event;
use self::event::EventId;
use self::fact::Fact;
use self::former::Former;
use self::inquiry::Inquiry;
pub use self::missing::Missing;
use self::refunds::Refunds;
use self::sale::Sale;
use self::service::Served;
pub use self::service::Service;
use self::standing::Known;
use self::standing::Watch;
pub use self::work::PollPace;
use self::work::Work;
use crate::core::link::AllowList;
use crate::core::message::Answer;
use crate::core::message::CloseReason;
use crate::core::message::Outcome;
use crate::core::message::Said;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::mqtt::outbox::Outbox;
use crate::mqtt::outbox::Pace;
use crate::port::provider::News;
use crate::port::provider::Payment;

/// A terminal that is gone does not keep a link payable: closed this long after the code's end.
const CLOSE_GRACE_MS: i64 = 15_000;
/// How far a system's clock may be from ours, and its list behind its own news.
const CLOCK_SLACK_MS: i64 = 600_000;
/// What an adapter should never make of an answer; it is asked again.
const ODD: &str = "another answer than was asked for";
/// Ended sales kept in memory, and payments of nobody; older ones are recalled from the journal.
const KEPT: usize = 500;

/// What the relay's core obeys.
#[derive(Clone, Debug)]
pub struct Options {
    /// What customers read on the hosted page.
    pub title: String,
    /// Hosts a payable link may have.
    pub allowed: AllowList,
    pub poll: PollPace,
    /// Whoever is not here is not served.
    pub terminals: BTreeMap<TerminalId, Terminal>,
}

/// A terminal as the relay serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The payment-link system of its sales and its standing link.
    pub system: String,
    pub standing: Option<Standing>,
}

/// A terminal's reusable link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub link: String,
    pub url: String,
}

pub struct Relay {
    options: Options,
    served: BTreeMap<&'static str, Served>,
    /// Drawn at this start.
    start: String,
    /// The journal's random id names the stream of notices.
    stream: String,
    sales: BTreeMap<Reference, Sale>,
    /// In the order they were opened, for letting go of old ones.
    order: VecDeque<Reference>,
    payments: BTreeMap<PaymentKey, Payment>,
    /// Whose they were found to be: a link may have changed hands since.
    owners: BTreeMap<PaymentKey, TerminalId>,
    /// Those of the payments that are no sale's, oldest first.
    loose: VecDeque<PaymentKey>,
    given_out: BTreeMap<TerminalId, u64>,
    /// Each terminal's journal, and when it was first heard of.
    journals: BTreeMap<TerminalId, (String, i64)>,
    /// Journals that were replaced by another.
    retired: BTreeSet<(TerminalId, String)>,
    owed: BTreeMap<(TerminalId, String), Word>,
    outbox: Outbox<TerminalId, String>,
    works: BTreeMap<Reference, Work>,
    refunds: Refunds,
    calls: BTreeMap<u64, Call>,
    /// Webhooks recorded and not yet handled, from before a crash.
    pending: BTreeMap<EventId, News>,
    inquiries: BTreeMap<EventId, Inquiry>,
    watches: BTreeMap<TerminalId, Watch>,
    /// Standing links that were replaced, and are looked at once more.
    formers: BTreeMap<TerminalId, Former>,
    /// Every standing link that was ever watched, by its system and id, and whose it was: customers keep
    /// pictures of codes, and what was paid over a link that was replaced is still the terminal's.
    stood_links: BTreeMap<(String, String), TerminalId>,
    /// What the facts say of standing links, until they are watched.
    stood: BTreeMap<TerminalId, Known>,
    next_ticket: u64,
    /// The ticket of the answer that is being read.
    reading: Option<u64>,
    online: bool,
    beats: u64,
    /// When the last heartbeat was sent, and when the next one is.
    beaten: Option<Duration>,
    beat_at: Duration,
    told_silent: Vec<String>,
    effects: VecDeque<Effect>,
}

impl Relay {
    /// Starts, or goes on from the facts of the journal named `stream`. `given_out` is the highest notice
    /// number of each terminal; `start` is random and fresh.
    #[must_use]
    pub fn resume(
        options: Options,
        services: Vec<Service>,
        start: String,
        stream: String,
        facts: &[Fact],
        given_out: BTreeMap<TerminalId, u64>,
        now: Moment,
    ) -> Self {
        let mut relay = Self {
            options,
            served: services
                .into_iter()
                .map(|service| (service.provider.name(), Served::new(service, now.mono)))
                .collect(),
            start,
            stream,
            sales: BTreeMap::new(),
            order: VecDeque::new(),
            payments: BTreeMap::new(),
            owners: BTreeMap::new(),
            loose: VecDeque::new(),
            given_out,
            journals: BTreeMap::new(),
            retired: BTreeSet::new(),
            owed: BTreeMap::new(),
            outbox: Outbox::default(),
            works: BTreeMap::new(),
            refunds: Refunds::default(),
            calls: BTreeMap::new(),
            pending: BTreeMap::new(),
            inquiries: BTreeMap::new(),
            watches: BTreeMap::new(),
            formers: BTreeMap::new(),
            stood_links: BTreeMap::new(),
            stood: BTreeMap::new(),
            next_ticket: 0,
            reading: None,
            online: false,
            beats: 0,
            beaten: None,
            beat_at: now.mono,
            told_silent: Vec::new(),
            effects: VecDeque::new(),
        };
        facts.iter().for_each(|fact| relay.apply(fact));
        relay.watch_standing(now);
        let owed: Vec<_> = relay.owed.keys().cloned().collect();
        for (terminal, document) in owed {
            relay.outbox.owe(terminal, document, Pace::DOCUMENT, now.mono);
        }
        let unfinished: Vec<_> = relay.sales.keys().cloned().collect();
        for reference in unfinished {
            relay.plan(&reference, now);
        }
        relay.tell_unserved();
        relay.resume_refunds(now);
        relay.run(now);
        relay
    }

    /// Webhooks that were written down before a crash and not handled. They come in as events again, so that
    /// what memory has let go of their payments is recalled first.
    pub fn received(&mut self) -> Vec<Event> {
        let again = |(id, news): (EventId, News)| Event::News {
            system: id.system,
            news: Box::new(news),
            fresh: false,
        };
        std::mem::take(&mut self.pending).into_iter().map(again).collect()
    }

    pub fn handle(&mut self, event: Event, now: Moment) {
        match event {
            Event::Request { terminal, id, request } => self.handle_request(terminal, id, request, now),
            Event::News { system, news, fresh } => {
                if let Some(served) = self.served.get_mut(system.as_str()).filter(|_| fresh) {
                    served.has_spoken(now.mono);
                }
                self.handle_news(&system, *news, now);
            }
            Event::Hint { system } => self.look_everywhere(&system, now),
            Event::Answered { ticket, response } => self.handle_answered(ticket, response, now),
            Event::Up => {
                self.online = true;
                self.outbox.reset(now.mono);
                self.beat_at = now.mono;
            }
            Event::Down => self.online = false,
            Event::Recalled { terminal, facts } => self.handle_recalled(&terminal, facts, now),
        }
        self.run(now);
    }

    pub fn handle_timeout(&mut self, now: Moment) {
        self.run(now);
    }

    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to call `handle_timeout`, on the monotonic clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let works = self.works.values().filter(|work| work.ticket.is_none()).map(|work| work.due);
        let works = works.chain(self.inquiries.values().filter_map(Inquiry::due));
        let works = works.chain(self.watches.values().filter_map(Watch::due));
        let works = works.chain(self.formers.values().filter_map(Former::due));
        let online = self.online.then(|| [Some(self.beat_at), self.outbox.poll_timeout()]);
        let others = online.into_iter().flatten().flatten().chain(self.refunds.poll_timeout());
        works.chain(others).chain(self.served.values().filter_map(Served::poll_timeout)).min()
    }

    /// Sales that are not done, and documents owed, for metrics.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        (self.works.len(), self.owed.len())
    }

    #[must_use]
    pub fn sale(&self, reference: &Reference) -> Option<&Sale> {
        self.sales.get(reference)
    }

    fn run(&mut self, now: Moment) {
        let due: Vec<Reference> = self
            .works
            .iter()
            .filter(|(_, work)| work.ticket.is_none() && now.mono >= work.due)
            .map(|(reference, _)| reference.clone())
            .collect();
        for reference in due {
            self.fire(&reference, now);
        }
        self.run_inquiries(now);
        self.run_watches(now);
        self.run_formers(now);
        self.run_refunds(now);
        self.probe(now);
        self.run_connections(now);
        self.let_calls_out(now);
        if self.online {
            for (terminal, document) in self.outbox.due(now.mono) {
                if let Some(word) = self.owed.get(&(terminal.clone(), document.clone())) {
                    let word = word.clone();
                    self.effects.push_back(Effect::Publish { terminal, id: document, word });
                }
            }
            if now.mono >= self.beat_at || self.silent(now) != self.told_silent {
                self.beat(now);
            }
        }
        self.trim();
    }

    fn record(&mut self, fact: Fact) {
        self.apply(&fact);
        self.effects.push_back(Effect::Record(fact));
    }

    /// Owes a document until its receipt comes. Owing what is owed changes nothing.
    fn owe(&mut self, terminal: TerminalId, document: String, word: Word, now: Moment) {
        if !self.owed.contains_key(&(terminal.clone(), document.clone())) {
            self.record(Fact::Owed { terminal: terminal.clone(), document: document.clone(), word });
        }
        self.outbox.owe(terminal, document, Pace::DOCUMENT, now.mono);
    }

    fn answer(&mut self, reference: &Reference, said: Said, reason: &str, now: Moment) {
        let kind = match said {
            Said::Refused => "refused",
            Said::Unsure => "unsure",
            Said::Processing => "processing",
            Said::AttemptFailed => "attempt_failed",
            Said::Closed(Outcome::Unpaid) => "closed.unpaid",
            Said::Closed(Outcome::Paid) => "closed.paid",
            Said::Closed(Outcome::Unsure) => "closed.unsure",
        };
        let answer = Answer { reference: reference.clone(), said, reason: reason.to_owned() };
        self.owe(reference.terminal(), format!("{reference}.{kind}"), Word::Answer(answer), now);
    }

    /// Begins the closing order, once.
    fn begin_close(&mut self, reference: &Reference, why: CloseReason, now: Moment) {
        let Some(sale) = self.sales.get(reference) else { return };
        if sale.closing.is_none() && !sale.is_done() {
            self.record(Fact::Closing { reference: reference.clone(), why, at_unix_ms: now.unix_ms });
            self.plan(reference, now);
        }
    }

    /// Every open sale and every standing link of this system is looked at now: something happened that could
    /// not be believed as it came.
    fn look_everywhere(&mut self, system: &str, now: Moment) {
        for (reference, work) in self.works.iter_mut().filter(|(_, work)| work.ticket.is_none()) {
            if self.sales.get(reference).is_some_and(|sale| sale.system == system) {
                work.due = now.mono;
            }
        }
        let here = |terminal: &&TerminalId| self.system_at(terminal) == Some(system);
        for terminal in self.watches.keys().filter(here).cloned().collect::<Vec<_>>() {
            self.watch_soon(&terminal, now);
        }
    }

    /// What is not done, at a system that has left the configuration, waits in vain.
    fn tell_unserved(&mut self) {
        let sales = self.sales.values().filter(|sale| !sale.is_done()).map(|sale| sale.system.as_str());
        let waiting =
            sales.chain(self.refunds.unfinished().map(|refund| refund.order.payment.provider.as_str()));
        let systems: BTreeSet<&str> = waiting.filter(|system| !self.served.contains_key(system)).collect();
        for system in systems {
            let message =
                format!("sales or refunds wait for {system}, which is not in the configuration; put it back");
            self.effects.push_back(Effect::Alarm { message });
        }
    }

    /// What the facts of a start may lack: the payments of refunds that are not done.
    #[must_use]
    pub fn lacking(&self) -> Vec<Missing> {
        let payments = self.refunds.unfinished().map(|refund| refund.order.payment.clone());
        payments.filter(|key| !self.payments.contains_key(key)).map(Missing::Payment).collect()
    }
}
