//! The thread a panel lives on. Pictures are put into a box with room for one: the newest wins and nobody waits
//! for the glass. A panel that fails is dropped and opened anew, again and again, and then drawn wholly.

use std::io;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use embedded_graphics::prelude::*;
use tokio::sync::watch;

use crate::core::backoff::doubling;
use crate::port::panel::Frame;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::Picture;
use crate::port::pulse::Toil;

/// The wait after the first fault, and the longest one.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A panel that took so many pictures is well: the next wait is a short one again.
const STEADY: u32 = 8;

/// Whether a panel is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Not tried yet.
    Opening,
    There,
    /// It is tried again and again.
    Gone(PanelFault),
}

/// How long to wait before a panel that is gone is tried again: doubling from `first` to `most`.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    pub first: Duration,
    pub most: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { first: FIRST_WAIT, most: LONGEST_WAIT }
    }
}

/// A panel on a thread of its own.
#[derive(Debug)]
pub struct Drive {
    glass: Glass,
    present: watch::Receiver<Presence>,
    /// Disconnected when the thread is at its end.
    ended: mpsc::Receiver<()>,
}

/// The way to a panel: what is sent here never blocks, whatever the panel does.
#[derive(Clone, Debug)]
pub struct Glass(Arc<Mailbox>);

#[derive(Debug, Default)]
struct Mailbox {
    wish: Mutex<Wish>,
    changed: Condvar,
}

/// What is to be done and has not been taken up yet.
#[derive(Debug, Default)]
struct Wish {
    picture: Option<Picture>,
    light: Option<u8>,
    closing: bool,
}

impl Glass {
    /// Puts this picture on the panel, in place of any that has not got there yet.
    pub fn show(&self, picture: Picture) {
        self.0.wish().picture = Some(picture);
        self.0.changed.notify_one();
    }

    /// Sets the light, in percent.
    pub fn light(&self, percent: u8) {
        self.0.wish().light = Some(percent);
        self.0.changed.notify_one();
    }

    fn close(&self) {
        self.0.wish().closing = true;
        self.0.changed.notify_one();
    }
}

