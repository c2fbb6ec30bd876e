//! What waits for a second person: the queue, and one operation with its rows.

mod decide;

use super::awards::done;
use super::awards::scheme::RuleWords;
use crate::core::Points;
use crate::core::award;
use crate::core::rights::Act;
use crate::core::rows::{AwardState, Path, RuleKind, Tie, UseKind};
use crate::store::read::caps::{self, Deed};
use crate::store::read::deeds::{self, DeedRow, Deeds, Waiting};
use crate::store::read::fund;
use crate::store::read::rules::RuleItem;
use crate::web::extract::Names;
use crate::web::faces::{Entry, page};
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Page, Shown, csrf};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use std::collections::HashMap;
use uuid::Uuid;

/// The most rows one approval takes, so that each is seen.
pub const ROWS_MAX: usize = 200;
/// An award of more than this many times the usual is marked.
const OUTLIER: i64 = 3;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let guard = Guard::Office(Act::SeeJournal);
    vec![
        page("/office/reviews", guard, get(queue)),
        page(
            "/office/reviews/{operation}",
            guard,
            get(one).post(decide::sent),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/reviews.html")]
struct Queue<'a> {
    p: &'a Page,
    items: Vec<QueueItem>,
    may_review: bool,
}

/// An operation of the queue.
struct QueueItem {
    waiting: Waiting,
    is_mine: bool,
    is_outlier: bool,
}

impl QueueItem {
    fn is_deduct(&self) -> bool {
        self.waiting.kind == RuleKind::Deduct
    }
}

fn is_outlier(points: Points, rule: i32, usual: &HashMap<i32, Points>) -> bool {
    let usual = usual.get(&rule);
    usual.is_some_and(|usual| points.0 > usual.0.saturating_mul(OUTLIER))
}

async fn queue(p: Page) -> Shown {
    if !p.may(Act::SeeHouseholds) {
        return Err(Problem::not_allowed());
    }
    let (store, unit) = (&p.app.store, p.village()?.no);
    let reader = p.visit()?.caller.staff;
    let usual = deeds::usual(store, unit).await?;
    let waiting = deeds::waiting(store, unit, reader).await?;
    let may_review = p.may(Act::ReviewAward);
    let items = waiting.into_iter().map(|waiting| QueueItem {
        is_mine: waiting.recorder == reader,
        is_outlier: is_outlier(waiting.most, waiting.rule, &usual),
        waiting,
    });
    // A recorder looks after what they sent, a reviewer after all that waits.
    let items = items.filter(|item| may_review || item.is_mine).collect();
    p.show(&Queue {
        p: &p,
        items,
        may_review,
    })
}

#[derive(Template)]
#[template(path = "office/review.html")]
pub(super) struct Review<'a> {
    p: &'a Page,
    f: Faults,
    deeds: Deeds,
    rule: RuleWords,
    /// Rows that wait, those to look at first in front; at most [`ROWS_MAX`].
    open: Vec<Row>,
    /// Rows that wait beyond these.
    beyond: usize,
    /// Rows already decided.
    closed: Vec<Row>,
    /// Rows that wait and are marked.
    marked: usize,
    /// Rows that wait and may be decided by the reader.
    mine: usize,
    sum: Points,
    fund: (Points, Points),
    path_note: String,
    seal: String,
    may_review: bool,
    is_mine: bool,
    reason: String,
    op: Uuid,
}

/// One row of an operation.
pub(super) struct Row {
    deed: DeedRow,
    /// Under the rule in its period: without this row, and with it.
    used: Option<(Points, Points)>,
    cap: Option<Points>,
    is_short: bool,
    is_outlier: bool,
    picked: bool,
}

impl Row {
    fn is_tied(&self) -> bool {
        self.deed.tie.is_some()
    }

    fn is_own(&self) -> bool {
        self.deed.tie == Some(Tie::Own)
    }

    fn is_marked(&self) -> bool {
        self.is_tied() || self.is_outlier || self.is_short
    }

    fn line(&self) -> i32 {
        self.deed.award.line
    }
}

