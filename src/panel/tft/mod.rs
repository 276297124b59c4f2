//! A colour TFT on SPI. Only what changed is sent, box by box, in pieces that the kernel takes.

mod controller;
mod wire;

use std::fmt::Display;
use std::path::PathBuf;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::primitives::Rectangle;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;
use linux_embedded_hal::Delay;
use mipidsi::Builder;
use mipidsi::ConfigurationError;
use mipidsi::Display as Glass;
use mipidsi::InitError;
use mipidsi::NoResetPin;
use mipidsi::interface::Interface;
use mipidsi::interface::InterfacePixelFormat;
use mipidsi::models;
use mipidsi::models::Model;
use mipidsi::options::ColorInversion;
use mipidsi::options::ColorOrder;
use mipidsi::options::Orientation;
use mipidsi::options::Rotation;

pub use self::controller::Controller;
pub use self::controller::Traits;
use self::wire::Bytes;
use self::wire::Unsent;
use self::wire::Wire;
use self::wire::Words;
use super::Turn;
use super::backlight::Backlight;
use super::device;
use super::device::Light;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::PanelSpec;
use crate::port::panel::Picture;

/// How long the reset line is held low, and the wait after it, in milliseconds.
const RESET_MS: u32 = 10;
const AWAKE_MS: u32 = 120;

/// What the glass is like and how it is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub controller: Controller,
    pub words: bool,
    /// Where the glass begins in the controller's memory: column and row at rotation 0.
    pub offset: (u32, u32),
    pub rotation: Turn,
    /// Seen from behind.
    pub mirrored: bool,
    pub bgr: bool,
    pub invert: bool,
}

/// A panel and how it is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub look: Look,
    pub device: PathBuf,
    pub speed_hz: u32,
    /// The GPIO chip of all the lines.
    pub gpio: PathBuf,
    pub dc: u32,
    pub reset: Option<u32>,
    /// The line of the light.
    pub backlight: Option<u32>,
    /// The kernel's folder of the light, in place of a line.
    pub backlight_dir: Option<PathBuf>,
}

/// The lines beside the bus.
#[derive(Debug)]
pub struct Lines<P> {
    /// Low for commands, high for data.
    pub dc: P,
    /// Low resets.
    pub reset: Option<P>,
    pub light: Light<P>,
}

/// Opens the devices and starts the panel.
///
/// # Errors
/// Where a device is not there or is not this user's. A controller cannot answer over these wires: one that is
/// not there is not noticed.
pub fn open(options: &Options, spec: &PanelSpec) -> Result<Box<dyn Panel>, PanelFault> {
    let spi = device::spi(&options.device, options.speed_hz)?;
    let line = |number: u32, is_high| device::line(&options.gpio, number, is_high);
    let light = match (&options.backlight_dir, options.backlight) {
        (Some(folder), _) => Light::File(Backlight::open(folder)?),
        // Dark until there is a picture: the controller's memory holds noise.
        (None, Some(number)) => Light::Line(line(number, false)?),
        (None, None) => Light::None,
    };
    let reset = options.reset.map(|number| line(number, true)).transpose()?;
    let lines = Lines { dc: line(options.dc, true)?, reset, light };
    start(&options.look, spec, &options.device.display().to_string(), spi, lines, &mut Delay)
}

/// Starts the panel on any bus and lines. `name` is what faults call it.
///
/// # Errors
/// Where the bus does not take what is sent, or the glass does not fit into the controller's memory.
pub fn start<S, P>(
    look: &Look,
    spec: &PanelSpec,
    name: &str,
    spi: S,
    lines: Lines<P>,
    delay: &mut impl DelayNs,
) -> Result<Box<dyn Panel>, PanelFault>
where
    S: SpiDevice<Error: Display> + Send + 'static,
    P: OutputPin<Error: Display> + Send + 'static,
{
    let Lines { dc, mut reset, light } = lines;
    if let Some(line) = &mut reset {
        pulse(line, delay).map_err(|error| device::lost(name, error))?;
    }
    let rest = Rest { name: name.to_owned(), light, _reset: reset };
    if look.words {
        let wire = Wire::<S, P, Words>::new(spi, dc);
        return match look.controller {
            Controller::Ili9486 => init(models::ILI9486Rgb565, wire, look, spec, rest, delay),
            Controller::Ili9488 => init(models::ILI9488Rgb565, wire, look, spec, rest, delay),
            Controller::Gc9107
            | Controller::Gc9a01
            | Controller::Ili9225
            | Controller::Ili9341
            | Controller::Ili9342c
            | Controller::St7735s
            | Controller::St7789
            | Controller::St7796 => Err(PanelFault {
                what: format!("no board takes 16-bit words for the {}", look.controller.traits().name),
                mend: "leave `wire` out".to_owned(),
            }),
        };
    }
    let wire = Wire::<S, P, Bytes>::new(spi, dc);
    match look.controller {
        Controller::Gc9107 => init(models::GC9107, wire, look, spec, rest, delay),
        Controller::Gc9a01 => init(models::GC9A01, wire, look, spec, rest, delay),
        Controller::Ili9225 => init(models::ILI9225Rgb565, wire, look, spec, rest, delay),
        Controller::Ili9341 => init(models::ILI9341Rgb565, wire, look, spec, rest, delay),
        Controller::Ili9342c => init(models::ILI9342CRgb565, wire, look, spec, rest, delay),
        // On a serial bus these two take 18 bits a pixel and no other.
        Controller::Ili9486 => init(models::ILI9486Rgb666, wire, look, spec, rest, delay),
        Controller::Ili9488 => init(models::ILI9488Rgb666, wire, look, spec, rest, delay),
        Controller::St7735s => init(models::ST7735s, wire, look, spec, rest, delay),
        Controller::St7789 => init(models::ST7789, wire, look, spec, rest, delay),
        Controller::St7796 => init(models::ST7796, wire, look, spec, rest, delay),
    }
}

