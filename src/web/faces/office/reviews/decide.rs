//! The second person's decision: each row is one operation whose key follows from the form's, so
//! that a form sent twice decides once.

use super::{ROWS_MAX, page_of, seal};
use crate::core::rights::Act;
use crate::core::{Command, derived_id};
use crate::store::read::deeds::Deeds;
use crate::store::{Refusal, Submission};
use crate::web::api::award::review_command;
use crate::web::extract::{Names, Write};
use crate::web::faces::office::awards::{done, scheme};
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use futures_util::future::join_all;
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

    /// The submission for one row, under a key of its own.
    fn submission(&self, p: &Page, op: Uuid, award: (Uuid, i32)) -> Result<Submission, Problem> {
        let place = u32::try_from(award.1).unwrap_or(0);
        let write: Write = p.write(derived_id(op, 0, place))?;
        let command: Command = review_command(&write, award, self.approve, self.reason());
        Ok(write.submission(command))
    }
}

pub(super) async fn sent(p: Page, names: Names, form: Form) -> Shown {
    if !p.may(Act::ReviewAward) {
        return Err(Problem::not_allowed());
    }
    let op = form.op()?;
    let found = done::found(&p, &names).await?;
    let operation = found.0.operation;
    let (decision, mut faults) = Decision::of(&p, &form);
    let submissions = decision.lines.iter();
    let submissions: Result<Vec<Submission>, Problem> = submissions
        .map(|line| decision.submission(&p, op, (operation, *line)))
        .collect();
    let submissions = submissions?;
    // The same form again: its first decision stands, and is not a change that must be read.
    let is_again = match submissions.first() {
        Some(first) => !matches!(p.app.store.earlier(first).await, Ok(None)),
        None => false,
    };
    if faults.is_empty() && !is_again && form.get("seen") != seal(&found.0) {
        faults.add("", p.t("review.changed"));
    }
    if !faults.is_empty() {
        let mut page = page_of(&p, found, faults, csrf::fresh()).await?;
        page.reason = decision.reason;
        return p.mend(&page);
    }
    let fates = join_all(submissions.into_iter().map(|one| p.app.store.submit(one))).await;
    let mut faults = Faults::none();
    for (line, fate) in decision.lines.iter().zip(fates) {
        if let Err(refusal) = fate {
            let place = u32::try_from(*line).unwrap_or(0);
            let text = refused(&p, &refusal, derived_id(op, 0, place))?;
            faults.add("rows", named(&p, &found.0, *line, &text));
        }
    }
    if faults.is_empty() {
        return Ok(go(&format!("/office/reviews/{operation}")));
    }
    // Some rows may have been decided: the page shows how they stand now.
    let found = done::found(&p, &names).await?;
    p.mend(&page_of(&p, found, faults, csrf::fresh()).await?)
}

/// Why a row was not decided.
fn refused(p: &Page, refusal: &Refusal, key: Uuid) -> Result<String, Problem> {
    let problem = Problem::refused(refusal, "rows");
    match refusal {
        Refusal::Rejected { why, .. } => Ok(scheme::why(p, why)),
        Refusal::Busy { .. } => Ok(problem.said(p.lang()).1),
        Refusal::OutcomeUnknown => Err(problem.figure("operation", key.to_string())),
        _ => Err(problem),
    }
}

/// A row's fault with the row's name.
fn named(p: &Page, deeds: &Deeds, line: i32, text: &str) -> String {
    let row = deeds.rows.iter().find(|row| row.award.line == line);
    let code = row.map_or("", |row| row.code.as_str());
    p.t2("review.row_refused", "code", code, "why", text)
}
