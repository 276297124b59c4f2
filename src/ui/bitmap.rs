//! Small type for panels that are black or white: cut pixel by pixel, so it stays sharp where outlines
//! would crumble. Only which cut serves a size; large type comes from outlines.

use embedded_graphics::mono_font::MonoFont;
use embedded_graphics::mono_font::iso_8859_15 as cut;

use super::text::Face;

/// From this size on, outlines have enough pixels to be sharp without grey.
pub const OUTLINES_FROM: u32 = 18;

const REGULAR: [&MonoFont<'static>; 7] = [
    &cut::FONT_10X20,
    &cut::FONT_9X15,
    &cut::FONT_7X14,
    &cut::FONT_6X13,
    &cut::FONT_6X10,
    &cut::FONT_5X8,
    &cut::FONT_4X6,
];

const BOLD: [&MonoFont<'static>; 5] =
    [&cut::FONT_9X18_BOLD, &cut::FONT_9X15_BOLD, &cut::FONT_7X14_BOLD, &cut::FONT_6X13_BOLD, &cut::FONT_6X10];

/// The cut whose lines are no higher than those of type of `px` pixels; the smallest there is otherwise.
#[must_use]
pub fn cut(face: Face, px: u32) -> &'static MonoFont<'static> {
    let line = px * 5 / 4;
    let cuts: &[&MonoFont<'static>] = match face {
        Face::Regular => &REGULAR,
        Face::Bold => &BOLD,
    };
    let smallest = cuts[cuts.len() - 1];
    cuts.iter().copied().find(|font| font.character_size.height <= line).unwrap_or(smallest)
}

/// The text in the characters these cuts have, or `None` where it needs others.
#[must_use]
pub fn spelled(text: &str) -> Option<String> {
    text.chars().map(spell).collect()
}

fn spell(c: char) -> Option<char> {
    Some(match c {
        '\u{a0}' | '\u{202f}' => ' ',
        '\u{2013}' | '\u{2014}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}'..='\u{201e}' => '"',
        ' '..='~' | 'À'..='ÿ' | '€' | '£' | '¥' | '«' | '»' | '°' | '·' => c,
        _ => return None,
    })
}
