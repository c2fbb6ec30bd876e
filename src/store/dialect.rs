//! The statements that PostgreSQL and SQLite take differently, and nothing else.
//!
//! Statements are put together from names that the program itself declares; every value is
//! bound. Many rows travel as one array for each column (PostgreSQL) or one JSON text (SQLite).

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

/// Rows to find in one table.
#[derive(Debug)]
pub struct Lookup {
    /// The table or view.
    pub table: &'static str,
    /// The columns wanted.
    pub columns: Vec<Column>,
    /// The columns asked by.
    pub by: Vec<Column>,
    /// For each question, a value for each of them.
    pub keys: Vec<Vec<Cell>>,
}

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

fn push_write(sql: &mut String, backend: DbBackend, write: &Write, first: usize) {
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
    sql.push_str(" where true");
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
                push_write(&mut sql, backend, write, 1);
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
        push_write(&mut sql, backend, write, first);
        sql.push(')');
        first += write.columns.len();
    }
    sql.push(' ');
    push_write(&mut sql, backend, last, first);
    let values = writes
        .into_iter()
        .flat_map(|write| arrays(&write.columns, write.rows));
    vec![Statement::from_sql_and_values(
        backend,
        sql,
        values.collect::<Vec<_>>(),
    )]
}

/// How many result columns of each kind a lookup needs: integers, octets, texts, ids.
fn widths(columns: &[Column]) -> [usize; 4] {
    let count = |kind| columns.iter().filter(|column| column.kind == kind).count();
    [Kind::Int, Kind::Bytes, Kind::Text, Kind::Uuid].map(count)
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Int, "null::bigint"),
    (Kind::Bytes, "null::bytea"),
    (Kind::Text, "null::text"),
    (Kind::Uuid, "null::uuid"),
];

/// The columns of one branch, in a shape that all branches share.
fn push_slots(sql: &mut String, backend: DbBackend, columns: &[Column], most: [usize; 4]) {
    for ((kind, null), width) in KINDS.iter().zip(most) {
        let mut mine = columns.iter().filter(|column| column.kind == *kind);
        for _ in 0..width {
            match mine.next() {
                Some(column) => {
                    sql.push_str(", t.");
                    sql.push_str(column.name);
                }
                None if backend == DbBackend::Sqlite => sql.push_str(", null"),
                None => {
                    sql.push_str(", ");
                    sql.push_str(null);
                }
            }
        }
    }
}

fn push_lookup(
    sql: &mut String,
    backend: DbBackend,
    tag: usize,
    lookup: &Lookup,
    first: usize,
    most: [usize; 4],
) {
    let _ = write!(sql, "select {tag}");
    push_slots(sql, backend, &lookup.columns, most);
    sql.push_str(" from ");
    source(sql, backend, &lookup.by, first);
    // The table is read by key for each row asked, whatever the statistics say: `lateral` with
    // an offset cannot be turned into a hash or merge join, and SQLite keeps the order of a
    // cross join. An id is asked first and its village compared afterwards, because no other
    // index may look as good while tables are empty.
    let by_id = lookup.by.iter().any(|column| column.name == "id");
    let condition = |sql: &mut String, inside: bool| {
        let mut word = " where ";
        for (index, column) in lookup.by.iter().enumerate() {
            let fenced = by_id && column.name == UNIT.name && backend != DbBackend::Sqlite;
            if fenced != inside {
                let _ = write!(sql, "{word}t.{} = ", column.name);
                bound(sql, backend, index, column);
                word = " and ";
            }
        }
    };
    if backend == DbBackend::Sqlite {
        let _ = write!(sql, " cross join {} t", lookup.table);
        condition(sql, true);
        return;
    }
    let _ = write!(sql, " cross join lateral (select * from {} t", lookup.table);
    condition(sql, true);
    sql.push_str(" offset 0) t");
    condition(sql, false);
}

