//! Colour roles. A page names a tone; what that looks like on a colour panel, on paper that is black and
//! white, and on a small lit panel is decided here and nowhere else.

use embedded_graphics::pixelcolor::Rgb565;

use crate::port::panel::Depth;

/// What a page is about. Shape and words say the same; colour alone never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to worry about, nothing decided.
    Calm,
    /// Somebody is at work; wait.
    Busy,
    /// Paid. The only tone that is green.
    Good,
    /// A person has to decide something.
    Attention,
    /// It ended without money.
    Bad,
}

/// The inks of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    pub paper: Rgb565,
    pub text: Rgb565,
    /// Second in rank, still readable: at least 4.5 to 1 on the paper.
    pub quiet: Rgb565,
    /// The disc behind a sign, and the sign itself.
    pub badge: Rgb565,
    pub sign: Rgb565,
    /// A sentence that must be seen, on the paper.
    pub alarm: Rgb565,
    /// The band of news about another sale.
    pub band: Rgb565,
    pub band_text: Rgb565,
    /// Hair lines and the outline of key caps.
    pub line: Rgb565,
}

const fn rgb(r: u8, g: u8, b: u8) -> Rgb565 {
    Rgb565::new(r >> 3, g >> 2, b >> 3)
}

const WHITE: Rgb565 = rgb(255, 255, 255);
const BLACK: Rgb565 = rgb(0, 0, 0);
const INK: Rgb565 = rgb(16, 24, 40);
const SLATE: Rgb565 = rgb(72, 84, 104);
const MIST: Rgb565 = rgb(190, 198, 210);
const BLUE: Rgb565 = rgb(24, 84, 184);
const GREEN: Rgb565 = rgb(0, 116, 56);
const MINT: Rgb565 = rgb(220, 244, 228);
const AMBER: Rgb565 = rgb(255, 200, 56);
const UMBER: Rgb565 = rgb(72, 48, 0);
const RED: Rgb565 = rgb(184, 24, 32);
const SKY: Rgb565 = rgb(216, 230, 250);

/// The inks for `tone`. `lit` says that the panel glows on black, as OLED strips do.
#[must_use]
pub fn palette(tone: Tone, depth: Depth, lit: bool) -> Palette {
    match depth {
        Depth::Colour => colour(tone),
        Depth::Mono => {
            let lit = lit != (tone == Tone::Good);
            if lit { two(BLACK, WHITE) } else { two(WHITE, BLACK) }
        }
    }
}

fn two(paper: Rgb565, text: Rgb565) -> Palette {
    Palette {
        paper,
        text,
        quiet: text,
        badge: text,
        sign: paper,
        alarm: text,
        band: text,
        band_text: paper,
        line: text,
    }
}

fn colour(tone: Tone) -> Palette {
    let calm = Palette {
        paper: WHITE,
        text: INK,
        quiet: SLATE,
        badge: SLATE,
        sign: WHITE,
        alarm: RED,
        band: SKY,
        band_text: INK,
        line: MIST,
    };
    match tone {
        Tone::Calm => calm,
        Tone::Busy => Palette { badge: BLUE, ..calm },
        Tone::Bad => Palette { badge: RED, ..calm },
        Tone::Good => Palette {
            paper: GREEN,
            text: WHITE,
            quiet: MINT,
            badge: WHITE,
            sign: GREEN,
            alarm: WHITE,
            line: MINT,
            ..calm
        },
        Tone::Attention => Palette {
            paper: AMBER,
            text: INK,
            quiet: UMBER,
            badge: INK,
            sign: AMBER,
            alarm: INK,
            band: WHITE,
            line: UMBER,
            ..calm
        },
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::RgbColor;

    use super::*;

    fn luminance(ink: Rgb565) -> f64 {
        let linear = |value: u8, max: u8| {
            let share = f64::from(value) / f64::from(max);
            if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(ink.r(), Rgb565::MAX_R)
            + 0.7152 * linear(ink.g(), Rgb565::MAX_G)
            + 0.0722 * linear(ink.b(), Rgb565::MAX_B)
    }

    fn contrast(a: Rgb565, b: Rgb565) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_ink_has_the_contrast_that_wcag_aa_asks_of_small_text() {
        for tone in [Tone::Calm, Tone::Busy, Tone::Good, Tone::Attention, Tone::Bad] {
            for depth in [Depth::Colour, Depth::Mono] {
                let inks = palette(tone, depth, false);
                for (name, ink, ground) in [
                    ("text", inks.text, inks.paper),
                    ("quiet", inks.quiet, inks.paper),
                    ("alarm", inks.alarm, inks.paper),
                    ("badge", inks.badge, inks.paper),
                    ("sign", inks.sign, inks.badge),
                    ("band", inks.band_text, inks.band),
                ] {
                    assert!(contrast(ink, ground) >= 4.5, "{tone:?} {depth:?} {name}");
                }
            }
        }
    }
}
