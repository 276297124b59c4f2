//! A picture from outside, such as a shop's logo, as the rest sees it.

/// Pixels row by row from the top left, four bytes each: red, green, blue, and how much it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Image {
    /// `None` unless `rgba` has four bytes for each of `width * height` pixels, and there is one.
    #[must_use]
    pub fn new(width: u32, height: u32, rgba: Vec<u8>) -> Option<Self> {
        let pixels = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
        (pixels > 0 && pixels.checked_mul(4) == Some(rgba.len())).then_some(Self { width, height, rgba })
    }

    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Red, green, blue and cover of each pixel, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = [u8; 4]> + '_ {
        self.rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]])
    }

    /// The same picture in `width * height` pixels, each the average of the area that it takes the place of.
    /// `None` where there would be no pixel.
    #[must_use]
    pub fn shrunk(&self, width: u32, height: u32) -> Option<Self> {
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for y in 0..height {
            for x in 0..width {
                rgba.extend(self.average(span(x, width, self.width), span(y, height, self.height)));
            }
        }
        Self::new(width, height, rgba)
    }

    /// What is seen through does not colour the rest: colours count as much as they cover.
    fn average(&self, columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> [u8; 4] {
        let (mut sums, mut cover, mut count) = ([0_u64; 3], 0_u64, 0_u64);
        for y in rows {
            for x in columns.clone() {
                let at = (y as usize * self.width as usize + x as usize) * 4;
                let alpha = u64::from(self.rgba[at + 3]);
                for (sum, value) in sums.iter_mut().zip(&self.rgba[at..at + 3]) {
                    *sum += u64::from(*value) * alpha;
                }
                cover += alpha;
                count += 1;
            }
        }
        let share =
            |sum: u64, of: u64| u8::try_from((sum + of / 2).checked_div(of).unwrap_or(0)).unwrap_or(u8::MAX);
        [share(sums[0], cover), share(sums[1], cover), share(sums[2], cover), share(cover, count)]
    }
}

/// The pixels of `from` that the one at `index` of `to` takes the place of; at least one.
fn span(index: u32, to: u32, from: u32) -> std::ops::Range<u32> {
    let edge = |index: u32| {
        let at = u64::from(index) * u64::from(from) / u64::from(to.max(1));
        u32::try_from(at).unwrap_or(from).min(from.saturating_sub(1))
    };
    let (begin, end) = (edge(index), (u64::from(index + 1) * u64::from(from)).div_ceil(u64::from(to.max(1))));
    begin..u32::try_from(end).unwrap_or(from).clamp(begin + 1, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_picture_averages_what_covers() {
        let (red, clear) = ([200, 0, 0, 255], [0, 255, 0, 0]);
        let image = Image::new(2, 2, [red, clear, red, clear].concat()).expect("four pixels");
        let small = image.shrunk(1, 1).expect("a pixel");
        assert_eq!(small.pixels().next(), Some([200, 0, 0, 128]));
        let opaque = Image::new(2, 1, [red, [1, 2, 3, 255]].concat()).expect("two pixels");
        assert_eq!(opaque.shrunk(2, 1), Some(opaque.clone()));
        assert_eq!(image.shrunk(3, 3).expect("larger").width(), 3);
        assert_eq!(image.shrunk(0, 2), None);
    }

    #[test]
    fn every_pixel_counts_and_none_is_read_outside() {
        for (from, to) in [(7, 3), (2000, 37), (5, 5), (1, 9), (10, 1)] {
            let mut seen = 0;
            for index in 0..to {
                let span = span(index, to, from);
                assert!(span.start < span.end && span.end <= from, "{span:?} of {from}");
                assert!(span.start <= seen, "{from} to {to}: {seen} is left out");
                seen = span.end;
            }
            assert_eq!(seen, from);
        }
    }

    #[test]
    fn a_picture_has_four_bytes_a_pixel() {
        assert_eq!(Image::new(2, 1, vec![0; 7]), None);
        assert_eq!(Image::new(0, 0, Vec::new()), None);
        assert!(Image::new(2, 1, vec![0; 8]).is_some());
    }
}
