//! `demo`: an invented township in a throw-away folder, a year of its life, served on loopback.

use super::demo_year::Size;
use super::{Done, Fault, demo_year, say, serve, store_settings};
use crate::config::{Flags, Settings};
use crate::signin::Secrets;
use crate::store::{Clock, Store, replay};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Instant;

/// Known to everybody: `demo` listens on loopback only.
pub const PASSWORD: &str = "demo-tianzhao-2026";
/// The PIN of the households that have one in the demo.
pub const PIN: &str = "748159";

/// A folder that goes away with the process.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder, Fault> {
        let name = crate::signin::secret::CardSecret::random()?.text();
        let path = std::env::temp_dir().join(["wenming-demo-", &name].concat());
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn loopback(listen: &str) -> Result<(), Fault> {
    let address: SocketAddr = listen
        .parse()
        .map_err(|_| "--listen 写作 127.0.0.1:8080 / write --listen as 127.0.0.1:8080")?;
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err("demo 的登录人人皆知，只能在本机打开 / demo has logins that everybody knows: it listens on loopback only".into())
}

/// Builds, then serves.
pub async fn run(listen: &str, database: Option<String>, once: bool, size: Size) -> Done {
    loopback(listen)?;
    let folder = Folder::new()?;
    let url = database
        .unwrap_or_else(|| ["sqlite:", &folder.0.join("demo.sqlite").to_string_lossy()].concat());
    let flags = Flags {
        listen: Some(listen.to_string()),
        database: Some(url),
        redis: None,
    };
    let mut settings = Settings::demo(&flags)?;
    settings.secrets.pepper_file = folder.0.join("pepper");
    settings.secrets.signing_key_file = folder.0.join("signing-key");
    settings.photos.folder = folder.0.join("photos");
    let secrets = Secrets::load_or_create(&settings.pepper_file(), &settings.signing_key_file())?
        .with_cheap_hashes();
    let clock = Arc::new(AtomicI64::new(0));
    let store = Store::open(
        store_settings(&settings),
        secrets,
        Clock::Set(Arc::clone(&clock)),
    )
    .await?;
    let begun = Instant::now();
    let year = demo_year::build(&store, &clock, size).await?;
    // From here on the database's own time counts.
    clock.store(0, std::sync::atomic::Ordering::Relaxed);
    say::note(&format!(
        "演示数据已建好：{} 条业务，用时 {} 毫秒 / built {} operations in {} ms",
        year.operations,
        begun.elapsed().as_millis(),
        year.operations,
        begun.elapsed().as_millis()
    ));
    if once {
        let report = replay::verify(&store, None, |_| {}).await?;
        report
            .findings
            .iter()
            .for_each(|finding| say::line(&finding.to_string()));
        say::line(&format!(
            "verify: units {}, operations {}, rows {}, findings {}",
            report.units,
            report.operations,
            report.rows,
            report.findings.len()
        ));
        store.close().await;
        return Ok(if report.findings.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let url = settings.database.url.reveal().to_string();
    serve::serve(store, settings, |address| welcome(address, &url, &year)).await
}

fn logins() -> serde_json::Value {
    let login = |person: &demo_year::Person| json!({"username": person.username, "password": PASSWORD, "role": person.role});
    demo_year::STAFF.iter().map(login).collect()
}

fn ready_file(address: &str, card: &str) {
    let Some(path) = std::env::var_os("WENMING_DEMO_READY_FILE") else {
        return;
    };
    let path = Path::new(&path);
    let text = json!({
        "address": format!("http://{address}"),
        "logins": logins(),
        "village": demo_year::VILLAGES[0].0,
        "station": demo_year::STATION,
        "household": "010001",
        "card": card,
        "pin": PIN,
    });
    let part = path.with_extension("part");
    let written =
        std::fs::write(&part, text.to_string()).and_then(|()| std::fs::rename(&part, path));
    if let Err(fault) = written {
        say::note(&["WENMING_DEMO_READY_FILE: ", &fault.to_string()].concat());
    }
}

fn welcome(address: &str, database: &str, year: &demo_year::Year) {
    say::line(&format!(
        "\n文明积分演示 / demo: http://{address}   API: http://{address}/api/docs"
    ));
    say::line(&["数据 / data: ", database, " (wenming verify --database …)"].concat());
    say::line(&format!("密码都是 / every password: {PASSWORD}"));
    for person in &demo_year::STAFF {
        let demo_year::Person {
            username,
            role,
            name,
            what,
        } = person;
        say::line(&format!("  {username:<10} {role:<9} {name}: {what}"));
    }
    say::line(&format!(
        "农户 / household {}/010001: 卡 card {}, PIN {PIN}",
        demo_year::VILLAGES[0].0,
        year.card
    ));
    let a = format!("http://{address}/api/v1");
    let v = format!("{a}/villages/{}", demo_year::VILLAGES[0].0);
    say::line("\n试一试 / try:");
    for line in [
        format!(
            "TOKEN=$(curl -s {a}/session -H 'Content-Type: application/json' -d '{{\"username\":\"recorder\",\"password\":\"{PASSWORD}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')"
        ),
        format!("curl -s {v}/households/010001 -H \"Authorization: Bearer $TOKEN\""),
        format!(
            "curl -s {v}/awards -H \"Authorization: Bearer $TOKEN\" -H \"Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)\" -H 'Content-Type: application/json' -d '{{\"rule\":\"VL01\",\"household\":\"010001\",\"quantity\":1,\"occurred_on\":\"{}\"}}'",
            year.today
        ),
    ] {
        say::line(&["  ", &line].concat());
    }
    say::line("停止 / stop: Ctrl-C");
    ready_file(address, &year.card);
}
