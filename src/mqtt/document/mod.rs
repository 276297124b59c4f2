//! The signed envelope around every document: sealing, and opening with all the checks that need no memory. What a
//! document means, and whether it is news, is decided by those who read it.

mod carried;
mod command;
mod config;
mod holders;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::core::message::Request;
use crate::core::message::Word;
use crate::core::payment::Mode;
use crate::mqtt::key::KeyId;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;
use crate::mqtt::plain_json;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::Topic;

pub use self::carried::Carried;
pub use self::carried::add_signature;
pub use self::carried::inspect;
pub use self::carried::peek;
pub use self::command::Command;
pub use self::command::Ordered;
pub use self::config::CONFIRM_S;
pub use self::config::Desired;
pub use self::config::KeySet;
pub use self::holders::Holder;
pub use self::holders::NotAHolder;
pub use self::holders::NotChanged;

/// An envelope's greatest length in bytes. The broker's limit of the same size is on the whole packet, topic
/// included, so `client` refuses to send one that only just fits.
pub const MAX_BYTES: usize = 16 * 1024;
const MAX_SIGNATURES: usize = 4;

/// What a signature is for. It is part of the signed bytes, so a document of one kind is never another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Link,
    Answer,
    Notice,
    Standing,
    Synced,
    Heartbeat,
    Refunded,
    Request,
    Config,
    Command,
    Keys,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Link,
        Self::Answer,
        Self::Notice,
        Self::Standing,
        Self::Synced,
        Self::Heartbeat,
        Self::Refunded,
        Self::Request,
        Self::Config,
        Self::Command,
        Self::Keys,
    ];

    /// The only kind that a topic takes; none where nothing signed is said.
    ///
    /// The relay's retained state on its topic is not signed: it shares the topic with its heartbeat.
    #[must_use]
    pub fn of(topic: &Topic) -> Option<Self> {
        match topic {
            Topic::RelayState(_) => Some(Self::Heartbeat),
            Topic::Keys => Some(Self::Keys),
            Topic::Pair(..) => None,
            Topic::Terminal(_, leaf) => match leaf {
                Leaf::SaleOpen | Leaf::SaleCancel | Leaf::SaleSync | Leaf::SaleReceipt | Leaf::SaleRefund => {
                    Some(Self::Request)
                }
                Leaf::SaleLink => Some(Self::Link),
                Leaf::SaleNotice => Some(Self::Notice),
                Leaf::SaleSynced => Some(Self::Synced),
                Leaf::SaleAnswer => Some(Self::Answer),
                Leaf::SaleRefunded => Some(Self::Refunded),
                Leaf::SaleStanding => Some(Self::Standing),
                Leaf::ConfigDesired => Some(Self::Config),
                Leaf::Command(_) => Some(Self::Command),
                Leaf::State
                | Leaf::Health
                | Leaf::SaleEvent
                | Leaf::ConfigReported
                | Leaf::ConfigSchema
                | Leaf::ConfigResult
                | Leaf::CommandResult(_) => None,
            },
        }
    }

    /// The kind of what a relay says.
    #[must_use]
    pub fn of_word(word: &Word) -> Self {
        match word {
            Word::Link(_) => Self::Link,
            Word::Notice(_) => Self::Notice,
            Word::Answer(_) => Self::Answer,
            Word::Standing(_) => Self::Standing,
            Word::Synced(_) => Self::Synced,
            Word::Heartbeat(_) => Self::Heartbeat,
            Word::Refunded(_) => Self::Refunded,
        }
    }

    /// The roles one of which signs this kind.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Link
            | Self::Answer
            | Self::Notice
            | Self::Standing
            | Self::Synced
            | Self::Heartbeat
            | Self::Refunded => &[Role::Relay],
            Self::Request => &[Role::Terminal],
            Self::Config => &[Role::Operations, Role::Money],
            Self::Command => &[Role::Operations],
            Self::Keys => &[Role::Root],
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Answer => "answer",
            Self::Notice => "notice",
            Self::Standing => "standing",
            Self::Synced => "synced",
            Self::Heartbeat => "heartbeat",
            Self::Refunded => "refunded",
            Self::Request => "request",
            Self::Config => "config",
            Self::Command => "command",
            Self::Keys => "keys",
        }
    }

    fn signed_bytes(self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = format!("qrtill.{}.v1\0", self.name()).into_bytes();
        bytes.extend_from_slice(payload);
        bytes
    }
}

