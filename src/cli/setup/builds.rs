//! The panels and keypads that the page "Build one" wires, as they stand in a configuration: one table line each.

use super::ask::Choice;

/// Keys of a table and their values as TOML.
pub type Table = &'static [(&'static str, &'static str)];

/// What can be chosen for `[panel]`; the first is what people buy most.
pub const PANELS: &[Choice<Table>] = &[
    Choice {
        name: "tft",
        about: "2.8 inch colour display on SPI, 240x320, ILI9341",
        value: &[
            ("name", "\"tft-240x320\""),
            ("kind", "\"spi_tft\""),
            ("controller", "\"ili9341\""),
            ("device", "\"/dev/spidev0.0\""),
            ("dc", "25"),
            ("reset", "27"),
            ("backlight", "24"),
        ],
    },
    Choice {
        name: "screen",
        about: "HDMI or DSI screen",
        value: &[("name", "\"auto\""), ("kind", "\"drm\"")],
    },
    Choice {
        name: "e-paper",
        about: "4.2 inch e-paper on SPI, 400x300, V2",
        value: &[
            ("name", "\"epd-400x300\""),
            ("kind", "\"e_paper\""),
            ("module", "\"4in2-v2\""),
            ("device", "\"/dev/spidev0.0\""),
            ("dc", "25"),
            ("reset", "17"),
            ("busy", "24"),
        ],
    },
    Choice {
        name: "none",
        about: "no display yet: a picture in /run/qrtill/panel.png",
        value: &[("kind", "\"headless\""), ("file", "\"/run/qrtill/panel.png\"")],
    },
];

/// What can be chosen for `[keypad]`.
pub const KEYPADS: &[Choice<Table>] = &[
    Choice {
        name: "serial",
        about: "serial keypad on USB, 9600 baud",
        value: &[("kind", "\"serial\""), ("device", "\"/dev/qrtill/keypad\"")],
    },
    Choice {
        name: "header",
        about: "serial keypad on the Pi's own pins, 9600 baud",
        value: &[("kind", "\"serial\""), ("device", "\"/dev/qrtill/header\"")],
    },
    Choice {
        name: "usb",
        about: "USB number pad",
        value: &[("kind", "\"evdev\""), ("device", "\"/dev/qrtill/keyboard\"")],
    },
    Choice {
        name: "matrix",
        about: "4x4 keypad on GPIO lines",
        value: &[
            ("kind", "\"matrix\""),
            ("rows", "[5, 6, 13, 19]"),
            ("columns", "[12, 16, 20, 21]"),
            ("layout", "[\"123A\", \"456B\", \"789C\", \"*0#D\"]"),
        ],
    },
    Choice { name: "none", about: "no keypad: only the counter's own link is shown", value: &[] },
];
