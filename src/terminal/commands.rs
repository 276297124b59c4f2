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

/// What became of a command.
enum Answer {
    Done(Value),
    /// It is of nobody knows when: it may be sent again with this word.
    Challenge(String),
    Refused(String),
    /// It comes by itself when it is known.
    Later,
}

impl Answer {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Challenge(_) => "challenge",
            Self::Refused(_) => "refused",
            Self::Later => "begun",
        }
    }
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
                tracing::info!(%name, txn, outcome = answer.outcome(), "a command from far away");
                (Some(txn), answer)
            }
            Err(reason) => {
                self.radio.refuse(reason);
                (None, Answer::Refused(format!("it was not believed: {reason}")))
            }
        };
        // A pause is on disk before anybody is told of it.
        self.settle_settings().await?;
        let outcome = answer.outcome();
        let mut body = match answer {
            Answer::Done(data) => json!({ "data": data }),
            Answer::Challenge(word) => json!({ "challenge": word }),
            Answer::Refused(why) => json!({ "why": why }),
            Answer::Later => return Ok(()),
        };
        (body["txn"], body["outcome"]) = (json!(txn), json!(outcome));
        self.answer_command(name, &body);
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

    fn obey(&mut self, txn: &str, ordered: Ordered, name: &CommandName) -> Answer {
        let Ordered { challenge, command } = ordered;
        if let Some(fault) = command.fault() {
            return Answer::Refused(fault);
        }
        let now = self.clock.now().mono;
        if !challenge.is_some_and(|word| self.challenges.redeem(&word, now)) {
            let word = host::random_name();
            self.challenges.issue(word.clone(), now);
            return Answer::Challenge(word);
        }
        match command {
            Command::Identify {} => {
                let text = self.radio.terminal().to_string();
                self.tell(Event::Message { text, until: Some(now + IDENTIFY) });
                self.tell(Event::Identify);
                Answer::Done(Value::Null)
            }
            Command::Message { text, for_s } => {
                let until = Some(now + std::time::Duration::from_secs(for_s.into()));
                self.tell(Event::Message { text, until });
                Answer::Done(Value::Null)
            }
            Command::Screenshot {} => self.send_pictures(txn, name),
            Command::Logs { lines } => Answer::Done(json!(self.fitting(self.lines.last(lines.into())))),
            Command::Restart {} => self.end_when_idle(Ended::Restart),
            Command::Reread {} => self.reread(),
            Command::Pause {} => self.pause(true),
            Command::Resume {} => self.pause(false),
            Command::Diagnose {} => Answer::Done(json!(self.health())),
            Command::Sales { from_unix_ms, to_unix_ms } => self.add_up(txn, name, from_unix_ms..to_unix_ms),
        }
    }

    /// Reads the book beside the loop: nobody at the counter waits for it.
    fn add_up(&self, txn: &str, name: &CommandName, period: Range<i64>) -> Answer {
        let reader = match self.journal.reader() {
            Ok(reader) => reader,
            Err(error) => return Answer::Refused(error.to_string()),
        };
        let say = self.radio.later(Leaf::CommandResult(name.clone()));
        let txn = txn.to_owned();
        let clock_set = self.machine.borrow().as_ref().map(|machine| machine.clock_set);
        tokio::task::spawn_blocking(move || {
            let mut body = match report::sums(&reader, &period) {
                Ok(mut sums) => {
                    sums["clock_set"] = json!(clock_set);
                    json!({ "outcome": "done", "data": sums })
                }
                Err(error) => json!({ "outcome": "refused", "why": error.to_string() }),
            };
            body["txn"] = json!(txn);
            say(body.to_string().into_bytes());
        });
        Answer::Later
    }

    fn end_when_idle(&mut self, how: Ended) -> Answer {
        if !self.core.is_idle() {
            return Answer::Refused("the counter is busy; try again when nothing is being sold".to_owned());
        }
        self.end = Some(how);
        Answer::Done(Value::Null)
    }

    fn reread(&mut self) -> Answer {
        let judged = self.configured.as_ref().map(|configured| configured.judge_file());
        match judged {
            Some(Err(faults)) => Answer::Refused(faults.join("; ")),
            Some(Ok(())) | None => self.end_when_idle(Ended::Reread),
        }
    }

    fn pause(&mut self, paused: bool) -> Answer {
        if let Some(configured) = &mut self.configured {
            configured.pause(paused, self.clock.now());
        }
        self.tell(Event::Paused(paused));
        Answer::Done(Value::Null)
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
    fn send_pictures(&self, txn: &str, name: &CommandName) -> Answer {
        let Some((_, frame, cashier)) = &self.panel else {
            return Answer::Refused("nothing is on the panels yet".to_owned());
        };
        let sides = [("customer", Some(frame)), ("cashier", cashier.as_ref())];
        let mut counts = json!({});
        for (side, frame) in sides.into_iter().filter_map(|(side, frame)| Some((side, frame?))) {
            counts[side] = json!(self.send_picture(txn, name, side, frame));
        }
        Answer::Done(json!({ "parts": counts }))
    }

    fn send_picture(&self, txn: &str, name: &CommandName, side: &str, frame: &Frame) -> usize {
        let bytes = png::encode(frame);
        let parts = bytes.chunks(PART);
        let count = parts.len();
        for (part, bytes) in parts.enumerate() {
            let png = STANDARD.encode(bytes);
            let body =
                json!({ "txn": txn, "outcome": "part", "side": side, "part": part, "of": count, "png": png });
            self.answer_command(name, &body);
        }
        count
    }

    fn answer_command(&self, name: &CommandName, body: &Value) {
        drop(self.radio.tell(Leaf::CommandResult(name.clone()), body.to_string().into_bytes()));
    }
}
