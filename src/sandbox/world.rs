//! Joins bank, broker, relay and the counters, and pulls them out and puts them back on demand.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::bank::Bank;
use super::bank::BankOptions;
use super::bank::model::Face;
use super::broker::Account;
use super::broker::Broker;
use super::connect;
use super::fault::Act;
use super::fault::Deed;
use super::fault::End;
use super::fault::Part;
use super::fault::Run;
use super::house::House;
use super::program::Program;
use super::seat::CounterOptions;
use super::seat::Keys;
use super::seat::Seat;
use super::seat::Surroundings;
use super::settings::SharedSettings;
use super::standing;
use super::systems::Systems;
use crate::core::link::AllowList;
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
use crate::port::panel::PanelSpec;
use crate::port::provider::Strategy;
use crate::relay;
use crate::relay::decide::PollPace;
use crate::terminal::Snapshot;
use crate::ui::lang::Lang;

/// What a sandbox is made from.
#[derive(Clone)]
pub struct Options {
    /// The counters, `counter-1` and so on, all on one relay; at least one.
    pub counters: Vec<CounterOptions>,
    pub settings: SharedSettings,
    pub lang: Lang,
    pub panel: PanelSpec,
    /// Each counter's second panel, which faces the cashier.
    pub cashier_panel: Option<PanelSpec>,
    pub shop: String,
    pub data: PathBuf,
    /// Where phones and browsers reach the listener, such as `http://127.0.0.1:8460`.
    pub public_url: String,
}

/// The running world.
pub struct World {
    pub bank: Bank,
    options: Options,
    house: House,
    systems: Systems,
    topics: Topics,
    relay_id: RelayId,
    relay_key: SecretKey,
    accounts: Vec<Account>,
    broker: Broker,
    relay_address: SocketAddr,
    relay: Option<Program>,
    seats: Vec<Seat>,
    faults: BTreeMap<Part, Deed>,
    /// Why a relay or a terminal ended by itself, the latest.
    ended: watch::Sender<Option<String>>,
    /// For tests that end the first terminal, or the relay, after a chosen step.
    pub terminal_fuse: Fuse,
    pub relay_fuse: Fuse,
}

impl World {
    /// Opens bank and broker. The bank's routes (`bank.router()`) have to be served at `public_url` before
    /// `start`, since the relay asks it over HTTP like any other payment-link system.
    pub async fn open(options: Options) -> anyhow::Result<Self> {
        let house = House::open(&options.data)?;
        let bank = Bank::open(bank_options(&options, &house))?;
        let systems = Systems::open(&bank, &house)?;
        let (relay_id, topics): (RelayId, _) = ("main".parse()?, Topics::new(Topics::DEFAULT_ROOT)?);
        let mut seats = Vec::new();
        for (index, counter) in options.counters.iter().enumerate() {
            let can = systems.get(&counter.provider)?.provider().capabilities();
            if !can.strategies.contains(&counter.settings.strategy) {
                anyhow::bail!("{} has no links for `strategy=reference`; leave it out", counter.provider);
            }
            let id: TerminalId = format!("counter-{}", index + 1).parse()?;
            let data = house.terminal(index)?;
            let key = house.key(&data)?;
            seats.push(Seat::new(id, counter.clone(), options.panel, options.cashier_panel, data, key));
        }
        let terminal_fuse = seats.first().context("a sandbox has at least one counter")?.fuse.clone();
        let terminals = seats.iter().map(|seat| Who::Terminal(seat.id.clone()));
        let everybody = terminals.chain([Who::Relay(relay_id.clone()), Who::Operator]);
        let account = |who| Account { who, password: Secret::new(host::random_name()) };
        let accounts: Vec<Account> = everybody.map(account).collect();
        let broker = Broker::start(topics.clone(), accounts.clone()).await?;
        Ok(Self {
            bank,
            relay_key: house.key(&house.relay())?,
            house,
            systems,
            topics,
            relay_id,
            accounts,
            broker,
            relay_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            relay: None,
            terminal_fuse,
            seats,
            faults: BTreeMap::new(),
            ended: watch::Sender::new(None),
            relay_fuse: Fuse::default(),
            options,
        })
    }

