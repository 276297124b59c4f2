//! A change that goes to many in waves: the built program on the operator's side, and on the other real terminals or
//! somebody in their place who can be told what to say.

use std::fs;
use std::process::Command;

use serde_json::Value;
use serde_json::json;

use crate::support::Fleet;
use crate::support::Puppet;
use crate::support::Said;
use crate::support::path;

/// For all of these, with a file of this text.
fn file(fleet: &Fleet, lang: &str, ids: &[&str]) -> String {
    let terminals: String = ids.iter().map(|id| format!("[terminal.{id}]\n")).collect();
    let file = fleet.file("shops.toml");
    fs::write(&file, format!("[settings]\nlang = \"{lang}\"\n{terminals}")).expect("written");
    path(&file).to_owned()
}

fn outcomes(said: &Said) -> Vec<(String, String)> {
    let all: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err));
    let rows = all["terminals"].as_array().expect("rows").iter();
    let word = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    rows.map(|row| (word(row, "terminal"), word(row, "outcome"))).collect()
}

fn are(said: &Said, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(id, word)| ((*id).to_owned(), (*word).to_owned())).collect();
    assert_eq!(outcomes(said), expected, "{}", said.err);
}

#[tokio::test]
async fn real_terminals_take_it_wave_after_wave_and_give_it_back() {
    let fleet = Fleet::open(1).await;
    let ids = ["counter-1", "counter-2", "counter-3"];
    let _two = ["counter-1", "counter-2"].map(|id| fleet.counter(id));
    ["counter-1", "counter-2"].iter().for_each(|id| fleet.until_ready(id));
    let file = file(&fleet, "de", &ids);
    let line = ["rollout", &file, "--soak", "1s", "--shares", "50%", "--yes"];
    let most = fleet.anna(&line);
    assert_eq!(most.code, 75, "{}", most.err);
    for words in ["counter-3 is off, and was sent nothing", "2 of 3 have it in force"] {
        assert!(most.out.contains(words), "{words}: {}", most.out);
    }
    for words in [
        "never seen, and left until they appear: counter-3",
        "wave 1 of 3 stands its time",
        "wave 2 is through",
    ] {
        assert!(most.err.contains(words), "{words}: {}", most.err);
    }
    // It has come since: the rest of the same rollout.
    let _third = fleet.counter("counter-3");
    fleet.until_ready("counter-3");
    let rest = fleet.anna(&line);
    assert_eq!((rest.code, rest.out.lines().last()), (0, Some("3 of 3 have it in force")), "{}", rest.err);
    assert!(rest.err.contains("this goes on with what was begun"), "{}", rest.err);
    let none = fleet.anna(&line);
    assert!(none.code == 0 && none.out.contains("nothing was sent"), "{}", none.out);
    let back = fleet.anna(&["rollout", "--back", "--soak", "0s", "--yes"]);
    assert_eq!((back.code, back.out.lines().last()), (0, Some("3 of 3 have it in force")), "{}", back.err);
    for id in ids {
        assert_eq!(fleet.anna(&["config", "get", id, "lang"]).out, "en\n");
    }
    let twice = fleet.anna(&["rollout", "--back", "--yes"]);
    assert!(twice.code == 64 && twice.err.contains("went back already"), "{}", twice.err);
}

#[tokio::test]
async fn it_stops_where_one_refuses_and_nobody_behind_is_sent_anything() {
    let fleet = Fleet::open(1).await;
    let mut canary = fleet.puppet("counter-1", 0).await;
    let mut second = fleet.puppet("counter-2", 0).await;
    let mut last = fleet.puppet("counter-3", 0).await;
    let file = file(&fleet, "de", &["counter-1", "counter-2", "counter-3"]);
    let line =
        ["rollout", &file, "--canaries", "counter-1", "--shares", "2", "--soak", "0s", "--yes", "--json"];
    let rollout = fleet.start("anna", &line);
    let document = canary.desired().await;
    assert!(second.has_nothing_more().await, "its wave has not come");
    canary.report(&document, "applied").await;
    let document = second.desired().await;
    second.answer(&document, 1, "rolled_back", "no broker on these settings").await;
    let said = fleet.ended(rollout);
    assert_eq!(said.code, 69, "{}", said.err);
    are(&said, &[("counter-1", "applied"), ("counter-2", "rolled_back"), ("counter-3", "not_tried")]);
    assert!(last.has_nothing_more().await);
    let why: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&why["result"], &why["why"]), (&json!("stopped"), &json!("1 of 1 in wave 2 failed")));
    // One that takes it and goes back while it is watched, and one that falls silent with it.
    let line = [
        "rollout",
        &file,
        "--soak",
        "30s",
        "--wait",
        "1",
        "--tolerate",
        "1",
        "--shares",
        "2",
        "--yes",
        "--json",
    ];
    let rollout = fleet.start("anna", &[&line[..], &["--canaries", "2"]].concat());
    let (one, other) = (second.desired().await, last.desired().await);
    second.answer(&one, 1, "applied", "").await;
    last.answer(&other, 1, "applied", "").await;
    second.answer(&one, 2, "rolled_back", "the settings of before are back").await;
    last.leave().await;
    let said = fleet.ended(rollout);
    assert_eq!(said.code, 69, "{}", said.err);
    are(&said, &[("counter-2", "rolled_back"), ("counter-3", "silent")]);
}

