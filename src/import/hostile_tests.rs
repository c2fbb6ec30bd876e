//! Files made to hurt: each is refused for the right reason, soon, and in little memory.

use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use super::file_fault::FileFault;
use super::hostile_files::{Hostile, corpus, largest_accepted};
use super::workbook::read_table;

/// Decompression and XML run unoptimised in a test build.
const MS_MAX: u64 = if cfg!(debug_assertions) {
    20_000
} else {
    1_000
};
const KB_MAX: u64 = 64 << 10;
/// The largest file that is accepted is kept whole; what a test build's own code adds is in it.
const HONEST_KB_MAX: u64 = 80 << 10;
const FILE_VARIABLE: &str = "WENMING_HOSTILE_FILE";

/// Runs only as a child of the test below: reads one file and prints what became of it.
#[test]
fn child_reads_one_file() {
    let Ok(path) = std::env::var(FILE_VARIABLE) else {
        return;
    };
    let bytes = std::fs::read(&path).unwrap();
    let before = peak_kb();
    let start = Instant::now();
    let outcome = read_table(&bytes, &path);
    let ms = start.elapsed().as_millis();
    let fault = outcome
        .err()
        .map_or("accepted".to_owned(), |fault| format!("{fault:?}"));
    println!("outcome: {} {ms} {fault}", peak_kb() - before);
}

/// The most memory this process has held so far; 0 where the system does not tell.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

/// Memory in kB, time in ms and the fault that a process of its own met with the file.
fn ask_child(file: &Hostile) -> (u64, u64, String) {
    let end = if file.name.ends_with("csv") {
        ".csv"
    } else {
        ".xlsx"
    };
    let mut on_disk = tempfile::Builder::new().suffix(end).tempfile().unwrap();
    on_disk.write_all(&file.bytes).unwrap();
    let test = "import::hostile_tests::child_reads_one_file";
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FILE_VARIABLE, on_disk.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let outcome = said.split_once("outcome: ").map_or("", |(_, rest)| rest);
    let mut words = outcome.lines().next().unwrap_or_default().splitn(3, ' ');
    let mut number = || words.next().and_then(|word| word.parse().ok());
    let (Some(kb), Some(ms)) = (number(), number()) else {
        panic!("{}: {said}", file.what);
    };
    (kb, ms, words.next().unwrap_or_default().to_owned())
}

#[test]
fn hostile_files_are_refused_soon_and_in_little_memory() {
    for file in corpus() {
        let (kb, ms, fault) = ask_child(&file);
        println!("{kb:>7} kB {ms:>5} ms {}", file.what);
        assert_eq!(fault, format!("{:?}", file.fault), "{}", file.what);
        assert!(kb < KB_MAX, "{} took {kb} kB", file.what);
        assert!(ms < MS_MAX, "{} took {ms} ms", file.what);
    }
}

#[test]
fn the_largest_honest_file_costs_little_memory() {
    let (what, name) = ("largest accepted", "a.xlsx");
    let file = Hostile {
        what,
        name,
        bytes: largest_accepted(),
        fault: FileFault::Empty,
    };
    let (kb, ms, fault) = ask_child(&file);
    println!("{kb:>7} kB {ms:>5} ms {what}");
    assert_eq!(fault, "accepted");
    assert!(kb < HONEST_KB_MAX, "took {kb} kB");
}
