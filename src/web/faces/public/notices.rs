//! Public notices: everybody reads those that are open; afterwards the committee alone does.

use super::village_named;
use crate::core::rights::Act;
use crate::core::rows::NoticeState;
use crate::core::{Day, Points};
use crate::store::read::directory::UnitInfo;
use crate::store::read::notices::{self, NoticeItem};
use crate::store::read::policy;
use crate::web::extract::Names;
use crate::web::faces::posted::{PublicGroup, public_groups, sums};
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;
use axum::http::StatusCode;

#[derive(Template)]
#[template(path = "public/notices.html")]
struct Notices<'a> {
    p: &'a Page,
    unit: UnitInfo,
    open: Vec<(NoticeItem, i32)>,
}

#[derive(Template)]
#[template(path = "public/notice.html")]
struct Notice<'a> {
    p: &'a Page,
    unit: UnitInfo,
    item: NoticeItem,
    /// Days until the last one; `None` when it has closed and staff looks.
    left: Option<i32>,
    groups: Vec<PublicGroup>,
    sums: (Points, Points),
    count: usize,
    /// Whether the household that looks stands in it; `None` for others.
    own: Option<bool>,
    /// Its first line.
    own_key: String,
    help_phone: String,
}

#[derive(Template)]
#[template(path = "public/notice_closed.html")]
struct Closed<'a> {
    p: &'a Page,
    unit: UnitInfo,
    no: i32,
    /// Its last day; `None` when it was withdrawn.
    closed: Option<Day>,
    help_phone: String,
}

/// The days of a village's notices, whoever looks.
pub(super) async fn open(p: &Page, unit: &UnitInfo) -> Result<Vec<(NoticeItem, i32)>, Problem> {
    let settled = policy::policy(&p.app.store, unit.no).await?;
    let today = Day::of_instant(p.now, settled.utc_offset);
    let open = notices::open(&p.app.store, unit.no, today).await?;
    let with_days = open.into_iter().filter_map(|item| {
        let left = item.days_left(today)?;
        Some((item, left))
    });
    Ok(with_days.collect())
}

pub(super) async fn list(p: Page, names: Names) -> Shown {
    let unit = village_named(&p, names.get("village")).await?;
    p.show(&Notices {
        p: &p,
        open: open(&p, &unit).await?,
        unit,
    })
}

/// Whether the committee of this very village looks.
fn is_committee(p: &Page, unit: &UnitInfo) -> bool {
    let here = p.visit.as_ref().and_then(|visit| visit.unit.as_ref());
    here.is_some_and(|here| here.no == unit.no) && p.may(Act::SeeHouseholds)
}

pub(super) async fn one(p: Page, names: Names) -> Shown {
    let unit = village_named(&p, names.get("village")).await?;
    let no = names.get("no").parse::<i32>().ok().filter(|no| *no > 0);
    let no = no.ok_or_else(Problem::not_found)?;
    let item = notices::one(&p.app.store, unit.no, no).await?;
    // One that was never posted is not there.
    let item = item.filter(|item| item.row.opens.is_some());
    let item = item.ok_or_else(Problem::not_found)?;
    let settled = policy::policy(&p.app.store, unit.no).await?;
    let today = Day::of_instant(p.now, settled.utc_offset);
    let help_phone = settled.help_phone;
    if !item.is_open(today) && !is_committee(&p, &unit) {
        let posted = item.row.state == NoticeState::Posted;
        let closed = Closed {
            p: &p,
            unit,
            no,
            closed: item.row.closes.filter(|_| posted),
            help_phone,
        };
        return Ok(p.with(StatusCode::GONE, &closed));
    }
    let caller = p.visit.as_ref().and_then(|visit| visit.caller.household);
    let own = caller.filter(|(of, _)| *of == unit.no).map(|(_, no)| no);
    let lines = notices::lines(&p.app.store, unit.no, no).await?;
    let groups = public_groups(&p, &lines, own);
    let count = groups.iter().map(|group| group.lines.len()).sum();
    let mut all = groups.iter().flat_map(|group| &group.lines);
    let first = all.find(|line| line.is_own);
    let own_key = first.map(|line| line.key.clone()).unwrap_or_default();
    p.show(&Notice {
        p: &p,
        left: item.days_left(today),
        sums: sums(&groups),
        count,
        own: own.map(|_| !own_key.is_empty()),
        own_key,
        groups,
        unit,
        item,
        help_phone,
    })
}