/// The documents of everybody, once each, whatever is killed.
async fn documents(puppets: &mut [Puppet]) -> Vec<u64> {
    let mut versions = Vec::new();
    for puppet in puppets {
        let document = puppet.desired().await;
        versions.push(document.content.version);
        puppet.answer(&document, 1, "applied", "").await;
    }
    versions
}

#[tokio::test]
async fn one_that_is_killed_goes_on_where_it_was_and_sends_nothing_twice() {
    let fleet = Fleet::open(1).await;
    let mut canary = fleet.puppet("counter-1", 0).await;
    let mut rest = vec![fleet.puppet("counter-2", 0).await, fleet.puppet("counter-3", 0).await];
    let mut off = fleet.puppet("counter-4", 0).await;
    off.leave().await;
    let file = file(&fleet, "de", &["counter-1", "counter-2", "counter-3", "counter-4"]);
    let line = ["rollout", &file, "--soak", "1s", "--shares", "100%", "--yes", "--json"];
    let mut rollout = fleet.start("anna", &line);
    let document = canary.desired().await;
    let second = fleet.anna(&line);
    assert!(second.code == 75 && second.err.contains("another rollout goes on"), "{}", second.err);
    rollout.kill().expect("killed");
    rollout.wait().expect("it ended");
    // It answers while nobody listens; what it has in force now, it tells with its settings.
    canary.report(&document, "applied").await;
    let rollout = fleet.start("anna", &line);
    assert_eq!(documents(&mut rest).await, [1, 1]);
    off.come_back().await;
    let document = off.desired().await;
    off.answer(&document, 1, "applied", "").await;
    let said = fleet.ended(rollout);
    assert_eq!(said.code, 0, "{}", said.err);
    let all = ["counter-1", "counter-2", "counter-3", "counter-4"];
    are(&said, &all.map(|id| (id, "applied")));
    assert!(canary.has_nothing_more().await && off.has_nothing_more().await, "once is enough");
    assert_eq!(fleet.anna(&["config", "history", "counter-1"]).out.lines().count(), 2);
    let interrupted = fleet.start("anna", &["rollout", &file.replace("shops", "more"), "--yes"]);
    assert_eq!(fleet.ended(interrupted).code, 66, "no such file");
}

#[tokio::test]
async fn an_interrupted_one_says_where_it_is_and_another_file_begins_anew() {
    let fleet = Fleet::open(1).await;
    let mut one = fleet.puppet("counter-1", 0).await;
    let mut two = fleet.puppet("counter-2", 0).await;
    let first = file(&fleet, "de", &["counter-1", "counter-2"]);
    let rollout = fleet.start("anna", &["rollout", &first, "--yes"]);
    one.desired().await;
    let told = Command::new("kill").args(["-INT", &rollout.id().to_string()]).status();
    assert!(told.expect("told").success());
    let said = fleet.ended(rollout);
    assert_eq!(said.code, 75, "{}", said.err);
    assert!(said.err.contains("interrupted with 0 of 2") && said.err.contains("it goes on"), "{}", said.err);
    assert!(said.out.contains("counter-1 has not answered yet"), "{}", said.out);
    let other = file(&fleet, "en", &["counter-1", "counter-2"]);
    let rollout = fleet.start("anna", &["rollout", &other, "--yes", "--canaries", "2", "--soak", "0s"]);
    let (document, other) = (one.desired().await, two.desired().await);
    assert_eq!((document.content.version, other.content.version), (2, 1));
    one.answer(&document, 1, "applied", "").await;
    two.answer(&other, 1, "applied", "").await;
    let said = fleet.ended(rollout);
    assert!(said.code == 0 && said.err.contains("was something else: this is a new one"), "{}", said.err);
}
