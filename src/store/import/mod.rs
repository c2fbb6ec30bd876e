//! Takes rows read from a committee's file into a village: what is new is entered, what differs is
//! changed, what is the same is left alone, so that a second import changes nothing.

mod goods;
mod households;
mod rules;

use super::{ReadFault, Refusal, Store, Submission, Who};
use crate::core::rights::UnitNo;
use crate::core::{Command, Rejection, RowRejection};
use crate::import::{
    Fault, GoodRow, HouseholdRow, Report, RuleRow, Table, Warning, read_goods, read_households,
    read_rules,
};
use uuid::Uuid;

/// What an import did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Entered.
    pub new: usize,
    /// Changed.
    pub changed: usize,
    /// Left alone.
    pub same: usize,
}

/// Where an import goes and in whose name.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The village.
    pub unit: UnitNo,
    /// Who imports.
    pub who: Who,
    /// The caller's key.
    pub id: Uuid,
    /// Whether to look only.
    pub dry_run: bool,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A register of households.
    Households,
    /// A scheme.
    Rules,
    /// A station's goods: the station's number and code.
    Goods(i32, String),
}

/// The good rows of a file.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Households.
    Households(Vec<HouseholdRow>),
    /// Rules.
    Rules(Vec<RuleRow>),
    /// Goods of a station.
    Goods(i32, String, Vec<GoodRow>),
}

/// A file that was judged row by row.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The good rows.
    pub rows: Rows,
    /// Cells that keep their rows out.
    pub faults: Vec<Fault>,
    /// What looks odd and yet keeps no row out.
    pub warnings: Vec<Warning>,
    /// Headings that are not read.
    pub ignored: Vec<String>,
    /// Rows meant as data.
    pub total_rows: usize,
}

impl Parsed {
    fn of<T>(report: Report<T>, rows: impl FnOnce(Vec<T>) -> Rows) -> Parsed {
        Parsed {
            rows: rows(report.rows),
            faults: report.faults,
            warnings: report.warnings,
            ignored: report.ignored,
            total_rows: report.total_rows,
        }
    }

    /// Judges a table.
    #[must_use]
    pub fn read(kind: &Kind, table: &Table) -> Parsed {
        match kind {
            Kind::Households => Parsed::of(read_households(table), Rows::Households),
            Kind::Rules => Parsed::of(read_rules(table), Rows::Rules),
            Kind::Goods(no, code) => Parsed::of(read_goods(table), |rows| {
                Rows::Goods(*no, code.clone(), rows)
            }),
        }
    }

    /// How many rows are good.
    #[must_use]
    pub fn good(&self) -> usize {
        match &self.rows {
            Rows::Households(rows) => rows.len(),
            Rows::Rules(rows) => rows.len(),
            Rows::Goods(_, _, rows) => rows.len(),
        }
    }
}

/// One thing about a row that differs from what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which field.
    pub field: &'static str,
    /// As it is; empty when nothing was known.
    pub before: String,
    /// As the file has it.
    pub after: String,
}

/// A row that is new or differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row of the sheet.
    pub row: u32,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether there was none of this code.
    pub is_new: bool,
    /// What differs; empty for a new one.
    pub parts: Vec<Part>,
}

/// Operations that a rehearsal asks about: each is a transaction of its own.
const REHEARSED: usize = 100;

/// An operation to send, with the rows of the sheet it enters.
struct Step {
    id: Uuid,
    command: Command,
    rows: Vec<u32>,
}

/// What an import would change, and the operations that do it.
#[derive(Default)]
pub struct Plan {
    /// Rows that are new or differ, in the order of the file.
    pub changes: Vec<Change>,
    /// Rows that are there already, just so.
    pub same: usize,
    steps: Vec<Step>,
}

