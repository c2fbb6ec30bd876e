//! The journal and its proofs.

use super::{ReadFault, core_row, entries, limit, row, rows, unit as unit_value};
use crate::core::Command;
use crate::core::canonical::Canonical;
use crate::core::evidence::{self, Frontier, Hash};
use crate::core::rights::{Role, UnitNo};
use crate::core::rows::TransferRow;
use crate::store::Store;
use sea_orm::QueryResult;
use uuid::Uuid;

/// An operation in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationItem {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub seq: i64,
    /// Its kind's number.
    pub kind: i16,
    /// Who did it.
    pub actor: Uuid,
    /// Their name.
    pub actor_name: Option<String>,
    /// As what.
    pub role: Role,
    /// When.
    pub at: i64,
    /// Its leaf.
    pub leaf: Hash,
}

fn item(row: &QueryResult) -> Result<OperationItem, ReadFault> {
    Ok(OperationItem {
        id: row.try_get_by_index(0)?,
        seq: row.try_get_by_index(1)?,
        kind: i16::try_from(row.try_get_by_index::<i64>(2)?).unwrap_or(0),
        actor: row.try_get_by_index(3)?,
        role: Role::of_code(row.try_get_by_index(4)?).ok_or(ReadFault::Fault)?,
        at: row.try_get_by_index(5)?,
        leaf: row
            .try_get_by_index::<Vec<u8>>(6)?
            .try_into()
            .map_err(|_| ReadFault::Fault)?,
        actor_name: row.try_get_by_index(7)?,
    })
}

/// Operations older than `after`, the newest first.
///
/// # Errors
/// [`ReadFault`].
pub async fn list(
    store: &Store,
    unit: UnitNo,
    after: Option<i64>,
    most: usize,
) -> Result<Vec<OperationItem>, ReadFault> {
    let sql = "select o.id, o.seq, o.kind, o.actor, o.role, o.at, o.leaf, w.body from operation o \
               left join staff s on s.village_id = 1 and s.id = o.actor \
               left join words w on w.village_id = 1 and w.hash = s.name \
               where o.village_id = $1 and o.seq < $2 order by o.seq desc limit $3";
    let before = after.unwrap_or(i64::MAX);
    rows(
        store,
        sql,
        vec![unit_value(unit), before.into(), limit(most)],
    )
    .await?
    .iter()
    .map(item)
    .collect()
}

/// One operation: the command as it was accepted, and the points it moved.
///
/// # Errors
/// [`ReadFault`].
pub async fn one(
    store: &Store,
    unit: UnitNo,
    id: Uuid,
) -> Result<Option<(OperationItem, Command, Vec<TransferRow>)>, ReadFault> {
    let sql = "select o.id, o.seq, o.kind, o.actor, o.role, o.at, o.leaf, w.body, o.payload from operation o \
               left join staff s on s.village_id = 1 and s.id = o.actor \
               left join words w on w.village_id = 1 and w.hash = s.name \
               where o.id = $1 and o.village_id = $2";
    let Some(found) = row(store, sql, vec![id.into(), unit_value(unit)]).await? else {
        return Ok(None);
    };
    let item = item(&found)?;
    let payload: Vec<u8> = found.try_get_by_index(8)?;
    let command = Command::whole(&payload).map_err(|_| ReadFault::Fault)?;
    let sql = "select seq, line, household, household_seq, from_holder, from_account, to_holder, to_account, \
               lot, points, balance_after, purpose, award_line, about from transfer where village_id = $1 and seq = $2 \
               order by line limit 5000";
    let mut transfers = Vec::new();
    for row in rows(store, sql, vec![unit_value(unit), item.seq.into()]).await? {
        transfers.push(core_row(&row, 0)?);
    }
    Ok(Some((item, command, transfers)))
}

/// That an operation is in the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The leaf.
    pub leaf: Hash,
    /// Its place, from 0.
    pub index: u64,
    /// The tree's size.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// The audit path.
    pub path: Vec<Hash>,
}

/// The proof of one operation against the whole tree of its unit as it stands.
///
/// # Errors
/// [`ReadFault`].
pub async fn proof(store: &Store, unit: UnitNo, id: Uuid) -> Result<Option<Proof>, ReadFault> {
    let (size, root) = top(store, unit).await?;
    let sql = "select seq from operation where id = $1 and village_id = $2";
    let Some(found) = row(store, sql, vec![id.into(), unit_value(unit)]).await? else {
        return Ok(None);
    };
    let seq: i64 = found.try_get_by_index(0)?;
    let leaves = entries::leaves(store, unit, size).await?;
    let index = usize::try_from(seq - 1).map_err(|_| ReadFault::Fault)?;
    let (Some(leaf), Some(path)) = (leaves.get(index), evidence::path(&leaves, index)) else {
        // It was committed after the head was read: ask again.
        return Ok(None);
    };
    Ok(Some(Proof {
        leaf: *leaf,
        index: index as u64,
        size,
        root,
        path,
    }))
}

/// Size and root of a unit's tree.
///
/// # Errors
/// [`ReadFault`].
pub async fn top(store: &Store, unit: UnitNo) -> Result<(u64, Hash), ReadFault> {
    let sql = "select size, frontier from head where unit = $1";
    let row = row(store, sql, vec![unit_value(unit)])
        .await?
        .ok_or(ReadFault::Fault)?;
    let size = u64::try_from(row.try_get_by_index::<i64>(0)?).map_err(|_| ReadFault::Fault)?;
    let bytes: Vec<u8> = row.try_get_by_index(1)?;
    let frontier = Frontier::stored(size, &bytes).ok_or(ReadFault::Fault)?;
    Ok((size, frontier.root()))
}
