//! Files and environment to values. One file for each program; what is wrong in it is told all at once,
//! with its place. Nothing is opened here but the files that the configuration names.

pub mod broker;
pub mod class;
pub mod devices;
mod draft;
pub mod fault;
#[cfg(feature = "fleet")]
pub mod fleet;
mod json;
pub mod keypad;
mod layer;
pub mod pairing;
pub mod panel;
pub mod private;
#[cfg(feature = "relay")]
pub mod provider;
#[cfg(feature = "relay")]
pub mod relay;
pub mod remote;
mod sale;
pub mod sound;
pub mod start;
pub mod terminal;
mod text;
mod within;

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::draft::Draft;
use self::fault::Fault;
use self::fault::Kind;
use self::fault::Place;
pub use self::layer::Layer;
pub use self::layer::Origins;
pub use self::layer::Sent;
pub use self::layer::variables;
use crate::mqtt::key::SecretKey;

/// Where the programs look unless told otherwise.
pub const FOLDER: &str = "/etc/qrtill";
pub const TERMINAL_FILE: &str = "/etc/qrtill/terminal.toml";
pub const RELAY_FILE: &str = "/etc/qrtill/relay.toml";

/// Where the operator's side looks: people work in a folder of their own.
#[cfg(feature = "fleet")]
pub const FLEET_FILE: &str = "fleet.toml";

/// The tables and keys at the top of both programs' files.
const OF_BOTH: &[&str] = &["id", "mode", "data", "broker", "key", "link"];
/// Those that only a terminal's file has.
const OF_TERMINAL: &[&str] = &[
    "lang",
    "shop",
    "logo",
    "idle",
    "panel",
    "cashier_panel",
    "light",
    "keypad",
    "another_keypad",
    "sound",
    "sale",
    "relay",
    "remote",
    "pairing",
];
/// Those that only a relay's file has.
const OF_RELAY: &[&str] = &["listen", "provider", "another_provider", "poll", "terminal"];
/// Those that only the operator's file has.
const OF_FLEET: &[&str] = &["history", "confirm_s", "trust", "sign", "authority", "admit"];

/// A configuration that has been judged.
#[derive(Debug)]
pub struct Checked<T> {
    /// None where there are faults.
    pub value: Option<T>,
    pub faults: Vec<Fault>,
    /// What works and is unwise.
    pub warnings: Vec<Fault>,
    /// Where each value came from.
    pub origins: Origins,
}

/// Which program a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Terminal,
    Relay,
    /// The operator's side.
    Fleet,
}

impl Program {
    /// Told by tables that only one of the programs has. A file with none of them is a terminal's.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let keys = text::top_keys(text);
        let count = |own: &[&str]| own.iter().filter(|key| keys.iter().any(|found| found == *key)).count();
        // A list of terminals is a relay's, whatever else is there.
        let (terminal, relay) = (count(OF_TERMINAL), count(OF_RELAY) + count(&["terminal"]));
        if count(OF_FLEET) > terminal.max(relay) {
            Self::Fleet
        } else if relay > terminal {
            Self::Relay
        } else {
            Self::Terminal
        }
    }
}

/// The text of a configuration file.
///
/// A file in which no key is ours is none, and may be a secret that was named by mistake: nothing of it is told.
pub fn text(file: &Path) -> Result<String, Vec<Fault>> {
    let text = read_text(file)?;
    let said = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let ours = text::top_keys(&text).iter().any(|key| {
        [OF_BOTH, OF_TERMINAL, OF_RELAY, OF_FLEET].iter().any(|known| known.contains(&key.as_str()))
    });
    if ours || !text.lines().any(said) {
        return Ok(text);
    }
    let (what, mend) = if SecretKey::parse(&text).is_ok() {
        ("this is a private key's file", "name the configuration of a terminal, a relay or an operator")
    } else {
        (
            "nothing in it is a setting of qrtill",
            "name the configuration of a terminal, a relay or an operator",
        )
    };
    Err(vec![Fault::new(Place::File(file.to_owned()), "", what, mend)])
}

fn read_text(file: &Path) -> Result<String, Vec<Fault>> {
    fs::read_to_string(file).map_err(|error| {
        let (kind, what, mend) = if error.kind() == io::ErrorKind::PermissionDenied {
            (Kind::Denied, "this user may not read it", format!("run: chown qrtill {}", file.display()))
        } else if error.kind() == io::ErrorKind::NotFound {
            (Kind::Missing, "there is no such file", "give the name of one that is there".to_owned())
        } else if error.kind() == io::ErrorKind::InvalidData {
            (Kind::Wrong, "it is not text in UTF-8", "save it as UTF-8".to_owned())
        } else {
            (Kind::Wrong, "it cannot be read", error.to_string())
        };
        vec![Fault { kind, ..Fault::new(Place::File(file.to_owned()), "", what, mend) }]
    })
}

