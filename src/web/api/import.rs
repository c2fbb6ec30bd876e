//! `V/imports/…` and `S/imports/goods`: files as committees keep them.
//!
//! The body is the file itself (XLSX, or CSV in UTF-8 or GB18030). Nothing is written unless all
//! is right, or the caller says `only_good`.

use super::prelude::*;
use crate::core::{Rejection, RowRejection};
use crate::import::report::{Fault, Warning};
use crate::import::{
    FileFault, Report, Table, read_goods, read_households, read_rules, read_table,
};
use crate::store::import::{Imported, Target, take_goods, take_households, take_rules};
use crate::store::read::{directory, journal};
use crate::store::{Refusal, Who};
use crate::web::problem::FieldFault;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;

/// How to import.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The file's name; its ending tells CSV from XLSX where the content does not.
    #[param(max_length = 200)]
    name: Option<String>,
    /// `true`: check and report, write nothing.
    #[param(value_type = Option<bool>)]
    dry_run: Option<Switch>,
    /// `true`: leave the faulty rows out.
    #[param(value_type = Option<bool>)]
    only_good: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Switch {
    True,
    False,
}

impl ImportQuery {
    fn is_dry(&self) -> bool {
        self.dry_run == Some(Switch::True)
    }

    fn only_good(&self) -> bool {
        self.only_good == Some(Switch::True)
    }
}

/// What an import found and did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportOut {
    /// Rows meant as data.
    total: usize,
    /// Entered; with `dry_run` those that would be.
    new: usize,
    /// Changed; with `dry_run` those that would be.
    changed: usize,
    /// There already, just so.
    same: usize,
    /// Cells that kept their rows out.
    faults: Vec<FaultOut>,
    /// What looks odd and yet keeps no row out.
    warnings: Vec<WarningOut>,
    /// Headings of columns that were not read.
    ignored: Vec<String>,
    /// The operation under the caller's key; absent when none was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Operation>,
}

/// One cell that keeps its row out.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultOut {
    /// 1-based row of the sheet.
    row: u32,
    column: String,
    cell: String,
    code: String,
    value: String,
    cause_zh: String,
    cause_en: String,
    cure_zh: String,
    cure_en: String,
}

/// Something worth a look.
#[derive(Debug, Serialize, ToSchema)]
pub struct WarningOut {
    row: u32,
    code: String,
    text_zh: String,
    text_en: String,
}

fn word(code: impl Serialize) -> String {
    let value = serde_json::to_value(code).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}

impl From<&Fault> for FaultOut {
    fn from(fault: &Fault) -> FaultOut {
        FaultOut {
            row: fault.row,
            column: fault.column.clone(),
            cell: fault.cell.clone(),
            code: word(fault.code),
            value: fault.value.clone(),
            cause_zh: fault.cause_zh(),
            cause_en: fault.cause_en(),
            cure_zh: fault.cure_zh().to_string(),
            cure_en: fault.cure_en().to_string(),
        }
    }
}

impl From<&Warning> for WarningOut {
    fn from(warning: &Warning) -> WarningOut {
        WarningOut {
            row: warning.row,
            code: word(warning.code),
            text_zh: warning.text_zh(),
            text_en: warning.text_en(),
        }
    }
}

/// The body of an import, whatever it says it is.
type File = Result<Bytes, BytesRejection>;

/// Reads a file off the request's thread. A report with faults goes on only when asked to.
async fn read<T: Send + 'static>(
    file: File,
    query: &ImportQuery,
    reader: fn(&Table) -> Report<T>,
) -> Result<Report<T>, Problem> {
    let bytes = file.map_err(|fault| match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::file(&FileFault::TooLarge),
        _ => Problem::new(StatusCode::BAD_REQUEST, "bad_request"),
    })?;
    let name = query.name.clone().unwrap_or_default();
    let work =
        tokio::task::spawn_blocking(move || read_table(&bytes, &name).map(|table| reader(&table)));
    let report = work.await.map_err(|fault| {
        tracing::error!(%fault, "reading a file ended in a panic");
        Problem::internal()
    })?;
    let report = report.map_err(|fault| Problem::file(&fault))?;
    match report.is_clean() || query.only_good() || query.is_dry() {
        true => Ok(report),
        false => Err(faulty(&report.faults, report.total_rows)),
    }
}

fn faulty(faults: &[Fault], total: usize) -> Problem {
    let errors = faults.iter().map(|fault| {
        let pointer = format!(
            "/rows/{}/{}",
            fault.row,
            fault.column.replace('~', "~0").replace('/', "~1")
        );
        let mut error = FieldFault::new(pointer, word(fault.code));
        error.said = Some([
            format!("{}。{}", fault.cause_zh(), fault.cure_zh()),
            format!("{}. {}", fault.cause_en(), fault.cure_en()),
        ]);
        let shown = serde_json::to_value(FaultOut::from(fault)).unwrap_or_default();
        error.figures = shown.as_object().cloned().unwrap_or_default();
        error
    });
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "import_faults")
        .figure("count", faults.len())
        .figure("total", total)
        .errors(errors.collect())
}

/// A file that may go in, and the key it goes in under.
struct Import<'a, T> {
    write: &'a Write,
    query: &'a ImportQuery,
    report: Report<T>,
}

