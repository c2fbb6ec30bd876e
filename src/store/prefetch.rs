//! Fetches what commands read: heads under lock, configuration by version, rows by key.

use super::access::rows::{self as access_rows, Standing};
use super::batch::Shared;
use super::dialect::{self, Lookup, UNIT};
use super::flush::HEAD;
use super::tables::{damaged, known_tables};
use super::{Submission, Who};
use crate::core::evidence::Frontier;
use crate::core::reads::{self, Want, Wants};
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Column, Field, Kind, Row, WrongCell};
use crate::core::rows::OperationRow;
use crate::core::state::{Config, Head, Tables};
use crate::core::{Day, State, Unit, other_units};
use sea_orm::{ConnectionTrait, DbErr};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// What came before under a key.
#[derive(Clone, Debug)]
pub enum Earlier {
    /// It was accepted.
    Accepted(Box<OperationRow>),
    /// It was refused: fingerprint and reason.
    Refused(Vec<u8>, String),
}

/// Everything a batch needs.
#[derive(Default)]
pub struct Fetched {
    /// The units with the rows wanted.
    pub state: State,
    /// The database's time.
    pub at: i64,
    /// Who the callers are.
    pub standings: HashMap<Who, Standing>,
    /// Keys that were used before.
    pub earlier: HashMap<(UnitNo, Uuid), Earlier>,
}

fn head_of(cells: Vec<Cell>) -> Result<(UnitNo, Head), WrongCell> {
    let mut cells = cells.into_iter();
    let mut next = || cells.next().unwrap_or(Cell::Null);
    let unit = Field::of(next())?;
    let (parent, id, at) = (Field::of(next())?, Field::of(next())?, Field::of(next())?);
    let (config_version, numbered) = (Field::of(next())?, Field::of(next())?);
    let (source, fund, expired) = (Field::of(next())?, Field::of(next())?, Field::of(next())?);
    let outstanding = Field::of(next())?;
    let size = u64::try_from(i64::of(next())?).map_err(|_| WrongCell)?;
    let frontier = Vec::<u8>::of(next())?;
    let head = Head {
        parent,
        id,
        at,
        config_version,
        numbered,
        source,
        fund,
        expired,
        outstanding,
        frontier: Frontier::stored(size, &frontier).ok_or(WrongCell)?,
    };
    Ok((unit, head))
}

fn head_lookup(units: &BTreeSet<UnitNo>) -> Lookup {
    Lookup {
        table: "head",
        columns: HEAD.to_vec(),
        by: vec![HEAD[0]],
        keys: units.iter().map(|unit| vec![unit.cell()]).collect(),
    }
}

/// Locks heads in order and reads them.
///
/// # Errors
/// Of the database, or when a head is damaged.
async fn locked_heads<C: ConnectionTrait>(
    shared: &Shared,
    tx: &C,
    units: &BTreeSet<UnitNo>,
) -> Result<(i64, BTreeMap<UnitNo, Head>), DbErr> {
    let units: Vec<UnitNo> = units.iter().copied().collect();
    let rows = tx.query_all_raw(dialect::lock_heads(&units)).await?;
    let mut heads = BTreeMap::new();
    let mut at = 0;
    for row in &rows {
        at = at.max(row.try_get_by_index::<i64>(0)?);
        let cells = HEAD.iter().enumerate();
        let cells = cells.map(|(index, column)| dialect::cell(row, index + 1, column.kind));
        let cells = cells.collect::<Result<Vec<Cell>, DbErr>>()?;
        let (unit, head) = head_of(cells).map_err(|_| damaged("head"))?;
        heads.insert(unit, head);
    }
    Ok((shared.clock.at(at), heads))
}

/// Asks several lookups in one statement and hands each answer to `take`.
///
/// # Errors
/// Of the database, or of `take`.
pub async fn ask<C: ConnectionTrait>(
    shared: &Shared,
    tx: &C,
    lookups: Vec<Lookup>,
    take: impl FnMut(usize, Vec<Cell>) -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    ask_timed(shared, tx, lookups, false, take).await.map(drop)
}

