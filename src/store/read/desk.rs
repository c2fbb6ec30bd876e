//! What waits for a committee today.

use super::{ReadFault, row, rows, unit as unit_value};
use crate::core::Points;
use crate::core::rights::UnitNo;
use crate::core::rows::{AwardState, HouseholdStatus};
use crate::store::Store;
use uuid::Uuid;

/// What waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Todo {
    /// Awards that another person recorded and that wait for a review.
    pub to_review: i64,
    /// When the oldest of them was recorded.
    pub oldest: Option<i64>,
    /// Awards that this person recorded and that wait for another's review.
    pub own_waiting: i64,
    /// Households that take part and have no card in force.
    pub without_card: i64,
    /// Households that take part and have no PIN.
    pub without_pin: i64,
    /// Points ever put into the fund, without allotments that were undone.
    pub allotted: Points,
}

/// An award that was sent back to whoever recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The household's code.
    pub household: String,
    /// Its head's name.
    pub head: String,
    /// The rule's Chinese name.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
    /// The points asked for.
    pub points: Points,
    /// Why it was sent back.
    pub reason: String,
    /// When.
    pub at: i64,
}

/// What waits in a village, for one staff member.
///
/// # Errors
/// [`ReadFault`].
pub async fn todo(store: &Store, unit: UnitNo, staff: Uuid) -> Result<Todo, ReadFault> {
    let mut todo = Todo::default();
    let sql = "select cast(coalesce(sum(case when a.recorder = $2 then 0 else 1 end), 0) as bigint), \
               min(case when a.recorder = $2 then null else o.at end), \
               cast(coalesce(sum(case when a.recorder = $2 then 1 else 0 end), 0) as bigint) from award a \
               join operation o on o.village_id = a.village_id and o.seq = a.seq \
               where a.village_id = $1 and a.state = $3";
    let proposed = AwardState::Proposed.code().into();
    if let Some(row) = row(store, sql, vec![unit_value(unit), staff.into(), proposed]).await? {
        todo.to_review = row.try_get_by_index(0)?;
        todo.oldest = row.try_get_by_index(1)?;
        todo.own_waiting = row.try_get_by_index(2)?;
    }
    let sql = "select cast(coalesce(sum(case when coalesce(c.active, 0) = 1 then 0 else 1 end), 0) as bigint), \
               cast(coalesce(sum(case when h.pin_version > 0 then 0 else 1 end), 0) as bigint) from household h \
               left join card c on c.village_id = h.village_id and c.household = h.no and c.version = h.card_version \
               where h.village_id = $1 and h.status <> $2";
    let closed = HouseholdStatus::Closed.code().into();
    if let Some(row) = row(store, sql, vec![unit_value(unit), closed]).await? {
        todo.without_card = row.try_get_by_index(0)?;
        todo.without_pin = row.try_get_by_index(1)?;
    }
    todo.allotted = allotted(store, unit).await?;
    Ok(todo)
}

/// Points ever put into the fund, without allotments that were undone.
async fn allotted(store: &Store, unit: UnitNo) -> Result<Points, ReadFault> {
    let sql = "select cast(coalesce(sum(t.points), 0) as bigint) from operation o \
               join transfer t on t.village_id = o.village_id and t.seq = o.seq \
               left join reversal r on r.village_id = o.village_id and r.seq = o.seq \
               where o.village_id = $1 and o.kind = 1 and r.seq is null";
    let sum = row(store, sql, vec![unit_value(unit)]).await?;
    let sum = sum.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    Ok(Points(sum.unwrap_or(0)))
}

/// What a reviewer sent back to this person since a time, the newest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn returned(
    store: &Store,
    unit: UnitNo,
    staff: Uuid,
    since: i64,
) -> Result<Vec<Returned>, ReadFault> {
    let sql = "select h.code, w.body, z.body, e.body, a.points, n.body, o.at from award a \
               join operation o on o.village_id = a.village_id and o.seq = a.changed_by \
               join household h on h.village_id = a.village_id and h.no = a.household \
               join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = a.rule_version \
               left join words w on w.village_id = a.village_id and w.hash = h.head \
               left join words z on z.village_id = a.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = a.village_id and e.hash = r.name_en \
               left join words n on n.village_id = a.village_id and n.hash = a.reason \
               where a.village_id = $1 and a.recorder = $2 and a.state = $3 and o.at >= $4 \
               order by o.at desc, a.line limit 50";
    let values = vec![
        unit_value(unit),
        staff.into(),
        AwardState::Rejected.code().into(),
        since.into(),
    ];
    let mut returned = Vec::new();
    for row in rows(store, sql, values).await? {
        let text = |index| {
            let text = row.try_get_by_index::<Option<String>>(index);
            text.map(Option::unwrap_or_default)
        };
        returned.push(Returned {
            household: text(0)?,
            head: text(1)?,
            rule_zh: text(2)?,
            rule_en: text(3)?,
            points: Points(row.try_get_by_index(4)?),
            reason: text(5)?,
            at: row.try_get_by_index(6)?,
        });
    }
    Ok(returned)
}

/// The codes of all households of a village.
///
/// # Errors
/// [`ReadFault`].
pub async fn codes(store: &Store, unit: UnitNo) -> Result<Vec<String>, ReadFault> {
    let sql = "select code from household where village_id = $1";
    let mut codes = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        codes.push(row.try_get_by_index(0)?);
    }
    Ok(codes)
}
