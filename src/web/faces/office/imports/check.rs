//! Step 3: what is wrong, cell by cell, and mending it on the page.

use super::carried::Carried;
use super::start;
use crate::import::report::{FaultCode, Warning};
use crate::import::table::{Table, parse_cell_name};
use crate::import::{Fault, inert};
use crate::store::import::Parsed;
use crate::web::faces::office::desk::committee;
use crate::web::page::{Faults, Form, Markup, Page, Shown, Upload};
use crate::web::problem::Problem;
use askama::Template;
use axum::http::header;
use axum::response::IntoResponse as _;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "office/import_check.html")]
struct Check<'a> {
    p: &'a Page,
    f: Faults,
    carried: &'a Carried,
    hidden: Markup,
    good: usize,
    wrong: usize,
    cells: Vec<CellFault>,
    warnings: Vec<Warning>,
    ignored: Vec<String>,
}

/// One cell to mend.
struct CellFault {
    row: u32,
    column: String,
    cell: String,
    cause: String,
    cure: String,
    /// As it stands in the file.
    was: String,
    value: String,
}

impl CellFault {
    fn id(&self) -> String {
        format!("cell-{}", self.cell)
    }
}

impl Check<'_> {
    fn n(&self, n: &usize) -> String {
        self.p.count(*n)
    }

    fn warning(&self, warning: &Warning) -> String {
        let text = self.p.lang().pick(warning.text_zh(), warning.text_en());
        match warning.row {
            0 => text,
            row => self.p.t2("imports.in_row", "row", row, "text", text),
        }
    }
}

/// The text that is in a cell, to be mended; an identity number is never shown again.
fn shown(table: &Table, fault: &Fault) -> String {
    let at = parse_cell_name(&fault.cell);
    let at = at.and_then(|(row, column)| Some((row, u16::try_from(column).ok()?)));
    match (at, fault.code) {
        (_, FaultCode::IdNumber | FaultCode::NotText) | (None, _) => String::new(),
        (Some((row, column)), _) => table.cell(row, column).shown(),
    }
}

fn cells(p: &Page, table: &Table, faults: &[Fault]) -> Vec<CellFault> {
    let mut seen = BTreeSet::new();
    let cells = faults
        .iter()
        .filter(|fault| seen.insert(fault.cell.clone()))
        .map(|fault| CellFault {
            row: fault.row,
            column: fault.column.clone(),
            cell: fault.cell.clone(),
            cause: p.lang().pick(fault.cause_zh(), fault.cause_en()),
            cure: p.lang().pick(fault.cure_zh(), fault.cure_en()).to_string(),
            was: fault.value.clone(),
            value: shown(table, fault),
        });
    cells.collect()
}

/// Takes what was typed into faulty cells into the table. Only cells that are faulty now may be
/// mended: the rest of the file stays what was chosen.
pub fn mend(carried: &mut Carried, form: &Form) {
    let faults = Parsed::read(&carried.kind, &carried.table).faults;
    for fault in faults {
        let name = format!("cell-{}", fault.cell);
        if !form.has(&name) {
            continue;
        }
        if let Some((row, column)) = parse_cell_name(&fault.cell)
            && let Ok(column) = u16::try_from(column)
        {
            let text = form.get(&name);
            let is_new = match fault.code {
                // These are asked for anew; what stands there is not offered again.
                FaultCode::NotText | FaultCode::IdNumber => !text.is_empty(),
                // What was left as it is keeps its type: a formula stays one, and stays refused.
                _ => carried.table.cell(row, column).shown().trim() != text,
            };
            if is_new {
                carried.table.set(row, column, text);
            }
        }
    }
}

/// Whether the columns themselves are at fault: then no row was read.
pub fn is_unread(parsed: &Parsed) -> bool {
    let of_columns = |code| matches!(code, FaultCode::NoHeader | FaultCode::MissingColumn);
    parsed.faults.iter().any(|fault| of_columns(fault.code))
}

