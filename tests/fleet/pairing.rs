//! Terminals as they come from a factory, and the operator who admits them: the built program on both sides of Debian's
//! own Mosquitto, encrypted and under the rules shipped for a fleet.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;

use qrtill::mqtt::access::Who;
use qrtill::mqtt::key::SecretKey;
use qrtill::mqtt::pair;
use qrtill::mqtt::pair::Admission;
use qrtill::mqtt::topics::Qos;
use serde_json::Value;
use serde_json::json;

use crate::broker;
use crate::broker::Peer;
use crate::fleet_broker::Mosquitto;
use crate::support::Counter;
use crate::support::Said;
use crate::support::command;
use crate::support::path;
use crate::support::said;

/// So often is looked whether something has become so, with a pause between.
const LOOKS: u32 = 1500;
/// The status takes half a second each time.
const STATUS_LOOKS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(20);

struct Shop {
    folder: tempfile::TempDir,
    mosquitto: Mosquitto,
}

impl Drop for Shop {
    /// A test that fails says what the terminals did.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for log in ["one.log", "two.log"] {
                eprintln!("{log}:\n{}", fs::read_to_string(self.file(log)).unwrap_or_default());
            }
        }
    }
}

impl Shop {
    /// An operator with an authority, and a broker. No terminal is known to anybody.
    fn open() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder"), mosquitto: Mosquitto::start() };
        let [root, relay] = [1, 2].map(|seed| SecretKey::from_random([seed; 32]).public());
        shop.private("operator.password", broker::password(&Who::Operator).reveal());
        shop.private("pairing.password", broker::password(&Who::Pairing).reveal());
        shop.private("ca.key", &shop.mosquitto.shop.key_pem());
        fs::write(shop.file("ca.pem"), &shop.mosquitto.shop.pem).expect("written");
        let port = shop.mosquitto.people.port();
        let fleet = format!(
            "[broker]\ntls = true\nport = {port}\nca_file = \"ca.pem\"\npassword_file = \"operator.password\"\n[trust]\n\
             root_keys = [\"{root}\"]\n[authority]\ncert_file = \"ca.pem\"\nkey_file = \"ca.key\"\n[[admit]]\nrelay_keys \
             = [\"{relay}\"]\nhosts = [\"buy.stripe.com\"]\ncurrency = \"EUR\"\nshop = \"Bakery\"\n"
        );
        fs::write(shop.file("fleet.toml"), fleet).expect("written");
        fs::write(shop.file("relay.toml"), "# The relay's own.\n").expect("written");
        shop
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn private(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("written");
        fs::set_permissions(self.file(name), fs::Permissions::from_mode(0o600)).expect("set");
    }

    /// The file of a card as a factory writes it. `more` is its end.
    fn card(&self, name: &str, more: &str) {
        let (devices, people) = (self.mosquitto.devices.port(), self.mosquitto.people.port());
        let text = format!(
            "data = \"{name}\"\n[panel]\nfile = \"{name}.png\"\n[broker]\ntls = true\nport = \
             {devices}\nca_file = \"ca.pem\"\n[pairing]\nport = {people}\n{more}"
        );
        fs::write(self.file(&format!("{name}.toml")), text).expect("written");
    }

    fn usual_card(&self, name: &str) {
        self.card(name, "password_file = \"pairing.password\"\n");
    }

    fn start(&self, name: &str) -> Counter {
        let log = fs::File::options().create(true).append(true).open(self.file(&format!("{name}.log")));
        let mut start = command();
        start.args(["terminal", "--config", path(&self.file(&format!("{name}.toml")))]);
        Counter(start.stdout(Stdio::null()).stderr(log.expect("a file")).spawn().expect("it starts"))
    }

    fn at_the_terminal(&self, name: &str, line: &[&str]) -> Said {
        said(command().args(["pair", "--config", path(&self.file(&format!("{name}.toml")))]).args(line))
    }

    /// What the screen shows.
    fn code(&self, name: &str) -> String {
        let shown = self.at_the_terminal(name, &[]);
        assert_eq!(shown.code, 0, "{}", shown.err);
        shown.out.lines().next().and_then(|line| line.split_whitespace().last()).expect("a code").to_owned()
    }

    fn fleet(&self, line: &[&str]) -> Said {
        said(command().args(["fleet", "--config", path(&self.file("fleet.toml"))]).args(line))
    }

