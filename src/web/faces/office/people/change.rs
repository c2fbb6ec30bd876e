//! Changing a staff member: roles in this village, a new password, whether they may act at all.

use super::roles::{Choice, choices, ticked};
use super::{named, submit, system_write};
use crate::core::rights::Grant;
use crate::store::access;
use crate::store::read::directory;
use crate::store::read::people::Person;
use crate::web::api::staff::change_command;
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};
use askama::Template;
use uuid::Uuid;

const NAMES: [(&str, &str); 4] = [
    ("/password", "password"),
    ("/grants", "role"),
    ("roles_clash", "role"),
    ("role_does_not_fit", "role"),
];

#[derive(Template)]
#[template(path = "office/people_change.html")]
struct Change<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    person: Person,
    choices: Vec<Choice>,
    active: bool,
    is_self: bool,
}

/// The form as things stand.
pub async fn form(p: Page, names: Names) -> Shown {
    let person = named(&p, &names).await?;
    let (held, active) = (person.here.clone(), person.active);
    show(&p, Faults::none(), None, person, &held, active).await
}

async fn show(
    p: &Page,
    f: Faults,
    op: Option<Uuid>,
    person: Person,
    held: &[Grant],
    active: bool,
) -> Shown {
    let unit = p.village()?.no;
    let stations = directory::stations(&p.app.store, unit).await?;
    let is_bad = !f.is_empty();
    let change = Change {
        p,
        f,
        op,
        is_self: person.id == p.visit()?.caller.staff,
        person,
        choices: choices(p, unit, &stations, held),
        active,
    };
    if is_bad {
        p.mend(&change)
    } else {
        p.show(&change)
    }
}

/// Changes them; what they hold elsewhere stays.
pub async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let person = named(&p, &names).await?;
    let op = form.op()?;
    let unit = p.village()?.no;
    let stations = directory::stations(&p.app.store, unit).await?;
    let here = ticked(unit, &stations, &form);
    let active = form.get("active") != "no";
    let mut faults = Faults::none();
    if here.is_empty() && active && person.elsewhere.is_empty() {
        faults.add("role", p.t("people.role_missing"));
    }
    if faults.is_empty() {
        let write = system_write(&p, op)?;
        // Whoever leaves keeps the roles on paper: without one nobody would find them here again.
        let keeps = if here.is_empty() { &person.here } else { &here };
        let grants = [person.elsewhere.as_slice(), keeps].concat();
        let password = form.some("password");
        let changed = match change_command(&write, person.id, active, Some(grants), password).await
        {
            Ok(command) => submit(&write, command).await,
            Err(problem) => Err(problem),
        };
        match changed {
            Ok(()) => {
                access::end_sessions(&p.app.store, &p.app.cache, person.id).await?;
                return Ok(go(&format!("/office/staff?op={op}")));
            }
            Err(problem) => faults = Faults::of(p.lang(), problem, &NAMES)?,
        }
    }
    show(&p, faults, Some(op), person, &here, active).await
}
