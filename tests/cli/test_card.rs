//! `qrtill test-card`, with a keypad on a pty and panels whose pictures are files.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use qrtill::core::event::Sound;
use qrtill::panel::png;
use qrtill::port::panel;
use qrtill::sound::score;
use qrtill::sound::wave;
use qrtill::ui::test_card::Echo;
use qrtill::ui::test_card::TestCard;
use qrtill::ui::test_card::Told;
use tokio_serial::SerialPort;
use tokio_serial::SerialStream;

use crate::support::Running;
use crate::support::Shop;
use crate::support::command;
use crate::support::path;
use crate::support::qrtill;
use crate::support::said;

/// Nothing here takes this long unless it is broken.
const LOOKS: u32 = 3_000;

fn test_card(shop: &Shop) -> Command {
    let mut run = command();
    run.args(["test-card", path(&shop.file("terminal.toml"))]);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_PANEL__FILE", shop.file("panel.png"));
    run.env("QRTILL_CASHIER_PANEL__NAME", "oled-128x64");
    run.env("QRTILL_CASHIER_PANEL__FILE", shop.file("cashier.png"));
    run
}

fn card(name: &str) -> TestCard {
    TestCard::new(*panel::find(name).expect("a panel of that name"))
}

/// Waits until the panel shows this.
fn until_shown(shop: &Shop, file: &str, wanted: &[u8]) {
    for _ in 0..LOOKS {
        if fs::read(shop.file(file)).is_ok_and(|picture| picture == wanted) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never on {file}");
}

fn until_said(lines: &mut impl Iterator<Item = String>, part: &str) -> String {
    lines.find(|line| line.contains(part)).unwrap_or_else(|| panic!("never said: {part}"))
}

fn lines(out: Option<ChildStdout>) -> impl Iterator<Item = String> {
    BufReader::new(out.expect("a pipe")).lines().map(|line| line.expect("UTF-8"))
}

#[test]
fn pages_are_turned_keys_told_and_the_panels_left_blank() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let (mut pad, port) = SerialStream::pair().expect("a pseudo-terminal");
    let shop = Shop::new();
    let mut run = test_card(&shop);
    run.env("QRTILL_KEYPAD__KIND", "serial").env("QRTILL_KEYPAD__DEVICE", port.name().expect("its path"));
    // It presses faster than contacts can bounce.
    run.env("QRTILL_KEYPAD__DEBOUNCE_MS", "0");
    let mut running = Running(run.stdout(Stdio::piped()).spawn().expect("it starts"));
    drop(port);
    let mut lines = lines(running.0.stdout.take());
    until_said(&mut lines, "keypad: it is there: press a key");
    let (mut customer, mut cashier) = (card("tft-240x320"), card("oled-128x64"));
    let sound = "none is set up".to_owned();
    let mut told = Told { keys: Vec::new(), sound };
    let picture = |card: &mut TestCard, page, told: &Told| png::encode(&card.draw(page, told).frame);
    until_shown(&shop, "panel.png", &picture(&mut customer, 0, &told));
    until_shown(&shop, "cashier.png", &picture(&mut cashier, 0, &told));
    for (byte, sent, means) in [(b'5', "35", "5"), (b'\r', "0D", "enter"), (b'Z', "5A", "has no meaning")] {
        pad.write_all(&[byte]).expect("the line takes it");
        let line = until_said(&mut lines, &format!("keypad: {sent} "));
        assert!(line.contains(means), "{line}");
        let (_, means) = line.split_once("  ").expect("what it sends and what it means");
        told.keys.insert(0, Echo { sent: sent.to_owned(), means: means.trim().to_owned() });
    }
    until_shown(&shop, "panel.png", &picture(&mut customer, 1, &told));
    for page in [2, 3] {
        pad.write_all(b"\r").expect("the line takes it");
        told.keys.insert(0, Echo { sent: "0D".to_owned(), means: "enter".to_owned() });
        until_shown(&shop, "panel.png", &picture(&mut customer, page, &told));
        until_shown(&shop, "cashier.png", &picture(&mut cashier, page, &told));
    }
    // An escape that nothing follows is cancel.
    pad.write_all(b"\x1b").expect("the line takes it");
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
    for (file, card) in [("panel.png", customer), ("cashier.png", cashier)] {
        assert!(fs::read(shop.file(file)).expect("a picture") == png::encode(&card.blank()), "{file}");
    }
    assert!(!shop.file("data").exists(), "it makes nothing where the journal would be");
}

