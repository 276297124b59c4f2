//! How large a link's code is on a panel, whether it fits at all, and what a phone would read off a frame.
//! Always dark on light, whole pixels per module, four light modules around. Draws nothing but the code.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use qrcode::Color;
use qrcode::EcLevel;
use qrcode::QrCode;
use qrcode::Version;
use qrcode::bits::Bits;

use crate::port::panel::Frame;

/// Modules of quiet zone on each side.
const QUIET: u32 = 4;
/// Below two pixels a module, cameras lose the grid between the panel's own dots.
const LEAST_PIXELS: u32 = 2;
/// Modules this large read well at arm's length; below it, size matters more than error correction.
const COMFORT_UM: u32 = 600;

/// A code that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Modules on a side, without the quiet zone.
    pub modules: u32,
    pub pixels_per_module: u32,
    /// Pixels on a side, quiet zone included.
    pub side: u32,
    /// Width of one module in micrometres.
    pub module_um: u32,
    /// Where its quiet zone starts on the frame, top left; zero until it is drawn.
    pub at: Point,
    /// Row by row, true is dark.
    dark: Vec<bool>,
}

/// The link is too long for the space: at two pixels a module its code would be larger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the link needs a code of {modules} modules, which has {pixels_per_module} pixels a module here and \
     needs 2; the longest link that fits has {longest_that_fits} characters"
)]
pub struct TooLong {
    /// Modules on a side; 0 where no code is large enough for the link.
    pub modules: u32,
    pub pixels_per_module: u32,
    pub longest_that_fits: u32,
}

impl Plan {
    /// Width of the code without its quiet zone, in micrometres.
    #[must_use]
    pub fn width_um(&self) -> u32 {
        self.modules * self.module_um
    }

    /// How far away a phone reads it: ten times its width, in millimetres.
    #[must_use]
    pub fn distance_mm(&self) -> u32 {
        self.width_um() / 100
    }

    /// Pixels that its quiet zone is wide on each side.
    #[must_use]
    pub fn quiet_zone(&self) -> u32 {
        QUIET * self.pixels_per_module
    }

    /// The box it takes on the frame, its quiet zone included.
    #[must_use]
    pub fn area(&self) -> Rectangle {
        Rectangle::new(self.at, Size::new_equal(self.side))
    }

    /// Draws it with its quiet zone, the top left corner at `at`, and keeps that place.
    pub fn draw(&mut self, frame: &mut Frame, at: Point) {
        self.at = at;
        let dot = Size::new_equal(self.pixels_per_module);
        let Ok(()) = frame.fill_solid(&self.area(), Rgb565::WHITE);
        for (row, modules) in (0..).zip(self.dark.chunks_exact(self.modules as usize)) {
            for (column, _) in (0..).zip(modules).filter(|(_, dark)| **dark) {
                let offset = Point::new(QUIET as i32 + column, QUIET as i32 + row);
                let Ok(()) = frame.fill_solid(
                    &Rectangle::new(at + offset * self.pixels_per_module as i32, dot),
                    Rgb565::BLACK,
                );
            }
        }
    }
}

/// The best code for `url` in a space of `area` pixels whose dots are `pitch_um` apart.
///
/// Error correction M; L where that makes modules larger which are small otherwise.
///
/// # Errors
/// Where even L at two pixels a module does not fit, with the length of the longest link that would.
pub fn plan(url: &str, area: Size, pitch_um: u32) -> Result<Plan, TooLong> {
    let room = area.width.min(area.height);
    let low = fit(url, EcLevel::L, room, pitch_um);
    let medium = fit(url, EcLevel::M, room, pitch_um);
    let best = match (medium, low) {
        (Some(medium), Some(low)) => {
            let roomy = medium.module_um >= COMFORT_UM || medium.module_um >= low.module_um;
            Some(if roomy && medium.pixels_per_module >= LEAST_PIXELS { medium } else { low })
        }
        (medium, low) => low.or(medium),
    };
    match best {
        Some(plan) if plan.pixels_per_module >= LEAST_PIXELS => Ok(plan),
        small => Err(TooLong {
            modules: small.as_ref().map_or(0, |plan| plan.modules),
            pixels_per_module: small.as_ref().map_or(0, |plan| plan.pixels_per_module),
            longest_that_fits: longest(room),
        }),
    }
}

