//! A controller with the MIPI display command set, as the data sheets of ILI9341 and ST7789 have it, on a board
//! that is built into a counter: what is in its memory, and what a person in front of it sees.

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;

use qrtill::panel::Turn;
use qrtill::port::panel::Frame;

use super::bus::Chip;

const SLEEP_OUT: u8 = 0x11;
const SOFT_RESET: u8 = 0x01;
const INVERT_OFF: u8 = 0x20;
const INVERT_ON: u8 = 0x21;
const DISPLAY_OFF: u8 = 0x28;
const DISPLAY_ON: u8 = 0x29;
const COLUMNS: u8 = 0x2a;
const ROWS: u8 = 0x2b;
const WRITE: u8 = 0x2c;
const ADDRESS_MODE: u8 = 0x36;
const PIXEL_FORMAT: u8 = 0x3a;

/// The board and how it hangs in the counter: facts that the driver is told and may be told wrongly.
#[derive(Clone, Copy)]
pub struct Glass {
    /// Columns and rows of the controller's memory.
    pub memory: (u32, u32),
    /// Left, top, width and height of what has glass.
    pub area: (u32, u32, u32, u32),
    /// A first component is shown blue.
    pub bgr: bool,
    pub inverted: bool,
    /// How far a picture has to be turned to be upright.
    pub turn: Turn,
    /// A person looks at it from behind, through a mirror.
    pub mirrored: bool,
    /// It has shift registers, which take words.
    pub words: bool,
}

pub struct Mipi {
    glass: Glass,
    /// First, second and third component of each pixel, six bits each.
    memory: Vec<[u8; 3]>,
    command: u8,
    args: Vec<u8>,
    columns: (u32, u32),
    rows: (u32, u32),
    at: (u32, u32),
    mode: u8,
    bits: u8,
    inverts: bool,
    is_on: bool,
    is_awake: bool,
}

impl Mipi {
    pub fn new(glass: Glass) -> Self {
        let mut mipi = Self {
            glass,
            memory: Vec::new(),
            command: 0,
            args: Vec::new(),
            columns: (0, 0),
            rows: (0, 0),
            at: (0, 0),
            mode: 0,
            bits: 18,
            inverts: false,
            is_on: false,
            is_awake: false,
        };
        mipi.reset();
        mipi
    }

    /// What a person sees: black where it is off.
    pub fn seen(&self) -> Frame {
        let (_, _, width, height) = self.glass.area;
        let (width, height) = self.glass.turn.upright(width, height);
        let mut frame = Frame::new(width, height, Rgb565::BLACK);
        if self.is_on && self.is_awake {
            let pixels =
                frame.bounding_box().points().map(|at| Pixel(at, self.shown(at.x as u32, at.y as u32)));
            let Ok(()) = frame.draw_iter(pixels);
        }
        frame
    }

    /// The pixel a person sees there.
    fn shown(&self, x: u32, y: u32) -> Rgb565 {
        let (left, top, width, height) = self.glass.area;
        let (column, row) = match self.glass.turn {
            Turn::None => (x, y),
            Turn::Right => (width - 1 - y, x),
            Turn::Half => (width - 1 - x, height - 1 - y),
            Turn::Left => (y, height - 1 - x),
        };
        let column = if self.glass.mirrored { width - 1 - column } else { column };
        let at = (top + row) * self.glass.memory.0 + left + column;
        let [first, second, third] = self.memory[at as usize];
        let inverted = |value: u8| if self.inverts != self.glass.inverted { 63 - value } else { value };
        let is_bgr = (self.mode & 0x08 != 0) != self.glass.bgr;
        let (red, blue) = if is_bgr { (third, first) } else { (first, third) };
        Rgb565::new(inverted(red) >> 1, inverted(second), inverted(blue) >> 1)
    }

    fn begin(&mut self, command: u8) {
        assert!(self.command != WRITE || self.args.is_empty(), "a pixel was cut off");
        self.command = command;
        self.args.clear();
        match command {
            SOFT_RESET => self.reset(),
            SLEEP_OUT => self.is_awake = true,
            INVERT_OFF | INVERT_ON => self.inverts = command == INVERT_ON,
            DISPLAY_OFF | DISPLAY_ON => self.is_on = command == DISPLAY_ON,
            WRITE => self.at = (self.columns.0, self.rows.0),
            _ => {}
        }
    }

    fn take(&mut self, byte: u8) {
        self.args.push(byte);
        match (self.command, self.args.len()) {
            (COLUMNS, 4) => self.columns = window(&self.args),
            (ROWS, 4) => self.rows = window(&self.args),
            (ADDRESS_MODE, 1) => self.mode = byte,
            (PIXEL_FORMAT, 1) => {
                self.bits = match byte & 0x07 {
                    0x05 => 16,
                    0x06 => 18,
                    other => panic!("no pixels of format {other}"),
                }
            }
            (WRITE, count) if count == usize::from(self.bits.div_ceil(8)) => {
                let pixel = match self.args[..] {
                    [high, low] => [(high >> 3) << 1, (high & 0x07) << 3 | low >> 5, (low & 0x1f) << 1],
                    [first, second, third] => [first >> 2, second >> 2, third >> 2],
                    _ => unreachable!("two or three bytes"),
                };
                self.args.clear();
                self.put(pixel);
            }
            _ => {}
        }
    }

    /// Puts a pixel where the window and the address mode say, and goes on to the next.
    fn put(&mut self, pixel: [u8; 3]) {
        let (columns, rows) = self.glass.memory;
        let (x, y) = self.at;
        let (column, row) = if self.mode & 0x20 != 0 { (y, x) } else { (x, y) };
        assert!(column < columns && row < rows, "column {column}, row {row} is outside of the memory");
        let column = if self.mode & 0x40 != 0 { columns - 1 - column } else { column };
        let row = if self.mode & 0x80 != 0 { rows - 1 - row } else { row };
        self.memory[(row * columns + column) as usize] = pixel;
        self.at = match (x == self.columns.1, y == self.rows.1) {
            (false, _) => (x + 1, y),
            (true, false) => (self.columns.0, y + 1),
            (true, true) => (self.columns.0, self.rows.0),
        };
    }
}

fn window(args: &[u8]) -> (u32, u32) {
    let number = |high: u8, low: u8| u32::from(high) << 8 | u32::from(low);
    let (from, to) = (number(args[0], args[1]), number(args[2], args[3]));
    assert!(from <= to, "a window from {from} to {to}");
    (from, to)
}

impl Chip for Mipi {
    fn write(&mut self, is_data: bool, bytes: &[u8]) {
        let is_pixels = is_data && self.command == WRITE;
        // The registers let a word's upper half through to pixels alone.
        let step = if self.glass.words && !is_pixels { 2 } else { 1 };
        assert_eq!(bytes.len() % if self.glass.words { 2 } else { 1 }, 0, "half a word");
        for byte in bytes.iter().skip(step - 1).step_by(step) {
            if is_data { self.take(*byte) } else { self.begin(*byte) }
        }
    }

    fn reset(&mut self) {
        // Memory is noise at power on.
        let count = self.glass.memory.0 * self.glass.memory.1;
        let noise = |n: u32| (n.wrapping_mul(2_654_435_761) >> 26) as u8;
        self.memory = (0..count).map(|n| [noise(n), noise(n + 7), noise(n + 13)]).collect();
        (self.command, self.mode, self.bits) = (0, 0, 18);
        (self.inverts, self.is_on, self.is_awake) = (false, false, false);
        self.args.clear();
    }
}
