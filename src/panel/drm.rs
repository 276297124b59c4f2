//! A screen through the kernel's mode setting, `/dev/dri/cardN`: HDMI and DSI without a framebuffer device. One
//! buffer that the screen shows all the time, and the kernel told which boxes of it changed: a picture here lasts
//! seconds, and a second buffer with page flips would wait for a screen that may be off.

mod output;

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use drm::Device as Node;
use drm::buffer::Buffer;
use drm::buffer::DrmFourcc;
use drm::control::Device as Control;
use drm::control::Mode;
use drm::control::connector;
use drm::control::crtc;
use drm::control::dumbbuffer::DumbBuffer;
use drm::control::framebuffer;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

pub use self::output::Output;
pub use self::output::choose;
pub use self::output::clips;
use super::Turn;
use super::backlight;
use super::backlight::Backlight;
use super::framebuffer::not_opened;
use super::framebuffer::too_small;
use super::raster;
use super::raster::Format;
use super::raster::Placement;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::PanelSpec;
use crate::port::panel::Picture;

/// Where cards are looked for; a Pi's first one may be for drawing only.
const FOLDER: &str = "/dev/dri";
/// How often the plug is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Which screen, and how it is built in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Such as `/dev/dri/card1`; the first one with a screen, where none is named.
    pub device: Option<PathBuf>,
    /// Such as `HDMI-A-1` or `DSI-1`; the first one with a screen, where none is named.
    pub connector: Option<String>,
    pub rotation: Turn,
    /// The kernel's folder of its light; the only one there is, where none is named.
    pub backlight_dir: Option<PathBuf>,
}

/// A panel of the size that the screen prefers.
///
/// # Errors
/// Where there is no screen, or it is not this user's.
pub fn measure(options: &Options, pitch_um: Option<u32>) -> Result<PanelSpec, PanelFault> {
    let found = find(options)?;
    Ok(raster::spec_of(found.output.size(), options.rotation, pitch_um))
}

/// Makes the screen show the picture in place of the text console.
///
/// # Errors
/// Where there is no screen, it is not this user's or smaller than the frame, or another program has it.
pub fn open(options: &Options, spec: &PanelSpec) -> Result<Box<dyn Panel>, PanelFault> {
    let Found { card, device, output } = find(options)?;
    let frame = Size::new(spec.width, spec.height);
    let placement = Placement::new(frame, output.size(), options.rotation)
        .ok_or_else(|| too_small(&device, spec, output.size()))?;
    let light = light(options.backlight_dir.as_deref())?;
    let (width, height) = output.size();
    let lost = |error: io::Error| taken(&device, &error);
    let before = card.get_crtc(output.crtc).map_err(lost)?;
    let buffer = card.create_dumb_buffer((width, height), DrmFourcc::Xrgb8888, 32).map_err(lost)?;
    let shown = match card.add_framebuffer(&buffer, 24, 32) {
        Ok(shown) => shown,
        Err(error) => {
            let _gone = card.destroy_dumb_buffer(buffer);
            return Err(taken(&device, &error));
        }
    };
    let screen = Screen { card, device, output, before, buffer, shown, placement, light, restored: false };
    let shows = [screen.output.connector];
    let set = screen.card.set_crtc(screen.output.crtc, Some(shown), (0, 0), &shows, Some(screen.output.mode));
    set.map_err(|error| taken(&screen.device, &error))?;
    Ok(Box::new(screen))
}

/// A card of the kernel's mode setting.
#[derive(Debug)]
struct Card(fs::File);

impl AsFd for Card {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Node for Card {}
impl Control for Card {}

struct Found {
    card: Card,
    device: PathBuf,
    output: Output<connector::Handle, crtc::Handle, Mode>,
}

fn find(options: &Options) -> Result<Found, PanelFault> {
    if let Some(device) = &options.device {
        return look(device, options.connector.as_deref());
    }
    let mut fault = PanelFault {
        what: format!("the kernel has no screen in {FOLDER}"),
        mend: "put dtoverlay=vc4-kms-v3d into /boot/firmware/config.txt, plug the screen in and start the machine \
               again; kind = \"framebuffer\" is for screens without"
            .to_owned(),
    };
    for device in cards(Path::new(FOLDER)) {
        match look(&device, options.connector.as_deref()) {
            Ok(found) => return Ok(found),
            // The last is told: the first cards may have nothing to do with screens.
            Err(other) => fault = other,
        }
    }
    Err(fault)
}

/// The cards there are, in their order.
fn cards(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_card = |name: &str| name.strip_prefix("card").is_some_and(|rest| rest.parse::<u32>().is_ok());
    let mut cards: Vec<_> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_card))
        .map(|entry| entry.path())
        .collect();
    cards.sort();
    cards
}

