//! Where a code stands on a panel of each class, and the type around it: the code as large as the panel
//! allows, the amount where it is read first.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::compose;
use super::compose::Sheet;
use super::fit;
use super::fit::Fitted;
use super::layout::Class;
use super::layout::split_bottom;
use super::layout::split_left;
use super::layout::split_top;
use super::logo::Logo;
use super::page::Page;
use super::qr::Plan;
use super::qr::TooLong;
use super::stack;
use super::stack::Align;
use super::stack::Block;
use super::text::Face;
use super::text::Style;

/// How a code is planned: a function, so that the last plan can be kept.
pub type Planner<'a> = dyn FnMut(&str, Size) -> Result<Plan, TooLong> + 'a;

/// Draws a page whose middle is a code, as large as the panel allows.
///
/// # Errors
/// Where the link does not fit; what was drawn until then is to be thrown away.
pub fn draw(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    url: &str,
    planner: &mut Planner,
) -> Result<Plan, TooLong> {
    match sheet.geometry.class {
        Class::Portrait => below(canvas, sheet, page, url, planner),
        Class::Square if page.amount.is_empty() => below(canvas, sheet, page, url, planner),
        Class::Square => packed(canvas, sheet, page, url, planner),
        Class::Landscape | Class::Wide | Class::Line => beside(canvas, sheet, page, url, planner),
    }
}

fn headline(sheet: &Sheet, page: &Page, size: u32) -> Block {
    if page.amount.is_empty() {
        Block::bold(&page.title, size / 2, 2, sheet.inks.text)
    } else {
        Block::amount(&page.amount, size, sheet.inks.text)
    }
}

/// The last seconds, where there is no other place for them than with the amount.
fn seconds(sheet: &Sheet, page: &Page) -> Option<Block> {
    let alone = !page.left.is_empty() && !is_together(sheet, page);
    alone.then(|| Block::bold(&page.left, 85, 1, sheet.inks.alarm))
}

/// A declined attempt takes two lines below the code of an upright panel, and the last seconds with it.
fn is_together(sheet: &Sheet, page: &Page) -> bool {
    page.alarm && sheet.geometry.class == Class::Portrait
}

/// The sentence below a code: as few lines as can be read, since the code is worth more. Gives back what is
/// left above it.
fn foot(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let geometry = &sheet.geometry;
    let (face, ink) =
        if page.alarm { (Face::Bold, sheet.inks.alarm) } else { (Face::Regular, sheet.inks.text) };
    let (size, lines) = match geometry.class {
        Class::Square => (90, 1),
        Class::Portrait | Class::Landscape | Class::Wide | Class::Line if is_together(sheet, page) => (92, 2),
        Class::Portrait | Class::Landscape | Class::Wide | Class::Line => (105, 1),
    };
    let text = match is_together(sheet, page) && !page.left.is_empty() {
        true => format!("{} · {}", page.say, page.left),
        false => page.say.clone(),
    };
    let px = (geometry.unit * size / 100).max(geometry.least_say);
    let style = Style { face, px, tight: false };
    let fitted = fit::fit_tall(canvas.set, &text, style, lines, area.size.width, geometry.least_say);
    let (area, foot) = split_bottom(area, fitted.height);
    stack::lines(canvas, &fitted, foot, Align::Centre, ink);
    area
}

/// The code below the amount. The code takes what it can use, in whole pixels; the amount all that is left, so
/// that nothing moves while seconds are counted or an attempt is declined.
fn below(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    url: &str,
    planner: &mut Planner,
) -> Result<Plan, TooLong> {
    let (geometry, unit) = (&sheet.geometry, sheet.geometry.unit);
    let area = compose::bottom(canvas, sheet, page, geometry.tall_inside(), Align::Centre);
    let mut area = foot(canvas, sheet, page, area);
    if !page.band.is_empty() {
        area = compose::band(canvas, sheet, &page.band, area, unit * 82 / 100);
    }
    let least_head = if geometry.class == Class::Square { unit * 3 / 2 } else { unit * 2 };
    let room = area.size.height.saturating_sub(least_head);
    let mut plan = planner(url, Size::new(geometry.width, room))?;
    let (head, rest) = split_bottom(area, plan.side);
    // The code's own light border is space enough below the amount; the edge of the panel is none above it.
    let head = split_top(head, head.size.height / 10).1;
    let mut blocks: Vec<Block> = seconds(sheet, page).into_iter().collect();
    blocks.push(headline(sheet, page, 370));
    stack::draw(canvas, &blocks, head, geometry, Align::Centre, &sheet.inks);
    let left = (geometry.width - plan.side) as i32 / 2;
    plan.draw(&mut canvas.frame, Point::new(left, rest.top_left.y));
    Ok(plan)
}

