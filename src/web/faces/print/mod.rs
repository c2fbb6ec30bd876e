//! Paper: cards, book pages, statements, slips. The server divides the pages, so that their
//! numbers and heads are real.

mod cards;
mod ledger;
mod notice;
mod signin;
mod slip;

use super::{Entry, page};
use crate::core::rights::Act;
use crate::web::page::admit::Guard;
use axum::routing::get;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page(
            "/print/cards",
            Guard::Office(Act::KeepCards),
            get(cards::show).post(cards::issue),
        ),
        page(
            "/print/book/{household}",
            Guard::Office(Act::SeeHouseholds),
            get(ledger::book),
        ),
        page(
            "/print/statement/{household}",
            Guard::Signed,
            get(ledger::statement),
        ),
        page(
            "/print/signin/{activity}",
            Guard::Office(Act::KeepActivities),
            get(signin::show),
        ),
        page(
            "/print/notice/{no}",
            Guard::Office(Act::SeeJournal),
            get(notice::notice),
        ),
        page(
            "/print/objection/{no}",
            Guard::Signed,
            get(notice::objection),
        ),
        page("/print/slip/{operation}", Guard::Signed, get(slip::show)),
    ]
}