/// Judges a terminal's configuration.
#[must_use]
pub fn terminal(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<terminal::Terminal> {
    terminal_with(file, text, None, variables)
}

/// Judges a terminal's configuration with what was sent from far away over its file.
#[must_use]
pub fn terminal_with(
    file: &Path,
    text: &str,
    sent: Option<&Sent>,
    variables: &[(String, String)],
) -> Checked<terminal::Terminal> {
    judge_with(layers(file, text, sent, variables), file, terminal::build)
}

/// Judges a terminal's configuration as it would be with this answer of an operator.
#[must_use]
pub fn terminal_if_answered(
    file: &Path,
    text: &str,
    said: &str,
    variables: &[(String, String)],
) -> Checked<terminal::Terminal> {
    let under = pairing::as_if_answered(file, text, said, variables);
    judge_with(layer::read(file, text, under, None, variables), file, terminal::build)
}

/// Judges what a terminal's configuration says before it has a name.
#[must_use]
pub fn fresh(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<pairing::Fresh> {
    judge(file, text, variables, pairing::build)
}

/// As [`fresh`], for pairing by files that are carried.
#[must_use]
pub fn fresh_by_hand(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<pairing::Fresh> {
    judge(file, text, variables, pairing::build_by_hand)
}

/// Everything that is said to a terminal: its own file, what an operator said when it was paired, and what was sent.
fn layers(
    file: &Path,
    text: &str,
    sent: Option<&Sent>,
    variables: &[(String, String)],
) -> (terminal::Mirror, Origins, Vec<Fault>) {
    layer::read(file, text, pairing::answered(file, text, variables), sent, variables)
}

/// Judges what a terminal's configuration says of its keypads, and nothing else in it: for whoever tries them before
/// the rest is there.
#[must_use]
pub fn keypads(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<Vec<keypad::Keypad>> {
    judge(file, text, variables, |draft, mirror: terminal::Mirror| {
        Some(keypad::build(
            draft,
            mirror.keypad.0.unwrap_or_default(),
            mirror.another_keypad.0.unwrap_or_default(),
        ))
    })
}

/// Judges what a terminal's configuration says of its devices, and nothing else in it.
#[must_use]
pub fn devices(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<devices::Devices> {
    judge(file, text, variables, devices::build)
}

/// Judges what a terminal's configuration says of its panels, and nothing else in it: for whoever clears them after a
/// crash, when systemd hands out no secrets any more.
#[must_use]
pub fn panels(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<terminal::Panels> {
    judge(file, text, variables, terminal::build_panels)
}

/// Judges a relay's configuration.
#[cfg(feature = "relay")]
#[must_use]
pub fn relay(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<relay::Relay> {
    judge(file, text, variables, relay::build)
}

/// Judges the operator's configuration.
#[cfg(feature = "fleet")]
#[must_use]
pub fn fleet(file: &Path, text: &str, variables: &[(String, String)]) -> Checked<fleet::Fleet> {
    judge(file, text, variables, fleet::build)
}

/// Judges what a relay's configuration says of one payment-link system, the named or the first, and nothing
/// else in it: for those who ask the system beside the relay, as another user or on another machine. A name that
/// is not in the file is no fault of the file.
#[cfg(feature = "relay")]
#[must_use]
pub fn shop(
    file: &Path,
    text: &str,
    variables: &[(String, String)],
    system: Option<&str>,
) -> Checked<Result<relay::Shop, relay::NotThere>> {
    judge(file, text, variables, |draft, mirror| relay::build_shop(draft, mirror, system))
}

/// Where the sandbox keeps everything unless it is told otherwise; absent for a user without a home.
#[must_use]
pub fn sandbox_data() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("XDG_STATE_HOME").filter(|state| !state.is_empty());
    let home = || std::env::home_dir().map(|home| home.join(".local/state"));
    let state = named.map(std::path::PathBuf::from).or_else(home)?;
    Some(state.join("qrtill/sandbox"))
}

/// Where a terminal with this configuration keeps its journal, whatever else is wrong in it.
#[must_use]
pub fn terminal_data(file: &Path, text: &str, variables: &[(String, String)]) -> std::path::PathBuf {
    let (mirror, origins, faults) = layer::read::<terminal::Mirror>(file, text, None, None, variables);
    Draft::new(file, origins, faults).path(mirror.data.0.as_deref().unwrap_or(Path::new(terminal::DATA)))
}

/// Where a relay with this configuration keeps its journal, whatever else is wrong in it.
#[cfg(feature = "relay")]
#[must_use]
pub fn relay_data(file: &Path, text: &str, variables: &[(String, String)]) -> std::path::PathBuf {
    let (mirror, origins, faults) = layer::read::<relay::Mirror>(file, text, None, None, variables);
    Draft::new(file, origins, faults).path(mirror.data.as_deref().unwrap_or(Path::new(relay::DATA)))
}

fn judge<M, T>(
    file: &Path,
    text: &str,
    variables: &[(String, String)],
    build: impl FnOnce(&mut Draft, M) -> Option<T>,
) -> Checked<T>
where
    M: Serialize + DeserializeOwned + Default,
{
    judge_with(layer::read::<M>(file, text, None, None, variables), file, build)
}

fn judge_with<M, T>(
    (mirror, origins, faults): (M, Origins, Vec<Fault>),
    file: &Path,
    build: impl FnOnce(&mut Draft, M) -> Option<T>,
) -> Checked<T> {
    let mut draft = Draft::new(file, origins, faults);
    let value = build(&mut draft, mirror);
    let value = value.filter(|_| draft.faults.is_empty());
    Checked { value, faults: draft.faults, warnings: draft.warnings, origins: draft.origins }
}

#[cfg(all(test, feature = "relay"))]
mod tests;
