//! `[panel]` and `[cashier_panel]`: what they stand for, and mistakes in them.

use super::*;
use crate::panel::Device;
use crate::panel::Turn;
use crate::panel::drm;
use crate::panel::epaper;
use crate::panel::framebuffer;
use crate::panel::headless;
use crate::panel::oled;
use crate::panel::tft;

/// The shipped file with these tables in place of its own.
fn with(tables: &str) -> String {
    let (head, rest) = TERMINAL.split_once("[panel]").expect("a panel");
    let (_, tail) = rest.split_once("[keypad]").expect("a keypad");
    format!("{head}{tables}\n[keypad]{tail}")
}

fn judged(tables: &str) -> Checked<terminal::Terminal> {
    let folder = folder();
    terminal_of(folder.path(), &with(tables))
}

/// The faults of these tables, as keys and as one text.
fn wrong(tables: &str) -> (Vec<String>, String) {
    let checked = judged(tables);
    let found = keys(&checked.faults).into_iter().map(str::to_owned).collect();
    (found, told(&checked.faults).join("\n"))
}

#[test]
fn a_strip_of_a_few_lines_is_for_the_cashier_and_not_for_customers() {
    let (found, all) = wrong("[panel]\nname = \"oled-128x64\"");
    assert_eq!(found, ["panel.name"]);
    assert!(all.contains("[cashier_panel]"), "{all}");
    let both = judged("[panel]\n[cashier_panel]\nname = \"oled-128x64\"");
    assert_eq!(told(&both.faults), [""; 0]);
    let both = both.value.expect("values");
    assert_eq!(both.panel.spec.name, "tft-240x320");
    assert_eq!(both.cashier_panel.expect("a second one").spec.name, "oled-128x64");
    assert_eq!(judged("[panel]").value.expect("values").cashier_panel, None);
}

#[test]
fn the_second_panel_has_no_usual_size_and_every_fault_names_its_table() {
    let (found, _) = wrong("[panel]\n[cashier_panel]\nkind = \"headless\"");
    assert_eq!(found, ["cashier_panel.name"]);
    let (found, all) = wrong("[panel]\nname = \"tft\"\n[cashier_panel]\nname = \"oled\"\nnmae = \"x\"");
    assert_eq!(found, ["cashier_panel.nmae", "panel.name", "cashier_panel.name"]);
    assert!(all.contains("use one of tft-240x320, "), "{all}");
}

#[test]
fn a_picture_file_is_found_beside_the_configuration() {
    let folder = folder();
    let checked = terminal_of(folder.path(), &with("[panel]\nfile = \"panel.png\""));
    let file = Some(folder.path().join("panel.png"));
    let expected = Device::Headless(headless::Options { file });
    assert_eq!(checked.value.expect("values").panel.device, expected);
}

/// A colour panel of this size with these keys besides the needed ones.
fn tft(name: &str, controller: &str, keys: &str) -> String {
    format!("[panel]\nname = \"{name}\"\nkind = \"spi_tft\"\ncontroller = \"{controller}\"\n{keys}\n")
}

fn built(tables: &str) -> tft::Options {
    let checked = judged(tables);
    assert_eq!(told(&checked.faults), [""; 0]);
    let Device::SpiTft(options) = checked.value.expect("values").panel.device else {
        panic!("a colour panel")
    };
    options
}

#[test]
fn a_colour_panel_is_what_most_boards_with_its_controller_are() {
    let options = built(&tft("tft-240x320", "ili9341", "dc = 25"));
    assert_eq!((options.speed_hz, options.dc, options.reset), (32_000_000, 25, None));
    assert_eq!((options.device, options.gpio), ("/dev/spidev0.0".into(), "/dev/gpiochip0".into()));
    assert!(options.look.bgr && !options.look.invert && !options.look.words);
    let look = built(&tft("tft-320x240", "st7789", "dc = 25\ncolour_order = \"bgr\"")).look;
    assert!(look.bgr && look.invert);
    assert_eq!(look.rotation, Turn::Right, "the only way it fits");
    let look = built(&tft("tft-480x320", "ili9486", "dc = 24\nwire = \"spi16\"\nrotation = 270")).look;
    assert!(look.words && look.rotation == Turn::Left);
}

