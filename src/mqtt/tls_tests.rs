//! Certificates that are right, and every way in which they are not.

use super::*;
use crate::mqtt::authority::Authority;
use crate::mqtt::authority::Pair;
use crate::mqtt::authority::Use;

/// 2026-11-27.
const NOW_S: u64 = 1_795_737_600;

fn parse(pair: &Pair) -> Result<Own, BadPem> {
    Own::parse(pair.certificate.as_bytes(), &Secret::new(pair.key.clone()))
}

fn tls(authority: &Authority, pair: &Pair) -> Tls {
    let authorities = Authorities::parse(authority.pem.as_bytes()).expect("an authority");
    Tls::new(authorities, Some(parse(pair).expect("a certificate")))
}

#[test]
fn a_good_certificate_is_not_doubted_and_its_end_is_known() {
    let shop = Authority::new("shop");
    let tls = tls(&shop, &shop.client("counter-1"));
    assert_eq!(tls.doubts("counter-1", NOW_S), []);
    assert_eq!(tls.ends().map(day).as_deref(), Some("2090-01-01 00:00 UTC"));
    let bare = Tls::new(Authorities::parse(shop.pem.as_bytes()).expect("an authority"), None);
    assert_eq!((bare.doubts("counter-1", NOW_S), bare.ends()), (vec![], None));
}

#[test]
fn what_a_broker_would_not_take_is_told() {
    let (shop, other) = (Authority::new("shop"), Authority::new("other"));
    let of = |names: &[&str], what_for, years| shop.sign("counter-1", names, what_for, years);
    let own = ["counter-1"];
    let cases = [
        (of(&own, Use::Client, (2020, 2021)), "ended on 2021-01-01"),
        (of(&own, Use::Client, (2080, 2090)), "begins on 2080-01-01"),
        (other.client("counter-1"), "none of the authorities"),
        (of(&["counter-2"], Use::Client, (2020, 2090)), "is for counter-2"),
        (of(&own, Use::Broker, (2020, 2090)), "not one to show to a broker"),
    ];
    for (pair, words) in cases {
        let doubts = tls(&shop, &pair).doubts("counter-1", NOW_S);
        let said: Vec<_> = doubts.iter().map(ToString::to_string).collect();
        assert!(matches!(&said[..], [one] if one.contains(words)), "{words}: {said:?}");
    }
    let nameless = of(&[], Use::Client, (2020, 2090));
    assert_eq!(tls(&shop, &nameless).doubts("counter-1", NOW_S), [], "one without such a name says nothing");
}

#[test]
fn a_file_that_is_something_else_is_told_by_what_is_missing() {
    let shop = Authority::new("shop");
    let (own, other) = (shop.client("counter-1"), shop.client("counter-1"));
    let mixed = |certificate: &str, key: &str| {
        Own::parse(certificate.as_bytes(), &Secret::new(key)).expect_err("not a pair")
    };
    assert_eq!(mixed(&own.certificate, &other.key), BadPem::OtherKey);
    assert_eq!(mixed(&own.key, &own.key), BadPem::NoCertificate);
    assert_eq!(mixed(&own.certificate, &own.certificate), BadPem::NoKey);
    assert_eq!(mixed(&own.certificate, "hunter2"), BadPem::NoKey);
    let begin = own.certificate.find("MII").expect("base64");
    let spoilt = own.certificate.replace(&own.certificate[begin..begin + 8], "AAAAAAAA");
    assert!(matches!(mixed(&spoilt, &own.key), BadPem::Certificate(_)));
    let parse = |pem: &str| Authorities::parse(pem.as_bytes()).map(drop);
    assert_eq!(parse(""), Err(BadPem::NoCertificate));
    assert_eq!(parse(&own.key), Err(BadPem::NoCertificate));
    assert!(matches!(parse(&spoilt), Err(BadPem::Certificate(_))));
    assert_eq!(
        parse(&format!("{}{}", shop.pem, Authority::new("next").pem)),
        Ok(()),
        "while one is replaced"
    );
}

#[test]
fn the_key_is_not_in_the_debug_print() {
    let shop = Authority::new("shop");
    let pair = shop.client("counter-1");
    let line = pair.key.lines().nth(1).expect("base64");
    let printed = format!("{:?} {:?}", tls(&shop, &pair), parse(&pair).expect("a certificate"));
    assert!(!printed.contains(line), "{printed}");
}
