//! From a key to the pixels that change: core, painter and damage, for every panel. No disk, no bus.
//!
//! ```sh
//! cargo bench --bench draw [-- --rounds 200 --json]
//! ```

mod support;

use std::time::Duration;

use qrtill::core::event::Effect;
use qrtill::core::event::Event;
use qrtill::core::key::Key;
use qrtill::core::message::Heartbeat;
use qrtill::core::message::Synced;
use qrtill::core::message::Word;
use qrtill::core::moment::Moment;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::scene::Hint;
use qrtill::core::scene::Scene;
use qrtill::core::scene::View;
use qrtill::core::settings::Settings;
use qrtill::core::terminal::Terminal;
use qrtill::port::panel::Frame;
use qrtill::port::panel::PANELS;
use qrtill::port::panel::PanelSpec;
use qrtill::ui::Audience;
use qrtill::ui::Code;
use qrtill::ui::Drawn;
use qrtill::ui::Painter;
use qrtill::ui::check_code;
use qrtill::ui::lang::Lang;
use support::Args;
use support::Table;
use support::Times;

const ENTRY: [Key; 4] = [Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0)];

fn main() {
    let args = Args::read(&["rounds"]);
    let rounds = args.number("rounds", 200);
    let mut keys = Table::new(
        "A key: core, drawing and damage. B: the boxes that the first and each next digit change, at two bytes a pixel",
        &["cold ms", "key us", "key p99 us", "first B", "next B", "next %", "most %"],
    );
    let mut codes = Table::new(
        "A code: drawn for a new link, drawn again for the next second, and read back as a phone would",
        &["new ms", "again ms", "check ms", "second B", "modules"],
    );
    for panel in PANELS {
        keys.row(panel.name, measure_keys(*panel, rounds));
        codes.row(panel.name, measure_codes(*panel, rounds.min(100)));
    }
    support::print("draw", &args, &[keys, codes]);
}

/// A counter at idle that nothing but its keys changes.
struct Counter {
    core: Terminal,
    painter: Painter,
    now: Moment,
    shown: Frame,
}

fn painter(panel: PanelSpec) -> Painter {
    Painter::new(panel, Audience::of(&panel), Lang::En, "Corner Bakery")
}

impl Counter {
    /// With the time its first frame took.
    fn open(panel: PanelSpec) -> (Self, Duration) {
        let now = Moment { mono: Duration::from_secs(1), unix_ms: 1_795_183_320_000 };
        let mut core = Terminal::resume(Settings::example(), "journal".into(), [], now);
        core.handle(Event::Up { nonce: "nonce".into() }, now);
        let (start, stream) = ("start".to_owned(), "stream".to_owned());
        let beat = Heartbeat {
            count: 1,
            start: start.clone(),
            stream: stream.clone(),
            serving: true,
            silent: Vec::new(),
        };
        let synced = Synced {
            nonce: "nonce".into(),
            start,
            stream,
            system: "stripe".into(),
            standing: None,
            upto: 0,
            open: Vec::new(),
        };
        for word in [Word::Synced(synced), Word::Heartbeat(beat)] {
            core.handle(Event::Word { id: "document".into(), word }, now);
        }
        assert!(core.deaf(now).is_none(), "the counter is armed");
        let view = core.view().expect("a view").clone();
        let began = support::now();
        let mut painter = painter(panel);
        let shown = painter.draw(&view, 0).frame;
        let cold = began.elapsed();
        while core.poll_effect().is_some() {}
        (Self { core, painter, now, shown }, cold)
    }

    /// The time a key takes until its damage is known, and the bytes to send.
    fn press(&mut self, key: Key) -> (Duration, u64) {
        // So little that the relay's last heartbeat lasts for all rounds.
        self.now = self.now.plus(Duration::from_millis(1));
        let began = support::now();
        self.core.handle(Event::Key { key, random: 1 }, self.now);
        let mut bytes = 0;
        while let Some(effect) = self.core.poll_effect() {
            let Effect::Show(view) = effect else { continue };
            let frame = self.painter.draw(&view, 0).frame;
            bytes += damage(&frame, &self.shown);
            self.shown = frame;
        }
        (began.elapsed(), bytes)
    }
}

/// Bytes of the boxes that hold everything that differs, as panels are sent them.
fn damage(frame: &Frame, shown: &Frame) -> u64 {
    let boxes = frame.changes(shown);
    boxes.iter().map(|area| 2 * u64::from(area.size.width) * u64::from(area.size.height)).sum()
}

fn measure_keys(panel: PanelSpec, rounds: u64) -> Vec<Option<f64>> {
    let cold = (0..5).map(|_| Counter::open(panel).1).collect();
    let (mut counter, _) = Counter::open(panel);
    let (mut times, mut first, mut next) = (Vec::new(), 0, Vec::new());
    for _ in 0..rounds.div_ceil(4) {
        for (index, key) in ENTRY.into_iter().enumerate() {
            let (time, bytes) = counter.press(key);
            times.push(time);
            if index == 0 {
                first = bytes;
            } else {
                next.push(bytes as f64);
            }
        }
        counter.press(Key::Cancel);
        assert!(matches!(counter.core.view().map(|view| &view.scene), Some(Scene::Idle { .. })));
    }
    let whole = 2.0 * f64::from(panel.width) * f64::from(panel.height);
    let times = Times::new(times);
    next.sort_unstable_by(f64::total_cmp);
    let (usual, most) = (next[next.len() / 2], next[next.len() - 1]);
    let share = |bytes: f64| 100.0 * bytes / whole;
    let cold = Times::new(cold).ms(50);
    let figures = [cold, times.us(50), times.us(99), first as f64, usual, share(usual), share(most)];
    figures.map(Some).into()
}

fn scan(link: u64, left_s: u32) -> (String, View) {
    let url = format!("https://buy.stripe.com/14A5kE3hX8Zb2Wc7sM{link:06}");
    let amount = Money::new(1250, Currency::from_code("EUR").expect("a known code"));
    let scene = Scene::Scan { amount, url: url.clone(), left_s: Some(left_s), declined: false };
    (url, View { scene, strip: None, missing: None, hints: vec![Hint::CancelSale] })
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let began = support::now();
    let done = act();
    (done, began.elapsed())
}

fn measure_codes(panel: PanelSpec, rounds: u64) -> Vec<Option<f64>> {
    let mut painter = painter(panel);
    let (mut new, mut again, mut check) = (Vec::new(), Vec::new(), Vec::new());
    let (mut second, mut modules) = (0, None);
    for round in 0..rounds {
        let (url, view) = scan(round, 25);
        let (first, time) = timed(|| painter.draw(&view, 0));
        new.push(time);
        let (_, next) = scan(round, 24);
        let (drawn, time) = timed(|| painter.draw(&next, 0));
        again.push(time);
        second = damage(&drawn.frame, &first.frame).max(second);
        if let Drawn { code: Code::Shown(plan), frame, .. } = &drawn {
            modules = Some(f64::from(plan.modules));
            let (same, time) = timed(|| check_code(frame, &url));
            assert!(same, "{}: the code reads back", panel.name);
            check.push(time);
        }
    }
    let check = (!check.is_empty()).then(|| Times::new(check).ms(50));
    vec![Some(Times::new(new).ms(50)), Some(Times::new(again).ms(50)), check, Some(second as f64), modules]
}