    fn begin(&self, line: &[&str]) -> Child {
        let mut begin = command();
        begin.args(["fleet", "--config", path(&self.file("fleet.toml"))]).args(line);
        begin.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    fn check(&self, name: &str) -> Said {
        said(command().args(["check", path(&self.file(&format!("{name}.toml")))]))
    }

    fn kept(&self, name: &str, file: &str) -> PathBuf {
        self.file(name).join("pairing").join(file)
    }

    fn until_there(&self, file: &Path) {
        until(&format!("{} is there", file.display()), LOOKS, || file.exists());
    }

    fn until_logged(&self, name: &str, words: &str) {
        let log = self.file(&format!("{name}.log"));
        until(words, LOOKS, || fs::read_to_string(&log).expect("a log").contains(words));
    }

    fn until(&self, id: &str, is_online: bool) {
        until(&format!("{id} is online: {is_online}"), STATUS_LOOKS, || {
            let status = self.fleet(&["status", "--json"]);
            let rows: Value = serde_json::from_str(&status.out).unwrap_or_else(|_| panic!("{}", status.err));
            let row = rows.as_array().and_then(|rows| rows.iter().find(|row| row["terminal"] == id));
            row.is_some_and(|row| row["online"] == json!(is_online))
        });
    }
}

fn until(what: &str, looks: u32, is_so: impl Fn() -> bool) {
    for _ in 0..looks {
        if is_so() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("never: {what}");
}

fn ended(child: Child) -> Said {
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    Said { code, out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_terminal_gets_its_name_and_loses_it() {
    let mut shop = Shop::open();
    shop.usual_card("one");
    let awaited = shop.check("one");
    assert!(
        awaited.code == 0 && awaited.out.contains("it has no name yet"),
        "{}{}",
        awaited.out,
        awaited.err
    );
    let mut one = shop.start("one");
    shop.until_there(&shop.kept("one", "code.json"));
    let (code, relay) = (shop.code("one"), shop.file("relay.toml"));
    let spoken = code.to_lowercase().replace('-', " ");
    let paired = shop.fleet(&["pair", &spoken, "--id", "counter-1", "--relay-file", path(&relay)]);
    assert_eq!(paired.code, 0, "{}", paired.err);
    assert!(paired.out.starts_with("counter-1 is paired, and is there under its name\n"), "{}", paired.out);
    shop.until("counter-1", true);
    let key = said(command().args(["key", "show", path(&shop.kept("one", "paired.key"))])).out;
    let entry = format!(
        "\n\n[[terminal]]\nid = \"counter-1\"\nkeys = [\"{}\"]\n",
        key.lines().next().expect("a key")
    );
    assert!(fs::read_to_string(&relay).expect("text").ends_with(&entry), "the relay knows it");
    let checked = shop.check("one");
    assert!(
        checked.code == 0 && checked.out.contains("paired as counter-1: "),
        "{}{}",
        checked.out,
        checked.err
    );
    let shown = shop.fleet(&["show", "counter-1"]);
    assert!(shown.out.contains("relay.id") && shown.out.contains("paired"), "{}", shown.out);

    // Once is enough; and no two have one name.
    let again = shop.fleet(&["pair", &code, "--id", "counter-1", "--wait", "1"]);
    assert!(again.code == 75 && again.err.contains("counter-1 was admitted on"), "{}", again.err);
    assert!(again.err.contains(entry.trim()), "what the relay needs is told again: {}", again.err);
    let late = shop.at_the_terminal("one", &[]);
    assert!(late.code == 69 && late.err.contains("does not wait to be paired"), "{}", late.err);
    shop.usual_card("two");
    let two = shop.start("two");
    shop.until_there(&shop.kept("two", "code.json"));
    let second = shop.code("two");
    let same = shop.fleet(&["pair", &second, "--id", "counter-1"]);
    assert!(same.code == 65 && same.err.contains("counter-1 is another terminal"), "{}", same.err);
    let both = shop.fleet(&["pair", &second, "--id", "counter-2"]);
    assert!(
        both.code == 0 && both.out.contains("\n[[terminal]]\nid = \"counter-2\"\n"),
        "{}{}",
        both.out,
        both.err
    );

    // It comes back as itself, and not once it is revoked.
    one.stop();
    shop.until("counter-1", false);
    one = shop.start("one");
    shop.until("counter-1", true);
    let revoked = shop.fleet(&["revoke", "counter-1"]);
    assert!(revoked.code == 0 && revoked.out.contains(entry.trim()), "{}{}", revoked.out, revoked.err);
    let list = fs::read_to_string(shop.file("revoked.pem")).expect("a list");
    shop.mosquitto.restart_with(&list);
    shop.until_logged("one", "it was revoked");
    shop.until("counter-2", true);
    let record = fs::read_to_string(shop.file("issued.txt")).expect("a record");
    let lines =
        |word: &str| record.lines().filter(|line| !line.starts_with('#') && line.contains(word)).count();
    assert_eq!((lines(" issued "), lines(" revoked "), lines(" counter-2 ")), (2, 1, 1), "{record}");
    drop((one, two));
}

#[test]
fn a_wrong_code_admits_nobody() {
    let shop = Shop::open();
    shop.usual_card("one");
    let _one = shop.start("one");
    shop.until_there(&shop.kept("one", "code.json"));
    let shown = shop.at_the_terminal("one", &[]).out;
    let fingerprint =
        shown.lines().nth(1).and_then(|line| line.strip_prefix("fingerprint ")).expect("a fingerprint");
    let wrong = shop.fleet(&["pair", "0000-0000-0000-0001", "--id", "counter-1", "--wait", "6"]);
    assert!(wrong.code == 65 && wrong.err.contains("no terminal asks with this code"), "{}", wrong.err);
    assert!(wrong.err.contains(fingerprint), "{fingerprint}: {}", wrong.err);
    assert!(!shop.file("issued.txt").exists(), "nothing was signed");
    for (code, id) in
        [("0000-0000", "counter-1"), ("0000-0000-0000-0001", "pairing"), ("0000-0000-0000-0001", "a/b")]
    {
        let bad = shop.fleet(&["pair", code, "--id", id]);
        assert_eq!(bad.code, 64, "{code} {id}: {}", bad.err);
    }
    assert!(!shop.kept("one", "paired.toml").exists());
}

/// Who holds the account that is on every card, and who holds the operator's without the code.
#[tokio::test]
async fn nobody_without_the_code_puts_a_terminal_in_or_takes_one_over() {
    let shop = Shop::open();
    shop.usual_card("one");
    let _one = shop.start("one");
    shop.until_there(&shop.kept("one", "code.json"));
    let code = shop.code("one").parse().expect("a code");
    let answers = "qrtill/v1/pair/+/answer";
    let mut mallory = Peer::new(shop.mosquitto.person(&Who::Pairing, &[answers]));
    mallory.up().await;
    let mut options = shop.mosquitto.person(&Who::Operator, &["qrtill/v1/pair/+/request"]);
    options.client_id = "listens".to_owned();
    let mut insider = Peer::new(options);
    insider.up().await;
    let heard = insider.message().await;
    assert!(!heard.retain);
    let (_, asked) = pair::open_request(&code, &heard.payload).expect("made with the code on the screen");
    let admission = Admission {
        id: "counter-1".into(),
        mode: qrtill::core::payment::Mode::Test,
        certificate: shop.mosquitto.shop.client("counter-1").certificate,
        root_keys: vec![SecretKey::from_random([66; 32]).public().to_string()],
        money_signatures: 1,
        relay: "main".into(),
        relay_keys: vec![SecretKey::from_random([67; 32]).public().to_string()],
        hosts: vec!["evil.example".into()],
        currency: "EUR".into(),
        shop: None,
        lang: None,
    };
    let guess = pair::Code::from_random(1);
    let forged = pair::seal_answer(&guess, &asked, &admission).text;
    let answer = heard.topic.replace("/request", "/answer");
    let refused =
        mallory.client.publish(&answer, forged.as_str(), Qos::AtLeastOnce, false, None).expect("queued");
    assert!(refused.acknowledged().await.is_err(), "the account says no answers");
    for text in [forged.as_str(), "{}", &String::from_utf8(heard.payload.clone()).expect("text")] {
        insider.say(&answer, text).await;
    }
    shop.until_logged("one", "not made with this terminal's code");
    assert!(!shop.kept("one", "paired.toml").exists());
    // The terminal's own request, said as if another had made it.
    mallory.say("qrtill/v1/pair/0123456789abcdef/request", &asked.text).await;
    let paired = shop.fleet(&["pair", &shop.code("one"), "--id", "counter-1"]);
    assert_eq!(paired.code, 0, "{}", paired.err);
    // What the others could hear of it says nothing to them.
    let overheard = loop {
        let message = mallory.message().await;
        if pair::open_answer(&code, &asked, &message.payload).is_some() {
            break message;
        }
    };
    assert!(!overheard.retain && pair::open_answer(&guess, &asked, &overheard.payload).is_none());
    let kept = fs::read_to_string(shop.kept("one", "paired.toml")).expect("kept");
    assert!(kept.contains("buy.stripe.com") && !kept.contains("evil"), "{kept}");
}

/// `kill -9` as soon as each file is there, and while the operator waits.
#[test]
fn a_power_cut_at_any_step_is_made_up_for_by_the_next_start() {
    let shop = Shop::open();
    shop.usual_card("one");
    let mut code = None;
    for file in ["paired.key", "paired.pem.key", "code.json"] {
        let counter = shop.start("one");
        shop.until_there(&shop.kept("one", file));
        drop(counter);
    }
    for _ in 0..2 {
        let counter = shop.start("one");
        let shown = shop.code("one");
        assert_eq!(*code.get_or_insert(shown.clone()), shown, "the code is the same after each start");
        drop(counter);
    }
    let code = code.expect("a code");
    // The operator waits; the terminal goes as soon as its certificate is there, and again with its settings.
    let waiting = shop.begin(&["pair", &code, "--id", "counter-1"]);
    let counter = shop.start("one");
    shop.until_there(&shop.kept("one", "paired.pem"));
    drop(counter);
    let counter = shop.start("one");
    shop.until_there(&shop.kept("one", "paired.toml"));
    drop(counter);
    let _counter = shop.start("one");
    let paired = ended(waiting);
    assert!(paired.code == 0 && paired.out.contains("counter-1 is paired"), "{}{}", paired.out, paired.err);
    shop.until("counter-1", true);
}

/// As above, at moments that nobody chose: the operator's one command outlives them all.
#[test]
fn a_power_cut_at_any_moment_is_made_up_for_too() {
    let shop = Shop::open();
    shop.usual_card("one");
    let counter = shop.start("one");
    shop.until_there(&shop.kept("one", "code.json"));
    let code = shop.code("one");
    drop(counter);
    let waiting = shop.begin(&["pair", &code, "--id", "counter-1"]);
    let mut paired_after = None;
    for cut_ms in (0..24).map(|step| 40 + 15 * step) {
        let counter = shop.start("one");
        std::thread::sleep(Duration::from_millis(cut_ms));
        drop(counter);
        let is_paired = shop.kept("one", "paired.toml").exists();
        paired_after = paired_after.or(is_paired.then_some(cut_ms));
        assert_eq!(paired_after.is_some(), is_paired, "what was paired stays so");
        assert!(is_paired || shop.code("one") == code, "what was not shows the same code");
    }
    println!("paired with the cut after {paired_after:?} ms");
    let _counter = shop.start("one");
    let paired = ended(waiting);
    assert!(paired.code == 0 && paired.out.contains("counter-1 is paired"), "{}{}", paired.out, paired.err);
    shop.until("counter-1", true);
}

#[test]
fn request_and_answer_can_be_carried() {
    let shop = Shop::open();
    // Without a password there is no way over the broker; and its own file says that money moves.
    shop.card("one", "");
    let own = fs::read_to_string(shop.file("one.toml")).expect("text");
    fs::write(shop.file("one.toml"), format!("mode = \"live\"\n{own}")).expect("written");
    let _one = shop.start("one");
    shop.until_there(&shop.kept("one", "code.json"));
    let (code, files) = (shop.code("one"), ["request", "answer"].map(|name| shop.file(name)));
    let [request, answer] = files.each_ref().map(|file| path(file));
    assert_eq!(shop.at_the_terminal("one", &["--request", request]).code, 0);
    let line = |code: &str| {
        shop.fleet(&["pair", code, "--id", "counter-1", "--request", request, "--answer", answer])
    };
    let wrong = line("0000-0000-0000-0001");
    assert!(
        wrong.code == 65 && wrong.err.contains("was not made by a terminal that shows this code"),
        "{}",
        wrong.err
    );
    let written = line(&code);
    assert!(written.code == 0 && written.out.contains("carry "), "{}{}", written.out, written.err);
    let unfit = shop.at_the_terminal("one", &["--answer", answer]);
    assert!(
        unfit.code == 78 && unfit.err.contains("mode: this terminal's own file says live"),
        "{}",
        unfit.err
    );
    fs::write(shop.file("one.toml"), own).expect("written");
    let taken = shop.at_the_terminal("one", &["--answer", answer]);
    assert_eq!((taken.code, taken.out.as_str()), (0, "this terminal is counter-1 now\n"), "{}", taken.err);
    // The one that runs takes it up by itself.
    shop.until("counter-1", true);
}
