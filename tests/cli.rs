//! The built program as people and scripts meet it: help, exit codes, shipped files, and what is printed.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::message::Notice;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::reference::Reference;
use qrtill::store::Journal;
use qrtill::store::Row;
use qrtill::terminal;
use serde_json::Value;

const TERMINAL: &str = include_str!("../config/terminal.toml");
const RELAY: &str = include_str!("../config/relay.toml");
const VECTORS: &str = include_str!("fixtures/stripe/vectors.json");

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qrtill"));
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QRTILL_"));
    for (name, _) in ours {
        command.env_remove(name);
    }
    command.env("TZ", "UTC").stdin(Stdio::null());
    command
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    Said { code, out: text(output.stdout), err: text(output.stderr) }
}

fn qrtill(line: &[&str]) -> Said {
    said(command().args(line))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The shipped files with their secrets beside them and keys of their own, as their comments say.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder") };
        let secrets = [
            ("terminal.password", "one\n"),
            ("relay.password", "two\n"),
            ("stripe.key", "sk_test_1\n"),
            ("stripe.webhook", "whsec_1\n"),
        ];
        for (name, text) in secrets {
            let file = shop.file(name);
            fs::write(&file, text).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
        }
        let keys = ["relay.key", "terminal.key"].map(|name| shop.new_key(name));
        for (name, text, key) in [("terminal.toml", TERMINAL, &keys[0]), ("relay.toml", RELAY, &keys[1])] {
            let example = text.split('"').find(|part| part.starts_with("qrtill-ed25519:")).expect("a key");
            shop.write(name, &text.replace(example, key));
        }
        shop
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("written");
    }

    fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).expect("text");
        assert!(text.contains(from), "{from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    fn new_key(&self, name: &str) -> String {
        let made = qrtill(&["key", "new", path(&self.file(name))]);
        assert_eq!(made.code, 0, "{}", made.err);
        made.out.lines().next().expect("the public key").to_owned()
    }

    fn check(&self, name: &str) -> Said {
        qrtill(&["check", path(&self.file(name))])
    }
}

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
fn a_file_that_is_not_there_is_named() {
    for line in [&["check", "/nowhere/x.toml"][..], &["terminal", "--config", "/nowhere/x.toml"]] {
        let said = qrtill(line);
        assert_eq!(said.code, 78);
        assert!(said.err.contains("/nowhere/x.toml: there is no such file"), "{}", said.err);
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

/// A program that was started, ended by force if the test leaves early.
struct Running(Child);

impl Running {
    /// To stop, as a supervisor does.
    fn tell(&self) {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.expect("told").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

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

const NOON: i64 = 1_795_176_000_000;
const DAY: i64 = 86_400_000;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").expect("a currency"))
}

fn reference(n: u128) -> Reference {
    Reference::mint(&"counter-1".parse().expect("an id"), NOON, n)
}

fn row(fact: Fact, at_unix_ms: i64) -> Row<Fact> {
    let subject = fact.reference().map(ToString::to_string);
    let payment = fact.payment().map(terminal::payment_text);
    Row { subject, payment, ..Row::new(fact, "any", at_unix_ms) }
}

fn intended(n: u128, at_unix_ms: i64) -> Row<Fact> {
    let fact = Fact::Intended { reference: reference(n), amount: eur(1250), at_unix_ms, ttl_s: 120 };
    row(fact, at_unix_ms + 3)
}

fn noticed(
    n: u64,
    of: Option<u128>,
    refunded: i64,
    verdict: Option<Verdict>,
    at: i64,
    id: &str,
) -> Row<Fact> {
    let payment =
        PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: id.into() };
    let status = if refunded > 0 { PaymentStatus::PartiallyRefunded } else { PaymentStatus::Succeeded };
    let notice = Notice {
        stream: "s".into(),
        n,
        payment,
        status,
        amount: 1250,
        currency: eur(0).currency,
        refunded,
        reference: of.map(reference),
        at_unix_ms: at,
        replay: false,
    };
    row(Fact::Noticed { notice, verdict, have: n, at_unix_ms: at }, at + 3)
}

fn sales(line: &[&str]) -> Vec<Value> {
    let said = qrtill(&[&["sales", "--json"], line].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).expect("an array")
}

#[tokio::test]
async fn sales_are_told_by_day_while_the_journal_is_being_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("terminal");
    fs::create_dir(&data).expect("made");
    let (journal, _) = Journal::<Fact>::open(&terminal::journal_path(&data), "j").expect("opened");
    let counter =
        PaymentKey { provider: "stripe".into(), account: String::new(), mode: Mode::Test, id: "pi_3".into() };
    let next = NOON + DAY;
    let assigned = Fact::Assigned { reference: reference(2), payment: counter };
    let rows = vec![
        intended(1, NOON),
        noticed(1, Some(1), 0, Some(Verdict::Matched), NOON + 5_000, "pi_1"),
        noticed(2, None, 0, Some(Verdict::Counter), NOON + 6_000, "pi_2"),
        noticed(3, None, 0, Some(Verdict::Counter), NOON + 7_000, "pi_3"),
        // The next day: a second payment of the first sale, a refund, and money given to a sale.
        noticed(4, Some(1), 0, Some(Verdict::Duplicate), next, "pi_4"),
        noticed(5, None, 250, None, next + 1, "pi_2"),
        intended(2, next + 2),
        row(assigned, next + 3),
    ];
    journal.append(rows).await.expect("written");
    let day = |day: &str| sales(&["--data", path(folder.path()), "--day", day]);
    let first = day("2026-11-20");
    let ids: Vec<_> = first.iter().map(|row| row["payment_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["pi_1", "pi_2"]);
    assert_eq!(first[0]["reference"], reference(1).to_string());
    assert_eq!((&first[0]["kind"], &first[0]["result"]), (&"sale".into(), &"paid".into()));
    assert_eq!(first[0]["opened_at"], "2026-11-20T12:00:00Z");
    assert_eq!(first[0]["paid_at"], "2026-11-20T12:00:05Z");
    assert_eq!((&first[1]["reference"], &first[1]["result"]), (&Value::Null, &Value::Null));
    assert_eq!((&first[1]["verdict"], &first[1]["refunded"]), (&"counter".into(), &250.into()));
    let second = day("2026-11-21");
    let ids: Vec<_> = second.iter().map(|row| row["payment_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["pi_4", "pi_3"]);
    assert_eq!(second[1]["result"], "paid");
    let all = sales(&["--data", path(&data), "--all"]);
    assert_eq!(all, [first, second].concat());
    let both = sales(&["--data", path(&data), "--from", "2026-11-20", "--to", "2026-11-21T12:00:00Z"]);
    assert_eq!(both.len(), 2);
    let table = qrtill(&["sales", "--data", path(&data), "--all"]);
    assert!(table.out.contains("received 50.00 EUR, 47.50 EUR after refunds"), "{}", table.out);
    let csv = qrtill(&["sales", "--data", path(&data), "--all", "--csv"]);
    assert_eq!(csv.out.lines().count(), 5);
    journal.close().await;
}

#[test]
fn a_missing_journal_says_where_it_was_looked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = qrtill(&["sales", "--data", path(folder.path())]);
    assert_eq!(said.code, 66);
    assert!(said.err.contains(path(folder.path())) && said.err.contains("--data"), "{}", said.err);
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
