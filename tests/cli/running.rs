//! The two programs from their start until they are told to stop.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use qrtill::core::scene::Deaf;
use qrtill::core::scene::Scene;
use qrtill::core::scene::View;
use qrtill::panel::png;
use qrtill::port::panel::PANELS;
use qrtill::ui::Audience;
use qrtill::ui::Painter;
use qrtill::ui::lang::Lang;
use serde_json::Value;

use crate::support::Running;
use crate::support::Shop;
use crate::support::command;
use crate::support::path;
use crate::support::qrtill;
use crate::support::said;

#[test]
fn a_terminal_runs_until_it_is_told_to_stop_and_leaves_a_picture_without_a_code() {
    let shop = Shop::new();
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let start = || {
        let mut run = command();
        run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]);
        run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_PANEL__FILE", shop.file("panel.png"));
        run.env("QRTILL_BROKER__PORT", closed.port().to_string());
        run
    };
    let child = start().stderr(Stdio::piped()).spawn().expect("it starts");
    let mut running = Running(child);
    let lines = BufReader::new(running.0.stderr.take().expect("a pipe"));
    let mut lines = lines.lines().map(|line| line.expect("UTF-8"));
    assert!(lines.any(|line| line.contains("no connection to the broker")));
    let second = said(&mut start());
    assert_eq!(second.code, 69, "{}", second.err);
    assert!(second.err.contains("another qrtill process"), "{}", second.err);
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
    let picture = fs::read(shop.file("panel.png")).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
    let sales = qrtill(&["sales", "--data", path(&shop.file("data")), "--json"]);
    assert_eq!((sales.code, sales.out.as_str()), (0, "[]\n"));
}

#[test]
fn a_terminal_whose_journal_cannot_be_used_ends_with_a_picture_that_says_so() {
    let shop = Shop::new();
    fs::create_dir(shop.file("data")).expect("made");
    fs::write(shop.file("data/terminal.sqlite"), [0xA5; 4096]).expect("written");
    let mut run = command();
    run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_PANEL__FILE", shop.file("panel.png"));
    let ended = said(&mut run);
    assert_eq!(ended.code, 74, "{}", ended.err);
    assert!(ended.err.contains("terminal.sqlite"), "{}", ended.err);
    let scene = Scene::Unavailable { why: Deaf::Journal, amount: None, shown: false };
    let mut painter = Painter::new(PANELS[0], Audience::Customer, Lang::En, "Corner Bakery");
    let drawn = painter.draw(&View { scene, strip: None, missing: None, hints: Vec::new() }, 0);
    assert_eq!(fs::read(shop.file("panel.png")).expect("a picture"), png::encode(&drawn.frame));
}

#[test]
fn a_relay_takes_webhooks_until_it_is_told_to_stop() {
    let shop = Shop::new();
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let mut run = command();
    run.args(["relay", "--log-json", "--config", path(&shop.file("relay.toml"))]);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_LISTEN", "127.0.0.1:0");
    run.env("QRTILL_BROKER__PORT", closed.port().to_string());
    run.env("QRTILL_PROVIDER__OPTIONS__BASE_URL", format!("http://{closed}"));
    let mut running = Running(run.stderr(Stdio::piped()).spawn().expect("it starts"));
    let lines = BufReader::new(running.0.stderr.take().expect("a pipe"));
    let mut lines = lines.lines().map(|line| line.expect("UTF-8"));
    let address = lines.find_map(|line| {
        let line: Value = serde_json::from_str(&line).ok()?;
        line["fields"]["address"].as_str().map(str::to_owned)
    });
    let mut stream = TcpStream::connect(address.expect("it listens")).expect("connected");
    let request =
        "POST /webhook/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    running.tell();
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_port_in_use_is_named_with_the_way_to_find_who_has_it() {
    let shop = Shop::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let mut run = command();
    run.args(["relay", "--config", path(&shop.file("relay.toml"))]);
    let run = said(run.env("QRTILL_LISTEN", address.to_string()).env("QRTILL_DATA", shop.file("relay")));
    assert_eq!(run.code, 69, "{}", run.err);
    assert!(run.err.contains(&format!("ss -ltnp 'sport = :{}'", address.port())), "{}", run.err);
    let mode = fs::metadata(shop.file("relay")).expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_data_folder_that_cannot_be_made_ends_with_73() {
    let shop = Shop::new();
    shop.write("file", "");
    let mut run = command();
    run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]);
    let run = said(run.env("QRTILL_DATA", shop.file("file/data")));
    assert_eq!(run.code, 73, "{}", run.err);
}
