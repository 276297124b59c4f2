//! What can be read, and from where: the least type of every panel in every language, the digits of amounts,
//! and how large codes are.

use crate::port::panel;
use crate::port::panel::PANELS;
use crate::port::panel::PanelSpec;

use super::Audience;
use super::Code;
use super::Drawn;
use super::Painter;
use super::lang::Lang;
use super::lang::Words;
use super::layout::Class;
use super::layout::Geometry;
use super::page::Body;
use super::page::Page;
use super::reader::Reader;
use super::sample;

/// Every sample for both audiences, in every language on the small panels; the larger ones have the same shapes
/// and are drawn by the same lines, so that one language of long words does.
fn each(mut check: impl FnMut(&str, &PanelSpec, &Page, &Drawn)) {
    let samples = sample::all(sample::EUR);
    for panel in PANELS.iter().filter(|panel| panel.width <= 1000) {
        for lang in Lang::ALL.into_iter().filter(|lang| panel.width <= 330 || *lang == Lang::De) {
            let words = Words::new(lang);
            for audience in [Audience::Customer, Audience::Cashier] {
                if audience != Audience::of(panel) && Geometry::of(panel).class == Class::Line {
                    continue;
                }
                let mut painter = Painter::new(*panel, audience, lang, sample::SHOP);
                let reader = Reader { words: &words, audience, shop: sample::SHOP, utc_offset_min: 0 };
                for sample in &samples {
                    let drawn = painter.draw(&sample.view, 0);
                    let name = format!("{}-{}-{lang} {audience:?}", panel.name, sample.name);
                    check(&name, panel, &reader.page(&sample.view), &drawn);
                }
            }
        }
    }
}

/// The least em on each panel in pixels: of small print, and of the sentence that says what to do. With the
/// panels' pitches that is 1.7 and 2.2 mm on a 2.8" TFT, 1.7 and 1.9 mm on a 2.1" e-paper, and 1.2 mm, cut dot
/// by dot, on a 1" OLED that is read from near.
const LEAST: [(&str, u32, u32); 10] = [
    ("tft-240x320", 9, 10),
    ("tft-320x240", 9, 10),
    ("tft-240x240", 12, 14),
    ("tft-480x320", 10, 12),
    ("hdmi-800x480", 11, 13),
    ("oled-128x64", 7, 7),
    ("epd-250x122", 9, 10),
    ("epd-296x128", 9, 10),
    ("epd-400x300", 9, 10),
    ("epd-800x480", 9, 10),
];

#[test]
fn every_word_of_a_page_is_on_its_panel_and_none_is_too_small_to_read() {
    let mut wrong = Vec::new();
    each(|name, panel, page, drawn| {
        let is_line = Geometry::of(panel).class == Class::Line;
        wrong.extend(too_small(name, panel.name, is_line, page, drawn));
        // Without its code the page says other words.
        if !matches!(drawn.code, Code::TooLong(_)) {
            wrong.extend(missing(is_line, page, drawn).map(|word| format!("{name}: no `{word}`")));
        }
    });
    assert!(wrong.is_empty(), "{} places\n{}", wrong.len(), wrong.join("\n"));
}

fn too_small(name: &str, panel: &str, is_line: bool, page: &Page, drawn: &Drawn) -> Vec<String> {
    // A payment-link system's own words are as long as it likes.
    if is_line && name.contains("refund_refused") {
        return Vec::new();
    }
    let (_, small, say) = LEAST.iter().find(|(of, ..)| *of == panel).expect("in the table");
    // Rows of a line panel are too low for letters that stack: a larger one is advised for these languages.
    let stacks = is_line && (name.contains("-hi ") || name.contains("-ar "));
    let least = |text: &str| match text.contains(' ') && page.say.contains(text) {
        _ if stacks => 6,
        true => *say,
        false => *small,
    };
    let small = drawn.texts.iter().filter(|text| text.px < least(&text.text));
    small
        .map(|text| format!("{name}: `{}` is {} px, not {}", text.text, text.px, least(&text.text)))
        .collect()
}

