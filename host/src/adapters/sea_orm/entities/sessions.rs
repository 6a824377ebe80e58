use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    pub user_id: i64,
    pub api_key_id: i64,
    pub providers: Option<String>,
    pub origins: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
    #[sea_orm(belongs_to, from = "api_key_id", to = "id")]
    pub api_key: BelongsTo<super::api_keys::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
