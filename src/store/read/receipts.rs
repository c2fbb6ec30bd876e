//! What a till asks: how an operation ended, recent redemptions, returns, tries of a PIN, use.

use super::{ReadFault, core_row, limit, row, rows, unit as unit_value};
use crate::core::Answer;
use crate::core::canonical::Canonical as _;
use crate::core::evidence::Hash;
use crate::core::rights::UnitNo;
use crate::core::rows::{MoveKind, RedemptionLotRow, RedemptionRow};
use crate::store::Store;
use std::collections::HashMap;
use uuid::Uuid;

/// How an operation ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Its number in the journal.
    pub seq: i64,
    /// Its kind's number.
    pub kind: i16,
    /// Who did it.
    pub actor: Uuid,
    /// Their name.
    pub actor_name: String,
    /// When.
    pub at: i64,
    /// Its leaf, for the check code.
    pub leaf: Hash,
    /// What it answered.
    pub answer: Answer,
}

/// The operation with an id, if it was accepted.
///
/// # Errors
/// [`ReadFault`].
pub async fn ended(store: &Store, unit: UnitNo, id: Uuid) -> Result<Option<Ended>, ReadFault> {
    let sql = "select o.seq, o.kind, o.actor, w.body, o.at, o.leaf, o.answer from operation o \
               left join staff s on s.village_id = 1 and s.id = o.actor \
               left join words w on w.village_id = 1 and w.hash = s.name \
               where o.id = $1 and o.village_id = $2";
    let Some(found) = row(store, sql, vec![id.into(), unit_value(unit)]).await? else {
        return Ok(None);
    };
    let answer: Vec<u8> = found.try_get_by_index(6)?;
    Ok(Some(Ended {
        seq: found.try_get_by_index(0)?,
        kind: i16::try_from(found.try_get_by_index::<i64>(1)?).unwrap_or(0),
        actor: found.try_get_by_index(2)?,
        actor_name: found
            .try_get_by_index::<Option<String>>(3)?
            .unwrap_or_default(),
        at: found.try_get_by_index(4)?,
        leaf: found
            .try_get_by_index::<Vec<u8>>(5)?
            .try_into()
            .map_err(|_| ReadFault::Fault)?,
        answer: Answer::whole(&answer).map_err(|_| ReadFault::Fault)?,
    }))
}

/// A redemption in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The operation's id.
    pub id: Uuid,
    /// When.
    pub at: i64,
    /// The redemption.
    pub row: RedemptionRow,
    /// The household's code.
    pub household: String,
    /// Its head's name.
    pub head: String,
}

/// The latest redemptions of a station, of one household (0 for all), whose number holds a text.
///
/// # Errors
/// [`ReadFault`].
pub async fn latest(
    store: &Store,
    unit: UnitNo,
    station: i32,
    household: i32,
    number: &str,
    most: usize,
) -> Result<Vec<Sold>, ReadFault> {
    let sql = "select d.seq, d.station, d.household, d.points, d.refunded, d.receipt_no, d.clerk, d.day, \
               o.id, o.at, h.code, w.body from redemption d \
               join operation o on o.village_id = d.village_id and o.seq = d.seq \
               join household h on h.village_id = d.village_id and h.no = d.household \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               where d.village_id = $1 and d.station = $2 and ($3 = 0 or d.household = $3) \
               and lower(d.receipt_no) like $4 escape '!' order by d.seq desc limit $5";
    let plain = number.to_lowercase().replace('!', "!!");
    let plain = plain.replace('%', "!%").replace('_', "!_");
    let values = vec![
        unit_value(unit),
        i64::from(station).into(),
        i64::from(household).into(),
        ["%", &plain, "%"].concat().into(),
        limit(most),
    ];
    let mut list = Vec::new();
    for row in rows(store, sql, values).await? {
        list.push(Sold {
            row: core_row(&row, 0)?,
            id: row.try_get_by_index(8)?,
            at: row.try_get_by_index(9)?,
            household: row.try_get_by_index(10)?,
            head: row
                .try_get_by_index::<Option<String>>(11)?
                .unwrap_or_default(),
        });
    }
    Ok(list)
}

/// From which lots a redemption's points came, and what has gone back to them.
///
/// # Errors
/// [`ReadFault`].
pub async fn lots(
    store: &Store,
    unit: UnitNo,
    seq: i64,
) -> Result<Vec<RedemptionLotRow>, ReadFault> {
    let sql = "select seq, lot, taken, returned from redemption_lot where village_id = $1 and seq = $2 order by lot";
    let found = rows(store, sql, vec![unit_value(unit), seq.into()]).await?;
    found.iter().map(|row| core_row(row, 0)).collect()
}

/// How often a household's PIN was typed wrong since it was last right; `None` without a PIN.
///
/// # Errors
/// [`ReadFault`].
pub async fn pin_failures(
    store: &Store,
    unit: UnitNo,
    household: i32,
) -> Result<Option<i64>, ReadFault> {
    let sql = "select failures from pin where village_id = $1 and household = $2";
    let found = row(
        store,
        sql,
        vec![unit_value(unit), i64::from(household).into()],
    )
    .await?;
    Ok(found.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Pieces of each good handed over at a station since an instant.
///
/// # Errors
/// [`ReadFault`].
pub async fn handed_out(
    store: &Store,
    unit: UnitNo,
    station: i32,
    since: i64,
) -> Result<HashMap<i32, i64>, ReadFault> {
    let sql = "select m.good, cast(sum(m.quantity) as bigint) from stock_move m \
               join operation o on o.village_id = m.village_id and o.seq = m.seq \
               where m.village_id = $1 and m.station = $2 and m.kind = $3 and o.at >= $4 group by m.good";
    let values = vec![
        unit_value(unit),
        i64::from(station).into(),
        MoveKind::Redeemed.code().into(),
        since.into(),
    ];
    let mut used = HashMap::new();
    for row in rows(store, sql, values).await? {
        let good = i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0);
        used.insert(good, row.try_get_by_index(1)?);
    }
    Ok(used)
}
