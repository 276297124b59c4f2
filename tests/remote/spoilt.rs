//! Documents that must never be taken, a hundred thousand of them: each parses as far as its signature.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qrtill::config::start::Own;
use qrtill::core::payment::Mode;
use qrtill::core::remote::Effect;
use qrtill::core::remote::Event;
use qrtill::core::remote::Judged;
use qrtill::core::remote::Remote;
use qrtill::core::remote::Slots;
use qrtill::host::file;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Desired;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::Role;
use qrtill::mqtt::key::SecretKey;
use qrtill::mqtt::key::TrustSet;
use qrtill::sandbox::bank::faults::SplitMix;
use qrtill::terminal::remote::Judge as _;
use qrtill::terminal::remote::read_desired;
use serde_json::Value;
use serde_json::json;

const AUD: &str = "qrtill/v1/counter-1";
/// What the till has taken so far.
const VERSION: u64 = 41;
/// Of each kind, which is a signature's matter: at least 100,000 in all.
const MANY: u64 = 12_000;
/// Of each kind that is well signed and therefore judged, which takes a thousand times as long.
const SOME: u64 = 200;

struct Till {
    own: Own,
    trust: TrustSet,
    operations: SecretKey,
    money: [SecretKey; 2],
    root: SecretKey,
    relay: SecretKey,
    _folder: tempfile::TempDir,
}

impl Till {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = |number| SecretKey::from_random([number; 32]);
        let [operations, one, two, root, relay, own] = [1, 2, 3, 4, 5, 6].map(key);
        let key_file = folder.path().join("key");
        file::replace(&key_file, own.to_text().reveal().as_bytes()).expect("written");
        let text = format!(
            "id = \"counter-1\"\ndata = \"{}\"\n[sale]\ncurrency = \"EUR\"\n[link]\nhosts = [\"buy.stripe.com\"]\n[relay]\nkeys = [\"{}\"]\n\
             [key]\nfile = \"{}\"\n[remote]\nroot_keys = [\"{}\"]\nmoney_signatures = 2\n",
            folder.path().display(),
            relay.public(),
            key_file.display(),
            root.public(),
        );
        let file = folder.path().join("terminal.toml");
        std::fs::write(&file, text).expect("written");
        let mut trust = TrustSet::new();
        let roles = [(&operations, Role::Operations), (&one, Role::Money), (&two, Role::Money)];
        for (key, role) in roles {
            trust.trust(key.public(), role).expect("one role");
        }
        trust.require(Role::Money, 2);
        let own = Own::read(&file).expect("a file");
        assert!(own.start().expect("no slots").terminal.value.is_some());
        Self { own, trust, operations, money: [one, two], root, relay, _folder: folder }
    }

    /// What becomes of a document: a word for the refusal, or `taken`.
    fn hear(&self, bytes: &[u8]) -> String {
        let document = match read_desired(bytes, &self.trust, AUD, Mode::Test) {
            Ok(document) => document,
            Err(refusal) => return refusal.label().to_owned(),
        };
        let slots = Slots { burned: VERSION, ..Slots::default() };
        let mut remote = Remote::resume(slots, std::time::Duration::ZERO);
        remote.handle(Event::Offered(document), std::time::Duration::ZERO);
        match remote.poll_effect() {
            Some(Effect::Answer(answer)) => format!("{:?}", answer.outcome).to_lowercase(),
            Some(Effect::Judge(document)) => match self.own.judge(None, &document) {
                Judged::Good(_) => "taken".to_owned(),
                Judged::Unchanged => "unchanged".to_owned(),
                Judged::Wrong(_) => "rejected".to_owned(),
            },
            other => panic!("{other:?}"),
        }
    }

    fn desired(&self, dice: &mut SplitMix) -> Desired {
        let settings = json!({ "sale": { "ttl_s": 60 + dice.below(500) }, "lang": "de" });
        Desired { version: VERSION + 1 + dice.below(1000), confirm_s: 60, settings }
    }

    fn payee(&self, dice: &mut SplitMix, host: &str) -> Desired {
        let settings =
            json!({ "link": { "hosts": [host], "standing": format!("https://{host}/{}", dice.draw()) } });
        Desired { settings, ..self.desired(dice) }
    }
}

fn sign(kind: Kind, aud: &str, mode: Mode, desired: &Desired, keys: &[&SecretKey]) -> Vec<u8> {
    document::seal_with(kind, &document::payload(aud, mode, "txn", desired), keys).into_bytes()
}

fn well_signed(desired: &Desired, keys: &[&SecretKey]) -> Vec<u8> {
    sign(Kind::Config, AUD, Mode::Test, desired, keys)
}

/// One bit of the envelope's field that `pointer` names is another, and the text is base64 as before.
fn flip(bytes: &[u8], pointer: &str, dice: &mut SplitMix) -> Vec<u8> {
    let mut envelope: Value = serde_json::from_slice(bytes).expect("an envelope");
    let text = envelope.pointer(pointer).and_then(Value::as_str).expect("a field");
    let mut raw = URL_SAFE_NO_PAD.decode(text).expect("base64");
    let bit = usize::try_from(dice.below(raw.len() as u64 * 8)).expect("small");
    raw[bit / 8] ^= 1 << (bit % 8);
    *envelope.pointer_mut(pointer).expect("a field") = json!(URL_SAFE_NO_PAD.encode(raw));
    envelope.to_string().into_bytes()
}

/// The content of one under the signatures of another.
fn grafted(content: &[u8], signatures: &[u8]) -> Vec<u8> {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).expect("an envelope");
    let mut envelope = read(content);
    envelope["s"] = read(signatures)["s"].take();
    envelope.to_string().into_bytes()
}

