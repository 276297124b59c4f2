//! A counter on a framebuffer, from the kernel's files to a code that a phone reads off the bytes, on screens of
//! sizes that nobody listed.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use embedded_graphics::prelude::*;

use qrtill::panel::Turn;
use qrtill::panel::framebuffer;
use qrtill::panel::framebuffer::Machine;
use qrtill::panel::framebuffer::Options;
use qrtill::port::panel::Frame;
use qrtill::port::panel::Picture;
use qrtill::ui::Audience;
use qrtill::ui::Code;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;
use qrtill::ui::sample;
use qrtill::ui::test_card::TEXT;
use qrtill::ui::test_card::TestCard;
use qrtill::ui::test_card::Told;

/// A code, none, another code, none: no trace of one may stay.
const SHOWN: [&str; 4] = ["idle-standing", "entering", "scan", "paid"];
/// Bytes behind each row.
const PADDING: u32 = 32;

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("a file")).expect("a file");
    fs::write(file, bytes).expect("a file");
}

/// A machine with a screen of this size.
fn machine(folder: &Path, (width, height): (u32, u32), bits: u32) -> u32 {
    let stride = width * bits / 8 + PADDING;
    for (name, text) in [
        ("virtual_size", format!("{width},{height}")),
        ("bits_per_pixel", bits.to_string()),
        ("stride", stride.to_string()),
        ("mode", format!("U:{width}x{height}p-60")),
        ("pan", "0,0".to_owned()),
    ] {
        put(folder, &format!("sys/class/graphics/fb0/{name}"), text.as_bytes());
    }
    put(folder, "dev/fb0", &vec![0; (stride * height) as usize]);
    stride
}

fn places(folder: &Path) -> Machine {
    Machine { sys: folder.join("sys"), tty: folder.join("tty0"), run: folder.join("run") }
}

/// What a phone reads off the screen, however it holds it.
fn read(memory: &[u8], (width, height): (u32, u32), bits: u32, stride: u32) -> Option<String> {
    let light = |x: usize, y: usize| {
        let at = y * stride as usize + x * bits as usize / 8;
        // Green: six bits across the two bytes, or the second byte of four.
        if bits == 32 { memory[at + 1] } else { memory[at + 1] << 5 | memory[at] >> 3 & 0x1c }
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, light);
    image.detect_grids().first().and_then(|grid| grid.decode().ok()).map(|(_, text)| text)
}

#[test]
fn a_phone_reads_the_code_off_the_memory_of_any_screen() {
    let screens = [(480, 320), (320, 480), (800, 480), (1024, 600), (720, 1280), (1920, 1080)];
    for (turn, size) in [Turn::None, Turn::Right, Turn::Half, Turn::Left].into_iter().cycle().zip(screens) {
        for bits in [16, 32].into_iter().filter(|bits| *bits == 32 || size.0 < 1000) {
            let folder = tempfile::tempdir().expect("a folder");
            let stride = machine(folder.path(), size, bits);
            let options = Options {
                device: folder.path().join("dev/fb0"),
                rotation: turn,
                bgr: false,
                backlight_dir: None,
                machine: places(folder.path()),
            };
            let spec = framebuffer::measure(&options, None).expect("it works");
            let mut painter = Painter::new(spec, Audience::Customer, Lang::En, sample::SHOP);
            let mut panel = framebuffer::open(&options, &spec).expect("opened");
            let mut before: Option<Arc<Frame>> = None;
            let mut codes = 0;
            for sample in sample::all(sample::EUR).into_iter().filter(|sample| SHOWN.contains(&sample.name)) {
                let drawn = painter.draw(&sample.view, 0);
                let frame = Arc::new(drawn.frame);
                let changed = match &before {
                    Some(before) => frame.changes(before),
                    None => vec![frame.bounding_box()],
                };
                panel.show(&Picture { frame: Arc::clone(&frame), code: false }, &changed).expect("shown");
                before = Some(frame);
                let memory = fs::read(&options.device).expect("a file");
                let seen = read(&memory, size, bits, stride);
                let expected = sample.view.scene.code().filter(|_| matches!(drawn.code, Code::Shown(_)));
                codes += u32::from(expected.is_some());
                assert_eq!(seen.as_deref(), expected, "{} on {size:?}, {bits} bits, {turn:?}", sample.name);
            }
            assert_eq!(codes, 2);
            let mut card = TestCard::new(spec);
            let read_pages = (0..card.pages()).filter(|page| {
                let frame = Arc::new(card.draw(*page, &Told::default()).frame);
                let whole = [frame.bounding_box()];
                panel.show(&Picture { frame, code: false }, &whole).expect("shown");
                let memory = fs::read(&options.device).expect("a file");
                read(&memory, size, bits, stride).as_deref() == Some(TEXT)
            });
            assert_eq!(read_pages.count(), 1, "{size:?}, {bits} bits, {turn:?}");
        }
    }
}

#[test]
fn a_console_that_a_killed_terminal_took_off_is_put_back_by_who_takes_its_picture_off() {
    let folder = tempfile::tempdir().expect("a folder");
    machine(folder.path(), (800, 480), 32);
    let console = "sys/class/vtconsole/vtcon1";
    put(folder.path(), &format!("{console}/name"), b"(M) frame buffer device\n");
    put(folder.path(), &format!("{console}/bind"), b"1\n");
    fs::create_dir(folder.path().join("run")).expect("a folder");
    let bound = || fs::read_to_string(folder.path().join(console).join("bind")).expect("a file");
    let options = Options {
        device: folder.path().join("dev/fb0"),
        rotation: Turn::None,
        bgr: false,
        backlight_dir: None,
        machine: places(folder.path()),
    };
    let spec = framebuffer::measure(&options, None).expect("it works");
    let terminal = framebuffer::open(&options, &spec).expect("opened");
    assert_eq!(bound().trim(), "0");
    // Nothing of a killed process runs any more.
    std::mem::forget(terminal);
    let mut blank = framebuffer::open(&options, &spec).expect("opened");
    assert_eq!(bound().trim(), "0");
    blank.close().expect("closed");
    assert_eq!(bound().trim(), "1");
}
