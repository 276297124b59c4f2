//! Keys from a text that is there as a whole, in the characters of a serial keypad.

use std::time::Duration;

use super::decode::Decode;
use super::decode::Decoder;
use crate::core::key::Key;

/// The keys of this text, and how many of its bytes were none. An escape at its end is a cancel.
#[must_use]
pub fn keys(text: &[u8]) -> (Vec<Key>, u64) {
    let mut decoder = Decoder::for_script();
    decoder.handle(text, Duration::ZERO);
    decoder.handle_timeout(Duration::MAX);
    let keys = std::iter::from_fn(|| decoder.poll_key()).collect();
    (keys, decoder.dropped().noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_keys_and_what_is_no_key_is_counted() {
        let expected = [Key::Clear, Key::Digit(5), Key::Digit(0), Key::Digit(0), Key::Enter, Key::Cancel];
        assert_eq!(keys(b"c5x00\r\x1b"), (expected.to_vec(), 1));
    }
}
