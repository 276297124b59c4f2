//! What people see: every scene on panels of every class against the pictures in `tests/screens`, every
//! code read back, and no word cut off or lying over another.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::scene::Scene;
use qrtill::core::scene::View;
use qrtill::core::view;
use qrtill::panel::png;
use qrtill::port::panel;
use qrtill::port::panel::Depth;
use qrtill::port::panel::Frame;
use qrtill::port::panel::PANELS;
use qrtill::port::panel::PanelSpec;
use qrtill::ui;
use qrtill::ui::Audience;
use qrtill::ui::Code;
use qrtill::ui::Drawn;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;
use qrtill::ui::sample;
use qrtill::ui::test_card::Echo;
use qrtill::ui::test_card::TestCard;
use qrtill::ui::test_card::Told;

const PICTURED: [&str; 6] =
    ["oled-128x64", "tft-240x240", "tft-240x320", "tft-320x240", "hdmi-800x480", "epd-250x122"];

/// The samples with the longest words, pictured in every language.
const WORDY: [&str; 16] = [
    "idle-standing",
    "scan",
    "scan-strip",
    "paid",
    "short",
    "late",
    "failed-nocode",
    "unavailable-sale",
    "unavailable-shown",
    "last_payments",
    "payment-part",
    "payment-bounced",
    "refund-left",
    "refund-over",
    "refund_by_hand",
    "refund_unknown-strip",
];

/// Panels and samples that show the languages whose letters join, stack or run from the right.
const SHAPED_ON: [&str; 4] = ["oled-128x64", "tft-240x320", "tft-480x320", "epd-250x122"];
const SHAPED: [&str; 6] = ["idle-standing", "scan", "paid", "short", "unknown", "last_payments"];

/// Of the languages that came later, the screens a customer decides by are pictured on two panels; that all
/// others fit is tested without pictures.
const LATER: [&str; 4] = ["scan", "paid", "unknown", "unavailable"];
const LATER_PANELS: [&str; 2] = ["tft-240x320", "epd-250x122"];

/// The panel and the language of the contact sheet.
const SHEET: &str = "tft-240x320";

fn is_pictured(panel: &str, lang: Lang, sample: &str) -> bool {
    match lang {
        Lang::En => PICTURED.contains(&panel),
        Lang::De | Lang::Fr => PICTURED.contains(&panel) && WORDY.contains(&sample),
        Lang::It | Lang::Es | Lang::Pt | Lang::Nl | Lang::Pl | Lang::Sv | Lang::Tr => {
            LATER_PANELS.contains(&panel) && LATER.contains(&sample)
        }
        Lang::Hi | Lang::Ar => SHAPED_ON.contains(&panel) && SHAPED.contains(&sample),
    }
}

fn painter(panel: &PanelSpec, lang: Lang) -> Painter {
    Painter::new(*panel, Audience::of(panel), lang, sample::SHOP)
}

/// Every sample on every panel, in euros and in a currency of long amounts: in every language on small panels; on
/// large ones, which are of the same shapes and drawn by the same lines, in that with the longest words.
fn each_drawn(is_wanted: fn(&PanelSpec) -> bool, mut check: impl FnMut(&str, &PanelSpec, &Drawn)) {
    for panel in PANELS.iter().filter(|panel| is_wanted(panel)) {
        for lang in Lang::ALL.into_iter().filter(|lang| panel.width < 450 || *lang == Lang::De) {
            for (audience, currency) in [
                (Audience::of(panel), sample::EUR),
                (Audience::of(panel), "KWD"),
                (Audience::Cashier, sample::EUR),
            ] {
                let mut painter = Painter::new(*panel, audience, lang, sample::SHOP);
                for sample in sample::all(currency) {
                    let drawn = painter.draw(&sample.view, 0);
                    let name = format!("{}-{}-{lang} {audience:?} {currency}", panel.name, sample.name);
                    check(&name, panel, &drawn);
                }
            }
        }
    }
}

