//! Commands from far away. One is carried out only with this terminal's own word in it, which it answers to the first
//! try: what was kept, held back or said before by anybody is refused.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use super::Failed;
use super::Turn;
use super::parts::Ended;
use super::published::CommandResult;
use super::published::Obeyed;
use super::report;
use crate::core::event::Event;
use crate::host;
use crate::mqtt::document;
use crate::mqtt::document::Command;
use crate::mqtt::document::Kind;
use crate::mqtt::document::Ordered;
use crate::mqtt::topics::CommandName;
use crate::mqtt::topics::Leaf;
use crate::panel::png;
use crate::port::panel::Frame;

/// How long a counter that is looked for says its name.
const IDENTIFY: std::time::Duration = std::time::Duration::from_secs(20);
/// So many bytes of a picture go into one answer, which may have 16 KiB with all around them.
const PART: usize = 9 * 1024;

fn done(data: Value) -> Obeyed {
    Obeyed::Done { data }
}

fn refused(why: impl Into<String>) -> Obeyed {
    Obeyed::Refused { why: why.into() }
}

impl Turn {
    /// # Errors
    /// Where what it changes cannot be kept; it is not answered then.
    pub(super) async fn hear_command(
        &mut self,
        name: &CommandName,
        retained: bool,
        bytes: &[u8],
    ) -> Result<(), Failed> {
        let (txn, answer) = match self.open_command(name, retained, bytes) {
            Ok((txn, ordered)) => {
                let answer = self.obey(&txn, ordered, name);
                tracing::info!(%name, txn, outcome = answer.as_ref().map_or("begun", Obeyed::name), "a command from far away");
                (Some(txn), answer)
            }
            Err(reason) => {
                self.radio.refuse(reason);
                (None, Some(refused(format!("it was not believed: {reason}"))))
            }
        };
        // A pause is on disk before anybody is told of it.
        self.settle_settings().await?;
        // What it has to look for first it tells by itself later.
        if let Some(obeyed) = answer {
            self.answer_command(name, &CommandResult { txn, obeyed });
        }
        Ok(())
    }

