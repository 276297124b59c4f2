//! Where a page's parts stand on a panel of each class. What they say is the page's business, how large
//! they come out the stack's.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::PrimitiveStyle;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::canvas::Sign;
use super::hints::Rows;
use super::ink::Palette;
use super::layout::Class;
use super::layout::Geometry;
use super::layout::split_bottom;
use super::layout::split_left;
use super::layout::split_top;
use super::list;
use super::page::Body;
use super::page::Page;
use super::qr::Plan;
use super::qr::TooLong;
use super::stack;
use super::stack::Align;
use super::stack::Block;
use super::text::Face;
use super::text::Style;

/// The constant parts of one drawing.
pub struct Sheet<'a> {
    pub geometry: Geometry,
    pub inks: Palette,
    pub shop: &'a str,
}

/// How a code is planned: a function, so that the last plan can be kept.
pub type Planner<'a> = dyn FnMut(&str, Size) -> Result<Plan, TooLong> + 'a;

/// Draws a page without a code.
pub fn message(canvas: &mut Canvas, sheet: &Sheet, page: &Page) {
    let geometry = &sheet.geometry;
    let mut area = geometry.inside();
    let align = if matches!(geometry.class, Class::Wide | Class::Line) { Align::Left } else { Align::Centre };
    let list = matches!(page.body, Body::List { .. });
    if let (Class::Wide, Some(icon)) = (geometry.class, page.icon) {
        let side = (area.size.height * 48 / 100).min(geometry.unit * 5);
        let (left, right) = split_left(area, side + geometry.unit * 9 / 10);
        let top = left.top_left + Point::new(0, (left.size.height - side) as i32 / 2);
        canvas.sign(Sign::Disc, side, top, sheet.inks.badge);
        canvas.sign(Sign::Icon(icon), side, top, sheet.inks.sign);
        area = right;
    }
    area = bottom(canvas, sheet, page, area, align);
    area = top(canvas, sheet, page, area, align);
    if list {
        list::draw(canvas, sheet, page, area);
        return;
    }
    if geometry.class == Class::Line {
        area = line_title(canvas, sheet, page, area);
    }
    stack::draw(canvas, &blocks(sheet, page), area, geometry.unit, align, &sheet.inks);
}

fn blocks(sheet: &Sheet, page: &Page) -> Vec<Block> {
    let (inks, class) = (&sheet.inks, sheet.geometry.class);
    let mut blocks = Vec::new();
    if let Some(icon) = page.icon.filter(|_| !matches!(class, Class::Wide | Class::Line)) {
        blocks.push(Block::Badge { icon, size: if page.body == Body::Plain { 400 } else { 300 } });
    }
    let entering = page.icon.is_none() && !page.amount.is_empty();
    if class != Class::Line {
        let welcome = page.title == sheet.shop;
        let (size, ink) = match (entering, welcome) {
            (true, _) => (110, inks.quiet),
            (false, true) => (220, inks.text),
            (false, false) => (160, inks.text),
        };
        push(&mut blocks, &page.title, |text| Block::bold(text, size, 2, ink));
    }
    let amount = if class == Class::Line { 300 } else { 370 };
    push(&mut blocks, &page.amount, |text| Block::amount(text, amount, inks.text));
    match &page.body {
        Body::Sums(rows) => blocks.push(Block::Sums { rows: rows.clone(), size: 120 }),
        Body::Dots(typed) => blocks.push(Block::Dots { typed: *typed, size: 100 }),
        Body::Secret(code) => push(&mut blocks, code, |text| Block::bold(text, 280, 1, inks.text)),
        Body::Plain | Body::Code(_) | Body::List { .. } => {}
    }
    if page.alarm {
        push(&mut blocks, &page.say, |text| Block::bold(text, 115, 3, inks.alarm));
    } else {
        let lines = if page.title.is_empty() && page.amount.is_empty() { 6 } else { 3 };
        let size = match (lines, class) {
            (6, _) => 150,
            (_, Class::Line) => 140,
            _ => 115,
        };
        push(&mut blocks, &page.say, |text| Block::plain(text, size, lines, inks.text));
    }
    push(&mut blocks, &page.note, |text| Block::plain(text, 85, 2, inks.quiet));
    blocks
}

fn push(blocks: &mut Vec<Block>, text: &str, block: impl FnOnce(&str) -> Block) {
    if !text.is_empty() {
        blocks.push(block(text));
    }
}

/// On a panel of a few lines the sign and the title share the first.
fn line_title(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let side = sheet.geometry.unit * 13 / 8;
    if page.title.is_empty() {
        return area;
    }
    let (row, rest) = split_top(area, side + 1);
    let mut text = row;
    if let Some(icon) = page.icon {
        canvas.sign(Sign::Disc, side, row.top_left, sheet.inks.badge);
        canvas.sign(Sign::Icon(icon), side, row.top_left, sheet.inks.sign);
        text = split_left(row, side + 3).1;
    }
    let style = Style { face: Face::Bold, px: side * 9 / 10, tight: false };
    let fitted = stack::fit(canvas.set, &page.title, style, 1, text.size.width);
    let inset = (side - fitted.height.min(side)) as i32 / 2;
    text.top_left.y += inset;
    stack::lines(canvas, &fitted, text, Align::Left, sheet.inks.text);
    rest
}

