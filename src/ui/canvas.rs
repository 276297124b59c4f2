//! Ink on one frame: text, signs, boxes, and a list of where text stands. No wording and no arrangement.

use std::collections::BTreeMap;

use embedded_graphics::Pixel;
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::PrimitiveStyle;
use embedded_graphics::primitives::PrimitiveStyleBuilder;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::primitives::RoundedRectangle;
use embedded_graphics::primitives::StrokeAlignment;
use embedded_graphics::primitives::StyledDrawable;
use embedded_graphics::text::Baseline;
use embedded_graphics::text::Text;

use crate::port::panel::Depth;
use crate::port::panel::Frame;

use super::bidi::Direction;
use super::glyph::Mask;
use super::icon;
use super::icon::Icon;
use super::text::Cut;
use super::text::Style;
use super::text::Typesetter;

/// A line of text and the box it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextBox {
    pub text: String,
    pub area: Rectangle,
    /// The type's em in pixels.
    pub px: u32,
}

/// Signs already cut, by kind and size.
#[derive(Default)]
pub struct Signs(BTreeMap<(Sign, u32), Mask>);

/// The kinds of soft-edged shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    Disc,
    Ring,
    Icon(Icon),
}

impl Sign {
    /// Whether it points or curls the way its readers read.
    fn has_direction(self) -> bool {
        matches!(self, Self::Icon(Icon::Question | Icon::Return))
    }
}

/// A panel has only a few sizes of signs; anything beyond is a sign of sizes that run with an amount.
const KEEP_SIGNS: usize = 64;

/// Digits are this many hundredths of an em high.
pub const DIGIT: u32 = 73;

/// One frame being drawn.
pub struct Canvas<'a> {
    pub frame: Frame,
    /// What is turned over for readers from right to left: text and shapes that are put at its left come out
    /// at its right. The frame, or the part of it that a code leaves.
    pub span: Rectangle,
    pub set: &'a mut Typesetter,
    pub signs: &'a mut Signs,
    pub depth: Depth,
    pub texts: Vec<TextBox>,
}

impl Canvas<'_> {
    /// Draws one line with its top left corner at `at`.
    pub fn text(&mut self, text: &str, style: Style, at: Point, ink: Rgb565) {
        let (height, _) = self.set.line(text, style);
        let width = self.set.width(text, style);
        let at = self.turned(at, width);
        let area = Rectangle::new(at, Size::new(width, height));
        self.write(text, style, at, area, ink);
    }

    /// Draws digits, whose upper edge is that of `area` and which take no more room than it, without the space that a
    /// line has above them.
    pub fn digits(&mut self, text: &str, style: Style, area: Rectangle, ink: Rgb565) {
        let area = Rectangle::new(self.turned(area.top_left, area.size.width), area.size);
        let above = self.set.line(text, style).1 as i32 - (style.px * DIGIT / 100) as i32;
        self.write(text, style, area.top_left - Point::new(0, above), area, ink);
    }

    fn write(&mut self, text: &str, style: Style, at: Point, area: Rectangle, ink: Rgb565) {
        self.texts.push(TextBox { text: text.to_owned(), area, px: style.px });
        match self.set.cut(text, style) {
            Cut::Bitmap(font, spelled) => {
                let style = MonoTextStyle::new(font, ink);
                let Ok(_) = Text::with_baseline(&spelled, at, style, Baseline::Top).draw(&mut self.frame);
            }
            Cut::Outline => {
                let threshold = self.threshold(Typesetter::inked_from(text, style.face));
                let mask = self.set.ink(text, style);
                cover(&mut self.frame, threshold, &mask, at, ink);
            }
        }
    }

    /// Whether what is arranged from left to right is shown from right to left.
    #[must_use]
    pub fn is_turned(&self) -> bool {
        self.set.direction() == Direction::RightToLeft
    }

    /// Where something of that width comes out.
    fn turned(&self, at: Point, width: u32) -> Point {
        if !self.is_turned() {
            return at;
        }
        let (left, wide) = (self.span.top_left.x, self.span.size.width as i32);
        Point::new(2 * left + wide - at.x - width as i32, at.y)
    }

    /// From which coverage on a pixel is inked all over, on a panel without grey.
    fn threshold(&self, inked_from: u8) -> Option<u8> {
        (self.depth == Depth::Mono).then_some(inked_from)
    }

    /// Draws a sign into the square of `px` pixels whose top left corner is `at`.
    pub fn sign(&mut self, sign: Sign, px: u32, at: Point, ink: Rgb565) {
        let (threshold, at) = (self.threshold(SIGN_FROM), self.turned(at, px));
        let mirrored = self.is_turned() && sign.has_direction();
        if self.signs.0.len() > KEEP_SIGNS {
            self.signs.0.clear();
        }
        let mask = self.signs.0.entry((sign, px)).or_insert_with(|| {
            let mut mask = match sign {
                Sign::Disc => icon::disc(px),
                Sign::Ring => icon::ring(px),
                Sign::Icon(icon) => icon.mask(px),
            };
            if mirrored {
                mask.coverage.chunks_exact_mut(px.max(1) as usize).for_each(<[u8]>::reverse);
            }
            mask
        });
        cover(&mut self.frame, threshold, mask, at, ink);
    }

    pub fn fill(&mut self, area: Rectangle, ink: Rgb565) {
        let area = Rectangle::new(self.turned(area.top_left, area.size.width), area.size);
        let Ok(()) = self.frame.fill_solid(&area, ink);
    }

    /// A filled box with round corners.
    pub fn rounded(&mut self, area: Rectangle, radius: u32, ink: Rgb565) {
        self.corners(area, radius, PrimitiveStyle::with_fill(ink));
    }

    /// The outline of a box with round corners, so many pixels wide, all of it inside `area`.
    pub fn outlined(&mut self, area: Rectangle, radius: u32, wide: u32, ink: Rgb565) {
        let style = PrimitiveStyleBuilder::new().stroke_color(ink).stroke_width(wide);
        self.corners(area, radius, style.stroke_alignment(StrokeAlignment::Inside).build());
    }

    fn corners(&mut self, area: Rectangle, radius: u32, style: PrimitiveStyle<Rgb565>) {
        let area = Rectangle::new(self.turned(area.top_left, area.size.width), area.size);
        let corners = Size::new_equal(radius);
        let Ok(()) = RoundedRectangle::with_equal_corners(area, corners).draw_styled(&style, &mut self.frame);
    }
}