/// The screen to use of this card.
fn look(device: &Path, wanted: Option<&str>) -> Result<Found, PanelFault> {
    let file = fs::OpenOptions::new().read(true).write(true).open(device);
    let card = Card(file.map_err(|error| not_opened(device, &error))?);
    let outputs = survey(&card).map_err(|error| PanelFault {
        what: format!("{} is for no screens: {error}", device.display()),
        mend: format!("name another card of `ls {FOLDER}`, or none, so that the one with a screen is taken"),
    })?;
    let output = choose(outputs, wanted, device)?;
    Ok(Found { card, device: device.to_owned(), output })
}

type Seen = output::Connector<connector::Handle, crtc::Handle, Mode>;

/// Every connector of the card with what it could show.
fn survey(card: &Card) -> io::Result<Vec<Seen>> {
    let resources = card.resource_handles()?;
    let mut seen = Vec::new();
    for handle in resources.connectors() {
        // Asks the screen, which takes a moment.
        let info = card.get_connector(*handle, true)?;
        let crtcs = crtcs(card, &resources, &info);
        seen.push(output::Connector {
            handle: *handle,
            name: info.to_string(),
            plugged: info.state() == connector::State::Connected,
            modes: info.modes().iter().map(|mode| (*mode, preferred(mode), size(mode))).collect(),
            crtcs,
        });
    }
    Ok(seen)
}

fn preferred(mode: &Mode) -> bool {
    mode.mode_type().contains(drm::control::ModeTypeFlags::PREFERRED)
}

fn size(mode: &Mode) -> (u32, u32) {
    let (width, height) = mode.size();
    (width.into(), height.into())
}

/// What can drive the connector; first what drives it now, so that nothing else changes.
fn crtcs(
    card: &Card,
    resources: &drm::control::ResourceHandles,
    info: &connector::Info,
) -> Vec<crtc::Handle> {
    let encoder = |handle| card.get_encoder(handle).ok();
    let now = info.current_encoder().and_then(encoder).and_then(|encoder| encoder.crtc());
    let could = info.encoders().iter().filter_map(|handle| encoder(*handle));
    let could = could.flat_map(|encoder| resources.filter_crtcs(encoder.possible_crtcs()));
    now.into_iter().chain(could).collect()
}

fn light(named: Option<&Path>) -> Result<Option<Backlight>, PanelFault> {
    if let Some(folder) = named {
        return Backlight::open(folder).map(Some);
    }
    // One that nobody named may be another screen's or not this user's: then it is left alone.
    Ok(Backlight::only(Path::new(backlight::FOLDER)).and_then(|folder| Backlight::open(&folder).ok()))
}

struct Screen {
    card: Card,
    device: PathBuf,
    output: Output<connector::Handle, crtc::Handle, Mode>,
    /// What was shown before.
    before: crtc::Info,
    buffer: DumbBuffer,
    shown: framebuffer::Handle,
    placement: Placement,
    light: Option<Backlight>,
    restored: bool,
}

impl Panel for Screen {
    fn show(&mut self, picture: &Picture, changed: &[Rectangle]) -> Result<(), PanelFault> {
        let (placement, pitch) = (self.placement, self.buffer.pitch() as usize);
        let mut memory =
            self.card.map_dumb_buffer(&mut self.buffer).map_err(|error| taken(&self.device, &error))?;
        for area in changed {
            let put = |x: u32, y: u32, bytes: &[u8]| {
                let at = y as usize * pitch + x as usize * Format::Xrgb8888.bytes();
                // Inside, as the buffer has the screen's size.
                if let Some(row) = memory.get_mut(at..at + bytes.len()) {
                    row.copy_from_slice(bytes);
                }
                Ok::<(), std::convert::Infallible>(())
            };
            let Ok(()) = placement.paint(&picture.frame, area, Format::Xrgb8888, put);
        }
        drop(memory);
        self.tell(changed)
    }

