//! Which boxes of a frame have to be sent, given what is shown: a few apart ones where one around all of them
//! would be mostly old pixels.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::panel::Frame;

/// What a box of its own costs on a bus, in pixels: setting the window takes about a dozen bytes and as many
/// calls of the kernel.
const BOX_COST: u32 = 96;
/// Differences this close belong together.
const NEAR: i32 = 8;
/// More boxes than this are merged, the cheapest pair first.
const MOST: usize = 8;
/// Beyond this nothing is gained by looking closer.
const GIVE_UP: usize = 64;

impl Frame {
    /// Boxes apart from each other that together hold every difference to `shown`; the whole frame where sizes
    /// differ, and none where nothing changed. Several only where that sends clearly less than one would.
    #[must_use]
    pub fn changes(&self, shown: &Self) -> Vec<Rectangle> {
        let Some(around) = self.damage(shown) else { return Vec::new() };
        if (self.width(), self.height()) != (shown.width(), shown.height()) {
            return vec![around];
        }
        let boxes = sweep(self, shown, &around).map(merge).unwrap_or_default();
        let sent: u32 = boxes.iter().map(|one| area(one) + BOX_COST).sum();
        if boxes.is_empty() || sent > (area(&around) + BOX_COST) * 3 / 4 { vec![around] } else { boxes }
    }
}

fn area(one: &Rectangle) -> u32 {
    one.size.width * one.size.height
}

fn around(one: &Rectangle, other: &Rectangle) -> Rectangle {
    let corner = |one: &Rectangle| one.bottom_right().unwrap_or(one.top_left);
    Rectangle::with_corners(
        one.top_left.component_min(other.top_left),
        corner(one).component_max(corner(other)),
    )
}

/// `one` with `by` pixels more on every side.
fn widened(one: &Rectangle, by: i32) -> Rectangle {
    Rectangle::new(one.top_left - Point::new_equal(by), one.size + Size::new_equal(2 * by as u32))
}

fn touch(one: &Rectangle, other: &Rectangle) -> bool {
    !one.intersection(other).is_zero_sized()
}

/// Boxes around what differs, row after row, each taking in what is near; they may lie over each other. `None`
/// where there are too many to be worth it.
fn sweep(new: &Frame, shown: &Frame, within: &Rectangle) -> Option<Vec<Rectangle>> {
    let mut boxes: Vec<Rectangle> = Vec::new();
    for y in within.rows() {
        for span in spans(new, shown, within, y) {
            let near = boxes.iter_mut().rev().find(|one| touch(&widened(one, NEAR), &span));
            match near {
                Some(one) => *one = around(one, &span),
                None => boxes.push(span),
            }
        }
        if boxes.len() > GIVE_UP {
            return None;
        }
    }
    Some(boxes)
}

/// The runs of differing pixels in one row; runs near each other are one.
fn spans(new: &Frame, shown: &Frame, within: &Rectangle, y: i32) -> Vec<Rectangle> {
    let start = y as usize * new.width() as usize;
    let (from, to) = (start + within.columns().start as usize, start + within.columns().end as usize);
    let pairs = new.pixels()[from..to].iter().zip(&shown.pixels()[from..to]);
    let mut spans: Vec<Rectangle> = Vec::new();
    for (x, _) in within.columns().zip(pairs).filter(|(_, (a, b))| a != b) {
        let dot = Rectangle::new(Point::new(x, y), Size::new_equal(1));
        match spans.last_mut().filter(|last| last.columns().end + NEAR > x) {
            Some(last) => *last = around(last, &dot),
            None => spans.push(dot),
        }
    }
    spans
}

/// Merges boxes that lie over each other, that cost less as one, or that are too many.
fn merge(mut boxes: Vec<Rectangle>) -> Vec<Rectangle> {
    while let Some((first, second, cost)) = cheapest(&boxes) {
        let over = touch(&boxes[first], &boxes[second]);
        if !over && cost > 0 && boxes.len() <= MOST {
            break;
        }
        let other = boxes.swap_remove(second);
        boxes[first] = around(&boxes[first], &other);
    }
    boxes
}

/// The pair to merge first, and how many pixels more are sent then; pairs that lie over each other come first.
fn cheapest(boxes: &[Rectangle]) -> Option<(usize, usize, i64)> {
    let mut best = None;
    for (second, other) in boxes.iter().enumerate() {
        for (first, one) in boxes[..second].iter().enumerate() {
            let apart = i64::from(area(one) + area(other) + BOX_COST);
            let cost =
                if touch(one, other) { i64::MIN } else { i64::from(area(&around(one, other))) - apart };
            if best.is_none_or(|(_, _, least)| cost < least) {
                best = Some((first, second, cost));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::Rgb565;

    use super::*;

    fn plain() -> Frame {
        Frame::new(240, 320, Rgb565::WHITE)
    }

    fn with(areas: &[(i32, i32, u32, u32)]) -> Frame {
        let mut frame = plain();
        for (x, y, width, height) in areas {
            let area = Rectangle::new(Point::new(*x, *y), Size::new(*width, *height));
            frame.fill_solid(&area, Rgb565::BLACK).expect("infallible");
        }
        frame
    }

    #[test]
    fn nothing_changed_is_no_box_and_another_size_is_the_whole() {
        assert_eq!(plain().changes(&plain()), []);
        assert_eq!(plain().changes(&Frame::new(4, 4, Rgb565::WHITE)), [plain().bounding_box()]);
    }

    #[test]
    fn far_apart_changes_are_boxes_of_their_own_and_near_ones_are_one() {
        let far = with(&[(10, 10, 30, 20), (180, 290, 40, 12)]).changes(&plain());
        assert_eq!(far.len(), 2);
        assert_eq!(far.iter().map(area).sum::<u32>(), 30 * 20 + 40 * 12);
        let near = with(&[(10, 10, 30, 20), (44, 10, 30, 20)]).changes(&plain());
        assert_eq!(near, [Rectangle::new(Point::new(10, 10), Size::new(64, 20))]);
    }

    #[test]
    fn a_scatter_all_over_is_one_box() {
        let dots: Vec<_> = (0..400).map(|n| (n * 37 % 240, n * 53 % 320, 1, 1)).collect();
        assert_eq!(with(&dots).changes(&plain()).len(), 1);
    }

    /// Whatever changes: the boxes are apart, inside, and hold every difference.
    #[test]
    fn every_difference_is_in_exactly_one_box() {
        let mut seed = 7_u32;
        let mut dice = |most: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as i32 % most
        };
        let mut several = 0;
        for _ in 0..300 {
            let mut areas = Vec::new();
            for _ in 0..=dice(9) {
                areas.push((dice(240), dice(320), 1 + dice(60) as u32, 1 + dice(60) as u32));
            }
            let (new, old) = (with(&areas), plain());
            let boxes = new.changes(&old);
            several += usize::from(boxes.len() > 1);
            for (index, one) in boxes.iter().enumerate() {
                assert_eq!(one.intersection(&new.bounding_box()), *one);
                assert!(boxes[..index].iter().all(|other| !touch(one, other)), "{boxes:?}");
            }
            for point in new.bounding_box().points() {
                let (x, y) = (point.x as u32, point.y as u32);
                let held = boxes.iter().filter(|one| one.contains(point)).count();
                assert!(held == 1 || new.pixel(x, y) == old.pixel(x, y), "{point} in {held} of {boxes:?}");
            }
        }
        assert!(several > 50, "{several}");
    }
}
