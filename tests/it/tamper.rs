//! A single changed, added or deleted row anywhere in the evidence is found.

use crate::world::{Kind, PIN, text, today, village};
use serde_json::json;

const TAMPERINGS: &[&str] = &[
    "update operation set payload = payload || '\\x00'::bytea where village_id = 3 and seq = 5",
    "update operation set at = at + 1 where village_id = 3 and seq = 5",
    "update operation set answer = answer || '\\x00'::bytea where village_id = 3 and seq = 2",
    "update operation set actor = '00000000-0000-0000-0000-000000000009' where village_id = 3 and seq = 6",
    "delete from operation where village_id = 3 and seq = 4",
    "update transfer set points = points + 1 where village_id = 3 and household = 1",
    "delete from transfer where village_id = 3 and household = 1",
    "insert into transfer select village_id, seq, line + 7, household, household_seq + 90, from_holder, from_account, to_holder, to_account, lot, points, balance_after, purpose, award_line, about from transfer where village_id = 3 and household = 1 limit 1",
    "update balance set points = points + 100 where village_id = 3 and holder = 1",
    "insert into balance values (3, 2, 4, 2932896, 500, 1)",
    "delete from balance where village_id = 3 and holder = 1",
    "update stock set on_hand = on_hand + 1 where village_id = 3",
    "delete from stock where village_id = 3",
    "update use_count set used = 0 where village_id = 3",
    "delete from use_count where village_id = 3",
    "update award set points = points + 1 where village_id = 3",
    "delete from award where village_id = 3",
    "update award set rule_version = rule_version + 1 where village_id = 3",
    "update household set arrears = arrears + 1 where village_id = 3 and no = 1",
    "update rule set points = points * 2 where village_id = 3",
    "update redemption set points = 1 where village_id = 3",
    "update head set fund = fund + 1 where unit = 3",
    "update head set frontier = frontier || '\\x00'::bytea where unit = 3",
    "update words set body = '张三' where village_id = 3 and body = '赖涛'",
    "update grant_of set role = 4 where village_id = 1 and role = 5",
    "update staff set username = 'other' where username = 'clerk'",
    "insert into card values (3, 2, 9, '\\x01', 1, 1)",
];

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_each() {
    let (world, server, v) = village(Kind::Postgres).await;
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
    let schema = world.url.split("search_path=").nth(1).unwrap().to_string();
    for tampering in TAMPERINGS {
        // Each one on a copy of every table, put back afterwards.
        world.sql(&format!("create schema {schema}_kept"));
        for table in TABLES {
            world.sql(&format!(
                "create table {schema}_kept.{table} as select * from {table}"
            ));
        }
        world.sql(tampering);
        let output = world.run(&["verify"]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{tampering}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        for table in TABLES {
            world.sql(&format!(
                "delete from {table}; insert into {table} select * from {schema}_kept.{table}"
            ));
        }
        world.sql(&format!("drop schema {schema}_kept cascade"));
    }
    world.verify();
}

const TABLES: &[&str] = &[
    "operation",
    "transfer",
    "balance",
    "stock",
    "use_count",
    "award",
    "household",
    "rule",
    "redemption",
    "head",
    "words",
    "grant_of",
    "staff",
    "card",
];
