//! What customers and cashiers see on every module, through the real drivers.

use std::sync::Arc;
use std::time::Duration;

use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::scene::Scene;
use qrtill::core::scene::View;
use qrtill::core::view;
use qrtill::panel::epaper::Module;
use qrtill::panel::epaper::Rules;
use qrtill::port::panel;
use qrtill::port::panel::Frame;
use qrtill::port::panel::Panel;
use qrtill::port::panel::Picture;
use qrtill::ui::Audience;
use qrtill::ui::Code;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;
use qrtill::ui::sample;

use super::board::Board;

/// A module with the real panel, and pictures for it.
pub struct Counter {
    pub module: Module,
    pub board: Board,
    pub panel: Box<dyn Panel>,
    turned: bool,
    pictures: Vec<(&'static str, Picture)>,
}

impl Counter {
    pub fn new(module: Module, turned: bool, rules: Rules) -> Self {
        let board = Board::new(module);
        let panel = board.open(turned, rules).expect("opened");
        Self { module, board, panel, turned, pictures: pictures(module) }
    }

    pub fn picture(&self, name: &str) -> Picture {
        let found = self.pictures.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("no sample {name}")).1.clone()
    }

    pub fn show(&mut self, picture: &Picture) {
        let whole = embedded_graphics::prelude::Dimensions::bounding_box(&*picture.frame);
        self.panel.show(picture, &[whole]).expect("shown");
    }

    pub fn pass(&mut self, seconds: u64) {
        self.board.pass(&mut *self.panel, Duration::from_secs(seconds));
    }

    pub fn seen(&self) -> Frame {
        self.board.state().chip.glass().seen(self.module, self.turned)
    }

    /// Whole refreshes and quick ones since the last time, until now.
    fn refreshes(&self, before: usize) -> Vec<bool> {
        self.board.state().chip.glass().refreshes[before..].iter().map(|refresh| refresh.whole).collect()
    }

    fn count(&self) -> usize {
        self.board.state().chip.glass().refreshes.len()
    }

    pub fn assert_content(&self) {
        let complaints = self.board.state().chip.complaints();
        assert!(complaints.is_empty(), "{}: {complaints:?}", self.module.name());
    }
}

/// All samples, drawn for this module.
pub fn pictures(module: Module) -> Vec<(&'static str, Picture)> {
    let spec = panel::find(module.panel()).expect("there is one");
    let mut painter = Painter::new(*spec, Audience::Customer, Lang::En, sample::SHOP);
    let draw = |sample: sample::Sample| {
        let drawn = painter.draw(&sample.view, 0);
        let code = matches!(drawn.code, Code::Shown(_));
        (sample.name, Picture { frame: Arc::new(drawn.frame), code })
    };
    sample::all(sample::EUR).into_iter().map(draw).collect()
}

/// What a phone reads.
fn read(frame: &Frame) -> Option<String> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let rgb = frame.rgb888();
    let light = |x: usize, y: usize| rgb[(y * width + x) * 3 + 1];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    image.detect_grids().first().and_then(|grid| grid.decode().ok()).map(|(_, text)| text)
}

/// A whole refresh of the largest module is a flash of seconds.
#[test]
fn without_quick_refreshes_an_amount_and_its_code_are_one_flash() {
    let mut counter = Counter::new(Module::In75V2, false, Rules::default());
    let (idle, entering) = (counter.picture("idle"), counter.picture("entering"));
    let (preparing, scan) = (counter.picture("preparing"), counter.picture("scan"));
    counter.show(&idle);
    counter.pass(120);
    let before = counter.count();
    // Keyed without a pause, and the link is there at once.
    for picture in [&entering, &preparing, &scan] {
        counter.show(picture);
    }
    assert_eq!(counter.refreshes(before), [true]);
    assert!(counter.seen() == *scan.frame);
}

