//! `relay.toml`: its mirror, and the values it stands for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::broker;
use super::draft::Draft;
use super::fault::nearest;
use super::provider;
use super::provider::Common;
use super::provider::System;
use super::within::Within;
use crate::core::link::AllowList;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::mqtt::client;
use crate::mqtt::key::Role;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::RelayId;
use crate::port::provider::Strategy;
use crate::relay::Identity;
use crate::relay::decide;
use crate::relay::decide::PollPace;
use crate::relay::decide::Service;
use crate::relay::decide::Standing;
use crate::relay::decide::Terminal;

/// Where the journal is kept unless the file says otherwise.
pub const DATA: &str = "/var/lib/qrtill/relay";
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
    pub provider: provider::Table,
    pub another_provider: Vec<provider::Table>,
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
pub struct LinkTable {
    pub title: Option<String>,
    pub hosts: Option<Vec<String>>,
    pub sandbox_origin: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PollTable {
    pub first_s: Option<Within<1, 30>>,
    pub most_s: Option<Within<1, 30>>,
    pub standing_s: Option<Within<1, 3600>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TerminalTable {
    pub id: Option<String>,
    pub keys: Option<Vec<String>>,
    pub system: Option<String>,
    pub standing_link: Option<String>,
    pub standing_url: Option<String>,
}

/// What a relay is made of, before anything is opened.
pub struct Relay {
    pub options: decide::Options,
    /// The payment-link systems, the first of them for terminals that name none.
    pub systems: Vec<System>,
    pub identity: Identity,
    pub broker: client::Options,
    pub data: PathBuf,
    pub listen: SocketAddr,
}

/// How one payment-link system is reached, and what customers read there.
pub struct Shop {
    pub system: System,
    /// Absent in a file that is not complete yet.
    pub title: Option<String>,
}

/// A payment-link system that is asked for and not in the file.
#[derive(Debug)]
pub struct NotThere {
    pub name: String,
    /// Those that are.
    pub known: Vec<String>,
}

/// As `build`, for one system alone: the one of this name, or the first.
pub fn build_shop(draft: &mut Draft, mirror: Mirror, system: Option<&str>) -> Option<Result<Shop, NotThere>> {
    let data = draft.path(mirror.data.as_deref().unwrap_or(Path::new(DATA)));
    let tables = provider::tables(mirror.provider, mirror.another_provider);
    let known: Vec<_> = tables.iter().filter_map(|(_, table)| table.system.clone()).collect();
    let is_meant = |table: &provider::Table| system.is_none_or(|name| table.system.as_deref() == Some(name));
    let Some((at, table)) = tables.into_iter().find(|(_, table)| is_meant(table)) else {
        return Some(Err(NotThere { name: system.unwrap_or_default().to_owned(), known }));
    };
    let mode = mirror.mode.unwrap_or(Mode::Test);
    let common = build_common(draft, mode, &data, &mirror.poll);
    let system = provider::build(draft, &at, table, &common)?;
    Some(Ok(Shop { system, title: mirror.link.title }))
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
    let tables = provider::tables(mirror.provider, mirror.another_provider);
    let common = build_common(draft, mode, &data, &mirror.poll);
    let systems = provider::build_all(draft, tables, &common);
    let title = draft.need("link.title", mirror.link.title, "write what customers read on the payment page");
    let allowed = draft.allow_list(mirror.link.hosts, mirror.link.sandbox_origin, mode);
    systems.iter().flatten().for_each(|system| warn_of_hosts(draft, &allowed, system));
    let (trusted, terminals) = build_terminals(draft, mirror.terminal, &allowed, &systems);
    let ((broker, topics), key) = (broker?, key?);
    let mut own = TrustSet::new();
    own.trust(key.public(), Role::Relay).expect("an empty set takes any key");
    Some(Relay {
        options: decide::Options { title: title?, allowed, poll: common.poll, terminals },
        systems: systems.into_iter().collect::<Option<_>>()?,
        identity: Identity { relay: id?, mode, key, terminals: trusted, own, topics },
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

fn build_common(draft: &mut Draft, mode: Mode, data: &Path, table: &PollTable) -> Common {
    let named = table.standing_s.is_some();
    let every = draft.seconds("poll.standing_s", table.standing_s, Duration::ZERO);
    let (data, poll) = (data.to_owned(), build_poll(draft, table));
    Common { mode, data, poll, standing_every: named.then_some(every) }
}

fn build_poll(draft: &mut Draft, table: &PollTable) -> PollPace {
    let s = Duration::from_secs;
    let first = draft.seconds("poll.first_s", table.first_s, s(2));
    // Far less than the silence after which the system counts as not heard.
    let most = draft.seconds("poll.most_s", table.most_s, s(15));
    if most < first {
        draft.fault("poll.most_s", "the longest pause is shorter than the first", "raise it");
    }
    PollPace { first, most }
}

type Terminals = (BTreeMap<TerminalId, TrustSet>, BTreeMap<TerminalId, Terminal>);

/// Whom the relay believes, and what it serves each with.
fn build_terminals(
    draft: &mut Draft,
    tables: Vec<TerminalTable>,
    allowed: &AllowList,
    systems: &[Option<System>],
) -> Terminals {
    let (mut trusted, mut terminals) = Terminals::default();
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
        let standing = build_standing(draft, &at, table.standing_link, table.standing_url, allowed);
        let service = service_of(draft, &at("system"), table.system.as_deref(), systems);
        if standing.is_none() && service.is_some_and(|service| service.strategy == Strategy::Reference) {
            let what = "with strategy = \"reference\" every sale goes over the standing link";
            draft.fault(&at("standing_link"), what, "give both standing_link and standing_url");
        }
        if trusted.insert(id.clone(), trust.unwrap_or_default()).is_some() {
            let what = format!("`{id}` is here twice");
            draft.fault(&at("id"), what, "give each terminal a name of its own");
        }
        if let Some(service) = service {
            let served = Terminal { system: service.provider.name().to_owned(), standing };
            let has_it =
                |other: &Terminal| other.system == served.system && other.standing == served.standing;
            let twin = terminals.iter().find(|(_, other)| served.standing.is_some() && has_it(other));
            if let Some((other, _)) = twin {
                let what = format!(
                    "`{other}` has this standing link too, and its payments can be one terminal's only"
                );
                draft.fault(&at("standing_link"), what, "give each terminal a link of its own");
            }
            terminals.insert(id, served);
        }
    }
    (trusted, terminals)
}

fn build_standing(
    draft: &mut Draft,
    at: &impl Fn(&str) -> String,
    link: Option<String>,
    url: Option<String>,
    allowed: &AllowList,
) -> Option<Standing> {
    match (link, url) {
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
    }
}

/// The terminal's payment-link system: the one it names, or the first.
fn service_of<'a>(
    draft: &mut Draft,
    key: &str,
    named: Option<&str>,
    systems: &'a [Option<System>],
) -> Option<&'a Service> {
    let Some(name) = named else { return systems.first()?.as_ref().map(|system| &system.service) };
    let mut known = systems.iter().flatten().map(|system| &system.service);
    let found = known.find(|service| service.provider.name() == name);
    // One whose table is wrong cannot be told from one that is not there.
    if found.is_none() && systems.iter().all(Option::is_some) {
        let mend = "give it a table of its own, [[another_provider]]";
        draft.fault(key, format_args!("`{name}` is not among the relay's payment-link systems"), mend);
    }
    found
}

/// The system's own links must be allowed, or every sale ends before it begins. A shop may have a domain of
/// its own there, so this is not a fault.
fn warn_of_hosts(draft: &mut Draft, allowed: &AllowList, system: &System) {
    let provider = &system.service.provider;
    // A stand-in on this machine makes links of its own.
    if system.base_urls.main.starts_with("http://") {
        return;
    }
    let sample = provider.capabilities().sample_url;
    if allowed.judge(sample).is_err() {
        let host = sample.trim_start_matches("https://").split('/').next().unwrap_or_default();
        let near = nearest(host, allowed.hosts.iter().map(String::as_str));
        let mend = match near {
            Some(near) => format!("add it; `{near}` is another host"),
            None => "add it unless the shop has a domain of its own there".to_owned(),
        };
        let what = format!("{} makes links to {host}, which is not in the list", provider.name());
        draft.warn("link.hosts", what, mend);
    }
}
