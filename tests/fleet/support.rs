//! A shop with a broker, a root, three people with keys of their own, and terminals: the built program.

use std::any::Any;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;

use qrtill::core::payment::Mode;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Carried;
use qrtill::mqtt::document::Desired;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::SecretKey;
use qrtill::mqtt::topics::Qos;
use serde_json::Value;
use serde_json::json;

use crate::broker;
use crate::broker::Peer;

/// So often is looked whether something has become so; each look takes half a second.
const LOOKS: u32 = 40;

pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qrtill"));
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QRTILL_"));
    for (name, _) in ours {
        command.env_remove(name);
    }
    command.env("TZ", "UTC").stdin(Stdio::null());
    command
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    Said { code, out: text(output.stdout), err: text(output.stderr) }
}

/// A running terminal.
pub struct Counter(pub Child);

impl Counter {
    /// As a supervisor stops it.
    pub fn stop(&mut self) {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.expect("told").success());
        assert!(self.0.wait().expect("it ends").success());
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Fleet {
    /// A test that fails says what the terminals did.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for log in ["counter-1.log", "counter-2.log"] {
                eprintln!("{log}:\n{}", fs::read_to_string(self.file(log)).unwrap_or_default());
            }
        }
    }
}

pub struct Fleet {
    folder: tempfile::TempDir,
    /// Where the broker listens, and what it runs in.
    address: SocketAddr,
    _broker: Box<dyn Any>,
    root: String,
    money_signatures: usize,
}

impl Fleet {
    /// As [`Self::open_at`], with the broker of the sandbox.
    pub async fn open(money_signatures: usize) -> Self {
        let broker = broker::start_broker().await;
        Self::open_at(broker.address(), Box::new(broker), money_signatures)
    }

    /// Keys of people at this broker: anna signs for operations, ben and carl for money. The set of keys is published.
    pub fn open_at(address: SocketAddr, broker: Box<dyn Any>, money_signatures: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut fleet = Self { folder, address, _broker: broker, root: String::new(), money_signatures };
        fleet.root = fleet.new_key("root.key");
        fleet.secret("operator.password", broker::password(&Who::Operator).reveal());
        fleet.key_set("new", &[]);
        for (name, role) in [("anna", "operations"), ("ben", "money"), ("carl", "money")] {
            let key = fleet.new_key(&format!("{name}.key"));
            fleet.key_set("add", &[role, name, &key]);
            fs::write(fleet.file(&format!("{name}.toml")), fleet.toml(name, role)).expect("written");
        }
        // The broker keeps one version of several: what lies between is nobody's matter.
        assert_eq!(fleet.publish_keys().code, 0);
        fleet
    }

    /// One who signs for operations and for money.
    pub fn appoint(&self, name: &str) {
        let text = self.toml("anna", "operations") + "money_file = \"ben.key\"\n";
        fs::write(self.file(&format!("{name}.toml")), text).expect("written");
    }

