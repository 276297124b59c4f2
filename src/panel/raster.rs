//! A frame on a screen that is larger than it, or turned: which pixel of the frame each pixel of the screen shows,
//! and the bytes that it is there. For screens whose memory is one block: framebuffers and DRM buffers.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::pixelcolor::raw::RawU16;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::Turn;
use crate::port::panel::Depth;
use crate::port::panel::Frame;
use crate::port::panel::PANELS;
use crate::port::panel::PanelSpec;

/// A screen with more pixels than this is drawn smaller and enlarged by a whole number, so that a picture takes no
/// longer than on a large monitor.
const MOST_PIXELS: u32 = 1920 * 1200;

/// What a pixel is in a screen's memory; least significant byte first, as the kernel's drivers have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Rgb565,
    Bgr565,
    Xrgb8888,
    Xbgr8888,
}

impl Format {
    /// Of that many bits a pixel, with red or, where `bgr`, blue in the highest ones.
    #[must_use]
    pub fn of(bits: u32, bgr: bool) -> Option<Self> {
        match (bits, bgr) {
            (16, false) => Some(Self::Rgb565),
            (16, true) => Some(Self::Bgr565),
            (32, false) => Some(Self::Xrgb8888),
            (32, true) => Some(Self::Xbgr8888),
            (_, _) => None,
        }
    }

    /// Bytes a pixel.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Rgb565 | Self::Bgr565 => 2,
            Self::Xrgb8888 | Self::Xbgr8888 => 4,
        }
    }

    fn put(self, pixel: Rgb565, into: &mut Vec<u8>) {
        let widen = |value: u8, most: u8| (u16::from(value) * 255 / u16::from(most)) as u8;
        let (red, green) = (widen(pixel.r(), Rgb565::MAX_R), widen(pixel.g(), Rgb565::MAX_G));
        let blue = widen(pixel.b(), Rgb565::MAX_B);
        // Where the fourth byte is taken for how opaque the pixel is, it has to be full.
        match self {
            Self::Rgb565 => into.extend(RawU16::from(pixel).into_inner().to_le_bytes()),
            Self::Bgr565 => {
                let swapped = Rgb565::new(pixel.b(), pixel.g(), pixel.r());
                into.extend(RawU16::from(swapped).into_inner().to_le_bytes());
            }
            Self::Xrgb8888 => into.extend([blue, green, red, 0xff]),
            Self::Xbgr8888 => into.extend([red, green, blue, 0xff]),
        }
    }
}

/// A panel that is as large as this screen, for drawing at its real size. Without `pitch_um` the distance of its
/// pixels is taken from the known screen that is nearest in size.
#[must_use]
pub fn spec_of(screen: (u32, u32), turn: Turn, pitch_um: Option<u32>) -> PanelSpec {
    let (width, height) = turn.upright(screen.0, screen.1);
    let pixels = width * height;
    let shrink = (1..).find(|by| pixels / (by * by) <= MOST_PIXELS).unwrap_or(1);
    let colour = PANELS.iter().filter(|panel| panel.depth == Depth::Colour);
    let nearest = colour.min_by_key(|panel| (panel.width * panel.height).abs_diff(pixels));
    let pitch_um = pitch_um.or(nearest.map(|panel| panel.pitch_um)).unwrap_or(150);
    PanelSpec {
        name: "auto",
        width: width / shrink,
        height: height / shrink,
        depth: Depth::Colour,
        pitch_um: pitch_um * shrink,
    }
}

/// Where a frame lies on a screen: turned, enlarged as often as it fits, and in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    frame: Size,
    turn: Turn,
    scale: u32,
    corner: Point,
}

impl Placement {
    /// `None` where the turned frame is larger than the screen.
    #[must_use]
    pub fn new(frame: Size, screen: (u32, u32), turn: Turn) -> Option<Self> {
        let (width, height) = turn.upright(frame.width, frame.height);
        let scale = screen.0.checked_div(width)?.min(screen.1.checked_div(height)?);
        if scale == 0 {
            return None;
        }
        let left = (screen.0 - width * scale) / 2;
        let top = (screen.1 - height * scale) / 2;
        Some(Self { frame, turn, scale, corner: Point::new(left as i32, top as i32) })
    }

