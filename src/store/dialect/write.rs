//! Many rows into many tables.

use super::{arrays, bound, names, source, value};
use crate::core::row::{Cell, Column, Kind};
use sea_orm::{DbBackend, Statement, Value};
use std::fmt::Write as _;

/// Rows to write into one table.
#[derive(Debug)]
pub struct Write {
    /// The table.
    pub table: &'static str,
    /// Its columns, the key first.
    pub columns: Vec<Column>,
    /// How many of them are the key.
    pub key: usize,
    /// Whether a row may be there already.
    pub mode: Mode,
    /// The cells in column order.
    pub rows: Vec<Vec<Cell>>,
}

/// What to do with a row whose key is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// That would be damage: fail.
    Insert,
    /// Leave it.
    Keep,
    /// Take the new values.
    Replace,
}

fn push_target(sql: &mut String, table: &str, columns: &[Column]) {
    sql.push_str("insert into ");
    sql.push_str(table);
    sql.push_str(" (");
    names(sql, columns);
    sql.push(')');
}

fn push_conflict(sql: &mut String, columns: &[Column], key: usize, mode: Mode) {
    match mode {
        Mode::Insert => {}
        Mode::Keep => sql.push_str(" on conflict do nothing"),
        Mode::Replace => {
            sql.push_str(" on conflict (");
            names(sql, &columns[..key]);
            sql.push_str(") do update set ");
            for (index, column) in columns[key..].iter().enumerate() {
                if index > 0 {
                    sql.push_str(", ");
                }
                sql.push_str(column.name);
                sql.push_str(" = excluded.");
                sql.push_str(column.name);
            }
        }
    }
}

/// Rows bound as arrays, written under a condition; PostgreSQL alone.
fn push_write(sql: &mut String, write: &Write, first: usize, condition: &str) {
    let backend = DbBackend::Postgres;
    push_target(sql, write.table, &write.columns);
    sql.push_str(" select ");
    for (index, column) in write.columns.iter().enumerate() {
        if index > 0 {
            sql.push_str(", ");
        }
        bound(sql, backend, index, column);
    }
    sql.push_str(" from ");
    source(sql, backend, &write.columns, first);
    sql.push_str(" where ");
    sql.push_str(condition);
    push_conflict(sql, &write.columns, write.key, write.mode);
}

/// Rows of one statement on SQLite, the most first: few texts, so that all stay prepared.
const SQLITE_ROWS: [usize; 4] = [64, 16, 4, 1];

/// The statements of one table with every value bound; to take them from one JSON text costs twice
/// the time.
fn sqlite_inserts(write: Write) -> Vec<Statement> {
    let (columns, key, mode) = (write.columns, write.key, write.mode);
    let mut rows = write.rows.into_iter();
    let mut statements = Vec::new();
    while let Some(many) = SQLITE_ROWS.into_iter().find(|many| *many <= rows.len()) {
        let mut sql = String::with_capacity(1024);
        push_target(&mut sql, write.table, &columns);
        sql.push_str(" values ");
        let one = ["(", &vec!["?"; columns.len()].join(", "), ")"].concat();
        sql.push_str(&vec![one.as_str(); many].join(", "));
        push_conflict(&mut sql, &columns, key, mode);
        let cells = rows
            .by_ref()
            .take(many)
            .flat_map(|row| row.into_iter().zip(&columns));
        let values: Vec<Value> = cells
            .map(|(cell, column)| value(cell, column.kind))
            .collect();
        statements.push(Statement::from_sql_and_values(
            DbBackend::Sqlite,
            sql,
            values,
        ));
    }
    statements
}

/// The statements that write all of this: one on PostgreSQL, some for each table on SQLite.
#[must_use]
pub fn write_statements(backend: DbBackend, writes: Vec<Write>) -> Vec<Statement> {
    let writes: Vec<Write> = writes
        .into_iter()
        .filter(|write| !write.rows.is_empty())
        .collect();
    if backend == DbBackend::Sqlite {
        return writes.into_iter().flat_map(sqlite_inserts).collect();
    }
    let Some((last, others)) = writes.split_last() else {
        return Vec::new();
    };
    let (mut sql, mut first) = (String::with_capacity(4096), 1);
    for (index, write) in others.iter().enumerate() {
        let _ = write!(
            sql,
            "{} w{index} as (",
            if index == 0 { "with" } else { "," }
        );
        push_write(&mut sql, write, first, "true");
        sql.push(')');
        first += write.columns.len();
    }
    sql.push(' ');
    push_write(&mut sql, last, first, "true");
    let values = writes
        .into_iter()
        .flat_map(|write| arrays(&write.columns, write.rows));
    vec![Statement::from_sql_and_values(
        backend,
        sql,
        values.collect::<Vec<_>>(),
    )]
}

/// A unit and the size its journal had when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The unit.
    pub unit: i32,
    /// Its last operation's number.
    pub size: i64,
}

/// On PostgreSQL: one statement, a transaction by itself, that locks these heads in order and
/// writes everything if none has moved since it was seen; else nothing. Answers which.
#[must_use]
pub fn write_if_unmoved(seen: &[Seen], writes: Vec<Write>) -> Statement {
    let backend = DbBackend::Postgres;
    let int = |name| Column {
        name,
        kind: Kind::Int,
        optional: false,
    };
    let heads = [int("unit"), int("size")];
    let row = |seen: &Seen| vec![Cell::Int(i64::from(seen.unit)), Cell::Int(seen.size)];
    let mut values = arrays(&heads, seen.iter().map(row).collect());
    let mut sql = String::with_capacity(4096);
    sql.push_str("with g as materialized (select count(*) = $3 as held from (select h.unit from ");
    source(&mut sql, backend, &heads, 1);
    sql.push_str(
        " join head h on h.unit = k.k0 and h.size = k.k1 order by h.unit for update of h) l)",
    );
    values.push(i64::try_from(seen.len()).unwrap_or(i64::MAX).into());
    let mut first = 4;
    let writes = writes.into_iter().filter(|write| !write.rows.is_empty());
    for (index, write) in writes.enumerate() {
        let _ = write!(sql, ", w{index} as (");
        push_write(&mut sql, &write, first, "(select held from g)");
        sql.push(')');
        first += write.columns.len();
        values.extend(arrays(&write.columns, write.rows));
    }
    sql.push_str(" select held from g");
    Statement::from_sql_and_values(backend, sql, values)
}
