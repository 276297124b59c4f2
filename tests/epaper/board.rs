//! A module on its wires: bus, lines and a clock that only waits move.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital;
use embedded_hal::digital::InputPin;
use embedded_hal::digital::OutputPin;
use embedded_hal::spi;
use embedded_hal::spi::Operation;
use embedded_hal::spi::SpiDevice;

use qrtill::panel::epaper;
use qrtill::panel::epaper::Hat;
use qrtill::panel::epaper::Module;
use qrtill::panel::epaper::Parts;
use qrtill::panel::epaper::Rules;
use qrtill::panel::epaper::Setup;
use qrtill::port::panel::Panel;
use qrtill::port::panel::PanelFault;

use super::glass::Glass;
use super::ssd::Ssd;
use super::uc::Uc;

/// The kernel takes no more at once.
const MOST: usize = 4096;

/// A controller as its wires see it.
pub trait Chip: Send {
    fn command(&mut self, byte: u8, now: Duration);

    fn data(&mut self, byte: u8, now: Duration);

    /// RST went high again.
    fn reset(&mut self);

    /// The level of BUSY.
    fn busy_is_high(&self, now: Duration) -> bool;

    fn glass(&self) -> &Glass;

    fn is_asleep(&self) -> bool;

    /// What no controller likes, since the last time.
    fn complaints(&mut self) -> Vec<String>;
}

/// What is wrong with the wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    /// BUSY is stuck at that level.
    Busy(bool),
    /// The bus takes nothing.
    Bus,
}

pub struct State {
    pub chip: Box<dyn Chip>,
    pub now: Duration,
    pub wrong: Wrong,
    /// Calls of the kernel for writing, and what they sent.
    pub writes: usize,
    pub bytes: usize,
    is_data: bool,
}

#[derive(Clone)]
pub struct Board {
    module: Module,
    state: Arc<Mutex<State>>,
}

impl Board {
    pub fn new(module: Module) -> Self {
        let chip: Box<dyn Chip> = match module {
            Module::In213V3 | Module::In213V4 | Module::In29V2 | Module::In42V2 => Box::new(Ssd::new(module)),
            Module::In42 | Module::In75V2 => Box::new(Uc::new(module)),
        };
        let now = Duration::from_secs(1_000);
        let state = State { chip, now, wrong: Wrong::Nothing, writes: 0, bytes: 0, is_data: false };
        Self { module, state: Arc::new(Mutex::new(state)) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked with it")
    }

    /// The real panel on these wires.
    pub fn open(&self, turned: bool, rules: Rules) -> Result<Box<dyn Panel>, PanelFault> {
        let line = || Line { state: Arc::clone(&self.state), is_dc: true };
        let parts: Parts<Fake> = Parts {
            spi: Wires(Arc::clone(&self.state)),
            dc: line(),
            reset: Line { is_dc: false, ..line() },
            busy: Wires(Arc::clone(&self.state)),
            power: None,
            delay: Wires(Arc::clone(&self.state)),
        };
        let setup =
            Setup { module: self.module, turned, rules, busy: "line 24 of /dev/gpiochip0".to_owned() };
        let clock = Arc::clone(&self.state);
        epaper::start(setup, parts, move || clock.lock().expect("nobody panicked with it").now)
    }

    /// Lets time pass as the panel's thread does: it is tended whenever it asked to be.
    pub fn pass(&self, panel: &mut dyn Panel, time: Duration) {
        let end = self.state().now + time;
        loop {
            let due = panel.tend().expect("it works");
            let mut state = self.state();
            let next = due.map_or(end, |due| state.now + due);
            if next >= end {
                state.now = state.now.max(end);
                return;
            }
            assert!(next > state.now, "asked to be tended at once, for ever");
            state.now = next;
        }
    }
}

/// The wires' devices for the driver.
pub struct Fake(PhantomData<()>);

impl Hat for Fake {
    type Spi = Wires;
    type Out = Line;
    type In = Wires;
    type Delay = Wires;
}

/// Bus, BUSY and wait.
pub struct Wires(Arc<Mutex<State>>);

#[derive(Clone, Copy, Debug)]
pub struct Off;

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such device")
    }
}

impl spi::Error for Off {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl spi::ErrorType for Wires {
    type Error = Off;
}

impl SpiDevice for Wires {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Off> {
        let mut state = self.0.lock().expect("nobody panicked with it");
        if state.wrong == Wrong::Bus {
            return Err(Off);
        }
        for operation in operations {
            let Operation::Write(bytes) = operation else { panic!("there is no wire back") };
            assert!((1..=MOST).contains(&bytes.len()), "a write of {} bytes", bytes.len());
            state.writes += 1;
            state.bytes += bytes.len();
            let (is_data, now) = (state.is_data, state.now);
            for byte in bytes.iter() {
                if is_data { state.chip.data(*byte, now) } else { state.chip.command(*byte, now) }
            }
        }
        Ok(())
    }
}

impl digital::ErrorType for Wires {
    type Error = Infallible;
}

impl InputPin for Wires {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        let state = self.0.lock().expect("nobody panicked with it");
        Ok(match state.wrong {
            Wrong::Busy(level) => level,
            Wrong::Nothing | Wrong::Bus => state.chip.busy_is_high(state.now),
        })
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

impl DelayNs for Wires {
    fn delay_ns(&mut self, ns: u32) {
        self.0.lock().expect("nobody panicked with it").now += Duration::from_nanos(ns.into());
    }
}

pub struct Line {
    state: Arc<Mutex<State>>,
    is_dc: bool,
}

impl digital::ErrorType for Line {
    type Error = Infallible;
}

impl OutputPin for Line {
    fn set_low(&mut self) -> Result<(), Infallible> {
        if self.is_dc {
            self.state.lock().expect("nobody panicked with it").is_data = false;
        }
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        let mut state = self.state.lock().expect("nobody panicked with it");
        if self.is_dc {
            state.is_data = true
        } else {
            state.chip.reset()
        }
        Ok(())
    }
}
