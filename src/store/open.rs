//! Opens a database, reads its settings back, and refuses one that could lose what it promised.

use super::batch::{self, Configs, Shared, immediate};
use super::clock::TimeBase;
use super::flush::{head_cells, head_write};
use super::writer::Writers;
use super::{Clock, Inner, Store, access, dialect, read, resolve};
use crate::core::rights::SYSTEM;
use crate::core::row::{Cell, Column, Kind};
use crate::signin::Secrets;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    TransactionTrait,
};
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wenming_migrations::{Migrator, MigratorTrait};

/// How to open.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Writers on PostgreSQL; an embedded file has one.
    pub writers: usize,
    /// Connections for reads.
    pub pool: u32,
    /// Submissions that may wait at each writer.
    pub queue: usize,
    /// The most submissions in one transaction.
    pub batch_max: usize,
    /// The longest a statement may take.
    pub statement_timeout: Duration,
}

impl Settings {
    /// The usual settings for a URL.
    #[must_use]
    pub fn new(url: &str) -> Settings {
        Settings {
            url: url.to_string(),
            writers: 2,
            pool: 8,
            queue: 4096,
            batch_max: 512,
            statement_timeout: Duration::from_secs(10),
        }
    }
}

/// Why a database was not opened. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// Not a URL we know.
    #[error("the database URL must begin with sqlite: or postgres:// (given: {0})")]
    Url(String),
    /// Another process has the file.
    #[error(
        "{0} is in use by another wenming process; an embedded file has one server. Stop it, or use PostgreSQL for several"
    )]
    InUse(PathBuf),
    /// The file or its folder.
    #[error("cannot use {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A setting that would lose what was promised.
    #[error("refusing to start: {0} is {1}, but must be {2}, or a power cut could lose points")]
    Unsafe(&'static str, String, &'static str),
    /// The secrets do not belong to this database.
    #[error("{0} does not belong to this database: put back the file it was set up with")]
    WrongSecret(&'static str),
    /// The database says no.
    #[error("the database does not open: {0}")]
    Database(#[from] DbErr),
}

/// The path of an embedded file; `None` for PostgreSQL.
#[must_use]
pub fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    Some(PathBuf::from(rest.split('?').next().unwrap_or(rest)))
}

/// A URL without its password, for people to read.
#[must_use]
pub fn redacted(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            let user = url[scheme + 3..at].split(':').next().unwrap_or("");
            [&url[..scheme + 3], user, ":***", &url[at..]].concat()
        }
        _ => url.to_string(),
    }
}

fn sqlite_url(path: &Path) -> String {
    ["sqlite://", &path.to_string_lossy(), "?mode=rwc"].concat()
}

async fn open_sqlite(
    settings: &Settings,
    path: &Path,
    connections: u32,
    read_only: bool,
) -> Result<DatabaseConnection, OpenFault> {
    let mut options = ConnectOptions::new(sqlite_url(path));
    options
        .sqlx_logging(false)
        .max_connections(connections)
        .test_before_acquire(false);
    options.acquire_timeout(settings.statement_timeout);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(500)
            .pragma("mmap_size", "0")
            .pragma("cache_size", "-16000");
        if read_only {
            sqlite.pragma("query_only", "1")
        } else {
            sqlite
        }
    });
    Ok(Database::connect(options).await?)
}

/// The schema named by `search_path` in the URL's query, and the URL without it.
#[must_use]
pub fn search_path(url: &str) -> (String, Option<String>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_string(), None);
    };
    let mut path = None;
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| match pair.strip_prefix("search_path=") {
            Some(value) => {
                path = Some(value.to_string());
                false
            }
            None => true,
        })
        .collect();
    let url = if kept.is_empty() {
        base.to_string()
    } else {
        [base, "?", &kept.join("&")].concat()
    };
    (url, path)
}

/// What a writer's connection is told, so that no plan made on small tables reads them end to end.
const WRITER_PLANS: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