    /// The command and its id, or why it is not believed.
    fn open_command(
        &self,
        name: &CommandName,
        retained: bool,
        bytes: &[u8],
    ) -> Result<(String, Ordered), &'static str> {
        let configured = self.configured.as_ref().ok_or("no_root_key")?;
        if retained {
            return Err("retained");
        }
        let (aud, _) = self.radio.audiences();
        let opened =
            document::open::<Ordered>(Kind::Command, bytes, configured.trust(), &aud, self.radio.mode());
        let opened = opened.map_err(document::Refusal::label)?;
        if opened.content.command.name() != name.as_str() {
            return Err(document::Refusal::WrongTopic.label());
        }
        Ok((opened.id, opened.content))
    }

    /// None where the answer comes by itself later.
    fn obey(&mut self, txn: &str, ordered: Ordered, name: &CommandName) -> Option<Obeyed> {
        let Ordered { challenge, command } = ordered;
        if let Some(fault) = command.fault() {
            return Some(refused(fault));
        }
        let now = self.clock.now().mono;
        if !challenge.is_some_and(|word| self.challenges.redeem(&word, now)) {
            let word = host::random_name();
            self.challenges.issue(word.clone(), now);
            return Some(Obeyed::Challenge { challenge: word });
        }
        Some(match command {
            Command::Identify {} => {
                let text = self.radio.terminal().to_string();
                self.tell(Event::Message { text, until: Some(now + IDENTIFY) });
                self.tell(Event::Identify);
                done(Value::Null)
            }
            Command::Message { text, for_s } => {
                let until = Some(now + std::time::Duration::from_secs(for_s.into()));
                self.tell(Event::Message { text, until });
                done(Value::Null)
            }
            Command::Screenshot {} => self.send_pictures(txn, name),
            Command::Logs { lines } => done(json!(self.fitting(self.lines.last(lines.into())))),
            Command::Restart {} => self.end_when_idle(Ended::Restart),
            Command::Reread {} => self.reread(),
            Command::Pause {} => self.pause(true),
            Command::Resume {} => self.pause(false),
            Command::Diagnose {} => done(json!(self.health())),
            Command::Sales { from_unix_ms, to_unix_ms } => {
                return self.add_up(txn, name, from_unix_ms..to_unix_ms);
            }
        })
    }

    /// Reads the book beside the loop: nobody at the counter waits for it.
    fn add_up(&self, txn: &str, name: &CommandName, period: Range<i64>) -> Option<Obeyed> {
        let reader = match self.journal.reader() {
            Ok(reader) => reader,
            Err(error) => return Some(refused(error.to_string())),
        };
        let say = self.radio.later(Leaf::CommandResult(name.clone()));
        let txn = Some(txn.to_owned());
        let clock_set = self.machine.borrow().as_ref().map(|machine| machine.clock_set);
        tokio::task::spawn_blocking(move || {
            let obeyed = match report::sums(&reader, &period) {
                Ok(mut sums) => {
                    sums["clock_set"] = json!(clock_set);
                    done(sums)
                }
                Err(error) => refused(error.to_string()),
            };
            if let Ok(bytes) = serde_json::to_vec(&CommandResult { txn, obeyed }) {
                say(bytes);
            }
        });
        None
    }

    fn end_when_idle(&mut self, how: Ended) -> Obeyed {
        if !self.core.is_idle() {
            return refused("the counter is busy; try again when nothing is being sold");
        }
        self.end = Some(how);
        done(Value::Null)
    }

    fn reread(&mut self) -> Obeyed {
        let judged = self.configured.as_ref().map(|configured| configured.judge_file());
        match judged {
            Some(Err(faults)) => refused(faults.join("; ")),
            Some(Ok(())) | None => self.end_when_idle(Ended::Reread),
        }
    }

    fn pause(&mut self, paused: bool) -> Obeyed {
        if let Some(configured) = &mut self.configured {
            configured.pause(paused, self.clock.now());
        }
        self.tell(Event::Paused(paused));
        done(Value::Null)
    }

    /// As many of the newest lines as one answer has room for.
    fn fitting(&self, mut lines: Vec<String>) -> Vec<String> {
        let mut room = PART;
        let fits = lines.iter().rev().take_while(|line| {
            let taken = line.len() * 2 + 4;
            room.checked_sub(taken).inspect(|left| room = *left).is_some()
        });
        let count = fits.count();
        lines.split_off(lines.len() - count)
    }

    /// Sends each panel's picture in parts, before the answer that counts them.
    fn send_pictures(&self, txn: &str, name: &CommandName) -> Obeyed {
        let Some((_, frame, cashier)) = &self.panel else {
            return refused("nothing is on the panels yet");
        };
        let sides = [("customer", Some(frame)), ("cashier", cashier.as_ref())];
        let mut counts = json!({});
        for (side, frame) in sides.into_iter().filter_map(|(side, frame)| Some((side, frame?))) {
            counts[side] = json!(self.send_picture(txn, name, side, frame));
        }
        done(json!({ "parts": counts }))
    }

    fn send_picture(&self, txn: &str, name: &CommandName, side: &str, frame: &Frame) -> usize {
        let bytes = png::encode(frame);
        let parts = bytes.chunks(PART);
        let count = parts.len();
        for (part, bytes) in parts.enumerate() {
            let png = STANDARD.encode(bytes);
            let obeyed = Obeyed::Part { side: side.to_owned(), part, of: count, png };
            self.answer_command(name, &CommandResult { txn: Some(txn.to_owned()), obeyed });
        }
        count
    }

    fn answer_command(&self, name: &CommandName, body: &CommandResult) {
        if let Ok(bytes) = serde_json::to_vec(body) {
            drop(self.radio.tell(Leaf::CommandResult(name.clone()), bytes));
        }
    }
}
