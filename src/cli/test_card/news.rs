//! What happens to keypads and panels while the card is shown, in one stream.

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cli::keys;
use crate::config::keypad::Keypad;
use crate::keypad;
use crate::keypad::Outlet;
use crate::keypad::line::Heard;
use crate::panel::drive;
use crate::port::keys as port_keys;
use crate::port::panel::PanelFault;

/// News that may wait.
pub const WAITING: usize = 256;

pub enum News {
    /// To be printed.
    Line(String),
    /// A panel was not there when it was looked for first.
    Lost(&'static str, PanelFault),
    /// A press, and how it is printed.
    Heard { line: String, heard: Heard },
}

/// Tells of one keypad until `shutdown`: whether it is there, and every press.
pub async fn of_keypad(keypad: Keypad, news: mpsc::Sender<News>, shutdown: CancellationToken) {
    let at = keypad.at;
    // The keys themselves are counted out: what is told is in `heard`.
    let (presses, mut taken) = port_keys::channel();
    let (heard, mut raw) = mpsc::channel(WAITING);
    let outlet = Outlet { keys: presses, heard: Some(heard) };
    let mut listening = keypad::spawn(keypad.options, outlet, shutdown.clone());
    loop {
        let told = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            Some(heard) = raw.recv() => News::Heard { line: format!("{at}: {}", keys::told(&heard)), heard },
            Some(_) = taken.recv() => continue,
            Ok(()) = listening.presence.changed() => match &*listening.presence.borrow_and_update() {
                port_keys::Presence::Opening => continue,
                port_keys::Presence::There => News::Line(format!("{at}: it is there: press a key")),
                port_keys::Presence::Gone(fault) => News::Line(format!("{at}: {fault}")),
            },
            else => return,
        };
        if news.send(told).await.is_err() {
            return;
        }
    }
}

/// Tells of one panel whether it is there, for as long as it is looked at.
pub async fn of_panel(
    name: &'static str,
    mut present: watch::Receiver<drive::Presence>,
    news: mpsc::Sender<News>,
) {
    let mut is_first = true;
    loop {
        let told = match &*present.borrow_and_update() {
            drive::Presence::Opening => None,
            drive::Presence::There => Some(News::Line(format!("{name}: it is there"))),
            drive::Presence::Gone(fault) if is_first => Some(News::Lost(name, fault.clone())),
            drive::Presence::Gone(fault) => Some(News::Line(format!("{name}: {fault}"))),
        };
        if let Some(told) = told {
            is_first = false;
            if news.send(told).await.is_err() {
                return;
            }
        }
        if present.changed().await.is_err() {
            return;
        }
    }
}
