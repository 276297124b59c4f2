//! The terminal's core: book, till and ear behind one inbox. Call `handle` with what happened (or
//! `handle_timeout` when the time of `poll_timeout` has come), then carry out `poll_effect` until `None`,
//! then sleep until `poll_timeout`: one event, one drain.

mod board;
mod news;
mod refunds;
mod sales;
mod wait;

use std::collections::VecDeque;
use std::time::Duration;

use self::board::Board;
use self::refunds::Asks;
use self::wait::Waits;
use crate::core::book::Book;
use crate::core::device::Devices;
use crate::core::ear::Ear;
use crate::core::event::Effect;
use crate::core::event::Event;
use crate::core::event::Sound;
use crate::core::event::Wake;
use crate::core::fact::Fact;
use crate::core::key::Key;
use crate::core::message::Receipt;
use crate::core::message::Request;
use crate::core::message::Sync;
use crate::core::moment::Moment;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::sale::Sale;
use crate::core::scene::Deaf;
use crate::core::scene::SaleResult;
use crate::core::scene::Scene;
use crate::core::scene::Strip;
use crate::core::scene::StripNews;
use crate::core::scene::View;
use crate::core::settings::Settings;
use crate::core::till::Act;
use crate::core::till::Screen;
use crate::core::till::Till;
use crate::core::view;

/// Sync goes out this often while a sale is open, and while the relay has not answered.
const SYNC_EVERY: Duration = Duration::from_secs(30);
const SYNC_RETRY: Duration = Duration::from_secs(2);
/// How long news of something else stays on the screen.
const STRIP_HOLD: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Terminal {
    settings: Settings,
    /// This journal's random id.
    journal: String,
    book: Book,
    till: Till,
    ear: Ear,
    waits: Waits,
    asks: Asks,
    devices: Devices,
    starting: bool,
    /// News of something else, and until when it stays; absent: until a key is pressed.
    strip: Option<(Strip, Option<Duration>)>,
    /// An operator's words, until a key is pressed where they were seen.
    board: Board,
    /// Whether operators have switched the taking of payments off.
    paused: bool,
    sync_at: Option<Duration>,
    shown: Option<View>,
    told: Option<Option<Deaf>>,
    effects: VecDeque<Effect>,
    /// Carried out after the frame is on its way: nobody hears PAID before it is drawn.
    after: Vec<Effect>,
    receipts: Vec<String>,
    receipt_count: u64,
}

