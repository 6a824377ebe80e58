use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_event_links")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub user_id: i64,
    pub integration_id: i64,
    pub internal_entity_type: String,
    pub internal_entity_id: String,
    pub external_event_id: String,
    pub external_calendar_id: String,
    pub state: String,
    pub generation: i32,
    pub created_at: i64,
    pub updated_at: i64,
    #[sea_orm(belongs_to, from = "integration_id", to = "id")]
    pub integration: BelongsTo<super::integrations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
