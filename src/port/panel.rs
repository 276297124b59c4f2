//! A physical display as the rest sees it: what it can show, and the one frame everything is drawn into.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::pixelcolor::raw::RawU16;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

/// What a panel's pixels can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Black and white only: OLED and e-paper. Type must be sharp, nothing blended.
    Mono,
    /// 16-bit colour.
    Colour,
}

/// A panel by name. Sizes are pixels as the person sees it, after rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelSpec {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    pub depth: Depth,
    /// Distance between pixels in micrometres, for the size of a code in millimetres.
    pub pitch_um: u32,
}

const fn spec(name: &'static str, width: u32, height: u32, depth: Depth, pitch_um: u32) -> PanelSpec {
    PanelSpec { name, width, height, depth, pitch_um }
}

/// Every panel that can be named; the first is the default.
pub const PANELS: &[PanelSpec] = &[
    spec("tft-240x320", 240, 320, Depth::Colour, 180),
    spec("tft-320x240", 320, 240, Depth::Colour, 180),
    spec("tft-240x240", 240, 240, Depth::Colour, 98),
    spec("tft-480x320", 480, 320, Depth::Colour, 153),
    spec("hdmi-800x480", 800, 480, Depth::Colour, 136),
    spec("hdmi-1920x1080", 1920, 1080, Depth::Colour, 178),
    spec("oled-128x64", 128, 64, Depth::Mono, 170),
    spec("epd-250x122", 250, 122, Depth::Mono, 194),
    spec("epd-296x128", 296, 128, Depth::Mono, 227),
    spec("epd-400x300", 400, 300, Depth::Mono, 212),
    spec("epd-800x480", 800, 480, Depth::Mono, 205),
];

/// The panel of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static PanelSpec> {
    PANELS.iter().find(|panel| panel.name == name)
}

/// A picture to be put on a panel.
#[derive(Clone, Debug)]
pub struct Picture {
    pub frame: Arc<Frame>,
    /// It holds a code that phones are to read: e-paper refreshes itself wholly for one.
    pub code: bool,
}

/// A display that takes frames. Every call blocks for as long as the bus or the glass takes, so a panel
/// lives on a thread of its own, which opens it anew after a fault.
pub trait Panel: Send {
    /// Puts `picture` on the glass; a panel that must not be refreshed that often may wait until it is tended,
    /// with all but a code and what takes one away. `changed` are boxes inside the frame, apart from each other, that together
    /// hold every pixel that differs from the picture shown before by this opening of the panel; the whole
    /// frame the first time. The frame has the size of the panel's [`PanelSpec`].
    ///
    /// # Errors
    /// The panel is then taken for gone and dropped; what is on the glass is not known.
    fn show(&mut self, picture: &Picture, changed: &[Rectangle]) -> Result<(), PanelFault>;

    /// Light of the panel in percent: 0 is dark. A panel without a light of its own does nothing.
    ///
    /// # Errors
    /// As [`Panel::show`].
    fn light(&mut self, percent: u8) -> Result<(), PanelFault>;

    /// What the panel does by itself, such as a picture that had to wait for its turn, or sleep. Called after
    /// every other call and whenever the answered time has passed; `None` is not before the next other call.
    ///
    /// # Errors
    /// As [`Panel::show`].
    fn tend(&mut self) -> Result<Option<Duration>, PanelFault> {
        Ok(None)
    }

    /// The last call: puts back what was changed on the machine and lets the hardware sleep. The picture
    /// shown last may stay on the glass.
    ///
    /// # Errors
    /// Told to a person; there is nothing more to be done.
    fn close(&mut self) -> Result<(), PanelFault> {
        Ok(())
    }
}

/// Why a panel cannot be used. `mend` is the way out in one sentence, such as the group to join and the
/// command for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {mend}")]
pub struct PanelFault {
    pub what: String,
    pub mend: String,
}

/// One whole picture, row by row from the top left. On a `Mono` panel every pixel is black or white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    width: u32,
    height: u32,
    pixels: Vec<Rgb565>,
}