impl Mailbox {
    /// What is in it makes sense whoever panicked.
    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a wish, at most as long, and takes it.
    fn take(&self, most: Option<Duration>) -> Wish {
        let nothing = |wish: &mut Wish| wish.picture.is_none() && wish.light.is_none() && !wish.closing;
        let Some(most) = most else {
            let waited = self.changed.wait_while(self.wish(), nothing);
            return take(&mut waited.unwrap_or_else(PoisonError::into_inner));
        };
        let waited = self.changed.wait_timeout_while(self.wish(), most, nothing);
        take(&mut waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Waits as long, or until the end comes, and takes what has been wished meanwhile.
    fn take_after(&self, wait: Duration) -> Wish {
        let waited = self.changed.wait_timeout_while(self.wish(), wait, |wish| !wish.closing);
        take(&mut waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

/// The end stays in force.
fn take(wish: &mut Wish) -> Wish {
    Wish { picture: wish.picture.take(), light: wish.light.take(), closing: wish.closing }
}

impl Drive {
    /// Starts the thread, which calls `open` at once and after every fault. `name` is for the log; each call of the
    /// panel is a step of `toil`.
    ///
    /// # Errors
    /// Where the machine has no thread left.
    pub fn start<O>(name: &'static str, waits: Waits, toil: Toil, open: O) -> io::Result<Self>
    where
        O: FnMut() -> Result<Box<dyn Panel>, PanelFault> + Send + 'static,
    {
        let glass = Glass(Arc::default());
        let (presence, present) = watch::channel(Presence::Opening);
        let (end, ended) = mpsc::channel();
        let driver = Driver {
            name,
            waits,
            toil,
            open,
            mailbox: Arc::clone(&glass.0),
            presence,
            panel: None,
            shown: None,
            lit: None,
            wanted: Wish::default(),
            attempt: 0,
            steady: 0,
        };
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            driver.run();
            drop(end);
        })?;
        Ok(Self { glass, present, ended })
    }

    /// The way to it; works as long as the thread runs.
    #[must_use]
    pub fn glass(&self) -> Glass {
        self.glass.clone()
    }

    /// Whether the panel is there, and why not.
    #[must_use]
    pub fn present(&self) -> watch::Receiver<Presence> {
        self.present.clone()
    }

    /// Puts the last picture on the glass, closes the panel and waits for that, at most as long as `most`.
    /// Whether it was done: a panel that is gone is tried once more, since an old picture may still be on it.
    #[must_use]
    pub fn close(self, most: Duration) -> bool {
        self.glass.close();
        let ended = self.ended.recv_timeout(most) == Err(mpsc::RecvTimeoutError::Disconnected);
        ended && !matches!(*self.present.borrow(), Presence::Gone(_))
    }
}

/// Nobody is left to close it: the last picture is drawn all the same, and not waited for.
impl Drop for Drive {
    fn drop(&mut self) {
        self.glass.close();
    }
}

struct Driver<O> {
    name: &'static str,
    waits: Waits,
    toil: Toil,
    open: O,
    mailbox: Arc<Mailbox>,
    presence: watch::Sender<Presence>,
    panel: Option<Box<dyn Panel>>,
    /// What this opening of the panel shows.
    shown: Option<Arc<Frame>>,
    lit: Option<u8>,
    /// The newest of everything that was wished: all of it, after an opening.
    wanted: Wish,
    attempt: u32,
    /// Pictures since the last fault.
    steady: u32,
}

impl<O> Driver<O>
where
    O: FnMut() -> Result<Box<dyn Panel>, PanelFault>,
{
    fn run(mut self) {
        self.follow();
        self.toil.step();
        let closed = self.panel.take().map_or(Ok(()), |mut panel| panel.close());
        if let Err(fault) = closed {
            tracing::warn!(panel = self.name, %fault, "the panel could not be closed");
        }
        self.toil.rest();
    }

    /// Makes the panel what is wanted until the end is; no panel is left where it is gone then.
    fn follow(&mut self) {
        loop {
            let satisfied = self.satisfy();
            self.toil.rest();
            match satisfied {
                Ok(_) if self.wanted.closing => return,
                Ok(due) => self.wish(self.mailbox.take(due)),
                Err(fault) => {
                    self.lose(fault);
                    if self.wanted.closing {
                        return;
                    }
                    let wait = doubling(self.attempt, self.waits.first, self.waits.most);
                    self.attempt = self.attempt.saturating_add(1);
                    self.wish(self.mailbox.take_after(wait));
                }
            }
        }
    }

    fn wish(&mut self, wish: Wish) {
        self.wanted.picture = wish.picture.or(self.wanted.picture.take());
        self.wanted.light = wish.light.or(self.wanted.light);
        self.wanted.closing |= wish.closing;
    }

    /// Makes the panel what is wanted, and answers when it wants to be tended. The picture comes before the light:
    /// nobody should see the old one lit.
    fn satisfy(&mut self) -> Result<Option<Duration>, PanelFault> {
        let is_new = self.panel.is_none();
        self.toil.step();
        if is_new {
            (self.shown, self.lit) = (None, None);
            self.panel = Some((self.open)()?);
        }
        let Some(panel) = &mut self.panel else { return Ok(None) };
        if let Some(picture) = &self.wanted.picture {
            let changed = match &self.shown {
                Some(shown) => picture.frame.changes(shown),
                None => vec![picture.frame.bounding_box()],
            };
            if !changed.is_empty() {
                self.toil.step();
                panel.show(picture, &changed)?;
                self.shown = Some(Arc::clone(&picture.frame));
                self.steady = self.steady.saturating_add(1);
                if self.steady >= STEADY {
                    self.attempt = 0;
                }
            }
        }
        if let Some(percent) = self.wanted.light.filter(|_| self.lit != self.wanted.light) {
            self.toil.step();
            panel.light(percent)?;
            self.lit = Some(percent);
        }
        self.toil.step();
        let due = panel.tend()?;
        if is_new {
            self.found();
        }
        Ok(due)
    }

    fn found(&self) {
        match self.presence.send_replace(Presence::There) {
            Presence::Gone(_) => tracing::info!(panel = self.name, "the panel is there again"),
            Presence::Opening | Presence::There => tracing::info!(panel = self.name, "the panel is there"),
        }
    }

    fn lose(&mut self, fault: PanelFault) {
        self.panel = None;
        self.steady = 0;
        let told = self.presence.send_if_modified(|presence| {
            let gone = Presence::Gone(fault.clone());
            let is_news = *presence != gone;
            *presence = gone;
            is_news
        });
        if told {
            tracing::warn!(panel = self.name, %fault, "the panel is not there");
        }
    }
}

#[cfg(test)]
mod tests;
