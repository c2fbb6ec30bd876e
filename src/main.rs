//! The `wenming` program.

use std::process::ExitCode;

/// Requests and batches make many short-lived small things.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wenming::cli::run()
}
