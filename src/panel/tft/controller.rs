//! The controllers of SPI colour panels: how large their memory is, and what most boards with one need said.

/// A controller that the driver has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    Gc9107,
    Gc9a01,
    Ili9225,
    Ili9341,
    Ili9342c,
    Ili9486,
    Ili9488,
    St7735s,
    St7789,
    St7796,
}

/// What a controller is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// The name in the configuration.
    pub name: &'static str,
    /// Columns and rows of its memory, at rotation 0.
    pub memory: (u32, u32),
    /// Most boards have blue first.
    pub bgr: bool,
    /// Most boards' glass shows everything inverted.
    pub invert: bool,
    /// Its glass is a disc, without the corners that a code has.
    pub round: bool,
}

const fn traits(name: &'static str, memory: (u32, u32), bgr: bool, invert: bool) -> Traits {
    Traits { name, memory, bgr, invert, round: false }
}

impl Controller {
    pub const ALL: [Self; 10] = [
        Self::St7789,
        Self::Ili9341,
        Self::Ili9342c,
        Self::Ili9486,
        Self::Ili9488,
        Self::St7796,
        Self::Gc9a01,
        Self::St7735s,
        Self::Ili9225,
        Self::Gc9107,
    ];

    #[must_use]
    pub fn traits(self) -> Traits {
        match self {
            Self::Gc9107 => traits("gc9107", (128, 160), true, false),
            Self::Gc9a01 => Traits { round: true, ..traits("gc9a01", (240, 240), true, true) },
            Self::Ili9225 => traits("ili9225", (176, 220), true, false),
            Self::Ili9341 => traits("ili9341", (240, 320), true, false),
            Self::Ili9342c => traits("ili9342c", (320, 240), true, true),
            Self::Ili9486 => traits("ili9486", (320, 480), true, false),
            Self::Ili9488 => traits("ili9488", (320, 480), true, false),
            Self::St7735s => traits("st7735s", (132, 162), true, false),
            Self::St7789 => traits("st7789", (240, 320), false, true),
            Self::St7796 => traits("st7796", (320, 480), true, false),
        }
    }

    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|controller| controller.traits().name == name)
    }
}
