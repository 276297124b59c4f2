//! A screen that the kernel shows as `/dev/fbN`: HDMI, DSI, and small panels with an overlay. Its sizes come from
//! sysfs and pixels go there by positioned writes, only those that changed.

mod geometry;
mod rows;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

pub use self::geometry::Geometry;
use self::rows::Page;
use super::Turn;
use super::backlight::Backlight;
use super::console::Quiet;
use super::raster;
use super::raster::Format;
use super::raster::Placement;
use crate::port::panel::Frame;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::PanelSpec;
use crate::port::panel::Picture;

/// What `blank` takes: on, and the screen's power off.
const LIT: &str = "0";
const DARK: &str = "4";
/// How soon after the opening, and how often at last, the text console is looked for: while the machine starts it may
/// come to the screen after the panel has.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Which screen, and how it is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Such as `/dev/fb0`, or a link to it.
    pub device: PathBuf,
    pub rotation: Turn,
    /// Blue where others have red. The kernel does not tell this in sysfs.
    pub bgr: bool,
    /// The kernel's folder of its light; the only one there is, where none is named.
    pub backlight_dir: Option<PathBuf>,
    /// Where the kernel tells and takes everything else.
    pub machine: Machine,
}

/// Places outside of the device; other ones in tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub sys: PathBuf,
    /// The console in front.
    pub tty: PathBuf,
    /// The service's folder for what is to be known until the machine is started anew.
    pub run: PathBuf,
}

impl Default for Machine {
    fn default() -> Self {
        Self { sys: "/sys".into(), tty: "/dev/tty0".into(), run: "/run/qrtill".into() }
    }
}

impl Options {
    /// The folder in sysfs of the framebuffer, whose name is the device's, or that of what it is a link to.
    fn folder(&self) -> PathBuf {
        let device = fs::canonicalize(&self.device).unwrap_or_else(|_| self.device.clone());
        self.machine.sys.join("class/graphics").join(device.file_name().unwrap_or_default())
    }
}

/// A panel of the screen's own size.
///
/// # Errors
/// Where there is no such screen.
pub fn measure(options: &Options, pitch_um: Option<u32>) -> Result<PanelSpec, PanelFault> {
    let geometry = Geometry::read(&options.folder())?;
    Ok(raster::spec_of(geometry.visible, options.rotation, pitch_um))
}

/// Opens the screen and takes the text console off it. What the frame does not cover is black.
///
/// # Errors
/// Where it is not there, is not this user's, or is smaller than the frame.
pub fn open(options: &Options, spec: &PanelSpec) -> Result<Box<dyn Panel>, PanelFault> {
    let folder = options.folder();
    let geometry = Geometry::read(&folder)?;
    let format = Format::of(geometry.bits, options.bgr).ok_or_else(|| PanelFault {
        what: format!("{} has {} bits a pixel", options.device.display(), geometry.bits),
        mend: "set it to 16 or 32: fbset -depth 32".to_owned(),
    })?;
    let frame = Size::new(spec.width, spec.height);
    let placement = Placement::new(frame, geometry.visible, options.rotation)
        .ok_or_else(|| too_small(&options.device, spec, geometry.visible))?;
    let file = fs::OpenOptions::new().write(true).open(&options.device);
    let file = file.map_err(|error| not_opened(&options.device, &error))?;
    let light = Light::open(options.backlight_dir.as_deref(), &options.machine.sys, folder.join("blank"))?;
    let console = Quiet::keep(&options.machine.sys, &options.machine.tty, &options.machine.run);
    if !console.is_kept() {
        tracing::warn!(
            "the text console cannot be kept off the panel by this user and may draw into it; take it off at the \
             start of the machine: echo 0 | sudo tee /sys/class/vtconsole/vtcon1/bind"
        );
    }
    let pages = Pages::of(&geometry, folder.join("pan"));
    let screen = Screen {
        device: options.device.clone(),
        file,
        geometry,
        format,
        placement,
        pages,
        light,
        console,
        shown: None,
        look: FIRST_LOOK,
    };
    screen.clear().map_err(|error| lost(&options.device, &error))?;
    Ok(Box::new(screen))
}

struct Screen {
    device: PathBuf,
    file: fs::File,
    geometry: Geometry,
    format: Format,
    placement: Placement,
    pages: Pages,
    light: Light,
    console: Quiet,
    shown: Option<Arc<Frame>>,
    /// When the console is looked for next.
    look: Duration,
}

impl Panel for Screen {
    fn show(&mut self, picture: &Picture, changed: &[Rectangle]) -> Result<(), PanelFault> {
        self.paint(&picture.frame, changed).map_err(|error| lost(&self.device, &error))?;
        self.shown = Some(Arc::clone(&picture.frame));
        Ok(())
    }

    fn light(&mut self, percent: u8) -> Result<(), PanelFault> {
        self.light.set(percent)
    }

    /// A console that has come to the screen meanwhile is taken off it, and what it wrote is painted over.
    fn tend(&mut self) -> Result<Option<Duration>, PanelFault> {
        let came = self.console.take_off();
        if let Some(frame) = self.shown.clone().filter(|_| came) {
            self.clear()
                .and_then(|()| self.paint(&frame, &[frame.bounding_box()]))
                .map_err(|error| lost(&self.device, &error))?;
        }
        let look = self.look;
        self.look = (look * 2).min(LAST_LOOK);
        Ok(Some(look))
    }

    fn close(&mut self) -> Result<(), PanelFault> {
        let paged = self.pages.put_back().map_err(|error| lost(&self.device, &error));
        let lit = self.light.put_back();
        let console = self.console.put_back().map_err(|error| PanelFault {
            what: format!("the text console could not be put back: {error}"),
            mend: "echo 1 | sudo tee /sys/class/vtconsole/vtcon1/bind".to_owned(),
        });
        paged.and(lit).and(console)
    }
}

