//! `kind = "spi_tft"`.

use super::ColourOrder;
use super::Table;
use super::Wire;
use crate::config::draft::Draft;
use crate::panel::Turn;
use crate::panel::tft::Controller;
use crate::panel::tft::Look;
use crate::panel::tft::Options;
use crate::panel::tft::Traits;
use crate::port::panel::PanelSpec;
use crate::ui::Audience;

pub const KEYS: &[&str] = &[
    "controller",
    "device",
    "wire",
    "speed_hz",
    "gpio_chip",
    "dc",
    "reset",
    "backlight",
    "backlight_dir",
    "rotation",
    "mirrored",
    "offset_x",
    "offset_y",
    "colour_order",
    "invert",
];

const DEVICE: &str = "/dev/spidev0.0";
/// Most boards' limit; a whole 240x320 picture takes 38 ms.
const SPEED_HZ: u32 = 32_000_000;

pub fn build(
    draft: &mut Draft,
    at: &str,
    table: &Table,
    spec: &PanelSpec,
    audience: Audience,
) -> Option<Options> {
    let controller = controller(draft, at, table);
    let dc = super::data_line(draft, at, table);
    super::tell_shared_lines(draft, at, table);
    let speed_hz = super::speed(draft, at, table, SPEED_HZ);
    if table.backlight.is_some() && table.backlight_dir.is_some() {
        let mend = "leave one of them out";
        draft.fault(&format!("{at}.backlight_dir"), "the light has a line already, in `backlight`", mend);
    }
    let controller = controller?;
    let traits = controller.traits();
    let words = words(draft, at, table, controller);
    let offset = (table.offset_x.unwrap_or(0), table.offset_y.unwrap_or(0));
    let rotation = place(draft, at, table, spec, &traits, offset);
    tell_round(draft, at, spec, &traits, audience);
    Some(Options {
        look: Look {
            controller,
            words: words?,
            offset,
            rotation: rotation?,
            mirrored: table.mirrored.unwrap_or(false),
            bgr: table.colour_order.map_or(traits.bgr, |order| order == ColourOrder::Bgr),
            invert: table.invert.unwrap_or(traits.invert),
        },
        device: table.device.clone().unwrap_or_else(|| DEVICE.into()),
        speed_hz,
        gpio: super::gpio_chip(table),
        dc: dc?,
        reset: table.reset,
        backlight: table.backlight,
        backlight_dir: table.backlight_dir.clone(),
    })
}

fn controller(draft: &mut Draft, at: &str, table: &Table) -> Option<Controller> {
    let key = format!("{at}.controller");
    let mend = "name the panel's controller, such as controller = \"ili9341\"";
    let name = draft.need(&key, table.controller.as_deref(), mend)?;
    let controller = Controller::find(name);
    if controller.is_none() {
        let names: Vec<_> = Controller::ALL.iter().map(|one| one.traits().name).collect();
        let mend = format!("use one of {}", names.join(", "));
        draft.fault(&key, format_args!("there is no driver for a controller `{name}`"), mend);
    }
    controller
}

fn words(draft: &mut Draft, at: &str, table: &Table, controller: Controller) -> Option<bool> {
    let key = format!("{at}.wire");
    match table.wire.unwrap_or(Wire::Spi) {
        Wire::Spi => Some(false),
        Wire::Spi16 if [Controller::Ili9486, Controller::Ili9488].contains(&controller) => Some(true),
        Wire::Spi16 => {
            let what = format!("no board takes 16-bit words for the {}", controller.traits().name);
            draft.fault(&key, what, "use \"spi\"; \"spi16\" is for 3.5 inch boards with an ili9486");
            None
        }
        Wire::I2c => {
            draft.fault(&key, "a colour panel's pictures are too large for I2C", "use \"spi\" or \"spi16\"");
            None
        }
    }
}

/// The rotation with which the panel fits into the controller's memory: that of the table, else the first.
fn place(
    draft: &mut Draft,
    at: &str,
    table: &Table,
    spec: &PanelSpec,
    traits: &Traits,
    offset: (u32, u32),
) -> Option<Turn> {
    let fits = |turn: Turn, (x, y): (u32, u32)| {
        let (width, height) = turn.upright(spec.width, spec.height);
        width.saturating_add(x) <= traits.memory.0 && height.saturating_add(y) <= traits.memory.1
    };
    let (columns, rows) = traits.memory;
    let usual = [Turn::None, Turn::Right].into_iter().find(|turn| fits(*turn, (0, 0)));
    let turn = match table.rotation {
        Some(degrees) => super::rotation(draft, at, degrees)?,
        None => usual.unwrap_or_default(),
    };
    if fits(turn, offset) {
        return Some(turn);
    }
    let (name, chip) = (spec.name, traits.name);
    if usual.is_none() {
        let what = format!("{name} is larger than the {columns} by {rows} pixels of the {chip}");
        draft.fault(&format!("{at}.name"), what, "take the size and the controller that the seller tells");
    } else if fits(turn, (0, 0)) {
        let what = format!("{name} at column {} and row {} leaves the {chip}'s memory", offset.0, offset.1);
        let mend = format!("it has {columns} columns and {rows} rows; most panels need no offset");
        draft.fault(&format!("{at}.offset_x"), what, mend);
    } else {
        let what = format!("turned by {} degrees, {name} does not fit the {chip}", turn.degrees());
        let other = usual.unwrap_or_default().degrees();
        let mend = format!("use {other} or {}, or leave it out", other + 180);
        draft.fault(&format!("{at}.rotation"), what, mend);
    }
    None
}

fn tell_round(draft: &mut Draft, at: &str, spec: &PanelSpec, traits: &Traits, audience: Audience) {
    let key = format!("{at}.controller");
    let what =
        format!("panels with a {} are round: the corners of {} are not to be seen", traits.name, spec.name);
    match audience {
        _ if !traits.round => {}
        Audience::Customer => {
            draft.fault(&key, what, "a code has its marks there; take a square panel for customers");
        }
        Audience::Cashier => draft.warn(&key, what, "take a square panel where the cashier misses words"),
    }
}
