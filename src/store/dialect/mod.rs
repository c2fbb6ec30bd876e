//! The statements that PostgreSQL and SQLite take differently, and nothing else.
//!
//! Statements are put together from names that the program itself declares; every value is
//! bound. Many rows travel as one array for each column (PostgreSQL) or one JSON text (SQLite).

mod lookup;
mod pin;
mod view;
mod write;

pub use lookup::{Lookup, cells, lock_heads, lookup_statement, most, tag};
pub use pin::{PinTurn, pin_statement};
pub use view::view_statement;
pub use write::{Mode, Seen, Write, write_if_unmoved, write_statements};

use crate::core::row::{Cell, Column, Kind};
use sea_orm::sea_query::ArrayType;
use sea_orm::{DbBackend, DbErr, QueryResult, Statement, Value};
use std::fmt::Write as _;

/// The column every table of a unit begins its key with.
pub const UNIT: Column = Column {
    name: "village_id",
    kind: Kind::Int,
    optional: false,
};

fn array_type(kind: Kind) -> ArrayType {
    match kind {
        Kind::Int => ArrayType::BigInt,
        Kind::Bytes => ArrayType::Bytes,
        Kind::Text => ArrayType::String,
        Kind::Uuid => ArrayType::Uuid,
    }
}

fn cast(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint[]",
        Kind::Bytes => "bytea[]",
        Kind::Text => "text[]",
        Kind::Uuid => "uuid[]",
    }
}

/// One cell as a bound value.
#[must_use]
pub fn value(cell: Cell, kind: Kind) -> Value {
    match (cell, kind) {
        (Cell::Int(n), _) => Value::BigInt(Some(n)),
        (Cell::Bytes(bytes), _) => Value::Bytes(Some(bytes)),
        (Cell::Text(text), _) => Value::String(Some(text)),
        (Cell::Uuid(id), _) => Value::Uuid(Some(id)),
        (Cell::Null, Kind::Int) => Value::BigInt(None),
        (Cell::Null, Kind::Bytes) => Value::Bytes(None),
        (Cell::Null, Kind::Text) => Value::String(None),
        (Cell::Null, Kind::Uuid) => Value::Uuid(None),
    }
}

fn push_json(out: &mut String, cell: &Cell) {
    match cell {
        Cell::Null => out.push_str("null"),
        Cell::Int(n) => {
            let _ = write!(out, "{n}");
        }
        Cell::Bytes(bytes) => push_hex(out, bytes),
        Cell::Uuid(id) => push_hex(out, id.as_bytes()),
        Cell::Text(text) => {
            // A string always has a JSON form.
            out.push_str(&serde_json::to_string(text).unwrap_or_default());
        }
    }
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    out.push('"');
    out.push_str(&hex::encode(bytes));
    out.push('"');
}

fn json(rows: &[Vec<Cell>]) -> Value {
    let mut out = String::with_capacity(rows.len() * 64 + 2);
    out.push('[');
    for (index, row) in rows.iter().enumerate() {
        out.push_str(if index == 0 { "[" } else { ",[" });
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_json(&mut out, cell);
        }
        out.push(']');
    }
    out.push(']');
    Value::String(Some(out))
}

/// The driver takes no absent values inside arrays: each kind has a stand-in that no optional
/// column ever holds, and [`bound`] turns it back.
fn present(cell: Cell, kind: Kind) -> Value {
    match (cell, kind) {
        (Cell::Null, Kind::Int) => Value::BigInt(Some(i64::MIN)),
        (Cell::Null, Kind::Bytes) => Value::Bytes(Some(Vec::new())),
        (Cell::Null, Kind::Text) => Value::String(Some(String::new())),
        (Cell::Null, Kind::Uuid) => Value::Uuid(Some(uuid::Uuid::nil())),
        (cell, kind) => value(cell, kind),
    }
}

fn arrays(columns: &[Column], rows: Vec<Vec<Cell>>) -> Vec<Value> {
    let mut lists: Vec<Vec<Value>> = columns
        .iter()
        .map(|_| Vec::with_capacity(rows.len()))
        .collect();
    for row in rows {
        for ((list, cell), column) in lists.iter_mut().zip(row).zip(columns) {
            list.push(present(cell, column.kind));
        }
    }
    let pairs = lists.into_iter().zip(columns);
    pairs
        .map(|(list, column)| Value::Array(array_type(column.kind), Some(Box::new(list))))
        .collect()
}

/// The `from` item that gives the bound rows as `k`, with columns `k0`, `k1`, ...
fn source(sql: &mut String, backend: DbBackend, columns: &[Column], first: usize) {
    if backend == DbBackend::Sqlite {
        let _ = write!(sql, "json_each(${first}) k");
        return;
    }
    sql.push_str("unnest(");
    for (index, column) in columns.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}${}::{}", first + index, cast(column.kind));
    }
    sql.push_str(") k(");
    for index in 0..columns.len() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}k{index}");
    }
    sql.push(')');
}

/// Column `index` of the bound rows as a value of its kind.
fn bound(sql: &mut String, backend: DbBackend, index: usize, column: &Column) {
    let _ = match (backend, column.kind) {
        (DbBackend::Sqlite, Kind::Bytes | Kind::Uuid) => write!(sql, "unhex(k.value->>{index})"),
        (DbBackend::Sqlite, _) => write!(sql, "k.value->>{index}"),
        (_, Kind::Int) if column.optional => {
            write!(sql, "nullif(k.k{index}, -9223372036854775808)")
        }
        (_, Kind::Bytes) if column.optional => write!(sql, "nullif(k.k{index}, ''::bytea)"),
        (_, Kind::Text) if column.optional => write!(sql, "nullif(k.k{index}, '')"),
        (_, Kind::Uuid) if column.optional => {
            write!(
                sql,
                "nullif(k.k{index}, '00000000-0000-0000-0000-000000000000'::uuid)"
            )
        }
        _ => write!(sql, "k.k{index}"),
    };
}

fn names(sql: &mut String, columns: &[Column]) {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            sql.push_str(", ");
        }
        sql.push_str(column.name);
    }
}

/// One cell of a result row.
///
/// # Errors
/// When the driver cannot read it.
pub fn cell(row: &QueryResult, index: usize, kind: Kind) -> Result<Cell, DbErr> {
    Ok(match kind {
        Kind::Int => row
            .try_get_by_index::<Option<i64>>(index)?
            .map_or(Cell::Null, Cell::Int),
        Kind::Bytes => row
            .try_get_by_index::<Option<Vec<u8>>>(index)?
            .map_or(Cell::Null, Cell::Bytes),
        Kind::Text => row
            .try_get_by_index::<Option<String>>(index)?
            .map_or(Cell::Null, Cell::Text),
        Kind::Uuid => row
            .try_get_by_index::<Option<uuid::Uuid>>(index)?
            .map_or(Cell::Null, Cell::Uuid),
    })
}

/// A statement whose text is the same in both dialects, with these values.
#[must_use]
pub fn plain(backend: DbBackend, sql: &'static str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(backend, sql, values)
}

fn time(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "cast(unixepoch('subsec') * 1000000 as integer)",
        _ => "(extract(epoch from clock_timestamp()) * 1000000)::bigint",
    }
}

/// The database's time, microseconds since 1970 UTC.
#[must_use]
pub fn now(backend: DbBackend) -> Statement {
    Statement::from_sql_and_values(backend, ["select ", time(backend)].concat(), [])
}
