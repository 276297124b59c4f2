//! Help, usage, keys, pictures and webhooks: the commands that need no shop.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::Value;

use crate::support::command;
use crate::support::path;
use crate::support::qrtill;
use crate::support::said;

const VECTORS: &str = include_str!("../fixtures/stripe/vectors.json");

#[test]
fn help_names_every_command_and_gives_examples() {
    let help = qrtill(&["--help"]);
    assert_eq!(help.code, 0);
    for word in ["terminal", "relay", "sales", "check", "key", "draw", "webhook", "Examples:", "QRTILL_LOG"] {
        assert!(help.out.contains(word), "{word}");
    }
    for command in ["terminal", "relay", "sales", "check", "key", "draw", "webhook"] {
        let help = qrtill(&[command, "--help"]);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{command}");
    }
    assert!(qrtill(&["--version"]).out.starts_with("qrtill "));
}

#[test]
fn wrong_usage_ends_with_64() {
    for line in [&["sell"][..], &[], &["sales", "--day", "soon"], &["sales", "--json", "--csv"], &["check"]] {
        let said = qrtill(line);
        assert_eq!(said.code, 64, "{line:?}: {}", said.err);
        assert!(!said.err.is_empty() && !said.err.contains("panicked"), "{line:?}");
    }
    let said = |line: &[&str], words: &str| {
        let said = qrtill(line);
        assert_eq!(said.code, 64, "{line:?}: {}", said.err);
        assert!(said.err.contains(words), "{line:?}: {}", said.err);
    };
    said(&["sales", "--day", "2026-13-40"], "such as 2026-11-20");
    said(&["sandbox", "--provider", "nope"], "there are: stripe, vinr, yabetoo, storekit, qonto");
    said(&["sandbox", "--listen", "foo"], "such as 127.0.0.1:8460");
    said(&["sandbox", "--set", "pin=abc"], "4 to 12 digits");
    said(&["sandbox", "--set", "limit=0.10"], "is below 0.50 EUR");
    said(&["sandbox", "--provider", "vinr", "--set", "strategy=reference"], "leave `strategy` out");
    let twisted = qrtill(&["sales", "--from", "2026-11-21", "--to", "2026-11-20", "--data", "/"]);
    assert_eq!(twisted.code, 64, "{}", twisted.err);
}

#[test]
fn a_new_key_is_its_owners_alone_and_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.key");
    let made = qrtill(&["key", "new", path(&file)]);
    assert!(made.out.starts_with("qrtill-ed25519:") && made.out.contains("\nfingerprint "), "{}", made.out);
    let text = fs::read_to_string(&file).expect("text");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(qrtill(&["key", "show", path(&file)]).out, made.out);
    let again = qrtill(&["key", "new", path(&file)]);
    assert_eq!((again.code, fs::read_to_string(&file).expect("text")), (73, text));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
    let open = qrtill(&["key", "show", path(&file)]);
    assert_eq!(open.code, 78);
    assert!(open.err.contains("chmod 600"), "{}", open.err);
    assert_eq!(qrtill(&["key", "show", path(&folder.path().join("none"))]).code, 66);
}

#[test]
fn pictures_are_listed_and_drawn() {
    let list = qrtill(&["draw", "--list"]);
    assert_eq!(list.code, 0);
    assert!(list.out.contains("tft-240x320") && list.out.contains("paid"), "{}", list.out);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("paid.png");
    assert_eq!(qrtill(&["draw", "paid", "-o", path(&file)]).code, 0);
    assert!(fs::read(file).expect("a picture").starts_with(b"\x89PNG"));
    assert_eq!(qrtill(&["draw", "pied", "-o", "x.png"]).code, 64);
}

#[test]
fn every_recorded_webhook_is_judged_as_it_was_recorded() {
    let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    let verify = |case: &Value| {
        let text = |key: &str| case[key].as_str().expect("text");
        let mut run = command();
        run.args(["webhook", "verify", "--provider", "stripe", "--secret-file", path(&secret)]);
        run.args(["--now", &case["now"].to_string()]);
        if let Some(header) = case["header"].as_str() {
            run.args(["-H", &format!("{}: {header}", text("header_name"))]);
        }
        run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.spawn().expect("it starts");
        child.stdin.take().expect("a pipe").write_all(text("body_utf8").as_bytes()).expect("taken");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let cases = vectors["cases"].as_array().expect("cases");
    fs::write(&secret, "").expect("written");
    assert_eq!(verify(&cases[0]).0, Some(78), "a secret that others can read");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("set");
    for case in cases {
        fs::write(&secret, case["secret"].as_str().expect("text")).expect("written");
        let (code, line) = verify(case);
        let accepted = case["expect"] == "accept";
        assert_eq!(code, Some(i32::from(!accepted)), "{}: {line}", case["name"]);
        assert_eq!((line.lines().count(), line.starts_with("refused: ")), (1, !accepted), "{}", case["name"]);
    }
    fs::remove_file(&secret).expect("removed");
    assert_eq!(verify(&cases[0]).0, Some(66));
}

#[test]
fn a_filter_for_log_lines_that_is_none_is_refused() {
    let run = said(command().args(["draw", "--list"]).env("QRTILL_LOG", "qrtill=loud"));
    assert_eq!(run.code, 78);
    assert!(run.err.contains("QRTILL_LOG"), "{}", run.err);
}
