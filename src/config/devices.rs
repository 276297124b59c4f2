//! What a terminal's configuration says of its devices, and nothing else in it: for whoever tries them before the rest
//! is there.

use std::path::Path;
use std::path::PathBuf;

use super::draft::Draft;
use super::keypad;
use super::keypad::Keypad;
use super::panel;
use super::panel::Panel;
use super::sound;
use super::sound::Sound;
use super::terminal;
use super::terminal::Mirror;
use crate::panel::care::Light;
use crate::ui::Audience;

/// A counter's devices, before any is opened.
#[derive(Clone, Debug)]
pub struct Devices {
    /// Where the terminal keeps its journal.
    pub data: PathBuf,
    pub panel: Panel,
    pub cashier_panel: Option<Panel>,
    pub light: Light,
    pub keypads: Vec<Keypad>,
    pub sound: Option<Sound>,
}

/// The devices, unless a fault makes them impossible; `draft` has all faults.
pub fn build(draft: &mut Draft, mirror: Mirror) -> Option<Devices> {
    let data = draft.path(mirror.data.0.as_deref().unwrap_or(Path::new(terminal::DATA)));
    let panel = panel::build(draft, "panel", mirror.panel.0.unwrap_or_default(), Audience::Customer);
    let cashier_panel = panel::build_cashier(draft, mirror.cashier_panel.0);
    let light = panel::light::build(draft, &mirror.light);
    let keypads = keypad::build(
        draft,
        mirror.keypad.0.unwrap_or_default(),
        mirror.another_keypad.0.unwrap_or_default(),
    );
    let sound = sound::build(draft, mirror.sound);
    Some(Devices { data, panel: panel?, cashier_panel: cashier_panel?, light, keypads, sound })
}
