//! Adapters: a sound to something a person can hear. `score`, `wave` and `quiet` are pure; `buzzer` and `aplay` make it
//! heard; here is when, in whose place, and what is done where it cannot be.

pub mod aplay;
pub mod buzzer;
pub mod quiet;
pub mod score;
pub mod wave;

use std::path::Path;
use std::path::PathBuf;
use std::pin::pin;

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::aplay::Aplay;
use self::buzzer::Buzzer;
use self::quiet::Quiet;
use crate::core::event::Sound;

/// Sounds that may wait; the newest that matters is heard.
pub const WAITING: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub way: Way,
    /// 0 to 100; an active buzzer has one volume.
    pub volume: u8,
    pub quiet: Option<Quiet>,
    /// Whether keys that do nothing tick.
    pub refused_keys: bool,
}

/// What a sound is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// An active buzzer.
    Gpio {
        chip: PathBuf,
        line: u32,
        active_low: bool,
    },
    /// A passive one.
    Pwm {
        chip: PathBuf,
        channel: u32,
    },
    Aplay {
        program: PathBuf,
        device: String,
    },
    /// No sound: the screen flashes.
    Flash,
}

/// Why no sound can be made. `mend` is the way out in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {mend}")]
pub struct SoundFault {
    pub what: String,
    pub mend: String,
}

/// A counter's sounds being made.
#[derive(Debug)]
pub struct Sounding {
    /// Why the last sound was not heard; the next one is tried again.
    pub fault: watch::Receiver<Option<SoundFault>>,
    /// Rises with each sound that the screen has to say in its place.
    pub flashes: watch::Receiver<u64>,
    /// Ends after `shutdown`, or when no more sounds can come; all is silent then.
    pub task: JoinHandle<()>,
}

/// Makes the sounds that come in, until `shutdown`. `minute` tells the minute of the day by the clock on the wall.
#[must_use]
pub fn spawn(
    options: Options,
    mut sounds: mpsc::Receiver<Sound>,
    minute: impl Fn() -> u16 + Send + 'static,
    shutdown: CancellationToken,
) -> Sounding {
    let (fault, faults) = watch::channel(None);
    let (flash, flashes) = watch::channel(0);
    let voice = Voice::of(&options);
    let mut maker = Maker { options, voice, fault, flash };
    let task = tokio::spawn(async move {
        maker.voice.silence().await;
        let _told = shutdown.run_until_cancelled(maker.run(&mut sounds, minute)).await;
        maker.voice.silence().await;
    });
    Sounding { fault: faults, flashes, task }
}

struct Maker {
    options: Options,
    voice: Voice,
    fault: watch::Sender<Option<SoundFault>>,
    flash: watch::Sender<u64>,
}

impl Maker {
    async fn run(&mut self, sounds: &mut mpsc::Receiver<Sound>, minute: impl Fn() -> u16) {
        let mut next = None;
        loop {
            let Some(sound) = (match next.take() {
                Some(sound) => Some(sound),
                None => sounds.recv().await,
            }) else {
                return;
            };
            let is_quiet = self.options.quiet.is_some_and(|quiet| quiet.holds(minute()));
            let is_wanted = sound != Sound::KeyRefused || self.options.refused_keys;
            if !is_quiet && is_wanted {
                next = self.make(sound, sounds).await;
            }
        }
    }

    /// Makes one sound; answers another that came meanwhile and breaks it off.
    async fn make(&mut self, sound: Sound, sounds: &mut mpsc::Receiver<Sound>) -> Option<Sound> {
        let (ended, next) = {
            let mut play = pin!(self.voice.play(sound, self.options.volume));
            loop {
                tokio::select! {
                    biased;
                    ended = &mut play => break (Some(ended), None),
                    // None more can come: this one is played to its end.
                    Some(other) = sounds.recv() => {
                        if score::replaces(other, sound) {
                            break (None, Some(other));
                        }
                    }
                }
            }
        };
        match ended {
            Some(ended) => self.judge(ended),
            None => self.voice.silence().await,
        }
        next
    }

    fn judge(&mut self, ended: Result<Heard, SoundFault>) {
        match ended {
            Ok(Heard::Sound) => {
                self.fault.send_replace(None);
            }
            Ok(Heard::Nothing) => self.flash.send_modify(|count| *count += 1),
            Err(fault) => {
                self.flash.send_modify(|count| *count += 1);
                if self.fault.send_replace(Some(fault.clone())).as_ref() != Some(&fault) {
                    tracing::warn!(%fault, "no sound: the screen flashes in its place");
                }
            }
        }
    }
}

