//! The type in which a text fits its lines: smaller where it must be, but no smaller than is readable.

use super::text::Style;
use super::text::Typesetter;

/// Type no smaller than this is tried before the last word is cut short.
pub const LEAST_PX: u32 = 6;
/// A sentence at its least size may take this many lines more.
const MORE_LINES: usize = 2;

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
