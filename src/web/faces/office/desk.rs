//! The committee's desk: what waits today, and the register.

use super::households::list::{Listing, listing};
use crate::core::Points;
use crate::core::rights::Act;
use crate::store::read::desk::{self, Returned, Todo};
use crate::store::read::fund;
use crate::store::read::notices::{self, Due};
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;

/// How long an award that was sent back stays on the desk: 30 days.
const RETURNED_MICROS: i64 = 30 * 86_400 * 1_000_000;
const HOUR_MICROS: i64 = 3_600 * 1_000_000;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![page("/office", Guard::Office(Act::SeeJournal), get(desk))]
}

/// Whoever works in the committee: the township's officer sees no names, the clerk has a face of
/// their own.
///
/// # Errors
/// 403 for others.
pub fn committee(p: &Page) -> Result<(), Problem> {
    match p.may(Act::SeeHouseholds) && p.may(Act::SeeJournal) {
        true => Ok(()),
        false => Err(Problem::not_allowed()),
    }
}

#[derive(Template)]
#[template(path = "office/desk.html")]
struct Desk<'a> {
    p: &'a Page,
    todo: Todo,
    due: Due,
    returned: Vec<Returned>,
    left: Points,
    is_short: bool,
    list: Listing,
}

impl Desk<'_> {
    fn today(&self) -> String {
        self.p.day_long(&self.p.today())
    }

    fn n(&self, n: &i64) -> String {
        self.p.count(*n)
    }

    /// Days until the first objection is due; below zero when it is late.
    fn objection_days(&self) -> Option<i32> {
        Some(self.due.next?.0 - self.p.today().0)
    }

    fn oldest_hours(&self) -> Option<i64> {
        let since = self.todo.oldest?;
        Some((self.p.now - since).max(0) / HOUR_MICROS)
    }
}

async fn desk(p: Page) -> Shown {
    committee(&p)?;
    let (store, unit, staff) = (&p.app.store, p.village()?.no, p.visit()?.caller.staff);
    let todo = desk::todo(store, unit, staff).await?;
    let returned = match p.may(Act::RecordAward) {
        true => desk::returned(store, unit, staff, p.now - RETURNED_MICROS).await?,
        false => Vec::new(),
    };
    let left = fund::fund(store, unit).await?.points;
    p.show(&Desk {
        p: &p,
        is_short: left.0 < todo.allotted.0 / 10,
        list: listing(&p).await?,
        due: notices::due(store, unit, staff, p.today()).await?,
        todo,
        returned,
        left,
    })
}
