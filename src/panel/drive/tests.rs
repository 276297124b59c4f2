//! The thread with a panel that does as the test says and tells everything it was asked for.

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::primitives::Rectangle;

use super::*;
use crate::port::pulse::Pulses;

const SOON: Waits = Waits { first: Duration::from_millis(1), most: Duration::from_millis(4) };
/// Long enough on the slowest machine; a test that needs it fails.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq)]
enum Deed {
    Opened,
    Shown(u32, Vec<Rectangle>),
    Lit(u8),
    Closed,
}

/// Does its `n`th deed only when told, and fails where it is told to.
struct Slate {
    deeds: mpsc::Sender<Deed>,
    orders: Arc<Mutex<mpsc::Receiver<bool>>>,
}

/// The test's end: what was done, and whether the next deed may succeed.
struct Hand {
    deeds: mpsc::Receiver<Deed>,
    orders: mpsc::Sender<bool>,
}

impl Slate {
    fn deed(&self, deed: Deed) -> Result<(), PanelFault> {
        let order = self.orders.lock().unwrap().recv();
        let _gone = self.deeds.send(deed);
        // A test that ended holds nobody up.
        if order.unwrap_or(true) {
            return Ok(());
        }
        Err(PanelFault { what: "the slate broke".into(), mend: "glue it".into() })
    }
}

impl Panel for Slate {
    fn show(&mut self, picture: &Picture, changed: &[Rectangle]) -> Result<(), PanelFault> {
        self.deed(Deed::Shown(ink(&picture.frame), changed.to_vec()))
    }

    fn light(&mut self, percent: u8) -> Result<(), PanelFault> {
        self.deed(Deed::Lit(percent))
    }

    fn close(&mut self) -> Result<(), PanelFault> {
        self.deed(Deed::Closed)
    }
}

fn start() -> (Drive, Hand) {
    start_with(Toil::default())
}

fn start_with(toil: Toil) -> (Drive, Hand) {
    let (deed, deeds) = mpsc::channel();
    let (order, orders) = mpsc::channel();
    let orders = Arc::new(Mutex::new(orders));
    let open = move || {
        let slate = Slate { deeds: deed.clone(), orders: Arc::clone(&orders) };
        slate.deed(Deed::Opened)?;
        Ok(Box::new(slate) as Box<dyn Panel>)
    };
    (Drive::start("slate", SOON, toil, open).unwrap(), Hand { deeds, orders: order })
}

impl Hand {
    /// Lets the next deed succeed, or fail, and tells what it was.
    fn order(&self, succeeds: bool) -> Deed {
        self.orders.send(succeeds).unwrap();
        self.deeds.recv_timeout(PATIENCE).unwrap()
    }
}

/// A picture with `ink` black pixels in its first row.
fn picture(ink: u32) -> Picture {
    let mut frame = Frame::new(40, 30, Rgb565::WHITE);
    let Ok(()) = frame.fill_solid(&row(0, ink), Rgb565::BLACK);
    Picture { frame: Arc::new(frame), code: false }
}

fn ink(frame: &Frame) -> u32 {
    frame.pixels().iter().filter(|pixel| **pixel == Rgb565::BLACK).count() as u32
}

fn row(from: u32, to: u32) -> Rectangle {
    Rectangle::new(Point::new(from as i32, 0), Size::new(to - from, 1))
}

fn whole() -> Vec<Rectangle> {
    vec![Rectangle::new(Point::zero(), Size::new(40, 30))]
}

/// Waits until the panel's presence is such.
fn until(drive: &Drive, is: impl FnMut(&Presence) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut present = drive.present();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, present.wait_for(is)).await.unwrap().unwrap() });
}

#[test]
fn the_newest_picture_wins_and_only_what_differs_is_sent() {
    let (drive, hand) = start();
    assert_eq!(hand.order(true), Deed::Opened);
    let glass = drive.glass();
    glass.show(picture(2));
    assert_eq!(hand.order(true), Deed::Shown(2, whole()));
    // The first of these is taken up, or the second before it was; whichever it is, the last one comes.
    for ink in 3..=9 {
        glass.show(picture(ink));
    }
    let mut shown = 2;
    while shown < 9 {
        let Deed::Shown(next, changed) = hand.order(true) else { panic!("only pictures were wished") };
        assert!(next == 9 || shown == 2, "{next} after {shown}");
        assert_eq!(changed, [row(shown, next)]);
        shown = next;
    }
    assert_eq!(*drive.present().borrow(), Presence::There);
}

#[test]
fn a_picture_that_is_shown_already_and_a_light_that_is_so_already_cost_nothing() {
    let (drive, hand) = start();
    hand.order(true);
    drive.glass().show(picture(2));
    hand.order(true);
    drive.glass().light(40);
    assert_eq!(hand.order(true), Deed::Lit(40));
    drive.glass().show(picture(2));
    drive.glass().light(40);
    drive.glass().light(100);
    assert_eq!(hand.order(true), Deed::Lit(100));
}

