use super::*;
use crate::core::message::Answer;
use crate::core::message::Cancel;
use crate::core::message::CloseReason;
use crate::core::message::Heartbeat;
use crate::core::message::Link;
use crate::core::message::Notice;
use crate::core::message::Receipt;
use crate::core::message::Refund;
use crate::core::message::RefundSaid;
use crate::core::message::Refunded;
use crate::core::message::Said;
use crate::core::message::StandingState;
use crate::core::message::StillOpen;
use crate::core::message::Synced;
use crate::core::money::Currency;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentKey;
use crate::core::payment::PaymentStatus;
use crate::core::reference::Reference;
use crate::mqtt::key::PublicKey;

const AUD: &str = "qrtill/v1/counter-1";

fn key(n: u8) -> SecretKey {
    SecretKey::from_random([n; 32])
}

/// Key 1 is the relay's, 2 the terminal's, 3 and 4 operations', 5 and 6 money's, 7 the root's.
fn trust() -> TrustSet {
    let mut trust = TrustSet::new();
    let roles = [
        (1, Role::Relay),
        (2, Role::Terminal),
        (3, Role::Operations),
        (4, Role::Operations),
        (5, Role::Money),
        (6, Role::Money),
        (7, Role::Root),
    ];
    for (n, role) in roles {
        trust.trust(key(n).public(), role).expect("one role each");
    }
    trust
}

fn reference() -> Reference {
    Reference::mint(&"counter-1".parse().expect("an id"), 1_790_000_000_000, 7)
}

fn payment() -> PaymentKey {
    PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: "pi_1".into() }
}

fn words() -> Vec<Word> {
    let eur = Currency::from_code("EUR").expect("a currency");
    vec![
        Word::Link(Link {
            reference: reference(),
            request: "r1".into(),
            amount: 1250,
            currency: eur,
            url: "https://pay.example/é\"\u{1}".into(),
            generation: 1,
        }),
        Word::Notice(Notice {
            stream: "s".into(),
            n: 4,
            payment: payment(),
            status: PaymentStatus::Unknown("new word".into()),
            amount: 1250,
            currency: eur,
            refunded: 0,
            reference: None,
            at_unix_ms: 1_790_000_000_000,
            replay: false,
        }),
        Word::Answer(Answer { reference: reference(), said: Said::Refused, reason: "no".into() }),
        Word::Standing(StandingState {
            url: "https://buy.stripe.com/own".into(),
            status: LinkStatus::Exhausted,
            n: 2,
        }),
        Word::Synced(Synced {
            system: "stripe".into(),
            standing: Some("https://buy.stripe.com/own".into()),
            nonce: "n".into(),
            start: "a".into(),
            stream: "s".into(),
            upto: 9,
            open: vec![StillOpen { reference: reference(), remaining_s: 3, known: true }],
        }),
        Word::Heartbeat(Heartbeat {
            count: 1,
            start: "a".into(),
            stream: "s".into(),
            serving: true,
            silent: Vec::new(),
        }),
        Word::Refunded(Refunded {
            id: reference().to_string(),
            payment: payment(),
            said: RefundSaid::Refused,
            reason: "no \"money\"".into(),
        }),
    ]
}

fn paid() -> String {
    seal(Kind::Notice, &payload(AUD, Mode::Test, "n-4", &words()[1]), &key(1))
}

fn open_notice(bytes: &[u8]) -> Result<Opened<Word>, Refusal> {
    open(Kind::Notice, bytes, &trust(), AUD, Mode::Test)
}

fn sealed_raw(kind: Kind, payload: &str, by: u8) -> String {
    seal(kind, payload.as_bytes(), &key(by))
}

#[test]
fn every_word_arrives_as_it_was_sent_on_its_own_topic_and_on_no_other() {
    let id: crate::core::reference::TerminalId = "counter-1".parse().expect("an id");
    let topics = [
        Topic::Terminal(id.clone(), Leaf::SaleLink),
        Topic::Terminal(id.clone(), Leaf::SaleNotice),
        Topic::Terminal(id.clone(), Leaf::SaleAnswer),
        Topic::Terminal(id.clone(), Leaf::SaleStanding),
        Topic::Terminal(id.clone(), Leaf::SaleSynced),
        Topic::Terminal(id.clone(), Leaf::SaleRefunded),
        Topic::RelayState("main".parse().expect("an id")),
        Topic::Terminal(id, Leaf::SaleEvent),
    ];
    for word in words() {
        let sealed =
            seal(Kind::of_word(&word), &payload(AUD, Mode::Test, "d-1", &word), &key(1)).into_bytes();
        for topic in &topics {
            let opened = open_word(topic, &sealed, &trust(), AUD, Mode::Test);
            assert_eq!(opened.is_ok(), Kind::of(topic) == Some(Kind::of_word(&word)), "{topic:?}");
            if let Ok(opened) = opened {
                assert_eq!((&opened.content, opened.id.as_str(), opened.role), (&word, "d-1", Role::Relay));
            }
        }
    }
}

