//! Awards by the operation that recorded them: what a reviewer decides on as one piece.

use super::{ReadFault, core_row, row, rows, text, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{AwardRow, AwardState, RuleKind, Tie};
use crate::core::{Day, Points};
use crate::store::Store;
use sea_orm::QueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// Awards of one operation that wait for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The operation.
    pub operation: Uuid,
    /// Its number in the journal.
    pub seq: i64,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Who recorded it.
    pub recorder: Uuid,
    /// Their name.
    pub recorder_name: String,
    /// The activity it came from; empty for other deeds.
    pub activity: String,
    /// The rule's number.
    pub rule: i32,
    /// Its code.
    pub rule_code: String,
    /// Its Chinese name.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
    /// Gives or takes.
    pub kind: RuleKind,
    /// The day of the deeds.
    pub occurred: Day,
    /// Rows that wait.
    pub rows: i64,
    /// Points of these rows.
    pub points: Points,
    /// The most points of one row.
    pub most: Points,
    /// Rows of the reader's own or kin households.
    pub tied: i64,
}

/// What waits for review, the oldest first, with the reader's own and kin counted.
///
/// # Errors
/// [`ReadFault`].
pub async fn waiting(store: &Store, unit: UnitNo, reader: Uuid) -> Result<Vec<Waiting>, ReadFault> {
    let sql = "select o.id, q.seq, o.at, q.recorder, s.body, q.rule, r.code, z.body, e.body, q.kind, q.occurred, \
               q.n, q.points, q.most, q.tied, y.body from (\
               select a.seq, a.recorder, a.rule, a.rule_version, a.kind, a.occurred, count(*) as n, \
               cast(sum(a.points) as bigint) as points, max(a.points) as most, \
               cast(sum(case when t.tie is null then 0 else 1 end) as bigint) as tied from award a \
               left join tie t on t.village_id = a.village_id and t.staff = $2 and t.household = a.household \
               where a.state = $3 and a.village_id = $1 \
               group by a.seq, a.recorder, a.rule, a.rule_version, a.kind, a.occurred) q \
               join operation o on o.village_id = $1 and o.seq = q.seq \
               join rule r on r.village_id = $1 and r.no = q.rule and r.version = q.rule_version \
               left join words z on z.village_id = $1 and z.hash = r.name_zh \
               left join words e on e.village_id = $1 and e.hash = r.name_en \
               left join staff f on f.village_id = 1 and f.id = q.recorder \
               left join words s on s.village_id = 1 and s.hash = f.name \
               left join activity c on c.village_id = $1 and c.sent = q.seq \
               left join words y on y.village_id = $1 and y.hash = c.title order by q.seq limit 500";
    let proposed = AwardState::Proposed.code();
    let values = vec![unit_value(unit), reader.into(), proposed.into()];
    rows(store, sql, values)
        .await?
        .iter()
        .map(waiting_of)
        .collect()
}

fn waiting_of(row: &QueryResult) -> Result<Waiting, ReadFault> {
    let int = |index| row.try_get_by_index::<i64>(index);
    Ok(Waiting {
        operation: row.try_get_by_index(0)?,
        seq: int(1)?,
        at: int(2)?,
        recorder: row.try_get_by_index(3)?,
        recorder_name: text(row, 4)?,
        activity: text(row, 15)?,
        rule: i32::try_from(int(5)?).unwrap_or(0),
        rule_code: text(row, 6)?,
        rule_zh: text(row, 7)?,
        rule_en: text(row, 8)?,
        kind: RuleKind::of_code(int(9)?).ok_or(ReadFault::Fault)?,
        occurred: Day(i32::try_from(int(10)?).unwrap_or(0)),
        rows: int(11)?,
        points: Points(int(12)?),
        most: Points(int(13)?),
        tied: int(14)?,
    })
}

/// One award of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeedRow {
    /// The award.
    pub award: AwardRow,
    /// The household's code.
    pub code: String,
    /// Its head's name.
    pub head: String,
    /// Its group.
    pub group: String,
    /// The member's name, when the rule counts persons and it is not the head.
    pub member: String,
    /// A remark.
    pub note: String,
    /// Who reviewed it.
    pub reviewer: String,
    /// The reviewer's reason.
    pub reason: String,
    /// How the reader belongs to the household.
    pub tie: Option<Tie>,
}

/// An operation that recorded awards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deeds {
    /// Its key.
    pub operation: Uuid,
    /// Its number in the journal.
    pub seq: i64,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Its leaf, for its check code.
    pub leaf: [u8; 32],
    /// The activity it came from; empty for other deeds.
    pub activity: String,
    /// Who recorded it.
    pub recorder: Uuid,
    /// Their name.
    pub recorder_name: String,
    /// Its awards, by line.
    pub rows: Vec<DeedRow>,
}

