//! Steps 1 and 2: the file, and what its columns are taken for.

use super::carried::{Carried, kind};
use crate::core::rights::Act;
use crate::import::{Columns, FileFault, read_table, samples};
use crate::store::import::Kind;
use crate::store::read::directory::{self, StationInfo};
use crate::web::api::import::aside;
use crate::web::extract::Names;
use crate::web::faces::office::desk::committee;
use crate::web::page::{Faults, Form, Markup, Page, Shown, Upload};
use crate::web::problem::Problem;
use askama::Template;
use axum::http::header;
use axum::response::IntoResponse as _;

#[derive(Template)]
#[template(path = "office/import.html")]
struct Start<'a> {
    p: &'a Page,
    f: Faults,
    kind: String,
    station: String,
    stations: Vec<StationInfo>,
}

impl Start<'_> {
    fn may_rules(&self) -> bool {
        self.p.may(Act::KeepRules)
    }

    fn may_goods(&self) -> bool {
        self.p.may(Act::KeepGoods) && !self.stations.is_empty()
    }
}

#[derive(Template)]
#[template(path = "office/import_columns.html")]
struct ColumnsPage<'a> {
    p: &'a Page,
    f: Faults,
    carried: &'a Carried,
    hidden: Markup,
    columns: Columns,
}

impl ColumnsPage<'_> {
    fn letters(&self, at: &u16) -> String {
        let name = crate::import::table::cell_name(1, *at);
        name.trim_end_matches('1').to_string()
    }

    fn is(&self, field: &Option<usize>, at: &usize) -> bool {
        *field == Some(*at)
    }

    /// The first rows, one of which may hold the headings.
    fn rows(&self) -> Vec<(u32, String)> {
        let rows = self.carried.table.rows().iter();
        let shown = rows.take_while(|row| row.number <= 20).map(|row| {
            let cells = row.filled().take(4).map(|(_, cell)| cell.shown());
            let text: String = cells.collect::<Vec<_>>().join(" · ");
            (row.number, text.chars().take(40).collect())
        });
        shown.collect()
    }
}

/// What may be imported, and the file to choose.
pub async fn form(p: Page) -> Shown {
    committee(&p)?;
    let start = start(&p, Faults::none(), p.asked("kind"), "").await?;
    p.show(&start)
}

async fn start<'a>(
    p: &'a Page,
    f: Faults,
    kind: &str,
    station: &str,
) -> Result<Start<'a>, Problem> {
    let stations = directory::stations(&p.app.store, p.village()?.no).await?;
    let kind = match kind {
        "" => "households",
        kind => kind,
    };
    Ok(Start {
        p,
        f,
        kind: kind.to_string(),
        station: station.to_string(),
        stations,
    })
}

/// Reads the file and shows what its columns are taken for.
pub async fn sent(p: Page, upload: Upload) -> Shown {
    committee(&p)?;
    let form = &upload.form;
    let kind = kind(&p, form).await?;
    let read = match upload.bytes.is_empty() {
        true => Err(p.t("imports.file_missing")),
        false => {
            let (bytes, name) = (upload.bytes, upload.name.clone());
            let read = aside(move || read_table(&bytes, &name)).await?;
            read.map_err(|fault: FileFault| p.lang().pick(fault.zh(), fault.en()))
        }
    };
    let table = match read {
        Ok(table) => table,
        Err(text) => {
            let mut faults = Faults::none();
            faults.add("file", text);
            return p.mend(&start(&p, faults, form.get("kind"), form.get("station")).await?);
        }
    };
    let carried = Carried {
        kind,
        name: upload.name,
        table,
    };
    p.show(&page(&p, Faults::none(), &carried, None)?)
}

/// The page of the columns.
///
/// # Errors
/// 500 when the table cannot be packed.
pub fn columns(p: &Page, f: Faults, carried: &Carried, row: Option<u32>) -> Shown {
    p.mend(&page(p, f, carried, row)?)
}

fn page<'a>(
    p: &'a Page,
    f: Faults,
    carried: &'a Carried,
    row: Option<u32>,
) -> Result<ColumnsPage<'a>, Problem> {
    Ok(ColumnsPage {
        p,
        f,
        hidden: carried.hidden()?,
        columns: carried.columns(row),
        carried,
    })
}

/// Takes the choices of columns into the table: a chosen column gets its field's usual heading, a
/// column that is not wanted one that no field has.
pub fn choose(carried: &mut Carried, form: &Form) -> Option<u32> {
    let row: u32 = form.get("header").parse().ok()?;
    let known = carried.columns(Some(row));
    for column in &known.columns {
        let Some(chosen) = form.some(&format!("column-{}", column.at)) else {
            continue;
        };
        let field = chosen.parse::<usize>().ok();
        if field == column.field {
            continue;
        }
        let heading = match field.and_then(|field| known.fields.get(field)) {
            Some((heading, _)) => (*heading).to_string(),
            None => format!("–{}", column.heading),
        };
        carried.table.set(row, column.at, &heading);
    }
    Some(row)
}

/// A file to try, or to fill in.
pub async fn sample(p: Page, names: Names) -> Shown {
    committee(&p)?;
    let (kind, bytes, name) = match names.get("kind") {
        "households" => (Kind::Households, samples::ROSTER_TIANZHAO, "roster.xlsx"),
        "rules" => (Kind::Rules, samples::RULES_CSV, "rules.csv"),
        "goods" => (
            Kind::Goods(0, String::new()),
            samples::GOODS_CSV,
            "goods.csv",
        ),
        _ => return Err(Problem::not_found()),
    };
    let media = match kind {
        Kind::Households => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "text/csv; charset=utf-8",
    };
    let headers = [
        (header::CONTENT_TYPE, media.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}
