//! Signs that say the same as the words beside them, for those who do not read them: strokes and rings in
//! a unit square, at any size, with soft edges. When which sign stands is the page's business.

use super::glyph::Mask;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Icon {
    Tick,
    Cross,
    Exclamation,
    Question,
    Plus,
    Clock,
    Hourglass,
    Dots,
    Bar,
    Pause,
    Lock,
    Return,
    Twice,
    Link,
    NoSignal,
}

type Path = &'static [(f32, f32)];

/// What a sign is made of, in a square from 0 to 1.
struct Drawing {
    /// Strokes with round ends; one point is a dot.
    paths: &'static [Path],
    /// Circles: centre and radius.
    rings: &'static [(f32, f32, f32)],
    /// Half the width of every stroke.
    half: f32,
}

const TICK: Drawing =
    Drawing { paths: &[&[(0.28, 0.53), (0.44, 0.69), (0.73, 0.35)]], rings: &[], half: 0.055 };
const CROSS: Drawing = Drawing {
    paths: &[&[(0.33, 0.33), (0.67, 0.67)], &[(0.67, 0.33), (0.33, 0.67)]],
    rings: &[],
    half: 0.055,
};
const EXCLAMATION: Drawing =
    Drawing { paths: &[&[(0.5, 0.24), (0.5, 0.56)], &[(0.5, 0.75)]], rings: &[], half: 0.062 };
const QUESTION: Drawing = Drawing {
    paths: &[
        &[
            (0.36, 0.37),
            (0.38, 0.30),
            (0.44, 0.25),
            (0.52, 0.24),
            (0.60, 0.27),
            (0.645, 0.34),
            (0.63, 0.42),
            (0.56, 0.48),
            (0.51, 0.53),
            (0.50, 0.60),
        ],
        &[(0.5, 0.77)],
    ],
    rings: &[],
    half: 0.055,
};
const PLUS: Drawing =
    Drawing { paths: &[&[(0.30, 0.5), (0.70, 0.5)], &[(0.5, 0.30), (0.5, 0.70)]], rings: &[], half: 0.06 };
const HOURGLASS: Drawing = Drawing {
    paths: &[&[(0.33, 0.27), (0.67, 0.27), (0.33, 0.73), (0.67, 0.73), (0.33, 0.27)]],
    rings: &[],
    half: 0.045,
};
const CLOCK: Drawing =
    Drawing { paths: &[&[(0.5, 0.33), (0.5, 0.52), (0.63, 0.60)]], rings: &[(0.5, 0.5, 0.30)], half: 0.04 };
const DOTS: Drawing =
    Drawing { paths: &[&[(0.29, 0.5)], &[(0.5, 0.5)], &[(0.71, 0.5)]], rings: &[], half: 0.07 };
const BAR: Drawing = Drawing { paths: &[&[(0.30, 0.5), (0.70, 0.5)]], rings: &[], half: 0.065 };
const PAUSE: Drawing = Drawing {
    paths: &[&[(0.40, 0.34), (0.40, 0.66)], &[(0.60, 0.34), (0.60, 0.66)]],
    rings: &[],
    half: 0.06,
};
const LOCK: Drawing = Drawing {
    paths: &[
        &[(0.34, 0.50), (0.66, 0.50), (0.66, 0.70), (0.34, 0.70), (0.34, 0.50)],
        &[(0.40, 0.48), (0.40, 0.37), (0.43, 0.31), (0.5, 0.285), (0.57, 0.31), (0.60, 0.37), (0.60, 0.48)],
        &[(0.5, 0.60)],
    ],
    rings: &[],
    half: 0.04,
};
const RETURN: Drawing = Drawing {
    paths: &[
        &[(0.30, 0.42), (0.58, 0.42), (0.66, 0.45), (0.70, 0.53), (0.66, 0.61), (0.58, 0.64), (0.40, 0.64)],
        &[(0.41, 0.31), (0.30, 0.42), (0.41, 0.53)],
    ],
    rings: &[],
    half: 0.045,
};
const TWICE: Drawing = Drawing { paths: &[], rings: &[(0.40, 0.5, 0.17), (0.60, 0.5, 0.17)], half: 0.04 };
const LINK: Drawing = Drawing {
    paths: &[
        &[(0.46, 0.41), (0.35, 0.41), (0.29, 0.5), (0.35, 0.59), (0.46, 0.59)],
        &[(0.54, 0.41), (0.65, 0.41), (0.71, 0.5), (0.65, 0.59), (0.54, 0.59)],
        &[(0.42, 0.5), (0.58, 0.5)],
    ],
    rings: &[],
    half: 0.04,
};
const NO_SIGNAL: Drawing = Drawing {
    paths: &[
        &[(0.27, 0.45), (0.37, 0.37), (0.5, 0.34), (0.63, 0.37), (0.73, 0.45)],
        &[(0.37, 0.57), (0.5, 0.52), (0.63, 0.57)],
        &[(0.5, 0.69)],
        &[(0.30, 0.72), (0.70, 0.28)],
    ],
    rings: &[],
    half: 0.04,
};

