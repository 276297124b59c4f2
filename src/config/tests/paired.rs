//! A terminal that an operator gives its name: what its file needs before, and what it says after.

use super::*;
use crate::config::layer::Layer;
use crate::config::start::Own;
use crate::mqtt::pair;
use crate::mqtt::pair::Admission;
use crate::mqtt::topics::Fingerprint;
use crate::terminal::pairing::Device;
use crate::ui::lang::Lang;

/// Without encryption, so that no certificate is needed.
const CARD: &str = "data = \".\"\nlang = \"de\"\n[sale]\nlimit = \"200.00\"\n[pairing]\n";

fn admission() -> Admission {
    let [root, relay] = [1, 2].map(|seed| SecretKey::from_random([seed; 32]).public().to_string());
    Admission {
        id: "counter-1".into(),
        mode: Mode::Live,
        certificate: String::new(),
        root_keys: vec![root],
        money_signatures: 2,
        relay: "north".into(),
        relay_keys: vec![relay],
        hosts: vec!["buy.stripe.com".into()],
        currency: "EUR".into(),
        shop: Some("Bakery".into()),
        lang: Some("fr".into()),
    }
}

#[test]
fn a_file_that_waits_for_a_name_needs_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("terminal.toml");
    let is_awaited = |text: &str| pairing::is_awaited(&file, text, &[]);
    assert!(is_awaited(CARD));
    assert!(!is_awaited(&CARD.replace("[pairing]\n", "")), "one that forgot its name is told so");
    assert!(!is_awaited(&format!("id = \"counter-1\"\n{CARD}")));
    let waits = fresh(&file, CARD, &[]);
    assert_eq!(told(&waits.faults), [""; 0]);
    let waits = waits.value.expect("values");
    assert!(waits.way.is_none() && waits.lang == Lang::De);
    let bad = fresh(&file, &format!("{CARD}password_file = \"none\"\nuser = \"x\"\n"), &[]);
    assert_eq!(keys(&bad.faults), ["pairing.user", "pairing.password_file"]);
}

#[test]
fn what_the_operator_said_goes_below_the_terminals_own_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("terminal.toml");
    fs::write(&file, CARD).expect("written");
    let own = Own::read(&file).expect("a file");
    let waits = own.awaits_pairing().and_then(|checked| checked.value).expect("a terminal without a name");
    let device = Device::open(waits.files, &waits.about).expect("made");
    let answer = pair::seal_answer(&device.code, &device.request, &admission());
    let judge: Box<crate::terminal::pairing::Judge> = {
        let own = own.clone();
        Box::new(move |said, admission| own.judge_answer(said, admission))
    };
    // A certificate is not looked at where nothing is encrypted.
    device.take(answer.text.as_bytes(), &*judge).expect("taken");
    assert!(own.awaits_pairing().is_none());
    let paired = terminal(&file, CARD, &[("QRTILL_SHOP".into(), "Here".into())]);
    assert_eq!(told(&paired.faults), [""; 0]);
    let layer = |key: &str| paired.origins.layer(key);
    assert_eq!(
        ["relay.keys", "lang", "shop", "sale.ttl_s"].map(layer),
        [Layer::Paired, Layer::File, Layer::Environment, Layer::Default]
    );
    let place = paired.origins.place("link.hosts").to_string();
    assert!(place.contains("pairing/paired.toml:"), "{place}");
    let terminal_of = paired.value.expect("values");
    assert_eq!(
        (terminal_of.identity.terminal.as_str(), terminal_of.identity.mode),
        ("counter-1", Mode::Live)
    );
    assert_eq!((terminal_of.lang, terminal_of.shop.as_str()), (Lang::De, "Here"));
    assert_eq!((terminal_of.identity.relay.as_str(), terminal_of.settings.limit), ("north", 20_000));
    assert_eq!(Fingerprint::of(&terminal_of.identity.key.public()), device.fingerprint);
    assert_eq!(terminal_of.remote.money_signatures, 2);
    // Hosts that may be sent are those that the operator named when it was paired.
    let start = own.start().expect("kept");
    assert!(start.remote.is_some(), "it believes the operator's root");
    let without = terminal(&file, &CARD.replace("[pairing]\n", ""), &[]);
    assert!(keys(&without.faults).contains(&"id"), "what lies about of a pairing is not in force by itself");
}

#[test]
fn an_answer_that_makes_another_terminal_of_it_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("terminal.toml");
    let mut said = "id = \"counter-1\"\nmode = \"live\"\n".to_owned();
    let judge = |text: &str, said: &str| {
        fs::write(&file, text).expect("written");
        Own::read(&file).expect("a file").judge_answer(said, &admission())
    };
    let Err(faults) = judge(CARD, &said) else { panic!("half an answer is taken") };
    assert!(faults.iter().any(|fault| fault.contains("relay.keys")), "{faults:?}");
    let key = SecretKey::from_random([9; 32]);
    private::create(&folder.path().join("own.key"), &key.to_text()).expect("made");
    said += &format!(
        "[sale]\ncurrency = \"EUR\"\n[link]\nhosts = [\"buy.stripe.com\"]\n[relay]\nkeys = [\"{}\"]\n",
        key.public()
    );
    let own = format!("mode = \"test\"\n{CARD}[key]\nfile = \"own.key\"\n");
    assert_eq!(judge(&own, &said), Err(vec!["mode: this terminal's own file says test already".into()]));
}
