//! Scene to pixels, for any size and depth of panel. Pure: the same view is the same frame, on any machine.
//!
//! A [`View`] is read into a page (`reader`: what is said, to whom), the page is arranged (`compose` and
//! `scan`: where it stands, by the class of the panel's shape), then type and codes are drawn (`stack`,
//! `text`, `qr`). A link that does not fit is never squeezed: the page then says so, and [`Drawn`] says why.

pub mod amount;
mod bidi;
mod bitmap;
mod canvas;
mod compose;
mod drift;
mod field;
mod fit;
#[cfg(test)]
mod fit_tests;
mod glyph;
mod hints;
mod icon;
mod ink;
pub mod lang;
mod layout;
mod list;
mod logo;
mod outside;
mod page;
pub mod proof;
pub mod qr;
mod reader;
pub mod sample;
mod scan;
mod shape;
pub mod sheet;
mod stack;
pub mod test_card;
mod text;

use embedded_graphics::prelude::*;
use serde::Deserialize;
use serde::Serialize;

use crate::core::device::Missing;
use crate::core::moment::CLOCK_SET_UNIX_MS;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::port::image::Image;
use crate::port::panel::Frame;
use crate::port::panel::PanelSpec;

pub use canvas::TextBox;

use outside::one_line;

use canvas::Canvas;
use canvas::Signs;
use compose::Sheet;
use lang::Lang;
use lang::Words;
use layout::Geometry;
use logo::Logo;
use page::Body;

use qr::Plan;
use qr::TooLong;
use reader::Reader;
use text::Typesetter;

/// Who stands in front of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Reads what to do, and scans. Gets the code.
    Customer,
    /// Reads why, and what is next. Gets no code.
    Cashier,
}

impl Audience {
    /// Who a panel is for where nothing else is said: a panel of a few lines holds no code, so it is the
    /// cashier's; every other faces the customer.
    #[must_use]
    pub fn of(panel: &PanelSpec) -> Self {
        match layout::Class::of(panel.width, panel.height) {
            layout::Class::Line => Self::Cashier,
            layout::Class::Wide
            | layout::Class::Landscape
            | layout::Class::Square
            | layout::Class::Portrait => Self::Customer,
        }
    }
}

/// What customers see while nothing is sold and no code of the shop's own is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// The shop's name, below its logo if it has one.
    #[default]
    Name,
    /// The time of day, below the name.
    Clock,
    /// The logo alone; the name where there is none.
    Picture,
}

impl Idle {
    pub const ALL: [Self; 3] = [Self::Name, Self::Clock, Self::Picture];
}

/// A frame, and what a caller must know about it.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub frame: Frame,
    pub code: Code,
    /// Every line of text and the box it takes; none leaves the frame, none lies over another.
    pub texts: Vec<TextBox>,
}

/// What became of the view's link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The scene has none, or this panel's audience needs none.
    None,
    /// It is on the frame. Compare it with [`check_code`] before the frame is shown.
    Shown(Plan),
    /// It does not fit this panel; the frame shows the amount and where to turn, and no code.
    TooLong(TooLong),
}

/// Draws views for one panel. Keeps glyphs and the last code, so that the next frame is cheap.
pub struct Painter {
    geometry: Geometry,
    panel: PanelSpec,
    audience: Audience,
    words: Words,
    shop: String,
    idle: Idle,
    logo: Option<Logo>,
    set: Typesetter,
    signs: Signs,
    last: Option<(String, Size, Result<Plan, TooLong>)>,
    nudge: u32,
}

impl Painter {
    /// `shop` is the name customers know; it may be empty.
    #[must_use]
    pub fn new(panel: PanelSpec, audience: Audience, lang: Lang, shop: &str) -> Self {
        Self {
            geometry: Geometry::of(&panel),
            panel,
            audience,
            words: Words::new(lang),
            shop: outside::name(shop, lang.direction()),
            idle: Idle::default(),
            logo: None,
            set: Typesetter::new(panel.depth).reading(lang.direction()),
            signs: Signs::default(),
            last: None,
            nudge: 0,
        }
    }

    /// Draws codes a few pixels from their usual place from now on: another place for each number, as far as the
    /// panel has room.
    pub fn nudge(&mut self, step: u32) {
        self.nudge = step;
    }

