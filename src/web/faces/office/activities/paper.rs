//! The paper list keyed in: everyone of the village by group, a box to tick for each.

use super::found;
use crate::core::activity::{Attendee, SignIn};
use crate::core::rows::{AttendanceState, RuleScope, SignInHow};
use crate::core::{Command, HouseholdRef, Quantity};
use crate::store::read::activities::{self, ActivityItem};
use crate::store::read::roster::{self, RosterItem};
use crate::store::read::seek::initials;
use crate::web::extract::Names;
use crate::web::faces::office::awards::scheme::plain_number;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go};
use crate::web::problem::Problem;
use askama::Template;
use std::collections::HashMap;
use uuid::Uuid;

/// A group of the list.
struct Group {
    name: String,
    rows: Vec<Row>,
}

/// One who may be ticked.
struct Row {
    /// Household number and person, as the form sends them.
    key: String,
    code: String,
    name: String,
    ticked: bool,
    /// When they signed in, when they are in already.
    since: Option<i64>,
}

#[derive(Template)]
#[template(path = "office/activity_list.html")]
struct List<'a> {
    p: &'a Page,
    f: Faults,
    item: ActivityItem,
    groups: Vec<Group>,
    q: String,
    hours: String,
    op: Uuid,
}

/// Households, or their people under a rule that counts persons.
async fn everyone(p: &Page, item: &ActivityItem) -> Result<Vec<(RosterItem, Row)>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let reader = p.visit()?.caller.staff;
    let came = activities::people(store, unit, item.row.no, reader).await?;
    let came = came
        .into_iter()
        .filter(|came| came.row.state != AttendanceState::Struck);
    let since: HashMap<(i32, i32), i64> = came
        .map(|came| ((came.row.household, came.row.person), came.row.signed_in))
        .collect();
    let is_personal = item.row.scope == RuleScope::Person;
    let mut members: HashMap<i32, Vec<(i32, String)>> = HashMap::new();
    if is_personal {
        for (household, no, name) in activities::members(store, unit).await? {
            members.entry(household).or_default().push((no, name));
        }
    }
    let mut all = Vec::new();
    for house in roster::roster(store, unit, reader).await? {
        let first = if is_personal { 0 } else { -1 };
        let mut people = vec![(first, house.head.clone())];
        people.extend(members.remove(&house.no).unwrap_or_default());
        for (person, name) in people {
            let row = Row {
                key: format!("{}.{person}", house.no),
                code: house.code.clone(),
                name,
                ticked: false,
                since: since.get(&(house.no, person)).copied(),
            };
            all.push((house.clone(), row));
        }
    }
    Ok(all)
}

/// What was ticked stays in sight, whatever is sought.
async fn page<'a>(
    p: &'a Page,
    item: ActivityItem,
    form: Option<&Form>,
    f: Faults,
    op: Uuid,
) -> Result<List<'a>, Problem> {
    let q = form.map_or("", |form| form.get("q")).to_lowercase();
    let ticked: Vec<&str> = form.map(|form| form.all("came")).unwrap_or_default();
    let mut groups: Vec<Group> = Vec::new();
    for (house, mut row) in everyone(p, &item).await? {
        row.ticked = ticked.contains(&row.key.as_str());
        let fits = q.is_empty()
            || row.code.to_lowercase().contains(&q)
            || row.name.to_lowercase().contains(&q)
            || house.group.to_lowercase().contains(&q)
            || initials(&row.name).starts_with(&q);
        if !fits && !row.ticked {
            continue;
        }
        match groups.last_mut().filter(|group| group.name == house.group) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                name: house.group,
                rows: vec![row],
            }),
        }
    }
    let hours = item.row.hours.map(|most| most.to_string());
    Ok(List {
        hours: form
            .and_then(|form| form.some("hours"))
            .map(str::to_string)
            .or(hours)
            .unwrap_or_default(),
        p,
        f,
        item,
        groups,
        q,
        op,
    })
}

pub(super) async fn form(p: Page, names: Names) -> Shown {
    let item = found(&p, &names).await?;
    p.show(&page(&p, item, None, Faults::none(), csrf::fresh()).await?)
}

fn attendee(key: &str, scope: RuleScope, hours: Option<Quantity>) -> Option<Attendee> {
    let (household, person) = key.split_once('.')?;
    let person: i32 = person.parse().ok()?;
    Some(Attendee {
        household: HouseholdRef::No(household.parse().ok()?),
        member: Some(person).filter(|_| scope == RuleScope::Person),
        hours,
    })
}

pub(super) async fn sent(p: Page, names: Names, form: Form) -> Shown {
    let (op, item) = (form.op()?, found(&p, &names).await?);
    let mut faults = Faults::none();
    if form.get("step") == "find" {
        return p.show(&page(&p, item, Some(&form), faults, op).await?);
    }
    let hours = Quantity::parse(&plain_number(form.get("hours"))).ok();
    let hours = hours.filter(|hours| hours.is_valid());
    if item.row.hours.is_some() && hours.is_none() {
        faults.add("hours", p.t("activity.bad_hours"));
    }
    let hours = hours.filter(|_| item.row.hours.is_some());
    let ticked = form.all("came");
    let rows = ticked
        .iter()
        .filter_map(|key| attendee(key, item.row.scope, hours));
    let rows: Vec<Attendee> = rows.collect();
    if rows.is_empty() {
        faults.add("came", p.t("activity.list_none"));
    }
    if !faults.is_empty() {
        return p.mend(&page(&p, item, Some(&form), faults, op).await?);
    }
    let command = Command::SignIn(SignIn {
        activity: item.row.no,
        how: SignInHow::List,
        rows,
        at: None,
    });
    match p.submit(op, command).await {
        Ok(_) => Ok(go(&format!("/office/activities/{}", item.row.no))),
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &[("/rows", "came")])?;
            p.mend(&page(&p, item, Some(&form), faults, csrf::fresh()).await?)
        }
    }
}
