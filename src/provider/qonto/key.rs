//! Idempotency keys.

use sha2::Digest;
use sha2::Sha256;

pub const HEADER: &str = "X-Qonto-Idempotency-Key";

/// Our key in the shape of a version 4 UUID, which Qonto advises and may come to demand. It is a digest and
/// not drawn: the same order has the same key after a restart, and another generation another one.
#[must_use]
pub fn uuid(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let mut digits = String::with_capacity(32);
    for (at, byte) in digest.iter().take(16).enumerate() {
        let byte = match at {
            6 => byte & 0x0F | 0x40,
            8 => byte & 0x3F | 0x80,
            _ => *byte,
        };
        digits.push_str(&format!("{byte:02x}"));
    }
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_always_the_same_uuid_and_another_key_another_one() {
        // `printf a | sha256sum` begins with ca978112ca1bbdcafac231b39a23dc4d.
        assert_eq!(uuid("a"), "ca978112-ca1b-4dca-bac2-31b39a23dc4d");
        assert_ne!(
            uuid("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R.1"),
            uuid("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R.2")
        );
    }
}
