use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "integration_sync_state")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub integration_id: i64,
    pub resource: String,
    pub cursor: Option<String>,
    pub last_synced_at: Option<i64>,
    pub status: String,
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
