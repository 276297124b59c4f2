//! Where the parts of a page without a code stand on a panel of each class. What they say is the page's business, how large
//! they come out the stack's.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::canvas::Sign;
use super::field;
use super::field::Amounts;
use super::fit;
use super::hints::Rows;
use super::ink::Palette;
use super::layout::Class;
use super::layout::Geometry;
use super::layout::split_bottom;
use super::layout::split_left;
use super::layout::split_top;
use super::list;
use super::logo::Logo;
use super::page::Body;
use super::page::Page;
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
    pub logo: Option<&'a Logo>,
}

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
    area = beside_logo(canvas, sheet, page, area);
    area = bottom(canvas, sheet, page, area, align);
    if let (Body::Logo, Some(logo)) = (&page.body, sheet.logo) {
        let area = top(canvas, sheet, page, area, align, "");
        let size = logo.size_in(area.size);
        let free = area.size - size;
        let at = area.top_left + Point::new(free.width as i32 / 2, free.height as i32 / 2);
        logo.draw(&mut canvas.frame, size, at, canvas.depth);
        return;
    }
    let (heading, note_below) = heading(canvas, sheet, page, area.size.width);
    area = top(canvas, sheet, page, area, align, &heading);
    if list {
        list::draw(canvas, sheet, page, area);
        return;
    }
    if geometry.class == Class::Line {
        area = line_title(canvas, sheet, page, area);
        if let Some(keyed) = page.keyed_apart() {
            area = field::draw_on_line(canvas, keyed, area, geometry, &sheet.inks);
        }
    }
    stack::draw(canvas, &blocks(sheet, page, note_below), area, geometry, align, &sheet.inks);
}

/// On a wide panel the logo stands where other pages have their sign.
fn beside_logo(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let logo = sheet.logo.filter(|_| page.logo && page.body == Body::Plain);
    let Some(logo) = logo.filter(|_| sheet.geometry.class == Class::Wide) else { return area };
    let space = Size::new(area.size.width * 35 / 100, area.size.height * 70 / 100);
    let size = logo.size_in(space);
    let (left, right) = split_left(area, size.width + sheet.geometry.unit * 9 / 10);
    let at = left.top_left + Point::new(0, (left.size.height - size.height) as i32 / 2);
    logo.draw(&mut canvas.frame, size, at, canvas.depth);
    right
}

fn blocks(sheet: &Sheet, page: &Page, note_below: bool) -> Vec<Block> {
    let (inks, class) = (&sheet.inks, sheet.geometry.class);
    let mut blocks = Vec::new();
    if let Some(logo) = sheet.logo.filter(|_| page.logo && !matches!(class, Class::Wide | Class::Line)) {
        blocks.push(Block::Logo { logo: logo.clone(), size: 550 });
    }
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
    figure(&mut blocks, sheet, page);
    sentence(&mut blocks, sheet, page);
    push(&mut blocks, &page.left, |text| Block::bold(text, 115, 1, inks.alarm));
    if note_below {
        push(&mut blocks, &page.note, |text| Block::note(text, 85, 2, inks.quiet));
    }
    blocks
}

/// The amount, or what stands in its place.
fn figure(blocks: &mut Vec<Block>, sheet: &Sheet, page: &Page) {
    let (inks, is_line) = (&sheet.inks, sheet.geometry.class == Class::Line);
    let size = if is_line { 300 } else { 370 };
    if is_line && page.keyed_apart().is_some() {
        // It stands above the blocks.
    } else if let (Body::Typed { usual, most, .. }, false) = (&page.body, is_line) {
        let amounts = Amounts { typed: page.amount.clone(), usual: usual.clone(), most: most.clone() };
        blocks.push(Block::Field { amounts, size });
    } else {
        push(blocks, &page.amount, |text| Block::amount(text, size, inks.text));
    }
    match &page.body {
        Body::Sums(rows) => blocks.push(Block::Sums { rows: rows.clone(), size: 120 }),
        Body::Dots(typed) => blocks.push(Block::Dots { typed: *typed, size: 100 }),
        Body::Secret(code) => push(blocks, code, |text| Block::bold(text, 280, 2, inks.text)),
        Body::Plain | Body::Typed { .. } | Body::Logo | Body::Code(_) | Body::List { .. } => {}
    }
}

fn sentence(blocks: &mut Vec<Block>, sheet: &Sheet, page: &Page) {
    let (inks, class) = (&sheet.inks, sheet.geometry.class);
    let is_line = class == Class::Line;
    if is_line && matches!(page.body, Body::Sums(_)) {
        // The sums say it already, and need the lines.
    } else if is_line && !page.band.is_empty() {
        // The band is news that is nowhere else; what to do now is on the keys too.
        push(blocks, &page.say, |text| Block::note(text, 100, 2, inks.text));
    } else if let (Body::Typed { .. }, false) = (&page.body, is_line) {
        // A refusal takes the place of the sentence, and the amount stays where it is.
        let lines = if matches!(class, Class::Portrait | Class::Square) { 2 } else { 1 };
        push(blocks, &page.say, |text| match page.alarm {
            true => Block::bold(text, 115, lines, inks.alarm).in_place(),
            false => Block::plain(text, 115, lines, inks.text).in_place(),
        });
    } else if page.alarm {
        push(blocks, &page.say, |text| Block::bold(text, 115, 3, inks.alarm));
    } else {
        let lines = if page.title.is_empty() && page.amount.is_empty() { 6 } else { 3 };
        let size = match (lines, class) {
            (6, _) => 150,
            (_, Class::Line) => 140,
            _ => 115,
        };
        push(blocks, &page.say, |text| Block::plain(text, size, lines, inks.text));
    }
}

