//! A household's PIN: the first by one staff member, every later one by two.

use super::{address, named};
use crate::core::rows::HouseholdStatus;
use crate::store::read::households::HouseholdView;
use crate::web::api::household_card::pin_command;
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

const NAMES: [(&str, &str); 3] = [
    ("/pin", "pin"),
    ("second_person_unfit", "second_username"),
    ("second_person_needed", "second_username"),
];

#[derive(Template)]
#[template(path = "office/household_pin.html")]
struct Pin<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    home: HouseholdView,
    second: String,
}

impl Pin<'_> {
    fn to(&self, below: &str) -> String {
        address(&self.home.item.code, below)
    }

    fn is_closed(&self) -> bool {
        self.home.item.status == HouseholdStatus::Closed
    }
}

/// The empty form.
pub async fn form(p: Page, names: Names) -> Shown {
    let home = named(&p, &names).await?;
    p.show(&Pin {
        p: &p,
        f: Faults::none(),
        op: None,
        home,
        second: String::new(),
    })
}

/// Sets the PIN.
pub async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let home = named(&p, &names).await?;
    let op = form.op()?;
    if super::was_done(&p, op).await? {
        return Ok(go(&address(&home.item.code, &format!("?op={op}"))));
    }
    let mut faults = typed(&p, &home, &form);
    if faults.is_empty() {
        match set(&p, op, &home, &form).await {
            Ok(()) => return Ok(go(&address(&home.item.code, &format!("?op={op}")))),
            // Who stands by could not show it: that is about the form, not about the session.
            Err(problem) if problem.code() == "wrong_credentials" => {
                faults.add("second_password", p.t("household.second_wrong"));
            }
            Err(problem) => faults = Faults::of(p.lang(), problem, &NAMES)?,
        }
    }
    p.mend(&Pin {
        p: &p,
        f: faults,
        op: Some(op),
        home,
        second: form.get("second_username").to_string(),
    })
}

fn typed(p: &Page, home: &HouseholdView, form: &Form) -> Faults {
    let mut faults = Faults::none();
    if form.get("pin").is_empty() {
        faults.add("pin", p.t("household.pin_missing"));
    } else if form.get("pin") != form.get("again") {
        faults.add("again", p.t("household.pin_differs"));
    }
    if home.has_pin {
        if form.get("second_username").is_empty() {
            faults.add("second_username", p.t("household.second_missing"));
        }
        if form.get("second_password").is_empty() {
            faults.add("second_password", p.t("household.second_password_missing"));
        }
    }
    faults
}

async fn set(p: &Page, op: Uuid, home: &HouseholdView, form: &Form) -> Result<(), Problem> {
    let second = form.some("second_username");
    let second = second.map(|name| (name, form.get("second_password").to_string()));
    let write = p.write(op)?;
    let command = pin_command(&write, home, form.get("pin"), second).await?;
    p.submit(op, command).await.map(|_| ())
}
