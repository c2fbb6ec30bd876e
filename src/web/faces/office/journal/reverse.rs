//! Undoing an entry by a new one, once, with a reason.

use super::entry::show;
use crate::core::reversal::Reverse;
use crate::core::{Command, OperationRef};
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};

/// The longest reason.
const REASON_MAX: usize = 500;

/// Undoes the entry of the path.
pub async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let (id, op, reason) = (names.id("operation")?, form.op()?, form.get("reason"));
    let mut faults = Faults::none();
    if reason.is_empty() {
        faults.add("reason", p.t("journal.reason_missing"));
    } else if reason.chars().count() > REASON_MAX {
        faults.add("reason", p.t1("household.too_long", "most", REASON_MAX));
    }
    if faults.is_empty() {
        let command = Command::Reverse(Reverse {
            operation: OperationRef::new(id, 0),
            reason: p.write(op)?.text(reason),
        });
        match p.submit(op, command).await {
            Ok(_) => return Ok(go(&format!("/office/journal/{op}"))),
            Err(problem) => {
                let problem = problem.of_path(&["unknown_operation"]);
                faults = Faults::of(p.lang(), problem, &[("/reason", "reason")])?;
            }
        }
    }
    show(&p, id, faults, Some(op), reason).await
}
