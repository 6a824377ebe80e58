use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait as _, ExprTrait as _,
    sea_query::{Expr, Query, SelectStatement},
};

use super::{
    Database,
    columns::{millis, provider},
    error::store_error,
};
use crate::{
    domain::ids::{IntegrationId, UserId},
    ports::{PrimaryCalendar, PrimaryCalendarStore, StoreError},
};

const TABLE: &str = "primary_calendars";

#[async_trait]
impl PrimaryCalendarStore for Database {
    async fn primary(&self, user: &UserId) -> Result<Option<PrimaryCalendar>, StoreError> {
        let mut select = Query::select();
        select
            .column((TABLE, "integration_id"))
            .column(("integrations", "provider"))
            .column((TABLE, "calendar_id"))
            .from(TABLE)
            .inner_join(
                "integrations",
                Expr::col(("integrations", "id")).equals((TABLE, "integration_id")),
            )
            .and_where(Expr::col((TABLE, "user_id")).in_subquery(key_of(user)));
        let Some(row) = self.read(|| self.pool.query_one(&select)).await? else {
            return Ok(None);
        };
        let name: String = row.try_get_by_index(1).map_err(store_error)?;
        Ok(Some(PrimaryCalendar {
            integration: IntegrationId(row.try_get_by_index(0).map_err(store_error)?),
            provider: provider("integrations.provider", &name)?,
            calendar_id: row.try_get_by_index(2).map_err(store_error)?,
        }))
    }

    async fn set_primary(
        &self,
        user: &UserId,
        integration: IntegrationId,
        calendar_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let mut owner = Query::select();
            owner
                .column("user_id")
                .from("integrations")
                .and_where(Expr::col("id").eq(integration.0))
                .and_where(Expr::col("user_id").in_subquery(key_of(user)));
            let Some(row) = tx.query_one(&owner).await? else { return Ok(false) };
            let owner: i64 = row.try_get_by_index(0)?;
            let mut known = Query::select();
            known.expr(Expr::val(1)).from(TABLE).and_where(Expr::col("user_id").eq(owner));
            if tx.query_one(&known).await?.is_some() {
                let mut update = Query::update();
                update
                    .table(TABLE)
                    .value("integration_id", integration.0)
                    .value("calendar_id", calendar_id.map(str::to_owned))
                    .value("updated_at", millis(now))
                    .and_where(Expr::col("user_id").eq(owner));
                tx.execute(&update).await?;
                return Ok(true);
            }
            let mut insert = Query::insert();
            insert
                .into_table(TABLE)
                .columns(["user_id", "integration_id", "calendar_id", "updated_at"])
                .values_panic([
                    owner.into(),
                    integration.0.into(),
                    calendar_id.map(str::to_owned).into(),
                    millis(now).into(),
                ]);
            tx.execute(&insert).await?;
            Ok(true)
        })
        .await
    }

    async fn clear_primary(&self, user: &UserId) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let mut delete = Query::delete();
            delete.from_table(TABLE).and_where(Expr::col("user_id").in_subquery(key_of(user)));
            Ok(tx.execute(&delete).await?.rows_affected() > 0)
        })
        .await
    }
}

fn key_of(user: &UserId) -> SelectStatement {
    let mut select = Query::select();
    select.column("id").from("users").and_where(Expr::col("external_id").eq(user.as_str()));
    select
}
