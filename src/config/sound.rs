//! `[sound]` of `terminal.toml`.

use std::path::Path;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::class::Local;
use super::class::Operational;
use super::draft::Draft;
use crate::sound::Options;
use crate::sound::Way;

pub type Sound = Options;

const VOLUME: u32 = 60;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub kind: Local<Kind>,
    pub chip: Local<PathBuf>,
    pub line: Local<u32>,
    pub active_low: Local<bool>,
    pub pwm: Local<PathBuf>,
    pub channel: Local<u32>,
    pub device: Local<String>,
    /// 0 to 100
    #[schemars(range(max = 100))]
    pub volume: Operational<u32>,
    /// Hours without a sound, such as 22:00-07:00
    pub quiet: Operational<String>,
    /// Whether a key that does nothing ticks
    pub refused_keys: Operational<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    None,
    Gpio,
    Pwm,
    Aplay,
    Flash,
}

/// None where no sound is wanted, which is the default: a counter that was silent stays silent after an update.
pub fn build(draft: &mut Draft, table: Table) -> Option<Sound> {
    let volume = table.volume.0.unwrap_or(VOLUME);
    if volume > 100 {
        draft.fault("sound.volume", format_args!("{volume} is louder than loud"), "use 0 to 100");
    }
    let quiet = table.quiet.0.as_deref().and_then(|text| draft.parse("sound.quiet", text));
    let kind = table.kind.0.unwrap_or(Kind::None);
    if kind == Kind::Gpio && table.volume.0.is_some() {
        let mend = "leave it out, or wire a passive buzzer and set kind to pwm";
        draft.warn("sound.volume", "an active buzzer has one volume", mend);
    }
    let way = match kind {
        Kind::None => return None,
        Kind::Gpio => {
            let mend = "name the line that the buzzer is wired to, such as 18";
            let line = draft.need("sound.line", table.line.0, mend)?;
            let chip = draft.path(table.chip.0.as_deref().unwrap_or(Path::new("/dev/gpiochip0")));
            Way::Gpio { chip, line, active_low: table.active_low.0.unwrap_or(false) }
        }
        Kind::Pwm => {
            let chip = draft.path(table.pwm.0.as_deref().unwrap_or(Path::new("/sys/class/pwm/pwmchip0")));
            Way::Pwm { chip, channel: table.channel.0.unwrap_or(0) }
        }
        Kind::Aplay => {
            let device = table.device.0.unwrap_or_else(|| "default".to_owned());
            if device.is_empty() || device.starts_with('-') {
                let mend = "write a name that `aplay -L` lists, such as default";
                draft.fault("sound.device", format_args!("`{device}` is no sound device"), mend);
            }
            Way::Aplay { program: "aplay".into(), device }
        }
        Kind::Flash => Way::Flash,
    };
    let volume = u8::try_from(volume).unwrap_or(u8::MAX);
    Some(Options { way, volume, quiet, refused_keys: table.refused_keys.0.unwrap_or(true) })
}
