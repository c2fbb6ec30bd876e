//! Fetches what commands read: heads under lock, configuration by version, rows by key.

use super::access_rows::{self, Standing};
use super::batch::Shared;
use super::dialect::{self, Lookup, UNIT};
use super::{Submission, Who};
use crate::core::evidence::Frontier;
use crate::core::reads::{self, Want, Wants};
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Column, Field, Kind, Row, WrongCell};
use crate::core::rows::OperationRow;
use crate::core::state::{
    Config, ConfigSlot, Head, Slot, Tables, VisitKind, each_config_kind, each_data_kind,
};
use crate::core::{Day, Points, State, Unit, other_units};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// A table as the store reads it.
pub struct Known {
    /// Its columns, the unit first.
    pub columns: Vec<Column>,
    /// How many columns after the unit are the key.
    pub key: usize,
    /// Whether it is kept in [`Config`].
    pub config: bool,
    load: fn(&mut Tables, Vec<Cell>) -> Result<(), WrongCell>,
}

fn load<R: Row>(tables: &mut Tables, cells: Vec<Cell>) -> Result<(), WrongCell>
where
    Tables: Slot<R>,
{
    let row = R::of_cells(cells)?;
    tables.slot_mut().insert(row.key(), row);
    Ok(())
}

#[derive(Default)]
struct Collect {
    config: bool,
    known: BTreeMap<&'static str, Known>,
}

impl VisitKind for Collect {
    fn kind<R: Row>(&mut self)
    where
        Tables: Slot<R>,
        Config: ConfigSlot<R>,
    {
        let columns = [&[UNIT], R::COLUMNS].concat();
        let known = Known {
            columns,
            key: R::KEY_COLUMNS,
            config: self.config,
            load: load::<R>,
        };
        self.known.insert(R::TABLE, known);
    }
}

/// Every table of the core's rows, by name.
#[must_use]
pub fn known_tables() -> &'static BTreeMap<&'static str, Known> {
    static KNOWN: OnceLock<BTreeMap<&'static str, Known>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut collect = Collect {
            config: true,
            ..Collect::default()
        };
        each_config_kind(&mut collect);
        collect.config = false;
        each_data_kind(&mut collect);
        collect.known
    })
}

/// A stored row that no row of the core can be: somebody changed the database by hand.
pub fn damaged(table: &str) -> DbErr {
    DbErr::Type(["damaged row in ", table].concat())
}

impl Known {
    /// Puts a result row, the unit first, into the unit's tables.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn take(
        &self,
        table: &str,
        mut cells: Vec<Cell>,
        units: &mut BTreeMap<UnitNo, Tables>,
    ) -> Result<(), DbErr> {
        let unit = i32::of(cells.remove(0)).map_err(|_| damaged(table))?;
        (self.load)(units.entry(unit).or_default(), cells).map_err(|_| damaged(table))
    }
}

/// What came before under a key.
#[derive(Clone, Debug)]
pub enum Earlier {
    /// It was accepted.
    Accepted(Box<OperationRow>),
    /// It was refused: fingerprint and reason.
    Refused(Vec<u8>, String),
}

/// Everything a batch needs.
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

fn head_of(row: &QueryResult) -> Result<(UnitNo, Head), DbErr> {
    let int = |index| row.try_get_by_index::<i64>(index);
    let small = |value: i64| i32::try_from(value).map_err(|_| damaged("head"));
    let size = u64::try_from(int(11)?).map_err(|_| damaged("head"))?;
    let frontier: Vec<u8> = row.try_get_by_index(12)?;
    let head = Head {
        parent: small(int(2)?)?,
        id: row.try_get_by_index(3)?,
        at: int(4)?,
        config_version: int(5)?,
        numbered: small(int(6)?)?,
        source: Points(int(7)?),
        fund: Points(int(8)?),
        expired: Points(int(9)?),
        outstanding: Points(int(10)?),
        frontier: Frontier::stored(size, &frontier).ok_or_else(|| damaged("head"))?,
    };
    Ok((small(int(1)?)?, head))
}

