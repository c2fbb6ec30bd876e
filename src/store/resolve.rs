//! Looks up what callers name by code or id. These facts never change once made, so they may be
//! kept and need no lock.

use super::access::rows as access_rows;
use super::batch::{self, Shared, answer_earlier};
use super::dialect::{Lookup, UNIT, write_statements};
use super::flush::{RefusalRow, refusal_write};
use super::prefetch::{ask, earlier_lookups, take_earlier};
use super::tables::damaged;
use super::{Receipt, Refusal, Store, Submission};
use crate::core::canonical::Canonical;
use crate::core::reads::{households_mut, operation_mut};
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Column, Field, Kind, WrongCell};
use crate::core::{HouseholdRef, Rejection, fingerprint};
use sea_orm::{ConnectionTrait, DbErr};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Households already looked up. Codes and ids never change hands.
#[derive(Debug, Default)]
pub struct Households(Mutex<HashMap<(UnitNo, String), i32>>);

/// How many names one process keeps.
const NAMES_MAX: usize = 2_000_000;

impl Households {
    fn get(&self, unit: UnitNo, given: &str) -> Option<i32> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&(unit, given.to_string())).copied()
    }

    fn put(&self, found: impl Iterator<Item = ((UnitNo, String), i32)>) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= NAMES_MAX {
            map.clear();
        }
        map.extend(found);
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        optional: false,
    }
}

fn household_lookup(by: Column, keys: Vec<Vec<Cell>>) -> Lookup {
    let columns = vec![
        UNIT,
        column("no", Kind::Int),
        column("id", Kind::Uuid),
        column("code", Kind::Text),
    ];
    Lookup {
        table: "household",
        columns,
        by: vec![UNIT, by],
        keys,
    }
}

/// Numbers of the households named, by code or id.
///
/// # Errors
/// Of the database.
pub async fn find_households<C: ConnectionTrait>(
    shared: &Shared,
    db: &C,
    names: BTreeSet<(UnitNo, String)>,
) -> Result<HashMap<(UnitNo, String), i32>, DbErr> {
    let mut found = HashMap::new();
    let (mut codes, mut ids) = (Vec::new(), Vec::new());
    for (unit, given) in names {
        if let Some(no) = shared.households.get(unit, &given) {
            found.insert((unit, given), no);
            continue;
        }
        match Uuid::parse_str(&given) {
            Ok(id) => ids.push(vec![unit.cell(), id.cell()]),
            Err(_) => codes.push(vec![unit.cell(), given.cell()]),
        }
    }
    let lookups = vec![
        household_lookup(column("code", Kind::Text), codes),
        household_lookup(column("id", Kind::Uuid), ids),
    ];
    if lookups.iter().all(|lookup| lookup.keys.is_empty()) {
        return Ok(found);
    }
    let mut fresh = Vec::new();
    ask(shared, db, lookups, |tag, cells| {
        let wrong = |_: WrongCell| damaged("household");
        let mut cells = cells.into_iter();
        let mut next = || cells.next().unwrap_or(Cell::Null);
        let (unit, no) = (
            i32::of(next()).map_err(wrong)?,
            i32::of(next()).map_err(wrong)?,
        );
        let (id, code) = (
            Uuid::of(next()).map_err(wrong)?,
            String::of(next()).map_err(wrong)?,
        );
        let name = if tag == 0 { code } else { id.to_string() };
        fresh.push(((unit, name), no));
        Ok(())
    })
    .await?;
    shared.households.put(fresh.iter().cloned());
    found.extend(fresh);
    Ok(found)
}

/// A name as the cache knows it: ids in their plain form.
pub fn plain(given: &str) -> String {
    Uuid::parse_str(given).map_or_else(|_| given.to_string(), |id| id.to_string())
}

/// Looks up everything that these submissions name.
///
/// # Errors
/// Of the database.
pub async fn resolve<C: ConnectionTrait>(
    shared: &Shared,
    db: &C,
    jobs: &mut [Submission],
) -> Result<(), DbErr> {
    let (mut names, mut operations) = (BTreeSet::new(), BTreeSet::new());
    for job in jobs.iter_mut() {
        let unit = job.unit;
        for (other, household) in households_mut(&mut job.command) {
            if let HouseholdRef::Given(given) = household {
                names.insert((other.unwrap_or(unit), plain(given)));
            }
        }
        if let Some(operation) = operation_mut(&mut job.command)
            && operation.found.is_none()
        {
            operations.insert((unit, operation.id));
        }
    }
    if names.is_empty() && operations.is_empty() {
        return Ok(());
    }
    let found = find_households(shared, db, names).await?;
    let operations = find_operations(shared, db, operations).await?;
    for job in jobs.iter_mut() {
        let unit = job.unit;
        for (other, household) in households_mut(&mut job.command) {
            if let HouseholdRef::Given(given) = household
                && let Some(no) = found.get(&(other.unwrap_or(unit), plain(given)))
            {
                *household = HouseholdRef::No(*no);
            }
        }
        if let Some(operation) = operation_mut(&mut job.command)
            && operation.found.is_none()
        {
            operation.found = operations.get(&(unit, operation.id)).copied();
        }
    }
    Ok(())
}

