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
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::serve;
use super::webhook;
use crate::config;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::http::listen;
use crate::port::panel;
use crate::port::panel::PanelSpec;
use crate::port::pulse::Pulse;
use crate::provider::Entry;
use crate::sandbox::Claim;
use crate::sandbox::CounterOptions;
use crate::sandbox::NotClaimed;
use crate::sandbox::Options;
use crate::sandbox::World;
use crate::sandbox::counter;
use crate::sandbox::counter::About;
use crate::sandbox::counter::Counter;
use crate::sandbox::counter::Fault;
use crate::sandbox::counter::FaultBox;
use crate::sandbox::counter::InForce;
use crate::sandbox::counter::Place;
use crate::sandbox::fault::Deed;
use crate::sandbox::fault::Part;
use crate::sandbox::pty::Pty;
use crate::sandbox::settings;
use crate::sandbox::settings::CounterSettings;
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
    /// The counter's payment-link system; several, with commas between, make as many counters on one relay.
    /// Another currency than --currency stands behind a colon: stripe,yabetoo:XAF,storekit:GBP
    #[arg(long, value_name = "NAME[:CODE]", default_value = "stripe", value_delimiter = ',')]
    provider: Vec<String>,
    /// Three letters, ISO 4217
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    currency: String,
    /// The screen's language, such as en, de or fr
    #[arg(long, value_name = "LANG", default_value = "en")]
    lang: String,
    /// The customer's panel, one of `qrtill draw --list`
    #[arg(long, value_name = "PANEL", default_value = panel::PANELS[0].name)]
    panel: String,
    /// A second panel, for the cashier, such as oled-128x64; without it there is none
    #[arg(long, value_name = "PANEL")]
    cashier_panel: Option<String>,
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
    serve::install_tls();
    let ended = serve::runtime(Some(THREADS))?.block_on(Box::pin(play(args)));
    ended.map(|()| ExitCode::SUCCESS)
}

async fn play(args: &Args) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let mut options = options(args)?;
    let _claim = claim(&options.data)?;
    let (listener, port) = bind(args).await?;
    options.public_url = public_url(args, port);
    let (public_url, places) = (options.public_url.clone(), about(&options));
    let world = World::open(options).await.map_err(|error| failed(&error))?;
    let (bank, mut ended) = (world.bank.clone(), world.ended());
    let seats: Vec<_> = world.seats().iter().map(|seat| (seat.snapshots(), seat.keys())).collect();
    let world = Arc::new(Faults { world: Mutex::new(Some(world)), standing: std::sync::Mutex::default() });
    let (mut routes, mut shown, mut ptys) = (bank.router(), Vec::new(), Vec::new());
    for ((snapshots, keys), about) in seats.into_iter().zip(places) {
        let pty = Pty::open().map_err(no_pty)?;
        let path = pty.path().display().to_string();
        tracing::info!(
            counter = about.path,
            pty = path,
            "a terminal program can be the keypad: open this path"
        );
        shown.push(snapshots.clone());
        ptys.push((pty, Arc::clone(&keys)));
        let faults = Arc::clone(&world) as Arc<dyn FaultBox>;
        routes = routes.merge(counter::router(Counter { snapshots, keys, faults, pty: path, about }));
    }
    let serving = tokio::spawn(listen::serve(listener, routes, Pulse::default(), shutdown.clone()));
    let (deliveries, token) = (bank.clone(), shutdown.clone());
    let delivering = tokio::spawn(async move { deliveries.run(token).await });
    world.start().await.map_err(|error| failed(&error))?;
    let mut typing = JoinSet::new();
    for (mut pty, keys) in ptys {
        let token = shutdown.clone();
        typing.spawn(async move { pty.run(move || keys(), token).await });
    }
    let begun = armed(&mut shown, &mut ended, &shutdown).await;
    if begun.is_ok() && !shutdown.is_cancelled() {
        say(&public_url);
        shutdown.cancelled().await;
    }
    world.stop().await;
    typing.shutdown().await;
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

fn no_pty(error: io::Error) -> Failure {
    Failure::new(failure::UNAVAILABLE, format!("cannot open a pty for the serial keypad: {error}"), "")
}

