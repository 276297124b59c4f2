//! Small type for panels that are black or white: cut pixel by pixel, so it stays sharp where outlines
//! would crumble. Only which cut serves a size; large type comes from outlines.

use embedded_graphics::mono_font::MonoFont;
use embedded_graphics::mono_font::iso_8859_2;
use embedded_graphics::mono_font::iso_8859_9;
use embedded_graphics::mono_font::iso_8859_15;
use embedded_graphics::mono_font::mapping;
use embedded_graphics::mono_font::mapping::StrGlyphMapping;

use super::bidi;
use super::bidi::Direction;
use super::text::Face;

/// One repertoire of letters in all sizes, the largest first.
type Cuts = [&'static MonoFont<'static>; 3];

/// Western, central European and Turkish letters. A text is set in the first that has all of its letters.
const REPERTOIRES: [(&StrGlyphMapping<'static>, Cuts); 3] = [
    (&mapping::ISO_8859_15, [&iso_8859_15::FONT_6X10, &iso_8859_15::FONT_5X8, &iso_8859_15::FONT_4X6]),
    (&mapping::ISO_8859_2, [&iso_8859_2::FONT_6X10, &iso_8859_2::FONT_5X8, &iso_8859_2::FONT_4X6]),
    (&mapping::ISO_8859_9, [&iso_8859_9::FONT_6X10, &iso_8859_9::FONT_5X8, &iso_8859_9::FONT_4X6]),
];

/// From this size on, outlines have enough pixels to be sharp without grey.
#[must_use]
pub fn outlines_from(face: Face) -> u32 {
    match face {
        Face::Regular => 11,
        Face::Bold => 9,
    }
}

/// The text in the characters that a cut has, and the cut whose lines are no higher than those of type of `px`
/// pixels, or the smallest there is, for readers of `reading`. `None` where the text needs other characters.
#[must_use]
pub fn cut(text: &str, px: u32, reading: Direction) -> Option<(&'static MonoFont<'static>, String)> {
    REPERTOIRES.iter().find_map(|(letters, cuts)| {
        let spelled = spelled(text, letters, reading)?;
        let line = px * 5 / 4;
        let fitting = cuts.iter().copied().find(|font| font.character_size.height <= line);
        Some((fitting.unwrap_or(cuts[cuts.len() - 1]), spelled))
    })
}

/// The text in the letters of that repertoire, as they stand from left to right for readers of `reading`, or `None`
/// where it needs others.
fn spelled(text: &str, letters: &StrGlyphMapping, reading: Direction) -> Option<String> {
    let mut line = String::with_capacity(text.len());
    for (range, direction) in bidi::runs(text, reading) {
        let spelled = text[range].chars().filter(|c| !bidi::is_mark(*c)).map(|c| spell(c, letters));
        match direction {
            Direction::LeftToRight => line.extend(spelled.collect::<Option<Vec<String>>>()?),
            Direction::RightToLeft => line.extend(spelled.rev().collect::<Option<Vec<String>>>()?),
        }
    }
    Some(line)
}

/// The character as the repertoire has it, or in its place what people write without it.
fn spell(c: char, letters: &StrGlyphMapping) -> Option<String> {
    let plain = match c {
        '\u{a0}' | '\u{202f}' => ' ',
        '\u{2013}' | '\u{2014}' => '-',
        '←' => '<',
        '✕' => 'x',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}'..='\u{201e}' => '"',
        '·' => '-',
        _ => c,
    };
    if plain >= ' ' && letters.contains(plain) {
        return Some(plain.to_string());
    }
    match plain {
        '€' => Some("EUR".to_owned()),
        '₺' => Some("TL".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::lang::Lang;

    #[test]
    fn every_language_of_latin_letters_has_a_cut_for_all_it_says() {
        for lang in Lang::ALL.into_iter().filter(|lang| !matches!(lang, Lang::Hi | Lang::Ar)) {
            for line in lang.source().lines().filter(|line| !line.starts_with('#')) {
                let (font, _) =
                    cut(line, 9, Direction::LeftToRight).unwrap_or_else(|| panic!("{lang}: {line}"));
                assert_eq!(font.character_size.height, 10);
            }
        }
        assert_eq!(cut("日本", 9, Direction::LeftToRight), None);
    }

    #[test]
    fn signs_of_money_that_a_repertoire_lacks_are_written_out() {
        assert_eq!(
            cut("Reszta: 5,00\u{a0}€", 9, Direction::LeftToRight).expect("western").1,
            "Reszta: 5,00 €"
        );
        assert_eq!(
            cut("Dopłata: 5,00\u{a0}€", 9, Direction::LeftToRight).expect("Polish").1,
            "Dopłata: 5,00 EUR"
        );
        assert_eq!(cut("İade: ₺5,00", 9, Direction::LeftToRight).expect("Turkish").1, "İade: TL5,00");
    }
}
