//! One terminal whose settings are to be changed: what it takes, what is in force, and what the next document is built
//! on. That last is believed only if it was signed: who signs again answers for all that is in it.

use std::sync::Arc;

use serde_json::Value;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::note;
use crate::cli::fleet::open::of_not_kept;
use crate::cli::fleet::show;
use crate::core::reference::TerminalId;
use crate::core::remote::Answer;
use crate::core::remote::Outcome;
use crate::fleet::Keys;
use crate::fleet::change::leaves;
use crate::fleet::desk::Desk;
use crate::fleet::desk::Interest;
use crate::fleet::history::Entry;
use crate::fleet::picture::Reported;
use crate::fleet::picture::Seen;
use crate::fleet::proposal::Base;
use crate::fleet::proposal::next_version;
use crate::fleet::schema::Schema;
use crate::mqtt::document::Desired;

pub struct Case {
    pub id: TerminalId,
    pub keys: Arc<Keys>,
    pub schema: Arc<Schema>,
    pub reported: Reported,
    pub base: Base,
    /// The document on the broker when all this was read.
    pub kept: Option<Vec<u8>>,
    /// Its version, where it is to be believed.
    pub kept_version: Option<u64>,
    /// What was sent from here before.
    pub sent: Vec<Entry>,
}

/// What the next document begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildOn {
    /// What was sent last.
    Sent,
    /// The same where it is to be believed, nothing where it is not: for documents that say everything themselves.
    SentOrNothing,
    /// Nothing.
    Nothing,
}

/// Schemas that were read: terminals of one version of the program have the same, and reading it takes its time.
#[derive(Default)]
pub struct Schemas(Vec<(Arc<Value>, Arc<Schema>)>);

impl Schemas {
    fn of(&mut self, id: &TerminalId, value: &Arc<Value>) -> Result<Arc<Schema>, Failure> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| Arc::ptr_eq(known, value)) {
            return Ok(Arc::clone(known));
        }
        let schema = Schema::new(Value::clone(value));
        let schema = schema.map_err(|error| Failure::new(failure::DATA, format!("{id}: {error}"), ""))?;
        let schema = Arc::new(schema);
        self.0.push((Arc::clone(value), Arc::clone(&schema)));
        Ok(schema)
    }
}

impl Case {
    /// Looks at the terminal, and stays connected.
    pub async fn open(operator: &Operator, id: &TerminalId, on: BuildOn) -> Result<(Desk, Self), Failure> {
        let desk = operator.desk(Interest::One(id.clone())).await?;
        let seen = desk.picture.of(id);
        if seen.presence.is_none() && seen.reported.is_none() {
            return Err(show::unknown(id));
        }
        let keys = Arc::new(operator.keys(&desk)?);
        let case = Self::of(operator, id, seen, &keys, &mut Schemas::default(), on)?;
        Ok((desk, case))
    }

    /// What was seen of a terminal, by this set of keys.
    pub fn of(
        operator: &Operator,
        id: &TerminalId,
        seen: Seen,
        keys: &Arc<Keys>,
        schemas: &mut Schemas,
        on: BuildOn,
    ) -> Result<Self, Failure> {
        let (Some(reported), Some(schema)) = (seen.reported, seen.schema) else {
            let what = format!("{id} tells nothing of its settings");
            let hint = "name the root's key under [remote] in its own file, and start it anew";
            return Err(Failure::new(failure::UNAVAILABLE, what, hint));
        };
        let schema = schemas.of(id, &schema)?;
        let sent = operator.history.list(id).map_err(|error| of_not_kept(&error))?;
        let kept = seen.desired;
        let (id, keys, base) = (id.clone(), Arc::clone(keys), Base::default());
        let mut case = Self { id, keys, schema, reported, base, kept, kept_version: None, sent };
        let kept = case.kept.as_ref().map(|bytes| case.believed(operator, bytes)).transpose();
        case.kept_version = kept.as_ref().ok().and_then(|kept| Some(kept.as_ref()?.version));
        case.base = match (on, kept) {
            (BuildOn::Sent, Err(unbelieved)) => return Err(unbelieved),
            (BuildOn::Sent | BuildOn::SentOrNothing, Ok(kept)) => case.choose(kept, on),
            (BuildOn::SentOrNothing, Err(_)) | (BuildOn::Nothing, _) => Base::default(),
        };
        Ok(case)
    }

    /// The version that is newer than all that were sent. What nobody rightly signed does not count: the terminal
    /// does not hear it either.
    pub fn next_version(&self) -> Result<u64, Failure> {
        let sent = self.sent.iter().map(|entry| entry.version);
        next_version(sent.chain(self.kept_version).chain([self.reported.burned])).map_err(|most| {
            let what = format!("{} is said to have seen version {most}, and nobody sends so many", self.id);
            Failure::new(failure::DATA, what, "look who else can write on the broker in its name")
        })
    }

    /// What was sent last, unless the broker has forgotten it, or the terminal has refused it or gone back from it:
    /// then what is in force.
    fn choose(&self, kept: Option<Base>, on: BuildOn) -> Base {
        let is_over =
            |kept: &Base| kept.version <= self.reported.burned && self.reported.version != Some(kept.version);
        kept.filter(|kept| !is_over(kept)).unwrap_or_else(|| self.in_force(on))
    }

    fn believed(&self, operator: &Operator, bytes: &[u8]) -> Result<Base, Failure> {
        let identity = &operator.fleet.identity;
        let aud = identity.topics.audience(&self.id);
        self.keys.open_desired(bytes, &aud, identity.mode).map(|opened| of(&opened.content)).or_else(|refusal| {
            // Its signer may have left since: then it was believed when it was sent.
            let known = self.sent.iter().find(|entry| entry.document.as_bytes() == bytes);
            known.and_then(Entry::desired).map(|desired| of(&desired)).ok_or_else(|| {
                let what = format!(
                    "the document that the broker keeps for {} is not to be believed: {refusal}; nothing was built \
                     on it",
                    self.id
                );
                let hint = "say --anew to begin with nothing, and send all that is wanted again";
                Failure::new(failure::DATA, what, hint)
            })
        })
    }

    /// The document in force: as this history has it, or else as the terminal tells of it. That is not signed, so it
    /// is said.
    pub fn in_force(&self, on: BuildOn) -> Base {
        let Some(version) = self.reported.version else { return Base::default() };
        // Somebody else may have sent another under the same number.
        let taken = |answer: &Answer| matches!(answer.outcome, Outcome::Applied | Outcome::Unchanged);
        let last = self.reported.last_result.as_ref();
        let is_it = |entry: &&Entry| {
            let of_terminal = last.filter(|last| last.txn == entry.txn);
            entry.version == version && entry.answer.as_ref().or(of_terminal).is_some_and(taken)
        };
        let known = self.sent.iter().find(is_it).and_then(Entry::desired);
        known.as_ref().map(of).unwrap_or_else(|| {
            let id = &self.id;
            if on == BuildOn::Sent {
                note(&format!(
                    "the document of version {version} is not known here: this is built on what {id} says is in force"
                ));
            }
            let sent = self.reported.settings.iter().filter(|(_, effective)| effective.is_sent());
            let settings = sent.map(|(path, effective)| (path.clone(), effective.value.clone())).collect();
            Base { version, settings }
        })
    }
}

fn of(desired: &Desired) -> Base {
    Base { version: desired.version, settings: leaves(&desired.settings) }
}
