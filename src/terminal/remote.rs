//! The terminal's side of settings from far away: believes only what verifies, keeps what was decided, and answers.
//! What is decided is `core::remote`'s.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::core::moment::Moment;
use crate::core::payment::Mode;
use crate::core::remote;
use crate::core::remote::Answer;
use crate::core::remote::Document;
use crate::core::remote::Effect;
use crate::core::remote::Effective;
use crate::core::remote::Event;
use crate::core::remote::Judged;
use crate::core::remote::Slots;
use crate::host::file;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::document::KeySet;
use crate::mqtt::document::Kind;
use crate::mqtt::document::Refusal;
use crate::mqtt::key::Role;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::Leaf;
use crate::port::fuse::Fuse;
use crate::terminal::Failed;
use crate::terminal::published::ConfigResult;
use crate::terminal::published::Reported;
use crate::terminal::published::Told;
use crate::terminal::radio::Radio;

/// Acknowledgements that wait for the loop; more of them wait outside.
const ACKNOWLEDGED: usize = 16;

/// Compares a document with what is in force. Only whoever reads configurations can.
pub trait Judge: Send {
    /// `in_force` is none where nothing was ever sent.
    fn judge(&self, in_force: Option<&Document>, document: &Document) -> Judged;

    /// Reads this machine's file anew.
    ///
    /// # Errors
    /// What is wrong in it now, in words.
    fn judge_file(&self) -> Result<(), Vec<String>>;
}

/// What a terminal is given to be configured from far away.
pub struct Parts {
    /// What [`SlotsFile`] has, after [`Slots::start`].
    pub slots: Slots,
    pub file: SlotsFile,
    pub judge: Box<dyn Judge>,
    /// The root's keys.
    pub root: TrustSet,
    pub money_signatures: usize,
    /// What is in force, by path.
    pub settings: BTreeMap<String, Effective>,
    /// The JSON Schema of what may be sent.
    pub schema: Value,
}

/// The file that outlives the program; beside the journal, since it must be readable where that is not.
#[derive(Clone, Debug)]
pub struct SlotsFile(PathBuf);

/// The file is there and cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path} cannot be used: {source}; without it the versions that were sent are forgotten: restore it, or remove it to start with the file's settings alone"
)]
pub struct NotKept {
    path: PathBuf,
    source: io::Error,
}

impl SlotsFile {
    /// The one in a terminal's data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self(data.join("remote.json"))
    }

    /// # Errors
    /// Where it is there and cannot be read: it is not taken for one that was never there.
    pub fn read(&self) -> Result<Slots, NotKept> {
        let failed = |source: io::Error| NotKept { path: self.0.clone(), source };
        match fs::read(&self.0) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Slots::default()),
            Err(error) => Err(failed(error)),
        }
    }

    /// # Errors
    /// Of the file system; what was there before is there then.
    pub fn write(&self, slots: &Slots) -> Result<(), NotKept> {
        let failed = |source: io::Error| NotKept { path: self.0.clone(), source };
        let bytes = serde_json::to_vec_pretty(slots).map_err(|error| failed(error.into()))?;
        file::replace(&self.0, &bytes).map_err(failed)
    }
}

/// What the broker has acknowledged.
#[derive(Debug)]
pub enum Acknowledged {
    Report,
    Answer { txn: String, attempt: u32 },
}

/// What a round of effects asks of the terminal's loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Close everything and start anew.
    pub switch: bool,
    /// Tell the people at the counter that settings were changed which money depends on.
    pub notice: bool,
}

/// Verifies a document of settings, and reads it. Whether it is news, and any good, is decided later.
///
/// # Errors
/// What [`document::open`] has against it, or [`Refusal::Content`].
pub fn read_desired(bytes: &[u8], trust: &TrustSet, aud: &str, mode: Mode) -> Result<Document, Refusal> {
    let opened = document::open::<Desired>(Kind::Config, bytes, trust, aud, mode)?;
    let Desired { version, confirm_s, settings } = opened.content;
    if version == 0 || !document::CONFIRM_S.contains(&confirm_s) {
        return Err(Refusal::Content);
    }
    let by_money = opened.role == Role::Money;
    Ok(Document { version, txn: opened.id, confirm_s, by_money, settings })
}

