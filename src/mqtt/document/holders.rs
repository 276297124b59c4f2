//! Who is in a set of keys, and how it is changed: a key comes in, is retired, or is believed nowhere any more.

use std::fmt;
use std::str::FromStr;

use super::KeySet;
use crate::mqtt::key::NotAKey;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::Role;

/// A key and, after a space, whose it is: `qrtill-ed25519:… anna`. The name is for people; nothing follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub key: PublicKey,
    /// Absent where nobody said it.
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAHolder {
    #[error(transparent)]
    Key(#[from] NotAKey),
    #[error("`{0}` is not a holder's name; use 1 to 40 of letters, digits, -, _, . and @")]
    Name(String),
}

impl Holder {
    pub fn new(name: &str, key: PublicKey) -> Result<Self, NotAHolder> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@');
        if (1..=40).contains(&name.len()) && name.bytes().all(legal) {
            Ok(Self { key, name: Some(name.to_owned()) })
        } else {
            Err(NotAHolder::Name(name.to_owned()))
        }
    }

    /// Whether a person means this one: by the name, the key or the key's id.
    fn is(&self, who: &str) -> bool {
        self.name.as_deref() == Some(who) || self.key.id().as_str() == who || self.key.to_string() == who
    }
}

impl FromStr for Holder {
    type Err = NotAHolder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(' ') {
            Some((key, name)) => Self::new(name, key.parse()?),
            None => Ok(Self { key: text.parse()?, name: None }),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

/// Why a set stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    #[error("the set names what is no key")]
    Unreadable,
    #[error("this key is in the set already; every role, and every person, needs a key of its own")]
    Twice,
    #[error("this key was revoked and stays so; make a new pair with `qrtill key new`")]
    Revoked,
    #[error("nobody in the set is called `{0}`, and no key of it has that id")]
    Nobody(String),
    #[error("several keys of the set are called `{0}`; name one by its id: {1}")]
    Several(String, String),
    #[error("a set has keys of the roles operations and money alone")]
    Role,
}

impl KeySet {
    /// All who are in the set, with their roles, then those who are revoked. None where it names what is no key.
    #[must_use]
    pub fn holders(&self) -> Option<Vec<(Option<Role>, Holder)>> {
        let lists = [
            (Some(Role::Operations), &self.operations),
            (Some(Role::Money), &self.money),
            (None, &self.revoked),
        ];
        let all = lists.into_iter().flat_map(|(role, list)| list.iter().map(move |line| (role, line)));
        all.map(|(role, line)| Some((role, line.parse().ok()?))).collect()
    }

    /// Lets one more key sign for `role`. Others of the role stay: that is the overlap of a rotation.
    pub fn add(&mut self, role: Role, holder: &Holder) -> Result<(), NotChanged> {
        let all = self.holders().ok_or(NotChanged::Unreadable)?;
        match all.iter().find(|(_, known)| known.key == holder.key) {
            Some((Some(_), _)) => return Err(NotChanged::Twice),
            Some((None, _)) => return Err(NotChanged::Revoked),
            None => {}
        }
        self.list(role)?.push(holder.to_string());
        self.version += 1;
        Ok(())
    }

    /// Takes out the one that is meant by name, key or key id. Documents it signed are no longer believed; what is in
    /// force stays in force.
    pub fn retire(&mut self, who: &str) -> Result<Holder, NotChanged> {
        let (role, holder) = self.find(who)?;
        let line = holder.to_string();
        self.list(role)?.retain(|known| *known != line);
        self.version += 1;
        Ok(holder)
    }

    /// Has a key believed nowhere any more. One that is not in the set, such as a relay's, is named by itself.
    pub fn revoke(&mut self, who: &str) -> Result<Holder, NotChanged> {
        let all = self.holders().ok_or(NotChanged::Unreadable)?;
        let revoked = |key: &PublicKey| all.iter().any(|(role, known)| role.is_none() && known.key == *key);
        let holder = match (who.parse::<Holder>(), self.find(who)) {
            (_, Ok((role, holder))) => {
                let line = holder.to_string();
                self.list(role)?.retain(|known| *known != line);
                holder
            }
            (Ok(holder), Err(NotChanged::Nobody(_))) => holder,
            (_, Err(why)) => return Err(why),
        };
        if revoked(&holder.key) {
            return Err(NotChanged::Revoked);
        }
        self.revoked.push(holder.to_string());
        self.version += 1;
        Ok(holder)
    }

