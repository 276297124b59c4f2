//! The promises, checked effect by effect. Each message names the promise that was broken.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use qrtill::core::book::Book;
use qrtill::core::device::Devices;
use qrtill::core::event::Effect;
use qrtill::core::event::Sound;
use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::key::Key;
use qrtill::core::message::Notice;
use qrtill::core::message::RefundSaid;
use qrtill::core::message::Request;
use qrtill::core::message::Synced;
use qrtill::core::moment::Moment;
use qrtill::core::payment::PaymentKey;
use qrtill::core::reference::Reference;
use qrtill::core::scene::SaleResult;
use qrtill::core::scene::Scene;
use qrtill::core::scene::StripNews;
use qrtill::core::scene::View;
use qrtill::core::settings::Settings;
use qrtill::core::terminal::Terminal;

use crate::model::Ear;
use crate::model::Model;
use crate::world::Broken;

macro_rules! promise {
    ($kept:expr, $($what:tt)+) => {
        if !$kept {
            return Err(format!($($what)+));
        }
    };
}

#[derive(Default)]
pub struct Checks {
    pub model: Model,
    pub ear: Ear,
    pub starts: u32,
    pub devices: Devices,
    /// Scenes, verdicts and results that came about.
    pub seen: BTreeSet<String>,
    book: Book,
    links: BTreeMap<Reference, Vec<String>>,
    /// What the relay has said is open on this connection.
    cleared: BTreeSet<Reference>,
    deadlines: BTreeMap<Reference, Duration>,
    booked: BTreeSet<(String, u64)>,
    replayed: BTreeSet<PaymentKey>,
    announced: BTreeSet<PaymentKey>,
    last_announced: Option<Option<Reference>>,
    counter_announced: bool,
    receipts: BTreeSet<String>,
    sounds: usize,
    /// Refunds asked for, and the words taken about each.
    refunds: BTreeMap<String, Option<RefundSaid>>,
    /// The ids of refunds as they went out.
    pub refunds_sent: Vec<String>,
    effects: usize,
    key: Option<Key>,
}

impl Checks {
    pub fn begin(&mut self, key: Option<Key>) {
        (self.key, self.effects) = (key, 0);
        self.receipts.clear();
    }

    pub fn up(&mut self, nonce: &str) {
        (self.ear.nonce, self.ear.start) = (Some(nonce.to_owned()), None);
        self.cleared.clear();
    }

    pub fn down(&mut self) {
        (self.ear.nonce, self.ear.start) = (None, None);
        self.cleared.clear();
    }

    pub fn hear_synced(&mut self, synced: &Synced, now: Moment, book: &Book) {
        if self.ear.nonce.as_ref() != Some(&synced.nonce) {
            return;
        }
        self.ear.start = Some(synced.start.clone());
        for open in &synced.open {
            if book.sale(&open.reference).is_none_or(|sale| sale.link.is_none()) {
                continue;
            }
            let until = now.mono + Duration::from_secs(u64::from(open.remaining_s));
            let deadline = self.deadlines.entry(open.reference.clone()).or_insert(until);
            *deadline = until.min(*deadline);
            if open.known && open.remaining_s > 0 {
                self.cleared.insert(open.reference.clone());
            }
        }
    }

    pub fn restarted(&mut self, book: &Book, settings: &Settings) {
        self.starts += 1;
        self.ear = Ear::default();
        self.devices = Devices::default();
        self.begin(None);
        self.cleared.clear();
        let linked = book.sales().filter(|sale| sale.link.is_some());
        self.deadlines = linked.map(|sale| (sale.reference.clone(), settings.sale_ttl)).collect();
    }

    pub fn effect(
        &mut self,
        effect: &Effect,
        facts: &[Fact],
        core: &Terminal,
        now: Moment,
    ) -> Result<(), Broken> {
        self.effects += 1;
        promise!(self.effects < 200, "one event leads to few effects");
        match effect {
            Effect::Record(fact) => self.fact(fact, now),
            Effect::Show(view) => self.view(view, facts, now),
            Effect::Sound(Sound::Paid) => self.paid_sound(core),
            Effect::Sound(_) | Effect::Change(_) => Ok(()),
            Effect::Presence { deaf } => {
                promise!(deaf.is_none() == self.ear.armed(now.mono), "presence tells armed as it is");
                Ok(())
            }
            Effect::Send { request, .. } => self.send(request),
        }
    }

