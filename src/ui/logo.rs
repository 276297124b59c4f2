//! A shop's logo on a panel: how large it is in a space, and its pixels as the panel can show them. On paper
//! that is black and white, drawings stay sharp and photographs become dots.

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;

use crate::port::image::Image;
use crate::port::panel::Depth;
use crate::port::panel::Frame;

/// A logo, no larger than its panel.
#[derive(Clone, Debug)]
pub struct Logo(Image);

/// Between these, a pixel is neither ink nor paper.
const GREY: std::ops::Range<u32> = 56..200;
/// With more grey pixels than this share of a hundred, a picture is a photograph.
const PHOTOGRAPH: usize = 30;

impl Logo {
    /// For panels of that size; the rest of a large picture's pixels are let go at once.
    #[must_use]
    pub fn new(image: Image, panel: Size) -> Self {
        let (width, height) = inside(&image, panel);
        Self(image.shrunk(width, height).unwrap_or(image))
    }

    /// How large it is in that space: as it is where there is room, else smaller, in its own proportions.
    #[must_use]
    pub fn size_in(&self, space: Size) -> Size {
        let (width, height) = inside(&self.0, space);
        Size::new(width, height)
    }

    /// Draws it at `size` pixels, its top left corner at `at`, on the paper that is there.
    pub fn draw(&self, frame: &mut Frame, size: Size, at: Point, depth: Depth) {
        let Some(image) = self.0.shrunk(size.width, size.height) else { return };
        let ground = frame.pixel(at.x.max(0) as u32, at.y.max(0) as u32).unwrap_or(Rgb565::WHITE);
        let on_paper: Vec<[u32; 3]> = image.pixels().map(|pixel| lay(pixel, ground)).collect();
        let width = image.width() as usize;
        let inks: Vec<Rgb565> = match depth {
            Depth::Colour => on_paper.iter().map(|[r, g, b]| colour(*r, *g, *b)).collect(),
            Depth::Mono => mono(&on_paper, width),
        };
        for (row, inks) in (0..).zip(inks.chunks_exact(width)) {
            let line = (0..).zip(inks).map(|(column, ink)| Pixel(at + Point::new(column, row), *ink));
            let Ok(()) = frame.draw_iter(line);
        }
    }
}

/// The largest size of the picture inside `space` that keeps its proportions and is no larger than it is.
fn inside(image: &Image, space: Size) -> (u32, u32) {
    let (width, height) = (u64::from(image.width()), u64::from(image.height()));
    let (most_wide, most_high) = (u64::from(space.width).min(width), u64::from(space.height).min(height));
    let by_width = (most_wide, height * most_wide / width);
    let by_height = (width * most_high / height, most_high);
    let (wide, high) = if by_width.1 <= most_high { by_width } else { by_height };
    let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).max(1);
    (small(wide), small(high))
}

fn lay([r, g, b, cover]: [u8; 4], ground: Rgb565) -> [u32; 3] {
    let cover = u32::from(cover);
    let below = [
        u32::from(ground.r()) * 255 / u32::from(Rgb565::MAX_R),
        u32::from(ground.g()) * 255 / u32::from(Rgb565::MAX_G),
        u32::from(ground.b()) * 255 / u32::from(Rgb565::MAX_B),
    ];
    let mix = |above: u8, below: u32| (u32::from(above) * cover + below * (255 - cover) + 127) / 255;
    [mix(r, below[0]), mix(g, below[1]), mix(b, below[2])]
}

fn colour(r: u32, g: u32, b: u32) -> Rgb565 {
    Rgb565::new((r >> 3) as u8, (g >> 2) as u8, (b >> 3) as u8)
}