    fn toml(&self, name: &str, role: &str) -> String {
        let (port, root, signatures) = (self.address.port(), &self.root, self.money_signatures);
        format!(
            "history = \"history-{name}\"\nconfirm_s = 20\n[broker]\nport = {port}\npassword_file = \
             \"operator.password\"\n[trust]\nroot_keys = [\"{root}\"]\nmoney_signatures = {signatures}\n[sign]\n\
             {role}_file = \"{name}.key\"\n"
        )
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The root's public key.
    pub fn root(&self) -> &str {
        &self.root
    }

    pub fn secret(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("written");
        fs::set_permissions(self.file(name), fs::Permissions::from_mode(0o600)).expect("set");
    }

    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).expect("text");
        assert!(text.contains(from), "{from}");
        fs::write(self.file(name), text.replacen(from, to, 1)).expect("written");
    }

    pub fn qrtill(&self, line: &[&str]) -> Said {
        said(command().args(line))
    }

    /// Makes a pair; gives back the public key.
    pub fn new_key(&self, name: &str) -> String {
        let made = self.qrtill(&["key", "new", path(&self.file(name))]);
        assert_eq!(made.code, 0, "{}", made.err);
        made.out.lines().next().expect("the public key").to_owned()
    }

    pub fn key_set(&self, what: &str, line: &[&str]) {
        let (file, root) = (self.file("keys.signed"), self.file("root.key"));
        let mut all = vec!["key", "set", what, path(&file)];
        all.extend(line);
        all.extend(["--root-key", path(&root)]);
        let said = self.qrtill(&all);
        assert_eq!(said.code, 0, "{}", said.err);
    }

    pub fn publish_keys(&self) -> Said {
        let (file, config) = (self.file("keys.signed"), self.file("anna.toml"));
        self.qrtill(&["key", "set", "publish", path(&file), "--config", path(&config)])
    }

    /// `qrtill fleet` as this person types it.
    pub fn of(&self, who: &str, line: &[&str]) -> Said {
        let config = self.file(&format!("{who}.toml"));
        said(command().args(["fleet", "--config", path(&config)]).args(line))
    }

    pub fn anna(&self, line: &[&str]) -> Said {
        self.of("anna", line)
    }

    /// The status as it changes, a line of JSON for each change.
    pub fn watch(&self) -> Watch {
        let mut child = self.start("anna", &["status", "--watch", "--json"]);
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (sender, rows) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // The test has seen enough.
                let _gone = sender.send(serde_json::from_str(&line).expect("JSON"));
            }
        });
        Watch { child, rows }
    }

    /// As [`Self::of`], to go on meanwhile.
    pub fn start(&self, who: &str, line: &[&str]) -> Child {
        let config = self.file(&format!("{who}.toml"));
        let mut start = command();
        start.args(["fleet", "--config", path(&config)]).args(line);
        start.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    pub fn ended(&self, started: Child) -> Said {
        let output = started.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("it ends by itself");
        Said { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// In a terminal's place, with one setting, and this as the highest version that it saw.
    pub async fn puppet(&self, id: &str, burned: u64) -> Puppet {
        let desired = format!("qrtill/v1/t/{id}/config/desired");
        let mut peer = Peer::new(broker::options(self.address, &broker::terminal(id), &[&desired]));
        peer.up().await;
        let schema = json!({ "type": "object", "additionalProperties": false, "properties": {
            "lang": { "type": "string", "enum": ["en", "de"], "x-class": "operations" } } });
        let reported = json!({ "version": null, "burned": burned, "keys_version": 4, "last_result": null,
            "settings": { "lang": { "value": "xx", "from": "file" } } });
        let state = json!({ "state": "online", "epoch": 1, "journal": "a", "version": "1", "armed": true, "deaf": null });
        let puppet = Puppet { id: id.to_owned(), peer };
        for (leaf, payload) in [("state", state), ("config/schema", schema), ("config/reported", reported)] {
            puppet.say(leaf, &payload, true).await;
        }
        puppet
    }

    /// `qrtill fleet config edit counter-1` of anna's, with this editor.
    pub fn edit(&self, editor: &str, line: &[&str]) -> Said {
        let config = self.file("anna.toml");
        let mut edit = command();
        edit.args(["fleet", "--config", path(&config), "config", "edit", "counter-1"]).args(line);
        said(edit.env_remove("VISUAL").env("EDITOR", editor))
    }

    /// Starts a terminal that believes this root.
    pub fn counter(&self, id: &str) -> Counter {
        let toml = self.file(&format!("{id}.toml"));
        if !toml.exists() {
            let relay = SecretKey::from_random([7; 32]).public();
            self.secret(&format!("{id}.password"), broker::password(&broker::terminal(id)).reveal());
            self.new_key(&format!("{id}.key"));
            let (port, root, signatures) = (self.address.port(), &self.root, self.money_signatures);
            let text = format!(
                "id = \"{id}\"\ndata = \"{id}\"\nshop = \"Bakery\"\n[sale]\ncurrency = \"EUR\"\n[link]\nhosts = \
                 [\"buy.stripe.com\"]\n[broker]\nport = {port}\npassword_file = \"{id}.password\"\n[relay]\nkeys = \
                 [\"{relay}\"]\n[key]\nfile = \"{id}.key\"\n[remote]\nroot_keys = [\"{root}\"]\nmoney_signatures \
                 = {signatures}\n"
            );
            fs::write(&toml, text).expect("written");
        }
        let mut start = command();
        let log = fs::File::options().create(true).append(true).open(self.file(&format!("{id}.log")));
        start.args(["terminal", "--config", path(&toml)]).stdout(Stdio::null()).stderr(log.expect("a file"));
        Counter(start.spawn().expect("it starts"))
    }

    /// Looks at the status of a terminal until it is so.
    pub fn until(&self, what: &str, id: &str, is_so: impl Fn(&Value) -> bool) {
        let mut last = Value::Null;
        for _ in 0..LOOKS {
            let status = self.anna(&["status", "--json"]);
            let all: Value = serde_json::from_str(&status.out).unwrap_or_else(|_| panic!("{}", status.err));
            let rows = all.as_array().expect("rows");
            last = rows.iter().find(|row| row["terminal"] == id).cloned().unwrap_or_default();
            if is_so(&last) {
                return;
            }
        }
        panic!("never {what}: {last:#}");
    }

    /// Until it is there and believes the set of keys.
    pub fn until_ready(&self, id: &str) {
        self.until("ready", id, |row| row["online"] == json!(true) && row["keys_version"] != Value::Null);
    }

    /// Has the broker keep this, as whoever holds the operator's password can.
    pub async fn keep(&self, topic: &str, text: &str) {
        let mut peer = Peer::new(broker::options(self.address, &Who::Operator, &[]));
        peer.up().await;
        let topic = format!("qrtill/v1/{topic}");
        let sent = peer.client.publish(&topic, text, Qos::AtLeastOnce, true, None).expect("queued");
        sent.acknowledged().await.expect("taken");
        peer.client.close().await;
    }

    /// What the broker keeps there.
    pub async fn kept(&self, topic: &str) -> String {
        let topic = format!("qrtill/v1/{topic}");
        let mut peer = Peer::new(broker::options(self.address, &Who::Operator, &[&topic]));
        let message = peer.message().await;
        peer.client.close().await;
        String::from_utf8(message.payload).expect("text")
    }

    /// As a document would be, but for the signer.
    pub fn signed_by_mallory(&self, id: &str, version: u64, settings: Value) -> String {
        let content = json!({ "version": version, "confirm_s": 60, "settings": settings });
        let payload = document::payload(&format!("qrtill/v1/{id}"), Mode::Test, "mallory", &content);
        document::seal(Kind::Config, &payload, &SecretKey::from_random([66; 32]))
    }
}

/// Stands in a terminal's place, to say what a real one does not say on demand.
pub struct Puppet {
    id: String,
    peer: Peer,
}

impl Puppet {
    async fn say(&self, leaf: &str, payload: &Value, retain: bool) {
        let topic = format!("qrtill/v1/t/{}/{leaf}", self.id);
        let sent = self.peer.client.publish(&topic, payload.to_string(), Qos::AtLeastOnce, retain, None);
        sent.expect("queued").acknowledged().await.expect("taken");
    }

    /// A terminal that is gone, as its will says.
    pub async fn leave(&self) {
        self.presence("offline").await;
    }

    pub async fn come_back(&self) {
        self.presence("online").await;
    }

    async fn presence(&self, state: &str) {
        let state = json!({ "state": state, "epoch": 1, "journal": "a", "version": "1", "armed": false, "deaf": null });
        self.say("state", &state, true).await;
    }

    /// Whether nothing more has come for it by now.
    pub async fn has_nothing_more(&mut self) -> bool {
        tokio::time::timeout(std::time::Duration::from_millis(300), self.peer.message()).await.is_err()
    }

    /// The next document for it.
    pub async fn desired(&mut self) -> Carried<Desired> {
        let message = self.peer.message().await;
        document::peek(&message.payload).expect("a document")
    }

    /// Says with its settings, which the broker keeps, what has become of a document.
    pub async fn report(&self, document: &Carried<Desired>, outcome: &str) {
        let version = document.content.version;
        let last = json!({ "txn": document.id, "version": version, "attempt": 1, "outcome": outcome });
        let reported = json!({ "version": version, "burned": version, "keys_version": 4, "last_result": last,
            "settings": { "lang": { "value": document.content.settings["lang"], "from": "remote" } } });
        self.say("config/reported", &reported, true).await;
    }

    pub async fn answer(&self, document: &Carried<Desired>, attempt: u32, outcome: &str, why: &str) {
        let answer = json!({ "txn": document.id, "version": document.content.version, "attempt": attempt,
            "outcome": outcome, "why": why });
        self.say("config/result", &answer, false).await;
    }
}

/// `qrtill fleet status --watch`, ended with this.
pub struct Watch {
    child: Child,
    rows: mpsc::Receiver<Value>,
}

impl Watch {
    pub fn until(&mut self, is_so: impl Fn(&Value) -> bool) {
        while !is_so(&self.rows.recv_timeout(broker::DEADLINE).expect("a change in time")) {}
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
