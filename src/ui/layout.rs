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
        Self { class, width: panel.width, height: panel.height, unit, margin, lit, pitch_um: panel.pitch_um }
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
