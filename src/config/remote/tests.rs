use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::core::remote::Layer;
use crate::mqtt::key::SecretKey;

/// A folder with a terminal's key, and its file's text.
fn shop() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let key = SecretKey::from_random([1; 32]);
    crate::config::private::create(&folder.path().join("terminal.key"), &key.to_text()).unwrap();
    let relay = SecretKey::from_random([2; 32]).public();
    let text = format!(
        "id = \"counter-1\"\nshop = \"Bakery\"\n[sale]\ncurrency = \"EUR\"\nttl_s = 90\n[link]\nhosts = \
         [\"buy.stripe.com\"]\n[relay]\nkeys = [\"{relay}\"]\n"
    );
    (folder, text)
}

fn sent(settings: Value) -> Sent {
    Sent { version: 7, settings }
}

fn judged(settings: Value, role: Role, variables: &[(&str, &str)]) -> Result<Vec<String>, Vec<String>> {
    let (folder, text) = shop();
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let file = folder.path().join("terminal.toml");
    let base = Base { file: &file, text: &text, variables: &variables };
    let judged = base.judge(None, &sent(settings), role);
    judged
        .map(|changes| changes.0.into_iter().map(|(key, _)| key).collect())
        .map_err(|faults| faults.into_iter().map(|fault| fault.key).collect())
}

#[test]
fn every_key_of_the_file_has_a_class_and_every_sendable_one_a_value_in_force() {
    let (folder, text) = shop();
    let file = folder.path().join("terminal.toml");
    let checked = Base { file: &file, text: &text, variables: &[] }.with(None);
    assert_eq!(checked.faults, []);
    let in_force: BTreeSet<String> = effective(&checked).into_keys().collect();
    let sendable = classes().into_iter().filter(|(_, class)| *class != Class::Local);
    assert_eq!(sendable.map(|(key, _)| key).collect::<BTreeSet<_>>(), in_force);
    let mirror = serde_json::to_value(terminal::Mirror::default()).unwrap();
    for key in json::leaves(&mirror) {
        assert!(classes().contains_key(&key), "{key} has no class");
    }
}

#[test]
fn the_schema_has_what_may_be_sent_and_fits_a_message() {
    let schema = schema();
    assert_eq!(schema.pointer("/properties/sale/properties/ttl_s/minimum"), Some(&json!(10)));
    assert_eq!(schema.pointer("/properties/sale/properties/currency/x-class"), Some(&json!("money")));
    for local in ["panel", "keypad", "key", "remote", "data"] {
        assert_eq!(schema.pointer(&format!("/properties/{local}")), None, "{local}");
    }
    assert_eq!(schema.pointer("/properties/broker/properties/password_file"), None);
    assert!(schema.to_string().len() < 12 * 1024, "{} bytes", schema.to_string().len());
    let (folder, text) = shop();
    let file = folder.path().join("terminal.toml");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good =
        json!({ "sale": { "ttl_s": 60 }, "lang": "de", "idle": "clock", "link": { "hosts": ["a.b"] } });
    assert!(validator.is_valid(&good));
    let all: Vec<Value> = vec![
        json!({ "sale": { "ttl_s": 5 } }),
        json!({ "lang": "xx" }),
        json!({ "panel": {} }),
        json!({ "sale": { "tll_s": 60 } }),
        json!({ "light": { "bright": 0 } }),
        json!({ "broker": { "port": 70000 } }),
    ];
    for bad in all {
        assert!(!validator.is_valid(&bad), "{bad}");
        let base = Base { file: &file, text: &text, variables: &[] };
        assert!(base.judge(None, &sent(bad.clone()), Role::Money).is_err(), "{bad}");
    }
}

#[test]
fn operations_change_what_moves_no_money_and_nothing_else() {
    let calm = json!({ "lang": "de", "sale": { "ttl_s": 60 }, "light": { "bright": 40, "dim": 20 } });
    let changed = ["lang", "light.bright", "light.dim", "sale.ttl_s"].map(String::from).to_vec();
    assert_eq!(judged(calm, Role::Operations, &[]), Ok(changed));
    let payee = json!({ "shop": "Somebody else", "lang": "de" });
    assert_eq!(judged(payee.clone(), Role::Operations, &[]), Err(vec!["shop".into()]));
    assert_eq!(judged(payee, Role::Money, &[]), Ok(vec!["lang".into(), "shop".into()]));
}

