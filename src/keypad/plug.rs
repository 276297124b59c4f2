//! Waiting for something to be plugged in: sleeps until a name appears in a folder of devices, or its rights change.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;
use inotify::EventStream;
use inotify::Inotify;
use inotify::WatchMask;

/// A folder in which much happens is looked into this often at most.
const SETTLE: Duration = Duration::from_millis(5);
/// One event with the longest name fits.
const BUFFER: usize = 1024;

/// Waits until something changed in one of the folders, at most so long: a machine may have no more watches to give, and
/// what matters may have changed just before. Of a folder that does not exist the one above it is watched.
pub async fn wait(folders: &[&Path], most: Duration) {
    match watch(folders) {
        Some(mut changes) => {
            let _timeout = tokio::time::timeout(most, changes.next()).await;
            tokio::time::sleep(SETTLE).await;
        }
        None => tokio::time::sleep(most).await,
    }
}

fn watch(folders: &[&Path]) -> Option<EventStream<[u8; BUFFER]>> {
    let inotify = Inotify::init().ok()?;
    let mask = WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::ATTRIB | WatchMask::DELETE_SELF;
    let mut watching = false;
    for folder in folders {
        let nearest = folder.ancestors().find(|above| above.is_dir());
        watching |= nearest.is_some_and(|nearest| inotify.watches().add(nearest, mask).is_ok());
    }
    if watching { inotify.into_event_stream([0; BUFFER]).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::time::Instant;
    use tokio::time::timeout;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_name_that_appears_wakes_and_so_does_its_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let by_id = dir.path().join("by-id");
        let start = Instant::now();
        let plug = async {
            tokio::task::yield_now().await;
            fs::create_dir(&by_id).expect("made");
        };
        let folders = [by_id.as_path()];
        let ((), ()) = tokio::join!(wait(&folders, LONG), plug);
        let plug = async {
            tokio::task::yield_now().await;
            fs::write(by_id.join("usb-keypad-event-kbd"), "").expect("made");
        };
        let ((), ()) = tokio::join!(wait(&folders, LONG), plug);
        assert!(start.elapsed() < LONG, "woken, not waited out");
    }

    #[tokio::test]
    async fn rights_that_change_wake_too() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("event0");
        fs::write(&file, "").expect("made");
        let start = Instant::now();
        let rights = async {
            tokio::task::yield_now().await;
            let rights = std::os::unix::fs::PermissionsExt::from_mode(0o660);
            fs::set_permissions(&file, rights).expect("changed");
        };
        let folders = [dir.path()];
        let waited = async { tokio::join!(wait(&folders, LONG), rights) };
        timeout(LONG, waited).await.expect("in time");
        assert!(start.elapsed() < LONG);
    }
}
