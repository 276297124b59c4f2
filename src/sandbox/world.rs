//! Joins bank, broker, relay and terminal, and pulls them out and puts them back on demand.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::Context as _;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::RgbColor as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::sync::watch;

use super::bank::Bank;
use super::bank::BankOptions;
use super::bank::faults::ApiOdds;
use super::bank::faults::WebhookOdds;
use super::bank::model::Face;
use super::broker::Account;
use super::broker::Broker;
use super::connect;
use super::fault::Deed;
use super::fault::Part;
use super::house::House;
use super::program::Program;
use super::settings::Settings;
use super::standing;
use crate::core::link::AllowList;
use crate::core::money::Currency;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::core::secret::Secret;
use crate::host;
use crate::http::system::System;
use crate::mqtt::access::Who;
use crate::mqtt::backoff::Backoff;
use crate::mqtt::client;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::RelayId;
use crate::mqtt::topics::Topics;
use crate::port::fuse::Fuse;
use crate::port::keys;
use crate::port::keys::Press;
use crate::port::panel::Frame;
use crate::port::panel::PanelSpec;
use crate::port::provider::Strategy;
use crate::relay;
use crate::relay::decide::PollPace;
use crate::relay::decide::Standing;
use crate::terminal;
use crate::terminal::Snapshot;
use crate::ui::Audience;
use crate::ui::Painter;
use crate::ui::lang::Lang;

/// What a sandbox is made from.
#[derive(Clone)]
pub struct Options {
    /// The payment-link system's name.
    pub provider: String,
    pub currency: Currency,
    pub lang: Lang,
    pub panel: PanelSpec,
    pub shop: String,
    pub data: PathBuf,
    /// Where phones and browsers reach the listener, such as `http://127.0.0.1:8460`.
    pub public_url: String,
    pub settings: Settings,
}

/// The running world.
pub struct World {
    pub bank: Bank,
    options: Options,
    house: House,
    system: System,
    face: Face,
    standing: Option<Standing>,
    topics: Topics,
    terminal_id: TerminalId,
    relay_id: RelayId,
    terminal_key: SecretKey,
    relay_key: SecretKey,
    accounts: Vec<Account>,
    broker: Broker,
    relay_address: SocketAddr,
    /// What the relay knows webhooks by, newest first: while a secret is rotated, the one before it too.
    hook_secrets: Vec<Secret>,
    relay: Option<Program>,
    terminal: Option<Program>,
    keys: Arc<Mutex<mpsc::Sender<Press>>>,
    watchers: watch::Sender<Option<Snapshot>>,
    faults: BTreeMap<Part, Deed>,
    /// Why a relay or a terminal ended by itself, the latest.
    ended: watch::Sender<Option<String>>,
    /// For tests that end a part after a chosen step.
    pub terminal_fuse: Fuse,
    pub relay_fuse: Fuse,
}

impl World {
    /// Opens bank and broker. The bank's routes (`bank.router()`) have to be served at `public_url` before
    /// `start`, since the relay asks it over HTTP like any other payment-link system.
    pub async fn open(options: Options) -> anyhow::Result<Self> {
        let house = House::open(&options.data)?;
        let bank = Bank::open(bank_options(&options, &house))?;
        let face = Face::named(&options.provider)
            .with_context(|| format!("the sandbox's bank does not speak `{}`", options.provider))?;
        let system = system(&bank, face, &house)?;
        if !system.provider().capabilities().strategies.contains(&options.settings.strategy) {
            anyhow::bail!("{} has no links for `strategy=reference`; leave it out", options.provider);
        }
        let (terminal_id, relay_id): (TerminalId, RelayId) = ("counter-1".parse()?, "main".parse()?);
        let topics = Topics::new(Topics::DEFAULT_ROOT)?;
        let everybody = [Who::Terminal(terminal_id.clone()), Who::Relay(relay_id.clone()), Who::Operator];
        let accounts: Vec<Account> =
            everybody.map(|who| Account { who, password: Secret::new(host::random_name()) }).into();
        let broker = Broker::start(topics.clone(), accounts.clone()).await?;
        let (closed, _) = keys::channel();
        Ok(Self {
            bank,
            terminal_key: house.key(&house.terminal())?,
            relay_key: house.key(&house.relay())?,
            house,
            system,
            face,
            standing: None,
            topics,
            terminal_id,
            relay_id,
            accounts,
            broker,
            relay_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            hook_secrets: Vec::new(),
            relay: None,
            terminal: None,
            keys: Arc::new(Mutex::new(closed)),
            watchers: watch::Sender::new(None),
            faults: BTreeMap::new(),
            ended: watch::Sender::new(None),
            terminal_fuse: Fuse::default(),
            relay_fuse: Fuse::default(),
            options,
        })
    }

