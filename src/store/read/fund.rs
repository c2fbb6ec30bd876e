//! What the fund holds and what is outstanding.

use super::{ReadFault, row, unit as unit_value};
use crate::core::Points;
use crate::core::rights::UnitNo;
use crate::store::Store;

/// A village's fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fund {
    /// May still be awarded.
    pub points: Points,
    /// Held by households, not yet spent.
    pub outstanding: Points,
}

/// The fund of a village.
///
/// # Errors
/// [`ReadFault`].
pub async fn fund(store: &Store, unit: UnitNo) -> Result<Fund, ReadFault> {
    let sql = "select fund, outstanding from head where unit = $1";
    let row = row(store, sql, vec![unit_value(unit)])
        .await?
        .ok_or(ReadFault::Fault)?;
    Ok(Fund {
        points: Points(row.try_get_by_index(0)?),
        outstanding: Points(row.try_get_by_index(1)?),
    })
}
