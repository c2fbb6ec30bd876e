//! `/town/table.csv`: the table of `/town` for a spreadsheet.

use super::month_word;
use super::overview::{Overview, read};
use crate::import::inert;
use crate::web::page::{Page, Shown};
use crate::web::problem::Problem;
use axum::http::header;
use axum::response::IntoResponse as _;

/// Tells Excel and WPS that the text is UTF-8.
const MARK: &str = "\u{feff}";

fn cells(p: &Page, o: &Overview) -> Vec<Vec<String>> {
    let few = || p.t("town.under");
    let mut out = Vec::with_capacity(o.rows.len() + 1);
    for row in &o.rows {
        let s = &row.standing;
        let share = s.share;
        out.push(vec![
            row.code.clone(),
            row.name.clone(),
            share.all.to_string(),
            share.shown().map_or_else(few, |_| share.part.to_string()),
            share
                .shown()
                .map_or_else(few, |percent| percent.to_string()),
            s.issued.to_string(),
            s.redeemed.to_string(),
            s.outstanding.to_string(),
            s.fund.to_string(),
            s.quiet.map_or_else(String::new, |days| days.to_string()),
        ]);
    }
    let share = o.total.share;
    let least = |n: i64| match o.hides() {
        true => p.t1("town.at_least", "n", n),
        false => n.to_string(),
    };
    out.push(vec![
        String::new(),
        p.t("town.total"),
        share.all.to_string(),
        least(share.part),
        share.shown().map_or_else(few, least),
        o.total.issued.to_string(),
        o.total.redeemed.to_string(),
        o.total.outstanding.to_string(),
        o.total.fund.to_string(),
        String::new(),
    ]);
    out
}

fn text(p: &Page, o: &Overview) -> Result<Vec<u8>, Problem> {
    let head = [
        "town.code",
        "town.village",
        "town.households",
        "town.part",
        "town.percent",
        "town.issued",
        "town.redeemed",
        "town.held",
        "town.fund",
        "town.quiet_days",
    ];
    let fault = |_| Problem::internal();
    let mut out = csv::Writer::from_writer(MARK.as_bytes().to_vec());
    out.write_record(head.map(|key| p.t(key))).map_err(fault)?;
    for row in cells(p, o) {
        out.write_record(row.iter().map(|cell| inert(cell).into_owned()))
            .map_err(fault)?;
    }
    out.into_inner().map_err(|_| Problem::internal())
}

/// The file.
pub async fn download(p: Page) -> Shown {
    let (overview, _) = read(&p).await?;
    let name = format!(
        "attachment; filename=\"wenming-{}-{}.csv\"",
        p.village_code(),
        month_word(&overview.month)
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text(&p, &overview)?).into_response())
}