pub struct Configured {
    core: remote::Remote,
    file: SlotsFile,
    judge: Box<dyn Judge>,
    root: TrustSet,
    money_signatures: usize,
    trust: TrustSet,
    settings: BTreeMap<String, Effective>,
    schema: Value,
    /// Whether the counter says that money settings were changed.
    noticed: bool,
    /// A document whose signers are not known yet: the set that names them may be on its way.
    early: Option<Vec<u8>>,
    acknowledged: mpsc::Sender<Acknowledged>,
}

impl Configured {
    /// Goes on with what is on the disk. What the broker acknowledges comes over the channel, to be given back to
    /// [`Self::acknowledge`].
    #[must_use]
    pub fn start(parts: Parts, now: Moment) -> (Self, mpsc::Receiver<Acknowledged>) {
        let (acknowledged, receiver) = mpsc::channel(ACKNOWLEDGED);
        let own = Self {
            core: remote::Remote::resume(parts.slots, now.mono),
            file: parts.file,
            judge: parts.judge,
            root: parts.root,
            money_signatures: parts.money_signatures,
            trust: TrustSet::new(),
            settings: parts.settings,
            schema: parts.schema,
            noticed: false,
            early: None,
            acknowledged,
        };
        (own, receiver)
    }

    /// Whom settings and commands are believed.
    #[must_use]
    pub fn trust(&self) -> &TrustSet {
        &self.trust
    }

