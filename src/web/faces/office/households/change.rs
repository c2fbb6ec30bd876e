//! Changing a household: typed, then shown before and after, then done.

use super::fields::{Fields, some};
use super::new::NAMES;
use super::{address, named, status_key, was_done};
use crate::core::household::ChangeHousehold;
use crate::core::rows::HouseholdStatus;
use crate::core::{Command, HouseholdRef};
use crate::store::read::households::HouseholdView;
use crate::store::read::seek;
use crate::web::extract::Names;
use crate::web::page::{Faults, Form, Page, Shown, go};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "office/household_change.html")]
struct Change<'a> {
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    home: HouseholdView,
    fields: Fields,
    status: String,
    groups: Vec<String>,
    new_group: String,
}

#[derive(Template)]
#[template(path = "office/household_change_confirm.html")]
struct Confirm<'a> {
    p: &'a Page,
    op: Uuid,
    home: HouseholdView,
    fields: Fields,
    status: String,
    differences: Vec<Difference>,
}

/// One thing that changes: its label's key, before, after.
struct Difference {
    key: &'static str,
    before: String,
    after: String,
}

impl Change<'_> {
    fn to(&self, below: &str) -> String {
        address(&self.home.item.code, below)
    }

    fn statuses(&self) -> Vec<(&'static str, &'static str)> {
        let all = HouseholdStatus::ALL.iter();
        all.map(|status| (status.word(), status_key(*status)))
            .collect()
    }
}

impl Confirm<'_> {
    fn to(&self, below: &str) -> String {
        address(&self.home.item.code, below)
    }
}

fn known(home: &HouseholdView) -> Fields {
    let names: Vec<&str> = home
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    Fields {
        group: home.item.group.clone(),
        head: home.item.head.clone(),
        phone: home.phone.clone().unwrap_or_default(),
        door: home.door.clone().unwrap_or_default(),
        members: names.join("\n"),
    }
}

fn differences(p: &Page, home: &HouseholdView, to: &Fields, status: &str) -> Vec<Difference> {
    let from = known(home);
    let joined = |fields: &Fields| fields.names().join(p.lang().pick("、", ", "));
    let word = |status: HouseholdStatus| p.t(status_key(status));
    let after = HouseholdStatus::of_word(status).unwrap_or(home.item.status);
    let all = [
        ("household.head", from.head.clone(), to.head.clone()),
        ("household.group", from.group.clone(), to.group.clone()),
        ("household.phone", from.phone.clone(), to.phone.clone()),
        ("household.door", from.door.clone(), to.door.clone()),
        ("household.members", joined(&from), joined(to)),
        ("household.status", word(home.item.status), word(after)),
    ];
    all.into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(key, before, after)| Difference { key, before, after })
        .collect()
}

/// The form as it stands.
pub async fn form(p: Page, names: Names) -> Shown {
    let home = named(&p, &names).await?;
    let (fields, status) = (known(&home), home.item.status.word().to_string());
    p.show(&asked(&p, Faults::none(), None, home, fields, status, "").await?)
}

async fn asked<'a>(
    p: &'a Page,
    f: Faults,
    op: Option<Uuid>,
    home: HouseholdView,
    fields: Fields,
    status: String,
    new_group: &str,
) -> Result<Change<'a>, Problem> {
    let groups = seek::groups(&p.app.store, p.village()?.no).await?;
    Ok(Change {
        p,
        f,
        op,
        home,
        fields,
        status,
        groups,
        new_group: new_group.to_string(),
    })
}

/// Shows what would change; does it when that was confirmed.
pub async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let home = named(&p, &names).await?;
    let (op, mut fields) = (form.op()?, Fields::of(&form));
    if was_done(&p, op).await? {
        return Ok(go(&address(&home.item.code, &format!("?op={op}"))));
    }
    let status = form.get("status").to_string();
    let new_group = form.get("new_group");
    let mut faults = fields.check(&p);
    if HouseholdStatus::of_word(&status).is_none() {
        faults.add("status", p.t("household.status_missing"));
    }
    let differences = differences(&p, &home, &fields, &status);
    let step = form.get("step");
    if faults.is_empty() && step == "confirm" {
        let command = command(&p, op, &home, &fields, &status)?;
        match p.submit(op, command).await {
            Ok(_) => return Ok(go(&address(&home.item.code, &format!("?op={op}")))),
            Err(problem) => faults = Faults::of(p.lang(), problem, &NAMES)?,
        }
    } else if faults.is_empty() && step != "edit" {
        if differences.is_empty() {
            faults.add("", p.t("household.nothing_changed"));
        } else if let Err(refusal) = rehearse(&p, op, &home, &fields, &status).await? {
            faults = Faults::of(p.lang(), Problem::refused(&refusal, "rows"), &NAMES)?;
        } else {
            return p.show(&Confirm {
                p: &p,
                op,
                home,
                fields,
                status,
                differences,
            });
        }
    }
    let edits = step == "edit" && faults.is_empty();
    let form = asked(&p, faults, Some(op), home, fields, status, new_group).await?;
    if edits { p.show(&form) } else { p.mend(&form) }
}

async fn rehearse(
    p: &Page,
    op: Uuid,
    home: &HouseholdView,
    fields: &Fields,
    status: &str,
) -> Result<Result<(), crate::store::Refusal>, Problem> {
    let submission = p
        .write(op)?
        .submission(command(p, op, home, fields, status)?);
    Ok(p.app.store.rehearse(submission).await.map(|_| ()))
}

fn command(
    p: &Page,
    op: Uuid,
    home: &HouseholdView,
    to: &Fields,
    status: &str,
) -> Result<Command, Problem> {
    let from = known(home);
    let write = p.write(op)?;
    let mut texts = write.texts();
    let status = HouseholdStatus::of_word(status).filter(|status| *status != home.item.status);
    Ok(Command::ChangeHousehold(ChangeHousehold {
        household: HouseholdRef::No(home.item.no),
        group: (from.group != to.group).then(|| to.group.clone()),
        head: (from.head != to.head).then(|| texts.text(&to.head)),
        phone: (from.phone != to.phone).then(|| texts.some(some(&to.phone))),
        door: (from.door != to.door).then(|| texts.some(some(&to.door))),
        members: (from.names() != to.names())
            .then(|| to.names().iter().map(|name| texts.text(name)).collect()),
        status,
    }))
}
