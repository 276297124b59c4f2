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
mod hints;
mod icon;
mod ink;
pub mod lang;
mod layout;
mod list;
mod outside;
mod page;
pub mod qr;
mod reader;
pub mod sample;
mod scan;
mod shape;
mod stack;
mod text;

use embedded_graphics::prelude::*;

use crate::core::scene::View;
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
    set: Typesetter,
    signs: Signs,
    last: Option<(String, Size, Result<Plan, TooLong>)>,
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
            set: Typesetter::new(panel.depth).reading(lang.direction()),
            signs: Signs::default(),
            last: None,
        }
    }

    /// The view as a frame of the panel's size. Times of day are told `utc_offset_min` minutes east of UTC.
    pub fn draw(&mut self, view: &View, utc_offset_min: i32) -> Drawn {
        let reader = Reader { words: &self.words, audience: self.audience, shop: &self.shop, utc_offset_min };
        let page = reader.page(view);
        let inks = ink::palette(page.tone, self.panel.depth, self.geometry.lit);
        let sheet = Sheet { geometry: self.geometry, inks, shop: &self.shop };
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
            Ok(plan) => Code::Shown(plan),
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
/// not be shown.
#[must_use]
pub fn check_code(frame: &Frame, expected: &str) -> bool {
    qr::read_back(frame).as_deref() == Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::scene::Scene;
    use crate::port::panel::PANELS;

    #[test]
    fn a_painter_can_live_on_the_panels_own_thread() {
        fn is_send<T: Send>() {}
        is_send::<Painter>();
        is_send::<Drawn>();
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
                let drawn = painter.draw(&View { scene, strip: None, hints: Vec::new() }, 0);
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
