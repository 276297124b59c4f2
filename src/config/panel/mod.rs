//! `[panel]` and `[cashier_panel]`: their mirror, and the panels they stand for. Each kind of panel has keys of
//! its own; one that belongs to another kind is refused, since it would do nothing.

mod e_paper;
pub mod light;
mod oled;
mod screen;
mod spi_tft;

use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::draft::Draft;
use super::within::Within;
use crate::panel::Device;
use crate::panel::Turn;
use crate::panel::headless;
use crate::port::panel;
use crate::port::panel::PANELS;
use crate::port::panel::PanelSpec;
use crate::ui::Audience;

/// The keys of all kinds together.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub file: Option<PathBuf>,
    pub controller: Option<String>,
    pub device: Option<PathBuf>,
    pub wire: Option<Wire>,
    pub speed_hz: Option<u32>,
    pub address: Option<u32>,
    pub gpio_chip: Option<PathBuf>,
    pub dc: Option<u32>,
    pub reset: Option<u32>,
    pub backlight: Option<u32>,
    pub backlight_dir: Option<PathBuf>,
    pub rotation: Option<u32>,
    pub mirrored: Option<bool>,
    pub offset_x: Option<u32>,
    pub offset_y: Option<u32>,
    pub colour_order: Option<ColourOrder>,
    pub invert: Option<bool>,
    pub connector: Option<String>,
    pub pitch_um: Option<u32>,
    pub module: Option<String>,
    pub busy: Option<u32>,
    pub power: Option<u32>,
    pub quick_most: Option<u32>,
    pub refresh_burst: Option<u32>,
    pub sleep_after_s: Option<Within<1, 3600>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Drm,
    EPaper,
    Framebuffer,
    Headless,
    Oled,
    SpiTft,
}

/// How bytes get to the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    I2c,
    Spi,
    /// As words of 16 bits.
    Spi16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColourOrder {
    Rgb,
    Bgr,
}

impl Kind {
    /// The keys this kind has besides `name` and `kind`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Drm => screen::DRM_KEYS,
            Self::EPaper => e_paper::KEYS,
            Self::Framebuffer => screen::FRAMEBUFFER_KEYS,
            Self::Headless => &["file"],
            Self::Oled => oled::KEYS,
            Self::SpiTft => spi_tft::KEYS,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Drm => "drm",
            Self::EPaper => "e_paper",
            Self::Framebuffer => "framebuffer",
            Self::Headless => "headless",
            Self::Oled => "oled",
            Self::SpiTft => "spi_tft",
        }
    }
}

/// A panel of the counter, before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    pub spec: PanelSpec,
    pub device: Device,
}

/// The panel that faces the cashier, which a counter need not have; `None` where it has one that cannot be built.
pub fn build_cashier(draft: &mut Draft, table: Option<Table>) -> Option<Option<Panel>> {
    match table {
        Some(table) => build(draft, "cashier_panel", table, Audience::Cashier).map(Some),
        None => Some(None),
    }
}

/// The panel of the table at `at`, which faces `audience`.
pub fn build(draft: &mut Draft, at: &str, table: Table, audience: Audience) -> Option<Panel> {
    let kind = table.kind.unwrap_or(Kind::Headless);
    refuse_other_kinds(draft, at, &table, kind);
    // These know their size.
    match kind {
        Kind::Drm => return screen::build_drm(draft, at, &table, audience),
        Kind::EPaper => return e_paper::build(draft, at, &table),
        Kind::Framebuffer => return screen::build_framebuffer(draft, at, &table, audience),
        Kind::Headless | Kind::Oled | Kind::SpiTft => {}
    }
    let spec = spec(draft, at, table.name.as_deref(), audience)?;
    let device = match kind {
        Kind::Drm | Kind::EPaper | Kind::Framebuffer => None,
        Kind::Headless => Some(build_headless(draft, table)),
        Kind::Oled => oled::build(draft, at, &table, &spec).map(Device::Oled),
        Kind::SpiTft => spi_tft::build(draft, at, &table, &spec, audience).map(Device::SpiTft),
    };
    Some(Panel { spec, device: device? })
}

