//! Where a code stands on a panel of each class, and the type around it: the code as large as the panel
//! allows, the amount where it is read first.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::compose;
use super::compose::Sheet;
use super::layout::Class;
use super::layout::split_bottom;
use super::layout::split_left;
use super::layout::split_top;
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
        Class::Portrait | Class::Square => between(canvas, sheet, page, url, planner),
        Class::Landscape | Class::Wide | Class::Line => beside(canvas, sheet, page, url, planner),
    }
}

/// The sentence below or beside a code, with the time left where there is no other place for it.
fn caption(page: &Page, with_left: bool) -> String {
    if page.left.is_empty() || !with_left {
        page.say.clone()
    } else {
        format!("{} · {}", page.say, page.left)
    }
}

fn caption_block(sheet: &Sheet, page: &Page, text: &str, lines: usize) -> Block {
    if page.alarm {
        Block::bold(text, 105, lines, sheet.inks.alarm)
    } else {
        Block::plain(text, 105, lines, sheet.inks.text)
    }
}

/// What the first line of a code's page says: a band, else the last half minute, else the shop.
fn header<'a>(sheet: &'a Sheet, page: &'a Page) -> (&'a str, Face, Rgb565) {
    if page.left.is_empty() {
        (sheet.shop, Face::Regular, sheet.inks.quiet)
    } else {
        (&page.left, Face::Bold, sheet.inks.alarm)
    }
}

fn headline(sheet: &Sheet, page: &Page, size: u32) -> Block {
    if page.amount.is_empty() {
        Block::bold(&page.title, size / 2, 2, sheet.inks.text)
    } else {
        Block::amount(&page.amount, size, sheet.inks.text)
    }
}

/// The code in the middle, type above and below it.
fn between(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    url: &str,
    planner: &mut Planner,
) -> Result<Plan, TooLong> {
    let (geometry, unit) = (&sheet.geometry, sheet.geometry.unit);
    let area = compose::bottom(canvas, sheet, page, geometry.tall_inside(), Align::Centre);
    let area = if geometry.class == Class::Square {
        shared_head(canvas, sheet, page, area)
    } else {
        let area = head(canvas, sheet, page, area);
        let (slot, rest) = split_top(area, unit * 5 / 2);
        stack::draw(canvas, &[headline(sheet, page, 240)], slot, unit, Align::Centre, &sheet.inks);
        rest
    };
    let text = caption(page, !page.band.is_empty() || page.alarm);
    let (face, ink) =
        if page.alarm { (Face::Bold, sheet.inks.alarm) } else { (Face::Regular, sheet.inks.text) };
    let lines = if page.alarm || page.amount.is_empty() { 2 } else { 1 };
    let size = if lines > 1 { 92 } else { 105 };
    let style = Style { face, px: unit * size / 100, tight: false };
    let fitted = stack::fit(canvas.set, &text, style, lines, area.size.width);
    let (area, foot) = split_bottom(area, fitted.height);
    stack::lines(canvas, &fitted, foot, Align::Centre, ink);
    let mut plan = planner(url, Size::new(geometry.width, area.size.height))?;
    let left = (geometry.width - plan.side) as i32 / 2;
    let down = (area.size.height - plan.side) as i32 / 2;
    plan.draw(&mut canvas.frame, Point::new(left, area.top_left.y + down));
    Ok(plan)
}

/// The first line above a code. It makes room where the sentence below takes two lines, so that the code
/// keeps its size when an attempt is declined.
fn head(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let small = sheet.geometry.unit * 82 / 100;
    if !page.band.is_empty() {
        return compose::band(canvas, sheet, &page.band, area, small);
    }
    if page.alarm || page.amount.is_empty() {
        return area;
    }
    let (text, face, ink) = header(sheet, page);
    let style = Style { face, px: small, tight: false };
    let fitted = stack::fit(canvas.set, text, style, 1, area.size.width);
    let (row, rest) = split_top(area, fitted.height + sheet.geometry.unit / 4);
    stack::lines(canvas, &fitted, row, Align::Centre, ink);
    rest
}

/// On a square panel the shop's name, or what stands in its place, shares the amount's line.
fn shared_head(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let unit = sheet.geometry.unit;
    let (row, rest) = split_top(area, unit * 13 / 8);
    if page.amount.is_empty() {
        stack::draw(canvas, &[headline(sheet, page, 240)], row, unit, Align::Centre, &sheet.inks);
        return rest;
    }
    let (left, right) = split_left(row, row.size.width * 45 / 100);
    let slot = Rectangle::new(left.top_left, Size::new(left.size.width - unit / 2, left.size.height));
    if page.band.is_empty() {
        let (text, face, ink) = header(sheet, page);
        let name = Block::Text { text: text.to_owned(), face, size: 80, lines: 2, tight: false, ink };
        stack::draw(canvas, &[name], slot, unit, Align::Left, &sheet.inks);
    } else {
        compose::band(canvas, sheet, &page.band, slot, unit * 70 / 100);
    }
    stack::draw(canvas, &[headline(sheet, page, 220)], right, unit, Align::Centre, &sheet.inks);
    rest
}

fn beside(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    url: &str,
    planner: &mut Planner,
) -> Result<Plan, TooLong> {
    let (geometry, unit) = (&sheet.geometry, sheet.geometry.unit);
    let mut plan = planner(url, Size::new(geometry.width * 65 / 100, geometry.height))?;
    // The code's own light border is all the space it needs to its left.
    let down = (geometry.height - plan.side) as i32 / 2;
    plan.draw(&mut canvas.frame, Point::new(0, down));
    let inside = geometry.inside();
    let column = plan.side;
    let (_, right) = split_left(inside, column.saturating_sub(geometry.margin));
    // The code stays where it is; what stands beside it turns with its readers.
    canvas.span = right;
    let area = compose::bottom(canvas, sheet, page, right, Align::Left);
    let shop = if page.title == sheet.shop { "" } else { sheet.shop };
    let area = compose::top(canvas, sheet, page, area, Align::Left, shop);
    let mut blocks = vec![headline(sheet, page, 320)];
    let text = caption(page, false);
    blocks.push(caption_block(sheet, page, &text, 4));
    compose::push(&mut blocks, &page.left, |text| Block::bold(text, 105, 1, sheet.inks.alarm));
    stack::draw(canvas, &blocks, area, unit, Align::Left, &sheet.inks);
    Ok(plan)
}
