//! `qrtill sandbox`: a whole working counter on this machine, with a payment-link system of its own.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::PoisonError;

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::serve;
use crate::config;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::http::listen;
use crate::port::panel;
use crate::port::panel::PanelSpec;
use crate::provider::Entry;
use crate::provider::PROVIDERS;
use crate::sandbox::Claim;
use crate::sandbox::NotClaimed;
use crate::sandbox::Options;
use crate::sandbox::World;
use crate::sandbox::counter;
use crate::sandbox::counter::About;
use crate::sandbox::counter::Counter;
use crate::sandbox::counter::Fault;
use crate::sandbox::counter::FaultBox;
use crate::sandbox::counter::InForce;
use crate::sandbox::fault::Deed;
use crate::sandbox::fault::Part;
use crate::sandbox::pty::Pty;
use crate::sandbox::settings;
use crate::sandbox::settings::Settings;
use crate::terminal::Snapshot;
use crate::ui::lang::Lang;

/// Threads of the listener, the bank and the counter; terminal, relay and broker have one each.
const THREADS: usize = 2;

/// Try everything: a counter in the browser, and under it the programs that run in a shop
///
/// Prints one line with the URL when the counter is ready. Money is never moved. Everything is kept under
/// --data and goes on there at the next start.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// Where browsers and scripts reach the counter; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8460", value_parser = serve::address)]
    listen: SocketAddr,
    /// The payment-link system whose dialect the sandbox's bank speaks
    #[arg(long, value_name = "NAME", default_value = "stripe")]
    provider: String,
    /// Three letters, ISO 4217
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    currency: String,
    /// The screen's language: en, de or fr
    #[arg(long, value_name = "LANG", default_value = "en")]
    lang: String,
    /// The customer's panel, one of `qrtill draw --list`
    #[arg(long, value_name = "PANEL", default_value = panel::PANELS[0].name)]
    panel: String,
    /// The name customers read
    #[arg(long, value_name = "NAME", default_value = "Corner Shop")]
    shop: String,
    /// Let phones on the same network in: anybody there can then press the keys
    #[arg(long)]
    lan: bool,
    /// Where everything is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Change a setting; may be given many times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

fn help() -> String {
    let line = |(key, what): &(&str, &str)| format!("  {key:<20} {what}");
    let lines: Vec<String> = settings::KEYS.iter().map(line).collect();
    format!("Settings for --set:\n{}", lines.join("\n"))
}

/// Runs until told to stop.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    // Someone else's provider in this process, as in tests, is as good.
    let _other = rustls::crypto::ring::default_provider().install_default();
    let ended = serve::runtime(Some(THREADS))?.block_on(Box::pin(play(args)));
    ended.map(|()| ExitCode::SUCCESS)
}

async fn play(args: &Args) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let mut options = options(args)?;
    let _claim = claim(&options.data)?;
    let (listener, port) = bind(args).await?;
    options.public_url = public_url(args, port);
    let (public_url, about) = (options.public_url.clone(), about(&options));
    let world = World::open(options).await.map_err(|error| failed(&error))?;
    let (bank, mut snapshots, keys) = (world.bank.clone(), world.snapshots(), world.keys());
    let mut ended = world.ended();
    let mut pty = Pty::open().map_err(|error| {
        Failure::new(failure::UNAVAILABLE, format!("cannot open a pty for the serial keypad: {error}"), "")
    })?;
    let pty_path = pty.path().display().to_string();
    let world = Arc::new(Faults { world: Mutex::new(Some(world)), standing: std::sync::Mutex::default() });
    let counter = Counter {
        snapshots: snapshots.clone(),
        keys: Arc::clone(&keys),
        faults: Arc::clone(&world) as Arc<dyn FaultBox>,
        pty: pty_path.clone(),
        about,
    };
    let routes = bank.router().merge(counter::router(counter));
    let serving = tokio::spawn(listen::serve(listener, routes, shutdown.clone()));
    let (deliveries, token) = (bank.clone(), shutdown.clone());
    let delivering = tokio::spawn(async move { deliveries.run(token).await });
    world.start().await.map_err(|error| failed(&error))?;
    let token = shutdown.clone();
    let typing = tokio::spawn(async move { pty.run(move || keys(), token).await });
    let begun = armed(&mut snapshots, &mut ended, &shutdown).await;
    if begun.is_ok() && !shutdown.is_cancelled() {
        tracing::info!(pty = pty_path, "a terminal program can be the keypad: open this path with it");
        say(&public_url);
        shutdown.cancelled().await;
    }
    world.stop().await;
    typing.abort();
    delivering.abort();
    serving.abort();
    begun
}

/// The data folder for this process alone: two worlds in one would take each other's sales.
fn claim(data: &Path) -> Result<Claim, Failure> {
    Claim::take(data).map_err(|error| match &error {
        NotClaimed::Taken(_) => {
            Failure::new(failure::UNAVAILABLE, error.to_string(), "stop it, or give --data another folder")
        }
        NotClaimed::Unusable(error) => failed(error),
    })
}

/// The listener, and the port that it got.
async fn bind(args: &Args) -> Result<(TcpListener, u16), Failure> {
    let mut listen = args.listen;
    if args.lan {
        listen.set_ip(IpAddr::from([0, 0, 0, 0]));
    }
    let listener = TcpListener::bind(listen).await.map_err(|error| serve::not_bound(listen, &error))?;
    let port = listener.local_addr().map_or(listen.port(), |address| address.port());
    Ok((listener, port))
}