/// Words of the page that are not on the frame.
fn missing(is_line: bool, page: &Page, drawn: &Drawn) -> impl Iterator<Item = String> {
    let mut said = vec![&page.title, &page.left, &page.band];
    match page.keyed_apart().filter(|_| is_line) {
        Some(keyed) => said.extend([&keyed.typed.sign, &keyed.typed.digits]),
        None => said.push(&page.amount),
    }
    match &page.body {
        Body::Sums(rows) => said.extend(rows.iter().flat_map(|(label, sum)| [label, sum])),
        Body::Secret(code) => said.push(code),
        Body::Plain | Body::Typed { .. } | Body::Logo | Body::Code(_) | Body::Dots(_) | Body::List { .. } => {
        }
    }
    // On a few lines sums say it all, and news takes the room of what the keys say too. A list says something only
    // where it is empty.
    let is_spare = is_line && (matches!(page.body, Body::Sums(_)) || !page.band.is_empty());
    if !is_spare && !matches!(page.body, Body::List { .. }) {
        said.push(&page.say);
    }
    let words = |text: &str| -> Vec<String> {
        let bare = text.replace(['\u{200f}', '\u{2068}', '\u{2069}'], "");
        bare.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let there: Vec<String> = drawn.texts.iter().flat_map(|text| words(&text.text)).collect();
    let all: Vec<String> = said.into_iter().flat_map(|text| words(text)).collect();
    all.into_iter().filter(move |word| !there.contains(word))
}

/// Hundredths of a millimetre that the digits of `€12.50` are high, where it is asked for and beside the
/// code; then the code of the usual link: pixels a module, and micrometres.
const SIZES: [(&str, u32, u32, u32, u32); 10] = [
    ("tft-240x320", 538, 774, 5, 900),
    ("tft-320x240", 538, 459, 5, 900),
    ("tft-240x240", 257, 235, 5, 490),
    ("tft-480x320", 658, 535, 7, 1071),
    ("hdmi-800x480", 922, 872, 11, 1496),
    ("hdmi-1920x1080", 2815, 2776, 26, 4628),
    ("epd-250x122", 509, 494, 3, 582),
    ("epd-296x128", 661, 711, 3, 681),
    ("epd-400x300", 1128, 834, 6, 1272),
    ("epd-800x480", 1763, 1315, 11, 2255),
];

#[test]
fn amounts_are_read_from_two_metres_and_codes_are_as_large_as_is_written_down() {
    let samples = sample::all(sample::EUR);
    let mut measured = Vec::new();
    let view = |name| &samples.iter().find(|sample| sample.name == name).expect("a sample").view;
    for (name, ..) in SIZES {
        let panel = panel::find(name).expect("a panel");
        let mut painter = Painter::new(*panel, Audience::Customer, Lang::En, sample::SHOP);
        let digits = |drawn: &Drawn| {
            let amount = drawn.texts.iter().find(|text| text.text == "€12.50").expect("the amount");
            // Digits are 0.729 em high.
            amount.px * 729 * panel.pitch_um / 10_000
        };
        let (entering, scan) = (painter.draw(view("entering"), 0), painter.draw(view("scan"), 0));
        let Code::Shown(plan) = &scan.code else { panic!("{name} shows the code") };
        measured.push((name, digits(&entering), digits(&scan), plan.pixels_per_module, plan.module_um));
    }
    assert_eq!(measured, SIZES);
}

/// A phone may be on its way to it.
#[test]
fn a_code_keeps_its_size_when_an_attempt_is_declined_and_when_seconds_are_counted() {
    let samples = sample::all(sample::EUR);
    let view = |name| &samples.iter().find(|sample| sample.name == name).expect("a sample").view;
    for panel in PANELS.iter().filter(|panel| Audience::of(panel) == Audience::Customer && panel.width < 450)
    {
        for lang in Lang::ALL {
            let mut painter = Painter::new(*panel, Audience::Customer, lang, sample::SHOP);
            let mut side = |name| match painter.draw(view(name), 0).code {
                Code::Shown(plan) => plan.side,
                Code::None | Code::TooLong(_) => panic!("{name} shows the code"),
            };
            let usual = side("scan");
            for name in ["scan-declined", "scan-left"] {
                assert_eq!(side(name), usual, "{} {name} {lang}", panel.name);
            }
        }
    }
}
