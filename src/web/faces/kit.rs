//! `/kit`, in the demo alone: every component in every state, to look at and to test.

use super::{Entry, page};
use crate::core::Day;
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![page("/kit", Guard::Open, get(show))]
}

/// The pictures of `assets/icons.svg`.
const ICONS: [&str; 40] = [
    "home",
    "star",
    "broom",
    "leaf",
    "tree",
    "camera",
    "qr",
    "card",
    "cart",
    "box",
    "basket",
    "scan",
    "check",
    "alert",
    "info",
    "clock",
    "wifi",
    "wifi-off",
    "undo",
    "user",
    "users",
    "yard",
    "gavel",
    "objection",
    "megaphone",
    "printer",
    "chart",
    "settings",
    "language",
    "textsize",
    "phone",
    "sound",
    "book",
    "lock",
    "search",
    "plus",
    "minus",
    "close",
    "back",
    "next",
];

#[derive(Template)]
#[template(path = "kit.html")]
struct Kit<'a> {
    p: &'a Page,
    f: Faults,
    none: Faults,
    today: Day,
    icons: &'a [&'a str],
    done: [(); 2],
    left: [(); 2],
}

async fn show(p: Page) -> Shown {
    if !p.is_demo() {
        return Err(Problem::not_found());
    }
    let mut f = Faults::none();
    for (field, text) in [
        ("reason", p.t("kit.reason_missing")),
        ("place", p.t("kit.place_missing")),
        ("pin", p.t("kit.pin_wrong")),
    ] {
        f.add(field, text);
    }
    p.show(&Kit {
        p: &p,
        f,
        none: Faults::none(),
        today: p.today(),
        icons: &ICONS,
        done: [(); 2],
        left: [(); 2],
    })
}
