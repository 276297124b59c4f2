//! Which way text runs: stretches of one direction in the order they stand on a line, after the Unicode
//! Bidirectional Algorithm. Numbers keep the order of their digits in every direction.

use std::ops::Range;

use unicode_bidi::BidiClass;
use unicode_bidi::Level;
use unicode_bidi::ParagraphBidiInfo;
use unicode_bidi::bidi_class;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    #[default]
    LeftToRight,
    RightToLeft,
}

/// A stretch of one direction, as bytes of its text.
pub type Run = (Range<usize>, Direction);

/// Makes a text without letters, such as an amount, read from the right among words that do.
pub const RIGHT_TO_LEFT_MARK: char = '\u{200f}';

/// No character below this one runs from right to left.
const FIRST: char = '\u{590}';

/// Which way the text as a whole is set for readers of `reading`: words of one direction in theirs, mixed
/// ones in the reader's, and what has no letters, such as `14:02`, from left to right.
#[must_use]
pub fn of(text: &str, reading: Direction) -> Direction {
    let is_left = |c| bidi_class(c) == BidiClass::L;
    let is_right = |c| matches!(bidi_class(c), BidiClass::R | BidiClass::AL);
    let right = text.chars().any(|c| c >= FIRST && is_right(c));
    match (right, right && text.chars().any(is_left)) {
        (true, true) => reading,
        (true, false) => Direction::RightToLeft,
        (false, _) => Direction::LeftToRight,
    }
}

/// The runs of one line from its left to its right, for readers of `reading`.
#[must_use]
pub fn runs(text: &str, reading: Direction) -> Vec<Run> {
    if text.chars().all(|c| c < FIRST) {
        return vec![(0..text.len(), Direction::LeftToRight)];
    }
    let level = match of(text, reading) {
        Direction::LeftToRight => Level::ltr(),
        Direction::RightToLeft => Level::rtl(),
    };
    let info = ParagraphBidiInfo::new(text, Some(level));
    let (levels, runs) = info.visual_runs(0..text.len());
    let directed = runs.into_iter().map(|run| {
        let rtl = levels[run.start].is_rtl();
        (run, if rtl { Direction::RightToLeft } else { Direction::LeftToRight })
    });
    directed.collect()
}

/// Marks that order text and have no glyph.
#[must_use]
pub fn is_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` held together, so that it neither orders nor is ordered by what stands beside it.
#[must_use]
pub fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visual(text: &str, reading: Direction) -> String {
        let runs = runs(text, reading).into_iter();
        let turned = runs.map(|(range, direction)| match direction {
            Direction::LeftToRight => text[range].to_owned(),
            Direction::RightToLeft => text[range].chars().rev().collect(),
        });
        turned.collect::<String>().chars().filter(|c| !is_mark(*c)).collect()
    }

    #[test]
    fn words_of_one_direction_run_in_it_whoever_reads() {
        for reading in [Direction::LeftToRight, Direction::RightToLeft] {
            assert_eq!(visual("Back at 2 o'clock.", reading), "Back at 2 o'clock.");
            assert_eq!(visual("אב גד.", reading), ".דג בא");
            for plain in ["14:02", "0–9", "K7QX-42MD", "9f3a 5c21 77e0 b48d", "+"] {
                assert_eq!(visual(plain, reading), plain);
            }
        }
    }

    #[test]
    fn mixed_words_run_as_the_reader_does() {
        assert_eq!(visual("Bakery · אב", Direction::LeftToRight), "Bakery · בא");
        assert_eq!(visual("Bakery · אב", Direction::RightToLeft), "בא · Bakery");
    }

    #[test]
    fn a_number_keeps_its_digits_in_order_and_its_sign_behind_it() {
        let right = Direction::RightToLeft;
        assert_eq!(visual("אב: \u{200f}1,234.50\u{a0}€ גד 14:02", right), "14:02 דג €\u{a0}1,234.50 :בא");
        let held = format!("אב: {} {}", isolated("\u{200f}12.50\u{a0}CHF"), isolated("14:02"));
        assert_eq!(visual(&held, right), "14:02 CHF\u{a0}12.50 :בא");
    }
}
