//! A way to end a program exactly after its n-th step, as a power cut would: how the restart tests find
//! every point at which it can be killed. Outside tests it is never set and costs one atomic read.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Clones share one count.
#[derive(Clone, Debug, Default)]
pub struct Fuse(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    burnt: AtomicU64,
    /// The step to end after; 0 is never.
    last: AtomicU64,
}

impl Fuse {
    /// Ends the program after `steps` more steps; 0 lets it go on.
    pub fn set(&self, steps: u64) {
        let last = if steps == 0 { 0 } else { self.count() + steps };
        self.0.last.store(last, Ordering::SeqCst);
    }

    /// Steps taken so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.burnt.load(Ordering::SeqCst)
    }

    /// One step is done. True when the program must end here.
    #[must_use]
    pub fn burn(&self) -> bool {
        let burnt = self.0.burnt.fetch_add(1, Ordering::SeqCst) + 1;
        burnt == self.0.last.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_blows_once_after_the_steps_it_was_set_to() {
        let fuse = Fuse::default();
        assert!(!fuse.burn());
        fuse.set(2);
        assert_eq!([fuse.burn(), fuse.burn(), fuse.burn()], [false, true, false]);
        assert_eq!(fuse.count(), 4);
    }
}