/// One statement that answers all lookups; `None` when nothing is asked.
#[must_use]
pub fn lookup_statement(backend: DbBackend, lookups: Vec<Lookup>) -> Option<Statement> {
    let most = most(&lookups);
    let (mut sql, mut first) = (String::with_capacity(2048), 1);
    let mut values = Vec::new();
    for (tag, lookup) in lookups.into_iter().enumerate() {
        if tag > 0 {
            sql.push_str(" union all ");
        }
        push_lookup(&mut sql, backend, tag, &lookup, first, most);
        if backend == DbBackend::Sqlite {
            first += 1;
            values.push(json(&lookup.keys));
        } else {
            first += lookup.by.len();
            values.extend(arrays(&lookup.by, lookup.keys));
        }
    }
    (first > 1).then(|| Statement::from_sql_and_values(backend, sql, values))
}

/// The shared shape of a set of lookups.
#[must_use]
pub fn most(lookups: &[Lookup]) -> [usize; 4] {
    lookups.iter().fold([0; 4], |most, lookup| {
        let mine = widths(&lookup.columns);
        [0, 1, 2, 3].map(|kind| most[kind].max(mine[kind]))
    })
}

/// Which lookup a result row answers.
///
/// # Errors
/// When the driver cannot read it.
pub fn tag(row: &QueryResult) -> Result<usize, DbErr> {
    // PostgreSQL reads a literal as int4, SQLite as int8.
    let tag = row
        .try_get_by_index::<i32>(0)
        .map(i64::from)
        .or_else(|_| row.try_get_by_index(0))?;
    Ok(usize::try_from(tag).unwrap_or(usize::MAX))
}

/// The cells of a result row, in the order of `columns`.
///
/// # Errors
/// When the driver cannot read one.
pub fn cells(row: &QueryResult, columns: &[Column], most: [usize; 4]) -> Result<Vec<Cell>, DbErr> {
    let starts = [
        1,
        1 + most[0],
        1 + most[0] + most[1],
        1 + most[0] + most[1] + most[2],
    ];
    let mut next = starts;
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns {
        let slot = match column.kind {
            Kind::Int => &mut next[0],
            Kind::Bytes => &mut next[1],
            Kind::Text => &mut next[2],
            Kind::Uuid => &mut next[3],
        };
        cells.push(cell(row, *slot, column.kind)?);
        *slot += 1;
    }
    Ok(cells)
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

/// Locks the heads of these units in order and reads them with the database's time.
#[must_use]
pub fn lock_heads(backend: DbBackend, units: &[i32]) -> Statement {
    let units: Vec<Vec<Cell>> = units
        .iter()
        .map(|no| vec![Cell::Int(i64::from(*no))])
        .collect();
    let by = [Column {
        name: "unit",
        kind: Kind::Int,
        optional: false,
    }];
    if backend == DbBackend::Sqlite {
        // The transaction is IMMEDIATE: it holds the whole file.
        let sql = "select cast(unixepoch('subsec') * 1000000 as integer), h.unit, h.parent, h.id, h.at, \
                   h.config_version, h.numbered, h.source, h.fund, h.expired, h.outstanding, h.size, \
                   h.frontier from json_each($1) k cross join head h where h.unit = k.value->>0 \
                   order by h.unit";
        return Statement::from_sql_and_values(backend, sql, [json(&units)]);
    }
    let sql = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint, h.unit, h.parent, \
               h.id, h.at, h.config_version, h.numbered, h.source, h.fund, h.expired, h.outstanding, \
               h.size, h.frontier from head h where h.unit = any($1::bigint[]) order by h.unit \
               for update";
    Statement::from_sql_and_values(backend, sql, arrays(&by, units))
}

/// The database's time, microseconds since 1970 UTC.
#[must_use]
pub fn now(backend: DbBackend) -> Statement {
    let sql = match backend {
        DbBackend::Sqlite => "select cast(unixepoch('subsec') * 1000000 as integer)",
        _ => "select (extract(epoch from clock_timestamp()) * 1000000)::bigint",
    };
    Statement::from_sql_and_values(backend, sql, [])
}
