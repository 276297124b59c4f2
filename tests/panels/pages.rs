//! SSD1306 and SH1106, after their data sheets: eight rows in a page, columns counted up, and the turns that
//! segment and row remapping make. The glass is that of the usual 128 by 64 modules.

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;

use qrtill::panel::oled::Controller;
use qrtill::port::panel::Frame;

use super::bus::Chip;

const WIDTH: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Addressing {
    Horizontal,
    Vertical,
    Page,
}

pub struct Pages {
    kind: Controller,
    /// It hangs upside down.
    turned: bool,
    memory: Vec<Vec<u8>>,
    addressing: Addressing,
    columns: (usize, usize),
    pages: (usize, usize),
    at: (usize, usize),
    /// A command whose arguments are still to come.
    open: Vec<u8>,
    remapped: bool,
    reversed: bool,
    inverted: bool,
    is_on: bool,
    pumped: bool,
    pub contrast: u8,
    /// Frequency and divider.
    pub clock: u8,
}

impl Pages {
    pub fn new(kind: Controller, turned: bool) -> Self {
        let mut chip = Self {
            kind,
            turned,
            memory: Vec::new(),
            addressing: Addressing::Page,
            columns: (0, 0),
            pages: (0, 7),
            at: (0, 0),
            open: Vec::new(),
            remapped: false,
            reversed: false,
            inverted: false,
            is_on: false,
            pumped: false,
            contrast: 0x7f,
            clock: 0x80,
        };
        chip.reset();
        chip
    }

    fn stored(&self) -> usize {
        match self.kind {
            Controller::Ssd1306 => 128,
            Controller::Sh1106 => 132,
        }
    }

    pub fn is_on(&self) -> bool {
        self.is_on && self.pumped
    }

    /// What a person sees: black where it is off.
    pub fn seen(&self) -> Frame {
        let mut frame = Frame::new(128, 64, Rgb565::BLACK);
        if !self.is_on() {
            return frame;
        }
        let lit = frame.bounding_box().points().filter(|at| self.is_lit(at.x as usize, at.y as usize));
        let Ok(()) = frame.draw_iter(lit.map(|at| Pixel(at, Rgb565::WHITE)));
        frame
    }

    /// Modules are upright where both directions are remapped.
    fn is_lit(&self, x: usize, y: usize) -> bool {
        let (x, y) = if self.turned { (127 - x, 63 - y) } else { (x, y) };
        // Segment and row of the glass, whose first pixel is at the bottom right of an upright module.
        let (segment, row) = (127 - x, 63 - y);
        let wired = segment + (self.stored() - WIDTH) / 2;
        let column = if self.remapped { self.stored() - 1 - wired } else { wired };
        let row = if self.reversed { 63 - row } else { row };
        let bit = self.memory[row / 8][column] >> (row % 8) & 1 == 1;
        bit != self.inverted
    }

    fn command(&mut self, byte: u8) {
        self.open.push(byte);
        let command = self.open[0];
        let needs = match command {
            0x20 | 0x81 | 0x8d | 0xa8 | 0xad | 0xd3 | 0xd5 | 0xd9 | 0xda | 0xdb => 1,
            0x21 | 0x22 => 2,
            _ => 0,
        };
        if self.open.len() <= needs {
            return;
        }
        let args = std::mem::take(&mut self.open);
        let is_paged_only = self.kind == Controller::Sh1106;
        match (command, &args[1..]) {
            (0x20 | 0x21 | 0x22 | 0x8d | 0x2e, _) if is_paged_only => {
                panic!("an SH1106 has no command {command:#x}")
            }
            (0xad, _) if !is_paged_only => panic!("an SSD1306 has no command 0xad"),
            (0x00..=0x0f, _) => self.at.0 = self.at.0 & 0xf0 | usize::from(command),
            (0x10..=0x1f, _) => self.at.0 = self.at.0 & 0x0f | usize::from(command & 0x0f) << 4,
            (0x20, [mode]) => {
                self.addressing = match mode {
                    0 => Addressing::Horizontal,
                    1 => Addressing::Vertical,
                    2 => Addressing::Page,
                    other => panic!("no addressing {other}"),
                }
            }
            (0x21, [from, to]) => {
                self.columns = (usize::from(*from), usize::from(*to));
                self.at.0 = self.columns.0;
            }
            (0x22, [from, to]) => {
                self.pages = (usize::from(*from), usize::from(*to));
                self.at.1 = self.pages.0;
            }
            (0x40, _) | (0xd3, [0]) | (0xa8, [63]) | (0xda, [0x12]) | (0xd9 | 0xdb, [_]) => {}
            (0x81, [contrast]) => self.contrast = *contrast,
            (0x8d, [pump]) => self.pumped = pump & 0x04 != 0,
            (0xad, [pump]) => self.pumped = pump & 0x01 != 0,
            (0xa0 | 0xa1, _) => self.remapped = command == 0xa1,
            (0xa4 | 0x2e, _) => {}
            (0xa6 | 0xa7, _) => self.inverted = command == 0xa7,
            (0xae | 0xaf, _) => self.is_on = command == 0xaf,
            (0xb0..=0xb7, _) => self.at.1 = usize::from(command & 0x07),
            (0xc0 | 0xc8, _) => self.reversed = command == 0xc8,
            (0xd5, [clock]) => self.clock = *clock,
            (other, args) => panic!("command {other:#x} {args:x?}"),
        }
    }

    fn data(&mut self, byte: u8) {
        let (column, page) = self.at;
        assert!(column < self.stored(), "column {column} is outside of the memory");
        self.memory[page][column] = byte;
        let next =
            |at: usize, (from, to): (usize, usize)| if at == to { (from, true) } else { (at + 1, false) };
        match self.addressing {
            // Neither of the two goes on to the next page by itself.
            Addressing::Page => self.at.0 += 1,
            Addressing::Horizontal => {
                let (column, over) = next(column, self.columns);
                self.at = (column, if over { next(page, self.pages).0 } else { page });
            }
            Addressing::Vertical => {
                let (page, over) = next(page, self.pages);
                self.at = (if over { next(column, self.columns).0 } else { column }, page);
            }
        }
    }
}

impl Chip for Pages {
    fn write(&mut self, is_data: bool, bytes: &[u8]) {
        for byte in bytes {
            if is_data { self.data(*byte) } else { self.command(*byte) }
        }
        assert!(is_data || self.open.is_empty(), "command {:x?} without its arguments", self.open);
    }

    fn reset(&mut self) {
        let stored = self.stored();
        let noise = |n: usize| (n as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0];
        self.memory =
            (0..8).map(|page| (0..stored).map(|column| noise(page * 137 + column)).collect()).collect();
        (self.addressing, self.columns, self.pages, self.at) = (Addressing::Page, (0, 127), (0, 7), (0, 0));
        (self.remapped, self.reversed, self.inverted) = (false, false, false);
        (self.is_on, self.pumped) = (false, false);
        self.open.clear();
    }
}
