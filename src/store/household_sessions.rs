//! The devices on which a household is signed in: no facts of the journal.

use super::Store;
use super::access::rows::{HOUSEHOLD_SESSION, stands};
use super::access::write;
use super::read::{ReadFault, rows};
use crate::cache::Cache;
use crate::core::rights::UnitNo;
use sea_orm::QueryResult;
use uuid::Uuid;

/// A device that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The session's public id.
    pub id: Uuid,
    /// When it signed in, microseconds since 1970 UTC.
    pub since: i64,
    /// When it was last seen, to the minute.
    pub seen: i64,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// The devices of a household, the one seen last first.
///
/// # Errors
/// [`ReadFault`].
pub async fn devices(
    store: &Store,
    (unit, household): (UnitNo, i32),
    this: [u8; 32],
) -> Result<Vec<Device>, ReadFault> {
    let sql = "select id, created, seen, expires, idle, token from session where household = $1 and household > 0 \
               and village_id = $2 and kind = $3 and ended = 0 order by seen desc, created desc";
    let values = vec![
        i64::from(household).into(),
        i64::from(unit).into(),
        HOUSEHOLD_SESSION.into(),
    ];
    let now = store.time();
    let mut list = Vec::new();
    for row in rows(store, sql, values).await? {
        let int = |index| row.try_get_by_index::<i64>(index);
        if !stands(now, int(3)?, int(4)?, int(2)?, 0) {
            continue;
        }
        list.push(Device {
            id: row.try_get_by_index(0)?,
            since: int(1)?,
            seen: int(2)?,
            is_this: row.try_get_by_index::<Vec<u8>>(5)? == this,
        });
    }
    Ok(list)
}

async fn forget(cache: &Cache, ended: &[QueryResult]) -> Result<(), ReadFault> {
    for row in ended {
        if let Ok(token) = <[u8; 32]>::try_from(row.try_get_by_index::<Vec<u8>>(0)?) {
            cache.drop_session(&token).await;
        }
    }
    Ok(())
}

/// Ends one device of a household; false when it has no such device.
///
/// # Errors
/// [`ReadFault`].
pub async fn end_device(
    store: &Store,
    cache: &Cache,
    (unit, household): (UnitNo, i32),
    id: Uuid,
) -> Result<bool, ReadFault> {
    let sql = "update session set ended = $5 where household = $1 and household > 0 and village_id = $2 \
               and kind = $3 and id = $4 and ended = 0 returning token";
    let values = vec![
        i64::from(household).into(),
        i64::from(unit).into(),
        HOUSEHOLD_SESSION.into(),
        id.into(),
        store.time().into(),
    ];
    let ended = write(store, sql, values).await?;
    forget(cache, &ended).await?;
    Ok(!ended.is_empty())
}

/// Ends every device of a household but the one that asks.
///
/// # Errors
/// [`ReadFault`].
pub async fn end_other_devices(
    store: &Store,
    cache: &Cache,
    (unit, household): (UnitNo, i32),
    this: [u8; 32],
) -> Result<(), ReadFault> {
    let sql = "update session set ended = $5 where household = $1 and household > 0 and village_id = $2 \
               and kind = $3 and token <> $4 and ended = 0 returning token";
    let values = vec![
        i64::from(household).into(),
        i64::from(unit).into(),
        HOUSEHOLD_SESSION.into(),
        this.to_vec().into(),
        store.time().into(),
    ];
    let ended = write(store, sql, values).await?;
    forget(cache, &ended).await
}
