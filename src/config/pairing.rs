//! `[pairing]`: a terminal that is given its name by an operator. Until then it has its panels and the way to the
//! broker; after, what the operator said is a layer below its own file.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::Layer;
use super::broker;
use super::draft::Draft;
use super::fault::Fault;
use super::fault::Place;
use super::layer;
use super::layer::Under;
use super::panel;
use super::panel::Panel;
use super::terminal;
use super::terminal::Mirror;
use super::text;
use crate::mqtt::access::Who;
use crate::panel::care::Light;
use crate::terminal::pairing::About;
use crate::terminal::pairing::Files;
use crate::terminal::pairing::Way;
use crate::ui::Audience;
use crate::ui::lang::Lang;

/// Where the shipped `fleet.conf` of Mosquitto takes accounts with a password.
const PEOPLES_PORT: u16 = 8884;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub port: Option<u16>,
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
}

/// A terminal that has no name yet.
pub struct Fresh {
    pub panel: Panel,
    pub cashier_panel: Option<Panel>,
    pub light: Light,
    pub lang: Lang,
    pub shop: String,
    /// The folder of the journal that there will be.
    pub data: PathBuf,
    pub files: Files,
    pub about: About,
    /// None where no account is named: everything is carried by hand then.
    pub way: Option<Way>,
}

/// The values, unless a fault makes them impossible; `draft` has all faults.
pub fn build(draft: &mut Draft, mirror: Mirror) -> Option<Fresh> {
    let data = draft.path(data(&mirror));
    let lang = mirror.lang.0.map_or(Some(Lang::default()), |text| draft.parse("lang", &text));
    let panel = panel::build(draft, "panel", mirror.panel.0.unwrap_or_default(), Audience::Customer);
    let cashier_panel = panel::build_cashier(draft, mirror.cashier_panel.0);
    let light = panel::light::build(draft, &mirror.light);
    let way = build_way(draft, mirror.broker, mirror.pairing.0.unwrap_or_default());
    let panel = panel?;
    Some(Fresh {
        about: About { version: env!("CARGO_PKG_VERSION").to_owned(), panel: panel.spec.name.to_owned() },
        panel,
        cashier_panel: cashier_panel?,
        light,
        lang: lang?,
        shop: mirror.shop.0.unwrap_or_default(),
        files: Files::of(&data),
        data,
        way: way?,
    })
}

/// As [`build`], without the account at the broker: whoever carries files need not be able to read its password.
pub fn build_by_hand(draft: &mut Draft, mirror: Mirror) -> Option<Fresh> {
    build(draft, Mirror { pairing: None.into(), ..mirror })
}

/// The way to the same broker over another of its listeners; the outer none where that cannot be told.
fn build_way(draft: &mut Draft, mut table: broker::Table, pairing: Table) -> Option<Option<Way>> {
    let host = table.host.0.as_deref().unwrap_or("127.0.0.1");
    let encrypted = table.tls.0.unwrap_or(!broker::is_here(host));
    // What it will be known by later is not there yet.
    (table.cert_file.0, table.key_file.0, table.password_file.0) = (None, None, None);
    table.port.0 = pairing.port.or(if encrypted { Some(PEOPLES_PORT) } else { table.port.0 });
    table.username.0 = pairing.username.or_else(|| Some(Who::Pairing.user_name()));
    let (mut broker, topics) = broker::build(draft, table, &Who::Pairing.user_name())?;
    let Some(file) = pairing.password_file else { return Some(None) };
    broker.password = Some(draft.secret("pairing.password_file", &file)?);
    Some(Some(Way { broker, topics }))
}

fn data(mirror: &Mirror) -> &Path {
    mirror.data.0.as_deref().unwrap_or(Path::new(terminal::DATA))
}

/// Whether a terminal with this file waits for its name: `[pairing]` is there, and neither an id nor an operator's
/// answer.
#[must_use]
pub fn is_awaited(file: &Path, own: &str, variables: &[(String, String)]) -> bool {
    let Some((mirror, files)) = paired(file, own, variables) else { return false };
    // A folder that cannot be looked into is told of by whoever reads the answer in it.
    mirror.id.0.is_none() && files.is_paired().is_ok_and(|paired| !paired)
}

/// What an operator has said to a terminal with this file, as the layer below it.
#[must_use]
pub fn answered(file: &Path, own: &str, variables: &[(String, String)]) -> Option<Under> {
    let (mirror, files) = paired(file, own, variables)?;
    let path = files.settings();
    match fs::read_to_string(&path) {
        Ok(said) => Some(under(&mirror, &path, &said)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            let mend = "run it as the user qrtill runs as; to pair anew: qrtill pair --anew";
            let what = format!("what this terminal was paired with cannot be read: {error}");
            let fault = Fault::new(Place::File(path), "", what, mend);
            Some(Under { faults: vec![fault], ..Under::default() })
        }
    }
}

/// As [`answered`], with `said` in the place of what is kept.
#[must_use]
pub fn as_if_answered(file: &Path, own: &str, said: &str, variables: &[(String, String)]) -> Option<Under> {
    let (mirror, files) = paired(file, own, variables)?;
    Some(under(&mirror, &files.settings(), said))
}

/// None for a terminal whose own file does not speak of pairing: what lies about of an earlier one is not in force. An
/// empty table is one too.
fn paired(file: &Path, own: &str, variables: &[(String, String)]) -> Option<(Mirror, Files)> {
    let (mirror, origins, faults) = layer::read::<Mirror>(file, own, None, None, variables);
    let is_said = mirror.pairing.0.is_some() || origins.layer("pairing") == Layer::File;
    let files = Files::of(&Draft::new(file, origins, faults).path(data(&mirror)));
    is_said.then_some((mirror, files))
}

/// The operator's words, and where this terminal's own keys are, which no operator knows.
fn under(mirror: &Mirror, path: &Path, said: &str) -> Under {
    let (mut of_operator, spots, faults) = text::read::<Mirror>(path, said);
    let files = Files::of(data(mirror));
    of_operator.key = Some(terminal::KeyTable { file: Some(files.key()), pin_file: None }).into();
    of_operator.broker.cert_file = Some(files.certificate()).into();
    of_operator.broker.key_file = Some(files.certificate_key()).into();
    Under { values: layer::without_nulls(&of_operator), spots: Some(spots), faults }
}
