//! Ids that look random and follow from a seed. Not for secrets.

use crate::sandbox::bank::faults::SplitMix;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How a system writes an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A prefix and so many letters and digits.
    Letters(&'static str, usize),
    /// A prefix and so many hexadecimal digits.
    Hex(&'static str, usize),
    /// A random UUID, version 4.
    Uuid,
}

/// A source of ids. The same seed gives the same ids in the same order.
#[derive(Debug)]
pub struct Ids(SplitMix);

impl Ids {
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(SplitMix::new(seed))
    }

    pub fn mint(&mut self, manner: Manner) -> String {
        match manner {
            Manner::Letters(prefix, length) => self.drawn(prefix, length, LETTERS),
            Manner::Hex(prefix, length) => self.drawn(prefix, length, b"0123456789abcdef"),
            Manner::Uuid => self.uuid(),
        }
    }

    fn drawn(&mut self, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        let mut id = String::with_capacity(prefix.len() + length);
        id.push_str(prefix);
        for _ in 0..length {
            let at = usize::try_from(self.0.below(alphabet.len() as u64)).unwrap_or_default();
            id.push(char::from(alphabet[at]));
        }
        id
    }

    fn uuid(&mut self) -> String {
        let digits = self.drawn("", 30, b"0123456789abcdef");
        let variant = self.drawn("", 1, b"89ab");
        let (one, two, three) = (&digits[..8], &digits[8..12], &digits[12..15]);
        let (four, five) = (&digits[15..18], &digits[18..]);
        format!("{one}-{two}-4{three}-{variant}{four}-{five}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_asked_and_follow_from_the_seed() {
        let mut ids = Ids::seeded(1);
        let uuid = ids.mint(Manner::Uuid);
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert!(uuid[14..].starts_with('4') && "89ab".contains(&uuid[19..20]), "{uuid}");
        let hex = ids.mint(Manner::Hex("plink_", 32));
        assert!(hex[6..].bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()), "{hex}");
        assert_eq!(hex.len(), 38);
        assert_eq!(ids.mint(Manner::Letters("pi_", 24)).len(), 27);
        assert_eq!(Ids::seeded(1).mint(Manner::Uuid), uuid);
        assert_ne!(Ids::seeded(2).mint(Manner::Uuid), uuid);
    }
}
