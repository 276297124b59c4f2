//! One random walk through a world. What is done follows from the seed; what was seen is noted beside it.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::core::scene::SaleResult;
use qrtill::sandbox::bank::faults::ApiOdds;
use qrtill::sandbox::bank::faults::SplitMix;
use qrtill::sandbox::bank::faults::WebhookOdds;
use qrtill::sandbox::bank::model::PaymentStatus;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;

use crate::checks;
use crate::checks::Evidence;
use crate::checks::Witness;
use crate::world::Counter;
use crate::world::SeenState;

/// Steps of one walk.
const STEPS: u64 = 36;
/// A world that is put right is quiet after this long, or something hangs.
const QUIET_TICKS: u64 = 300;
const TICK: Duration = Duration::from_millis(200);

/// What happened, readable; clones share one.
#[derive(Clone)]
pub struct Story {
    pub seed: u64,
    steps: Arc<Mutex<Vec<String>>>,
}

impl Story {
    pub fn new(seed: u64) -> Self {
        Self { seed, steps: Arc::default() }
    }

    fn note(&self, step: String) {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}:", self.seed)?;
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.iter().enumerate().try_for_each(|(n, step)| writeln!(f, "  {n:2} {step}"))
    }
}

struct Walk {
    story: Story,
    dice: SplitMix,
    counter: Counter,
    reference: bool,
    /// Links that were on the screen, newest last, and pages that customers have open.
    links: Vec<String>,
    pages: Vec<(String, String)>,
}

#[derive(Clone, Copy)]
enum Move {
    Sell,
    Pay,
    OpenPage,
    PayPage,
    Cancel,
    Settle,
    Break,
    Mend,
    Wait,
}

/// What tells one link from another.
fn code(url: &str) -> &str {
    let last = url.rsplit('/').next().unwrap_or_default();
    last.split('&').next().unwrap_or_default()
}

/// Walks, puts everything right, and says which promises were broken.
pub async fn walk(story: Story) -> Vec<String> {
    let mut dice = SplitMix::new(story.seed);
    let reference = dice.below(3) == 0;
    let strategy = if reference { "strategy=reference" } else { "strategy=one-off" };
    let times = ["sale_ttl_s=2", "prepare_wait_s=2", "close_wait_s=1", "paid_hold_s=2", "ended_hold_s=1"];
    let bank = ["retry_base_ms=20", strategy];
    let counter = Counter::open(&[&times[..], &bank].concat()).await;
    let journal = qrtill::terminal::journal_path(&counter.options().data.join("terminal"));
    let witness = Witness::start(counter.world.snapshots(), journal, counter.bank.clone());
    story.note(strategy.to_owned());
    let mut walk = Walk { story, dice, counter, reference, links: Vec::new(), pages: Vec::new() };
    for _ in 0..STEPS {
        let done = walk.step().await;
        walk.pause().await;
        walk.note(&done);
    }
    walk.put_right().await;
    let mut broken = walk.judge().await;
    broken.extend(witness.broken());
    walk.counter.close().await;
    broken
}

impl Walk {
    fn note(&self, done: &str) {
        let state = self.counter.state();
        let (scene, armed, result) = (state.scene, state.armed, state.result);
        let sale = state.reference.unwrap_or_default();
        let faults = self.counter.world.faults();
        self.story.note(format!(
            "{done:32} -> {scene} armed={armed} {sale} {result:?} {:?}; faults {faults:?}",
            state.strip.map(|strip| strip.news)
        ));
    }

    fn draw(&mut self, percent: u64) -> bool {
        self.dice.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let n = self.dice.below(from.len() as u64);
        from.get(usize::try_from(n).expect("small")).cloned()
    }

    /// Up to half a second, or until something is on the screen.
    async fn pause(&mut self) {
        let ms = [0, 20, 100, 250, 500][usize::try_from(self.dice.below(5)).expect("small")];
        let changed = self.counter.snapshots.changed();
        drop(tokio::time::timeout(Duration::from_millis(ms), changed).await);
        if let Some(url) = self.counter.state().url
            && !self.links.contains(&url)
        {
            self.links.push(url);
        }
    }

    async fn step(&mut self) -> String {
        match self.choose() {
            Move::Sell => self.begin_sale().await,
            Move::Pay => self.pay().await,
            Move::OpenPage => self.open_page().await,
            Move::PayPage => self.pay_page().await,
            Move::Cancel => {
                self.counter.try_press(&[Key::Cancel]).await;
                "the cashier cancels".to_owned()
            }
            Move::Settle => self.settle(),
            Move::Break => self.break_something().await,
            Move::Mend => self.mend_something().await,
            Move::Wait => "everybody waits".to_owned(),
        }
    }

