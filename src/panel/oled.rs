//! A small OLED with an SSD1306 or SH1106, on I2C or SPI. Both keep eight rows of pixels in a page and are written
//! page by page here, which is all that the SH1106 can.

use std::fmt::Display;
use std::path::PathBuf;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;
use linux_embedded_hal::Delay;

use super::device;
use crate::port::panel::Frame;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::Picture;

/// The glass of both controllers.
pub const WIDTH: u32 = 128;
pub const HEIGHT: u32 = 64;
const PAGES: u8 = 8;
/// What comes next over I2C.
const COMMANDS: u8 = 0x00;
const DATA: u8 = 0x40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    Ssd1306,
    Sh1106,
}

impl Controller {
    pub const ALL: [Self; 2] = [Self::Ssd1306, Self::Sh1106];

    /// The name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssd1306 => "ssd1306",
            Self::Sh1106 => "sh1106",
        }
    }

    /// Columns of memory before the first that has glass.
    fn first_column(self) -> u8 {
        match self {
            Self::Ssd1306 => 0,
            // 132 columns, of which modules show those in the middle.
            Self::Sh1106 => 2,
        }
    }

    /// How it makes the voltage of its glass from that of the board.
    fn pump(self) -> [u8; 2] {
        match self {
            Self::Ssd1306 => [0x8d, 0x14],
            Self::Sh1106 => [0xad, 0x8b],
        }
    }
}

/// How it is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus {
    I2c { device: PathBuf, address: u8 },
    Spi { device: PathBuf, speed_hz: u32, gpio: PathBuf, dc: u32, reset: Option<u32> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub controller: Controller,
    pub bus: Bus,
    /// Built in upside down.
    pub turned: bool,
}

/// Opens the devices and starts the panel.
///
/// # Errors
/// Where a device is not there or is not this user's, or on I2C where nothing answers at the address.
pub fn open(options: &Options) -> Result<Box<dyn Panel>, PanelFault> {
    match &options.bus {
        Bus::I2c { device, address } => {
            let name = format!("{} address {address:#04x}", device.display());
            let bus = OverI2c { i2c: device::i2c(device)?, address: *address, message: Vec::new() };
            Ok(Box::new(start(options.controller, options.turned, &name, bus)?))
        }
        Bus::Spi { device, speed_hz, gpio, dc, reset } => {
            let spi = device::spi(device, *speed_hz)?;
            let name = device.display().to_string();
            let dc = device::line(gpio, *dc, false)?;
            let reset = reset.map(|number| device::line(gpio, number, true)).transpose()?;
            let bus =
                OverSpi::start(spi, dc, reset, &mut Delay).map_err(|error| device::lost(&name, error))?;
            Ok(Box::new(start(options.controller, options.turned, &name, bus)?))
        }
    }
}

