//! A terminal's core with all that surrounds it, in miniature: a clock, a disk, a panel, and a relay that
//! says what a step tells it to say. Carries effects out one by one and has each of them checked.

use std::time::Duration;

use qrtill::core::device::Devices;
use qrtill::core::event::Effect;
use qrtill::core::event::Event;
use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::core::message::Answer;
use qrtill::core::message::Heartbeat;
use qrtill::core::message::Link;
use qrtill::core::message::Notice;
use qrtill::core::message::Refunded;
use qrtill::core::message::StillOpen;
use qrtill::core::message::Synced;
use qrtill::core::message::Word;
use qrtill::core::moment::Moment;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::reference::Reference;
use qrtill::core::secret::Secret;
use qrtill::core::settings::Settings;
use qrtill::core::terminal::Terminal;

use crate::checks::Checks;
use crate::stream::Beat;
use crate::stream::News;
use crate::stream::Step;
use crate::stream::Who;
use crate::stream::Wrong;

/// A promise that was not kept.
pub type Broken = String;

/// What is to happen to the effects of the next event.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Whole,
    Cut(usize),
    Break(usize),
}

pub struct World {
    pub settings: Settings,
    pub core: Terminal,
    pub now: Moment,
    pub facts: Vec<Fact>,
    pub checks: Checks,
    fate: Fate,
    drawn: u128,
    starts: u32,
    streams: u32,
    beats: u64,
    given_out: u64,
    told: Vec<(String, Notice)>,
}

/// The terminal's own reusable link.
pub const STANDING: &str = "https://buy.stripe.com/standing";

pub fn settings() -> Settings {
    Settings {
        standing: Some(STANDING.into()),
        pin: Some(Secret::new("4711")),
        confirm_above: Some(50_000),
        limit: 999_999,
        ..Settings::example()
    }
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").expect("a known code"))
}

/// Runs a whole stream, and then sees that the counter gets free again.
pub fn run(steps: &[Step]) -> Result<World, Broken> {
    let whole = || {
        let mut world = World::new()?;
        steps.iter().try_for_each(|step| world.step(step))?;
        let cancels = steps.len().is_multiple_of(2);
        world.see_counter_freed(cancels)?;
        Ok(world)
    };
    std::panic::catch_unwind(whole).unwrap_or_else(|_| Err("the core never panics".into()))
}

impl World {
    pub fn new() -> Result<Self, Broken> {
        let now = Moment { mono: Duration::ZERO, unix_ms: 1_800_000_000_000 };
        let settings = settings();
        let mut world = Self {
            core: Terminal::resume(settings.clone(), "journal".into(), &[], now),
            settings,
            now,
            facts: Vec::new(),
            checks: Checks::default(),
            fate: Fate::Whole,
            drawn: 0,
            starts: 1,
            streams: 1,
            beats: 0,
            given_out: 0,
            told: Vec::new(),
        };
        world.carry_out()?;
        Ok(world)
    }

    pub fn step(&mut self, step: &Step) -> Result<(), Broken> {
        match step {
            Step::Key(key) => self.press(*key),
            Step::Up => {
                self.drawn += 1;
                let nonce = format!("nonce-{}", self.drawn);
                self.checks.up(&nonce);
                self.handle(Event::Up { nonce })
            }
            Step::Down => {
                self.checks.down();
                self.handle(Event::Down)
            }
            Step::Synced { right, remaining_s, known } => self.tell_synced(*right, *remaining_s, *known),
            Step::Beat(beat) => self.tell_beat(*beat),
            Step::RelayRestart => {
                self.starts += 1;
                self.beats = 0;
                Ok(())
            }
            Step::NewStream => {
                self.streams += 1;
                self.given_out = 0;
                Ok(())
            }
            Step::Link { sale, wrong, generation } => self.tell_link(*sale, *wrong, *generation),
            Step::Answer { sale, said } => {
                let Some(reference) = self.name(*sale) else { return Ok(()) };
                let id = format!("{reference}.{said:?}");
                self.tell(id, Word::Answer(Answer { reference, said: *said, reason: String::new() }))
            }
            Step::Notice(news) => {
                let (id, notice) = self.number(news);
                self.tell(id, Word::Notice(notice))
            }
            Step::Refund { known, said } => {
                let Some((id, payment)) = self.newest_refund() else { return Ok(()) };
                let id = if *known { id } else { format!("{id}-unknown") };
                let document = format!("{id}.{said:?}");
                let word = Refunded { id, payment, said: *said, reason: "why".into() };
                self.tell(document, Word::Refunded(word))
            }
            Step::Lost(news) => {
                self.number(news);
                Ok(())
            }
            Step::Retell(which) => {
                if self.told.is_empty() {
                    return Ok(());
                }
                let (id, notice) = self.told[usize::from(*which) % self.told.len()].clone();
                self.tell(id, Word::Notice(notice))
            }
            Step::Pass(ms) => self.pass(Duration::from_millis(u64::from(*ms))),
            Step::Oversleep(ms) => {
                self.now = self.now.plus(Duration::from_millis(u64::from(*ms)));
                self.wake()
            }
            Step::NameTaken(taken) => {
                self.checks.ear.name_taken = *taken;
                self.handle(Event::NameTaken(*taken))
            }
            Step::Devices(device) => {
                let devices = Devices { panel: *device, cashier_panel: *device, keypad: *device };
                self.checks.devices = devices;
                self.handle(Event::Devices(devices))
            }
            Step::Unreadable => match self.core.sale_on_screen().map(|sale| sale.reference.clone()) {
                Some(reference) => self.handle(Event::CodeUnreadable { reference }),
                None => Ok(()),
            },
            Step::Restart => self.restart(),
            Step::Cut(after) => {
                self.fate = Fate::Cut(usize::from(*after));
                Ok(())
            }
            Step::Break(after) => {
                self.fate = Fate::Break(usize::from(*after));
                Ok(())
            }
        }
    }