#[test]
fn a_word_signed_as_another_kind_is_refused() {
    let id: crate::core::reference::TerminalId = "counter-1".parse().expect("an id");
    let inside_out = seal(Kind::Notice, &payload(AUD, Mode::Test, "d-1", &words()[0]), &key(1));
    let topic = Topic::Terminal(id, Leaf::SaleNotice);
    let opened = open_word(&topic, inside_out.as_bytes(), &trust(), AUD, Mode::Test);
    assert_eq!(opened, Err(Refusal::WrongTopic));
}

#[test]
fn a_request_is_taken_on_its_own_topic_only() {
    let cancel = Request::Cancel(Cancel { reference: reference(), why: CloseReason::Expired });
    let receipt = Request::Receipt(Receipt { ids: vec!["n-4".into()] });
    let refund = Request::Refund(Refund {
        id: reference().to_string(),
        payment: payment(),
        reference: None,
        amount: 500,
        currency: Currency::from_code("EUR").expect("a currency"),
    });
    for request in [cancel, receipt, refund] {
        let sealed = seal(Kind::Request, &payload(AUD, Mode::Live, "r:1", &request), &key(2)).into_bytes();
        let leaves = [Leaf::SaleOpen, Leaf::SaleCancel, Leaf::SaleSync, Leaf::SaleReceipt, Leaf::SaleRefund];
        for leaf in leaves.into_iter().chain([Leaf::SaleRefunded, Leaf::State]) {
            let opened = open_request(&leaf, &sealed, &trust(), AUD, Mode::Live);
            if leaf == request_leaf(&request) {
                assert_eq!(opened.map(|opened| opened.content), Ok(request.clone()));
            } else {
                assert_eq!(opened, Err(Refusal::WrongTopic));
            }
        }
    }
}

#[test]
fn nobody_signs_what_is_not_theirs() {
    let roles = [
        Role::Relay,
        Role::Terminal,
        Role::Operations,
        Role::Operations,
        Role::Money,
        Role::Money,
        Role::Root,
    ];
    let content = serde_json::json!({"any": 1});
    for kind in Kind::ALL {
        for (n, role) in (1_u8..).zip(roles) {
            let sealed = seal(kind, &payload(AUD, Mode::Live, "d", &content), &key(n));
            for read_as in Kind::ALL {
                let opened: Result<Opened<serde_json::Value>, _> =
                    open(read_as, sealed.as_bytes(), &trust(), AUD, Mode::Live);
                let right = read_as == kind && kind.roles().contains(&role);
                assert_eq!(opened.is_ok(), right, "{kind:?} by {role:?} read as {read_as:?}: {opened:?}");
            }
        }
    }
}

#[test]
fn each_refusal_has_its_name() {
    let good = paid();
    let words = words();
    let stranger = seal(Kind::Notice, &payload(AUD, Mode::Test, "n-4", &words[1]), &key(99));
    let other = seal(Kind::Notice, &payload("qrtill/v1/counter-2", Mode::Test, "n-4", &words[1]), &key(1));
    let live = seal(Kind::Notice, &payload(AUD, Mode::Live, "n-4", &words[1]), &key(1));
    let no_id = seal(Kind::Notice, &payload(AUD, Mode::Test, "", &words[1]), &key(1));
    let twice = seal_with(Kind::Notice, &payload(AUD, Mode::Test, "n-4", &words[1]), &[&key(1), &key(1)]);
    let mixed = seal_with(Kind::Notice, &payload(AUD, Mode::Test, "n-4", &words[1]), &[&key(1), &key(3)]);
    let unsigned = seal_with(Kind::Notice, &payload(AUD, Mode::Test, "n-4", &words[1]), &[]);
    let cases = [
        (stranger.as_str(), Refusal::UnknownKey),
        (&other, Refusal::WrongAudience),
        (&live, Refusal::WrongMode),
        (&no_id, Refusal::Content),
        (&twice, Refusal::Signatures),
        (&mixed, Refusal::WrongRole),
        (&unsigned, Refusal::Signatures),
        (&format!("{good} "), Refusal::Envelope),
        (&format!("{good}{}", " ".repeat(MAX_BYTES)), Refusal::TooLong),
        (&good.replacen("{\"p\"", "{\"x\":1,\"p\"", 1), Refusal::Envelope),
        ("", Refusal::Envelope),
    ];
    for (sealed, refusal) in cases {
        assert_eq!(open_notice(sealed.as_bytes()).err(), Some(refusal), "{sealed:.80}");
    }
    assert!(open_notice(good.as_bytes()).is_ok());
}

#[test]
fn a_signed_payload_with_surplus_is_refused_all_the_same() {
    let good = String::from_utf8(payload(AUD, Mode::Test, "n-4", &words()[1])).expect("text");
    let surplus = [
        good.replacen("{\"aud\"", "{\"extra\":1,\"aud\"", 1),
        good.replacen("{\"aud\"", "{\"id\":\"n-5\",\"aud\"", 1),
        good.replacen("\"n\":4", "\"n\":4,\"n\":5", 1),
        good.replacen("\"n\":4", "\"n\":4,\"m\":5", 1),
        good.replacen("\"n\":4", "\"n\":4.0", 1),
        good.replacen("\"n\":4", "\"n\":18446744073709551615", 1),
        good.replacen("\"pi_1\"", "\"pi_1\",\"id\":\"pi_2\"", 1),
        format!("{good} "),
        format!("{good}{{}}"),
    ];
    for payload in surplus {
        assert_ne!(payload, good);
        assert_eq!(
            open_notice(sealed_raw(Kind::Notice, &payload, 1).as_bytes()).err(),
            Some(Refusal::Content),
            "{payload}"
        );
    }
}

