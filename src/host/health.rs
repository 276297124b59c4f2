//! How the machine is: heat, supply, clock and disk. A Pi on a counter fails slowly, and says so here first.

use std::fs;
use std::path::Path;

use rustix::fs::StatVfsMountFlags;
use rustix::fs::statvfs;

use crate::core::moment::CLOCK_SET_UNIX_MS;

/// Hotter than this and the Pi slows itself down (Raspberry Pi documentation, "Frequency management and thermal
/// control": the soft limit of a Pi 3 is 60 °C, the hard one of all is 85 °C).
const HOT_MILLI_C: i64 = 80_000;
/// A book of years has less; a log that ran wild has filled the rest.
const LEAST_FREE: u64 = 64 << 20;

/// What was found. What a machine does not tell is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Of the processor, in thousandths of a degree Celsius.
    pub milli_c: Option<i64>,
    /// Whether the supply is too weak now.
    pub under_voltage: Option<bool>,
    /// Whether the processor slows itself down now.
    pub throttled: Option<bool>,
    /// Whether a time server was heard since the start, or the clock is at least not of the past.
    pub clock_set: bool,
    /// Bytes this user may still write where the journal is.
    pub free: Option<u64>,
    pub read_only: bool,
}

/// One thing that is not well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Names the kind, whatever the figures in the words.
    pub kind: Kind,
    pub what: String,
    pub mend: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Heat,
    Supply,
    Slow,
    Clock,
    Disk,
    ReadOnly,
}

impl Health {
    /// Reads it below `root`, which is `/` but in tests, for a journal in `data` (which need not be there yet).
    #[must_use]
    pub fn read(root: &Path, data: &Path, unix_ms: i64) -> Self {
        let disk = data.ancestors().find_map(|folder| statvfs(folder).ok());
        let bits = hex(&root.join("sys/devices/platform/soc/soc:firmware/get_throttled"));
        Self {
            milli_c: number(&root.join("sys/class/thermal/thermal_zone0/temp")),
            under_voltage: under_voltage(root).or(bits.map(|bits| bits & 1 != 0)),
            // Bits 1 and 2 of the firmware's word: clock capped, throttled (vcgencmd get_throttled).
            throttled: bits.map(|bits| bits & 0b110 != 0),
            clock_set: unix_ms >= CLOCK_SET_UNIX_MS && is_synchronized(root),
            free: disk.as_ref().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            read_only: disk.is_some_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY)),
        }
    }

    /// Everything that is not well, in a fixed order.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let mut found = Vec::new();
        let mut tell = |kind, what: String, mend| found.push(Complaint { kind, what, mend });
        if let Some(milli_c) = self.milli_c.filter(|milli_c| *milli_c >= HOT_MILLI_C) {
            let what = format!("the processor is at {} °C", milli_c / 1000);
            tell(Kind::Heat, what, "give the case openings, or a heat sink, and take it out of the sun");
        }
        if self.under_voltage == Some(true) {
            let what = "the supply gives too little voltage".to_owned();
            tell(Kind::Supply, what, "use the Pi's own supply and a short, thick cable: writes can be lost");
        }
        if self.throttled == Some(true) && self.under_voltage != Some(true) {
            let what = "the processor slows itself down".to_owned();
            tell(Kind::Slow, what, "give it air, or a better supply");
        }
        if !self.clock_set {
            let what = "no time server was heard, and a Pi has no clock of its own".to_owned();
            tell(Kind::Clock, what, "times in the book may be wrong until one is; no sale is lost by it");
        }
        if self.read_only {
            let what = "the journal's disk takes no writes".to_owned();
            tell(
                Kind::ReadOnly,
                what,
                "give data a place on a disk that can be written; a worn card turns so too",
            );
        } else if let Some(free) = self.free.filter(|free| *free < LEAST_FREE) {
            let what = format!("the journal's disk has {} MiB left", free >> 20);
            tell(Kind::Disk, what, "free space; with none left nothing can be sold");
        }
        found
    }
}

/// What the kernel's driver of the Pi's voltage monitor says (raspberrypi-hwmon).
fn under_voltage(root: &Path) -> Option<bool> {
    let sensors = fs::read_dir(root.join("sys/class/hwmon")).ok()?;
    let of_pi =
        |sensor: &Path| fs::read_to_string(sensor.join("name")).is_ok_and(|name| name.trim() == "rpi_volt");
    let sensor = sensors.flatten().map(|sensor| sensor.path()).find(|sensor| of_pi(sensor))?;
    number(&sensor.join("in0_lcrit_alarm")).map(|alarm| alarm != 0)
}

/// systemd-timesyncd says when it has set the clock. Where another program does that, the clock is believed.
fn is_synchronized(root: &Path) -> bool {
    let run = root.join("run/systemd/timesync");
    !run.exists() || run.join("synchronized").exists()
}

fn number(path: &Path) -> Option<i64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn hex(path: &Path) -> Option<u32> {
    let text = fs::read_to_string(path).ok()?;
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = CLOCK_SET_UNIX_MS + 1;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        root
    }

    fn kinds(health: &Health) -> Vec<Kind> {
        health.complaints().iter().map(|complaint| complaint.kind).collect()
    }

    #[test]
    fn a_machine_that_tells_nothing_has_nothing_to_complain_of() {
        let root = machine(&[]);
        let health = Health::read(root.path(), root.path(), NOW);
        assert_eq!((health.milli_c, health.under_voltage, health.throttled), (None, None, None));
        let roomy = Health { free: Some(u64::MAX), read_only: false, ..health };
        assert_eq!(kinds(&roomy), []);
    }

    #[test]
    fn a_hot_pi_on_a_weak_supply_says_both() {
        let root = machine(&[
            ("sys/class/thermal/thermal_zone0/temp", "83912\n"),
            ("sys/class/hwmon/hwmon0/name", "cpu_thermal\n"),
            ("sys/class/hwmon/hwmon1/name", "rpi_volt\n"),
            ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n"),
            ("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n"),
        ]);
        let health = Health { free: None, ..Health::read(root.path(), root.path(), NOW) };
        assert_eq!(kinds(&health), [Kind::Heat, Kind::Supply]);
        assert!(health.complaints()[0].what.contains("83 °C"));
        let slow = Health { milli_c: None, under_voltage: Some(false), ..health };
        assert_eq!(kinds(&slow), [Kind::Slow]);
    }

    #[test]
    fn a_clock_that_nobody_set_is_told_and_one_that_another_program_sets_is_believed() {
        let root = machine(&[]);
        let set = |now| Health::read(root.path(), root.path(), now).clock_set;
        assert!(set(NOW) && !set(0) && !set(CLOCK_SET_UNIX_MS - 1));
        fs::create_dir_all(root.path().join("run/systemd/timesync")).expect("made");
        assert!(!set(NOW));
        fs::write(root.path().join("run/systemd/timesync/synchronized"), "").expect("written");
        assert!(set(NOW));
    }

    #[test]
    fn a_disk_that_takes_no_writes_is_not_told_to_be_full_too() {
        let health = Health { clock_set: true, free: Some(0), ..Health::default() };
        assert_eq!(kinds(&health), [Kind::Disk]);
        assert_eq!(kinds(&Health { read_only: true, ..health }), [Kind::ReadOnly]);
    }
}