fn fit(url: &str, level: EcLevel, room: u32, pitch_um: u32) -> Option<Plan> {
    let code = QrCode::with_error_correction_level(url, level).ok()?;
    let modules = u32::try_from(code.width()).ok()?;
    let across = modules + 2 * QUIET;
    let pixels_per_module = room / across;
    Some(Plan {
        modules,
        pixels_per_module,
        side: across * pixels_per_module,
        module_um: pixels_per_module * pitch_um,
        at: Point::zero(),
        dark: code.into_colors().into_iter().map(|module| module == Color::Dark).collect(),
    })
}

/// The most characters, in any mixture of cases, whose code fits into `room` pixels.
fn longest(room: u32) -> u32 {
    let modules = (room / LEAST_PIXELS).saturating_sub(2 * QUIET);
    let version = (modules.saturating_sub(17) / 4).min(40);
    if version == 0 {
        return 0;
    }
    let bits = Bits::new(Version::Normal(version as i16)).max_len(EcLevel::L).unwrap_or(0) as u32;
    let header = if version < 10 { 4 + 8 } else { 4 + 16 };
    bits.saturating_sub(header) / 8
}

/// What a phone reads off the frame. `None` where it finds no code, or more than one.
#[must_use]
pub fn read_back(frame: &Frame) -> Option<String> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let light = |x: usize, y: usize| {
        let pixel = frame.pixel(x as u32, y as u32).unwrap_or(Rgb565::WHITE);
        // Shares of red, green and blue in brightness, of values that go to 31, 63 and 31.
        ((u32::from(pixel.r()) * 629 + u32::from(pixel.g()) * 607 + u32::from(pixel.b()) * 240) >> 8) as u8
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    let grids = image.detect_grids();
    let mut read = grids.iter().filter_map(|grid| grid.decode().ok());
    match (read.next(), read.next()) {
        (Some((_, text)), None) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "https://buy.stripe.com/14A5kE3hX8Zb2Wc7sMfQk0f";

    fn link(length: usize) -> String {
        let mut url = SHORT.to_owned();
        while url.len() < length {
            url.push('x');
        }
        url
    }

    #[test]
    fn a_link_is_drawn_with_whole_modules_a_light_border_and_reads_back() {
        let mut plan = plan(SHORT, Size::new(240, 226), 180).expect("fits");
        assert_eq!(plan.side, (plan.modules + 8) * plan.pixels_per_module);
        let mut frame = Frame::new(240, 320, Rgb565::WHITE);
        plan.draw(&mut frame, Point::new(4, 40));
        assert_eq!(read_back(&frame).as_deref(), Some(SHORT));
        let first = Point::new(4, 40) + Point::new_equal(4 * plan.pixels_per_module as i32);
        assert_eq!(frame.pixel(first.x as u32, first.y as u32), Some(Rgb565::BLACK));
        assert_eq!(frame.pixel(first.x as u32 - 1, first.y as u32), Some(Rgb565::WHITE));
    }

    #[test]
    fn error_correction_gives_way_to_larger_modules_only_where_they_are_small() {
        let width = |level| QrCode::with_error_correction_level(SHORT, level).expect("short").width() as u32;
        assert!(width(EcLevel::L) < width(EcLevel::M));
        let roomy = plan(SHORT, Size::new(480, 480), 200).expect("fits");
        assert_eq!(roomy.modules, width(EcLevel::M));
        let tight = plan(SHORT, Size::new(120, 120), 98).expect("fits");
        assert_eq!(tight.modules, width(EcLevel::L));
    }

    #[test]
    fn a_refusal_names_the_longest_link_that_fits_and_that_one_does() {
        for room in [64, 100, 122, 128, 240] {
            let area = Size::new_equal(room);
            let refused = plan(&link(2900), area, 180).expect_err("too long");
            let longest = refused.longest_that_fits as usize;
            if longest >= SHORT.len() {
                assert!(plan(&link(longest), area, 180).is_ok(), "{longest} in {room}");
                assert!(plan(&link(longest + 1), area, 180).is_err(), "{longest} + 1 in {room}");
            }
        }
        assert_eq!(plan(SHORT, Size::new(64, 64), 170).expect_err("too long").longest_that_fits, 17);
        assert_eq!(plan(&link(5000), Size::new(1080, 1080), 170).expect_err("too long").modules, 0);
    }

    #[test]
    fn nothing_and_two_codes_are_not_read() {
        let mut frame = Frame::new(400, 200, Rgb565::WHITE);
        assert_eq!(read_back(&frame), None);
        let mut plan = plan(SHORT, Size::new(200, 200), 180).expect("fits");
        plan.draw(&mut frame, Point::new(0, 0));
        assert_eq!(read_back(&frame).as_deref(), Some(SHORT));
        plan.draw(&mut frame, Point::new(200, 0));
        assert_eq!(read_back(&frame), None);
    }
}
