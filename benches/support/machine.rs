//! The machine a benchmark runs on, and what the kernel says of a process.

use std::fmt;
use std::fs;
use std::fs::File;
use std::io::Write;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Times;

/// What every figure depends on.
pub struct Machine {
    cpu: String,
    cores: usize,
    memory_mib: u64,
    kernel: String,
    /// Median time of 4 KiB written and synced in the temporary folder.
    sync_ms: f64,
}

/// Looks at this machine. Writes and removes a file in the temporary folder (`TMPDIR`).
pub fn describe() -> Machine {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Machine {
        cpu: value(&cpu, "model name").or_else(|| value(&cpu, "Model")).unwrap_or("unknown").to_owned(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        memory_mib: number(&memory, "MemTotal") / 1024,
        kernel: kernel.trim().to_owned(),
        sync_ms: sync().ms(50),
    }
}

/// What one durable write costs on the temporary folder's disk, without anything of ours.
pub fn sync() -> Times {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut file = File::create(folder.path().join("sync")).expect("a file");
    let mut once = || {
        let began = super::now();
        file.write_all(&[1; 4096]).and_then(|()| file.sync_data()).expect("a disk that can be written");
        began.elapsed()
    };
    Times::new((0..200).map(|_| once()).collect())
}

impl Machine {
    pub fn json(&self) -> Value {
        json!({
            "cpu": self.cpu, "cores": self.cores, "memory_mib": self.memory_mib, "kernel": self.kernel,
            "sync_4k_ms": self.sync_ms,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, memory_mib, kernel, sync_ms } = self;
        write!(f, "{cores} cores of {cpu}, {memory_mib} MiB, Linux {kernel}, 4 KiB synced in {sync_ms:.2} ms")
    }
}

/// What a process uses at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub resident_kib: u64,
    pub threads: u64,
    /// Times any of its threads went to sleep by itself: once for each wake-up.
    pub sleeps: u64,
    /// Processor time, in hundredths of a second.
    pub ticks: u64,
}

/// Reads the kernel's account of a process; of this one where `pid` is none.
pub fn usage(pid: Option<u32>) -> Usage {
    let folder = pid.map_or("/proc/self".to_owned(), |pid| format!("/proc/{pid}"));
    let status = fs::read_to_string(format!("{folder}/status")).expect("a living process");
    let tasks = fs::read_dir(format!("{folder}/task")).expect("a living process");
    let of_task = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).unwrap_or_default();
    let sleeps = tasks.flatten().map(|task| number(&of_task(task), "voluntary_ctxt_switches")).sum();
    let stat = fs::read_to_string(format!("{folder}/stat")).expect("a living process");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Usage { resident_kib: number(&status, "VmRSS"), threads: number(&status, "Threads"), sleeps, ticks }
}

impl Usage {
    pub fn resident_mib(&self) -> f64 {
        self.resident_kib as f64 / 1024.0
    }

    /// Wake-ups a second since `before`, which was taken `over` ago.
    pub fn wakeups_since(&self, before: &Self, over: Duration) -> f64 {
        self.sleeps.saturating_sub(before.sleeps) as f64 / over.as_secs_f64()
    }
}

/// The text behind `name:` in one of the kernel's lists.
fn value<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let line = list.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

fn number(list: &str, name: &str) -> u64 {
    let text = value(list, name).unwrap_or_default();
    text.split_whitespace().next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Bytes that the threads of that name in this process have caused to be written to a disk, by the kernel's account:
/// whole pages of 4 KiB, again each time that one is written again.
pub fn written(thread: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("a kernel that counts").flatten();
    let named = tasks.map(|task| task.path()).filter(|task| {
        // One that has just ended is none.
        fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == thread)
    });
    let of = |task: std::path::PathBuf| fs::read_to_string(task.join("io")).unwrap_or_default();
    named.map(|task| number(&of(task), "write_bytes")).sum()
}
