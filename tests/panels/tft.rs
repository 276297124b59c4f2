//! Colour panels: every scene through the real driver, what wrong settings look like, and what a change costs.

use std::time::Duration;

use qrtill::core::event::Effect;
use qrtill::core::event::Event;
use qrtill::core::key::Key;
use qrtill::core::moment::Moment;
use qrtill::core::settings::Settings;
use qrtill::core::terminal::Terminal;
use qrtill::panel::Light;
use qrtill::panel::Turn;
use qrtill::panel::tft;
use qrtill::panel::tft::Controller;
use qrtill::panel::tft::Lines;
use qrtill::panel::tft::Look;
use qrtill::port::panel;
use qrtill::port::panel::Frame;
use qrtill::port::panel::Panel;
use qrtill::port::panel::PanelFault;
use qrtill::port::panel::PanelSpec;
use qrtill::port::panel::Picture;
use qrtill::ui;
use qrtill::ui::Audience;
use qrtill::ui::Code;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;
use qrtill::ui::sample;

use super::bus::Board;
use super::bus::NoDelay;
use super::bus::Which;
use super::mipi::Glass;
use super::mipi::Mipi;

pub fn spec(name: &str) -> &'static PanelSpec {
    panel::find(name).expect("a panel of that name")
}

/// What the seller of a board with this controller would tell.
pub fn look(controller: Controller, rotation: Turn) -> Look {
    let traits = controller.traits();
    Look {
        controller,
        words: false,
        offset: (0, 0),
        rotation,
        mirrored: false,
        bgr: traits.bgr,
        invert: traits.invert,
    }
}

/// The glass for which these settings are right.
pub fn glass(look: &Look, spec: &PanelSpec) -> Glass {
    let (width, height) = look.rotation.upright(spec.width, spec.height);
    Glass {
        memory: look.controller.traits().memory,
        area: (look.offset.0, look.offset.1, width, height),
        bgr: look.bgr,
        inverted: look.invert,
        turn: look.rotation,
        mirrored: look.mirrored,
        words: look.words,
    }
}

/// The real driver on an emulated board.
pub fn start(board: &Board<Mipi>, look: &Look, spec: &PanelSpec) -> Box<dyn Panel> {
    try_start(board, look, spec).expect("opened")
}

pub fn try_start(board: &Board<Mipi>, look: &Look, spec: &PanelSpec) -> Result<Box<dyn Panel>, PanelFault> {
    let lines = Lines {
        dc: board.line(Which::DataOrCommand),
        reset: Some(board.line(Which::Reset)),
        light: Light::Line(board.line(Which::Light)),
    };
    tft::start(look, spec, "the board", board.spi(), lines, &mut NoDelay)
}

pub fn painter(spec: &PanelSpec) -> Painter {
    Painter::new(*spec, Audience::Customer, Lang::En, sample::SHOP)
}

/// A panel and the picture it was given last.
pub struct Shown {
    pub panel: Box<dyn Panel>,
    last: Option<Frame>,
}

impl Shown {
    pub fn new(panel: Box<dyn Panel>) -> Self {
        Self { panel, last: None }
    }

    /// Sends what differs, as the panel's thread does.
    pub fn show(&mut self, frame: &Frame) {
        let changed = match &self.last {
            Some(last) => frame.changes(last),
            None => vec![embedded_graphics::prelude::Dimensions::bounding_box(frame)],
        };
        let picture = Picture { frame: frame.clone().into(), code: false };
        self.panel.show(&picture, &changed).expect("shown");
        self.last = Some(frame.clone());
    }
}

/// Shows the samples one after the other, and compares what is seen after each.
fn all_scenes(look: &Look, name: &str, step: usize) {
    let spec = spec(name);
    let board = Board::new(Mipi::new(glass(look, spec)));
    let mut shown = Shown::new(start(&board, look, spec));
    let mut painter = painter(spec);
    let mut codes = 0;
    for sample in sample::all(sample::EUR).iter().step_by(step) {
        let drawn = painter.draw(&sample.view, 0);
        shown.show(&drawn.frame);
        let seen = board.state().chip.seen();
        let chip = look.controller.traits().name;
        assert!(seen == drawn.frame, "{chip} {name} {:?}: {} is seen as drawn", look.rotation, sample.name);
        if let (Code::Shown(_), Some(url)) = (&drawn.code, sample.view.scene.code()) {
            assert!(ui::check_code(&seen, url), "{chip} {name}: the code of {} is read", sample.name);
            codes += 1;
        }
    }
    assert!(codes > 0 || step > 1, "some scene has a code");
}

