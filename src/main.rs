//! The `wenming` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wenming::cli::run()
}
