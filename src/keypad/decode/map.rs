//! What a keypad's own names for its keys mean: the names of keys in a configuration, and a table of codes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::core::key::Key;

/// What a key of a keypad does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Key(Key),
    /// `*` of a bare 4x3 block: pressed for a moment it takes a digit away, held down it cancels.
    BackOrCancel,
    /// Nothing, by choice.
    Nothing,
}

const NAMES: [(&str, Meaning); 10] = [
    ("00", Meaning::Key(Key::DoubleZero)),
    ("enter", Meaning::Key(Key::Enter)),
    ("back", Meaning::Key(Key::Back)),
    ("clear", Meaning::Key(Key::Clear)),
    ("cancel", Meaning::Key(Key::Cancel)),
    ("plus", Meaning::Key(Key::Plus)),
    ("point", Meaning::Key(Key::Point)),
    ("list", Meaning::Key(Key::List)),
    ("back-or-cancel", Meaning::BackOrCancel),
    ("nothing", Meaning::Nothing),
];

/// No key has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key")]
pub struct NoSuchKey(String);

impl NoSuchKey {
    /// The way out.
    #[must_use]
    pub fn mend() -> String {
        let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        format!("write a digit or one of {}", names.join(", "))
    }
}

impl FromStr for Meaning {
    type Err = NoSuchKey;

    fn from_str(name: &str) -> Result<Self, NoSuchKey> {
        if let [digit @ b'0'..=b'9'] = name.as_bytes() {
            return Ok(Self::Key(Key::Digit(digit - b'0')));
        }
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| NoSuchKey(name.to_owned()))
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Key(Key::Digit(digit)) = self {
            return write!(f, "{digit}");
        }
        // Every other meaning is in the table.
        let named = NAMES.iter().find(|(_, meaning)| meaning == self).map_or("", |(name, _)| name);
        f.write_str(named)
    }
}

/// Codes of a keypad with what they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyMap(BTreeMap<u16, Meaning>);

/// This code has a meaning already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twice;

impl KeyMap {
    /// # Errors
    /// The code is in the map: whichever of the two was meant, the other is a mistake.
    pub fn add(&mut self, code: u16, meaning: Meaning) -> Result<(), Twice> {
        if self.0.contains_key(&code) {
            return Err(Twice);
        }
        self.0.insert(code, meaning);
        Ok(())
    }

    #[must_use]
    pub fn get(&self, code: u16) -> Option<Meaning> {
        self.0.get(&code).copied()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every meaning, by code.
    pub fn iter(&self) -> impl Iterator<Item = (u16, Meaning)> {
        self.0.iter().map(|(code, meaning)| (*code, *meaning))
    }
}

/// A code as people write it: `0x1C`, `28`, or the one character that the keypad sends, such as `A`.
///
/// A lone digit is that character, not a number: keypads that send characters are the common ones.
#[must_use]
pub fn code(text: &str) -> Option<u16> {
    if let [byte] = text.as_bytes() {
        return byte.is_ascii_graphic().then(|| u16::from(*byte));
    }
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |hex| (hex, 16));
    let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    u16::from_str_radix(digits, radix).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meaning_has_a_name_that_leads_back_to_it() {
        let digits = (0..=9).map(|digit| Meaning::Key(Key::Digit(digit)));
        for meaning in digits.chain(NAMES.iter().map(|(_, meaning)| *meaning)) {
            assert_eq!(meaning.to_string().parse(), Ok(meaning));
        }
        for wrong in ["", "10", "Enter", "return", "back "] {
            assert_eq!(wrong.parse::<Meaning>(), Err(NoSuchKey(wrong.to_owned())));
        }
        assert!(NoSuchKey::mend().contains("enter, back, "));
    }

    #[test]
    fn a_code_is_a_number_or_the_character_that_comes() {
        let codes = [("0x1C", 28), ("0x1c", 28), ("0X1C", 28), ("28", 28), ("A", 65), ("5", 53), ("#", 35)];
        for (text, expected) in codes {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        for wrong in ["", " ", "é", "0x", "0x1G", "1C", "-1", "+28", "0x+1", "70000", "enter"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_has_one_meaning() {
        let mut map = KeyMap::default();
        assert!(map.is_empty());
        assert_eq!(map.add(28, Meaning::Key(Key::Enter)), Ok(()));
        assert_eq!(map.add(28, Meaning::Nothing), Err(Twice));
        assert_eq!((map.get(28), map.get(29)), (Some(Meaning::Key(Key::Enter)), None));
    }
}