/// A counter by its payment-link system, and its currency where that is not everybody's.
fn counter(args: &Args, text: &str) -> Result<CounterOptions, Failure> {
    let (name, code) = text.split_once(':').unwrap_or((text, &args.currency));
    let currency = Currency::from_code(code)
        .ok_or_else(|| usage(format!("`{code}` is not a currency"), "write three letters such as EUR"))?;
    let system = webhook::find(name)?;
    let settings = settings(args, currency)?.counter;
    check(&settings, system)?;
    Ok(CounterOptions { provider: name.to_owned(), currency, settings })
}

/// All but the public URL, which is known once a port is.
fn options(args: &Args) -> Result<Options, Failure> {
    let counters = args.provider.iter().map(|text| counter(args, text)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = counters.first() else {
        return Err(usage("no payment-link system is named".to_owned(), "leave --provider out for stripe"));
    };
    let settings = settings(args, first.currency)?.shared;
    let lang: Lang = args.lang.parse().map_err(|error| usage(format!("{error}"), ""))?;
    let named = |name: &str| -> Result<PanelSpec, Failure> {
        let missing = || usage(format!("there is no panel `{name}`"), "see `qrtill draw --list`");
        panel::find(name).copied().ok_or_else(missing)
    };
    let panel = named(&args.panel)?;
    let cashier_panel = args.cashier_panel.as_deref().map(named).transpose()?;
    Ok(Options {
        counters,
        settings,
        lang,
        panel,
        cashier_panel,
        shop: args.shop.clone(),
        data: args.data.clone().or_else(config::sandbox_data).ok_or_else(|| {
            usage("there is no home folder to keep the sandbox in".to_owned(), "give --data DIR")
        })?,
        public_url: String::new(),
    })
}

/// Each setting by itself.
fn settings(args: &Args, currency: Currency) -> Result<Settings, Failure> {
    let mut chosen = Settings::new(currency);
    for setting in &args.settings {
        chosen.set(setting).map_err(|error| usage(error.to_string(), "see `qrtill sandbox --help`"))?;
    }
    Ok(chosen)
}

/// A counter's settings together with what its system can do.
fn check(settings: &CounterSettings, system: &Entry) -> Result<(), Failure> {
    let limit = settings.limit;
    let least = Money::new((system.capabilities.minimum)(limit.currency).max(1), limit.currency);
    if limit.minor < least.minor {
        let what = format!("limit: {limit} is below {least}, the least that {} takes", system.name);
        return Err(usage(what, "no amount could be keyed in; raise it"));
    }
    if !system.capabilities.strategies.contains(&settings.strategy) {
        let what = format!("strategy: {} has no links for `reference`", system.name);
        return Err(usage(what, "leave `strategy` out"));
    }
    Ok(())
}

/// This machine's address towards the network. Connecting a datagram socket sends nothing.
fn lan_address() -> IpAddr {
    let towards = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    towards.map_or(IpAddr::from([127, 0, 0, 1]), |address| address.ip())
}

/// What each counter's page says, the first first.
fn about(options: &Options) -> Vec<About> {
    let path = |index| if index == 0 { "/".to_owned() } else { format!("/counter-{}/", index + 1) };
    let place = |(index, counter): (usize, &CounterOptions)| Place {
        name: format!("counter-{}", index + 1),
        path: path(index),
        provider: counter.provider.clone(),
    };
    let several = options.counters.len() > 1;
    let counters: Vec<_> = options.counters.iter().enumerate().filter(|_| several).map(place).collect();
    let about = |(index, counter): (usize, &CounterOptions)| About {
        currency: counter.currency.code().to_owned(),
        panel: options.panel.name.to_owned(),
        cashier_panel: options.cashier_panel.map(|panel| panel.name.to_owned()),
        shop: options.shop.clone(),
        lang: options.lang.code().to_owned(),
        provider: counter.provider.clone(),
        path: path(index),
        counters: counters.clone(),
    };
    options.counters.iter().enumerate().map(about).collect()
}

fn failed(error: &anyhow::Error) -> Failure {
    Failure::new(failure::CANNOT_CREATE, format!("{error:#}"), "")
}

/// Waits until every counter is armed, as a newcomer's first look should find it, or until it is told to stop.
/// A relay or terminal that cannot go on would be waited for in vain.
async fn armed(
    counters: &mut [watch::Receiver<Option<Snapshot>>],
    ended: &mut watch::Receiver<Option<String>>,
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let armed = async {
        for snapshots in counters {
            let is_armed = |shown: &Option<Snapshot>| shown.as_ref().is_some_and(|shown| shown.state.armed);
            let _gone = snapshots.wait_for(is_armed).await;
        }
    };
    tokio::select! {
        () = armed => Ok(()),
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
