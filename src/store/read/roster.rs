//! The households of a village in the order in which they are called: group, then code.

use super::{ReadFault, row, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::{HouseholdStatus, Tie};
use crate::store::Store;
use uuid::Uuid;

/// A household as a sheet lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterItem {
    /// Its number.
    pub no: i32,
    /// Its code.
    pub code: String,
    /// Its head's name.
    pub head: String,
    /// Its group's number.
    pub group_no: i32,
    /// Its group.
    pub group: String,
    /// How the reader belongs to it.
    pub tie: Option<Tie>,
}

/// Households that take part, with the reader's own and kin marked.
///
/// # Errors
/// [`ReadFault`].
pub async fn roster(
    store: &Store,
    unit: UnitNo,
    reader: Uuid,
) -> Result<Vec<RosterItem>, ReadFault> {
    let sql = "select h.no, h.code, w.body, h.group_no, g.name, t.tie from household h \
               left join village_group g on g.village_id = h.village_id and g.no = h.group_no \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               left join tie t on t.village_id = h.village_id and t.staff = $2 and t.household = h.no \
               where h.village_id = $1 and h.status <> $3 order by h.group_no, h.code";
    let closed = HouseholdStatus::Closed.code();
    let values = vec![unit_value(unit), reader.into(), closed.into()];
    let mut items = Vec::new();
    for row in rows(store, sql, values).await? {
        let int = |index| row.try_get_by_index::<i64>(index);
        let text = |index| row.try_get_by_index::<Option<String>>(index);
        items.push(RosterItem {
            no: i32::try_from(int(0)?).unwrap_or(0),
            code: row.try_get_by_index(1)?,
            head: text(2)?.unwrap_or_default(),
            group_no: i32::try_from(int(3)?).unwrap_or(0),
            group: text(4)?.unwrap_or_default(),
            tie: row
                .try_get_by_index::<Option<i64>>(5)?
                .and_then(Tie::of_code),
        });
    }
    Ok(items)
}

/// The number of a household's group; 0 for an unknown household.
///
/// # Errors
/// [`ReadFault`].
pub async fn group_no(store: &Store, unit: UnitNo, household: i32) -> Result<i32, ReadFault> {
    let sql = "select group_no from household where village_id = $1 and no = $2";
    let values = vec![unit_value(unit), i64::from(household).into()];
    let found = row(store, sql, values).await?;
    let no = found
        .map(|row| row.try_get_by_index::<i64>(0))
        .transpose()?;
    Ok(i32::try_from(no.unwrap_or(0)).unwrap_or(0))
}
