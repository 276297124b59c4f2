//! Modules with a controller of the SSD168x family that the library has no driver for: 2.13 inches V4 and 4.2 inches
//! V2, which are what shops sell now. Both have their waveforms in the controller, so little has to be said to it.
//! The order of commands is that of the maker's examples (waveshareteam/e-Paper, epd2in13_V4.py and epd4in2_V2.py).

use std::convert::Infallible;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::InputPin;
use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;

use super::glass::Glass;
use super::wire::Dc;
use super::wire::Hat;
use super::wire::Reset;
use super::wire::Wire;

const GATES: u8 = 0x01;
const DEEP_SLEEP: u8 = 0x10;
const ENTRY_MODE: u8 = 0x11;
const SOFT_RESET: u8 = 0x12;
const TEMPERATURE_SENSOR: u8 = 0x18;
const ACTIVATE: u8 = 0x20;
const UPDATE_SOURCE: u8 = 0x21;
const UPDATE_STEPS: u8 = 0x22;
const NEW: u8 = 0x24;
const OLD: u8 = 0x26;
const BORDER: u8 = 0x3c;
const COLUMNS: u8 = 0x44;
const ROWS: u8 = 0x45;
const COLUMN: u8 = 0x4e;
const ROW: u8 = 0x4f;

/// What differs between the modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub width: u32,
    pub height: u32,
    /// Whether the old picture is left out of a whole refresh.
    bypasses_old: bool,
    /// Which of its outputs the glass hangs on.
    outputs: u8,
}

pub const IN_213_V4: Kind = Kind { width: 122, height: 250, bypasses_old: false, outputs: 0x80 };
pub const IN_42_V2: Kind = Kind { width: 400, height: 300, bypasses_old: true, outputs: 0x00 };

/// Load temperature and waveform, drive the glass, switch off again: of all pixels, and of those that differ.
const WHOLLY: u8 = 0xf7;
const DIFFERING: u8 = 0xff;

pub struct Ssd16<H: Hat> {
    kind: Kind,
    wire: Wire<H>,
    dc: Dc<H>,
    reset: Reset<H>,
}

impl<H: Hat> Ssd16<H> {
    /// Resets and initialises the module.
    pub fn start(kind: Kind, wire: &Wire<H>) -> Self {
        let mut glass = Self { kind, wire: wire.clone(), dc: wire.dc(), reset: wire.reset() };
        glass.wake();
        glass
    }

    fn send(&mut self, command: u8, data: &[u8]) {
        let Ok(()) = self.try_send(command, data);
    }

    fn try_send(&mut self, command: u8, data: &[u8]) -> Result<(), Infallible> {
        self.dc.set_low()?;
        self.wire.write(&[command])?;
        if data.is_empty() {
            return Ok(());
        }
        self.dc.set_high()?;
        self.wire.write(data)
    }

    fn until_idle(&mut self) {
        while self.wire.is_high() == Ok(true) {
            self.wire.delay_us(10_000);
        }
    }

    /// A picture into one of the two memories, from its first row on.
    fn fill(&mut self, memory: u8, picture: &[u8]) {
        self.send(COLUMN, &[0]);
        self.send(ROW, &[0, 0]);
        self.send(memory, picture);
    }

    fn refresh(&mut self, steps: u8) {
        self.send(UPDATE_STEPS, &[steps]);
        self.send(ACTIVATE, &[]);
        self.wire.delay_us(20_000);
        self.until_idle();
    }
}

impl<H: Hat> Glass for Ssd16<H> {
    fn has_quick(&self) -> bool {
        true
    }

    fn wake(&mut self) {
        for (is_high, wait_us) in [(true, 20_000), (false, 2_000), (true, 100_000)] {
            let Ok(()) = self.reset.set_state(is_high.into());
            self.wire.delay_us(wait_us);
        }
        self.until_idle();
        self.send(SOFT_RESET, &[]);
        self.wire.delay_us(10_000);
        self.until_idle();
        let last = self.kind.height - 1;
        let [low, high, ..] = last.to_le_bytes();
        self.send(GATES, &[low, high, 0]);
        // To the right, then down.
        self.send(ENTRY_MODE, &[0x03]);
        self.send(COLUMNS, &[0, ((self.kind.width - 1) / 8) as u8]);
        self.send(ROWS, &[0, 0, low, high]);
        // The one inside the controller.
        self.send(TEMPERATURE_SENSOR, &[0x80]);
    }

    fn full(&mut self, new: &[u8]) {
        self.send(BORDER, &[0x05]);
        let source = if self.kind.bypasses_old { 0x40 } else { 0x00 };
        self.send(UPDATE_SOURCE, &[source, self.kind.outputs]);
        self.fill(NEW, new);
        self.fill(OLD, new);
        self.refresh(WHOLLY);
    }

    fn quick(&mut self, old: &[u8], new: &[u8]) {
        // The border keeps its colour.
        self.send(BORDER, &[0x80]);
        self.send(UPDATE_SOURCE, &[0x00, self.kind.outputs]);
        self.fill(OLD, old);
        self.fill(NEW, new);
        self.refresh(DIFFERING);
    }

    fn sleep(&mut self) {
        self.until_idle();
        self.send(DEEP_SLEEP, &[0x01]);
    }
}
