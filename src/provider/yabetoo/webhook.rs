//! Yabetoo's signature, over the raw bytes, before anything is parsed (`developer-tools/webhook/overview`).

use super::event;
use super::payment::Reading;
use crate::core::secret::Secret;
use crate::port::provider::News;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refusal;
use crate::provider::signature;
use crate::provider::signature::Stamped;
use crate::provider::signature::Tag;

pub const SIGNATURE: &str = "X-Yabetoo-Webhook-Signature";
pub const TIMESTAMP: &str = "X-Yabetoo-Webhook-Timestamp";

/// The whole secret is the key; the signed bytes are the time, a point and the body. Yabetoo's sample signs a
/// body that it has parsed and written again; its text says the raw one, and that is what counts. The window
/// of 300 s is that of its command line tool; the page names none.
pub fn verify(
    hook: &RawWebhook,
    secrets: &[Secret],
    now_unix_s: i64,
    reading: Reading<'_>,
) -> Result<News, Refusal> {
    let signed = Signed::of(hook)?;
    let parts = [signed.time.as_bytes(), b".", hook.body.as_slice()];
    signature::check(secrets, &parts, &signed.tags, signed.unix_s, now_unix_s)?;
    event::read(&hook.body, signed.unix_s, reading).map_err(Refusal::Unreadable)
}

struct Signed<'a> {
    /// The time as it was written: these characters are part of the signed bytes.
    time: &'a str,
    unix_s: i64,
    tags: Vec<Tag>,
}

impl<'a> Signed<'a> {
    /// The signature is told in three spellings: `t=…,v1=<hex>` in the steps, `v1=<hex>` in the example and
    /// the bare hex in the sample code. The last two leave the time to its own header; where the first comes
    /// with that header, both must say the same.
    fn of(hook: &'a RawWebhook) -> Result<Self, Refusal> {
        let text = signature::only_header(hook, SIGNATURE)?;
        let unreadable = || Refusal::UnreadableSignature { header: SIGNATURE };
        let own = match hook.header(TIMESTAMP).next() {
            None => None,
            Some(_) => Some(signature::only_header(hook, TIMESTAMP)?),
        };
        if text.starts_with("t=") || text.contains(",t=") {
            let Stamped { time, unix_s, tags } = Stamped::parse(text).ok_or_else(unreadable)?;
            if own.is_some_and(|own| own != time) {
                return Err(Refusal::UnreadableSignature { header: TIMESTAMP });
            }
            return Ok(Self { time, unix_s, tags });
        }
        let tags =
            if text.contains('=') { versioned(text) } else { signature::hex_tag(text).map(|tag| vec![tag]) };
        let tags = tags.ok_or_else(unreadable)?;
        let time = own.ok_or(Refusal::MissingSignature { header: TIMESTAMP })?;
        let digits = time.bytes().all(|byte| byte.is_ascii_digit());
        let unix_s = time.parse().ok().filter(|_| digits);
        let unix_s = unix_s.ok_or(Refusal::UnreadableSignature { header: TIMESTAMP })?;
        Ok(Self { time, unix_s, tags })
    }
}

