//! `relay.toml`: its mirror, and the values it stands for.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::broker;
use super::draft::Draft;
use super::fault::nearest;
use super::text::in_words;
use crate::core::link::AllowList;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::core::secret::Secret;
use crate::mqtt::client;
use crate::mqtt::key::Role;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::RelayId;
use crate::port::provider::BaseUrls;
use crate::port::provider::Provider;
use crate::port::provider::Strategy;
use crate::provider;
use crate::relay::Identity;
use crate::relay::decide;
use crate::relay::decide::PollPace;
use crate::relay::decide::Standing;

/// Where the journal is kept unless the file says otherwise.
pub const DATA: &str = "/var/lib/qrtill/relay";
/// How often a standing link is looked at where webhooks tell of it.
const STANDING_EVERY: Duration = Duration::from_secs(60);
pub const LISTEN: &str = "127.0.0.1:8461";
/// The terminal's key in the shipped file. Its private half was thrown away.
pub const EXAMPLE_TERMINAL_KEY: &str = "qrtill-ed25519:JjPbBQ1X18vouxtMrC1JaiqnWDxhO-CKTuQ2g2rcamY";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mirror {
    pub id: Option<String>,
    pub mode: Option<Mode>,
    pub data: Option<PathBuf>,
    pub listen: Option<String>,
    pub broker: broker::Table,
    pub key: KeyTable,
    pub provider: ProviderTable,
    pub link: LinkTable,
    pub poll: PollTable,
    pub terminal: Vec<TerminalTable>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyTable {
    pub file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderTable {
    pub system: Option<String>,
    pub api_key_file: Option<PathBuf>,
    pub webhook_secret_file: Option<PathBuf>,
    pub tokens_file: Option<PathBuf>,
    pub confirm: Option<ConfirmBy>,
    pub options: BTreeMap<String, serde_json::Value>,
}

/// What news of a webhook is confirmed by before it becomes a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmBy {
    /// Its signature, where the system's scheme is certain and says which payment moved.
    Signature,
    /// Asking the system, whatever the signature.
    Fetch,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkTable {
    pub title: Option<String>,
    pub hosts: Option<Vec<String>>,
    pub sandbox_origin: Option<String>,
    pub strategy: Option<Strategy>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PollTable {
    pub first_s: Option<u64>,
    pub most_s: Option<u64>,
    pub standing_s: Option<u64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TerminalTable {
    pub id: Option<String>,
    pub keys: Option<Vec<String>>,
    pub standing_link: Option<String>,
    pub standing_url: Option<String>,
}

/// What a relay is made of, before anything is opened.
pub struct Relay {
    pub options: decide::Options,
    pub provider: Arc<dyn Provider>,
    pub base_urls: BaseUrls,
    /// Where access tokens are kept, for a system that gives out those.
    pub tokens_file: PathBuf,
    pub webhook_secrets: Vec<Secret>,
    pub identity: Identity,
    pub broker: client::Options,
    pub data: PathBuf,
    pub listen: SocketAddr,
}

/// How the payment-link system is reached, and what customers read there.
pub struct Shop {
    pub provider: Arc<dyn Provider>,
    pub base_urls: BaseUrls,
    /// As in `Relay`.
    pub tokens_file: PathBuf,
    /// Absent in a file that is not complete yet.
    pub title: Option<String>,
}

/// As `build`, for the system alone.
pub fn build_shop(draft: &mut Draft, mirror: Mirror) -> Option<Shop> {
    let mode = mirror.mode.unwrap_or(Mode::Test);
    let configured = build_provider(draft, &mirror.provider, mode)?;
    let data = draft.path(mirror.data.as_deref().unwrap_or(Path::new(DATA)));
    Some(Shop {
        tokens_file: build_tokens_file(draft, &mirror.provider, &configured, &data),
        provider: Arc::from(configured.provider),
        base_urls: configured.base_urls,
        title: mirror.link.title,
    })
}

/// The values, unless a fault makes them impossible; `draft` has all faults.
pub fn build(draft: &mut Draft, mirror: Mirror) -> Option<Relay> {
    let id = mirror.id.unwrap_or_else(|| "main".to_owned());
    let id: Option<RelayId> = draft.parse("id", &id);
    let mode = mirror.mode.unwrap_or(Mode::Test);
    let data = draft.path(mirror.data.as_deref().unwrap_or(Path::new(DATA)));
    let listen = build_listen(draft, mirror.listen.as_deref().unwrap_or(LISTEN));
    let user = id.as_ref().map_or("relay-main".to_owned(), RelayId::user_name);
    let broker = broker::build(draft, mirror.broker, &user);
    let file = mirror.key.file.unwrap_or_else(|| "relay.key".into());
    let key = draft.private_key("key.file", &file);
    let provider = build_provider(draft, &mirror.provider, mode);
    let file = mirror.provider.webhook_secret_file.as_deref();
    let webhook_secrets = build_webhook_secrets(draft, file, provider.as_ref());
    let title = draft.need("link.title", mirror.link.title, "write what customers read on the payment page");
    let allowed = draft.allow_list(mirror.link.hosts, mirror.link.sandbox_origin, mode);
    let poll = build_poll(draft, &mirror.poll);
    // Where no webhook tells of a payment over the counter's own link, asking is all there is.
    let standing_most = if webhook_secrets.is_empty() { poll.most } else { STANDING_EVERY };
    let standing_every = draft.seconds("poll.standing_s", mirror.poll.standing_s, standing_most, 1..=3600);
    let strategy = provider.as_ref().and_then(|found| build_strategy(draft, mirror.link.strategy, found));
    let (terminals, standing) = build_terminals(draft, mirror.terminal, &allowed, strategy);
    let ((broker, topics), key, provider) = (broker?, key?, provider?);
    warn_of_hosts(draft, &allowed, &provider);
    let tokens_file = build_tokens_file(draft, &mirror.provider, &provider, &data);
    let mut own = TrustSet::new();
    own.trust(key.public(), Role::Relay).expect("an empty set takes any key");
    Some(Relay {
        options: decide::Options {
            strategy: strategy?,
            title: title?,
            allowed,
            standing,
            standing_every,
            confirm: mirror.provider.confirm == Some(ConfirmBy::Fetch),
            poll,
        },
        provider: Arc::from(provider.provider),
        base_urls: provider.base_urls,
        tokens_file,
        webhook_secrets,
        identity: Identity { relay: id?, mode, key, terminals, own, topics },
        broker,
        data,
        listen: listen?,
    })
}

fn build_listen(draft: &mut Draft, text: &str) -> Option<SocketAddr> {
    let mend = "write an address and a port, such as 127.0.0.1:8461";
    let wrong = format!("`{text}` is not an address to listen on");
    text.parse().map_err(|_| draft.fault("listen", wrong, mend)).ok()
}

fn build_poll(draft: &mut Draft, table: &PollTable) -> PollPace {
    let s = Duration::from_secs;
    let first = draft.seconds("poll.first_s", table.first_s, s(2), 1..=60);
    let most = draft.seconds("poll.most_s", table.most_s, s(15), 1..=300);
    if most < first {
        draft.fault("poll.most_s", "the longest pause is shorter than the first", "raise it");
    }
    PollPace { first, most }
}

fn build_webhook_secrets(
    draft: &mut Draft,
    file: Option<&Path>,
    provider: Option<&provider::Configured>,
) -> Vec<Secret> {
    let key = "provider.webhook_secret_file";
    let Some(file) = file else {
        let mend = "name the file with the endpoint's secret";
        draft.warn(key, "no webhook is believed, so payments are heard of by asking alone", mend);
        return Vec::new();
    };
    let Some(text) = draft.secret(key, file) else { return Vec::new() };
    let lines = text.reveal().lines().map(str::trim).filter(|line| !line.is_empty());
    let secrets: Vec<Secret> = lines.map(Secret::new).collect();
    for (index, secret) in secrets.iter().enumerate() {
        if let Some(Err(refusal)) = provider.map(|found| found.provider.check_secret(secret)) {
            draft.fault(
                key,
                format_args!("{refusal} (secret {})", index + 1),
                "one secret stands on each line",
            );
        }
    }
    secrets
}

fn build_provider(draft: &mut Draft, table: &ProviderTable, mode: Mode) -> Option<provider::Configured> {
    let names: Vec<_> = provider::PROVIDERS.iter().map(|entry| entry.name).collect();
    let mend = format!("name the payment-link system: {}", names.join(", "));
    let system = draft.need("provider.system", table.system.as_deref(), &mend);
    let mend = "name the file with the system's API key";
    let file = draft.need("provider.api_key_file", table.api_key_file.as_deref(), mend);
    let api_key = file.and_then(|file| draft.secret("provider.api_key_file", file));
    let system = system?;
    let Some(entry) = provider::find(system) else {
        let mend = match provider::nearest(system) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use {}", names.join(", ")),
        };
        draft.fault("provider.system", format_args!("`{system}` is no payment-link system"), mend);
        return None;
    };
    let (mut options, from_files) = build_options(draft, &table.options);
    for (secret, own) in [("api_key", "provider.api_key_file"), ("strategy", "link.strategy")] {
        if options.remove(secret).is_some() {
            let key = format!("provider.options.{secret}");
            draft.fault(&key, format_args!("`{secret}` has no place here"), format!("use {own}"));
        }
    }
    options.insert("api_key".to_owned(), api_key?.reveal().into());
    let built = (entry.build)(options.into());
    let configured = built.map_err(|bad| {
        let key = match bad.field.as_str() {
            "api_key" => "provider.api_key_file".to_owned(),
            field if from_files.contains(field) => format!("provider.options.{field}_file"),
            field => format!("provider.options.{field}"),
        };
        let (what, mend) = in_words(&bad.reason);
        draft.fault(&key, what, mend);
    });
    let configured = configured.ok()?;
    if configured.provider.mode() != mode {
        let (what, mend) = match mode {
            Mode::Live => (
                "the system's key or options are for test, and the mode is live",
                "give the live ones, or set test",
            ),
            Mode::Test => (
                "the system's key or options move real money, and the mode is test",
                "give test ones, or set live",
            ),
        };
        draft.fault("mode", what, mend);
    }
    Some(configured)
}

/// The system's own settings. One that ends in `_file` names a private file; what it holds becomes the setting
/// without that ending. Said with them: which settings came from files.
fn build_options(
    draft: &mut Draft,
    table: &BTreeMap<String, serde_json::Value>,
) -> (serde_json::Map<String, serde_json::Value>, BTreeSet<String>) {
    let (mut options, mut from_files) = (serde_json::Map::new(), BTreeSet::new());
    for (name, value) in table {
        let Some(secret) = name.strip_suffix("_file") else {
            options.insert(name.clone(), value.clone());
            continue;
        };
        let key = format!("provider.options.{name}");
        let Some(file) = value.as_str() else {
            draft.fault(&key, "this is not a path", "name the file in quotes");
            continue;
        };
        if table.contains_key(secret) {
            let what = format!("both `{secret}` and `{name}` are given");
            draft.fault(&key, what, format!("leave `{secret}` out"));
            continue;
        }
        if let Some(text) = draft.secret(&key, Path::new(file)) {
            options.insert(secret.to_owned(), text.reveal().into());
            from_files.insert(secret.to_owned());
        }
    }
    (options, from_files)
}

fn build_tokens_file(
    draft: &Draft,
    table: &ProviderTable,
    configured: &provider::Configured,
    data: &Path,
) -> PathBuf {
    let usual = || data.join(format!("{}.tokens", configured.provider.name()));
    table.tokens_file.as_ref().map_or_else(usual, |file| draft.path(file))
}

fn build_strategy(
    draft: &mut Draft,
    asked: Option<Strategy>,
    configured: &provider::Configured,
) -> Option<Strategy> {
    let strategy = asked.unwrap_or(configured.strategy);
    let known = configured.provider.capabilities().strategies;
    if known.contains(&strategy) {
        return Some(strategy);
    }
    let name = configured.provider.name();
    draft.fault("link.strategy", format_args!("{name} cannot do this"), "leave the key out");
    None
}

type Terminals = (BTreeMap<TerminalId, TrustSet>, BTreeMap<TerminalId, Standing>);

fn build_terminals(
    draft: &mut Draft,
    tables: Vec<TerminalTable>,
    allowed: &AllowList,
    strategy: Option<Strategy>,
) -> Terminals {
    let (mut terminals, mut standings) = Terminals::default();
    if tables.is_empty() {
        draft.fault("terminal", "there is no terminal to serve", "add [[terminal]] with its id and keys");
    }
    for (index, table) in tables.into_iter().enumerate() {
        let at = |key: &str| format!("terminal[{index}].{key}");
        let id = draft.need(&at("id"), table.id, "name the terminal as in its own file");
        let Some(id) = id.and_then(|text| draft.terminal_id(&at("id"), &text)) else { continue };
        let mend = "put in what `qrtill key show` prints at the terminal";
        let keys = draft.need(&at("keys"), table.keys, mend);
        let trust =
            keys.and_then(|keys| draft.trust(&at("keys"), &keys, Role::Terminal, EXAMPLE_TERMINAL_KEY));
        let standing = match (table.standing_link, table.standing_url) {
            (Some(link), Some(url)) => {
                draft.link(&at("standing_url"), &url, allowed);
                Some(Standing { link, url })
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let what = "a standing link is its id at the system and its address";
                draft.fault(&at("standing_link"), what, "give both standing_link and standing_url");
                None
            }
        };
        if standing.is_none() && strategy == Some(Strategy::Reference) {
            let what = "with link.strategy = \"reference\" every sale goes over the standing link";
            draft.fault(&at("standing_link"), what, "give both standing_link and standing_url");
        }
        if terminals.insert(id.clone(), trust.unwrap_or_default()).is_some() {
            draft.fault(
                &at("id"),
                format_args!("`{id}` is here twice"),
                "give each terminal a name of its own",
            );
        }
        standings.extend(standing.map(|standing| (id, standing)));
    }
    (terminals, standings)
}

/// The system's own links must be allowed, or every sale ends before it begins. A shop may have a domain of
/// its own there, so this is not a fault.
fn warn_of_hosts(draft: &mut Draft, allowed: &AllowList, configured: &provider::Configured) {
    let sample = configured.provider.capabilities().sample_url;
    if allowed.judge(sample).is_err() {
        let host = sample.trim_start_matches("https://").split('/').next().unwrap_or_default();
        let near = nearest(host, allowed.hosts.iter().map(String::as_str));
        let mend = match near {
            Some(near) => format!("add it; `{near}` is another host"),
            None => "add it unless the shop has a domain of its own there".to_owned(),
        };
        let what = format!("{} makes links to {host}, which is not in the list", configured.provider.name());
        draft.warn("link.hosts", what, mend);
    }
}