    pub fn press(&mut self, key: Key) -> Result<(), Broken> {
        self.drawn += 1;
        self.handle(Event::Key { key, random: self.drawn })
    }

    /// The sale meant; the newest is the one on the disk last.
    pub fn name(&self, who: Who) -> Option<Reference> {
        let mut opened = self.facts.iter().rev().filter_map(|fact| match fact {
            Fact::Intended { reference, .. } => Some(reference.clone()),
            _ => None,
        });
        match who {
            Who::Newest => opened.next(),
            Who::Before => opened.nth(1),
            Who::Stranger => Some(Reference::mint(&self.settings.terminal, 1, 1)),
            Who::Counter => None,
        }
    }

    fn newest_refund(&self) -> Option<(String, PaymentKey)> {
        self.facts.iter().rev().find_map(|fact| match fact {
            Fact::RefundIntended { refund, payment, .. } => Some((refund.clone(), payment.clone())),
            _ => None,
        })
    }

    fn due(&self, reference: Option<&Reference>) -> Money {
        let sale = reference.and_then(|reference| self.core.book().sale(reference));
        sale.map_or(eur(700), |sale| sale.amount)
    }

    fn tell_synced(&mut self, right: bool, remaining_s: u32, known: bool) -> Result<(), Broken> {
        let mine = self.checks.ear.nonce.clone().filter(|_| right);
        let waiting = self.core.book().sales().filter(|sale| sale.is_waiting());
        let about = waiting.map(|sale| sale.reference.clone()).chain(self.name(Who::Stranger));
        let open: Vec<_> = about.map(|reference| StillOpen { reference, remaining_s, known }).collect();
        let synced = Synced {
            system: "stripe".into(),
            standing: Some(STANDING.into()),
            nonce: mine.unwrap_or_else(|| "another".into()),
            start: format!("start-{}", self.starts),
            stream: format!("stream-{}", self.streams),
            upto: self.given_out,
            open,
        };
        self.checks.hear_synced(&synced, self.now, self.core.book());
        self.tell(format!("{}.synced", synced.nonce), Word::Synced(synced))
    }

    fn tell_beat(&mut self, beat: Beat) -> Result<(), Broken> {
        self.beats += u64::from(beat != Beat::Old);
        let start = if beat == Beat::OtherStart { "older".into() } else { format!("start-{}", self.starts) };
        let (count, serving) = (self.beats, beat != Beat::NotServing);
        self.checks.ear.beat(&start, count, serving, self.now.mono);
        let stream = format!("stream-{}", self.streams);
        self.tell(
            "beat".into(),
            Word::Heartbeat(Heartbeat { count, start, stream, serving, silent: Vec::new() }),
        )
    }

    fn tell_link(&mut self, sale: Who, wrong: Wrong, generation: u32) -> Result<(), Broken> {
        let Some(reference) = self.name(sale) else { return Ok(()) };
        let due = self.due(Some(&reference));
        let host = if wrong == Wrong::Host { "evil.example" } else { "buy.stripe.com" };
        let request = if wrong == Wrong::Request { "another" } else { "open" };
        let currency = if wrong == Wrong::Currency { "USD" } else { "EUR" };
        let link = Link {
            request: format!("{reference}.{request}"),
            amount: due.minor + i64::from(wrong == Wrong::Amount),
            currency: Currency::from_code(currency).expect("a known code"),
            url: format!("https://{host}/{}-{generation}", reference.tail()),
            generation,
            reference: reference.clone(),
        };
        self.tell(format!("{reference}.link.{generation}"), Word::Link(link))
    }

    /// Makes a notice and gives it the next number.
    pub fn number(&mut self, news: &News) -> (String, Notice) {
        self.given_out += 1;
        let reference = self.name(news.sale);
        let newest = self.name(Who::Newest);
        let due = self.due(reference.as_ref().or(newest.as_ref()));
        let currency = if news.wrong_currency { "USD" } else { "EUR" };
        let id = format!("pi-{}", news.pay);
        let payment = PaymentKey { provider: "stripe".into(), account: "a".into(), mode: Mode::Test, id };
        let notice = Notice {
            stream: format!("stream-{}", self.streams),
            n: self.given_out,
            payment,
            status: news.status.clone(),
            amount: (due.minor + news.more).max(1),
            currency: Currency::from_code(currency).expect("a known code"),
            refunded: news.refunded,
            reference,
            at_unix_ms: self.now.unix_ms - news.age_s * 1000,
            replay: news.replay,
        };
        let told = (format!("{}.{}", notice.stream, notice.n), notice);
        self.told.push(told.clone());
        told
    }