/// A sign's strokes are thin: they rarely cover half a pixel.
const SIGN_FROM: u8 = 108;

/// Lays ink over what is there, as far as the mask covers it: by shares on colour, all or nothing on mono.
fn cover(frame: &mut Frame, threshold: Option<u8>, mask: &Mask, pen: Point, ink: Rgb565) {
    let corner = pen + Point::new(mask.left, -mask.top);
    for (y, row) in (0..).zip(mask.coverage.chunks_exact(mask.width.max(1) as usize)) {
        for (x, coverage) in (0..).zip(row).filter(|(_, coverage)| **coverage > 0) {
            let at = corner + Point::new(x, y);
            let colour = match threshold {
                Some(least) if *coverage < least => continue,
                Some(_) => ink,
                None if *coverage == 255 => ink,
                None => {
                    let ground = frame.pixel(at.x as u32, at.y as u32).unwrap_or(ink);
                    blend(ground, ink, *coverage)
                }
            };
            let Ok(()) = frame.draw_iter([Pixel(at, colour)]);
        }
    }
}

fn blend(ground: Rgb565, ink: Rgb565, coverage: u8) -> Rgb565 {
    let share = u32::from(coverage);
    let mix = |below: u8, above: u8| {
        ((u32::from(below) * (255 - share) + u32::from(above) * share + 127) / 255) as u8
    };
    Rgb565::new(mix(ground.r(), ink.r()), mix(ground.g(), ink.g()), mix(ground.b(), ink.b()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::Face;

    fn canvas<'a>(frame: Frame, set: &'a mut Typesetter, signs: &'a mut Signs, depth: Depth) -> Canvas<'a> {
        let span = frame.bounding_box();
        Canvas { frame, span, set, signs, depth, texts: Vec::new() }
    }

    #[test]
    fn a_mono_panel_gets_no_colour_between_paper_and_ink() {
        let mut set = Typesetter::new(Depth::Mono);
        let mut signs = Signs::default();
        let frame = Frame::new(200, 80, Rgb565::WHITE);
        let mut canvas = canvas(frame, &mut set, &mut signs, Depth::Mono);
        let style = Style { face: Face::Bold, px: 40, tight: true };
        canvas.text("12,50 €", style, Point::new(2, 2), Rgb565::BLACK);
        canvas.sign(Sign::Icon(Icon::Question), 30, Point::new(160, 40), Rgb565::BLACK);
        let inks: Vec<_> = canvas.frame.pixels().iter().filter(|ink| **ink != Rgb565::WHITE).collect();
        assert!(!inks.is_empty());
        assert!(inks.iter().all(|ink| **ink == Rgb565::BLACK));
    }

    #[test]
    fn ink_stays_inside_the_box_that_is_reported() {
        let mut set = Typesetter::new(Depth::Colour);
        let mut signs = Signs::default();
        for (text, tight) in [("€1,234.50 $¥£", true), ("12,50 zł Kč", true), ("ÀÇÜĘgjpqy|(„“)", false)]
        {
            let frame = Frame::new(900, 120, Rgb565::WHITE);
            let mut canvas = canvas(frame, &mut set, &mut signs, Depth::Colour);
            let style = Style { face: Face::Bold, px: 60, tight };
            canvas.text(text, style, Point::new(10, 10), Rgb565::BLACK);
            let inked = canvas.frame.damage(&Frame::new(900, 120, Rgb565::WHITE)).expect("ink");
            let area = canvas.texts[0].area;
            let rows = area.top_left.y..area.top_left.y + area.size.height as i32;
            let corner = inked.bottom_right().expect("not empty");
            assert!(
                rows.contains(&inked.top_left.y) && rows.contains(&corner.y),
                "{text} {inked:?} {area:?}"
            );
        }
    }
}