#[test]
fn money_settings_can_ask_for_two_people() {
    let settings = serde_json::json!({"payee": "Kiosk"});
    let body = payload(AUD, Mode::Live, "v1", &settings);
    let read = |keys: &[&SecretKey], trust: &TrustSet| -> Result<usize, Refusal> {
        let sealed = seal_with(Kind::Config, &body, keys);
        open::<serde_json::Value>(Kind::Config, sealed.as_bytes(), trust, AUD, Mode::Live)
            .map(|opened| opened.signers.len())
    };
    let mut strict = trust();
    strict.require(Role::Money, 2);
    assert_eq!(read(&[&key(5)], &trust()), Ok(1));
    assert_eq!(read(&[&key(5)], &strict), Err(Refusal::TooFewSignatures));
    assert_eq!(read(&[&key(5), &key(6)], &strict), Ok(2));
    assert_eq!(read(&[&key(3)], &strict), Ok(1));
    assert_eq!(read(&[&key(5), &key(3)], &strict), Err(Refusal::WrongRole));
}

/// A small generator of even numbers is enough here, and the seed names the run.
struct Roll(u64);

impl Roll {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).expect("small")).expect("small")
    }
}

/// Encodings of points of small order: under a lax verifier anybody can sign for them.
fn weak_points() -> Vec<[u8; 32]> {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    vec![[0; 32], one, minus_one]
}

fn mutate(roll: &mut Roll, good: &str) -> Vec<u8> {
    let mut bytes = good.as_bytes().to_vec();
    let split = good.find("\",\"s\"").expect("an envelope");
    match roll.below(9) {
        0 => {
            let at = roll.below(bytes.len());
            bytes[at] ^= 1 << roll.below(8);
        }
        1 => bytes.truncate(roll.below(bytes.len())),
        2 => bytes.extend((0..=roll.below(8)).map(|_| b" \n}]x0\"\0"[roll.below(8)])),
        3 => drop(bytes.drain(..=roll.below(20))),
        // White space between the tokens of the envelope would change nothing, so it is no forgery.
        4 => {
            let at = roll.below(bytes.len());
            drop(bytes.splice(at..at, [b"=+/{\"A"[roll.below(6)]]));
        }
        5 => {
            let extra = ["\"p\":\"\",", "\"s\":[],", "\"t\":1,"][roll.below(3)];
            return good.replacen('{', &format!("{{{extra}"), 1).into_bytes();
        }
        6 => {
            let point = weak_points()[roll.below(3)];
            let scalar = [0; 32];
            let forged = URL_SAFE_NO_PAD.encode([point, scalar].concat());
            let start = good.find("\"g\":\"").expect("a signature") + 5;
            bytes.splice(start..start + forged.len(), forged.into_bytes());
        }
        7 => {
            let mut payload = URL_SAFE_NO_PAD.decode(&good[6..split]).expect("base64");
            let at = roll.below(payload.len());
            payload[at] ^= 1 << roll.below(8);
            bytes.splice(6..split, URL_SAFE_NO_PAD.encode(payload).into_bytes());
        }
        _ => {
            let kinds = [Kind::Link, Kind::Request, Kind::Synced, Kind::Config];
            let signer = key(u8::try_from(1 + roll.below(9)).expect("small"));
            let kind = kinds[roll.below(4)];
            return seal(kind, &payload(AUD, Mode::Test, "n-4", &words()[1]), &signer).into_bytes();
        }
    }
    bytes
}

#[test]
fn none_of_20000_forgeries_is_taken() {
    let good = paid();
    let trust = trust();
    for seed in 1..=20_000_u64 {
        let mut roll = Roll(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let forged = mutate(&mut roll, &good);
        if forged == good.as_bytes() {
            continue;
        }
        let opened = open::<Word>(Kind::Notice, &forged, &trust, AUD, Mode::Test);
        assert!(opened.is_err(), "seed {seed}: {}", String::from_utf8_lossy(&forged));
    }
}

#[test]
fn every_single_flipped_bit_is_noticed() {
    let good = paid().into_bytes();
    let trust = trust();
    for bit in 0..good.len() * 8 {
        let mut forged = good.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let opened = open::<Word>(Kind::Notice, &forged, &trust, AUD, Mode::Test);
        assert!(opened.is_err(), "bit {bit}: {}", String::from_utf8_lossy(&forged));
    }
}

#[test]
fn points_of_small_order_are_no_keys() {
    for point in weak_points() {
        let text = format!("qrtill-ed25519:{}", URL_SAFE_NO_PAD.encode(point));
        assert!(text.parse::<PublicKey>().is_err());
    }
}
