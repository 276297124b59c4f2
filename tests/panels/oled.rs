//! Small OLEDs: every scene of the cashier's through our driver; and another's driver on the same emulator, so that
//! emulator and driver are not wrong alike.

use std::fmt::Display;

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_hal::i2c::I2c;
use ssd1306::I2CDisplayInterface;
use ssd1306::Ssd1306;
use ssd1306::mode::DisplayConfig;
use ssd1306::rotation::DisplayRotation;
use ssd1306::size::DisplaySize128x64;

use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::scene::Scene;
use qrtill::core::scene::View;
use qrtill::core::view;
use qrtill::panel::oled;
use qrtill::panel::oled::Controller;
use qrtill::panel::oled::OverI2c;
use qrtill::panel::oled::OverSpi;
use qrtill::port::panel::Frame;
use qrtill::port::panel::Panel;
use qrtill::port::panel::PanelFault;
use qrtill::ui::Audience;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;
use qrtill::ui::sample;

use super::bus::Board;
use super::bus::NoDelay;
use super::bus::OnI2c;
use super::bus::Which;
use super::pages::Pages;
use super::tft::Shown;
use super::tft::spec;

const ADDRESS: u8 = 0x3c;

/// What the cashier sees in every scene.
fn frames() -> Vec<(&'static str, Frame)> {
    let mut painter = Painter::new(*spec("oled-128x64"), Audience::Cashier, Lang::En, sample::SHOP);
    let draw = |sample: sample::Sample| (sample.name, painter.draw(&sample.view, 0).frame);
    sample::all(sample::EUR).into_iter().map(draw).collect()
}

fn over_i2c<B>(controller: Controller, turned: bool, i2c: B) -> Result<Box<dyn Panel>, PanelFault>
where
    B: I2c<Error: Display> + Send + 'static,
{
    let carrier = OverI2c { i2c, address: ADDRESS, message: Vec::new() };
    Ok(Box::new(oled::start(controller, turned, "the strip", carrier)?))
}

fn over_spi(controller: Controller, turned: bool, board: &Board<Pages>) -> Box<dyn Panel> {
    let (dc, reset) = (board.line(Which::DataOrCommand), board.line(Which::Reset));
    let carrier = OverSpi::start(board.spi(), dc, Some(reset), &mut NoDelay).expect("opened");
    Box::new(oled::start(controller, turned, "the strip", carrier).expect("opened"))
}

#[test]
fn every_scene_is_seen_as_it_is_drawn_on_both_controllers_and_both_buses() {
    let frames = frames();
    for controller in Controller::ALL {
        for (turned, is_spi) in [(false, false), (true, false), (false, true), (true, true)] {
            let board = Board::new(Pages::new(controller, turned));
            let on_i2c = || OnI2c { board: board.clone(), address: ADDRESS };
            let panel = match is_spi {
                true => over_spi(controller, turned, &board),
                false => over_i2c(controller, turned, on_i2c()).expect("opened"),
            };
            let mut shown = Shown::new(panel);
            for (index, (name, frame)) in frames.iter().enumerate() {
                shown.show(frame);
                if index == 0 {
                    assert!(!board.state().chip.is_on(), "dark until it is lit");
                    shown.panel.light(100).expect("lit");
                }
                let seen = board.state().chip.seen();
                assert!(
                    seen == *frame,
                    "{controller:?} turned {turned} SPI {is_spi}: {name} is seen as drawn"
                );
            }
        }
    }
}

#[test]
fn a_strip_that_hangs_the_other_way_or_has_the_other_controller_is_seen() {
    let (_, frame) = frames().remove(0);
    let seen = |real: Controller, hangs: bool, told: Controller, turned: bool| {
        let board = Board::new(Pages::new(real, hangs));
        let mut shown = Shown::new(over_spi(told, turned, &board));
        shown.show(&frame);
        shown.panel.light(100).expect("lit");
        board.state().chip.seen()
    };
    let ssd1306 = Controller::Ssd1306;
    assert!(seen(ssd1306, true, ssd1306, true) == frame);
    assert!(seen(ssd1306, true, ssd1306, false) != frame);
    assert!(seen(ssd1306, false, ssd1306, true) != frame);
}

#[test]
fn it_is_made_readable_for_cameras_dimmed_and_blanked() {
    for controller in Controller::ALL {
        let board = Board::new(Pages::new(controller, false));
        let mut panel = over_spi(controller, false, &board);
        assert_eq!(board.state().chip.clock, 0xf0, "as fast as it goes");
        for (percent, contrast) in [(100, 255), (1, 3), (50, 128)] {
            panel.light(percent).expect("lit");
            let chip = &board.state().chip;
            assert_eq!((chip.contrast, chip.is_on()), (contrast, true));
        }
        panel.light(0).expect("lit");
        assert!(!board.state().chip.is_on());
        panel.light(50).expect("lit");
        panel.close().expect("closed");
        assert!(!board.state().chip.is_on(), "a picture that nobody moves burns in");
    }
}

