//! What signing webhooks takes, in whichever scheme. Written for the bank alone, apart from whatever
//! verifies them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;

use crate::sandbox::bank::model::Endpoint;

/// `t=<seconds since 1970>,v1=<signature>`, with one signature per secret.
#[must_use]
pub fn timed_signature(secrets: &[&str], at_s: i64, body: &str) -> String {
    let mut header = format!("t={at_s}");
    for secret in secrets {
        header.push_str(",v1=");
        header.push_str(&hmac_hex(secret.as_bytes(), &format!("{at_s}.{body}")));
    }
    header
}

/// HMAC-SHA256 in lower-case hexadecimal digits.
#[must_use]
pub fn hmac_hex(key: &[u8], text: &str) -> String {
    hex(&hmac_sha256(key, text))
}

/// HMAC-SHA256 in base64.
#[must_use]
pub fn hmac_base64(key: &[u8], text: &str) -> String {
    STANDARD.encode(hmac_sha256(key, text))
}

#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Endpoint {
    /// The secrets that sign at `now_ms`: the present one, and the former one while it is being changed.
    #[must_use]
    pub fn secrets(&self, now_ms: i64) -> Vec<&str> {
        let former = self.former.as_ref().filter(|(_, until_ms)| now_ms < *until_ms);
        [self.secret.as_str()].into_iter().chain(former.map(|(secret, _)| secret.as_str())).collect()
    }
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        // Test case 2 of RFC 4231.
        let text = "what do ya want for nothing?";
        let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_hex(b"Jefe", text), mac);
        let bytes = STANDARD.decode(hmac_base64(b"Jefe", text)).expect("base64");
        assert_eq!(hex(&bytes), mac);
    }

    #[test]
    fn both_secrets_sign_only_while_one_is_being_changed() {
        let endpoint = Endpoint {
            id: "we_1".into(),
            seq: 1,
            face: crate::sandbox::bank::model::Face::Stripe,
            url: "http://127.0.0.1/".into(),
            secret: "new".into(),
            former: Some(("old".into(), 2_000)),
        };
        assert_eq!(endpoint.secrets(1_999), ["new", "old"]);
        assert_eq!(endpoint.secrets(2_000), ["new"]);
        let header = timed_signature(&endpoint.secrets(0), 5, "{}");
        assert_eq!(header.matches(",v1=").count(), 2);
        assert!(header.starts_with("t=5,v1="));
    }
}
