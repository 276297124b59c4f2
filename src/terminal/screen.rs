//! What a panel gets to see of the counter: every new picture of its side, and as much light as it needs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Snapshot;
use crate::host::Clock;
use crate::panel::care;
use crate::panel::care::Care;
use crate::panel::care::Light;
use crate::panel::drive::Drive;
use crate::panel::drive::Glass;
use crate::panel::drive::Presence;
use crate::port::panel::Picture;

/// The longest that a panel's last picture is waited for: a whole refresh of the slowest e-paper, and half as much
/// again.
pub const CLOSE_WAIT: Duration = Duration::from_secs(40);

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

/// What a panel follows.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// It follows until the sender of these is gone.
    pub snapshots: watch::Receiver<Option<Snapshot>>,
    /// The number of keys pressed.
    pub touches: watch::Receiver<u64>,
    pub light: Light,
}

/// A panel that follows the counter.
#[derive(Debug)]
pub struct Screen {
    side: Side,
    drive: Drive,
    follower: JoinHandle<()>,
}

impl Screen {
    /// Follows the counter; a panel that burns in has its whole picture moved a little each minute.
    #[must_use]
    pub fn start(drive: Drive, side: Side, burns_in: bool, around: Surroundings) -> Self {
        let clock = Clock::start();
        let care = Care::new(around.light, clock.now().mono);
        let (glass, shown) = (drive.glass(), None);
        let follower = Follower { side, glass, clock, care, burns_in, shown };
        let follower = tokio::spawn(follower.follow(around));
        Self { side, drive, follower }
    }

    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Whether the panel is there.
    #[must_use]
    pub fn present(&self) -> watch::Receiver<Presence> {
        self.drive.present()
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

struct Follower {
    side: Side,
    glass: Glass,
    clock: Clock,
    care: Care,
    burns_in: bool,
    /// What it shows, before it is moved.
    shown: Option<Picture>,
}

impl Follower {
    async fn follow(mut self, mut around: Surroundings) {
        // What was there before the first look counts too.
        around.snapshots.mark_changed();
        loop {
            let sleep = self.sleep();
            tokio::select! {
                changed = around.snapshots.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let snapshot = around.snapshots.borrow_and_update().clone();
                    self.see(snapshot.as_ref());
                }
                Ok(()) = around.touches.changed() => self.care.wake(self.clock.now().mono),
                () = sleep => {}
            }
            self.tell();
        }
    }

    /// Until the light or the place of the picture is another.
    fn sleep(&self) -> impl Future<Output = ()> + use<> {
        let now = self.clock.now().mono;
        let every = care::SHIFT_EVERY.as_secs();
        let shift = Duration::from_secs((now.as_secs() / every + 1) * every);
        let shift = (self.burns_in && self.care.percent(now) > 0).then_some(shift);
        let due = self.care.next(now).into_iter().chain(shift).min();
        let due = due.map(|at| self.clock.instant(at));
        async move {
            match due {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        }
    }

    fn see(&mut self, snapshot: Option<&Snapshot>) {
        let now = self.clock.now().mono;
        let Some(picture) = snapshot.and_then(|snapshot| self.side.of(snapshot)) else { return };
        self.care.set_code(picture.code, now);
        if self.shown.as_ref().is_none_or(|shown| shown.frame != picture.frame) {
            self.care.wake(now);
        }
        self.shown = Some(picture);
    }

    fn tell(&self) {
        let now = self.clock.now().mono;
        if let Some(picture) = &self.shown {
            let frame = match self.burns_in {
                true => Arc::new(care::shifted(&picture.frame, now)),
                false => Arc::clone(&picture.frame),
            };
            self.glass.show(Picture { frame, code: picture.code });
        }
        self.glass.light(self.care.percent(now));
    }
}

#[cfg(test)]
mod tests;
