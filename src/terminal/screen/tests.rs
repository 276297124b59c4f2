//! A panel that tells what it was asked for, behind a counter that the test plays.

use std::sync::mpsc;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;

use super::*;
use crate::panel::drive::Waits;
use crate::port::panel::Frame;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::pulse::Toil;
use crate::terminal::State;
use crate::terminal::flash::tests::snapshot;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq)]
enum Deed {
    Shown(Rgb565),
    Lit(u8),
}

struct Teller(mpsc::Sender<Deed>);

impl Panel for Teller {
    fn show(&mut self, picture: &Picture, _changed: &[Rectangle]) -> Result<(), PanelFault> {
        let _gone = self.0.send(Deed::Shown(picture.frame.pixel(0, 0).unwrap()));
        Ok(())
    }

    fn light(&mut self, percent: u8) -> Result<(), PanelFault> {
        let _gone = self.0.send(Deed::Lit(percent));
        Ok(())
    }
}

struct Counter {
    snapshots: watch::Sender<Option<Snapshot>>,
    touched: watch::Sender<u64>,
    deeds: mpsc::Receiver<Deed>,
    screen: Screen,
}

/// What is there before anything is shown is not; after so many milliseconds a panel is dimmed.
fn counter(side: Side, dim_after_ms: u64) -> Counter {
    let (deed, deeds) = mpsc::channel();
    let open = move || Ok(Box::new(Teller(deed.clone())) as Box<dyn Panel>);
    let drive = Drive::start(side.name(), Waits::default(), Toil::default(), open).unwrap();
    let (snapshots, touched) = (watch::Sender::new(None), watch::Sender::new(0));
    let light = Light {
        bright: 80,
        dim: 10,
        dim_after: Duration::from_millis(dim_after_ms),
        dark_after: Duration::ZERO,
    };
    let around = Surroundings { snapshots: snapshots.subscribe(), touches: touched.subscribe(), light };
    Counter { snapshots, touched, deeds, screen: Screen::start(drive, side, false, around) }
}

impl Counter {
    fn show(&self, customer: Rgb565, cashier: Rgb565, url: Option<&str>) {
        let plain = |ink| Arc::new(Frame::new(4, 4, ink));
        let state = State { scene: "idle", url: url.map(str::to_owned), ..snapshot().state };
        let (frame, cashier) = (plain(customer), Some(plain(cashier)));
        let snapshot = Snapshot { state, frame, cashier, code_until: None, sound: (0, None) };
        self.snapshots.send_replace(Some(snapshot));
    }

    /// The next deed, without holding up those who make for it.
    async fn next(&mut self) -> Deed {
        let began = tokio::time::Instant::now();
        loop {
            match self.deeds.try_recv() {
                Ok(deed) => return deed,
                Err(_) => tokio::task::yield_now().await,
            }
            assert!(began.elapsed() < PATIENCE, "nothing more is done");
        }
    }
}

#[tokio::test]
async fn each_side_shows_its_own_picture_and_the_last_one_before_the_end() {
    for (side, first, last) in
        [(Side::Customer, Rgb565::RED, Rgb565::GREEN), (Side::Cashier, Rgb565::BLUE, Rgb565::WHITE)]
    {
        let mut counter = counter(side, 0);
        counter.show(Rgb565::RED, Rgb565::BLUE, None);
        let mut deeds = vec![counter.next().await, counter.next().await];
        // The light of before the first picture is that of after it.
        deeds.sort_unstable_by_key(|deed| matches!(deed, Deed::Lit(_)));
        assert_eq!(deeds, [Deed::Shown(first), Deed::Lit(80)]);
        counter.show(Rgb565::GREEN, Rgb565::WHITE, None);
        drop(counter.snapshots);
        counter.screen.close().await;
        assert_eq!(counter.deeds.iter().collect::<Vec<_>>(), [Deed::Shown(last)]);
    }
}

#[tokio::test]
async fn it_dims_by_itself_and_a_key_or_a_new_picture_lights_it() {
    let mut counter = counter(Side::Customer, 30);
    counter.show(Rgb565::RED, Rgb565::BLUE, None);
    while counter.next().await != Deed::Lit(10) {}
    counter.touched.send_modify(|count| *count += 1);
    assert_eq!(counter.next().await, Deed::Lit(80));
    assert_eq!(counter.next().await, Deed::Lit(10));
    counter.show(Rgb565::GREEN, Rgb565::BLUE, None);
    assert_eq!(counter.next().await, Deed::Shown(Rgb565::GREEN));
    assert_eq!(counter.next().await, Deed::Lit(80));
    assert_eq!(counter.next().await, Deed::Lit(10));
}

#[tokio::test]
async fn a_code_that_can_be_paid_keeps_the_customers_panel_lit_and_not_the_cashiers() {
    let (mut customer, mut cashier) = (counter(Side::Customer, 30), counter(Side::Cashier, 30));
    for counter in [&customer, &cashier] {
        counter.show(Rgb565::RED, Rgb565::BLUE, Some("https://buy.example"));
    }
    while customer.next().await != Deed::Lit(80) {}
    for _ in 0..3 {
        while cashier.next().await != Deed::Lit(10) {}
        cashier.touched.send_modify(|count| *count += 1);
    }
    assert!(customer.deeds.try_recv().is_err(), "three times as long it stays as it is");
    customer.show(Rgb565::RED, Rgb565::BLUE, None);
    assert_eq!(customer.next().await, Deed::Lit(10));
}
