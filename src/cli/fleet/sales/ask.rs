//! One command to many terminals at once, each with its own word in it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use tokio::time::Instant;

use super::Answers;
use crate::cli::fleet::Operator;
use crate::cli::fleet::command;
use crate::core::reference::TerminalId;
use crate::fleet::desk::Desk;
use crate::mqtt::document::Command;
use crate::mqtt::document::Ordered;
use crate::mqtt::key::SecretKey;

/// So many are asked at a time.
const AT_ONCE: usize = 64;
/// Once for the terminal's word, and once with it; another time where it ran out on the way.
const TRIES: u8 = 3;

/// A question on its way.
struct Asked {
    txn: String,
    tries: u8,
    until: Instant,
}

struct Asking<'a> {
    operator: &'a Operator,
    desk: &'a mut Desk,
    key: &'a SecretKey,
    command: &'a Command,
    open: BTreeMap<TerminalId, Asked>,
    answers: Answers,
}

/// What every one of them answers, or why it does not.
pub async fn all(
    operator: &Operator,
    desk: &mut Desk,
    key: &SecretKey,
    ids: BTreeSet<TerminalId>,
    command: &Command,
) -> Answers {
    let (open, answers) = (BTreeMap::new(), Answers::new());
    let mut asking = Asking { operator, desk, key, command, open, answers };
    let mut waiting = ids.into_iter();
    loop {
        while asking.open.len() < AT_ONCE {
            let Some(id) = waiting.next() else { break };
            asking.begin(id);
        }
        let Some(until) = asking.open.values().map(|asked| asked.until).min() else {
            return asking.answers;
        };
        // A thing that changed, or the time of the first of them has come.
        let _news = asking.desk.next_before(until).await;
        asking.look();
    }
}

impl Asking<'_> {
    fn begin(&mut self, id: TerminalId) {
        if self.desk.picture.terminals.get(&id).is_some_and(|seen| seen.is_online()) {
            self.send(&id, None, 1);
        } else {
            self.answers.insert(id, Err("is not online".to_owned()));
        }
    }

    fn send(&mut self, id: &TerminalId, challenge: Option<String>, tries: u8) {
        let ordered = Ordered { challenge, command: self.command.clone() };
        let (txn, topic, sealed) = command::seal(self.operator, (id, self.key), &ordered);
        match self.desk.send(&topic, sealed) {
            // The terminal's answer tells more than the broker's.
            Ok(_) => {
                let asked = Asked { txn, tries, until: Instant::now() + command::WAIT };
                self.open.insert(id.clone(), asked);
            }
            Err(error) => self.end(id, Err(format!("was not asked: {error}"))),
        }
    }

    fn end(&mut self, id: &TerminalId, answer: Result<Value, String>) {
        self.open.remove(id);
        self.answers.insert(id.clone(), answer);
    }

    fn look(&mut self) {
        let now = Instant::now();
        let mut found = Vec::new();
        for (id, asked) in &self.open {
            let told = self.desk.picture.terminals.get(id).map(|seen| &seen.told);
            let of_txn =
                |told: &&crate::fleet::picture::Told| told.txn.as_deref() == Some(asked.txn.as_str());
            match told.and_then(|told| told.iter().rev().find(of_txn)) {
                Some(told) => found.push((id.clone(), Some(told.body.clone()), asked.tries)),
                None if now >= asked.until => found.push((id.clone(), None, asked.tries)),
                None => {}
            }
        }
        for (id, body, tries) in found {
            self.take(&id, body, tries);
        }
    }

    fn take(&mut self, id: &TerminalId, body: Option<Value>, tries: u8) {
        let Some(mut body) = body else {
            return self.end(id, Err(format!("has not answered in {} s", command::WAIT.as_secs())));
        };
        match body["outcome"].as_str() {
            Some("done") => self.end(id, Ok(body["data"].take())),
            Some("challenge") if tries < TRIES => {
                let word = body["challenge"].as_str().map(str::to_owned);
                self.send(id, word, tries + 1);
            }
            Some("challenge") => self.end(id, Err("asks for its word again and again".to_owned())),
            _ => {
                let why = body["why"].as_str().unwrap_or("it does not say why");
                self.end(id, Err(format!("refuses: {why}")));
            }
        }
    }
}