    fn fact(&mut self, fact: &Fact, now: Moment) -> Result<(), Broken> {
        match fact {
            Fact::Intended { .. } => {
                promise!(self.key == Some(Key::Enter), "only Enter opens a sale");
                let open = self.model.best.values().any(|best| best.result == SaleResult::Open);
                promise!(!open, "Enter pressed twice never opens two sales");
                promise!(self.ear.armed(now.mono), "a sale is opened only while armed");
            }
            Fact::Linked { reference, url, .. } => {
                self.links.entry(reference.clone()).or_default().push(url.clone());
                let until = now.mono + Settings::example().sale_ttl;
                let deadline = self.deadlines.entry(reference.clone()).or_insert(until);
                *deadline = until.min(*deadline);
                if self.ear.start.is_some() {
                    self.cleared.insert(reference.clone());
                }
            }
            Fact::Shown { reference } => {
                let first = self.model.best.get(reference).is_some_and(|best| !best.shown);
                promise!(first, "`shown` is recorded once");
                promise!(self.devices.show_codes(), "nothing is shown on a panel that is gone");
            }
            Fact::Noticed { notice, verdict, .. } => {
                if self.book.stream().id != notice.stream {
                    // A stream that another one came between starts anew: its facts repeat, no verdict does.
                    self.booked.retain(|(stream, _)| *stream != notice.stream);
                }
                let new = self.booked.insert((notice.stream.clone(), notice.n));
                promise!(new, "a repeated notice is not booked twice");
                let due = self.model.verdict(notice);
                promise!(*verdict == due, "the verdict on {} is {due:?}, not {verdict:?}", notice.payment.id);
                self.seen.extend(verdict.map(|verdict| format!("{verdict:?}")));
                if notice.replay && verdict.is_some() {
                    self.replayed.insert(notice.payment.clone());
                }
            }
            Fact::Announced { payment, reference, .. } => {
                let money = self.model.verdicts.contains_key(payment);
                promise!(money, "only money is announced");
                promise!(!self.replayed.contains(payment), "history told again is never announced");
                let new = self.announced.insert(payment.clone());
                promise!(new, "each payment is announced at most once");
                self.last_announced = Some(reference.clone());
                self.counter_announced |= reference.is_none();
            }
            Fact::Assigned { reference, payment } => {
                self.seen.insert("assigned".into());
                let open = self.model.best.get(reference).is_some_and(|best| best.result == SaleResult::Open);
                let counter = self.model.verdicts.get(payment) == Some(&Verdict::Counter);
                promise!(open && counter, "only a counter payment is assigned, and to an open sale");
                let paid = self.book.payment(payment);
                promise!(
                    paid.is_some_and(|paid| paid.refunded == 0),
                    "money given back is not assigned as if it were whole"
                );
            }
            Fact::Settled { .. } => drop(self.seen.insert("settled".into())),
            Fact::RefundIntended { .. } | Fact::RefundAnswered { .. } | Fact::RefundedByHand { .. } => {
                self.refund_fact(fact, now)?;
            }
            _ => {}
        }
        let was: Vec<_> = self.model.best.iter().map(|(name, best)| (name.clone(), best.result)).collect();
        self.model.take(fact);
        self.book.apply(fact);
        for (name, was) in was {
            let result = self.model.best[&name].result;
            self.seen.insert(format!("{result:?}"));
            promise!(was == result || result != SaleResult::Open, "no result goes back to open");
        }
        Ok(())
    }

