//! `[panel]` and `[cashier_panel]`: their mirror, and the panels they stand for. Each kind of panel has keys of
//! its own; one that belongs to another kind is refused, since it would do nothing.

use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::draft::Draft;
use crate::panel::Device;
use crate::panel::headless;
use crate::port::panel;
use crate::port::panel::PANELS;
use crate::port::panel::PanelSpec;
use crate::ui::Audience;

/// The keys of all kinds together.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Headless,
}

impl Kind {
    /// The keys this kind has besides `name` and `kind`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Headless => &["file"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Headless => "headless",
        }
    }
}

/// A panel of the counter, before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    pub spec: PanelSpec,
    pub device: Device,
}

/// The panel of the table at `at`, which faces `audience`.
pub fn build(draft: &mut Draft, at: &str, table: Table, audience: Audience) -> Option<Panel> {
    let kind = table.kind.unwrap_or(Kind::Headless);
    refuse_other_kinds(draft, at, &table, kind);
    let spec = spec(draft, at, table.name.as_deref(), audience)?;
    let device = match kind {
        Kind::Headless => Some(build_headless(draft, table)),
    };
    Some(Panel { spec, device: device? })
}

fn refuse_other_kinds(draft: &mut Draft, at: &str, table: &Table, kind: Kind) {
    let Ok(serde_json::Value::Object(keys)) = serde_json::to_value(table) else { return };
    let set = keys.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.as_str());
    for key in set.filter(|key| !["name", "kind"].contains(key) && !kind.keys().contains(key)) {
        let what = format!("a panel of kind `{}` has no such key", kind.name());
        draft.fault(&format!("{at}.{key}"), what, format_args!("its keys are {}", kind.keys().join(", ")));
    }
}

fn spec(draft: &mut Draft, at: &str, name: Option<&str>, audience: Audience) -> Option<PanelSpec> {
    let key = format!("{at}.name");
    let Some(name) = name.or((audience == Audience::Customer).then_some(PANELS[0].name)) else {
        return draft.need(&key, None, "name the size, such as name = \"oled-128x64\"");
    };
    let Some(spec) = panel::find(name) else {
        let names: Vec<_> = PANELS.iter().map(|panel| panel.name).collect();
        let mend = format!("use one of {}", names.join(", "));
        draft.fault(&key, format_args!("there is no panel `{name}`"), mend);
        return None;
    };
    if audience == Audience::Customer && Audience::of(spec) == Audience::Cashier {
        let what = format!("{name} has room for a few lines and for no code, which customers need");
        let mend = "take a larger one for them, such as tft-240x320, and make this one the [cashier_panel]";
        draft.fault(&key, what, mend);
    }
    Some(*spec)
}

fn build_headless(draft: &mut Draft, table: Table) -> Device {
    Device::Headless(headless::Options { file: table.file.map(|file| draft.path(&file)) })
}