#[test]
fn every_scene_is_seen_as_it_is_drawn() {
    all_scenes(&look(Controller::Ili9341, Turn::None), "tft-240x320", 1);
    all_scenes(&look(Controller::St7789, Turn::Right), "tft-320x240", 1);
}

#[test]
fn every_controller_in_every_rotation_shows_what_is_drawn() {
    let four = [Turn::None, Turn::Right, Turn::Half, Turn::Left];
    for turn in four {
        all_scenes(&look(Controller::St7789, turn), "tft-240x240", 13);
        // A glass in the middle of its controller's memory.
        all_scenes(&Look { offset: (0, 37), ..look(Controller::Ili9341, turn) }, "tft-240x240", 13);
    }
    for (controller, turn, name) in [
        (Controller::Ili9341, Turn::Half, "tft-240x320"),
        (Controller::Ili9341, Turn::Left, "tft-320x240"),
        (Controller::Ili9342c, Turn::None, "tft-320x240"),
        (Controller::Ili9342c, Turn::Right, "tft-240x320"),
        (Controller::Ili9486, Turn::Right, "tft-480x320"),
        (Controller::Ili9488, Turn::Left, "tft-480x320"),
        (Controller::St7796, Turn::Right, "tft-480x320"),
        (Controller::Gc9a01, Turn::Half, "tft-240x240"),
        (Controller::St7735s, Turn::Right, "oled-128x64"),
        (Controller::Gc9107, Turn::Left, "oled-128x64"),
    ] {
        all_scenes(&look(controller, turn), name, 13);
        all_scenes(&Look { mirrored: true, ..look(controller, turn) }, name, 31);
    }
}

#[test]
fn boards_with_shift_registers_get_words() {
    for controller in [Controller::Ili9486, Controller::Ili9488] {
        all_scenes(&Look { words: true, ..look(controller, Turn::Right) }, "tft-480x320", 13);
    }
}

/// A test of pictures that no setting could spoil would prove nothing.
#[test]
fn a_wrong_setting_is_seen() {
    let spec = spec("tft-240x240");
    let right = Look { offset: (0, 40), ..look(Controller::St7789, Turn::Right) };
    let paid = sample::all(sample::EUR).into_iter().find(|sample| sample.name == "paid").expect("a sample");
    let frame = painter(spec).draw(&paid.view, 0).frame;
    let seen_with = |told: &Look| {
        let board = Board::new(Mipi::new(glass(&right, spec)));
        Shown::new(start(&board, told, spec)).show(&frame);
        board.state().chip.seen()
    };
    assert!(seen_with(&right) == frame);
    let mirrored = Look { mirrored: true, ..right.clone() };
    for (what, told) in [
        ("the colours' order", Look { bgr: !right.bgr, ..right.clone() }),
        ("inversion", Look { invert: !right.invert, ..right.clone() }),
        ("the offset", Look { offset: (0, 39), ..right.clone() }),
        ("the mirror", mirrored),
        ("the rotation", Look { rotation: Turn::None, ..right.clone() }),
        ("half a turn", Look { rotation: Turn::Left, ..right.clone() }),
    ] {
        assert!(seen_with(&told) != frame, "{what} makes no difference");
    }
}

#[test]
fn a_glass_that_does_not_fit_is_refused_with_the_keys_to_look_at() {
    let spec = spec("tft-480x320");
    let look = look(Controller::St7789, Turn::Right);
    let board = Board::new(Mipi::new(Glass { area: (0, 0, 240, 320), ..glass(&look, spec) }));
    let lines = Lines { dc: board.line(Which::DataOrCommand), reset: None, light: Light::None };
    let fault =
        tft::start(&look, spec, "the board", board.spi(), lines, &mut NoDelay).err().expect("a fault");
    assert!(fault.what.contains("tft-480x320 does not fit the st7789's 240 by 320"), "{fault}");
    assert!(fault.mend.contains("`rotation`"), "{fault}");
}