/// Where a request is sent, and the only place where it is taken.
#[must_use]
pub fn request_leaf(request: &Request) -> Leaf {
    match request {
        Request::Open(_) => Leaf::SaleOpen,
        Request::Cancel(_) => Leaf::SaleCancel,
        Request::Sync(_) => Leaf::SaleSync,
        Request::Receipt(_) => Leaf::SaleReceipt,
        Request::Refund(_) => Leaf::SaleRefund,
    }
}

/// Why a document was not taken. None of these is receipted; each is worth a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    #[error("longer than 16 KiB")]
    TooLong,
    #[error("not an envelope")]
    Envelope,
    #[error("no signature, more than four, or one key twice")]
    Signatures,
    #[error("signed by a key that is not trusted")]
    UnknownKey,
    #[error("signed by a key whose role may not sign this")]
    WrongRole,
    #[error("a signature is wrong")]
    BadSignature,
    #[error("fewer signatures than this role needs")]
    TooFewSignatures,
    #[error("signed, but the content is malformed")]
    Content,
    #[error("signed for somebody else")]
    WrongAudience,
    #[error("test money where live money is expected, or the other way round")]
    WrongMode,
    #[error("signed, but said on another topic than its own")]
    WrongTopic,
}

impl Refusal {
    /// A short constant name, for counters.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Envelope => "envelope",
            Self::Signatures => "signatures",
            Self::UnknownKey => "unknown_key",
            Self::WrongRole => "wrong_role",
            Self::BadSignature => "bad_signature",
            Self::TooFewSignatures => "too_few_signatures",
            Self::Content => "content",
            Self::WrongAudience => "wrong_audience",
            Self::WrongMode => "wrong_mode",
            Self::WrongTopic => "wrong_topic",
        }
    }
}

/// A signed document as it goes over MQTT, at most 16 KiB. What is signed are the bytes of `qrtill.<kind>.v1`, a zero byte
/// and the payload.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Base64url, without padding, of the payload: JSON with `aud`, `mode` (`live` or `test`), `id` and `content`.
    p: String,
    /// One to four, each of another key, all of one role.
    s: Vec<Signed>,
}

/// One signature of a document.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The id of the key.
    k: String,
    /// Base64url, without padding, of the Ed25519 signature.
    g: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<C> {
    aud: String,
    mode: Mode,
    id: String,
    content: C,
}

/// A document whose signatures, audience, mode and form are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<C> {
    /// Unique for ever within its kind; what receipts and answers name.
    pub id: String,
    pub content: C,
    /// The one role of all its signers.
    pub role: Role,
    pub signers: Vec<KeyId>,
}

/// The bytes to keep and to sign: `aud` from `Topics::audience` (a heartbeat's from `relay_audience`), `id` of 1 to
/// 128 letters, digits, `-`, `_`, `.` and `:`.
#[must_use]
pub fn payload<C: Serialize>(aud: &str, mode: Mode, id: &str, content: &C) -> Vec<u8> {
    let payload = Payload { aud: aud.to_owned(), mode, id: id.to_owned(), content };
    serde_json::to_vec(&payload).expect("our contents have text keys and no floats")
}

/// Signs what `payload` made. The text is what goes over MQTT.
#[must_use]
pub fn seal(kind: Kind, payload: &[u8], key: &SecretKey) -> String {
    seal_with(kind, payload, &[key])
}

/// As `seal`, with a signature of each key; for settings that need two people.
#[must_use]
pub fn seal_with(kind: Kind, payload: &[u8], keys: &[&SecretKey]) -> String {
    wrap(payload, keys.iter().map(|key| sign(kind, payload, key)).collect())
}

fn sign(kind: Kind, payload: &[u8], key: &SecretKey) -> Signed {
    let signature = key.sign(&kind.signed_bytes(payload));
    Signed { k: key.public().id().to_string(), g: URL_SAFE_NO_PAD.encode(signature) }
}

fn wrap(payload: &[u8], signatures: Vec<Signed>) -> String {
    let envelope = Envelope { p: URL_SAFE_NO_PAD.encode(payload), s: signatures };
    serde_json::to_string(&envelope).expect("an envelope is two strings deep")
}