/// `v1=<hex>[,v1=<hex>…]`, with versions that may come passed over.
fn versioned(text: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut signed = false;
    for part in text.split(',') {
        let (scheme, value) = part.split_once('=')?;
        let version = scheme.strip_prefix('v').filter(|number| !number.is_empty())?;
        if !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if version == "1" {
            signed = true;
            tags.extend(signature::hex_tag(value));
        }
    }
    signed.then_some(tags)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::subject::READING;
    use super::*;

    const VECTORS: &str = include_str!("../../../tests/fixtures/yabetoo/vectors.json");
    const NOW: i64 = 1_760_000_000;
    const BODY: &str = r#"{"id":"evt_1","type":"payment_link.created","data":{"id":"plink_1"}}"#;

    #[test]
    fn the_vectors_are_judged_as_expected() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases");
        assert_eq!(cases.len(), 5);
        for case in cases {
            let text = |key: &str| case[key].as_str().expect("a text").to_owned();
            let headers = case["headers"].as_object().expect("headers").iter();
            let headers =
                headers.map(|(name, value)| (name.clone(), value.as_str().expect("a value").into()));
            let hook = RawWebhook { headers: headers.collect(), body: text("body_utf8").into() };
            let said =
                verify(&hook, &[Secret::new(text("secret"))], case["now"].as_i64().expect("a time"), READING);
            assert_eq!(said.is_ok(), text("expect") == "accept", "{}: {said:?}", text("name"));
        }
    }

    fn tag() -> String {
        let tag = signature::tag(b"whsec_1", &[NOW.to_string().as_bytes(), b".", BODY.as_bytes()]);
        signature::to_hex(&tag)
    }

    fn said(signature: &str, time: Option<&str>) -> Result<News, Refusal> {
        let mut headers = vec![(SIGNATURE.to_lowercase(), signature.into())];
        headers.extend(time.map(|time| (TIMESTAMP.to_owned(), time.into())));
        verify(&RawWebhook { headers, body: BODY.into() }, &[Secret::new("whsec_1")], NOW, READING)
    }

    #[test]
    fn all_three_spellings_are_believed_with_their_time() {
        let (hex, now) = (tag(), NOW.to_string());
        let with_time = format!("t={NOW},v1={hex}");
        for signature in [hex.clone(), format!("v1={hex}"), format!("v1={},v1={hex}", "0".repeat(64))] {
            assert!(said(&signature, Some(&now)).is_ok(), "{signature}");
            let missing = Err(Refusal::MissingSignature { header: TIMESTAMP });
            assert_eq!(said(&signature, None), missing, "{signature}");
        }
        assert!(said(&with_time, Some(&now)).is_ok());
        assert!(said(&with_time, None).is_ok());
    }

    #[test]
    fn two_times_that_differ_are_refused() {
        let later = (NOW + 1).to_string();
        let with_time = format!("t={NOW},v1={}", tag());
        let odd = Err(Refusal::UnreadableSignature { header: TIMESTAMP });
        assert_eq!(said(&with_time, Some(&later)), odd);
        for time in ["", "+1760000000", "soon", "99999999999999999999"] {
            assert_eq!(said(&tag(), Some(time)), odd, "{time}");
        }
        assert_eq!(said(&tag(), Some("01760000000")), Err(Refusal::WrongSignature));
        assert_eq!(said(&tag(), Some(&later)), Err(Refusal::WrongSignature));
    }

    #[test]
    fn other_spellings_are_not_read() {
        let (hex, now) = (tag(), NOW.to_string());
        for signature in [
            String::new(),
            hex.to_uppercase(),
            format!(" {hex}"),
            format!("v0={hex}"),
            format!("v1={hex},"),
            format!("sha256={hex}"),
            format!("\u{b}t={NOW},v1={hex}"),
            format!("v1={hex},t={NOW},t={NOW}"),
        ] {
            let odd = Err(Refusal::UnreadableSignature { header: SIGNATURE });
            assert_eq!(said(&signature, Some(&now)), odd, "{signature}");
        }
        let wrong = format!("v1={}", hex.to_uppercase());
        assert_eq!(said(&wrong, Some(&now)), Err(Refusal::WrongSignature));
    }

    #[test]
    fn a_time_that_came_twice_is_refused() {
        let time = (TIMESTAMP.to_owned(), NOW.to_string().into_bytes());
        let headers = vec![(SIGNATURE.to_owned(), tag().into_bytes()), time.clone(), time];
        let hook = RawWebhook { headers, body: BODY.into() };
        let doubled = Refusal::DoubledSignature { header: TIMESTAMP, count: 2 };
        assert_eq!(verify(&hook, &[Secret::new("whsec_1")], NOW, READING), Err(doubled));
    }
}
