//! Words from outside, such as a shop's name or a relay's reason: made harmless before they stand among
//! ours.

use unicode_bidi::BidiClass;
use unicode_bidi::bidi_class;

use super::bidi;
use super::bidi::Direction;

/// More than a panel can say; what is beyond it is left out.
const LONGEST: usize = 240;

/// Marks on one letter beyond this are no language's, and would lie over the lines around it.
const MARKS_MOST: usize = 4;

const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Words as one line: breaks and runs of spaces become single spaces. What would steer the text around it
/// rather than be read is left out: controls, marks that turn the order of text, marks piled on a letter.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut marks = 0;
    let mut kept = |c: &char| {
        let class = bidi_class(*c);
        // A joiner between two marks does not begin a new letter.
        if class == BidiClass::NSM {
            marks += 1;
        } else if class != BidiClass::BN {
            marks = 0;
        }
        marks <= MARKS_MOST && is_read(*c)
    };
    let words = text.split_whitespace().map(|word| word.chars().filter(&mut kept).collect::<String>());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// A name as one line, held together so that it stays whole among words of another direction.
#[must_use]
pub fn name(text: &str, reading: Direction) -> String {
    let line = one_line(text);
    let all_left = bidi::of(&line, Direction::RightToLeft) == Direction::LeftToRight;
    let plain = line.is_empty() || (reading == Direction::LeftToRight && all_left);
    if plain { line } else { bidi::isolated(&line) }
}

fn is_read(c: char) -> bool {
    let steers = matches!(
        bidi_class(c),
        BidiClass::LRE
            | BidiClass::RLE
            | BidiClass::PDF
            | BidiClass::LRO
            | BidiClass::RLO
            | BidiClass::LRI
            | BidiClass::RLI
            | BidiClass::FSI
            | BidiClass::PDI
            | BidiClass::B
            | BidiClass::S
            | BidiClass::BN
    );
    JOINERS.contains(&c) || !(steers || bidi::is_mark(c) || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_text_is_left_out_and_what_is_read_stays() {
        assert_eq!(one_line(" a\tb\n\u{2028}c "), "a b c");
        assert_eq!(one_line("Shop\u{202e}05.21\u{202c} \u{2067}x\u{2069}\u{200f}\u{61c}"), "Shop05.21 x");
        assert_eq!(one_line("\u{0}\u{1b}[2J\u{7f}\u{85}\u{feff}\u{ad}"), "[2J");
        assert_eq!(one_line("क्\u{200d}ष می\u{200c}خواهم Kč"), "क्\u{200d}ष می\u{200c}خواهم Kč");
        let piled = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(one_line(&piled).chars().count(), 2 + MARKS_MOST);
        assert_eq!(one_line(&"long ".repeat(400)).chars().count(), LONGEST);
    }

    #[test]
    fn a_name_among_words_of_another_direction_is_held_together() {
        let (left, right) = (Direction::LeftToRight, Direction::RightToLeft);
        assert_eq!(name("Corner Bakery", left), "Corner Bakery");
        assert_eq!(name("مخبز 5", left), "\u{2068}مخبز 5\u{2069}");
        assert_eq!(name("Corner Bakery", right), "\u{2068}Corner Bakery\u{2069}");
        assert_eq!(name("", right), "");
    }
}
