//! `import households|rules|goods`.

use super::{Common, Done, Fault, ImportCommand, VillageFile, say};
use crate::core::derived_id;
use crate::import::{FileFault, read_table};
use crate::signin::secret::CardSecret;
use crate::store::import::{Imported, Kind, Parsed, Target, take};
use crate::store::read::directory::{self, UnitInfo};
use crate::store::{Store, Who};
use std::path::Path;
use std::process::ExitCode;
use uuid::Uuid;

fn table(file: &Path) -> Result<crate::import::Table, Fault> {
    let bytes = std::fs::read(file).map_err(|fault| -> Fault {
        [
            "读不了文件 / cannot read ",
            &file.to_string_lossy(),
            ": ",
            &fault.to_string(),
        ]
        .concat()
        .into()
    })?;
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_string();
    read_table(&bytes, &name)
        .map_err(|fault: FileFault| -> Fault { [fault.zh(), fault.en()].join(" / ").into() })
}

async fn village(store: &Store, code: &str) -> Result<UnitInfo, Fault> {
    let unknown = || -> Fault { ["没有这个村 / there is no village ", code].concat().into() };
    directory::unit(store, code).await?.ok_or_else(unknown)
}

fn fresh_id() -> Result<Uuid, Fault> {
    let digest = CardSecret::random()?.digest();
    let mut seed = [0; 16];
    seed.copy_from_slice(&digest[..16]);
    Ok(derived_id(Uuid::from_bytes(seed), 0, 0))
}

/// Prints what is wrong; whether the import may go on.
fn may_go_on(report: &Parsed, only_good: bool) -> bool {
    for fault in &report.faults {
        let at = format!(
            "第{}行 row {} ({}, {})",
            fault.row, fault.row, fault.cell, fault.column
        );
        say::line(&format!(
            "{at}: {}；{} / {}; {}",
            fault.cause_zh(),
            fault.cure_zh(),
            fault.cause_en(),
            fault.cure_en()
        ));
    }
    for warning in &report.warnings {
        say::note(&[warning.text_zh(), warning.text_en()].join(" / "));
    }
    if !report.ignored.is_empty() {
        say::note(
            &[
                "不读取的列 / columns not read: ",
                &report.ignored.join("、"),
            ]
            .concat(),
        );
    }
    report.faults.is_empty() || only_good
}

fn finish(result: Result<Imported, crate::store::Refusal>, dry_run: bool) -> Done {
    let done = result.map_err(|refusal| say::refusal(&refusal))?;
    let mode = if dry_run {
        "试运行，未写入 / dry run, nothing written: "
    } else {
        "完成 / done: "
    };
    say::line(&format!(
        "{mode}新增 new {}, 更改 changed {}, 不变 same {}",
        done.new, done.changed, done.same
    ));
    Ok(ExitCode::SUCCESS)
}

fn refused() -> Done {
    say::line(
        "有错误，未写入任何内容；改好后再导入，或加 --only-good 只导入正确的行 / there are errors and nothing was written; mend them, or add --only-good",
    );
    Ok(ExitCode::FAILURE)
}

async fn open(common: &Common, code: &str) -> Result<(Store, UnitInfo), Fault> {
    let store = common.store().await?;
    let unit = village(&store, code).await?;
    Ok((store, unit))
}

/// How to import.
struct How {
    dry_run: bool,
    only_good: bool,
}

async fn import(store: &Store, unit: &UnitInfo, kind: &Kind, file: &Path, how: How) -> Done {
    let parsed = Parsed::read(kind, &table(file)?);
    if !may_go_on(&parsed, how.only_good) {
        return refused();
    }
    let target = Target {
        unit: unit.no,
        who: Who::Operator,
        id: fresh_id()?,
        dry_run: how.dry_run,
    };
    finish(take(store, target, &parsed.rows).await, how.dry_run)
}

async fn of_village(given: VillageFile, kind: Kind) -> Done {
    let VillageFile {
        common,
        file,
        village,
        dry_run,
        only_good,
    } = given;
    let (store, unit) = open(&common, &village).await?;
    import(&store, &unit, &kind, &file, How { dry_run, only_good }).await
}

/// Runs one of the imports.
pub async fn run(command: ImportCommand) -> Done {
    match command {
        ImportCommand::Households(given) => of_village(given, Kind::Households).await,
        ImportCommand::Rules(given) => of_village(given, Kind::Rules).await,
        ImportCommand::Goods {
            common,
            file,
            station,
            dry_run,
            only_good,
        } => {
            let form = "--station 写作 村/站 / write --station as VILLAGE/STATION";
            let (village, station) = station.split_once('/').ok_or(form)?;
            let (store, unit) = open(&common, village).await?;
            let unknown = || -> Fault {
                ["没有这个供应站 / there is no station ", station]
                    .concat()
                    .into()
            };
            let station = directory::station(&store, unit.no, station)
                .await?
                .ok_or_else(unknown)?;
            let how = How { dry_run, only_good };
            let kind = Kind::Goods(station.no, station.code);
            import(&store, &unit, &kind, &file, how).await
        }
    }
}