#[test]
fn it_and_the_terminal_keep_out_of_each_others_way() {
    let shop = Shop::new();
    let terminal = |shop: &Shop| {
        let mut run = command();
        run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]);
        // Nothing listens there.
        run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_BROKER__PORT", "9");
        run.env("QRTILL_PANEL__FILE", shop.file("panel.png"));
        run
    };
    let mut running = Running(terminal(&shop).stderr(Stdio::null()).spawn().expect("it starts"));
    for _ in 0..LOOKS {
        if shop.file("panel.png").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let refused = said(&mut test_card(&shop));
    assert_eq!(refused.code, 69, "{}", refused.err);
    assert!(refused.err.contains("the terminal is running and has the panels"), "{}", refused.err);
    assert!(refused.err.contains("sudo systemctl stop qrtill-terminal"), "{}", refused.err);
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
    let mut running = Running(test_card(&shop).stdout(Stdio::piped()).spawn().expect("it starts"));
    let mut lines = lines(running.0.stdout.take());
    until_said(&mut lines, "panel: it is there");
    let refused = said(&mut terminal(&shop));
    assert_eq!(refused.code, 69, "{}", refused.err);
    assert!(refused.err.contains("another qrtill process has the journal"), "{}", refused.err);
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_panel_that_is_not_there_is_told_as_check_tells_it() {
    let shop = Shop::new();
    let missing = |run: &mut Command| {
        run.env("QRTILL_PANEL__KIND", "spi_tft").env("QRTILL_PANEL__CONTROLLER", "ili9341");
        run.env("QRTILL_PANEL__DC", "25").env("QRTILL_PANEL__DEVICE", "/dev/spidev9.9");
        run.env_remove("QRTILL_PANEL__FILE").env_remove("QRTILL_CASHIER_PANEL__NAME");
        said(run.env_remove("QRTILL_CASHIER_PANEL__FILE"))
    };
    let card = missing(&mut test_card(&shop));
    assert_eq!(card.code, 69, "{}", card.err);
    let mut check = command();
    let check = missing(check.args(["check", path(&shop.file("terminal.toml"))]));
    for part in ["/dev/spidev9.9: No such file", "put dtparam=spi=on into /boot/firmware/config.txt"] {
        assert!(card.err.contains(part), "{part}: {}", card.err);
        assert!(check.out.contains(part), "{part}: {}", check.out);
    }
    assert_eq!(check.code, 0, "it can be plugged in later: {}", check.out);
}

#[test]
fn without_a_look_at_the_terminals_lock_nothing_is_opened() {
    let shop = Shop::new();
    shop.write("data", "no folder");
    let refused = said(&mut test_card(&shop));
    assert_eq!(refused.code, 74, "{}", refused.err);
    let wanted = "cannot see whether the terminal is running";
    assert!(refused.err.contains(wanted) && refused.err.contains("data/terminal.lock"), "{}", refused.err);
    assert!(!shop.file("panel.png").exists());
}

#[test]
fn each_key_sounds_and_three_of_them_as_the_results_do() {
    let shop = Shop::new();
    let heard = shop.file("heard");
    let script = format!("#!/bin/sh\ncat > {0}.new && mv {0}.new {0}\n", path(&heard));
    shop.write("aplay", &script);
    fs::set_permissions(shop.file("aplay"), fs::Permissions::from_mode(0o700)).expect("set");
    let folder = shop.file("aplay").parent().expect("a folder").to_owned();
    let mut run = test_card(&shop);
    run.env("QRTILL_SOUND__KIND", "aplay").env("QRTILL_SOUND__VOLUME", "50");
    // By day and by night.
    run.env("QRTILL_SOUND__QUIET", "00:00-23:59");
    run.env("PATH", format!("{}:/usr/bin:/bin", path(&folder)));
    let mut running = Running(run.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts"));
    let mut keys = running.0.stdin.take().expect("a pipe");
    // The tick comes first: it breaks off no other sound, and the others break off each other.
    for (key, sound) in
        [(b'7', Sound::KeyRefused), (b'1', Sound::Paid), (b'2', Sound::Ended), (b'3', Sound::Attention)]
    {
        keys.write_all(&[key]).expect("taken");
        until_shown(&shop, "heard", &wave::encode(score::notes(sound), 50));
    }
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_card_of_a_named_panel_is_drawn_into_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("card.png");
    assert_eq!(qrtill(&["test-card", "--panel", "epd-250x122", "-o", path(&file)]).code, 0);
    assert!(fs::read(&file).expect("a picture").starts_with(b"\x89PNG"));
    assert_eq!(qrtill(&["test-card", "--panel", "epd-250x122"]).code, 64);
    assert_eq!(qrtill(&["test-card", "--panel", "none", "-o", path(&file)]).code, 64);
}