impl Icon {
    fn drawing(self) -> &'static Drawing {
        match self {
            Self::Tick => &TICK,
            Self::Cross => &CROSS,
            Self::Exclamation => &EXCLAMATION,
            Self::Question => &QUESTION,
            Self::Plus => &PLUS,
            Self::Clock => &CLOCK,
            Self::Hourglass => &HOURGLASS,
            Self::Dots => &DOTS,
            Self::Bar => &BAR,
            Self::Pause => &PAUSE,
            Self::Lock => &LOCK,
            Self::Return => &RETURN,
            Self::Twice => &TWICE,
            Self::Link => &LINK,
            Self::NoSignal => &NO_SIGNAL,
        }
    }

    /// The sign's coverage in a square of `px` pixels.
    #[must_use]
    pub fn mask(self, px: u32) -> Mask {
        let drawing = self.drawing();
        // Strokes thinner than a pixel vanish on small badges.
        let half = (drawing.half * px as f32).max(0.75) / px as f32;
        square(px, |x, y| drawing.distance(x, y) - half)
    }
}

/// The coverage of a disc that fills a square of `px` pixels.
#[must_use]
pub fn disc(px: u32) -> Mask {
    square(px, |x, y| length(x - 0.5, y - 0.5) - 0.5)
}

/// A ring of `px` pixels, as wide as a key cap's outline.
#[must_use]
pub fn ring(px: u32) -> Mask {
    square(px, |x, y| (length(x - 0.5, y - 0.5) - 0.44).abs() - 0.05)
}

fn square(px: u32, distance: impl Fn(f32, f32) -> f32) -> Mask {
    let size = px as f32;
    let mut coverage = Vec::with_capacity((px * px) as usize);
    for row in 0..px {
        for column in 0..px {
            let (x, y) = ((column as f32 + 0.5) / size, (row as f32 + 0.5) / size);
            coverage.push(((0.5 - distance(x, y) * size).clamp(0.0, 1.0) * 255.0) as u8);
        }
    }
    Mask { left: 0, top: 0, width: px, coverage }
}

impl Drawing {
    /// How far the nearest stroke's middle is.
    fn distance(&self, x: f32, y: f32) -> f32 {
        let mut nearest = f32::INFINITY;
        for path in self.paths {
            if let [only] = path {
                nearest = nearest.min(length(x - only.0, y - only.1));
            }
            for ends in path.windows(2) {
                nearest = nearest.min(to_segment((x, y), ends[0], ends[1]));
            }
        }
        for (cx, cy, radius) in self.rings {
            nearest = nearest.min((length(x - cx, y - cy) - radius).abs());
        }
        nearest
    }
}

fn to_segment(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let (x, y) = (point.0 - from.0, point.1 - from.1);
    let share = (x * along_x + y * along_y) / (along_x * along_x + along_y * along_y);
    let share = share.clamp(0.0, 1.0);
    length(x - share * along_x, y - share * along_y)
}

/// Unlike `hypot`, the same to the last bit on every machine: pictures are compared pixel by pixel.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}