/// As [`ask`]; with `timed`, also answers the database's time.
async fn ask_timed<C: ConnectionTrait>(
    shared: &Shared,
    tx: &C,
    lookups: Vec<Lookup>,
    timed: bool,
    mut take: impl FnMut(usize, Vec<Cell>) -> Result<(), DbErr>,
) -> Result<i64, DbErr> {
    let mut at = 0;
    let most = dialect::most(&lookups);
    let shapes: Vec<Vec<Column>> = lookups
        .iter()
        .map(|lookup| lookup.columns.clone())
        .collect();
    let Some(statement) = dialect::lookup_statement(shared.backend, lookups, timed) else {
        return Ok(at);
    };
    for row in tx.query_all_raw(statement).await? {
        let tag = dialect::tag(&row)?;
        if tag == shapes.len() {
            at = row.try_get_by_index(1)?;
            continue;
        }
        let columns = shapes.get(tag).ok_or_else(|| damaged("lookup"))?;
        take(tag, dialect::cells(&row, columns, most)?)?;
    }
    Ok(at)
}

/// Loads the configuration of units whose cached version is not the head's.
async fn configs<C: ConnectionTrait>(
    shared: &Shared,
    tx: &C,
    heads: &BTreeMap<UnitNo, Head>,
) -> Result<BTreeMap<UnitNo, Arc<Config>>, DbErr> {
    let mut found = BTreeMap::new();
    let mut stale = Vec::new();
    for (unit, head) in heads {
        match shared.configs.get(*unit, Some(head.config_version)) {
            Some(config) => {
                found.insert(*unit, config);
            }
            None => stale.push(vec![unit.cell()]),
        }
    }
    if stale.is_empty() {
        return Ok(found);
    }
    let names: Vec<&'static str> = known_tables()
        .iter()
        .filter(|(_, known)| known.config)
        .map(|(name, _)| *name)
        .collect();
    let lookups = names
        .iter()
        .map(|name| Lookup {
            table: name,
            columns: known_tables()[name].columns.clone(),
            by: vec![UNIT],
            keys: stale.clone(),
        })
        .collect();
    let mut tables: BTreeMap<UnitNo, Tables> = BTreeMap::new();
    ask(shared, tx, lookups, |tag, cells| {
        known_tables()[names[tag]].take(names[tag], cells, &mut tables)
    })
    .await?;
    for key in stale {
        let unit = key
            .into_iter()
            .next()
            .and_then(|cell| i32::of(cell).ok())
            .unwrap_or(0);
        let config = Arc::new(Config::new(tables.remove(&unit).unwrap_or_default()));
        if let Some(head) = heads.get(&unit) {
            shared
                .configs
                .put(unit, head.config_version, Arc::clone(&config));
        }
        found.insert(unit, config);
    }
    Ok(found)
}

const REFUSAL: [Column; 4] = [
    UNIT,
    Column {
        name: "id",
        kind: Kind::Uuid,
        optional: false,
    },
    Column {
        name: "fingerprint",
        kind: Kind::Bytes,
        optional: false,
    },
    Column {
        name: "why",
        kind: Kind::Text,
        optional: false,
    },
];

/// The lookups for keys that may have been used before.
#[must_use]
pub fn earlier_lookups(keys: &BTreeSet<(UnitNo, Uuid)>) -> [Lookup; 2] {
    let by = vec![UNIT, REFUSAL[1]];
    let keys: Vec<Vec<Cell>> = keys
        .iter()
        .map(|(unit, id)| vec![unit.cell(), id.cell()])
        .collect();
    let operation = Lookup {
        table: OperationRow::TABLE,
        columns: [&[UNIT], OperationRow::COLUMNS].concat(),
        by: by.clone(),
        keys: keys.clone(),
    };
    [
        operation,
        Lookup {
            table: "refusal",
            columns: REFUSAL.to_vec(),
            by,
            keys,
        },
    ]
}

