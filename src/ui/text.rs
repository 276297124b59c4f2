//! Type: how wide a text is at a size, and the ink of its lines. Glyphs are cut once and kept. What is said
//! and where it stands is decided elsewhere.

use std::collections::BTreeMap;

use embedded_graphics::mono_font::MonoFont;

use crate::port::panel::Depth;

use super::bidi;
use super::bidi::Direction;
use super::bitmap;
use super::glyph::Cutting;
use super::glyph::Glyphs;
use super::glyph::Mask;
use super::shape::FontId;
use super::shape::Piece;
use super::shape::Shaper;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    Regular,
    Bold,
}

/// A face at a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub face: Face,
    /// The em in pixels.
    pub px: u32,
    /// Lines without the room for accents and tails: for amounts.
    pub tight: bool,
}

/// How a text is set on this panel.
pub enum Cut {
    /// Pixel by pixel, in this spelling.
    Bitmap(&'static MonoFont<'static>, String),
    Outline,
}

/// What letters a text has, by the room and the size they need; the most demanding ones count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Letters {
    /// Latin, Greek, Cyrillic, digits and signs.
    Plain,
    Devanagari,
    Arabic,
}

/// Fonts and the glyphs already cut from them.
pub struct Typesetter {
    depth: Depth,
    reading: Direction,
    shaper: Shaper,
    glyphs: Glyphs,
    /// Widths already reckoned: fitting tries the same texts in the same sizes for every frame.
    widths: BTreeMap<(Face, u32, bool), BTreeMap<String, u32>>,
    kept_widths: usize,
}

/// A glyph on a line.
struct Spot {
    font: FontId,
    id: u16,
    joined: bool,
    /// Quarters of a pixel right of the line's start.
    quarters: i32,
    /// Pixels above the baseline.
    up: i32,
}

/// Widths kept beyond this are reckoned anew: every amount keyed in has some.
const KEEP_WIDTHS: usize = 4_096;

impl Typesetter {
    /// For readers from left to right.
    #[must_use]
    pub fn new(depth: Depth) -> Self {
        Self {
            depth,
            reading: Direction::LeftToRight,
            shaper: Shaper::new(),
            glyphs: Glyphs::default(),
            widths: BTreeMap::new(),
            kept_widths: 0,
        }
    }

    /// The same for readers of that direction.
    #[must_use]
    pub fn reading(self, reading: Direction) -> Self {
        Self { reading, ..self }
    }