/// The awards of one operation; `None` when it recorded none here.
///
/// # Errors
/// [`ReadFault`].
pub async fn deeds(
    store: &Store,
    unit: UnitNo,
    operation: Uuid,
    reader: Uuid,
) -> Result<Option<Deeds>, ReadFault> {
    let sql = "select o.seq, o.at, o.leaf, o.actor, w.body, y.body from operation o \
               left join staff s on s.village_id = 1 and s.id = o.actor \
               left join words w on w.village_id = 1 and w.hash = s.name \
               left join activity c on c.village_id = o.village_id and c.sent = o.seq \
               left join words y on y.village_id = o.village_id and y.hash = c.title \
               where o.id = $1 and o.village_id = $2 and o.kind in (11, 12, 55, 68)";
    let Some(head) = row(store, sql, vec![operation.into(), unit_value(unit)]).await? else {
        return Ok(None);
    };
    let seq: i64 = head.try_get_by_index(0)?;
    let sql = "select a.seq, a.line, a.rule, a.rule_version, a.kind, a.household, a.group_no, a.member, a.quantity, a.points, \
               a.occurred, a.state, a.recorder, a.note, a.reviewer, a.reason, a.changed_by, a.lot, a.notice_until, a.unpaid, a.notice, a.objections, a.review_by, \
               h.code, w.body, g.name, m.body, n.body, v.body, x.body, t.tie from award a \
               join household h on h.village_id = a.village_id and h.no = a.household \
               left join words w on w.village_id = a.village_id and w.hash = h.head \
               left join village_group g on g.village_id = a.village_id and g.no = h.group_no \
               left join member p on p.village_id = a.village_id and p.household = a.household and p.no = a.member \
               left join words m on m.village_id = a.village_id and m.hash = p.name \
               left join words n on n.village_id = a.village_id and n.hash = a.note \
               left join staff f on f.village_id = 1 and f.id = a.reviewer \
               left join words v on v.village_id = 1 and v.hash = f.name \
               left join words x on x.village_id = a.village_id and x.hash = a.reason \
               left join tie t on t.village_id = a.village_id and t.staff = $3 and t.household = a.household \
               where a.village_id = $1 and a.seq = $2 order by a.line";
    let values = vec![unit_value(unit), seq.into(), reader.into()];
    let mut found = Vec::new();
    for row in rows(store, sql, values).await? {
        found.push(DeedRow {
            award: core_row(&row, 0)?,
            code: text(&row, 23)?,
            head: text(&row, 24)?,
            group: text(&row, 25)?,
            member: text(&row, 26)?,
            note: text(&row, 27)?,
            reviewer: text(&row, 28)?,
            reason: text(&row, 29)?,
            tie: row
                .try_get_by_index::<Option<i64>>(30)?
                .and_then(Tie::of_code),
        });
    }
    let leaf = head.try_get_by_index::<Vec<u8>>(2)?;
    Ok(Some(Deeds {
        operation,
        seq,
        at: head.try_get_by_index(1)?,
        leaf: leaf.try_into().map_err(|_| ReadFault::Fault)?,
        recorder: head.try_get_by_index(3)?,
        recorder_name: text(&head, 4)?,
        activity: text(&head, 5)?,
        rows: found,
    }))
}

/// Operations of a village that say what is usual.
const HABIT_OPERATIONS: i64 = 1_000;
/// Fewer awards under a rule say nothing.
const HABIT_LEAST: i64 = 5;

/// What one award under each rule usually gives: the median of those approved lately. Rules with
/// too few of them are missing.
///
/// # Errors
/// [`ReadFault`].
pub async fn usual(store: &Store, unit: UnitNo) -> Result<HashMap<i32, Points>, ReadFault> {
    let sql = "select a.rule, a.points, count(*) from award a join head d on d.unit = a.village_id \
               where a.village_id = $1 and a.seq > d.size - $2 and a.state in (2, 3) \
               group by a.rule, a.points order by a.rule, a.points";
    let mut by_rule: HashMap<i32, Vec<(i64, i64)>> = HashMap::new();
    for row in rows(store, sql, vec![unit_value(unit), HABIT_OPERATIONS.into()]).await? {
        let int = |index| row.try_get_by_index::<i64>(index);
        let rule = i32::try_from(int(0)?).unwrap_or(0);
        by_rule.entry(rule).or_default().push((int(1)?, int(2)?));
    }
    let medians = by_rule.into_iter();
    Ok(medians
        .filter_map(|(rule, counts)| median(&counts).map(|points| (rule, Points(points))))
        .collect())
}

/// The middle of ascending values with their counts.
fn median(counts: &[(i64, i64)]) -> Option<i64> {
    let all: i64 = counts.iter().map(|(_, count)| count).sum();
    if all < HABIT_LEAST {
        return None;
    }
    let mut seen = 0;
    let middle = counts.iter().find(|(_, count)| {
        seen += count;
        seen * 2 >= all
    });
    middle.map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_needs_enough_values() {
        assert_eq!(median(&[(300, 4)]), None);
        assert_eq!(median(&[(300, 3), (500, 1), (9_000, 1)]), Some(300));
        assert_eq!(median(&[(100, 1), (300, 1), (500, 3)]), Some(500));
        assert_eq!(median(&[]), None);
    }
}