/// The band of news, or the shop's name where there is room for it. Gives back what is left.
fn top(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle, align: Align) -> Rectangle {
    let geometry = &sheet.geometry;
    let small = geometry.unit * 90 / 100;
    if !page.band.is_empty() {
        return band(canvas, sheet, &page.band, area, small);
    }
    let crowded = match geometry.class {
        Class::Line => true,
        Class::Wide => page.note.len() + page.amount.len() > 0,
        Class::Landscape | Class::Square | Class::Portrait => false,
    };
    let list = matches!(page.body, Body::List { .. } | Body::Dots(_));
    if crowded || list || page.title == sheet.shop || sheet.shop.is_empty() {
        return area;
    }
    let style = Style { face: Face::Regular, px: small, tight: false };
    let fitted = stack::fit(canvas.set, sheet.shop, style, 1, area.size.width);
    let (row, rest) = split_top(area, fitted.height + geometry.unit / 3);
    stack::lines(canvas, &fitted, row, align, sheet.inks.quiet);
    rest
}

fn band(canvas: &mut Canvas, sheet: &Sheet, text: &str, area: Rectangle, px: u32) -> Rectangle {
    let line = sheet.geometry.class == Class::Line;
    let pad = if line { 1 } else { px * 2 / 5 };
    let lines = if line { 1 } else { 2 };
    let style = Style { face: Face::Bold, px, tight: false };
    let fitted = stack::fit(canvas.set, text, style, lines, area.size.width - 2 * pad);
    let height = fitted.height + if line { 0 } else { pad };
    let (slot, rest) = if line {
        let (rest, slot) = split_bottom(area, height);
        (slot, rest)
    } else {
        split_top(area, height)
    };
    let style = PrimitiveStyle::with_fill(sheet.inks.band);
    canvas.rounded(slot, if line { 0 } else { pad }, style);
    let inset = Point::new(pad as i32, (height - fitted.height) as i32 / 2);
    let inner = Rectangle::new(slot.top_left + inset, Size::new(slot.size.width - 2 * pad, fitted.height));
    stack::lines(canvas, &fitted, inner, Align::Centre, sheet.inks.band_text);
    rest
}

/// The keys' hints. Gives back what is left above them.
fn bottom(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle, align: Align) -> Rectangle {
    let rows = Rows::new(canvas.set, &page.hints, area.size.width, &sheet.geometry);
    rows.draw(canvas, area, align, &sheet.inks);
    split_bottom(area, rows.height()).0
}

/// Draws a page whose middle is a code, as large as the panel allows.
///
/// # Errors
/// Where the link does not fit; what was drawn until then is to be thrown away.
pub fn code(
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
    let area = bottom(canvas, sheet, page, geometry.tall_inside(), Align::Centre);
    let area = if geometry.class == Class::Square {
        shared_head(canvas, sheet, page, area)
    } else {
        let area = head(canvas, sheet, page, area);
        let (slot, rest) = split_top(area, unit * 9 / 4);
        stack::draw(canvas, &[headline(sheet, page, 240)], slot, unit, Align::Centre, &sheet.inks);
        rest
    };
    let text = caption(page, !page.band.is_empty() || page.alarm);
    let (face, ink) =
        if page.alarm { (Face::Bold, sheet.inks.alarm) } else { (Face::Regular, sheet.inks.text) };
    let style = Style { face, px: unit * 105 / 100, tight: false };
    let lines = if page.alarm || page.amount.is_empty() { 2 } else { 1 };
    let fitted = stack::fit(canvas.set, &text, style, lines, area.size.width);
    let (area, foot) = split_bottom(area, fitted.height);
    stack::lines(canvas, &fitted, foot, Align::Centre, ink);
    let plan = planner(url, Size::new(geometry.width, area.size.height))?;
    let left = (geometry.width - plan.side) as i32 / 2;
    let down = (area.size.height - plan.side) as i32 / 2;
    plan.draw(&mut canvas.frame, Point::new(left, area.top_left.y + down));
    Ok(plan)
}

/// The first line above a code. It makes room where the sentence below takes two lines, so that the code
/// keeps its size when an attempt is declined.
fn head(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let small = sheet.geometry.unit * 90 / 100;
    if !page.band.is_empty() {
        return band(canvas, sheet, &page.band, area, small);
    }
    if page.alarm || page.amount.is_empty() {
        return area;
    }
    let (text, face, ink) = header(sheet, page);
    let style = Style { face, px: small, tight: false };
    let fitted = stack::fit(canvas.set, text, style, 1, area.size.width);
    let (row, rest) = split_top(area, fitted.height);
    stack::lines(canvas, &fitted, row, Align::Centre, ink);
    rest
}

/// On a square panel the shop's name, or what stands in its place, shares the amount's line.
fn shared_head(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let unit = sheet.geometry.unit;
    let (row, rest) = split_top(area, unit * 7 / 4);
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
        band(canvas, sheet, &page.band, slot, unit * 70 / 100);
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
    let plan = planner(url, Size::new(geometry.width * 65 / 100, geometry.height))?;
    // The code's own light border is all the space it needs to its left.
    let down = (geometry.height - plan.side) as i32 / 2;
    plan.draw(&mut canvas.frame, Point::new(0, down));
    let inside = geometry.inside();
    let column = plan.side;
    let (_, right) = split_left(inside, column.saturating_sub(geometry.margin));
    let area = bottom(canvas, sheet, page, right, Align::Left);
    let area = top(canvas, sheet, page, area, Align::Left);
    let mut blocks = vec![headline(sheet, page, 320)];
    let text = caption(page, false);
    blocks.push(caption_block(sheet, page, &text, 4));
    push(&mut blocks, &page.left, |text| Block::bold(text, 105, 1, sheet.inks.alarm));
    stack::draw(canvas, &blocks, area, unit, Align::Left, &sheet.inks);
    Ok(plan)
}