    /// Which way its readers read.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.reading
    }

    /// Which kind of type this text is set in.
    #[must_use]
    pub fn cut(&self, text: &str, style: Style) -> Cut {
        let small = self.depth == Depth::Mono && !style.tight && style.px < bitmap::outlines_from(style.face);
        match small.then(|| bitmap::cut(text, style.px, self.reading)).flatten() {
            Some((font, spelled)) => Cut::Bitmap(font, spelled),
            None => Cut::Outline,
        }
    }

    /// Pixels from the first pen position to the last.
    pub fn width(&mut self, text: &str, style: Style) -> u32 {
        let key = (style.face, style.px, style.tight);
        if let Some(width) = self.widths.get(&key).and_then(|widths| widths.get(text)) {
            return *width;
        }
        if self.kept_widths >= KEEP_WIDTHS {
            self.widths.clear();
            self.kept_widths = 0;
        }
        let width = self.reckon(text, style);
        self.widths.entry(key).or_default().insert(text.to_owned(), width);
        self.kept_widths += 1;
        width
    }

    fn reckon(&mut self, text: &str, style: Style) -> u32 {
        match self.cut(text, style) {
            Cut::Bitmap(font, spelled) => {
                let cell = font.character_size.width + font.character_spacing;
                spelled.chars().count() as u32 * cell
            }
            Cut::Outline => self.lay(text, style, &mut |_| {}),
        }
    }

    /// Height of a line in pixels, and how far below its top the baseline is.
    #[must_use]
    pub fn line(&self, text: &str, style: Style) -> (u32, u32) {
        if let Cut::Bitmap(font, _) = self.cut(text, style) {
            return (font.character_size.height, font.baseline + 1);
        }
        // What the letters need above and below the baseline, in hundredths of an em; digits and signs less.
        let (above, below) = match Letters::of(text) {
            Letters::Plain if style.tight => (80, 16),
            Letters::Plain => (93, 25),
            Letters::Devanagari => (90, 30),
            Letters::Arabic => (97, 23),
        };
        let (px, pixels) = (self.px(text, style), |share: u32, px: u32| (share * px).div_ceil(100));
        (pixels(above + below, px), pixels(above, px))
    }

    /// The size it really comes out in: letters that small type would turn into blots stay readable.
    fn px(&self, text: &str, style: Style) -> u32 {
        style.px.max(Letters::of(text).least_px(self.depth))
    }

    /// From which coverage on a pixel is inked where there is no grey. Thin strokes rarely cover half a pixel,
    /// and the holes in bold digits are hardly wider than one; Arabic lives by dots smaller than a pixel.
    #[must_use]
    pub fn inked_from(text: &str, face: Face) -> u8 {
        match (Letters::of(text), face) {
            (Letters::Plain, Face::Regular) => 108,
            (Letters::Plain, Face::Bold) => 150,
            (Letters::Devanagari, Face::Regular | Face::Bold) => 100,
            (Letters::Arabic, Face::Regular | Face::Bold) => 80,
        }
    }

    /// Tells each glyph of a line and where it stands, and gives back the line's width.
    fn lay(&mut self, text: &str, style: Style, put: &mut dyn FnMut(Spot)) -> u32 {
        let px = self.px(text, style) as i32;
        let space = self.space(style.face, px);
        let mut pen = 0;
        for (range, direction) in bidi::runs(text, self.reading) {
            let mut words: Vec<&str> = text[range].split(' ').collect();
            if direction == Direction::RightToLeft {
                words.reverse();
            }
            for (index, word) in words.into_iter().enumerate() {
                pen += if index > 0 { space } else { 0 };
                if !word.is_empty() {
                    for piece in self.shaper.word(style.face, direction, word) {
                        pen += place(piece, px, pen, put);
                    }
                }
            }
        }
        pen.max(0) as u32
    }

    fn space(&mut self, face: Face, px: i32) -> i32 {
        let space = self.shaper.word(face, Direction::LeftToRight, " ");
        space.iter().map(|piece| place(piece, px, 0, &mut |_| {})).sum()
    }

    /// The ink of one line: its coverage, placed relative to the top left corner of its box. Marks piled up from
    /// outside are cut off, so that they do not cover the lines around.
    pub fn ink(&mut self, text: &str, style: Style) -> Mask {
        let (height, baseline) = self.line(text, style);
        let px = self.px(text, style);
        let mut spots = Vec::new();
        let width = self.lay(text, style, &mut |spot| spots.push(spot));
        // Letters may lean over the ends of their line, and marks a little over its edges.
        let (aside, above) = (px / 2, px / 10);
        let (columns, rows) = (width + 2 * aside, height + 2 * above);
        let mut ink = Mask {
            left: -(aside as i32),
            top: above as i32,
            width: columns,
            coverage: vec![0; (columns * rows) as usize],
        };
        for spot in &spots {
            let outlines = self.shaper.outlines(spot.font);
            let cut =
                Cutting { font: spot.font, px, id: spot.id, quarter: spot.quarters.rem_euclid(4) as u8 };
            let glyph = self.glyphs.mask(outlines, cut);
            let column = spot.quarters.div_euclid(4) + glyph.left + aside as i32;
            let row = (baseline + above) as i32 - spot.up - glyph.top;
            ink.stamp(glyph, column, row, spot.joined);
        }
        ink
    }

    /// Breaks the text at spaces into lines no wider than `width`, in the order of reading. `None` where a
    /// single word is wider.
    pub fn wrap(&mut self, text: &str, style: Style, width: u32) -> Option<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if self.width(word, style) > width {
                return None;
            }
            let joined = lines.last().map(|line| format!("{line} {word}"));
            match joined.filter(|line| self.width(line, style) <= width) {
                Some(line) => {
                    lines.pop();
                    lines.push(line);
                }
                None => lines.push(word.to_owned()),
            }
        }
        self.keep_direction(text, &mut lines);
        Some(lines)
    }

    /// A line that lost the words that told its direction is marked with the whole text's.
    fn keep_direction(&self, text: &str, lines: &mut [String]) {
        if lines.len() < 2 || bidi::of(text, self.reading) == Direction::LeftToRight {
            return;
        }
        for line in lines {
            if bidi::of(line, self.reading) == Direction::LeftToRight {
                line.insert(0, bidi::RIGHT_TO_LEFT_MARK);
            }
        }
    }

    /// Like `wrap`, with the lines about as long as each other, so that no word stands alone.
    pub fn wrap_evenly(&mut self, text: &str, style: Style, width: u32) -> Option<Vec<String>> {
        let lines = self.wrap(text, style, width)?;
        if lines.len() < 2 {
            return Some(lines);
        }
        let (mut narrow, mut wide) = (width / 2, width);
        while wide - narrow > 2 {
            let middle = narrow.midpoint(wide);
            match self.wrap(text, style, middle) {
                Some(tried) if tried.len() <= lines.len() => wide = middle,
                _ => narrow = middle,
            }
        }
        self.wrap(text, style, wide)
    }
}

