//! `export`: a village's lists as CSV, safe to open in a spreadsheet.

use super::{Done, Fault, say};
use crate::core::Day;
use crate::import::inert;
use crate::store::Store;
use crate::store::read::{directory, goods, households, journal, rules};
use std::path::Path;
use std::process::ExitCode;

fn write(folder: &Path, name: &str, head: &[&str], rows: Vec<Vec<String>>) -> Result<(), Fault> {
    let mut out = csv::Writer::from_path(folder.join(name))?;
    out.write_record(head)?;
    let count = rows.len();
    for row in rows {
        out.write_record(row.iter().map(|cell| inert(cell).into_owned()))?;
    }
    out.flush()?;
    say::line(&format!("{name}: {count}"));
    Ok(())
}

/// Writes households, rules, goods and the journal of one village.
pub async fn run(store: &Store, village: &str, folder: &Path) -> Done {
    let unknown = || -> Fault {
        ["没有这个村 / there is no village ", village]
            .concat()
            .into()
    };
    let unit = directory::unit(store, village)
        .await?
        .ok_or_else(unknown)?
        .no;
    std::fs::create_dir_all(folder)?;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = households::list(store, unit, None, after, 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.no);
        for item in page {
            let Some(view) = households::view(store, unit, item.no).await? else {
                continue;
            };
            let balance = &view.balance;
            rows.push(vec![
                item.code,
                item.group,
                item.head,
                balance.available.to_string(),
                balance.pending.to_string(),
                balance.arrears.to_string(),
            ]);
        }
    }
    write(
        folder,
        "households.csv",
        &["code", "group", "head", "available", "pending", "arrears"],
        rows,
    )?;
    let rows = rules::list(store, unit).await?.into_iter().map(|item| {
        vec![
            item.row.code,
            item.row.version.to_string(),
            item.name_zh,
            item.name_en,
            item.row.kind.word().to_string(),
            item.row.points.to_string(),
            item.row.unit,
        ]
    });
    write(
        folder,
        "rules.csv",
        &[
            "code", "version", "name_zh", "name_en", "kind", "points", "unit",
        ],
        rows.collect(),
    )?;
    let mut rows = Vec::new();
    for station in directory::stations(store, unit).await? {
        for item in goods::list(store, unit, station.no).await? {
            rows.push(vec![
                station.code.clone(),
                item.row.sku,
                item.name_zh,
                item.row.price.to_string(),
                item.on_hand.to_string(),
            ]);
        }
    }
    write(
        folder,
        "goods.csv",
        &["station", "sku", "name_zh", "price_points", "on_hand"],
        rows,
    )?;
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let page = journal::list(store, unit, before, 1000).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.seq);
        for item in page {
            let kind = crate::core::kind_word(item.kind).to_string();
            let day = Day::of_instant(item.at, 480).to_string();
            rows.push(vec![
                item.seq.to_string(),
                item.id.to_string(),
                kind,
                day,
                hex::encode(item.leaf),
            ]);
        }
    }
    rows.reverse();
    write(
        folder,
        "journal.csv",
        &["seq", "id", "kind", "day", "leaf"],
        rows,
    )?;
    Ok(ExitCode::SUCCESS)
}