/// Adds a block unless its text is empty.
pub fn push(blocks: &mut Vec<Block>, text: &str, block: impl FnOnce(&str) -> Block) {
    if !text.is_empty() {
        blocks.push(block(text));
    }
}

/// On a panel of a few lines the sign and the title share the first; a title that is too long for that goes
/// without its sign.
fn line_title(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) -> Rectangle {
    let side = sheet.geometry.unit * 13 / 8;
    if page.title.is_empty() {
        return area;
    }
    let style = Style { face: Face::Bold, px: side * 9 / 10, tight: false };
    let beside = area.size.width.saturating_sub(side + 3);
    let fitted = fit::fit(canvas.set, &page.title, style, 1, beside);
    let icon = page.icon.filter(|_| fitted.style.px >= sheet.geometry.least);
    let (indent, fitted) = match icon {
        Some(_) => (side + 3, fitted),
        None => {
            let px = if page.icon.is_none() { style.px } else { style.px * 3 / 4 };
            let (style, width) = (Style { px, ..style }, area.size.width);
            (0, fit::fit_tall(canvas.set, &page.title, style, 1, width, sheet.geometry.least))
        }
    };
    let (row, rest) = split_top(area, fitted.height.max(side) + 1);
    if let Some(icon) = icon {
        canvas.sign(Sign::Disc, side, row.top_left, sheet.inks.badge);
        canvas.sign(Sign::Icon(icon), side, row.top_left, sheet.inks.sign);
    }
    let mut text = split_left(row, indent).1;
    text.top_left.y += (row.size.height - 1).saturating_sub(fitted.height) as i32 / 2;
    stack::lines(canvas, &fitted, text, Align::Left, sheet.inks.text);
    rest
}

/// The small line at the top, and whether the cashier's note stands below the sentence instead of in it. The
/// line has the shop's name and the note, as far as they have room in one line of readable type.
fn heading(canvas: &mut Canvas, sheet: &Sheet, page: &Page, width: u32) -> (String, bool) {
    let for_cashier = matches!(page.body, Body::List { .. } | Body::Dots(_));
    let is_roomy = match sheet.geometry.class {
        Class::Line => return (String::new(), true),
        Class::Wide => page.amount.is_empty() && page.body == Body::Plain && page.note.is_empty(),
        Class::Landscape | Class::Square | Class::Portrait => true,
    };
    let named = is_roomy && !for_cashier && page.title != sheet.shop;
    let shop = if named { sheet.shop } else { "" };
    let below = sheet.geometry.class == Class::Portrait || matches!(page.body, Body::Secret(_));
    if below || page.note.is_empty() || !page.band.is_empty() {
        return (shop.to_owned(), true);
    }
    let both = format!("{shop} · {}", page.note);
    let style = Style { face: Face::Regular, px: sheet.geometry.least, tight: false };
    let mut fits = |text: &str| canvas.set.width(text, style) <= width;
    if !shop.is_empty() && fits(&both) {
        (both, false)
    } else if fits(&page.note) {
        (page.note.clone(), false)
    } else {
        (shop.to_owned(), true)
    }
}

/// The band of news, or the small line in its place. Gives back what is left.
pub fn top(
    canvas: &mut Canvas,
    sheet: &Sheet,
    page: &Page,
    area: Rectangle,
    align: Align,
    heading: &str,
) -> Rectangle {
    let small = sheet.geometry.unit * 90 / 100;
    if !page.band.is_empty() {
        return band(canvas, sheet, &page.band, area, small);
    }
    if heading.is_empty() {
        return area;
    }
    let style = Style { face: Face::Regular, px: small, tight: false };
    let fitted = fit::fit_tall(canvas.set, heading, style, 1, area.size.width, sheet.geometry.least);
    let (row, rest) = split_top(area, fitted.height + sheet.geometry.unit / 3);
    stack::lines(canvas, &fitted, row, align, sheet.inks.quiet);
    rest
}

/// The band of news, as a box of its own colours that is nothing like a page of a result.
pub fn band(canvas: &mut Canvas, sheet: &Sheet, text: &str, area: Rectangle, px: u32) -> Rectangle {
    let line = sheet.geometry.class == Class::Line;
    let pad = if line { 1 } else { px * 2 / 5 };
    let width = area.size.width - 2 * pad;
    let style = Style { face: Face::Bold, px, tight: false };
    let fitted = fit::fit_tall(canvas.set, text, style, 1, width, sheet.geometry.least);
    let height = (fitted.height + if line { 0 } else { pad }).min(area.size.height);
    let (slot, rest) = if line {
        let (rest, slot) = split_bottom(area, height);
        (slot, rest)
    } else {
        split_top(area, height)
    };
    canvas.rounded(slot, if line { 0 } else { pad }, sheet.inks.band);
    let inset = Point::new(pad as i32, (slot.size.height.saturating_sub(fitted.height)) as i32 / 2);
    let inner = Rectangle::new(slot.top_left + inset, Size::new(width, fitted.height));
    stack::lines(canvas, &fitted, inner, Align::Centre, sheet.inks.band_text);
    rest
}

/// The keys' hints. Gives back what is left above them.
pub fn bottom(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle, align: Align) -> Rectangle {
    let rows = Rows::new(canvas.set, &page.hints, area.size.width, &sheet.geometry);
    rows.draw(canvas, area, align, &sheet.inks);
    split_bottom(area, rows.height()).0
}
