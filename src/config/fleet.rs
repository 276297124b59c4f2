//! `fleet.toml`: its mirror, and the values it stands for.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::broker;
use super::draft::Draft;
use super::terminal;
use super::within::Within;
use crate::core::money::Currency;
use crate::core::payment::Mode;
use crate::fleet::Identity;
use crate::mqtt::client;
use crate::mqtt::document::CONFIRM_S;
use crate::mqtt::key::Role;
use crate::mqtt::topics::RelayId;
use crate::ui::lang::Lang;

/// Where documents that were sent are kept unless the file says otherwise.
pub const HISTORY: &str = "history";
/// The root's key in the shipped file. Its private half was thrown away.
pub const EXAMPLE_ROOT_KEY: &str = "qrtill-ed25519:r3wh_phCVHggWeo1fM72UugJz9pmNgQ9eN9SV1TkmxM";
const USUAL_CONFIRM_S: u32 = 120;
/// How long a terminal's certificate is good unless the file says otherwise.
const DAYS: u64 = 90;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mirror {
    pub mode: Option<Mode>,
    pub history: Option<PathBuf>,
    pub confirm_s: Option<u32>,
    pub broker: broker::Table,
    pub trust: TrustTable,
    pub sign: SignTable,
    pub authority: AuthorityTable,
    pub admit: Vec<AdmitTable>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthorityTable {
    pub cert_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
    pub days: Option<Within<1, 825>>,
    pub issued_file: Option<PathBuf>,
    pub revoked_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdmitTable {
    pub relay: Option<String>,
    pub relay_keys: Option<Vec<String>>,
    pub hosts: Option<Vec<String>>,
    pub currency: Option<Currency>,
    pub shop: Option<String>,
    pub lang: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrustTable {
    pub root_keys: Option<Vec<String>>,
    pub money_signatures: Option<Within<1, 4>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignTable {
    pub operations_file: Option<PathBuf>,
    pub money_file: Option<PathBuf>,
}

/// What the operator's side is made of, before anything is opened.
#[derive(Clone, Debug)]
pub struct Fleet {
    pub identity: Identity,
    pub broker: client::Options,
    pub history: PathBuf,
    pub confirm_s: u32,
    /// None where this operator signs no certificates.
    pub authority: Option<Authority>,
    /// What terminals are given that are paired, one for each relay.
    pub admit: Vec<Admit>,
}

/// Where the authority is kept. Its files are opened by who signs with it, since it may lie elsewhere the rest of the time.
#[derive(Clone, Debug)]
pub struct Authority {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
    /// How long a certificate is good.
    pub days: u16,
    /// The record of what was signed.
    pub issued_file: PathBuf,
    /// The list that the broker reads.
    pub revoked_file: PathBuf,
}

/// What every terminal of one relay begins with.
#[derive(Clone, Debug)]
pub struct Admit {
    pub relay: RelayId,
    pub relay_keys: Vec<String>,
    pub hosts: Vec<String>,
    pub currency: Currency,
    pub shop: Option<String>,
    pub lang: Option<Lang>,
}

/// The values, unless a fault makes them impossible; `draft` has all faults.
pub fn build(draft: &mut Draft, mirror: Mirror) -> Option<Fleet> {
    let confirm_s = mirror.confirm_s.unwrap_or(USUAL_CONFIRM_S);
    if !CONFIRM_S.contains(&confirm_s) {
        let mend = format!("use {} to {} seconds", CONFIRM_S.start(), CONFIRM_S.end());
        draft.fault("confirm_s", format_args!("{confirm_s} s is outside of what works"), mend);
    }
    let broker = broker::build(draft, mirror.broker, "operator");
    let mend = "put in what `qrtill key show root.key` prints";
    let keys = draft.need("trust.root_keys", mirror.trust.root_keys, mend);
    let root = keys.and_then(|keys| draft.trust("trust.root_keys", &keys, Role::Root, EXAMPLE_ROOT_KEY));
    let signatures = mirror.trust.money_signatures.map_or(1, |Within(count)| count);
    if !Within::<1, 4>::RANGE.contains(&signatures) {
        draft.fault("trust.money_signatures", "so many cannot sign one document", "use 1 to 4");
    }
    let mut key = |name: &str, path: Option<PathBuf>| path.and_then(|path| draft.private_key(name, &path));
    let operations = key("sign.operations_file", mirror.sign.operations_file);
    let money = key("sign.money_file", mirror.sign.money_file);
    if operations.as_ref().zip(money.as_ref()).is_some_and(|(one, other)| one.public() == other.public()) {
        draft.fault("sign.money_file", "this is the operations key", "every role needs a key of its own");
    }
    let is_named = mirror.authority.cert_file.is_some() || mirror.authority.key_file.is_some();
    let authority = is_named.then_some(mirror.authority).and_then(|table| build_authority(draft, table));
    let admit = mirror.admit.into_iter().enumerate();
    let admit =
        admit.filter_map(|(index, table)| build_admit(draft, &format!("admit[{index}]"), table)).collect();
    let history = draft.path(mirror.history.as_deref().unwrap_or(Path::new(HISTORY)));
    let (broker, topics) = broker?;
    let mode = mirror.mode.unwrap_or(Mode::Test);
    let money_signatures = usize::try_from(signatures).unwrap_or(usize::MAX);
    let identity = Identity { mode, topics, root: root?, money_signatures, operations, money };
    Some(Fleet { identity, broker, history, confirm_s, authority, admit })
}

fn build_authority(draft: &mut Draft, table: AuthorityTable) -> Option<Authority> {
    let mend = "name the authority's certificate, as brokers.md makes it";
    let cert = draft.need("authority.cert_file", table.cert_file, mend);
    let key = draft.need("authority.key_file", table.key_file, "name the authority's private key");
    let days = table.days.map_or(DAYS, |Within(days)| days);
    if !Within::<1, 825>::RANGE.contains(&days) {
        draft.fault("authority.days", format_args!("{days} days is outside of what works"), "use 1 to 825");
    }
    let file = |path: Option<PathBuf>, usual: &str| draft.path(&path.unwrap_or_else(|| usual.into()));
    Some(Authority {
        issued_file: file(table.issued_file, "issued.txt"),
        revoked_file: file(table.revoked_file, "revoked.pem"),
        cert_file: file(Some(cert?), ""),
        key_file: file(Some(key?), ""),
        days: u16::try_from(days).unwrap_or(u16::MAX),
    })
}

fn build_admit(draft: &mut Draft, at: &str, table: AdmitTable) -> Option<Admit> {
    let key = |name: &str| format!("{at}.{name}");
    let relay = table.relay.unwrap_or_else(|| "main".to_owned());
    let relay = draft.parse(&key("relay"), &relay);
    let mend = "put in what `qrtill key show` prints at the relay";
    let keys = draft.need(&key("relay_keys"), table.relay_keys, mend);
    let trusted = keys
        .as_ref()
        .and_then(|keys| draft.trust(&key("relay_keys"), keys, Role::Relay, terminal::EXAMPLE_RELAY_KEY));
    let mend = "name the hosts that payable links lead to, such as [\"buy.stripe.com\"]";
    let hosts = draft.need(&key("hosts"), table.hosts, mend);
    draft.hosts(&key("hosts"), hosts.as_deref().unwrap_or_default());
    let currency = draft.need(&key("currency"), table.currency, "write three letters, such as EUR");
    let lang = table.lang.map(|text| draft.parse(&key("lang"), &text));
    trusted?;
    let (lang, shop) = (lang.flatten(), table.shop);
    Some(Admit { relay: relay?, relay_keys: keys?, hosts: hosts?, currency: currency?, shop, lang })
}