#[test]
fn a_strip_that_does_not_answer_says_so() {
    let board = Board::new(Pages::new(Controller::Ssd1306, false));
    let elsewhere = OnI2c { board, address: 0x3d };
    let fault = over_i2c(Controller::Ssd1306, false, elsewhere).err().expect("a fault");
    let expected = "the strip does not take what is sent: nothing answers";
    assert_eq!(fault.what, expected);
    assert!(fault.mend.contains("wires"), "{fault}");
}

/// The emulator judged by a driver that is not ours.
#[test]
fn anothers_driver_shows_the_same_on_the_emulated_strip() {
    let board = Board::new(Pages::new(Controller::Ssd1306, false));
    let i2c = OnI2c { board: board.clone(), address: ADDRESS };
    let interface = I2CDisplayInterface::new(i2c);
    let mut other =
        Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0).into_buffered_graphics_mode();
    other.init().expect("it works");
    for (name, frame) in frames().iter().step_by(5) {
        let points = frame.bounding_box().points();
        let pixels = points.map(|at| {
            let lit = frame.pixel(at.x as u32, at.y as u32) != Some(Rgb565::BLACK);
            Pixel(at, BinaryColor::from(lit))
        });
        other.draw_iter(pixels).expect("it works");
        other.flush().expect("it works");
        let seen = board.state().chip.seen();
        assert!(seen == *frame, "{name} is seen as drawn");
    }
}

/// Bytes over the bus, addresses included, of the whole picture; then the most that a digit more takes, the first one
/// apart, which leaves another screen; in every language, and in currencies with and without decimals.
fn bytes_of_digits(panel: Box<dyn Panel>, board: &Board<Pages>) -> (usize, usize, String) {
    let mut shown = Shown::new(panel);
    let (mut whole, mut most, mut dearest) = (usize::MAX, 0, String::new());
    for lang in Lang::ALL {
        let mut painter = Painter::new(*spec("oled-128x64"), Audience::Cashier, lang, sample::SHOP);
        for code in ["EUR", "USD", "JPY", "KWD"] {
            let currency = Currency::from_code(code).expect("a known code");
            for (index, minor) in
                [1, 12, 125, 1_250, 12_509, 125_098, 1_250_987, 12_509_876].into_iter().enumerate()
            {
                let amount = Money::new(minor, currency);
                let scene = Scene::Entering { amount, refused: None };
                let hints = view::hints(&scene, true, true);
                let frame = painter.draw(&View { scene, strip: None, missing: None, hints }, 0).frame;
                board.state().taken();
                shown.show(&frame);
                let (bytes, _) = board.state().taken();
                if whole == usize::MAX {
                    whole = bytes;
                } else if index > 0 && bytes > most {
                    (most, dearest) = (bytes, format!("{amount} {lang}"));
                }
            }
        }
    }
    (whole, most, dearest)
}

#[test]
fn every_digit_after_the_first_costs_less_than_a_tenth_of_a_picture() {
    let (one, other) = (
        Board::new(Pages::new(Controller::Sh1106, false)),
        Board::new(Pages::new(Controller::Ssd1306, true)),
    );
    let i2c = OnI2c { board: one.clone(), address: ADDRESS };
    let on_i2c = bytes_of_digits(over_i2c(Controller::Sh1106, false, i2c).expect("opened"), &one);
    let on_spi = bytes_of_digits(over_spi(Controller::Ssd1306, true, &other), &other);
    for (bus, (whole, most, dearest)) in [("I2C", on_i2c), ("SPI", on_spi)] {
        println!("oled-128x64 {bus}: a digit costs up to {most} of {whole} bytes: {dearest}");
        assert!(most * 10 < whole, "{bus}: {most} of {whole} bytes: {dearest}");
    }
}

#[test]
fn a_change_costs_its_pages_only() {
    let board = Board::new(Pages::new(Controller::Ssd1306, false));
    let i2c = OnI2c { board: board.clone(), address: ADDRESS };
    let mut shown = Shown::new(over_i2c(Controller::Ssd1306, false, i2c).expect("opened"));
    board.state().taken();
    let mut frame = Frame::new(128, 64, Rgb565::BLACK);
    shown.show(&frame);
    // Eight pages with address and kind of what follows, and eight times where it goes.
    assert_eq!(board.state().taken(), (8 * (128 + 2) + 8 * (3 + 2), 16));
    let Ok(()) = frame.draw_iter([Pixel(Point::new(70, 20), Rgb565::WHITE)]);
    shown.show(&frame);
    assert_eq!(board.state().taken(), (1 + 2 + 3 + 2, 2));
}
