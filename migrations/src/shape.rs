//! A table in one line: `name kind` pairs, the key first, for PostgreSQL and SQLite alike.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A table to make. Columns read `name:kind`, kind being `i` (64-bit integer), `b` (octets),
/// `t` (text) or `u` (id), with `?` when it may be absent.
pub struct Shape {
    /// Its name.
    pub name: &'static str,
    /// Key columns.
    pub key: &'static str,
    /// The others.
    pub rest: &'static str,
    /// Whether rows are changed often and in place.
    pub hot: bool,
}

/// A column as the database declares it.
pub fn column(spec: &str, backend: DbBackend) -> String {
    let (name, kind) = spec.split_once(':').unwrap_or((spec, "t"));
    let optional = kind.ends_with('?');
    let postgres = backend == DbBackend::Postgres;
    let sql_type = match (kind.trim_end_matches('?'), postgres) {
        ("i", true) => "bigint",
        ("i", false) => "integer",
        ("b", true) => "bytea",
        ("b", false) => "blob",
        ("u", true) => "uuid",
        ("u", false) => "blob",
        _ => "text",
    };
    let null = if optional { "" } else { " not null" };
    [name, " ", sql_type, null].concat()
}

impl Shape {
    fn create(&self, backend: DbBackend) -> String {
        let specs = self
            .key
            .split_whitespace()
            .chain(self.rest.split_whitespace());
        let columns: Vec<String> = specs.map(|spec| column(spec, backend)).collect();
        let names = self
            .key
            .split_whitespace()
            .filter_map(|spec| spec.split(':').next());
        let key = names.collect::<Vec<_>>().join(", ");
        let tail = match (backend, self.hot) {
            // Room on the page keeps in-place changes off the indexes.
            (DbBackend::Postgres, true) => " with (fillfactor = 70)",
            (DbBackend::Postgres, false) => "",
            _ => " without rowid",
        };
        let columns = columns.join(", ");
        [
            "create table ",
            self.name,
            " (",
            &columns,
            ", primary key (",
            &key,
            "))",
            tail,
        ]
        .concat()
    }

    /// Makes the table.
    pub async fn make(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let sql = self.create(manager.get_database_backend());
        manager
            .get_connection()
            .execute_unprepared(&sql)
            .await
            .map(|_| ())
    }
}

/// Makes these tables.
pub async fn make_all(tables: &[Shape], manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in tables {
        table.make(manager).await?;
    }
    Ok(())
}

/// Runs these statements, such as those that make indexes, in their order.
pub async fn run_all(statements: &[&str], manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
