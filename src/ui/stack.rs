//! Blocks of type and signs one below the other, all scaled down together until they fit their space.
//! Amounts shrink and never lose a digit; sentences wrap and never lose a word.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::bidi::Direction;
use super::canvas::Canvas;
use super::canvas::Sign;
use super::field::Amounts;
use super::field::Field;
use super::fit::Fitted;
use super::fit::LEAST_PX;
use super::fit::fit;
use super::fit::fit_tall;
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
        /// It takes the height of all its lines whatever it says, so that nothing around it moves.
        held: bool,
    },
    /// An amount while it is typed.
    Field { amounts: Amounts, size: u32 },
    /// A sign on a disc.
    Badge { icon: Icon, size: u32 },
    /// The shop's logo, so high at most.
    Logo { logo: Logo, size: u32 },
    /// Labels on the left, amounts on the right; the last line larger.
    Sums { rows: Vec<(String, String)>, size: u32 },
    /// Discs for digits that nobody may read, then a ring for the next.
    Dots { typed: u8, size: u32 },
}

impl Block {
    /// One amount, as large as its line allows.
    #[must_use]
    pub fn amount(text: &str, size: u32, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text { text, face: Face::Bold, size, lines: 1, tight: true, ink, rank: Rank::Head, held: false }
    }

    #[must_use]
    pub fn bold(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text { text, face: Face::Bold, size, lines, tight: false, ink, rank: Rank::Say, held: false }
    }

    #[must_use]
    pub fn plain(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text { text, face: Face::Regular, size, lines, tight: false, ink, rank: Rank::Say, held: false }
    }

    /// Small print.
    #[must_use]
    pub fn note(text: &str, size: u32, lines: usize, ink: Rgb565) -> Self {
        let text = text.to_owned();
        Self::Text {
            text,
            face: Face::Regular,
            size,
            lines,
            tight: false,
            ink,
            rank: Rank::Note,
            held: false,
        }
    }

    /// The same in a place of constant height.
    #[must_use]
    pub fn in_place(self) -> Self {
        match self {
            Self::Text { text, face, size, lines, tight, ink, rank, held: _ } => {
                Self::Text { text, face, size, lines, tight, ink, rank, held: true }
            }
            Self::Field { .. }
            | Self::Badge { .. }
            | Self::Logo { .. }
            | Self::Sums { .. }
            | Self::Dots { .. } => self,
        }
    }

    fn is_note(&self) -> bool {
        matches!(self, Self::Text { rank: Rank::Note, .. })
    }
}

/// Below this many percent of its sizes a page does without its small print.
const CROWDED: u32 = 60;
/// Nothing is made smaller than this many percent of its size to make room.
const SMALLEST: u32 = 35;

/// A block at its final size.
enum Set {
    /// With the height it takes.
    Text(Fitted, Rgb565, u32),
    Field(Field),
    Badge(Icon, u32),
    Logo(Logo, Size),
    Sums(Vec<(Fitted, Fitted)>, u32),
    Dots(u8, u32),
}

impl Set {
    fn height(&self) -> u32 {
        match self {
            Self::Text(_, _, height) => *height,
            Self::Field(field) => field.size.height,
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
    let (least, say, keyed) = (geometry.least, geometry.least_say, geometry.keyed);
    let mut room = Room { width: area.width, bleed, unit: 0, least, say, keyed };
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
    /// Pixels that a typed amount may take.
    keyed: u32,
}

fn set(set: &mut Typesetter, block: &Block, room: &Room) -> Set {
    let pixels = |size: u32| (room.unit * size / 10_000).max(LEAST_PX);
    match block {
        Block::Text { text, face, size, lines, tight: true, ink, .. } => {
            let style = Style { face: *face, px: pixels(*size), tight: true };
            let fitted = fit(set, text, style, *lines, room.width + room.bleed);
            let height = fitted.height;
            Set::Text(fitted, *ink, height)
        }
        Block::Text { text, face, size, lines, tight: false, ink, rank, held } => {
            let least = match rank {
                Rank::Say => room.say,
                Rank::Head | Rank::Note => room.least,
            };
            let style = Style { face: *face, px: pixels(*size).max(least), tight: false };
            let fitted = fit_tall(set, text, style, *lines, room.width, least);
            let place = if *held { *lines as u32 * set.line(text, style).0 } else { 0 };
            let height = fitted.height.max(place);
            Set::Text(fitted, *ink, height)
        }
        Block::Field { amounts, size } => {
            Set::Field(Field::new(set, amounts, pixels(*size), room.width, room.keyed))
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
        Set::Text(fitted, ink, _) => lines(canvas, fitted, slot, align, *ink),
        Set::Field(field) => {
            let at = Point::new(left(field.size.width), slot.top_left.y);
            field.draw(canvas, at, inks);
        }
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