    pub fn tell(&mut self, id: String, word: Word) -> Result<(), Broken> {
        let whole = self.fate == Fate::Whole;
        let (owed, notice) = match &word {
            Word::Notice(notice) => (true, Some(notice.clone())),
            Word::Link(_) | Word::Answer(_) | Word::Standing(_) | Word::Refunded(_) => (true, None),
            Word::Synced(_) | Word::Heartbeat(_) => (false, None),
        };
        self.handle(Event::Word { id: id.clone(), word })?;
        if whole && owed {
            self.checks.receipted(&id, notice.as_ref())?;
        }
        Ok(())
    }

    pub fn handle(&mut self, event: Event) -> Result<(), Broken> {
        let key = if let Event::Key { key, .. } = &event { Some(*key) } else { None };
        self.checks.begin(key);
        self.core.handle(event, self.now);
        self.carry_out()
    }

    pub fn wake(&mut self) -> Result<(), Broken> {
        self.checks.begin(None);
        self.core.handle_timeout(self.now);
        self.carry_out()
    }

    /// Lets time go by, and wakes the core whenever it wants to be.
    pub fn pass(&mut self, by: Duration) -> Result<(), Broken> {
        let until = self.now.plus(by);
        let mut wakes = 0;
        while let Some((due, _)) = self.core.poll_timeout(self.now).filter(|(due, _)| *due <= until.mono) {
            self.now = self.now.plus(due.saturating_sub(self.now.mono));
            // A restart in the midst of it begins a new clock.
            let starts = self.checks.starts;
            self.wake()?;
            wakes += 1;
            if self.checks.starts != starts {
                return Ok(());
            }
            if wakes > 50 + by.as_secs() * 4 {
                return Err(format!("the loop sleeps between wakes: {wakes} within {by:?}"));
            }
        }
        self.now = until;
        self.wake()
    }

    fn carry_out(&mut self) -> Result<(), Broken> {
        let mut done = 0;
        loop {
            match self.fate {
                Fate::Cut(after) if done == after => return self.restart(),
                Fate::Break(after) if done == after => return self.break_down(),
                Fate::Whole | Fate::Cut(_) | Fate::Break(_) => {}
            }
            let Some(effect) = self.core.poll_effect() else { break };
            if let Effect::Record(fact) = &effect {
                self.facts.push(fact.clone());
            }
            self.checks.effect(&effect, &self.facts, &self.core, self.now)?;
            done += 1;
        }
        if self.fate != Fate::Whole {
            return self.restart();
        }
        self.checks.settled(&self.core, &self.facts, self.now)
    }

    /// The disk fails: what rested on it is dropped, and only the screen may still speak.
    fn break_down(&mut self) -> Result<(), Broken> {
        self.core.drop_effects();
        self.core.handle(Event::JournalBroken, self.now);
        let mut spoke = false;
        while let Some(effect) = self.core.poll_effect() {
            if matches!(effect, Effect::Show(_)) {
                self.checks.effect(&effect, &self.facts, &self.core, self.now)?;
                spoke = true;
            }
        }
        if !spoke {
            return Err("a broken journal is said on the screen".into());
        }
        self.restart()
    }

    pub fn restart(&mut self) -> Result<(), Broken> {
        self.fate = Fate::Whole;
        self.now.mono = Duration::ZERO;
        self.core = Terminal::resume(self.settings.clone(), "journal".into(), &self.facts, self.now);
        self.checks.restarted(self.core.book(), &self.settings);
        self.carry_out()
    }

    /// Whatever happened: an open sale ends when it is cancelled, and also when everybody has gone.
    pub fn see_counter_freed(&mut self, cancels: bool) -> Result<(), Broken> {
        if self.fate != Fate::Whole {
            self.restart()?;
        }
        let Some(reference) = self.core.sale_on_screen().map(|sale| sale.reference.clone()) else {
            return Ok(());
        };
        if cancels {
            // The first one may answer a question.
            self.press(Key::Cancel)?;
            self.press(Key::Cancel)?;
            self.pass(self.settings.close_wait)?;
        } else {
            let wait = self.settings.prepare_wait + self.settings.sale_ttl + self.settings.close_wait;
            self.pass(wait + Duration::from_secs(31))?;
        }
        let open = self.checks.model.best[&reference].result == qrtill::core::scene::SaleResult::Open;
        if open {
            return Err(format!("an open sale ends {}", if cancels { "by cancel" } else { "by itself" }));
        }
        self.pass(self.settings.paid_hold)?;
        match self.core.sale_on_screen() {
            Some(_) => Err("the counter is free after a result's hold".into()),
            None => Ok(()),
        }
    }
}