    /// With the shop's logo, and with what is shown while nothing is sold.
    #[must_use]
    pub fn with_idle(self, idle: Idle, logo: Option<Image>) -> Self {
        let panel = Size::new(self.panel.width, self.panel.height);
        Self { idle, logo: logo.map(|image| Logo::new(image, panel)), ..self }
    }

    /// Words of its language that are not of one scene.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// Whether this view has a clock on it, and so another frame each minute.
    #[must_use]
    pub fn has_clock(&self, view: &View) -> bool {
        self.idle == Idle::Clock && self.is_at_rest(view)
    }

    fn is_at_rest(&self, view: &View) -> bool {
        let Scene::Idle { standing: None, closed: false } = view.scene else { return false };
        self.audience == Audience::Customer && view.missing != Some(Missing::Keypad)
    }

    /// The view as a frame of the panel's size, without a clock. Times of day are told `utc_offset_min`
    /// minutes east of UTC.
    pub fn draw(&mut self, view: &View, utc_offset_min: i32) -> Drawn {
        self.draw_at(view, utc_offset_min, 0)
    }

    /// The view at a time, milliseconds since 1970. A time before this program existed is that of a machine
    /// that does not know it yet, and no clock shows it.
    pub fn draw_at(&mut self, view: &View, utc_offset_min: i32, unix_ms: i64) -> Drawn {
        let reader = Reader { words: &self.words, audience: self.audience, shop: &self.shop, utc_offset_min };
        let mut page = reader.page(view);
        if self.has_clock(view) && unix_ms >= CLOCK_SET_UNIX_MS {
            page = reader.with_clock(page, unix_ms);
        }
        if self.idle == Idle::Picture && self.logo.is_some() && self.is_at_rest(view) {
            page.body = Body::Logo;
        }
        let inks = ink::palette(page.tone, self.panel.depth, self.geometry.lit);
        let sheet = Sheet { geometry: self.geometry, inks, shop: &self.shop, logo: self.logo.as_ref() };
        let blank = || Frame::new(self.panel.width, self.panel.height, inks.paper);
        let frame = blank();
        let whole = frame.bounding_box();
        let mut canvas = Canvas {
            frame,
            span: whole,
            set: &mut self.set,
            signs: &mut self.signs,
            depth: self.panel.depth,
            texts: Vec::new(),
        };
        let Body::Code(url) = &page.body else {
            compose::message(&mut canvas, &sheet, &page);
            return Drawn { frame: canvas.frame, code: Code::None, texts: canvas.texts };
        };
        let last = &mut self.last;
        let pitch_um = self.geometry.pitch_um;
        let mut planner = |url: &str, area: Size| match last {
            Some((known, room, plan)) if known == url && *room == area => plan.clone(),
            _ => {
                let plan = qr::plan(url, area, pitch_um);
                *last = Some((url.to_owned(), area, plan.clone()));
                plan
            }
        };
        let code = match scan::draw(&mut canvas, &sheet, &page, url, &mut planner) {
            Ok(mut plan) => {
                drift::drift(&mut canvas.frame, &mut plan, self.nudge);
                Code::Shown(plan)
            }
            Err(too_long) => {
                (canvas.frame, canvas.span) = (blank(), whole);
                canvas.texts.clear();
                let page = reader.without_code(page);
                compose::message(&mut canvas, &sheet, &page);
                Code::TooLong(too_long)
            }
        };
        Drawn { frame: canvas.frame, code, texts: canvas.texts }
    }
}

