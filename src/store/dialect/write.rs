//! Many rows into many tables.

use super::{arrays, bound, json, names, source};
use crate::core::row::{Cell, Column, Kind};
use sea_orm::{DbBackend, Statement};
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

fn push_write(sql: &mut String, backend: DbBackend, write: &Write, first: usize, condition: &str) {
    sql.push_str("insert into ");
    sql.push_str(write.table);
    sql.push_str(" (");
    names(sql, &write.columns);
    sql.push_str(") select ");
    for (index, column) in write.columns.iter().enumerate() {
        if index > 0 {
            sql.push_str(", ");
        }
        bound(sql, backend, index, column);
    }
    sql.push_str(" from ");
    source(sql, backend, &write.columns, first);
    // SQLite takes `on conflict` after a select only when it has a condition.
    sql.push_str(" where ");
    sql.push_str(condition);
    match write.mode {
        Mode::Insert => {}
        Mode::Keep => sql.push_str(" on conflict do nothing"),
        Mode::Replace => {
            sql.push_str(" on conflict (");
            names(sql, &write.columns[..write.key]);
            sql.push_str(") do update set ");
            for (index, column) in write.columns[write.key..].iter().enumerate() {
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

/// The statements that write all of this: one on PostgreSQL, one for each table on SQLite.
#[must_use]
pub fn write_statements(backend: DbBackend, writes: Vec<Write>) -> Vec<Statement> {
    let writes: Vec<Write> = writes
        .into_iter()
        .filter(|write| !write.rows.is_empty())
        .collect();
    if backend == DbBackend::Sqlite {
        return writes
            .iter()
            .map(|write| {
                let mut sql = String::with_capacity(512);
                push_write(&mut sql, backend, write, 1, "true");
                Statement::from_sql_and_values(backend, sql, [json(&write.rows)])
            })
            .collect();
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
        push_write(&mut sql, backend, write, first, "true");
        sql.push(')');
        first += write.columns.len();
    }
    sql.push(' ');
    push_write(&mut sql, backend, last, first, "true");
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
        push_write(&mut sql, backend, &write, first, "(select held from g)");
        sql.push(')');
        first += write.columns.len();
        values.extend(arrays(&write.columns, write.rows));
    }
    sql.push_str(" select held from g");
    Statement::from_sql_and_values(backend, sql, values)
}
