//! Copies of an embedded database, made while it is in use.

use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend, DbErr, Statement};
use std::path::Path;
use std::time::Duration;

/// Writes a complete, compact copy of an SQLite file; the source may be in use.
///
/// # Errors
/// Of the database; then no usable copy was made.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<(), DbErr> {
    let url = ["sqlite://", &from.to_string_lossy(), "?mode=rw"].concat();
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).max_connections(1);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .busy_timeout(Duration::from_secs(30))
            .journal_mode(SqliteJournalMode::Wal)
    });
    let db = Database::connect(options).await?;
    let target = to.to_string_lossy().to_string();
    let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "vacuum into $1", [target.into()]);
    db.execute_raw(copy).await?;
    db.close().await
}
