//! A till on a thread of its own, started again and again as its supervisor would.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use qrtill::config::start::Own;
use qrtill::config::start::Start;
use qrtill::core::remote::Slots;
use qrtill::host::health::Health;
use qrtill::host::lines::Lines;
use qrtill::mqtt::backoff::Backoff;
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

use crate::world::PATIENCE;

/// The name of a shop with which a till crashes at its start, before it has done anything.
pub const CRASHES: &str = "Crash";

pub struct Till {
    file: PathBuf,
    pub fuse: Fuse,
    pub snapshots: watch::Receiver<Option<Snapshot>>,
    pub keys: watch::Receiver<Option<mpsc::Sender<Press>>>,
    /// How often it was started, and how often its power was cut by the fuse.
    pub starts: Arc<AtomicU32>,
    pub cuts: Arc<AtomicU32>,
    life: Life,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

#[derive(Clone)]
struct Life {
    watchers: watch::Sender<Option<Snapshot>>,
    presses: watch::Sender<Option<mpsc::Sender<Press>>>,
    machine: watch::Sender<Option<Health>>,
}

impl Till {
    pub fn new(file: PathBuf) -> Self {
        let life = Life {
            watchers: watch::Sender::new(None),
            presses: watch::Sender::new(None),
            machine: watch::Sender::new(None),
        };
        Self {
            file,
            fuse: Fuse::default(),
            snapshots: life.watchers.subscribe(),
            keys: life.presses.subscribe(),
            starts: Arc::default(),
            cuts: Arc::default(),
            life,
            running: None,
        }
    }

    pub fn start(&mut self) {
        let (shutdown, file, life) = (CancellationToken::new(), self.file.clone(), self.life.clone());
        let (token, fuse) = (shutdown.clone(), self.fuse.clone());
        let (starts, cuts) = (Arc::clone(&self.starts), Arc::clone(&self.cuts));
        let thread = std::thread::spawn(move || {
            while !token.is_cancelled() {
                starts.fetch_add(1, Ordering::SeqCst);
                match one_start(&file, &life, &fuse, &token) {
                    Ok(_) => {}
                    Err(Failed::Fuse) => drop(cuts.fetch_add(1, Ordering::SeqCst)),
                    Err(failed) => panic!("{failed}"),
                }
            }
        });
        self.running = Some((shutdown, thread));
    }

    pub fn stop(&mut self) {
        if let Some((shutdown, thread)) = self.running.take() {
            shutdown.cancel();
            thread.join().expect("it ends");
        }
    }

    pub async fn until(&self, what: &str, wanted: impl Fn(&State) -> bool) -> State {
        let mut snapshots = self.snapshots.clone();
        let matches = |shown: &Option<Snapshot>| shown.as_ref().is_some_and(|shown| wanted(&shown.state));
        let in_time = tokio::time::timeout(PATIENCE, snapshots.wait_for(matches)).await.is_ok();
        let state = snapshots.borrow().as_ref().expect("it has shown something").state.clone();
        assert!(in_time, "never {what}; last: {state:?}");
        state
    }

    pub async fn press(&self, key: qrtill::core::key::Key) {
        let presses = self.keys.borrow().clone().expect("it takes keys");
        let (handled, done) = tokio::sync::oneshot::channel();
        presses.send(Press { key, handled: Some(handled) }).await.expect("it takes keys");
        done.await.expect("it handles keys");
    }

    /// The machine was looked at.
    pub fn find(&self, health: Health) {
        self.life.machine.send_replace(Some(health));
    }

    /// What is on its disk.
    pub fn slots(&self) -> Slots {
        SlotsFile::of(&own(&self.file).data()).read().expect("readable")
    }

    /// What a start would be made with.
    pub fn plan(&self) -> Start {
        own(&self.file).start().expect("what was sent is kept")
    }

    /// The file, to be changed as a person at the machine would.
    pub fn rewrite(&self, change: impl Fn(String) -> String) {
        let text = std::fs::read_to_string(&self.file).expect("readable");
        std::fs::write(&self.file, change(text)).expect("written");
    }
}

fn own(file: &Path) -> Own {
    Own::read(file).expect("a file")
}

/// With a runtime of its own, so that a power cut takes every task and socket at once.
fn one_start(file: &Path, life: &Life, fuse: &Fuse, shutdown: &CancellationToken) -> Result<Ended, Failed> {
    let own = own(file);
    let Start { terminal, remote } = own.start().expect("what was sent is kept");
    let config = terminal.value.unwrap_or_else(|| panic!("{:?}", terminal.faults));
    if config.shop == CRASHES {
        return Ok(Ended::Switch);
    }
    let (press, presses) = keys::channel();
    life.presses.send_replace(Some(press));
    let spec = config.panel.spec;
    let mut broker = config.broker;
    broker.backoff = Backoff { first: Duration::from_millis(50), max: Duration::from_secs(1) };
    let parts = terminal::Parts {
        settings: config.settings,
        identity: config.identity,
        broker,
        data: config.data,
        painter: Painter::new(spec, Audience::of(&spec), config.lang, &config.shop),
        cashier: None,
        keys: presses,
        devices: Watched::default().follow(),
        machine: life.machine.subscribe(),
        lines: Lines::default(),
        touched: watch::Sender::new(0),
        move_code: None,
        watchers: life.watchers.clone(),
        fuse: fuse.clone(),
        pulse: Pulse::default(),
        remote,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ended = runtime.block_on(Box::pin(terminal::run(parts, shutdown.child_token())));
    runtime.shutdown_background();
    match ended {
        Err(failed) if !matches!(failed, Failed::Fuse) && own.give_up(&failed.to_string()).expect("kept") => {
            Ok(Ended::Switch)
        }
        ended => ended,
    }
}
