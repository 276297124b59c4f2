//! Words as glyphs: joined, stacked and kerned as each script asks for, in whichever built-in font has the
//! letters. In font units, so that a word is shaped once for all sizes, and kept.

use std::collections::BTreeMap;

use harfrust::Buffer;
use harfrust::BufferFlags;
use harfrust::Script;
use harfrust::ShapeOptions;
use harfrust::ShapePlan;
use harfrust::ShaperFont;
use swash::FontRef;

use super::bidi::Direction;
use super::text::Face;

/// A built-in font: a place in [`SOURCES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FontId(u8);

/// One glyph, in font units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    pub id: u16,
    pub advance: i32,
    /// Right of the pen.
    pub x: i32,
    /// Above the baseline.
    pub y: i32,
}

/// Glyphs of one font, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub font: FontId,
    /// Its letters touch, so they stand where the font says to a part of a pixel.
    pub joined: bool,
    /// The font's units to an em.
    pub per_em: i32,
    pub glyphs: Vec<Glyph>,
}

/// A word's pieces from left to right.
pub type Word = Vec<Piece>;

/// Words kept beyond this are shaped anew: every amount keyed in is a word.
const KEEP_WORDS: usize = 512;

type Data = fn() -> &'static [u8];

/// The built-in fonts by face, those for most letters first.
const SOURCES: [(Face, Data); 4] = [
    (Face::Regular, dejavu::sans::regular),
    (Face::Bold, dejavu::sans::bold),
    (Face::Regular, || include_bytes!("fonts/NotoSansDevanagari-Regular.ttf")),
    (Face::Bold, || include_bytes!("fonts/NotoSansDevanagari-Bold.ttf")),
];

struct Font {
    outlines: FontRef<'static>,
    shaping: harfrust::Font,
    per_em: i32,
    /// What shaping a script in a direction takes; there are only a few.
    plans: Vec<ShapePlan>,
}

/// The built-in fonts and the words already shaped in them.
pub struct Shaper {
    fonts: [Font; SOURCES.len()],
    words: BTreeMap<(Face, Direction), BTreeMap<String, Word>>,
    kept: usize,
}

impl Shaper {
    #[must_use]
    pub fn new() -> Self {
        let fonts = SOURCES.map(|(_, data)| {
            let outlines = FontRef::from_index(data(), 0).expect("the built-in fonts are fonts");
            let shaping = harfrust::Font::new(data(), 0).expect("the built-in fonts are fonts");
            let per_em = i32::from(outlines.metrics(&[]).units_per_em);
            Font { outlines, shaping, per_em, plans: Vec::new() }
        });
        Self { fonts, words: BTreeMap::new(), kept: 0 }
    }

    #[must_use]
    pub fn outlines(&self, font: FontId) -> FontRef<'static> {
        self.font(font).outlines
    }

    fn font(&self, font: FontId) -> &Font {
        &self.fonts[usize::from(font.0)]
    }

    /// The glyphs of a text without spaces that runs in one direction.
    pub fn word(&mut self, face: Face, direction: Direction, text: &str) -> &Word {
        let key = (face, direction);
        if !self.words.get(&key).is_some_and(|words| words.contains_key(text)) {
            if self.kept >= KEEP_WORDS {
                self.words.clear();
                self.kept = 0;
            }
            let word = self.shape(face, direction, text);
            self.words.entry(key).or_default().insert(text.to_owned(), word);
            self.kept += 1;
        }
        &self.words[&key][text]
    }

    fn shape(&mut self, face: Face, direction: Direction, text: &str) -> Word {
        let mut runs: Vec<(FontId, String)> = Vec::new();
        for c in text.chars() {
            let before = runs.last().map(|(font, _)| *font);
            let Some(font) = self.font_for(face, c, before) else { continue };
            match runs.last_mut() {
                Some((last, run)) if *last == font => run.push(c),
                _ => runs.push((font, c.to_string())),
            }
        }
        let mut word: Word = runs.iter().map(|(font, run)| self.piece(*font, direction, run)).collect();
        if direction == Direction::RightToLeft {
            word.reverse();
        }
        word
    }

    /// The font that has this character: the one before it, so that marks stay with their letter, else the
    /// first. `None` for a picture that none has: it is left out. A letter that none has gets a box.
    fn font_for(&self, face: Face, c: char, before: Option<FontId>) -> Option<FontId> {
        let has = |font: FontId| self.font(font).outlines.charmap().map(c) != 0;
        if is_bound(c) {
            return before.or(Some(FontId::first(face)));
        }
        if let Some(font) = FontId::of(face).find(|font| has(*font)) {
            // What both have, such as a dotted circle, does not break a run.
            return Some(before.filter(|before| !c.is_ascii() && has(*before)).unwrap_or(font));
        }
        c.is_alphanumeric().then(|| FontId::first(face))
    }

    fn piece(&mut self, font: FontId, direction: Direction, text: &str) -> Piece {
        let place = usize::from(font.0);
        let Font { shaping, plans, per_em, .. } = &mut self.fonts[place];
        let mut buffer = Buffer::new();
        buffer.push_str(text);
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        buffer.set_direction(match direction {
            Direction::LeftToRight => harfrust::Direction::LeftToRight,
            Direction::RightToLeft => harfrust::Direction::RightToLeft,
        });
        buffer.guess_segment_properties();
        let (script, direction) = (buffer.script(), buffer.direction());
        let is_for = |plan: &ShapePlan| plan.script() == script && plan.direction() == direction;
        if !plans.iter().any(is_for) {
            plans.push(ShapePlan::new(shaping, direction, script, None, &[]));
        }
        let options = ShapeOptions::new().plan(plans.iter().find(|plan| is_for(plan)));
        let mut glyphs = Vec::new();
        if harfrust::shape(&ShaperFont::new(shaping), &mut buffer, options).is_ok() {
            let placed = buffer.glyph_infos().iter().zip(buffer.glyph_positions());
            glyphs.extend(placed.map(|(info, place)| Glyph {
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                advance: place.x_advance,
                x: place.x_offset,
                y: place.y_offset,
            }));
        }
        let joined = script.is_some_and(|script| JOINED.contains(&script));
        Piece { font, joined, per_em: *per_em, glyphs }
    }
}

