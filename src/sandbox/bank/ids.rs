//! Ids that look random and follow from a seed. Not for secrets.

use crate::sandbox::bank::faults::SplitMix;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A source of ids. The same seed gives the same ids in the same order.
#[derive(Debug)]
pub struct Ids(SplitMix);

impl Ids {
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(SplitMix::new(seed))
    }

    /// `prefix` followed by `length` letters and digits.
    pub fn mint(&mut self, prefix: &str, length: usize) -> String {
        let mut id = String::with_capacity(prefix.len() + length);
        id.push_str(prefix);
        for _ in 0..length {
            let at = usize::try_from(self.0.below(62)).unwrap_or_default();
            id.push(char::from(LETTERS[at]));
        }
        id
    }
}
