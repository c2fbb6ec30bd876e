//! Awards and deductions, with the names a reviewer needs.

use super::{ReadFault, core_row, limit, row, rows, text, unit as unit_value};
use crate::core::kind;
use crate::core::rights::UnitNo;
use crate::core::rows::{AwardRow, AwardState};
use crate::store::Store;
use sea_orm::QueryResult;
use uuid::Uuid;

/// An award with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardItem {
    /// The operation's id, and `.line` when it has several.
    pub id: String,
    /// The award.
    pub row: AwardRow,
    /// The household's code.
    pub household: String,
    /// The rule's code.
    pub rule: String,
    /// Its Chinese name.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
    /// A remark.
    pub note: Option<String>,
    /// Who recorded it.
    pub recorder: Option<String>,
}

/// Kinds of operations that record several awards at once.
const SEVERAL: [i16; 3] = [kind::AwardSheet, kind::SendActivity, kind::VerifySpot];

/// The id under which an award is known: its operation's, with the line when that kind of
/// operation records several.
#[must_use]
pub fn award_id(operation: Uuid, line: i32, kind: i64) -> String {
    let mut id = operation.to_string();
    if SEVERAL.map(i64::from).contains(&kind) {
        id.push('.');
        id.push_str(&line.to_string());
    }
    id
}

macro_rules! select_awards {
    ($tail:literal) => {
        concat!(
            "select a.seq, a.line, a.rule, a.rule_version, a.kind, a.household, a.group_no, a.member, a.quantity, a.points, ",
            "a.occurred, a.state, a.recorder, a.note, a.reviewer, a.reason, a.changed_by, a.lot, a.notice_until, a.unpaid, a.notice, a.objections, a.review_by, ",
            "o.id, o.kind, h.code, r.code, z.body, e.body, n.body, s.body from award a ",
            "join operation o on o.village_id = a.village_id and o.seq = a.seq ",
            "join household h on h.village_id = a.village_id and h.no = a.household ",
            "join rule r on r.village_id = a.village_id and r.no = a.rule and r.version = a.rule_version ",
            "left join words z on z.village_id = a.village_id and z.hash = r.name_zh ",
            "left join words e on e.village_id = a.village_id and e.hash = r.name_en ",
            "left join words n on n.village_id = a.village_id and n.hash = a.note ",
            "left join staff f on f.village_id = 1 and f.id = a.recorder ",
            "left join words s on s.village_id = 1 and s.hash = f.name ",
            $tail
        )
    };
}

fn item(row: &QueryResult) -> Result<AwardItem, ReadFault> {
    let award: AwardRow = core_row(row, 0)?;
    let text = |index| text(row, index);
    let kind = row.try_get_by_index(24)?;
    Ok(AwardItem {
        id: award_id(row.try_get_by_index(23)?, award.line, kind),
        household: text(25)?,
        rule: text(26)?,
        rule_zh: text(27)?,
        rule_en: text(28)?,
        note: row.try_get_by_index(29)?,
        recorder: row.try_get_by_index(30)?,
        row: award,
    })
}

/// Awards after a place in the journal, oldest first; all, or those in one state.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    state: Option<AwardState>,
    after: Option<(i64, i32)>,
    most: usize,
) -> Result<Vec<AwardItem>, ReadFault> {
    let sql = select_awards!(
        "where a.village_id = $1 and ($2 = 0 or a.state = $2) and (a.seq > $3 or (a.seq = $3 and a.line > $4)) \
         order by a.seq, a.line limit $5"
    );
    let (seq, line) = after.unwrap_or((0, 0));
    let state = state.map_or(0, AwardState::code);
    let values = vec![
        unit_value(unit),
        state.into(),
        seq.into(),
        i64::from(line).into(),
        limit(most),
    ];
    rows(store, sql, values).await?.iter().map(item).collect()
}

/// One award.
///
/// # Errors
/// [`ReadFault`].
pub async fn one(
    store: &Store,
    unit: UnitNo,
    operation: Uuid,
    line: i32,
) -> Result<Option<AwardItem>, ReadFault> {
    let sql = select_awards!("where o.id = $1 and a.village_id = $2 and a.line = $3");
    let values = vec![operation.into(), unit_value(unit), i64::from(line).into()];
    row(store, sql, values)
        .await?
        .as_ref()
        .map(item)
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_award_of_several_carries_its_line() {
        let id = |kind: i16| award_id(Uuid::nil(), 3, i64::from(kind));
        for several in [kind::AwardSheet, kind::SendActivity, kind::VerifySpot] {
            assert_eq!(id(several), format!("{}.3", Uuid::nil()));
        }
        for single in [kind::Award, kind::CheckApplication] {
            assert_eq!(id(single), Uuid::nil().to_string());
        }
    }
}
