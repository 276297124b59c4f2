//! A contact sheet: the main scenes of a panel beside and below each other, for somebody who wants to see at a
//! glance what a counter looks like.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use crate::port::panel::Frame;

use super::Painter;
use super::sample::Sample;

/// The scenes on a sheet, in the order of a sale and what may come of it.
pub const SCENES: [&str; 12] = [
    "idle-standing",
    "entering",
    "preparing",
    "scan",
    "paid",
    "scan-declined",
    "short",
    "expired",
    "failed",
    "unknown",
    "unavailable",
    "last_payments",
];

const COLUMNS: usize = 4;
/// Clear pixels around each picture.
const GAP: u32 = 12;
const GROUND: Rgb565 = Rgb565::new(20, 41, 21);

/// The sheet of the painter's panel. Scenes that `samples` lacks are left out.
#[must_use]
pub fn draw(painter: &mut Painter, samples: &[Sample]) -> Frame {
    let found = SCENES.iter().filter_map(|name| samples.iter().find(|sample| sample.name == *name));
    let frames: Vec<Frame> = found.map(|sample| painter.draw(&sample.view, 0).frame).collect();
    let (width, height) = frames.first().map_or((0, 0), |frame| (frame.width(), frame.height()));
    let rows = frames.len().div_ceil(COLUMNS) as u32;
    let (step_x, step_y) = (width + GAP, height + GAP);
    let mut sheet = Frame::new(COLUMNS as u32 * step_x + GAP, rows * step_y + GAP, GROUND);
    for (index, frame) in frames.iter().enumerate() {
        let (column, row) = ((index % COLUMNS) as u32, (index / COLUMNS) as u32);
        let at = Point::new((GAP + column * step_x) as i32, (GAP + row * step_y) as i32);
        let area = Rectangle::new(at, Size::new(width, height));
        let Ok(()) = sheet.fill_contiguous(&area, frame.pixels().iter().copied());
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::panel::PANELS;
    use crate::ui::Audience;
    use crate::ui::lang::Lang;
    use crate::ui::sample;

    #[test]
    fn a_sheet_holds_every_main_scene_as_it_is_drawn() {
        let mut painter = Painter::new(PANELS[0], Audience::Customer, Lang::En, sample::SHOP);
        let samples = sample::all(sample::EUR);
        let sheet = draw(&mut painter, &samples);
        assert_eq!((sheet.width(), sheet.height()), (4 * 252 + 12, 3 * 332 + 12));
        let paid = samples.iter().find(|sample| sample.name == "paid").expect("a sample");
        let frame = painter.draw(&paid.view, 0).frame;
        // The fifth: first of the second row.
        for (x, y) in [(0, 0), (120, 160), (239, 319)] {
            assert_eq!(sheet.pixel(12 + x, 12 + 332 + y), frame.pixel(x, y));
        }
        assert!(SCENES.iter().all(|name| samples.iter().any(|sample| sample.name == *name)));
    }
}
