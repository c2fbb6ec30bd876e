//! Who recorded how much for whom, and how fast it was reviewed: what the supervisory committee reads.

pub mod judge;

use super::{ReadFault, policy, rows, unit as unit_value};
use crate::core::canonical::{Canonical, Reader};
use crate::core::rights::UnitNo;
use crate::core::rows::{AwardState, RuleKind, Tie};
use crate::core::{Command, Day, Points, kind};
use crate::store::Store;
use judge::{Cell, Decision, Known, Report};
use sea_orm::Value;
use std::collections::HashMap;
use uuid::Uuid;

const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_MINUTE: i64 = 60_000_000;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// The report on what was recorded and decided from `first` to `last`, both days included.
///
/// # Errors
/// [`ReadFault`].
pub async fn report(
    store: &Store,
    unit: UnitNo,
    first: Day,
    last: Day,
) -> Result<Report, ReadFault> {
    let offset = i64::from(policy::policy(store, unit).await?.utc_offset) * MICROS_PER_MINUTE;
    let instant = |day: Day| i64::from(day.0) * MICROS_PER_DAY - offset;
    let span = (instant(first), instant(last.plus(1)));
    let known = known(store, unit).await?;
    let cells = cells(store, unit, span).await?;
    let decisions = decisions(store, unit, span).await?;
    Ok(judge::report(&known, cells, &decisions))
}

async fn known(store: &Store, unit: UnitNo) -> Result<Known, ReadFault> {
    let mut known = Known::default();
    let sql = "select h.no, h.code, w.body from household h \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               where h.village_id = $1";
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let head: Option<String> = row.try_get_by_index(2)?;
        let household = (row.try_get_by_index(1)?, head.unwrap_or_default());
        known
            .households
            .insert(number(row.try_get_by_index(0)?)?, household);
    }
    // The newest version of a rule has the name that people know it by.
    let sql = "select r.no, r.code, z.body, e.body from rule r \
               left join words z on z.village_id = r.village_id and z.hash = r.name_zh \
               left join words e on e.village_id = r.village_id and e.hash = r.name_en \
               where r.village_id = $1 order by r.no, r.version";
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let text = |index| row.try_get_by_index::<Option<String>>(index);
        let rule = judge::RuleName {
            code: row.try_get_by_index(1)?,
            zh: text(2)?.unwrap_or_default(),
            en: text(3)?.unwrap_or_default(),
        };
        known.rules.insert(number(row.try_get_by_index(0)?)?, rule);
    }
    let sql = "select s.id, s.username, w.body from staff s \
               left join words w on w.village_id = 1 and w.hash = s.name where s.village_id = 1 and \
               (s.id in (select a.recorder from award a where a.village_id = $1) \
               or s.id in (select o.actor from operation o where o.village_id = $1 and o.kind in ($2, $3)))";
    let mut values = vec![unit_value(unit)];
    values.extend(kinds([kind::ReviewAward, kind::ReviewSheet]));
    for row in rows(store, sql, values).await? {
        let name: Option<String> = row.try_get_by_index(2)?;
        let person = (row.try_get_by_index(1)?, name.unwrap_or_default());
        known.people.insert(row.try_get_by_index(0)?, person);
    }
    Ok(known)
}

fn number(no: i64) -> Result<i32, ReadFault> {
    i32::try_from(no).map_err(|_| ReadFault::Fault)
}

fn kinds<const N: usize>(kinds: [i16; N]) -> impl Iterator<Item = Value> {
    kinds.into_iter().map(|kind| i64::from(kind).into())
}

/// Awards that stand or may still, summed by recorder, household and rule.
async fn cells(store: &Store, unit: UnitNo, span: (i64, i64)) -> Result<Vec<Cell>, ReadFault> {
    let sql = "select a.recorder, a.household, a.rule, coalesce(max(t.tie), 0), count(*), cast(sum(a.points) as bigint) \
               from award a join operation o on o.village_id = a.village_id and o.seq = a.seq \
               left join tie t on t.village_id = a.village_id and t.staff = a.recorder and t.household = a.household \
               where a.village_id = $1 and o.at >= $2 and o.at < $3 and a.kind = $4 and a.state in ($5, $6, $7) \
               group by a.recorder, a.household, a.rule order by a.recorder, a.household, a.rule";
    let states = [
        AwardState::Proposed,
        AwardState::Pending,
        AwardState::Booked,
    ];
    let mut values = vec![
        unit_value(unit),
        span.0.into(),
        span.1.into(),
        RuleKind::Award.code().into(),
    ];
    values.extend(states.map(|state| Value::from(state.code())));
    let rows = rows(store, sql, values).await?;
    let cell = |row: &sea_orm::QueryResult| {
        Ok(Cell {
            recorder: row.try_get_by_index(0)?,
            household: number(row.try_get_by_index(1)?)?,
            rule: number(row.try_get_by_index(2)?)?,
            tie: Tie::of_code(row.try_get_by_index(3)?),
            records: row.try_get_by_index(4)?,
            points: Points(row.try_get_by_index(5)?),
        })
    };
    rows.iter().map(cell).collect()
}

/// What a decision names: the entry decided on, and whether it was approved.
fn decided(payload: &[u8]) -> Option<(i64, bool)> {
    let (about, approve) = match Command::get(&mut Reader::new(payload)).ok()? {
        Command::ReviewAward(body) => (body.award, body.approve),
        Command::ReviewSheet(body) => (body.operation, body.approve),
        _ => return None,
    };
    about.found.map(|(seq, _)| (seq, approve))
}

async fn decisions(
    store: &Store,
    unit: UnitNo,
    span: (i64, i64),
) -> Result<Vec<Decision>, ReadFault> {
    let sql = "select o.at, o.actor, o.payload from operation o \
               where o.village_id = $1 and o.at >= $2 and o.at < $3 and o.kind in ($4, $5) order by o.seq";
    let mut values = vec![unit_value(unit), span.0.into(), span.1.into()];
    values.extend(kinds([kind::ReviewAward, kind::ReviewSheet]));
    let mut found = Vec::new();
    for row in rows(store, sql, values).await? {
        let payload: Vec<u8> = row.try_get_by_index(2)?;
        let (seq, approve) = decided(&payload).ok_or(ReadFault::Fault)?;
        let (at, reviewer): (i64, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        found.push((seq, approve, at, reviewer));
    }
    let seqs = || found.iter().map(|decision| decision.0);
    let Some((low, high)) = seqs().min().zip(seqs().max()) else {
        return Ok(Vec::new());
    };
    let sql = "select o.seq, o.at, o.actor from operation o \
               where o.village_id = $1 and o.seq between $2 and $3 and o.kind in ($4, $5, $6, $7)";
    let mut values = vec![unit_value(unit), low.into(), high.into()];
    values.extend(kinds([
        kind::Award,
        kind::AwardSheet,
        kind::SendActivity,
        kind::CheckApplication,
    ]));
    let mut recorded: HashMap<i64, (i64, Uuid)> = HashMap::new();
    for row in rows(store, sql, values).await? {
        let entry = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        recorded.insert(row.try_get_by_index(0)?, entry);
    }
    let decision = |(seq, approve, at, reviewer): (i64, bool, i64, Uuid)| {
        let (since, recorder) = *recorded.get(&seq)?;
        Some(Decision {
            recorder,
            reviewer,
            seconds: (at - since).max(0) / MICROS_PER_SECOND,
            approve,
        })
    };
    Ok(found.into_iter().filter_map(decision).collect())
}