async fn find_operations<C: ConnectionTrait>(
    shared: &Shared,
    db: &C,
    keys: BTreeSet<(UnitNo, Uuid)>,
) -> Result<HashMap<(UnitNo, Uuid), (i64, i16)>, DbErr> {
    let mut found = HashMap::new();
    if keys.is_empty() {
        return Ok(found);
    }
    let lookup = Lookup {
        table: "operation",
        columns: vec![
            UNIT,
            column("seq", Kind::Int),
            column("kind", Kind::Int),
            column("id", Kind::Uuid),
        ],
        by: vec![UNIT, column("id", Kind::Uuid)],
        keys: keys
            .iter()
            .map(|(unit, id)| vec![unit.cell(), id.cell()])
            .collect(),
    };
    ask(shared, db, vec![lookup], |_, cells| {
        let wrong = |_: WrongCell| damaged("operation");
        let mut cells = cells.into_iter();
        let mut next = || cells.next().unwrap_or(Cell::Null);
        let unit = i32::of(next()).map_err(wrong)?;
        let (seq, kind) = (
            i64::of(next()).map_err(wrong)?,
            i16::of(next()).map_err(wrong)?,
        );
        found.insert((unit, Uuid::of(next()).map_err(wrong)?), (seq, kind));
        Ok(())
    })
    .await?;
    Ok(found)
}

fn down(fault: &DbErr) -> Refusal {
    if batch::is_outage(fault) {
        tracing::warn!(%fault, "the database does not answer");
        return Refusal::Unavailable;
    }
    tracing::error!(%fault, "a read failed");
    Refusal::Fault
}

/// The stored answer to a key.
pub(super) async fn earlier(
    store: &Store,
    submission: &Submission,
) -> Result<Option<Receipt>, Refusal> {
    let shared = store.inner.writers.shared();
    let db = store.pool();
    let mut jobs = [submission.clone()];
    resolve(shared, db, &mut jobs)
        .await
        .map_err(|fault| down(&fault))?;
    let [job] = &jobs;
    let mut lookups: Vec<Lookup> = earlier_lookups(&BTreeSet::from([(job.unit, job.id)])).into();
    lookups.extend(access_rows::lookups(std::iter::once(job.who)));
    let (mut found, mut rows) = (HashMap::new(), Vec::new());
    let asked = ask(shared, db, lookups, |tag, cells| match tag {
        0 | 1 => take_earlier(tag, cells, &mut found),
        tag => {
            rows.push((tag - 2, cells));
            Ok(())
        }
    });
    asked.await.map_err(|fault| down(&fault))?;
    let at = batch::now(&shared.clock, shared.backend, db)
        .await
        .map_err(|fault| down(&fault))?;
    let standings = access_rows::standings(rows, at).map_err(|fault| down(&fault))?;
    let standing = standings.get(&job.who).ok_or(Refusal::Unauthenticated)?;
    match found.get(&(job.unit, job.id)) {
        None => Ok(None),
        Some(earlier) => {
            let payload = job.command.bytes();
            answer_earlier(earlier, job.unit, standing.actor.id, &payload).map(Some)
        }
    }
}

/// Remembers a refusal made outside the core.
pub(super) async fn remember(store: &Store, submission: &Submission, why: &Rejection) {
    let shared = store.inner.writers.shared();
    let mut jobs = [submission.clone()];
    let remembered = async {
        resolve(shared, store.pool(), &mut jobs).await?;
        let [job] = &jobs;
        let lookups = access_rows::lookups(std::iter::once(job.who));
        let mut rows = Vec::new();
        ask(shared, store.pool(), lookups, |tag, cells| {
            rows.push((tag, cells));
            Ok(())
        })
        .await?;
        let at = batch::now(&shared.clock, shared.backend, store.pool()).await?;
        let standings = access_rows::standings(rows, at)?;
        let Some(standing) = standings.get(&job.who) else {
            return Ok(());
        };
        let row = RefusalRow {
            unit: job.unit,
            id: job.id,
            fingerprint: fingerprint(standing.actor.id, &job.command.bytes()),
            why: serde_json::to_string(why).unwrap_or_default(),
            at,
        };
        for statement in write_statements(shared.backend, vec![refusal_write(vec![row])]) {
            store.desk().execute_raw(statement).await?;
        }
        Ok::<(), DbErr>(())
    };
    if let Err(fault) = remembered.await {
        // The refusal stands all the same; only its memory is missing.
        tracing::warn!(%fault, "a refusal could not be remembered");
    }
}
