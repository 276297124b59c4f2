//! `[provider]` and `[[another_provider]]` of `relay.toml`: the payment-link systems of a relay.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::draft::Draft;
use super::text::in_words;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::BaseUrls;
use crate::port::provider::Provider;
use crate::port::provider::Strategy;
use crate::provider;
use crate::provider::Configured;
use crate::relay::decide::PollPace;
use crate::relay::decide::Service;

/// How often a standing link is looked at where webhooks tell of it.
const STANDING_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub system: Option<String>,
    pub api_key_file: Option<PathBuf>,
    pub webhook_secret_file: Option<PathBuf>,
    pub webhooks: Option<bool>,
    pub tokens_file: Option<PathBuf>,
    pub confirm: Option<ConfirmBy>,
    pub strategy: Option<Strategy>,
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

/// One payment-link system, before anything is opened.
pub struct System {
    /// The key of its table in the file, such as `another_provider[0]`.
    pub at: String,
    pub service: Service,
    pub base_urls: BaseUrls,
    /// Where access tokens are kept, for a system that gives out those.
    pub tokens_file: PathBuf,
    /// None where payments are heard of by asking alone.
    pub webhook_secrets: Vec<Secret>,
}

/// Every table with the key it stands at. The first is for terminals that name no system.
pub fn tables(first: Table, others: Vec<Table>) -> Vec<(String, Table)> {
    let at = |index| format!("another_provider[{index}]");
    let others = others.into_iter().enumerate().map(|(index, table)| (at(index), table));
    std::iter::once(("provider".to_owned(), first)).chain(others).collect()
}

/// What all of a relay's systems have in common.
pub struct Common {
    pub mode: Mode,
    /// The relay's folder.
    pub data: PathBuf,
    pub poll: PollPace,
    /// How often a standing link is looked at, where the file says so.
    pub standing_every: Option<Duration>,
}

/// All of them, in order; `None` for one whose table has a fault.
pub fn build_all(draft: &mut Draft, tables: Vec<(String, Table)>, common: &Common) -> Vec<Option<System>> {
    let mut seen = BTreeSet::new();
    let mut systems = Vec::new();
    for (at, table) in tables {
        if let Some(name) = table.system.clone()
            && !seen.insert(name.clone())
        {
            let mend = "one account of each system; give a second account a relay of its own";
            draft.fault(&format!("{at}.system"), format_args!("`{name}` is here twice"), mend);
        }
        systems.push(build(draft, &at, table, common));
    }
    systems
}

/// The table at the key `at`.
pub fn build(draft: &mut Draft, at: &str, table: Table, common: &Common) -> Option<System> {
    let configured = configure(draft, at, &table, common.mode)?;
    let webhook_secrets = build_webhook_secrets(draft, at, &table, configured.provider.as_ref());
    let strategy = build_strategy(draft, at, table.strategy, &configured)?;
    // Where no webhook tells of a payment over the counter's own link, asking is all there is.
    let usual_every = if webhook_secrets.is_empty() { common.poll.most } else { STANDING_EVERY };
    let usual = || common.data.join(format!("{}.tokens", configured.provider.name()));
    Some(System {
        at: at.to_owned(),
        tokens_file: table.tokens_file.as_ref().map_or_else(usual, |file| draft.path(file)),
        service: Service {
            provider: Arc::from(configured.provider),
            strategy,
            confirm: table.confirm == Some(ConfirmBy::Fetch),
            standing_every: common.standing_every.unwrap_or(usual_every),
        },
        base_urls: configured.base_urls,
        webhook_secrets,
    })
}