/// Scripts whose letters touch each other in the built-in fonts.
const JOINED: [Script; 2] = [Script::ARABIC, Script::DEVANAGARI];

impl FontId {
    fn of(face: Face) -> impl Iterator<Item = Self> {
        (0..).zip(SOURCES).filter(move |(_, (of, _))| *of == face).map(|(place, _)| Self(place))
    }

    fn first(face: Face) -> Self {
        Self::of(face).next().unwrap_or(Self(0))
    }
}

/// Whether the character means nothing without the one before it and has no look of its own.
fn is_bound(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Currency;
    use crate::core::money::Money;
    use crate::ui::amount;
    use crate::ui::bidi;
    use crate::ui::lang::Lang;

    const FACES: [Face; 2] = [Face::Regular, Face::Bold];

    fn glyphs(shaper: &mut Shaper, text: &str) -> Vec<u16> {
        let direction = bidi::of(text, Direction::LeftToRight);
        let word = shaper.word(Face::Regular, direction, text);
        word.iter().flat_map(|piece| &piece.glyphs).map(|glyph| glyph.id).collect()
    }

    #[test]
    fn no_word_amount_or_sign_lacks_a_glyph() {
        let mut shaper = Shaper::new();
        let mut check = |text: &str, reading| {
            for face in FACES {
                for c in text.chars().filter(|c| !bidi::is_mark(*c)) {
                    let has = |font: FontId| shaper.outlines(font).charmap().map(c) != 0;
                    assert!(FontId::of(face).any(has), "{c:?} in {text:?}");
                }
                for (range, direction) in bidi::runs(text, reading) {
                    for word in text[range].split(' ') {
                        let pieces = shaper.word(face, direction, word);
                        let mut all = pieces.iter().flat_map(|piece| &piece.glyphs);
                        assert!(all.all(|glyph| glyph.id != 0), "{word:?} in {text:?}");
                    }
                }
            }
        };
        for lang in Lang::ALL {
            for line in lang.source().lines() {
                check(line, lang.direction());
            }
            for code in all_codes() {
                if let Some(currency) = Currency::from_code(&code) {
                    let amount = amount::format(Money::new(1_234_567_890, currency), lang);
                    check(&amount, lang.direction());
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
    fn arabic_letters_join() {
        let mut shaper = Shaper::new();
        let alone = glyphs(&mut shaper, "ب")[0];
        let joined = glyphs(&mut shaper, "ببب");
        assert_eq!(joined.len(), 3);
        assert!(!joined.contains(&alone), "{joined:?}");
        assert_eq!(joined.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "{joined:?}");
        assert_eq!(glyphs(&mut shaper, "لا").len(), 1, "lam and alef are one");
    }

    #[test]
    fn devanagari_letters_stack_and_change_places() {
        let mut shaper = Shaper::new();
        assert_eq!(glyphs(&mut shaper, "क्ष").len(), 1, "a conjunct of three characters");
        for (text, most) in [("नेटवर्क", 6), ("क्षेत्र", 4), ("भुगतान", 6)]
        {
            let count = glyphs(&mut shaper, text).len();
            assert!(count <= most, "{text}: {count}");
        }
        let (ka, before) = (glyphs(&mut shaper, "क")[0], glyphs(&mut shaper, "कि"));
        assert_eq!(before[1], ka, "the vowel sign that follows stands before: {before:?}");
    }

    #[test]
    fn latin_letters_are_kerned() {
        let mut shaper = Shaper::new();
        let mut wide = |text: &str| -> i32 {
            let word = shaper.word(Face::Regular, Direction::LeftToRight, text);
            word.iter().flat_map(|piece| &piece.glyphs).map(|glyph| glyph.advance).sum()
        };
        assert!(wide("AV") < wide("A") + wide("V"));
    }

    #[test]
    fn what_no_font_has_is_left_out_where_it_is_a_picture_and_a_box_where_it_is_a_letter() {
        let mut shaper = Shaper::new();
        assert_eq!(
            glyphs(&mut shaper, "a\u{1f355}b"),
            [glyphs(&mut shaper, "a"), glyphs(&mut shaper, "b")].concat()
        );
        assert_eq!(glyphs(&mut shaper, "\u{6f22}"), [0]);
        assert!(glyphs(&mut shaper, "\u{2067}\u{200f}").is_empty());
    }

    #[test]
    fn kept_words_stay_bounded() {
        let mut shaper = Shaper::new();
        for amount in 0..2_000 {
            shaper.word(Face::Bold, Direction::LeftToRight, &amount.to_string());
        }
        let kept: usize = shaper.words.values().map(BTreeMap::len).sum();
        assert!(kept <= KEEP_WORDS && kept == shaper.kept, "{kept}");
    }
}
