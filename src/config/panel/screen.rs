//! `kind = "framebuffer"` and `kind = "drm"`: screens that tell their size themselves.

use super::ColourOrder;
use super::Panel;
use super::Table;
use crate::config::draft::Draft;
use crate::panel::Device;
use crate::panel::Turn;
use crate::panel::drm;
use crate::panel::framebuffer;
use crate::port::panel;
use crate::port::panel::PANELS;
use crate::port::panel::PanelFault;
use crate::port::panel::PanelSpec;
use crate::ui::Audience;

pub const FRAMEBUFFER_KEYS: &[&str] = &["device", "rotation", "colour_order", "backlight_dir", "pitch_um"];
pub const DRM_KEYS: &[&str] = &["device", "connector", "rotation", "backlight_dir", "pitch_um"];

/// The size that is the screen's own, and what is drawn where there is no screen to be asked.
const AUTO: &str = "auto";
const UNASKED: &str = "hdmi-800x480";
const DEVICE: &str = "/dev/fb0";

pub fn build_framebuffer(draft: &mut Draft, at: &str, table: &Table, audience: Audience) -> Option<Panel> {
    let options = framebuffer::Options {
        device: table.device.clone().unwrap_or_else(|| DEVICE.into()),
        rotation: rotation(draft, at, table)?,
        bgr: table.colour_order == Some(ColourOrder::Bgr),
        backlight_dir: table.backlight_dir.clone(),
        machine: framebuffer::Machine::default(),
    };
    let pitch_um = pitch(draft, at, table);
    let spec = sized(draft, at, table, audience, || framebuffer::measure(&options, pitch_um))?;
    Some(Panel { spec, device: Device::Framebuffer(options) })
}

pub fn build_drm(draft: &mut Draft, at: &str, table: &Table, audience: Audience) -> Option<Panel> {
    let options = drm::Options {
        device: table.device.clone(),
        connector: table.connector.clone(),
        rotation: rotation(draft, at, table)?,
        backlight_dir: table.backlight_dir.clone(),
    };
    let pitch_um = pitch(draft, at, table);
    let spec = sized(draft, at, table, audience, || drm::measure(&options, pitch_um))?;
    Some(Panel { spec, device: Device::Drm(options) })
}

fn rotation(draft: &mut Draft, at: &str, table: &Table) -> Option<Turn> {
    super::rotation(draft, at, table.rotation.unwrap_or(0))
}

fn pitch(draft: &mut Draft, at: &str, table: &Table) -> Option<u32> {
    let pitch = table.pitch_um?;
    if !(50..=1000).contains(&pitch) {
        let what = format!("no screen has pixels {pitch} micrometres apart");
        let mend =
            "divide the width of the picture in micrometres by the pixels in a row; most have 100 to 300";
        draft.fault(&format!("{at}.pitch_um"), what, mend);
    }
    Some(pitch)
}

/// The named size, or the screen's own.
fn sized(
    draft: &mut Draft,
    at: &str,
    table: &Table,
    audience: Audience,
    measure: impl FnOnce() -> Result<PanelSpec, PanelFault>,
) -> Option<PanelSpec> {
    if let Some(name) = table.name.as_deref().filter(|name| *name != AUTO) {
        if table.pitch_um.is_some() {
            let what = format!("{name} has a distance of pixels of its own");
            draft.fault(&format!("{at}.pitch_um"), what, "leave it out, or put name = \"auto\"");
        }
        return super::spec(draft, at, Some(name), audience);
    }
    let key = format!("{at}.name");
    match measure() {
        Ok(spec) => {
            super::tell_small(draft, &key, &spec, audience);
            Some(spec)
        }
        Err(fault) => {
            let what = format!("the screen cannot be asked for its size: {}", fault.what);
            let mend = format!("{}; until a start finds it, {UNASKED} is drawn and enlarged", fault.mend);
            draft.warn(&key, what, mend);
            Some(*panel::find(UNASKED).unwrap_or(&PANELS[0]))
        }
    }
}
