//! Sounds of a running counter: from what the terminal shows to what is heard, and the screen's flash where nothing can
//! be.

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::core::event::Sound;
use crate::host;
use crate::port::panel::Depth;
use crate::port::panel::PanelSpec;
use crate::sound;
use crate::sound::quiet::minute_of_day;
use crate::terminal::Snapshot;
use crate::terminal::flash;

/// Makes the sounds of these snapshots, where some are wanted; answers the snapshots that panels are to show, which
/// have the flashes in them. Panels without colour do not flash: e-paper is worn by it, and too slow.
pub fn start(
    options: Option<sound::Options>,
    spec: PanelSpec,
    snapshots: watch::Receiver<Option<Snapshot>>,
    shutdown: &CancellationToken,
) -> watch::Receiver<Option<Snapshot>> {
    let Some(options) = options else { return snapshots };
    let (sounds, heard) = mpsc::channel(sound::WAITING);
    let minute = || {
        let now = host::unix_ms();
        minute_of_day(now, host::utc_offset_min(now))
    };
    let made = sound::spawn(options, heard, minute, shutdown.clone());
    tokio::spawn(follow(snapshots.clone(), sounds));
    if spec.depth == Depth::Mono {
        return snapshots;
    }
    let (shown, panels) = watch::channel(None);
    tokio::spawn(flash::run(snapshots, made.flashes, shown));
    panels
}

/// Hands each new sound on. The terminal counts them from 0 at each start and counts none that was before it.
async fn follow(mut snapshots: watch::Receiver<Option<Snapshot>>, sounds: mpsc::Sender<Sound>) {
    let mut last = 0;
    while snapshots.changed().await.is_ok() {
        let (number, sound) =
            snapshots.borrow_and_update().as_ref().map_or((last, None), |snapshot| snapshot.sound);
        let is_new = std::mem::replace(&mut last, number) != number;
        if let Some(sound) = sound.filter(|_| is_new) {
            // With so many waiting, one less is not missed.
            let _full = sounds.try_send(sound);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::terminal::flash::tests::snapshot;

    #[tokio::test]
    async fn each_sound_is_handed_on_once_and_none_of_before_the_start() {
        let (watchers, snapshots) = watch::channel(None);
        let (sounds, mut heard) = mpsc::channel(4);
        let following = tokio::spawn(follow(snapshots, sounds));
        let mut present = snapshot();
        for (number, sound) in
            [(0, None), (1, Some(Sound::Paid)), (1, Some(Sound::Paid)), (2, Some(Sound::KeyRefused))]
        {
            present.sound = (number, sound);
            watchers.send_replace(Some(present.clone()));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(watchers);
        following.await.expect("no panic");
        let all: Vec<Sound> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
        assert_eq!(all, [Sound::Paid, Sound::KeyRefused]);
        assert_eq!(Arc::strong_count(&present.frame), 1);
    }
}
