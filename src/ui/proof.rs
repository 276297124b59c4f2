//! A code is decoded before it is shown. Decoding takes longer than all drawing, and each second of a countdown
//! draws the same code again: pixels that were decoded once need not be decoded twice.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::primitives::Rectangle;

use crate::port::panel::Frame;

use super::check_code;
use super::qr::Plan;

/// The code that was read off a frame last.
#[derive(Debug, Default)]
pub struct Proof(Option<Read>);

#[derive(Debug)]
struct Read {
    url: String,
    area: Rectangle,
    /// Of the code's box, its quiet zone included, row by row.
    pixels: Vec<Rgb565>,
}

impl Proof {
    /// Whether a phone would read exactly `url` off the code that was drawn as planned; a frame for which this is
    /// false must not be shown. The frame is decoded, unless its code has the very pixels, at the same place, out
    /// of which the same link was decoded last.
    pub fn holds(&mut self, frame: &Frame, plan: &Plan, url: &str) -> bool {
        if self.is_of(frame, plan, url) {
            return true;
        }
        let area = plan.area();
        let is_read = check_code(frame, url);
        let read =
            || Read { url: url.to_owned(), area, pixels: rows(frame, &area).flatten().copied().collect() };
        self.0 = is_read.then(read);
        is_read
    }

    fn is_of(&self, frame: &Frame, plan: &Plan, url: &str) -> bool {
        let area = plan.area();
        self.0.as_ref().is_some_and(|read| {
            read.url == url && read.area == area && rows(frame, &area).flatten().eq(&read.pixels)
        })
    }
}

/// The rows of pixels in a box, as far as it lies on the frame.
fn rows<'a>(frame: &'a Frame, area: &Rectangle) -> impl Iterator<Item = &'a [Rgb565]> {
    let (columns, rows) = (area.columns(), area.rows());
    let clip = |at: i32, most: u32| at.clamp(0, most as i32) as usize;
    let (left, right) = (clip(columns.start, frame.width()), clip(columns.end, frame.width()));
    let (top, bottom) = (clip(rows.start, frame.height()), clip(rows.end, frame.height()));
    let all = frame.pixels().chunks_exact(frame.width().max(1) as usize);
    all.skip(top).take(bottom - top).map(move |row| &row[left..right])
}

#[cfg(test)]
mod tests {
    use embedded_graphics::prelude::*;

    use super::*;
    use crate::ui::qr;

    const URL: &str = "https://buy.stripe.com/14A5kE3hX8Zb2Wc7sMfQk0f";

    fn drawn(at: Point) -> (Frame, Plan) {
        let mut plan = qr::plan(URL, Size::new(200, 200), 180).expect("fits");
        let mut frame = Frame::new(240, 320, Rgb565::WHITE);
        plan.draw(&mut frame, at);
        (frame, plan)
    }

    fn dot(frame: &mut Frame, at: Point, ink: Rgb565) {
        frame.draw_iter([Pixel(at, ink)]).expect("infallible");
    }

    #[test]
    fn only_the_very_pixels_that_were_read_need_no_second_look() {
        let (frame, plan) = drawn(Point::new(10, 40));
        let mut proof = Proof::default();
        assert!(!proof.is_of(&frame, &plan, URL), "nothing was read yet");
        assert!(proof.holds(&frame, &plan, URL));
        let mut beside = frame.clone();
        dot(&mut beside, Point::new(9, 40), Rgb565::BLACK);
        assert!(proof.is_of(&beside, &plan, URL) && proof.holds(&beside, &plan, URL));
        // Another link, another place, and one pixel at any place of the box.
        assert!(!proof.is_of(&frame, &plan, "https://example.com/"));
        let (moved, there) = drawn(Point::new(12, 40));
        assert!(!proof.is_of(&moved, &there, URL));
        let last = plan.area().bottom_right().expect("a box");
        for at in [plan.at, last, plan.area().center()] {
            let ink = frame.pixel(at.x as u32, at.y as u32).expect("inside");
            let mut spoilt = frame.clone();
            dot(&mut spoilt, at, if ink == Rgb565::WHITE { Rgb565::BLACK } else { Rgb565::WHITE });
            assert!(!proof.is_of(&spoilt, &plan, URL), "{at}");
        }
    }

    #[test]
    fn a_code_that_is_not_the_link_holds_nothing_and_is_forgotten() {
        let (frame, plan) = drawn(Point::new(10, 40));
        let mut proof = Proof::default();
        assert!(proof.holds(&frame, &plan, URL));
        assert!(!proof.holds(&frame, &plan, "https://example.com/"));
        let mut covered = frame.clone();
        covered
            .fill_solid(
                &plan.area().resized(Size::new(120, 120), embedded_graphics::geometry::AnchorPoint::Center),
                Rgb565::BLACK,
            )
            .expect("infallible");
        assert!(!proof.holds(&covered, &plan, URL));
        assert!(!proof.is_of(&frame, &plan, URL) && proof.holds(&frame, &plan, URL));
    }
}
