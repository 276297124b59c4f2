//! `qrtill sandbox` from its start on: who has the data folder, and what is kept in it.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

use crate::support::Running;
use crate::support::command;
use crate::support::path;
use crate::support::said;

fn sandbox(data: &Path, line: &[&str]) -> Command {
    let mut run = command();
    run.args(["sandbox", "--listen", "127.0.0.1:0", "--data", path(data)]).args(line);
    run
}

/// Starts it, and gives the URL that it prints when the counter is armed.
fn armed(data: &Path, line: &[&str]) -> (Running, String) {
    let child = sandbox(data, line).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    let url = lines.next().expect("a line").expect("UTF-8");
    (running, url)
}

fn stopped(mut running: Running) {
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

async fn standing_link(url: &str) -> String {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let state = reqwest::get(format!("{url}counter/state")).await.expect("an answer").text().await;
    let state: Value = serde_json::from_str(&state.expect("a body")).expect("JSON");
    state["url"].as_str().expect("the standing link").rsplit('/').next().expect("a code").to_owned()
}

#[test]
fn a_data_folder_is_one_sandboxs_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, _) = armed(folder.path(), &[]);
    let second = said(&mut sandbox(folder.path(), &[]));
    assert_eq!(second.code, 69, "{}", second.err);
    let taken = format!("another sandbox runs in {}; stop it, or give --data", folder.path().display());
    assert!(second.err.contains(&taken) && !second.err.contains("ERROR"), "{}", second.err);
    stopped(first);
    stopped(armed(folder.path(), &[]).0);
}

#[test]
fn a_sandbox_whose_terminal_cannot_run_ends_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("terminal")).expect("made");
    fs::write(folder.path().join("terminal/terminal.sqlite"), "no journal ".repeat(100)).expect("written");
    let ended = said(&mut sandbox(folder.path(), &[]));
    assert_eq!((ended.code, ended.out.as_str()), (69, ""), "{}", ended.err);
    assert!(ended.err.contains("qrtill: the terminal ended: "), "{}", ended.err);
}

#[tokio::test]
async fn the_standing_link_is_kept_as_long_as_its_currency_is_the_counters() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut links = Vec::new();
    for currency in ["JPY", "JPY", "EUR"] {
        let (running, url) = armed(folder.path(), &["--set", "standing=yes", "--currency", currency]);
        links.push(standing_link(&url).await);
        stopped(running);
    }
    assert_eq!(links[0], links[1]);
    assert_ne!(links[1], links[2]);
}
