//! `[light]`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::config::class::Operational;
use crate::config::draft::Draft;
use crate::config::within::Within;
use crate::panel::care::Light;

/// A day: whoever wants more wants never.
const LONGEST_S: u64 = 86_400;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// The panels' light, in percent
    #[schemars(range(min = 1, max = 100))]
    pub bright: Operational<u8>,
    /// The light of a panel that is dimmed, in percent
    #[schemars(range(max = 100))]
    pub dim: Operational<u8>,
    /// After so long without a key or anything new a panel is dimmed; 0 is never
    pub dim_after_s: Operational<Within<0, LONGEST_S>>,
    /// After so long it is dark; 0 is never
    pub dark_after_s: Operational<Within<0, LONGEST_S>>,
}

pub fn build(draft: &mut Draft, table: &Table) -> Light {
    let usual = Light::default();
    let light = Light {
        bright: table.bright.0.unwrap_or(usual.bright),
        dim: table.dim.0.unwrap_or(usual.dim),
        dim_after: draft.seconds("light.dim_after_s", table.dim_after_s.0, usual.dim_after),
        dark_after: draft.seconds("light.dark_after_s", table.dark_after_s.0, usual.dark_after),
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
