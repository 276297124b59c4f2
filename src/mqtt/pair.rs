//! How a factory-fresh terminal and the operator who admits it know each other: by a code that the terminal shows and
//! never sends. It proves both ways. The request carries a MAC that only who has the code can make, so no other holder
//! of the pairing account puts a device of theirs in; so does the answer, bound to the request that it answers, so
//! neither they nor the broker hand the terminal a root or a relay of theirs; and so does the terminal's word of what
//! became of it. Nothing that is said is a secret.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Digest;
use sha2::Sha256;

use crate::core::payment::Mode;
use crate::mqtt::document::MAX_BYTES;
use crate::mqtt::plain_json;

/// Crockford's letters: no I, L, O and U, which are misread or read as words.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS: u128 = (1 << 80) - 1;
/// Letters of a code, five bits each, and of one of its groups.
const LENGTH: usize = 16;
const GROUP: usize = 4;

/// A pairing code: 80 random bits, too many to be tried against a request that was overheard.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(u128);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a pairing code; it has 16 letters and digits in four groups, as the terminal shows them"
)]
pub struct NotACode;

impl Code {
    /// A new code from 80 random bits; what is above them is left out.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        Self(bits & BITS)
    }

    /// As people read it out: `K7QX-42MD-9FHT-3VWZ`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let letter = |at: usize| {
            let five = (self.0 >> (5 * (LENGTH - 1 - at))) & 31;
            char::from(LETTERS[usize::try_from(five).unwrap_or(0)])
        };
        let groups =
            (0..LENGTH / GROUP).map(|group| (0..GROUP).map(|at| letter(group * GROUP + at)).collect());
        groups.collect::<Vec<String>>().join("-")
    }

    fn key(&self, kind: Kind) -> [u8; 32] {
        mac(&self.0.to_be_bytes()[6..], &[kind.domain()])
    }
}

/// As it is typed: small letters, spaces and dashes anywhere, and O, I and L for what they are taken for.
impl FromStr for Code {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let (mut bits, mut count) = (0, 0);
        for typed in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let letter = match typed.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let five = LETTERS.iter().position(|known| char::from(*known) == letter).ok_or(NotACode)?;
            count += 1;
            if count > LENGTH {
                return Err(NotACode);
            }
            bits = bits << 5 | u128::try_from(five).map_err(|_| NotACode)?;
        }
        if count == LENGTH { Ok(Self(bits)) } else { Err(NotACode) }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

/// What a terminal says who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The public key that its requests to the relay are signed with.
    pub key: String,
    /// The request for its certificate at the broker, PKCS #10 as PEM.
    pub csr: String,
    /// The program's version.
    pub version: String,
    /// The panel's name.
    pub panel: String,
}

/// What a terminal is given to begin with: everything that its own file must say and a factory cannot know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    pub id: String,
    pub mode: Mode,
    /// Its certificate and those up to the authority's, as PEM.
    pub certificate: String,
    /// The root's public keys, and how many people must sign for money.
    pub root_keys: Vec<String>,
    pub money_signatures: u64,
    /// The relay it belongs to, and that relay's public keys.
    pub relay: String,
    pub relay_keys: Vec<String>,
    /// Hosts that payable links may lead to.
    pub hosts: Vec<String>,
    /// ISO 4217.
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// What became of an answer at the terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Why it could not be taken; empty where it is on the terminal's disk.
    pub refused: Vec<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Request,
    Answer,
    Receipt,
}

impl Kind {
    fn domain(self) -> &'static [u8] {
        match self {
            Self::Request => b"qrtill.pair.request.v1\0",
            Self::Answer => b"qrtill.pair.answer.v1\0",
            Self::Receipt => b"qrtill.pair.receipt.v1\0",
        }
    }
}

/// Something that was sealed with a code. Its hash binds what follows to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What goes over MQTT, or into a file.
    pub text: String,
    hash: [u8; 32],
}

/// What a terminal without a name and its operator say to each other, in as many bytes as a signed document at most. Nobody can
/// read anything out of it that is secret, and nobody without the terminal's code can make one.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Sealed")]
pub struct Envelope {
    /// Base64url, without padding, of the payload: JSON.
    p: String,
    /// Base64url, without padding, of an HMAC-SHA256 of the payload with a key that is derived from the code.
    m: String,
}

/// A terminal's request. The same content and code give the same text.
#[must_use]
pub fn seal_request(code: &Code, request: &Request) -> Sealed {
    seal(code, Kind::Request, &[], request)
}

/// The answer to `request`, and to none else.
#[must_use]
pub fn seal_answer(code: &Code, request: &Sealed, admission: &Admission) -> Sealed {
    seal(code, Kind::Answer, &request.hash, admission)
}

/// A terminal's word about `answer`.
#[must_use]
pub fn seal_receipt(code: &Code, answer: &Sealed, receipt: &Receipt) -> Sealed {
    seal(code, Kind::Receipt, &answer.hash, receipt)
}

/// None for what was not made with this code, or is no request.
#[must_use]
pub fn open_request(code: &Code, bytes: &[u8]) -> Option<(Request, Sealed)> {
    open(code, Kind::Request, &[], bytes)
}

/// None for what was not made with this code for this very request.
#[must_use]
pub fn open_answer(code: &Code, request: &Sealed, bytes: &[u8]) -> Option<(Admission, Sealed)> {
    open(code, Kind::Answer, &request.hash, bytes)
}