#[test]
fn the_light_is_the_line_and_comes_with_the_first_picture_only() {
    let spec = spec("tft-240x320");
    let look = look(Controller::Ili9341, Turn::None);
    let board = Board::new(Mipi::new(glass(&look, spec)));
    let mut panel = start(&board, &look, spec);
    assert!(!board.state().lit, "the memory holds noise");
    for (percent, lit) in [(100, true), (0, false), (1, true)] {
        panel.light(percent).expect("lit");
        assert_eq!(board.state().lit, lit);
    }
}

/// A counter that has not heard of a relay: typing works all the same.
struct Counter {
    core: Terminal,
    now: Moment,
}

impl Counter {
    fn new() -> Self {
        let now = Moment { mono: Duration::from_secs(1), unix_ms: 1_795_183_320_000 };
        let mut core = Terminal::resume(Settings::example(), "journal".into(), [], now);
        while core.poll_effect().is_some() {}
        Self { core, now }
    }

    /// Frames that a key leads to.
    fn press(&mut self, key: Key, painter: &mut Painter) -> Vec<Frame> {
        self.now = self.now.plus(Duration::from_millis(1));
        self.core.handle(Event::Key { key, random: 1 }, self.now);
        let mut frames = Vec::new();
        while let Some(effect) = self.core.poll_effect() {
            if let Effect::Show(view) = effect {
                frames.push(painter.draw(&view, 0).frame);
            }
        }
        frames
    }
}

/// Bytes and writes for a frame after another.
fn cost(board: &Board<Mipi>, shown: &mut Shown, frames: &[Frame]) -> (usize, usize) {
    board.state().taken();
    frames.iter().for_each(|frame| shown.show(frame));
    board.state().taken()
}

#[test]
fn every_digit_after_the_first_costs_less_than_a_tenth_of_a_picture() {
    let digits = [1, 2, 5, 0, 9, 8, 7, 6].map(Key::Digit);
    let keys = [&digits[..], &[Key::Back; 7]].concat();
    println!("{:<12} {:<14} {:>8} {:>7} {:>7}", "panel", "change", "bytes", "writes", "share");
    for (controller, turn, name) in [
        (Controller::Ili9341, Turn::None, "tft-240x320"),
        (Controller::St7789, Turn::Right, "tft-320x240"),
        (Controller::St7789, Turn::None, "tft-240x240"),
        (Controller::Ili9486, Turn::Right, "tft-480x320"),
    ] {
        let (spec, look) = (spec(name), look(controller, turn));
        let board = Board::new(Mipi::new(glass(&look, spec)));
        let mut shown = Shown::new(start(&board, &look, spec));
        let mut painter = painter(spec);
        let samples = sample::all(sample::EUR);
        let mut frame_of = |name: &str| {
            let sample = samples.iter().find(|sample| sample.name == name).expect("a sample");
            painter.draw(&sample.view, 0).frame
        };
        let frames: Vec<_> =
            ["idle", "preparing", "scan", "scan-left", "paid"].map(|name| (name, frame_of(name))).into();
        let whole = cost(&board, &mut shown, &[frames[0].1.clone()]);
        let mut rows = vec![("whole", whole)];
        for (name, frame) in &frames[1..] {
            rows.push((name, cost(&board, &mut shown, std::slice::from_ref(frame))));
        }
        let mut counter = Counter::new();
        let idle = painter.draw(counter.core.view().expect("a view"), 0).frame;
        shown.show(&idle);
        // The first digit makes a screen of its own.
        let first = counter.press(keys[0], &mut painter);
        rows.push(("first digit", cost(&board, &mut shown, &first)));
        let mut digits = Vec::new();
        for key in &keys[1..] {
            let frames = counter.press(*key, &mut painter);
            assert!(!frames.is_empty());
            let cost = cost(&board, &mut shown, &frames);
            digits.push(cost);
            rows.push((if *key == Key::Back { "a digit less" } else { "a digit more" }, cost));
        }
        for (change, (bytes, writes)) in rows {
            let share = bytes as f64 * 100.0 / whole.0 as f64;
            println!("{name:<12} {change:<14} {bytes:>8} {writes:>7} {share:>6.1}%");
        }
        let most = digits.into_iter().map(|(bytes, _)| bytes).max().unwrap_or_default();
        assert!(most * 10 < whole.0, "{name}: a digit costs up to {most} of {} bytes", whole.0);
    }
}