/// Takes an answer to one of [`earlier_lookups`].
///
/// # Errors
/// When the row is damaged.
pub fn take_earlier(
    tag: usize,
    mut cells: Vec<Cell>,
    into: &mut HashMap<(UnitNo, Uuid), Earlier>,
) -> Result<(), DbErr> {
    let wrong = |_: WrongCell| damaged("operation");
    let unit = i32::of(cells.remove(0)).map_err(wrong)?;
    if tag == 0 {
        let row = OperationRow::of_cells(cells).map_err(wrong)?;
        into.insert((unit, row.id), Earlier::Accepted(Box::new(row)));
    } else {
        let mut cells = cells.into_iter();
        let mut next = || cells.next().unwrap_or(Cell::Null);
        let (id, fingerprint, why) = (next(), next(), next());
        let id = Uuid::of(id).map_err(wrong)?;
        let refused = Earlier::Refused(
            Field::of(fingerprint).map_err(wrong)?,
            Field::of(why).map_err(wrong)?,
        );
        into.entry((unit, id)).or_insert(refused);
    }
    Ok(())
}

/// Groups wants into lookups by table and columns.
fn want_lookups(wants: &BTreeSet<(UnitNo, Want)>) -> Vec<Lookup> {
    type Group = (&'static str, &'static [&'static str]);
    let mut groups: BTreeMap<Group, Vec<Vec<Cell>>> = BTreeMap::new();
    for (unit, want) in wants {
        let mut key = vec![unit.cell()];
        key.extend(want.key.iter().cloned());
        groups.entry((want.table, want.by)).or_default().push(key);
    }
    let lookup = |((table, by), keys): (Group, Vec<Vec<Cell>>)| {
        let columns = known_tables()[table].columns.clone();
        let named = |name: &&str| columns.iter().find(|column| column.name == *name).copied();
        let by = std::iter::once(UNIT)
            .chain(by.iter().filter_map(named))
            .collect();
        Lookup {
            table,
            columns,
            by,
            keys,
        }
    };
    groups.into_iter().map(lookup).collect()
}

fn today(unit: &Unit, at: i64) -> Day {
    Day::of_instant(at.max(unit.head.at), unit.config.policy().utc_offset)
}

fn wanted(
    state: &State,
    at: i64,
    jobs: &[Submission],
    asked: &BTreeSet<(UnitNo, Want)>,
) -> BTreeSet<(UnitNo, Want)> {
    let mut news = BTreeSet::new();
    for job in jobs {
        let units = std::iter::once(job.unit).chain(other_units(&job.command));
        for no in units {
            let Some(unit) = state.units.get(&no) else {
                continue;
            };
            let mut wants = Wants::new();
            reads::collect(&mut wants, no, unit, today(unit, at), &job.command);
            let fresh = wants
                .into_iter()
                .map(|want| (no, want))
                .filter(|want| !asked.contains(want));
            news.extend(fresh);
        }
    }
    news
}

/// The units that these submissions are about.
fn units_of(jobs: &[Submission]) -> BTreeSet<UnitNo> {
    let units = |job: &Submission| std::iter::once(job.unit).chain(other_units(&job.command));
    jobs.iter().flat_map(units).collect()
}

/// The units with what is probably their configuration, before their heads are known.
async fn guessed<C: ConnectionTrait>(
    shared: &Shared,
    db: &C,
    units: &BTreeSet<UnitNo>,
) -> Result<State, DbErr> {
    let mut configs = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for no in units {
        match shared.configs.get(*no, None) {
            Some(config) => {
                configs.insert(*no, config);
            }
            None => {
                unknown.insert(*no);
            }
        }
    }
    if !unknown.is_empty() {
        let mut heads = BTreeMap::new();
        ask(shared, db, vec![head_lookup(&unknown)], |_, cells| {
            let (unit, head) = head_of(cells).map_err(|_| damaged("head"))?;
            heads.insert(unit, head);
            Ok(())
        })
        .await?;
        configs.extend(self::configs(shared, db, &heads).await?);
    }
    let mut state = State::default();
    for (no, config) in configs {
        let unit = Unit {
            head: Head::default(),
            config,
            rows: Tables::default(),
        };
        state.units.insert(no, unit);
    }
    Ok(state)
}

/// Puts the heads in place as they are; a unit without one is not there.
async fn settle<C: ConnectionTrait>(
    shared: &Shared,
    db: &C,
    state: &mut State,
    mut heads: BTreeMap<UnitNo, Head>,
) -> Result<(), DbErr> {
    let mut configs = configs(shared, db, &heads).await?;
    state.units.retain(|no, _| heads.contains_key(no));
    for (no, config) in std::mem::take(&mut configs) {
        let Some(head) = heads.remove(&no) else {
            continue;
        };
        match state.units.get_mut(&no) {
            Some(unit) => (unit.head, unit.config) = (head, config),
            None => {
                let rows = Tables::default();
                state.units.insert(no, Unit { head, config, rows });
            }
        }
    }
    Ok(())
}

/// Fetches everything that these submissions read. With `lock` the heads are locked first; without
/// it they come with the rest, and hold as long as no head moves.
///
/// # Errors
/// Of the database, or when a row is damaged.
pub async fn fetch<C: ConnectionTrait>(
    shared: &Shared,
    db: &C,
    jobs: &[Submission],
    lock: bool,
) -> Result<Fetched, DbErr> {
    let units = units_of(jobs);
    let mut fetched = Fetched::default();
    if lock {
        let (at, heads) = locked_heads(shared, db, &units).await?;
        fetched.at = at;
        settle(shared, db, &mut fetched.state, heads).await?;
    } else {
        fetched.at = shared.clock.at(shared.time.now());
        fetched.state = guessed(shared, db, &units).await?;
    }
    let mut asked = wanted(&fetched.state, fetched.at, jobs, &BTreeSet::new());
    let keys = jobs.iter().map(|job| (job.unit, job.id)).collect();
    let mut lookups: Vec<Lookup> = earlier_lookups(&keys).into();
    lookups.extend(access_rows::lookups(jobs.iter().map(|job| job.who)));
    let fixed = lookups.len();
    let wants = want_lookups(&asked);
    let mut tables: Vec<&'static str> = wants.iter().map(|lookup| lookup.table).collect();
    lookups.extend(wants);
    let last = lookups.len();
    if !lock {
        lookups.push(head_lookup(&units));
    }
    let mut rows: BTreeMap<UnitNo, Tables> = BTreeMap::new();
    let mut heads = BTreeMap::new();
    let mut standing_rows = Vec::new();
    let at = ask_timed(shared, db, lookups, !lock, |tag, cells| match tag {
        0 | 1 => take_earlier(tag, cells, &mut fetched.earlier),
        tag if tag < fixed => {
            standing_rows.push((tag - 2, cells));
            Ok(())
        }
        tag if tag == last => {
            let (unit, head) = head_of(cells).map_err(|_| damaged("head"))?;
            heads.insert(unit, head);
            Ok(())
        }
        tag => known_tables()[tables[tag - fixed]].take(tables[tag - fixed], cells, &mut rows),
    })
    .await?;
    if !lock {
        fetched.at = shared.clock.at(at);
        settle(shared, db, &mut fetched.state, heads).await?;
    }
    fetched.standings = access_rows::standings(standing_rows, fetched.at)?;
    loop {
        for (no, tables) in std::mem::take(&mut rows) {
            if let Some(unit) = fetched.state.units.get_mut(&no) {
                unit.rows.overwrite(&tables);
            }
        }
        let news = wanted(&fetched.state, fetched.at, jobs, &asked);
        if news.is_empty() {
            return Ok(fetched);
        }
        let lookups = want_lookups(&news);
        tables = lookups.iter().map(|lookup| lookup.table).collect();
        ask(shared, db, lookups, |tag, cells| {
            known_tables()[tables[tag]].take(tables[tag], cells, &mut rows)
        })
        .await?;
        asked.extend(news);
    }
}
