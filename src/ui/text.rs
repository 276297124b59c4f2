//! Type: how wide a text is at a size, and its glyphs as coverage, kept for the next time. What is said
//! and where it stands is decided elsewhere.

use std::collections::BTreeMap;

use embedded_graphics::mono_font::MonoFont;
use swash::FontRef;
use swash::scale::Render;
use swash::scale::ScaleContext;
use swash::scale::Source;
use swash::zeno::Format;

use crate::port::panel::Depth;

use super::bitmap;

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

/// Coverage from 0 to 255 of a small area, placed relative to a pen on the baseline.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    pub left: i32,
    /// Rows above the baseline.
    pub top: i32,
    pub width: u32,
    pub coverage: Vec<u8>,
}

/// How a text is set on this panel.
pub enum Cut {
    /// Pixel by pixel, in this spelling.
    Bitmap(&'static MonoFont<'static>, String),
    Outline,
}

/// Fonts and the glyphs already cut from them.
pub struct Typesetter {
    depth: Depth,
    regular: FontRef<'static>,
    bold: FontRef<'static>,
    scale: ScaleContext,
    glyphs: BTreeMap<(Face, char), Glyph>,
    masks: BTreeMap<(Face, u32, char), Mask>,
    kept_bytes: usize,
}

#[derive(Clone, Copy)]
struct Glyph {
    id: u16,
    /// In font units.
    advance: u32,
}

/// Kept coverage beyond this is cut anew: a large panel's amounts must not pile up for ever.
const KEEP_BYTES: usize = 2 << 20;

impl Typesetter {
    #[must_use]
    pub fn new(depth: Depth) -> Self {
        let font = |data| FontRef::from_index(data, 0).expect("the built-in fonts are fonts");
        Self {
            depth,
            regular: font(dejavu::sans::regular()),
            bold: font(dejavu::sans::bold()),
            scale: ScaleContext::new(),
            glyphs: BTreeMap::new(),
            masks: BTreeMap::new(),
            kept_bytes: 0,
        }
    }

    fn font(&self, face: Face) -> FontRef<'static> {
        match face {
            Face::Regular => self.regular,
            Face::Bold => self.bold,
        }
    }

    fn glyph(&mut self, face: Face, c: char) -> Glyph {
        let font = self.font(face);
        *self.glyphs.entry((face, c)).or_insert_with(|| {
            let id = font.charmap().map(c);
            Glyph { id, advance: font.glyph_metrics(&[]).advance_width(id) as u32 }
        })
    }

    /// Which kind of type this text is set in.
    #[must_use]
    pub fn cut(&self, text: &str, style: Style) -> Cut {
        let small = self.depth == Depth::Mono && !style.tight && style.px < bitmap::outlines_from(style.face);
        match small.then(|| bitmap::cut(text, style.px)).flatten() {
            Some((font, spelled)) => Cut::Bitmap(font, spelled),
            None => Cut::Outline,
        }
    }

    /// Pixels from the first pen position to the last.
    pub fn width(&mut self, text: &str, style: Style) -> u32 {
        match self.cut(text, style) {
            Cut::Bitmap(font, spelled) => {
                let cell = font.character_size.width + font.character_spacing;
                spelled.chars().count() as u32 * cell
            }
            Cut::Outline => text.chars().map(|c| self.advance(style.face, style.px, c)).sum(),
        }
    }

    /// Pixels from one pen position to the next, whole so that stems stay sharp.
    pub fn advance(&mut self, face: Face, px: u32, c: char) -> u32 {
        let per_em = u32::from(self.font(face).metrics(&[]).units_per_em);
        (self.glyph(face, c).advance * px + per_em / 2) / per_em
    }

    /// Height of a line in pixels, and how far below its top the baseline is.
    #[must_use]
    pub fn line(&self, text: &str, style: Style) -> (u32, u32) {
        match self.cut(text, style) {
            Cut::Bitmap(font, _) => (font.character_size.height, font.baseline + 1),
            // What the fonts need: 0.93 em above and 0.24 em below; digits and signs less.
            Cut::Outline if style.tight => ((style.px * 96).div_ceil(100), (style.px * 80).div_ceil(100)),
            Cut::Outline => ((style.px * 118).div_ceil(100), (style.px * 93).div_ceil(100)),
        }
    }

    /// The glyph's coverage, cut once and kept.
    pub fn mask(&mut self, face: Face, px: u32, c: char) -> &Mask {
        let glyph = self.glyph(face, c);
        let key = (face, px, c);
        if !self.masks.contains_key(&key) {
            if self.kept_bytes > KEEP_BYTES {
                self.masks.clear();
                self.kept_bytes = 0;
            }
            let mask = self.render(face, px, glyph.id);
            self.kept_bytes += mask.coverage.len();
            self.masks.insert(key, mask);
        }
        &self.masks[&key]
    }

    fn render(&mut self, face: Face, px: u32, id: u16) -> Mask {
        let font = self.font(face);
        let mut scaler = self.scale.builder(font).size(px as f32).hint(true).build();
        let image = Render::new(&[Source::Outline]).format(Format::Alpha).render(&mut scaler, id);
        let Some(image) = image else {
            return Mask::default();
        };
        let place = image.placement;
        Mask { left: place.left, top: place.top, width: place.width, coverage: image.data }
    }

    /// Breaks the text at spaces into lines no wider than `width`. `None` where a single word is wider.
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
        Some(lines)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Currency;
    use crate::core::money::Money;
    use crate::ui::amount;
    use crate::ui::lang::Lang;

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

    #[test]
    fn no_word_amount_or_sign_lacks_a_glyph() {
        let mut set = Typesetter::new(Depth::Colour);
        let mut check = |text: &str| {
            for c in text.chars() {
                for face in [Face::Regular, Face::Bold] {
                    assert_ne!(set.glyph(face, c).id, 0, "{c:?} in {text:?}");
                }
            }
        };
        for lang in Lang::ALL {
            check(&lang.source().replace('\n', ""));
            for code in all_codes() {
                if let Some(currency) = Currency::from_code(&code) {
                    check(&amount::format(Money::new(1_234_567_890, currency), lang));
                }
            }
        }
    }

    fn all_codes() -> impl Iterator<Item = String> {
        let letters = || 'A'..='Z';
        letters().flat_map(move |a| {
            letters().flat_map(move |b| letters().map(move |c| [a, b, c].iter().collect()))
        })
    }

    #[test]
    fn kept_glyphs_stay_bounded() {
        let mut set = Typesetter::new(Depth::Colour);
        for px in 10..400 {
            for c in "0123456789".chars() {
                set.mask(Face::Bold, px, c);
            }
        }
        assert!(set.kept_bytes < KEEP_BYTES + 400 * 400);
    }
}
