//! The second person's decision on the rows they have seen: one operation, all of them or none.

use super::{ROWS_MAX, page_of};
use crate::core::award::ReviewSheet;
use crate::core::rights::Act;
use crate::core::{Command, OperationRef, Rejection};
use crate::store::read::deeds::Deeds;
use crate::store::{Refusal, Submission};
use crate::web::extract::{Names, Write};
use crate::web::faces::office::awards::{done, scheme};
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use uuid::Uuid;

/// The longest reason, as the API allows it.
const REASON_MAX: usize = 500;

/// A decision on some rows.
struct Decision {
    approve: bool,
    reason: String,
    lines: Vec<i32>,
}

impl Decision {
    fn of(p: &Page, form: &Form) -> (Decision, Faults) {
        let mut faults = Faults::none();
        let decision = Decision {
            approve: form.get("decision") == "approve",
            reason: form.get("reason").replace('\t', " "),
            lines: form
                .all("line")
                .iter()
                .filter_map(|line| line.parse().ok())
                .collect(),
        };
        if decision.lines.is_empty() {
            faults.add("rows", p.t("review.none_picked"));
        }
        if decision.lines.len() > ROWS_MAX {
            faults.add("rows", p.t1("review.too_many", "n", ROWS_MAX));
        }
        if !decision.approve && decision.reason.is_empty() {
            faults.add("reason", p.t("review.reason_missing"));
        }
        if decision.reason.chars().count() > REASON_MAX {
            faults.add("reason", p.t1("award.note_long", "n", REASON_MAX));
        }
        (decision, faults)
    }

    fn reason(&self) -> Option<&str> {
        Some(self.reason.as_str()).filter(|reason| !reason.is_empty())
    }

    /// One operation for all rows, as the reviewer saw them.
    fn submission(
        &self,
        p: &Page,
        op: Uuid,
        deeds: &Deeds,
        seen: [u8; 32],
    ) -> Result<Submission, Problem> {
        let write: Write = p.write(op)?;
        let command = Command::ReviewSheet(ReviewSheet {
            operation: OperationRef::new(deeds.operation, 0),
            seal: seen,
            lines: self.lines.clone(),
            approve: self.approve,
            reason: write.texts().some(self.reason()),
        });
        Ok(write.submission(command))
    }
}

/// The seal that the form carries; one that nothing has when it carries none.
fn seen(form: &Form) -> [u8; 32] {
    let bytes = hex::decode(form.get("seen")).unwrap_or_default();
    bytes.try_into().unwrap_or([0; 32])
}

pub(super) async fn sent(p: Page, names: Names, form: Form) -> Shown {
    if !p.may(Act::ReviewAward) {
        return Err(Problem::not_allowed());
    }
    let op = form.op()?;
    let found = done::found(&p, &names).await?;
    let (decision, faults) = Decision::of(&p, &form);
    if !faults.is_empty() {
        let mut page = page_of(&p, found, faults, csrf::fresh()).await?;
        page.reason = decision.reason;
        return p.mend(&page);
    }
    let submission = decision.submission(&p, op, &found.0, seen(&form))?;
    let Err(refusal) = p.app.store.submit(submission).await else {
        return Ok(go(&format!("/office/reviews/{}", found.0.operation)));
    };
    let faults = faults_of(&p, &found.0, &decision.lines, &refusal, op)?;
    // The page shows the rows as they stand now.
    let found = done::found(&p, &names).await?;
    let mut page = page_of(&p, found, faults, csrf::fresh()).await?;
    page.reason = decision.reason;
    p.mend(&page)
}

/// Why nothing was decided, row by row when the rows are to blame.
fn faults_of(
    p: &Page,
    deeds: &Deeds,
    lines: &[i32],
    refusal: &Refusal,
    op: Uuid,
) -> Result<Faults, Problem> {
    let mut faults = Faults::none();
    match refusal {
        Refusal::Rejected {
            why: Rejection::Rows { rows },
            ..
        } => {
            for row in rows {
                let line = lines.get(row.row).copied().unwrap_or(-1);
                faults.add("rows", named(p, deeds, line, &scheme::why(p, &row.why)));
            }
        }
        Refusal::Rejected {
            why: Rejection::ContentChanged {},
            ..
        } => faults.add("", p.t("review.changed")),
        Refusal::Rejected { why, .. } => faults.add("rows", scheme::why(p, why)),
        Refusal::Busy { .. } => faults.add("", Problem::refused(refusal, "rows").said(p.lang()).1),
        Refusal::OutcomeUnknown => {
            let problem = Problem::refused(refusal, "rows");
            return Err(problem.figure("operation", op.to_string()));
        }
        _ => return Err(Problem::refused(refusal, "rows")),
    }
    Ok(faults)
}

/// A row's fault with the row's name.
fn named(p: &Page, deeds: &Deeds, line: i32, text: &str) -> String {
    let row = deeds.rows.iter().find(|row| row.award.line == line);
    let code = row.map_or("", |row| row.code.as_str());
    p.t2("review.row_refused", "code", code, "why", text)
}
