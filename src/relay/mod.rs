//! The second program: webhooks in, signed documents out. This file is its loop, the only place of the
//! relay that waits; `decide` is its pure core.

pub mod decide;
mod intake;
mod log;
mod metrics;
mod pending;
mod radio;
mod rows;
mod second;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::decide::Missing;
use self::decide::Relay;
use self::decide::Service;
use self::decide::event::Effect;
use self::decide::event::Event;
use self::decide::fact::Fact;
use self::intake::Door;
pub use self::intake::Health;
use self::intake::Intake;
use self::log::log;
use self::metrics::Metrics;
use self::pending::Pending;
use self::radio::Heard;
pub use self::radio::Identity;
use self::radio::Radio;
pub use self::radio::State;
pub use self::rows::NUMBERS;
pub use self::rows::payment_ending;
pub use self::rows::row;
use self::second::Rival;
use crate::core::reference::Reference;
use crate::core::secret::Secret;
use crate::host;
use crate::host::Clock;
use crate::http::listen;
use crate::http::system::System;
use crate::mqtt::client;
use crate::mqtt::client::ClientEvent;
use crate::port::fuse::Fuse;
use crate::port::provider::Request;
use crate::port::pulse::Pulse;
use crate::store::Journal;
use crate::store::Reader;
use crate::store::StoreError;

/// Webhooks that are on disk and wait for the loop.
const NEWS: usize = 1024;
/// Requests to one payment-link system at a time.
const CALLS: usize = 16;
/// Events handled before their facts are written in one commit.
const BATCH: usize = 64;
/// Open connections may take this long to end.
const END_WAIT: Duration = Duration::from_secs(2);

/// Everything a relay is made of.
pub struct Parts {
    pub options: decide::Options,
    /// The payment-link systems, each once; every terminal's is among them.
    pub systems: Vec<SystemParts>,
    /// A sender that dribbles a webhook's body for longer is let go.
    pub body_wait: Duration,
    /// A fact whose loss would only be work done twice may be written so much later, with others.
    pub late_wait: Duration,
    pub identity: Identity,
    pub broker: client::Options,
    /// Where `relay.sqlite` is kept.
    pub data: PathBuf,
    /// Bound and non-blocking; it is served by the runtime that `run` runs in.
    pub listener: std::net::TcpListener,
    pub fuse: Fuse,
    /// What the relay knows of itself goes here, first when it serves.
    pub health: watch::Sender<Health>,
    pub pulses: LoopPulses,
}

/// The signs of life of the relay's own loops.
#[derive(Clone, Debug, Default)]
pub struct LoopPulses {
    pub turns: Pulse,
    pub listener: Pulse,
}

/// What one payment-link system of a relay is made of.
pub struct SystemParts {
    pub system: System,
    /// What its webhooks are signed with; two while one is rotated, none where only asking tells.
    pub webhook_secrets: Vec<Secret>,
    /// Of the same provider as `system`.
    pub service: Service,
}

impl SystemParts {
    fn door(&self) -> (&'static str, Door) {
        let (provider, secrets) = (Arc::clone(&self.service.provider), self.webhook_secrets.clone());
        (provider.name(), Door { provider, secrets })
    }

    fn reach(&self) -> (&'static str, Reach) {
        (self.service.provider.name(), Reach::new(self.system.clone()))
    }
}

/// Why a relay ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Journal(#[from] StoreError),
    #[error("the broker's settings cannot be used: {0}")]
    Broker(#[from] client::OptionsError),
    #[error("the listener for webhooks cannot be used: {0}")]
    Listener(std::io::Error),
    #[error("ended by its fuse")]
    Fuse,
    #[error("another relay serves this id on the same broker; give this one an id of its own, or stop one")]
    SecondRelay,
}

/// The journal's file in a relay's data folder.
#[must_use]
pub fn journal_path(data: &Path) -> PathBuf {
    data.join("relay.sqlite")
}

