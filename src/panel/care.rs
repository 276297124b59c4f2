//! How light a panel is, and how far its picture is moved, so that it neither dazzles nor burns in. Told the time,
//! on any monotonic clock.

use std::time::Duration;

use embedded_graphics::prelude::*;

use crate::port::panel::Frame;

/// How long a picture stays at one place on glass that burns in.
pub const SHIFT_EVERY: Duration = Duration::from_secs(60);
/// Where it goes, one after the other: all around its place, never further than the margin of the smallest panel.
const SHIFTS: [(i32, i32); 8] = [(0, 0), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1)];

/// Light in percent, and how long nothing has to happen for less of it; never where it is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Light {
    pub bright: u8,
    pub dim: u8,
    pub dim_after: Duration,
    pub dark_after: Duration,
}

impl Default for Light {
    fn default() -> Self {
        let (dim_after, dark_after) = (Duration::from_secs(5 * 60), Duration::from_secs(30 * 60));
        Self { bright: 100, dim: 30, dim_after, dark_after }
    }
}

/// One panel's light.
#[derive(Clone, Debug)]
pub struct Care {
    light: Light,
    /// When a key was pressed or the picture became another.
    since: Duration,
    /// Somebody may be about to pay.
    has_code: bool,
}

impl Care {
    #[must_use]
    pub fn new(light: Light, now: Duration) -> Self {
        Self { light, since: now, has_code: false }
    }

    /// A key was pressed, or the panel shows something else.
    pub fn wake(&mut self, now: Duration) {
        self.since = now;
    }

    /// Whether a payable code is on the panel, which is then bright however long it stays.
    pub fn set_code(&mut self, has_code: bool, now: Duration) {
        if self.has_code && !has_code {
            self.since = now;
        }
        self.has_code = has_code;
    }

    /// The light now, in percent.
    #[must_use]
    pub fn percent(&self, now: Duration) -> u8 {
        let is_due = |after: Duration| !after.is_zero() && !self.has_code && now >= self.since + after;
        if is_due(self.light.dark_after) {
            0
        } else if is_due(self.light.dim_after) {
            self.light.dim
        } else {
            self.light.bright
        }
    }

    /// When the light will be another if nothing happens.
    #[must_use]
    pub fn next(&self, now: Duration) -> Option<Duration> {
        let steps = [self.light.dim_after, self.light.dark_after];
        let times = steps.into_iter().filter(|after| !after.is_zero()).map(|after| self.since + after);
        times.filter(|at| !self.has_code && *at > now).min()
    }
}

/// The picture moved to the place for this time; what it leaves free is as its corner.
#[must_use]
pub fn shifted(frame: &Frame, now: Duration) -> Frame {
    let step = (now.as_secs() / SHIFT_EVERY.as_secs()) % SHIFTS.len() as u64;
    let (right, down) = SHIFTS[step as usize];
    let corner = frame.pixel(0, 0).unwrap_or_default();
    let mut moved = Frame::new(frame.width(), frame.height(), corner);
    let by = Point::new(right, down);
    let pixels = frame.bounding_box().points().zip(frame.pixels());
    let Ok(()) = moved.draw_iter(pixels.map(|(at, colour)| Pixel(at + by, *colour)));
    moved
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::Rgb565;

    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn care(dim_after: u64, dark_after: u64) -> Care {
        let light = Light { bright: 90, dim: 20, dim_after: at(dim_after), dark_after: at(dark_after) };
        Care::new(light, at(100))
    }

    #[test]
    fn it_dims_then_goes_dark_and_wakes() {
        let mut care = care(60, 300);
        let seen = |care: &Care, now| (care.percent(at(now)), care.next(at(now)));
        assert_eq!(seen(&care, 100), (90, Some(at(160))));
        assert_eq!(seen(&care, 159), (90, Some(at(160))));
        assert_eq!(seen(&care, 160), (20, Some(at(400))));
        assert_eq!(seen(&care, 400), (0, None));
        care.wake(at(500));
        assert_eq!(seen(&care, 500), (90, Some(at(560))));
    }

    #[test]
    fn a_payable_code_is_never_dimmed_and_its_end_is_a_beginning() {
        let mut care = care(60, 300);
        care.set_code(true, at(399));
        for now in [399, 400, 100_000] {
            assert_eq!((care.percent(at(now)), care.next(at(now))), (90, None));
        }
        care.set_code(false, at(100_000));
        assert_eq!((care.percent(at(100_000)), care.next(at(100_000))), (90, Some(at(100_060))));
        assert_eq!(care.percent(at(100_300)), 0);
    }

    #[test]
    fn zero_seconds_are_never() {
        let never = care(0, 0);
        assert_eq!((never.percent(at(1_000_000)), never.next(at(1_000_000))), (90, None));
        let dark = care(0, 10);
        assert_eq!((dark.percent(at(109)), dark.percent(at(110))), (90, 0));
        let dim = care(10, 0);
        assert_eq!((dim.percent(at(1_000_000)), dim.next(at(1_000_000))), (20, None));
    }

    #[test]
    fn in_some_minutes_every_place_had_another_picture_and_nothing_was_lost() {
        let mut frame = Frame::new(8, 8, Rgb565::BLACK);
        let dot = |x, y| Pixel(Point::new(x, y), Rgb565::WHITE);
        frame.draw_iter([dot(1, 1), dot(6, 6)]).expect("infallible");
        let mut places = Vec::new();
        for minute in 0..16 {
            let moved = shifted(&frame, at(60 * minute + 59));
            assert_eq!(moved, shifted(&frame, at(60 * minute)));
            let lit: Vec<_> = moved.bounding_box().points().zip(moved.pixels()).collect();
            let lit: Vec<_> = lit.into_iter().filter(|(_, pixel)| **pixel == Rgb565::WHITE).collect();
            assert_eq!(lit.len(), 2, "both dots are there");
            places.push(lit[0].0);
        }
        assert_eq!(places[..8], places[8..]);
        places.sort_unstable_by_key(|at| (at.x, at.y));
        places.dedup();
        assert_eq!(places.len(), 8);
    }
}
