//! The village's staff: who may do what, whose kin they are; adding and changing them.

mod change;
mod new;
mod roles;
mod ties;

use crate::core::rights::{Act, Grant, Role};
use crate::core::rows::Tie;
use crate::core::{Command, kind_word};
use crate::store::read::directory::{self, StationInfo};
use crate::store::read::journal;
use crate::store::read::people::{self, Person};
use crate::web::extract::{Names, Write};
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use uuid::Uuid;

const SEES: Guard = Guard::Office(Act::SeeStaff);
const KEEPS: Guard = Guard::Office(Act::KeepStaff);

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/office/staff", SEES, get(list)),
        page("/office/staff/new", KEEPS, get(new::form).post(new::sent)),
        page(
            "/office/staff/{staff}",
            KEEPS,
            get(change::form).post(change::sent),
        ),
        page(
            "/office/staff/{staff}/ties",
            KEEPS,
            get(ties::form).post(ties::sent),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/people.html")]
struct List<'a> {
    p: &'a Page,
    people: Vec<Person>,
    stations: Vec<StationInfo>,
    done: Option<String>,
}

impl List<'_> {
    fn keeps(&self) -> bool {
        self.p.may(Act::KeepStaff)
    }

    fn role(&self, grant: &Grant) -> String {
        role_said(self.p, &self.stations, grant)
    }

    fn is_own(&self, tie: &Tie) -> bool {
        *tie == Tie::Own
    }

    fn head(&self, head: &str) -> String {
        match self.p.may(Act::SeeHouseholds) {
            true => head.to_string(),
            false => self.p.masked(head),
        }
    }
}

/// A role with its station, in words.
fn role_said(p: &Page, stations: &[StationInfo], grant: &Grant) -> String {
    let role = p.t(&format!("word.{}", grant.role.word()));
    let station = stations.iter().find(|station| station.no == grant.station);
    match (grant.role, station) {
        (Role::Clerk, Some(station)) => {
            p.t2("people.role_at", "role", role, "station", &station.name)
        }
        _ => role,
    }
}

async fn list(p: Page) -> Shown {
    let (store, unit) = (&p.app.store, p.village()?.no);
    p.show(&List {
        people: people::list(store, unit).await?,
        stations: directory::stations(store, unit).await?,
        done: done(&p).await?,
        p: &p,
    })
}

/// What the query says was just done, when a journal knows it.
async fn done(p: &Page) -> Result<Option<String>, Problem> {
    let Ok(id) = Uuid::parse_str(p.asked("op")) else {
        return Ok(None);
    };
    for unit in [crate::core::rights::SYSTEM, p.village()?.no] {
        if let Some((item, ..)) = journal::one(&p.app.store, unit, id).await? {
            let word = kind_word(item.kind);
            let known = ["staff_added", "staff_changed", "ties_declared"].contains(&word);
            return Ok(known.then(|| p.t(&format!("people.done_{word}"))));
        }
    }
    Ok(None)
}

/// The person of the path.
///
/// # Errors
/// 404 for whoever holds nothing in this village.
async fn named(p: &Page, names: &Names) -> Result<Person, Problem> {
    let id = names.id("staff")?;
    let people = people::list(&p.app.store, p.village()?.no).await?;
    let found = people.into_iter().find(|person| person.id == id);
    found.ok_or_else(Problem::not_found)
}

/// A change of staff belongs to the installation's own journal, not to the village's.
fn system_write(p: &Page, op: Uuid) -> Result<Write, Problem> {
    let mut write = p.write(op)?;
    write.visit.unit = None;
    write.visit.station = None;
    Ok(write)
}

async fn submit(write: &Write, command: Command) -> Result<(), Problem> {
    let fate = write.submit(command).await;
    fate.map(|_| ()).map_err(|problem| match problem.code() {
        "outcome_unknown" => problem.figure("operation", write.key.to_string()),
        _ => problem,
    })
}