/// None for what was not made with this code for this very answer.
#[must_use]
pub fn open_receipt(code: &Code, answer: &Sealed, bytes: &[u8]) -> Option<Receipt> {
    open(code, Kind::Receipt, &answer.hash, bytes).map(|(receipt, _)| receipt)
}

fn seal<C: Serialize>(code: &Code, kind: Kind, to: &[u8], content: &C) -> Sealed {
    let payload = serde_json::to_vec(content).expect("our contents have text keys and no floats");
    let m = URL_SAFE_NO_PAD.encode(mac(&code.key(kind), &[to, &payload]));
    let envelope = Envelope { p: URL_SAFE_NO_PAD.encode(&payload), m };
    let text = serde_json::to_string(&envelope).expect("an envelope is two strings");
    Sealed { text, hash: Sha256::digest(&payload).into() }
}

/// Compares first, and only then reads.
fn open<C: DeserializeOwned>(code: &Code, kind: Kind, to: &[u8], bytes: &[u8]) -> Option<(C, Sealed)> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_BYTES)?;
    let envelope: Envelope = plain_json::read(text)?;
    let payload = URL_SAFE_NO_PAD.decode(&envelope.p).ok()?;
    let given = URL_SAFE_NO_PAD.decode(&envelope.m).ok()?;
    let right = keyed(&code.key(kind), &[to, &payload]);
    right.verify_slice(&given).ok()?;
    let content = plain_json::read(std::str::from_utf8(&payload).ok()?)?;
    Some((content, Sealed { text: text.to_owned(), hash: Sha256::digest(&payload).into() }))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, parts).finalize().into_bytes().into()
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            key: "qrtill-ed25519:a".into(),
            csr: "b".into(),
            version: "1".into(),
            panel: "oled-128x64".into(),
        }
    }

    fn admission(id: &str) -> Admission {
        Admission {
            id: id.into(),
            mode: Mode::Test,
            certificate: "c".into(),
            root_keys: vec!["d".into()],
            money_signatures: 1,
            relay: "main".into(),
            relay_keys: vec!["e".into()],
            hosts: vec!["buy.example".into()],
            currency: "EUR".into(),
            shop: None,
            lang: None,
        }
    }

    #[test]
    fn a_code_reads_back_as_it_is_read_out_and_typed() {
        for bits in [0, 1, 31, 0x1234_5678_9abc_def0_1234, BITS] {
            let code = Code::from_random(bits | 1 << 100);
            let text = code.grouped();
            assert_eq!((text.len(), text.split('-').count()), (19, 4), "{text}");
            assert_eq!(text.parse(), Ok(code.clone()));
            assert_eq!(text.to_lowercase().replace('-', " ").parse(), Ok(code.clone()));
            assert!(!format!("{code:?}").contains(&text[..4]));
        }
        assert_eq!("OOOO-IIII-llll-0101".parse::<Code>(), "0000-1111-1111-0101".parse());
        for bad in ["", "K7QX-42MD", "K7QX-42MD-9FHT-3VWU", "K7QX-42MD-9FHT-3VWZ1", "K7QX_42MD_9FHT_3VWZ"] {
            assert_eq!(bad.parse::<Code>(), Err(NotACode), "{bad}");
        }
    }

    #[test]
    fn only_who_has_the_code_asks_answers_and_confirms() {
        let (code, other) = (Code::from_random(7), Code::from_random(8));
        let asked = seal_request(&code, &request());
        assert_eq!(asked, seal_request(&code, &request()), "a request after a power cut is the same");
        assert_eq!(open_request(&code, asked.text.as_bytes()), Some((request(), asked.clone())));
        assert_eq!(open_request(&other, asked.text.as_bytes()), None);
        let answer = seal_answer(&code, &asked, &admission("counter-1"));
        let opened = open_answer(&code, &asked, answer.text.as_bytes());
        assert_eq!(opened, Some((admission("counter-1"), answer.clone())));
        let forged = seal_answer(&other, &asked, &admission("counter-1"));
        assert_eq!(open_answer(&code, &asked, forged.text.as_bytes()), None);
        let earlier = seal_request(&code, &Request { version: "0".into(), ..request() });
        assert_eq!(open_answer(&code, &earlier, answer.text.as_bytes()), None, "it is another's answer");
        let receipt = seal_receipt(&code, &answer, &Receipt { refused: vec![] });
        assert!(open_receipt(&code, &answer, receipt.text.as_bytes()).is_some());
        let second = seal_answer(&code, &asked, &admission("counter-2"));
        assert_eq!(open_receipt(&code, &second, receipt.text.as_bytes()), None);
    }

    #[test]
    fn one_kind_is_never_another() {
        let code = Code::from_random(7);
        let asked = seal_request(&code, &request());
        // As if a request were an answer with the same words in it.
        let posing = seal(&code, Kind::Request, &asked.hash, &admission("counter-1"));
        assert_eq!(open_answer(&code, &asked, posing.text.as_bytes()), None);
        let posing = seal(&code, Kind::Answer, &[], &request());
        assert_eq!(open_request(&code, posing.text.as_bytes()), None);
    }

    #[test]
    fn no_changed_bit_is_taken() {
        let code = Code::from_random(7);
        let asked = seal_request(&code, &request());
        let answer = seal_answer(&code, &asked, &admission("counter-1")).text.into_bytes();
        let mut tried = 0;
        for at in 0..answer.len() {
            for bit in 0..8 {
                let mut changed = answer.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(open_answer(&code, &asked, &changed), None, "bit {bit} of byte {at}");
                tried += 1;
            }
        }
        assert!(tried > 2000, "{tried}");
    }
}