/// Runs until `shutdown`. The process must have installed its TLS provider before.
pub async fn run(parts: Parts, shutdown: CancellationToken) -> Result<(), Failed> {
    let clock = Clock::start();
    let (journal, loaded) = Journal::<Fact>::open(&journal_path(&parts.data), &host::random_name())?;
    let metrics = Arc::new(Metrics::new());
    let start = host::random_name();
    let (radio, broker) = Radio::start(parts.identity, parts.broker, Arc::clone(&metrics), &start)?;
    let (events, inbox) = mpsc::channel(NEWS);
    let health = parts.health;
    let intake = Arc::new(Intake {
        doors: parts.systems.iter().map(SystemParts::door).collect(),
        body_wait: parts.body_wait,
        journal: journal.clone(),
        events: events.clone(),
        metrics: Arc::clone(&metrics),
        health: health.subscribe(),
    });
    let listener = TcpListener::from_std(parts.listener).map_err(Failed::Listener)?;
    let LoopPulses { turns: pulse, listener: listening } = parts.pulses;
    let served = tokio::spawn(listen::serve(listener, intake::router(intake), listening, shutdown.clone()));
    let systems = parts.systems.iter().map(SystemParts::reach).collect();
    let core = Relay::resume(
        parts.options,
        parts.systems.into_iter().map(|parts| parts.service).collect(),
        start.clone(),
        loaded.journal,
        &loaded.facts,
        rows::given_out(&loaded.counters),
        clock.now(),
    );
    let mut turn = Turn {
        clock,
        core,
        reader: journal.reader()?,
        journal,
        radio,
        systems,
        events,
        metrics,
        health,
        rival: Rival::new(start),
        fuse: parts.fuse,
        pending: Pending::new(parts.late_wait),
    };
    for missing in turn.core.lacking() {
        let facts = turn.recall(missing)?;
        turn.core.recall(&facts);
    }
    for news in turn.core.received() {
        turn.tell(news)?;
    }
    let ended = turn.turns(inbox, broker, &pulse, &shutdown).await;
    // As if the power had gone: nobody is told, and nothing is closed.
    if !matches!(ended, Err(Failed::Fuse)) {
        turn.end(served, &shutdown).await;
    }
    ended
}

/// A system, and places for so many requests at a time: a slow one does not hold up the others.
#[derive(Clone)]
struct Reach {
    system: System,
    calls: Arc<Semaphore>,
}

impl Reach {
    fn new(system: System) -> Self {
        Self { system, calls: Arc::new(Semaphore::new(CALLS)) }
    }
}

struct Turn {
    clock: Clock,
    core: Relay,
    journal: Journal<Fact>,
    reader: Reader<Fact>,
    radio: Radio,
    systems: BTreeMap<&'static str, Reach>,
    events: mpsc::Sender<Event>,
    metrics: Arc<Metrics>,
    health: watch::Sender<Health>,
    rival: Rival,
    fuse: Fuse,
    pending: Pending,
}

impl Turn {
    /// Says goodbye to the terminals, and closes listener and journal.
    async fn end(self, served: JoinHandle<()>, shutdown: &CancellationToken) {
        let Self { radio, journal, mut core, mut pending, .. } = self;
        radio.beat(core.farewell());
        radio.close().await;
        drop(core);
        shutdown.cancel();
        // A sender that keeps its connection open is not waited for: its webhook is not answered and comes again.
        let _late = tokio::time::timeout(END_WAIT, async {
            drop(journal.append(pending.take()).await);
            drop(served.await);
            journal.close().await;
        })
        .await;
    }

