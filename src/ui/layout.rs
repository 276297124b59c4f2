//! The few classes of panel shapes and the one unit all sizes are reckoned in. Rectangles only, no ink.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use crate::port::panel::Depth;
use crate::port::panel::PanelSpec;

/// What a panel's shape asks of an arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A few lines of text, such as 128 by 64.
    Line,
    /// At least 1.9 times as wide as high: two columns, all type in the right one.
    Wide,
    Landscape,
    Square,
    Portrait,
}

impl Class {
    #[must_use]
    pub fn of(width: u32, height: u32) -> Self {
        if height < 100 {
            Self::Line
        } else if width * 10 >= height * 19 {
            Self::Wide
        } else if width * 10 >= height * 11 {
            Self::Landscape
        } else if height * 10 >= width * 11 {
            Self::Portrait
        } else {
            Self::Square
        }
    }
}

/// A panel as the layout sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub class: Class,
    pub width: u32,
    pub height: u32,
    /// The size of running text in pixels. Everything else is a multiple of it.
    pub unit: u32,
    /// Clear space at the edges.
    pub margin: u32,
    /// Small print is no smaller than this, in pixels; it is left out or takes more lines instead.
    pub least: u32,
    /// The sentence that says what to do is no smaller than this.
    pub least_say: u32,
    /// What a typed digit changes takes at most so many pixels: a tenth of the panel, since it has to go over a bus.
    /// Paper is sent whole pictures whatever changes; there it is what turns that is less than a tenth.
    pub keyed: u32,
    /// The panel glows on black.
    pub lit: bool,
    pub pitch_um: u32,
}

impl Geometry {
    #[must_use]
    pub fn of(panel: &PanelSpec) -> Self {
        let class = Class::of(panel.width, panel.height);
        let short = panel.width.min(panel.height);
        let unit = match class {
            Class::Line => short / 8,
            Class::Wide => short / 9,
            Class::Landscape | Class::Square | Class::Portrait => short / 15,
        };
        let margin = if class == Class::Line { 1 } else { unit * 3 / 5 };
        let lit = class == Class::Line && panel.depth == Depth::Mono;
        let (least, least_say) = floors(class, unit, panel.pitch_um);
        let (width, height, pitch_um) = (panel.width, panel.height, panel.pitch_um);
        let keyed = match (class, panel.depth) {
            // Two rows of bytes have an address each, which takes some of the tenth.
            (Class::Line, _) => width * height / 11,
            (_, Depth::Colour) => width * height / 10,
            // Little more than half of the pixels around digits are ink that comes or goes.
            (_, Depth::Mono) => width * height / 5,
        };
        Self { class, width, height, unit, margin, least, least_say, keyed, lit, pitch_um }
    }

    /// How far an amount may reach into the margin at either side: it is read from far away.
    #[must_use]
    pub fn bleed(&self) -> u32 {
        self.margin.saturating_sub(self.unit / 5)
    }

    /// The panel without its margins.
    #[must_use]
    pub fn inside(&self) -> Rectangle {
        let margin = self.margin;
        let size = Size::new(self.width - 2 * margin, self.height - 2 * margin);
        Rectangle::new(Point::new_equal(margin as i32), size)
    }

    /// The panel with its margins at the sides only, and next to none above and below: for codes, whose
    /// size is worth more.
    #[must_use]
    pub fn tall_inside(&self) -> Rectangle {
        let edge = self.unit / 5;
        let size = Size::new(self.width - 2 * self.margin, self.height - 2 * edge);
        Rectangle::new(Point::new(self.margin as i32, edge as i32), size)
    }
}

/// Below this an em is too small to read at arm's length, in micrometres.
const LEAST_UM: u32 = 1600;

/// The least sizes of small print and of sentences. Below nine pixels letters lose their shape; a panel with
/// very small dots has no room for more than three quarters of its running text's size, and a panel of a few
/// lines is read from near and has its type cut dot by dot.
fn floors(class: Class, unit: u32, pitch_um: u32) -> (u32, u32) {
    if class == Class::Line {
        return (7, 7);
    }
    let small = (LEAST_UM / pitch_um).min(unit * 3 / 4).max(9);
    (small, (small * 6 / 5).min(unit))
}

/// Cuts `height` rows off the top; the rest is second.
#[must_use]
pub fn split_top(area: Rectangle, height: u32) -> (Rectangle, Rectangle) {
    let height = height.min(area.size.height);
    let rest = Size::new(area.size.width, area.size.height - height);
    (
        Rectangle::new(area.top_left, Size::new(area.size.width, height)),
        Rectangle::new(area.top_left + Point::new(0, height as i32), rest),
    )
}

/// Cuts `height` rows off the bottom; the rest is first.
#[must_use]
pub fn split_bottom(area: Rectangle, height: u32) -> (Rectangle, Rectangle) {
    split_top(area, area.size.height.saturating_sub(height))
}

/// Cuts `width` columns off the left; the rest is second.
#[must_use]
pub fn split_left(area: Rectangle, width: u32) -> (Rectangle, Rectangle) {
    let width = width.min(area.size.width);
    let rest = Size::new(area.size.width - width, area.size.height);
    (
        Rectangle::new(area.top_left, Size::new(width, area.size.height)),
        Rectangle::new(area.top_left + Point::new(width as i32, 0), rest),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::panel::PANELS;

    #[test]
    fn every_panel_falls_into_the_class_its_shape_asks_for() {
        for panel in PANELS {
            let expected = match panel.name {
                "oled-128x64" => Class::Line,
                "epd-250x122" | "epd-296x128" => Class::Wide,
                "tft-240x240" => Class::Square,
                "tft-240x320" => Class::Portrait,
                _ => Class::Landscape,
            };
            assert_eq!(Geometry::of(panel).class, expected, "{}", panel.name);
        }
    }
}
