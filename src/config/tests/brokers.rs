//! `[broker]` in a whole file: encrypted or not, and with which files.

use super::*;
use crate::mqtt::authority::Authority;
use crate::mqtt::authority::Use;

const HERE: &str = "#host = \"127.0.0.1\"";
const AWAY: &str = "host = \"broker.example\"";

/// The shipped terminal with `lines` in its `[broker]`.
fn with(folder: &Path, lines: &str) -> Checked<terminal::Terminal> {
    terminal_of(folder, &TERMINAL.replace(HERE, lines))
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("written");
}

/// A folder with an authority's certificate, one of ours and its key.
fn with_certificate() -> (tempfile::TempDir, Authority) {
    let (folder, shop) = (folder(), Authority::new("shop"));
    let own = shop.client("counter-1");
    write(folder.path(), "ca.pem", &shop.pem);
    write(folder.path(), "terminal.pem", &own.certificate);
    private::create(&folder.path().join("terminal.pem.key"), &Secret::new(own.key)).expect("made");
    (folder, shop)
}

const ALL: &str = "host = \"broker.example\"\nca_file = \"ca.pem\"\ncert_file = \"terminal.pem\"\n\
                   key_file = \"terminal.pem.key\"";

#[test]
fn a_broker_elsewhere_is_reached_encrypted_and_one_here_is_not() {
    let (folder, _) = with_certificate();
    let here = with(folder.path(), HERE).value.expect("values").broker;
    assert_eq!((here.port, here.tls.is_some()), (1883, false));
    let away = with(folder.path(), ALL);
    assert_eq!((told(&away.faults), keys(&away.warnings)), (vec![], vec!["relay.keys[0]"]));
    let away = away.value.expect("values").broker;
    assert_eq!((away.port, away.tls.is_some()), (8883, true));
    let both = with(folder.path(), "tls = true\nca_file = \"ca.pem\"").value.expect("values").broker;
    assert_eq!((both.host.as_str(), both.port, both.tls.is_some()), ("127.0.0.1", 8883, true));
}

#[test]
fn without_an_authority_there_is_no_connection_rather_than_a_plain_one() {
    let (folder, _) = with_certificate();
    let bare = with(folder.path(), AWAY);
    assert_eq!(keys(&bare.faults), ["broker.ca_file"]);
    assert!(bare.value.is_none());
    let plain = with(folder.path(), &format!("{AWAY}\ntls = false"));
    assert_eq!((keys(&plain.faults), keys(&plain.warnings)), (vec![], vec!["broker.tls", "relay.keys[0]"]));
    let plain = plain.value.expect("values").broker;
    assert_eq!((plain.port, plain.tls.is_some()), (1883, false));
    let odd = with(folder.path(), "ca_file = \"ca.pem\"");
    assert_eq!((keys(&odd.faults), keys(&odd.warnings)), (vec![], vec!["broker.ca_file", "relay.keys[0]"]));
}

/// Does something to a good folder.
type Spoil<'a> = &'a dyn Fn(&Path);

#[test]
fn what_is_wrong_with_a_file_is_told_with_a_way_out() {
    let other = Authority::new("other").client("counter-1");
    let open = |folder: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        let all = fs::Permissions::from_mode(0o644);
        fs::set_permissions(folder.join("terminal.pem.key"), all).expect("set");
    };
    let cases: [(&str, Spoil<'_>, &str); 8] = [
        (
            "broker.ca_file",
            &|folder| fs::remove_file(folder.join("ca.pem")).expect("there"),
            "does not exist",
        ),
        ("broker.ca_file", &|folder| write(folder, "ca.pem", "hello"), "no certificate in it"),
        ("broker.cert_file", &|folder| write(folder, "terminal.pem", ""), "no certificate in it"),
        (
            "broker.cert_file",
            &|folder| fs::remove_file(folder.join("terminal.pem")).expect("there"),
            "does not exist",
        ),
        ("broker.key_file", &|folder| write(folder, "terminal.pem.key", "hello"), "no private key in it"),
        ("broker.key_file", &|folder| write(folder, "terminal.pem.key", &other.key), "another certificate"),
        (
            "broker.key_file",
            &|folder| fs::remove_file(folder.join("terminal.pem.key")).expect("there"),
            "does not exist",
        ),
        ("broker.key_file", &open, "chmod 600"),
    ];
    for (key, spoil, words) in cases {
        let (folder, _) = with_certificate();
        spoil(folder.path());
        let spoilt = with(folder.path(), ALL);
        assert_eq!(keys(&spoilt.faults), [key], "{words}");
        assert!(told(&spoilt.faults)[0].contains(words), "{words}: {}", spoilt.faults[0]);
    }
    let (folder, _) = with_certificate();
    for (left_out, key) in [
        ("cert_file = \"terminal.pem\"\n", "broker.cert_file"),
        ("key_file = \"terminal.pem.key\"", "broker.key_file"),
    ] {
        assert_eq!(keys(&with(folder.path(), &ALL.replace(left_out, "")).faults), [key]);
    }
}

#[test]
fn a_certificate_that_no_broker_takes_is_a_warning_since_it_may_be_the_clock() {
    let year = |years| (vec!["counter-1"], Use::Client, years);
    for ((names, what_for, years), words) in [
        (year((2020, 2021)), "ended on 2021-01-01"),
        (year((2089, 2090)), "begins on 2089-01-01"),
        ((vec!["counter-2"], Use::Client, (2020, 2090)), "have one made for it"),
    ] {
        let (folder, shop) = with_certificate();
        let own = shop.sign("counter-1", &names, what_for, years);
        write(folder.path(), "terminal.pem", &own.certificate);
        write(folder.path(), "terminal.pem.key", &own.key);
        let doubtful = with(folder.path(), ALL);
        assert_eq!(told(&doubtful.faults), [""; 0]);
        assert_eq!(keys(&doubtful.warnings), ["broker.cert_file", "relay.keys[0]"]);
        assert!(told(&doubtful.warnings)[0].contains(words), "{}", doubtful.warnings[0]);
        assert!(doubtful.value.is_some());
    }
}
