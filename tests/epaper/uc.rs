//! A controller of the UltraChip family, by its data sheet: the IL0398 of 4.2 inch modules with waveforms from the
//! host, and the UC8179 of 7.5 inch ones with its own. BUSY is low while it is busy.

use std::collections::BTreeMap;
use std::time::Duration;

use qrtill::panel::epaper::Module;

use super::board::Chip;
use super::glass::Glass;
use super::wave;
use super::wave::Drive;

const START: Duration = Duration::from_millis(80);
const WHOLE: Duration = Duration::from_millis(4_000);
const QUICK: Duration = Duration::from_millis(400);
/// White to white, black to white, white to black, black to black.
const WAVEFORMS: [u8; 4] = [0x21, 0x22, 0x23, 0x24];

pub struct Uc {
    module: Module,
    size: (usize, usize),
    old: Vec<u8>,
    new: Vec<u8>,
    /// What was sent after each command.
    sent: BTreeMap<u8, Vec<u8>>,
    command: u8,
    is_powered: bool,
    asleep: bool,
    busy_until: Duration,
    glass: Glass,
    complaints: Vec<String>,
}

impl Uc {
    pub fn new(module: Module) -> Self {
        let (width, height) = module.memory();
        let size = (width as usize, height as usize);
        let bytes = size.0 / 8 * size.1;
        Self {
            module,
            size,
            old: vec![0x3c; bytes],
            new: vec![0xa5; bytes],
            sent: BTreeMap::new(),
            command: 0,
            is_powered: false,
            asleep: false,
            busy_until: Duration::ZERO,
            glass: Glass::new(size.0, size.1),
            complaints: Vec::new(),
        }
    }

    fn complain(&mut self, what: &str) {
        self.complaints.push(format!("{:#04x}: {what}", self.command));
    }

    fn told(&self, command: u8, at: usize) -> u8 {
        self.sent.get(&command).and_then(|bytes| bytes.get(at)).copied().unwrap_or(0)
    }

    /// What the panel's setting says of where waveforms come from, in bit 5.
    fn waveform(&self, command: u8, white: bool) -> Drive {
        if self.told(0x00, 0) & 0x20 == 0 {
            return Drive::To { white, both_ways: true };
        }
        let Some(bytes) = self.sent.get(&command) else { return Drive::None };
        let phases = bytes.chunks_exact(6).flat_map(|group| {
            wave::selections(group[0]).into_iter().zip([group[1], group[2], group[3], group[4]])
        });
        wave::drive(phases)
    }

    /// Whether a 1 is white: the second bit pair of 0x50 on the IL0398, the last on the UC8179.
    fn one_is_white(&self) -> bool {
        let setting = self.told(0x50, 0);
        match self.module {
            Module::In75V2 => setting & 1 == 1,
            Module::In213V3 | Module::In213V4 | Module::In29V2 | Module::In42 | Module::In42V2 => {
                setting >> 4 & 1 == 1
            }
        }
    }

    fn refresh(&mut self, now: Duration) {
        if !self.is_powered {
            self.complain("a refresh without power");
        }
        let size = usize::from(self.told(0x61, 0)) << 8 | usize::from(self.told(0x61, 1));
        if size != self.size.0 {
            self.complain("a refresh of another width");
        }
        let [ww, bw, wb, bb] = WAVEFORMS.map(|command| self.waveform(command, command < 0x23));
        let (new, old, row_bytes, straight) = (&self.new, &self.old, self.size.0 / 8, self.one_is_white());
        self.glass.refresh(now, |column, row| {
            let (at, bit) = (row * row_bytes + column / 8, 0x80 >> (column % 8));
            let white = |memory: &[u8]| (memory[at] & bit != 0) == straight;
            match (white(old), white(new)) {
                (true, true) => ww,
                (false, true) => bw,
                (true, false) => wb,
                (false, false) => bb,
            }
        });
        let whole = self.glass.refreshes.last().is_some_and(|refresh| refresh.whole);
        self.busy_until = now + if whole { WHOLE } else { QUICK };
    }
}

impl Chip for Uc {
    fn command(&mut self, byte: u8, now: Duration) {
        self.command = byte;
        if self.asleep {
            return self.complain("a command in deep sleep, which is not heard");
        }
        if now < self.busy_until && [0x10, 0x12, 0x13, 0x20].contains(&byte) {
            self.complain("a command while it is busy");
        }
        self.sent.insert(byte, Vec::new());
        match byte {
            0x02 => self.is_powered = false,
            0x04 => (self.is_powered, self.busy_until) = (true, now + START),
            0x12 => self.refresh(now),
            _ => {}
        }
    }

    fn data(&mut self, byte: u8, _now: Duration) {
        if self.asleep {
            return;
        }
        let sent = self.sent.entry(self.command).or_default();
        let at = sent.len();
        sent.push(byte);
        let memory = match self.command {
            0x07 => {
                self.asleep = byte == 0xa5;
                return;
            }
            0x10 => &mut self.old,
            0x13 => &mut self.new,
            _ => return,
        };
        match memory.get_mut(at) {
            Some(place) => *place = byte,
            None => self.complain("more than the memory holds"),
        }
    }

    fn reset(&mut self) {
        (self.asleep, self.is_powered) = (false, false);
        self.sent.clear();
    }

    fn busy_is_high(&self, now: Duration) -> bool {
        now >= self.busy_until
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
