//! The last payments as rows of time, amount and result, with a cursor that is a shape and not a colour.
//! Shows as many rows as fit around the cursor.

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::canvas::Canvas;
use super::compose::Sheet;
use super::fit;
use super::layout::Class;
use super::layout::split_top;
use super::page::Body;
use super::page::Page;
use super::page::Row;
use super::stack;
use super::stack::Align;
use super::stack::Block;
use super::text::Face;
use super::text::Style;

/// Draws the title and the rows into `area`.
pub fn draw(canvas: &mut Canvas, sheet: &Sheet, page: &Page, area: Rectangle) {
    let Body::List { rows, picked } = &page.body else {
        return;
    };
    let unit = sheet.geometry.unit;
    let line = sheet.geometry.class == Class::Line;
    let align = if line || sheet.geometry.class == Class::Wide { Align::Left } else { Align::Centre };
    let title = Style { face: Face::Bold, px: if line { unit * 11 / 8 } else { unit * 5 / 4 }, tight: false };
    let fitted = fit::fit(canvas.set, &page.title, title, 1, area.size.width);
    let (head, area) = split_top(area, fitted.height + if line { 1 } else { unit / 2 });
    stack::lines(canvas, &fitted, head, align, sheet.inks.text);
    if rows.is_empty() {
        let none = Block::plain(&page.say, 115, 2, sheet.inks.text);
        stack::draw(canvas, &[none], area, &sheet.geometry, align, &sheet.inks);
        return;
    }
    let row_style = Style { face: Face::Regular, px: row_px(sheet), tight: false };
    let results = rows.iter().map(|row| canvas.set.line(&row.result, row_style).0);
    let row_height = results.max().unwrap_or_default().max(if line { unit + 1 } else { unit * 3 / 2 });
    let visible = (area.size.height / row_height).max(1) as usize;
    let first = picked.saturating_sub(visible / 2).min(rows.len().saturating_sub(visible));
    let mut rest = area;
    for (index, row) in rows.iter().enumerate().skip(first).take(visible) {
        let (slot, below) = split_top(rest, row_height);
        draw_row(canvas, sheet, row, slot, index == *picked);
        rest = below;
    }
}

fn row_px(sheet: &Sheet) -> u32 {
    let unit = sheet.geometry.unit;
    if sheet.geometry.class == Class::Line { unit - 1 } else { unit }
}

fn draw_row(canvas: &mut Canvas, sheet: &Sheet, row: &Row, slot: Rectangle, picked: bool) {
    let unit = sheet.geometry.unit;
    let inks = &sheet.inks;
    let line = sheet.geometry.class == Class::Line;
    let ink = if picked {
        let radius = if line { 0 } else { unit / 4 };
        canvas.rounded(slot, radius, inks.text);
        inks.paper
    } else {
        inks.text
    };
    let pad = if line { 1 } else { unit / 3 };
    let width = slot.size.width - 2 * pad;
    let share = |percent: u32| width * percent / 100;
    let (amount, wide, result) = if line { (21, 37, 59) } else { (22, 38, 63) };
    let columns = [
        (&row.time, Face::Regular, 0, share(amount), Align::Left),
        (&row.amount, Face::Bold, share(amount), share(wide), Align::Centre),
        (&row.result, Face::Regular, share(result), share(100 - result), Align::Left),
    ];
    for (text, face, left, wide, align) in columns {
        let style = Style { face, px: row_px(sheet), tight: false };
        let fitted = fit::fit(canvas.set, text, style, 1, wide);
        let free = wide.saturating_sub(fitted.width);
        // Amounts stand flush right, so that their decimal marks are below each other, and where the list
        // is turned they are already.
        let indent = if align == Align::Centre && !canvas.is_turned() { free } else { 0 };
        let down = slot.size.height.saturating_sub(fitted.height) / 2;
        let at = slot.top_left + Point::new((pad + left + indent) as i32, down as i32);
        if let Some(line) = fitted.lines.first() {
            canvas.text(line, fitted.style, at, ink);
        }
    }
}