/// Verifies, and only then reads. `aud` is what this reader answers to.
pub fn open<C: DeserializeOwned>(
    kind: Kind,
    bytes: &[u8],
    trust: &TrustSet,
    aud: &str,
    mode: Mode,
) -> Result<Opened<C>, Refusal> {
    let (payload, signatures) = split(bytes)?;
    let (role, signers) = verify(kind, &payload, &signatures, trust)?;
    let read: Payload<C> = read_payload(&payload)?;
    if read.aud != aud {
        return Err(Refusal::WrongAudience);
    }
    if read.mode != mode {
        return Err(Refusal::WrongMode);
    }
    Ok(Opened { id: read.id, content: read.content, role, signers })
}

/// The signed bytes and their signatures, neither of them judged.
fn split(bytes: &[u8]) -> Result<(Vec<u8>, Vec<Signed>), Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Envelope)?;
    let envelope: Envelope = plain_json::read(text).ok_or(Refusal::Envelope)?;
    let payload = URL_SAFE_NO_PAD.decode(&envelope.p).map_err(|_| Refusal::Envelope)?;
    Ok((payload, envelope.s))
}

fn read_payload<C: DeserializeOwned>(payload: &[u8]) -> Result<Payload<C>, Refusal> {
    let text = std::str::from_utf8(payload).map_err(|_| Refusal::Content)?;
    let read: Payload<C> = plain_json::read(text).ok_or(Refusal::Content)?;
    if is_document_id(&read.id) { Ok(read) } else { Err(Refusal::Content) }
}

/// What a relay said on `topic`; each kind is taken on its own topic only.
pub fn open_word(
    topic: &Topic,
    bytes: &[u8],
    trust: &TrustSet,
    aud: &str,
    mode: Mode,
) -> Result<Opened<Word>, Refusal> {
    let kind = Kind::of(topic).ok_or(Refusal::WrongTopic)?;
    let opened: Opened<Word> = open(kind, bytes, trust, aud, mode)?;
    if Kind::of_word(&opened.content) == kind { Ok(opened) } else { Err(Refusal::WrongTopic) }
}

/// What a terminal asked on one of its topics; each request is taken on its own topic only.
pub fn open_request(
    leaf: &Leaf,
    bytes: &[u8],
    trust: &TrustSet,
    aud: &str,
    mode: Mode,
) -> Result<Opened<Request>, Refusal> {
    let opened: Opened<Request> = open(Kind::Request, bytes, trust, aud, mode)?;
    if request_leaf(&opened.content) == *leaf { Ok(opened) } else { Err(Refusal::WrongTopic) }
}

fn verify(
    kind: Kind,
    payload: &[u8],
    signatures: &[Signed],
    trust: &TrustSet,
) -> Result<(Role, Vec<KeyId>), Refusal> {
    let repeats = |(at, signed): (usize, &Signed)| signatures[..at].iter().any(|other| other.k == signed.k);
    if !(1..=MAX_SIGNATURES).contains(&signatures.len()) || signatures.iter().enumerate().any(repeats) {
        return Err(Refusal::Signatures);
    }
    let message = kind.signed_bytes(payload);
    let mut of_all = None;
    let mut signers = Vec::with_capacity(signatures.len());
    for signed in signatures {
        let (key, role) = trust.find(&signed.k).ok_or(Refusal::UnknownKey)?;
        if !kind.roles().contains(&role) || of_all.is_some_and(|other| other != role) {
            return Err(Refusal::WrongRole);
        }
        let raw = URL_SAFE_NO_PAD.decode(&signed.g).map_err(|_| Refusal::Envelope)?;
        let raw: [u8; 64] = raw.try_into().map_err(|_| Refusal::Envelope)?;
        if !key.verifies(&message, &raw) {
            return Err(Refusal::BadSignature);
        }
        of_all = Some(role);
        signers.push(key.id());
    }
    let role = of_all.ok_or(Refusal::Signatures)?;
    if signers.len() < trust.threshold(role) { Err(Refusal::TooFewSignatures) } else { Ok((role, signers)) }
}

fn is_document_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}

#[cfg(test)]
mod tests;
