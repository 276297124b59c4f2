//! The attempts: `counter-2` against `counter-1`, the relay, and everybody.

use crate::raw::Version;
use crate::way::Attempt;
use crate::way::Stranger;
use crate::way::Way;
use crate::way::Who;

/// What a terminal says.
const OWN: [&str; 12] = [
    "state",
    "health",
    "sale/open",
    "sale/cancel",
    "sale/sync",
    "sale/receipt",
    "sale/refund",
    "sale/event",
    "config/reported",
    "config/schema",
    "config/result",
    "command/restart/result",
];
/// What a terminal hears.
const OTHERS: [&str; 8] = [
    "sale/link",
    "sale/notice",
    "sale/synced",
    "sale/answer",
    "sale/refunded",
    "sale/standing",
    "config/desired",
    "command/restart",
];
/// Topics that are nobody's, or everybody's to hear.
const ELSEWHERE: [&str; 15] = [
    "qrtill/v1/keys",
    "qrtill/v1/r/main/state",
    "$SYS/broker/uptime",
    "$CONTROL/dynamic-security/v1",
    "qrtill/v1/t/counter-2",
    "qrtill/v1/t//state",
    "/qrtill/v1/t/counter-2/state",
    "qrtill/v1/t/counter-2/state/",
    "qrtill/v1/t/counter-2//state",
    "qrtill/v2/t/counter-2/state",
    "QRTILL/v1/t/counter-2/state",
    "qrtill/v1/t/counter-2/../counter-1/state",
    "qrtill/v1/t/%u/state",
    "$share/g/qrtill/v1/t/counter-1/state",
    "qrtill/v1/t/Counter-1/state",
];
const FILTERS: [&str; 22] = [
    "#",
    "+/#",
    "qrtill/#",
    "qrtill/v1/#",
    "qrtill/v1/+/#",
    "qrtill/v1/t/#",
    "qrtill/v1/t/+/#",
    "qrtill/v1/t/counter-1/#",
    "qrtill/v1/t/counter-1/+",
    "qrtill/v1/t/counter-1/state",
    "qrtill/v1/t/counter-1/sale/notice",
    "qrtill/v1/t/counter-1/sale/link",
    "qrtill/v1/t/counter-1/config/desired",
    "qrtill/v1/t/counter-1/config/reported",
    "qrtill/v1/t/+/sale/event",
    "qrtill/v1/t/+/config/desired",
    "+/+/+/+/+/+",
    "+/v1/t/counter-1/+/+",
    "$SYS/#",
    "$share/g/#",
    "$share/g/qrtill/v1/t/counter-1/sale/notice",
    "$share/counter-1/qrtill/v1/t/+/sale/+",
];

fn of(terminal: &str, leaf: &str) -> String {
    format!("qrtill/v1/t/{terminal}/{leaf}")
}

fn fellow(name: String, version: Version, way: Way) -> Attempt {
    Attempt { name, who: Who::Fellow, version, way }
}

fn say(version: Version, topic: &str, qos: u8, retain: bool) -> Attempt {
    let kept = if retain { ", retained" } else { "" };
    let way = Way::Say { topic: topic.to_owned(), qos, retain, empty: false };
    fellow(format!("{version:?} says {topic} at QoS {qos}{kept}"), version, way)
}

fn hear(version: Version, filter: &str, options: u8) -> Attempt {
    let way = Way::Hear { filter: filter.to_owned(), options };
    fellow(format!("{version:?} hears {filter} ({options:#04x})"), version, way)
}

fn will(version: Version, topic: &str, retain: bool) -> Attempt {
    let kept = if retain { ", retained" } else { "" };
    let way = Way::Will { topic: topic.to_owned(), retain };
    fellow(format!("{version:?} leaves a will on {topic}{kept}"), version, way)
}

/// Whoever comes in so says it on what is `counter-1`'s.
fn posing(name: String, who: Who) -> Attempt {
    let way = Way::Say { topic: of("counter-1", "state"), qos: 1, retain: true, empty: false };
    Attempt { name, who, version: Version::V5, way }
}

/// Every way across.
pub fn all() -> Vec<Attempt> {
    let mut all = speaking();
    all.extend(hearing());
    all.extend(wills());
    all.extend(names());
    all.extend(strangers());
    all
}

fn speaking() -> Vec<Attempt> {
    let v5 = Version::V5;
    let mut all: Vec<_> = OWN.iter().map(|leaf| say(v5, &of("counter-1", leaf), 1, false)).collect();
    for terminal in ["counter-1", "counter-2"] {
        all.extend(OTHERS.iter().map(|leaf| say(v5, &of(terminal, leaf), 1, false)));
    }
    all.extend(ELSEWHERE.iter().map(|topic| say(v5, topic, 1, false)));
    for wild in ["qrtill/v1/t/+/state", "qrtill/v1/#", "#"] {
        all.push(say(v5, wild, 1, false));
    }
    for (qos, retain) in [(0, false), (2, false), (0, true), (1, true), (2, true)] {
        all.push(say(v5, &of("counter-1", "state"), qos, retain));
        all.push(say(v5, &of("counter-1", "config/desired"), qos, retain));
    }
    for topic in [of("counter-1", "state"), of("counter-1", "config/desired"), "qrtill/v1/keys".to_owned()] {
        let way = Way::Say { topic: topic.clone(), qos: 1, retain: true, empty: true };
        all.push(fellow(format!("empties {topic}"), v5, way));
    }
    let (theirs, mine) = (of("counter-1", "sale/open"), of("counter-2", "sale/open"));
    all.push(fellow("a number for a topic".into(), v5, Way::Alias { first: theirs.clone(), then: None }));
    let then = Some(theirs);
    all.push(fellow("a number that gets another topic".into(), v5, Way::Alias { first: mine, then }));
    for version in [Version::V4, Version::V3] {
        for (qos, retain) in [(0, false), (1, false), (2, false), (1, true)] {
            all.push(say(version, &of("counter-1", "sale/open"), qos, retain));
        }
        all.push(say(version, &of("counter-2", "sale/notice"), 1, false));
        all.push(say(version, "qrtill/v1/keys", 1, true));
    }
    all
}

