//! `verify`: everything holds, or a list of what does not.

use super::{Done, say};
use crate::store::{Store, replay};
use std::process::ExitCode;

/// Verifies and reports; exit 1 when something does not hold.
pub async fn run(store: &Store, village: Option<&str>) -> Done {
    if let Some(given) = village
        && crate::store::read::directory::unit(store, given)
            .await?
            .is_none()
    {
        return Err(["没有这个村 / there is no village ", given].concat().into());
    }
    let bar = indicatif::ProgressBar::new_spinner();
    let report = replay::verify(store, village, |unit| {
        bar.set_message(unit.to_string());
        bar.tick();
    })
    .await?;
    bar.finish_and_clear();
    for finding in &report.findings {
        say::line(&finding.to_string());
    }
    let (units, operations, rows) = (report.units, report.operations, report.rows);
    let counts = format!("units {units}, operations {operations}, rows {rows}");
    if report.findings.is_empty() {
        say::line(&["全部相符 / everything holds: ", &counts].concat());
        return Ok(ExitCode::SUCCESS);
    }
    let wrong = format!(
        "不相符 / does not hold: {} ({counts})",
        report.findings.len()
    );
    say::line(&wrong);
    Ok(ExitCode::FAILURE)
}
