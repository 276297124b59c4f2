//! The keys that do something now, as caps with a word beside each, along the bottom. They wrap and
//! shrink; none is ever left out.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::ink::Palette;
use super::layout::Class;
use super::layout::Geometry;
use super::page::KeyHint;
use super::stack::Align;
use super::text::Face;
use super::text::Style;
use super::text::Typesetter;

/// Hints broken into rows that fit.
pub struct Rows {
    rows: Vec<Vec<Set>>,
    style: Style,
    row_height: u32,
    gap: u32,
    pad: u32,
}

struct Set {
    hint: KeyHint,
    cap: u32,
    does: u32,
}

impl Rows {
    /// Rows no wider than `width`, in type that keeps them few.
    pub fn new(set: &mut Typesetter, hints: &[KeyHint], width: u32, geometry: &Geometry) -> Self {
        let (least, most_rows) = (geometry.least, 2);
        let full = if geometry.class == Class::Line { least } else { geometry.unit * 85 / 100 };
        let full = full.max(least);
        let mut px = full;
        let mut rows = Self::at(set, hints, width, px);
        while rows.rows.len() > most_rows && px > least {
            px -= 1;
            rows = Self::at(set, hints, width, px);
        }
        // A little smaller is better than a second row.
        let mut smaller = (least.max(full * 3 / 4)..px).rev().map(|px| Self::at(set, hints, width, px));
        if let Some(fewer) = smaller.find(|tried| tried.rows.len() < rows.rows.len()) {
            return fewer;
        }
        // No key alone in the last row.
        let even = (width / 2..width).step_by(8).map(|narrow| Self::at(set, hints, narrow, px));
        even.into_iter().find(|tried| tried.rows.len() == rows.rows.len()).unwrap_or(rows)
    }

    fn at(set: &mut Typesetter, hints: &[KeyHint], width: u32, px: u32) -> Self {
        let style = Style { face: Face::Regular, px, tight: false };
        let (pad, gap) = ((px / 4).max(1), px * 3 / 4);
        let mut rows: Vec<Vec<Set>> = Vec::new();
        let mut used = 0;
        for hint in hints {
            let cap = (set.width(&hint.key, style) + 2 * pad).max(px);
            let does = set.width(&hint.does, style);
            let wide = cap + pad + does;
            match rows.last_mut().filter(|_| used + gap + wide <= width) {
                Some(row) => {
                    row.push(Set { hint: hint.clone(), cap, does });
                    used += gap + wide;
                }
                None => {
                    rows.push(vec![Set { hint: hint.clone(), cap, does }]);
                    used = wide;
                }
            }
        }
        let texts = hints.iter().flat_map(|hint| [&hint.key, &hint.does]);
        let line = texts.map(|text| set.line(text, style).0).max().unwrap_or_default();
        let row_height = if px < 9 { line + 1 } else { line + px / 4 };
        Self { rows, style, row_height, gap, pad }
    }

    /// Pixels they take, the space above them included.
    #[must_use]
    pub fn height(&self) -> u32 {
        let rows = self.rows.len() as u32;
        if rows == 0 { 0 } else { rows * self.row_height + self.gap * 2 / 3 }
    }

    /// Draws them along the bottom of `area`.
    pub fn draw(&self, canvas: &mut Canvas, area: Rectangle, align: Align, inks: &Palette) {
        let bottom = area.top_left.y + area.size.height as i32;
        let mut top = bottom - (self.rows.len() as u32 * self.row_height) as i32;
        for row in &self.rows {
            let wide: u32 = row.iter().map(|set| set.cap + self.pad + set.does + self.gap).sum();
            let free = area.size.width.saturating_sub(wide - self.gap) as i32;
            let mut left = area.top_left.x + if align == Align::Left { 0 } else { free / 2 };
            for set in row {
                self.cap(canvas, set, Point::new(left, top), inks);
                let label = left + (set.cap + self.pad) as i32;
                self.word(canvas, &set.hint.does, Point::new(label, top), inks);
                left = label + (set.does + self.gap) as i32;
            }
            top += self.row_height as i32;
        }
    }

    fn cap(&self, canvas: &mut Canvas, set: &Set, at: Point, inks: &Palette) {
        let small = self.style.px < 9;
        let height = if small { self.row_height } else { self.row_height - 1 };
        let area = Rectangle::new(at, Size::new(set.cap, height));
        let ink = if small {
            canvas.fill(area, inks.text);
            inks.paper
        } else {
            canvas.outlined(area, self.style.px / 4, (self.style.px / 14).max(1), inks.line);
            inks.quiet
        };
        let key = canvas.set.width(&set.hint.key, self.style);
        let inset = Point::new((set.cap - key) as i32 / 2, self.inset(canvas, &set.hint.key));
        canvas.text(&set.hint.key, self.style, at + inset, ink);
    }

    fn word(&self, canvas: &mut Canvas, text: &str, at: Point, inks: &Palette) {
        let inset = Point::new(0, self.inset(canvas, text));
        canvas.text(text, self.style, at + inset, inks.quiet);
    }

    /// Rows of space above the text, so that it stands in the middle of its cap.
    fn inset(&self, canvas: &Canvas, text: &str) -> i32 {
        let line = canvas.set.line(text, self.style).0;
        self.row_height.saturating_sub(line) as i32 / 2
    }
}