fn hearing() -> Vec<Attempt> {
    let mut all: Vec<_> = FILTERS.iter().map(|filter| hear(Version::V5, filter, 1)).collect();
    // With the retain flag as published; kept ones only where the subscription is new; none of one's own.
    for options in [0x00, 0x02, 0x09, 0x11, 0x05] {
        all.push(hear(Version::V5, "qrtill/v1/t/counter-1/#", options));
    }
    for version in [Version::V4, Version::V3] {
        for filter in ["#", "qrtill/v1/t/+/sale/notice", "qrtill/v1/t/counter-1/#", "$SYS/#"] {
            all.push(hear(version, filter, 1));
        }
    }
    all
}

fn wills() -> Vec<Attempt> {
    let topics = [
        (of("counter-1", "state"), true),
        (of("counter-1", "state"), false),
        (of("counter-1", "sale/open"), false),
        (of("counter-1", "config/desired"), true),
        (of("counter-1", "sale/notice"), false),
        (of("counter-2", "sale/notice"), false),
        (of("counter-2", "config/desired"), true),
        ("qrtill/v1/keys".to_owned(), true),
        ("qrtill/v1/r/main/state".to_owned(), false),
        ("$SYS/broker/uptime".to_owned(), false),
    ];
    let v5 = topics.iter().map(|(topic, retain)| will(Version::V5, topic, *retain));
    let older = [Version::V4, Version::V3].into_iter().flat_map(|version| {
        [will(version, &of("counter-1", "state"), true), will(version, "qrtill/v1/t/+/state", false)]
    });
    v5.chain(older).collect()
}

fn names() -> Vec<Attempt> {
    let ids = ["counter-1", "+", "#", "+/#", "counter-1/state", "relay-main", "operator", "$SYS"];
    let long = "counter-1".repeat(100);
    let ids = ids.iter().map(|id| (*id).to_owned()).chain([String::new(), long]);
    let ids = ids.map(|id| posing(format!("client id `{}`", &id[..id.len().min(20)]), Who::ClientId(id)));
    let users = ["counter-1", "relay-main", "operator", "+", ""];
    let users = users.map(|user| posing(format!("user name `{user}`"), Who::Username(user)));
    let named = ["+", "#", "+/#", "counter-1/state", "counter-1/#", "Counter-1", "counter-1 ", "%u", "$SYS"];
    let named = named.map(|name| posing(format!("a certificate for `{name}`"), Who::Named(name)));
    let hearing = ["+", "#", "counter-1/#"].map(|name| Attempt {
        name: format!("a certificate for `{name}` that listens"),
        who: Who::Named(name),
        version: Version::V5,
        way: Way::Hear { filter: "#".to_owned(), options: 1 },
    });
    ids.chain(users).chain(named).chain(hearing).collect()
}

fn strangers() -> Vec<Attempt> {
    let strangers = [
        (Stranger::Bare, "no certificate"),
        (Stranger::BareWithPassword, "the operator's password in place of a certificate"),
        (Stranger::OtherAuthority, "a certificate for counter-1 by another authority"),
        (Stranger::Ended, "a certificate for counter-1 that has ended"),
        (Stranger::NotBegun, "a certificate for counter-1 that has not begun"),
        (Stranger::Revoked, "a certificate for counter-1 that was revoked"),
        (Stranger::BrokersOwn, "a broker's certificate"),
        (Stranger::Plain, "no encryption"),
        (Stranger::PlainAmongPeople, "no encryption and the operator's password"),
        (Stranger::CertificateAmongPeople, "a good certificate where passwords are asked for"),
        (Stranger::DeviceAmongPeople, "a terminal's name without a password"),
        (Stranger::WrongPassword, "the operator's name with the shop's password"),
    ];
    let come = |(stranger, name): (Stranger, &str)| Attempt {
        name: name.to_owned(),
        who: Who::Stranger(stranger),
        version: Version::V5,
        way: Way::Come,
    };
    strangers.map(come).into()
}

/// What is no way across: each kind of attempt once where it may be made.
pub fn allowed() -> Vec<Attempt> {
    let (state, notice) = (of("counter-2", "state"), of("counter-2", "sale/notice"));
    let mut all = Vec::new();
    for version in [Version::V5, Version::V4, Version::V3] {
        all.extend([0, 1, 2].map(|qos| say(version, &state, qos, true)));
        all.push(hear(version, &notice, 1));
        all.push(will(version, &state, true));
    }
    let first = of("counter-2", "sale/open");
    all.push(fellow("a number for a topic".into(), Version::V5, Way::Alias { first, then: None }));
    all.push(fellow("comes in".into(), Version::V5, Way::Come));
    all.push(hear(Version::V5, "#", 1));
    all
}