#[test]
fn every_scene_looks_as_it_was_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
    let accept = std::env::var_os("QRTILL_ACCEPT").is_some();
    let mut wrong = Vec::new();
    let mut drawn = BTreeSet::new();
    for panel in PANELS {
        let name = panel.name;
        for lang in Lang::ALL {
            let mut painter = painter(panel, lang);
            for sample in sample::all(sample::EUR) {
                if !is_pictured(name, lang, sample.name) {
                    continue;
                }
                let frame = painter.draw(&sample.view, 0).frame;
                let file = folder.join(format!("{name}-{}-{lang}.png", sample.name));
                drawn.insert(file.clone());
                if let Some(why) = differs(&frame, &file, accept) {
                    wrong.push(format!("{}: {why}", file.display()));
                }
            }
        }
    }
    let panel = panel::find(SHEET).expect("a panel of that name");
    let sheet = ui::sheet::draw(&mut painter(panel, Lang::En), &sample::all(sample::EUR));
    let file = folder.join("sheet.png");
    drawn.insert(file.clone());
    wrong.extend(differs(&sheet, &file, accept).map(|why| format!("{}: {why}", file.display())));
    for panel in PANELS {
        let file = folder.join(format!("{}-test-card.png", panel.name));
        wrong.extend(
            differs(&test_card(panel), &file, accept).map(|why| format!("{}: {why}", file.display())),
        );
        drawn.insert(file);
    }
    for entry in fs::read_dir(&folder).expect("the pictures' folder") {
        let file = entry.expect("a readable folder").path();
        if !drawn.contains(&file) {
            wrong.push(format!("{}: is of no scene; remove it", file.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nlook at them; `QRTILL_ACCEPT=1 cargo test --test screens` takes them as they are drawn now",
        wrong.join("\n")
    );
}

/// All pages of the test card, after two keys.
fn test_card(panel: &PanelSpec) -> Frame {
    let echo = |sent: &str, means: &str| Echo { sent: sent.to_owned(), means: means.to_owned() };
    let told = Told { keys: vec![echo("0D", "enter"), echo("35", "5")], sound: "played".to_owned() };
    TestCard::new(*panel).sheet(&told)
}

/// Why the frame is not the accepted picture. Writes the picture where there is none, or where told to.
fn differs(frame: &Frame, file: &PathBuf, accept: bool) -> Option<String> {
    let accepted = fs::read(file).ok().map(|bytes| decode(&bytes));
    let why = match accepted {
        Some((width, height, pixels)) => {
            let same = (width, height) == (frame.width(), frame.height()) && pixels == frame.rgb888();
            if same {
                return None;
            }
            "differs from what is drawn now"
        }
        None => "had no picture; it was written",
    };
    if accept || !file.exists() {
        fs::write(file, png::encode(frame)).expect("the pictures' folder is writable");
    }
    (!accept).then(|| why.to_owned())
}

fn decode(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    (info.width, info.height, pixels)
}

#[test]
fn every_code_reads_as_exactly_its_link_and_no_other_frame_has_one() {
    let mut shown = 0;
    for panel in PANELS {
        let mut painter = painter(panel, Lang::En);
        for sample in sample::all(sample::EUR) {
            let drawn = painter.draw(&sample.view, 0);
            let url = sample.view.scene.code();
            match (&drawn.code, url) {
                (Code::Shown(plan), Some(url)) => {
                    assert!(ui::check_code(&drawn.frame, url), "{} {}", panel.name, sample.name);
                    assert!(!ui::check_code(&drawn.frame, "https://example.com/"));
                    assert!(plan.pixels_per_module >= 2);
                    shown += 1;
                }
                // A large frame takes long to search, and is drawn by the same lines as a small one.
                (Code::TooLong(_) | Code::None, _) if panel.width > 500 => {}
                (Code::TooLong(_) | Code::None, _) => {
                    assert_eq!(ui::qr::read_back(&drawn.frame), None, "{} {}", panel.name, sample.name);
                }
                (Code::Shown(_), None) => panic!("{} shows a code of its own", sample.name),
            }
        }
    }
    assert_eq!(shown, 8 * (PANELS.len() - 1), "every panel but the cashier's line shows every code");
}

#[test]
fn a_panel_too_small_for_a_link_says_so_and_shows_the_amount() {
    let panel = panel::find("oled-128x64").expect("a panel of that name");
    let mut painter = Painter::new(*panel, Audience::Customer, Lang::En, sample::SHOP);
    let samples = sample::all(sample::EUR);
    let scan = samples.iter().find(|sample| sample.name == "scan").expect("a sample");
    let drawn = painter.draw(&scan.view, 0);
    let Code::TooLong(why) = &drawn.code else {
        panic!("no link fits 64 pixels");
    };
    assert!(why.to_string().contains("longest link that fits has 17 characters"), "{why}");
    assert!(drawn.texts.iter().any(|text| text.text == "€12.50"));
}

#[test]
fn no_text_leaves_its_frame_lies_over_another_or_is_cut_short() {
    let mut wrong = Vec::new();
    each_drawn(
        |_| true,
        |name, panel, drawn| {
            let frame = Rectangle::new(Point::zero(), Size::new(panel.width, panel.height));
            assert!(!drawn.texts.is_empty(), "{name} says nothing");
            for (index, text) in drawn.texts.iter().enumerate() {
                if text.area.intersection(&frame) != text.area {
                    wrong.push(format!("{name}: `{}` leaves the frame", text.text));
                }
                let bare = text.text.contains('-') && !text.text.contains(' ');
                let is_key = bare && text.text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                if is_key || text.text.contains("...") {
                    wrong.push(format!("{name}: `{}` is not all there", text.text));
                }
                for other in &drawn.texts[..index] {
                    if !text.area.intersection(&other.area).is_zero_sized() {
                        wrong.push(format!("{name}: `{}` lies over `{}`", text.text, other.text));
                    }
                }
            }
            if let Code::Shown(plan) = &drawn.code {
                let code = plan.area();
                let modules = code.offset(-(plan.quiet_zone() as i32));
                let is_light =
                    |at: Point| drawn.frame.pixel(at.x as u32, at.y as u32) == Some(RgbColor::WHITE);
                if !code.points().filter(|at| !modules.contains(*at)).all(is_light) {
                    wrong.push(format!("{name}: something leans into the code's quiet zone"));
                }
                for text in &drawn.texts {
                    if !text.area.intersection(&code).is_zero_sized() {
                        wrong.push(format!("{name}: `{}` lies over the code", text.text));
                    }
                }
            }
        },
    );
    assert!(wrong.is_empty(), "{} places\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_mono_frame_is_black_and_white() {
    each_drawn(
        |panel| panel.depth == Depth::Mono,
        |name, _, drawn| {
            let pure = |pixel: &_| [RgbColor::BLACK, RgbColor::WHITE].contains(pixel);
            assert!(drawn.frame.pixels().iter().all(pure), "{name}");
        },
    );
}

#[test]
fn the_same_view_is_the_same_frame_whatever_was_drawn_before() {
    for panel in PANELS {
        let mut used = painter(panel, Lang::De);
        let samples = sample::all(sample::EUR);
        for sample in &samples {
            used.draw(&sample.view, 60);
        }
        for sample in &samples {
            let fresh = painter(panel, Lang::De).draw(&sample.view, 60).frame;
            assert!(used.draw(&sample.view, 60).frame == fresh, "{} {}", panel.name, sample.name);
        }
    }
}

/// The first digit leaves another screen and is none of this. In every language on the small panels, and in those that
/// differ most on the large ones and where a customer's panel is a cashier's. What the paper really turns, and what the
/// buses really take, is held in `tests/epaper` and `tests/panels`.
#[test]
fn every_digit_after_the_first_changes_less_than_a_tenth_of_every_panel() {
    let langs = [Lang::En, Lang::De, Lang::Ar];
    let mut most = Vec::new();
    for panel in PANELS {
        let mut worst = (0.0, String::new());
        let other =
            (panel.width < 450 && Audience::of(panel) == Audience::Customer).then_some(Audience::Cashier);
        for audience in [Some(Audience::of(panel)), other].into_iter().flatten() {
            let all = panel.width < 450 && audience == Audience::of(panel);
            for lang in Lang::ALL.into_iter().filter(|lang| all || langs.contains(lang)) {
                let mut painter = Painter::new(*panel, audience, lang, sample::SHOP);
                for currency in ["EUR", "USD", "JPY", "KWD"] {
                    let currency = Currency::from_code(currency).expect("a known code");
                    for (amount, share) in shares_of_digits(panel, &mut painter, currency) {
                        if share > worst.0 {
                            worst = (share, format!("{amount} {lang} {audience:?}"));
                        }
                    }
                }
            }
        }
        println!("{:<16} a digit changes at most {} % of the frame: {}", panel.name, worst.0, worst.1);
        most.push((panel.name, worst));
    }
    assert!(most.iter().all(|(_, (share, _))| *share < 10.0), "{most:?}");
}

/// Percent of the frame that each digit more, and with it each digit less, changes: in the boxes that are sent, and on
/// paper, which is sent whole pictures, in the pixels that turn.
fn shares_of_digits(panel: &PanelSpec, painter: &mut Painter, currency: Currency) -> Vec<(Money, f64)> {
    let typed = [1, 12, 125, 1_250, 12_509, 125_098, 1_250_987, 12_509_876];
    let amounts = typed.map(|minor| Money::new(minor, currency));
    let frames = amounts.map(|amount| {
        let scene = Scene::Entering { amount, refused: None };
        let hints = view::hints(&scene, true, true);
        painter.draw(&View { scene, strip: None, missing: None, hints }, 0).frame
    });
    let is_paper = panel.name.starts_with("epd-");
    let share = |pair: &[Frame]| {
        let changed: u32 = match is_paper {
            false => pair[1].changes(&pair[0]).iter().map(area).sum(),
            true => {
                pair[1].pixels().iter().zip(pair[0].pixels()).map(|(new, old)| u32::from(new != old)).sum()
            }
        };
        f64::from(changed * 1000 / (panel.width * panel.height)) / 10.0
    };
    amounts[1..].iter().copied().zip(frames.windows(2).map(share)).collect()
}

fn area(one: &Rectangle) -> u32 {
    one.size.width * one.size.height
}