    /// Never more than came, and one last word for each.
    fn refund_fact(&mut self, fact: &Fact, now: Moment) -> Result<(), Broken> {
        match fact {
            Fact::RefundIntended { refund, payment, amount, .. } => {
                promise!(self.key == Some(Key::Enter), "only Enter gives back");
                promise!(self.ear.armed(now.mono), "money is given back only while armed");
                let left = self.model.left(payment);
                promise!(
                    amount.minor > 0 && amount.minor <= left,
                    "never more than is left, which is {left}"
                );
                let new = self.refunds.insert(refund.clone(), None).is_none();
                promise!(new, "a refund is asked for once");
                self.seen.insert("given back".into());
            }
            Fact::RefundAnswered { refund, said, .. } => {
                let Some(last) = self.refunds.get_mut(refund) else {
                    return Err("only a refund that was asked for is answered".into());
                };
                let ended = last.is_some_and(RefundSaid::is_final);
                let fails = *last == Some(RefundSaid::Done) && *said == RefundSaid::Refused;
                promise!(!ended || fails, "a refund's last word is the last");
                promise!(*last != Some(*said), "a refund's word is taken once");
                *last = Some(*said);
            }
            Fact::RefundedByHand { refund, .. } => {
                let last = self.refunds.get(refund).copied().flatten();
                promise!(last == Some(RefundSaid::Unsupported), "by hand only where the system cannot");
                self.seen.insert("by hand".into());
            }
            _ => {}
        }
        Ok(())
    }

    fn view(&mut self, view: &View, facts: &[Fact], now: Moment) -> Result<(), Broken> {
        self.seen.insert(view.scene.name().to_owned());
        let news = view.strip.as_ref().map(|strip| strip.news);
        if matches!(news, Some(StripNews::Refunded | StripNews::NotRefunded)) {
            self.seen.insert("refund strip".into());
        }
        if news == Some(StripNews::Bounced) {
            self.seen.insert("bounced".into());
        }
        if let Scene::Refunded { pending: false, .. } = &view.scene {
            let last = facts.iter().rev().find(|fact| fact.refund().is_some());
            let told = matches!(
                last,
                Some(Fact::RefundAnswered { said: RefundSaid::Done, .. } | Fact::RefundedByHand { .. })
            );
            promise!(told, "given back is said when it is on the disk");
        }
        let armed = self.ear.armed(now.mono);
        promise!(view.missing == self.devices.missing(), "what is missing is said: {view:?}");
        let seen = self.devices.show_codes();
        promise!(view.scene.code().is_none() || seen, "no code while the customer's panel is gone");
        promise!(view.scene.code().is_none() || armed, "no code without an ear: {:?}", view.scene);
        if let Scene::Scan { amount, url, .. } = &view.scene {
            let of_url = |fact: &&Fact| matches!(fact, Fact::Linked { url: linked, .. } if linked == url);
            let linked = facts.iter().rev().find(of_url).and_then(Fact::reference);
            let Some(reference) = linked else { return Err("a code shown is of a recorded link".into()) };
            let best = &self.model.best[reference];
            promise!(!url.contains("evil"), "a code shown leads to an allowed host");
            promise!(best.due == *amount, "a code shown is of the keyed amount");
            promise!(best.result == SaleResult::Open, "a code shown is of an open sale");
            promise!(best.shown, "`shown` is recorded before the code is shown");
            let newest = self.links.get(reference).and_then(|urls| urls.last());
            promise!(newest == Some(url), "a code shown is of the newest link");
            promise!(
                self.deadlines.get(reference).is_some_and(|end| now.mono < *end),
                "no code past its end"
            );
            promise!(self.cleared.contains(reference), "no code before the relay says that it is open");
        }
        if let Scene::Paid { amount, reference: Some(reference) } = &view.scene {
            let rests = facts.iter().any(|fact| match fact {
                Fact::Noticed { notice, verdict: Some(Verdict::Matched), .. } => {
                    notice.reference.as_ref() == Some(reference)
                }
                Fact::Assigned { reference: of, .. } | Fact::Settled { reference: of, .. } => of == reference,
                _ => false,
            });
            // A sale that was short and then got the rest is shown with all that came.
            let whole = self.model.best[reference].result == SaleResult::Short
                && self.book.received(reference, amount.currency) == *amount;
            promise!(rests || whole, "PAID rests on money on the disk");
            promise!(self.model.best[reference].due == *amount, "PAID names the keyed amount");
        }
        if let Scene::Paid { reference: None, .. } = &view.scene {
            promise!(self.counter_announced, "counter money is announced before it is shown");
        }
        Ok(())
    }

