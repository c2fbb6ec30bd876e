//! `V/imports/…` and `S/imports/goods`: files as committees keep them.
//!
//! The body is the file itself (XLSX, or CSV in UTF-8 or GB18030). Nothing is written unless all
//! is right, or the caller says `only_good`.

use super::prelude::*;
use crate::import::report::{Fault, Warning};
use crate::import::{FileFault, read_table};
use crate::store::Who;
use crate::store::import::{Imported, Kind, Parsed, Rows, Target, take};
use crate::store::read::journal;
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
async fn read(file: File, query: &ImportQuery, kind: Kind) -> Result<Parsed, Problem> {
    let bytes = file.map_err(|fault| match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::file(&FileFault::TooLarge),
        _ => Problem::new(StatusCode::BAD_REQUEST, "bad_request"),
    })?;
    let name = query.name.clone().unwrap_or_default();
    let work = aside(move || {
        let table = read_table(&bytes, &name)?;
        Ok(Parsed::read(&kind, &table))
    });
    let parsed = work.await?.map_err(|fault| Problem::file(&fault))?;
    match parsed.faults.is_empty() || query.only_good() || query.is_dry() {
        true => Ok(parsed),
        false => Err(faulty(&parsed.faults, parsed.total_rows)),
    }
}

/// Does work on a file off the request's thread.
///
/// # Errors
/// 500 when it ended in a panic.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|fault| {
        tracing::error!(%fault, "reading a file ended in a panic");
        Problem::internal()
    })
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

/// The operation under this key, with how many rows it entered.
async fn entered(write: &Write) -> Result<Option<(Operation, usize)>, Problem> {
    let village = write.village()?;
    let found = journal::one(&write.app.store, village.no, write.key).await?;
    Ok(found.map(|(item, command, _)| {
        let rows = match command {
            Command::RegisterHouseholds(body) => body.rows.len(),
            Command::DeclareRules(body) => body.rules.len(),
            Command::DeclareGoods(body) => body.goods.len(),
            _ => 0,
        };
        let operation = Operation {
            id: item.id,
            village: village.code.clone(),
            seq: item.seq,
            at: rfc3339(item.at),
        };
        (operation, rows)
    }))
}

/// What an import did, with its operation, and whether the same key had been accepted before.
pub struct Entered {
    /// How many rows were new, changed, the same.
    pub counts: Imported,
    /// The operation under the key; absent when none was needed.
    pub operation: Option<Operation>,
    /// Whether it had been accepted before.
    pub replayed: bool,
}

/// Takes the good rows of a file in under the caller's key, or looks only.
///
/// # Errors
/// The refusal as a problem; rows in it are those of the sheet.
pub async fn enter(write: &Write, rows: &Rows, dry_run: bool) -> Result<Entered, Problem> {
    let target = Target {
        unit: write.village()?.no,
        who: Who::Session(write.visit.caller.session),
        id: write.key,
        dry_run,
    };
    let before = entered(write).await?.map(|(_, rows)| rows);
    let taken = take(&write.app.store, target, rows).await;
    let mut counts = taken.map_err(|refusal| Problem::refused(&refusal, "rows"))?;
    let operation = match dry_run {
        true => None,
        false => entered(write).await?.map(|(operation, _)| operation),
    };
    // A retry finds those rows there already, and hears again that they are new.
    if let Some(rows) = before.filter(|_| !dry_run && counts.new == 0) {
        counts.new = rows.min(counts.same);
        counts.same -= counts.new;
    }
    Ok(Entered {
        counts,
        operation,
        replayed: before.is_some(),
    })
}

async fn import(write: &Write, query: &ImportQuery, file: File, kind: Kind) -> Outcome {
    let parsed = read(file, query, kind).await?;
    let done = enter(write, &parsed.rows, query.is_dry()).await?;
    let out = ImportOut {
        total: parsed.total_rows,
        new: done.counts.new,
        changed: done.counts.changed,
        same: done.counts.same,
        faults: parsed.faults.iter().map(FaultOut::from).collect(),
        warnings: parsed.warnings.iter().map(WarningOut::from).collect(),
        ignored: parsed.ignored,
        operation: done.operation,
    };
    Ok(Write::reported(done.replayed, Json(out)))
}

/// Imports a register of households: new ones are entered, others changed where they differ.
#[utoipa::path(post, path = "/api/v1/villages/{village}/imports/households", tag = "imports", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = ImportOut)))]
pub async fn households_import(
    write: Write,
    Query(query): Query<ImportQuery>,
    file: File,
) -> Outcome {
    import(&write, &query, file, Kind::Households).await
}

/// Imports a scheme. Rules that are the same already get no new version.
#[utoipa::path(post, path = "/api/v1/villages/{village}/imports/rules", tag = "imports", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = ImportOut)))]
pub async fn rules_import(write: Write, Query(query): Query<ImportQuery>, file: File) -> Outcome {
    import(&write, &query, file, Kind::Rules).await
}

/// Imports a station's goods. Goods that are the same already stay as they are.
#[utoipa::path(post, path = "/api/v1/villages/{village}/stations/{station}/imports/goods", tag = "imports", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = ImportOut)))]
pub async fn goods_import(write: Write, Query(query): Query<ImportQuery>, file: File) -> Outcome {
    let station = write.station()?;
    let kind = Kind::Goods(station.no, station.code.clone());
    import(&write, &query, file, kind).await
}
