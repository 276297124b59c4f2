//! How bytes get to a controller over SPI: as they are, or as 16-bit words on boards that shift them out in pairs.
//! A line beside the bus says whether a command or its data comes.

use std::fmt::Display;
use std::marker::PhantomData;

use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;
use mipidsi::interface::Interface;
use mipidsi::interface::InterfaceKind;

use super::super::device::CHUNK;

/// Why nothing could be sent, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsent(String);

impl Unsent {
    fn because(error: &impl Display) -> Self {
        Self(error.to_string())
    }
}

/// How commands and their arguments are laid on the bus.
pub trait Form: Send {
    /// What the controller's model takes it for.
    const KIND: InterfaceKind;

    /// Puts `bytes` into `out` as they are sent.
    fn lay(bytes: &[u8], out: &mut Vec<u8>);
}

/// Byte for byte: the usual way.
#[derive(Debug)]
pub struct Bytes;

/// Each byte as a word of 16 bits: the boards that have shift registers before a controller's parallel bus.
#[derive(Debug)]
pub struct Words;

impl Form for Bytes {
    const KIND: InterfaceKind = InterfaceKind::Serial4Line;

    fn lay(bytes: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(bytes);
    }
}

impl Form for Words {
    const KIND: InterfaceKind = InterfaceKind::Parallel8Bit;

    fn lay(bytes: &[u8], out: &mut Vec<u8>) {
        out.extend(bytes.iter().flat_map(|byte| [0, *byte]));
    }
}

/// A controller's bus. Writes nothing longer than the kernel takes, and nothing empty.
#[derive(Debug)]
pub struct Wire<S, D, F> {
    spi: S,
    dc: D,
    chunk: Vec<u8>,
    form: PhantomData<F>,
}

impl<S, D, F> Wire<S, D, F>
where
    S: SpiDevice<Error: Display>,
    D: OutputPin<Error: Display>,
    F: Form,
{
    /// `dc` is low for commands and high for data.
    pub fn new(spi: S, dc: D) -> Self {
        Self { spi, dc, chunk: Vec::with_capacity(CHUNK), form: PhantomData }
    }

    fn write(&mut self) -> Result<(), Unsent> {
        if !self.chunk.is_empty() {
            self.spi.write(&self.chunk).map_err(|error| Unsent::because(&error))?;
            self.chunk.clear();
        }
        Ok(())
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<(), Unsent> {
        self.chunk.clear();
        F::lay(bytes, &mut self.chunk);
        self.write()
    }
}

impl<S, D, F> Interface for Wire<S, D, F>
where
    S: SpiDevice<Error: Display>,
    D: OutputPin<Error: Display>,
    F: Form,
{
    type Word = u8;
    type Error = Unsent;

    const KIND: InterfaceKind = F::KIND;

    fn send_command(&mut self, command: u8, args: &[u8]) -> Result<(), Unsent> {
        self.dc.set_low().map_err(|error| Unsent::because(&error))?;
        self.lay(&[command])?;
        self.dc.set_high().map_err(|error| Unsent::because(&error))?;
        self.lay(args)
    }

    /// A pixel of 16 bits is one word in either form.
    fn send_pixels<const N: usize>(
        &mut self,
        pixels: impl IntoIterator<Item = [u8; N]>,
    ) -> Result<(), Unsent> {
        self.chunk.clear();
        for pixel in pixels {
            if self.chunk.len() + N > CHUNK {
                self.write()?;
            }
            self.chunk.extend_from_slice(&pixel);
        }
        self.write()
    }

    fn send_repeated_pixel<const N: usize>(&mut self, pixel: [u8; N], count: u32) -> Result<(), Unsent> {
        self.send_pixels(std::iter::repeat_n(pixel, count as usize))
    }
}
