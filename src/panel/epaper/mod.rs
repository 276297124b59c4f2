//! E-paper on SPI: what it shows stays without power, a whole refresh takes seconds, and too many of them wear it
//! out. `pace` has the rules, `glass` and `ssd16` the modules, `wire` what keeps a driver from waiting for ever.

mod glass;
mod module;
mod pace;
mod ssd16;
mod wire;

use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::Delay;
use linux_embedded_hal::SpidevDevice;

pub use self::glass::Glass;
pub use self::module::Module;
pub use self::pace::Change;
pub use self::pace::Pace;
pub use self::pace::Rules;
pub use self::pace::Step;
pub use self::wire::Hat;
pub use self::wire::Parts;
use self::wire::Trouble;
use self::wire::Wire;
use super::device;
use super::raster::Placement;
use crate::port::panel::Frame;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::Picture;

/// A whole refresh takes five seconds, and four times that in the cold.
const BUSY_MOST: Duration = Duration::from_secs(20);
/// A change that takes no more of the glass than one part of so many lies beside the code.
const BESIDE_PART: usize = 5;

/// Which module, and how it is wired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub module: Module,
    /// Built in upside down.
    pub turned: bool,
    pub rules: Rules,
    pub device: PathBuf,
    pub speed_hz: u32,
    /// The GPIO chip of all the lines.
    pub gpio: PathBuf,
    pub dc: u32,
    pub reset: u32,
    pub busy: u32,
    /// Switches the module's power on, on boards that have such a line.
    pub power: Option<u32>,
}

/// The devices of Linux.
struct Linux;

impl Hat for Linux {
    type Spi = SpidevDevice;
    type Out = CdevPin;
    type In = CdevPin;
    type Delay = Delay;
}

/// Opens the devices and starts the module.
///
/// # Errors
/// Where a device is not there or is not this user's, or BUSY is not released.
pub fn open(options: &Options) -> Result<Box<dyn Panel>, PanelFault> {
    let parts: Parts<Linux> = Parts {
        spi: device::spi(&options.device, options.speed_hz)?,
        dc: device::line(&options.gpio, options.dc, false)?,
        reset: device::line(&options.gpio, options.reset, true)?,
        busy: device::input(&options.gpio, options.busy)?,
        power: options.power.map(|number| device::line(&options.gpio, number, true)).transpose()?,
        delay: Delay,
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a panel's thread has no clock of the loop's; only waits are told"
    )]
    let start = Instant::now();
    let setup = Setup {
        module: options.module,
        turned: options.turned,
        rules: options.rules,
        busy: format!("line {} of {}", options.busy, options.gpio.display()),
    };
    self::start(setup, parts, move || start.elapsed())
}

/// What a module is to be like, without its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    pub module: Module,
    /// Built in upside down.
    pub turned: bool,
    pub rules: Rules,
    /// The BUSY line, in words.
    pub busy: String,
}

/// Starts the module on these devices. `clock` tells the time since any moment.
///
/// # Errors
/// Where a device does not do as it is told, or BUSY is not released.
pub fn start<H: Hat>(
    setup: Setup,
    parts: Parts<H>,
    clock: impl FnMut() -> Duration + Send + 'static,
) -> Result<Box<dyn Panel>, PanelFault> {
    let Setup { module, turned, rules, busy } = setup;
    let wire = Wire::new(parts, BUSY_MOST);
    let glass = module.start(&wire);
    wire.finish().map_err(|trouble| fault(module, &busy, trouble))?;
    let (width, height) = module.memory();
    let turn = module.turn(turned);
    let (across, down) = turn.upright(width, height);
    let placement = Placement::new(Size::new(across, down), (width, height), turn);
    // The upright size is the memory's, turned.
    let placement = placement.ok_or_else(|| PanelFault {
        what: format!("{} has no size", module.name()),
        mend: "name another module".to_owned(),
    })?;
    let pace = Pace::new(rules, glass.has_quick());
    let clock = Box::new(clock);
    let memory = (width as usize, height as usize);
    Ok(Box::new(EPaper {
        module,
        busy,
        wire,
        glass,
        pace,
        placement,
        memory,
        clock,
        shown: None,
        wanted: None,
    }))
}

struct EPaper<H: Hat> {
    module: Module,
    busy: String,
    wire: Wire<H>,
    glass: Box<dyn Glass>,
    pace: Pace,
    placement: Placement,
    /// Columns and rows.
    memory: (usize, usize),
    clock: Box<dyn FnMut() -> Duration + Send>,
    /// What is on the glass.
    shown: Option<Image>,
    /// What is to be on it.
    wanted: Option<Image>,
}

/// A picture as the controller takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Image {
    bits: Vec<u8>,
    code: bool,
}

impl<H: Hat> Panel for EPaper<H> {
    /// What changed is looked for in the controller's bits, against what is on the glass.
    fn show(&mut self, picture: &Picture, _changed: &[Rectangle]) -> Result<(), PanelFault> {
        let frame = &picture.frame;
        if frame.size() != self.placement.frame() {
            return Err(self.wrong_size(frame));
        }
        let image = Image { bits: pack(&self.placement, frame, self.memory), code: picture.code };
        let now = (self.clock)();
        match self.change(&image) {
            None => self.pace.settle(),
            Some(change) => self.pace.want(change, now),
        }
        self.wanted = Some(image);
        self.advance().map(drop)
    }

