//! A till on a thread of its own, with its own file, journal, connection and panel, started again as its supervisor would.

use std::path::PathBuf;
use std::thread::JoinHandle;

use qrtill::config::start::Own;
use qrtill::config::start::Start;
use qrtill::core::key::Key;
use qrtill::core::remote::Slots;
use qrtill::host::health::Health;
use qrtill::host::lines::Lines;
use qrtill::port::fuse::Fuse;
use qrtill::port::keys;
use qrtill::port::keys::Press;
use qrtill::port::pulse::Pulse;
use qrtill::terminal;
use qrtill::terminal::Ended;
use qrtill::terminal::Failed;
use qrtill::terminal::Snapshot;
use qrtill::terminal::State;
use qrtill::terminal::devices::Watched;
use qrtill::terminal::remote::SlotsFile;
use qrtill::ui::Audience;
use qrtill::ui::Painter;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The name of a shop with which a till crashes at its start, before it has done anything.
pub const CRASHES: &str = "Crash";

pub struct Till {
    pub id: String,
    own: PathBuf,
    life: Life,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

#[derive(Clone)]
struct Life {
    watchers: watch::Sender<Option<Snapshot>>,
    presses: watch::Sender<Option<mpsc::Sender<Press>>>,
    /// Of the one machine that all are on.
    machine: watch::Receiver<Option<Health>>,
}

impl Till {
    pub fn new(id: String, own: PathBuf, machine: watch::Receiver<Option<Health>>) -> Self {
        let (watchers, presses) = (watch::Sender::new(None), watch::Sender::new(None));
        Self { id, own, life: Life { watchers, presses, machine }, running: None }
    }

    pub fn start(&mut self) {
        let shutdown = CancellationToken::new();
        let (token, own, life) = (shutdown.clone(), self.own.clone(), self.life.clone());
        let run = move || {
            while !token.is_cancelled() {
                if let Err(failed) = one_start(&own, &life, &token) {
                    panic!("{}: {failed}", own.display());
                }
            }
        };
        let thread = std::thread::Builder::new().name(self.id.clone()).spawn(run).expect("a thread");
        self.running = Some((shutdown, thread));
    }

    /// As its supervisor asks; several end together.
    pub fn tell_to_stop(&self) {
        if let Some((shutdown, _)) = &self.running {
            shutdown.cancel();
        }
    }

    pub fn join(&mut self) {
        if let Some((_, thread)) = self.running.take() {
            thread.join().expect("it ends");
        }
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub fn state(&self) -> Option<State> {
        self.life.watchers.borrow().as_ref().map(|shown| shown.state.clone())
    }

    pub fn is_armed(&self) -> bool {
        self.is_running() && self.life.watchers.borrow().as_ref().is_some_and(|shown| shown.state.armed)
    }

    /// What is on its disk of settings that were sent.
    pub fn slots(&self) -> Slots {
        let own = Own::read(&self.own).expect("a file");
        SlotsFile::of(&own.data()).read().expect("readable")
    }

    pub async fn press(&self, keys: &[Key]) {
        for key in keys {
            let presses = self.life.presses.borrow().clone().expect("it takes keys");
            let (handled, done) = tokio::sync::oneshot::channel();
            presses.send(Press { key: *key, handled: Some(handled) }).await.expect("it takes keys");
            done.await.expect("it handles keys");
        }
    }
}

fn one_start(file: &std::path::Path, life: &Life, shutdown: &CancellationToken) -> Result<Ended, Failed> {
    let own = Own::read(file).expect("a file");
    let Start { terminal, remote } = own.start().expect("what was sent is kept");
    let config = terminal.value.unwrap_or_else(|| panic!("{:?}", terminal.faults));
    if config.shop == CRASHES {
        return Ok(Ended::Switch);
    }
    let (press, presses) = keys::channel();
    life.presses.send_replace(Some(press));
    let spec = config.panel.spec;
    let parts = terminal::Parts {
        settings: config.settings,
        identity: config.identity,
        broker: config.broker,
        data: config.data,
        painter: Painter::new(spec, Audience::of(&spec), config.lang, &config.shop),
        cashier: None,
        keys: presses,
        devices: Watched::default().follow(),
        machine: life.machine.clone(),
        lines: Lines::default(),
        touched: watch::Sender::new(0),
        move_code: None,
        watchers: life.watchers.clone(),
        fuse: Fuse::default(),
        pulse: Pulse::default(),
        remote,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ended = runtime.block_on(Box::pin(terminal::run(parts, shutdown.child_token())));
    runtime.shutdown_background();
    match ended {
        Err(failed) if own.give_up(&failed.to_string()).expect("kept") => Ok(Ended::Switch),
        ended => ended,
    }
}
