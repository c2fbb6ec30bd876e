//! Questions about what is stored: one file each. They read the pool, never the writers.

pub mod activities;
pub mod applications;
pub mod awards;
pub mod caps;
pub mod cards;
pub mod deeds;
pub mod desk;
pub mod directory;
pub mod entries;
pub mod fairness;
pub mod fund;
pub mod fund_months;
pub mod goods;
pub mod households;
pub mod journal;
pub mod notices;
pub mod objections;
pub mod own_entries;
pub mod people;
pub mod policy;
pub mod receipts;
pub mod redemptions;
pub mod roster;
pub mod rule_versions;
pub mod rules;
pub mod seek;
pub mod spots;
pub mod standing;
pub mod statement;
pub mod town;
pub(super) mod view_desk;
pub mod village_public;

use super::{Store, batch, dialect};
use crate::core::rights::UnitNo;
use crate::core::row::{Row, WrongCell};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// The database does not answer.
    #[error("the database does not answer")]
    Unavailable,
    /// A defect or a damaged row; logged.
    #[error("a stored row cannot be read")]
    Fault,
}

impl From<DbErr> for ReadFault {
    fn from(fault: DbErr) -> Self {
        if batch::is_outage(&fault) {
            tracing::warn!(%fault, "the database does not answer");
            return ReadFault::Unavailable;
        }
        tracing::error!(%fault, "a read failed");
        ReadFault::Fault
    }
}

impl From<WrongCell> for ReadFault {
    fn from(_: WrongCell) -> Self {
        tracing::error!("a stored row is damaged");
        ReadFault::Fault
    }
}

/// The rows of a statement whose text serves both databases.
pub(crate) async fn rows(
    store: &Store,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, ReadFault> {
    Ok(store
        .pool()
        .query_all_raw(dialect::plain(store.backend(), sql, values))
        .await?)
}

/// The first row of such a statement.
pub(crate) async fn row(
    store: &Store,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, ReadFault> {
    Ok(store
        .pool()
        .query_one_raw(dialect::plain(store.backend(), sql, values))
        .await?)
}

/// A core row from the columns of a result, in the order of its declaration, from `first` on.
pub(crate) fn core_row<R: Row>(row: &QueryResult, first: usize) -> Result<R, ReadFault> {
    let mut cells = Vec::with_capacity(R::COLUMNS.len());
    for (index, column) in R::COLUMNS.iter().enumerate() {
        cells.push(dialect::cell(row, first + index, column.kind)?);
    }
    Ok(R::of_cells(cells)?)
}

/// A text that may be missing; then empty.
pub(crate) fn text(row: &QueryResult, index: usize) -> Result<String, ReadFault> {
    let text = row.try_get_by_index::<Option<String>>(index)?;
    Ok(text.unwrap_or_default())
}

/// A list limit as the database takes it.
pub(crate) fn limit(limit: usize) -> Value {
    i64::try_from(limit.min(1000)).unwrap_or(1000).into()
}

/// A unit number as the database takes it.
pub(crate) fn unit(no: UnitNo) -> Value {
    i64::from(no).into()
}
