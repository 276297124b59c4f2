//! The loop of `qrtill terminal`: waits for one thing, tells the core, carries out what it answers. The
//! only place of the terminal that waits.

mod commands;
pub mod devices;
pub mod flash;
pub mod health;
mod log;
mod name;
pub mod pairing;
mod parts;
mod picture;
pub mod presence;
pub mod published;
mod radio;
pub mod remote;
pub mod report;
mod rows;
mod screen;
mod settings;
mod shop;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::name::Name;
pub use self::parts::Ended;
pub use self::parts::Failed;
pub use self::parts::Parts;
pub use self::parts::journal_path;
pub use self::presence::Presence;
use self::radio::Heard;
pub use self::radio::Identity;
use self::radio::Radio;
use self::remote::Acknowledged;
use self::remote::Configured;
pub use self::rows::about_payment;
pub use self::rows::payment_ending;
pub use self::rows::payment_text;
pub use self::rows::row;
pub use self::screen::CLOSE_WAIT;
pub use self::screen::Screen;
pub use self::screen::Side;
pub use self::screen::Surroundings;
use self::shop::Shop;
pub use self::snapshot::Last;
pub use self::snapshot::Snapshot;
pub use self::snapshot::State;
use crate::core::challenge::Challenges;
use crate::core::device::Devices;
use crate::core::event::Effect;
use crate::core::event::Event;
use crate::core::event::Sound;
use crate::core::fact::Fact;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::scene::Deaf;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::core::terminal::Terminal;
use crate::host;
use crate::host::Clock;
use crate::host::health::Health as Machine;
use crate::host::lines::Lines;
use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::Why;
use crate::port::fuse::Fuse;
use crate::port::keys::Press;
use crate::port::panel::Frame;
use crate::port::pulse::Pulse;
use crate::store::Journal;
use crate::store::Reader;
use crate::store::Row;
use crate::store::StoreError;
use crate::ui::Painter;
use crate::ui::proof::Proof;

/// States of the counter are numbered in blocks, one block a start, so that numbers rise across restarts
/// without a write for each.
const SEQ_BLOCK: u64 = 1 << 20;

/// Runs until `shutdown`, then takes the code off the panel, says goodbye and closes the journal. Where the journal
/// cannot be used the last picture says so: whoever supervises the terminal may start it again for hours.
pub async fn run(parts: Parts, shutdown: CancellationToken) -> Result<Ended, Failed> {
    let clock = Clock::start();
    let opened = Journal::open(&journal_path(&parts.data), &host::random_name());
    let (journal, loaded) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            // A second terminal has no business on the first one's panel.
            if !matches!(error, StoreError::Busy(_)) {
                show_broken(parts, clock.now());
            }
            return Err(error.into());
        }
    };
    let seq = journal.advance("start").await? * SEQ_BLOCK;
    let currency = parts.settings.currency.code().to_owned();
    let (mut radio, events) = Radio::start(parts.identity, parts.broker, loaded.journal.clone())?;
    let (configured, acknowledged) = settings::start(parts.remote, &mut radio, clock.now());
    let core = Terminal::resume(parts.settings, loaded.journal, &loaded.facts, clock.now());
    let (shop, told) = Shop::start(seq, &loaded.live, core.book(), clock.now());
    let reader = journal.reader()?;
    let mut turn = Turn {
        clock,
        core,
        journal,
        reader,
        radio,
        painter: parts.painter,
        proof: Proof::default(),
        cashier: parts.cashier,
        panel: None,
        watchers: parts.watchers,
        touched: parts.touched,
        move_code: parts.move_code,
        moves: (0, None),
        currency,
        seq,
        sound: (0, None),
        name: Name::default(),
        machine: parts.machine.clone(),
        configured,
        shop,
        challenges: Challenges::default(),
        lines: parts.lines,
        end: None,
        fuse: parts.fuse,
    };
    let heard = Inbox {
        keys: parts.keys,
        devices: parts.devices,
        machine: parts.machine,
        events,
        acknowledged,
        told,
    };
    let ended = turn.turns(heard, &parts.pulse, &shutdown).await;
    if matches!(ended, Err(Failed::Fuse)) {
        return ended;
    }
    if !matches!(ended, Err(Failed::Journal(_))) {
        turn.blank();
    }
    turn.radio.close().await;
    let told = turn.shop.take_told(turn.core.book());
    // At worst the shop's systems are told again.
    let _failed = turn.journal.append_releasing(Vec::new(), told).await;
    drop(turn.core);
    turn.journal.close().await;
    ended
}

/// Shows what a counter shows whose journal cannot be used, and nothing of what is in it.
fn show_broken(mut parts: Parts, now: Moment) {
    let currency = parts.settings.currency.code().to_owned();
    let mut core = Terminal::resume(parts.settings, String::new(), &[], now);
    core.handle(Event::JournalBroken, now);
    let scene = Scene::Unavailable { why: Deaf::Journal, amount: None, shown: false };
    let view = View { scene, strip: None, missing: None, hints: Vec::new() };
    let state = State::of(&core, &view, &currency, now, 0);
    let frame = Arc::new(parts.painter.draw(&view, 0).frame);
    let cashier = parts.cashier.as_mut().map(|painter| Arc::new(painter.draw(&view, 0).frame));
    let snapshot = Snapshot { state, frame, cashier, code_until: None, sound: (0, None) };
    parts.watchers.send_replace(Some(snapshot));
}

