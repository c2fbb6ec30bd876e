//! What a village shows to everybody: sums, never a household.

use super::{ReadFault, limit, row, rows, unit as unit_value};
use crate::core::Points;
use crate::core::rights::UnitNo;
use crate::core::rows::{Account, HouseholdStatus};
use crate::store::Store;

/// The sums of a village. They balance: issued = outstanding + redeemed + expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Given to households and not taken back by a reversal or a deduction.
    pub issued: Points,
    /// Spent on goods that were not brought back.
    pub redeemed: Points,
    /// Ended unspent.
    pub expired: Points,
    /// Held by households, not yet spent.
    pub outstanding: Points,
    /// May still be awarded.
    pub fund: Points,
    /// Households that take part.
    pub households: i64,
    /// Of them, those with at least one entry.
    pub active: i64,
}

/// The sums of a village.
///
/// # Errors
/// [`ReadFault`].
pub async fn totals(store: &Store, unit: UnitNo) -> Result<Totals, ReadFault> {
    let sql = "select fund, outstanding, expired from head where unit = $1";
    let head = row(store, sql, vec![unit_value(unit)])
        .await?
        .ok_or(ReadFault::Fault)?;
    let points = |index| Ok::<Points, ReadFault>(Points(head.try_get_by_index(index)?));
    let sql = "select cast(coalesce(sum(points), 0) as bigint) from balance \
               where village_id = $1 and holder < 0 and account in ($2, $3)";
    let values = vec![
        unit_value(unit),
        Account::Payable.code().into(),
        Account::Settled.code().into(),
    ];
    let redeemed = row(store, sql, values).await?.ok_or(ReadFault::Fault)?;
    let redeemed = Points(redeemed.try_get_by_index(0)?);
    let sql = "select count(*), cast(coalesce(sum(case when exists (select 1 from transfer t \
               where t.household = h.no and t.household > 0 and t.village_id = h.village_id) \
               then 1 else 0 end), 0) as bigint) from household h where h.village_id = $1 and h.status <> $2";
    let values = vec![unit_value(unit), HouseholdStatus::Closed.code().into()];
    let counted = row(store, sql, values).await?.ok_or(ReadFault::Fault)?;
    let (fund, outstanding, expired) = (points(0)?, points(1)?, points(2)?);
    Ok(Totals {
        issued: Points(outstanding.0 + redeemed.0 + expired.0),
        redeemed,
        expired,
        outstanding,
        fund,
        households: counted.try_get_by_index(0)?,
        active: counted.try_get_by_index(1)?,
    })
}

/// A village with the telephone that helps there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpPhone {
    /// The village's number.
    pub unit: UnitNo,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The telephone.
    pub phone: String,
}

/// The villages that have settled a telephone, in the order they were founded.
///
/// # Errors
/// [`ReadFault`].
pub async fn help_phones(store: &Store, most: usize) -> Result<Vec<HelpPhone>, ReadFault> {
    let sql = "select u.no, u.code, w.body, p.help_phone from unit u \
               join policy p on p.village_id = u.no and p.no = 0 \
               left join words w on w.village_id = 1 and w.hash = u.name \
               where u.village_id = 1 and u.kind = 3 and p.help_phone <> '' order by u.no limit $1";
    let mut list = Vec::new();
    for row in rows(store, sql, vec![limit(most)]).await? {
        list.push(HelpPhone {
            unit: i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0),
            code: row.try_get_by_index(1)?,
            name: row
                .try_get_by_index::<Option<String>>(2)?
                .unwrap_or_default(),
            phone: row.try_get_by_index(3)?,
        });
    }
    Ok(list)
}
