//! Importing a file in four steps: choose it, check its columns, mend its rows, confirm. The server
//! keeps nothing between the steps: the table itself travels with the form, and is judged anew
//! each time. Nothing is written before the last.

mod carried;
mod check;
mod confirm;
mod start;

use crate::core::rights::Act;
use crate::web::faces::{Entry, file_page, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Page, Shown, go};
use axum::routing::get;

const KEEPS: Guard = Guard::Office(Act::KeepHouseholds);

/// The pages of this part. Its later steps are reached by forms alone.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/office/import", KEEPS, get(start::form)),
        file_page(
            "/office/import/columns",
            KEEPS,
            get(again).post(start::sent),
        ),
        file_page("/office/import/check", KEEPS, get(again).post(check::sent)),
        file_page(
            "/office/import/faulty",
            KEEPS,
            get(again).post(check::faulty),
        ),
        file_page(
            "/office/import/preview",
            KEEPS,
            get(again).post(confirm::preview),
        ),
        file_page(
            "/office/import/confirm",
            KEEPS,
            get(again).post(confirm::sent),
        ),
        page("/office/import/done", KEEPS, get(confirm::done)),
        page("/office/import/sample/{kind}", KEEPS, get(start::sample)),
    ]
}

/// Whoever comes to a later step without a file begins at the first.
async fn again(_: Page) -> Shown {
    Ok(go("/office/import"))
}
