//! Framebuffers in a machine made of files: the picture is rebuilt from the bytes as the hardware would show them.

use std::sync::Arc;

use embedded_graphics::pixelcolor::Rgb565;

use super::*;
use crate::port::panel::Frame;

/// A machine with one framebuffer, whose folder is made of these files.
struct Bench {
    folder: tempfile::TempDir,
    bits: u32,
    stride: usize,
    size: (u32, u32),
}

impl Bench {
    /// `size` is what is visible, `padding` are bytes behind each row, `pages` how often the size is in memory.
    fn new(size: (u32, u32), bits: u32, padding: usize, pages: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stride = size.0 as usize * bits as usize / 8 + padding;
        let bench = Self { folder, bits, stride, size };
        let rows = size.1 * pages;
        for (name, text) in [
            ("virtual_size", format!("{},{rows}", size.0)),
            ("bits_per_pixel", bits.to_string()),
            ("stride", stride.to_string()),
            ("name", "vc4drmfb".to_owned()),
            ("mode", format!("U:{}x{}p-60", size.0, size.1)),
            ("pan", "0,0".to_owned()),
            ("blank", String::new()),
        ] {
            bench.put(&format!("sys/class/graphics/fb0/{name}"), format!("{text}\n").as_bytes());
        }
        bench.put("dev/fb0", &vec![0x55; stride * rows as usize]);
        bench.put("sys/class/vtconsole/vtcon1/name", b"(M) frame buffer device\n");
        bench.put("sys/class/vtconsole/vtcon1/bind", b"1\n");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    fn told(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap().trim().to_owned()
    }

    fn options(&self, rotation: Turn) -> Options {
        let machine = Machine { sys: self.path("sys"), tty: self.path("dev/tty0"), run: self.path("run") };
        Options { device: self.path("dev/fb0"), rotation, bgr: false, backlight_dir: None, machine }
    }

    /// What a person sees, upright: the visible page's pixels turned back. Colours are as the frame had them.
    fn seen(&self, rotation: Turn) -> Frame {
        let memory = fs::read(self.path("dev/fb0")).unwrap();
        let pan = self.told("sys/class/graphics/fb0/pan");
        let top: usize = pan.split_once(',').unwrap().1.parse().unwrap();
        let (width, height) = self.size;
        let pixel = |x: u32, y: u32| {
            let at = (top + y as usize) * self.stride + x as usize * self.bits as usize / 8;
            if self.bits == 16 {
                let value = u16::from_le_bytes([memory[at], memory[at + 1]]);
                return Rgb565::new((value >> 11) as u8, (value >> 5 & 63) as u8, (value & 31) as u8);
            }
            Rgb565::new(memory[at + 2] >> 3, memory[at + 1] >> 2, memory[at] >> 3)
        };
        let (w, h) = rotation.upright(width, height);
        let mut frame = Frame::new(w, h, Rgb565::BLACK);
        let shown = frame.bounding_box().points().map(|at| {
            let (x, y) = (at.x as u32, at.y as u32);
            let (column, row) = match rotation {
                Turn::None => (x, y),
                Turn::Right => (width - 1 - y, x),
                Turn::Half => (width - 1 - x, height - 1 - y),
                Turn::Left => (y, height - 1 - x),
            };
            Pixel(at, pixel(column, row))
        });
        frame.draw_iter(shown.collect::<Vec<_>>()).unwrap();
        frame
    }

    /// Bytes behind the rows, which are nobody's.
    fn padding_is_untouched(&self) -> bool {
        let memory = fs::read(self.path("dev/fb0")).unwrap();
        let used = self.size.0 as usize * self.bits as usize / 8;
        memory.chunks_exact(self.stride).all(|row| row[used..].iter().all(|byte| *byte == 0x55))
    }
}

/// A frame whose pixels all differ from their neighbours; `seed` chooses which.
fn motley(spec: &PanelSpec, seed: u32) -> Frame {
    let mut frame = Frame::new(spec.width, spec.height, Rgb565::BLACK);
    let pixels = frame.bounding_box().points().map(|at| {
        let mixed = (at.x as u32).wrapping_mul(2_654_435_761) ^ (at.y as u32 + seed).wrapping_mul(40_503);
        Pixel(at, Rgb565::new((mixed >> 3 & 31) as u8, (mixed >> 9 & 63) as u8, (mixed >> 17 & 31) as u8))
    });
    frame.draw_iter(pixels.collect::<Vec<_>>()).unwrap();
    frame
}

fn show(panel: &mut dyn Panel, frame: &Frame, before: Option<&Frame>) {
    let changed = before.map_or_else(|| vec![frame.bounding_box()], |before| frame.changes(before));
    let picture = Picture { frame: Arc::new(frame.clone()), code: false };
    panel.show(&picture, &changed).unwrap();
}

#[test]
fn the_picture_is_what_a_person_sees_whatever_the_memory_is_like() {
    for (bits, padding, pages) in [(16, 0, 1), (16, 6, 2), (32, 0, 2), (32, 64, 1)] {
        for rotation in [Turn::None, Turn::Right, Turn::Half, Turn::Left] {
            let bench = Bench::new((67, 41), bits, padding, pages);
            let options = bench.options(rotation);
            let spec = measure(&options, None).unwrap();
            assert_eq!((spec.width, spec.height), rotation.upright(67, 41));
            let mut panel = open(&options, &spec).unwrap();
            let mut before = None;
            for seed in 0..4 {
                let frame = motley(&spec, seed);
                show(&mut *panel, &frame, before.as_ref());
                let place = format!("{bits} bits, {rotation:?}, {pages} pages, picture {seed}");
                assert!(bench.seen(rotation) == frame, "{place}");
                // A small change, and the page before last must have it too.
                let mut next = frame.clone();
                next.fill_solid(&Rectangle::new(Point::new(3, 5), Size::new(9, 4)), Rgb565::RED).unwrap();
                show(&mut *panel, &next, Some(&frame));
                assert!(bench.seen(rotation) == next, "{place}, changed");
                before = Some(next);
            }
            assert!(bench.padding_is_untouched());
        }
    }
}

#[test]
fn only_what_changed_is_written() {
    let bench = Bench::new((40, 30), 32, 0, 1);
    let options = bench.options(Turn::None);
    let spec = measure(&options, None).unwrap();
    let mut panel = open(&options, &spec).unwrap();
    let first = motley(&spec, 1);
    show(&mut *panel, &first, None);
    // Whoever else wrote there in the meantime keeps it, outside of the box that changes.
    fs::write(bench.path("dev/fb0"), vec![0; 40 * 30 * 4]).unwrap();
    let mut next = first.clone();
    next.fill_solid(&Rectangle::new(Point::new(10, 10), Size::new(2, 3)), Rgb565::WHITE).unwrap();
    show(&mut *panel, &next, Some(&first));
    let lit = bench.seen(Turn::None).pixels().iter().filter(|pixel| **pixel != Rgb565::BLACK).count();
    assert_eq!(lit, 6);
}

#[test]
fn a_frame_smaller_than_the_screen_is_enlarged_and_in_the_middle_of_black() {
    let bench = Bench::new((101, 83), 16, 2, 1);
    let spec = PanelSpec { name: "small", width: 30, height: 20, ..crate::port::panel::PANELS[0] };
    let mut panel = open(&bench.options(Turn::None), &spec).unwrap();
    let frame = motley(&spec, 3);
    show(&mut *panel, &frame, None);
    let seen = bench.seen(Turn::None);
    for at in seen.bounding_box().points() {
        let (x, y) = (at.x - (101 - 90) / 2, at.y - (83 - 60) / 2);
        let inside = x >= 0 && y >= 0;
        let expected = inside.then(|| frame.pixel(x as u32 / 3, y as u32 / 3)).flatten();
        assert_eq!(seen.pixel(at.x as u32, at.y as u32), Some(expected.unwrap_or(Rgb565::BLACK)), "{at}");
    }
}

#[test]
fn with_room_for_two_pages_the_visible_one_is_never_drawn_on() {
    let bench = Bench::new((20, 10), 16, 0, 2);
    let options = bench.options(Turn::None);
    let spec = measure(&options, None).unwrap();
    let mut panel = open(&options, &spec).unwrap();
    let first = motley(&spec, 1);
    show(&mut *panel, &first, None);
    assert_eq!(bench.told("sys/class/graphics/fb0/pan"), "0,10");
    show(&mut *panel, &motley(&spec, 2), Some(&first));
    assert_eq!(bench.told("sys/class/graphics/fb0/pan"), "0,0");
    // The page behind still has the picture of before.
    bench.put("sys/class/graphics/fb0/pan", b"0,10\n");
    assert!(bench.seen(Turn::None) == first);
}

#[test]
fn the_console_the_light_and_the_page_are_put_back() {
    let bench = Bench::new((20, 10), 16, 0, 2);
    bench.put("sys/class/backlight/10-0045/max_brightness", b"200\n");
    bench.put("sys/class/backlight/10-0045/brightness", b"80\n");
    let options = bench.options(Turn::None);
    let spec = measure(&options, None).unwrap();
    let mut panel = open(&options, &spec).unwrap();
    show(&mut *panel, &motley(&spec, 1), None);
    panel.light(50).unwrap();
    let bind = "sys/class/vtconsole/vtcon1/bind";
    let light = "sys/class/backlight/10-0045/brightness";
    assert_eq!((bench.told(bind), bench.told(light)), ("0".into(), "100".into()));
    panel.close().unwrap();
    assert_eq!((bench.told(bind), bench.told(light)), ("1".into(), "80".into()));
    assert_eq!(bench.told("sys/class/graphics/fb0/pan"), "0,0");
}

#[test]
fn a_console_that_comes_later_is_taken_off_and_painted_over() {
    let bench = Bench::new((20, 10), 16, 0, 2);
    let bind = "sys/class/vtconsole/vtcon1/bind";
    // As while the machine starts: the kernel has given the framebuffers no console yet.
    fs::remove_dir_all(bench.path("sys/class/vtconsole")).unwrap();
    let options = bench.options(Turn::None);
    let spec = measure(&options, None).unwrap();
    let mut panel = open(&options, &spec).unwrap();
    let frame = motley(&spec, 1);
    show(&mut *panel, &frame, None);
    let looks: Vec<_> = (0..7).map(|_| panel.tend().unwrap().unwrap().as_millis()).collect();
    assert_eq!(looks, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    bench.put("sys/class/vtconsole/vtcon1/name", b"(M) frame buffer device\n");
    bench.put(bind, b"1\n");
    bench.put("dev/fb0", &[0x77; 20 * 2 * 20]);
    panel.tend().unwrap();
    assert_eq!(bench.told(bind), "0");
    assert!(bench.seen(Turn::None) == frame);
    panel.close().unwrap();
    assert_eq!(bench.told(bind), "1");
}

#[test]
fn without_a_light_dark_is_the_screens_power() {
    let bench = Bench::new((20, 10), 16, 0, 1);
    let options = bench.options(Turn::None);
    let mut panel = open(&options, &measure(&options, None).unwrap()).unwrap();
    let blank = "sys/class/graphics/fb0/blank";
    assert_eq!(bench.told(blank), "0");
    panel.light(0).unwrap();
    assert_eq!(bench.told(blank), "4");
    panel.light(10).unwrap();
    assert_eq!(bench.told(blank), "0");
}

#[test]
fn what_is_missing_or_does_not_fit_says_how_to_mend_it() {
    let wrong = |change: &dyn Fn(&Bench, &mut Options)| {
        let bench = Bench::new((320, 240), 32, 0, 1);
        let mut options = bench.options(Turn::None);
        change(&bench, &mut options);
        let spec = crate::port::panel::PANELS[1];
        open(&options, &spec).err().unwrap().to_string()
    };
    let fault = wrong(&|bench, options| options.device = bench.path("dev/fb7"));
    assert!(fault.contains("no screen at") && fault.contains("ls /dev/fb*"), "{fault}");
    let fault = wrong(&|bench, _| fs::remove_file(bench.path("dev/fb0")).unwrap());
    assert!(fault.contains("plug the screen in"), "{fault}");
    let fault = wrong(&|bench, _| bench.put("sys/class/graphics/fb0/bits_per_pixel", b"24"));
    assert!(fault.contains("24 bits") && fault.contains("fbset -depth 32"), "{fault}");
    let fault = wrong(&|bench, _| bench.put("sys/class/graphics/fb0/stride", b"100"));
    assert!(fault.contains("contradict"), "{fault}");
    let fault = wrong(&|_, options| options.rotation = Turn::Right);
    assert!(fault.contains("320x240, too small for tft-320x240") && fault.contains("\"auto\""), "{fault}");
    let fault = wrong(&|bench, options| options.backlight_dir = Some(bench.path("none")));
    assert!(fault.contains("ls /sys/class/backlight"), "{fault}");
    let denied = not_opened(Path::new("/dev/fb0"), &io::ErrorKind::PermissionDenied.into()).to_string();
    assert!(denied.contains("sudo usermod -aG video qrtill"), "{denied}");
}

#[test]
fn the_visible_part_is_the_modes_and_the_whole_where_no_mode_is_told() {
    let read = |bench: &Bench| Geometry::read(&bench.path("sys/class/graphics/fb0")).unwrap();
    let bench = Bench::new((64, 48), 32, 0, 2);
    assert_eq!((read(&bench).visible, read(&bench).rows), ((64, 48), 96));
    bench.put("sys/class/graphics/fb0/mode", b"\n");
    bench.put("sys/class/graphics/fb0/modes", b"U:32x40p-0\nU:64x48p-0\n");
    assert_eq!(read(&bench).visible, (32, 40));
    bench.put("sys/class/graphics/fb0/modes", b"");
    assert_eq!(read(&bench).visible, (64, 96));
    assert_eq!(read(&bench).driver, "vc4drmfb");
}
