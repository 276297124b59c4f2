//! `[light]`.

use serde::Deserialize;
use serde::Serialize;

use crate::config::draft::Draft;
use crate::panel::care::Light;

/// A day: whoever wants more wants never.
const LONGEST_S: u64 = 86_400;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub bright: Option<u8>,
    pub dim: Option<u8>,
    pub dim_after_s: Option<u64>,
    pub dark_after_s: Option<u64>,
}

pub fn build(draft: &mut Draft, table: &Table) -> Light {
    let usual = Light::default();
    let light = Light {
        bright: table.bright.unwrap_or(usual.bright),
        dim: table.dim.unwrap_or(usual.dim),
        dim_after: draft.seconds("light.dim_after_s", table.dim_after_s, usual.dim_after, 0..=LONGEST_S),
        dark_after: draft.seconds("light.dark_after_s", table.dark_after_s, usual.dark_after, 0..=LONGEST_S),
    };
    if !(1..=100).contains(&light.bright) {
        let what = format!("a panel cannot be lit to {} percent", light.bright);
        draft.fault("light.bright", what, "use 1 to 100");
    } else if light.dim > light.bright {
        let what = format!("dimmed to {} percent it is brighter than at {}", light.dim, light.bright);
        draft.fault("light.dim", what, "use less than `bright`");
    }
    if !light.dark_after.is_zero() && light.dark_after < light.dim_after {
        let what = "the panel is dark before it is to be dimmed";
        draft.fault("light.dark_after_s", what, "use more than `dim_after_s`, or 0 for one of the two");
    }
    light
}
