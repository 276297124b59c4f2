//! The few verbs the world tests use: press, see, pay, pull out and put back. The world under them is the
//! sandbox's: the same terminal and relay as in production, over real loopback sockets.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::collections::BTreeMap;
use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::core::money::Currency;
use qrtill::port::keys::Press;
use qrtill::port::panel;
use qrtill::sandbox::CounterOptions;
use qrtill::sandbox::Options;
use qrtill::sandbox::World;
use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::Ledger;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use qrtill::sandbox::settings::Settings;
use qrtill::terminal::Snapshot;
use qrtill::terminal::State;
use qrtill::ui::lang::Lang;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::sync::watch;

/// Nothing in these tests takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub type SeenState = State;

pub struct Counter {
    pub world: World,
    pub bank: Bank,
    pub snapshots: watch::Receiver<Option<Snapshot>>,
    /// At which of the world's counters the verbs act.
    seat: usize,
    data: TempDir,
    options: Options,
    browser: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
}

impl Counter {
    /// A counter that is armed, with settings such as `sale_ttl_s=1` on top of short ones.
    pub async fn open(settings: &[&str]) -> Self {
        Self::open_with("stripe", "EUR", settings).await
    }

    /// The same with another payment-link system, and the currency of its home.
    pub async fn open_with(system: &str, currency: &str, settings: &[&str]) -> Self {
        Self::open_all(&[(system, currency)], settings).await
    }

