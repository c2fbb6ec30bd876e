//! Proves every stored row: replays the journal through the core and compares.

use super::prefetch::{Known, known_tables};
use super::read::{ReadFault, core_row, directory, rows, unit as unit_value};
use super::{Store, dialect};
use crate::core::canonical::Canonical;
use crate::core::evidence::Frontier;
use crate::core::rights::{Authority, SYSTEM, UnitNo};
use crate::core::row::{Cell, Row};
use crate::core::rows::OperationRow;
use crate::core::state::{Head, Table, Tables, Visit};
use crate::core::{Actor, Answer, Command, Context, Points, State, Unit, kind_word};
use crate::core::{empty_state, registry, replay_one, text};
use sea_orm::{ConnectionTrait, DbBackend, IsolationLevel, Statement, TransactionTrait};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The unit's code.
    pub unit: String,
    /// The table, or `head`.
    pub table: String,
    /// The row, by its key.
    pub row: String,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {} {}: {}",
            self.unit, self.table, self.row, self.what
        )
    }
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Units.
    pub units: usize,
    /// Operations replayed.
    pub operations: u64,
    /// Stored rows compared.
    pub rows: u64,
    /// What does not hold.
    pub findings: Vec<Finding>,
}

const PAGE: i64 = 2_000;
/// Enough to know that it does not hold; a broken journal would list every row.
const FINDINGS_MAX: usize = 200;

struct Check<'a> {
    code: &'a str,
    report: &'a mut Verified,
}

impl Check<'_> {
    fn found(&mut self, table: &str, row: impl std::fmt::Debug, what: &str) {
        if self.report.findings.len() < FINDINGS_MAX {
            self.report.findings.push(Finding {
                unit: self.code.to_string(),
                table: table.to_string(),
                row: format!("{row:?}"),
                what: what.to_string(),
            });
        }
    }
}

/// Verifies one village, or the whole system; `progress` hears of each unit before it is read.
///
/// # Errors
/// [`ReadFault`] when the database does not answer. What does not hold is in the report.
pub async fn verify(
    store: &Store,
    village: Option<&str>,
    mut progress: impl FnMut(&str),
) -> Result<Verified, ReadFault> {
    let mut report = Verified::default();
    let units = match village {
        Some(given) => directory::unit(store, given).await?.into_iter().collect(),
        None => {
            progress("system");
            let system = empty_state().units.remove(&SYSTEM).unwrap_or_default();
            let state = verify_unit(store, SYSTEM, "system", system, &mut report).await?;
            let units: Vec<_> = state
                .rows
                .units
                .values()
                .map(|row| (row.no, row.code.clone(), registry::first_head(row)))
                .collect();
            for (no, code, head) in units {
                progress(&code);
                let unit = Unit {
                    head,
                    ..Unit::default()
                };
                verify_unit(store, no, &code, unit, &mut report).await?;
            }
            strays(store, &state, &mut report).await?;
            Vec::new()
        }
    };
    for info in units {
        progress(&info.code);
        let head = Head {
            parent: info.parent,
            id: info.id,
            ..Head::default()
        };
        let unit = Unit {
            head,
            ..Unit::default()
        };
        verify_unit(store, info.no, &info.code, unit, &mut report).await?;
    }
    Ok(report)
}

/// Rows under unit numbers that were never founded.
async fn strays(store: &Store, system: &Unit, report: &mut Verified) -> Result<(), ReadFault> {
    let known: HashSet<i64> = system
        .rows
        .units
        .keys()
        .map(|key| i64::from(key.0))
        .chain([i64::from(SYSTEM)])
        .collect();
    let mut check = Check {
        code: "system",
        report,
    };
    for row in rows(store, "select unit from head", vec![]).await? {
        let no: i64 = row.try_get_by_index(0)?;
        if !known.contains(&no) {
            check.found("head", no, "belongs to no unit of the system's journal");
        }
    }
    for table in known_tables().keys().chain([&OperationRow::TABLE]) {
        let sql = ["select distinct village_id from ", table].concat();
        for row in store
            .pool()
            .query_all_raw(Statement::from_string(store.backend(), sql))
            .await?
        {
            let no: i64 = row.try_get_by_index(0)?;
            if !known.contains(&no) {
                check.found(table, no, "belongs to no unit of the system's journal");
            }
        }
    }
    Ok(())
}