/// Whether a phone would read exactly `expected` off this frame. A frame with a code that fails this must
/// not be shown. [`proof::Proof`] says the same of frame after frame, and decodes only what is new.
#[must_use]
pub fn check_code(frame: &Frame, expected: &str) -> bool {
    qr::read_back(frame).as_deref() == Some(expected)
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::Rgb565;

    use super::*;
    use crate::port::panel::Depth;
    use crate::port::panel::PANELS;

    #[test]
    fn a_painter_can_live_on_the_panels_own_thread() {
        fn is_send<T: Send>() {}
        is_send::<Painter>();
        is_send::<Drawn>();
    }

    fn at_rest() -> View {
        View {
            scene: Scene::Idle { standing: None, closed: false },
            strip: None,
            missing: None,
            hints: Vec::new(),
        }
    }

    #[test]
    fn a_code_that_stays_moves_around_and_reads_as_before() {
        let is_standing = |sample: &sample::Sample| sample.name == "idle-standing";
        let standing = sample::all(sample::EUR).into_iter().find(is_standing).expect("a sample");
        let url = standing.view.scene.code().expect("a code");
        for panel in PANELS.iter().filter(|panel| Audience::of(panel) == Audience::Customer) {
            let mut painter = Painter::new(*panel, Audience::Customer, Lang::En, sample::SHOP);
            let mut places = Vec::new();
            for step in 0..18 {
                painter.nudge(step);
                let drawn = painter.draw(&standing.view, 0);
                assert!(check_code(&drawn.frame, url), "{} step {step}", panel.name);
                let Code::Shown(plan) = drawn.code else { panic!("it fits") };
                let quiet = plan.area();
                let border = quiet.offset(-(plan.quiet_zone() as i32));
                let light = |at: Point| drawn.frame.pixel(at.x as u32, at.y as u32) == Some(Rgb565::WHITE);
                let mut zone = quiet.points().filter(|at| !border.contains(*at));
                assert!(zone.all(light), "{} step {step}: the quiet zone", panel.name);
                if !places.contains(&plan.at) {
                    places.push(plan.at);
                }
            }
            assert!(places.len() >= 2, "{}: {places:?}", panel.name);
        }
    }

    #[test]
    fn a_clock_changes_each_minute_and_only_where_it_was_asked_for() {
        let minute = |painter: &mut Painter, minute: i64| {
            painter.draw_at(&at_rest(), 60, CLOCK_SET_UNIX_MS + minute * 60_000 + 59_999)
        };
        let new = || Painter::new(PANELS[0], Audience::Customer, Lang::En, "Shop");
        let (mut plain, mut clock) = (new(), new().with_idle(Idle::Clock, None));
        assert!(!plain.has_clock(&at_rest()) && clock.has_clock(&at_rest()));
        assert!(minute(&mut plain, 0).frame == minute(&mut plain, 1).frame);
        let drawn = minute(&mut clock, 2);
        assert!(drawn.texts.iter().any(|text| text.text == "01:02"), "{:?}", drawn.texts);
        assert!(drawn.frame != minute(&mut clock, 3).frame);
        // A machine that has not heard the time yet, and everything that is not rest.
        assert!(clock.draw_at(&at_rest(), 60, 90_000).frame == plain.draw(&at_rest(), 60).frame);
        for sample in sample::all(sample::EUR).iter().filter(|sample| !sample.name.starts_with("idle")) {
            assert!(!clock.has_clock(&sample.view), "{}", sample.name);
        }
        let cashier = Painter::new(PANELS[0], Audience::Cashier, Lang::En, "Shop");
        assert!(!cashier.with_idle(Idle::Clock, None).has_clock(&at_rest()));
    }

    #[test]
    fn a_logo_stands_on_the_idle_screen_of_every_panel_and_never_over_words_or_codes() {
        let red = || Image::new(300, 120, [200, 0, 0, 255].repeat(300 * 120)).expect("four bytes a pixel");
        for panel in PANELS.iter().filter(|panel| panel.height > 100 && panel.width < 450) {
            for idle in [Idle::Name, Idle::Clock, Idle::Picture] {
                let new = || Painter::new(*panel, Audience::Customer, Lang::En, sample::SHOP);
                let (mut plain, mut with) = (new(), new().with_idle(idle, Some(red())));
                for sample in sample::all(sample::EUR) {
                    let at = CLOCK_SET_UNIX_MS;
                    let (without, drawn) = (plain.draw(&sample.view, 0), with.draw_at(&sample.view, 0, at));
                    let name = format!("{} {} {idle:?}", panel.name, sample.name);
                    if sample.name == "idle" {
                        assert!(drawn.frame != without.frame, "{name}");
                    }
                    if let Some(url) = sample.view.scene.code() {
                        assert_eq!(drawn.code, without.code, "{name}");
                        assert!(check_code(&drawn.frame, url), "{name}");
                    }
                    let ink = ink::palette(ink::Tone::Calm, panel.depth, false).text;
                    let logo = if panel.depth == Depth::Mono { ink } else { Rgb565::new(25, 0, 0) };
                    for text in drawn.texts.iter().filter(|_| panel.depth == Depth::Colour) {
                        let corners = [text.area.top_left, text.area.bottom_right().unwrap_or_default()];
                        let covered = |at: &Point| drawn.frame.pixel(at.x as u32, at.y as u32) == Some(logo);
                        assert!(!corners.iter().any(covered), "{name}: `{}`", text.text);
                    }
                }
            }
        }
    }

    /// Letters, marks and controls of every kind, in an order that a seed decides.
    fn noise(seed: u64) -> String {
        const KINDS: [&str; 8] = [
            "aZé9.,!-() ",
            "مخبزلأ؟ً٣ ",
            "कर्क्षिीं़। ",
            "דג״ ",
            "\u{1F355}\u{200D}\u{FE0F}\u{1F1E9}漢字",
            "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}\u{200E}\u{200F}\u{61C}",
            "\u{301}\u{489}\u{20DD}\u{93C}\u{655}",
            "\0\u{1b}\n\t\u{85}\u{2028}\u{FEFF}\u{AD}\u{10FFFF}\u{E0041}",
        ];
        let mut state = seed.wrapping_mul(2).wrapping_add(1);
        let mut next = |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % most
        };
        let pick = |kind: &str, at: usize| kind.chars().nth(at).unwrap_or(' ');
        let mut text = String::new();
        for _ in 0..next(60) {
            let kind = KINDS[next(KINDS.len())];
            text.push(pick(kind, next(kind.chars().count())));
        }
        text
    }

    fn check_inside(panel: &PanelSpec, drawn: &Drawn, text: &str) {
        for line in &drawn.texts {
            let corner = line.area.bottom_right().unwrap_or_default();
            let inside = line.area.top_left.x >= 0
                && line.area.top_left.y >= 0
                && corner.x < panel.width as i32
                && corner.y < panel.height as i32;
            assert!(inside, "{} {text:?} {line:?}", panel.name);
        }
    }

    #[test]
    fn words_from_outside_are_cut_to_the_panel_whatever_they_are() {
        let fixed = ["", "\n\n", "a\nb", "\u{1F355}\u{200F}"].map(str::to_owned);
        let long = ["long ".repeat(400), "x".repeat(2_000), "م".repeat(500), "क्ष".repeat(200)];
        let noises = (0..12).map(noise);
        for (index, text) in fixed.into_iter().chain(long).chain(noises).enumerate() {
            let lang = [Lang::En, Lang::Ar, Lang::Hi][index % 3];
            for panel in PANELS.iter().filter(|panel| panel.width < 400) {
                let mut painter = Painter::new(*panel, Audience::of(panel), lang, &text);
                let scene = Scene::Message { text: text.clone() };
                let drawn = painter.draw(&View { scene, strip: None, missing: None, hints: Vec::new() }, 0);
                check_inside(panel, &drawn, &text);
            }
        }
    }

    #[test]
    fn no_name_from_outside_changes_an_amount() {
        let panel = crate::port::panel::find("tft-480x320").expect("a panel of that name");
        let samples = sample::all(sample::EUR);
        let paid = samples.iter().find(|sample| sample.name == "paid").expect("a sample");
        for lang in [Lang::En, Lang::Ar] {
            // All but the small line that the name shares with the reference.
            let rest = |shop: &str| {
                let drawn = Painter::new(*panel, Audience::Customer, lang, shop).draw(&paid.view, 0);
                let (small, rest): (Vec<_>, Vec<_>) =
                    drawn.texts.into_iter().partition(|line| line.text.contains("0001"));
                // Marks may reach a tenth of an em below their line.
                let below = small[0].area.top_left.y as u32 + small[0].area.size.height + 2;
                (rest, drawn.frame.pixels()[(panel.width * below) as usize..].to_vec())
            };
            let plain = rest("Corner Bakery");
            for shop in [
                "Corner \u{202e}Bakery",
                "\u{2067}\u{202b}Corner",
                "a\u{301}\u{301}\u{301}\u{489}",
                "\u{200f}Shop",
            ] {
                assert!(rest(shop) == plain, "{lang} {shop:?}");
            }
        }
    }
}
