//! What every command of the operator's side begins with: the configuration, the history, and a connection.

use std::path::Path;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::serve;
use crate::config;
use crate::config::fleet::Fleet;
use crate::fleet::Keys;
use crate::fleet::desk::Desk;
use crate::fleet::desk::Interest;
use crate::fleet::desk::NotOpen;
use crate::fleet::desk::NotTaken;
use crate::fleet::history::History;
use crate::fleet::history::NotKept;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;

pub struct Operator {
    pub fleet: Fleet,
    pub history: History,
}

impl Operator {
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let fleet = serve::values(file, config::fleet)?;
        let history = History::of(&fleet.history);
        Ok(Self { fleet, history })
    }

    pub async fn desk(&self, interest: Interest) -> Result<Desk, Failure> {
        let opened = Desk::open(&self.fleet.identity, self.fleet.broker.clone(), &interest).await;
        opened.map_err(|error| of_not_opened(&error))
    }

    /// The set of keys that the broker keeps, believed. An older one than was seen before is not: somebody whose key
    /// was revoked since would like to have it back.
    pub fn keys(&self, desk: &Desk) -> Result<Keys, Failure> {
        let identity = &self.fleet.identity;
        let Some(sealed) = &desk.picture.keys else {
            let what = format!("no set of keys is published below {}", identity.topics.root());
            return Err(Failure::new(failure::UNAVAILABLE, what, "publish it: qrtill key set publish FILE"));
        };
        let keys = identity.open_keys(sealed).map_err(|refusal| {
            let what = format!("the set of keys on the broker is not to be believed: {refusal}");
            Failure::new(failure::DATA, what, "publish the right one: qrtill key set publish FILE")
        })?;
        let seen = self.history.keys();
        let newest = seen.as_ref().and_then(|sealed| identity.open_keys(sealed).ok());
        match newest.map_or(0, |newest| newest.set.version) {
            newest if newest > keys.set.version => {
                let what = format!(
                    "the broker keeps version {} of the set of keys, and version {newest} was seen before",
                    keys.set.version
                );
                Err(Failure::new(failure::DATA, what, "publish the newest: qrtill key set publish FILE"))
            }
            _ if seen.as_ref() == Some(sealed) => Ok(keys),
            _ => self.note_keys(sealed).map(|()| keys),
        }
    }

    /// The operator's key for `role`, as far as the set of keys lets it sign.
    pub fn key(&self, keys: &Keys, role: Role) -> Result<&SecretKey, Failure> {
        let name = name(role);
        let Some(key) = self.fleet.identity.key(role) else {
            let what = format!("this needs a signature of the {name} role, and you have no such key");
            let hint = format!("name its file as {name}_file under [sign] of the fleet's file");
            return Err(Failure::new(failure::CONFIG, what, hint));
        };
        if !keys.lets(key, role) {
            let (id, version) = (key.public().id(), keys.set.version);
            let what =
                format!("your key {id} may not sign for {name}, by version {version} of the set of keys");
            let hint = "have it put in with `qrtill key set add`, and the set published";
            return Err(Failure::new(failure::CONFIG, what, hint));
        }
        Ok(key)
    }

    /// Keeps in mind which set of keys is the newest.
    pub fn note_keys(&self, sealed: &[u8]) -> Result<(), Failure> {
        self.history.note_keys(sealed).map_err(|error| of_not_kept(&error))
    }
}

pub fn name(role: Role) -> &'static str {
    match role {
        Role::Operations => "operations",
        Role::Money => "money",
        Role::Relay => "relay",
        Role::Terminal => "terminal",
        Role::Root => "root",
    }
}

pub fn of_not_kept(error: &NotKept) -> Failure {
    Failure::of_io(&error.source, failure::IO, "the history cannot be kept:", &error.path)
}

pub fn of_not_opened(error: &NotOpen) -> Failure {
    match error {
        NotOpen::Options(error) => Failure::new(failure::CONFIG, error.to_string(), "see [broker]"),
        NotOpen::Down { .. } | NotOpen::Ended => {
            Failure::new(failure::UNAVAILABLE, error.to_string(), "see [broker] of the fleet's file")
        }
    }
}

pub fn of_not_taken(error: &NotTaken) -> Failure {
    let hint = match error {
        NotTaken::NotSent(_) => "",
        NotTaken::NotAcknowledged(_) => "see [broker], and the broker's access rules for this user",
    };
    Failure::new(failure::UNAVAILABLE, error.to_string(), hint)
}
