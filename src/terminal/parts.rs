//! What a terminal is made of, and how it ends.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::watch;

use super::radio::Identity;
use super::remote;
use super::snapshot::Snapshot;
use crate::core::device::Devices;
use crate::core::settings::Settings;
use crate::host::health::Health;
use crate::host::lines::Lines;
use crate::mqtt::client;
use crate::port::fuse::Fuse;
use crate::port::keys::Press;
use crate::port::pulse::Pulse;
use crate::store::StoreError;
use crate::ui::Painter;

/// Everything a terminal is made of.
pub struct Parts {
    pub settings: Settings,
    pub identity: Identity,
    pub broker: client::Options,
    /// Where `terminal.sqlite` is kept.
    pub data: PathBuf,
    pub painter: Painter,
    /// Draws for the cashier's panel, where there is one.
    pub cashier: Option<Painter>,
    pub keys: mpsc::Receiver<Press>,
    /// Which devices are there; see [`super::devices::Watched`].
    pub devices: watch::Receiver<Devices>,
    /// What was last found of the machine, now and then; each time the operators are told how the terminal is.
    pub machine: watch::Receiver<Option<Health>>,
    /// The last lines of the log.
    pub lines: Lines,
    /// Counts the keys: one that changes nothing on the panels still lights them.
    pub touched: watch::Sender<u64>,
    /// How often a code that stays is moved by some pixels; never where the panel keeps no ghost of it.
    pub move_code: Option<Duration>,
    /// Every state with its frame goes here; panels and watchers take the newest.
    pub watchers: watch::Sender<Option<Snapshot>>,
    pub fuse: Fuse,
    /// Of the terminal's loop.
    pub pulse: Pulse,
    /// What it needs to take settings from far away; none where it takes none.
    pub remote: Option<remote::Parts>,
}

/// How a terminal ended that was not broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Stopped,
    /// It has new settings, or those of before again: it is to be started anew with what its slots say.
    Switch,
    /// It was told to from far away: it is to be started anew with its file as it is now.
    Reread,
    /// It was told to from far away: the program is to be started anew.
    Restart,
}

/// Why a terminal ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Journal(#[from] StoreError),
    #[error("the broker's settings cannot be used: {0}")]
    Broker(#[from] client::OptionsError),
    #[error(transparent)]
    Remote(#[from] remote::NotKept),
    #[error("ended by its fuse")]
    Fuse,
}

/// The journal's file in a terminal's data folder.
#[must_use]
pub fn journal_path(data: &Path) -> PathBuf {
    data.join("terminal.sqlite")
}