fn configure(draft: &mut Draft, at: &str, table: &Table, mode: Mode) -> Option<Configured> {
    let names: Vec<_> = provider::PROVIDERS.iter().map(|entry| entry.name).collect();
    let mend = format!("name the payment-link system: {}", names.join(", "));
    let system = draft.need(&format!("{at}.system"), table.system.as_deref(), &mend);
    let mend = "name the file with the system's API key";
    let file = draft.need(&format!("{at}.api_key_file"), table.api_key_file.as_deref(), mend);
    let api_key = file.and_then(|file| draft.secret(&format!("{at}.api_key_file"), file));
    let system = system?;
    let Some(entry) = provider::find(system) else {
        let mend = match provider::nearest(system) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use {}", names.join(", ")),
        };
        draft.fault(&format!("{at}.system"), format_args!("`{system}` is no payment-link system"), mend);
        return None;
    };
    let (mut options, from_files) = build_options(draft, at, &table.options);
    for name in ["api_key", "strategy"] {
        if options.remove(name).is_some() {
            let own = if name == "api_key" { "api_key_file" } else { name };
            let key = format!("{at}.options.{name}");
            draft.fault(&key, format_args!("`{name}` has no place here"), format!("use {at}.{own}"));
        }
    }
    options.insert("api_key".to_owned(), api_key?.reveal().into());
    let built = (entry.build)(options.into());
    let configured = built.map_err(|bad| {
        let key = match bad.field.as_str() {
            "api_key" => format!("{at}.api_key_file"),
            field if from_files.contains(field) => format!("{at}.options.{field}_file"),
            field => format!("{at}.options.{field}"),
        };
        let (what, mend) = in_words(&bad.reason);
        draft.fault(&key, what, mend);
    });
    let configured = configured.ok()?;
    check_mode(draft, at, configured.provider.as_ref(), mode);
    Some(configured)
}

fn check_mode(draft: &mut Draft, at: &str, provider: &dyn Provider, mode: Mode) {
    if provider.mode() == mode {
        return;
    }
    let (what, mend) = match mode {
        Mode::Live => ("for test, and the mode is live", "give the live ones, or set test"),
        Mode::Test => ("for real money, and the mode is test", "give test ones, or set live"),
    };
    draft.fault("mode", format_args!("the key or options of [{at}] are {what}"), mend);
}

/// The system's own settings. One that ends in `_file` names a private file; what it holds becomes the setting
/// without that ending. Said with them: which settings came from files.
fn build_options(
    draft: &mut Draft,
    at: &str,
    table: &BTreeMap<String, serde_json::Value>,
) -> (serde_json::Map<String, serde_json::Value>, BTreeSet<String>) {
    let (mut options, mut from_files) = (serde_json::Map::new(), BTreeSet::new());
    for (name, value) in table {
        let Some(secret) = name.strip_suffix("_file") else {
            options.insert(name.clone(), value.clone());
            continue;
        };
        let key = format!("{at}.options.{name}");
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

fn build_webhook_secrets(draft: &mut Draft, at: &str, table: &Table, provider: &dyn Provider) -> Vec<Secret> {
    let key = &format!("{at}.webhook_secret_file");
    if table.webhooks == Some(false) {
        if table.webhook_secret_file.is_some() {
            draft.fault(
                key,
                "there is a secret of webhooks, and webhooks = false",
                "leave out one of the two",
            );
        }
        return Vec::new();
    }
    let Some(file) = table.webhook_secret_file.as_deref() else {
        let mend = "name the file with the endpoint's secret, or say webhooks = false where none can come";
        draft.warn(key, "no webhook is believed, so payments are heard of by asking alone", mend);
        return Vec::new();
    };
    let Some(text) = draft.secret(key, file) else { return Vec::new() };
    let lines = text.reveal().lines().map(str::trim).filter(|line| !line.is_empty());
    let secrets: Vec<Secret> = lines.map(Secret::new).collect();
    for (index, secret) in secrets.iter().enumerate() {
        if let Err(refusal) = provider.check_secret(secret) {
            draft.fault(
                key,
                format_args!("{refusal} (secret {})", index + 1),
                "one secret stands on each line",
            );
        }
    }
    secrets
}

fn build_strategy(
    draft: &mut Draft,
    at: &str,
    asked: Option<Strategy>,
    configured: &Configured,
) -> Option<Strategy> {
    let strategy = asked.unwrap_or_default();
    let known = configured.provider.capabilities().strategies;
    if known.contains(&strategy) {
        return Some(strategy);
    }
    let name = configured.provider.name();
    draft.fault(&format!("{at}.strategy"), format_args!("{name} cannot do this"), "leave the key out");
    None
}
