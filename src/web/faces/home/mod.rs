//! The household's own pages: what it has, why, and its account.

mod account;
mod checkin;
mod entry;
mod ledger;
pub mod objections;
mod own;

use super::{Entry, page};
use crate::web::page::admit::Guard;
use axum::routing::{get, post};

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/home", Guard::Home, get(own::home)),
        page("/home/code", Guard::Home, get(own::code)),
        page("/home/activities", Guard::Home, get(checkin::list)),
        page(
            "/home/checkin",
            Guard::Open,
            get(checkin::show).post(checkin::sent),
        ),
        page("/home/members", Guard::Home, get(own::members)),
        page("/home/ledger", Guard::Home, get(ledger::list)),
        page("/home/ledger/{seq}", Guard::Home, get(ledger::one)),
        page("/home/objections", Guard::Home, get(objections::list)),
        page(
            "/home/objections/new",
            Guard::Home,
            get(objections::form).post(objections::sent),
        ),
        page("/home/objections/{no}", Guard::Home, get(objections::one)),
        page("/home/account", Guard::Home, get(account::show)),
        page(
            "/home/account/pin",
            Guard::Home,
            get(account::again).post(account::change_pin),
        ),
        page(
            "/home/account/devices",
            Guard::Home,
            post(account::end_devices),
        ),
    ]
}
