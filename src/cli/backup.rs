//! `backup` and `restore`: nothing is lost on the way.

use super::{Done, Fault, photos, say, store_settings};
use crate::config::Settings;
use crate::store::{Clock, Store, files};
use std::path::Path;
use std::process::ExitCode;

async fn run(program: &str, arguments: &[&str]) -> Result<(), Fault> {
    let missing = |fault: std::io::Error| -> Fault {
        [
            "需要 PostgreSQL 客户端程序 / PostgreSQL's client programs are needed: ",
            program,
            ": ",
            &fault.to_string(),
        ]
        .concat()
        .into()
    };
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .status()
        .await
        .map_err(missing)?;
    if status.success() {
        Ok(())
    } else {
        Err([program, " 失败 / failed"].concat().into())
    }
}

fn refuse_existing(file: &Path) -> Result<(), Fault> {
    if file.exists() {
        return Err([
            "文件已存在，不会覆盖 / the file exists and is not overwritten: ",
            &file.to_string_lossy(),
        ]
        .concat()
        .into());
    }
    Ok(())
}

/// Writes a complete copy, while a server may be running.
pub async fn backup(settings: &Settings, file: &Path) -> Done {
    refuse_existing(file)?;
    let url = settings.database.url.reveal();
    match crate::store::sqlite_path(url) {
        Some(path) => files::copy_sqlite(&path, file).await?,
        None => {
            let (url, schema) = crate::store::search_path(url);
            let target = file.to_string_lossy();
            let mut arguments = vec![
                "--format=custom",
                "--no-owner",
                "--file",
                &target,
                "--dbname",
                &url,
            ];
            if let Some(schema) = &schema {
                arguments.extend(["--schema", schema]);
            }
            run("pg_dump", &arguments).await?;
        }
    }
    // After the ledger: every photo that it knows was kept before.
    photos::backup(settings, file).await?;
    say::line(&["已备份 / backed up: ", &file.to_string_lossy()].concat());
    say::note(
        "请把 pepper 和 signing-key 两个文件另外保存，没有它们备份无法使用 / keep the files pepper and signing-key elsewhere too: a backup is of no use without them",
    );
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup into an empty database and checks that it opens.
pub async fn restore(settings: &Settings, file: &Path) -> Done {
    if !file.exists() {
        return Err(
            ["没有这个文件 / there is no file ", &file.to_string_lossy()]
                .concat()
                .into(),
        );
    }
    let url = settings.database.url.reveal();
    match crate::store::sqlite_path(url) {
        Some(path) => {
            refuse_existing(&path)?;
            files::copy_sqlite(file, &path).await?;
        }
        None => {
            let (url, _) = crate::store::search_path(url);
            let source = file.to_string_lossy();
            let arguments = [
                "--exit-on-error",
                "--single-transaction",
                "--no-owner",
                "--dbname",
                &url,
                &source,
            ];
            run("pg_restore", &arguments).await?;
        }
    }
    photos::restore(settings, file).await?;
    let secrets = super::secrets(settings)?;
    let store = Store::open(store_settings(settings), secrets, Clock::Database).await;
    match store {
        Ok(store) => store.close().await,
        Err(fault) => {
            return Err([
                "已恢复，但打不开 / restored, but it does not open: ",
                &fault.to_string(),
            ]
            .concat()
            .into());
        }
    }
    say::line("已恢复；现在请运行 wenming verify / restored; now run wenming verify");
    Ok(ExitCode::SUCCESS)
}