/// The page of the faults, or of the columns when those are at fault.
///
/// # Errors
/// 500 when the table cannot be packed.
pub fn page(p: &Page, f: Faults, carried: &Carried, parsed: Parsed, is_wrong: bool) -> Shown {
    let rows: BTreeSet<u32> = parsed.faults.iter().map(|fault| fault.row).collect();
    let ignored = parsed.ignored.iter();
    let check = Check {
        p,
        f,
        hidden: carried.hidden()?,
        good: parsed.good(),
        wrong: rows.len(),
        cells: cells(p, &carried.table, &parsed.faults),
        ignored: ignored
            .map(|heading| heading.trim_start_matches('–').to_string())
            .collect(),
        warnings: parsed.warnings,
        carried,
    };
    if is_wrong {
        p.mend(&check)
    } else {
        p.show(&check)
    }
}

/// Back to the columns, with what is wrong about them.
pub fn columns(p: &Page, carried: &Carried, parsed: &Parsed, row: Option<u32>) -> Shown {
    let mut faults = Faults::none();
    for fault in &parsed.faults {
        let (cause, cure) = match p.is_zh() {
            true => (fault.cause_zh(), fault.cure_zh()),
            false => (fault.cause_en(), fault.cure_en()),
        };
        let stop = p.lang().pick("。", ". ");
        faults.add("header", format!("{cause}{stop}{cure}"));
    }
    start::columns(p, faults, carried, row)
}

/// Judges the rows, with the columns as they were chosen and the cells as they were mended.
pub async fn sent(p: Page, upload: Upload) -> Shown {
    committee(&p)?;
    let mut carried = Carried::of(&p, &upload.form).await?;
    let row = start::choose(&mut carried, &upload.form);
    mend(&mut carried, &upload.form);
    let parsed = Parsed::read(&carried.kind, &carried.table);
    if is_unread(&parsed) {
        return columns(&p, &carried, &parsed, row);
    }
    page(&p, Faults::none(), &carried, parsed, false)
}

/// Only the faulty rows, as a table to mend elsewhere: every cell as it is, and why it is refused.
pub async fn faulty(p: Page, upload: Upload) -> Shown {
    committee(&p)?;
    let carried = Carried::of(&p, &upload.form).await?;
    let parsed = Parsed::read(&carried.kind, &carried.table);
    let bytes = sheet(&p, &carried, &parsed.faults).map_err(|fault| {
        tracing::error!(%fault, "a table cannot be written");
        Problem::internal()
    })?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"faulty-rows.csv\"",
        ),
    ];
    Ok((headers, bytes).into_response())
}

fn sheet(p: &Page, carried: &Carried, faults: &[Fault]) -> Result<Vec<u8>, csv::Error> {
    let known = carried.columns(None);
    // Spreadsheets take a file for UTF-8 by this mark.
    let mut out = csv::Writer::from_writer(Vec::from("\u{feff}"));
    let mut heads: Vec<String> = known
        .columns
        .iter()
        .map(|column| column.heading.trim_start_matches('–').to_string())
        .collect();
    heads.extend([p.t("imports.row"), p.t("imports.why")]);
    out.write_record(&heads)?;
    let rows: BTreeSet<u32> = faults.iter().map(|fault| fault.row).collect();
    for row in rows {
        let cell = |at: u16| carried.table.seen(row, at).shown();
        let mut cells: Vec<String> = known
            .columns
            .iter()
            .map(|column| inert(&cell(column.at)).into_owned())
            .collect();
        let of_row = faults.iter().filter(|fault| fault.row == row);
        let why: Vec<String> = of_row
            .map(|fault| p.lang().pick(fault.cause_zh(), fault.cause_en()))
            .collect();
        cells.push(row.to_string());
        cells.push(inert(&why.join(p.lang().pick("；", "; "))).into_owned());
        out.write_record(&cells)?;
    }
    out.into_inner().map_err(|fault| fault.into_error().into())
}
