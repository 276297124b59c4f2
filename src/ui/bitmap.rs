//! Small type for panels that are black or white: cut pixel by pixel, so it stays sharp where outlines
//! would crumble. Only which cut serves a size; large type comes from outlines.

use embedded_graphics::mono_font::MonoFont;
use embedded_graphics::mono_font::iso_8859_15 as sizes;

use super::bidi;
use super::bidi::Direction;
use super::text::Face;

const CUTS: [&MonoFont<'static>; 3] = [&sizes::FONT_6X10, &sizes::FONT_5X8, &sizes::FONT_4X6];

/// From this size on, outlines have enough pixels to be sharp without grey.
#[must_use]
pub fn outlines_from(face: Face) -> u32 {
    match face {
        Face::Regular => 11,
        Face::Bold => 9,
    }
}

/// The cut whose lines are no higher than those of type of `px` pixels; the smallest there is otherwise.
#[must_use]
pub fn cut(px: u32) -> &'static MonoFont<'static> {
    let line = px * 5 / 4;
    let fitting = CUTS.iter().copied().find(|font| font.character_size.height <= line);
    fitting.unwrap_or(CUTS[CUTS.len() - 1])
}

/// The text in the characters these cuts have, as they stand from left to right for readers of `reading`,
/// or `None` where it needs others.
#[must_use]
pub fn spelled(text: &str, reading: Direction) -> Option<String> {
    let mut line = String::with_capacity(text.len());
    for (range, direction) in bidi::runs(text, reading) {
        let spelled = text[range].chars().filter(|c| !bidi::is_mark(*c)).map(spell);
        match direction {
            Direction::LeftToRight => line.extend(spelled.collect::<Option<Vec<char>>>()?),
            Direction::RightToLeft => line.extend(spelled.rev().collect::<Option<Vec<char>>>()?),
        }
    }
    Some(line)
}

fn spell(c: char) -> Option<char> {
    Some(match c {
        '\u{a0}' | '\u{202f}' => ' ',
        '\u{2013}' | '\u{2014}' => '-',
        '←' => '<',
        '✕' => 'x',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}'..='\u{201e}' => '"',
        ' '..='~' | 'À'..='ÿ' | '€' | '£' | '¥' | '«' | '»' | '°' | '·' => c,
        _ => return None,
    })
}