async fn verify_unit(
    store: &Store,
    no: UnitNo,
    code: &str,
    unit: Unit,
    report: &mut Verified,
) -> Result<Unit, ReadFault> {
    report.units += 1;
    let mut check = Check { code, report };
    // One snapshot: a server may go on working meanwhile.
    let tx = match store.backend() {
        DbBackend::Sqlite => store.pool().begin().await?,
        _ => {
            store
                .pool()
                .begin_with_config(Some(IsolationLevel::RepeatableRead), None)
                .await?
        }
    };
    let unit = replay(store, &tx, no, unit, &mut check).await?;
    compare_head(store, &tx, no, &unit, &mut check).await?;
    compare_rows(store, &tx, no, &unit, &mut check).await?;
    compare_words(store, &tx, no, &unit, &mut check).await?;
    tx.commit().await?;
    Ok(unit)
}

async fn query<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    sql: &'static str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<sea_orm::QueryResult>, ReadFault> {
    Ok(db
        .query_all_raw(dialect::plain(store.backend(), sql, values))
        .await?)
}

async fn replay<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: Unit,
    check: &mut Check<'_>,
) -> Result<Unit, ReadFault> {
    let sql = "select seq, id, kind, actor, role, at, payload, answer, salt, leaf from operation \
               where village_id = $1 and seq > $2 order by seq limit $3";
    let mut state = State {
        units: BTreeMap::from([(no, unit)]),
    };
    let mut expected = 1;
    let mut last = i64::MIN;
    loop {
        let page = query(
            store,
            db,
            sql,
            vec![unit_value(no), last.into(), PAGE.into()],
        )
        .await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            last = row.try_get_by_index(0)?;
            let Ok(operation) = core_row::<OperationRow>(row, 0) else {
                check.found("operation", last, "cannot be read");
                continue;
            };
            check.report.operations += 1;
            if operation.seq != expected {
                check.found(
                    "operation",
                    operation.seq,
                    "the numbering has a gap before it",
                );
            }
            expected = operation.seq + 1;
            replay_operation(&mut state, no, &operation, check);
        }
    }
    Ok(state.units.remove(&no).unwrap_or_default())
}

fn replay_operation(
    state: &mut State,
    no: UnitNo,
    operation: &OperationRow,
    check: &mut Check<'_>,
) {
    let at = operation.seq;
    let Ok(command) = Command::whole(&operation.payload) else {
        return check.found("operation", at, "its command cannot be read");
    };
    let Ok(answer) = Answer::whole(&operation.answer) else {
        return check.found("operation", at, "its answer cannot be read");
    };
    let actor = Actor {
        id: operation.actor,
        household: None,
        authority: Authority::Recorded(operation.role),
    };
    let ctx = Context {
        id: operation.id,
        at: operation.at,
        actor,
        salt: operation.salt,
    };
    match replay_one(state, &ctx, no, &command, &answer) {
        Err(why) => {
            let what = [
                "the rules refuse ",
                kind_word(operation.kind),
                " on replay: ",
                &why.to_string(),
            ]
            .concat();
            check.found("operation", at, &what);
        }
        Ok(effects) => {
            if effects.operation != *operation {
                let what = if effects.operation.leaf == operation.leaf {
                    "differs from what its command gives"
                } else {
                    "its leaf is not the hash of its command and effects"
                };
                check.found("operation", at, what);
            }
            if let Some(unit) = state.units.get_mut(&no) {
                unit.absorb(&effects);
            }
        }
    }
}

async fn compare_head<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: &Unit,
    check: &mut Check<'_>,
) -> Result<(), ReadFault> {
    let sql = "select parent, id, at, config_version, numbered, source, fund, expired, outstanding, size, frontier \
               from head where unit = $1";
    let found = query(store, db, sql, vec![unit_value(no)]).await?;
    let Some(row) = found.first() else {
        check.found("head", no, "is missing");
        return Ok(());
    };
    check.report.rows += 1;
    let int = |index| row.try_get_by_index::<i64>(index);
    let head = &unit.head;
    let size = u64::try_from(int(9)?).unwrap_or(u64::MAX);
    let frontier: Vec<u8> = row.try_get_by_index(10)?;
    let pairs: [(&str, bool); 11] = [
        ("parent", int(0)? == i64::from(head.parent)),
        ("id", row.try_get_by_index::<Uuid>(1)? == head.id),
        ("at", int(2)? == head.at),
        ("config_version", int(3)? == head.config_version),
        ("numbered", int(4)? == i64::from(head.numbered)),
        ("source", int(5)? == head.source.0),
        ("fund", int(6)? == head.fund.0),
        ("expired", int(7)? == head.expired.0),
        ("outstanding", int(8)? == head.outstanding.0),
        ("size", size == head.frontier.size()),
        (
            "frontier",
            Frontier::stored(size, &frontier).as_ref() == Some(&head.frontier),
        ),
    ];
    for (name, _) in pairs.iter().filter(|(_, same)| !same) {
        let what = [*name, " is not what the journal gives"].concat();
        check.found("head", no, &what);
    }
    sums(unit, check);
    Ok(())
}

