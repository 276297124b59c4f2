//! What lies between a driver and the wires of an e-paper module. The drivers send byte by byte, take no for an
//! answer nowhere, and wait for BUSY for ever; so the bytes are collected here, what goes wrong is kept until it is
//! asked for, and a wait has an end.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital;
use embedded_hal::digital::InputPin;
use embedded_hal::digital::OutputPin;
use embedded_hal::digital::PinState;
use embedded_hal::spi;
use embedded_hal::spi::Operation;
use embedded_hal::spi::SpiDevice;

use crate::panel::device::CHUNK;

/// The kinds of devices that a module is wired to: those of Linux, or an emulator's.
pub trait Hat: 'static {
    type Spi: SpiDevice<Error: Display> + Send;
    type Out: OutputPin<Error: Display> + Send;
    type In: InputPin<Error: Display> + Send;
    type Delay: DelayNs + Send;
}

/// The devices themselves.
#[derive(Debug)]
pub struct Parts<H: Hat> {
    pub spi: H::Spi,
    pub dc: H::Out,
    pub reset: H::Out,
    pub busy: H::In,
    /// High while this is kept.
    pub power: Option<H::Out>,
    pub delay: H::Delay,
}

/// What went wrong first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The bus or the line of that name.
    Device(&'static str, String),
    /// BUSY was not released in time.
    Stuck,
    /// BUSY did not move at all while the glass was to be refreshed.
    Silent,
}

struct Shared<H: Hat> {
    parts: Parts<H>,
    /// What has not been sent yet; all of it is commands, or all of it is data.
    pending: Vec<u8>,
    dc: Option<PinState>,
    /// How long BUSY has been seen busy, in microseconds, by the waits between.
    waited_us: u64,
    limit_us: u64,
    is_busy: bool,
    was_busy: bool,
    trouble: Option<Trouble>,
}

/// The wires, as often as a driver needs them: it is the bus, the BUSY line and the wait at once.
pub struct Wire<H: Hat>(Arc<Mutex<Shared<H>>>);

impl<H: Hat> Clone for Wire<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H: Hat> Wire<H> {
    /// `limit` is the longest that BUSY may stay busy.
    #[must_use]
    pub fn new(parts: Parts<H>, limit: Duration) -> Self {
        Self(Arc::new(Mutex::new(Shared {
            parts,
            pending: Vec::with_capacity(CHUNK),
            dc: None,
            waited_us: 0,
            limit_us: limit.as_micros() as u64,
            is_busy: false,
            was_busy: false,
            trouble: None,
        })))
    }

    /// The line that tells commands from data.
    #[must_use]
    pub fn dc(&self) -> Dc<H> {
        Dc(self.clone())
    }

    #[must_use]
    pub fn reset(&self) -> Reset<H> {
        Reset(self.clone())
    }

    /// From here on [`Wire::refreshed`] looks for BUSY.
    pub fn begin(&self) {
        self.shared().was_busy = false;
    }

    /// Sends what is left and tells what went wrong since the last time.
    ///
    /// # Errors
    /// The first trouble: nothing has been sent since.
    pub fn finish(&self) -> Result<(), Trouble> {
        let mut shared = self.shared();
        shared.flush();
        shared.trouble.take().map_or(Ok(()), Err)
    }

    /// As [`Wire::finish`], after a refresh: BUSY must have moved.
    ///
    /// # Errors
    /// As [`Wire::finish`], and where nothing answered.
    pub fn refreshed(&self) -> Result<(), Trouble> {
        self.finish()?;
        if self.shared().was_busy { Ok(()) } else { Err(Trouble::Silent) }
    }

