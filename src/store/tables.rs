//! The tables of the core's rows, as the store reads them.

use super::dialect::UNIT;
use crate::core::rights::UnitNo;
use crate::core::row::{Cell, Column, Field, Row, WrongCell};
use crate::core::state::{
    Config, ConfigSlot, Slot, Tables, VisitKind, each_config_kind, each_data_kind,
};
use sea_orm::DbErr;
use std::collections::BTreeMap;
use std::sync::OnceLock;

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
