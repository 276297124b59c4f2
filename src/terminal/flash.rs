//! The screen's flash, which says what no sound can: the picture in its opposite colours, for a moment.

use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep_until;

use super::Snapshot;
use crate::port::panel::Frame;

/// Long enough for the corner of an eye.
const LENGTH: Duration = Duration::from_millis(180);

/// Passes the terminal's snapshots on to the panels, and each time that `flashes` rises shows the present picture
/// inverted. A code is never touched: a phone may be reading it. Ends with the snapshots; the last one is passed on.
pub async fn run(
    mut snapshots: watch::Receiver<Option<Snapshot>>,
    mut flashes: watch::Receiver<u64>,
    panels: watch::Sender<Option<Snapshot>>,
) {
    let mut until: Option<Instant> = None;
    loop {
        let lit = async {
            match until {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = snapshots.changed() => if changed.is_err() { break },
            // Whoever made the sounds may end before the terminal does.
            Ok(()) = flashes.changed() => {
                flashes.mark_unchanged();
                until = Some(Instant::now() + LENGTH);
            }
            () = lit => until = None,
        }
        let present = snapshots.borrow_and_update().clone();
        panels.send_replace(
            present.map(|snapshot| if until.is_some() { inverted(snapshot) } else { snapshot }),
        );
    }
    let last = snapshots.borrow().clone();
    panels.send_replace(last);
}

fn inverted(snapshot: Snapshot) -> Snapshot {
    if snapshot.state.url.is_some() {
        return snapshot;
    }
    let (width, height) = (snapshot.frame.width(), snapshot.frame.height());
    let mut frame = Frame::new(width, height, Rgb565::BLACK);
    let opposite = |colour: &Rgb565| {
        Rgb565::new(Rgb565::MAX_R - colour.r(), Rgb565::MAX_G - colour.g(), Rgb565::MAX_B - colour.b())
    };
    let Ok(()) = frame.fill_contiguous(&frame.bounding_box(), snapshot.frame.pixels().iter().map(opposite));
    Snapshot { frame: Arc::new(frame), ..snapshot }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::terminal::State;

    /// A counter that says nothing in particular.
    pub fn snapshot() -> Snapshot {
        let mut frame = Frame::new(2, 1, Rgb565::WHITE);
        frame.fill_contiguous(&frame.bounding_box(), [Rgb565::WHITE, Rgb565::RED]).expect("infallible");
        let state = State {
            seq: 1,
            scene: "paid",
            amount: None,
            currency: "EUR".to_owned(),
            reference: None,
            url: None,
            result: None,
            received: None,
            armed: true,
            deaf: None,
            declined: false,
            shown: None,
            expires_in_s: None,
            strip: None,
            panel_present: None,
            cashier_panel_present: None,
            keypad_present: None,
            last: None,
        };
        Snapshot { state, frame: Arc::new(frame), cashier: None, code_until: None, sound: (0, None) }
    }

    fn pixels(panels: &watch::Receiver<Option<Snapshot>>) -> Vec<Rgb565> {
        panels.borrow().as_ref().expect("a picture").frame.pixels().to_vec()
    }

    const PLAIN: [Rgb565; 2] = [Rgb565::WHITE, Rgb565::RED];

    #[tokio::test]
    async fn a_flash_is_the_picture_in_opposite_colours_for_a_moment() {
        let (watchers, snapshots) = watch::channel(None);
        let (flash, flashes) = watch::channel(0);
        let (shown, mut panels) = watch::channel(None);
        let running = tokio::spawn(run(snapshots, flashes, shown));
        watchers.send_replace(Some(snapshot()));
        panels.changed().await.expect("passed on");
        assert_eq!(pixels(&panels), PLAIN);
        panels.mark_unchanged();
        flash.send_replace(1);
        panels.changed().await.expect("it flashes");
        assert_eq!(pixels(&panels), [Rgb565::BLACK, Rgb565::CYAN]);
        panels.mark_unchanged();
        let start = Instant::now();
        panels.changed().await.expect("and ends");
        assert_eq!(pixels(&panels), PLAIN);
        assert!(start.elapsed() > LENGTH / 2);
        drop(flash);
        let code = Some("https://pay.example/1".to_owned());
        watchers
            .send_replace(Some(Snapshot { state: State { url: code, ..snapshot().state }, ..snapshot() }));
        drop(watchers);
        running.await.expect("no panic");
        assert!(panels.borrow().as_ref().expect("the last").state.url.is_some(), "the last one is passed on");
    }

    #[tokio::test]
    async fn a_code_does_not_flash() {
        let state = State { url: Some("https://pay.example/1".to_owned()), ..snapshot().state };
        let (watchers, snapshots) = watch::channel(Some(Snapshot { state, ..snapshot() }));
        let (flash, flashes) = watch::channel(0);
        let (shown, mut panels) = watch::channel(None);
        let running = tokio::spawn(run(snapshots, flashes, shown));
        flash.send_replace(1);
        panels.changed().await.expect("passed on");
        assert_eq!(pixels(&panels), PLAIN);
        drop(watchers);
        running.await.expect("no panic");
    }
}
