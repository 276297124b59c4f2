//! A shop with one counter: terminal, relay and broker on one machine. No webhook reaches it, so the relay asks.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;

use super::Counter;
use super::ask::ask;
use super::ask::not_empty;
use super::ask::secret;
use super::ask::tell;
use super::broker;
use super::trial;
use super::write;
use crate::cli::accounts;
use crate::cli::check;
use crate::cli::edit;
use crate::cli::edit::quoted;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::cli::serve;
use crate::cli::shop::Shop;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::provider;
use crate::provider::BadOptions;
use crate::provider::Entry;

const RELAY: &str = include_str!("../../../config/relay.toml");
/// What stands in place of the first table of [`RELAY`] for each other system.
const OTHERS: &[(&str, &str)] = &[
    ("vinr", include_str!("../../../config/providers/vinr.toml")),
    ("yabetoo", include_str!("../../../config/providers/yabetoo.toml")),
    ("storekit", include_str!("../../../config/providers/storekit.toml")),
    ("qonto", include_str!("../../../config/providers/qonto.toml")),
];

/// A payment-link system and the merchant's access to it.
struct Account {
    entry: &'static Entry,
    api_key: Secret,
    mode: Mode,
    /// Its own settings that have no default, as TOML.
    options: Vec<(String, String)>,
}

pub fn run(folder: &Folder, root: &Path, no_start: bool) -> Result<ExitCode, Failure> {
    accounts::look()?;
    let counter = Counter::ask()?;
    let account = Account::ask()?;
    let title = match counter.shop.as_str() {
        "" => ask("what customers read on the payment page", "Sale", |text| Ok(text.to_owned()))?,
        shop => shop.to_owned(),
    };
    let accounts = broker::Accounts::new(counter.id.as_str());
    folder.secret("terminal/terminal.password", &accounts.terminal)?;
    folder.secret("relay/relay.password", &accounts.relay)?;
    let keys = Keys {
        terminal: folder.key("terminal/terminal.key")?.public().to_string(),
        relay: folder.key("relay/relay.key")?.public().to_string(),
    };
    folder.secret(&account.key_file(), &account.api_key)?;
    folder.text("terminal.toml", &terminal(&counter, &account, &keys, folder)?)?;
    folder.text("relay.toml", &relay(&counter, &account, &keys, &title))?;
    broker::write(root, &accounts)?;
    tell("");
    for name in ["terminal.toml", "relay.toml"] {
        let verdict = check::judge(&folder.path(name))?;
        if verdict != ExitCode::SUCCESS {
            return Ok(verdict);
        }
    }
    if no_start || root != Path::new("/") {
        tell("Next: sudo systemctl enable --now mosquitto qrtill-relay qrtill-terminal");
        return Ok(ExitCode::SUCCESS);
    }
    account.try_it(folder)?;
    start()?;
    trial::offer(&counter, folder)
}

struct Keys {
    terminal: String,
    relay: String,
}

impl Account {
    fn ask() -> Result<Self, Failure> {
        let names: Vec<_> = provider::PROVIDERS.iter().map(|entry| entry.name).collect();
        let entry = ask(&format!("payment-link system ({})", names.join(", ")), names[0], |name| {
            provider::find(name).ok_or_else(|| format!("use one of {}", names.join(", ")))
        })?;
        let api_key = secret(&format!("API key of {} (not shown)", entry.name), |text| is_key(entry, text))?;
        let mut options = serde_json::Map::new();
        loop {
            options.insert("api_key".to_owned(), api_key.reveal().into());
            match (entry.build)(options.clone().into()) {
                Ok(configured) => {
                    options.remove("api_key");
                    let written = |(name, value): (String, serde_json::Value)| {
                        (name, value.as_str().map_or_else(|| value.to_string(), quoted))
                    };
                    let options = options.into_iter().map(written).collect();
                    return Ok(Self { entry, api_key, mode: configured.provider.mode(), options });
                }
                Err(bad) => {
                    let name = setting(&bad, entry)?;
                    if missing(&bad.reason).is_none() {
                        tell(&format!("  {}", bad.reason));
                    }
                    let value = ask(&format!("{name} of the account at {}", entry.name), "", not_empty)?;
                    options.insert(name, value.into());
                }
            }
        }
    }

    fn key_file(&self) -> String {
        format!("relay/{}.key", self.entry.name)
    }