impl Screen {
    fn page(&self, first_row: u32) -> Page {
        Page { first: (self.geometry.from.0, first_row), stride: self.geometry.stride, format: self.format }
    }

    fn paint(&mut self, frame: &Frame, changed: &[Rectangle]) -> io::Result<()> {
        let (first_row, stale) = self.pages.next(changed);
        let write = |at, bytes: &[u8]| self.file.write_all_at(bytes, at);
        self.page(first_row).paint(&self.placement, frame, &stale, write)?;
        self.pages.turn()
    }

    /// Blackens every page.
    fn clear(&self) -> io::Result<()> {
        let write = |at, bytes: &[u8]| self.file.write_all_at(bytes, at);
        let mut rows = self.pages.rows.iter();
        rows.try_for_each(|first_row| self.page(*first_row).clear(self.geometry.visible, write))
    }
}

/// The pages of the memory: two where there is room and this user may turn them, so that a picture appears at once
/// and whole; else the one that is visible. sysfs has a file for turning, so no call of the device is needed.
struct Pages {
    /// The first row of each.
    rows: Vec<u32>,
    /// What each does not show yet.
    stale: Vec<Vec<Rectangle>>,
    front: usize,
    pan: PathBuf,
    from: (u32, u32),
}

impl Pages {
    fn of(geometry: &Geometry, pan: PathBuf) -> Self {
        let (height, from) = (geometry.visible.1, geometry.from);
        let beside = if from.1 >= height { 0 } else { from.1 + height };
        let has_room = beside + height <= geometry.rows;
        let may_turn = || fs::OpenOptions::new().write(true).open(&pan).is_ok();
        let rows = if has_room && may_turn() { vec![from.1, beside] } else { vec![from.1] };
        Self { stale: vec![Vec::new(); rows.len()], rows, front: 0, pan, from }
    }

    fn back(&self) -> usize {
        (self.front + 1) % self.rows.len()
    }

    /// The first row of the page to draw on, and all that has changed since it was drawn on.
    fn next(&mut self, changed: &[Rectangle]) -> (u32, Vec<Rectangle>) {
        for stale in &mut self.stale {
            stale.extend(changed);
        }
        let back = self.back();
        (self.rows[back], std::mem::take(&mut self.stale[back]))
    }

    /// Brings that page to the front.
    fn turn(&mut self) -> io::Result<()> {
        let back = self.back();
        if back != self.front {
            fs::write(&self.pan, format!("{},{}", self.from.0, self.rows[back]))?;
        }
        self.front = back;
        Ok(())
    }

    fn put_back(&self) -> io::Result<()> {
        if self.rows.len() == 1 {
            Ok(())
        } else {
            fs::write(&self.pan, format!("{},{}", self.from.0, self.from.1))
        }
    }
}

/// The light behind it, or, without one that can be set, its power.
enum Light {
    Backlight(Backlight),
    /// The file `blank`, if this user may write it.
    Power(Option<PathBuf>),
}

impl Light {
    fn open(named: Option<&Path>, sys: &Path, blank: PathBuf) -> Result<Self, PanelFault> {
        if let Some(folder) = named {
            return Backlight::open(folder).map(Self::Backlight);
        }
        // One that nobody named may be another screen's or not this user's: then it is left alone.
        let only = Backlight::only(&sys.join("class/backlight"));
        if let Some(light) = only.and_then(|folder| Backlight::open(&folder).ok()) {
            return Ok(Self::Backlight(light));
        }
        Ok(Self::Power(fs::write(&blank, LIT).is_ok().then_some(blank)))
    }

    fn set(&self, percent: u8) -> Result<(), PanelFault> {
        match self {
            Self::Backlight(light) => light.set(percent),
            Self::Power(None) => Ok(()),
            Self::Power(Some(blank)) => {
                fs::write(blank, if percent == 0 { DARK } else { LIT }).map_err(|error| PanelFault {
                    what: format!("the screen's power cannot be set with {}: {error}", blank.display()),
                    mend: "see that it is plugged in".to_owned(),
                })
            }
        }
    }

    fn put_back(&self) -> Result<(), PanelFault> {
        match self {
            Self::Backlight(light) => light.put_back(),
            Self::Power(_) => self.set(100),
        }
    }
}

/// What to do about a screen's device that this user may not open. `what` is what cannot be done.
pub(super) fn not_opened(device: &Path, error: &io::Error) -> PanelFault {
    let mend = if error.kind() == io::ErrorKind::PermissionDenied {
        "this user may not use it: run: sudo usermod -aG video qrtill, and start it again"
    } else if error.kind() == io::ErrorKind::NotFound {
        "plug the screen in, or name another device: `ls /dev/fb* /dev/dri/card*`"
    } else {
        "see that no other program has the screen"
    };
    PanelFault { what: format!("{}: {error}", device.display()), mend: mend.to_owned() }
}

pub(super) fn too_small(device: &Path, spec: &PanelSpec, screen: (u32, u32)) -> PanelFault {
    PanelFault {
        what: format!(
            "{} is a screen of {}x{}, too small for {}, which is {}x{}",
            device.display(),
            screen.0,
            screen.1,
            spec.name,
            spec.width,
            spec.height
        ),
        mend: "put name = \"auto\" into its table and start the terminal again, or set its rotation"
            .to_owned(),
    }
}

fn lost(device: &Path, error: &io::Error) -> PanelFault {
    PanelFault {
        what: format!("the screen {} does not take the picture: {error}", device.display()),
        mend: "see that it is plugged in".to_owned(),
    }
}
