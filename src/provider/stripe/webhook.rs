//! Stripe's webhooks: the signature over the raw bytes first, and only then what they say.

use super::event;
use crate::core::secret::Secret;
use crate::port::provider::News;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refusal;
use crate::provider::signature;
use crate::provider::signature::Stamped;

pub const SIGNATURE: &str = "Stripe-Signature";

/// The whole secret is the key, `whsec_` included; the signed bytes are the time, a point and the body.
pub fn verify(
    hook: &RawWebhook,
    secrets: &[Secret],
    now_unix_s: i64,
    account: &str,
) -> Result<News, Refusal> {
    let header = signature::only_header(hook, SIGNATURE)?;
    let stamped = Stamped::parse(header).ok_or(Refusal::UnreadableSignature { header: SIGNATURE })?;
    let signed = [stamped.time.as_bytes(), b".", hook.body.as_slice()];
    signature::check(secrets, &signed, &stamped.tags, stamped.unix_s, now_unix_s)?;
    event::read(&hook.body, account).map_err(Refusal::Unreadable)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const VECTORS: &str = include_str!("../../../tests/fixtures/stripe/vectors.json");

    #[test]
    fn the_vectors_are_judged_as_expected() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases");
        assert_eq!(cases.len(), 13);
        for case in cases {
            let text = |key: &str| case[key].as_str().map(str::to_owned);
            let name = text("name").expect("a name");
            let headers = text("header").map(|value| (text("header_name").expect("a name"), value.into()));
            let body = text("body_utf8").expect("a body").into();
            let hook = RawWebhook { headers: headers.into_iter().collect(), body };
            let secrets = [Secret::new(text("secret").expect("a secret"))];
            let said = verify(&hook, &secrets, case["now"].as_i64().expect("a time"), "");
            assert_eq!(said.is_ok(), case["expect"] == "accept", "{name}: {said:?}");
        }
    }
}
