//! Whether the panel's pixels are where they are taken to be: a circle that has to be round, with the panel's name and
//! size.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Circle;
use embedded_graphics::primitives::PrimitiveStyleBuilder;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::primitives::StrokeAlignment;

use crate::port::panel::PanelSpec;
use crate::ui::layout::split_left;
use crate::ui::stack::Align;
use crate::ui::text::Face;

use super::Desk;
use super::inset;

/// The panel's pixels, in words.
pub fn size(panel: &PanelSpec) -> String {
    format!("{} x {}", panel.width, panel.height)
}

/// How far its pixels are apart, in words. Thousandths of a millimetre are what the configuration takes.
fn pitch(panel: &PanelSpec) -> String {
    format!("pitch {} µm", panel.pitch_um)
}

impl Desk<'_, '_> {
    pub(super) fn round(&mut self, area: Rectangle) {
        let side = area.size.width.min(area.size.height);
        // An odd width has a middle.
        let side = side - (1 - side % 2);
        let is_wide = area.size.width * 2 >= side * 3;
        let place = if is_wide { split_left(area, side).0 } else { area };
        let free = place.size.saturating_sub(Size::new_equal(side));
        let at = place.top_left + Point::new(free.width as i32 / 2, free.height as i32 / 2);
        let thick = (side / 100).max(1);
        let style = PrimitiveStyleBuilder::new().stroke_color(self.inks.text).stroke_width(thick);
        let style = style.stroke_alignment(StrokeAlignment::Inside).build();
        let Ok(()) = Circle::new(at, side).into_styled(style).draw(&mut self.canvas.frame);
        let (size, pitch) = (size(self.panel), pitch(self.panel));
        let words = [(self.panel.name, Face::Bold), (size.as_str(), Face::Regular), (&pitch, Face::Regular)];
        if is_wide {
            self.lines(&words, inset(split_left(area, side).1, self.geometry.unit / 3), Align::Left);
            return;
        }
        // The square inside of it.
        let within = inset(Rectangle::new(at, Size::new_equal(side)), side * 3 / 20 + thick);
        let height = self.geometry.unit * 4;
        let down = within.size.height.saturating_sub(height) / 2;
        let within = Rectangle::new(within.top_left + Point::new(0, down as i32), within.size);
        self.lines(&words, within, Align::Centre);
    }
}