impl Frame {
    #[must_use]
    pub fn new(width: u32, height: u32, fill: Rgb565) -> Self {
        let count = width as usize * height as usize;
        Self { width, height, pixels: vec![fill; count] }
    }

    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All pixels, `width * height` of them, row by row.
    #[must_use]
    pub fn pixels(&self) -> &[Rgb565] {
        &self.pixels
    }

    /// The pixel there; `None` outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> Option<Rgb565> {
        let inside = x < self.width && y < self.height;
        inside.then(|| self.pixels[(y * self.width + x) as usize])
    }

    /// Three bytes a pixel, for pictures on a computer.
    #[must_use]
    pub fn rgb888(&self) -> Vec<u8> {
        let widen = |value: u8, max: u8| (u16::from(value) * 255 / u16::from(max)) as u8;
        let mut bytes = Vec::with_capacity(self.pixels.len() * 3);
        for pixel in &self.pixels {
            bytes.push(widen(pixel.r(), Rgb565::MAX_R));
            bytes.push(widen(pixel.g(), Rgb565::MAX_G));
            bytes.push(widen(pixel.b(), Rgb565::MAX_B));
        }
        bytes
    }

    /// Two bytes a pixel, big-endian, as SPI panels take them.
    #[must_use]
    pub fn rgb565_be(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|pixel| RawU16::from(*pixel).into_inner().to_be_bytes()).collect()
    }

    /// The smallest box that holds every difference to `shown`; the whole frame where sizes differ, and
    /// `None` where nothing changed.
    #[must_use]
    pub fn damage(&self, shown: &Self) -> Option<Rectangle> {
        if (self.width, self.height) != (shown.width, shown.height) {
            return Some(self.bounding_box());
        }
        let width = self.width as usize;
        let rows = || self.pixels.chunks_exact(width).zip(shown.pixels.chunks_exact(width));
        let top = rows().position(|(new, old)| new != old)?;
        let bottom = rows().rposition(|(new, old)| new != old)?;
        let (mut left, mut right) = (width, 0);
        for (new, old) in rows().skip(top).take(bottom - top + 1) {
            if let Some(first) = new.iter().zip(old).position(|(a, b)| a != b) {
                left = left.min(first);
            }
            if let Some(last) = new.iter().zip(old).rposition(|(a, b)| a != b) {
                right = right.max(last);
            }
        }
        Some(Rectangle::with_corners(
            Point::new(left as i32, top as i32),
            Point::new(right as i32, bottom as i32),
        ))
    }
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

impl DrawTarget for Frame {
    type Color = Rgb565;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Rgb565>>,
    {
        for Pixel(point, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y)) else {
                continue;
            };
            if x < self.width && y < self.height {
                self.pixels[(y * self.width + x) as usize] = colour;
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: Rgb565) -> Result<(), Self::Error> {
        let area = area.intersection(&self.bounding_box());
        let Some(corner) = area.bottom_right() else {
            return Ok(());
        };
        for y in area.top_left.y..=corner.y {
            let row = y as usize * self.width as usize;
            let (from, to) = (row + area.top_left.x as usize, row + corner.x as usize);
            self.pixels[from..=to].fill(colour);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_the_box_around_every_difference() {
        let old = Frame::new(10, 8, Rgb565::WHITE);
        let mut new = old.clone();
        assert_eq!(new.damage(&old), None);
        let black = |x, y| Pixel(Point::new(x, y), Rgb565::BLACK);
        new.draw_iter([black(2, 3), black(7, 5), black(-1, 0), black(10, 8)]).expect("infallible");
        let expected = Rectangle::with_corners(Point::new(2, 3), Point::new(7, 5));
        assert_eq!(new.damage(&old), Some(expected));
        assert_eq!(new.pixel(7, 5), Some(Rgb565::BLACK));
        assert_eq!(new.pixel(10, 0), None);
    }

    #[test]
    fn panel_names_are_unique() {
        for (index, panel) in PANELS.iter().enumerate() {
            assert!(PANELS[..index].iter().all(|other| other.name != panel.name));
        }
    }
}
