//! What one award would do, before anything is written.

use super::scheme::{limit, why};
use super::{Step, form};
use crate::core::rows::{ArrearsPolicy, Path, RuleKind};
use crate::core::{Answer, Awarded, Points};
use crate::store::Refusal;
use crate::store::read::caps::{self, Deed};
use crate::store::read::{fund, roster};
use crate::web::page::{Page, show};
use crate::web::problem::Problem;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// An award as it would be booked.
pub struct Preview {
    /// What the rule gives or takes for it; never negative.
    pub points: Points,
    /// Why it cannot be booked; empty when it can.
    pub stop: String,
    /// Each limit with what is used and left.
    pub limits: Vec<String>,
    /// The fund now and once it is booked.
    pub fund: (Points, Points),
    /// The household's points now and once it is booked.
    pub balance: (Points, Points),
    /// What a deduction cannot take.
    pub unpaid: Points,
    /// What becomes of that.
    pub arrears: String,
    /// Whether it is booked at once.
    pub is_instant: bool,
    /// Stands for exactly this outcome.
    pub seal: String,
}

/// Plays a deed through without writing it.
pub async fn of(p: &Page, op: Uuid, step: &Step<'_>) -> Result<Preview, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let write = p.write(op)?;
    let outcome = store
        .rehearse(write.submission(form::command(&write, step)))
        .await;
    let (awarded, stop) = match outcome {
        Ok(Answer::Award(awarded)) => (Some(awarded), String::new()),
        Ok(_) => return Err(Problem::internal()),
        Err(Refusal::Rejected { why: reason, .. }) => (None, why(p, &reason)),
        Err(refusal) => return Err(Problem::refused(&refusal, "rows")),
    };
    let row = &step.rule.row;
    let points = row.points.times(step.deed.quantity).unwrap_or_default();
    let now = fund::fund(store, unit).await?.points;
    let available = step.view.balance.available;
    let (gives, taken) = match row.kind {
        RuleKind::Award => (points, Points::ZERO),
        RuleKind::Deduct => (Points::ZERO, points.min(available)),
    };
    let unpaid = match row.kind {
        RuleKind::Award => Points::ZERO,
        RuleKind::Deduct => Points(points.0 - taken.0),
    };
    let after = |before: Points, plus: Points, minus: Points| {
        Points(before.0.saturating_add(plus.0).saturating_sub(minus.0))
    };
    let is_instant = row.path == Path::Instant;
    // What is booked at once is told by the rules themselves: arrears may be collected from it.
    let booked = awarded.as_ref().filter(|_| is_instant);
    let balance = booked.map_or(after(available, gives, taken), |awarded| {
        awarded.balance.available
    });
    Ok(Preview {
        limits: limits(p, step).await?,
        fund: (now, after(now, taken, gives)),
        balance: (available, balance),
        arrears: arrears(p, unpaid),
        seal: seal(step, awarded.as_ref()),
        points,
        stop,
        unpaid,
        is_instant,
    })
}

async fn limits(p: &Page, step: &Step<'_>) -> Result<Vec<String>, Problem> {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let rule = &step.rule.row;
    let of = caps::limits(store, unit, rule).await?;
    let deed = Deed {
        household: step.view.item.no,
        group_no: roster::group_no(store, unit, step.view.item.no).await?,
        member: step.deed.member,
        day: step.deed.occurred,
    };
    let used = caps::used(store, unit, &of, deed).await?;
    let items = of.of(&used, deed);
    let say = |item| limit(p, item, step.rules, rule.kind, deed.day);
    Ok(items.iter().map(say).collect())
}

/// What becomes of points that a household does not have.
fn arrears(p: &Page, unpaid: Points) -> String {
    if unpaid <= Points::ZERO {
        return String::new();
    }
    let points = show::points(unpaid);
    match p.policy.arrears {
        ArrearsPolicy::Forgiven => p.t1("award.arrears_forgiven", "points", points),
        ArrearsPolicy::Recovered => p.t1("award.arrears_recovered", "points", points),
    }
}

/// The same for the same outcome only.
fn seal(step: &Step<'_>, awarded: Option<&Awarded>) -> String {
    let (row, deed) = (&step.rule.row, &step.deed);
    let mut hash = Sha256::new();
    hash.update(row.code.as_bytes());
    hash.update(row.version.to_be_bytes());
    hash.update(deed.quantity.0.to_be_bytes());
    hash.update(deed.occurred.0.to_be_bytes());
    hash.update(deed.member.unwrap_or(-1).to_be_bytes());
    hash.update(step.view.item.no.to_be_bytes());
    let outcome = awarded.map_or((0, 0), |awarded| (awarded.points.0, awarded.unpaid.0));
    hash.update(outcome.0.to_be_bytes());
    hash.update(outcome.1.to_be_bytes());
    hex::encode(&hash.finalize()[..16])
}
