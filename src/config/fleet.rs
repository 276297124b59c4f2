//! `fleet.toml`: its mirror, and the values it stands for.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::broker;
use super::draft::Draft;
use super::within::Within;
use crate::core::payment::Mode;
use crate::fleet::Identity;
use crate::mqtt::client;
use crate::mqtt::document::CONFIRM_S;
use crate::mqtt::key::Role;

/// Where documents that were sent are kept unless the file says otherwise.
pub const HISTORY: &str = "history";
/// The root's key in the shipped file. Its private half was thrown away.
pub const EXAMPLE_ROOT_KEY: &str = "qrtill-ed25519:r3wh_phCVHggWeo1fM72UugJz9pmNgQ9eN9SV1TkmxM";
const USUAL_CONFIRM_S: u32 = 120;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mirror {
    pub mode: Option<Mode>,
    pub history: Option<PathBuf>,
    pub confirm_s: Option<u32>,
    pub broker: broker::Table,
    pub trust: TrustTable,
    pub sign: SignTable,
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
    let history = draft.path(mirror.history.as_deref().unwrap_or(Path::new(HISTORY)));
    let (broker, topics) = broker?;
    let mode = mirror.mode.unwrap_or(Mode::Test);
    let money_signatures = usize::try_from(signatures).unwrap_or(usize::MAX);
    let identity = Identity { mode, topics, root: root?, money_signatures, operations, money };
    Some(Fleet { identity, broker, history, confirm_s })
}
