//! The set of keys, from its first version to a lost key, with a root that is never online.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::Said;
use crate::support::path;
use crate::support::qrtill;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a pair; gives back the public key.
    fn key(&self, name: &str) -> String {
        let made = qrtill(&["key", "new", path(&self.file(name))]);
        assert_eq!(made.code, 0, "{}", made.err);
        made.out.lines().next().expect("the public key").to_owned()
    }

    /// `qrtill key set` with the file of the set as first argument, signed by the key in this file.
    fn set(&self, command: &str, line: &[&str], root: &str) -> Said {
        let (file, root) = (self.file("keys.signed"), self.file(root));
        let mut all = vec!["key", "set", command, path(&file)];
        all.extend(line);
        all.extend(["--root-key", path(&root)]);
        qrtill(&all)
    }

    fn shown(&self, root: &str) -> Value {
        let said = self.set("show", &["--json"], root);
        serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err))
    }
}

#[test]
fn a_set_is_made_changed_and_read_as_readme_says() {
    let desk = Desk::new();
    desk.key("root.key");
    let (anna, ben) = (desk.key("anna.key"), desk.key("ben.key"));
    let made = desk.set("new", &["--mode", "live"], "root.key");
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    assert!(made.out.contains("live, version 1: signed by the root"), "{}", made.out);
    assert_eq!(desk.set("add", &["operations", "anna", &anna], "root.key").code, 0);
    // A file of the machine will do as well as the text.
    let added = desk.set("add", &["money", "ben", path(&desk.file("ben.key"))], "root.key");
    assert!(added.out.contains("money       ben "), "{}", added.out);
    let newer = desk.key("anna-2.key");
    assert_eq!(desk.set("add", &["operations", "anna", &newer], "root.key").code, 0);
    let which = desk.set("drop", &["anna"], "root.key");
    assert_eq!(which.code, 65);
    assert!(which.err.contains("name one by its id: "), "{}", which.err);
    assert_eq!(desk.set("drop", &[&anna], "root.key").code, 0);
    assert_eq!(desk.set("revoke", &["ben"], "root.key").code, 0);
    let shown = desk.shown("root.key");
    assert_eq!((&shown["version"], &shown["signature"]), (&6.into(), &"good".into()));
    let keys = shown["keys"].as_array().expect("keys");
    let of = |key: &Value| {
        [&key["role"], &key["name"], &key["key"]].map(|text| text.as_str().expect("text").to_owned())
    };
    let all: Vec<_> = keys.iter().map(of).collect();
    assert_eq!(
        all,
        [["operations", "anna", &newer], ["revoked", "ben", &ben]].map(|row| row.map(String::from))
    );
    let back = desk.set("add", &["money", "ben", &ben], "root.key");
    assert!(back.code == 65 && back.err.contains("revoked"), "{}", back.err);
}

#[test]
fn a_set_that_this_root_did_not_sign_is_neither_changed_nor_called_good() {
    let desk = Desk::new();
    let (root, anna) = (desk.key("root.key"), desk.key("anna.key"));
    desk.key("other.key");
    assert_eq!(desk.set("new", &[], "root.key").code, 0);
    let before = fs::read_to_string(desk.file("keys.signed")).expect("text");
    let foreign = desk.set("add", &["money", "mallory", &anna], "other.key");
    assert_eq!(foreign.code, 65);
    assert!(foreign.err.contains("signed by a key that is not trusted"), "{}", foreign.err);
    assert_eq!(desk.set("new", &[], "root.key").code, 73, "what is there is not begun anew");
    assert_eq!(fs::read_to_string(desk.file("keys.signed")).expect("text"), before);
    let seen = qrtill(&["key", "set", "show", path(&desk.file("keys.signed"))]);
    assert!(seen.code == 0 && seen.out.contains("not checked"), "{}", seen.out);
    let judged =
        |key: &str| qrtill(&["key", "set", "show", path(&desk.file("keys.signed")), "--root-key", key]);
    assert_eq!(judged(&root).code, 0);
    let wrong = judged(&anna);
    assert!(wrong.code == 65 && wrong.out.contains("NOT to be believed"), "{}", wrong.out);
    // One letter of the payload.
    let at = before.find("\"p\":\"").expect("a payload") + 40;
    let turned = if &before[at..=at] == "A" { "B" } else { "A" };
    fs::write(desk.file("keys.signed"), format!("{}{turned}{}", &before[..at], &before[at + 1..]))
        .expect("written");
    assert_eq!(desk.set("add", &["money", "ben", &anna], "root.key").code, 65);
    for (bad, words) in [("no set", "no set of keys"), ("{}", "no set of keys")] {
        fs::write(desk.file("keys.signed"), bad).expect("written");
        let said = judged(&root);
        assert!(said.code == 65 && said.err.contains(words), "{}", said.err);
    }
}
