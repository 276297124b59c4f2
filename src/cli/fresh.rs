//! A terminal that has no name yet: shows its code, and asks the operator to be admitted.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::notify;
use crate::config::pairing::Fresh;
use crate::config::panel::Panel;
use crate::config::start::Own;
use crate::core::scene::Pairing;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::panel::drive::Drive;
use crate::panel::drive::Waits;
use crate::port::panel::Picture;
use crate::port::pulse::Pulses;
use crate::port::pulse::Toil;
use crate::terminal::CLOSE_WAIT;
use crate::terminal::Side;
use crate::terminal::pairing;
use crate::terminal::pairing::Device;
use crate::terminal::pairing::Ended;
use crate::terminal::pairing::Failed;
use crate::terminal::pairing::Judge;
use crate::terminal::pairing::NotMade;
use crate::ui::Audience;
use crate::ui::Painter;

/// Runs until the terminal is paired, or told to stop.
pub async fn wait(fresh: Fresh, own: &Own, shutdown: &CancellationToken) -> Result<Ended, Failure> {
    let device = Device::open(fresh.files, &fresh.about).map_err(|error| of_not_made(&error))?;
    let (code, fingerprint) = (device.code.grouped(), device.fingerprint.grouped());
    tracing::info!(fingerprint, "not paired: the code is on the screen, and `qrtill pair` tells it too");
    let mut pulses = Pulses::default();
    let mut boards = Vec::new();
    let both = [
        (Side::Customer, Some(&fresh.panel), Audience::Customer),
        (Side::Cashier, fresh.cashier_panel.as_ref(), Audience::Cashier),
    ];
    for (side, panel, audience) in both {
        let Some(panel) = panel else { continue };
        let painter = Painter::new(panel.spec, audience, fresh.lang, &fresh.shop);
        boards.push(Board::open(side, panel, painter, fresh.light.bright)?);
    }
    let (state, mut states) = watch::channel(Pairing::Waiting);
    states.mark_changed();
    let showing = tokio::spawn(async move {
        while states.changed().await.is_ok() {
            let state = *states.borrow_and_update();
            let scene = Scene::Pairing { code: code.clone(), fingerprint: fingerprint.clone(), state };
            boards.iter_mut().for_each(|board| board.show(scene.clone()));
        }
        boards
    });
    notify::unpaired();
    let parts =
        pairing::Parts { device, way: fresh.way, judge: judge(own), state, pulse: pulses.of("the pairing") };
    let _watch = notify::watch(pulses);
    let ended = pairing::run(parts, shutdown.clone()).await.map_err(|failed| of_failed(&failed));
    // The code comes off the panel, which the next start takes.
    for board in showing.await.unwrap_or_default() {
        board.close().await;
    }
    ended
}

/// Settings that an operator gave are judged together with this machine's own file.
pub fn judge(own: &Own) -> Box<Judge> {
    let own = own.clone();
    Box::new(move |said, admission| own.judge_answer(said, admission))
}

pub fn of_not_made(error: &NotMade) -> Failure {
    let hint = "run it as the user qrtill runs as, or give that user the folder";
    Failure::new(failure::CANNOT_CREATE, error.to_string(), hint)
}

fn of_failed(failed: &Failed) -> Failure {
    match failed {
        Failed::Options(error) => {
            Failure::new(failure::CONFIG, error.to_string(), "see [broker] and [pairing]")
        }
        Failed::NotMade(error) => of_not_made(error),
    }
}

/// One panel with the code on it.
struct Board {
    painter: Painter,
    drive: Drive,
}

impl Board {
    fn open(side: Side, panel: &Panel, painter: Painter, bright: u8) -> Result<Self, Failure> {
        let Panel { spec, device } = panel.clone();
        let opened = Drive::start(side.name(), Waits::default(), Toil::default(), move || device.open(&spec));
        let drive = opened.map_err(|error| {
            let what = format!("the panel's thread cannot be started: {error}");
            Failure::new(failure::UNAVAILABLE, what, "let it have more threads")
        })?;
        drive.glass().light(bright);
        Ok(Self { painter, drive })
    }

    fn show(&mut self, scene: Scene) {
        let view = View { scene, strip: None, missing: None, hints: Vec::new() };
        let frame = Arc::new(self.painter.draw(&view, 0).frame);
        self.drive.glass().show(Picture { frame, code: false });
    }

    async fn close(mut self) {
        self.show(Scene::Starting);
        let drive = self.drive;
        let closed = tokio::task::spawn_blocking(move || drive.close(CLOSE_WAIT)).await;
        if !closed.unwrap_or(false) {
            tracing::error!("the code could not be taken off a panel; look at what is on it");
        }
    }
}