#[test]
fn a_panel_that_does_not_fit_its_controller_is_refused_with_the_reason() {
    let told = |tables: &str| wrong(tables).1;
    let larger = told(&tft("tft-480x320", "st7789", "dc = 25"));
    assert!(larger.contains("panel.name: tft-480x320 is larger than the 240 by 320"), "{larger}");
    let turned = told(&tft("tft-320x240", "ili9341", "dc = 25\nrotation = 180"));
    assert!(turned.contains("panel.rotation: turned by 180 degrees, tft-320x240 does not fit"), "{turned}");
    assert!(turned.contains("use 90 or 270"), "{turned}");
    let outside = told(&tft("tft-240x240", "st7789", "dc = 25\noffset_y = 81"));
    assert!(outside.contains("panel.offset_x: tft-240x240 at column 0 and row 81 leaves"), "{outside}");
    assert_eq!(built(&tft("tft-240x240", "st7789", "dc = 25\noffset_y = 80")).look.offset, (0, 80));
    let crooked = told(&tft("tft-240x240", "st7789", "dc = 25\nrotation = 45"));
    assert!(crooked.contains("use 0, 90, 180 or 270"), "{crooked}");
    let round = told(&tft("tft-240x240", "gc9a01", "dc = 25"));
    assert!(round.contains("are round"), "{round}");
}

#[test]
fn keys_that_would_do_nothing_are_refused() {
    let (found, all) = wrong(&tft("tft-240x320", "ili9341", "dc = 25\naddress = 0x3c\nfile = \"a.png\""));
    assert_eq!(found, ["panel.address", "panel.file"]);
    assert!(all.contains("a panel of kind `spi_tft` has no such key; its keys are controller, "), "{all}");
    let (found, _) = wrong("[panel]\nkind = \"headless\"\ndc = 25");
    assert_eq!(found, ["panel.dc"]);
    let (found, _) = wrong("[panel]\n[cashier_panel]\nname = \"oled-128x64\"\nkind = \"oled\"\nreset = 4");
    assert_eq!(found, ["cashier_panel.reset"]);
}

#[test]
fn lines_speeds_and_words_are_judged() {
    let (found, _) =
        wrong(&tft("tft-240x320", "ili9341", "dc = 25\nreset = 25\nbacklight = 25\nspeed_hz = 5"));
    assert_eq!(found, ["panel.reset", "panel.backlight", "panel.speed_hz"]);
    let (found, _) =
        wrong(&tft("tft-240x320", "ili9341", "wire = \"spi16\"\nbacklight = 1\nbacklight_dir = \"/x\""));
    assert_eq!(found, ["panel.dc", "panel.backlight_dir", "panel.wire"]);
    let (found, all) = wrong(&tft("tft-240x320", "ili9431", "dc = 25"));
    assert_eq!(found, ["panel.controller"]);
    assert!(all.contains("use one of st7789, ili9341"), "{all}");
}

#[test]
fn lights_are_judged_together() {
    let light = |keys: &str| judged(&format!("[panel]\n[light]\n{keys}\n"));
    let found = |keys: &str| light(keys).faults.iter().map(|fault| fault.key.clone()).collect::<Vec<_>>();
    assert_eq!(found("bright = 0"), ["light.bright"]);
    assert_eq!(found("bright = 20"), ["light.dim"]);
    assert_eq!(found("dim_after_s = 60\ndark_after_s = 30"), ["light.dark_after_s"]);
    assert_eq!(found("dark_after_s = 90000"), ["light.dark_after_s"]);
    let night = light("dim_after_s = 0\ndark_after_s = 60\nbright = 40").value.expect("values").light;
    assert_eq!((night.bright, night.dim_after, night.dark_after.as_secs()), (40, Duration::ZERO, 60));
}

#[test]
fn an_oled_is_found_on_either_bus() {
    let oled = |keys: &str| {
        let tables = format!("[panel]\n[cashier_panel]\nname = \"oled-128x64\"\nkind = \"oled\"\n{keys}\n");
        judged(&tables)
    };
    let built = |keys: &str| oled(keys).value.expect("values").cashier_panel.expect("one").device;
    let bus = oled::Bus::I2c { device: "/dev/i2c-1".into(), address: 0x3c };
    let expected = oled::Options { controller: oled::Controller::Ssd1306, bus, turned: false };
    assert_eq!(built(""), Device::Oled(expected));
    let keys = "controller = \"sh1106\"\nwire = \"spi\"\ndc = 24\nreset = 25\nrotation = 180";
    let (device, gpio) = ("/dev/spidev0.0".into(), "/dev/gpiochip0".into());
    let bus = oled::Bus::Spi { device, speed_hz: 8_000_000, gpio, dc: 24, reset: Some(25) };
    let expected = oled::Options { controller: oled::Controller::Sh1106, bus, turned: true };
    assert_eq!(built(keys), Device::Oled(expected));
    let all = told(&oled("address = 0x78\nrotation = 90").faults).join("\n");
    assert!(all.contains("what is printed as 0x78 is 0x3c") && all.contains("use 0 or 180"), "{all}");
    let (found, _) = wrong("[panel]\nkind = \"oled\"");
    assert_eq!(found, ["panel.name"]);
}

