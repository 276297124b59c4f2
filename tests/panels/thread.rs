//! A real driver on its thread, whose wires are pulled and put back while it works.

use std::sync::Arc;
use std::time::Duration;

use qrtill::panel::Turn;
use qrtill::panel::drive::Drive;
use qrtill::panel::drive::Presence;
use qrtill::panel::drive::Waits;
use qrtill::panel::tft::Controller;
use qrtill::port::panel::Frame;
use qrtill::port::panel::Picture;
use qrtill::port::pulse::Toil;
use qrtill::ui::sample;

use super::bus::Board;
use super::mipi::Mipi;
use super::tft::glass;
use super::tft::look;
use super::tft::painter;
use super::tft::spec;
use super::tft::try_start;

const PATIENCE: Duration = Duration::from_secs(60);

fn picture(frame: Frame) -> Picture {
    Picture { frame: Arc::new(frame), code: false }
}

async fn until(drive: &Drive, is: impl FnMut(&Presence) -> bool) {
    tokio::time::timeout(PATIENCE, drive.present().wait_for(is)).await.expect("it works").expect("it works");
}

#[tokio::test]
async fn pulled_at_any_byte_it_shows_the_newest_picture_once_it_is_back() {
    let spec = spec("tft-240x320");
    let look = look(Controller::Ili9341, Turn::None);
    let board = Board::new(Mipi::new(glass(&look, spec)));
    let waits = Waits { first: Duration::from_millis(1), most: Duration::from_millis(2) };
    let (wires, told) = (board.clone(), look.clone());
    let drive = Drive::start("panel", waits, Toil::default(), move || try_start(&wires, &told, spec))
        .expect("opened");
    let mut painter = painter(spec);
    let frames: Vec<Frame> = sample::all(sample::EUR)
        .iter()
        .step_by(9)
        .map(|sample| painter.draw(&sample.view, 0).frame)
        .collect();
    drive.glass().light(100);
    until(&drive, |presence| *presence == Presence::There).await;
    let mut seed = 11_usize;
    for frame in &frames {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        board.state().holds_for = Some((seed >> 33) % 4_000);
        drive.glass().show(picture(frame.clone()));
        let cut =
            |presence: &Presence| matches!(presence, Presence::Gone(fault) if fault.mend.contains("wires"));
        until(&drive, cut).await;
        board.state().holds_for = None;
        until(&drive, |presence| *presence == Presence::There).await;
        assert!(board.state().chip.seen() == *frame && board.state().lit);
    }
    let last = frames[0].clone();
    drive.glass().show(picture(last.clone()));
    assert!(drive.close(PATIENCE));
    assert!(board.state().chip.seen() == last, "the last picture is on it");
}