    fn host(&self) -> &'static str {
        let sample = self.entry.capabilities.sample_url.trim_start_matches("https://");
        sample.split('/').next().unwrap_or(sample)
    }

    fn mode(&self) -> &'static str {
        match self.mode {
            Mode::Test => "\"test\"",
            Mode::Live => "\"live\"",
        }
    }

    /// The table of the system, without what webhooks would need.
    fn table(&self) -> String {
        let other = OTHERS.iter().find(|(name, _)| *name == self.entry.name);
        let table = match other {
            Some((_, text)) => text.find("\n[provider]\n").map_or(*text, |at| &text[at + 1..]),
            None => shipped_table(),
        };
        let table = edit::silenced(table);
        let values = [
            ("system", quoted(self.entry.name)),
            ("api_key_file", quoted(&self.key_file())),
            ("webhooks", "false".to_owned()),
        ];
        let table = values.iter().fold(table, |text, (key, value)| edit::set(&text, "provider", key, value));
        let options = self.options.iter();
        options.fold(table, |text, (key, value)| edit::set_or_add(&text, "provider.options", key, value))
    }

    /// Asks the system once, with the key that was typed.
    fn try_it(&self, folder: &Folder) -> Result<(), Failure> {
        let shop = Shop::open(&folder.path("relay.toml"), None)?;
        if shop.system.provider().tokens().is_some() {
            tell(&format!("{} gives access in a browser: run `qrtill link connect`", self.entry.name));
            return Ok(());
        }
        tell(&format!("asking {} ...", self.entry.name));
        serve::runtime(None)?.block_on(shop.each_link(None, |_| ControlFlow::Break(())))?;
        tell("the key is accepted");
        Ok(())
    }
}

/// Whether a system takes this for a key of its own, whatever else it needs.
fn is_key(entry: &Entry, text: &str) -> Result<(), String> {
    not_empty(text)?;
    match (entry.build)(serde_json::json!({ "api_key": text })) {
        Err(bad) if bad.field == "api_key" => Err(bad.reason),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The setting that a system cannot do without, or cannot use as it is.
fn setting(bad: &BadOptions, entry: &Entry) -> Result<String, Failure> {
    let named = missing(&bad.reason).unwrap_or(&bad.field);
    if named == "api_key" || named.contains('.') || named.is_empty() {
        let what = format!("{} does not take the answers: {bad}", entry.name);
        return Err(Failure::new(failure::DATA, what, "run it again"));
    }
    Ok(named.to_owned())
}

/// The setting that a system's table has no value for, in serde's words.
fn missing(reason: &str) -> Option<&str> {
    reason.strip_prefix("missing field `")?.split('`').next()
}

fn shipped_range() -> (usize, usize) {
    let begin = RELAY.find("\n[provider]\n").map_or(0, |at| at + 1);
    let end = RELAY.find("# More payment-link systems").unwrap_or(RELAY.len());
    (begin, end)
}

fn shipped_table() -> &'static str {
    let (begin, end) = shipped_range();
    &RELAY[begin..end]
}

fn terminal(counter: &Counter, account: &Account, keys: &Keys, folder: &Folder) -> Result<String, Failure> {
    let values = [
        ("", "mode", account.mode().to_owned()),
        ("link", "hosts", format!("[{}]", quoted(account.host()))),
        ("relay", "keys", format!("[{}]", quoted(&keys.relay))),
    ];
    let text = write::terminal(counter, folder)?;
    Ok(values.iter().fold(text, |text, (table, key, value)| edit::set(&text, table, key, value)))
}

fn relay(counter: &Counter, account: &Account, keys: &Keys, title: &str) -> String {
    let (begin, end) = shipped_range();
    let text = format!("{}{}\n{}", &RELAY[..begin], account.table(), &RELAY[end..]);
    let values = [
        ("", "mode", account.mode().to_owned()),
        ("broker", "password_file", quoted("relay/relay.password")),
        ("key", "file", quoted("relay/relay.key")),
        ("link", "title", quoted(title)),
        ("link", "hosts", format!("[{}]", quoted(account.host()))),
        ("[terminal]", "id", quoted(counter.id.as_str())),
        ("[terminal]", "keys", format!("[{}]", quoted(&keys.terminal))),
    ];
    values.iter().fold(text, |text, (table, key, value)| edit::set(&text, table, key, value))
}

/// Starts everything, now and at each boot.
fn start() -> Result<(), Failure> {
    let steps: [&[&str]; 2] = [
        &["enable", "mosquitto", "qrtill-relay", "qrtill-terminal"],
        &["restart", "mosquitto", "qrtill-relay", "qrtill-terminal"],
    ];
    for step in steps {
        let run = Command::new("systemctl").args(step).status();
        if !run.is_ok_and(|status| status.success()) {
            let what = format!("systemctl {} did not work", step.join(" "));
            return Err(Failure::new(
                failure::UNAVAILABLE,
                what,
                "see journalctl -u mosquitto -u 'qrtill-*'",
            ));
        }
    }
    Ok(())
}
