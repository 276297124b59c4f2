//! `qrtill blank`: takes whatever a terminal that crashed left on its panels off them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use embedded_graphics::prelude::*;

use super::failure;
use super::failure::Failure;
use super::serve;
use crate::config;
use crate::config::panel::Panel;
use crate::config::terminal::Panels;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::port::panel::PanelFault;
use crate::port::panel::Picture;
use crate::ui::Audience;
use crate::ui::Painter;

/// Put the picture of a counter that is starting on the panels
///
/// For after a crash: e-paper keeps its picture without power, and a code on it could still be paid. A terminal
/// that ends by itself does this too. Only while no terminal runs, since a panel has one user at a time. Reads nothing
/// of the configuration but its panels, and no secret.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The terminal's configuration file
    #[arg(value_name = "CONFIG", default_value = config::TERMINAL_FILE)]
    file: PathBuf,
}

/// Does all it can, and fails where that was not all.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let panels = serve::values(&args.file, config::panels)?;
    let both = [
        ("panel", Some(&panels.panel), Audience::Customer),
        ("cashier_panel", panels.cashier_panel.as_ref(), Audience::Cashier),
    ];
    let mut faults = Vec::new();
    for (name, panel, audience) in both {
        let blanked = panel.map_or(Ok(()), |panel| blank(&panels, panel, audience));
        faults.extend(blanked.err().map(|fault| format!("{name}: {fault}")));
    }
    match faults.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Failure::new(failure::UNAVAILABLE, faults.join("; "), "")),
    }
}

fn blank(panels: &Panels, panel: &Panel, audience: Audience) -> Result<(), PanelFault> {
    let mut painter = Painter::new(panel.spec, audience, panels.lang, &panels.shop);
    let view = View { scene: Scene::Starting, strip: None, missing: None, hints: Vec::new() };
    let frame = painter.draw(&view, 0).frame;
    let whole = frame.bounding_box();
    let mut glass = panel.device.open(&panel.spec)?;
    glass.show(&Picture { frame: Arc::new(frame), code: false }, &[whole])?;
    glass.close()
}
