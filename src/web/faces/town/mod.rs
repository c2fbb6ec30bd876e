//! What a township sees: its villages side by side, one village over a year. It changes nothing,
//! and knows no names of people.

mod chart;
mod overview;
mod sheet;
mod standing;
mod village;

use super::{Entry, page};
use crate::core::Day;
use crate::store::read::town::month_of;
use crate::web::page::Page;
use crate::web::page::admit::Guard;
use axum::routing::get;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/town", Guard::Town, get(overview::show)),
        page("/town/table.csv", Guard::Town, get(sheet::download)),
        page("/town/villages/{village}", Guard::Town, get(village::show)),
    ]
}

/// The month asked for by `?month=2026-11`; this month when it is none, or has not come yet.
fn month(p: &Page) -> Day {
    let this = month_of(p.today());
    let day = [p.asked("month"), "-01"].concat();
    Day::parse(&day)
        .filter(|month| *month <= this)
        .unwrap_or(this)
}

/// As addresses write a month.
fn month_word(month: &Day) -> String {
    month.date().format("%Y-%m").to_string()
}