/// Tells where a piece's glyphs stand from `pen` on, and gives back its width in pixels. Letters that touch
/// stand exactly where the font says; others on whole pixels, so that their stems stay sharp.
fn place(piece: &Piece, px: i32, pen: i32, put: &mut dyn FnMut(Spot)) -> i32 {
    let pixels = |units: i32, parts: i32| (units * px * parts + piece.per_em / 2).div_euclid(piece.per_em);
    let (mut units, mut whole) = (0, 0);
    for glyph in &piece.glyphs {
        let quarters =
            if piece.joined { pixels(units + glyph.x, 4) } else { (whole + pixels(glyph.x, 1)) * 4 };
        put(Spot {
            font: piece.font,
            id: glyph.id,
            joined: piece.joined,
            quarters: pen * 4 + quarters,
            up: pixels(glyph.y, 1),
        });
        units += glyph.advance;
        whole += pixels(glyph.advance, 1);
    }
    if piece.joined { pixels(units, 1) } else { whole }
}

impl Letters {
    fn of(text: &str) -> Self {
        text.chars().map(Self::of_char).max().unwrap_or(Self::Plain)
    }

    fn of_char(c: char) -> Self {
        match c {
            '\u{600}'..='\u{6ff}'
            | '\u{750}'..='\u{77f}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}' => Self::Arabic,
            '\u{900}'..='\u{97f}' => Self::Devanagari,
            _ => Self::Plain,
        }
    }