#[test]
fn e_paper_is_wired_as_its_makers_boards_are_and_has_its_modules_size() {
    let checked = judged("[panel]\nkind = \"e_paper\"\nmodule = \"4in2-v2\"");
    assert_eq!(told(&checked.faults), [""; 0]);
    let panel = checked.value.expect("values").panel;
    assert_eq!(panel.spec.name, "epd-400x300");
    let Device::EPaper(options) = panel.device else { panic!("{:?}", panel.device) };
    assert_eq!(options.module, epaper::Module::In42V2);
    assert_eq!((options.dc, options.reset, options.busy, options.power), (25, 17, 24, None));
    assert_eq!(options.rules, epaper::Rules::default());
}

#[test]
fn mistakes_with_e_paper_are_told_all_at_once() {
    let (found, all) = wrong(
        "[panel]\nkind = \"e_paper\"\nname = \"epd-250x122\"\nmodule = \"7in5-v2\"\nrotation = 90\nbusy = 25\n\
         quick_most = 99\nrefresh_burst = 0\nsleep_after_s = 0\nfile = \"x\"",
    );
    let keys = ["file", "busy", "rotation", "quick_most", "refresh_burst", "sleep_after_s", "name"];
    assert_eq!(found, keys.map(|key| format!("panel.{key}")));
    assert!(all.contains("line 25 is `dc` already"), "{all}");
    assert!(all.contains("the module 7in5-v2 is not epd-250x122; put epd-800x480"), "{all}");
    let (found, all) = wrong("[panel]\nkind = \"e_paper\"\nmodule = \"4in2b\"");
    assert_eq!(found, ["panel.module"]);
    assert!(all.contains("use one of 2in13-v3, 2in13-v4"), "{all}");
}

#[test]
fn a_screen_that_cannot_be_asked_is_a_warning_and_drawn_at_a_usual_size() {
    let tables = "[panel]\nkind = \"framebuffer\"\ndevice = \"/dev/no-such-fb\"\nrotation = 180\ncolour_order = \"bgr\"";
    let checked = judged(tables);
    assert_eq!(told(&checked.faults), [""; 0]);
    let warned = told(&checked.warnings).join("\n");
    assert!(warned.contains("cannot be asked for its size") && warned.contains("no-such-fb"), "{warned}");
    let panel = checked.value.expect("values").panel;
    assert_eq!(panel.spec.name, "hdmi-800x480");
    let expected = framebuffer::Options {
        device: "/dev/no-such-fb".into(),
        rotation: Turn::Half,
        bgr: true,
        backlight_dir: None,
        machine: framebuffer::Machine::default(),
    };
    assert_eq!(panel.device, Device::Framebuffer(expected));
}

#[test]
fn a_screen_can_be_named_by_its_plug_and_drawn_at_another_size() {
    let tables = "[panel]\nkind = \"drm\"\nname = \"hdmi-1920x1080\"\ndevice = \"/dev/dri/card1\"\nconnector = \"DSI-1\"";
    let panel = judged(tables).value.expect("values").panel;
    assert_eq!(panel.spec.width, 1920);
    let expected = drm::Options {
        device: Some("/dev/dri/card1".into()),
        connector: Some("DSI-1".into()),
        ..drm::Options::default()
    };
    assert_eq!(panel.device, Device::Drm(expected));
    let (found, _) = wrong(
        "[panel]\nkind = \"drm\"\nname = \"hdmi-800x480\"\npitch_um = 5\nrotation = 45\ncolour_order = \"bgr\"",
    );
    assert_eq!(found, ["panel.colour_order", "panel.rotation"]);
    let (found, _) = wrong("[panel]\nkind = \"drm\"\nname = \"hdmi-800x480\"\npitch_um = 5");
    assert_eq!(found, ["panel.pitch_um", "panel.pitch_um"]);
}
