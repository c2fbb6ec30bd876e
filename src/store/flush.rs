//! Writes all effects of a batch: one statement per table, one round trip on PostgreSQL.

use super::dialect::{self, Mode, Seen, UNIT, Write};
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Column, Field, Kind, Row};
use crate::core::rows::{OperationRow, UnitRow};
use crate::core::state::{Head, Table, Tables, Visit, Words};
use crate::core::{Effects, Secret, registry};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A refusal to be remembered.
#[derive(Debug)]
pub struct RefusalRow {
    /// The unit asked.
    pub unit: UnitNo,
    /// The key.
    pub id: Uuid,
    /// Of the request.
    pub fingerprint: [u8; 32],
    /// The rejection as JSON.
    pub why: String,
    /// When.
    pub at: i64,
}

/// What a batch changes, each row once.
#[derive(Default)]
pub struct Changes {
    heads: BTreeMap<UnitNo, Head>,
    rows: BTreeMap<UnitNo, Tables>,
    operations: Vec<(UnitNo, OperationRow)>,
    words: BTreeMap<(UnitNo, [u8; 32]), Words>,
    secrets: Vec<(UnitNo, Secret)>,
    /// Refusals to be remembered.
    pub refusals: Vec<RefusalRow>,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        optional: false,
    }
}

/// The columns of a head.
pub const HEAD: [Column; 12] = [
    column("unit", Kind::Int),
    column("parent", Kind::Int),
    column("id", Kind::Uuid),
    column("at", Kind::Int),
    column("config_version", Kind::Int),
    column("numbered", Kind::Int),
    column("source", Kind::Int),
    column("fund", Kind::Int),
    column("expired", Kind::Int),
    column("outstanding", Kind::Int),
    column("size", Kind::Int),
    column("frontier", Kind::Bytes),
];

/// The cells of a head in the order of its table.
#[must_use]
pub fn head_cells(unit: UnitNo, head: &Head) -> Vec<Cell> {
    vec![
        unit.cell(),
        head.parent.cell(),
        head.id.cell(),
        head.at.cell(),
        head.config_version.cell(),
        head.numbered.cell(),
        head.source.cell(),
        head.fund.cell(),
        head.expired.cell(),
        head.outstanding.cell(),
        head.seq().cell(),
        Cell::Bytes(head.frontier.bytes()),
    ]
}

/// The write of heads.
#[must_use]
pub fn head_write(rows: Vec<Vec<Cell>>) -> Write {
    Write {
        table: "head",
        columns: HEAD.to_vec(),
        key: 1,
        mode: Mode::Replace,
        rows,
    }
}

struct Collect<'a> {
    unit: UnitNo,
    /// The first number that an operation of this batch has in the unit.
    first: i64,
    writes: &'a mut BTreeMap<(&'static str, bool), Write>,
}

/// Whether rows of this table are keyed by the operation that makes them, and may change later.
fn is_made_by_operation(table: &str) -> bool {
    matches!(
        table,
        "award" | "redemption" | "redemption_line" | "redemption_lot" | "reversal"
    )
}

/// Whether a row cannot be there already, which spares the database a look.
fn is_new(table: &str, first: i64, cells: &[Cell]) -> bool {
    match table {
        "transfer" | "stock_move" | "price" => true,
        _ => {
            is_made_by_operation(table)
                && matches!(cells.first(), Some(Cell::Int(seq)) if *seq >= first)
        }
    }
}

impl Visit for Collect<'_> {
    fn table<R: Row>(&mut self, rows: &Table<R>) {
        if rows.is_empty() {
            return;
        }
        for row in rows.values() {
            let mut cells = Vec::with_capacity(R::COLUMNS.len() + 1);
            cells.push(self.unit.cell());
            cells.extend(row.cells());
            let new = is_new(R::TABLE, self.first, &cells[1..]);
            let write = self.writes.entry((R::TABLE, new)).or_insert_with(|| Write {
                table: R::TABLE,
                columns: [&[UNIT], R::COLUMNS].concat(),
                key: R::KEY_COLUMNS + 1,
                mode: if new { Mode::Insert } else { Mode::Replace },
                rows: Vec::new(),
            });
            write.rows.push(cells);
        }
    }
}

impl Changes {
    /// Adds an operation's effects; later ones stand over earlier ones.
    pub fn add(&mut self, effects: Effects) {
        for part in effects {
            self.heads.insert(part.unit, part.head);
            for unit in part.rows.units.values() {
                self.found(unit);
            }
            self.rows
                .entry(part.unit)
                .or_default()
                .overwrite(&part.rows);
            self.operations.push((part.unit, part.operation));
            for words in part.words {
                self.words.insert((part.unit, words.hash), words);
            }
            self.secrets
                .extend(part.secrets.into_iter().map(|secret| (part.unit, secret)));
        }
    }

    fn found(&mut self, unit: &UnitRow) {
        self.heads
            .entry(unit.no)
            .or_insert_with(|| registry::first_head(unit));
    }

