//! The test card: what shows a person with a screwdriver whether a panel is set up rightly. No scene of a sale is on
//! it and no word of any language but English, as in the manual: it is for whoever builds the counter.
//!
//! Every page has a line of one pixel around the outermost pixels and a number in each corner, clockwise from the top
//! left: a missing side is an offset or a size, a number at another place a rotation, one that reads as in a mirror is
//! mirrored. A panel that is too small for all parts at once has a page for each.

mod code;
mod keys;
mod round;
mod tones;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use crate::port::panel::Depth;
use crate::port::panel::Frame;
use crate::port::panel::PanelSpec;

use super::Code;
use super::Drawn;
use super::canvas::Canvas;
use super::canvas::Signs;
use super::fit;
use super::hints::Rows;
use super::ink;
use super::ink::Palette;
use super::ink::Tone;
use super::layout::Class;
use super::layout::Geometry;
use super::layout::split_bottom;
use super::layout::split_left;
use super::layout::split_top;
use super::page::KeyHint;
use super::qr::Plan;
use super::stack;
use super::stack::Align;
use super::text::Face;
use super::text::Style;
use super::text::Typesetter;

/// What the sample code reads as. Nobody can pay over it.
pub const TEXT: &str = "qrtill test card";

/// From this size on everything is on one page.
const ROOMY: Size = Size::new(480, 320);
/// Clear pixels between the line around the panel and what is inside of it.
const CLEAR: u32 = 2;
/// Clear pixels around each page on a sheet, and their colour.
const GAP: u32 = 12;
const GROUND: Rgb565 = Rgb565::new(20, 41, 21);

/// What of the card changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The keys pressed, the newest first.
    pub keys: Vec<Echo>,
    /// What became of the last sound, in a few words.
    pub sound: String,
}

/// One press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// As the keypad sent it.
    pub sent: String,
    /// What it is to a terminal.
    pub means: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Round,
    Tones,
    Code,
    Keys,
}

impl Part {
    const ALL: [Self; 4] = [Self::Round, Self::Tones, Self::Code, Self::Keys];

    fn name(self) -> &'static str {
        match self {
            Self::Round => "geometry",
            Self::Tones => "colours",
            Self::Code => "code",
            Self::Keys => "keys",
        }
    }
}

/// Draws the card for one panel.
pub struct TestCard {
    panel: PanelSpec,
    geometry: Geometry,
    inks: Palette,
    set: Typesetter,
    signs: Signs,
}

/// What every part needs.
struct Desk<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    panel: &'a PanelSpec,
    geometry: &'a Geometry,
    inks: &'a Palette,
}

impl TestCard {
    #[must_use]
    pub fn new(panel: PanelSpec) -> Self {
        let geometry = Geometry::of(&panel);
        let inks = ink::palette(Tone::Calm, panel.depth, geometry.lit);
        Self { panel, geometry, inks, set: Typesetter::new(panel.depth), signs: Signs::default() }
    }

    /// How many pages it has on this panel.
    #[must_use]
    pub fn pages(&self) -> usize {
        if self.is_roomy() { 1 } else { Part::ALL.len() }
    }

    fn is_roomy(&self) -> bool {
        self.panel.width >= ROOMY.width && self.panel.height >= ROOMY.height
    }

    /// A page of it; beyond the last comes the first again.
    pub fn draw(&mut self, page: usize, told: &Told) -> Drawn {
        let (pages, roomy) = (self.pages(), self.is_roomy());
        let page = page % pages;
        let frame = Frame::new(self.panel.width, self.panel.height, self.inks.paper);
        let span = frame.bounding_box();
        let mut canvas = Canvas {
            frame,
            span,
            set: &mut self.set,
            signs: &mut self.signs,
            depth: self.panel.depth,
            texts: Vec::new(),
        };
        let (panel, geometry, inks) = (&self.panel, &self.geometry, &self.inks);
        let mut desk = Desk { canvas: &mut canvas, panel, geometry, inks };
        let code = if roomy { desk.all(told) } else { desk.alone(Part::ALL[page], page + 1, pages, told) };
        Drawn { frame: canvas.frame, code, texts: canvas.texts }
    }

    /// All pages beside each other, for looking at elsewhere.
    pub fn sheet(&mut self, told: &Told) -> Frame {
        let (width, height) = (self.panel.width, self.panel.height);
        let pages = self.pages();
        let mut sheet = Frame::new(pages as u32 * (width + GAP) + GAP, height + 2 * GAP, GROUND);
        for page in 0..pages {
            let frame = self.draw(page, told).frame;
            let at = Point::new((GAP + page as u32 * (width + GAP)) as i32, GAP as i32);
            let area = Rectangle::new(at, frame.size());
            let Ok(()) = sheet.fill_contiguous(&area, frame.pixels().iter().copied());
        }
        sheet
    }

    /// What is left on the panel: nothing, dark where it shines.
    #[must_use]
    pub fn blank(&self) -> Frame {
        let is_paper = self.panel.depth == Depth::Mono && !self.geometry.lit;
        let rest = if is_paper { Rgb565::WHITE } else { Rgb565::BLACK };
        Frame::new(self.panel.width, self.panel.height, rest)
    }
}

impl Desk<'_, '_> {
    fn all(&mut self, told: &Told) -> Code {
        let title = format!("{} · {}", self.panel.name, round::size(self.panel));
        let inside = self.border(&title, &[("✕", "end")]);
        let (upper, lower) = split_top(inside, inside.size.height / 2);
        let gap = self.geometry.unit / 2;
        let halves = |row: Rectangle| {
            let (left, right) = split_left(row, row.size.width / 2);
            [left, right].map(|half| inset(half, gap / 2))
        };
        let [first, second] = halves(upper);
        let [third, fourth] = halves(lower);
        self.round(first);
        self.tones(second);
        let code = self.code(third);
        self.keys(fourth, told);
        code
    }

