//! `staff add`: how the first admin is made.

use super::{Done, Fault, say};
use crate::core::rights::{Grant, Role, SYSTEM, UnitKind, fits};
use crate::signin::password::check_password;
use crate::store::read::directory;
use crate::store::{Store, access};
use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

fn password() -> Result<String, Fault> {
    if std::io::stdin().is_terminal() {
        say::note("请输入密码后回车（会显示） / type the password and press Enter (it will show):");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_string();
    if password.is_empty() {
        return Err("标准输入没有密码 / no password on standard input: printf 'secret' | wenming staff add …".into());
    }
    Ok(password)
}

/// The place a scope names, with what it is.
async fn place(store: &Store, scope: &str) -> Result<(i32, i32, UnitKind), Fault> {
    let unknown = || -> Fault {
        [
            "没有这个范围 / no such scope: ",
            scope,
            " (all, township:CODE, village:CODE, station:VILLAGE/CODE)",
        ]
        .concat()
        .into()
    };
    if scope == "all" {
        return Ok((SYSTEM, 0, UnitKind::System));
    }
    let (kind, code) = scope.split_once(':').ok_or_else(unknown)?;
    let (unit, station) = match kind {
        "station" => code
            .split_once('/')
            .map(|(unit, station)| (unit, Some(station)))
            .ok_or_else(unknown)?,
        _ => (code, None),
    };
    let info = directory::unit(store, unit).await?.ok_or_else(unknown)?;
    let station = match station {
        Some(code) => {
            directory::station(store, info.no, code)
                .await?
                .ok_or_else(unknown)?
                .no
        }
        None => 0,
    };
    let right = matches!(
        (kind, info.kind),
        ("township", UnitKind::Township) | ("village" | "station", UnitKind::Village)
    );
    if right {
        Ok((info.no, station, info.kind))
    } else {
        Err(unknown())
    }
}

/// Adds one staff member in the name of whoever runs the machine.
pub async fn add(store: &Store, name: &str, role: &str, scope: &str) -> Done {
    let role = Role::of_word(role)
        .ok_or("角色 / role: admin, officer, manager, recorder, reviewer, clerk")?;
    let (unit, station, kind) = place(store, scope).await?;
    if !fits(role, kind) || (role == Role::Clerk) != (station > 0) {
        return Err("这个角色不在这样的范围 / this role is not held at such a scope".into());
    }
    let password = password()?;
    check_password(&password, name)?;
    let grants = vec![Grant {
        role,
        unit,
        station,
    }];
    let added = access::add_staff(store, name, &password, name, grants).await;
    store.close().await;
    added.map_err(|refusal| say::refusal(&refusal))?;
    say::line(&["已添加 / added: ", name].concat());
    Ok(ExitCode::SUCCESS)
}
