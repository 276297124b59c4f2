//! What a panel gets to see of the counter: every new picture of its side, as long as there are any.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Snapshot;
use crate::panel::drive::Drive;
use crate::panel::drive::Glass;
use crate::port::panel::Picture;

/// A whole refresh of the slowest e-paper, and half as much again.
const CLOSE_WAIT: Duration = Duration::from_secs(40);

/// Which of the counter's pictures a panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Customer,
    Cashier,
}

impl Side {
    /// The name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "panel",
            Self::Cashier => "cashier_panel",
        }
    }

    fn of(self, snapshot: &Snapshot) -> Option<Picture> {
        match self {
            Self::Customer => {
                let code = snapshot.state.url.is_some();
                Some(Picture { frame: Arc::clone(&snapshot.frame), code })
            }
            Self::Cashier => {
                let frame = Arc::clone(snapshot.cashier.as_ref()?);
                Some(Picture { frame, code: false })
            }
        }
    }
}

/// A panel that follows the counter.
#[derive(Debug)]
pub struct Screen {
    side: Side,
    drive: Drive,
    follower: JoinHandle<()>,
}

impl Screen {
    /// Follows until the sender of `snapshots` is gone.
    #[must_use]
    pub fn start(drive: Drive, side: Side, snapshots: watch::Receiver<Option<Snapshot>>) -> Self {
        let follower = tokio::spawn(follow(side, drive.glass(), snapshots));
        Self { side, drive, follower }
    }

    /// Waits for the last picture to be on the glass, and closes the panel.
    pub async fn close(self) {
        // A follower that panicked has said so itself; what it sent last is shown.
        let _ended = self.follower.await;
        let closed = tokio::task::spawn_blocking(move || self.drive.close(CLOSE_WAIT)).await;
        if !closed.unwrap_or(false) {
            let panel = self.side.name();
            tracing::error!(panel, "the last picture could not be put on the panel; look at what is on it");
        }
    }
}

async fn follow(side: Side, glass: Glass, mut snapshots: watch::Receiver<Option<Snapshot>>) {
    // What was there before the first look counts too.
    snapshots.mark_changed();
    while snapshots.changed().await.is_ok() {
        let picture = snapshots.borrow_and_update().as_ref().and_then(|snapshot| side.of(snapshot));
        if let Some(picture) = picture {
            glass.show(picture);
        }
    }
}
