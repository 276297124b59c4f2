//! An amount while it is typed. On most panels as on a till: at the right end of a field that has room for larger ones. A
//! digit then moves nothing outside the field, and all that changes in it is a small part of the panel. On a panel of
//! a few lines, which is sent in whole bytes of eight rows, from the left: a digit then moves only those behind the point.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::canvas::DIGIT;
use super::fit::Fitted;
use super::fit::LEAST_PX;
use super::fit::fit;
use super::ink::Palette;
use super::layout::Geometry;
use super::layout::split_top;
use super::page::Keyed;
use super::text::Face;
use super::text::Style;
use super::text::Typesetter;

/// What is typed, and what the field is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    pub typed: String,
    /// Nearly every amount takes at most as much room as this one, and is as large.
    pub usual: String,
    /// The largest there can be. All that are longer than the usual one are as large as it.
    pub most: String,
}

/// The middle of digits below the top of their line, in hundredths of an em.
const MIDDLE: u32 = 44;

/// A field at its final size.
pub struct Field {
    pub size: Size,
    text: Fitted,
    pad: u32,
}

impl Field {
    /// With digits of at most `px` pixels to the em, in at most `width` pixels; a line of the usual amount takes
    /// no more than `pixels` pixels, since a digit may change all of them.
    #[must_use]
    pub fn new(set: &mut Typesetter, amounts: &Amounts, px: u32, width: u32, pixels: u32) -> Self {
        let usual = largest(set, &amounts.usual, px, width, pixels);
        let most = largest(set, &amounts.most, usual.px, width, pixels);
        let (wide, widest) = (set.width(&amounts.usual, usual), set.width(&amounts.most, most));
        let style = if set.width(&amounts.typed, usual) <= wide { usual } else { most };
        let pad = pad(usual.px);
        let inside = wide.max(widest);
        let text = fit(set, &amounts.typed, style, 1, inside);
        let size = Size::new(inside + 2 * pad, usual.px * DIGIT / 100 + 2 * pad);
        Self { size, text, pad }
    }

    /// Draws it with its top left corner at `at`.
    pub fn draw(&self, canvas: &mut Canvas, at: Point, inks: &Palette) {
        let area = Rectangle::new(at, self.size);
        canvas.outlined(area, self.pad, (self.pad / 8).max(1), inks.line);
        let free = (self.size.width - 2 * self.pad).saturating_sub(self.text.width);
        // Digits end at the right, for readers from the right too: there everything is turned.
        let indent = self.pad + if canvas.is_turned() { 0 } else { free };
        let down = self.size.height as i32 / 2 - (self.text.style.px * MIDDLE / 100) as i32;
        if let Some(line) = self.text.lines.first() {
            canvas.text(line, self.text.style, at + Point::new(indent as i32, down), inks.text);
        }
    }
}

/// Rows that the controller of a panel of a few lines keeps in a byte.
const PAGE: u32 = 8;
/// A comma reaches so many hundredths of an em below the digits.
const COMMA: u32 = 15;

/// Draws the amount on a panel of a few lines into its first two rows of bytes, and gives back what is below them.
pub fn draw_on_line(
    canvas: &mut Canvas,
    keyed: &Keyed,
    area: Rectangle,
    geometry: &Geometry,
    inks: &Palette,
) -> Rectangle {
    let (sign, digits) = (&keyed.typed.sign, &keyed.typed.digits);
    let wide = area.size.width;
    let style = largest_on_line(canvas.set, keyed, wide, geometry.keyed);
    let (sign_wide, digits_wide) = (canvas.set.width(sign, style), canvas.set.width(digits, style));
    let comma = if digits.contains(',') { COMMA } else { 0 };
    let height = (style.px * (DIGIT + comma)).div_ceil(100);
    let top = area.top_left.y.min((2 * PAGE).saturating_sub(height) as i32);
    let indents = match keyed.typed.leads {
        true => [0, sign_wide + gap(sign, style)],
        false => [wide.saturating_sub(sign_wide), 0],
    };
    for ((text, width), indent) in [(sign, sign_wide), (digits, digits_wide)].into_iter().zip(indents) {
        // Digits run from left to right for everybody: what the canvas turns is turned back.
        let indent = if canvas.is_turned() { wide.saturating_sub(indent + width) } else { indent };
        let at = Point::new(area.top_left.x + indent as i32, top);
        canvas.digits(text, style, Rectangle::new(at, Size::new(width, height)), inks.text);
    }
    split_top(area, 2 * PAGE - area.top_left.y as u32).1
}

/// Between the sign and the digits.
fn gap(sign: &str, style: Style) -> u32 {
    let is_word = sign.chars().all(char::is_alphanumeric);
    style.px / if is_word { 3 } else { 16 }
}

/// The largest type in which the largest amount has room, and in which what a key changes takes no more than `pixels`
/// pixels of two rows of bytes.
fn largest_on_line(set: &mut Typesetter, keyed: &Keyed, width: u32, pixels: u32) -> Style {
    let mut style = Style { face: Face::Bold, px: 2 * PAGE * 100 / (DIGIT + COMMA), tight: true };
    while style.px > LEAST_PX {
        let digits = set.width(&keyed.most, style).max(set.width(&keyed.typed.digits, style));
        let sign = set.width(&keyed.typed.sign, style) + gap(&keyed.typed.sign, style);
        if sign + digits <= width && set.width(&keyed.none, style) * 2 * PAGE <= pixels {
            break;
        }
        style.px -= 1;
    }
    style
}

/// Space on every side of the digits: marks that reach below the line stay inside.
fn pad(px: u32) -> u32 {
    px / 5
}

fn largest(set: &mut Typesetter, text: &str, px: u32, width: u32, pixels: u32) -> Style {
    let mut style = Style { face: Face::Bold, px, tight: true };
    while style.px > LEAST_PX {
        let wide = set.width(text, style);
        if wide + 2 * pad(style.px) <= width && wide * set.line(text, style).0 <= pixels {
            break;
        }
        style.px -= 1;
    }
    style
}
