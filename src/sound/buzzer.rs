//! Buzzers on a pin: an active one hums by itself while its line is on, a passive one is a small loudspeaker for a
//! square wave.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use gpiocdev::Request;
use gpiocdev::line::Value;
use tokio::time::Instant;

use super::score::Note;

/// A wire that beeps.
pub trait Buzzer: Send {
    /// On with this pitch, or off. Anything that can beep can be turned off before it ever was on.
    ///
    /// # Errors
    /// It does not beep; the next call tries anew.
    fn set(&mut self, hz: Option<u32>) -> io::Result<()>;
}

/// Plays the beeps. Whoever drops this before its end turns the buzzer off.
pub async fn play(buzzer: &mut dyn Buzzer, notes: &[Note]) -> io::Result<()> {
    let start = Instant::now();
    for note in notes {
        tokio::time::sleep_until(start + note.start).await;
        buzzer.set(Some(note.hz))?;
        tokio::time::sleep_until(start + note.start + note.length).await;
        buzzer.set(None)?;
    }
    Ok(())
}

/// An active buzzer on a GPIO line.
#[derive(Debug)]
pub struct Gpio {
    chip: PathBuf,
    line: u32,
    /// It hums while the line is low.
    active_low: bool,
    request: Option<Request>,
}

impl Gpio {
    #[must_use]
    pub fn new(chip: PathBuf, line: u32, active_low: bool) -> Self {
        Self { chip, line, active_low, request: None }
    }

    fn request(&self) -> gpiocdev::Result<Request> {
        let mut builder = Request::builder();
        builder.on_chip(&self.chip).with_consumer("qrtill buzzer").with_line(self.line);
        if self.active_low {
            builder.as_active_low();
        }
        builder.as_output(Value::Inactive).request()
    }
}

impl Buzzer for Gpio {
    fn set(&mut self, hz: Option<u32>) -> io::Result<()> {
        let request = match self.request.take() {
            Some(request) => request,
            None => self.request().map_err(io::Error::other)?,
        };
        request.set_lone_value(Value::from(hz.is_some())).map_err(io::Error::other)?;
        self.request = Some(request);
        Ok(())
    }
}

/// A passive buzzer on a PWM channel of the kernel, by its files below `/sys/class/pwm`.
#[derive(Debug)]
pub struct Pwm {
    chip: PathBuf,
    channel: u32,
    /// 0 to 100.
    volume: u8,
}

impl Pwm {
    /// The channel is asked for at once: udev then needs a moment to give its files to the group that this user is in.
    #[must_use]
    pub fn new(chip: PathBuf, channel: u32, volume: u8) -> Self {
        let pwm = Self { chip, channel, volume };
        if let Err(error) = pwm.export() {
            tracing::debug!(%error, chip = %pwm.chip.display(), "the channel of the buzzer cannot be had yet");
        }
        pwm
    }

    fn write(&self, file: &str, value: u64) -> io::Result<()> {
        let folder = self.chip.join(format!("pwm{}", self.channel));
        fs::write(folder.join(file), value.to_string())
    }

    fn export(&self) -> io::Result<()> {
        if self.chip.join(format!("pwm{}", self.channel)).is_dir() {
            return Ok(());
        }
        fs::write(self.chip.join("export"), self.channel.to_string())
    }
}

impl Buzzer for Pwm {
    fn set(&mut self, hz: Option<u32>) -> io::Result<()> {
        let Some(hz) = hz else {
            // One that was never switched on is off.
            let off = self.write("enable", 0);
            return off
                .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) });
        };
        self.export()?;
        let period = 1_000_000_000 / u64::from(hz.max(1));
        // Half of the period is loudest; loudness as people hear it goes with the square.
        let volume = u64::from(self.volume.min(100));
        let duty = period / 2 * volume * volume / 10_000;
        // A duty longer than its period is refused, so it goes down before the period can.
        self.write("duty_cycle", 0)?;
        self.write("period", period)?;
        self.write("duty_cycle", duty)?;
        self.write("enable", 1)
    }
}

/// Whether this user may use the device; what is in the way otherwise.
pub fn probe(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK)?)
}

/// The same of a PWM chip, which is a folder: its channels come by writing to a file in it, which nobody reads.
pub fn probe_pwm(chip: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(chip.join("export"), rustix::fs::Access::WRITE_OK)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::Sound;
    use crate::sound::score::notes;

    /// What was set, and when.
    struct Fake(Vec<(u64, Option<u32>)>, Instant);

    impl Buzzer for Fake {
        fn set(&mut self, hz: Option<u32>) -> io::Result<()> {
            let at = u64::try_from(self.1.elapsed().as_millis()).unwrap();
            self.0.push((at, hz));
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_buzzer_is_on_for_each_beep_and_off_behind_it() {
        let mut fake = Fake(Vec::new(), Instant::now());
        play(&mut fake, notes(Sound::Paid)).await.unwrap();
        let set: Vec<Option<u32>> = fake.0.iter().map(|(_, hz)| *hz).collect();
        assert_eq!(set, [Some(1760), None, Some(2093), None]);
        for ((at, _), due) in fake.0.iter().zip([0, 110, 160, 300]) {
            assert!(*at >= due, "{at} ms, due at {due}");
        }
    }

    #[test]
    fn a_pwm_channel_is_exported_once_and_never_has_a_duty_over_its_period() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut pwm = Pwm::new(dir.path().to_owned(), 0, 100);
        pwm.set(None).expect("nothing was on");
        assert!(pwm.set(Some(1000)).is_err(), "the kernel makes the channel's folder, and there is none");
        assert_eq!(fs::read_to_string(dir.path().join("export")).unwrap(), "0");
        fs::create_dir(dir.path().join("pwm0")).unwrap();
        pwm.set(Some(1000)).unwrap();
        let read = |file: &str| fs::read_to_string(dir.path().join("pwm0").join(file)).unwrap();
        assert_eq!(
            (read("period"), read("duty_cycle"), read("enable")),
            ("1000000".into(), "500000".into(), "1".into())
        );
        Pwm::new(dir.path().to_owned(), 0, 10).set(Some(500)).unwrap();
        assert_eq!((read("period"), read("duty_cycle")), ("2000000".into(), "10000".into()));
        pwm.set(None).unwrap();
        assert_eq!(read("enable"), "0");
    }

    #[test]
    fn a_pwm_chip_is_judged_by_the_file_that_makes_channels() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(probe_pwm(dir.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(dir.path().join("export"), "").unwrap();
        // As the kernel has it: nobody reads there.
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o200);
        fs::set_permissions(dir.path().join("export"), permissions).unwrap();
        probe_pwm(dir.path()).unwrap();
    }
}