fn refuse_other_kinds(draft: &mut Draft, at: &str, table: &Table, kind: Kind) {
    let Ok(serde_json::Value::Object(keys)) = serde_json::to_value(table) else { return };
    let set = keys.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.as_str());
    for key in set.filter(|key| !["name", "kind"].contains(key) && !kind.keys().contains(key)) {
        let what = format!("a panel of kind `{}` has no such key", kind.name());
        draft.fault(&format!("{at}.{key}"), what, format_args!("its keys are {}", kind.keys().join(", ")));
    }
}

fn spec(draft: &mut Draft, at: &str, name: Option<&str>, audience: Audience) -> Option<PanelSpec> {
    let key = format!("{at}.name");
    let Some(name) = name.or((audience == Audience::Customer).then_some(PANELS[0].name)) else {
        return draft.need(&key, None, "name the size, such as name = \"oled-128x64\"");
    };
    let Some(spec) = panel::find(name) else {
        let names: Vec<_> = PANELS.iter().map(|panel| panel.name).collect();
        let mend = format!("use one of {}", names.join(", "));
        draft.fault(&key, format_args!("there is no panel `{name}`"), mend);
        return None;
    };
    tell_small(draft, &key, spec, audience);
    Some(*spec)
}

fn tell_small(draft: &mut Draft, key: &str, spec: &PanelSpec, audience: Audience) {
    if audience == Audience::Customer && Audience::of(spec) == Audience::Cashier {
        let size = format!("{}x{}", spec.width, spec.height);
        let name = if spec.name.ends_with(&size) { spec.name } else { &size };
        let what = format!("{name} has room for a few lines and for no code, which customers need");
        let mend = "take a larger one for them, such as tft-240x320, and make this one the [cashier_panel]";
        draft.fault(key, what, mend);
    }
}

fn build_headless(draft: &mut Draft, table: Table) -> Device {
    Device::Headless(headless::Options { file: table.file.map(|file| draft.path(&file)) })
}

/// The chip of a Pi's own header.
const GPIO_CHIP: &str = "/dev/gpiochip0";

fn gpio_chip(table: &Table) -> PathBuf {
    table.gpio_chip.clone().unwrap_or_else(|| GPIO_CHIP.into())
}

/// The line that tells commands from data, which no SPI panel can be without.
fn data_line(draft: &mut Draft, at: &str, table: &Table) -> Option<u32> {
    draft.need(&format!("{at}.dc"), table.dc, "give the GPIO line that DC is wired to, such as dc = 25")
}

/// No two lines of a panel are one.
fn tell_shared_lines(draft: &mut Draft, at: &str, table: &Table) {
    let lines = [
        ("dc", table.dc),
        ("reset", table.reset),
        ("backlight", table.backlight),
        ("busy", table.busy),
        ("power", table.power),
    ];
    for (index, (key, line)) in lines.iter().enumerate() {
        let Some(number) = line else { continue };
        if let Some((other, _)) = lines[..index].iter().find(|(_, line)| *line == Some(*number)) {
            let what = format!("line {number} is `{other}` already");
            draft.fault(&format!("{at}.{key}"), what, "give each its own line, or leave this one out");
        }
    }
}

fn speed(draft: &mut Draft, at: &str, table: &Table, usual: u32) -> u32 {
    let speed = table.speed_hz.unwrap_or(usual);
    if !(100_000..=125_000_000).contains(&speed) {
        let what = format!("no panel is written at {speed} Hz");
        draft.fault(&format!("{at}.speed_hz"), what, format_args!("the usual speed is {usual}"));
    }
    speed
}

fn rotation(draft: &mut Draft, at: &str, degrees: u32) -> Option<Turn> {
    let turn = Turn::of_degrees(degrees);
    if turn.is_none() {
        let what = format!("a picture cannot be turned by {degrees} degrees");
        draft.fault(&format!("{at}.rotation"), what, "use 0, 90, 180 or 270");
    }
    turn
}
