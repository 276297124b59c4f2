//! How worn the disk under a journal is, as far as it tells: a card at a counter is written to for years and then fails
//! at once. SD cards tell nothing of themselves; their file system has counted for them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::major;
use rustix::fs::minor;

/// What was found of one disk. What it does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wear {
    /// The kernel's name of it, such as `mmcblk0p2`.
    pub name: String,
    /// KiB written since the file system was made.
    pub written_kib: Option<u64>,
    /// Errors that the file system has met.
    pub errors: Option<u64>,
    /// Percent of its life that are used up, rounded up to tens; 110 is past the end. Only eMMC and the like tell it.
    pub used: Option<u32>,
    /// It has little left in place of what is worn out.
    pub is_ending: bool,
}

impl Wear {
    /// Of the disk that holds `data`, or the nearest folder above that is there; `root` is `/` but in tests. `None`
    /// where nothing is told, as on a disk in memory.
    #[must_use]
    pub fn of(root: &Path, data: &Path) -> Option<Self> {
        let device = data.ancestors().find_map(|folder| fs::metadata(folder).ok())?.dev();
        Self::read(root, (major(device), minor(device)))
    }

    /// Of the block device of that number. ext4 counts in /sys/fs/ext4 (kernel documentation, sysfs-fs-ext4), an eMMC
    /// tells of itself in `life_time` and `pre_eol_info` (mmc-dev-attrs).
    fn read(root: &Path, (major, minor): (u32, u32)) -> Option<Self> {
        let block = fs::canonicalize(root.join(format!("sys/dev/block/{major}:{minor}"))).ok()?;
        let name = block.file_name()?.to_string_lossy().into_owned();
        let disk = if block.join("partition").exists() { block.parent()?.to_owned() } else { block };
        let counts = root.join("sys/fs/ext4").join(&name);
        let device = disk.join("device");
        // Of two kinds of memory the one that is worn more counts.
        let lives = fs::read_to_string(device.join("life_time")).unwrap_or_default();
        let used = lives.split_whitespace().filter_map(hex).filter(|tenths| *tenths > 0).max();
        let reserve = fs::read_to_string(device.join("pre_eol_info")).ok().as_deref().and_then(hex);
        Some(Self {
            name,
            written_kib: number(&counts.join("lifetime_write_kbytes")),
            errors: number(&counts.join("errors_count")),
            used: used.map(|tenths| tenths * 10),
            is_ending: reserve.is_some_and(|reserve| reserve > 1),
        })
    }

    /// What it tells that is no complaint, in words; empty where it tells nothing.
    #[must_use]
    pub fn told(&self) -> String {
        let written = self.written_kib.map(|kib| format!("{} GiB written so far", kib >> 20));
        let used = self.used.map(|percent| format!("at most {percent} % of its life used up"));
        written.into_iter().chain(used).collect::<Vec<_>>().join(", ")
    }

    /// What is not well with it.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        match self.errors {
            Some(errors @ 1..) => Some(format!("its file system has met {errors} errors")),
            Some(0) | None if self.is_ending || self.used.is_some_and(|percent| percent > 90) => {
                Some("it is nearly worn out".to_owned())
            }
            Some(0) | None => None,
        }
    }
}

fn number(path: &PathBuf) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A machine whose device 179:2 is the second partition of an eMMC or a card.
    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        put("sys/devices/mmc0/block/mmcblk0/mmcblk0p2/partition", "2\n");
        for (name, text) in files {
            put(name, text);
        }
        fs::create_dir_all(root.path().join("sys/dev/block")).expect("made");
        symlink("../../devices/mmc0/block/mmcblk0/mmcblk0p2", root.path().join("sys/dev/block/179:2"))
            .expect("linked");
        root
    }

    const LIFE: &str = "sys/devices/mmc0/block/mmcblk0/device/life_time";
    const RESERVE: &str = "sys/devices/mmc0/block/mmcblk0/device/pre_eol_info";
    const WRITTEN: &str = "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes";
    const ERRORS: &str = "sys/fs/ext4/mmcblk0p2/errors_count";

    fn wear(files: &[(&str, &str)]) -> Wear {
        Wear::read(machine(files).path(), (179, 2)).expect("a disk")
    }

    #[test]
    fn a_card_tells_what_its_file_system_has_counted() {
        let card = wear(&[(WRITTEN, "52428800\n"), (ERRORS, "0\n")]);
        assert_eq!((card.name.as_str(), card.told().as_str()), ("mmcblk0p2", "50 GiB written so far"));
        assert_eq!(card.complaint(), None);
        let failing = wear(&[(WRITTEN, "52428800\n"), (ERRORS, "3\n")]);
        assert_eq!(failing.complaint().as_deref(), Some("its file system has met 3 errors"));
    }

    #[test]
    fn an_emmc_tells_how_much_of_it_is_used_up() {
        let fresh = wear(&[(LIFE, "0x01 0x02\n"), (RESERVE, "0x01\n")]);
        assert_eq!(fresh.told(), "at most 20 % of its life used up");
        assert_eq!(fresh.complaint(), None);
        for files in
            [[(LIFE, "0x0b 0x01\n"), (RESERVE, "0x01\n")], [(LIFE, "0x00 0x00\n"), (RESERVE, "0x03\n")]]
        {
            assert_eq!(wear(&files).complaint().as_deref(), Some("it is nearly worn out"), "{files:?}");
        }
    }

    #[test]
    fn a_disk_that_tells_nothing_is_not_complained_of_and_one_in_memory_is_none() {
        let silent = wear(&[]);
        assert_eq!((silent.told().as_str(), silent.complaint()), ("", None));
        assert_eq!(Wear::read(machine(&[]).path(), (0, 42)), None);
    }
}
