//! Declaring whose household a staff member belongs to, and whose kin they are: those they may
//! neither award nor review.

use super::{named, roles};
use crate::core::Command;
use crate::core::registry::DeclareTies;
use crate::core::rows::Tie;
use crate::store::read::people::Person;
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "office/people_ties.html")]
struct Ties<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    person: Person,
    own: String,
    kin: String,
}

impl Ties<'_> {
    fn is_own(&self, tie: &Tie) -> bool {
        *tie == Tie::Own
    }
}

/// The empty form, with what was declared before.
pub async fn form(p: Page, names: Names) -> Shown {
    let person = named(&p, &names).await?;
    p.show(&Ties {
        p: &p,
        f: Faults::none(),
        op: None,
        person,
        own: String::new(),
        kin: String::new(),
    })
}

/// Declares them.
pub async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let person = named(&p, &names).await?;
    let op = form.op()?;
    let mut faults = Faults::none();
    let ties = roles::ties(&p, &form, &mut faults).await?;
    if ties.is_empty() && faults.is_empty() {
        faults.add("own", p.t("people.ties_missing"));
    }
    if faults.is_empty() {
        let staff = person.id;
        match p
            .submit(op, Command::DeclareTies(DeclareTies { staff, ties }))
            .await
        {
            Ok(_) => return Ok(go(&format!("/office/staff?op={op}"))),
            Err(problem) => faults = Faults::of(p.lang(), problem, &[("/ties", "own")])?,
        }
    }
    p.mend(&Ties {
        p: &p,
        f: faults,
        op: Some(op),
        person,
        own: form.get("own").to_string(),
        kin: form.get("kin").to_string(),
    })
}