/// A stranger's signature under the name of a key that is believed.
fn forged(desired: &Desired, stranger: &SecretKey, name: &SecretKey) -> Vec<u8> {
    let mut envelope: Value =
        serde_json::from_slice(&well_signed(desired, &[stranger])).expect("an envelope");
    let honest: Value = serde_json::from_slice(&well_signed(desired, &[name])).expect("an envelope");
    envelope["s"][0]["k"] = honest["s"][0]["k"].clone();
    envelope.to_string().into_bytes()
}

type Spoil = fn(&Till, &mut SplitMix) -> Vec<u8>;

/// Name, how many, how it is spoilt, and the only words with which it may be refused.
const KINDS: [(&str, u64, Spoil, &[&str]); 14] = [
    (
        "a bit of the content",
        MANY,
        |till, dice| flip(&well_signed(&till.desired(dice), &[&till.operations]), "/p", dice),
        &["bad_signature"],
    ),
    (
        "a bit of a signature",
        MANY,
        |till, dice| flip(&well_signed(&till.desired(dice), &[&till.operations]), "/s/0/g", dice),
        &["bad_signature"],
    ),
    (
        "a bit of the second signature",
        MANY,
        |till, dice| {
            let [one, two] = &till.money;
            flip(&well_signed(&till.payee(dice, "buy.stripe.com"), &[one, two]), "/s/1/g", dice)
        },
        &["bad_signature"],
    ),
    (
        "the signature of another document",
        MANY,
        |till, dice| {
            let [wanted, signed] = [till.payee(dice, "buy.stripe.com"), till.desired(dice)];
            grafted(&well_signed(&wanted, &[&till.operations]), &well_signed(&signed, &[&till.operations]))
        },
        &["bad_signature"],
    ),
    (
        "a stranger under a known name",
        MANY,
        |till, dice| forged(&till.desired(dice), &stranger(dice), &till.operations),
        &["bad_signature"],
    ),
    ("a stranger", MANY, |till, dice| well_signed(&till.desired(dice), &[&stranger(dice)]), &["unknown_key"]),
    (
        "another kind of document",
        MANY,
        |till, dice| {
            let kind =
                [Kind::Command, Kind::Keys, Kind::Link][usize::try_from(dice.below(3)).expect("small")];
            sign(kind, AUD, Mode::Test, &till.desired(dice), &[&till.operations])
        },
        &["bad_signature"],
    ),
    (
        "for another till",
        MANY,
        |till, dice| {
            let aud = format!("qrtill/v1/counter-{}", 2 + dice.below(1000));
            sign(Kind::Config, &aud, Mode::Test, &till.desired(dice), &[&till.operations])
        },
        &["wrong_audience"],
    ),
    (
        "for live money",
        MANY,
        |till, dice| sign(Kind::Config, AUD, Mode::Live, &till.desired(dice), &[&till.operations]),
        &["wrong_mode"],
    ),
    (
        "a key of another role",
        MANY,
        |till, dice| {
            let key = if dice.below(2) == 0 { &till.root } else { &till.relay };
            well_signed(&till.desired(dice), &[key])
        },
        &["unknown_key", "wrong_role"],
    ),
    (
        "one signature of two, or one twice",
        MANY,
        |till, dice| {
            let [one, two] = &till.money;
            let keys: [&[&SecretKey]; 3] = [&[one], &[two], &[one, one]];
            well_signed(
                &till.payee(dice, "buy.stripe.com"),
                keys[usize::try_from(dice.below(3)).expect("small")],
            )
        },
        &["too_few_signatures", "signatures"],
    ),
    (
        "a version of before",
        MANY,
        |till, dice| {
            let version = 1 + dice.below(VERSION);
            well_signed(&Desired { version, ..till.desired(dice) }, &[&till.operations])
        },
        &["stale"],
    ),
    (
        "money by operations alone",
        SOME,
        |till, dice| well_signed(&till.payee(dice, "buy.stripe.com"), &[&till.operations]),
        &["rejected"],
    ),
    (
        "a host off the list",
        SOME,
        |till, dice| {
            let [one, two] = &till.money;
            let host = format!("buy{}.stripe.com", dice.below(1_000_000));
            well_signed(&till.payee(dice, &host), &[one, two])
        },
        &["rejected"],
    ),
];

fn stranger(dice: &mut SplitMix) -> SecretKey {
    let mut random = [0; 32];
    random[..8].copy_from_slice(&dice.draw().to_le_bytes());
    SecretKey::from_random(random)
}

#[test]
fn a_hundred_thousand_spoilt_documents_are_all_refused() {
    let till = Till::new();
    let mut dice = SplitMix::new(1);
    let (mut all, mut counts) = (0, BTreeMap::new());
    let payee = till.payee(&mut dice, "buy.stripe.com");
    let [one, two] = &till.money;
    assert_eq!(till.hear(&well_signed(&payee, &[one, two])), "taken");
    assert_eq!(till.hear(&well_signed(&till.desired(&mut dice), &[&till.operations])), "taken");
    for (name, count, spoil, words) in KINDS {
        for _ in 0..count {
            let word = till.hear(&spoil(&till, &mut dice));
            assert!(words.contains(&word.as_str()), "{name}: {word}");
            *counts.entry((name, word)).or_insert(0_u64) += 1;
            all += 1;
        }
    }
    for ((name, word), count) in &counts {
        println!("{count:6} {name}: {word}");
    }
    assert!(all >= 100_000, "only {all}");
}
