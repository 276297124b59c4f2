//! Names that cross a boundary: a terminal's id, and a sale's reference minted from it.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// A terminal's id, `[a-z0-9-]{3,40}`: also its MQTT user name and client id, so the alphabet keeps
/// wildcards and separators of every broker out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TerminalId(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a terminal id; use 3 to 40 of a-z, 0-9 and -")]
pub struct NotATerminalId(String);

impl TerminalId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TerminalId {
    type Err = NotATerminalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if legal && (3..=40).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotATerminalId(text.to_owned()))
        }
    }
}

impl TryFrom<String> for TerminalId {
    type Error = NotATerminalId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TerminalId> for String {
    fn from(id: TerminalId) -> Self {
        id.0
    }
}

impl fmt::Display for TerminalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sale's name, `<terminal id>-<ULID>`, unique for ever. At most 67 characters of `[A-Za-z0-9-]`,
/// which every payment-link system takes as metadata or as a client reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a sale's reference; one looks like counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R")]
pub struct NotAReference(String);

/// `-` and the 26 characters of a ULID.
const TAIL: usize = 27;

impl Reference {
    /// Mints one. `random` are 80 fresh random bits in the low end; `unix_ms` makes references sort by age.
    #[must_use]
    pub fn mint(terminal: &TerminalId, unix_ms: i64, random: u128) -> Self {
        let ulid = ulid::Ulid::from_parts(u64::try_from(unix_ms).unwrap_or(0), random);
        Self(format!("{terminal}-{ulid}"))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The terminal that minted it: everything but the last 27 characters.
    #[must_use]
    pub fn terminal(&self) -> TerminalId {
        TerminalId(self.0[..self.0.len() - TAIL].to_owned())
    }

    /// The last four characters, for people to compare.
    #[must_use]
    pub fn tail(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

impl FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAReference(text.to_owned());
        let cut = text.len().checked_sub(TAIL).ok_or_else(wrong)?;
        let (id, tail) = text.split_at_checked(cut).ok_or_else(wrong)?;
        let ulid = tail.strip_prefix('-').ok_or_else(wrong)?;
        let canonical = ulid::Ulid::from_string(ulid).is_ok_and(|parsed| parsed.to_string() == ulid);
        if canonical && id.parse::<TerminalId>().is_ok() { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Reference {
    type Error = NotAReference;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_terminal_and_reads_back() {
        let terminal: TerminalId = "shop-7".parse().expect("an id");
        let reference = Reference::mint(&terminal, 1_790_000_000_000, 42);
        assert_eq!(reference.terminal(), terminal);
        assert_eq!(reference.as_str().parse::<Reference>(), Ok(reference.clone()));
        assert_eq!(reference.tail().len(), 4);
    }

    #[test]
    fn what_is_not_exactly_a_reference_is_refused() {
        let good = Reference::mint(&"abc".parse().expect("an id"), 1_790_000_000_000, 0xABCDEF).to_string();
        for bad in [
            "",
            "abc",
            &good.to_lowercase(),
            &good[1..],
            &format!("{good} "),
            &good.replace("abc", "a+c"),
            "ééééééééééééééééééééééééé",
        ] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
        for bad in ["ab", "A-shop", "shop/1", "+", "#"] {
            assert!(bad.parse::<TerminalId>().is_err(), "{bad}");
        }
    }
}
