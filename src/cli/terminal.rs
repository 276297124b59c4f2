//! `qrtill terminal`: from a configuration to a running counter.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::serve;
use crate::config;
use crate::config::terminal::Keypad;
use crate::config::terminal::Terminal;
use crate::keypad::scripted;
use crate::keypad::serial;
use crate::panel::png;
use crate::port::fuse::Fuse;
use crate::port::keys;
use crate::port::keys::Press;
use crate::terminal;
use crate::terminal::Failed;
use crate::terminal::Parts;
use crate::terminal::Snapshot;
use crate::ui::Audience;
use crate::ui::Painter;

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
    let terminal = serve::values(&args.config, config::terminal)?;
    serve::make_data(&terminal.data, &terminal::journal_path(&terminal.data))?;
    let runtime = serve::runtime(None)?;
    let ended = runtime.block_on(Box::pin(counter(terminal, args.keys_from_stdin)));
    // The journal is closed by now; a read of standard input that never ends must not keep the process.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

async fn counter(config: Terminal, keys_from_stdin: bool) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let (presses, keys) = keys::channel();
    if keys_from_stdin {
        take_standard_input(presses, shutdown.clone());
    } else {
        take_keypad(&config.keypad, presses, &shutdown);
    }
    let (watchers, snapshots) = watch::channel(None);
    let picture = config.panel.file.map(|file| tokio::spawn(paint(file, snapshots)));
    let spec = config.panel.spec;
    let parts = Parts {
        settings: config.settings,
        identity: config.identity,
        broker: config.broker,
        data: config.data,
        painter: Painter::new(spec, Audience::of(&spec), config.lang, &config.shop)
            .with_idle(config.idle, config.logo),
        keys,
        watchers,
        fuse: Fuse::default(),
    };
    let ended = terminal::run(parts, shutdown).await.map_err(|failed| of_failed(&failed));
    if let Some(picture) = picture {
        // The last picture has no code; it is waited for. A task that panicked has said so itself.
        let _ended = picture.await;
    }
    ended
}

fn of_failed(failed: &Failed) -> Failure {
    match failed {
        Failed::Journal(error) => serve::of_store(error),
        Failed::Broker(error) => Failure::new(failure::CONFIG, error.to_string(), "see [broker]"),
        Failed::Fuse => Failure::new(failure::UNAVAILABLE, failed.to_string(), ""),
    }
}

/// Listens to the keypad of the configuration.
fn take_keypad(keypad: &Keypad, presses: mpsc::Sender<Press>, shutdown: &CancellationToken) {
    match keypad {
        Keypad::None => {}
        Keypad::Serial { device, baud } => {
            let options = serial::Options { baud: *baud, ..serial::Options::new(device.clone()) };
            drop(serial::spawn(options, presses, shutdown.clone()));
        }
    }
}

/// Listens to standard input, whose bytes are a keypad's characters, until it ends.
fn take_standard_input(presses: mpsc::Sender<Press>, shutdown: CancellationToken) {
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
                if presses.send(Press { key, handled: None }).await.is_err() {
                    return;
                }
            }
        }
    });
}

/// Keeps the newest picture in a file, until the terminal has ended.
async fn paint(file: PathBuf, mut snapshots: watch::Receiver<Option<Snapshot>>) {
    let mut failing = false;
    while snapshots.changed().await.is_ok() {
        let Some(snapshot) = snapshots.borrow_and_update().clone() else { continue };
        // Off the loop's thread: a picture takes longer than all else between a key and its frame.
        let path = file.clone();
        let writing = tokio::task::spawn_blocking(move || replace(&path, &png::encode(&snapshot.frame)));
        let Ok(written) = writing.await else { return };
        if let (Err(error), false) = (&written, failing) {
            tracing::error!(file = %file.display(), %error, "the panel's picture cannot be written");
        }
        failing = written.is_err();
    }
}

/// Whoever reads the file sees the old picture or the new one, never a part.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, file)
}
