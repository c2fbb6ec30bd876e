//! What everybody may see: the start page, villages, choices of look, help.

mod notices;
mod texts;
mod village;

use super::{Entry, page};
use crate::core::Points;
use crate::core::rights::UnitKind;
use crate::store::read::directory::{self, UnitInfo};
use crate::web::page::admit::Guard;
use crate::web::page::look::{Size, Theme, choice};
use crate::web::page::{Page, Shown, back_to, go};
use askama::Template;
use axum::http::{HeaderValue, header};
use axum::routing::get;

/// Villages the start page offers.
const VILLAGES_MAX: usize = 2_000;
/// From so many villages on a list is searched, not read.
const SEARCH_FROM: usize = 9;

/// The public pages.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/", Guard::Open, get(start)),
        page("/look", Guard::Open, get(look)),
        page("/place", Guard::Signed, get(place)),
        page("/v/{village}", Guard::Open, get(village::village)),
        page("/v/{village}/rules", Guard::Open, get(village::rules)),
        page("/v/{village}/goods", Guard::Open, get(village::goods)),
        page("/v/{village}/notices", Guard::Open, get(notices::list)),
        page("/v/{village}/notices/{no}", Guard::Open, get(notices::one)),
        page("/c", Guard::Open, get(texts::card)),
        page("/settings", Guard::Open, get(texts::settings)),
        page("/help", Guard::Open, get(texts::help)),
        page("/privacy", Guard::Open, get(texts::privacy)),
    ]
}

/// How many points, in words.
impl Page {
    /// `3分`, `3 points`, `1 point`.
    #[must_use]
    pub fn n_points(&self, points: &Points) -> String {
        self.t1(points_key(*points), "points", self.points(points))
    }

    /// `+3分`, `−1 point`.
    #[must_use]
    pub fn signed_points(&self, points: &Points) -> String {
        self.t1(points_key(*points), "points", self.signed(points))
    }
}

/// How long a notice stands yet.
impl Page {
    /// `还剩3天`; on its last day `今天截止`.
    #[must_use]
    pub fn notice_left(&self, days: &i32) -> String {
        match days {
            ..=0 => self.t("notice.last_day"),
            1 => self.t("notice.left_one"),
            _ => self.t1("notice.left", "n", days),
        }
    }
}

fn points_key(points: Points) -> &'static str {
    match points.0.saturating_abs() {
        100 => "public.one_point",
        _ => "public.n_points",
    }
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start<'a> {
    p: &'a Page,
    villages: Vec<UnitInfo>,
    /// Whether there are enough villages to search among.
    can_search: bool,
    q: &'a str,
}

async fn start(p: Page) -> Shown {
    let mut villages = directory::villages(&p.app.store, None, None, VILLAGES_MAX).await?;
    let can_search = villages.len() >= SEARCH_FROM;
    let q = p.asked("q").trim();
    if !q.is_empty() {
        villages.retain(|unit| unit.name.contains(q) || unit.code.eq_ignore_ascii_case(q));
    }
    p.show(&Start {
        p: &p,
        villages,
        can_search,
        q,
    })
}

/// Takes a choice of language, size or theme, and goes back.
async fn look(p: Page) -> Shown {
    let mut response = go(back_to(p.asked("back"), "/"));
    let is_lang = |word: &&str| matches!(*word, "zh" | "en");
    let lang = Some(p.asked("lang"))
        .filter(is_lang)
        .map(|word| choice("lang", word));
    let size = Size::of_word(p.asked("size")).map(|size| choice("size", size.word()));
    let theme = Theme::of_word(p.asked("theme")).map(|theme| choice("theme", theme.word()));
    for cookie in [lang, size, theme].into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// Takes the village and station to work at; whether one may is asked by each page.
async fn place(p: Page) -> Shown {
    let mut response = go(back_to(p.asked("to"), "/me"));
    let is_code = |word: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !word.is_empty() && word.len() <= 32 && word.chars().all(plain)
    };
    for (field, name) in [("village", "place"), ("station", "station")] {
        if let Some(code) = Some(p.asked(field)).filter(is_code)
            && let Ok(value) = HeaderValue::from_str(&choice(name, code))
        {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// A village by the code of a public path.
///
/// # Errors
/// 404 for anything else.
pub async fn village_named(p: &Page, code: &str) -> Result<UnitInfo, crate::web::problem::Problem> {
    let unit = match code.len() {
        1..=64 => directory::unit(&p.app.store, code).await?,
        _ => None,
    };
    let unit = unit.filter(|unit| unit.kind == UnitKind::Village);
    unit.ok_or_else(crate::web::problem::Problem::not_found)
}
