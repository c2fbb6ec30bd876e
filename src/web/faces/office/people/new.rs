//! Adding a staff member to the village.

use super::roles::{Choice, choices, ticked, ties};
use super::{submit, system_write};
use crate::core::rights::Grant;
use crate::store::read::directory;
use crate::web::api::staff::add_command;
use crate::web::page::{Faults, Form, Page, Shown, go};
use askama::Template;
use uuid::Uuid;

const NAMES: [(&str, &str); 8] = [
    ("/username", "username"),
    ("/name", "name"),
    ("/password", "password"),
    ("/grants", "role"),
    ("username_taken", "username"),
    ("roles_clash", "role"),
    ("role_does_not_fit", "role"),
    ("/ties", "kin"),
];

#[derive(Template)]
#[template(path = "office/people_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    form: Form,
    choices: Vec<Choice>,
}

/// The empty form.
pub async fn form(p: Page) -> Shown {
    show(&p, Faults::none(), None, Form::default(), &[]).await
}

async fn show(p: &Page, f: Faults, op: Option<Uuid>, form: Form, held: &[Grant]) -> Shown {
    let unit = p.village()?.no;
    let stations = directory::stations(&p.app.store, unit).await?;
    let is_bad = !f.is_empty();
    let new = New {
        p,
        f,
        op,
        form,
        choices: choices(p, unit, &stations, held),
    };
    if is_bad { p.mend(&new) } else { p.show(&new) }
}

/// Adds them.
pub async fn sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let unit = p.village()?.no;
    let stations = directory::stations(&p.app.store, unit).await?;
    let grants = ticked(unit, &stations, &form);
    let mut faults = Faults::none();
    for (field, key) in [
        ("name", "people.name_missing"),
        ("username", "people.username_missing"),
        ("password", "people.password_missing"),
    ] {
        if form.get(field).is_empty() {
            faults.add(field, p.t(key));
        }
    }
    if grants.is_empty() {
        faults.add("role", p.t("people.role_missing"));
    }
    let ties = ties(&p, &form, &mut faults).await?;
    if faults.is_empty() {
        let write = system_write(&p, op)?;
        let named = (form.get("username"), form.get("name"));
        let password = form.get("password");
        let added = match add_command(&write, named, password, grants.clone(), ties).await {
            Ok(command) => submit(&write, command).await,
            Err(problem) => Err(problem),
        };
        match added {
            Ok(()) => return Ok(go(&format!("/office/staff?op={op}"))),
            Err(problem) => faults = Faults::of(p.lang(), problem, &NAMES)?,
        }
    }
    show(&p, faults, Some(op), form, &grants).await
}
