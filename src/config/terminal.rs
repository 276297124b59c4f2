//! `terminal.toml`: its mirror, and the values it stands for.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::broker;
use super::draft::Draft;
use super::keypad;
use super::keypad::Keypad;
use super::panel;
use super::panel::Panel;
use super::sale;
use super::sound;
use super::sound::Sound;
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

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mirror {
    pub id: Option<String>,
    pub mode: Option<Mode>,
    pub data: Option<PathBuf>,
    pub lang: Option<String>,
    pub shop: Option<String>,
    pub logo: Option<PathBuf>,
    pub idle: Option<Idle>,
    pub panel: panel::Table,
    pub cashier_panel: Option<panel::Table>,
    pub light: panel::light::Table,
    pub keypad: keypad::Table,
    pub another_keypad: Vec<keypad::Table>,
    pub sound: sound::Table,
    pub sale: sale::Table,
    pub link: LinkTable,
    pub broker: broker::Table,
    pub relay: RelayTable,
    pub key: KeyTable,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkTable {
    pub hosts: Option<Vec<String>>,
    pub sandbox_origin: Option<String>,
    pub standing: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelayTable {
    pub id: Option<String>,
    pub keys: Option<Vec<String>>,
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
    let lang = mirror.lang.map_or(Some(Lang::default()), |text| draft.parse("lang", &text));
    let panel = panel::build(draft, "panel", mirror.panel, Audience::Customer);
    let cashier_panel = panel::build_cashier(draft, mirror.cashier_panel);
    Some(Panels {
        panel: panel?,
        cashier_panel: cashier_panel?,
        lang: lang?,
        shop: mirror.shop.unwrap_or_default(),
    })
}

/// The values, unless a fault makes them impossible; `draft` has all faults.
pub fn build(draft: &mut Draft, mirror: Mirror) -> Option<Terminal> {
    let id = draft.need("id", mirror.id, "give the terminal a name, such as id = \"counter-1\"");
    let id = id.and_then(|text| draft.terminal_id("id", &text));
    let relay_id = mirror.relay.id.unwrap_or_else(|| "main".to_owned());
    let relay = draft.parse("relay.id", &relay_id);
    let mode = mirror.mode.unwrap_or(Mode::Test);
    let data = draft.path(mirror.data.as_deref().unwrap_or(Path::new(DATA)));
    let lang = mirror.lang.map_or(Some(Lang::default()), |text| draft.parse("lang", &text));
    let panel = panel::build(draft, "panel", mirror.panel, Audience::Customer);
    let cashier_panel = panel::build_cashier(draft, mirror.cashier_panel);
    let light = panel::light::build(draft, &mirror.light);
    let idle = mirror.idle.unwrap_or_default();
    judge_idle(draft, idle, mirror.logo.is_some(), panel.as_ref());
    let logo = mirror.logo.and_then(|file| build_logo(draft, &file));
    let keypads = keypad::build(draft, mirror.keypad, mirror.another_keypad);
    let sound = sound::build(draft, mirror.sound);
    let allowed = draft.allow_list(mirror.link.hosts, mirror.link.sandbox_origin, mode);
    if let Some(url) = &mirror.link.standing {
        draft.link("link.standing", url, &allowed);
    }
    let user = id.as_ref().map_or("terminal", |id| id.as_str());
    let broker = broker::build(draft, mirror.broker, user);
    let keys =
        draft.need("relay.keys", mirror.relay.keys, "put in what `qrtill key show` prints at the relay");
    let trust = keys.and_then(|keys| draft.trust("relay.keys", &keys, Role::Relay, EXAMPLE_RELAY_KEY));
    let file = mirror.key.file.unwrap_or_else(|| "terminal.key".into());
    let key = draft.private_key("key.file", &file);
    let pin = mirror.key.pin_file.and_then(|path| build_pin(draft, &path));
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
            standing: mirror.link.standing,
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
        shop: mirror.shop.unwrap_or_default(),
        logo,
        idle,
    })
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
