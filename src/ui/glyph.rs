//! The ink of glyphs: their outlines as coverage of pixels, cut once and kept.

use std::collections::BTreeMap;

use swash::FontRef;
use swash::scale::Render;
use swash::scale::ScaleContext;
use swash::scale::Source;
use swash::zeno::Format;
use swash::zeno::Vector;

use super::shape::FontId;

/// Coverage from 0 to 255 of a small area, placed relative to a pen on the baseline.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    pub left: i32,
    /// Rows above the baseline.
    pub top: i32,
    pub width: u32,
    pub coverage: Vec<u8>,
}

impl Mask {
    /// Adds a glyph's coverage to a line's. Where letters touch, their shares of a pixel add up to a closed
    /// stroke; elsewhere the larger one counts, so that close stems stay apart.
    pub fn stamp(&mut self, glyph: &Self, column: i32, row: i32, joined: bool) {
        let wide = self.width as usize;
        let skip = column.min(0).unsigned_abs() as usize;
        let from = column.max(0) as usize;
        for (y, covered) in (row..).zip(glyph.coverage.chunks_exact(glyph.width.max(1) as usize)) {
            let Ok(y) = usize::try_from(y) else { continue };
            let Some(below) = self.coverage.get_mut(y * wide..(y + 1) * wide) else { break };
            for (below, above) in below.iter_mut().skip(from).zip(covered.iter().skip(skip)) {
                *below = if joined { below.saturating_add(*above) } else { (*below).max(*above) };
            }
        }
    }
}

/// Which glyph, and how it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cutting {
    pub font: FontId,
    /// The em in pixels.
    pub px: u32,
    pub id: u16,
    /// Quarters of a pixel that it stands right of a whole one.
    pub quarter: u8,
}

/// Kept coverage beyond this is cut anew: a large panel's amounts must not pile up for ever.
const KEEP_BYTES: usize = 2 << 20;

/// Glyphs already cut.
#[derive(Default)]
pub struct Glyphs {
    scale: ScaleContext,
    masks: BTreeMap<Cutting, Mask>,
    kept_bytes: usize,
}

impl Glyphs {
    /// The glyph's coverage; `outlines` are those of its font.
    pub fn mask(&mut self, outlines: FontRef, cut: Cutting) -> &Mask {
        if !self.masks.contains_key(&cut) {
            if self.kept_bytes > KEEP_BYTES {
                self.masks.clear();
                self.kept_bytes = 0;
            }
            let mask = self.render(outlines, cut);
            self.kept_bytes += mask.coverage.len();
            self.masks.insert(cut, mask);
        }
        &self.masks[&cut]
    }

    fn render(&mut self, outlines: FontRef, cut: Cutting) -> Mask {
        let mut scaler = self.scale.builder(outlines).size(cut.px as f32).hint(true).build();
        let mut render = Render::new(&[Source::Outline]);
        render.format(Format::Alpha).offset(Vector::new(f32::from(cut.quarter) / 4.0, 0.0));
        let Some(image) = render.render(&mut scaler, cut.id) else {
            return Mask::default();
        };
        let place = image.placement;
        Mask { left: place.left, top: place.top, width: place.width, coverage: image.data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::bidi::Direction;
    use crate::ui::shape::Shaper;
    use crate::ui::text::Face;

    #[test]
    fn kept_glyphs_stay_bounded() {
        let (mut shaper, mut glyphs) = (Shaper::new(), Glyphs::default());
        let word = shaper.word(Face::Bold, Direction::LeftToRight, "0123456789").clone();
        for px in 10..400 {
            for (piece, glyph) in
                word.iter().flat_map(|piece| piece.glyphs.iter().map(move |glyph| (piece, glyph)))
            {
                let cut = Cutting { font: piece.font, px, id: glyph.id, quarter: 0 };
                glyphs.mask(shaper.outlines(piece.font), cut);
            }
        }
        let kept: usize = glyphs.masks.values().map(|mask| mask.coverage.len()).sum();
        assert!(kept == glyphs.kept_bytes && kept < KEEP_BYTES + 400 * 400, "{kept}");
    }
}
