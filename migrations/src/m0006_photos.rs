//! The photos of each village: what is known of them; their octets are kept elsewhere.

use crate::shape::Shape;
use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const PHOTO: Shape = Shape {
    name: "photo",
    key: "village_id:i hash:b",
    rest: "bytes:i thumb_bytes:i width:i height:i staff:u? household:i? at:i",
    hot: false,
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        PHOTO.make(manager).await
    }
}
