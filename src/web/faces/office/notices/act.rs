//! What is done to a notice: put together, confirmed, taken down whole or by a line.

use super::{DAYS, found, new_page, one_page};
use crate::core::{Answer, Command};
use crate::store::read::notices::{self, NoticeItem, NoticeLine};
use crate::web::api::notice::{
    compose_command, composed as composed_before, confirm_command, withdraw_command,
    withdraw_line_command,
};
use crate::web::extract::Names;
use crate::web::faces::home::objections::{WORDS_MAX, key_of};
use crate::web::faces::office::desk::committee;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;

fn path_of(no: i32) -> String {
    format!("/office/notices/{no}")
}

/// A form's own address, opened by hand or after signing in again.
pub(super) async fn again(_: Page, names: Names) -> Shown {
    let no = names.get("no").parse::<i32>().ok().filter(|no| *no > 0);
    Ok(go(&path_of(no.ok_or_else(Problem::not_found)?)))
}

pub(super) async fn composed(p: Page, form: Form) -> Shown {
    committee(&p)?;
    let op = form.op()?;
    let days = form.get("days").parse::<i32>().unwrap_or(0);
    if !(p.policy.notice_days..=DAYS).contains(&days) {
        let text = p.t1("notice.days_short", "n", p.policy.notice_days);
        let mut faults = Faults::none();
        faults.add("days", text);
        return p.mend(&new_page(&p, faults, op, DAYS).await?);
    }
    let command = match composed_before(&p.write(op)?, days, None).await? {
        Some(command) => command,
        None => {
            let lines = notices::waiting(&p.app.store, p.village()?.no).await?;
            if form.get("seal") != hex::encode(notices::seal_of(&lines)) {
                let faults = Faults::one(&p, "", "notice.changed");
                return p.mend(&new_page(&p, faults, csrf::fresh(), days).await?);
            }
            compose_command(days, lines.iter())
        }
    };
    match p.submit(op, command).await {
        Ok(receipt) => match &receipt.answer {
            Answer::Made(made) => Ok(go(&path_of(made.first().map_or(0, |made| made.no)))),
            _ => Err(Problem::internal()),
        },
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[("/days", "days")])?;
            p.mend(&new_page(&p, faults, csrf::fresh(), days).await?)
        }
    }
}

type Found = (NoticeItem, Vec<NoticeLine>);

/// Submits, and shows the notice again with what was wrong.
async fn done(p: &Page, names: &Names, at: Found, command: Command, form: &Form) -> Shown {
    let op = form.op()?;
    let no = at.0.row.no;
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&path_of(no))),
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[("/reason", "reason")])?;
            let mut page = one_page(p, found(p, names).await?, faults, csrf::fresh())?;
            page.reason = form.get("reason").to_string();
            page.line = form.get("line").to_string();
            p.mend(&page)
        }
    }
}

pub(super) async fn confirmed(p: Page, names: Names, form: Form) -> Shown {
    let at = found(&p, &names).await?;
    let seal = hex::decode(form.get("seal")).ok();
    let seal: Option<[u8; 32]> = seal.and_then(|seal| seal.try_into().ok());
    let command = confirm_command(at.0.row.no, seal.unwrap_or_default());
    done(&p, &names, at, command, &form).await
}

/// A reason that can be kept; else the page again.
fn reason(p: &Page, form: &Form, field: &str) -> Result<String, Faults> {
    let reason = form.get("reason").replace('\t', " ");
    let mut faults = Faults::none();
    if reason.is_empty() {
        faults.add(field, p.t("notice.reason_missing"));
    }
    if reason.chars().count() > WORDS_MAX {
        faults.add(field, p.t1("objection.words_long", "n", WORDS_MAX));
    }
    match faults.is_empty() {
        true => Ok(reason),
        false => Err(faults),
    }
}

pub(super) async fn withdrawn(p: Page, names: Names, form: Form) -> Shown {
    let at = found(&p, &names).await?;
    match reason(&p, &form, "reason") {
        Ok(reason) => {
            let command = withdraw_command(&p.write(form.op()?)?, at.0.row.no, &reason);
            done(&p, &names, at, command, &form).await
        }
        Err(faults) => p.mend(&one_page(&p, at, faults, form.op()?)?),
    }
}

pub(super) async fn line_withdrawn(p: Page, names: Names, form: Form) -> Shown {
    let at = found(&p, &names).await?;
    let wanted = key_of(form.get("line"));
    let of = |line: &&NoticeLine| wanted == Some((line.award.seq, line.award.line));
    let award = at.1.iter().find(of);
    let award = award.map(|line| (line.operation, line.award.line));
    let (award, reason) = match (award, reason(&p, &form, "line_reason")) {
        (Some(award), Ok(reason)) => (award, reason),
        (award, said) => {
            let mut faults = said.err().unwrap_or_else(Faults::none);
            if award.is_none() {
                faults.add("line", p.t("notice.line_missing"));
            }
            let mut page = one_page(&p, at, faults, form.op()?)?;
            page.line = form.get("line").to_string();
            return p.mend(&page);
        }
    };
    let command = withdraw_line_command(&p.write(form.op()?)?, award, &reason);
    done(&p, &names, at, command, &form).await
}
