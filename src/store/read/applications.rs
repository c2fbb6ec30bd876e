//! Applications, with the words that people read.

use super::{ReadFault, core_row, limit, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::rows::ApplicationRow;
use crate::store::Store;

/// An application with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationItem {
    /// The application.
    pub row: ApplicationRow,
    /// The household's code.
    pub household: String,
    /// In their own words.
    pub words: Option<String>,
    /// What the household reads.
    pub answer: Option<String>,
}

/// Applications, the newest first; all of the village, or one household's.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    household: Option<i32>,
    before: Option<i32>,
    most: usize,
) -> Result<Vec<ApplicationItem>, ReadFault> {
    let sql = "select a.no, a.id, a.household, a.rule, a.quantity, a.occurred, a.member, a.words, a.photos, a.applied, \
               a.keyed_by, a.state, a.checker, a.answer, a.award_seq, a.changed_by, h.code, w.body, n.body from application a \
               join household h on h.village_id = a.village_id and h.no = a.household \
               left join words w on w.village_id = a.village_id and w.hash = a.words \
               left join words n on n.village_id = a.village_id and n.hash = a.answer \
               where a.village_id = $1 and a.no < $2 and ($3 = 0 or a.household = $3) order by a.no desc limit $4";
    let values = vec![
        unit_value(unit),
        i64::from(before.unwrap_or(i32::MAX)).into(),
        i64::from(household.unwrap_or(0)).into(),
        limit(most),
    ];
    let found = rows(store, sql, values).await?;
    let items = found.iter().map(|row| {
        Ok(ApplicationItem {
            row: core_row(row, 0)?,
            household: row.try_get_by_index(16)?,
            words: row.try_get_by_index(17)?,
            answer: row.try_get_by_index(18)?,
        })
    });
    items.collect()
}