    fn writes(self) -> Vec<Write> {
        let mut tables = BTreeMap::new();
        let mut first: BTreeMap<UnitNo, i64> = BTreeMap::new();
        for (unit, operation) in &self.operations {
            let first = first.entry(*unit).or_insert(operation.seq);
            *first = operation.seq.min(*first);
        }
        for (unit, rows) in &self.rows {
            rows.visit(&mut Collect {
                unit: *unit,
                first: first.get(unit).copied().unwrap_or(i64::MAX),
                writes: &mut tables,
            });
        }
        let mut writes: Vec<Write> = tables.into_values().collect();
        let heads = self
            .heads
            .iter()
            .map(|(unit, head)| head_cells(*unit, head));
        writes.push(head_write(heads.collect()));
        writes.push(operation_write(&self.operations));
        writes.push(words_write(self.words));
        writes.extend(secret_writes(self.secrets));
        writes.push(refusal_write(self.refusals));
        writes
    }

    /// Writes everything in one statement that is a transaction by itself, if no head has moved
    /// since it was seen; false when one has, and then nothing is written.
    ///
    /// # Errors
    /// Of the database.
    pub async fn flush_if_unmoved<C: ConnectionTrait>(
        self,
        db: &C,
        seen: &[Seen],
    ) -> Result<bool, DbErr> {
        let statement = dialect::write_if_unmoved(seen, self.writes());
        // All rows are taken: the driver then waits for the end of the transaction.
        let rows = db.query_all_raw(statement).await?;
        let row = rows.first().ok_or_else(|| super::tables::damaged("head"))?;
        row.try_get_by_index(0)
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.refusals.is_empty()
    }

    /// Writes everything.
    ///
    /// # Errors
    /// Of the database.
    pub async fn flush<C: ConnectionTrait>(self, backend: DbBackend, tx: &C) -> Result<(), DbErr> {
        for statement in dialect::write_statements(backend, self.writes()) {
            super::failpoint::hit("before_statement")?;
            tx.execute_raw(statement).await?;
        }
        Ok(())
    }
}

fn operation_write(operations: &[(UnitNo, OperationRow)]) -> Write {
    let row = |(unit, operation): &(UnitNo, OperationRow)| {
        let mut cells = vec![unit.cell()];
        cells.extend(operation.cells());
        cells
    };
    Write {
        table: OperationRow::TABLE,
        columns: [&[UNIT], OperationRow::COLUMNS].concat(),
        key: 2,
        mode: Mode::Insert,
        rows: operations.iter().map(row).collect(),
    }
}

fn words_write(words: BTreeMap<(UnitNo, [u8; 32]), Words>) -> Write {
    let columns = [
        UNIT,
        column("hash", Kind::Bytes),
        column("salt", Kind::Bytes),
        column("body", Kind::Text),
    ];
    let row = |((unit, _), words): ((UnitNo, [u8; 32]), Words)| {
        vec![
            unit.cell(),
            words.hash.cell(),
            Cell::Bytes(words.salt),
            Cell::Text(words.body),
        ]
    };
    Write {
        table: "words",
        columns: columns.to_vec(),
        key: 2,
        mode: Mode::Keep,
        rows: words.into_iter().map(row).collect(),
    }
}

fn secret_writes(secrets: Vec<(UnitNo, Secret)>) -> [Write; 2] {
    let (mut pins, mut passwords) = (BTreeMap::new(), BTreeMap::new());
    for (unit, secret) in secrets {
        match secret {
            Secret::Pin {
                household,
                version,
                hash,
            } => {
                let fresh = [Cell::Int(0), Cell::Int(0)];
                let mut cells = vec![
                    unit.cell(),
                    household.cell(),
                    version.cell(),
                    Cell::Text(hash),
                ];
                cells.extend(fresh);
                pins.insert((unit, household), cells);
            }
            Secret::Password { staff, hash } => {
                passwords.insert(
                    staff,
                    vec![staff.cell(), Cell::Text(hash), Cell::Int(0), Cell::Int(0)],
                );
            }
        }
    }
    let tail = [
        column("hash", Kind::Text),
        column("failures", Kind::Int),
        column("wait_until", Kind::Int),
    ];
    let pin = [
        &[
            UNIT,
            column("household", Kind::Int),
            column("version", Kind::Int),
        ],
        &tail[..],
    ]
    .concat();
    let password = [&[column("staff", Kind::Uuid)], &tail[..]].concat();
    let write = |table, columns, key, rows| Write {
        table,
        columns,
        key,
        mode: Mode::Replace,
        rows,
    };
    [
        write("pin", pin, 2, pins.into_values().collect()),
        write("password", password, 1, passwords.into_values().collect()),
    ]
}

/// The write of refusals.
#[must_use]
pub fn refusal_write(refusals: Vec<RefusalRow>) -> Write {
    let columns = [
        UNIT,
        column("id", Kind::Uuid),
        column("fingerprint", Kind::Bytes),
        column("why", Kind::Text),
        column("at", Kind::Int),
    ];
    let row = |r: RefusalRow| {
        vec![
            r.unit.cell(),
            r.id.cell(),
            r.fingerprint.cell(),
            Cell::Text(r.why),
            r.at.cell(),
        ]
    };
    let mut by_key = BTreeMap::new();
    for refusal in refusals {
        by_key.entry((refusal.unit, refusal.id)).or_insert(refusal);
    }
    Write {
        table: "refusal",
        columns: columns.to_vec(),
        key: 2,
        mode: Mode::Keep,
        rows: by_key.into_values().map(row).collect(),
    }
}
