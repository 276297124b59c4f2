//! A shop of real processes: the built `qrtill terminal` and `qrtill relay` with the shipped configuration,
//! against a broker and a payment-link system in this process.

use std::fs;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use qrtill::core::secret::Secret;
use qrtill::host;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::client;
use qrtill::mqtt::client::ClientEvent;
use qrtill::mqtt::topics::Leaf;
use qrtill::mqtt::topics::Qos;
use qrtill::mqtt::topics::Topic;
use qrtill::mqtt::topics::Topics;
use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::broker::Account;
use qrtill::sandbox::broker::Broker;
use qrtill::terminal::Presence;
use tempfile::TempDir;
use tokio::sync::mpsc;

const TERMINAL: &str = include_str!("../../config/terminal.toml");
const RELAY: &str = include_str!("../../config/relay.toml");
/// The shipped files' own names.
const TERMINAL_ID: &str = "counter-1";
const RELAY_ID: &str = "main";
/// The link of the shipped file that is the terminal's own.
pub const STANDING: &str = "plink_1Q2w3E4r5T6y7U8i";
/// Nothing here takes this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Shop {
    folder: TempDir,
    broker: Broker,
    bank: Bank,
    relay_address: SocketAddr,
}

impl Shop {
    /// Writes the shop's files and starts its broker and its payment-link system.
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let public_url = format!("http://{}", listener.local_addr().expect("bound"));
        let bank = Bank::open(BankOptions { public_url, ..BankOptions::default() }).expect("a bank");
        tokio::spawn(axum::serve(listener, bank.router()).into_future());
        let topics = Topics::new(Topics::DEFAULT_ROOT).expect("a root");
        let who = [
            Who::Terminal(TERMINAL_ID.parse().expect("an id")),
            Who::Relay(RELAY_ID.parse().expect("an id")),
            Who::Operator,
        ];
        let accounts = who.map(|who| Account { password: password(&who.user_name()), who });
        let broker = Broker::start(topics, accounts.into()).await.expect("a broker");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let relay_address = free.local_addr().expect("bound");
        let folder = tempfile::tempdir().expect("a folder");
        let shop = Self { folder, broker, bank, relay_address };
        shop.write_files();
        shop
    }

    fn write_files(&self) {
        let face = self.bank.faces().remove(0);
        let secrets = [
            ("terminal.password", password(TERMINAL_ID).reveal().to_owned()),
            ("relay.password", password("relay-main").reveal().to_owned()),
            ("stripe.key", face.api_key),
            ("stripe.webhook", face.webhook_secret),
        ];
        for (name, text) in secrets {
            self.write(name, &text);
            let only_owner = fs::Permissions::from_mode(0o600);
            fs::set_permissions(self.file(name), only_owner).expect("permissions");
        }
        let keys = ["relay.key", "terminal.key"].map(|name| {
            let made = program().args(["key", "new"]).arg(self.file(name)).output().expect("it starts");
            String::from_utf8_lossy(&made.stdout).lines().next().expect("the public key").to_owned()
        });
        let own = RELAY.replace("# standing_link", "standing_link").replace("# standing_url", "standing_url");
        for (name, text, key) in
            [("terminal.toml", TERMINAL, &keys[0]), ("relay.toml", own.as_str(), &keys[1])]
        {
            let example = text.split('"').find(|part| part.starts_with("qrtill-ed25519:")).expect("a key");
            self.write(name, &text.replace(example, key));
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("written");
    }

    pub fn webhook_secret(&self) -> String {
        self.bank.faces().remove(0).webhook_secret
    }

    /// `qrtill terminal` with its journal in `data`; its picture goes to `panel`.
    pub fn terminal(&self, data: &Path, panel: &Path) -> Command {
        let mut command = self.program("terminal", "terminal.toml", data);
        command.env("QRTILL_PANEL__FILE", panel);
        command
    }

    /// `qrtill relay` with its journal in this shop's folder.
    pub fn relay(&self) -> Command {
        let mut command = self.program("relay", "relay.toml", &self.file("relay"));
        command.env("QRTILL_LISTEN", self.relay_address.to_string());
        command.env("QRTILL_PROVIDER__OPTIONS__BASE_URL", self.bank.faces().remove(0).base_url);
        command
    }

    /// Where the relay takes webhooks.
    pub fn hook(&self) -> String {
        format!("http://{}/webhook/stripe", self.relay_address)
    }

    fn program(&self, name: &str, config: &str, data: &Path) -> Command {
        let mut command = program();
        command.arg(name).arg("--config").arg(self.file(config)).env("QRTILL_DATA", data);
        command.env("QRTILL_BROKER__PORT", self.broker.address().port().to_string());
        command
    }

    /// Waits until the terminal says on its `state` that it is armed.
    pub async fn until_armed(&self) {
        let topics = Topics::new(Topics::DEFAULT_ROOT).expect("a root");
        let state = topics.spell(&Topic::Terminal(TERMINAL_ID.parse().expect("an id"), Leaf::State));
        let address = self.broker.address();
        let mut options = client::Options::new(&address.ip().to_string(), address.port(), "operator");
        options.username = Some("operator".to_owned());
        options.password = Some(password("operator"));
        options.subscriptions = vec![(state, Qos::AtLeastOnce)];
        let (sender, mut events) = mpsc::channel(16);
        let client = client::spawn(options, sender).expect("options");
        let armed = async {
            while let Some(event) = events.recv().await {
                match event {
                    ClientEvent::Connecting { will, .. } => drop(will.send(None)),
                    ClientEvent::Message(message) => {
                        let told = serde_json::from_slice::<Presence>(&message.payload);
                        if told.is_ok_and(|presence| presence.armed) {
                            return;
                        }
                    }
                    ClientEvent::Up { .. } | ClientEvent::Down { .. } => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, armed).await.expect("the terminal is armed in time");
        client.close().await;
    }
}

fn password(user: &str) -> Secret {
    Secret::new(format!("secret of {user}"))
}

/// The built program, with nothing from the environment of this one.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qrtill"));
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QRTILL_"));
    for (name, _) in ours {
        command.env_remove(name);
    }
    command.env("TZ", "UTC").env("QRTILL_LOG", "error").stdin(Stdio::null());
    command
}

/// A process that ends with this value.
pub struct Running(Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("it starts"))
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Tells it to stop, as a supervisor does, and waits.
    pub fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(told.expect("told").success());
        assert!(self.0.wait().expect("it ends").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Seconds since 1970.
pub fn now_s() -> i64 {
    host::unix_ms() / 1000
}
