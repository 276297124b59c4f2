//! A code that is shown for hours is moved by a few pixels now and then, so that it leaves no ghost on the glass:
//! only into room that is blank, with its quiet zone, so that it reads as before.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::qr::Plan;
use crate::port::panel::Frame;

/// Where it goes, one step after the other: around the place it was drawn at.
const PLACES: [(i32, i32); 9] =
    [(0, 0), (2, 0), (2, 2), (0, 2), (-2, 2), (-2, 0), (-2, -2), (0, -2), (2, -2)];

/// Moves the code that was drawn into the frame to the place of this step, as far as there is room for it.
pub fn drift(frame: &mut Frame, plan: &mut Plan, step: u32) {
    let (right, down) = PLACES[step as usize % PLACES.len()];
    let ways = [Point::new(right, down), Point::new(right, 0), Point::new(0, down)];
    let Some(way) = ways.into_iter().find(|way| *way != Point::zero() && has_room(frame, plan, *way)) else {
        return;
    };
    let Ok(()) = frame.fill_solid(&plan.area(), Rgb565::WHITE);
    let at = plan.at + way;
    plan.draw(frame, at);
}

/// Whether all that it would newly cover is blank.
fn has_room(frame: &Frame, plan: &Plan, way: Point) -> bool {
    let from = plan.area();
    let to = Rectangle::new(from.top_left + way, from.size);
    let is_blank = |at: Point| frame.pixel(at.x as u32, at.y as u32) == Some(Rgb565::WHITE);
    to.intersection(&frame.bounding_box()) == to && to.points().filter(|at| !from.contains(*at)).all(is_blank)
}