fn public_url(args: &Args, port: u16) -> String {
    let host = if args.lan { lan_address() } else { args.listen.ip() };
    format!("http://{}", SocketAddr::new(host, port))
}

/// The one line on standard output that scripts wait for.
fn say(public_url: &str) {
    let mut out = io::stdout();
    // Nobody may be reading; the counter runs all the same.
    let _gone = writeln!(out, "{public_url}/").and_then(|()| out.flush());
}

fn usage(what: String, hint: &str) -> Failure {
    Failure::new(failure::USAGE, what, hint)
}

/// All but the public URL, which is known once a port is.
fn options(args: &Args) -> Result<Options, Failure> {
    let currency = Currency::from_code(&args.currency).ok_or_else(|| {
        usage(format!("`{}` is not a currency", args.currency), "write three letters such as EUR")
    })?;
    let lang: Lang = args.lang.parse().map_err(|error| usage(format!("{error}"), ""))?;
    let panel: PanelSpec = *panel::find(&args.panel)
        .ok_or_else(|| usage(format!("there is no panel `{}`", args.panel), "see `qrtill draw --list`"))?;
    let system = crate::provider::find(&args.provider).ok_or_else(|| {
        let near = crate::provider::nearest(&args.provider).unwrap_or(PROVIDERS[0].name);
        usage(format!("there is no payment-link system `{}`", args.provider), &format!("try `{near}`"))
    })?;
    Ok(Options {
        provider: args.provider.clone(),
        currency,
        lang,
        panel,
        shop: args.shop.clone(),
        data: args.data.clone().or_else(config::sandbox_data).ok_or_else(|| {
            usage("there is no home folder to keep the sandbox in".to_owned(), "give --data DIR")
        })?,
        public_url: String::new(),
        settings: settings(args, currency, system)?,
        others: Vec::new(),
    })
}

/// Each setting by itself, and together with what the system can do.
fn settings(args: &Args, currency: Currency, system: &Entry) -> Result<Settings, Failure> {
    let mut chosen = Settings::new(currency);
    for setting in &args.settings {
        chosen.set(setting).map_err(|error| usage(error.to_string(), "see `qrtill sandbox --help`"))?;
    }
    let least = Money::new((system.capabilities.minimum)(currency).max(1), currency);
    if chosen.limit.minor < least.minor {
        let what = format!("limit: {} is below {least}, the least that {} takes", chosen.limit, system.name);
        return Err(usage(what, "no amount could be keyed in; raise it"));
    }
    if !system.capabilities.strategies.contains(&chosen.strategy) {
        let what = format!("strategy: {} has no links for `reference`", system.name);
        return Err(usage(what, "leave `strategy` out"));
    }
    Ok(chosen)
}

/// This machine's address towards the network. Connecting a datagram socket sends nothing.
fn lan_address() -> IpAddr {
    let towards = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    towards.map_or(IpAddr::from([127, 0, 0, 1]), |address| address.ip())
}

fn about(options: &Options) -> About {
    About {
        currency: options.currency.code().to_owned(),
        panel: options.panel.name.to_owned(),
        shop: options.shop.clone(),
        lang: options.lang.code().to_owned(),
        provider: options.provider.clone(),
    }
}

fn failed(error: &anyhow::Error) -> Failure {
    Failure::new(failure::CANNOT_CREATE, format!("{error:#}"), "")
}

/// Waits until the counter is armed, as a newcomer's first look should find it, or until it is told to stop. A
/// relay or terminal that cannot go on would be waited for in vain.
async fn armed(
    snapshots: &mut watch::Receiver<Option<Snapshot>>,
    ended: &mut watch::Receiver<Option<String>>,
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let armed = snapshots.wait_for(|shown| shown.as_ref().is_some_and(|shown| shown.state.armed));
    tokio::select! {
        _ready = armed => Ok(()),
        why = ended.wait_for(Option::is_some) => {
            let why = why.ok().and_then(|why| why.clone()).unwrap_or_default();
            Err(Failure::new(failure::UNAVAILABLE, why, ""))
        }
        () = shutdown.cancelled() => Ok(()),
    }
}

/// The world behind the page's fault buttons; gone once it has been stopped. What stands is kept beside
/// it, so that looking never waits for a part that is just ending.
struct Faults {
    world: Mutex<Option<World>>,
    standing: std::sync::Mutex<BTreeMap<Part, Deed>>,
}

impl Faults {
    async fn start(&self) -> anyhow::Result<()> {
        match self.world.lock().await.as_mut() {
            Some(world) => world.start().await,
            None => Ok(()),
        }
    }

    async fn stop(&self) {
        if let Some(world) = self.world.lock().await.take() {
            world.stop().await;
        }
    }
}

impl FaultBox for Faults {
    fn set(&self, fault: Fault) -> InForce<'_> {
        Box::pin(async move {
            let mut world = self.world.lock().await;
            let world = world.as_mut().ok_or("the sandbox is ending")?;
            let set = world.set_fault(fault.part, fault.deed, fault.seed).await;
            *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = world.faults().clone();
            set.map_err(|error| format!("{error:#}"))
        })
    }

    fn standing(&self) -> BTreeMap<Part, Deed> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
