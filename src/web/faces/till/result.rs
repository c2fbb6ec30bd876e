//! `/result/{operation}`: whether something was done, when its answer was lost on the way.

use crate::core::rights::{Act, SYSTEM};
use crate::core::{Command, HouseholdRef, kind_word};
use crate::store::read::receipts::{self, Ended};
use crate::store::read::{journal, redemptions};
use crate::web::extract::Names;
use crate::web::page::{Page, Shown, back_to};
use crate::web::problem::Problem;
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "till/result.html")]
struct Outcome<'a> {
    p: &'a Page,
    op: Uuid,
    ended: Option<Ended>,
    /// Where more is to be seen; empty for nowhere.
    more: String,
    back: String,
}

/// Whether an operation concerns the household that looks.
async fn is_own(p: &Page, unit: i32, op: Uuid) -> Result<bool, Problem> {
    let own = p.household()?;
    let Some((_, command, transfers)) = journal::one(&p.app.store, unit, op).await? else {
        return Ok(false);
    };
    let named = match &command {
        Command::SetPin(set) => set.household == HouseholdRef::No(own),
        Command::IssueCard(issue) => issue.household == HouseholdRef::No(own),
        Command::ChangeHousehold(change) => change.household == HouseholdRef::No(own),
        _ => false,
    };
    Ok(named || transfers.iter().any(|transfer| transfer.household == own))
}

async fn found(p: &Page, op: Uuid) -> Result<Option<Ended>, Problem> {
    let store = &p.app.store;
    if p.is_household() {
        let unit = p.village()?.no;
        return match is_own(p, unit, op).await? {
            true => Ok(receipts::ended(store, unit, op).await?),
            false => Ok(None),
        };
    }
    let visit = p.visit()?;
    if let Some(unit) = &visit.unit
        && let Some(ended) = receipts::ended(store, unit.no, op).await?
    {
        return Ok(Some(ended));
    }
    // Founding and staff are in the system's own journal: there one sees one's own alone.
    let ended = receipts::ended(store, SYSTEM, op).await?;
    Ok(ended.filter(|ended| ended.actor == visit.caller.staff))
}

async fn more(p: &Page, op: Uuid, ended: &Ended) -> Result<String, Problem> {
    if p.is_household() {
        return Ok("/home/ledger".to_string());
    }
    let unit = p.visit()?.unit.as_ref().map(|unit| unit.no);
    Ok(match (kind_word(ended.kind), unit) {
        ("redemption", Some(unit)) => {
            let item = redemptions::one(&p.app.store, unit, op).await?;
            match item.filter(|item| p.may_at(Act::Redeem, Some(item.row.station))) {
                Some(_) => format!("/till/done/{op}"),
                None => String::new(),
            }
        }
        ("refund", Some(_)) if p.may(Act::Refund) => format!("/till/refunded/{op}"),
        _ => String::new(),
    })
}

/// The fate of an operation.
pub async fn show(p: Page, names: Names) -> Shown {
    let op = names.id("operation")?;
    let ended = found(&p, op).await?;
    let home = if p.is_household() { "/home" } else { "/me" };
    let back = back_to(p.asked("back"), home).to_string();
    let more = match &ended {
        Some(ended) => more(&p, op, ended).await?,
        None => String::new(),
    };
    p.show(&Outcome {
        p: &p,
        op,
        ended,
        more,
        back,
    })
}