/// All accounts together are nothing, and only the source is below it.
fn sums(unit: &Unit, check: &mut Check<'_>) {
    let head = &unit.head;
    let held: i64 = unit.rows.balances.values().map(|row| row.points.0).sum();
    if head.source.0 + head.fund.0 + head.expired.0 + held != 0 {
        check.found("balance", "sum", "all accounts together are not zero");
    }
    let negative = unit
        .rows
        .balances
        .values()
        .find(|row| row.points < Points::ZERO);
    if negative.is_some() || head.fund < Points::ZERO || head.source > Points::ZERO {
        check.found(
            "balance",
            "sign",
            "an account other than the source is below zero",
        );
    }
}

type Stored = BTreeMap<Vec<Cell>, Vec<Cell>>;

struct Compare<'a, 'b> {
    stored: &'a mut BTreeMap<&'static str, Stored>,
    check: &'a mut Check<'b>,
}

impl Visit for Compare<'_, '_> {
    fn table<R: Row>(&mut self, rows: &Table<R>) {
        let mut stored = self.stored.remove(R::TABLE).unwrap_or_default();
        for row in rows.values() {
            let cells = row.cells();
            let key = cells[..R::KEY_COLUMNS].to_vec();
            match stored.remove(&key) {
                Some(found) if found == cells => {}
                Some(_) => self
                    .check
                    .found(R::TABLE, row.key(), "is not what the journal gives"),
                None => self.check.found(R::TABLE, row.key(), "is missing"),
            }
        }
        for key in stored.into_keys() {
            self.check
                .found(R::TABLE, key, "was never made by the journal");
        }
    }
}

async fn stored_rows<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    table: &'static str,
    known: &Known,
) -> Result<Stored, ReadFault> {
    let names: Vec<&str> = known.columns[1..]
        .iter()
        .map(|column| column.name)
        .collect();
    let sql = [
        "select ",
        &names.join(", "),
        " from ",
        table,
        " where village_id = $1",
    ]
    .concat();
    let statement = Statement::from_sql_and_values(store.backend(), sql, [unit_value(no)]);
    let keys = known.key;
    let mut stored = Stored::new();
    for row in db.query_all_raw(statement).await? {
        let mut cells = Vec::with_capacity(names.len());
        for (index, column) in known.columns[1..].iter().enumerate() {
            cells.push(dialect::cell(&row, index, column.kind)?);
        }
        stored.insert(cells[..keys].to_vec(), cells);
    }
    Ok(stored)
}

async fn compare_rows<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: &Unit,
    check: &mut Check<'_>,
) -> Result<(), ReadFault> {
    let mut stored = BTreeMap::new();
    for (table, known) in known_tables() {
        let rows = stored_rows(store, db, no, table, known).await?;
        check.report.rows += rows.len() as u64;
        stored.insert(*table, rows);
    }
    let mut all: Tables = unit.rows.clone();
    all.overwrite(unit.config.tables());
    all.visit(&mut Compare {
        stored: &mut stored,
        check,
    });
    Ok(())
}

/// Texts must say what their hashes say, and every name must have its words.
async fn compare_words<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    no: UnitNo,
    unit: &Unit,
    check: &mut Check<'_>,
) -> Result<(), ReadFault> {
    let sql = "select hash, salt, body from words where village_id = $1";
    let mut known: HashSet<Vec<u8>> = HashSet::new();
    for row in query(store, db, sql, vec![unit_value(no)]).await? {
        check.report.rows += 1;
        let (hash, salt): (Vec<u8>, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let body: String = row.try_get_by_index(2)?;
        if text::text_hash(&salt, &body).as_slice() != hash.as_slice() {
            check.found(
                "words",
                hex::encode(&hash),
                "does not say what its hash says",
            );
        }
        known.insert(hash);
    }
    let mut names: Vec<(&str, [u8; 32])> = Vec::new();
    names.extend(
        unit.rows
            .households
            .values()
            .map(|row| ("household", row.head)),
    );
    names.extend(unit.rows.members.values().map(|row| ("member", row.name)));
    names.extend(unit.rows.staff.values().map(|row| ("staff", row.name)));
    names.extend(unit.rows.units.values().map(|row| ("unit", row.name)));
    names.extend(
        unit.config
            .tables()
            .rules
            .values()
            .map(|row| ("rule", row.name_zh)),
    );
    names.extend(
        unit.config
            .tables()
            .goods
            .values()
            .map(|row| ("good", row.name_zh)),
    );
    names.extend(
        unit.rows
            .awards
            .values()
            .filter_map(|row| row.note.map(|note| ("award", note))),
    );
    for (table, hash) in names {
        if !known.contains(hash.as_slice()) {
            check.found(
                "words",
                hex::encode(hash),
                &["the text of a ", table, " is missing"].concat(),
            );
        }
    }
    Ok(())
}
