//! The card on every panel, and what a panel that is set up wrongly makes of it.

use super::*;
use crate::port::panel::PANELS;
use crate::ui::check_code;

fn told() -> Told {
    let echo = |sent: &str, means: &str| Echo { sent: sent.to_owned(), means: means.to_owned() };
    Told {
        keys: vec![
            echo("0D", "enter"),
            echo("35", "5"),
            echo("4B", "has no meaning: give it one in its map"),
        ],
        sound: "heard".to_owned(),
    }
}

fn each_page(mut check: impl FnMut(&str, &PanelSpec, &Drawn)) {
    for panel in PANELS {
        let mut card = TestCard::new(*panel);
        for page in 0..card.pages() {
            for told in [told(), Told::default()] {
                check(&format!("{} page {page}", panel.name), panel, &card.draw(page, &told));
            }
        }
    }
}

#[test]
fn every_word_is_whole_inside_and_apart_from_all_others() {
    each_page(|name, panel, drawn| {
        let whole = Rectangle::new(Point::zero(), Size::new(panel.width, panel.height));
        for (index, text) in drawn.texts.iter().enumerate() {
            assert_eq!(text.area.intersection(&whole), text.area, "{name}: `{}` leaves it", text.text);
            assert!(!text.text.contains("..."), "{name}: `{}` is cut short", text.text);
            for other in &drawn.texts[..index] {
                let shared = text.area.intersection(&other.area);
                assert!(shared.is_zero_sized(), "{name}: `{}` on `{}`", text.text, other.text);
            }
            if let Code::Shown(plan) = &drawn.code {
                let code = Rectangle::new(plan.at, Size::new_equal(plan.side));
                let shared = text.area.intersection(&code);
                assert!(shared.is_zero_sized(), "{name}: `{}` on the code", text.text);
            }
        }
    });
}

#[test]
fn one_page_of_each_panel_has_the_code_and_it_reads_as_what_nobody_can_pay() {
    let mut codes = 0;
    each_page(|name, _, drawn| match &drawn.code {
        Code::Shown(plan) => {
            codes += 1;
            assert!(plan.pixels_per_module >= 2);
            assert!(check_code(&drawn.frame, TEXT), "{name}");
        }
        Code::TooLong(why) => panic!("{name}: {why}"),
        Code::None => {}
    });
    assert_eq!(codes, 2 * PANELS.len());
    assert!(!TEXT.contains(':'), "no phone takes it for an address");
}

#[test]
fn the_outermost_pixels_are_a_line_and_the_next_ones_are_not() {
    for panel in PANELS {
        let mut card = TestCard::new(*panel);
        let (frame, ink) = (card.draw(0, &told()).frame, card.inks.text);
        let (right, low) = (panel.width - 1, panel.height - 1);
        let at = |x, y| frame.pixel(x, y) == Some(ink);
        for x in 0..=right {
            assert!(at(x, 0) && at(x, low), "{} column {x}", panel.name);
        }
        for y in 0..=low {
            assert!(at(0, y) && at(right, y), "{} row {y}", panel.name);
        }
        for y in 1..low {
            assert!(!at(1, y) && !at(right - 1, y), "{} row {y}", panel.name);
        }
    }
}

/// Each way a panel can be turned or mirrored.
#[test]
fn a_card_that_is_turned_or_mirrored_is_another_picture() {
    for panel in PANELS {
        let frame = TestCard::new(*panel).draw(0, &told()).frame;
        let (width, height) = (panel.width, panel.height);
        let mark = 2 + Geometry::of(panel).unit;
        // The corners alone have to tell.
        let corner = |x: u32, y: u32| x.min(width - 1 - x) < mark && y.min(height - 1 - y) < mark;
        let seen = |turned: fn(u32, u32, u32, u32) -> (u32, u32)| {
            let points = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            points.filter(|(x, y)| corner(*x, *y)).any(|(x, y)| {
                let (from_x, from_y) = turned(x, y, width, height);
                frame.pixel(x, y) != frame.pixel(from_x, from_y)
            })
        };
        assert!(!seen(|x, y, _, _| (x, y)));
        assert!(seen(|x, y, width, _| (width - 1 - x, y)), "{} mirrored", panel.name);
        assert!(seen(|x, y, _, height| (x, height - 1 - y)), "{} upside down in a mirror", panel.name);
        assert!(seen(|x, y, width, height| (width - 1 - x, height - 1 - y)), "{} turned", panel.name);
    }
}

#[test]
fn the_circle_is_as_high_as_it_is_wide() {
    for panel in PANELS {
        let mut card = TestCard::new(*panel);
        let frame = card.draw(0, &Told::default()).frame;
        let area = Rectangle::new(Point::zero(), Size::new(panel.width, panel.height));
        let mut blank = Frame::new(panel.width, panel.height, card.inks.paper);
        let mut canvas = Canvas {
            frame: blank.clone(),
            span: area,
            set: &mut card.set,
            signs: &mut card.signs,
            depth: panel.depth,
            texts: Vec::new(),
        };
        let mut desk =
            Desk { canvas: &mut canvas, panel: &card.panel, geometry: &card.geometry, inks: &card.inks };
        desk.round(area);
        // Words are inside of a circle, or beside it.
        let texts = std::mem::take(&mut canvas.texts);
        for text in &texts {
            let Ok(()) = canvas.frame.fill_solid(&text.area, card.inks.paper);
        }
        std::mem::swap(&mut blank, &mut canvas.frame);
        let empty = Frame::new(panel.width, panel.height, card.inks.paper);
        let box_of = blank.damage(&empty).expect("a circle");
        assert_eq!(box_of.size.width, box_of.size.height, "{}", panel.name);
        assert!(frame != empty);
    }
}

#[test]
fn a_panel_of_black_and_white_gets_no_other_colour_and_the_greys_get_lighter() {
    each_page(|name, panel, drawn| {
        let pure = |pixel: &Rgb565| [Rgb565::BLACK, Rgb565::WHITE].contains(pixel);
        assert!(panel.depth == Depth::Colour || drawn.frame.pixels().iter().all(pure), "{name}");
    });
    for panel in PANELS {
        let mut card = TestCard::new(*panel);
        let area = Rectangle::new(Point::zero(), Size::new(64, 40));
        let mut canvas = Canvas {
            frame: Frame::new(64, 40, card.inks.paper),
            span: area,
            set: &mut card.set,
            signs: &mut card.signs,
            depth: panel.depth,
            texts: Vec::new(),
        };
        let mut desk =
            Desk { canvas: &mut canvas, panel: &card.panel, geometry: &card.geometry, inks: &card.inks };
        desk.tones(area);
        // Four by four pixels below the bars, in each of the sixteen columns but those with the outline.
        let light = |column: u32| -> u32 {
            let square = (30..34).flat_map(|y| (column * 4..column * 4 + 4).map(move |x| (x, y)));
            square.filter_map(|(x, y)| canvas.frame.pixel(x, y)).map(|pixel| u32::from(pixel.g())).sum()
        };
        let steps: Vec<u32> = (1..15).map(light).collect();
        assert!(
            steps.is_sorted() && steps[0] < steps[7] && steps[7] < steps[13],
            "{}: {steps:?}",
            panel.name
        );
    }
}

#[test]
fn a_blank_panel_shows_nothing_and_does_not_shine() {
    for panel in PANELS {
        let blank = TestCard::new(*panel).blank();
        let rest = if panel.name.starts_with("epd-") { Rgb565::WHITE } else { Rgb565::BLACK };
        assert!(blank.pixels().iter().all(|pixel| *pixel == rest), "{}", panel.name);
    }
}