    fn alone(&mut self, part: Part, number: usize, pages: usize, told: &Told) -> Code {
        let ends = [("Enter", "next"), ("✕", "end")];
        if part == Part::Code && self.geometry.class == Class::Line {
            // A few lines have no room for a border besides a code.
            return self.code(self.canvas.span);
        }
        let inside = self.border(&format!("{number}/{pages} {}", part.name()), &ends);
        match part {
            Part::Round => self.round(inside),
            Part::Tones => self.tones(inside),
            Part::Code => return self.code(inside),
            Part::Keys => self.keys(inside, told),
        }
        Code::None
    }

    /// The line around everything, the corners, a title between the upper two and keys between the lower two. Gives
    /// back what is inside.
    fn border(&mut self, title: &str, keys: &[(&str, &str)]) -> Rectangle {
        let whole = self.canvas.span;
        self.outline(whole, 1);
        let inside = inset(whole, 1 + CLEAR);
        let hints: Vec<KeyHint> = keys
            .iter()
            .map(|(key, does)| KeyHint { key: (*key).to_owned(), does: (*does).to_owned() })
            .collect();
        let mark = (self.geometry.unit * 6 / 5).max(self.geometry.least + 2);
        let between = inside.size.width.saturating_sub(2 * (mark + CLEAR));
        let rows = Rows::new(self.canvas.set, &hints, between, self.geometry);
        let (above, inside) = split_top(inside, mark);
        let (inside, below) = split_bottom(inside, mark.max(rows.height()));
        self.corners(above, below, mark);
        let middle = |strip: Rectangle| split_left(split_left(strip, mark + CLEAR).1, between).0;
        self.line(title, middle(above), Face::Bold);
        rows.draw(self.canvas, middle(below), Align::Centre, self.inks);
        inset(inside, CLEAR)
    }

    /// Numbers in the corners, clockwise from the top left.
    fn corners(&mut self, above: Rectangle, below: Rectangle, mark: u32) {
        let side = Size::new_equal(mark);
        let right = |strip: Rectangle| strip.top_left.x + (strip.size.width - mark) as i32;
        let low = below.top_left.y + (below.size.height - mark) as i32;
        let places = [
            above.top_left,
            Point::new(right(above), above.top_left.y),
            Point::new(right(below), low),
            Point::new(below.top_left.x, low),
        ];
        for (number, place) in (1..).zip(places) {
            let square = Rectangle::new(place, side);
            self.canvas.fill(square, self.inks.text);
            let style = Style { face: Face::Bold, px: mark * 4 / 5, tight: false };
            let fitted = fit::fit(self.canvas.set, &i32::to_string(&number), style, 1, mark);
            self.centred(&fitted, square, self.inks.paper);
        }
    }

    /// One line of text in the middle of a strip, as large as running text at most.
    fn line(&mut self, text: &str, strip: Rectangle, face: Face) {
        let style = Style { face, px: self.geometry.unit, tight: false };
        let fitted = fit::fit(self.canvas.set, text, style, 1, strip.size.width);
        self.centred(&fitted, strip, self.inks.text);
    }

    fn centred(&mut self, fitted: &fit::Fitted, area: Rectangle, ink: Rgb565) {
        let down = area.size.height.saturating_sub(fitted.height) as i32 / 2;
        let slot = Rectangle::new(area.top_left + Point::new(0, down), area.size);
        stack::lines(self.canvas, fitted, slot, Align::Centre, ink);
    }

    /// Lines of text from the top of the area, each no wider than it; those that have no room below are left out.
    fn lines(&mut self, texts: &[(&str, Face)], area: Rectangle, align: Align) {
        let mut rest = area;
        for (text, face) in texts.iter().filter(|(text, _)| !text.is_empty()) {
            let px = (self.geometry.unit * 4 / 5).max(self.geometry.least);
            let style = Style { face: *face, px, tight: false };
            let least = self.geometry.least;
            let fitted = fit::fit_tall(self.canvas.set, text, style, 1, rest.size.width, least);
            if fitted.height > rest.size.height {
                return;
            }
            let (slot, below) = split_top(rest, fitted.height);
            stack::lines(self.canvas, &fitted, slot, align, self.inks.text);
            rest = below;
        }
    }

    /// A line of so many pixels along the inner side of the area.
    fn outline(&mut self, area: Rectangle, thick: u32) {
        let (top, rest) = split_top(area, thick);
        let (rest, bottom) = split_bottom(rest, thick);
        let (left, rest) = split_left(rest, thick);
        let right = split_left(rest, rest.size.width.saturating_sub(thick)).1;
        for side in [top, bottom, left, right] {
            self.canvas.fill(side, self.inks.text);
        }
    }

    fn plan(&self, area: Size) -> Result<Plan, super::qr::TooLong> {
        super::qr::plan(TEXT, area, self.geometry.pitch_um)
    }
}

/// The area without so many pixels at each side.
fn inset(area: Rectangle, by: u32) -> Rectangle {
    let size = Size::new(area.size.width.saturating_sub(2 * by), area.size.height.saturating_sub(2 * by));
    Rectangle::new(area.top_left + Point::new_equal(by as i32), size)
}

#[cfg(test)]
mod tests;