    fn paid_sound(&mut self, core: &Terminal) -> Result<(), Broken> {
        self.sounds += 1;
        promise!(self.sounds <= self.announced.len(), "each announcement sounds at most once");
        if let Some(Some(reference)) = &self.last_announced {
            let here = core.sale_on_screen().is_some_and(|sale| sale.reference == *reference);
            promise!(here, "PAID never sounds for a sale that is not on the screen");
        }
        Ok(())
    }

    fn send(&mut self, request: &Request) -> Result<(), Broken> {
        promise!(self.ear.nonce.is_some(), "nothing is sent without a connection");
        match request {
            Request::Open(open) => {
                let best = self.model.best.get(&open.reference);
                promise!(best.is_some_and(|best| best.due == open.money()), "intended before asked for");
            }
            Request::Refund(refund) => {
                promise!(
                    self.refunds.contains_key(&refund.id),
                    "a refund is on the disk before it is asked for"
                );
                self.refunds_sent.push(refund.id.clone());
            }
            Request::Receipt(receipt) => {
                promise!(receipt.ids.len() <= 100, "a receipt lists at most 100 documents");
                self.receipts.extend(receipt.ids.iter().cloned());
            }
            Request::Cancel(_) | Request::Sync(_) => {}
        }
        Ok(())
    }

    /// What a document's coming must have led to.
    pub fn receipted(&mut self, id: &str, notice: Option<&Notice>) -> Result<(), Broken> {
        let connected = self.ear.nonce.is_some();
        promise!(!connected || self.receipts.contains(id), "{id} is receipted, a repeat too");
        let Some(notice) = notice else { return Ok(()) };
        promise!(self.book.holds(notice), "every notice is booked");
        let money = notice.status.is_money();
        promise!(!money || self.model.verdicts.contains_key(&notice.payment), "all money gets a verdict");
        Ok(())
    }

    /// After every effect of an event has been carried out.
    pub fn settled(&mut self, core: &Terminal, facts: &[Fact], now: Moment) -> Result<(), Broken> {
        let due = core.poll_timeout(now);
        promise!(due.is_none_or(|(at, _)| at > now.mono), "the next wake is not in the past: {due:?}");
        let armed = core.deaf(now).is_none();
        promise!(armed == self.ear.armed(now.mono), "armed is what was told: {:?}", core.deaf(now));
        for sale in core.book().sales() {
            let best = self.model.best.get(&sale.reference).map(|best| best.result);
            promise!(
                best == Some(sale.result()),
                "the result is {best:?}, not {:?}: {sale:?}",
                sale.result()
            );
        }
        let mut open = core.book().sales().filter(|sale| sale.result() == SaleResult::Open);
        let on_screen = core.sale_on_screen().map(|sale| &sale.reference);
        promise!(open.all(|sale| on_screen == Some(&sale.reference)), "an open sale is on the screen");
        promise!(core.book().stream() == self.book.stream(), "facts give the stream as it is live");
        for (key, back) in &self.model.back {
            let live = core.book().given_back(key);
            promise!(live == back.given(), "given back of {key:?} is {}, not {live}", back.given());
            promise!(core.book().left(key) == self.model.left(key), "what is left is what the rules leave");
        }
        for (key, verdict) in &self.model.verdicts {
            let (live, folded) = (core.book().payment(key), self.book.payment(key));
            promise!(live == folded && live.is_some(), "facts give the payments as they are live");
            promise!(live.is_some_and(|paid| paid.verdict == *verdict), "a verdict stays what it was");
        }
        let shown = core.view().map(|view| view.scene.code().is_some());
        promise!(shown != Some(true) || armed, "the code leaves when armed ends");
        let asked = matches!(core.view().map(|view| &view.scene), Some(Scene::Ask { .. }));
        let owed =
            |payment: &&PaymentKey| !self.announced.contains(*payment) && !self.replayed.contains(*payment);
        let unsaid = self.model.verdicts.keys().filter(owed).count();
        promise!(unsaid <= usize::from(asked), "all money that came is said: {:?}", facts.last());
        Ok(())
    }
}
