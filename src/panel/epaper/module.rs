//! The modules that can be bought, by the name printed on their backs.

use super::glass::Driven;
use super::glass::Glass;
use super::glass::In29;
use super::glass::In42;
use super::glass::In75;
use super::glass::In213;
use super::ssd16;
use super::ssd16::Ssd16;
use super::wire::Hat;
use super::wire::Wire;
use crate::panel::Turn;

/// An e-paper module in black and white. Those with a third colour take a quarter of a minute for a picture, which
/// is no good for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    In213V3,
    In213V4,
    In29V2,
    In42,
    In42V2,
    In75V2,
}

impl Module {
    pub const ALL: [Self; 6] =
        [Self::In213V3, Self::In213V4, Self::In29V2, Self::In42, Self::In42V2, Self::In75V2];

    /// The name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::In213V3 => "2in13-v3",
            Self::In213V4 => "2in13-v4",
            Self::In29V2 => "2in9-v2",
            Self::In42 => "4in2",
            Self::In42V2 => "4in2-v2",
            Self::In75V2 => "7in5-v2",
        }
    }

    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.name() == name)
    }

    /// The panel of this size, in `PANELS`.
    #[must_use]
    pub fn panel(self) -> &'static str {
        match self {
            Self::In213V3 | Self::In213V4 => "epd-250x122",
            Self::In29V2 => "epd-296x128",
            Self::In42 | Self::In42V2 => "epd-400x300",
            Self::In75V2 => "epd-800x480",
        }
    }

    /// Columns and rows of its memory.
    #[must_use]
    pub fn memory(self) -> (u32, u32) {
        match self {
            Self::In213V3 | Self::In213V4 => (122, 250),
            Self::In29V2 => (128, 296),
            Self::In42 | Self::In42V2 => (400, 300),
            Self::In75V2 => (800, 480),
        }
    }

    /// How its memory lies to the picture; the small ones are upright inside and shown lying. `upside_down` is with
    /// the plug on the other side.
    #[must_use]
    pub fn turn(self, upside_down: bool) -> Turn {
        match (self, upside_down) {
            (Self::In213V3 | Self::In213V4 | Self::In29V2, false) => Turn::Left,
            (Self::In213V3 | Self::In213V4 | Self::In29V2, true) => Turn::Right,
            (Self::In42 | Self::In42V2 | Self::In75V2, false) => Turn::None,
            (Self::In42 | Self::In42V2 | Self::In75V2, true) => Turn::Half,
        }
    }

    /// Resets and initialises it.
    pub fn start<H: Hat>(self, wire: &Wire<H>) -> Box<dyn Glass> {
        match self {
            Self::In213V3 => Box::new(Driven::<H, In213<H>>::start(wire)),
            Self::In213V4 => Box::new(Ssd16::start(ssd16::IN_213_V4, wire)),
            Self::In29V2 => Box::new(Driven::<H, In29<H>>::start(wire)),
            Self::In42 => Box::new(Driven::<H, In42<H>>::start(wire)),
            Self::In42V2 => Box::new(Ssd16::start(ssd16::IN_42_V2, wire)),
            Self::In75V2 => Box::new(Driven::<H, In75<H>>::start(wire)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::panel;

    #[test]
    fn every_modules_memory_turned_is_its_panel() {
        for module in Module::ALL {
            let spec = panel::find(module.panel()).expect("a panel of that name");
            let (width, height) = module.memory();
            for upside_down in [false, true] {
                let seen = module.turn(upside_down).upright(width, height);
                assert_eq!(seen, (spec.width, spec.height), "{module:?}");
            }
            assert_eq!(Module::find(module.name()), Some(module));
        }
    }
}
