use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_revocations")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub provider: String,
    pub token_enc: String,
    pub attempts: i32,
    pub next_attempt_at: i64,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
