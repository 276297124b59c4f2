//! A bus that leads into an emulated controller, with lines beside it, and everything counted.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital;
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c;
use embedded_hal::i2c::I2c;
use embedded_hal::i2c::NoAcknowledgeSource;
use embedded_hal::spi;
use embedded_hal::spi::SpiDevice;

/// The kernel takes no more at once.
const MOST: usize = 4096;

/// A controller as its bus sees it.
pub trait Chip: Send {
    /// Bytes of one write, while the line says that they are data, or that they are not.
    fn write(&mut self, is_data: bool, bytes: &[u8]);

    fn reset(&mut self);
}

/// A controller with its wires. Clones are the same.
pub struct Board<C>(Arc<Mutex<State<C>>>);

pub struct State<C> {
    pub chip: C,
    is_data: bool,
    /// The line of the light.
    pub lit: bool,
    /// Over the bus, commands included.
    pub bytes: usize,
    pub writes: usize,
    /// After so many bytes more the wires are off.
    pub holds_for: Option<usize>,
}

impl<C> Clone for Board<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> Board<C> {
    pub fn new(chip: C) -> Self {
        let state = State { chip, is_data: false, lit: false, bytes: 0, writes: 0, holds_for: None };
        Self(Arc::new(Mutex::new(state)))
    }

    pub fn state(&self) -> MutexGuard<'_, State<C>> {
        self.0.lock().expect("nobody panicked with it")
    }

    pub fn spi(&self) -> Spi<C> {
        Spi(self.clone())
    }

    pub fn line(&self, which: Which) -> Line<C> {
        Line { board: self.clone(), which }
    }
}

impl<C> State<C> {
    /// What went over the bus since the last call.
    pub fn taken(&mut self) -> (usize, usize) {
        let taken = (self.bytes, self.writes);
        (self.bytes, self.writes) = (0, 0);
        taken
    }

    fn count(&mut self, bytes: usize) -> Result<(), Off> {
        assert!((1..=MOST).contains(&bytes), "a write of {bytes} bytes");
        if let Some(left) = &mut self.holds_for {
            *left = left.checked_sub(bytes).ok_or(Off)?;
        }
        (self.bytes, self.writes) = (self.bytes + bytes, self.writes + 1);
        Ok(())
    }
}

/// The wires are off.
#[derive(Debug)]
pub struct Off;

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing answers")
    }
}

impl spi::Error for Off {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl i2c::Error for Off {
    fn kind(&self) -> i2c::ErrorKind {
        i2c::ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address)
    }
}

impl digital::Error for Off {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

pub struct Spi<C>(Board<C>);

impl<C> spi::ErrorType for Spi<C> {
    type Error = Off;
}

impl<C: Chip> SpiDevice for Spi<C> {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Off> {
        let mut state = self.0.state();
        for operation in operations {
            let spi::Operation::Write(bytes) = operation else { panic!("nothing but writes is wired") };
            state.count(bytes.len())?;
            let is_data = state.is_data;
            state.chip.write(is_data, bytes);
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Which {
    DataOrCommand,
    Reset,
    Light,
}

pub struct Line<C> {
    board: Board<C>,
    which: Which,
}

impl<C> digital::ErrorType for Line<C> {
    type Error = Off;
}

impl<C: Chip> Line<C> {
    fn set(&self, is_high: bool) {
        let mut state = self.board.state();
        match self.which {
            Which::DataOrCommand => state.is_data = is_high,
            Which::Light => state.lit = is_high,
            Which::Reset if !is_high => state.chip.reset(),
            Which::Reset => {}
        }
    }
}

impl<C: Chip> OutputPin for Line<C> {
    fn set_low(&mut self) -> Result<(), Off> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Off> {
        self.set(true);
        Ok(())
    }
}

/// The board on an I2C bus, at one address.
pub struct OnI2c<C> {
    pub board: Board<C>,
    pub address: u8,
}

impl<C> i2c::ErrorType for OnI2c<C> {
    type Error = Off;
}

impl<C: Chip> I2c for OnI2c<C> {
    fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), Off> {
        if address != self.address {
            return Err(Off);
        }
        let mut state = self.board.state();
        for operation in operations {
            let i2c::Operation::Write(bytes) = operation else { panic!("nothing but writes is wired") };
            // The address goes over the bus too.
            state.count(bytes.len() + 1)?;
            let is_data = match bytes[0] {
                0x00 => false,
                0x40 => true,
                other => panic!("{other:#x} announces neither commands nor data"),
            };
            state.chip.write(is_data, &bytes[1..]);
        }
        Ok(())
    }
}

/// Nobody waits in a test.
pub struct NoDelay;

impl DelayNs for NoDelay {
    fn delay_ns(&mut self, _ns: u32) {}
}