    /// Counters on one relay, one for each system and currency. The verbs act at the first.
    pub async fn open_all(systems: &[(&str, &str)], settings: &[&str]) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().expect("a temporary folder");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let counter = |(system, code): &(&str, &str)| {
            let currency = Currency::from_code(code).expect("a known code");
            let settings = chosen(currency, settings).counter;
            CounterOptions { provider: (*system).into(), currency, settings }
        };
        let counters: Vec<_> = systems.iter().map(counter).collect();
        let options = Options {
            settings: chosen(counters[0].currency, settings).shared,
            counters,
            lang: Lang::En,
            panel: panel::PANELS[0],
            shop: "Corner Shop".into(),
            data: data.path().to_owned(),
            cashier_panel: panel::find("oled-128x64").copied(),
            public_url: format!("http://{}", listener.local_addr().expect("bound")),
        };
        let mut world = World::open(options.clone()).await.expect("a world");
        let bank = world.bank.clone();
        let (router, deliveries) = (bank.router(), bank.clone());
        let server = tokio::spawn(async move {
            let delivering = deliveries.run(tokio_util::sync::CancellationToken::new());
            let (served, delivered) = tokio::join!(axum::serve(listener, router).into_future(), delivering);
            served.expect("the bank is served");
            delivered.expect("the bank delivers");
        });
        world.start().await.expect("relay and terminal start");
        let snapshots = world.snapshots();
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let browser = browser.build().expect("a browser");
        let mut counter = Self { world, bank, snapshots, seat: 0, data, options, browser, server };
        counter.until("armed", |state| state.armed).await;
        counter
    }

    /// From now on the verbs act at this counter; the first is 0.
    pub fn sit_at(&mut self, seat: usize) {
        self.seat = seat;
        self.snapshots = self.world.seats()[seat].snapshots();
    }

    pub fn state(&self) -> State {
        self.snapshots.borrow().as_ref().expect("the terminal has shown something").state.clone()
    }

    /// Waits for a state, and says what there was instead if it does not come.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&State) -> bool) -> State {
        let matches = |shown: &Option<Snapshot>| shown.as_ref().is_some_and(|shown| wanted(&shown.state));
        let in_time = tokio::time::timeout(PATIENCE, self.snapshots.wait_for(matches)).await.is_ok();
        let state = self.snapshots.borrow().as_ref().expect("the terminal has shown something").state.clone();
        assert!(in_time, "never {what}; last: {state:?}");
        state
    }

    /// Asks again and again until there is an answer, for what no channel tells of.
    pub async fn eventually<T>(&self, what: &str, found: impl Fn() -> Option<T>) -> T {
        self.eventually_async(what, || std::future::ready(found())).await
    }

    /// As `eventually`, for answers that have to be waited for.
    pub async fn eventually_async<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        found: impl Fn() -> F,
    ) -> T {
        let asking = async {
            loop {
                if let Some(found) = found().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, asking).await;
        in_time.unwrap_or_else(|_| panic!("never {what}; last: {:?}", self.state()))
    }

    pub async fn until_scene(&mut self, scene: &str) -> State {
        self.until(scene, |state| state.scene == scene).await
    }

    /// Presses keys and waits until each is handled.
    pub async fn press(&self, keys: &[Key]) -> State {
        for key in keys {
            let (handled, done) = oneshot::channel();
            let press = Press { key: *key, handled: Some(handled) };
            (self.world.seats()[self.seat].keys())().send(press).await.expect("the terminal takes keys");
            done.await.expect("the terminal handles keys");
        }
        self.state()
    }

    /// Presses keys on a terminal that may be dead, or die of one.
    pub async fn try_press(&self, keys: &[Key]) {
        for key in keys {
            let (handled, done) = oneshot::channel();
            let press = Press { key: *key, handled: Some(handled) };
            if (self.world.seats()[self.seat].keys())().send(press).await.is_err() || done.await.is_err() {
                return;
            }
        }
    }

    /// Keys an amount in minor units and Enter.
    pub async fn key_in(&self, minor: u64) -> State {
        self.press(&amount_keys(minor)).await
    }

    /// As `key_in`, on a terminal that may die meanwhile.
    pub async fn try_key_in(&self, minor: u64) {
        self.try_press(&amount_keys(minor)).await;
    }

    /// Keys a sale and waits for its code; gives back the link.
    pub async fn sell(&mut self, minor: u64) -> String {
        self.key_in(minor).await;
        let state = self.until_scene("scan").await;
        state.url.expect("a scan scene has a link")
    }

    /// What the customer does on the hosted page. The answer's status.
    pub async fn pay(&self, url: &str, outcome: &str, amount: Option<&str>) -> u16 {
        let mut form = BTreeMap::from([("outcome", outcome)]);
        if let Some(amount) = amount {
            form.insert("amount", amount);
        }
        let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self
            .browser
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.join("&"));
        request.send().await.expect("the hosted page answers").status().as_u16()
    }

    /// Opens the hosted page as a phone does; gives back the checkout it has begun.
    pub async fn open_page(&self, url: &str) -> String {
        self.try_open_page(url).await.expect("the page has a checkout")
    }

    /// As `open_page`, on a link that may be closed.
    pub async fn try_open_page(&self, url: &str) -> Option<String> {
        let page = self.browser.get(url).send().await.expect("the page").text().await.expect("text");
        let field = page.split("name=\"session\"").nth(1)?;
        field.split('"').nth(1).map(str::to_owned)
    }

    /// Pays the checkout that `open_page` began; on an open amount, that amount.
    pub async fn pay_page_of(&self, url: &str, session: &str, amount: Option<&str>) -> u16 {
        let amount = amount.map(|amount| format!("&amount={amount}")).unwrap_or_default();
        let request = self
            .browser
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("outcome=paid&session={session}{amount}"));
        request.send().await.expect("the hosted page answers").status().as_u16()
    }

    /// Pays the checkout that `open_page` began.
    pub async fn pay_page(&self, url: &str, session: &str) -> u16 {
        self.pay_page_of(url, session, None).await
    }

    pub async fn fault(&mut self, part: Part, act: Deed) {
        self.world.set_fault(part, act, 1).await.expect("a fault that makes sense");
    }

    pub fn ledger(&self) -> Ledger {
        self.bank.ledger()
    }

    /// The terminal's facts as they are on disk.
    pub fn facts(&self) -> Vec<qrtill::core::fact::Fact> {
        let path = qrtill::terminal::journal_path(self.world.seats()[self.seat].data());
        qrtill::store::Reader::open(&path).expect("a journal").between(0, i64::MAX).expect("readable facts")
    }

    /// The relay's facts as they are on disk.
    pub fn relay_facts(&self) -> Vec<qrtill::relay::decide::fact::Fact> {
        let path = qrtill::relay::journal_path(&self.data.path().join("relay"));
        qrtill::store::Reader::open(&path).expect("a journal").between(0, i64::MAX).expect("readable facts")
    }

    /// Waits until something outside the counter is so.
    pub async fn when(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let looking = async {
            while !is_so(self) {
                looks.tick().await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, looking).await.is_ok(), "never {what}");
    }

    /// A relay that has lost its disk, and starts with nothing.
    pub async fn lose_relay(&mut self) {
        self.fault(Part::Relay, Deed::Kill).await;
        let journal = qrtill::relay::journal_path(&self.data.path().join("relay"));
        for file in ["sqlite", "sqlite-wal", "sqlite-shm"] {
            // The last two are there only while somebody has it open.
            drop(std::fs::remove_file(journal.with_extension(file)));
        }
        self.fault(Part::Relay, Deed::Start).await;
    }

    /// Starts a terminal that is gone, and waits for its first state.
    pub async fn revive_terminal(&mut self) {
        let old = self.state().seq;
        self.fault(Part::Terminal, Deed::Start).await;
        self.until("a new life", |state| state.seq > old + 1000).await;
    }

    /// Puts every part right again.
    pub async fn mend(&mut self) {
        for part in [Part::Provider, Part::Webhooks, Part::Broker, Part::Relay] {
            self.fault(part, Deed::Start).await;
        }
        if !self.world.is_running(Part::Terminal) {
            self.revive_terminal().await;
        }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    pub async fn close(self) {
        self.world.stop().await;
        self.server.abort();
    }
}

fn chosen(currency: Currency, settings: &[&str]) -> Settings {
    let mut chosen = Settings::new(currency);
    let quick = ["poll_first_ms=200", "poll_most_ms=1000", "retry_base_ms=100"];
    for setting in quick.iter().chain(settings) {
        chosen.set(setting).expect("a setting");
    }
    chosen
}

fn amount_keys(minor: u64) -> Vec<Key> {
    let digit = |c: char| Key::Digit(u8::try_from(c.to_digit(10).expect("a digit")).expect("small"));
    minor.to_string().chars().map(digit).chain([Key::Enter]).collect()
}
