//! Many rows by their keys, from many tables, in one statement.

use super::{UNIT, arrays, bound, cell, json, source, time};
use crate::core::row::{Cell, Column, Kind};
use sea_orm::{DbBackend, DbErr, QueryResult, Statement};
use std::fmt::Write as _;

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
    // index may look as good while tables are empty; refusals have no index but their key.
    let by_id = lookup.table != "refusal" && lookup.by.iter().any(|column| column.name == "id");
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

/// The database's time in the first slot of a row of its own.
fn push_time(sql: &mut String, backend: DbBackend, tag: usize, most: [usize; 4]) {
    let _ = write!(sql, " union all select {tag}, ");
    sql.push_str(time(backend));
    for (index, ((_, null), width)) in KINDS.iter().zip(most).enumerate() {
        for _ in 0..width.saturating_sub(usize::from(index == 0)) {
            sql.push_str(", ");
            sql.push_str(if backend == DbBackend::Sqlite {
                "null"
            } else {
                null
            });
        }
    }
}

/// One statement that answers all lookups; `None` when nothing is asked. With `timed`, a last row
/// tagged with the number of lookups has the database's time.
#[must_use]
pub fn lookup_statement(
    backend: DbBackend,
    lookups: Vec<Lookup>,
    timed: bool,
) -> Option<Statement> {
    let most = most(&lookups);
    let many = lookups.len();
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
    if timed && first > 1 {
        push_time(&mut sql, backend, many, most);
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

/// Locks the heads of these units in order on PostgreSQL and reads them with its time; an
/// embedded file is locked whole when its transaction begins.
#[must_use]
pub fn lock_heads(units: &[i32]) -> Statement {
    let units: Vec<Vec<Cell>> = units
        .iter()
        .map(|no| vec![Cell::Int(i64::from(*no))])
        .collect();
    let by = [Column {
        name: "unit",
        kind: Kind::Int,
        optional: false,
    }];
    let sql = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint, h.unit, h.parent, \
               h.id, h.at, h.config_version, h.numbered, h.source, h.fund, h.expired, h.outstanding, \
               h.size, h.frontier from head h where h.unit = any($1::bigint[]) order by h.unit \
               for update";
    Statement::from_sql_and_values(DbBackend::Postgres, sql, arrays(&by, units))
}
