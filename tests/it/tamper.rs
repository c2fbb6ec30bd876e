//! A single changed, added or deleted row anywhere in the evidence is found, on both databases.

use crate::world::{Kind, PIN, World, text, today, village};
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use std::path::PathBuf;

const TAMPERINGS: &[&str] = &[
    "update operation set payload = substr(payload, 2) where village_id = 3 and seq = 5",
    "update operation set at = at + 1 where village_id = 3 and seq = 5",
    "update operation set answer = substr(answer, 2) where village_id = 3 and seq = 2",
    "update operation set actor = id where village_id = 3 and seq = 6",
    "update operation set salt = substr(salt, 2) where village_id = 3 and seq = 6",
    "update operation set leaf = salt where village_id = 3 and seq = 6",
    "delete from operation where village_id = 3 and seq = 4",
    "insert into operation (village_id, seq, id, kind, actor, role, at, payload, answer, salt, leaf) \
     select o.village_id, o.seq + 100, u.id, o.kind, o.actor, o.role, o.at, o.payload, o.answer, o.salt, o.leaf \
     from operation o join unit u on u.no = 3 where o.village_id = 3 and o.seq = 5",
    "update transfer set points = points + 1 where village_id = 3 and household = 1 and line = 0",
    "update transfer set balance_after = balance_after + 1 where village_id = 3 and household = 1",
    "update transfer set household_seq = household_seq + 50 where village_id = 3 and household = 1",
    "delete from transfer where village_id = 3 and household = 1",
    "insert into transfer select village_id, seq, line + 7, household, household_seq + 90, from_holder, from_account, \
     to_holder, to_account, lot, points, balance_after, purpose, award_line, about from transfer \
     where village_id = 3 and household = 1 limit 1",
    "update balance set points = points + 100 where village_id = 3 and holder = 1",
    "insert into balance values (3, 2, 4, 2932896, 500, 1)",
    "delete from balance where village_id = 3 and holder = 1",
    "update stock set on_hand = on_hand + 1 where village_id = 3",
    "delete from stock where village_id = 3",
    "insert into stock select village_id, station, good + 50, on_hand, received, returned, redeemed, wasted \
     from stock where village_id = 3 limit 1",
    "update stock_move set quantity = quantity + 1 where village_id = 3",
    "update use_count set used = 0 where village_id = 3",
    "delete from use_count where village_id = 3",
    "insert into use_count select village_id, kind, no, holder + 50, period, used, rule from use_count \
     where village_id = 3 limit 1",
    "update award set points = points + 1 where village_id = 3",
    "delete from award where village_id = 3",
    "insert into award select village_id, seq, line + 9, rule, rule_version, kind, household, group_no, member, \
     quantity, points, occurred, state, recorder, note, reviewer, reason, changed_by, lot, notice_until, unpaid, notice, objections, review_by \
     from award where village_id = 3 limit 1",
    "update award set rule_version = rule_version + 1 where village_id = 3",
    "update household set arrears = arrears + 1 where village_id = 3 and no = 1",
    "update rule set points = points * 2 where village_id = 3",
    "update redemption set points = 1 where village_id = 3",
    "update redemption_line set quantity = quantity + 1 where village_id = 3",
    "delete from redemption_lot where village_id = 3",
    "update head set fund = fund + 1 where unit = 3",
    "update head set frontier = substr(frontier, 2) where unit = 3",
    "update words set body = '张三' where village_id = 3 and body = '赖涛'",
    "update grant_of set role = 4 where village_id = 1 and role = 5",
    "update staff set username = 'other' where username = 'clerk'",
    "insert into card (village_id, household, version, token, active, issued) \
     select village_id, household, version + 9, substr(token, 2), 1, issued from card where village_id = 3 limit 1",
];

const TABLES: &[&str] = &[
    "operation",
    "transfer",
    "balance",
    "stock",
    "stock_move",
    "use_count",
    "award",
    "household",
    "rule",
    "redemption",
    "redemption_line",
    "redemption_lot",
    "head",
    "words",
    "grant_of",
    "staff",
    "card",
];

/// A database as it was before somebody tampered.
struct Kept<'a> {
    world: &'a World,
    file: Option<PathBuf>,
}

impl Kept<'_> {
    async fn new(world: &World) -> Kept<'_> {
        let file = world.url.strip_prefix("sqlite:").map(PathBuf::from);
        let kept = Kept { world, file };
        match &kept.file {
            Some(file) => {
                kept.sql("pragma wal_checkpoint(truncate)").await;
                std::fs::copy(file, file.with_extension("kept")).unwrap();
            }
            None => {
                let schema = kept.schema();
                let copy = |table: &&str| {
                    format!("create table {schema}_kept.{table} as select * from {table}")
                };
                let copies: Vec<String> = TABLES.iter().map(copy).collect();
                let sql = format!("create schema {schema}_kept; {}", copies.join("; "));
                kept.sql(&sql).await;
            }
        }
        kept
    }

    fn schema(&self) -> &str {
        self.world.url.split("search_path=").nth(1).unwrap()
    }

    /// Runs SQL by hand, as somebody who tampers would.
    async fn sql(&self, sql: &str) -> u64 {
        let Some(file) = &self.file else {
            self.world.sql(sql);
            return 0;
        };
        let db = Database::connect(format!("sqlite://{}?mode=rw", file.display())).await;
        let db = db.unwrap();
        let done = db.execute_unprepared(sql).await;
        let done = done.unwrap_or_else(|fault| panic!("{sql}: {fault}"));
        db.close().await.unwrap();
        done.rows_affected()
    }

    async fn put_back(&self) {
        match &self.file {
            Some(file) => {
                for end in ["-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", file.display()));
                }
                std::fs::copy(file.with_extension("kept"), file).unwrap();
            }
            None => {
                let schema = self.schema();
                let back = |table: &&str| {
                    format!(
                        "delete from {table}; insert into {table} select * from {schema}_kept.{table}"
                    )
                };
                let back: Vec<String> = TABLES.iter().map(back).collect();
                self.sql(&back.join("; ")).await;
            }
        }
    }
}

async fn each_is_found(kind: Kind) {
    let (world, server, v) = village(kind).await;
    let day = today(&v).await;
    for rule in ["CLEAN", "CAP"] {
        let award = json!({"rule": rule, "household": "H1", "quantity": 2, "occurred_on": day});
        v.recorder.post("/villages/V/awards", award).await.is(201);
    }
    let cart = json!({"card": v.card, "pin": PIN, "lines": [{"sku": "SOAP", "quantity": 1}]});
    v.clerk
        .post("/villages/V/stations/S1/redemptions", cart)
        .await
        .is(201);
    drop(server);
    world.verify();
    let kept = Kept::new(&world).await;
    for tampering in TAMPERINGS {
        let rows = kept.sql(tampering).await;
        assert!(kind == Kind::Postgres || rows > 0, "nothing: {tampering}");
        let output = world.run(&["verify"]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{tampering}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        kept.put_back().await;
    }
    world.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_each_on_postgres() {
    each_is_found(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_each_on_sqlite() {
    each_is_found(Kind::Sqlite).await;
}