#[test]
fn what_is_in_force_already_may_be_repeated_by_anybody() {
    assert_eq!(
        judged(json!({ "shop": "Bakery", "sale": { "ttl_s": 90 } }), Role::Operations, &[]),
        Ok(vec![])
    );
}

#[test]
fn leaving_out_what_the_money_role_had_set_changes_it_too() {
    let (folder, text) = shop();
    let file = folder.path().join("terminal.toml");
    let base = Base { file: &file, text: &text, variables: &[] };
    let present = sent(json!({ "shop": "By the money role" }));
    let faults = base.judge(Some(&present), &sent(json!({ "lang": "de" })), Role::Operations).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(), ["shop"]);
}

/// Whoever signs for money may lead a terminal to another broker, and not out into the open.
#[test]
fn nobody_far_away_leads_a_plain_connection_off_the_machine() {
    let (folder, shop) = shop();
    let file = folder.path().join("terminal.toml");
    let faults = |own: &str, host: &str| {
        let text = format!("{shop}[broker]\n{own}\n");
        let base = Base { file: &file, text: &text, variables: &[] };
        let judged = base.judge(None, &sent(json!({ "broker": { "host": host } })), Role::Money);
        judged.err().unwrap_or_default().into_iter().map(|fault| fault.key).collect::<Vec<_>>()
    };
    assert_eq!(faults("tls = false", "broker.example"), ["broker.host"]);
    assert_eq!(faults("host = \"10.0.0.1\"\ntls = false", "10.0.0.2"), ["broker.host"]);
    assert_eq!(faults("", "broker.example"), ["broker.ca_file"]);
    assert_eq!(faults("", "127.0.0.2"), [""; 0]);
    let ca = crate::mqtt::authority::Authority::new("shop").pem;
    std::fs::write(folder.path().join("ca.pem"), ca).unwrap();
    assert_eq!(faults("ca_file = \"ca.pem\"", "broker.example"), [""; 0]);
}

#[test]
fn hosts_that_the_terminal_does_not_name_are_refused_whoever_signed() {
    let bad = json!({ "link": { "hosts": ["buy.stripe.com", "evil.example"] } });
    assert_eq!(judged(bad, Role::Money, &[]), Err(vec!["link.hosts[1]".into()]));
    let off = json!({ "link": { "standing": "https://evil.example/a" } });
    assert_eq!(judged(off, Role::Money, &[]), Err(vec!["link.standing".into()]));
}

#[test]
fn every_fault_is_told_at_once() {
    let bad = json!({
        "sale": { "ttl_s": 5, "limit": "many", "colour": 1 },
        "data": "/tmp",
        "lang": "xx",
        "broker": { "port": "x", "password_file": "a" },
        "another_keypad": [],
    });
    let mut found = judged(bad, Role::Money, &[]).unwrap_err();
    found.sort();
    found.dedup();
    let expected = [
        "another_keypad",
        "broker.password_file",
        "broker.port",
        "data",
        "lang",
        "sale.colour",
        "sale.limit",
        "sale.ttl_s",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_the_environment_sets_cannot_come_into_force_and_is_said_so() {
    let variables = [("QRTILL_LANG", "fr")];
    assert_eq!(judged(json!({ "lang": "de" }), Role::Money, &variables), Err(vec!["lang".into()]));
    assert_eq!(
        judged(json!({ "sale": { "ttl_s": 60 } }), Role::Money, &variables),
        Ok(vec!["sale.ttl_s".into()])
    );
}

#[test]
fn what_is_in_force_tells_its_layer() {
    let (folder, text) = shop();
    let file = folder.path().join("terminal.toml");
    let variables = [("QRTILL_SALE__PAID_HOLD_S".to_owned(), "30".to_owned())];
    let base = Base { file: &file, text: &text, variables: &variables };
    let effective = effective(&base.with(Some(&sent(json!({ "lang": "de", "light": { "dim": 10 } })))));
    let of = |key: &str| (effective[key].value.clone(), effective[key].from);
    assert_eq!(of("lang"), (json!("de"), Layer::Remote));
    assert_eq!(of("light.dim"), (json!(10), Layer::Remote));
    assert_eq!(of("sale.ttl_s"), (json!(90), Layer::File));
    assert_eq!(of("sale.paid_hold_s"), (json!(30), Layer::Environment));
    assert_eq!(of("sale.ended_hold_s"), (json!(10), Layer::Default));
}