/// Locks heads in order and reads them.
///
/// # Errors
/// Of the database, or when a head is damaged.
pub async fn heads<C: ConnectionTrait>(
    shared: &Shared,
    tx: &C,
    units: &[UnitNo],
) -> Result<(i64, BTreeMap<UnitNo, Head>), DbErr> {
    let rows = tx
        .query_all_raw(dialect::lock_heads(shared.backend, units))
        .await?;
    let mut heads = BTreeMap::new();
    let mut at = 0;
    for row in &rows {
        at = at.max(row.try_get_by_index::<i64>(0)?);
        let (unit, head) = head_of(row)?;
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
    mut take: impl FnMut(usize, Vec<Cell>) -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    let most = dialect::most(&lookups);
    let shapes: Vec<Vec<Column>> = lookups
        .iter()
        .map(|lookup| lookup.columns.clone())
        .collect();
    let Some(statement) = dialect::lookup_statement(shared.backend, lookups) else {
        return Ok(());
    };
    for row in tx.query_all_raw(statement).await? {
        let tag = dialect::tag(&row)?;
        let columns = shapes.get(tag).ok_or_else(|| damaged("lookup"))?;
        take(tag, dialect::cells(&row, columns, most)?)?;
    }
    Ok(())
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
        match shared.configs.get(*unit, head.config_version) {
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

/// Fetches everything that these submissions read, with the heads locked.
///
/// # Errors
/// Of the database, or when a row is damaged.
pub async fn fetch<C: ConnectionTrait>(
    shared: &Shared,
    tx: &C,
    jobs: &[Submission],
) -> Result<Fetched, DbErr> {
    let units: BTreeSet<UnitNo> = jobs
        .iter()
        .flat_map(|job| std::iter::once(job.unit).chain(other_units(&job.command)))
        .collect();
    let (at, heads) = heads(shared, tx, &units.into_iter().collect::<Vec<_>>()).await?;
    let mut configs = configs(shared, tx, &heads).await?;
    let mut state = State::default();
    for (no, head) in heads {
        let config = configs.remove(&no).unwrap_or_default();
        state.units.insert(
            no,
            Unit {
                head,
                config,
                rows: Tables::default(),
            },
        );
    }
    let keys = jobs.iter().map(|job| (job.unit, job.id)).collect();
    let mut asked = wanted(&state, at, jobs, &BTreeSet::new());
    let mut fetched = Fetched {
        state,
        at,
        standings: HashMap::new(),
        earlier: HashMap::new(),
    };
    let mut lookups: Vec<Lookup> = earlier_lookups(&keys).into();
    lookups.extend(access_rows::lookups(jobs.iter().map(|job| job.who)));
    let fixed = lookups.len();
    let wants = want_lookups(&asked);
    let mut tables: Vec<&'static str> = wants.iter().map(|lookup| lookup.table).collect();
    lookups.extend(wants);
    let mut rows: BTreeMap<UnitNo, Tables> = BTreeMap::new();
    let mut standing_rows = Vec::new();
    ask(shared, tx, lookups, |tag, cells| match tag {
        0 | 1 => take_earlier(tag, cells, &mut fetched.earlier),
        tag if tag < fixed => {
            standing_rows.push((tag - 2, cells));
            Ok(())
        }
        tag => known_tables()[tables[tag - fixed]].take(tables[tag - fixed], cells, &mut rows),
    })
    .await?;
    fetched.standings = access_rows::standings(standing_rows, at)?;
    loop {
        for (no, tables) in std::mem::take(&mut rows) {
            if let Some(unit) = fetched.state.units.get_mut(&no) {
                unit.rows.overwrite(&tables);
            }
        }
        let news = wanted(&fetched.state, at, jobs, &asked);
        if news.is_empty() {
            return Ok(fetched);
        }
        let lookups = want_lookups(&news);
        tables = lookups.iter().map(|lookup| lookup.table).collect();
        ask(shared, tx, lookups, |tag, cells| {
            known_tables()[tables[tag]].take(tables[tag], cells, &mut rows)
        })
        .await?;
        asked.extend(news);
    }
}
