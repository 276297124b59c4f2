//! Shipped files, and what is said about mistakes in them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::Shop;
use crate::support::command;
use crate::support::path;
use crate::support::qrtill;
use crate::support::said;

#[test]
fn the_shipped_files_are_fine_once_their_secrets_are_there() {
    let shop = Shop::new();
    for name in ["terminal.toml", "relay.toml"] {
        let check = shop.check(name);
        assert_eq!(check.code, 0, "{}", check.out);
        assert!(check.out.ends_with(": fine\n"), "{}", check.out);
    }
    assert!(shop.check("terminal.toml").out.contains("tft-240x320: a link per sale"));
}

#[test]
fn a_typo_is_told_with_its_line_and_the_nearest_key() {
    let shop = Shop::new();
    shop.change("terminal.toml", "confirm_above = ", "confrm_above = ");
    shop.change("terminal.toml", "currency = \"EUR\"", "currency = \"EURO\"");
    let line =
        |text: &str, start: &str| text.lines().position(|line| line.starts_with(start)).expect("there") + 1;
    let text = fs::read_to_string(shop.file("terminal.toml")).expect("text");
    let check = shop.check("terminal.toml");
    assert_eq!(check.code, 78);
    let place = format!("terminal.toml:{}:1: sale.confrm_above: ", line(&text, "confrm_above"));
    assert!(check.out.contains(&place), "{}", check.out);
    assert!(check.out.contains("did you mean `confirm_above`?"), "{}", check.out);
    assert!(check.out.contains("| ^^^^^^^^^^^^\n"), "{}", check.out);
    let place = format!("terminal.toml:{}:", line(&text, "currency"));
    assert!(check.out.contains(&place) && check.out.contains("2 errors"), "{}", check.out);
    let run = qrtill(&["terminal", "--config", path(&shop.file("terminal.toml"))]);
    assert_eq!(run.code, 78);
    assert!(run.err.contains("did you mean `confirm_above`?"), "{}", run.err);
}

#[test]
fn a_wrong_variable_is_named() {
    let shop = Shop::new();
    let mut run = command();
    run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]);
    let run = said(run.env("QRTILL_BROKER__PROT", "1883").env("QRTILL_SALE__TTL_S", "soon"));
    assert_eq!(run.code, 78);
    for part in ["QRTILL_BROKER__PROT", "did you mean `port`?", "QRTILL_SALE__TTL_S"] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
}

#[test]
fn an_empty_host_is_told_once_and_nothing_else_of_it() {
    let shop = Shop::new();
    let mut check = command();
    check.args(["check", path(&shop.file("terminal.toml"))]);
    let check = said(check.env("QRTILL_BROKER__HOST", ""));
    assert_eq!(check.code, 78, "{}", check.out);
    assert!(check.out.contains("no host is named") && !check.out.contains("encrypted"), "{}", check.out);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let config = ["--config", "/nowhere/x.toml"];
    for line in [
        &["check", "/nowhere/x.toml"][..],
        &[&["terminal"][..], &config].concat(),
        &[&["relay"][..], &config].concat(),
        &[&["link", "list"][..], &config].concat(),
        &[&["refund", "pi_1"][..], &config].concat(),
        &[&["sales"][..], &config].concat(),
    ] {
        let said = qrtill(line);
        assert_eq!(said.code, 66);
        assert!(said.err.contains("/nowhere/x.toml: there is no such file"), "{}", said.err);
    }
}

#[test]
fn a_secret_that_is_named_by_mistake_is_not_told() {
    let shop = Shop::new();
    shop.write_secret("qonto.tokens", r#"{"access":"top","refresh":"secret","renew_unix_ms":0}"#);
    for (name, secret, words) in [
        ("relay.key", "qrtill-ed25519-private", "a private key's file"),
        ("stripe.key", "sk_test_1", "nothing in it is a setting"),
        ("stripe.webhook", "whsec_1", "nothing in it is a setting"),
        ("qonto.tokens", "secret", "nothing in it is a setting"),
    ] {
        let file = shop.file(name);
        for said in [shop.check(name), qrtill(&["link", "--config", path(&file), "list"])] {
            let text = said.out + &said.err;
            assert!(said.code == 78 && text.contains(words) && !text.contains(secret), "{name}: {text}");
        }
    }
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let shop = Shop::new();
    let file = shop.file("stripe.key");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
    for said in [shop.check("relay.toml"), qrtill(&["relay", "--config", path(&shop.file("relay.toml"))])] {
        assert_eq!(said.code, 78);
        let text = said.out + &said.err;
        assert!(text.contains(&format!("chmod 600 {}", file.display())), "{text}");
        assert!(!text.contains("sk_test_1"), "{text}");
    }
}

#[test]
fn a_strip_is_refused_as_the_only_panel_and_a_small_panel_says_what_fits() {
    let shop = Shop::new();
    shop.change("terminal.toml", "#name = \"tft-240x320\"", "name = \"oled-128x64\"");
    let check = shop.check("terminal.toml");
    assert_eq!(check.code, 78);
    assert!(check.out.contains("panel.name: oled-128x64"), "{}", check.out);
    shop.change("terminal.toml", "oled-128x64", "epd-250x122");
    let check = shop.check("terminal.toml");
    assert_eq!(check.code, 0, "{}", check.out);
    assert!(check.out.contains("a link with reference and amount"), "{}", check.out);
    assert!(check.out.contains("the longest link that can be shown has"), "{}", check.out);
}