    fn light(&mut self, _percent: u8) -> Result<(), PanelFault> {
        Ok(())
    }

    fn tend(&mut self) -> Result<Option<Duration>, PanelFault> {
        self.advance()
    }

    /// The last picture stays for as long as the shop is closed: it has to be the right one.
    fn close(&mut self) -> Result<(), PanelFault> {
        if self.wanted.is_some() && self.wanted != self.shown {
            self.refresh(Step::Full)?;
        }
        self.refresh(Step::Sleep)
    }
}

impl<H: Hat> EPaper<H> {
    /// What this picture would change on the glass.
    fn change(&self, image: &Image) -> Option<Change> {
        let Some(shown) = &self.shown else { return Some(Change::Code) };
        let (columns, rows) = extent(&shown.bits, &image.bits, self.memory.0.div_ceil(8))?;
        let is_small = columns * 8 * rows * BESIDE_PART <= self.memory.0 * self.memory.1;
        Some(match (shown.code, image.code) {
            (false, false) => Change::Plain,
            (true, true) if is_small => Change::Beside,
            (true, _) | (_, true) => Change::Code,
        })
    }

    /// Does what is due, and tells when to look again.
    fn advance(&mut self) -> Result<Option<Duration>, PanelFault> {
        loop {
            let now = (self.clock)();
            match self.pace.next(now) {
                Step::Wait(due) => return Ok(due),
                step @ (Step::Full | Step::Quick | Step::Sleep) => self.refresh(step)?,
            }
        }
    }

    fn refresh(&mut self, step: Step) -> Result<(), PanelFault> {
        self.wire.begin();
        let image = self.wanted.as_ref().or(self.shown.as_ref());
        let old = self.shown.as_ref();
        if self.pace.is_asleep() && step != Step::Sleep {
            self.glass.wake();
        }
        let done = match (step, image, old) {
            (Step::Quick, Some(image), Some(old)) => {
                self.glass.quick(&old.bits, &image.bits);
                self.wire.refreshed()
            }
            (Step::Full | Step::Quick, Some(image), _) => {
                self.glass.full(&image.bits);
                self.wire.refreshed()
            }
            (Step::Sleep, _, _) if !self.pace.is_asleep() => {
                self.glass.sleep();
                self.wire.finish()
            }
            (Step::Full | Step::Quick | Step::Sleep | Step::Wait(_), _, _) => Ok(()),
        };
        done.map_err(|trouble| fault(self.module, &self.busy, trouble))?;
        if matches!(step, Step::Full | Step::Quick) {
            self.shown = self.wanted.take().or(self.shown.take());
        }
        let now = (self.clock)();
        self.pace.did(step, now);
        Ok(())
    }

    fn wrong_size(&self, frame: &Frame) -> PanelFault {
        PanelFault {
            what: format!(
                "a picture of {}x{} is not for {}",
                frame.width(),
                frame.height(),
                self.module.name()
            ),
            mend: format!("put name = \"{}\" into its table", self.module.panel()),
        }
    }
}

/// The frame as the controller takes it: a bit a pixel, 1 is white, and white behind the last column.
fn pack(placement: &Placement, frame: &Frame, (width, height): (usize, usize)) -> Vec<u8> {
    let mut bits = vec![0xff; width.div_ceil(8) * height];
    for (row, bytes) in bits.chunks_exact_mut(width.div_ceil(8)).enumerate() {
        for (column, pixel) in placement.row(frame, row as i32, 0..width as i32).enumerate() {
            if pixel.g() < Rgb565::MAX_G / 2 {
                bytes[column / 8] &= !(0x80 >> (column % 8));
            }
        }
    }
    bits
}

/// Bytes across and rows down of the box around all that differs; `None` where nothing does.
fn extent(old: &[u8], new: &[u8], row_bytes: usize) -> Option<(usize, usize)> {
    let differing = || old.iter().zip(new).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    let (first, last) = (differing().next()?, differing().next_back()?);
    let left = differing().map(|at| at % row_bytes).min()?;
    let right = differing().map(|at| at % row_bytes).max()?;
    Some((right - left + 1, last / row_bytes - first / row_bytes + 1))
}

fn fault(module: Module, busy: &str, trouble: Trouble) -> PanelFault {
    let name = module.name();
    let seconds = BUSY_MOST.as_secs();
    match trouble {
        Trouble::Device("bus", error) => device::lost(&format!("the e-paper {name}"), error),
        Trouble::Device(line, error) => PanelFault {
            what: format!("the {line} line of the e-paper {name} cannot be used: {error}"),
            mend: format!("see `{line}` in its table"),
        },
        Trouble::Stuck => PanelFault {
            what: format!("the e-paper {name} is busy for more than {seconds} s by its BUSY line, {busy}"),
            mend: "see that BUSY, RST and power sit firmly, and that `module` is what is printed on its back"
                .to_owned(),
        },
        Trouble::Silent => PanelFault {
            what: format!("the e-paper {name} does not answer: its BUSY line, {busy}, stays as it is"),
            mend: "see that it is plugged in, that BUSY is wired to that line, and that `module` is what is \
                   printed on its back"
                .to_owned(),
        },
    }
}
