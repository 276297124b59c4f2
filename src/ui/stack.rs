//! Blocks of type and signs one below the other, all scaled down together until they fit their space.
//! Amounts shrink and never lose a digit; sentences wrap and never lose a word.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::canvas::Sign;
use super::icon::Icon;
use super::ink::Palette;
use super::text::Face;
use super::text::Style;
use super::text::Typesetter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Centre,
}

/// Sizes are in percent of the geometry's unit.
pub enum Block {
    Text {
        text: String,
        face: Face,
        size: u32,
        lines: usize,
        tight: bool,
        ink: Rgb565,
    },
    /// A sign on a disc.
    Badge {
        icon: Icon,
        size: u32,
    },
    /// Labels on the left, amounts on the right; the last line larger.
    Sums {
        rows: Vec<(String, String)>,
        size: u32,
    },
    /// Discs for digits that nobody may read, then a ring for the next.
    Dots {
        typed: u8,
        size: u32,
    },
}

impl Block {
    /// One amount, as large as its line allows.
    #[must_use]
    pub fn amount(text: &str, size: u32, ink: Rgb565) -> Self {
        Self::Text { text: text.to_owned(), face: Face::Bold, size, lines: 1, tight: true, ink }
    }

    #[must_use]
    pub fn bold(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        Self::Text { text: text.to_owned(), face: Face::Bold, size, lines, tight: false, ink }
    }

    #[must_use]
    pub fn plain(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        Self::Text { text: text.to_owned(), face: Face::Regular, size, lines, tight: false, ink }
    }
}

/// Type no smaller than this is tried before the last word is cut short.
const LEAST_PX: u32 = 6;

/// Lines of one text that fit, and their type.
pub struct Fitted {
    pub lines: Vec<String>,
    pub style: Style,
    pub height: u32,
    pub width: u32,
}

/// The largest type up to `px` in which `text` takes at most `lines` lines of `width` pixels.
pub fn fit(set: &mut Typesetter, text: &str, style: Style, lines: usize, width: u32) -> Fitted {
    let mut style = style;
    loop {
        let fits = set.wrap(text, style, width).is_some_and(|wrapped| wrapped.len() <= lines);
        let wrapped = match fits {
            true => set.wrap_evenly(text, style, width),
            false if style.px <= LEAST_PX => Some(cut_short(set, text, style, lines, width)),
            false => None,
        };
        if let Some(lines) = wrapped {
            let height = lines.iter().map(|line| set.line(line, style).0).sum();
            let width = lines.iter().map(|line| set.width(line, style)).max().unwrap_or(0);
            return Fitted { lines, style, height, width };
        }
        style.px -= 1;
    }
}

/// Only for words from outside, such as a shop's name of two hundred letters.
fn cut_short(set: &mut Typesetter, text: &str, style: Style, lines: usize, width: u32) -> Vec<String> {
    let all: Vec<char> = text.chars().collect();
    let mut best = Vec::new();
    let (mut fits, mut fails) = (0, all.len());
    while fails - fits > 1 {
        let middle = fits.midpoint(fails);
        let shorter: String = all[..middle].iter().collect::<String>().trim_end().to_owned() + "...";
        match set.wrap(&shorter, style, width).filter(|wrapped| wrapped.len() <= lines) {
            Some(wrapped) => (best, fits) = (wrapped, middle),
            None => fails = middle,
        }
    }
    best
}

/// A block at its final size.
enum Set {
    Text(Fitted, Rgb565),
    Badge(Icon, u32),
    Sums(Vec<(Fitted, Fitted)>, u32),
    Dots(u8, u32),
}

impl Set {
    fn height(&self) -> u32 {
        match self {
            Self::Text(fitted, _) => fitted.height,
            Self::Badge(_, px) | Self::Dots(_, px) => *px,
            Self::Sums(rows, _) => rows.iter().map(|(label, sum)| label.height.max(sum.height)).sum(),
        }
    }
}

/// Draws the blocks into `area`, a little above its middle.
pub fn draw(canvas: &mut Canvas, blocks: &[Block], area: Rectangle, unit: u32, align: Align, inks: &Palette) {
    let width = area.size.width;
    let mut scale = 100;
    let (mut sets, gap, mut total) = loop {
        let sets: Vec<Set> = blocks.iter().map(|block| set(canvas.set, block, unit * scale, width)).collect();
        let gap = unit * scale * 55 / 10_000;
        let gaps = gap * sets.len().saturating_sub(1) as u32;
        let total = sets.iter().map(Set::height).sum::<u32>() + gaps;
        if total <= area.size.height || scale <= 35 {
            break (sets, gap, total);
        }
        scale -= 5;
    };
    // Letters that may not get smaller can still be too many for a few lines: the first blocks say the most.
    while total > area.size.height && sets.len() > 1 {
        total -= sets.pop().map_or(0, |set| set.height()) + gap;
    }
    let slack = area.size.height.saturating_sub(total);
    let mut top = area.top_left.y + (slack * 47 / 100) as i32;
    for set in &sets {
        let height = set.height();
        let slot = Rectangle::new(Point::new(area.top_left.x, top), Size::new(width, height));
        place(canvas, set, slot, align, inks);
        top += (height + gap) as i32;
    }
}

