//! One panel with the card on it, through the same thread that a terminal shows its pictures by.

use std::sync::Arc;

use tokio::sync::watch;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::config::panel::Panel;
use crate::panel::drive::Drive;
use crate::panel::drive::Presence;
use crate::panel::drive::Waits;
use crate::port::panel::Frame;
use crate::port::panel::Picture;
use crate::port::pulse::Toil;
use crate::terminal::CLOSE_WAIT;
use crate::ui::Code;
use crate::ui::test_card::TestCard;
use crate::ui::test_card::Told;

pub struct Board {
    name: &'static str,
    card: TestCard,
    drive: Drive,
}

impl Board {
    /// Starts the panel's thread, which opens it. `name` is its table in the configuration.
    pub fn open(name: &'static str, panel: &Panel, bright: u8) -> Result<Self, Failure> {
        let Panel { spec, device } = panel.clone();
        let drive = Drive::start(name, Waits::default(), Toil::default(), move || device.open(&spec))
            .map_err(|error| {
                let what = format!("the panel's thread cannot be started: {error}");
                Failure::new(failure::UNAVAILABLE, what, "let it have more threads")
            })?;
        drive.glass().light(bright);
        Ok(Self { name, card: TestCard::new(spec), drive })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn pages(&self) -> usize {
        self.card.pages()
    }

    /// Whether the panel is there.
    pub fn present(&self) -> watch::Receiver<Presence> {
        self.drive.present()
    }

    /// Shows a page; a panel with fewer of them begins again.
    pub fn show(&mut self, page: usize, told: &Told) {
        let drawn = self.card.draw(page, told);
        // Refreshed as wholly as one that is paid over.
        let code = matches!(drawn.code, Code::Shown(_));
        self.put(drawn.frame, code);
    }

    fn put(&self, frame: Frame, code: bool) {
        self.drive.glass().show(Picture { frame: Arc::new(frame), code });
    }

    /// Leaves it blank; whether that could be done.
    pub async fn close(self) -> bool {
        self.put(self.card.blank(), false);
        let drive = self.drive;
        let closed = tokio::task::spawn_blocking(move || drive.close(CLOSE_WAIT)).await;
        closed.unwrap_or(false)
    }
}