#[test]
fn every_scene_is_on_the_glass_and_every_code_at_once_whole_and_readable() {
    for module in Module::ALL {
        let turned = module == Module::In42V2 || module == Module::In213V4;
        let mut counter = Counter::new(module, turned, Rules::default());
        let mut codes = 0;
        let mut before = None;
        for (name, picture) in pictures(module) {
            let place = format!("{name} on {}", module.name());
            counter.show(&picture);
            let code = picture.code.then(|| read(&picture.frame)).flatten();
            // Words beside a code that stays may be later, and quick.
            let stays = code.is_some() && code == std::mem::replace(&mut before, code.clone());
            if picture.code && !stays {
                codes += 1;
                assert!(counter.seen() == *picture.frame, "{place} is not at once on the glass");
                assert!(!counter.board.state().chip.glass().has_ghosts(), "{place} has ghosts");
                let text = read(&counter.seen());
                assert!(text.as_ref().is_some_and(|text| text.starts_with("https://")), "{place}: {text:?}");
                assert_eq!(text, code, "{place}");
            }
            counter.pass(11);
            assert!(counter.seen() == *picture.frame, "{place}");
        }
        assert!(codes >= 4, "{codes} codes on {}", module.name());
        counter.assert_content();
    }
}

#[test]
fn a_sale_is_quick_digits_a_whole_code_and_a_whole_end_of_it() {
    for module in Module::ALL {
        let mut counter = Counter::new(module, false, Rules::default());
        let (idle, entering) = (counter.picture("idle"), counter.picture("entering"));
        let (preparing, scan) = (counter.picture("preparing"), counter.picture("scan"));
        let paid = counter.picture("paid");
        counter.show(&idle);
        counter.pass(120);
        let quick = module != Module::In75V2;
        for (picture, whole) in
            [(&entering, !quick), (&preparing, !quick), (&scan, true), (&paid, true), (&idle, !quick)]
        {
            let before = counter.count();
            counter.show(picture);
            if !quick {
                // Without quick refreshes, words wait for a moment whether more of them come.
                counter.pass(2);
            }
            assert_eq!(counter.refreshes(before), [whole], "{}", module.name());
            assert!(counter.seen() == *picture.frame);
            counter.pass(2);
        }
        // The minute of rest after which ghosts are cleaned away.
        counter.pass(70);
        assert!(!counter.board.state().chip.glass().has_ghosts(), "{}", module.name());
        counter.assert_content();
    }
}

/// The bus takes whole pictures, which is a small part of the time of a refresh; what is seen is what turns. The largest
/// module has no quick refresh and flashes all of its pixels for everything.
#[test]
fn every_digit_after_the_first_turns_less_than_a_tenth_of_the_paper() {
    println!("{:<10} {:<12} {:>7} {:>9} {:>7}", "module", "change", "bytes", "turned", "share");
    for module in Module::ALL {
        let rules = Rules { quick_most: 100, ..Rules::default() };
        let mut counter = Counter::new(module, false, rules);
        let spec = panel::find(module.panel()).expect("there is one");
        let pixels = (spec.width * spec.height) as usize;
        let mut painter = Painter::new(*spec, Audience::Customer, Lang::En, sample::SHOP);
        let euro = Currency::from_code("EUR").expect("a known code");
        let idle = counter.picture("idle");
        counter.show(&idle);
        for (index, minor) in
            [1, 12, 125, 1_250, 12_509, 125_098, 1_250_987, 12_509_876].into_iter().enumerate()
        {
            let scene = Scene::Entering { amount: Money::new(minor, euro), refused: None };
            let hints = view::hints(&scene, true, true);
            let frame = painter.draw(&View { scene, strip: None, missing: None, hints }, 0).frame;
            counter.board.state().bytes = 0;
            counter.show(&Picture { frame: Arc::new(frame), code: false });
            if module == Module::In75V2 {
                // Not before more of them could have come.
                counter.pass(2);
            }
            let state = counter.board.state();
            let last = *state.chip.glass().refreshes.last().expect("refreshed");
            let (change, share) =
                (if index == 0 { "first digit" } else { "a digit more" }, last.turned * 1000 / pixels);
            println!(
                "{:<10} {change:<12} {:>7} {:>9} {:>4}.{} %",
                module.name(),
                state.bytes,
                last.turned,
                share / 10,
                share % 10
            );
            let is_quick = module != Module::In75V2;
            assert_eq!(last.whole, !is_quick, "{}", module.name());
            assert!(
                index == 0 || last.turned * 10 < pixels,
                "{} turns {} for a digit",
                module.name(),
                last.turned
            );
        }
        counter.assert_content();
    }
}