#[test]
fn after_a_fault_it_is_opened_anew_drawn_wholly_and_lit_as_before() {
    let (drive, hand) = start();
    hand.order(true);
    drive.glass().show(picture(2));
    hand.order(true);
    drive.glass().light(40);
    hand.order(true);
    until(&drive, |presence| *presence == Presence::There);
    drive.glass().show(picture(3));
    assert_eq!(hand.order(false), Deed::Shown(3, vec![row(2, 3)]));
    until(&drive, |presence| matches!(presence, Presence::Gone(fault) if fault.mend == "glue it"));
    // Gone for several tries.
    for _ in 0..5 {
        assert_eq!(hand.order(false), Deed::Opened);
    }
    assert_eq!(hand.order(true), Deed::Opened);
    assert_eq!(hand.order(true), Deed::Shown(3, whole()));
    assert_eq!(hand.order(true), Deed::Lit(40));
    until(&drive, |presence| *presence == Presence::There);
}

#[test]
fn at_the_end_the_last_picture_is_on_it_before_it_is_closed() {
    let (drive, hand) = start();
    hand.order(true);
    drive.glass().show(picture(5));
    hand.order(true);
    drive.glass().show(picture(1));
    for _ in 0..2 {
        hand.orders.send(true).unwrap();
    }
    assert!(drive.close(PATIENCE));
    let deeds: Vec<_> = hand.deeds.iter().collect();
    assert_eq!(deeds, [Deed::Shown(1, vec![row(1, 5)]), Deed::Closed]);
}

#[test]
fn a_panel_that_is_gone_at_the_end_is_tried_once_more_and_not_waited_for() {
    let (drive, hand) = start();
    drive.glass().show(picture(1));
    assert_eq!(hand.order(false), Deed::Opened);
    until(&drive, |presence| matches!(presence, Presence::Gone(_)));
    let ended = thread::spawn(move || drive.close(PATIENCE));
    // It is at most one try before the end was told, and the last one.
    for _ in 0..8 {
        let _ended = hand.orders.send(false);
    }
    assert!(!ended.join().unwrap());
}

#[test]
fn a_panel_that_hangs_does_not_hold_up_the_end() {
    let (drive, hand) = start();
    hand.order(true);
    drive.glass().show(picture(1));
    assert!(!drive.close(Duration::from_millis(50)));
}

#[test]
fn a_panel_that_hangs_in_any_call_is_seen_and_one_that_is_slow_or_rests_is_not() {
    let mut pulses = Pulses::default();
    let toil = pulses.of_thread("slate", Duration::from_secs(60));
    let (drive, hand) = start_with(toil);
    let mut look = || pulses.look(Duration::from_secs(15));
    let wait = |look: &mut dyn FnMut() -> Vec<&'static str>, wanted: bool| {
        let seen = (0..1_000_000).any(|_| {
            thread::yield_now();
            look().is_empty() == wanted
        });
        assert!(seen, "never: {wanted}");
    };
    // The slate hangs in each call until it is told to go on; four looks are a slow refresh.
    let mut slow_then_hanging = |hand: &Hand, deed: Deed| {
        // It may not have left the last call yet.
        wait(&mut look, true);
        for _ in 0..4 {
            assert!(look().is_empty(), "{deed:?} may take its time");
        }
        wait(&mut look, false);
        assert_eq!(look(), ["slate"]);
        assert_eq!(hand.order(true), deed);
    };
    slow_then_hanging(&hand, Deed::Opened);
    until(&drive, |presence| *presence == Presence::There);
    drive.glass().show(picture(2));
    slow_then_hanging(&hand, Deed::Shown(2, whole()));
    drive.glass().light(40);
    slow_then_hanging(&hand, Deed::Lit(40));
    let closing = thread::spawn(move || drive.close(PATIENCE));
    slow_then_hanging(&hand, Deed::Closed);
    assert!(closing.join().unwrap());
    for _ in 0..9 {
        assert!(look().is_empty(), "at its end it rests");
    }
}

/// Asks to be tended again at once, some times.
struct Restless {
    left: u32,
    tended: mpsc::Sender<u32>,
}

impl Panel for Restless {
    fn show(&mut self, _picture: &Picture, _changed: &[Rectangle]) -> Result<(), PanelFault> {
        self.left = 2;
        Ok(())
    }

    fn light(&mut self, _percent: u8) -> Result<(), PanelFault> {
        Ok(())
    }

    fn tend(&mut self) -> Result<Option<Duration>, PanelFault> {
        let _gone = self.tended.send(self.left);
        self.left = self.left.saturating_sub(1);
        Ok((self.left > 0).then_some(Duration::from_millis(1)))
    }
}

#[test]
fn a_panel_is_tended_when_it_asked_for_it_and_after_every_picture() {
    let (tell, tended) = mpsc::channel();
    let open = move || Ok(Box::new(Restless { left: 3, tended: tell.clone() }) as Box<dyn Panel>);
    let drive = Drive::start("restless", SOON, Toil::default(), open).unwrap();
    let next = || tended.recv_timeout(PATIENCE).unwrap();
    assert_eq!([next(), next(), next()], [3, 2, 1]);
    assert!(tended.recv_timeout(Duration::from_millis(50)).is_err(), "nobody asked for this one");
    drive.glass().show(picture(2));
    assert_eq!([next(), next()], [2, 1]);
}