impl<T> Import<'_, T> {
    fn target(&self) -> Result<Target, Problem> {
        Ok(Target {
            unit: self.write.village()?.no,
            who: Who::Session(self.write.visit.caller.session),
            id: self.write.key,
            dry_run: self.query.is_dry(),
        })
    }

    /// The operation under this key, with how many rows it entered.
    async fn entered(&self) -> Result<Option<(Operation, usize)>, Problem> {
        let village = self.write.village()?;
        let found = journal::one(&self.write.app.store, village.no, self.write.key).await?;
        Ok(found.map(|(item, command, _)| {
            let rows = match command {
                Command::RegisterHouseholds(body) => body.rows.len(),
                Command::DeclareRules(body) => body.rules.len(),
                Command::DeclareGoods(body) => body.goods.len(),
                _ => 0,
            };
            let village = village.code.clone();
            (
                Operation {
                    id: item.id,
                    village,
                    seq: item.seq,
                    at: rfc3339(item.at),
                },
                rows,
            )
        }))
    }

    /// Answers. `before` is what a request under this key entered earlier: a retry finds those
    /// rows there already, and hears again that they are new.
    async fn answer(&self, mut done: Imported, before: Option<usize>) -> Outcome {
        let operation = if self.query.is_dry() {
            None
        } else {
            self.entered().await?
        };
        if let Some(rows) = before.filter(|_| !self.query.is_dry() && done.new == 0) {
            done.new = rows.min(done.same);
            done.same -= done.new;
        }
        let report = &self.report;
        let out = ImportOut {
            total: report.total_rows,
            new: done.new,
            changed: done.changed,
            same: done.same,
            faults: report.faults.iter().map(FaultOut::from).collect(),
            warnings: report.warnings.iter().map(WarningOut::from).collect(),
            ignored: report.ignored.clone(),
            operation: operation.map(|(operation, _)| operation),
        };
        Ok(Write::reported(before.is_some(), Json(out)))
    }
}

/// Refusals of the core count the rows sent; people know the rows of their sheet.
fn refused(refusal: Refusal, sent: &[u32]) -> Problem {
    let Refusal::Rejected { why, replayed } = refusal else {
        return Problem::refused(&refusal, "rows");
    };
    let place = |row: usize| sent.get(row).map_or(row, |row| *row as usize);
    let why = match why {
        Rejection::Rows { rows } => {
            let rows = rows.into_iter().map(|row| RowRejection {
                row: place(row.row),
                why: row.why,
            });
            Rejection::Rows {
                rows: rows.collect(),
            }
        }
        other => other,
    };
    Problem::rejected(&why, "rows", replayed)
}

/// Imports a register of households: new ones are entered, others changed where they differ.
#[utoipa::path(post, path = "/api/v1/villages/{village}/imports/households", tag = "imports", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = ImportOut)))]
pub async fn households_import(
    write: Write,
    Query(query): Query<ImportQuery>,
    file: File,
) -> Outcome {
    let report = read(file, &query, read_households).await?;
    let import = Import {
        write: &write,
        query: &query,
        report,
    };
    let (store, target, rows) = (&write.app.store, import.target()?, &import.report.rows);
    let before = import.entered().await?.map(|(_, rows)| rows);
    let codes: Vec<String> = rows.iter().map(|row| row.code.clone()).collect();
    let known = directory::household_nos(store, target.unit, &codes).await?;
    let new = rows
        .iter()
        .filter(|row| !known.contains_key(&row.code))
        .map(|row| row.row);
    let sent: Vec<u32> = new.collect();
    let done = take_households(store, target, rows).await;
    import
        .answer(done.map_err(|refusal| refused(refusal, &sent))?, before)
        .await
}

/// Imports a scheme. Rules that are the same already get no new version.
#[utoipa::path(post, path = "/api/v1/villages/{village}/imports/rules", tag = "imports", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = ImportOut)))]
pub async fn rules_import(write: Write, Query(query): Query<ImportQuery>, file: File) -> Outcome {
    let report = read(file, &query, read_rules).await?;
    let import = Import {
        write: &write,
        query: &query,
        report,
    };
    let (store, target, rows) = (&write.app.store, import.target()?, &import.report.rows);
    let before = import.entered().await?.map(|(_, rows)| rows);
    let sent: Vec<u32> = rows.iter().map(|row| row.row).collect();
    let done = take_rules(store, target, rows).await;
    import
        .answer(done.map_err(|refusal| refused(refusal, &sent))?, before)
        .await
}

/// Imports a station's goods. Goods that are the same already stay as they are.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations/{station}/imports/goods", tag = "imports", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = ImportOut)))]
pub async fn goods_import(write: Write, Query(query): Query<ImportQuery>, file: File) -> Outcome {
    let report = read(file, &query, read_goods).await?;
    let import = Import {
        write: &write,
        query: &query,
        report,
    };
    let (store, target, rows) = (&write.app.store, import.target()?, &import.report.rows);
    let station = write.station()?;
    let before = import.entered().await?.map(|(_, rows)| rows);
    let sent: Vec<u32> = rows.iter().map(|row| row.row).collect();
    let done = take_goods(store, target, (station.no, &station.code), rows).await;
    import
        .answer(done.map_err(|refusal| refused(refusal, &sent))?, before)
        .await
}
