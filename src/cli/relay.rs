//! `qrtill relay`: from a configuration to a running relay.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::failure;
use super::failure::Failure;
use super::machine;
use super::notify;
use super::serve;
use crate::config;
use crate::config::provider;
use crate::config::relay::Relay;
use crate::mqtt::client;
use crate::port::fuse::Fuse;
use crate::port::pulse::Pulses;
use crate::relay;
use crate::relay::Failed;
use crate::relay::Health;
use crate::relay::LoopPulses;
use crate::relay::Parts;
use crate::relay::SystemParts;

/// Threads for sockets; the disk and the providers are waited for, not worked on.
const THREADS: usize = 2;
/// A sender that dribbles a webhook's body is let go.
const BODY_WAIT: Duration = Duration::from_secs(10);
/// Long enough for the next sale of a busy day to take along what the last one left.
const LATE_WAIT: Duration = Duration::from_secs(600);

/// Run the relay: webhooks in, signed documents out
///
/// Runs until SIGTERM or SIGINT. Everything is set in the configuration file, which `qrtill check` judges.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = config::RELAY_FILE)]
    config: PathBuf,
}

/// Runs until told to stop.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    serve::install_tls();
    let relay = serve::values(&args.config, config::relay)?;
    serve::make_data(&relay.data, &relay::journal_path(&relay.data))?;
    let ended = serve::runtime(Some(THREADS))?.block_on(Box::pin(serve_webhooks(relay)));
    ended.map(|()| ExitCode::SUCCESS)
}

async fn serve_webhooks(config: Relay) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let bound = TcpListener::bind(config.listen).await;
    let listener = bound.map_err(|error| serve::not_bound(config.listen, &error))?;
    let address = listener.local_addr().unwrap_or(config.listen);
    let systems = config.systems.into_iter().map(system).collect::<Result<Vec<_>, _>>()?;
    for parts in &systems {
        let system = parts.service.provider.name();
        tracing::info!(%address, system, "webhooks come in at /webhook/<system>");
    }
    let mut pulses = Pulses::default();
    let broker = client::Options { pulse: pulses.of("the MQTT client"), ..config.broker };
    let (health, known) = watch::channel(Health::default());
    notify::follow_relay(known);
    drop(machine::watch(config.data.clone()));
    let parts = Parts {
        options: config.options,
        systems,
        identity: config.identity,
        broker,
        data: config.data,
        listener: listener.into_std().map_err(|error| serve::not_bound(address, &error))?,
        body_wait: BODY_WAIT,
        late_wait: LATE_WAIT,
        fuse: Fuse::default(),
        health,
        pulses: LoopPulses { turns: pulses.of("the relay's loop"), listener: pulses.of("the listener") },
    };
    let _watch = notify::watch(pulses);
    relay::run(parts, shutdown).await.map_err(|failed| of_failed(&failed))
}

fn system(configured: provider::System) -> Result<SystemParts, Failure> {
    let system = serve::system(&configured)?;
    Ok(SystemParts { system, webhook_secrets: configured.webhook_secrets, service: configured.service })
}

fn of_failed(failed: &Failed) -> Failure {
    match failed {
        Failed::Journal(error) => serve::of_store(error),
        Failed::Broker(error) => Failure::new(failure::CONFIG, error.to_string(), "see [broker]"),
        Failed::Listener(_) | Failed::SecondRelay | Failed::Fuse => {
            Failure::new(failure::UNAVAILABLE, failed.to_string(), "")
        }
    }
}
