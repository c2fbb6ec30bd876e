//! Public notices: put together by one person, posted by another.

mod act;

use crate::core::Points;
use crate::core::rights::Act;
use crate::core::rows::NoticeState;
use crate::store::read::notices::{self, NoticeItem, NoticeLine};
use crate::web::extract::Names;
use crate::web::faces::office::desk::committee;
use crate::web::faces::posted::{PublicGroup, public_groups, sums, veiled_lines};
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Page, Shown, csrf};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use uuid::Uuid;

/// Notices the list shows.
const LIST: usize = 60;
/// How long a notice stands unless chosen otherwise (UX T7).
const DAYS: i32 = 7;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let see = Guard::Office(Act::SeeJournal);
    let keep = Guard::Office(Act::KeepNotices);
    vec![
        page("/office/notices", see, get(list)),
        page("/office/notices/new", keep, get(new).post(act::composed)),
        page("/office/notices/{no}", see, get(one)),
        page(
            "/office/notices/{no}/confirm",
            keep,
            get(act::again).post(act::confirmed),
        ),
        page(
            "/office/notices/{no}/withdraw",
            keep,
            get(act::again).post(act::withdrawn),
        ),
        page(
            "/office/notices/{no}/line",
            Guard::Office(Act::Reverse),
            get(act::again).post(act::line_withdrawn),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/notices.html")]
struct List<'a> {
    p: &'a Page,
    waiting: usize,
    items: Vec<(NoticeItem, Option<i32>)>,
    may_keep: bool,
}

#[derive(Template)]
#[template(path = "office/notice_new.html")]
struct New<'a> {
    p: &'a Page,
    f: Faults,
    op: Uuid,
    groups: Vec<PublicGroup>,
    count: usize,
    sums: (Points, Points),
    veiled: usize,
    days: i32,
    choices: Vec<i32>,
    seal: String,
}

#[derive(Template)]
#[template(path = "office/notice.html")]
struct One<'a> {
    p: &'a Page,
    f: Faults,
    item: NoticeItem,
    left: Option<i32>,
    groups: Vec<PublicGroup>,
    /// Every line that stands, by its key, with the household's code for the committee.
    choices: Vec<(String, String)>,
    count: usize,
    sums: (Points, Points),
    veiled: usize,
    /// Lines that were taken out.
    gone: usize,
    seal: String,
    op: Uuid,
    is_composer: bool,
    may_keep: bool,
    may_reverse: bool,
    reason: String,
    line: String,
}

impl One<'_> {
    fn is_composed(&self) -> bool {
        self.item.row.state == NoticeState::Composed
    }

    fn is_withdrawn(&self) -> bool {
        self.item.row.state == NoticeState::Withdrawn
    }

    fn can_withdraw(&self) -> bool {
        self.may_keep && (self.is_composed() || self.left.is_some())
    }
}

async fn list(p: Page) -> Shown {
    committee(&p)?;
    let (store, unit) = (&p.app.store, p.village()?.no);
    let items = notices::list(store, unit, None, LIST).await?;
    let today = p.today();
    let with_days = items.into_iter().map(|item| {
        let left = item.days_left(today);
        (item, left)
    });
    p.show(&List {
        p: &p,
        waiting: notices::waiting(store, unit).await?.len(),
        items: with_days.collect(),
        may_keep: p.may(Act::KeepNotices),
    })
}

/// The page that puts the waiting lines together.
async fn new_page<'a>(p: &'a Page, f: Faults, op: Uuid, days: i32) -> Result<New<'a>, Problem> {
    let lines = notices::waiting(&p.app.store, p.village()?.no).await?;
    let groups = public_groups(p, &lines, None);
    Ok(New {
        p,
        f,
        op,
        count: lines.len(),
        sums: sums(&groups),
        veiled: veiled_lines(&groups),
        groups,
        days,
        seal: hex::encode(notices::seal_of(&lines)),
        choices: (p.policy.notice_days..=DAYS).collect(),
    })
}

async fn new(p: Page) -> Shown {
    committee(&p)?;
    p.show(&new_page(&p, Faults::none(), csrf::fresh(), DAYS).await?)
}

/// The notice of a path with all its lines.
async fn found(p: &Page, names: &Names) -> Result<(NoticeItem, Vec<NoticeLine>), Problem> {
    committee(p)?;
    let no = names.get("no").parse::<i32>().ok().filter(|no| *no > 0);
    let no = no.ok_or_else(Problem::not_found)?;
    let (store, unit) = (&p.app.store, p.village()?.no);
    let item = notices::one(store, unit, no).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    Ok((item, notices::lines(store, unit, no).await?))
}

fn one_page<'a>(
    p: &'a Page,
    (item, lines): (NoticeItem, Vec<NoticeLine>),
    f: Faults,
    op: Uuid,
) -> Result<One<'a>, Problem> {
    let groups = public_groups(p, &lines, None);
    let standing = lines.iter().filter(|line| line.stands());
    let choices = standing.map(|line| {
        let points = p.signed(&line.signed());
        let rule = p.name(&line.rule_zh, &line.rule_en);
        let said = [line.code.as_str(), &p.masked(&line.head), rule, &points].join(" ");
        (line.key(), said)
    });
    let choices: Vec<(String, String)> = choices.collect();
    Ok(One {
        p,
        f,
        op,
        left: item.days_left(p.today()),
        gone: lines.len() - choices.len(),
        count: choices.len(),
        choices,
        sums: sums(&groups),
        veiled: veiled_lines(&groups),
        groups,
        seal: hex::encode(notices::seal_of(&lines)),
        is_composer: item.row.composer == p.visit()?.caller.staff,
        may_keep: p.may(Act::KeepNotices),
        may_reverse: p.may(Act::Reverse),
        reason: String::new(),
        line: String::new(),
        item,
    })
}

async fn one(p: Page, names: Names) -> Shown {
    let found = found(&p, &names).await?;
    p.show(&one_page(&p, found, Faults::none(), csrf::fresh())?)
}