/// Sharp edges for a drawing; for a photograph the error of each pixel is spread over the next ones
/// (Floyd and Steinberg), so that an area is as bright as it was.
fn mono(pixels: &[[u32; 3]], width: usize) -> Vec<Rgb565> {
    // Shares of red, green and blue in brightness, in 256ths.
    let bright = |[r, g, b]: &[u32; 3]| (r * 77 + g * 150 + b * 29) >> 8;
    let grey = pixels.iter().filter(|pixel| GREY.contains(&bright(pixel))).count();
    if grey * 100 <= pixels.len() * PHOTOGRAPH {
        let ink = |pixel| if bright(pixel) < 128 { Rgb565::BLACK } else { Rgb565::WHITE };
        return pixels.iter().map(ink).collect();
    }
    let mut light: Vec<i32> = pixels.iter().map(|pixel| bright(pixel) as i32 * 16).collect();
    let mut inks = Vec::with_capacity(light.len());
    for at in 0..light.len() {
        let is_light = light[at] >= 128 * 16;
        let error = light[at] - if is_light { 255 * 16 } else { 0 };
        inks.push(if is_light { Rgb565::WHITE } else { Rgb565::BLACK });
        let column = at % width;
        let next = [(at + 1, 7, column + 1 < width), (at + width - 1, 3, column > 0), (at + width, 5, true)];
        let last = (at + width + 1, 1, column + 1 < width);
        for (to, share, _) in next.into_iter().chain([last]).filter(|(_, _, inside)| *inside) {
            if let Some(light) = light.get_mut(to) {
                *light += error * share / 16;
            }
        }
    }
    inks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Image {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Image::new(width, height, pixels.flat_map(|(x, y)| pixel(x, y)).collect())
            .expect("four bytes a pixel")
    }

    #[test]
    fn a_logo_keeps_its_proportions_and_is_never_blown_up() {
        let logo = Logo::new(image(200, 100, |_, _| [0, 0, 0, 255]), Size::new(240, 320));
        assert_eq!(logo.size_in(Size::new(100, 100)), Size::new(100, 50));
        assert_eq!(logo.size_in(Size::new(400, 30)), Size::new(60, 30));
        assert_eq!(logo.size_in(Size::new(900, 900)), Size::new(200, 100));
        let large = Logo::new(image(1000, 1000, |_, _| [0, 0, 0, 255]), Size::new(240, 320));
        assert_eq!(large.size_in(Size::new(900, 900)), Size::new(240, 240));
    }

    #[test]
    fn what_a_logo_does_not_cover_is_the_paper() {
        let logo = Logo::new(image(2, 1, |x, _| [255, 0, 0, if x == 0 { 255 } else { 0 }]), Size::new(9, 9));
        let mut frame = Frame::new(4, 4, Rgb565::WHITE);
        logo.draw(&mut frame, Size::new(2, 1), Point::new(1, 1), Depth::Colour);
        assert_eq!(frame.pixel(1, 1), Some(Rgb565::RED));
        assert_eq!(frame.pixel(2, 1), Some(Rgb565::WHITE));
    }

    #[test]
    fn on_black_and_white_a_drawing_is_sharp_and_a_grey_area_is_as_bright_as_it_was() {
        let mut frame = Frame::new(40, 40, Rgb565::WHITE);
        let drawing = image(40, 40, |x, _| if x < 20 { [20, 20, 60, 255] } else { [250, 250, 240, 255] });
        Logo::new(drawing, Size::new(40, 40)).draw(&mut frame, Size::new(40, 40), Point::zero(), Depth::Mono);
        assert!((0..40).all(|y| frame.pixel(19, y) == Some(Rgb565::BLACK)));
        assert!((0..40).all(|y| frame.pixel(20, y) == Some(Rgb565::WHITE)));
        let grey = image(40, 40, |_, _| [64, 64, 64, 255]);
        Logo::new(grey, Size::new(40, 40)).draw(&mut frame, Size::new(40, 40), Point::zero(), Depth::Mono);
        let white = frame.pixels().iter().filter(|ink| **ink == Rgb565::WHITE).count();
        assert!((340..460).contains(&white), "a quarter of 1600 is light: {white}");
        assert!(frame.pixels().iter().all(|ink| [Rgb565::BLACK, Rgb565::WHITE].contains(ink)));
    }
}