impl Terminal {
    /// Starts from an empty journal, or goes on from its facts.
    #[must_use]
    pub fn resume<'a>(
        settings: Settings,
        journal: String,
        facts: impl IntoIterator<Item = &'a Fact>,
        now: Moment,
    ) -> Self {
        let mut book = Book::default();
        facts.into_iter().for_each(|fact| book.apply(fact));
        book.trim();
        let waits = Waits::resume(&book, &settings, now.mono);
        let asks = Asks::resume(&book, now.mono);
        let mut terminal = Self {
            till: Till::new(now.mono),
            settings,
            journal,
            book,
            ear: Ear::default(),
            waits,
            asks,
            devices: Devices::default(),
            starting: true,
            strip: None,
            board: Board::default(),
            paused: false,
            sync_at: None,
            shown: None,
            told: None,
            effects: VecDeque::new(),
            after: Vec::new(),
            receipts: Vec::new(),
            receipt_count: 0,
        };
        terminal.resume_screen(now);
        terminal.refresh(now);
        terminal
    }

    /// Takes facts about a sale or a payment that the journal has and the book has let go.
    pub fn recall<'a>(&mut self, facts: impl IntoIterator<Item = &'a Fact>) {
        self.book.recall(facts);
    }

    pub fn handle(&mut self, event: Event, now: Moment) {
        match event {
            Event::Key { key, random } => self.handle_key(key, random, now),
            Event::Up { nonce } => {
                self.starting = false;
                self.ear.up(nonce);
                self.waits.lose_ear();
                self.waits.reconnect(now.mono);
                self.asks.reconnect(now.mono);
                self.sync_at = Some(now.mono);
            }
            Event::Down => {
                self.starting = false;
                self.ear.down();
                self.waits.lose_ear();
                self.sync_at = None;
            }
            Event::Word { id, word } => self.handle_word(id, word, now),
            Event::Message { text, until } => self.board.put(text, until),
            Event::Paused(paused) => self.paused = paused,
            Event::Identify => self.sound(Sound::Identify),
            Event::Devices(devices) => self.devices = devices,
            Event::NameTaken(taken) => self.ear.set_name_taken(taken),
            Event::JournalBroken => self.ear.set_journal_broken(),
            Event::CodeUnreadable { reference } => self.drop_code(&reference, now),
        }
        self.run_timers(now);
        self.refresh(now);
    }

    /// To be called when the time of `poll_timeout` has come; harmless earlier.
    pub fn handle_timeout(&mut self, now: Moment) {
        self.run_timers(now);
        self.refresh(now);
    }

    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Forgets the effects not yet carried out, after one could not be; what the panel shows is not known then.
    pub fn drop_effects(&mut self) {
        self.effects.clear();
        self.shown = None;
        self.told = None;
    }

    /// When to call `handle_timeout`, on the monotonic clock, and why.
    #[must_use]
    pub fn poll_timeout(&self, now: Moment) -> Option<(Duration, Wake)> {
        let countdown = self.till.sale().and_then(|reference| self.waits.next_second(reference, now.mono));
        let due = [
            (self.till.poll_timeout(&self.book, &self.settings), Wake::Screen),
            (countdown, Wake::Countdown),
            (self.strip.as_ref().and_then(|(_, until)| *until), Wake::Strip),
            (self.waits.poll_timeout(&self.book, self.ear.nonce().is_some()), Wake::Sale),
            (self.ear.poll_timeout(now.mono), Wake::Heartbeat),
            (self.board.poll_timeout(), Wake::Screen),
            (self.sync_at, Wake::Sync),
            (self.asks.poll_timeout(self.ear.nonce().is_some()), Wake::Refund),
        ];
        due.into_iter().filter_map(|(at, wake)| at.map(|at| (at, wake))).min()
    }

    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The sale on the screen, if one is.
    #[must_use]
    pub fn sale_on_screen(&self) -> Option<&Sale> {
        self.till.sale().and_then(|reference| self.book.sale(reference))
    }

    /// Whether starting anew would disturb nobody: nothing is typed or read, and no sale is being prepared, shown,
    /// closed or given back. One whose end nobody knows does not count.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.till.screen, Screen::Idle)
            && !self.book.sales().any(|sale| sale.result() == SaleResult::Open)
    }

    /// Whether a notice for whoever stands at the counter has not been read yet.
    #[must_use]
    pub fn has_notice(&self) -> bool {
        self.board.has_notice()
    }

    /// What is, or is about to be, on the panel.
    #[must_use]
    pub fn view(&self) -> Option<&View> {
        self.shown.as_ref()
    }

    /// The terminal's own standing link, where it has one.
    #[must_use]
    pub fn standing(&self) -> Option<&str> {
        self.settings.standing.as_deref()
    }

    /// Which of the counter's devices are there.
    #[must_use]
    pub fn devices(&self) -> Devices {
        self.devices
    }

    /// Why no result could come back; `None` is *armed*. A sale that was begun before a pause goes on to its end.
    #[must_use]
    pub fn deaf(&self, now: Moment) -> Option<Deaf> {
        let open = self.sale_on_screen().is_some_and(|sale| sale.result() == SaleResult::Open);
        let paused = self.paused && !open;
        self.ear.deaf(now.mono).or(paused.then_some(Deaf::Paused))
    }

    /// How long the code on the screen may still be shown.
    #[must_use]
    pub fn code_left(&self, now: Moment) -> Option<Duration> {
        let until = self.waits.code_until(self.till.sale()?)?;
        Some(until.saturating_sub(now.mono))
    }

    fn handle_key(&mut self, key: Key, random: u128, now: Moment) {
        self.strip = None;
        if matches!(self.shown, Some(View { scene: Scene::Message { .. }, .. })) {
            self.board.take_off();
        }
        let act = self.till.press(key, now.mono, &self.book, &self.settings);
        match act {
            Act::Nothing => {}
            Act::Refused => self.after.push(Effect::Sound(Sound::KeyRefused)),
            Act::Open(amount) if self.deaf(now).is_some() => {
                self.till.block(amount);
                self.after.push(Effect::Sound(Sound::KeyRefused));
            }
            Act::Open(amount) => self.open_sale(amount, random, now),
            Act::Cancel(reference) => self.cancel_sale(&reference, now),
            Act::Answer { reference, payment, yes } => self.answer_ask(&reference, &payment, yes, now),
            Act::Settle(reference) => {
                self.record(Fact::Settled { reference, at_unix_ms: now.unix_ms }, now);
            }
            Act::Refund { .. } if self.ear.deaf(now.mono).is_some() => {
                self.till.block_refund();
                self.after.push(Effect::Sound(Sound::KeyRefused));
            }
            Act::Refund { payment, amount } => self.give_back(payment, amount, random, now),
            Act::ByHand(refund) => self.book_by_hand(&refund, now),
        }
    }

    fn run_timers(&mut self, now: Moment) {
        self.board.handle_timeout(now.mono);
        let act = self.till.handle_timeout(now.mono, &self.book, &self.settings);
        if let Act::Answer { reference, payment, yes } = act {
            self.answer_ask(&reference, &payment, yes, now);
        }
        if self.strip.as_ref().is_some_and(|(_, until)| until.is_some_and(|until| now.mono >= until)) {
            self.strip = None;
        }
        self.run_sales(now);
        self.run_refunds(now);
        if self.sync_at.is_some_and(|at| now.mono >= at) {
            self.send_sync(now);
        }
    }

    fn send_sync(&mut self, now: Moment) {
        let Some(nonce) = self.ear.nonce().map(str::to_owned) else {
            self.sync_at = None;
            return;
        };
        let open: Vec<Reference> =
            self.book.sales().filter(|sale| sale.is_waiting()).map(|sale| sale.reference.clone()).collect();
        let awaits = self.ear.awaits_answer();
        let every = if awaits { SYNC_RETRY } else { SYNC_EVERY };
        self.sync_at = (!open.is_empty() || awaits).then_some(now.mono + every);
        let request = Request::Sync(Sync {
            nonce: nonce.clone(),
            journal: self.journal.clone(),
            stream: self.book.stream().id.clone(),
            have: self.book.stream().have,
            open,
        });
        self.send(nonce, request);
    }

    /// Asks for the next sync now, or at its period once a sale waits.
    fn want_sync(&mut self, at: Duration) {
        self.sync_at = Some(self.sync_at.map_or(at, |planned| planned.min(at)));
    }

    fn sync_period(&mut self, now: Moment) {
        self.want_sync(now.mono + SYNC_EVERY);
    }

    /// Writes a fact down, and takes it into the book at once: the effects behind it wait for the disk.
    fn record(&mut self, fact: Fact, now: Moment) {
        let reference = fact.reference().cloned();
        let told = |book: &Book| book.told_of(reference.as_ref()?, now.unix_ms);
        let before = told(&self.book);
        self.book.apply(&fact);
        let after = told(&self.book);
        self.effects.push_back(Effect::Record(fact));
        let Some(after) = after else { return };
        if before.as_ref().map(|before| before.result) != Some(after.result) {
            self.sound_of(&after.reference, after.result);
        }
        if before.as_ref() != Some(&after) {
            self.after.push(Effect::Change(after));
        }
    }

    fn sound_of(&mut self, reference: &Reference, result: SaleResult) {
        let on_screen = self.till.sale() == Some(reference);
        match result {
            SaleResult::Expired | SaleResult::Cancelled | SaleResult::Failed if on_screen => {
                self.after.push(Effect::Sound(Sound::Ended));
            }
            SaleResult::Unknown if on_screen => self.after.push(Effect::Sound(Sound::Attention)),
            SaleResult::Open
            | SaleResult::Paid
            | SaleResult::Short
            | SaleResult::Late
            | SaleResult::Over
            | SaleResult::Failed
            | SaleResult::Expired
            | SaleResult::Cancelled
            | SaleResult::Unknown => {}
        }
    }

    fn sound(&mut self, sound: Sound) {
        self.after.push(Effect::Sound(sound));
    }

    fn send(&mut self, id: String, request: Request) {
        if self.ear.nonce().is_some() {
            self.after.push(Effect::Send { id, request });
        }
    }

    /// The document is on disk, or needs no disk: the relay may stop sending it.
    fn receipt(&mut self, document: String) {
        self.receipts.push(document);
    }

    fn show_strip(&mut self, strip: Strip, now: Moment) {
        // Somebody has to do something about money that came back.
        let stays = strip.news == StripNews::Bounced;
        self.strip = Some((strip, (!stays).then_some(now.mono + STRIP_HOLD)));
    }

    fn remember_announced(&mut self, payment: PaymentKey, reference: Option<Reference>, now: Moment) {
        self.record(Fact::Announced { payment, reference, at_unix_ms: now.unix_ms }, now);
    }

    /// Brings panel and presence in line with what is known, then lets sounds and messages go.
    fn refresh(&mut self, now: Moment) {
        self.till.note_result(&self.book, now.mono);
        let view = self.build_view(now);
        if let Scene::Scan { .. } = &view.scene {
            self.record_shown(now);
        }
        if self.shown.as_ref() != Some(&view) {
            self.shown = Some(view.clone());
            self.effects.push_back(Effect::Show(view));
        }
        let deaf = self.deaf(now);
        if self.told != Some(deaf) {
            self.told = Some(deaf);
            self.after.push(Effect::Presence { deaf });
        }
        self.send_receipts();
        self.effects.extend(self.after.drain(..));
    }

    fn send_receipts(&mut self) {
        let Some(nonce) = self.ear.nonce().map(str::to_owned) else {
            // Whatever is not receipted comes again after the next connect.
            self.receipts.clear();
            return;
        };
        for ids in std::mem::take(&mut self.receipts).chunks(100) {
            self.receipt_count += 1;
            let id = format!("{nonce}.{}", self.receipt_count);
            self.send(id, Request::Receipt(Receipt { ids: ids.to_vec() }));
        }
    }

    fn record_shown(&mut self, now: Moment) {
        let first = self.sale_on_screen().filter(|sale| !sale.shown).map(|sale| sale.reference.clone());
        if let Some(reference) = first {
            self.record(Fact::Shown { reference }, now);
        }
    }

    fn build_view(&self, now: Moment) -> View {
        let cleared = self.till.sale().is_some_and(|reference| self.waits.is_cleared(reference));
        let around = view::Surroundings {
            book: &self.book,
            settings: &self.settings,
            deaf: self.deaf(now),
            watched: self.ear.standing(),
            show_codes: self.devices.show_codes(),
            starting: self.starting,
            code_left: self.code_left(now).filter(|_| cleared),
        };
        let mut scene = view::scene(&self.till.screen, &around);
        if let (Scene::Idle { .. } | Scene::Unavailable { amount: None, .. }, Some(text)) =
            (&scene, self.board.shown())
        {
            scene = Scene::Message { text: text.to_owned() };
        }
        let hints = view::hints(&scene, self.settings.pin.is_some(), self.till.repeats());
        let strip = self.strip.as_ref().map(|(strip, _)| strip.clone());
        View { scene, strip, missing: self.devices.missing(), hints }
    }
}
