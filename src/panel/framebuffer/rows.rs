//! How a picture goes into a framebuffer's memory: as few writes as can be, each of them one that the kernel notices.
//!
//! Drivers that send the picture on, over a wire or to another machine, keep the memory twice and send what was written.
//! The kernel tells them which box that is by where a write begins and ends (`drm_fb_helper_memory_range_to_clip`), and
//! takes a write within one row that ends with the row for one of no width: nothing is sent. So rows that follow each
//! other are written at once, and what reaches the end of a row is widened to whole rows, two at least.

use std::io;

use embedded_graphics::primitives::Rectangle;

use crate::panel::raster::Format;
use crate::panel::raster::Placement;
use crate::port::panel::Frame;

/// A picture's place in the memory. Sizes are bytes, but for `first`.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Column and row of the memory that the screen shows in its corner.
    pub first: (u32, u32),
    pub stride: u32,
    pub format: Format,
}

impl Page {
    fn at(&self, x: u32, y: u32) -> u64 {
        let row = u64::from(self.first.1 + y) * u64::from(self.stride);
        row + u64::from(self.first.0 + x) * self.format.bytes() as u64
    }

    /// Writes these areas of the frame: `write` takes a place in the memory and the bytes for it.
    ///
    /// # Errors
    /// The first of `write`.
    pub fn paint(
        &self,
        placement: &Placement,
        frame: &Frame,
        areas: &[Rectangle],
        write: impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut run = Run { write, at: 0, bytes: Vec::new() };
        for area in areas {
            let area =
                if self.ends_a_row(&placement.on_screen(area)) { placement.whole_rows(area) } else { *area };
            placement.paint(frame, &area, self.format, |x, y, bytes| run.put(self.at(x, y), bytes))?;
        }
        run.flush()
    }

    /// Blackens a screen of this size.
    ///
    /// # Errors
    /// As [`Page::paint`].
    pub fn clear(
        &self,
        (width, height): (u32, u32),
        write: impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let black = vec![0; width as usize * self.format.bytes()];
        let mut run = Run { write, at: 0, bytes: Vec::new() };
        for y in 0..height {
            run.put(self.at(0, y), &black)?;
        }
        run.flush()
    }

    fn ends_a_row(&self, area: &Rectangle) -> bool {
        let columns = self.first.0 + area.top_left.x as u32 + area.size.width;
        columns as usize * self.format.bytes() >= self.stride as usize
    }
}

/// Bytes that follow each other, to be written at once.
struct Run<W> {
    write: W,
    at: u64,
    bytes: Vec<u8>,
}

impl<W: FnMut(u64, &[u8]) -> io::Result<()>> Run<W> {
    fn put(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if at != self.at + self.bytes.len() as u64 {
            self.flush()?;
            self.at = at;
        }
        self.bytes.extend(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.bytes.is_empty() {
            (self.write)(self.at, &self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::Rgb565;
    use embedded_graphics::prelude::*;

    use super::*;
    use crate::panel::Turn;

    const BITS: u64 = 16;

    /// A driver with a memory of its own and a glass, to which it sends the box that the kernel tells.
    struct Wired {
        stride: u64,
        columns: u64,
        memory: Vec<u8>,
        glass: Vec<u8>,
        /// Columns and rows from and to, of all writes since it was sent; Linux 6.1's arithmetic.
        damage: (u64, u64, u64, u64),
    }

    impl Wired {
        fn new(columns: u32, rows: u32, stride: u32) -> Self {
            let memory = vec![0x55; (stride * rows) as usize];
            let damage = (u64::MAX, u64::MAX, 0, 0);
            Self { stride: stride.into(), columns: columns.into(), glass: memory.clone(), memory, damage }
        }

        fn write(&mut self, at: u64, bytes: &[u8]) {
            let end = at + bytes.len() as u64;
            self.memory[at as usize..end as usize].copy_from_slice(bytes);
            let (top, below) = (at / self.stride, end.div_ceil(self.stride));
            let (mut left, mut right) = (0, self.columns);
            if below - top == 1 {
                left = (at % self.stride) * 8 / BITS;
                right = ((end % self.stride) * 8).div_ceil(BITS);
            }
            let so_far = self.damage;
            self.damage = (so_far.0.min(left), so_far.1.min(top), so_far.2.max(right), so_far.3.max(below));
        }

        fn send(&mut self) {
            let (left, top, right, below) = std::mem::replace(&mut self.damage, (u64::MAX, u64::MAX, 0, 0));
            for row in top..below {
                let (from, to) = (row * self.stride + left * BITS / 8, row * self.stride + right * BITS / 8);
                if from < to {
                    let part = from as usize..to as usize;
                    self.glass[part.clone()].copy_from_slice(&self.memory[part]);
                }
            }
        }
    }

    #[test]
    fn a_driver_that_sends_the_picture_on_is_told_of_every_pixel() {
        let boxes =
            [(0, 0, 30, 20), (29, 7, 1, 1), (4, 19, 26, 1), (10, 3, 5, 1), (0, 5, 30, 1), (20, 2, 10, 9)];
        for (columns, rows, padding) in [(30, 20, 0), (30, 20, 6), (60, 41, 0), (61, 40, 0), (40, 30, 0)] {
            for turn in [Turn::None, Turn::Right, Turn::Half, Turn::Left] {
                let (width, height) = turn.upright(columns, rows);
                let stride = width * 2 + padding;
                let mut wired = Wired::new(width, height, stride);
                let page = Page { first: (0, 0), stride, format: Format::Rgb565 };
                let placement = Placement::new(Size::new(30, 20), (width, height), turn).unwrap();
                page.clear((width, height), |at, bytes| {
                    wired.write(at, bytes);
                    Ok(())
                })
                .unwrap();
                let mut frame = Frame::new(30, 20, Rgb565::RED);
                for (x, y, w, h) in boxes {
                    let area = Rectangle::new(Point::new(x, y), Size::new(w, h));
                    frame.fill_solid(&area, Rgb565::new(1, y as u8, x as u8)).unwrap();
                    page.paint(&placement, &frame, &[area], |at, bytes| {
                        wired.write(at, bytes);
                        Ok(())
                    })
                    .unwrap();
                    wired.send();
                    assert!(wired.glass == wired.memory, "{width}x{height}+{padding}, {turn:?}, {area:?}");
                }
            }
        }
    }

    #[test]
    fn a_whole_picture_is_one_write_where_nothing_lies_between_its_rows() {
        let frame = Frame::new(30, 20, Rgb565::RED);
        let count = |stride: u32| {
            let page = Page { first: (0, 0), stride, format: Format::Rgb565 };
            let placement = Placement::new(frame.size(), (30, 20), Turn::None).unwrap();
            let mut writes = 0;
            let counted = page.paint(&placement, &frame, &[frame.bounding_box()], |_, _| {
                writes += 1;
                Ok(())
            });
            counted.map(|()| writes).unwrap()
        };
        assert_eq!((count(60), count(64)), (1, 20));
    }
}