    fn light(&mut self, percent: u8) -> Result<(), PanelFault> {
        self.light.as_ref().map_or(Ok(()), |light| light.set(percent))
    }

    /// A screen that was unplugged is told, and found again when it is back.
    fn tend(&mut self) -> Result<Option<Duration>, PanelFault> {
        let info = self.card.get_connector(self.output.connector, false);
        let info = info.map_err(|error| taken(&self.device, &error))?;
        if info.state() == connector::State::Disconnected {
            return Err(output::unplugged(&self.device, &self.output.name));
        }
        Ok(Some(LOOK))
    }

    fn close(&mut self) -> Result<(), PanelFault> {
        let lit = self.light.as_ref().map_or(Ok(()), Backlight::put_back);
        self.restore().map_err(|error| taken(&self.device, &error)).and(lit)
    }
}

impl Screen {
    /// Which boxes of the buffer are new: cards that send pictures over a wire need it, the others refuse it.
    fn tell(&self, changed: &[Rectangle]) -> Result<(), PanelFault> {
        let clips = clips(&self.placement, changed);
        match self.card.dirty_framebuffer(self.shown, &clips) {
            Ok(()) => Ok(()),
            Err(error) if output::needs_no_telling(&error) => Ok(()),
            Err(error) => Err(taken(&self.device, &error)),
        }
    }

    /// Shows again what was shown before; the kernel's console comes back by itself where it was that.
    fn restore(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.restored, true) {
            return Ok(());
        }
        let (before, mode) = (self.before.framebuffer(), self.before.mode());
        let shows = [self.output.connector];
        let shows = if before.is_some() && mode.is_some() { &shows[..] } else { &[] };
        let mode = before.and(mode);
        let put_back = self.card.set_crtc(self.output.crtc, before, self.before.position(), shows, mode);
        let freed = self.card.destroy_framebuffer(self.shown);
        let buffer = self.card.destroy_dumb_buffer(self.buffer);
        put_back.and(freed).and(buffer)
    }
}

/// After a fault there is nobody to tell of another one.
impl Drop for Screen {
    fn drop(&mut self) {
        let _told = self.restore();
    }
}

/// A card that does not do as it is told.
fn taken(device: &Path, error: &io::Error) -> PanelFault {
    let mend = if output::has_another_master(error) {
        "another program has the screen, such as a desktop: stop it, and keep it from starting with: sudo systemctl \
         set-default multi-user.target"
    } else {
        "see that the screen is plugged in"
    };
    PanelFault { what: format!("the screen of {}: {error}", device.display()), mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_is_none_or_not_there_says_what_to_do() {
        let at = |device: &str| {
            let options = Options { device: Some(device.into()), ..Options::default() };
            measure(&options, None).err().unwrap().to_string()
        };
        let fault = at("/dev/null");
        assert!(
            fault.starts_with("/dev/null is for no screens: ") && fault.contains("ls /dev/dri"),
            "{fault}"
        );
        let fault = at("/dev/dri/card99");
        assert!(fault.contains("plug the screen in"), "{fault}");
    }

    #[test]
    fn cards_are_tried_in_their_order_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["card1", "renderD128", "card0", "cardboard", "by-path"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> =
            cards(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["card0", "card1"]);
    }

    #[test]
    fn another_program_that_has_the_screen_is_named_as_such() {
        // EACCES is what the kernel answers to whoever is not the master, EBUSY where something is under way.
        for code in [13, 16] {
            let fault = taken(Path::new("/dev/dri/card0"), &io::Error::from_raw_os_error(code)).to_string();
            assert!(fault.contains("another program has the screen"), "{fault}");
        }
        let fault = taken(Path::new("/dev/dri/card0"), &io::Error::from_raw_os_error(19)).to_string();
        assert!(fault.contains("plugged in"), "{fault}");
    }
}
