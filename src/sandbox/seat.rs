//! One counter of the world: a terminal of its own, with a payment-link system, a currency and a panel. All of
//! them are served by the one relay.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::RgbColor as _;
use tokio::sync::mpsc;
use tokio::sync::watch;

use super::fault::End;
use super::program::Program;
use super::settings::CounterSettings;
use super::world::Options;
use crate::core::link::AllowList;
use crate::core::money::Currency;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::host::lines::Lines;
use crate::mqtt::client;
use crate::mqtt::key::PublicKey;
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
use crate::port::provider::Capabilities;
use crate::port::pulse::Pulse;
use crate::relay;
use crate::relay::decide::Standing;
use crate::terminal;
use crate::terminal::Snapshot;
use crate::terminal::devices::Watched;
use crate::ui::Audience;
use crate::ui::Painter;

/// The way to press keys, valid across restarts of the terminal: ask for it at each press.
pub type Keys = Arc<dyn Fn() -> mpsc::Sender<Press> + Send + Sync>;

/// What sets one counter apart.
#[derive(Clone)]
pub struct CounterOptions {
    /// The payment-link system's name.
    pub provider: String,
    pub currency: Currency,
    pub settings: CounterSettings,
}

/// A counter's terminal, running or not.
pub struct Seat {
    pub id: TerminalId,
    pub options: CounterOptions,
    /// Its own reusable link at the bank, where it has one.
    pub standing: Option<Standing>,
    /// For tests that end the terminal after a chosen step.
    pub fuse: Fuse,
    key: SecretKey,
    data: PathBuf,
    panel: PanelSpec,
    cashier: Option<PanelSpec>,
    program: Option<Program>,
    keys: Arc<Mutex<mpsc::Sender<Press>>>,
    watchers: watch::Sender<Option<Snapshot>>,
}

/// Where a terminal finds its relay, and what it may show.
pub struct Surroundings {
    pub relay: RelayId,
    pub relay_key: PublicKey,
    pub topics: Topics,
    pub broker: client::Options,
    pub allowed: AllowList,
    pub capabilities: &'static Capabilities,
    pub ended: watch::Sender<Option<String>>,
}

impl Seat {
    /// `data` is the terminal's folder, and `key` its key; the second panel is the cashier's.
    #[must_use]
    pub fn new(
        id: TerminalId,
        options: CounterOptions,
        panel: PanelSpec,
        cashier: Option<PanelSpec>,
        data: PathBuf,
        key: SecretKey,
    ) -> Self {
        let (closed, _) = keys::channel();
        Self {
            id,
            options,
            standing: None,
            fuse: Fuse::default(),
            key,
            data,
            panel,
            cashier,
            program: None,
            keys: Arc::new(Mutex::new(closed)),
            watchers: watch::Sender::new(None),
        }
    }

    /// Every state of the counter; `None` before the first.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Option<Snapshot>> {
        self.watchers.subscribe()
    }

    #[must_use]
    pub fn keys(&self) -> Keys {
        let keys = Arc::clone(&self.keys);
        Arc::new(move || keys.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    #[must_use]
    pub fn is_running(&self) -> bool {
        self.program.as_ref().is_some_and(Program::is_running)
    }

    /// The folder with its journal.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What the relay has to know of it.
    #[must_use]
    pub fn served(&self) -> (TerminalId, relay::decide::Terminal) {
        let (system, standing) = (self.options.provider.clone(), self.standing.clone());
        (self.id.clone(), relay::decide::Terminal { system, standing })
    }

    /// Whom the relay believes under this counter's name.
    ///
    /// # Errors
    /// Where the key cannot be trusted at all.
    pub fn trust(&self) -> anyhow::Result<TrustSet> {
        let mut trust = TrustSet::new();
        trust.trust(self.key.public(), Role::Terminal)?;
        Ok(trust)
    }

    /// Starts the terminal of this counter of `world`, unless it runs.
    ///
    /// # Errors
    /// Where its thread cannot be started.
    pub fn start(&mut self, world: &Options, around: Surroundings) -> anyhow::Result<()> {
        if self.is_running() {
            return Ok(());
        }
        let (press, presses) = keys::channel();
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = press;
        let mut trust = TrustSet::new();
        trust.trust(around.relay_key, Role::Relay)?;
        let parts = terminal::Parts {
            settings: self.settings(around.allowed, around.capabilities),
            identity: terminal::Identity {
                terminal: self.id.clone(),
                relay: around.relay,
                mode: Mode::Test,
                key: self.key.clone(),
                trust,
                topics: around.topics,
            },
            broker: around.broker,
            data: self.data.clone(),
            painter: Painter::new(self.panel, Audience::of(&self.panel), world.lang, &world.shop),
            cashier: self
                .cashier
                .map(|panel| Painter::new(panel, Audience::Cashier, world.lang, &world.shop)),
            keys: presses,
            // Pages of the browser counter come and go, and a script needs none.
            devices: Watched::default().follow(),
            machine: watch::Sender::new(None).subscribe(),
            lines: Lines::default(),
            touched: watch::Sender::new(0),
            move_code: None,
            watchers: self.watchers.clone(),
            fuse: self.fuse.clone(),
            pulse: Pulse::default(),
            remote: None,
        };
        self.program = Some(Program::start("terminal", around.ended, move |shutdown| async move {
            Box::pin(terminal::run(parts, shutdown)).await.map(drop)
        })?);
        Ok(())
    }

    fn settings(&self, allowed: AllowList, capabilities: &Capabilities) -> crate::core::settings::Settings {
        let CounterOptions { currency, settings, .. } = &self.options;
        let standing = self.standing.as_ref().filter(|_| settings.standing);
        crate::core::settings::Settings {
            terminal: self.id.clone(),
            mode: Mode::Test,
            currency: *currency,
            minimum: (capabilities.minimum)(*currency).max(1),
            limit: settings.limit.minor,
            confirm_above: settings.confirm_above.map(|money| money.minor),
            allowed,
            standing: standing.map(|standing| standing.url.clone()),
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

    /// Ends the terminal. A counter without power shows nothing: what was last on its panel is gone with it.
    pub async fn end(&mut self, how: End) {
        Program::end(self.program.take(), how).await;
        let dark = |panel: PanelSpec| Arc::new(Frame::new(panel.width, panel.height, Rgb565::BLACK));
        let (panel, cashier) = (self.panel, self.cashier);
        self.watchers.send_if_modified(|shown| {
            let Some(last) = shown.as_mut().filter(|last| !last.state.is_off()) else { return false };
            last.state = last.state.off();
            (last.frame, last.cashier) = (dark(panel), cashier.map(dark));
            last.code_until = None;
            true
        });
    }
}