    async fn turns(
        &mut self,
        mut inbox: mpsc::Receiver<Event>,
        mut broker: mpsc::Receiver<ClientEvent>,
        pulse: &Pulse,
        shutdown: &CancellationToken,
    ) -> Result<(), Failed> {
        // Webhooks are written down beside the loop: a journal that breaks under one of them must not
        // leave a relay behind that says it is serving.
        let journal = self.journal.clone();
        let broken = journal.ended();
        tokio::pin!(broken);
        self.drain().await?;
        loop {
            let due = self.core.poll_timeout().into_iter().chain(self.pending.due()).min();
            let due = due.map(|at| self.clock.instant(at));
            let sleep = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = pulse.beat() => {}
                () = &mut broken => return Err(StoreError::Ended.into()),
                Some(event) = inbox.recv() => {
                    self.tell(event)?;
                    for _ in 1..BATCH {
                        let Ok(event) = inbox.try_recv() else { break };
                        self.tell(event)?;
                    }
                }
                Some(event) = broker.recv() => {
                    self.take(event)?;
                    for _ in 1..BATCH {
                        let Ok(event) = broker.try_recv() else { break };
                        self.take(event)?;
                    }
                }
                () = sleep => self.core.handle_timeout(self.clock.now()),
            }
            self.drain().await?;
        }
    }

    /// Tells the core, after giving it back what it has let go and now needs.
    fn tell(&mut self, event: Event) -> Result<(), Failed> {
        // A payment that was recalled may name a sale that has to be recalled as well.
        for _ in 0..2 {
            for missing in self.core.unknown(&event) {
                let facts = self.recall(missing)?;
                self.core.recall(&facts);
            }
        }
        self.core.handle(event, self.clock.now());
        Ok(())
    }

    fn recall(&self, missing: Missing) -> Result<Vec<Fact>, StoreError> {
        match missing {
            Missing::Sale(reference) => self.reader.about(Some(reference.as_str()), None),
            Missing::Payment(key) => self.reader.about(None, Some(&rows::payment_text(&key))),
            Missing::Link { system, link } => {
                let linked = self.reader.about(None, Some(&rows::link_text(&system, &link)))?;
                // Its sale with all there is to it; many sales ride on one standing link, which is not asked for.
                match linked.last().and_then(Fact::subject) {
                    Some(subject) => self.reader.about(Some(&subject), None),
                    None => Ok(linked),
                }
            }
        }
    }

    fn take(&mut self, event: ClientEvent) -> Result<(), Failed> {
        match event {
            ClientEvent::Connecting { will, .. } => {
                // A client that has been closed meanwhile needs no will.
                let _gone = will.send(Some(self.radio.will()));
            }
            ClientEvent::Up { .. } => {
                tracing::info!("the broker is there");
                self.radio.tell_state(true);
                self.set_health(|health| health.broker = true);
                self.tell(Event::Up)?;
            }
            ClientEvent::Down { why, .. } => {
                tracing::warn!(%why, "no connection to the broker");
                self.set_health(|health| health.broker = false);
                self.tell(Event::Down)?;
            }
            ClientEvent::Message(message) => match self.radio.read(&message) {
                Heard::Nothing => {}
                Heard::Request { terminal, id, request } => {
                    self.tell(Event::Request { terminal, id, request })?;
                }
                Heard::Beat(beat) => {
                    if self.rival.wins(beat, self.clock.now().mono) {
                        return Err(Failed::SecondRelay);
                    }
                }
            },
        }
        Ok(())
    }

    fn set_health(&self, change: impl FnOnce(&mut Health)) {
        self.health.send_if_modified(|health| {
            let before = health.clone();
            change(health);
            *health != before
        });
    }

    /// Writes every fact in one commit, and only then lets anything out that rests on them. Facts are written in their
    /// order: what is in the journal is always a beginning of all that were.
    async fn drain(&mut self) -> Result<(), Failed> {
        loop {
            let (now, before, mut rest) = (self.clock.now().mono, self.pending.len(), Vec::new());
            while let Some(effect) = self.core.poll_effect() {
                if let Effect::Record(fact) = effect {
                    log(&fact);
                    self.pending.push(fact, now, host::unix_ms());
                } else {
                    rest.push(effect);
                }
            }
            let is_due = self.pending.due().is_some_and(|by| by <= now);
            if !is_due && rest.is_empty() && self.pending.len() == before {
                break;
            }
            if is_due {
                self.journal.append(self.pending.take()).await?;
                self.burn()?;
            }
            for effect in rest {
                self.carry_out(effect)?;
                self.burn()?;
            }
        }
        let systems: Vec<_> = self.core.hearing(self.clock.now()).collect();
        let (open, owed) = self.core.load();
        self.metrics.load(open, owed);
        systems.iter().for_each(|(system, heard)| self.metrics.serving(system, *heard));
        self.set_health(|health| health.systems = systems);
        Ok(())
    }

    fn burn(&self) -> Result<(), Failed> {
        if self.fuse.burn() { Err(Failed::Fuse) } else { Ok(()) }
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), Failed> {
        match effect {
            Effect::Record(_) => {}
            Effect::Call { ticket, system, reference, request } => {
                self.call(system, ticket, reference, request);
            }
            Effect::Publish { terminal, id, word } => self.radio.say(&terminal, &id, &word),
            Effect::Beat(beat) => self.radio.beat(beat),
            Effect::Recall { terminal, documents } => {
                let mut facts = Vec::new();
                for document in documents {
                    let subject = decide::fact::document_subject(&document);
                    facts.extend(self.reader.of_kind("owed", &subject)?.into_iter().next());
                }
                self.tell(Event::Recalled { terminal, facts })?;
            }
            Effect::Doubt { event, reason } => {
                let (system, event) = (event.system, event.event);
                tracing::warn!(system, event, reason, "a signed webhook told what the system does not");
            }
            Effect::Trouble { system, message } => {
                tracing::warn!(system, message, "an answer of no use; it is asked again");
            }
            Effect::Alarm { message } => tracing::error!(message, "somebody has to act"),
        }
        Ok(())
    }

    fn call(&self, name: &'static str, ticket: u64, reference: Option<Reference>, request: Request) {
        let Some(Reach { system, calls }) = self.systems.get(name).cloned() else { return };
        let (events, metrics) = (self.events.clone(), Arc::clone(&self.metrics));
        tokio::spawn(async move {
            let _place = calls.acquire().await;
            let answered = system.send(&request).await;
            metrics.call(name, answered.is_ok());
            if let Err(error) = &answered {
                let reference = reference.as_ref().map(tracing::field::display);
                tracing::warn!(reference, system = name, %error, "the payment-link system was not reached");
            }
            // The loop has ended: what was asked is in its journal and is asked again.
            let _gone = events.send(Event::Answered { ticket, response: answered.ok() }).await;
        });
    }
}
