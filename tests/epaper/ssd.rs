//! A controller of the SSD168x family, by its data sheet: two memories with a window and a counter, waveforms from
//! the host or its own, and an update sequence that is told step by step.

use std::time::Duration;

use qrtill::panel::epaper::Module;

use super::board::Chip;
use super::glass::Glass;
use super::wave;
use super::wave::Drive;

const WHOLE: Duration = Duration::from_millis(2_000);
const QUICK: Duration = Duration::from_millis(350);
/// Steps of an update, in the byte after 0x22.
const POWER_ON: u8 = 0b1100_0000;
const LOAD_WAVEFORM: u8 = 0b0001_0000;
const MODE_2: u8 = 0b0000_1000;
const DISPLAY: u8 = 0b0000_0100;
const POWER_OFF: u8 = 0b0000_0011;
/// Five waveforms of twelve groups, then seven bytes of times for each group.
const GROUPS: usize = 12;

/// What a reset sets back.
struct Registers {
    columns: (usize, usize),
    rows: (usize, usize),
    at: (usize, usize),
    entry: u8,
    gates: usize,
    source: u8,
    steps: u8,
    /// As the host sent it; its own where it did not.
    waveform: Option<Vec<u8>>,
    swaps: bool,
}

pub struct Ssd {
    row_bytes: usize,
    rows: usize,
    new: Vec<u8>,
    old: Vec<u8>,
    registers: Registers,
    is_powered: bool,
    asleep: bool,
    busy_until: Duration,
    command: u8,
    taken: Vec<u8>,
    glass: Glass,
    complaints: Vec<String>,
}

fn at_reset() -> Registers {
    Registers {
        columns: (0, 0x15),
        rows: (0, 0x127),
        at: (0, 0),
        entry: 3,
        gates: 0x127,
        source: 0,
        steps: 0xff,
        waveform: None,
        swaps: false,
    }
}

impl Ssd {
    pub fn new(module: Module) -> Self {
        let (width, height) = module.memory();
        let (row_bytes, rows) = (width.div_ceil(8) as usize, height as usize);
        Self {
            row_bytes,
            rows,
            // Nobody knows what is in there.
            new: vec![0xa5; row_bytes * rows],
            old: vec![0x3c; row_bytes * rows],
            registers: at_reset(),
            is_powered: false,
            asleep: false,
            busy_until: Duration::ZERO,
            command: 0,
            taken: Vec::new(),
            glass: Glass::new(width as usize, rows),
            complaints: Vec::new(),
        }
    }

    fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(format!("{:#04x}: {}", self.command, what.into()));
    }

    /// A byte of picture at the counter, which then goes on in its window.
    fn store(&mut self, byte: u8) {
        let (column, row) = self.registers.at;
        let (columns, rows) = (self.registers.columns, self.registers.rows);
        if self.registers.entry != 3 || column >= self.row_bytes || row >= self.rows {
            return self.complain(format!("a picture outside of the glass, at {column},{row}"));
        }
        let memory = if self.command == 0x24 { &mut self.new } else { &mut self.old };
        memory[row * self.row_bytes + column] = byte;
        self.registers.at = match (column == columns.1, row == rows.1) {
            (false, _) => (column + 1, row),
            (true, false) => (columns.0, row + 1),
            (true, true) => (columns.0, rows.0),
        };
    }

    fn parameters(&mut self) {
        let word = |at: usize| usize::from(self.taken[at]) | usize::from(self.taken[at + 1]) << 8;
        let byte = |at: usize| usize::from(self.taken[at]);
        match (self.command, self.taken.len()) {
            (0x01, 3) => self.registers.gates = word(0),
            (0x10, 1) => self.asleep = self.taken[0] & 1 == 1,
            (0x11, 1) => self.registers.entry = self.taken[0],
            (0x21, 1) => self.registers.source = self.taken[0],
            (0x22, 1) => self.registers.steps = self.taken[0],
            (0x32, 153) => self.registers.waveform = Some(self.taken.clone()),
            (0x37, 6) => self.registers.swaps = self.taken[5] & 0x40 != 0,
            (0x44, 2) => self.registers.columns = (byte(0), byte(1)),
            (0x45, 4) => self.registers.rows = (word(0), word(2)),
            (0x4e, 1) => self.registers.at.0 = byte(0),
            (0x4f, 2) => self.registers.at.1 = word(0),
            _ => {}
        }
    }

    /// The four waveforms: of pixels that were and are black, became white, became black, stay white.
    fn drives(&self) -> [Drive; 4] {
        let steps = self.registers.steps;
        let to = |white: bool, both_ways: bool| Drive::To { white, both_ways };
        let own = steps & LOAD_WAVEFORM != 0 || self.registers.waveform.is_none();
        match &self.registers.waveform {
            Some(waveform) if !own => [0, 1, 2, 3].map(|which| {
                let phases = (0..GROUPS).flat_map(|group| {
                    let selected = wave::selections(waveform[which * GROUPS + group]);
                    let times = &waveform[5 * GROUPS + 7 * group..];
                    selected.into_iter().zip([times[0], times[1], times[3], times[4]])
                });
                wave::drive(phases)
            }),
            _ if steps & MODE_2 != 0 => [Drive::None, to(true, false), to(false, false), Drive::None],
            _ => [to(false, true), to(true, true), to(false, true), to(true, true)],
        }
    }

    fn update(&mut self, now: Duration) {
        let steps = self.registers.steps;
        self.is_powered |= steps & POWER_ON == POWER_ON;
        if steps & DISPLAY != 0 {
            if !self.is_powered {
                self.complain("a refresh without power");
            }
            if self.registers.gates + 1 < self.rows {
                self.complain("rows that are not driven");
            }
            self.display(now);
        }
        self.is_powered &= steps & POWER_OFF != POWER_OFF;
    }

    fn display(&mut self, now: Duration) {
        let drives = self.drives();
        let bypassed = self.registers.source & 0x40 != 0;
        let (new, old, row_bytes) = (&self.new, &self.old, self.row_bytes);
        self.glass.refresh(now, |column, row| {
            let (at, bit) = (row * row_bytes + column / 8, 0x80 >> (column % 8));
            let was = !bypassed && old[at] & bit != 0;
            drives[usize::from(was) * 2 + usize::from(new[at] & bit != 0)]
        });
        if self.registers.swaps && self.registers.steps & MODE_2 != 0 {
            self.old.clone_from(&self.new);
        }
        let whole = self.glass.refreshes.last().is_some_and(|refresh| refresh.whole);
        self.busy_until = now + if whole { WHOLE } else { QUICK };
    }
}

impl Chip for Ssd {
    fn command(&mut self, byte: u8, now: Duration) {
        (self.command, self.taken) = (byte, Vec::new());
        if self.asleep {
            return self.complain("a command in deep sleep, which is not heard");
        }
        if now < self.busy_until && [0x20, 0x24, 0x26, 0x32].contains(&byte) {
            self.complain("a command while it is busy");
        }
        match byte {
            0x12 => self.registers = at_reset(),
            0x20 => self.update(now),
            _ => {}
        }
    }

    fn data(&mut self, byte: u8, _now: Duration) {
        if self.asleep {
            return;
        }
        if [0x24, 0x26].contains(&self.command) {
            return self.store(byte);
        }
        self.taken.push(byte);
        self.parameters();
    }

    fn reset(&mut self) {
        (self.registers, self.asleep, self.is_powered) = (at_reset(), false, false);
    }

    fn busy_is_high(&self, now: Duration) -> bool {
        self.asleep || now < self.busy_until
    }

    fn glass(&self) -> &Glass {
        &self.glass
    }

    fn is_asleep(&self) -> bool {
        self.asleep
    }

    fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }
}
