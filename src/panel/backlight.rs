//! The light behind a panel that the kernel has a file for: HDMI and DSI screens, and boards with an overlay.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::port::panel::PanelFault;

/// Where the kernel keeps one folder for each light.
pub const FOLDER: &str = "/sys/class/backlight";

/// A light with a `brightness` and a `max_brightness` of its own.
#[derive(Debug)]
pub struct Backlight {
    file: PathBuf,
    most: u32,
    /// What it was when it was opened, for putting it back.
    before: u32,
}

impl Backlight {
    /// The light whose folder is `folder`, such as `/sys/class/backlight/10-0045`.
    ///
    /// # Errors
    /// Where it is not there or this user may not set it.
    pub fn open(folder: &Path) -> Result<Self, PanelFault> {
        let file = folder.join("brightness");
        let most = number(&folder.join("max_brightness"))?.max(1);
        let before = number(&file)?;
        // Told now, not when the counter is to go dark at night.
        fs::OpenOptions::new().write(true).open(&file).map_err(|error| fault(&file, &error))?;
        Ok(Self { file, most, before })
    }

    /// The only light there is below `class`, which is [`FOLDER`] outside of tests; none where there is none, or
    /// several.
    #[must_use]
    pub fn only(class: &Path) -> Option<PathBuf> {
        let mut found = fs::read_dir(class).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        found.next().filter(|_| found.next().is_none())
    }

    /// Sets it in percent. What is above 0 is never rounded down to dark.
    ///
    /// # Errors
    /// Where the kernel does not take it.
    pub fn set(&self, percent: u8) -> Result<(), PanelFault> {
        let share = u64::from(self.most) * u64::from(percent.min(100));
        self.write(share.div_ceil(100).min(u64::from(self.most)) as u32)
    }

    /// Makes it as it was when it was opened, or full where it was dark then.
    ///
    /// # Errors
    /// As [`Backlight::set`].
    pub fn put_back(&self) -> Result<(), PanelFault> {
        self.write(if self.before == 0 { self.most } else { self.before })
    }

    fn write(&self, value: u32) -> Result<(), PanelFault> {
        fs::write(&self.file, value.to_string()).map_err(|error| fault(&self.file, &error))
    }
}

fn number(file: &Path) -> Result<u32, PanelFault> {
    let text = fs::read_to_string(file).map_err(|error| fault(file, &error))?;
    text.trim().parse().map_err(|_| PanelFault {
        what: format!("{} holds `{}`, which is no brightness", file.display(), text.trim()),
        mend: format!("name a folder below {FOLDER}"),
    })
}

fn fault(file: &Path, error: &io::Error) -> PanelFault {
    let mend = if error.kind() == io::ErrorKind::PermissionDenied {
        "this user may not set it: run: sudo usermod -aG video qrtill, and start it again".to_owned()
    } else {
        format!("name the folder of the panel's light; `ls {FOLDER}` lists what there is")
    };
    PanelFault { what: format!("the panel's light {}: {error}", file.display()), mend }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(most: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let light = folder.path().join("10-0045");
        fs::create_dir(&light).unwrap();
        fs::write(light.join("max_brightness"), most).unwrap();
        fs::write(light.join("brightness"), "7\n").unwrap();
        folder
    }

    #[test]
    fn percent_becomes_the_lights_own_steps_and_is_put_back() {
        let folder = folder("31\n");
        let only = Backlight::only(folder.path()).unwrap();
        let light = Backlight::open(&only).unwrap();
        let now = || fs::read_to_string(only.join("brightness")).unwrap();
        for (percent, steps) in [(100, "31"), (0, "0"), (1, "1"), (50, "16"), (255, "31")] {
            light.set(percent).unwrap();
            assert_eq!(now(), steps, "{percent} %");
        }
        light.put_back().unwrap();
        assert_eq!(now(), "7");
    }

    #[test]
    fn of_several_lights_none_is_taken_for_the_panels() {
        let folder = folder("255");
        fs::create_dir(folder.path().join("keyboard")).unwrap();
        assert_eq!(Backlight::only(folder.path()), None);
        assert_eq!(Backlight::only(&folder.path().join("none")), None);
    }

    #[test]
    fn a_light_that_is_not_there_says_where_to_look() {
        let fault = Backlight::open(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(fault.to_string().contains("ls /sys/class/backlight"), "{fault}");
        let folder = folder("many");
        let fault = Backlight::open(&folder.path().join("10-0045")).unwrap_err();
        assert!(fault.what.contains("`many`, which is no brightness"), "{fault}");
    }
}