async fn open_postgres(
    settings: &Settings,
    connections: u32,
    writer: bool,
) -> Result<DatabaseConnection, OpenFault> {
    let (url, path) = search_path(&settings.url);
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging(false)
        .max_connections(connections)
        .test_before_acquire(false);
    if !writer {
        options.test_before_acquire_if_idle_for(Duration::from_secs(1));
    }
    options
        .acquire_timeout(Duration::from_secs(3))
        .connect_timeout(Duration::from_secs(3));
    let statement_timeout = settings.statement_timeout.as_millis().to_string();
    options.map_sqlx_postgres_opts(move |postgres| {
        let mut postgres = postgres
            .application_name("wenming")
            .statement_cache_capacity(500)
            .options([
                ("statement_timeout", statement_timeout.as_str()),
                ("lock_timeout", "3s"),
                ("idle_in_transaction_session_timeout", "5s"),
                ("client_connection_check_interval", "5s"),
            ]);
        if let Some(path) = &path {
            postgres = postgres.options([("search_path", path.as_str())]);
        }
        if writer {
            postgres.options(WRITER_PLANS)
        } else {
            postgres
        }
    });
    Ok(Database::connect(options).await?)
}

async fn setting(db: &DatabaseConnection, sql: &'static str) -> Result<String, DbErr> {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let Some(row) = row else {
        return Ok(String::new());
    };
    row.try_get_by_index::<String>(0)
        .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
}

async fn check(db: &DatabaseConnection) -> Result<(), OpenFault> {
    let wanted: &[(&'static str, &'static str, &'static str)] = match db.get_database_backend() {
        DbBackend::Sqlite => &[
            ("journal_mode", "pragma journal_mode", "wal"),
            ("synchronous", "pragma synchronous", "2"),
            ("foreign_keys", "pragma foreign_keys", "1"),
        ],
        _ => &[
            ("fsync", "show fsync", "on"),
            ("full_page_writes", "show full_page_writes", "on"),
            ("synchronous_commit", "show synchronous_commit", "on"),
        ],
    };
    for (name, sql, must) in wanted {
        let is = setting(db, sql).await?;
        if is != *must {
            return Err(OpenFault::Unsafe(name, is, must));
        }
    }
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let version = if postgres {
        "show server_version_num"
    } else {
        "select sqlite_version()"
    };
    let is = setting(db, version).await?;
    let enough = match postgres {
        true => is.parse::<i64>().is_ok_and(|number| number >= 150_000),
        false => at_least(&is, [3, 51, 3]),
    };
    match (enough, postgres) {
        (true, _) => Ok(()),
        (false, true) => Err(OpenFault::Unsafe("PostgreSQL's version", is, "15 or newer")),
        // Before 3.51.3 a reset of the log could damage the file.
        (false, false) => Err(OpenFault::Unsafe("SQLite's version", is, "3.51.3 or newer")),
    }
}

fn at_least(version: &str, least: [u32; 3]) -> bool {
    let parts: Vec<u32> = version
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    parts.as_slice() >= least.as_slice()
}

/// The lock that keeps a second process from an embedded file.
fn lock(path: &Path) -> Result<File, OpenFault> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|fault| OpenFault::File(name.clone(), fault))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenFault::InUse(path.to_path_buf())),
        Err(std::fs::TryLockError::Error(fault)) => Err(OpenFault::File(name, fault)),
    }
}

