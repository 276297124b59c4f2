//! Keypads and sound that are not there, told before a shop opens.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use qrtill::core::device::Missing;
use tokio_serial::SerialPort;
use tokio_serial::SerialStream;

use crate::blank::until_said;
use crate::support::Running;
use crate::support::Shop;
use crate::support::command;
use crate::support::path;
use crate::support::qrtill;
use crate::support::said;

const KEYPADS: &str = "kind = \"serial\"\ndevice = \"/dev/serial/by-id/none\"\n[[another_keypad]]\nkind = \"evdev\"\n\
                       device = \"/dev/input/by-id/none\"\n\n[sale]";

/// A shop with two keypads that nobody has plugged in, and a sound that nothing can make.
fn shop() -> Shop {
    let shop = Shop::new();
    let text = fs::read_to_string(shop.file("terminal.toml")).expect("text");
    let (head, rest) = text.split_once("[keypad]").expect("a keypad");
    let (_, tail) = rest.split_once("[sale]").expect("a sale");
    let sound = "[sound]\nkind = \"aplay\"\n";
    fs::write(shop.file("terminal.toml"), format!("{head}{sound}[keypad]\n{KEYPADS}{tail}"))
        .expect("written");
    shop
}

#[test]
fn check_tells_what_is_not_there_and_the_way_out() {
    let shop = shop();
    let mut check = command();
    let check = said(check.args(["check", path(&shop.file("terminal.toml"))]).env("PATH", "/nowhere"));
    assert_eq!(check.code, 0, "it can be plugged in later: {}", check.out);
    for part in [
        "keypad: there is no serial port /dev/serial/by-id/none",
        "another_keypad[0]: there is no input device /dev/input/by-id/none",
        "ls -l /dev/input/by-id/",
        "sound.kind: there is no program `aplay`; run `sudo apt install alsa-utils`",
        "until then the screen flashes",
    ] {
        assert!(check.out.contains(part), "{part}: {}", check.out);
    }
}

#[test]
fn a_terminal_says_that_its_keypad_is_gone_until_it_is_plugged_in() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let (_pad, port) = SerialStream::pair().expect("a pseudo-terminal");
    let shop = Shop::new();
    let plug = shop.file("keypad");
    let mut run = command();
    run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]).stderr(Stdio::null());
    run.env("QRTILL_KEYPAD__KIND", "serial").env("QRTILL_KEYPAD__DEVICE", &plug);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_PANEL__FILE", shop.file("panel.png"));
    // Nothing listens there.
    let mut running = Running(run.env("QRTILL_BROKER__PORT", "9").spawn().expect("it starts"));
    until_said(&shop, Some(Missing::Keypad));
    symlink(port.name().expect("its path"), &plug).expect("plugged in");
    drop(port);
    until_said(&shop, None);
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn keys_waits_for_keypads_says_so_and_ends_when_it_is_told() {
    let shop = shop();
    let mut run = command();
    run.args(["keys", path(&shop.file("terminal.toml"))]).stdout(Stdio::piped());
    let mut running = Running(run.spawn().expect("it starts"));
    let lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    let mut told: Vec<String> = lines.take(2).map(|line| line.expect("UTF-8")).collect();
    told.sort();
    assert!(told[0].starts_with("another_keypad[0]: there is no input device"), "{told:?}");
    assert!(told[1].starts_with("keypad: there is no serial port"), "{told:?}");
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn keys_needs_a_keypad_and_a_map_that_can_be_meant() {
    let shop = Shop::new();
    let none = qrtill(&["keys", path(&shop.file("terminal.toml"))]);
    assert_eq!(none.code, 78);
    assert!(none.err.contains("has no keypad; set kind in [keypad]"), "{}", none.err);
    let map = "kind = \"serial\"\ndevice = \"x\"\n[keypad.map]\n\"0x0D\" = \"enter\"\n13 = \"1\"\n";
    shop.change("terminal.toml", "[keypad]\n", &format!("[keypad]\n{map}"));
    let twice = qrtill(&["keys", path(&shop.file("terminal.toml"))]);
    assert_eq!(twice.code, 78);
    assert!(twice.err.contains("the code 0x0d is in this map twice"), "{}", twice.err);
}