    /// Starts relay and terminals.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        for system in self.systems.all() {
            connect::connect(system).await?;
        }
        for seat in &mut self.seats {
            let CounterOptions { provider, currency, settings } = &seat.options;
            if settings.standing || settings.strategy == Strategy::Reference {
                let (system, title) = (self.systems.get(provider)?, &self.options.shop);
                let link = standing::standing_link(&self.house, system, &seat.id, *currency, title).await?;
                seat.standing = Some(link);
            }
        }
        self.start_relay().await?;
        self.start_terminals()
    }

    /// Every counter, the first first.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Every state of the first counter; `None` before the first.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Option<Snapshot>> {
        self.seats[0].snapshots()
    }

    /// Why relay or terminal ended although nobody asked them to; `None` as long as none did.
    #[must_use]
    pub fn ended(&self) -> watch::Receiver<Option<String>> {
        self.ended.subscribe()
    }

    /// The way to press keys at the first counter.
    #[must_use]
    pub fn keys(&self) -> Keys {
        self.seats[0].keys()
    }

    /// The faults that are in force.
    #[must_use]
    pub fn faults(&self) -> &BTreeMap<Part, Deed> {
        &self.faults
    }

    /// The first counter's payment-link system as the relay reaches it.
    #[must_use]
    pub fn system(&self) -> &System {
        self.systems.get(&self.seats[0].options.provider).expect("it was found when the world was opened")
    }

    /// Where the relay listens for webhooks.
    #[must_use]
    pub fn relay_address(&self) -> SocketAddr {
        self.relay_address
    }

    /// Where the broker listens, and an account there, for those who listen in or speak beside the parts:
    /// tests and people's scripts. It is that of a counter, of the relay `main`, or the operator's.
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
            Part::Terminal => self.seats.iter().all(Seat::is_running),
            Part::Webhooks | Part::Provider => true,
        }
    }

    /// Pulls a part out or puts it back; returns when that is in force. `seed` repeats the run of the dice.
    ///
    /// # Errors
    /// Where the deed makes no sense for the part, or the part cannot be started again.
    pub async fn set_fault(&mut self, part: Part, deed: Deed, seed: u64) -> anyhow::Result<()> {
        match Act::of(part, deed, seed)? {
            Act::Broker(Run::Start) => self.broker.restart().await?,
            Act::Broker(Run::End(how)) => self.broker.end(how).await,
            Act::Relay(Run::Start) => self.start_relay().await?,
            Act::Relay(Run::End(how)) => Program::end(self.relay.take(), how).await,
            Act::Terminal(Run::Start) => self.start_terminals()?,
            Act::Terminal(Run::End(how)) => {
                for seat in &mut self.seats {
                    seat.end(how).await;
                }
            }
            Act::Webhooks(odds) => self.bank.faults().set_webhooks(odds),
            Act::Provider(odds) => self.bank.faults().set_api(odds),
        }
        match deed {
            Deed::Start => self.faults.remove(&part),
            Deed::Stop | Deed::Kill | Deed::Drop | Deed::Delay | Deed::Double => {
                self.faults.insert(part, deed)
            }
        };
        Ok(())
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
        let (mut terminals, mut own) = (BTreeMap::new(), TrustSet::new());
        for seat in &self.seats {
            terminals.insert(seat.id.clone(), seat.trust()?);
        }
        own.trust(self.relay_key.public(), Role::Relay)?;
        let settings = &self.options.settings;
        let parts = relay::Parts {
            options: relay::decide::Options {
                title: self.options.shop.clone(),
                allowed: self.allowed(),
                poll: PollPace { first: settings.poll_first, most: settings.poll_most },
                terminals: self.seats.iter().map(Seat::served).collect(),
            },
            systems: self.systems.of_relay(&self.bank, self.relay_address, &self.seats, settings)?,
            body_wait: settings.body_wait,
            late_wait: settings.late_wait,
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
            health: watch::Sender::default(),
            pulses: relay::LoopPulses::default(),
        };
        self.relay =
            Some(Program::start("relay", self.ended.clone(), move |shutdown| relay::run(parts, shutdown))?);
        Ok(())
    }

    fn start_terminals(&mut self) -> anyhow::Result<()> {
        for index in 0..self.seats.len() {
            let seat = &self.seats[index];
            let around = Surroundings {
                relay: self.relay_id.clone(),
                relay_key: self.relay_key.public(),
                topics: self.topics.clone(),
                broker: self.broker_options(&Who::Terminal(seat.id.clone())),
                allowed: self.allowed(),
                capabilities: self.systems.get(&seat.options.provider)?.provider().capabilities(),
                ended: self.ended.clone(),
            };
            self.seats[index].start(&self.options, around)?;
        }
        Ok(())
    }

    /// Ends everything in the order in which nothing is left unsaid.
    pub async fn stop(mut self) {
        for seat in &mut self.seats {
            seat.end(End::Stop).await;
        }
        Program::end(self.relay.take(), End::Stop).await;
        self.broker.stop().await;
    }
}

fn bank_options(options: &Options, house: &House) -> BankOptions {
    let settings = &options.settings;
    // storekit's store has one currency: that of the counter that sells over it, else of the first.
    let in_store = |counter: &&CounterOptions| Face::named(&counter.provider) == Some(Face::Storekit);
    let of_store = options.counters.iter().find(in_store).or(options.counters.first());
    let usual = BankOptions::default();
    BankOptions {
        data: Some(house.bank()),
        public_url: options.public_url.clone(),
        merchant: options.shop.clone(),
        currency: of_store.map_or(usual.currency, |counter| counter.currency),
        webhook_delay_ms: settings.webhook_delay_ms,
        retry_base_ms: settings.retry_base_ms,
        pending_settles_ms: settings.pending_settles_ms,
        refunds: settings.refunds,
        refund_settles_ms: Some(settings.refund_settles_ms),
        pay_twice: settings.pay_twice,
        ..usual
    }
}