fn pulse<P: OutputPin>(line: &mut P, delay: &mut impl DelayNs) -> Result<(), P::Error> {
    line.set_low()?;
    delay.delay_ms(RESET_MS);
    line.set_high()?;
    delay.delay_ms(AWAKE_MS);
    Ok(())
}

/// What there is besides the controller's bus.
struct Rest<P> {
    name: String,
    light: Light<P>,
    /// Held, since a line that is let go of may fall and reset the panel.
    _reset: Option<P>,
}

fn init<I, M, P>(
    model: M,
    wire: I,
    look: &Look,
    spec: &PanelSpec,
    rest: Rest<P>,
    delay: &mut impl DelayNs,
) -> Result<Box<dyn Panel>, PanelFault>
where
    I: Interface<Word = u8, Error = Unsent> + Send + 'static,
    M: Model<ColorFormat: InterfacePixelFormat<u8> + From<Rgb565>> + Send + 'static,
    P: OutputPin<Error: Display> + Send + 'static,
{
    let (width, height) = look.rotation.upright(spec.width, spec.height);
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
    let orientation = Orientation { rotation: rotation(look.rotation), mirrored: look.mirrored };
    let glass = Builder::new(model, wire)
        .display_size(side(width), side(height))
        .display_offset(side(look.offset.0), side(look.offset.1))
        .orientation(orientation)
        .color_order(if look.bgr { ColorOrder::Bgr } else { ColorOrder::Rgb })
        .invert_colors(if look.invert { ColorInversion::Inverted } else { ColorInversion::Normal })
        .init(delay);
    let glass = glass.map_err(|error| match error {
        InitError::Interface(error) => device::lost(&rest.name, error),
        InitError::ResetPin(never) => match never {},
        InitError::InvalidConfiguration(error) => no_fit(look, spec, &error),
    })?;
    Ok(Box::new(Tft { glass, rest }))
}

fn rotation(turn: Turn) -> Rotation {
    match turn {
        Turn::None => Rotation::Deg0,
        Turn::Right => Rotation::Deg90,
        Turn::Half => Rotation::Deg180,
        Turn::Left => Rotation::Deg270,
    }
}

fn no_fit(look: &Look, spec: &PanelSpec, error: &ConfigurationError) -> PanelFault {
    let Traits { name, memory: (columns, rows), .. } = look.controller.traits();
    PanelFault {
        what: format!("{} does not fit the {name}'s {columns} by {rows} pixels: {error:?}", spec.name),
        mend: "see `name`, `controller`, `rotation` and the offsets in its table".to_owned(),
    }
}

struct Tft<I, M, P>
where
    I: Interface<Word = u8>,
    M: Model<ColorFormat: InterfacePixelFormat<u8>>,
{
    glass: Glass<I, M, NoResetPin>,
    rest: Rest<P>,
}

impl<I, M, P> Panel for Tft<I, M, P>
where
    I: Interface<Word = u8, Error = Unsent> + Send,
    M: Model<ColorFormat: InterfacePixelFormat<u8> + From<Rgb565>> + Send,
    P: OutputPin<Error: Display> + Send,
{
    fn show(&mut self, picture: &Picture, changed: &[Rectangle]) -> Result<(), PanelFault> {
        let frame = &picture.frame;
        for area in changed {
            let (left, right) = (area.columns().start as usize, area.columns().end as usize);
            let (top, bottom) = (area.rows().start as usize, area.rows().end as usize);
            let width = frame.width() as usize;
            let rows = frame.pixels().chunks_exact(width).skip(top).take(bottom - top);
            let pixels = rows.flat_map(|row| &row[left..right]).map(|pixel| M::ColorFormat::from(*pixel));
            // Boxes are inside the frame and the frame is as large as the glass, which fits 16 bits.
            let sent = self.glass.set_pixels(
                left as u16,
                top as u16,
                (right - 1) as u16,
                (bottom - 1) as u16,
                pixels,
            );
            sent.map_err(|error| device::lost(&self.rest.name, error))?;
        }
        Ok(())
    }

    fn light(&mut self, percent: u8) -> Result<(), PanelFault> {
        self.rest.light.set(percent)
    }

    fn close(&mut self) -> Result<(), PanelFault> {
        self.rest.light.put_back()
    }
}
