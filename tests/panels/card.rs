//! The test card through the real drivers, as a person sees it: rightly set up, and with each thing set up wrongly,
//! which the card is there to show.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;

use qrtill::panel::Turn;
use qrtill::panel::oled;
use qrtill::panel::oled::Controller as Oled;
use qrtill::panel::oled::OverI2c;
use qrtill::panel::tft::Controller;
use qrtill::panel::tft::Look;
use qrtill::port::panel::Frame;
use qrtill::port::panel::PanelSpec;
use qrtill::ui;
use qrtill::ui::test_card::TEXT;
use qrtill::ui::test_card::TestCard;
use qrtill::ui::test_card::Told;

use super::bus::Board;
use super::bus::OnI2c;
use super::mipi::Glass;
use super::mipi::Mipi;
use super::pages::Pages;
use super::tft::Shown;
use super::tft::glass;
use super::tft::look;
use super::tft::spec;
use super::tft::start;

fn pages(panel: &PanelSpec) -> Vec<Frame> {
    let mut card = TestCard::new(*panel);
    (0..card.pages()).map(|page| card.draw(page, &Told::default()).frame).collect()
}

/// What is seen on this glass of a driver that is told something else.
fn seen(glass: Glass, told: &Look, panel: &PanelSpec, frame: &Frame) -> Frame {
    let board = Board::new(Mipi::new(glass));
    let mut shown = Shown::new(start(&board, told, panel));
    shown.show(frame);
    board.state().chip.seen()
}

#[test]
fn every_page_is_seen_as_it_is_drawn_and_its_code_is_read() {
    for (name, controller) in [
        ("tft-240x320", Controller::Ili9341),
        ("tft-240x240", Controller::St7789),
        ("tft-480x320", Controller::Ili9486),
    ] {
        let panel = spec(name);
        let turn = if panel.width > panel.height { Turn::Right } else { Turn::None };
        let look = look(controller, turn);
        let mut codes = 0;
        for frame in pages(panel) {
            let seen = seen(glass(&look, panel), &look, panel, &frame);
            assert!(seen == frame, "{name}");
            codes += u32::from(ui::check_code(&seen, TEXT));
        }
        assert_eq!(codes, 1, "{name}");
    }
}

#[test]
fn what_is_set_up_wrongly_is_seen_on_the_card() {
    let panel = spec("tft-240x320");
    let right = look(Controller::Ili9341, Turn::None);
    let [geometry, colours, ..] = &pages(panel)[..] else { panic!("four pages") };
    let on = |told: &Look, frame: &Frame| seen(glass(&right, panel), told, panel, frame);
    let swapped = on(&Look { bgr: !right.bgr, ..right.clone() }, colours);
    let inverted = on(&Look { invert: !right.invert, ..right.clone() }, colours);
    // Above the name in each bar.
    let bars =
        |frame: &Frame| [0, 1, 2, 3, 4].map(|bar| frame.pixel(5 + bar * 48 + 10, 60)).map(Option::unwrap);
    let (red, green, blue) = (Rgb565::RED, Rgb565::GREEN, Rgb565::BLUE);
    assert_eq!(bars(colours), [red, green, blue, Rgb565::WHITE, Rgb565::BLACK]);
    assert_eq!(bars(&swapped), [blue, green, red, Rgb565::WHITE, Rgb565::BLACK]);
    assert_eq!(bars(&inverted)[3..], [Rgb565::BLACK, Rgb565::WHITE]);
    let mirrored = on(&Look { mirrored: true, ..right.clone() }, geometry);
    let turned = on(&Look { rotation: Turn::Half, ..right.clone() }, geometry);
    let corner = |frame: &Frame, left: u32, top: u32| -> Vec<_> {
        (0..22)
            .flat_map(|y| (0..22).map(move |x| (x, y)))
            .map(|(x, y)| frame.pixel(left + x, top + y))
            .collect()
    };
    assert_ne!(corner(&mirrored, 0, 0), corner(geometry, 0, 0));
    assert_ne!(corner(&turned, 0, 0), corner(geometry, 0, 0));
    assert_ne!(corner(&turned, 0, 0), corner(&mirrored, 0, 0));
}

/// A board whose glass is not at the memory's corner, as those of 240 by 240 on a controller for 240 by 320.
#[test]
fn an_offset_that_is_wrong_takes_a_side_of_the_line_away() {
    let panel = spec("tft-240x240");
    let told = look(Controller::St7789, Turn::None);
    let real = Look { offset: (0, 80), ..told.clone() };
    let frame = pages(panel).remove(0);
    let ink = frame.pixel(0, 0);
    let line = |seen: &Frame, y| (0..panel.width).all(|x| seen.pixel(x, y) == ink);
    let right = seen(glass(&real, panel), &real, panel, &frame);
    assert!(line(&right, 0) && line(&right, 239));
    let wrong = seen(glass(&real, panel), &told, panel, &frame);
    assert!(!line(&wrong, 0) || !line(&wrong, 239));
}

#[test]
fn a_strip_shows_every_page_and_a_phone_reads_its_code() {
    let board = Board::new(Pages::new(Oled::Ssd1306, false));
    let i2c = OnI2c { board: board.clone(), address: 0x3c };
    let carrier = OverI2c { i2c, address: 0x3c, message: Vec::new() };
    let panel = oled::start(Oled::Ssd1306, false, "the strip", carrier).expect("opened");
    let mut shown = Shown::new(Box::new(panel));
    let mut codes = 0;
    for frame in pages(spec("oled-128x64")) {
        shown.show(&frame);
        shown.panel.light(100).expect("lit");
        let seen = board.state().chip.seen();
        assert!(seen == frame);
        codes += u32::from(ui::check_code(&seen, TEXT));
    }
    assert_eq!(codes, 1);
}
