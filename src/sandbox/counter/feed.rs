//! The last states of the counter in their order, for those who must see every change. A state is noted
//! by one task; everything else reads.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::core::event::Sound;
use crate::terminal::Snapshot;
use crate::terminal::State;

/// States that a reader may lag behind.
const KEPT: usize = 256;

/// One state, as it was when it began.
#[derive(Clone, Debug)]
pub struct Entry {
    state: State,
    pub sound: (u64, Option<Sound>),
    since: Instant,
}

impl Entry {
    /// The state with the time that is left at this moment.
    pub fn state(&self) -> State {
        let left = |seconds| rest(seconds, self.since.elapsed());
        State { expires_in_s: self.state.expires_in_s.map(left), ..self.state.clone() }
    }

    pub fn seq(&self) -> u64 {
        self.state.seq
    }

    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }
}

/// What is left of `seconds`, the second that has begun counted whole.
fn rest(seconds: u64, gone: Duration) -> u64 {
    let left = Duration::from_secs(seconds).saturating_sub(gone);
    u64::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

type Ring = Arc<Mutex<VecDeque<Arc<Entry>>>>;

/// The counter's states. `Clone` is cheap.
#[derive(Clone)]
pub struct Feed {
    source: watch::Receiver<Option<Snapshot>>,
    ring: Ring,
    /// The number of the newest state in the ring, 0 before the first; closed when no more will come.
    noted: watch::Receiver<u64>,
}

impl Feed {
    /// Notes every state from now on.
    pub fn follow(source: watch::Receiver<Option<Snapshot>>) -> Self {
        let ring = Ring::default();
        let (tell, noted) = watch::channel(0);
        tokio::spawn(note(source.clone(), Arc::clone(&ring), tell));
        Self { source, ring, noted }
    }

    /// The newest state; `None` before the first.
    pub async fn present(&self) -> Option<Arc<Entry>> {
        let shown = self.source.borrow().as_ref().map(|snapshot| snapshot.state.seq)?;
        self.past(shown - u64::from(shown > 0)).await;
        lock(&self.ring).back().cloned()
    }

    /// The oldest kept state with a number above `seq`.
    pub fn next_after(&self, seq: u64) -> Option<Arc<Entry>> {
        let ring = lock(&self.ring);
        ring.get(ring.partition_point(|entry| entry.seq() <= seq)).cloned()
    }

    /// The kept state of that number.
    pub fn at(&self, seq: u64) -> Option<Arc<Entry>> {
        lock(&self.ring).iter().find(|entry| entry.seq() == seq).cloned()
    }

    /// Waits for a state with a number above `seq`; false when none will ever come.
    pub async fn past(&self, seq: u64) -> bool {
        self.noted.clone().wait_for(|newest| *newest > seq).await.is_ok()
    }
}

async fn note(mut source: watch::Receiver<Option<Snapshot>>, ring: Ring, tell: watch::Sender<u64>) {
    loop {
        let snapshot = source.borrow_and_update().clone();
        if let Some(Snapshot { state, sound, .. }) = snapshot {
            let seq = state.seq;
            let mut ring = lock(&ring);
            if ring.len() == KEPT {
                ring.pop_front();
            }
            ring.push_back(Arc::new(Entry { state, sound, since: Instant::now() }));
            drop(ring);
            tell.send_replace(seq);
        }
        if source.changed().await.is_err() {
            return;
        }
    }
}

fn lock(ring: &Ring) -> MutexGuard<'_, VecDeque<Arc<Entry>>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begun_second_counts_whole_and_time_never_runs_below_zero() {
        assert_eq!(rest(120, Duration::ZERO), 120);
        assert_eq!(rest(120, Duration::from_millis(900)), 120);
        assert_eq!(rest(120, Duration::from_millis(1000)), 119);
        assert_eq!(rest(120, Duration::from_secs(300)), 0);
    }
}
