//! Public notices, objections, and the numbers given to such things.

use crate::shape::{Shape, column, make_all, run_all};
use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Shape] = &[
    Shape {
        name: "counter",
        key: "village_id:i kind:i",
        rest: "last:i",
        hot: false,
    },
    Shape {
        name: "notice",
        key: "village_id:i no:i",
        rest: "id:u state:i days:i lines:i points:i taken:i composer:u composed:i confirmer:u? opens:i? closes:i? reason:b? proof:b? changed_by:i",
        hot: false,
    },
    Shape {
        name: "objection",
        key: "village_id:i no:i",
        rest: "id:u notice:i award_seq:i? award_line:i household:i? channel:i reason:i words:b? photo:b? raised:i due:i keyed_by:u state:i decider:u? decided:i? answer:b? changed_by:i",
        hot: false,
    },
];

/// Table and column, with the value that rows have which were there before.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("award", "notice:i?", ""),
    ("award", "objections:i", " default 0"),
    ("award", "review_by:i?", ""),
    ("policy", "answer_days:i", " default 5"),
];

const INDEXES: &[&str] = &[
    "create index award_by_notice on award (notice, village_id) where notice is not null",
    "create unique index notice_by_id on notice (id)",
    "create unique index objection_by_id on objection (id)",
    "create index objection_by_award on objection (award_seq, village_id, award_line) where award_seq is not null",
    "create index objection_by_household on objection (household, village_id) where household is not null",
    "create index objection_open on objection (state, village_id, due) where state = 1",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_all(TABLES, manager).await?;
        let backend = manager.get_database_backend();
        for (table, spec, value) in COLUMNS {
            let column = column(spec, backend);
            let sql = ["alter table ", table, " add column ", &column, value].concat();
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        run_all(INDEXES, manager).await
    }
}
