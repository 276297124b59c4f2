//! Whether a phone reads codes off this panel, and how large their modules are on it. The sample has a border of its
//! own and cannot be paid.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use crate::ui::Code;
use crate::ui::layout::split_left;
use crate::ui::layout::split_top;
use crate::ui::qr::Plan;
use crate::ui::stack::Align;
use crate::ui::text::Face;

use super::Desk;
use super::inset;

impl Desk<'_, '_> {
    /// The code as large as the area allows, with words beside or below it.
    pub(super) fn code(&mut self, area: Rectangle) -> Code {
        let is_wide = area.size.width * 3 >= area.size.height * 4;
        let rows = self.geometry.unit * 7 / 2;
        let room = match is_wide {
            true => area.size,
            false => Size::new(area.size.width, area.size.height.saturating_sub(rows)),
        };
        let mut plan = match self.plan(room) {
            Ok(plan) => plan,
            Err(too_long) => {
                self.lines(&[("too small for a code", Face::Bold)], area, Align::Centre);
                return Code::TooLong(too_long);
            }
        };
        let side = Size::new_equal(plan.side);
        let free = area.size.saturating_sub(side);
        let words = Words::of(&plan);
        if is_wide {
            plan.draw(&mut self.canvas.frame, area.top_left + Point::new(0, free.height as i32 / 2));
            let (_, beside) = split_left(area, plan.side);
            self.lines(&words.lines(), inset(beside, self.geometry.unit / 3), Align::Left);
        } else {
            plan.draw(&mut self.canvas.frame, area.top_left + Point::new(free.width as i32 / 2, 0));
            self.lines(&words.joined(), split_top(area, plan.side).1, Align::Centre);
        }
        Code::Shown(plan)
    }
}

/// What is said of a code.
struct Words {
    dots: String,
    size: String,
    both: String,
    distance: String,
}

impl Words {
    fn of(plan: &Plan) -> Self {
        let (mm, hundredths) = (plan.module_um / 1000, plan.module_um % 1000 / 10);
        let dots = format!("module {} dots", plan.pixels_per_module);
        let size = format!("or {mm}.{hundredths:02} mm");
        Self {
            both: format!("{dots} {size}"),
            dots,
            size,
            distance: format!("read from {} cm", plan.distance_mm() / 10),
        }
    }

    fn lines(&self) -> [(&str, Face); 4] {
        let plain = [&self.dots, &self.size, &self.distance].map(|text| (text.as_str(), Face::Regular));
        [("not payable", Face::Bold), plain[0], plain[1], plain[2]]
    }

    /// In fewer lines, where they are long enough.
    fn joined(&self) -> [(&str, Face); 3] {
        [("not payable", Face::Bold), (&self.both, Face::Regular), (&self.distance, Face::Regular)]
    }
}
