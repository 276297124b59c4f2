//! Blocks of type and signs one below the other, all scaled down together until they fit their space.
//! Amounts shrink and never lose a digit; sentences wrap and never lose a word.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::bidi::Direction;
use super::canvas::Canvas;
use super::canvas::Sign;
use super::icon::Icon;
use super::ink::Palette;
use super::layout::Geometry;
use super::logo::Logo;
use super::text::Face;
use super::text::Style;
use super::text::Typesetter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Centre,
}

/// How far a text may shrink, and whether it may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Large anyhow; as small as it must be.
    Head,
    /// What to do. Takes more lines rather than type that nobody reads.
    Say,
    /// Small print. Left out where it would crowd the rest.
    Note,
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
        rank: Rank,
    },
    /// A sign on a disc.
    Badge {
        icon: Icon,
        size: u32,
    },
    /// The shop's logo, so high at most.
    Logo {
        logo: Logo,
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
        let text = text.to_owned();
        Self::Text { text, face: Face::Bold, size, lines: 1, tight: true, ink, rank: Rank::Head }
    }

    #[must_use]
    pub fn bold(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text { text, face: Face::Bold, size, lines, tight: false, ink, rank: Rank::Say }
    }

    #[must_use]
    pub fn plain(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text { text, face: Face::Regular, size, lines, tight: false, ink, rank: Rank::Say }
    }

    /// Small print.
    #[must_use]
    pub fn note(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text { text, face: Face::Regular, size, lines, tight: false, ink, rank: Rank::Note }
    }

    fn is_note(&self) -> bool {
        matches!(self, Self::Text { rank: Rank::Note, .. })
    }
}

/// Type no smaller than this is tried before the last word is cut short.
const LEAST_PX: u32 = 6;
/// A sentence at its least size may take this many lines more.
const MORE_LINES: usize = 2;
/// Below this many percent of its sizes a page does without its small print.
const CROWDED: u32 = 60;
/// Nothing is made smaller than this many percent of its size to make room.
const SMALLEST: u32 = 35;

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
        if fits && let Some(lines) = set.wrap_evenly(text, style, width) {
            return fitted(set, lines, style);
        }
        if style.px <= LEAST_PX {
            let lines = cut_short(set, text, style, lines, width);
            return fitted(set, lines, style);
        }
        style.px -= 1;
    }
}

/// Like [`fit`], in type no smaller than `least`: the text takes more lines then. Smaller type only where a
/// single word is wider than a line.
pub fn fit_tall(
    set: &mut Typesetter,
    text: &str,
    style: Style,
    lines: usize,
    width: u32,
    least: u32,
) -> Fitted {
    let mut style = style;
    while style.px > least {
        if set.wrap(text, style, width).is_some_and(|wrapped| wrapped.len() <= lines) {
            break;
        }
        style.px -= 1;
    }
    match set.wrap_evenly(text, style, width) {
        Some(wrapped) if wrapped.len() <= lines + MORE_LINES => fitted(set, wrapped, style),
        Some(_) => {
            let lines = cut_short(set, text, style, lines + MORE_LINES, width);
            fitted(set, lines, style)
        }
        None => fit(set, text, style, lines + MORE_LINES, width),
    }
}

fn fitted(set: &mut Typesetter, lines: Vec<String>, style: Style) -> Fitted {
    let height = lines.iter().map(|line| set.line(line, style).0).sum();
    let width = lines.iter().map(|line| set.width(line, style)).max().unwrap_or(0);
    Fitted { lines, style, height, width }
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
    Logo(Logo, Size),
    Sums(Vec<(Fitted, Fitted)>, u32),
    Dots(u8, u32),
}

impl Set {
    fn height(&self) -> u32 {
        match self {
            Self::Text(fitted, _) => fitted.height,
            Self::Badge(_, px) | Self::Dots(_, px) => *px,
            Self::Logo(_, size) => size.height,
            Self::Sums(rows, _) => rows.iter().map(|(label, sum)| label.height.max(sum.height)).sum(),
        }
    }
}

/// Draws the blocks into `area`, a little above its middle.
pub fn draw(
    canvas: &mut Canvas,
    blocks: &[Block],
    area: Rectangle,
    geometry: &Geometry,
    align: Align,
    inks: &Palette,
) {
    let (mut sets, gap) = arrange(canvas.set, blocks, area.size, geometry, align);
    // Letters that may not get smaller can still be too many for a few lines: the first blocks say the most.
    while total(&sets, gap) > area.size.height && sets.len() > 1 {
        sets.pop();
    }
    let slack = area.size.height.saturating_sub(total(&sets, gap));
    let mut top = area.top_left.y + (slack * 47 / 100) as i32;
    for set in &sets {
        let height = set.height();
        let slot = Rectangle::new(Point::new(area.top_left.x, top), Size::new(area.size.width, height));
        place(canvas, set, slot, align, inks);
        top += (height + gap) as i32;
    }
}

