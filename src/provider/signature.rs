//! What the webhook signatures of all systems have in common: HMAC-SHA256 over raw bytes, compared in
//! constant time, with several secrets, several signatures and a window of time. Which header and which
//! bytes are signed is each adapter's to say.

use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;
use subtle::Choice;
use subtle::ConstantTimeEq;

use crate::core::secret::Secret;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refusal;

/// How far a signature's time may be from ours, either way.
pub const WINDOW_S: i64 = 300;

pub type Tag = [u8; 32];

/// The header's only value, as text. A second one is refused: a proxy and we could each believe another.
pub fn only_header<'a>(hook: &'a RawWebhook, header: &'static str) -> Result<&'a str, Refusal> {
    let count = hook.header(header).count();
    let Some(value) = hook.header(header).next() else {
        return Err(Refusal::MissingSignature { header });
    };
    if count > 1 {
        return Err(Refusal::DoubledSignature { header, count });
    }
    std::str::from_utf8(value).map_err(|_| Refusal::UnreadableSignature { header })
}

/// A header of the form `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, with other schemes passed over.
#[derive(Debug, PartialEq, Eq)]
pub struct Stamped<'a> {
    /// The time as it was written: these characters are part of the signed bytes.
    pub time: &'a str,
    pub unix_s: i64,
    pub tags: Vec<Tag>,
}

impl<'a> Stamped<'a> {
    /// Nothing is trimmed. A header without a time, with two, or without any `v1` is unreadable; a `v1` that
    /// is not the hex of a tag matches nothing.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut time = None;
        let mut signed = false;
        let mut tags = Vec::new();
        for part in text.split(',') {
            let (scheme, value) = part.split_once('=')?;
            match scheme {
                "t" if time.is_some() => return None,
                "t" => time = Some(value),
                "v1" => {
                    signed = true;
                    tags.extend(hex_tag(value));
                }
                _ => {}
            }
        }
        let time = time?;
        let digits = time.bytes().all(|byte| byte.is_ascii_digit());
        let unix_s = time.parse().ok().filter(|_| digits)?;
        signed.then_some(Self { time, unix_s, tags })
    }
}

/// The HMAC first, and only then the time: `OutsideWindow` therefore means that the sender is genuine.
pub fn check(
    secrets: &[Secret],
    signed: &[&[u8]],
    tags: &[Tag],
    unix_s: i64,
    now_unix_s: i64,
) -> Result<(), Refusal> {
    check_keys(secrets.iter().map(|secret| secret.reveal().as_bytes()), signed, tags, unix_s, now_unix_s)
}

/// The same for a scheme whose secrets are not themselves the keys.
pub fn check_keys<'a>(
    keys: impl Iterator<Item = &'a [u8]>,
    signed: &[&[u8]],
    tags: &[Tag],
    unix_s: i64,
    now_unix_s: i64,
) -> Result<(), Refusal> {
    if !any_matches(keys, signed, tags) {
        return Err(Refusal::WrongSignature);
    }
    let age_s = now_unix_s.saturating_sub(unix_s);
    if age_s.unsigned_abs() > WINDOW_S.unsigned_abs() {
        return Err(Refusal::OutsideWindow { age_s, window_s: WINDOW_S });
    }
    Ok(())
}

/// Whether any tag is the HMAC of `signed` under any key. An empty key never matches: anybody could sign
/// with it.
fn any_matches<'a>(keys: impl Iterator<Item = &'a [u8]>, signed: &[&[u8]], tags: &[Tag]) -> bool {
    let mut found = Choice::from(0);
    for key in keys.filter(|key| !key.is_empty()) {
        let right = tag(key, signed);
        for given in tags {
            found |= right.ct_eq(given);
        }
    }
    found.into()
}

