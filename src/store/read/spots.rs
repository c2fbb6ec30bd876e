//! Spots that households report and clear, with the words that people read.

use super::{ReadFault, core_row, limit, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::SpotRow;
use crate::store::Store;

/// A spot with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotItem {
    /// The spot.
    pub row: SpotRow,
    /// The group's name.
    pub group: String,
    /// Where exactly.
    pub place: String,
    /// Code of the household that reported it first.
    pub reporter: String,
    /// Code of the household that took it on or cleared it.
    pub cleaner: Option<String>,
    /// What the households read.
    pub answer: Option<String>,
    /// Who puts it right for the village.
    pub person: Option<String>,
    /// Households that reported it later.
    pub later: i64,
}

/// Spots, the newest first; all of the village, or for one household those it has a part in and
/// those that nobody has taken on.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    household: Option<i32>,
    before: Option<i32>,
    most: usize,
) -> Result<Vec<SpotItem>, ReadFault> {
    let sql = "select s.no, s.id, s.kind, s.group_no, s.place, s.reporter, s.reported, s.before, s.reported_by, s.state, \
               s.cleaner, s.cleared_by, s.after, s.decider, s.answer, s.person, s.due, s.changed_by, \
               g.name, p.body, h.code, c.code, n.body, q.body, \
               (select count(*) from spot_report r where r.village_id = s.village_id and r.spot = s.no) from spot s \
               join household h on h.village_id = s.village_id and h.no = s.reporter \
               left join household c on c.village_id = s.village_id and c.no = s.cleaner \
               left join village_group g on g.village_id = s.village_id and g.no = s.group_no \
               left join words p on p.village_id = s.village_id and p.hash = s.place \
               left join words n on n.village_id = s.village_id and n.hash = s.answer \
               left join words q on q.village_id = s.village_id and q.hash = s.person \
               where s.village_id = $1 and s.no < $2 and ($3 = 0 or s.state = 1 or s.reporter = $3 or s.cleaner = $3 or exists \
               (select 1 from spot_report r where r.village_id = s.village_id and r.spot = s.no and r.household = $3)) \
               order by s.no desc limit $4";
    let values = vec![
        unit_value(unit),
        i64::from(before.unwrap_or(i32::MAX)).into(),
        i64::from(household.unwrap_or(0)).into(),
        limit(most),
    ];
    let found = rows(store, sql, values).await?;
    let items = found.iter().map(|row| {
        let text = |index| row.try_get_by_index::<Option<String>>(index);
        Ok(SpotItem {
            row: core_row(row, 0)?,
            group: text(18)?.unwrap_or_default(),
            place: text(19)?.unwrap_or_default(),
            reporter: text(20)?.unwrap_or_default(),
            cleaner: text(21)?,
            answer: text(22)?,
            person: text(23)?,
            later: row.try_get_by_index(24)?,
        })
    });
    items.collect()
}
