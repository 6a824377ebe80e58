use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link_generations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub integration_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub internal_entity_type: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub internal_entity_id: String,
    pub generation: i32,
}

impl ActiveModelBehavior for ActiveModel {}
