//! Who earned most in a month: what the leaderboard is rebuilt from.

use super::{ReadFault, limit, policy, rows, unit as unit_value};
use crate::core::rights::UnitNo;
use crate::core::{Day, Points};
use crate::store::Store;

/// Households by points earned in the month that begins on `month`, the most first.
///
/// # Errors
/// [`ReadFault`].
pub async fn month(
    store: &Store,
    unit: UnitNo,
    month: Day,
    n: usize,
) -> Result<Vec<(i32, Points)>, ReadFault> {
    let offset = i64::from(policy::policy(store, unit).await?.utc_offset) * 60;
    let at = |day: Day| (i64::from(day.0) * 86_400 - offset) * 1_000_000;
    let sql = "select t.household, cast(sum(case when t.purpose = 4 then -t.points else t.points end) as bigint) \
               from operation o join transfer t on t.village_id = o.village_id and t.seq = o.seq \
               where o.village_id = $1 and o.at >= $2 and o.at < $3 and t.household > 0 \
               and ((t.to_account = 4 and t.purpose in (2, 9)) or (t.from_account = 4 and t.purpose = 4)) \
               group by t.household order by 2 desc, 1 limit $4";
    let values = vec![
        unit_value(unit),
        at(month).into(),
        at(month.plus_months(1)).into(),
        limit(n),
    ];
    let mut list = Vec::new();
    for row in rows(store, sql, values).await? {
        let household = i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0);
        list.push((household, Points(row.try_get_by_index(1)?)));
    }
    Ok(list)
}