    /// Draws among what makes sense now.
    fn choose(&mut self) -> Move {
        let state = self.counter.state();
        let runs = self.counter.world.is_running(Part::Terminal);
        let open = state.result == Some(SaleResult::Open);
        let code = state.url.is_some();
        let faults = self.broken_parts().len();
        let weights = [
            (Move::Sell, if runs && !open { if state.armed { 60 } else { 3 } } else { 0 }),
            (Move::Pay, if code { 35 } else { u64::from(!self.links.is_empty()) * 6 }),
            (Move::OpenPage, if code { 12 } else { 0 }),
            (Move::PayPage, u64::from(!self.pages.is_empty()) * 10),
            (Move::Cancel, if runs && open { 6 } else { 1 }),
            (Move::Settle, u64::from(!self.pending().is_empty()) * 10),
            (Move::Break, if faults < 2 { 16 } else { 4 }),
            (Move::Mend, 16 * faults as u64),
            (Move::Wait, 8),
        ];
        let mut drawn = self.dice.below(weights.iter().map(|(_, weight)| weight).sum());
        let hit = weights.into_iter().find(|(_, weight)| {
            let hit = drawn < *weight;
            drawn = drawn.wrapping_sub(if hit { 0 } else { *weight });
            hit
        });
        hit.expect("a weight is drawn").0
    }

    async fn begin_sale(&mut self) -> String {
        let state = self.counter.state();
        if state.result == Some(SaleResult::Open) {
            return "the cashier waits".to_owned();
        }
        let minor = 100 + self.dice.below(9_900);
        self.counter.try_press(&[Key::Cancel]).await;
        self.counter.try_key_in(minor).await;
        format!("a sale of {minor}")
    }

    /// A customer at the code on the screen; now and then one with an older code.
    async fn pay(&mut self) -> String {
        let late = self.draw(15);
        let seen = self.counter.state().url.filter(|_| !late);
        let Some(url) = seen.or(self.pick(&self.links.clone())) else {
            return "no customer yet".to_owned();
        };
        let outcome = self.pick(&["paid", "paid", "paid", "failed", "pending"]).expect("not empty");
        let amount = self.amount();
        let status = self.counter.pay(&url, outcome, amount.as_deref()).await;
        format!("{outcome} {} at {}: {status}", amount.unwrap_or_default(), code(&url))
    }

    /// On an open amount customers type the right sum, or too little or too much.
    fn amount(&mut self) -> Option<String> {
        let due = self.counter.state().amount.unwrap_or(1_000);
        let off = self.pick(&[0, 0, 0, -50, 50]).expect("not empty");
        let minor = (due + off).max(50);
        self.reference.then(|| format!("{}.{:02}", minor / 100, minor % 100))
    }

    /// A customer who pays in a while, maybe after somebody else has.
    async fn open_page(&mut self) -> String {
        let Some(url) = self.counter.state().url else { return "no code to open".to_owned() };
        let opened = self.counter.try_open_page(&url).await;
        let done = format!("a page is opened at {}: {}", code(&url), opened.is_some());
        self.pages.extend(opened.map(|page| (url, page)));
        done
    }

    async fn pay_page(&mut self) -> String {
        let Some((url, page)) = self.pick(&self.pages.clone()) else { return "no page".to_owned() };
        let amount = self.amount();
        let status = self.counter.pay_page_of(&url, &page, amount.as_deref()).await;
        format!("an opened page is paid at {}: {status}", code(&url))
    }

    fn settle(&mut self) -> String {
        let pending = self.pending();
        let Some(payment) = self.pick(&pending) else { return "nothing is pending".to_owned() };
        let succeeds = self.draw(60);
        let settled = self.counter.bank.settle(&payment, succeeds).expect("written");
        format!("pending money {}: {settled:?}", if succeeds { "comes" } else { "does not come" })
    }

    fn pending(&self) -> Vec<String> {
        let ledger = self.counter.ledger();
        let pending = ledger.payments.into_iter().filter(|paid| paid.status == PaymentStatus::Processing);
        pending.map(|paid| paid.id).collect()
    }

    async fn break_something(&mut self) -> String {
        let seed = self.dice.draw();
        let choice = self.dice.below(13);
        let (part, act) = match choice {
            0 => (Part::Broker, Deed::Stop),
            1 => (Part::Broker, Deed::Kill),
            2 => (Part::Relay, Deed::Stop),
            3 => (Part::Relay, Deed::Kill),
            4 => (Part::Terminal, Deed::Stop),
            5 => (Part::Terminal, Deed::Kill),
            6 => (Part::Webhooks, Deed::Stop),
            7 => (Part::Webhooks, Deed::Drop),
            8 => (Part::Webhooks, Deed::Double),
            9 => (Part::Provider, Deed::Stop),
            10 => (Part::Provider, Deed::Drop),
            // These two die in the middle of what they do next.
            11 => return self.light("relay"),
            _ => return self.light("terminal"),
        };
        self.counter.world.set_fault(part, act, seed).await.expect("a fault that makes sense");
        // Slower than the walk's own time would be a stop.
        match self.dice.below(4) {
            0 => self.counter.bank.faults().set_api(ApiOdds {
                seed,
                delay: 60,
                delay_ms: 400,
                half: 10,
                ..ApiOdds::default()
            }),
            1 => self.counter.bank.faults().set_webhooks(WebhookOdds {
                seed,
                drop: 20,
                double: 40,
                reorder: 60,
                reorder_ms: 800,
                ..WebhookOdds::default()
            }),
            _ => {}
        }
        format!("{part:?}: {act:?}")
    }