impl Review<'_> {
    fn pill(&self, state: &AwardState) -> (&'static str, &'static str, &'static str) {
        done::state_pill(*state)
    }

    fn can_decide(&self) -> bool {
        self.may_review && !self.is_mine && self.mine > 0
    }
}

/// The same as long as every row of the operation stays as it is.
fn seal(deeds: &Deeds) -> String {
    hex::encode(award::seal(deeds.rows.iter().map(|row| &row.award)))
}

async fn rows(p: &Page, deeds: &Deeds, rule: &RuleItem) -> Result<Vec<Row>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let usual = deeds::usual(store, unit).await?;
    let limits = caps::limits(store, unit, &rule.row).await?;
    let day = deeds.rows.first().map(|row| row.award.occurred);
    let used = match day {
        Some(day) => caps::used_by_all(store, unit, &limits, day).await?,
        None => HashMap::new(),
    };
    let row = |deed: &DeedRow| {
        let award = &deed.award;
        let who = Deed {
            household: award.household,
            group_no: award.group_no,
            member: award.member,
            day: award.occurred,
        };
        let own = limits.of(&used, who);
        let own = own.iter().find(|cap| cap.kind == UseKind::Rule);
        // A proposed award has been counted since it was recorded.
        let waits = award.state == AwardState::Proposed;
        let own = own.filter(|_| waits);
        let full = rule.row.points.times(award.quantity);
        let is_outlier = waits && is_outlier(award.points, award.rule, &usual);
        let is_tied = deed.tie.is_some();
        Row {
            used: own.map(|cap| (Points((cap.used.0 - award.points.0).max(0)), cap.used)),
            cap: own.and_then(|cap| cap.cap),
            is_short: full.is_some_and(|full| award.points < full),
            is_outlier,
            // A marked row is not approved by the way.
            picked: waits && !is_outlier && !is_tied,
            deed: deed.clone(),
        }
    };
    Ok(deeds.rows.iter().map(row).collect())
}

/// The page of one operation.
pub(super) async fn page_of<'a>(
    p: &'a Page,
    (deeds, item): (Deeds, RuleItem),
    f: Faults,
    op: Uuid,
) -> Result<Review<'a>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let all = rows(p, &deeds, &item).await?;
    let waits = |row: &Row| row.deed.award.state == AwardState::Proposed;
    let (mut open, closed): (Vec<Row>, Vec<Row>) = all.into_iter().partition(waits);
    open.sort_by_key(|row| !row.is_marked());
    let beyond = open.len().saturating_sub(ROWS_MAX);
    open.truncate(ROWS_MAX);
    let free = open.iter().filter(|row| !row.is_tied());
    let (mine, sum) = free.fold((0, 0_i64), |(count, sum), row| {
        (count + 1, sum.saturating_add(row.deed.award.points.0))
    });
    let now = fund::fund(store, unit).await?.points;
    let rule = RuleWords::of(p, &item);
    let after = match item.row.kind {
        RuleKind::Award => now.0.saturating_sub(sum),
        RuleKind::Deduct => now.0.saturating_add(sum),
    };
    let path_note = p.t(match (item.row.kind, item.row.path) {
        (RuleKind::Award, Path::Noticed) => "review.then_noticed",
        (RuleKind::Award, _) => "review.then_booked",
        (RuleKind::Deduct, _) => "review.then_deducted",
    });
    Ok(Review {
        p,
        f,
        may_review: p.may(Act::ReviewAward),
        is_mine: deeds.recorder == p.visit()?.caller.staff,
        seal: seal(&deeds),
        marked: open.iter().filter(|row| row.is_marked()).count(),
        sum: Points(sum),
        fund: (now, Points(after)),
        reason: String::new(),
        deeds,
        rule,
        open,
        beyond,
        closed,
        mine,
        path_note,
        op,
    })
}

async fn one(p: Page, names: Names) -> Shown {
    let found = done::found(&p, &names).await?;
    let is_own = found.0.recorder == p.visit()?.caller.staff;
    if !is_own && !p.may(Act::ReviewAward) {
        return Err(Problem::not_allowed());
    }
    let page = page_of(&p, found, Faults::none(), csrf::fresh()).await?;
    p.show(&page)
}