enum Heard {
    Sound,
    /// There is nothing to hear it with, by choice.
    Nothing,
}

enum Voice {
    Buzzer { buzzer: Box<dyn Buzzer>, path: PathBuf },
    Aplay(Aplay),
    None,
}

impl Voice {
    fn of(options: &Options) -> Self {
        match options.way.clone() {
            Way::Gpio { chip, line, active_low } => {
                let buzzer = Box::new(buzzer::Gpio::new(chip.clone(), line, active_low));
                Self::Buzzer { buzzer, path: chip }
            }
            Way::Pwm { chip, channel } => {
                let buzzer = Box::new(buzzer::Pwm::new(chip.clone(), channel, options.volume));
                Self::Buzzer { buzzer, path: chip }
            }
            Way::Aplay { program, device } => Self::Aplay(Aplay::new(program, device)),
            Way::Flash => Self::None,
        }
    }

    async fn play(&mut self, sound: Sound, volume: u8) -> Result<Heard, SoundFault> {
        let notes = score::notes(sound);
        match self {
            Self::Buzzer { buzzer, path } => {
                let played = buzzer::play(buzzer.as_mut(), notes).await;
                played.map_err(|error| {
                    let what = format!("the buzzer at {} does not work: {error}", path.display());
                    SoundFault { what, mend: "`qrtill check` tells what is in the way".to_owned() }
                })?;
            }
            Self::Aplay(aplay) => {
                let wave = wave::encode(notes, volume);
                let played = aplay.play(&wave, score::length(sound)).await;
                played.map_err(|error| {
                    let what = format!("aplay plays nothing: {error}");
                    SoundFault { what, mend: "`aplay -L` lists what can be set as sound.device".to_owned() }
                })?;
            }
            Self::None => return Ok(Heard::Nothing),
        }
        Ok(Heard::Sound)
    }

    async fn silence(&mut self) {
        match self {
            Self::Buzzer { buzzer, .. } => {
                // One that cannot be reached cannot be on; the next sound says what is wrong with it.
                let _broken = buzzer.set(None);
            }
            Self::Aplay(aplay) => aplay.silence().await,
            Self::None => {}
        }
    }
}

/// Whether a sound can be made, without making one. `path` is where programs are looked for.
///
/// # Errors
/// What is in the way, and the way out.
pub fn probe(way: &Way, path: Option<&std::ffi::OsStr>) -> Result<(), SoundFault> {
    let fault = |what: String, mend: &str| Err(SoundFault { what, mend: mend.to_owned() });
    match way {
        Way::Flash => Ok(()),
        Way::Gpio { chip: device, .. } | Way::Pwm { chip: device, .. } => {
            let is_pwm = matches!(way, Way::Pwm { .. });
            let probed = if is_pwm { buzzer::probe_pwm(device) } else { buzzer::probe(device) };
            let Err(error) = probed else { return Ok(()) };
            let shown = device.display();
            if error.kind() == std::io::ErrorKind::PermissionDenied {
                let mend = "run `sudo usermod -aG gpio qrtill`, with the name of the user it runs as, and start it again";
                return fault(format!("this user may not use {shown}"), mend);
            }
            let mend = "`ls /dev/gpiochip* /sys/class/pwm/` lists what is there; PWM is switched on by \
                        `dtoverlay=pwm` in /boot/firmware/config.txt";
            fault(format!("there is no {shown}"), mend)
        }
        Way::Aplay { program, .. } => {
            if !aplay::is_installed(program, path) {
                let mend = "run `sudo apt install alsa-utils`, or set kind to flash";
                return fault(format!("there is no program `{}`", program.display()), mend);
            }
            cards(Path::new("/dev/snd"))
        }
    }
}

/// Whether there is a sound card, and this user may use it.
fn cards(folder: &Path) -> Result<(), SoundFault> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut cards = entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("/pcm"));
    let Some(card) = cards.next() else {
        let mend =
            "plug one in, switch `dtparam=audio=on` on in /boot/firmware/config.txt, or set kind to flash";
        return Err(SoundFault { what: "this machine has no sound card".to_owned(), mend: mend.to_owned() });
    };
    buzzer::probe(&card).map_err(|_| {
        let mend =
            "run `sudo usermod -aG audio qrtill`, with the name of the user it runs as, and start it again";
        SoundFault { what: "this user may not use the sound card".to_owned(), mend: mend.to_owned() }
    })
}

#[cfg(test)]
mod tests;