/// On a square panel the keys, and the last seconds, share the amount's line, and the code has the rest.
fn packed(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    url: &str,
    planner: &mut Planner,
) -> Result<Plan, TooLong> {
    let (geometry, unit) = (&sheet.geometry, sheet.geometry.unit);
    let mut area = foot(canvas, sheet, page, geometry.tall_inside());
    if !page.band.is_empty() {
        area = compose::band(canvas, sheet, &page.band, area, unit * 75 / 100);
    }
    let (row, area) = split_top(area, unit * 2);
    let mut plan = planner(url, Size::new(geometry.width, area.size.height))?;
    let spare = area.size.height.saturating_sub(plan.side);
    let (keys, right) = split_left(row, row.size.width * 42 / 100);
    compose::bottom(canvas, sheet, page, keys, Align::Left);
    if !page.left.is_empty() {
        let style = Style { face: Face::Bold, px: geometry.least, tight: false };
        let fitted = fit::fit(canvas.set, &page.left, style, 1, keys.size.width);
        // One row of the margin more, so that it stands clear of the keys.
        let slot = Rectangle::new(keys.top_left - Point::new(0, 1), keys.size);
        stack::lines(canvas, &fitted, slot, Align::Left, sheet.inks.alarm);
    }
    stack::draw(canvas, &[headline(sheet, page, 220)], right, geometry, Align::Centre, &sheet.inks);
    let left = (geometry.width - plan.side) as i32 / 2;
    plan.draw(&mut canvas.frame, Point::new(left, area.top_left.y + spare as i32 / 2));
    Ok(plan)
}

/// In place of the shop's name above the amount. Gives back what is left.
fn small_logo(canvas: &mut Canvas, sheet: &Sheet, logo: &Logo, area: Rectangle) -> Rectangle {
    let size = logo.size_in(Size::new(area.size.width, sheet.geometry.unit * 5 / 2));
    logo.draw(&mut canvas.frame, size, area.top_left, canvas.depth);
    split_top(area, size.height + sheet.geometry.unit / 2).1
}

/// The code at the left, from edge to edge, and all type beside it; the amount above it where that makes it larger.
fn beside(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    url: &str,
    planner: &mut Planner,
) -> Result<Plan, TooLong> {
    let geometry = &sheet.geometry;
    let mut plan = planner(url, Size::new(geometry.width * 65 / 100, geometry.height))?;
    let spare = geometry.height - plan.side;
    // The code's own light border is nearly all the space it needs to its left: letters may lean a little.
    let lean = (geometry.unit / 8).max(1);
    let mut right = split_left(geometry.inside(), (plan.side + lean).saturating_sub(geometry.margin)).1;
    let above = amount_above(canvas, sheet, page, &plan, right.size.width);
    plan.draw(&mut canvas.frame, Point::new(0, if above.is_some() { spare } else { spare / 2 } as i32));
    if let Some((amount, slot)) = &above {
        stack::lines(canvas, amount, *slot, Align::Left, sheet.inks.text);
        right = split_top(right, spare.saturating_sub(geometry.margin)).1;
    }
    // The code stays where it is; what stands beside it turns with its readers.
    canvas.span = right;
    let area = compose::bottom(canvas, sheet, page, right, Align::Left);
    let shop = if page.title == sheet.shop { "" } else { sheet.shop };
    let area = match sheet.logo.filter(|_| geometry.class == Class::Landscape && page.band.is_empty()) {
        Some(logo) => small_logo(canvas, sheet, logo, area),
        None => compose::top(canvas, sheet, page, area, Align::Left, shop),
    };
    let mut blocks = Vec::new();
    if above.is_none() {
        blocks.push(headline(sheet, page, BESIDE));
    }
    blocks.push(if page.alarm {
        Block::bold(&page.say, 105, 4, sheet.inks.alarm)
    } else {
        Block::plain(&page.say, 105, 4, sheet.inks.text)
    });
    blocks.extend(seconds(sheet, page));
    stack::draw(canvas, &blocks, area, geometry, Align::Left, &sheet.inks);
    Ok(plan)
}

/// The size of an amount beside the code or above it, in percent of the unit.
const BESIDE: u32 = 320;

/// The amount in the rows that the code leaves above it, over the whole width, and its place: where it is clearly
/// larger there than in `beside` pixels at the code's right.
fn amount_above(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    plan: &Plan,
    beside: u32,
) -> Option<(Fitted, Rectangle)> {
    let geometry = &sheet.geometry;
    let px = geometry.unit * BESIDE / 100;
    let mut style = Style { face: Face::Bold, px, tight: true };
    let other = fit::fit(canvas.set, &page.amount, style, 1, beside);
    let edge = geometry.unit / 10;
    let rows = geometry.height.saturating_sub(plan.side + edge);
    while style.px > other.style.px && canvas.set.line(&page.amount, style).0 > rows {
        style.px -= 1;
    }
    // It begins where the code does, or ends where all other lines end.
    let quiet = plan.quiet_zone();
    let left = if canvas.is_turned() { geometry.margin } else { quiet };
    let width = geometry.width - quiet - geometry.margin;
    let fitted = fit::fit(canvas.set, &page.amount, style, 1, width);
    let is_larger = fitted.style.px * 100 >= other.style.px * 115;
    let at = Point::new(left as i32, edge as i32);
    (is_larger && !page.amount.is_empty()).then(|| (fitted, Rectangle::new(at, Size::new(width, rows))))
}
