//! The register: seeking, entering, changing households, their cards and PINs.

mod card;
mod change;
mod detail;
mod fields;
mod new;
mod pin;

pub mod list;

use crate::core::rights::Act;
use crate::core::rows::HouseholdStatus;
use crate::store::read::households::{HouseholdView, view};
use crate::store::read::{directory, journal};
use crate::web::extract::Names;
use crate::web::faces::{Entry, page};
use crate::web::page::Page;
use crate::web::page::admit::Guard;
use crate::web::problem::Problem;
use axum::routing::get;
use uuid::Uuid;

const SEES: Guard = Guard::Office(Act::SeeJournal);
const KEEPS: Guard = Guard::Office(Act::KeepHouseholds);
const CARDS: Guard = Guard::Office(Act::KeepCards);

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/office/households", SEES, get(list::list)),
        page(
            "/office/households/new",
            KEEPS,
            get(new::form).post(new::sent),
        ),
        page("/office/households/{household}", SEES, get(detail::detail)),
        page(
            "/office/households/{household}/ledger",
            SEES,
            get(detail::ledger),
        ),
        page(
            "/office/households/{household}/change",
            KEEPS,
            get(change::form).post(change::sent),
        ),
        page(
            "/office/households/{household}/card",
            CARDS,
            get(card::form).post(card::sent),
        ),
        page(
            "/office/households/{household}/pin",
            CARDS,
            get(pin::form).post(pin::sent),
        ),
    ]
}

/// The household of the path.
///
/// # Errors
/// 404 when the village has none of that code, 403 for whoever sees no households.
async fn named(p: &Page, names: &Names) -> Result<HouseholdView, Problem> {
    super::desk::committee(p)?;
    let (store, unit) = (&p.app.store, p.village()?.no);
    let no = directory::household_no(store, unit, names.get("household")).await?;
    let no = no.ok_or_else(Problem::not_found)?;
    view(store, unit, no).await?.ok_or_else(Problem::not_found)
}

/// Whether a form with this key was accepted before, as when a button was tapped twice.
///
/// # Errors
/// What reading may say.
async fn was_done(p: &Page, op: Uuid) -> Result<bool, Problem> {
    let known = journal::one(&p.app.store, p.village()?.no, op).await?;
    Ok(known.is_some_and(|(item, ..)| {
        item.actor == p.visit.as_ref().map_or(Uuid::nil(), |v| v.caller.staff)
    }))
}

/// The key of a status's word.
fn status_key(status: HouseholdStatus) -> &'static str {
    match status {
        HouseholdStatus::Resident => "household.resident",
        HouseholdStatus::Away => "household.away",
        HouseholdStatus::Closed => "household.closed",
    }
}

/// A code inside an address.
fn coded(code: &str) -> String {
    form_urlencoded::byte_serialize(code.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// The address of a household's page, or of one below it.
fn address(code: &str, below: &str) -> String {
    format!("/office/households/{}{below}", coded(code))
}
