//! Which township, village, household or station a name means.

use super::{ReadFault, limit, row, rows, unit as unit_value};
use crate::core::rights::{SYSTEM, UnitKind, UnitNo};
use crate::store::{Store, resolve};
use sea_orm::QueryResult;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// A township or village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitInfo {
    /// Its number.
    pub no: UnitNo,
    /// Its public id.
    pub id: Uuid,
    /// What it is.
    pub kind: UnitKind,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The unit above it.
    pub parent: UnitNo,
}

/// A station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StationInfo {
    /// Its number in the village.
    pub no: i32,
    /// Its public id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Units and stations already looked up; once founded they do not change.
#[derive(Debug, Default)]
pub struct Known {
    units: Mutex<HashMap<String, UnitInfo>>,
    stations: Mutex<HashMap<(UnitNo, String), StationInfo>>,
}

const KNOWN_MAX: usize = 50_000;

fn info(row: &QueryResult) -> Result<UnitInfo, ReadFault> {
    let int = |index| row.try_get_by_index::<i64>(index);
    let no = |index| Ok::<i32, ReadFault>(i32::try_from(int(index)?).unwrap_or(0));
    Ok(UnitInfo {
        no: no(0)?,
        id: row.try_get_by_index(1)?,
        kind: UnitKind::of_code(int(2)?).ok_or(ReadFault::Fault)?,
        code: row.try_get_by_index(3)?,
        parent: no(4)?,
        name: row
            .try_get_by_index::<Option<String>>(5)?
            .unwrap_or_default(),
    })
}

/// A unit by its id or code.
///
/// # Errors
/// [`ReadFault`].
pub async fn unit(store: &Store, given: &str) -> Result<Option<UnitInfo>, ReadFault> {
    let key = Uuid::parse_str(given).map_or_else(|_| given.to_string(), |id| id.to_string());
    let known = &store.inner.directory.units;
    if let Some(info) = known
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
    {
        return Ok(Some(info.clone()));
    }
    let found = match Uuid::parse_str(given) {
        Ok(id) => {
            let sql = "select u.no, u.id, u.kind, u.code, u.parent, w.body from unit u left join words w \
                       on w.village_id = 1 and w.hash = u.name where u.id = $1";
            row(store, sql, vec![id.into()]).await?
        }
        Err(_) => {
            let sql = "select u.no, u.id, u.kind, u.code, u.parent, w.body from unit u left join words w \
                       on w.village_id = 1 and w.hash = u.name where u.code = $1 and u.village_id = 1";
            row(store, sql, vec![given.into()]).await?
        }
    };
    let Some(info) = found.as_ref().map(info).transpose()? else {
        return Ok(None);
    };
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= KNOWN_MAX {
        known.clear();
    }
    known.insert(key, info.clone());
    Ok(Some(info))
}

/// A unit by its number.
///
/// # Errors
/// [`ReadFault`].
pub async fn unit_by_no(store: &Store, no: UnitNo) -> Result<Option<UnitInfo>, ReadFault> {
    let sql = "select u.no, u.id, u.kind, u.code, u.parent, w.body from unit u left join words w \
               on w.village_id = 1 and w.hash = u.name where u.village_id = 1 and u.no = $1";
    row(store, sql, vec![unit_value(no)])
        .await?
        .as_ref()
        .map(info)
        .transpose()
}

/// Villages in the order they were founded, of one township or of all.
///
/// # Errors
/// [`ReadFault`].
pub async fn villages(
    store: &Store,
    under: Option<UnitNo>,
    after: Option<i32>,
    most: usize,
) -> Result<Vec<UnitInfo>, ReadFault> {
    let sql = "select u.no, u.id, u.kind, u.code, u.parent, w.body from unit u left join words w \
               on w.village_id = 1 and w.hash = u.name where u.village_id = 1 and u.kind = 3 \
               and u.no > $1 and ($2 = 0 or u.parent = $2) order by u.no limit $3";
    let values = vec![
        unit_value(after.unwrap_or(0)),
        unit_value(under.unwrap_or(0)),
        limit(most),
    ];
    rows(store, sql, values).await?.iter().map(info).collect()
}

/// Townships in the order they were founded.
///
/// # Errors
/// [`ReadFault`].
pub async fn townships(store: &Store) -> Result<Vec<UnitInfo>, ReadFault> {
    let sql = "select u.no, u.id, u.kind, u.code, u.parent, w.body from unit u left join words w \
               on w.village_id = 1 and w.hash = u.name where u.village_id = 1 and u.kind = 2 order by u.no";
    rows(store, sql, vec![]).await?.iter().map(info).collect()
}

/// Household numbers by code or id; names that no household has are missing.
///
/// # Errors
/// [`ReadFault`].
pub async fn household_nos(
    store: &Store,
    unit: UnitNo,
    given: &[String],
) -> Result<HashMap<String, i32>, ReadFault> {
    let plain =
        |name: &String| Uuid::parse_str(name).map_or_else(|_| name.clone(), |id| id.to_string());
    let names: BTreeSet<(UnitNo, String)> = given.iter().map(|name| (unit, plain(name))).collect();
    let shared = store.inner.writers.shared();
    let found = resolve::find_households(shared, store.pool(), names).await?;
    let pick = |name: &String| Some((name.clone(), *found.get(&(unit, plain(name)))?));
    Ok(given.iter().filter_map(pick).collect())
}

/// A household's number by its code or id.
///
/// # Errors
/// [`ReadFault`].
pub async fn household_no(
    store: &Store,
    unit: UnitNo,
    given: &str,
) -> Result<Option<i32>, ReadFault> {
    let found = household_nos(store, unit, &[given.to_string()]).await?;
    Ok(found.get(given).copied())
}

fn station_info(row: &QueryResult) -> Result<StationInfo, ReadFault> {
    Ok(StationInfo {
        no: i32::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(0),
        id: row.try_get_by_index(1)?,
        code: row.try_get_by_index(2)?,
        name: row
            .try_get_by_index::<Option<String>>(3)?
            .unwrap_or_default(),
    })
}

/// The stations of a village.
///
/// # Errors
/// [`ReadFault`].
pub async fn stations(store: &Store, unit: UnitNo) -> Result<Vec<StationInfo>, ReadFault> {
    debug_assert!(unit != SYSTEM);
    let sql = "select s.no, s.id, s.code, w.body from station s left join words w \
               on w.village_id = s.village_id and w.hash = s.name where s.village_id = $1 order by s.no";
    rows(store, sql, vec![unit_value(unit)])
        .await?
        .iter()
        .map(station_info)
        .collect()
}

/// A station by its code or id.
///
/// # Errors
/// [`ReadFault`].
pub async fn station(
    store: &Store,
    unit: UnitNo,
    given: &str,
) -> Result<Option<StationInfo>, ReadFault> {
    let key = (unit, given.to_string());
    let known = &store.inner.directory.stations;
    let kept = {
        let known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).cloned()
    };
    if kept.is_some() {
        return Ok(kept);
    }
    let id = Uuid::parse_str(given).ok();
    let mut stations = stations(store, unit).await?.into_iter();
    let found = stations.find(|station| station.code == given || Some(station.id) == id);
    if let Some(info) = &found {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(key, info.clone());
    }
    Ok(found)
}