/// `unit` is in hundredths of a pixel.
fn set(set: &mut Typesetter, block: &Block, unit: u32, width: u32) -> Set {
    let pixels = |size: u32| (unit * size / 10_000).max(LEAST_PX);
    match block {
        Block::Text { text, face, size, lines, tight, ink } => {
            let style = Style { face: *face, px: pixels(*size), tight: *tight };
            Set::Text(fit(set, text, style, *lines, width), *ink)
        }
        Block::Badge { icon, size } => Set::Badge(*icon, pixels(*size)),
        Block::Dots { typed, size } => Set::Dots(*typed, pixels(*size)),
        Block::Sums { rows, size } => sums(set, rows, pixels(*size), width),
    }
}

fn sums(set: &mut Typesetter, rows: &[(String, String)], px: u32, width: u32) -> Set {
    let table = width.min(px * 17);
    let last = rows.len().saturating_sub(1);
    let fitted = rows.iter().enumerate().map(|(index, (label, sum))| {
        let (face, px) = if index == last { (Face::Bold, px * 13 / 10) } else { (Face::Regular, px) };
        let amount = Style { face: Face::Bold, px, tight: false };
        let amount = fit(set, sum, amount, 1, table * 55 / 100);
        let label = fit(set, label, Style { face, px, tight: false }, 1, table - amount.width - px / 2);
        (label, amount)
    });
    Set::Sums(fitted.collect(), table)
}

fn place(canvas: &mut Canvas, set: &Set, slot: Rectangle, align: Align, inks: &Palette) {
    let left = |width: u32| {
        let free = slot.size.width.saturating_sub(width) as i32;
        slot.top_left.x + if align == Align::Left { 0 } else { free / 2 }
    };
    match set {
        Set::Text(fitted, ink) => lines(canvas, fitted, slot, align, *ink),
        Set::Badge(icon, px) => {
            let at = Point::new(left(*px), slot.top_left.y);
            canvas.sign(Sign::Disc, *px, at, inks.badge);
            canvas.sign(Sign::Icon(*icon), *px, at, inks.sign);
        }
        Set::Dots(typed, px) => {
            let step = *px as i32 * 3 / 2;
            let count = i32::from(*typed).min(slot.size.width as i32 / step - 1);
            let mut at = Point::new(left((step * (count + 1)) as u32), slot.top_left.y);
            for _ in 0..count {
                canvas.sign(Sign::Disc, *px, at, inks.text);
                at.x += step;
            }
            canvas.sign(Sign::Ring, *px, at, inks.text);
        }
        Set::Sums(rows, table) => {
            let (start, mut top) = (left(*table), slot.top_left.y);
            let widest = rows.iter().map(|(_, sum)| sum.width).max().unwrap_or_default();
            for (label, sum) in rows {
                let height = label.height.max(sum.height);
                let at = |fitted: &Fitted, x| Point::new(x, top + (height - fitted.height) as i32 / 2);
                // Digits end below each other, for readers from the right too.
                let taken = if canvas.is_turned() { widest } else { sum.width };
                let right = start + (*table - taken) as i32;
                let (label_at, sum_at) = (at(label, start), at(sum, right));
                let ink = if label.style.face == Face::Bold { inks.text } else { inks.quiet };
                line(canvas, label, label_at, ink);
                line(canvas, sum, sum_at, ink);
                top += height as i32;
            }
        }
    }
}

fn line(canvas: &mut Canvas, fitted: &Fitted, at: Point, ink: Rgb565) {
    if let Some(text) = fitted.lines.first() {
        canvas.text(text, fitted.style, at, ink);
    }
}

/// Draws fitted lines from the top of `slot`.
pub fn lines(canvas: &mut Canvas, fitted: &Fitted, slot: Rectangle, align: Align, ink: Rgb565) {
    let mut top = slot.top_left.y;
    for line in &fitted.lines {
        let free = slot.size.width.saturating_sub(canvas.set.width(line, fitted.style)) as i32;
        let left = if align == Align::Left { 0 } else { free / 2 };
        canvas.text(line, fitted.style, Point::new(slot.top_left.x + left, top), ink);
        top += canvas.set.line(line, fitted.style).0 as i32;
    }
}
