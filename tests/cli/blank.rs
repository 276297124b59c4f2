//! `qrtill blank`, and two panels of one terminal.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use qrtill::core::device::Missing;
use qrtill::core::scene::Deaf;
use qrtill::core::scene::Scene;
use qrtill::core::scene::View;
use qrtill::core::view;
use qrtill::port::panel;
use qrtill::ui::Audience;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;

use crate::support::Running;
use crate::support::Shop;
use crate::support::command;
use crate::support::path;
use crate::support::said;

fn size(picture: &[u8]) -> (u32, u32) {
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
    (reader.info().width, reader.info().height)
}

/// With a second panel, whose picture goes into a file too.
fn with_two_panels(shop: &Shop, line: &[&str]) -> Command {
    let mut run = command();
    run.args(line);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_PANEL__FILE", shop.file("panel.png"));
    run.env("QRTILL_CASHIER_PANEL__NAME", "oled-128x64");
    run.env("QRTILL_CASHIER_PANEL__FILE", shop.file("cashier.png"));
    run
}

/// Waits until the customer's panel says what is missing, while there is no broker.
pub fn until_said(shop: &Shop, missing: Option<Missing>) {
    let panel = *panel::find("tft-240x320").expect("a panel of that name");
    let scene = Scene::Unavailable { why: Deaf::NoBroker, amount: None, shown: false };
    let hints = view::hints(&scene, false, false);
    let text = fs::read_to_string(shop.file("terminal.toml")).expect("text");
    let name = text.lines().find_map(|line| line.strip_prefix("shop = \"")?.split('"').next());
    let mut painter = Painter::new(panel, Audience::Customer, Lang::En, name.expect("a shop's name"));
    let frame = painter.draw(&View { scene, strip: None, missing, hints }, 0).frame;
    let wanted = qrtill::panel::png::encode(&frame);
    for _ in 0..3_000 {
        if fs::read(shop.file("panel.png")).is_ok_and(|picture| picture == wanted) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never said: {missing:?}");
}

#[test]
fn what_a_crash_left_on_the_panels_is_taken_off() {
    let shop = Shop::new();
    for name in ["panel.png", "cashier.png"] {
        shop.write(name, "a code that could still be paid");
    }
    // systemd hands out no secrets any more.
    fs::remove_file(shop.file("terminal.key")).expect("removed");
    let blank = said(&mut with_two_panels(&shop, &["blank", path(&shop.file("terminal.toml"))]));
    assert_eq!(blank.code, 0, "{}", blank.err);
    let read = |name: &str| fs::read(shop.file(name)).expect("a picture");
    assert_eq!((size(&read("panel.png")), size(&read("cashier.png"))), ((240, 320), (128, 64)));
}

#[test]
fn a_panel_that_cannot_be_blanked_is_named_and_the_other_one_is() {
    let shop = Shop::new();
    let mut run = with_two_panels(&shop, &["blank", path(&shop.file("terminal.toml"))]);
    run.env("QRTILL_PANEL__KIND", "spi_tft").env("QRTILL_PANEL__CONTROLLER", "ili9341");
    run.env("QRTILL_PANEL__DC", "25").env("QRTILL_PANEL__DEVICE", "/dev/spidev9.9");
    run.env_remove("QRTILL_PANEL__FILE");
    let blank = said(&mut run);
    assert_eq!(blank.code, 69, "{}", blank.err);
    assert!(
        blank.err.contains("panel: /dev/spidev9.9: ") && blank.err.contains("dtparam=spi=on"),
        "{}",
        blank.err
    );
    assert_eq!(size(&fs::read(shop.file("cashier.png")).expect("a picture")), (128, 64));
}

#[test]
fn a_terminal_shows_both_sides_and_tells_once_of_a_panel_that_is_gone() {
    let shop = Shop::new();
    let mut run = with_two_panels(&shop, &["terminal", "--config", path(&shop.file("terminal.toml"))]);
    // Nothing listens there.
    run.env("QRTILL_BROKER__PORT", "9").env("QRTILL_CASHIER_PANEL__FILE", shop.file("none/cashier.png"));
    let mut running = Running(run.stderr(Stdio::piped()).spawn().expect("it starts"));
    let lines = BufReader::new(running.0.stderr.take().expect("a pipe"));
    let mut lines = lines.lines().map(|line| line.expect("UTF-8"));
    let gone = lines.find(|line| line.contains("the panel is not there")).expect("it says so");
    assert!(gone.contains("WARN") && gone.contains("none/cashier.png"), "{gone}");
    assert!(gone.contains("name a file in a folder that is there"), "{gone}");
    until_said(&shop, Some(Missing::CashierPanel));
    fs::create_dir(shop.file("none")).expect("made");
    lines.find(|line| line.contains("the panel is there again")).expect("it is found");
    assert_eq!(size(&fs::read(shop.file("none/cashier.png")).expect("a picture")), (128, 64));
    until_said(&shop, None);
    running.tell();
    let rest: Vec<String> = lines.collect();
    assert!(!rest.iter().any(|line| line.contains("the panel is not there")), "{rest:?}");
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
    assert_eq!(size(&fs::read(shop.file("panel.png")).expect("a picture")), (240, 320));
}