    /// The em in pixels below which they cannot be told apart.
    fn least_px(self, depth: Depth) -> u32 {
        match (self, depth) {
            (Self::Plain, Depth::Mono | Depth::Colour) => 0,
            (Self::Devanagari | Self::Arabic, Depth::Colour) => 7,
            (Self::Devanagari | Self::Arabic, Depth::Mono) => 9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Currency;
    use crate::core::money::Money;
    use crate::ui::amount;
    use crate::ui::lang::Lang;
    use crate::ui::lang::Words;
    use crate::ui::outside;

    const TEXT: Style = Style { face: Face::Regular, px: 16, tight: false };

    #[test]
    fn lines_keep_every_word_and_their_width() {
        for depth in [Depth::Colour, Depth::Mono] {
            let mut set = Typesetter::new(depth);
            let text = "Please do not pay again. The cashier is checking.";
            let lines = set.wrap_evenly(text, TEXT, 160).expect("no word is that wide");
            assert!(lines.len() > 1);
            assert_eq!(lines.join(" "), text);
            assert!(lines.iter().all(|line| set.width(line, TEXT) <= 160));
            assert_eq!(set.wrap("Zahlungsempfänger", TEXT, 60), None);
        }
    }

    #[test]
    fn no_amount_breaks_in_its_middle() {
        let mut set = Typesetter::new(Depth::Colour);
        assert_eq!(set.wrap("1\u{202f}234,50\u{a0}€", TEXT, 1000).map(|lines| lines.len()), Some(1));
        assert_eq!(set.wrap("1\u{202f}234,50\u{a0}€", TEXT, 30), None);
    }

    /// Glyphs and where they start, in the order they were put.
    fn laid(set: &mut Typesetter, text: &str) -> Vec<(u16, i32)> {
        let mut spots = Vec::new();
        set.lay(text, TEXT, &mut |spot| spots.push((spot.id, spot.quarters)));
        spots
    }

    /// Where the digits of `number` stand, each digit being one that the text has only once.
    fn places(set: &mut Typesetter, text: &str, number: &str) -> Vec<i32> {
        let spots = laid(set, text);
        let ids: Vec<u16> = number.chars().map(|digit| laid(set, &digit.to_string())[0].0).collect();
        ids.iter().map(|id| spots.iter().find(|(of, _)| of == id).expect("the digit is drawn").1).collect()
    }

    fn arabic(depth: Depth) -> Typesetter {
        Typesetter::new(depth).reading(Direction::RightToLeft)
    }

    #[test]
    fn an_amount_in_an_arabic_sentence_reads_from_left_to_right() {
        let mut set = arabic(Depth::Colour);
        let words = Words::new(Lang::Ar);
        for code in ["EUR", "SAR", "USD"] {
            let currency = Currency::from_code(code).expect("a known code");
            let amount = amount::format(Money::new(12_345, currency), Lang::Ar);
            let said = words.say_with("strip-late", &[("amount", &amount), ("time", "06:78")]);
            let (sum, time) = (places(&mut set, &said, "12345"), places(&mut set, &said, "0678"));
            assert!(sum.is_sorted() && time.is_sorted(), "{said}: {sum:?} {time:?}");
            assert!(time[3] < sum[0], "what is said later stands further left: {said}");
            let alone = places(&mut set, &amount, "12345");
            assert!(alone.is_sorted() && alone[0] > 4 * 8, "the sign stands left of the sum: {amount}");
        }
    }

    #[test]
    fn no_name_from_outside_turns_an_amount() {
        for reading in [Direction::LeftToRight, Direction::RightToLeft] {
            let mut set = Typesetter::new(Depth::Colour).reading(reading);
            for name in
                ["\u{202e}Shop", "\u{2067}Shop", "مخبز \u{202e}9", "\u{200f}", "דג\u{202b}!", "Shop \u{61c}"]
            {
                let text = format!("{} · 12345\u{a0}€", outside::name(name, reading));
                let sum = places(&mut set, &text, "12345");
                assert!(sum.is_sorted(), "{name:?} {sum:?}");
            }
        }
    }

    #[test]
    fn a_line_keeps_the_direction_of_its_text() {
        let mut set = arabic(Depth::Colour);
        let lines = set.wrap("مرحبا Enter.", TEXT, 60).expect("no word is that wide");
        assert_eq!(lines, ["مرحبا", "\u{200f}Enter."]);
        let spots = laid(&mut set, &lines[1]);
        assert!(spots[0].1 == 0 && spots.len() == 6, "the stop is on the left");
    }

    #[test]
    fn letters_that_touch_are_one_stroke_at_every_size() {
        for (text, depth) in [("بببسسس", Depth::Colour), ("नमकनम", Depth::Colour)] {
            for face in [Face::Regular, Face::Bold] {
                let least = Typesetter::inked_from(text, face);
                let mut set = arabic(depth);
                for px in 9..60 {
                    let ink = set.ink(text, Style { face, px, tight: false });
                    let inked = |column: usize| {
                        ink.coverage.iter().skip(column).step_by(ink.width as usize).any(|dot| *dot >= least)
                    };
                    let columns: Vec<bool> = (0..ink.width as usize).map(inked).collect();
                    let first = columns.iter().position(|inked| *inked).expect("ink");
                    let last = columns.iter().rposition(|inked| *inked).expect("ink");
                    assert!(columns[first..=last].iter().all(|inked| *inked), "{text} {face:?} {px}");
                }
            }
        }
    }

    #[test]
    fn kept_widths_stay_bounded_and_are_those_of_a_new_typesetter() {
        let mut set = Typesetter::new(Depth::Colour);
        for amount in 0..2 * KEEP_WIDTHS {
            set.width(&amount.to_string(), TEXT);
        }
        let kept: usize = set.widths.values().map(BTreeMap::len).sum();
        assert!(kept <= KEEP_WIDTHS && kept == set.kept_widths, "{kept}");
        for style in [TEXT, Style { px: 17, ..TEXT }, Style { face: Face::Bold, ..TEXT }] {
            for text in ["12.50", "8191", "Ab"] {
                assert_eq!(set.width(text, style), Typesetter::new(Depth::Colour).width(text, style));
            }
        }
    }
}
