//! What somebody sees of a rollout while it goes on: a bar for each wave on a terminal, a line for each event elsewhere.

use std::io;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use tokio::time::Instant;

use super::report;
use crate::cli::fleet::note;
use crate::fleet::rollout::Fact;
use crate::fleet::rollout::Rollout;

const TICK: Duration = Duration::from_secs(1);

pub struct Progress {
    /// None where nobody watches.
    bar: Option<ProgressBar>,
    /// The wave that was told of last, and whether it was said that it stands its time.
    told: Option<(usize, bool)>,
}

impl Progress {
    pub fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            // As it is by default, where the words of it cannot be read.
            if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} {msg}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        });
        Self { bar, told: None }
    }

    /// When it is to be shown again although nothing happens.
    pub fn next(&self, soaks: bool) -> Option<Instant> {
        (soaks && self.bar.is_some()).then(|| Instant::now() + TICK)
    }

    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    pub fn tell(&self, fact: &Fact, core: &Rollout) {
        match fact {
            Fact::Ended { terminal, how, why } => {
                let version = core.ones().get(terminal).and_then(|one| one.sent.as_ref());
                // Good news of a thousand is the bar's.
                if self.bar.is_none() || !how.is_held() {
                    self.line(&report::sentence(terminal, *how, why, version.map(|(version, _)| *version)));
                }
            }
            Fact::Passed { wave } if core.waves() > 1 => self.line(&format!("wave {} is through", wave + 1)),
            Fact::Stopped { why } => {
                self.line(&format!("stopping: {why}; what is on its way is waited for"));
            }
            Fact::Passed { .. } | Fact::Sent { .. } => {}
        }
    }

    pub fn show(&mut self, core: &Rollout, now: Duration) {
        let (wave, tally, left) = (core.wave(), core.tally(core.wave()), core.soaks_for(now));
        let name = format!("wave {} of {}", wave + 1, core.waves());
        if let Some(bar) = &self.bar {
            bar.set_length(tally.all as u64);
            bar.set_position((tally.held + tally.failed) as u64);
            bar.set_prefix(name);
            let soak = left.map_or(String::new(), |left| format!(", {} s to stand", left.as_secs() + 1));
            let failed = if tally.failed > 0 { format!(", {} failed", tally.failed) } else { String::new() };
            bar.set_message(format!("{} on the way, {} wait{failed}{soak}", tally.sent, tally.waiting));
            return;
        }
        if core.waves() < 2 && left.is_none() {
            return;
        }
        if self.told.is_none_or(|(told, _)| told != wave) {
            if core.waves() > 1 {
                note(&format!("{name}: {} terminals", tally.all));
            }
            self.told = Some((wave, false));
        }
        if let (Some(left), Some((_, false))) = (left, self.told) {
            note(&format!("{name} stands its time, {} s", left.as_secs() + 1));
            self.told = Some((wave, true));
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