    /// What is in it makes sense whoever panicked.
    fn shared(&self) -> MutexGuard<'_, Shared<H>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reads_busy(&self, is_busy: impl FnOnce(&mut H::In) -> Result<bool, String>) -> bool {
        let mut shared = self.shared();
        shared.flush();
        if shared.trouble.is_some() {
            return false;
        }
        match is_busy(&mut shared.parts.busy) {
            Ok(true) if shared.waited_us >= shared.limit_us => shared.fail(Trouble::Stuck),
            Ok(is_busy) => {
                shared.is_busy = is_busy;
                shared.was_busy |= is_busy;
                shared.waited_us = if is_busy { shared.waited_us } else { 0 };
                return is_busy;
            }
            Err(error) => shared.fail(Trouble::Device("busy", error)),
        }
        false
    }
}

impl<H: Hat> Shared<H> {
    fn fail(&mut self, trouble: Trouble) {
        (self.is_busy, self.waited_us) = (false, 0);
        self.pending.clear();
        self.trouble.get_or_insert(trouble);
    }

    fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.trouble.is_none() {
            let room = (CHUNK - self.pending.len()).min(bytes.len());
            self.pending.extend(&bytes[..room]);
            bytes = &bytes[room..];
            if self.pending.len() == CHUNK {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() && self.trouble.is_none() {
            let written = self.parts.spi.write(&self.pending);
            if let Err(error) = written {
                self.fail(Trouble::Device("bus", error.to_string()));
            }
        }
        self.pending.clear();
    }

    fn wait(&mut self, us: u64) {
        self.flush();
        if self.is_busy {
            self.waited_us += us;
        }
        // A driver that has been let go on has nothing to wait for.
        if self.trouble.is_none() {
            self.parts.delay.delay_us(u32::try_from(us).unwrap_or(u32::MAX));
        }
    }
}

impl<H: Hat> spi::ErrorType for Wire<H> {
    type Error = Infallible;
}

impl<H: Hat> SpiDevice for Wire<H> {
    /// Modules have no wire back: what is read is left as it was.
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        let mut shared = self.shared();
        for operation in operations {
            match operation {
                Operation::Write(bytes) | Operation::Transfer(_, bytes) => shared.push(bytes),
                Operation::TransferInPlace(bytes) => shared.push(bytes),
                Operation::Read(_) => {}
                Operation::DelayNs(ns) => shared.wait(u64::from(*ns).div_ceil(1000)),
            }
        }
        Ok(())
    }
}

impl<H: Hat> DelayNs for Wire<H> {
    fn delay_ns(&mut self, ns: u32) {
        self.shared().wait(u64::from(ns).div_ceil(1000));
    }

    fn delay_us(&mut self, us: u32) {
        self.shared().wait(us.into());
    }
}

impl<H: Hat> digital::ErrorType for Wire<H> {
    type Error = Infallible;
}

/// True is taken for busy by every driver, whichever of the two it asks for.
impl<H: Hat> InputPin for Wire<H> {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.reads_busy(|line| line.is_high().map_err(|error| error.to_string())))
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(self.reads_busy(|line| line.is_low().map_err(|error| error.to_string())))
    }
}

/// The line that tells commands from data.
pub struct Dc<H: Hat>(Wire<H>);

/// The line that resets the controller.
pub struct Reset<H: Hat>(Wire<H>);

impl<H: Hat> digital::ErrorType for Dc<H> {
    type Error = Infallible;
}

impl<H: Hat> OutputPin for Dc<H> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), Infallible> {
        let mut shared = self.0.shared();
        if shared.dc == Some(state) && shared.trouble.is_none() {
            return Ok(());
        }
        shared.flush();
        shared.dc = Some(state);
        if let Err(error) = shared.parts.dc.set_state(state) {
            shared.fail(Trouble::Device("dc", error.to_string()));
        }
        Ok(())
    }
}

impl<H: Hat> digital::ErrorType for Reset<H> {
    type Error = Infallible;
}

impl<H: Hat> OutputPin for Reset<H> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), Infallible> {
        let mut shared = self.0.shared();
        shared.flush();
        if let Err(error) = shared.parts.reset.set_state(state) {
            shared.fail(Trouble::Device("reset", error.to_string()));
        }
        Ok(())
    }
}
