//! What a village has settled for itself.

use super::{ReadFault, core_row, row, unit as unit_value};
use crate::core::policy::initial;
use crate::core::rights::UnitNo;
use crate::core::rows::PolicyRow;
use crate::store::Store;

/// The policy of a village.
///
/// # Errors
/// [`ReadFault`].
pub async fn policy(store: &Store, unit: UnitNo) -> Result<PolicyRow, ReadFault> {
    let sql = "select no, utc_offset, expiry, expiry_months, grace_days, arrears, notice_days, \
               point_value_fen, backdate_days, help_phone, answer_days from policy where village_id = $1 and no = 0";
    let found = row(store, sql, vec![unit_value(unit)]).await?;
    found.map_or_else(|| Ok(initial()), |row| core_row(&row, 0))
}