struct Turn {
    clock: Clock,
    core: Terminal,
    journal: Journal<Fact>,
    reader: Reader<Fact>,
    radio: Radio,
    painter: Painter,
    /// The code that was decoded last.
    proof: Proof,
    cashier: Option<Painter>,
    /// What is on the panels.
    panel: Option<(View, Arc<Frame>, Option<Arc<Frame>>)>,
    watchers: watch::Sender<Option<Snapshot>>,
    touched: watch::Sender<u64>,
    move_code: Option<Duration>,
    /// How often the code was moved, and when it is next.
    moves: (u32, Option<Duration>),
    currency: String,
    seq: u64,
    sound: (u64, Option<Sound>),
    name: Name,
    machine: watch::Receiver<Option<Machine>>,
    configured: Option<Configured>,
    shop: Shop,
    challenges: Challenges,
    lines: Lines,
    /// How the loop is to end after what is being done.
    end: Option<Ended>,
    fuse: Fuse,
}

/// What the loop waits for.
struct Inbox {
    keys: mpsc::Receiver<Press>,
    devices: watch::Receiver<Devices>,
    machine: watch::Receiver<Option<Machine>>,
    events: mpsc::Receiver<ClientEvent>,
    acknowledged: mpsc::Receiver<Acknowledged>,
    told: mpsc::Receiver<shop::Told>,
}

impl Turn {
    async fn turns(
        &mut self,
        mut inbox: Inbox,
        pulse: &Pulse,
        shutdown: &CancellationToken,
    ) -> Result<Ended, Failed> {
        self.tell_devices(&mut inbox.devices);
        self.recall_pause();
        self.drain().await?;
        loop {
            if let Some(end) = self.end {
                return Ok(end);
            }
            let now = self.clock.now();
            let due = self.core.poll_timeout(now).map(|(at, _)| at);
            let remote = self.configured.as_ref().and_then(Configured::poll_timeout);
            let due = due.into_iter().chain(self.moves.1).chain(remote).chain(self.shop.poll_timeout()).min();
            let due = due.map(|at| self.clock.instant(at));
            let sleep = sleep_until(due);
            let minute = sleep_until(self.next_minute(now));
            tokio::select! {
                () = shutdown.cancelled() => return Ok(Ended::Stopped),
                () = pulse.beat() => {}
                Some(press) = inbox.keys.recv() => {
                    self.touched.send_modify(|count| *count += 1);
                    self.tell(Event::Key { key: press.key, random: host::random_80() });
                    self.drain().await?;
                    if let Some(handled) = press.handled {
                        // Whoever pressed may have gone.
                        let _gone = handled.send(());
                    }
                }
                Ok(()) = inbox.machine.changed() => self.tell_health(),
                Ok(()) = inbox.devices.changed() => {
                    self.tell_devices(&mut inbox.devices);
                    self.drain().await?;
                }
                Some(event) = inbox.events.recv() => {
                    self.take(event).await?;
                    self.drain().await?;
                }
                Some(what) = inbox.acknowledged.recv() => {
                    self.acknowledge(what);
                    self.drain().await?;
                }
                Some(told) = inbox.told.recv() => {
                    self.shop.acknowledge(told, self.clock.now().mono);
                    self.drain().await?;
                }
                () = sleep => {
                    self.core.handle_timeout(self.clock.now());
                    self.move_code();
                    self.drain().await?;
                }
                () = minute => {
                    if let Some((view, ..)) = self.panel.clone() {
                        self.show(&view);
                    }
                }
            }
        }
    }

    fn tell_devices(&mut self, devices: &mut watch::Receiver<Devices>) {
        let devices = *devices.borrow_and_update();
        self.tell(Event::Devices(devices));
    }

    fn tell(&mut self, event: Event) {
        self.core.handle(event, self.clock.now());
    }

    async fn take(&mut self, event: ClientEvent) -> Result<(), Failed> {
        match event {
            ClientEvent::Connecting { will, .. } => {
                let epoch = self.journal.advance("epoch").await?;
                // A client that has been closed meanwhile needs no will.
                let _gone = will.send(Some(self.radio.will(epoch)));
            }
            ClientEvent::Up { .. } => {
                tracing::info!("the broker is there");
                self.tell(Event::Up { nonce: host::random_name() });
                self.tell_presence();
                self.tell_health();
                self.shop.come_up(self.clock.now().mono);
                if let Some(configured) = &mut self.configured {
                    configured.come_up(&self.radio, self.clock.now());
                }
            }
            ClientEvent::Down { why, .. } => self.lost(&why),
            ClientEvent::Message(message) => match self.radio.read(&message) {
                Heard::Nothing => {}
                Heard::Stale => self.tell_presence(),
                Heard::Desired(bytes) => self.hear_settings(|configured, radio, now| {
                    configured.hear_desired(&bytes, radio, now);
                }),
                Heard::Command { name, retained, bytes } => {
                    self.hear_command(&name, retained, &bytes).await?;
                }
                Heard::Keys(bytes) => self.hear_settings(|configured, radio, now| {
                    configured.hear_keys(&bytes, radio, now);
                }),
                Heard::Word { id, word } => self.hear(id, *word)?,
            },
        }
        if let Some(taken) = self.name.judge(self.clock.now().mono) {
            self.tell(Event::NameTaken(taken));
        }
        Ok(())
    }

