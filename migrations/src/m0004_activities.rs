//! Activities and who came to them.

use crate::shape::{Shape, make_all, run_all};
use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Shape] = &[
    Shape {
        name: "activity",
        key: "village_id:i no:i",
        rest: "id:u title:b kind:i rule:i scope:i day:i opens:i closes:i place:b? hours:i? state:i signed:i planner:u ended:i? photo_before:b? photo_after:b? sent:i? reason:b? changed_by:i",
        hot: true,
    },
    Shape {
        name: "attendance",
        key: "village_id:i activity:i household:i person:i",
        rest: "member:i? how:i signed_in:i signed_out:i? hours:i? keyed_by:u state:i reason:b? kept_for:i? line:i? changed_by:i",
        hot: false,
    },
];

const INDEXES: &[&str] = &[
    "create unique index activity_by_id on activity (id)",
    "create index activity_by_day on activity (village_id, day)",
    "create index activity_by_sent on activity (sent, village_id) where sent is not null",
    "create index attendance_by_household on attendance (household, village_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_all(TABLES, manager).await?;
        run_all(INDEXES, manager).await
    }
}
