//! What became of an award or a sheet: its number, its rows, what happens next.

use super::scheme::RuleWords;
use crate::core::Points;
use crate::core::ledger::Balance;
use crate::core::rights::Act;
use crate::core::rows::AwardState;
use crate::store::read::deeds::{self, Deeds};
use crate::store::read::rules::RuleItem;
use crate::store::read::{households, rule_versions};
use crate::web::extract::Names;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use askama::Template;

#[derive(Template)]
#[template(path = "office/award_done.html")]
struct Done<'a> {
    p: &'a Page,
    deeds: Deeds,
    rule: RuleWords,
    sum: Points,
    /// Rows that wait for another person.
    waits: usize,
    /// Rows that got less than the rule gives.
    short: usize,
    is_sheet: bool,
    balance: Option<Balance>,
    /// What a deduction could not take.
    unpaid: Points,
    draft: String,
}

/// An operation's awards with the rule's version they were made under; 404 for other operations
/// and for whoever may not see households.
pub async fn found(p: &Page, names: &Names) -> Result<(Deeds, RuleItem), Problem> {
    if !p.may(Act::SeeHouseholds) {
        return Err(Problem::not_allowed());
    }
    let (store, unit) = (&p.app.store, p.village()?.no);
    let reader = p.visit()?.caller.staff;
    let deeds = deeds::deeds(store, unit, names.id("operation")?, reader).await?;
    let deeds = deeds.ok_or_else(Problem::not_found)?;
    let first = deeds.rows.first().ok_or_else(Problem::not_found)?;
    let (rule, version) = (first.award.rule, first.award.rule_version);
    let rule = rule_versions::version(store, unit, rule, version).await?;
    Ok((deeds, rule.ok_or_else(Problem::internal)?))
}

/// The key of a state's pill, its icon, its word.
pub fn state_pill(state: AwardState) -> (&'static str, &'static str, &'static str) {
    match state {
        AwardState::Proposed => ("pill-wait", "clock", "word.proposed"),
        AwardState::Pending => ("pill-info", "megaphone", "word.pending"),
        AwardState::Booked => ("pill-ok", "check", "word.booked"),
        AwardState::Rejected => ("pill-bad", "undo", "word.rejected"),
        AwardState::Reversed => ("pill-bad", "undo", "word.reversed"),
        AwardState::Returned => ("pill-bad", "clock", "word.returned"),
    }
}

impl Done<'_> {
    fn pill(&self, state: &AwardState) -> (&'static str, &'static str, &'static str) {
        state_pill(*state)
    }
}

async fn show(p: Page, names: Names, is_sheet: bool) -> Shown {
    let (deeds, item) = found(&p, &names).await?;
    let rule = RuleWords::of(&p, &item);
    let in_state = |state| {
        let rows = deeds.rows.iter();
        rows.filter(|row| row.award.state == state).count()
    };
    let points = deeds.rows.iter().map(|row| row.award.points.0);
    let short = deeds.rows.iter().filter(|row| {
        let full = item.row.points.times(row.award.quantity);
        full.is_some_and(|full| row.award.points < full)
    });
    let balance = match deeds.rows.first().filter(|_| !is_sheet) {
        Some(row) => {
            let (store, unit) = (&p.app.store, p.village()?.no);
            let view = households::view(store, unit, row.award.household).await?;
            view.map(|view| view.balance)
        }
        None => None,
    };
    let page = Done {
        sum: Points(points.fold(0, i64::saturating_add)),
        waits: in_state(AwardState::Proposed),
        short: short.count(),
        unpaid: deeds
            .rows
            .first()
            .map_or(Points::ZERO, |row| row.award.unpaid),
        draft: format!("sheet:{}:{}", p.village_code(), rule.code),
        is_sheet,
        balance,
        rule,
        deeds,
        p: &p,
    };
    p.show(&page)
}

/// The result of a sheet.
pub async fn sheet(p: Page, names: Names) -> Shown {
    show(p, names, true).await
}

/// The result of one award.
pub async fn award(p: Page, names: Names) -> Shown {
    show(p, names, false).await
}