/// What carries commands and data to the controller.
pub trait Carrier: Send {
    /// # Errors
    /// In words, where it did not get there.
    fn commands(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// # Errors
    /// As [`Carrier::commands`].
    fn data(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// An OLED on I2C.
#[derive(Debug)]
pub struct OverI2c<B> {
    pub i2c: B,
    pub address: u8,
    /// Kept, so that not every message takes new room.
    pub message: Vec<u8>,
}

impl<B: I2c<Error: Display> + Send> OverI2c<B> {
    fn send(&mut self, what: u8, bytes: &[u8]) -> Result<(), String> {
        self.message.clear();
        self.message.push(what);
        self.message.extend_from_slice(bytes);
        self.i2c.write(self.address, &self.message).map_err(|error| error.to_string())
    }
}

impl<B: I2c<Error: Display> + Send> Carrier for OverI2c<B> {
    fn commands(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.send(COMMANDS, bytes)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.send(DATA, bytes)
    }
}

/// An OLED on SPI.
#[derive(Debug)]
pub struct OverSpi<S, P> {
    spi: S,
    dc: P,
    /// Held, since a line that is let go of may fall and reset the panel.
    _reset: Option<P>,
}

impl<S, P> OverSpi<S, P>
where
    S: SpiDevice<Error: Display> + Send,
    P: OutputPin<Error: Display> + Send,
{
    /// Resets the controller, where there is a line for it.
    ///
    /// # Errors
    /// In words, where the line cannot be set.
    pub fn start(spi: S, dc: P, mut reset: Option<P>, delay: &mut impl DelayNs) -> Result<Self, String> {
        if let Some(line) = &mut reset {
            line.set_low().map_err(|error| error.to_string())?;
            delay.delay_ms(1);
            line.set_high().map_err(|error| error.to_string())?;
            delay.delay_ms(1);
        }
        Ok(Self { spi, dc, _reset: reset })
    }

    fn send(&mut self, is_data: bool, bytes: &[u8]) -> Result<(), String> {
        self.dc.set_state(is_data.into()).map_err(|error| error.to_string())?;
        self.spi.write(bytes).map_err(|error| error.to_string())
    }
}

impl<S, P> Carrier for OverSpi<S, P>
where
    S: SpiDevice<Error: Display> + Send,
    P: OutputPin<Error: Display> + Send,
{
    fn commands(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.send(false, bytes)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.send(true, bytes)
    }
}

/// Starts the panel on any bus. `name` is what faults call it.
///
/// # Errors
/// Where nothing takes what is sent.
pub fn start<C: Carrier>(
    controller: Controller,
    turned: bool,
    name: &str,
    carrier: C,
) -> Result<impl Panel + use<C>, PanelFault> {
    let mut oled = Oled { controller, carrier, name: name.to_owned(), lit: false };
    oled.set_up(turned)?;
    Ok(oled)
}

struct Oled<C> {
    controller: Controller,
    carrier: C,
    name: String,
    lit: bool,
}

impl<C: Carrier> Oled<C> {
    /// Leaves it dark, with nothing in its memory.
    fn set_up(&mut self, turned: bool) -> Result<(), PanelFault> {
        let pump = self.controller.pump();
        let (segments, rows) = if turned { (0xa0, 0xc0) } else { (0xa1, 0xc8) };
        self.commands(&[0xae])?;
        // The oscillator as fast as it goes: slower, a camera with a short shutter sees a part of the rows alone.
        self.commands(&[0xd5, 0xf0])?;
        self.commands(&[0xa8, (HEIGHT - 1) as u8])?;
        self.commands(&[0xd3, 0x00, 0x40])?;
        self.commands(&pump)?;
        if self.controller == Controller::Ssd1306 {
            self.commands(&[0x20, 0x02])?;
        }
        self.commands(&[segments, rows, 0xda, 0x12])?;
        self.commands(&[0xd9, 0xf1, 0xdb, 0x40])?;
        // What the memory holds, not inverted, and no scrolling left over from whoever had it before.
        self.commands(&[0xa4, 0xa6])?;
        if self.controller == Controller::Ssd1306 {
            self.commands(&[0x2e])?;
        }
        for page in 0..PAGES {
            self.write(page, 0, &[0; WIDTH as usize])?;
        }
        Ok(())
    }

    fn commands(&mut self, bytes: &[u8]) -> Result<(), PanelFault> {
        self.carrier.commands(bytes).map_err(|error| device::lost(&self.name, error))
    }

    /// Writes into a page, from this column of the glass on.
    fn write(&mut self, page: u8, column: u8, bytes: &[u8]) -> Result<(), PanelFault> {
        let column = column + self.controller.first_column();
        self.commands(&[0xb0 | page, column & 0x0f, 0x10 | (column >> 4)])?;
        self.carrier.data(bytes).map_err(|error| device::lost(&self.name, error))
    }
}

impl<C: Carrier> Panel for Oled<C> {
    fn show(&mut self, picture: &Picture, changed: &[Rectangle]) -> Result<(), PanelFault> {
        for area in changed {
            let corner = area.bottom_right().unwrap_or(area.top_left);
            // 128 by 64 pixels.
            let (left, right) = (area.top_left.x as u8, corner.x as u8);
            for page in (area.top_left.y / 8) as u8..=(corner.y / 8) as u8 {
                let bytes: Vec<u8> =
                    (left..=right).map(|column| eight(&picture.frame, column.into(), page.into())).collect();
                self.write(page, left, &bytes)?;
            }
        }
        Ok(())
    }

    /// The light is that of the pixels.
    fn light(&mut self, percent: u8) -> Result<(), PanelFault> {
        let is_lit = percent > 0;
        if is_lit {
            let contrast = (u32::from(percent.min(100)) * 255).div_ceil(100);
            self.commands(&[0x81, contrast as u8])?;
        }
        if is_lit != self.lit {
            self.commands(&[0xae | u8::from(is_lit)])?;
            self.lit = is_lit;
        }
        Ok(())
    }

    /// Dark: its picture would burn in while nobody moves it.
    fn close(&mut self) -> Result<(), PanelFault> {
        self.light(0)
    }
}

/// Eight pixels of a column from the top of a page down, the uppermost in the lowest bit; what is not black is lit.
fn eight(frame: &Frame, column: u32, page: u32) -> u8 {
    let lit = |row: u32| frame.pixel(column, page * 8 + row).is_some_and(|pixel| pixel != Rgb565::BLACK);
    (0..8).filter(|row| lit(*row)).fold(0, |byte, row| byte | 1 << row)
}