/// Several processes may start at once: one of them makes the tables.
async fn migrate(db: &DatabaseConnection) -> Result<(), OpenFault> {
    let tx = db.begin_with_options(immediate()).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        let lock = "select pg_advisory_xact_lock(hashtext('wenming'), hashtext(current_schema()))";
        tx.execute_raw(Statement::from_string(DbBackend::Postgres, lock))
            .await?;
    }
    Migrator::up(&tx, None).await?;
    first_head(&tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn first_head<C: ConnectionTrait>(tx: &C) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let state = crate::core::empty_state();
    let Some(system) = state.units.get(&SYSTEM) else {
        return Ok(());
    };
    let mut write = head_write(vec![head_cells(SYSTEM, &system.head)]);
    write.mode = dialect::Mode::Keep;
    for statement in dialect::write_statements(backend, vec![write]) {
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// Compares (or on first use writes) what belongs together with this database.
async fn bind_secrets(db: &DatabaseConnection, secrets: &Secrets) -> Result<(), OpenFault> {
    let text = |name| Column {
        name,
        kind: Kind::Text,
        optional: false,
    };
    let facts = [
        ("pepper", hex::encode(secrets.pepper.id), "the pepper file"),
        (
            "signing_key",
            hex::encode(secrets.signing.public()),
            "the signing key file",
        ),
    ];
    for (name, value, file) in facts {
        let write = dialect::Write {
            table: "setting",
            columns: vec![text("name"), text("value")],
            key: 1,
            mode: dialect::Mode::Keep,
            rows: vec![vec![
                Cell::Text(name.to_string()),
                Cell::Text(value.clone()),
            ]],
        };
        for statement in dialect::write_statements(db.get_database_backend(), vec![write]) {
            db.execute_raw(statement).await?;
        }
        let sql = "select value from setting where name = $1";
        let row = db
            .query_one_raw(dialect::plain(
                db.get_database_backend(),
                sql,
                vec![name.into()],
            ))
            .await?;
        let stored: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        if stored.as_deref() != Some(value.as_str()) {
            return Err(OpenFault::WrongSecret(file));
        }
    }
    Ok(())
}

impl Store {
    /// Opens the database, makes or checks its tables, starts the writers.
    ///
    /// # Errors
    /// [`OpenFault`] says what to do.
    pub async fn open(
        settings: Settings,
        secrets: Secrets,
        clock: Clock,
    ) -> Result<Store, OpenFault> {
        let path = sqlite_path(&settings.url);
        let postgres =
            settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://");
        if path.is_none() && !postgres {
            return Err(OpenFault::Url(redacted(&settings.url)));
        }
        let lock = path.as_deref().map(lock).transpose()?;
        let desk = match &path {
            Some(path) => open_sqlite(&settings, path, 1, false).await?,
            None => open_postgres(&settings, settings.pool, false).await?,
        };
        check(&desk).await?;
        migrate(&desk).await?;
        bind_secrets(&desk, &secrets).await?;
        let (pool, connections) = match &path {
            Some(path) => (
                open_sqlite(&settings, path, settings.pool, true).await?,
                vec![desk.clone()],
            ),
            None => {
                let mut connections = Vec::new();
                for _ in 0..settings.writers.max(1) {
                    connections.push(open_postgres(&settings, 1, true).await?);
                }
                (desk.clone(), connections)
            }
        };
        let (committed, _) = tokio::sync::broadcast::channel(1024);
        let time =
            TimeBase::new(batch::now(&Clock::Database, desk.get_database_backend(), &desk).await?);
        let shared = Arc::new(Shared {
            backend: desk.get_database_backend(),
            clock: clock.clone(),
            time: time.clone(),
            configs: Configs::default(),
            households: resolve::Households::default(),
            committed: committed.clone(),
            batch_max: NonZeroUsize::new(settings.batch_max).unwrap_or(NonZeroUsize::MIN),
        });
        let counter = match &path {
            Some(_) => desk.clone(),
            None => open_postgres(&settings, 1, true).await?,
        };
        let pins = access::pin::PinDesk::start(
            Arc::clone(&shared),
            counter,
            secrets.hasher.clone(),
            time.clone(),
        );
        let desks = match &path {
            Some(_) => vec![pool.clone()],
            None => vec![
                open_postgres(&settings, 1, true).await?,
                open_postgres(&settings, 1, true).await?,
            ],
        };
        let views = read::view_desk::ViewDesk::start(&shared, desks);
        let writers = Writers::start(shared, connections, settings.queue.max(1));
        let inner = Inner {
            backend: desk.get_database_backend(),
            pool,
            desk,
            writers,
            committed,
            secrets,
            clock,
            directory: read::directory::Known::default(),
            town: read::town::Kept::default(),
            time,
            pins,
            views,
            _lock: lock,
        };
        Ok(Store {
            inner: Arc::new(inner),
        })
    }
}
