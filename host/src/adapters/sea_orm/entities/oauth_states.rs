use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_states")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    pub user_external_id: String,
    pub provider: String,
    pub browser_hash: Option<String>,
    pub verifier_enc: Option<String>,
    pub redirect_uri: String,
    pub scopes: String,
    pub return_to: Option<String>,
    pub opener_origin: Option<String>,
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
