//! `qrtill terminal`: from a configuration to a running counter.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::fresh;
use super::log;
use super::machine;
use super::notify;
use super::serve;
use super::sounding;
use crate::config;
use crate::config::keypad::Keypad;
use crate::config::panel::Panel;
use crate::config::start::Own;
use crate::config::start::Start;
use crate::config::terminal::Terminal;
use crate::host::health::Health;
use crate::keypad;
use crate::keypad::scripted;
use crate::mqtt::client;
use crate::panel::drive::Drive;
use crate::panel::drive::Waits;
use crate::port::fuse::Fuse;
use crate::port::keys;
use crate::port::keys::Presence;
use crate::port::keys::Press;
use crate::port::pulse::Pulses;
use crate::port::pulse::Toil;
use crate::terminal;
use crate::terminal::Ended;
use crate::terminal::Failed;
use crate::terminal::Parts;
use crate::terminal::Screen;
use crate::terminal::Side;
use crate::terminal::Surroundings;
use crate::terminal::devices::Watched;
use crate::terminal::pairing;
use crate::terminal::remote;
use crate::ui::Audience;
use crate::ui::Painter;

/// How often a code that stays is moved on glass that keeps ghosts.
const MOVE_CODE: Duration = Duration::from_secs(60);

/// The longest that a panel may take for one thing: thrice what the slowest e-paper is given for a refresh.
const PANEL_PATIENCE: Duration = Duration::from_secs(60);

/// Run the counter: keypad, screen and journal
///
/// Runs until SIGTERM or SIGINT. Everything is set in the configuration file, which `qrtill check` judges.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = config::TERMINAL_FILE)]
    config: PathBuf,
    /// Take keypad characters from standard input instead of the keypad of the configuration
    #[arg(long, hide = true)]
    keys_from_stdin: bool,
}

/// Runs until told to stop.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let own = Own::read(&args.config).map_err(|faults| Failure::of_faults(&faults))?;
    let runtime = serve::runtime(None)?;
    let ended = runtime.block_on(Box::pin(starts(own, args)));
    // The journal is closed by now; a read of standard input that never ends must not keep the process.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

/// One start after another, for as long as each ends to be followed by another.
async fn starts(mut own: Own, args: &Args) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let stdin = args.keys_from_stdin.then(|| take_standard_input(&shutdown));
    let mut machine = None;
    loop {
        if let Some(awaited) = own.awaits_pairing() {
            match fresh::wait(serve::of_checked(awaited)?, &own, &shutdown).await? {
                pairing::Ended::Stopped => return Ok(()),
                pairing::Ended::Paired => {
                    tracing::info!("paired: starting under the name that was given");
                    own = Own::read(&args.config).map_err(|faults| Failure::of_faults(&faults))?;
                }
            }
        }
        let Start { terminal, remote } = own.start().map_err(|error| not_kept(&error))?;
        let config = serve::of_checked(terminal)?;
        serve::make_data(&config.data, &terminal::journal_path(&config.data))?;
        let machine = machine.get_or_insert_with(|| machine::watch(config.data.clone())).clone();
        match Box::pin(counter(config, remote, machine, stdin.as_ref(), &shutdown)).await {
            Ok(Ended::Stopped) => return Ok(()),
            Ok(Ended::Restart) => {
                tracing::info!("told from far away to restart; a supervisor starts this program again");
                return Ok(());
            }
            Ok(Ended::Switch) => tracing::info!("starting anew with other settings"),
            Ok(Ended::Reread) => {
                tracing::info!("told from far away to start anew with the file as it is now");
                own = Own::read(&args.config).map_err(|faults| Failure::of_faults(&faults))?;
            }
            Err(failure) => {
                let why = failure.to_string();
                if !own.give_up(&why).map_err(|error| not_kept(&error))? {
                    return Err(failure);
                }
                tracing::warn!(why, "the settings on trial are no good; starting anew with those of before");
            }
        }
    }
}

