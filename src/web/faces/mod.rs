//! The faces: one folder for each kind of visitor, each with its own table of pages. The router
//! is built from these tables alone, so no page is served without its guard.

pub mod home;
pub mod kit;
pub mod office;
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

/// One page: its path, what it asks of its visitor, its handlers, and whether a file comes in.
pub struct Entry {
    /// The path, with `{names}`.
    pub path: &'static str,
    /// What it asks.
    pub guard: Guard,
    /// GET, and POST where it has a form.
    pub methods: MethodRouter<App>,
    /// Whether its form brings a file.
    pub is_file: bool,
}

/// A page.
pub fn page(path: &'static str, guard: Guard, methods: MethodRouter<App>) -> Entry {
    Entry {
        path,
        guard,
        methods,
        is_file: false,
    }
}

/// A page whose form brings a file.
pub fn file_page(path: &'static str, guard: Guard, methods: MethodRouter<App>) -> Entry {
    Entry {
        is_file: true,
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
    pages.extend(kit::pages());
    pages.extend(pwa::pages());
    pages
}