#[test]
fn whatever_was_left_on_the_glass_the_first_picture_is_whole() {
    for module in Module::ALL {
        let board = Board::new(module);
        // The program before had a code on it and was killed.
        let code = pictures(module).into_iter().find(|(name, _)| *name == "scan").expect("there is one").1;
        board.open(false, Rules::default()).expect("shown").show(&code, &[]).expect("shown");
        let mut panel = board.open(false, Rules::default()).expect("opened");
        let starting =
            pictures(module).into_iter().find(|(name, _)| *name == "starting").expect("there is one").1;
        panel.show(&starting, &[]).expect("shown");
        let state = board.state();
        assert!(state.chip.glass().seen(module, false) == *starting.frame);
        assert!(!state.chip.glass().has_ghosts());
    }
}

#[test]
fn at_the_end_no_code_stays_and_the_controller_sleeps() {
    for module in Module::ALL {
        let mut counter = Counter::new(module, false, Rules { burst: 1, ..Rules::default() });
        let (scan, off) = (counter.picture("scan"), counter.picture("unavailable"));
        counter.show(&scan);
        counter.pass(1);
        counter.show(&off);
        counter.panel.close().expect("closed");
        assert_eq!(read(&counter.seen()), None);
        assert!(counter.seen() == *off.frame);
        assert!(counter.board.state().chip.is_asleep());
        counter.assert_content();
    }
}

#[test]
fn a_picture_that_waits_is_on_the_glass_before_the_end() {
    let mut counter = Counter::new(Module::In75V2, false, Rules { burst: 1, ..Rules::default() });
    let (idle, starting) = (counter.picture("idle"), counter.picture("starting"));
    counter.show(&starting);
    counter.show(&idle);
    assert!(counter.seen() == *starting.frame, "it has to wait its ten seconds");
    counter.panel.close().expect("closed");
    assert!(counter.seen() == *idle.frame);
}

#[test]
fn it_sleeps_after_ten_seconds_and_is_woken_by_the_next_picture() {
    for module in Module::ALL {
        let mut counter = Counter::new(module, false, Rules::default());
        let (idle, entering) = (counter.picture("idle"), counter.picture("entering"));
        for picture in [&idle, &entering, &idle] {
            counter.show(picture);
            counter.pass(5);
            assert!(!counter.board.state().chip.is_asleep());
            counter.pass(15);
            assert!(counter.board.state().chip.is_asleep(), "{}", module.name());
            assert!(counter.seen() == *picture.frame, "{}", module.name());
        }
        let before = counter.count();
        counter.pass(25 * 60 * 60);
        assert!(counter.refreshes(before).contains(&true), "at least once a day");
        assert!(counter.board.state().chip.is_asleep());
        counter.assert_content();
    }
}

/// Twenty minutes in which something changes every second: with the account empty, only what was waited for longest.
#[test]
fn the_account_of_whole_refreshes_is_kept() {
    let rules = Rules { burst: 5, quick_most: 0, ..Rules::default() };
    let mut counter = Counter::new(Module::In213V3, false, rules);
    let pictures = [counter.picture("entering"), counter.picture("idle"), counter.picture("preparing")];
    let start = counter.board.state().now;
    let mut turn = 0;
    while counter.board.state().now - start < Duration::from_secs(1_200) {
        turn += 1;
        counter.show(&pictures[turn % 3]);
        counter.pass(1);
    }
    let whole = counter.count();
    assert!(whole <= 5 + 1_200 / 10, "{whole}");
    assert!(whole < turn / 2, "{whole} of {turn}");
    // A code is not held up by any of it.
    let scan = counter.picture("scan");
    counter.show(&scan);
    assert!(counter.seen() == *scan.frame);
}

#[test]
fn bytes_are_sent_in_pieces_as_large_as_the_kernel_takes() {
    for (module, most) in [(Module::In213V3, 80), (Module::In42, 80), (Module::In42V2, 50)] {
        let mut counter = Counter::new(module, false, Rules::default());
        let scan = counter.picture("scan");
        counter.board.state().writes = 0;
        counter.show(&scan);
        let writes = counter.board.state().writes;
        assert!(writes <= most, "{writes} writes for a picture on {}", module.name());
    }
}
