//! The tables of the village ledger. One file for each step; a released step is never edited.

mod m0001_ledger;
mod m0002_notices;
mod m0004_activities;
mod m0005_spots;
mod m0006_photos;
mod shape;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_ledger::Migration),
            Box::new(m0002_notices::Migration),
            Box::new(m0005_spots::Migration),
            Box::new(m0004_activities::Migration),
            Box::new(m0006_photos::Migration),
        ]
    }
}