    fn find(&self, who: &str) -> Result<(Role, Holder), NotChanged> {
        let all = self.holders().ok_or(NotChanged::Unreadable)?;
        let meant = all.into_iter().filter_map(|(role, holder)| Some((role?, holder)));
        let mut meant: Vec<_> = meant.filter(|(_, holder)| holder.is(who)).collect();
        match (meant.pop(), meant.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(last), false) => {
                let ids = meant.iter().chain([&last]).map(|(_, holder)| holder.key.id().to_string());
                Err(NotChanged::Several(who.to_owned(), ids.collect::<Vec<_>>().join(", ")))
            }
            (None, _) => Err(NotChanged::Nobody(who.to_owned())),
        }
    }

    fn list(&mut self, role: Role) -> Result<&mut Vec<String>, NotChanged> {
        match role {
            Role::Operations => Ok(&mut self.operations),
            Role::Money => Ok(&mut self.money),
            Role::Relay | Role::Terminal | Role::Root => Err(NotChanged::Role),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::key::SecretKey;

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_random([seed; 32]).public()
    }

    fn holder(name: &str, seed: u8) -> Holder {
        Holder::new(name, key(seed)).expect("a name")
    }

    fn set() -> KeySet {
        let mut set = KeySet { version: 1, ..KeySet::default() };
        set.add(Role::Operations, &holder("anna", 1)).expect("added");
        set.add(Role::Money, &holder("ben", 2)).expect("added");
        set
    }

    #[test]
    fn a_holder_reads_back_with_and_without_a_name() {
        for text in [holder("anna@shop", 1).to_string(), key(1).to_string()] {
            assert_eq!(text.parse::<Holder>().map(|holder| holder.to_string()), Ok(text));
        }
        for bad in ["", "two words", "colon:", &"x".repeat(41)] {
            assert_eq!(Holder::new(bad, key(1)), Err(NotAHolder::Name(bad.to_owned())));
        }
    }

    #[test]
    fn a_rotation_overlaps_and_each_step_is_a_version() {
        let mut set = set();
        set.add(Role::Operations, &holder("anna", 3)).expect("both sign now");
        let trust = set.trust(1).expect("readable");
        assert_eq!(trust.keys(Role::Operations).count(), 2);
        let several = set.retire("anna").expect_err("which one?");
        assert!(
            matches!(&several, NotChanged::Several(_, ids) if ids.contains(key(1).id().as_str())),
            "{several}"
        );
        assert_eq!(set.retire(key(1).id().as_str()), Ok(holder("anna", 1)));
        let trust = set.trust(1).expect("readable");
        assert_eq!(trust.keys(Role::Operations).collect::<Vec<_>>(), [key(3)]);
        assert_eq!(set.version, 5);
    }

    #[test]
    fn what_was_revoked_stays_so() {
        let mut set = set();
        assert_eq!(set.revoke("ben"), Ok(holder("ben", 2)));
        assert_eq!(set.add(Role::Money, &holder("ben", 2)), Err(NotChanged::Revoked));
        assert_eq!(set.revoke(&key(2).to_string()), Err(NotChanged::Revoked));
        assert_eq!(set.trust(1).expect("readable").keys(Role::Money).count(), 0);
        let relays = format!("{} relay", key(9));
        set.revoke(&relays).expect("a key that is in no set");
        assert_eq!(set.revoked(), Some(vec![key(2), key(9)]));
        assert_eq!(set.version, 5);
    }

    #[test]
    fn a_key_is_in_a_set_once_and_only_for_people() {
        let mut set = set();
        assert_eq!(set.add(Role::Money, &holder("anna", 1)), Err(NotChanged::Twice));
        assert_eq!(set.add(Role::Relay, &holder("relay", 4)), Err(NotChanged::Role));
        assert_eq!(set.retire("nobody"), Err(NotChanged::Nobody("nobody".into())));
        assert_eq!(set.version, 3, "nothing changed it");
    }
}