/// HMAC-SHA256 of the parts, one after the other.
#[must_use]
pub fn tag(key: &[u8], signed: &[&[u8]]) -> Tag {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in signed {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// 64 lower-case hex digits.
#[must_use]
pub fn hex_tag(text: &str) -> Option<Tag> {
    let digits = text.as_bytes();
    let mut tag = [0; 32];
    if digits.len() != 2 * tag.len() {
        return None;
    }
    for (byte, pair) in tag.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(tag)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// A tag as the systems write it: 64 lower-case hex digits.
#[must_use]
pub fn to_hex(tag: &Tag) -> String {
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_760_000_000;

    fn secrets(values: &[&str]) -> Vec<Secret> {
        values.iter().copied().map(Secret::new).collect()
    }

    #[test]
    fn the_mac_is_the_one_of_rfc_4231() {
        let found = tag(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(to_hex(&found), expected);
        assert_eq!(hex_tag(expected), Some(found));
    }

    #[test]
    fn the_window_ends_after_300_seconds_both_ways() {
        let tags = [tag(b"k", &[b"body"])];
        for (age_s, good) in
            [(299, true), (300, true), (301, false), (-299, true), (-300, true), (-301, false)]
        {
            let said = check(&secrets(&["k"]), &[b"body"], &tags, NOW - age_s, NOW);
            assert_eq!(said.is_ok(), good, "{age_s}");
            if !good {
                assert_eq!(said, Err(Refusal::OutsideWindow { age_s, window_s: 300 }));
            }
        }
    }

    #[test]
    fn the_time_of_a_forgery_is_not_discussed() {
        let tags = [tag(b"other", &[b"body"])];
        for unix_s in [0, NOW, i64::MIN, i64::MAX] {
            let said = check(&secrets(&["k"]), &[b"body"], &tags, unix_s, NOW);
            assert_eq!(said, Err(Refusal::WrongSignature));
        }
    }

    #[test]
    fn any_secret_and_any_tag_is_enough_and_an_empty_secret_is_none() {
        let tags = [[0; 32], tag(b"new", &[b"body"])];
        assert_eq!(check(&secrets(&["old", "new"]), &[b"body"], &tags, NOW, NOW), Ok(()));
        let tags = [tag(b"", &[b"body"])];
        assert_eq!(check(&secrets(&[""]), &[b"body"], &tags, NOW, NOW), Err(Refusal::WrongSignature));
        assert_eq!(check(&[], &[b"body"], &tags, NOW, NOW), Err(Refusal::WrongSignature));
    }

    #[test]
    fn a_header_is_read_strictly() {
        let tag = "0a".repeat(32);
        let good = format!("t=12,v1={tag},v0=zz,v1=short");
        let stamped = Stamped::parse(&good).expect("a header");
        assert_eq!((stamped.time, stamped.unix_s, stamped.tags), ("12", 12, vec![[10; 32]]));
        for bad in [
            String::new(),
            format!("v1={tag}"),
            format!("t=12,t=13,v1={tag}"),
            format!("t=12,v0={tag}"),
            format!("t=12, v1={tag}"),
            format!("t=+12,v1={tag}"),
            format!("t=,v1={tag}"),
            format!("t=99999999999999999999,v1={tag}"),
            format!("t=12,v1={tag},"),
        ] {
            assert_eq!(Stamped::parse(&bad), None, "{bad}");
        }
        assert_eq!(hex_tag(&"0A".repeat(32)), None);
    }

    #[test]
    fn a_doubled_or_missing_header_is_refused() {
        let mut hook = RawWebhook { headers: Vec::new(), body: Vec::new() };
        assert_eq!(only_header(&hook, "X-Sig"), Err(Refusal::MissingSignature { header: "X-Sig" }));
        hook.headers.push(("x-sig".into(), b"one".to_vec()));
        assert_eq!(only_header(&hook, "X-Sig"), Ok("one"));
        hook.headers.push(("X-SIG".into(), b"one".to_vec()));
        assert_eq!(only_header(&hook, "X-Sig"), Err(Refusal::DoubledSignature { header: "X-Sig", count: 2 }));
    }
}
