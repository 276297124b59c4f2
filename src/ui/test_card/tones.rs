//! Whether the panel's colours are those that are meant: bars that are named, and steps from black to white. A panel
//! of black and white has dots in their place, as close as the step is dark.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use crate::port::panel::Depth;
use crate::ui::fit;
use crate::ui::layout::split_left;
use crate::ui::layout::split_top;
use crate::ui::text::Face;
use crate::ui::text::Style;

use super::Desk;
use super::inset;

/// A bar's colour, its name, and the ink that is read on it.
type Bar = (Rgb565, &'static str, Rgb565);

const COLOURS: [Bar; 5] = [
    (Rgb565::RED, "red", Rgb565::WHITE),
    (Rgb565::GREEN, "green", Rgb565::BLACK),
    (Rgb565::BLUE, "blue", Rgb565::WHITE),
    (Rgb565::WHITE, "white", Rgb565::BLACK),
    (Rgb565::BLACK, "black", Rgb565::WHITE),
];
const TWO: [Bar; 2] = [(Rgb565::WHITE, "white", Rgb565::BLACK), (Rgb565::BLACK, "black", Rgb565::WHITE)];

/// Steps from black to white.
const STEPS: u32 = 16;
/// In which order the dots of a square of four by four light up, so that those that are lit lie far apart.
const DOTS: [[u32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

impl Desk<'_, '_> {
    pub(super) fn tones(&mut self, area: Rectangle) {
        self.outline(area, 1);
        let (bars, greys) = split_top(inset(area, 1), area.size.height * 3 / 5);
        let named: &[Bar] = match self.canvas.depth {
            Depth::Colour => &COLOURS,
            Depth::Mono => &TWO,
        };
        for (bar, (colour, name, ink)) in columns(bars, named.len() as u32).zip(named) {
            self.canvas.fill(bar, *colour);
            let style = Style { face: Face::Bold, px: self.geometry.unit, tight: false };
            let fitted = fit::fit(self.canvas.set, name, style, 1, bar.size.width.saturating_sub(2));
            self.centred(&fitted, bar, *ink);
        }
        for (step, column) in (0..).zip(columns(greys, STEPS)) {
            self.grey(column, step);
        }
    }

    /// One step of grey: a colour, or dots.
    fn grey(&mut self, area: Rectangle, step: u32) {
        if self.canvas.depth == Depth::Colour {
            let share = |most: u8| (u32::from(most) * step / (STEPS - 1)) as u8;
            let grey = Rgb565::new(share(Rgb565::MAX_R), share(Rgb565::MAX_G), share(Rgb565::MAX_B));
            self.canvas.fill(area, grey);
            return;
        }
        // Of sixteen dots none is lit at the first step and all are at the last.
        let lit = step * 16 / (STEPS - 1);
        let dots = area.points().map(|at| {
            let order = DOTS[(at.y & 3) as usize][(at.x & 3) as usize];
            Pixel(at, if order < lit { Rgb565::WHITE } else { Rgb565::BLACK })
        });
        let Ok(()) = self.canvas.frame.draw_iter(dots);
    }
}

/// The area in so many columns that together are all of it.
fn columns(area: Rectangle, count: u32) -> impl Iterator<Item = Rectangle> {
    let edge = move |index: u32| area.size.width * index / count;
    (0..count).map(move |index| {
        let (from, to) = (edge(index), edge(index + 1));
        split_left(split_left(area, from).1, to - from).0
    })
}
