//! Sounds that come together, that cannot be made, and that are not wanted.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

use super::*;

/// Only reached by a test that fails.
const LONG: Duration = Duration::from_secs(30);

/// A sound card that writes down what it is given: `script` runs with the number of bytes it got.
struct Card {
    dir: TempDir,
    sounds: mpsc::Sender<Sound>,
    sounding: Sounding,
    shutdown: CancellationToken,
}

impl Card {
    fn new(script: &str, options: impl Fn(Options) -> Options) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("aplay");
        let script = format!("#!/bin/sh\ncd {}\n{script}\n", dir.path().display());
        fs::write(&file, script).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).expect("set");
        let way = Way::Aplay { program: file, device: "default".to_owned() };
        let options = options(Options { way, volume: 60, quiet: None, refused_keys: true });
        let (sounds, heard) = mpsc::channel(WAITING);
        let shutdown = CancellationToken::new();
        let sounding = spawn(options, heard, || 23 * 60, shutdown.clone());
        Self { dir, sounds, sounding, shutdown }
    }

    async fn play(&self, sound: Sound) {
        self.sounds.send(sound).await.expect("it is being made");
    }

    /// Every sound that was played, by the bytes of its file, once there are no more to come.
    async fn played(self) -> Vec<u64> {
        drop(self.sounds);
        timeout(LONG, self.sounding.task).await.expect("in time").expect("no panic");
        let text = fs::read_to_string(self.dir.path().join("played")).unwrap_or_default();
        text.lines().map(|line| line.trim().parse().expect("a number")).collect()
    }
}

fn bytes(sound: Sound) -> u64 {
    wave::encode(score::notes(sound), 60).len() as u64
}

/// Plays at once.
const QUICK: &str = "wc -c >> played";

#[tokio::test]
async fn sounds_are_played_one_after_another() {
    let card = Card::new(QUICK, |options| options);
    let mut fault = card.sounding.fault.clone();
    for sound in [Sound::Paid, Sound::Ended] {
        card.play(sound).await;
        fault.changed().await.expect("played");
    }
    assert_eq!(*fault.borrow(), None);
    assert_eq!(card.played().await, [bytes(Sound::Paid), bytes(Sound::Ended)]);
}

#[tokio::test]
async fn a_sound_breaks_off_the_one_before_it_and_a_tick_breaks_off_nothing() {
    // The first child hangs until it is killed, behind a file that tells that it has begun.
    let card = Card::new(
        "if test -e begun; then wc -c >> played; else touch begun; exec sleep 600; fi",
        |options| options,
    );
    card.play(Sound::Ended).await;
    while !card.dir.path().join("begun").exists() {
        tokio::task::yield_now().await;
    }
    card.play(Sound::KeyRefused).await;
    card.play(Sound::Paid).await;
    assert_eq!(card.played().await, [bytes(Sound::Paid)], "the tick is gone, and the hung child too");
}

#[tokio::test]
async fn the_screen_flashes_where_no_sound_can_be_made_and_not_for_those_that_can() {
    let mut card = Card::new("test -e works || exit 1; wc -c >> played", |options| options);
    card.play(Sound::Paid).await;
    card.sounding.flashes.wait_for(|count| *count == 1).await.expect("it flashes");
    let told = card.sounding.fault.borrow_and_update().clone().expect("a fault");
    assert!(told.to_string().contains("aplay -L"), "{told}");
    fs::write(card.dir.path().join("works"), "").expect("mended");
    card.play(Sound::Paid).await;
    card.sounding.fault.wait_for(Option::is_none).await.expect("heard");
    assert_eq!(*card.sounding.flashes.borrow(), 1);
}

#[tokio::test]
async fn nothing_is_heard_in_quiet_hours_or_of_keys_that_may_not_tick() {
    let quiet = |options| Options { quiet: Some("22:00-07:00".parse().expect("hours")), ..options };
    let card = Card::new(QUICK, quiet);
    card.play(Sound::Paid).await;
    let flashes = card.sounding.flashes.clone();
    assert_eq!(card.played().await, [0; 0]);
    assert_eq!(*flashes.borrow(), 0, "a screen that flashes by night is not quiet");
    let card = Card::new(QUICK, |options| Options { refused_keys: false, ..options });
    card.play(Sound::KeyRefused).await;
    card.play(Sound::Attention).await;
    assert_eq!(card.played().await, [bytes(Sound::Attention)]);
}

#[tokio::test]
async fn a_shop_may_want_the_flash_alone() {
    let mut card = Card::new(QUICK, |options| Options { way: Way::Flash, ..options });
    card.play(Sound::Paid).await;
    card.sounding.flashes.wait_for(|count| *count == 1).await.expect("it flashes");
    assert_eq!(*card.sounding.fault.borrow(), None, "that is no fault");
}

#[tokio::test]
async fn shutdown_ends_a_sound_and_its_child() {
    let card = Card::new("echo $$ > pid.new; mv pid.new pid; exec sleep 600", |options| options);
    card.play(Sound::Paid).await;
    let file = card.dir.path().join("pid");
    while !file.exists() {
        tokio::task::yield_now().await;
    }
    card.shutdown.cancel();
    timeout(LONG, card.sounding.task).await.expect("in time").expect("no panic");
    let pid = fs::read_to_string(file).expect("a number");
    assert!(!Path::new("/proc").join(pid.trim()).exists());
}

#[test]
fn what_is_in_the_way_is_told_with_the_way_out() {
    let told = |way: &Way| probe(way, None).expect_err("nothing is there").to_string();
    let aplay = Way::Aplay { program: "aplay".into(), device: "default".to_owned() };
    assert!(told(&aplay).contains("apt install alsa-utils"), "{}", told(&aplay));
    let gpio = Way::Gpio { chip: "/dev/gpiochip-none".into(), line: 18, active_low: false };
    assert!(told(&gpio).contains("there is no /dev/gpiochip-none"), "{}", told(&gpio));
    let dir = tempfile::tempdir().expect("a folder");
    let none = cards(dir.path()).expect_err("no card");
    assert!(none.to_string().contains("dtparam=audio=on"), "{none}");
    assert_eq!(probe(&Way::Flash, None), Ok(()));
}
