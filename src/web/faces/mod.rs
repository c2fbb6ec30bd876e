//! The faces: one folder for each kind of visitor, each with its own table of pages. The router
//! is built from these tables alone, so no page is served without its guard.

pub mod home;
pub mod kit;
pub mod office;
pub mod photo;
pub mod posted;
pub mod print;
pub mod public;
pub mod pwa;
pub mod signin;
pub mod till;
pub mod town;

use super::App;
use super::page::admit::Guard;
use axum::routing::MethodRouter;

/// One page: its path, what it asks of its visitor, its handlers, and what its form may bring.
pub struct Entry {
    /// The path, with `{names}`.
    pub path: &'static str,
    /// What it asks.
    pub guard: Guard,
    /// GET, and POST where it has a form.
    pub methods: MethodRouter<App>,
    /// What its form may bring.
    pub body: Body,
}

/// What a form may bring, and so how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Fields alone.
    Fields,
    /// One file of a committee.
    File,
    /// Photos.
    Photos,
}

/// A page.
pub fn page(path: &'static str, guard: Guard, methods: MethodRouter<App>) -> Entry {
    Entry {
        path,
        guard,
        methods,
        body: Body::Fields,
    }
}

/// A page whose form brings a file.
pub fn file_page(path: &'static str, guard: Guard, methods: MethodRouter<App>) -> Entry {
    Entry {
        body: Body::File,
        ..page(path, guard, methods)
    }
}

/// A page whose form brings photos.
pub fn photo_page(path: &'static str, guard: Guard, methods: MethodRouter<App>) -> Entry {
    Entry {
        body: Body::Photos,
        ..page(path, guard, methods)
    }
}

/// Every page there is.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let mut pages = public::pages();
    pages.extend(signin::pages());
    pages.extend(home::pages());
    pages.extend(office::pages());
    pages.extend(till::pages());
    pages.extend(town::pages());
    pages.extend(print::pages());
    pages.extend(photo::pages());
    pages.extend(kit::pages());
    pages.extend(pwa::pages());
    pages
}
