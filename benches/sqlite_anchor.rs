//! SQLite's anchor: one hand-written statement per commit, WAL, `synchronous=FULL`.
//!
//! A trigger does the rest of the booking, so that each award or redemption is one prepared
//! statement and one trip to the database's thread. Prints `anchor sqlite_award tps=…`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};

const SCHEMA: &str = "
create table village (id integer primary key, seq integer not null default 0);
create table balance (village_id integer not null, household integer not null,
    points integer not null check (points >= 0), primary key (village_id, household)) without rowid;
create table operation (village_id integer not null, seq integer, id blob not null, kind integer not null,
    household integer not null, points integer not null, payload text not null, at text not null default current_timestamp,
    primary key (village_id, id)) without rowid;
create table transfer (village_id integer not null, operation_id blob not null, line integer not null,
    household integer not null, from_account integer not null, to_account integer not null,
    points integer not null, balance_after integer not null, primary key (village_id, operation_id, line)) without rowid;
create table stock (village_id integer not null, sku integer not null, on_hand integer not null check (on_hand >= 0),
    price integer not null, primary key (village_id, sku)) without rowid;
create table redemption_line (village_id integer not null, operation_id blob not null, line integer not null,
    sku integer not null, quantity integer not null, points integer not null,
    primary key (village_id, operation_id, line)) without rowid;

create trigger award after insert on operation when new.kind = 1 begin
    update village set seq = seq + 1 where id = new.village_id;
    update balance set points = points + new.points where village_id = new.village_id and household = new.household;
    insert into transfer select new.village_id, new.id, 1, new.household, 1, 2, new.points, points
        from balance where village_id = new.village_id and household = new.household;
end;
create trigger redemption after insert on operation when new.kind = 2 begin
    update village set seq = seq + 1 where id = new.village_id;
    update balance set points = points - new.points where village_id = new.village_id and household = new.household;
    insert into transfer select new.village_id, new.id, 1, new.household, 2, 3, new.points, points
        from balance where village_id = new.village_id and household = new.household;
    update stock set on_hand = on_hand - 1 where village_id = new.village_id and sku in (1, 2, 3);
    insert into redemption_line select new.village_id, new.id, sku, sku, 1, price
        from stock where village_id = new.village_id and sku in (1, 2, 3);
end;
";

const AWARD: &str = "insert into operation (village_id, seq, id, kind, household, points, payload)
    values ($1, (select seq + 1 from village where id = $1), randomblob(16), 1, $2, 500,
        json_object('rule', 'BENCH', 'household', $2, 'quantity', 1, 'occurred_on', '2026-11-01'))";
const REDEMPTION: &str =
    "insert into operation (village_id, seq, id, kind, household, points, payload)
    values ($1, (select seq + 1 from village where id = $1), randomblob(16), 2, $2, 600,
        json_object('household', $2, 'lines', json('[[\"G1\",1],[\"G2\",1],[\"G3\",1]]')))";

#[derive(Parser)]
struct Arguments {
    /// A new file; it is made here and left behind.
    #[arg(long)]
    file: Option<PathBuf>,
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    #[arg(long, default_value_t = 1000)]
    villages: u32,
    #[arg(long, default_value_t = 100)]
    households: u32,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

async fn load(db: &DatabaseConnection, arguments: &Arguments) -> Result<(), DbErr> {
    db.execute_unprepared("pragma journal_mode = wal").await?;
    db.execute_unprepared("pragma synchronous = full").await?;
    db.execute_unprepared(SCHEMA).await?;
    let fill = "with recursive v(id) as (select 1 union all select id + 1 from v where id < $1)";
    let households = "h(id) as (select 1 union all select id + 1 from h where id < $2)";
    for rows in [
        format!("{fill} insert into village (id) select id from v"),
        format!("{fill}, {households} insert into balance select v.id, h.id, 1000000000 from v, h"),
        format!(
            "{fill}, {households} insert into stock select v.id, h.id, 1000000000, 100 * h.id from v, h where h.id <= 3"
        ),
    ] {
        let values = [arguments.villages.into(), arguments.households.into()];
        let used = if rows.contains("$2") { 2 } else { 1 };
        db.execute_raw(Statement::from_sql_and_values(
            DbBackend::Sqlite,
            rows,
            values.into_iter().take(used),
        ))
        .await?;
    }
    db.execute_unprepared("pragma wal_checkpoint(truncate)")
        .await?;
    Ok(())
}

async fn measure(
    db: &DatabaseConnection,
    arguments: &Arguments,
    name: &str,
    statement: &str,
) -> Result<(), DbErr> {
    let begin = Instant::now();
    let window = Duration::from_secs(arguments.seconds);
    let (mut count, mut state) = (0_u64, 0x9E37_79B9_u32);
    let mut below = |limit: u32| {
        // xorshift32
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        1 + state % limit.max(1)
    };
    while begin.elapsed() < window {
        let values = [
            below(arguments.villages).into(),
            below(arguments.households).into(),
        ];
        db.execute_raw(Statement::from_sql_and_values(
            DbBackend::Sqlite,
            statement,
            values,
        ))
        .await?;
        count += 1;
    }
    let tps = count * 1000 / u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    println!("anchor {name} clients=1 tps={tps}");
    Ok(())
}

async fn run(arguments: &Arguments, file: &std::path::Path) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite:{}?mode=rwc", file.display()));
    options
        .max_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false);
    let db = Database::connect(options).await?;
    load(&db, arguments).await?;
    measure(&db, arguments, "sqlite_award", AWARD).await?;
    measure(&db, arguments, "sqlite_redemption", REDEMPTION).await?;
    db.close().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(file) = &arguments.file else {
        println!("sqlite_anchor is started by benches/run.sh; try sqlite_anchor --help");
        return if arguments.bench {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    };
    match run(&arguments, file).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