    /// Whether operators have switched the taking of payments off.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.core.slots().paused
    }

    pub fn pause(&mut self, paused: bool, now: Moment) {
        self.core.handle(Event::Paused(paused), now.mono);
    }

    /// Every fault of this machine's file as it is now, in words.
    ///
    /// # Errors
    /// Where there is any.
    pub fn judge_file(&self) -> Result<(), Vec<String>> {
        self.judge.judge_file()
    }

    /// The version that is in force; none where nothing was sent.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.core.slots().in_force().map(|document| document.version)
    }

    /// Believes again the set of keys that was kept, as far as the root's keys of today signed it.
    pub fn recall_keys(&mut self, radio: &mut Radio) {
        let kept = self.core.slots().keys.clone();
        if let Some(Ok(set)) = kept.map(|(_, sealed)| self.open_keys(sealed.as_bytes(), radio)) {
            self.believe(&set, radio);
        }
    }

    fn open_keys(&self, bytes: &[u8], radio: &Radio) -> Result<KeySet, Refusal> {
        let (_, aud) = radio.audiences();
        let set = document::open::<KeySet>(Kind::Keys, bytes, &self.root, &aud, radio.mode())?.content;
        let readable = set.trust(self.money_signatures).is_some() && set.revoked().is_some();
        if readable { Ok(set) } else { Err(Refusal::Content) }
    }

    fn believe(&mut self, set: &KeySet, radio: &mut Radio) {
        self.trust = set.trust(self.money_signatures).unwrap_or_default();
        radio.distrust(&set.revoked().unwrap_or_default());
    }

    /// A set of keys: taken at once where the root signed it and it is newer, since a key that was lost must not be
    /// believed a minute longer.
    pub fn hear_keys(&mut self, bytes: &[u8], radio: &mut Radio, now: Moment) {
        let set = match self.open_keys(bytes, radio) {
            Ok(set) => set,
            Err(refusal) => return radio.refuse(refusal.label()),
        };
        let Ok(sealed) = String::from_utf8(bytes.to_vec()) else { return };
        if self.core.take_keys(set.version, sealed) {
            tracing::info!(version = set.version, "a new set of keys is believed");
            self.believe(&set, radio);
            // The broker hands out what it keeps in any order.
            if let Some(early) = self.early.take() {
                self.hear_desired(&early, radio, now);
            }
        }
    }

    /// A document of settings. One that does not verify is counted and has no answer: it could be anybody's.
    pub fn hear_desired(&mut self, bytes: &[u8], radio: &mut Radio, now: Moment) {
        let (aud, _) = radio.audiences();
        match read_desired(bytes, &self.trust, &aud, radio.mode()) {
            Ok(document) => self.core.handle(Event::Offered(document), now.mono),
            Err(refusal) => {
                if matches!(refusal, Refusal::UnknownKey | Refusal::TooFewSignatures) {
                    self.early = Some(bytes.to_vec());
                }
                radio.refuse(refusal.label());
            }
        }
    }

    /// The broker is there: it is told what this terminal is.
    pub fn come_up(&mut self, radio: &Radio, now: Moment) {
        radio.tell(Leaf::ConfigSchema, self.schema.to_string().into_bytes());
        self.report(radio);
        self.core.handle(Event::Up, now.mono);
    }

    /// What the counter does now, to be said after each event and once the time of [`Self::poll_timeout`] has come;
    /// `unread` is whether a notice is there. Cheap where nothing changed.
    pub fn look(&mut self, idle: bool, armed: bool, unread: bool, now: Moment) {
        if self.noticed && !unread {
            self.noticed = false;
            self.core.handle(Event::Read, now.mono);
        }
        self.core.handle(Event::Idle(idle), now.mono);
        self.core.handle(Event::Armed(armed), now.mono);
    }

    pub fn acknowledge(&mut self, what: Acknowledged, now: Moment) {
        let event = match what {
            Acknowledged::Report => Event::Reported,
            Acknowledged::Answer { txn, attempt } => Event::Told { txn, attempt },
        };
        self.core.handle(event, now.mono);
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.core.poll_timeout()
    }

    /// Carries out what was decided, in order.
    ///
    /// # Errors
    /// Where it cannot be kept: nothing that rests on it was done.
    pub async fn drain(&mut self, radio: &Radio, fuse: &Fuse, now: Moment) -> Result<Wish, Failed> {
        let mut wish = Wish::default();
        while let Some(effect) = self.core.poll_effect() {
            match effect {
                Effect::Keep(slots) => self.keep(*slots).await?,
                Effect::Judge(document) => {
                    let judged = self.judge.judge(self.core.slots().in_force(), &document);
                    self.core.handle(Event::Judged { txn: document.txn, judged }, now.mono);
                }
                Effect::Switch => wish.switch = true,
                Effect::Answer(answer) => self.answer(&answer, radio),
                Effect::Notice => (self.noticed, wish.notice) = (true, true),
                Effect::Report => self.report(radio),
            }
            if fuse.burn() {
                return Err(Failed::Fuse);
            }
        }
        Ok(wish)
    }

    /// A card may take its time: the loop's thread is not the one that waits for it.
    async fn keep(&self, slots: Slots) -> Result<(), NotKept> {
        let file = self.file.clone();
        let kept = tokio::task::spawn_blocking(move || file.write(&slots)).await;
        kept.unwrap_or_else(|gone| {
            Err(NotKept { path: self.file.0.clone(), source: io::Error::other(gone.to_string()) })
        })
    }

    fn answer(&self, answer: &Answer, radio: &Radio) {
        let Answer { txn, attempt, version, outcome, .. } = answer;
        tracing::info!(version, ?outcome, why = answer.why, "settings from far away");
        let what = Acknowledged::Answer { txn: txn.clone(), attempt: *attempt };
        let body = ConfigResult { told: Told(answer), current: self.version() };
        self.publish(radio, Leaf::ConfigResult, &body, what);
    }

    fn report(&self, radio: &Radio) {
        let slots = self.core.slots();
        let body = Reported {
            version: self.version(),
            trial: slots.trial.is_some(),
            burned: slots.burned,
            keys_version: slots.keys.as_ref().map(|(version, _)| *version),
            settings: &self.settings,
            last_result: slots.last.as_ref().map(Told),
        };
        self.publish(radio, Leaf::ConfigReported, &body, Acknowledged::Report);
    }

    fn publish(&self, radio: &Radio, leaf: Leaf, body: &impl Serialize, what: Acknowledged) {
        let Ok(bytes) = serde_json::to_vec(body) else { return };
        let Some(receipt) = radio.tell(leaf, bytes) else { return };
        let acknowledged = self.acknowledged.clone();
        tokio::spawn(async move {
            if receipt.acknowledged().await.is_ok() {
                // A terminal that has ended needs no word.
                let _gone = acknowledged.send(what).await;
            }
        });
    }
}