async fn counter(
    config: Terminal,
    remote: Option<remote::Parts>,
    machine: watch::Receiver<Option<Health>>,
    stdin: Option<&Outlet>,
    shutdown: &CancellationToken,
) -> Result<Ended, Failure> {
    let own = shutdown.child_token();
    let (presses, keys) = keys::channel();
    let mut watched = Watched::default();
    let mut listening = Vec::new();
    match stdin {
        Some(outlet) => outlet.lead_to(presses),
        None => (watched.keypads, listening) = take_keypads(config.keypads, &presses, &own),
    }
    let (watchers, snapshots) = watch::channel(None);
    notify::follow_terminal(snapshots.clone());
    let mut pulses = Pulses::default();
    let broker = client::Options { pulse: pulses.of("the MQTT client"), ..config.broker };
    let snapshots = sounding::start(config.sound, config.panel.spec, snapshots, &own);
    let (touched, touches) = watch::channel(0);
    let surroundings = Surroundings { snapshots, touches, light: config.light };
    let mut light_up = |panel: &Panel, side: Side| {
        let toil = pulses.of_thread(side.name(), PANEL_PATIENCE);
        light_up(panel, side, toil, &surroundings)
    };
    let mut screens = vec![light_up(&config.panel, Side::Customer)?];
    let painter = |panel: &Panel, audience| Painter::new(panel.spec, audience, config.lang, &config.shop);
    let cashier = config.cashier_panel.as_ref();
    if let Some(panel) = cashier {
        screens.push(light_up(panel, Side::Cashier)?);
    }
    watched.panels = screens.iter().map(|screen| (screen.side(), screen.present())).collect();
    let parts = Parts {
        settings: config.settings,
        identity: config.identity,
        broker,
        data: config.data,
        painter: painter(&config.panel, Audience::Customer).with_idle(config.idle, config.logo),
        cashier: cashier.map(|panel| painter(panel, Audience::Cashier)),
        keys,
        devices: watched.follow(),
        machine,
        lines: log::lines(),
        touched,
        move_code: config.panel.device.keeps_ghosts().then_some(MOVE_CODE),
        watchers,
        fuse: Fuse::default(),
        pulse: pulses.of("the terminal's loop"),
        remote,
    };
    let _watch = notify::watch(pulses);
    let ended = Box::pin(terminal::run(parts, own.clone())).await.map_err(|failed| of_failed(&failed));
    own.cancel();
    // The last picture has no code; it is waited for.
    for screen in screens {
        screen.close().await;
    }
    // The next start takes the same devices.
    for keypad in listening {
        drop(keypad.await);
    }
    ended
}

/// Starts the panel's thread, which shows what the counter shows on that side.
fn light_up(panel: &Panel, side: Side, toil: Toil, around: &Surroundings) -> Result<Screen, Failure> {
    let Panel { spec, device } = panel.clone();
    let burns_in = device.burns_in();
    let drive =
        Drive::start(side.name(), Waits::default(), toil, move || device.open(&spec)).map_err(|error| {
            let what = format!("the panel's thread cannot be started: {error}");
            Failure::new(failure::UNAVAILABLE, what, "let it have more threads")
        })?;
    Ok(Screen::start(drive, side, burns_in, around.clone()))
}

fn not_kept(error: &remote::NotKept) -> Failure {
    Failure::new(failure::IO, error.to_string(), "")
}

fn of_failed(failed: &Failed) -> Failure {
    match failed {
        Failed::Journal(error) => serve::of_store(error),
        Failed::Broker(error) => Failure::new(failure::CONFIG, error.to_string(), "see [broker]"),
        Failed::Remote(error) => not_kept(error),
        Failed::Fuse => Failure::new(failure::UNAVAILABLE, failed.to_string(), ""),
    }
}

/// Listens to the keypads of the configuration; answers whether each is there, and what ends when it is let go.
fn take_keypads(
    keypads: Vec<Keypad>,
    presses: &mpsc::Sender<Press>,
    shutdown: &CancellationToken,
) -> (Vec<watch::Receiver<Presence>>, Vec<JoinHandle<()>>) {
    let listen = |keypad: Keypad| {
        let listening = keypad::spawn(keypad.options, presses.clone(), shutdown.clone());
        (listening.presence, listening.task)
    };
    keypads.into_iter().map(listen).unzip()
}

/// Where the keys of standard input go, which is opened once and outlives a start.
#[derive(Clone, Debug)]
pub(super) struct Outlet(watch::Sender<Option<mpsc::Sender<Press>>>);

impl Outlet {
    pub(super) fn lead_to(&self, presses: mpsc::Sender<Press>) {
        self.0.send_replace(Some(presses));
    }
}

/// Listens to standard input, whose bytes are a keypad's characters, until it ends.
pub(super) fn take_standard_input(shutdown: &CancellationToken) -> Outlet {
    let outlet = Outlet(watch::Sender::new(None));
    let (leading, shutdown) = (outlet.clone(), shutdown.clone());
    tokio::spawn(async move {
        let mut input = tokio::io::stdin();
        let mut bytes = [0; 256];
        loop {
            let read = tokio::select! {
                read = input.read(&mut bytes) => read,
                () = shutdown.cancelled() => return,
            };
            let Ok(count @ 1..) = read else { return };
            for key in scripted::keys(&bytes[..count]).0 {
                let presses = leading.0.borrow().clone();
                // Between two starts nobody takes keys.
                if let Some(presses) = presses {
                    let _gone = presses.send(Press { key, handled: None }).await;
                }
            }
        }
    });
    outlet
}