fn total(sets: &[Set], gap: u32) -> u32 {
    sets.iter().map(Set::height).sum::<u32>() + gap * sets.len().saturating_sub(1) as u32
}

/// The blocks at the largest scale at which all fit below each other, and the gap between them. Where even
/// small type is too high, the small print goes; only words from outside can make all type smaller.
fn arrange(
    typesetter: &mut Typesetter,
    blocks: &[Block],
    area: Size,
    geometry: &Geometry,
    align: Align,
) -> (Vec<Set>, u32) {
    let bleed = match (align, typesetter.direction()) {
        (Align::Centre, _) => 2 * geometry.bleed(),
        (Align::Left, Direction::LeftToRight) => geometry.bleed(),
        // Turned about, it would lean into the code beside it, not into the edge.
        (Align::Left, Direction::RightToLeft) => 0,
    };
    let mut room = Room { width: area.width, bleed, unit: 0, least: geometry.least, say: geometry.least_say };
    loop {
        for (with_notes, smallest) in [(true, CROWDED), (false, SMALLEST)] {
            let mut scale = 100;
            while scale >= smallest {
                room.unit = geometry.unit * scale;
                let kept = blocks.iter().filter(|block| with_notes || !block.is_note());
                let sets: Vec<Set> = kept.map(|block| set(typesetter, block, &room)).collect();
                let gap = geometry.unit * scale * 55 / 10_000;
                let is_last = room.least <= LEAST_PX && !with_notes && scale < smallest + 5;
                if total(&sets, gap) <= area.height || is_last {
                    return (sets, gap);
                }
                scale -= 5;
            }
        }
        room.least = (room.least - 1).max(LEAST_PX);
        room.say = (room.say - 1).max(LEAST_PX);
    }
}

/// What a block may take.
struct Room {
    width: u32,
    /// Amounts may be this much wider.
    bleed: u32,
    /// In hundredths of a pixel.
    unit: u32,
    /// The least size of small print, and of sentences, in pixels.
    least: u32,
    say: u32,
}

fn set(set: &mut Typesetter, block: &Block, room: &Room) -> Set {
    let pixels = |size: u32| (room.unit * size / 10_000).max(LEAST_PX);
    match block {
        Block::Text { text, face, size, lines, tight: true, ink, .. } => {
            let style = Style { face: *face, px: pixels(*size), tight: true };
            Set::Text(fit(set, text, style, *lines, room.width + room.bleed), *ink)
        }
        Block::Text { text, face, size, lines, tight: false, ink, rank } => {
            let least = match rank {
                Rank::Say => room.say,
                Rank::Head | Rank::Note => room.least,
            };
            let style = Style { face: *face, px: pixels(*size).max(least), tight: false };
            Set::Text(fit_tall(set, text, style, *lines, room.width, least), *ink)
        }
        Block::Badge { icon, size } => Set::Badge(*icon, pixels(*size)),
        Block::Logo { logo, size } => {
            let space = Size::new(room.width, pixels(*size));
            Set::Logo(logo.clone(), logo.size_in(space))
        }
        Block::Dots { typed, size } => Set::Dots(*typed, pixels(*size)),
        Block::Sums { rows, size } => sums(set, rows, pixels(*size).max(room.least), room.width),
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
        let free = slot.size.width as i32 - width as i32;
        slot.top_left.x + if align == Align::Left { 0 } else { free / 2 }
    };
    match set {
        Set::Text(fitted, ink) => lines(canvas, fitted, slot, align, *ink),
        Set::Badge(icon, px) => {
            let at = Point::new(left(*px), slot.top_left.y);
            canvas.sign(Sign::Disc, *px, at, inks.badge);
            canvas.sign(Sign::Icon(*icon), *px, at, inks.sign);
        }
        Set::Logo(logo, size) => {
            let at = Point::new(left(size.width), slot.top_left.y);
            logo.draw(&mut canvas.frame, *size, at, canvas.depth);
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
        let free = slot.size.width as i32 - canvas.set.width(line, fitted.style) as i32;
        let left = if align == Align::Left { 0 } else { free / 2 };
        canvas.text(line, fitted.style, Point::new(slot.top_left.x + left, top), ink);
        top += canvas.set.line(line, fitted.style).0 as i32;
    }
}
