//! Photos for people who are signed in: a village's own, to its staff and its households.

use super::{Entry, page};
use crate::core::rights::{Act, Place, UnitKind};
use crate::photo::Form;
use crate::store::read::directory;
use crate::web::extract::Names;
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown};
use crate::web::photos::{of_id, serve};
use crate::web::problem::Problem;
use axum::routing::get;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![page("/photo/{village}/{file}", Guard::Signed, get(show))]
}

/// A village that the visitor may not see is as if it were not there.
async fn show(p: Page, names: Names) -> Shown {
    let file = names.get("file").strip_suffix(".jpg");
    let file = file.ok_or_else(Problem::not_found)?;
    let (name, form) = match file.strip_suffix("-s") {
        Some(name) => (name, Form::Thumb),
        None => (file, Form::Full),
    };
    let hash = of_id(name).ok_or_else(Problem::not_found)?;
    let unit = directory::unit(&p.app.store, names.get("village")).await?;
    let unit = unit.filter(|unit| unit.kind == UnitKind::Village);
    let unit = unit.ok_or_else(Problem::not_found)?;
    let place = Place {
        unit: unit.no,
        parent: unit.parent,
        station: None,
    };
    let caller = &p.visit()?.caller;
    let own = caller.household.is_some_and(|(home, _)| home == unit.no);
    if !own && !caller.may(Act::SeeVillage, place) {
        return Err(Problem::not_found());
    }
    serve(&p.app, unit.no, &hash, form).await
}