    /// The frames this is for.
    #[must_use]
    pub fn frame(&self) -> Size {
        self.frame
    }

    /// The part of the screen that shows this part of the frame.
    #[must_use]
    pub fn on_screen(&self, area: &Rectangle) -> Rectangle {
        let turned = self.turned(area);
        Rectangle::new(self.corner + turned.top_left * self.scale as i32, turned.size * self.scale)
    }

    /// The part of the frame around `area` that whole rows of the screen show, two of them at least where there are two.
    #[must_use]
    pub fn whole_rows(&self, area: &Rectangle) -> Rectangle {
        let two = |at: i32, length: u32, most: u32| {
            let length = length.max(most.min(2));
            (at.min((most - length) as i32), length)
        };
        let (width, height) = (self.frame.width, self.frame.height);
        match self.turn {
            Turn::None | Turn::Half => {
                let (y, rows) = two(area.top_left.y, area.size.height, height);
                Rectangle::new(Point::new(0, y), Size::new(width, rows))
            }
            Turn::Right | Turn::Left => {
                let (x, columns) = two(area.top_left.x, area.size.width, width);
                Rectangle::new(Point::new(x, 0), Size::new(columns, height))
            }
        }
    }

    /// Tells every row of the screen that shows a part of `area`: column, row and bytes. `frame` has the size that
    /// this was made for.
    ///
    /// # Errors
    /// The first that `put` answers.
    pub fn paint<E>(
        &self,
        frame: &Frame,
        area: &Rectangle,
        format: Format,
        mut put: impl FnMut(u32, u32, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let turned = self.turned(area);
        let screen = self.on_screen(area);
        let mut line = Vec::with_capacity(screen.size.width as usize * format.bytes());
        for (row, top) in turned.rows().zip((screen.top_left.y as u32..).step_by(self.scale as usize)) {
            line.clear();
            for pixel in self.row(frame, row, turned.columns()) {
                for _ in 0..self.scale {
                    format.put(pixel, &mut line);
                }
            }
            for again in 0..self.scale {
                put(screen.top_left.x as u32, top + again, &line)?;
            }
        }
        Ok(())
    }

    /// The pixels of one row of the turned frame.
    pub fn row<'a>(
        &self,
        frame: &'a Frame,
        row: i32,
        columns: std::ops::Range<i32>,
    ) -> impl Iterator<Item = Rgb565> + use<'a> {
        let (width, height) = (self.frame.width as i32, self.frame.height as i32);
        // Index of the first column's pixel, and the way to the next.
        let (first, step) = match self.turn {
            Turn::None => (row * width, 1),
            Turn::Right => ((height - 1) * width + row, -width),
            Turn::Half => ((height - row) * width - 1, -1),
            Turn::Left => (width - 1 - row, width),
        };
        let pixels = frame.pixels();
        columns.filter_map(move |column| pixels.get((first + column * step) as usize).copied())
    }

    /// The box in columns and rows of the turned frame.
    fn turned(&self, area: &Rectangle) -> Rectangle {
        let (x, y) = (area.top_left.x, area.top_left.y);
        let right = self.frame.width as i32 - x - area.size.width as i32;
        let below = self.frame.height as i32 - y - area.size.height as i32;
        let across = Size::new(area.size.height, area.size.width);
        match self.turn {
            Turn::None => *area,
            Turn::Right => Rectangle::new(Point::new(below, x), across),
            Turn::Half => Rectangle::new(Point::new(right, below), area.size),
            Turn::Left => Rectangle::new(Point::new(y, right), across),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURNS: [Turn; 4] = [Turn::None, Turn::Right, Turn::Half, Turn::Left];

    /// Every pixel another colour.
    fn frame(width: u32, height: u32) -> Frame {
        let mut frame = Frame::new(width, height, Rgb565::BLACK);
        let pixels = frame.bounding_box().points().enumerate();
        let pixels = pixels.map(|(n, at)| Pixel(at, Rgb565::from(RawU16::new(n as u16 + 1))));
        frame.draw_iter(pixels).expect("infallible");
        frame
    }

    /// What is on the screen after the boxes were painted, black where nothing was.
    fn screen(placement: &Placement, frame: &Frame, areas: &[Rectangle], size: (u32, u32)) -> Vec<u16> {
        let mut memory = vec![0_u16; (size.0 * size.1) as usize];
        for area in areas {
            let put = |x: u32, y: u32, bytes: &[u8]| {
                let at = (y * size.0 + x) as usize;
                for (pixel, bytes) in memory[at..].iter_mut().zip(bytes.chunks_exact(2)) {
                    *pixel = u16::from_le_bytes([bytes[0], bytes[1]]);
                }
                Ok::<(), ()>(())
            };
            placement.paint(frame, area, Format::Rgb565, put).unwrap();
        }
        memory
    }

    #[test]
    fn a_turned_picture_has_its_top_where_it_says() {
        let frame = frame(3, 2);
        let shown = |turn: Turn| {
            let size = turn.upright(3, 2);
            let placement = Placement::new(frame.size(), size, turn).unwrap();
            screen(&placement, &frame, &[frame.bounding_box()], size)
        };
        assert_eq!(shown(Turn::None), [1, 2, 3, 4, 5, 6]);
        assert_eq!(shown(Turn::Right), [4, 1, 5, 2, 6, 3]);
        assert_eq!(shown(Turn::Half), [6, 5, 4, 3, 2, 1]);
        assert_eq!(shown(Turn::Left), [3, 6, 2, 5, 1, 4]);
    }

    #[test]
    fn boxes_painted_one_by_one_make_the_whole_picture() {
        let frame = frame(7, 5);
        let pieces = [(0, 0, 4, 2), (4, 0, 3, 3), (0, 2, 4, 3), (4, 3, 3, 2)];
        let pieces = pieces.map(|(x, y, w, h)| Rectangle::new(Point::new(x, y), Size::new(w, h)));
        for turn in TURNS {
            let placement = Placement::new(frame.size(), (23, 19), turn).unwrap();
            let whole = screen(&placement, &frame, &[frame.bounding_box()], (23, 19));
            assert_eq!(screen(&placement, &frame, &pieces, (23, 19)), whole, "{turn:?}");
            let lit = whole.iter().filter(|pixel| **pixel != 0).count();
            let scale = if matches!(turn, Turn::None | Turn::Half) { 3 } else { 2 };
            assert_eq!(lit, 35 * scale * scale, "{turn:?}");
        }
    }

    #[test]
    fn a_screen_that_is_too_small_is_none_at_all() {
        assert_eq!(Placement::new(Size::new(10, 5), (10, 4), Turn::None), None);
        assert_eq!(Placement::new(Size::new(10, 5), (9, 9), Turn::Half), None);
        assert!(Placement::new(Size::new(10, 5), (5, 10), Turn::Left).is_some());
    }

    #[test]
    fn a_screens_own_size_is_taken_and_a_huge_one_is_enlarged() {
        let size = |screen, turn| {
            let spec = spec_of(screen, turn, None);
            (spec.width, spec.height, spec.pitch_um)
        };
        assert_eq!(size((480, 320), Turn::None), (480, 320, 153));
        assert_eq!(size((1024, 600), Turn::None), (1024, 600, 136));
        assert_eq!(size((1080, 1920), Turn::Right), (1920, 1080, 178));
        assert_eq!(size((3840, 2160), Turn::None), (1920, 1080, 356));
        assert_eq!(spec_of((800, 480), Turn::None, Some(200)).pitch_um, 200);
    }

    #[test]
    fn colours_lie_in_the_order_of_the_format() {
        let bytes = |format: Format| {
            let mut bytes = Vec::new();
            format.put(Rgb565::new(31, 0, 1), &mut bytes);
            assert_eq!(bytes.len(), format.bytes());
            bytes
        };
        assert_eq!(bytes(Format::Rgb565), [0x01, 0xf8]);
        assert_eq!(bytes(Format::Bgr565), [0x1f, 0x08]);
        assert_eq!(bytes(Format::Xrgb8888), [8, 0, 255, 255]);
        assert_eq!(bytes(Format::Xbgr8888), [255, 0, 8, 255]);
        assert_eq!(Format::of(24, false), None);
    }
}
