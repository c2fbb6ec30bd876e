//! What is done with an activity: ended, sent to review, called off; one struck off its list.

use super::{found, one_page};
use crate::core::Command;
use crate::core::activity::{CancelActivity, EndActivity, SendActivity};
use crate::core::rows::AttendanceState;
use crate::store::read::activities::{self, ActivityItem, Came};
use crate::web::api::attendance::strike_command;
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

/// The longest reason, as the API allows it.
const REASON_MAX: usize = 500;

fn to(item: &ActivityItem) -> String {
    format!("/office/activities/{}", item.row.no)
}

/// Does it and shows the activity; a refusal is shown there in words.
async fn done(p: &Page, op: Uuid, item: ActivityItem, command: Command) -> Shown {
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&to(&item))),
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[])?;
            p.mend(&one_page(p, item, faults).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "office/activity_end.html")]
struct End<'a> {
    p: &'a Page,
    item: ActivityItem,
    /// Who came and has not left, when hours count.
    staying: usize,
}

pub(super) async fn end(p: Page, names: Names) -> Shown {
    let item = found(&p, &names).await?;
    let reader = p.visit()?.caller.staff;
    let people = activities::people(&p.app.store, p.village()?.no, item.row.no, reader).await?;
    let stays =
        |came: &&Came| came.row.state == AttendanceState::Stands && came.row.hours.is_none();
    let staying = people.iter().filter(stays).count();
    let staying = item.row.hours.map_or(0, |_| staying);
    p.show(&End {
        p: &p,
        item,
        staying,
    })
}

pub(super) async fn ended(p: Page, names: Names, form: Form) -> Shown {
    let item = found(&p, &names).await?;
    let command = Command::EndActivity(EndActivity {
        activity: item.row.no,
        before: None,
        after: None,
    });
    done(&p, form.op()?, item, command).await
}

pub(super) async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let item = found(&p, &names).await?;
    let command = Command::SendActivity(SendActivity {
        activity: item.row.no,
    });
    done(&p, form.op()?, item, command).await
}

/// A reason, or what is wrong with it.
fn reason(p: &Page, form: &Form) -> (String, Faults) {
    let reason = form.get("reason").replace('\t', " ");
    let mut faults = Faults::none();
    if reason.is_empty() {
        faults.add("reason", p.t("activity.reason_missing"));
    }
    if reason.chars().count() > REASON_MAX {
        faults.add("reason", p.t1("award.note_long", "n", REASON_MAX));
    }
    (reason, faults)
}

#[derive(Template)]
#[template(path = "office/activity_reason.html")]
struct Reason<'a> {
    p: &'a Page,
    f: Faults,
    item: ActivityItem,
    /// Whom to strike off; none to call the whole off.
    came: Option<Came>,
    reason: String,
    op: Uuid,
}

pub(super) async fn cancel(p: Page, names: Names) -> Shown {
    p.show(&Reason {
        item: found(&p, &names).await?,
        p: &p,
        f: Faults::none(),
        came: None,
        reason: String::new(),
        op: csrf::fresh(),
    })
}

pub(super) async fn cancelled(p: Page, names: Names, form: Form) -> Shown {
    let (op, item) = (form.op()?, found(&p, &names).await?);
    let (reason, f) = reason(&p, &form);
    if !f.is_empty() {
        return p.mend(&Reason {
            p: &p,
            f,
            item,
            came: None,
            reason,
            op,
        });
    }
    let command = Command::CancelActivity(CancelActivity {
        activity: item.row.no,
        reason: p.write(op)?.text(&reason),
    });
    done(&p, op, item, command).await
}

/// The attendance that a link or form names.
async fn named(p: &Page, item: &ActivityItem, given: (&str, &str)) -> Result<Came, Problem> {
    let reader = p.visit()?.caller.staff;
    let people = activities::people(&p.app.store, p.village()?.no, item.row.no, reader).await?;
    let (code, person) = given;
    let same = |came: &Came| came.code == code && came.row.person.to_string() == person;
    people.into_iter().find(same).ok_or_else(Problem::not_found)
}

pub(super) async fn strike(p: Page, names: Names) -> Shown {
    let item = found(&p, &names).await?;
    let came = named(&p, &item, (p.asked("household"), p.asked("person"))).await?;
    p.show(&Reason {
        f: Faults::none(),
        reason: p.t("activity.strike_default"),
        came: Some(came),
        op: csrf::fresh(),
        p: &p,
        item,
    })
}

pub(super) async fn struck(p: Page, names: Names, form: Form) -> Shown {
    let (op, item) = (form.op()?, found(&p, &names).await?);
    let came = named(&p, &item, (form.get("household"), form.get("person"))).await?;
    let (reason, f) = reason(&p, &form);
    if !f.is_empty() {
        return p.mend(&Reason {
            p: &p,
            f,
            item,
            came: Some(came),
            reason,
            op,
        });
    }
    let member = Some(came.row.person).filter(|person| *person >= 0);
    let reason = p.write(op)?.text(&reason);
    let command = strike_command(item.row.no, came.code, member, reason);
    done(&p, op, item, command).await
}
