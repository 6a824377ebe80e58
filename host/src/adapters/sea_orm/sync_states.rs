use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait, QueryFilter as _, sea_query::Expr};

use super::{
    Database,
    columns::{millis, moment},
    entities::{
        integration_sync_state::{ActiveModel, Column, Entity},
        integrations,
    },
    error::store_error,
};
use crate::{
    domain::ids::IntegrationId,
    ports::{StoreError, SyncState, SyncStateStore},
};

#[async_trait]
impl SyncStateStore for Database {
    async fn load(
        &self,
        integration: IntegrationId,
        resource: &str,
    ) -> Result<Option<SyncState>, StoreError> {
        let row = Entity::find()
            .filter(Column::IntegrationId.eq(integration.0))
            .filter(Column::Resource.eq(resource))
            .one(&self.pool)
            .await
            .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let last_synced_at = row
            .last_synced_at
            .map(|at| moment("integration_sync_state.last_synced_at", at))
            .transpose()?;
        Ok(Some(SyncState {
            cursor: row.cursor,
            last_synced_at,
            status: row.status,
            error: row.error,
        }))
    }

    async fn save(
        &self,
        integration: IntegrationId,
        resource: &str,
        state: &SyncState,
    ) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let last_synced_at = state.last_synced_at.map(millis);
            let updated = Entity::update_many()
                .col_expr(Column::Cursor, Expr::value(state.cursor.clone()))
                .col_expr(Column::LastSyncedAt, Expr::value(last_synced_at))
                .col_expr(Column::Status, Expr::value(state.status.clone()))
                .col_expr(Column::Error, Expr::value(state.error.clone()))
                .filter(Column::IntegrationId.eq(integration.0))
                .filter(Column::Resource.eq(resource))
                .exec(&*tx)
                .await?;
            if updated.rows_affected > 0 {
                return Ok(true);
            }
            if integrations::Entity::find_by_id(integration.0).one(&*tx).await?.is_none() {
                return Ok(false);
            }
            let row = ActiveModel {
                integration_id: Set(integration.0),
                resource: Set(resource.to_owned()),
                cursor: Set(state.cursor.clone()),
                last_synced_at: Set(last_synced_at),
                status: Set(state.status.clone()),
                error: Set(state.error.clone()),
                ..Default::default()
            };
            Entity::insert(row).exec(&*tx).await?;
            Ok(true)
        })
        .await
    }
}
