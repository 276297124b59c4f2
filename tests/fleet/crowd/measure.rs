//! What a process has taken of the machine.

use std::fs;
use std::time::Duration;

/// Resident memory in KiB.
pub fn resident(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    line.split_whitespace().nth(1).expect("a figure").parse().expect("a number")
}

/// Processor time so far; the kernel counts it in hundredths of a second.
pub fn worked(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = [11, 12].map(|at: usize| fields[at].parse::<u64>().expect("a number")).iter().sum();
    Duration::from_millis(ticks * 10)
}