    /// Starts relay and terminal.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        connect::connect(&self.system).await?;
        if self.options.settings.standing || self.options.settings.strategy == Strategy::Reference {
            self.standing = Some(self.make_standing().await?);
        }
        self.start_relay().await?;
        self.start_terminal()
    }

    async fn make_standing(&self) -> anyhow::Result<Standing> {
        let (currency, title) = (self.options.currency, &self.options.shop);
        standing::standing_link(&self.house, &self.system, currency, title).await
    }

    /// Every state of the counter; `None` before the first.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Option<Snapshot>> {
        self.watchers.subscribe()
    }

    /// Why relay or terminal ended although nobody asked them to; `None` as long as none did.
    #[must_use]
    pub fn ended(&self) -> watch::Receiver<Option<String>> {
        self.ended.subscribe()
    }

    /// The way to press keys, valid across restarts of the terminal: ask for it at each press.
    #[must_use]
    pub fn keys(&self) -> Arc<dyn Fn() -> mpsc::Sender<Press> + Send + Sync> {
        let keys = Arc::clone(&self.keys);
        Arc::new(move || keys.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The faults that are in force.
    #[must_use]
    pub fn faults(&self) -> &BTreeMap<Part, Deed> {
        &self.faults
    }

    /// The payment-link system as the relay reaches it.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Where the relay listens for webhooks.
    #[must_use]
    pub fn relay_address(&self) -> SocketAddr {
        self.relay_address
    }

    /// Where the broker listens, and an account there, for those who listen in or speak beside the parts:
    /// tests and people's scripts. It is that of `counter-1`, of the relay `main`, or the operator's.
    #[must_use]
    pub fn broker_account(&self, who: &Who) -> Option<(SocketAddr, &Account)> {
        let account = self.accounts.iter().find(|account| account.who == *who)?;
        Some((self.broker.address(), account))
    }

    #[must_use]
    pub fn is_running(&self, part: Part) -> bool {
        match part {
            Part::Broker => self.broker.is_running(),
            Part::Relay => self.relay.as_ref().is_some_and(Program::is_running),
            Part::Terminal => self.terminal.as_ref().is_some_and(Program::is_running),
            Part::Webhooks | Part::Provider => true,
        }
    }

    /// Pulls a part out or puts it back; returns when that is in force. `seed` repeats the run of the dice.
    pub async fn set_fault(&mut self, part: Part, deed: Deed, seed: u64) -> anyhow::Result<()> {
        match (part, deed) {
            (Part::Broker, Deed::Stop) => self.broker.stop().await,
            (Part::Broker, Deed::Kill) => self.broker.kill().await,
            (Part::Broker, Deed::Start) => self.broker.restart().await?,
            (Part::Relay, Deed::Stop | Deed::Kill) => end(self.relay.take(), deed).await,
            (Part::Relay, Deed::Start) => self.start_relay().await?,
            (Part::Terminal, Deed::Stop | Deed::Kill) => {
                end(self.terminal.take(), deed).await;
                self.darken();
            }
            (Part::Terminal, Deed::Start) => self.start_terminal()?,
            (Part::Webhooks, deed) => self.bank.faults().set_webhooks(webhook_odds(deed, seed)?),
            (Part::Provider, deed) => self.bank.faults().set_api(api_odds(deed, seed)?),
            (Part::Broker | Part::Relay | Part::Terminal, Deed::Drop | Deed::Delay | Deed::Double) => {
                anyhow::bail!("a {part:?} can be stopped, killed and started; webhooks can be {deed:?}ed")
            }
        }
        match deed {
            Deed::Start => self.faults.remove(&part),
            Deed::Stop | Deed::Kill | Deed::Drop | Deed::Delay | Deed::Double => {
                self.faults.insert(part, deed)
            }
        };
        Ok(())
    }

    /// A counter without power shows nothing: what was last on its panel is gone with it.
    fn darken(&self) {
        let panel = self.options.panel;
        self.watchers.send_if_modified(|shown| {
            let Some(last) = shown.as_mut().filter(|last| !last.state.is_off()) else { return false };
            last.state = last.state.off();
            last.frame = Arc::new(Frame::new(panel.width, panel.height, Rgb565::BLACK));
            last.code_until = None;
            true
        });
    }

    fn broker_options(&self, who: &Who) -> client::Options {
        let (address, user) = (self.broker.address(), who.user_name());
        let mut options = client::Options::new(&address.ip().to_string(), address.port(), &user);
        options.username = Some(user);
        options.password = self.broker_account(who).map(|(_, account)| account.password.clone());
        // On one machine a broker that was put back should be found at once.
        options.backoff =
            Backoff { first: std::time::Duration::from_millis(50), max: std::time::Duration::from_secs(1) };
        options
    }

    fn allowed(&self) -> AllowList {
        AllowList { hosts: Vec::new(), sandbox_origin: Some(self.options.public_url.clone()) }
    }

    async fn start_relay(&mut self) -> anyhow::Result<()> {
        if self.is_running(Part::Relay) {
            return Ok(());
        }
        let listener = TcpListener::bind(self.relay_address).await.context("the relay cannot listen")?;
        self.relay_address = listener.local_addr()?;
        let hook = format!("http://{}/webhook/{}", self.relay_address, self.options.provider);
        self.bank.main_endpoint(self.face, &hook)?;
        let face = self.bank.face(self.face);
        if self.hook_secrets.first().is_none_or(|known| known.reveal() != face.webhook_secret) {
            self.hook_secrets.insert(0, Secret::new(face.webhook_secret));
            self.hook_secrets.truncate(2);
        }
        let (mut terminals, mut own) = (BTreeMap::new(), TrustSet::new());
        let mut trust = TrustSet::new();
        trust.trust(self.terminal_key.public(), Role::Terminal)?;
        terminals.insert(self.terminal_id.clone(), trust);
        own.trust(self.relay_key.public(), Role::Relay)?;
        let settings = &self.options.settings;
        let standing = self.standing.clone().map(|standing| (self.terminal_id.clone(), standing));
        let parts = relay::Parts {
            options: relay::decide::Options {
                strategy: settings.strategy,
                title: self.options.shop.clone(),
                allowed: self.allowed(),
                standing: standing.into_iter().collect(),
                standing_every: settings.standing_every,
                confirm: settings.confirm,
                poll: PollPace { first: settings.poll_first, most: settings.poll_most },
            },
            system: self.system.clone(),
            webhook_secrets: self.hook_secrets.clone(),
            body_wait: settings.body_wait,
            identity: relay::Identity {
                relay: self.relay_id.clone(),
                mode: Mode::Test,
                key: self.relay_key.clone(),
                terminals,
                own,
                topics: self.topics.clone(),
            },
            broker: self.broker_options(&Who::Relay(self.relay_id.clone())),
            data: self.house.relay(),
            listener: listener.into_std()?,
            fuse: self.relay_fuse.clone(),
        };
        self.relay =
            Some(Program::start("relay", self.ended.clone(), move |shutdown| relay::run(parts, shutdown))?);
        Ok(())
    }

    fn start_terminal(&mut self) -> anyhow::Result<()> {
        if self.is_running(Part::Terminal) {
            return Ok(());
        }
        let (press, presses) = keys::channel();
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = press;
        let mut trust = TrustSet::new();
        trust.trust(self.relay_key.public(), Role::Relay)?;
        let panel = self.options.panel;
        let parts = terminal::Parts {
            settings: self.terminal_settings(),
            identity: terminal::Identity {
                terminal: self.terminal_id.clone(),
                relay: self.relay_id.clone(),
                mode: Mode::Test,
                key: self.terminal_key.clone(),
                trust,
                topics: self.topics.clone(),
            },
            broker: self.broker_options(&Who::Terminal(self.terminal_id.clone())),
            data: self.house.terminal(),
            painter: Painter::new(panel, Audience::of(&panel), self.options.lang, &self.options.shop),
            keys: presses,
            watchers: self.watchers.clone(),
            fuse: self.terminal_fuse.clone(),
        };
        self.terminal = Some(Program::start("terminal", self.ended.clone(), move |shutdown| {
            terminal::run(parts, shutdown)
        })?);
        Ok(())
    }

    fn terminal_settings(&self) -> crate::core::settings::Settings {
        let settings = &self.options.settings;
        crate::core::settings::Settings {
            terminal: self.terminal_id.clone(),
            mode: Mode::Test,
            currency: self.options.currency,
            minimum: (self.system.provider().capabilities().minimum)(self.options.currency).max(1),
            limit: settings.limit.minor,
            confirm_above: settings.confirm_above.map(|money| money.minor),
            allowed: self.allowed(),
            standing: self
                .standing
                .as_ref()
                .filter(|_| settings.standing)
                .map(|standing| standing.url.clone()),
            sale_ttl: settings.sale_ttl,
            prepare_wait: settings.prepare_wait,
            close_wait: settings.close_wait,
            refund_wait: settings.refund_wait,
            paid_hold: settings.paid_hold,
            ended_hold: settings.ended_hold,
            entry_wait: settings.entry_wait,
            pin: settings.pin.clone(),
        }
    }

    /// Ends everything in the order in which nothing is left unsaid.
    pub async fn stop(mut self) {
        end(self.terminal.take(), Deed::Stop).await;
        end(self.relay.take(), Deed::Stop).await;
        self.broker.stop().await;
    }
}

fn bank_options(options: &Options, house: &House) -> BankOptions {
    let settings = &options.settings;
    BankOptions {
        data: Some(house.bank()),
        public_url: options.public_url.clone(),
        merchant: options.shop.clone(),
        currency: options.currency,
        webhook_delay_ms: settings.webhook_delay_ms,
        retry_base_ms: settings.retry_base_ms,
        pending_settles_ms: settings.pending_settles_ms,
        refunds: settings.refunds,
        refund_settles_ms: Some(settings.refund_settles_ms),
        pay_twice: settings.pay_twice,
        ..BankOptions::default()
    }
}

/// The adapter, set up with the bank's own key as a shop would with its provider's.
fn system(bank: &Bank, face: Face, house: &House) -> anyhow::Result<System> {
    let face = bank.face(face);
    let entry = crate::provider::find(face.system)
        .with_context(|| format!("there is no payment-link system `{}`", face.system))?;
    let mut options = face.options;
    options.insert("api_key".to_owned(), face.api_key.into());
    options.insert("base_url".to_owned(), face.base_url.into());
    let built = (entry.build)(options.into())?;
    let tokens = house.relay().join(format!("{}.tokens", face.system));
    Ok(System::new(Arc::from(built.provider), built.base_urls)?.with_tokens(&tokens, host::unix_ms)?)
}

fn webhook_odds(deed: Deed, seed: u64) -> anyhow::Result<WebhookOdds> {
    let quiet = WebhookOdds { seed, ..WebhookOdds::default() };
    Ok(match deed {
        Deed::Start => quiet,
        Deed::Stop => WebhookOdds { stopped: true, ..quiet },
        Deed::Drop => WebhookOdds { drop: 100, ..quiet },
        Deed::Delay => WebhookOdds { delay: 100, delay_ms: 5_000, ..quiet },
        Deed::Double => WebhookOdds { double: 100, reorder: 50, reorder_ms: 500, ..quiet },
        Deed::Kill => anyhow::bail!("webhooks can be stopped, dropped, delayed, doubled and started"),
    })
}

fn api_odds(deed: Deed, seed: u64) -> anyhow::Result<ApiOdds> {
    let quiet = ApiOdds { seed, ..ApiOdds::default() };
    Ok(match deed {
        Deed::Start => quiet,
        Deed::Stop => ApiOdds { stopped: true, ..quiet },
        Deed::Drop => ApiOdds { half: 50, refuse: 25, ..quiet },
        Deed::Delay => ApiOdds { delay: 100, delay_ms: 3_000, ..quiet },
        Deed::Kill | Deed::Double => {
            anyhow::bail!("the provider can be stopped, made to drop or delay its answers, and started")
        }
    })
}

async fn end(part: Option<Program>, deed: Deed) {
    match (part, deed) {
        (Some(part), Deed::Kill) => part.kill().await,
        (Some(part), Deed::Stop | Deed::Start | Deed::Drop | Deed::Delay | Deed::Double) => part.stop().await,
        (None, _) => {}
    }
}