    fn light(&mut self, side: &str) -> String {
        let steps = 1 + self.dice.below(12);
        let world = &self.counter.world;
        let fuse = if side == "relay" { &world.relay_fuse } else { &world.terminal_fuse };
        fuse.set(steps);
        format!("the {side} dies after {steps} more steps")
    }

    fn broken_parts(&self) -> Vec<Part> {
        let mut broken: Vec<Part> = self.counter.world.faults().keys().copied().collect();
        for part in [Part::Relay, Part::Terminal] {
            if !self.counter.world.is_running(part) && !broken.contains(&part) {
                broken.push(part);
            }
        }
        broken
    }

    async fn mend_something(&mut self) -> String {
        let Some(part) = self.pick(&self.broken_parts()) else { return "nothing to mend".to_owned() };
        self.counter.fault(part, Deed::Start).await;
        format!("{part:?}: back")
    }

    /// Everything runs again, and most of what was pending is decided.
    async fn put_right(&mut self) {
        self.counter.world.relay_fuse.set(0);
        self.counter.world.terminal_fuse.set(0);
        self.counter.mend().await;
        for payment in self.pending() {
            if self.draw(70) {
                let succeeds = self.draw(50);
                self.counter.bank.settle(&payment, succeeds).expect("written").expect("pending");
            }
        }
        self.note("put right");
    }

    fn evidence(&self) -> Evidence {
        Evidence {
            ledger: self.counter.ledger(),
            terminal: self.counter.facts(),
            relay: self.counter.relay_facts(),
        }
    }

    async fn judge(&mut self) -> Vec<String> {
        self.quiet().await;
        if !self.reference {
            self.pay_again().await;
        }
        self.counter.try_press(&[Key::Cancel]).await;
        self.sell_once_more().await;
        self.quiet().await.broken()
    }

    /// The first quiet moment, or the last look at a world that hangs.
    async fn quiet(&mut self) -> Evidence {
        let mut ticks = tokio::time::interval(TICK);
        for tick in 0..QUIET_TICKS {
            ticks.tick().await;
            // One whose fuse had burnt may have been dying still when all was put right.
            for part in [Part::Relay, Part::Terminal] {
                self.counter.fault(part, Deed::Start).await;
            }
            let evidence = self.evidence();
            if evidence.unfinished().is_empty() {
                self.note(&format!("quiet after {} ms", TICK.as_millis() * u128::from(tick)));
                return evidence;
            }
        }
        self.note("never quiet");
        self.evidence()
    }

    /// Withdrawn means withdrawn: nobody can pay a sale that has ended, not even on a page opened in time.
    async fn pay_again(&mut self) {
        let money =
            |walk: &Self| walk.counter.ledger().payments.iter().filter(|p| checks::is_money(p)).count();
        let before = money(self);
        for url in self.links.clone() {
            self.counter.pay(&url, "paid", None).await;
        }
        for (url, page) in self.pages.clone() {
            self.counter.pay_page(&url, &page).await;
        }
        assert_eq!(money(self), before, "an ended sale took money");
    }

    /// What went before does not stand in the way of the next sale.
    async fn sell_once_more(&mut self) {
        let mut url = None;
        while url.is_none() {
            // A terminal that was dying still may take a key or two with it, which are then pressed again.
            let on = |state: &SeenState| state.url.is_some() || state.armed && state.reference.is_none();
            let state = self.counter.until("the last code", on).await;
            url = state.url.filter(|_| state.amount == Some(4_321));
            match (state.scene, state.reference) {
                ("entering", _) => self.counter.try_press(&[Key::Enter]).await,
                (_, None) => self.counter.try_key_in(4_321).await,
                (_, Some(_)) => {}
            }
        }
        let url = url.expect("the loop ends with one");
        let status = self.counter.pay(&url, "paid", self.reference.then_some("43.21")).await;
        assert_eq!(status, 303);
        let is_paid = |result| result == Some(SaleResult::Paid);
        self.counter.until("the last sale paid", |state| is_paid(state.result)).await;
    }
}
