//! A configuration out of a few answers, as a person types them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use crate::authority::Authority;
use crate::support::Said;
use crate::support::command;
use crate::support::path;
use crate::support::qrtill;

fn setup(root: &Path, options: &[&str], answers: &[&str]) -> Said {
    let mut command = command();
    command.args(["setup", "--root", path(root)]).args(options);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let typed = answers.join("\n") + "\n";
    // It may have ended before it read everything.
    let _gone = child.stdin.take().expect("a pipe").write_all(typed.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    Said { code, out: text(output.stdout), err: text(output.stderr) }
}

const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

fn one_shop(root: &Path, panel: &str, keypad: &str) -> Said {
    let counter = ["counter-7", "Bäckerei \"Korn\"", "de", "eur", panel, keypad, "4711"];
    setup(root, &["--one-shop"], &[&counter[..], &["stripe", KEY]].concat())
}

fn text(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn one_machine_is_set_up_from_a_few_answers_with_every_secret_private() {
    let root = tempfile::tempdir().expect("a folder");
    let said = one_shop(root.path(), "none", "serial");
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert_eq!(said.out.matches(": fine").count() + said.out.matches(": works").count(), 2, "{}", said.out);
    assert!(!said.out.contains(KEY) && !said.out.contains("4711"), "{}", said.out);
    let terminal = text(root.path(), "etc/qrtill/terminal.toml");
    assert!(terminal.contains("shop = 'Bäckerei \"Korn\"'"), "{terminal}");
    assert!(terminal.contains("hosts = [\"buy.stripe.com\"]"), "{terminal}");
    let relay = text(root.path(), "etc/qrtill/relay.toml");
    assert!(relay.contains("\nwebhooks = false\n") && !relay.contains(KEY), "{relay}");
    assert_eq!(text(root.path(), "etc/qrtill/relay/stripe.key"), KEY);
    for name in ["terminal/terminal.key", "terminal/terminal.pin", "relay/relay.key", "relay/stripe.key"] {
        let found = fs::metadata(root.path().join("etc/qrtill").join(name)).expect(name);
        assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let passwords = text(root.path(), "etc/mosquitto/qrtill/passwords");
    assert!(passwords.starts_with("counter-7:$") && passwords.contains("\nrelay-main:$"), "{passwords}");
    let again = one_shop(root.path(), "none", "serial");
    assert_eq!(again.code, 73, "{}", again.err);
    assert!(again.err.contains("--replace"), "{}", again.err);
}

#[test]
fn every_panel_and_keypad_of_the_list_makes_a_configuration_without_a_fault() {
    let choices = [("tft", "serial"), ("screen", "usb"), ("e-paper", "matrix"), ("4", "header"), ("1", "5")];
    for (panel, keypad) in choices {
        let root = tempfile::tempdir().expect("a folder");
        let said = one_shop(root.path(), panel, keypad);
        assert_eq!(said.code, 0, "{panel} {keypad}: {}\n{}", said.out, said.err);
    }
}

#[test]
fn every_payment_link_system_is_asked_for_what_it_needs() {
    let systems: [(&str, &[&str]); 4] = [
        ("vinr", &["sk_test_1234567890abcdef"]),
        ("yabetoo", &["sk_test_1234567890abcdef", "a", "b", "c"]),
        ("storekit", &["sk_test_1234567890abcdef", "no address", "https://api.storekit.example"]),
        ("qonto", &["secret", "client-1", "b"]),
    ];
    for (system, answers) in systems {
        let root = tempfile::tempdir().expect("a folder");
        let counter = ["", "Shop", "", if system == "yabetoo" { "XAF" } else { "" }, "none", "none", ""];
        let said = setup(root.path(), &["--one-shop"], &[&counter[..], &[system], answers].concat());
        assert_eq!(said.code, 0, "{system}: {}\n{}", said.out, said.err);
    }
}

#[cfg(feature = "fleet")]
#[test]
fn a_terminal_that_will_be_paired_is_asked_for_its_panel_and_its_keypad_alone() {
    let root = tempfile::tempdir().expect("a folder");
    let fleet = root.path().join("bakery");
    let made = qrtill(&[
        "fleet",
        "new",
        path(&fleet),
        "--broker",
        "broker.example",
        "--broker",
        "192.0.2.1",
        "--shop",
        "Corner Bakery",
        "--currency",
        "eur",
        "--host",
        "buy.stripe.com",
    ]);
    assert_eq!(made.code, 0, "{}", made.err);
    for name in ["fleet.toml", "terminal/terminal.toml"] {
        let judged = qrtill(&["check", path(&fleet.join(name))]);
        assert_eq!(judged.code, 0, "{name}: {}{}", judged.out, judged.err);
    }
    for name in [
        "root.key",
        "ca.key",
        "broker/broker.key",
        "broker/passwords",
        "relay/relay/relay.pem.key",
        "shop.password",
    ] {
        let found = fs::metadata(fleet.join(name)).expect(name);
        assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let again = qrtill(&[
        "fleet",
        "new",
        path(&fleet),
        "--broker",
        "b",
        "--shop",
        "S",
        "--currency",
        "EUR",
        "--host",
        "buy.stripe.com",
    ]);
    assert_eq!(again.code, 73, "{}", again.err);

    let card = fleet.join("terminal");
    let said = setup(root.path(), &["--fleet", path(&card)], &["e-paper", "matrix", "4711"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("shows a code"), "{}", said.out);
    let terminal = text(root.path(), "etc/qrtill/terminal.toml");
    assert!(terminal.contains("\n[panel]\nname = \"epd-400x300\"\n"), "{terminal}");
    let own = |name: &str| fs::read_to_string(card.join(name)).expect(name);
    assert_eq!(text(root.path(), "etc/qrtill/terminal/pairing.password"), own("terminal/pairing.password"));
    assert_eq!(text(root.path(), "etc/qrtill/ca.pem"), own("ca.pem"));

    let other = tempfile::tempdir().expect("a folder");
    let said = setup(other.path(), &["--fleet", path(&fleet)], &[]);
    assert_eq!(said.code, 66, "{}", said.err);
    assert!(!other.path().join("etc").exists(), "nothing is written of what is not whole");
}

#[test]
fn a_terminal_of_a_fleet_learns_where_its_relay_is_and_tells_its_own_key() {
    let root = tempfile::tempdir().expect("a folder");
    let file = root.path().join("relay.key");
    let made = qrtill(&["key", "new", path(&file)]);
    let key = made.out.lines().next().expect("a key");
    let counter = ["counter-7", "Shop", "fr", "JPY", "none", "none", ""];
    let shop = Authority::new("Corner Bakery");
    let ca = root.path().join("authority.pem");
    fs::write(&ca, &shop.pem).expect("written");
    let relay = ["mqtt.example", path(&file), path(&ca), "", "password", "no key", key, "buy.stripe.com"];
    let said = setup(root.path(), &["--no-start"], &[&counter[..], &relay].concat());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("there is no certificate in it"), "{}", said.out);
    assert_eq!(text(root.path(), "etc/qrtill/ca.pem"), shop.pem);
    let shown = qrtill(&["key", "show", path(&root.path().join("etc/qrtill/terminal/terminal.key"))]);
    assert!(said.out.contains(shown.out.lines().next().expect("a key")), "{}", said.out);
    assert!(text(root.path(), "etc/qrtill/terminal.toml").contains(key));
}

#[test]
fn a_terminal_with_a_certificate_has_no_password_and_its_key_is_private() {
    let root = tempfile::tempdir().expect("a folder");
    let made = qrtill(&["key", "new", path(&root.path().join("relay.key"))]);
    let key = made.out.lines().next().expect("a key");
    let shop = Authority::new("Corner Bakery");
    let (own, other) = (shop.client("counter-7"), shop.client("counter-7"));
    let put = |name: &str, text: &str| {
        let file = root.path().join(name);
        fs::write(&file, text).expect("written");
        path(&file).to_owned()
    };
    let files =
        [put("a.pem", &shop.pem), put("c.pem", &own.certificate), put("x", &other.key), put("k", &own.key)];
    let files = files.each_ref().map(String::as_str);
    let counter = ["counter-7", "Shop", "fr", "JPY", "none", "none", "", "mqtt.example"];
    let said =
        setup(root.path(), &["--no-start"], &[&counter[..], &files, &[key, "buy.stripe.com"]].concat());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("the key of another certificate"), "{}", said.out);
    let written = text(root.path(), "etc/qrtill/terminal.toml");
    assert!(written.contains("\ncert_file = \"terminal/terminal.pem\"\n"), "{written}");
    assert!(written.contains("\n# password_file"), "{written}");
    assert!(!root.path().join("etc/qrtill/terminal/terminal.password").exists());
    let found = fs::metadata(root.path().join("etc/qrtill/terminal/terminal.pem.key")).expect("a key");
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
}

#[test]
fn answers_that_end_too_early_leave_no_configuration_behind() {
    let root = tempfile::tempdir().expect("a folder");
    let said = setup(root.path(), &["--one-shop"], &["counter-7", "Shop"]);
    assert_eq!(said.code, 66, "{}", said.err);
    assert!(said.err.contains("the answers ended here"), "{}", said.err);
    assert!(!root.path().join("etc/qrtill/terminal.toml").exists());
    let said = setup(root.path(), &["--one-shop"], &["Not A Name"; 9]);
    assert_eq!(said.code, 64, "{}", said.err);
}
