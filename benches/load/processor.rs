//! Processor time of the processes that share the machine, so that a rate can be explained.
//! Linux only; elsewhere nothing is reported.

use std::collections::HashMap;
use std::fs;
use std::str::FromStr;

/// Linux reports processor time in hundredths of a second on every platform it runs on.
const TICK_MICROSECONDS: u64 = 10_000;

/// A process and its direct children, as PostgreSQL and its sessions.
#[derive(Clone)]
pub struct Watched {
    pub name: String,
    pid: u32,
}

impl FromStr for Watched {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, pid) = text.split_once(':').ok_or("write NAME:PID")?;
        Ok(Self {
            name: name.to_owned(),
            pid: pid.parse().map_err(|_| "PID is not a number")?,
        })
    }
}

impl Watched {
    pub fn this_process(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            pid: std::process::id(),
        }
    }
}

/// Microseconds used so far, in the order of `watched`.
pub fn used(watched: &[Watched]) -> Vec<u64> {
    let mut per_family: HashMap<u32, u64> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Some((parent, ticks)) = stat(pid) else {
            continue;
        };
        for family in [pid, parent] {
            if watched.iter().any(|w| w.pid == family) {
                *per_family.entry(family).or_default() += ticks * TICK_MICROSECONDS;
            }
        }
    }
    watched
        .iter()
        .map(|w| per_family.get(&w.pid).copied().unwrap_or_default())
        .collect()
}

/// Parent and ticks in user and kernel mode, from proc(5).
fn stat(pid: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some((u32::try_from(number(1)?).ok()?, number(11)? + number(12)?))
}

/// Resident memory in KiB.
pub fn resident_kib(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