impl Plan {
    /// Compares a row with what is known of it; whether it must be sent.
    fn compare(
        &mut self,
        (row, code, name): (u32, &str, &str),
        known: Option<Vec<(&'static str, String, String)>>,
    ) -> bool {
        let is_new = known.is_none();
        let parts: Vec<Part> = known
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, before, after)| before != after)
            .map(|(field, before, after)| Part {
                field,
                before,
                after,
            })
            .collect();
        if !is_new && parts.is_empty() {
            self.same += 1;
            return false;
        }
        self.changes.push(Change {
            row,
            code: code.to_string(),
            name: name.to_string(),
            is_new,
            parts,
        });
        true
    }

    /// How many rows are new, changed, the same.
    #[must_use]
    pub fn counts(&self) -> Imported {
        let new = self.changes.iter().filter(|change| change.is_new).count();
        Imported {
            new,
            changed: self.changes.len() - new,
            same: self.same,
        }
    }

    /// Whether the operations would be accepted one by one as things stand; of very many changes
    /// only the first are asked about.
    ///
    /// # Errors
    /// The first refusal; rows in it are those of the sheet.
    pub async fn rehearse(&self, store: &Store, target: Target) -> Result<(), Refusal> {
        for step in self.steps.iter().take(REHEARSED) {
            let rehearsed = store.rehearse(step.submission(target)).await;
            rehearsed.map_err(|refusal| of_sheet(refusal, &step.rows))?;
        }
        Ok(())
    }

    /// Does it, unless the target only looks.
    ///
    /// # Errors
    /// The first refusal; rows in it are those of the sheet.
    pub async fn carry_out(self, store: &Store, target: Target) -> Result<Imported, Refusal> {
        let counts = self.counts();
        if !target.dry_run {
            for step in self.steps {
                let sent = store.submit(step.submission(target)).await;
                sent.map_err(|refusal| of_sheet(refusal, &step.rows))?;
            }
        }
        Ok(counts)
    }
}

impl Step {
    fn submission(&self, target: Target) -> Submission {
        Submission {
            id: self.id,
            unit: target.unit,
            who: target.who,
            command: self.command.clone(),
        }
    }
}

/// Refusals of the core count the rows sent; people know the rows of their sheet.
fn of_sheet(refusal: Refusal, sent: &[u32]) -> Refusal {
    match refusal {
        Refusal::Rejected {
            why: Rejection::Rows { rows },
            replayed,
        } => {
            let place = |row: usize| sent.get(row).map_or(row, |row| *row as usize);
            let rows = rows.into_iter().map(|row| RowRejection {
                row: place(row.row),
                why: row.why,
            });
            Refusal::Rejected {
                why: Rejection::Rows {
                    rows: rows.collect(),
                },
                replayed,
            }
        }
        other => other,
    }
}

impl From<ReadFault> for Refusal {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unavailable => Refusal::Unavailable,
            ReadFault::Fault => Refusal::Fault,
        }
    }
}

/// Compares the rows of a file with what a village has.
///
/// # Errors
/// [`Refusal::Unavailable`] or [`Refusal::Fault`]; the rows themselves are judged when sent.
pub async fn plan(store: &Store, target: Target, rows: &Rows) -> Result<Plan, Refusal> {
    match rows {
        Rows::Households(rows) => households::plan(store, target, rows).await,
        Rows::Rules(rows) => rules::plan(store, target, rows).await,
        Rows::Goods(no, code, rows) => goods::plan(store, target, (*no, code), rows).await,
    }
}

/// Takes the rows of a file in.
///
/// # Errors
/// [`Refusal`] of the first operation that was refused.
pub async fn take(store: &Store, target: Target, rows: &Rows) -> Result<Imported, Refusal> {
    plan(store, target, rows)
        .await?
        .carry_out(store, target)
        .await
}

/// Takes households in: new ones in one operation, then each change as one of its own.
///
/// # Errors
/// As [`take`].
pub async fn take_households(
    store: &Store,
    target: Target,
    rows: &[HouseholdRow],
) -> Result<Imported, Refusal> {
    households::plan(store, target, rows)
        .await?
        .carry_out(store, target)
        .await
}

/// Takes rules in: new ones and new versions in one operation.
///
/// # Errors
/// As [`take`].
pub async fn take_rules(
    store: &Store,
    target: Target,
    rows: &[RuleRow],
) -> Result<Imported, Refusal> {
    rules::plan(store, target, rows)
        .await?
        .carry_out(store, target)
        .await
}

/// Takes goods in at a station: new ones and other prices in one operation.
///
/// # Errors
/// As [`take`].
pub async fn take_goods(
    store: &Store,
    target: Target,
    station: (i32, &str),
    rows: &[GoodRow],
) -> Result<Imported, Refusal> {
    goods::plan(store, target, station, rows)
        .await?
        .carry_out(store, target)
        .await
}
