//! The journal as people read it: by kind, with who acted, whose points moved, what was undone.

use super::{ReadFault, row, rows, unit as unit_value};
use crate::core::evidence::Hash;
use crate::core::rights::{Role, UnitNo};
use crate::core::rows::{Account, Purpose};
use crate::core::{Day, Points};
use crate::store::Store;
use sea_orm::QueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// An entry in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub seq: i64,
    /// Its kind's number.
    pub kind: i16,
    /// Who did it; empty for the machine and for households.
    pub actor: String,
    /// As what.
    pub role: Role,
    /// When.
    pub at: i64,
    /// Its leaf.
    pub leaf: Hash,
    /// Whether a later entry undid it.
    pub is_undone: bool,
}

/// Points that moved, with the household they concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The household's code; empty when none is concerned.
    pub household: String,
    /// Its head's name.
    pub head: String,
    /// From which account.
    pub from: Account,
    /// To which account.
    pub to: Account,
    /// Points.
    pub points: Points,
    /// When these points end.
    pub lot: Day,
    /// Why they moved.
    pub purpose: Purpose,
}

fn entry(row: &QueryResult) -> Result<Entry, ReadFault> {
    let leaf: Vec<u8> = row.try_get_by_index(6)?;
    Ok(Entry {
        id: row.try_get_by_index(0)?,
        seq: row.try_get_by_index(1)?,
        kind: i16::try_from(row.try_get_by_index::<i64>(2)?).unwrap_or(0),
        actor: row
            .try_get_by_index::<Option<String>>(3)?
            .unwrap_or_default(),
        role: Role::of_code(row.try_get_by_index(4)?).ok_or(ReadFault::Fault)?,
        at: row.try_get_by_index(5)?,
        leaf: leaf.try_into().map_err(|_| ReadFault::Fault)?,
        is_undone: row.try_get_by_index::<Option<i64>>(7)?.is_some(),
    })
}

/// Entries before `before`, the newest first; of one kind, or of all for 0.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    kind: i16,
    before: i64,
    most: usize,
) -> Result<Vec<Entry>, ReadFault> {
    let sql = "select o.id, o.seq, o.kind, w.body, o.role, o.at, o.leaf, r.seq from operation o \
               left join staff s on s.village_id = 1 and s.id = o.actor \
               left join words w on w.village_id = 1 and w.hash = s.name \
               left join reversal r on r.village_id = o.village_id and r.seq = o.seq \
               where o.village_id = $1 and o.seq < $2 and ($3 = 0 or o.kind = $3) order by o.seq desc limit $4";
    let values = vec![
        unit_value(unit),
        before.into(),
        i64::from(kind).into(),
        super::limit(most),
    ];
    rows(store, sql, values).await?.iter().map(entry).collect()
}

/// Points that an entry moved, at most `most` lines, and how many lines there are.
///
/// # Errors
/// [`ReadFault`].
pub async fn moved(
    store: &Store,
    unit: UnitNo,
    seq: i64,
    most: usize,
) -> Result<(Vec<Moved>, i64), ReadFault> {
    let sql = "select count(*) from transfer where village_id = $1 and seq = $2";
    let count = row(store, sql, vec![unit_value(unit), seq.into()]).await?;
    let count = count
        .map(|row| row.try_get_by_index::<i64>(0))
        .transpose()?;
    let sql = "select h.code, w.body, t.from_account, t.to_account, t.points, t.lot, t.purpose from transfer t \
               left join household h on h.village_id = t.village_id and h.no = t.household and t.household > 0 \
               left join words w on w.village_id = h.village_id and w.hash = h.head \
               where t.village_id = $1 and t.seq = $2 order by t.line limit $3";
    let values = vec![unit_value(unit), seq.into(), super::limit(most)];
    let mut moved = Vec::new();
    for row in rows(store, sql, values).await? {
        let text = |index| {
            let text = row.try_get_by_index::<Option<String>>(index);
            text.map(Option::unwrap_or_default)
        };
        let account = |index| {
            let code = row.try_get_by_index::<i64>(index)?;
            Account::of_code(code).ok_or(ReadFault::Fault)
        };
        moved.push(Moved {
            household: text(0)?,
            head: text(1)?,
            from: account(2)?,
            to: account(3)?,
            points: Points(row.try_get_by_index(4)?),
            lot: Day(i32::try_from(row.try_get_by_index::<i64>(5)?).unwrap_or(0)),
            purpose: Purpose::of_code(row.try_get_by_index(6)?).ok_or(ReadFault::Fault)?,
        });
    }
    Ok((moved, count.unwrap_or(0)))
}

/// The first `size` leaves of a unit's evidence.
///
/// # Errors
/// [`ReadFault`].
pub async fn leaves(store: &Store, unit: UnitNo, size: u64) -> Result<Vec<Hash>, ReadFault> {
    let sql = "select leaf from operation where village_id = $1 and seq <= $2 order by seq";
    let last = i64::try_from(size).unwrap_or(i64::MAX);
    let mut leaves = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit), last.into()]).await? {
        let leaf: Vec<u8> = row.try_get_by_index(0)?;
        leaves.push(leaf.try_into().map_err(|_| ReadFault::Fault)?);
    }
    Ok(leaves)
}

/// The entry that undid an entry.
///
/// # Errors
/// [`ReadFault`].
pub async fn undone_by(store: &Store, unit: UnitNo, seq: i64) -> Result<Option<Uuid>, ReadFault> {
    let sql = "select o.id from reversal r join operation o on o.village_id = r.village_id and o.seq = r.by \
               where r.village_id = $1 and r.seq = $2";
    let found = row(store, sql, vec![unit_value(unit), seq.into()]).await?;
    Ok(found.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Codes and heads' names of households by number.
///
/// # Errors
/// [`ReadFault`].
pub async fn households(
    store: &Store,
    unit: UnitNo,
) -> Result<HashMap<i32, (String, String)>, ReadFault> {
    let sql = "select h.no, h.code, w.body from household h \
               left join words w on w.village_id = h.village_id and w.hash = h.head where h.village_id = $1";
    let mut all = HashMap::new();
    for row in rows(store, sql, vec![unit_value(unit)]).await? {
        let no = i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0);
        let head: Option<String> = row.try_get_by_index(2)?;
        all.insert(no, (row.try_get_by_index(1)?, head.unwrap_or_default()));
    }
    Ok(all)
}
