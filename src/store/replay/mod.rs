//! Proves every stored row: replays the journal through the core and compares.

mod compare;

use self::compare::{compare_head, compare_rows, compare_words};
use crate::core::canonical::Canonical;
use crate::core::rights::{Authority, SYSTEM, UnitNo};
use crate::core::row::Row;
use crate::core::rows::OperationRow;
use crate::core::state::Head;
use crate::core::{Actor, Answer, Command, Context, State, Unit, kind_word};
use crate::core::{empty_state, registry, replay_one};
use crate::store::read::{ReadFault, core_row, directory, rows, unit as unit_value};
use crate::store::tables::known_tables;
use crate::store::{Store, dialect};
use sea_orm::{ConnectionTrait, DbBackend, IsolationLevel, Statement, TransactionTrait};
use std::collections::{BTreeMap, HashSet};

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
