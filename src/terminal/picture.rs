//! What is on the panels: drawn when it changes, and shown to nobody where its code cannot be read.

use std::sync::Arc;
use std::time::Duration;

use super::Turn;
use super::snapshot::Snapshot;
use super::snapshot::State;
use crate::core::event::Event;
use crate::core::moment::Moment;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::host;
use crate::port::panel::Frame;
use crate::ui::Code;

const MINUTE_MS: i64 = 60_000;

impl Turn {
    /// When the clock on the panel is next out of date; never without a clock.
    pub(super) fn next_minute(&self, now: Moment) -> Option<tokio::time::Instant> {
        self.panel.as_ref().filter(|(view, ..)| self.painter.has_clock(view))?;
        let gone = u64::try_from(now.unix_ms.rem_euclid(MINUTE_MS)).unwrap_or(0);
        Some(self.clock.instant(now.mono + Duration::from_millis(MINUTE_MS.unsigned_abs() - gone)))
    }

    /// Draws a code that stays at another place, once it is time.
    pub(super) fn move_code(&mut self) {
        if self.moves.1.is_some_and(|at| at <= self.clock.now().mono)
            && let Some((view, ..)) = self.panel.clone()
        {
            self.moves.0 = self.moves.0.wrapping_add(1);
            self.painter.nudge(self.moves.0);
            self.show(&view);
        }
    }

    /// Draws, and lets a code out only if it reads back as the very link that was signed.
    pub(super) fn show(&mut self, view: &View) {
        let now = self.clock.now();
        let stays = matches!(view.scene, Scene::Idle { standing: Some(_), .. });
        self.moves.1 = self.move_code.filter(|_| stays).map(|every| now.mono + every);
        let offset = host::utc_offset_min(now.unix_ms);
        let drawn = self.painter.draw_at(view, offset, now.unix_ms);
        let readable = view.scene.code().is_none_or(|url| match &drawn.code {
            Code::Shown(plan) => self.proof.holds(&drawn.frame, plan, url),
            Code::TooLong(_) => false,
            // The cashier's panel has no code of its own.
            Code::None => true,
        });
        if readable {
            self.publish(Some((view, Arc::new(drawn.frame), offset)));
        } else if let Some(sale) = self.core.sale_on_screen() {
            let reference = sale.reference.clone();
            tracing::error!(%reference, "the code cannot be read off this panel; run `qrtill check`");
            self.tell(Event::CodeUnreadable { reference });
        } else {
            tracing::error!("the standing code cannot be read off this panel; run `qrtill check`");
            let plain = View { scene: Scene::Idle { standing: None, closed: false }, ..view.clone() };
            let frame = Arc::new(self.painter.draw(&plain, offset).frame);
            self.publish(Some((&plain, frame, offset)));
        }
    }

    /// Tells the watchers, if anything changed. A view that is new is drawn for the cashier too, whose times of
    /// day are as many minutes east of UTC.
    pub(super) fn publish(&mut self, shown: Option<(&View, Arc<Frame>, i32)>) {
        let now = self.clock.now();
        if let Some((view, frame, offset)) = shown {
            let cashier = self.cashier.as_mut();
            let cashier = cashier.map(|painter| Arc::new(painter.draw(view, offset).frame));
            self.panel = Some((view.clone(), frame, cashier));
        }
        let Some((view, frame, cashier)) = &self.panel else { return };
        let mut state = State::of(&self.core, view, &self.currency, now, self.seq);
        let same = self.watchers.borrow().as_ref().is_some_and(|present| {
            present.state.is_same(&state)
                && present.sound.0 == self.sound.0
                && (&present.frame, &present.cashier) == (frame, cashier)
        });
        if same {
            return;
        }
        self.seq += 1;
        state.seq = self.seq;
        let (frame, cashier) = (Arc::clone(frame), cashier.clone());
        let code_until = self.core.code_left(now).map(|left| now.mono + left);
        self.watchers.send_replace(Some(Snapshot { state, frame, cashier, code_until, sound: self.sound }));
    }

    /// No payable code outlives the program.
    pub(super) fn blank(&mut self) {
        let view = View { scene: Scene::Starting, strip: None, missing: None, hints: Vec::new() };
        let frame = Arc::new(self.painter.draw(&view, 0).frame);
        self.publish(Some((&view, frame, 0)));
    }
}
