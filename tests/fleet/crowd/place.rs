//! One broker, one relay and one bank, as processes of their own, and a file for each till.

use std::fmt::Write as _;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use qrtill::mqtt::access::Who;
use qrtill::mqtt::key::SecretKey;
use qrtill::mqtt::topics::RelayId;
use serde_json::Value;

use crate::broker;
use crate::mosquitto;
use crate::mosquitto::Mosquitto;
use crate::support::Fleet;
use crate::support::path;

/// Ended with this, by force.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub struct Place {
    pub fleet: Fleet,
    pub mosquitto: Mosquitto,
    pub relay: Option<Process>,
    relay_key: String,
    bank: (Process, String),
}

pub fn id(at: usize) -> String {
    format!("counter-{}", at + 1)
}

/// Those of them who sell in yen: an amount with cents is none there.
pub fn sells_in_yen(at: usize) -> bool {
    at % 25 == 7
}

impl Place {
    pub async fn open(tills: usize) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let relay_id: RelayId = "main".parse().expect("an id");
        let mut everybody = vec![Who::Operator, Who::Shop, Who::Relay(relay_id)];
        everybody.extend((0..tills).map(|at| broker::terminal(&id(at))));
        let mosquitto = mosquitto::start_for(&everybody);
        crate::until_it_listens(mosquitto.address).await;
        let fleet = Fleet::open_at(mosquitto.address, Box::new(()), 1);
        let bank = start_bank(&fleet);
        let relay_key = fleet.new_key("relay.key");
        let place = Self { fleet, mosquitto, relay: None, relay_key, bank };
        let keys: Vec<String> = (0..tills).map(|at| place.write_till(at)).collect();
        place.write_relay(&keys).await;
        place
    }

    pub fn address(&self) -> SocketAddr {
        self.mosquitto.address
    }

    pub fn till_file(&self, at: usize) -> PathBuf {
        self.fleet.file(&format!("tills/{}/terminal.toml", id(at)))
    }

    /// A till's file as its shop would write it; gives back its public key.
    fn write_till(&self, at: usize) -> String {
        let (id, file) = (id(at), self.till_file(at));
        let folder = file.parent().expect("a folder");
        fs::create_dir_all(folder).expect("made");
        let key = SecretKey::from_random(qrtill::host::random());
        let password = broker::password(&broker::terminal(&id));
        for (name, secret) in [("key", key.to_text().reveal()), ("password", password.reveal())] {
            qrtill::host::file::replace(&folder.join(name), secret.as_bytes()).expect("written");
        }
        let (currency, port, origin) =
            (if sells_in_yen(at) { "JPY" } else { "EUR" }, self.address().port(), &self.bank.1);
        let text = format!(
            "id = \"{id}\"\ndata = \".\"\nshop = \"Corner Shop\"\n[panel]\nname = \"tft-240x320\"\n[sale]\ncurrency = \
             \"{currency}\"\n[link]\nhosts = [\"buy.stripe.com\"]\nsandbox_origin = \"{origin}\"\n[broker]\nport = \
             {port}\npassword_file = \"password\"\n[relay]\nkeys = [\"{}\"]\n[key]\nfile = \"key\"\n[remote]\nroot_keys = \
             [\"{}\"]\n",
            self.relay_key,
            self.fleet.root(),
        );
        fs::write(&file, text).expect("written");
        key.public().to_string()
    }

    async fn write_relay(&self, keys: &[String]) {
        let answer = reqwest::get(format!("{}/bank", self.bank.1)).await.expect("it answers");
        let faces: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        let face = faces
            .as_array()
            .expect("faces")
            .iter()
            .find(|face| face["system"] == "stripe")
            .expect("Stripe's");
        let told = |name: &str| face[name].as_str().expect("text").to_owned();
        self.fleet.secret("stripe.key", &told("api_key"));
        self.fleet.secret("relay.password", broker::password(&broker::relay()).reveal());
        let mut text = format!(
            "data = \"relay\"\nlisten = \"127.0.0.1:0\"\n[broker]\nport = {}\npassword_file = \"relay.password\"\n[key]\nfile = \
             \"relay.key\"\n[provider]\nsystem = \"stripe\"\napi_key_file = \"stripe.key\"\nwebhooks = false\noptions = {{ base_url = \"{}\" }}\n[link]\ntitle = \"Corner Shop\"\nhosts = \
             [\"buy.stripe.com\"]\nsandbox_origin = \"{}\"\n",
            self.address().port(),
            told("base_url"),
            self.bank.1,
        );
        for (at, key) in keys.iter().enumerate() {
            let _ok = write!(text, "[[terminal]]\nid = \"{}\"\nkeys = [\"{key}\"]\n", id(at));
        }
        fs::write(self.fleet.file("relay.toml"), text).expect("written");
    }

    pub fn start_relay(&mut self) {
        let log =
            fs::File::options().create(true).append(true).open(self.fleet.file("relay.log")).expect("a file");
        let mut start = program(&["relay", "--config", path(&self.fleet.file("relay.toml"))]);
        let child = start.stdout(Stdio::null()).stderr(log).spawn().expect("it starts");
        self.relay = Some(Process(child));
    }

    /// As its supervisor stops it.
    pub fn stop_relay(&mut self) {
        if let Some(mut relay) = self.relay.take() {
            let told = Command::new("kill").args(["-TERM", &relay.0.id().to_string()]).status();
            assert!(told.expect("told").success());
            assert!(relay.0.wait().expect("it ends").success());
        }
    }

    /// The broker goes as with a power cut, and is there again.
    pub fn restart_broker(&mut self) {
        self.mosquitto.kill();
        self.mosquitto.child = mosquitto::run(&self.mosquitto.conf);
    }
}

fn program(line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qrtill"));
    command.args(line).env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// The sandbox, for its bank alone; gives back where it is.
fn start_bank(fleet: &Fleet) -> (Process, String) {
    let data = fleet.file("bank");
    let mut start = program(&["sandbox", "--listen", "127.0.0.1:0", "--data", path(&data)]);
    let mut child = start.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    (Process(child), line.trim().trim_end_matches('/').to_owned())
}
