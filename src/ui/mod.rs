//! Scene to pixels, for any size and depth of panel. Pure: the same view is the same frame, on any machine.
//!
//! A [`View`] is read into a page (`reader`: what is said, to whom), the page is arranged (`compose` and
//! `scan`: where it stands, by the class of the panel's shape), then type and codes are drawn (`stack`,
//! `text`, `qr`). A link that does not fit is never squeezed: the page then says so, and [`Drawn`] says why.

pub mod amount;
mod bitmap;
mod canvas;
mod compose;
mod drift;
mod hints;
mod icon;
mod ink;
pub mod lang;
mod layout;
mod list;
mod page;
pub mod qr;
mod reader;
pub mod sample;
mod scan;
mod stack;
mod text;

use embedded_graphics::prelude::*;

use crate::core::scene::View;
use crate::port::panel::Frame;
use crate::port::panel::PanelSpec;

pub use canvas::TextBox;

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
            shop: one_line(shop),
            set: Typesetter::new(panel.depth),
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

    /// The view as a frame of the panel's size. Times of day are told `utc_offset_min` minutes east of UTC.
    pub fn draw(&mut self, view: &View, utc_offset_min: i32) -> Drawn {
        let reader = Reader { words: &self.words, audience: self.audience, shop: &self.shop, utc_offset_min };
        let page = reader.page(view);
        let inks = ink::palette(page.tone, self.panel.depth, self.geometry.lit);
        let sheet = Sheet { geometry: self.geometry, inks, shop: &self.shop };
        let blank = || Frame::new(self.panel.width, self.panel.height, inks.paper);
        let mut canvas = Canvas {
            frame: blank(),
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
                canvas.frame = blank();
                canvas.texts.clear();
                let page = reader.without_code(page);
                compose::message(&mut canvas, &sheet, &page);
                Code::TooLong(too_long)
            }
        };
        Drawn { frame: canvas.frame, code, texts: canvas.texts }
    }
}

/// More than a panel can say; what is beyond it is left out.
const LONGEST: usize = 240;

/// Words from outside as one line: breaks and runs of spaces become single spaces.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(LONGEST).collect()
}

/// Whether a phone would read exactly `expected` off this frame. A frame with a code that fails this must
/// not be shown.
#[must_use]
pub fn check_code(frame: &Frame, expected: &str) -> bool {
    qr::read_back(frame).as_deref() == Some(expected)
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::Rgb565;
    use embedded_graphics::primitives::Rectangle;

    use super::*;
    use crate::core::scene::Scene;
    use crate::port::panel::PANELS;

    #[test]
    fn a_painter_can_live_on_the_panels_own_thread() {
        fn is_send<T: Send>() {}
        is_send::<Painter>();
        is_send::<Drawn>();
    }

    #[test]
    fn a_code_that_stays_moves_around_and_reads_as_before() {
        let is_standing = |sample: &sample::Sample| sample.name == "idle-standing";
        let standing = sample::all(sample::EUR).into_iter().find(is_standing).expect("a sample");
        let url = standing.view.scene.code().expect("a code");
        for panel in PANELS.iter().filter(|panel| Audience::of(panel) == Audience::Customer) {
            let mut painter = Painter::new(*panel, Audience::Customer, Lang::En, sample::SHOP);
            let (mut places, mut before) = (Vec::new(), None);
            for step in 0..18 {
                painter.nudge(step);
                let drawn = painter.draw(&standing.view, 0);
                assert!(check_code(&drawn.frame, url), "{} step {step}", panel.name);
                let Code::Shown(plan) = drawn.code else { panic!("it fits") };
                let quiet = Rectangle::new(plan.at, Size::new_equal(plan.side));
                let border = quiet.offset(-4 * plan.pixels_per_module as i32);
                let light = |at: Point| drawn.frame.pixel(at.x as u32, at.y as u32) == Some(Rgb565::WHITE);
                // A letter beside it may lean into it by a dot, wherever it is.
                let zone = quiet.points().filter(|at| !border.contains(*at));
                let spoilt = zone.filter(|at| !light(*at)).count();
                assert!(
                    spoilt <= *before.get_or_insert(spoilt),
                    "{} step {step}: the quiet zone",
                    panel.name
                );
                if !places.contains(&plan.at) {
                    places.push(plan.at);
                }
            }
            assert!(places.len() >= 2, "{}: {places:?}", panel.name);
        }
    }

    #[test]
    fn words_from_outside_are_cut_to_the_panel_whatever_they_are() {
        for text in ["", "\n\n", "a\nb", &"long ".repeat(400), &"x".repeat(2_000), "\u{1F355}\u{200F}"] {
            for panel in PANELS.iter().filter(|panel| panel.width < 500) {
                let mut painter = Painter::new(*panel, Audience::of(panel), Lang::En, text);
                let scene = Scene::Message { text: text.to_owned() };
                let drawn = painter.draw(&View { scene, strip: None, hints: Vec::new() }, 0);
                for line in &drawn.texts {
                    let corner = line.area.bottom_right().unwrap_or_default();
                    let inside = corner.x < panel.width as i32 && corner.y < panel.height as i32;
                    assert!(inside, "{} {:?}", panel.name, line);
                }
            }
        }
    }
}