    fn tell_presence(&mut self) {
        self.radio.tell_presence(self.core.deaf(self.clock.now()));
    }

    fn lost(&mut self, why: &Why) {
        tracing::warn!(%why, "no connection to the broker");
        if *why == Why::TakenOver {
            self.name.taken_over(self.clock.now().mono);
        }
        self.tell(Event::Down);
    }

    /// News of a sale or payment that the book has let go is met with what the journal has about it.
    fn hear(&mut self, id: String, word: Word) -> Result<(), Failed> {
        if let Word::Notice(notice) = &word {
            let book = self.core.book();
            let sale = notice.reference.as_ref().filter(|reference| book.sale(reference).is_none());
            let payment = Some(&notice.payment).filter(|key| book.payment(key).is_none());
            if sale.is_some() || payment.is_some() {
                let subject = sale.map(ToString::to_string);
                let payment = payment.map(rows::payment_text);
                let facts = self.reader.about(subject.as_deref(), payment.as_deref())?;
                self.core.recall(&facts);
            }
        }
        if let Word::Synced(synced) = &word
            && self.core.standing().is_some_and(|own| synced.standing.as_deref() != Some(own))
        {
            tracing::warn!(
                "the relay watches another standing link than this terminal's, whose code is not shown; put the \
                 same address into both configurations"
            );
        }
        // A refund can fail weeks after it was done.
        if let Word::Refunded(refunded) = &word
            && self.core.book().refund(&refunded.id).is_none()
        {
            self.core.recall(&rows::about_payment(&self.reader, &refunded.payment)?);
        }
        self.tell(Event::Word { id, word });
        Ok(())
    }

    /// Writes every fact in one commit, and only then carries out, in order, what rests on them. A code
    /// that turns out unreadable makes for another round.
    async fn drain(&mut self) -> Result<(), Failed> {
        self.drain_core().await?;
        self.settle_settings().await?;
        // What they decided may be something to say.
        self.drain_core().await
    }

    async fn drain_core(&mut self) -> Result<(), Failed> {
        loop {
            let (mut facts, mut rest) = (Vec::new(), Vec::new());
            while let Some(effect) = self.core.poll_effect() {
                match effect {
                    Effect::Record(fact) => facts.push(fact),
                    Effect::Change(change) => self.shop.owe(change, self.clock.now().mono),
                    Effect::Show(_) | Effect::Sound(_) | Effect::Send { .. } | Effect::Presence { .. } => {
                        rest.push(effect);
                    }
                }
            }
            if facts.is_empty() && rest.is_empty() {
                break;
            }
            if !facts.is_empty() {
                facts.iter().for_each(log::log);
                self.record(facts).await?;
                self.burn()?;
            }
            for effect in rest {
                self.carry_out(effect);
                self.burn()?;
            }
        }
        self.shop.tell(&self.radio, self.clock.now().mono);
        self.publish(None);
        Ok(())
    }

    fn burn(&self) -> Result<(), Failed> {
        if self.fuse.burn() { Err(Failed::Fuse) } else { Ok(()) }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Record(_) | Effect::Change(_) => {}
            Effect::Show(view) => self.show(&view),
            Effect::Sound(sound) => self.sound = (self.sound.0 + 1, Some(sound)),
            Effect::Send { id, request } => self.radio.send(&id, &request),
            Effect::Presence { .. } => self.tell_presence(),
        }
    }

    /// A journal that cannot be written ends the terminal, after the code is off and the screen says so:
    /// whoever supervises it starts it again, from what is on disk.
    async fn record(&mut self, facts: Vec<Fact>) -> Result<(), Failed> {
        let (book, at_unix_ms) = (self.core.book(), host::unix_ms());
        let row = |fact: Fact| {
            let owed = fact.reference().is_some_and(|reference| self.shop.owes(reference));
            let row = rows::row(fact, book, at_unix_ms);
            // Kept for the next start until the shop's systems have been told.
            if owed { Row { live: Some(true), ..row } } else { row }
        };
        let rows = facts.into_iter().map(row).collect();
        let written = self.journal.append_releasing(rows, self.shop.take_told(book)).await;
        if let Err(error) = written {
            self.core.drop_effects();
            self.tell(Event::JournalBroken);
            while let Some(effect) = self.core.poll_effect() {
                if let Effect::Show(view) = effect {
                    self.show(&view);
                }
            }
            return Err(error.into());
        }
        Ok(())
    }
}

async fn sleep_until(due: Option<tokio::time::Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
