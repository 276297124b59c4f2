//! `terminal.toml`: its mirror, and the values it stands for.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::broker;
use super::class::Local;
use super::class::Monetary;
use super::class::Operational;
use super::draft::Draft;
use super::keypad;
use super::keypad::Keypad;
use super::pairing;
use super::panel;
use super::panel::Panel;
use super::remote;
use super::remote::Remote;
use super::sale;
use super::sound;
use super::sound::Sound;
use crate::core::money::Money;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::core::settings::Settings;
use crate::mqtt::client;
use crate::mqtt::key::Role;
use crate::panel::care::Light;
use crate::panel::png;
use crate::port::image::Image;
use crate::terminal::Identity;
use crate::ui::Audience;
use crate::ui::Idle;
use crate::ui::lang::Lang;

/// Where journals are kept unless the file says otherwise.
pub const DATA: &str = "/var/lib/qrtill/terminal";
/// A logo's file has at most so many bytes.
const LOGO_BYTES: u64 = 1 << 20;
/// The relay's key in the shipped file. Its private half was thrown away.
pub const EXAMPLE_RELAY_KEY: &str = "qrtill-ed25519:blv-wtJCX0M0JhX08bVilhDGB4YMTVOuCVazyG8jgZw";

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mirror {
    pub id: Local<String>,
    pub mode: Local<Mode>,
    pub data: Local<PathBuf>,
    /// The screens' language
    #[schemars(extend("enum" = Lang::ALL.map(Lang::code)))]
    pub lang: Operational<String>,
    /// The name customers know, on the idle screen
    pub shop: Monetary<String>,
    pub logo: Local<PathBuf>,
    /// What customers see while nothing is sold
    #[schemars(with = "Operational<String>", extend("enum" = Idle::ALL))]
    pub idle: Operational<Idle>,
    pub panel: Local<panel::Table>,
    pub cashier_panel: Local<panel::Table>,
    pub light: panel::light::Table,
    pub keypad: Local<keypad::Table>,
    pub another_keypad: Local<Vec<keypad::Table>>,
    pub sound: sound::Table,
    pub sale: sale::Table,
    pub link: LinkTable,
    pub broker: broker::Table,
    pub relay: RelayTable,
    pub key: Local<KeyTable>,
    pub remote: Local<remote::Table>,
    pub pairing: Local<pairing::Table>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkTable {
    /// Whole names of the hosts that payable links may lead to
    pub hosts: Monetary<Vec<String>>,
    pub sandbox_origin: Local<String>,
    /// The counter's own reusable link, shown while idle
    pub standing: Monetary<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RelayTable {
    /// The relay this terminal belongs to
    pub id: Monetary<String>,
    /// The relay's public keys
    pub keys: Monetary<Vec<String>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyTable {
    pub file: Option<PathBuf>,
    pub pin_file: Option<PathBuf>,
}

/// What a terminal is made of, before anything is opened.
#[derive(Clone)]
pub struct Terminal {
    pub settings: Settings,
    pub identity: Identity,
    pub broker: client::Options,
    pub data: PathBuf,
    pub panel: Panel,
    /// A second one, that faces the cashier.
    pub cashier_panel: Option<Panel>,
    /// Of both.
    pub light: Light,
    pub keypads: Vec<Keypad>,
    /// None for a terminal that makes no sound.
    pub sound: Option<Sound>,
    pub lang: Lang,
    /// The name customers know; may be empty.
    pub shop: String,
    /// None where the file has none or it cannot be read, which is told and keeps nobody from selling.
    pub logo: Option<Image>,
    pub idle: Idle,
    /// Whom it believes about its settings.
    pub remote: Remote,
}

/// What is needed to draw on a terminal's panels.
#[derive(Clone, Debug)]
pub struct Panels {
    pub panel: Panel,
    pub cashier_panel: Option<Panel>,
    pub lang: Lang,
    pub shop: String,
}

/// The panels alone.
pub fn build_panels(draft: &mut Draft, mirror: Mirror) -> Option<Panels> {
    let lang = mirror.lang.0.map_or(Some(Lang::default()), |text| draft.parse("lang", &text));
    let panel = panel::build(draft, "panel", mirror.panel.0.unwrap_or_default(), Audience::Customer);
    let cashier_panel = panel::build_cashier(draft, mirror.cashier_panel.0);
    Some(Panels {
        panel: panel?,
        cashier_panel: cashier_panel?,
        lang: lang?,
        shop: mirror.shop.0.unwrap_or_default(),
    })
}

/// The values, unless a fault makes them impossible; `draft` has all faults.
pub fn build(draft: &mut Draft, mirror: Mirror) -> Option<Terminal> {
    let id = draft.need("id", mirror.id.0, "give the terminal a name, such as id = \"counter-1\"");
    let id = id.and_then(|text| draft.terminal_id("id", &text));
    let relay_id = mirror.relay.id.0.unwrap_or_else(|| "main".to_owned());
    let relay = draft.parse("relay.id", &relay_id);
    let mode = mirror.mode.0.unwrap_or(Mode::Test);
    let data = draft.path(mirror.data.0.as_deref().unwrap_or(Path::new(DATA)));
    let lang = mirror.lang.0.map_or(Some(Lang::default()), |text| draft.parse("lang", &text));
    let panel = panel::build(draft, "panel", mirror.panel.0.unwrap_or_default(), Audience::Customer);
    let cashier_panel = panel::build_cashier(draft, mirror.cashier_panel.0);
    let light = panel::light::build(draft, &mirror.light);
    let idle = mirror.idle.0.unwrap_or_default();
    judge_idle(draft, idle, mirror.logo.0.is_some(), panel.as_ref());
    let logo = mirror.logo.0.and_then(|file| build_logo(draft, &file));
    let keypads = keypad::build(
        draft,
        mirror.keypad.0.unwrap_or_default(),
        mirror.another_keypad.0.unwrap_or_default(),
    );
    let sound = sound::build(draft, mirror.sound);
    let allowed = draft.allow_list(mirror.link.hosts.0, mirror.link.sandbox_origin.0, mode);
    if let Some(url) = &mirror.link.standing.0 {
        draft.link("link.standing", url, &allowed);
    }
    let user = id.as_ref().map_or("terminal", |id| id.as_str());
    let broker = broker::build(draft, mirror.broker, user);
    let keys =
        draft.need("relay.keys", mirror.relay.keys.0, "put in what `qrtill key show` prints at the relay");
    let trust = keys.and_then(|keys| draft.trust("relay.keys", &keys, Role::Relay, EXAMPLE_RELAY_KEY));
    let own = mirror.key.0.unwrap_or_default();
    let file = own.file.unwrap_or_else(|| "terminal.key".into());
    let key = draft.private_key("key.file", &file);
    let pin = own.pin_file.and_then(|path| build_pin(draft, &path));
    let remote = remote::build(draft, &mirror.remote.0.unwrap_or_default());
    let amounts = sale::amounts(draft, &mirror.sale)?;
    let times = sale::times(draft, &mirror.sale);
    let ((broker, topics), terminal) = (broker?, id?);
    Some(Terminal {
        settings: Settings {
            terminal: terminal.clone(),
            mode,
            currency: amounts.currency,
            minimum: amounts.minimum,
            limit: amounts.limit,
            confirm_above: amounts.confirm_above,
            allowed,
            standing: mirror.link.standing.0,
            sale_ttl: times.sale_ttl,
            prepare_wait: times.prepare_wait,
            close_wait: times.close_wait,
            refund_wait: times.refund_wait,
            paid_hold: times.paid_hold,
            ended_hold: times.ended_hold,
            entry_wait: times.entry_wait,
            pin,
        },
        identity: Identity { terminal, relay: relay?, mode, key: key?, trust: trust?, topics },
        broker,
        data,
        panel: panel?,
        cashier_panel: cashier_panel?,
        light,
        keypads,
        sound,
        lang: lang?,
        shop: mirror.shop.0.unwrap_or_default(),
        logo,
        idle,
        remote,
    })
}

impl Terminal {
    /// The values of all keys that may be sent from far away, by their paths, as a document would have them.
    #[must_use]
    pub fn sendable(&self) -> Vec<(&'static str, Value)> {
        let settings = &self.settings;
        let amount = |minor: i64| json!(Money::new(minor, settings.currency).decimal());
        let keys: Vec<String> = self.identity.trust.keys(Role::Relay).map(|key| key.to_string()).collect();
        let sound = self.sound.as_ref();
        vec![
            ("lang", json!(self.lang.code())),
            ("shop", json!(self.shop)),
            ("idle", json!(self.idle)),
            ("light.bright", json!(self.light.bright)),
            ("light.dim", json!(self.light.dim)),
            ("light.dim_after_s", json!(self.light.dim_after.as_secs())),
            ("light.dark_after_s", json!(self.light.dark_after.as_secs())),
            ("sound.volume", json!(sound.map(|sound| sound.volume))),
            ("sound.quiet", json!(sound.and_then(|sound| sound.quiet).map(|quiet| quiet.to_string()))),
            ("sound.refused_keys", json!(sound.map(|sound| sound.refused_keys))),
            ("sale.currency", json!(settings.currency.code())),
            ("sale.minimum", amount(settings.minimum)),
            ("sale.limit", amount(settings.limit)),
            ("sale.confirm_above", settings.confirm_above.map_or(Value::Null, amount)),
            ("sale.ttl_s", json!(settings.sale_ttl.as_secs())),
            ("sale.prepare_wait_s", json!(settings.prepare_wait.as_secs())),
            ("sale.close_wait_s", json!(settings.close_wait.as_secs())),
            ("sale.refund_wait_s", json!(settings.refund_wait.as_secs())),
            ("sale.paid_hold_s", json!(settings.paid_hold.as_secs())),
            ("sale.ended_hold_s", json!(settings.ended_hold.as_secs())),
            ("sale.entry_wait_s", json!(settings.entry_wait.as_secs())),
            ("link.hosts", json!(settings.allowed.hosts)),
            ("link.standing", json!(settings.standing)),
            ("broker.host", json!(self.broker.host)),
            ("broker.port", json!(self.broker.port)),
            ("relay.id", json!(self.identity.relay.as_str())),
            ("relay.keys", json!(keys)),
        ]
    }
}

/// A logo that cannot be shown is a warning: a shop sells without it.
fn build_logo(draft: &mut Draft, file: &Path) -> Option<Image> {
    let file = draft.path(file);
    match read_logo(&file) {
        Ok(image) => Some(image),
        Err(why) => {
            let mend = "put a PNG picture of at most 1 MiB there, or leave the key out; until then the shop's \
                        name is shown";
            draft.warn("logo", format_args!("{} cannot be shown: {why}", file.display()), mend);
            None
        }
    }
}

fn read_logo(file: &Path) -> Result<Image, String> {
    let opened = fs::File::open(file).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    opened.take(LOGO_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LOGO_BYTES {
        return Err("the file is larger than 1 MiB".to_owned());
    }
    png::decode(&bytes).map_err(|error| error.to_string())
}

fn judge_idle(draft: &mut Draft, idle: Idle, has_logo: bool, panel: Option<&Panel>) {
    let is_paper = panel.is_some_and(|panel| panel.spec.name.starts_with("epd-"));
    match idle {
        Idle::Clock if is_paper => {
            let what = "e-paper wears and flickers when it is drawn anew each minute";
            draft.fault("idle", what, "use name or picture");
        }
        Idle::Picture if !has_logo => {
            draft.fault("idle", "there is no picture to show", "name its file with logo = \"logo.png\"");
        }
        Idle::Name | Idle::Clock | Idle::Picture => {}
    }
}

fn build_pin(draft: &mut Draft, path: &Path) -> Option<Secret> {
    let pin = draft.secret("key.pin_file", path)?;
    let digits = pin.reveal().bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !(4..=12).contains(&pin.reveal().len()) {
        draft.fault("key.pin_file", "the file does not hold a PIN", "write 4 to 12 digits and nothing else");
    }
    Some(pin)
}
