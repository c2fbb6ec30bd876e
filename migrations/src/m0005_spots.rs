//! Applications, and spots that households report and clear.

use crate::shape::{Shape, make_all, run_all};
use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &[Shape] = &[
    Shape {
        name: "application",
        key: "village_id:i no:i",
        rest: "id:u household:i rule:t quantity:i occurred:i member:i? words:b? photos:b applied:i keyed_by:u state:i checker:u? answer:b? award_seq:i? changed_by:i",
        hot: false,
    },
    Shape {
        name: "spot",
        key: "village_id:i no:i",
        rest: "id:u kind:i group_no:i place:b reporter:i reported:i before:b reported_by:u state:i cleaner:i? cleared_by:u? after:b decider:u? answer:b? person:b? due:i? changed_by:i",
        hot: false,
    },
    Shape {
        name: "spot_report",
        key: "village_id:i spot:i household:i",
        rest: "reported:i photos:b seq:i",
        hot: false,
    },
];

const INDEXES: &[&str] = &[
    "create unique index application_by_id on application (id)",
    "create index application_by_household on application (household, village_id)",
    "create index application_waiting on application (village_id, no) where state = 1",
    "create index application_by_award on application (award_seq, village_id) where award_seq is not null",
    "create unique index spot_by_id on spot (id)",
    "create index spot_by_place on spot (group_no, village_id, kind, reported)",
    "create index spot_by_reporter on spot (reporter, village_id)",
    "create index spot_by_cleaner on spot (cleaner, village_id) where cleaner is not null",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_all(TABLES, manager).await?;
        run_all(INDEXES, manager).await
    }
}
