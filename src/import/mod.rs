//! Files people bring (XLSX, CSV) turned into checked rows. Nothing here touches a database: a
//! file is first read into a [`table::Table`] under hard limits, then judged cell by cell, and
//! whoever calls decides what to do with a [`report::Report`].
//!
//! XLSX is read here with `zip` and `quick-xml`, not with calamine: the reader must know formulas,
//! merges and stored types, and must stop at a limit before memory is spent.

mod columns;
mod csv_text;
mod fields;
mod line;
mod number;
mod package;
mod sheet;
mod workbook_parts;
mod xml;

pub mod file_fault;
pub mod goods;
pub mod households;
pub mod report;
pub mod rules;
pub mod samples;
pub mod table;
pub mod workbook;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod hostile_files;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod roster_tests;
#[cfg(test)]
mod test_files;

pub use csv_text::inert;
pub use file_fault::FileFault;
pub use goods::{GoodRow, read_goods};
pub use households::{HouseholdRow, read_households};
pub use report::{Fault, FaultCode, Report, Warning, WarningCode};
pub use rules::{RuleRow, read_rules};
pub use table::{Cell, Table};
pub use workbook::read_table;
