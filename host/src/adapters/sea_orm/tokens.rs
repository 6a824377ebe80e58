use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DatabaseTransaction, EntityTrait, QueryFilter as _,
    sea_query::{Expr, Query},
};

use super::{
    Database,
    columns::{millis, word_list},
    entities::{integration_tokens, integrations},
    integrations::stored_token,
    leases,
    transaction::Abort,
};
use crate::{
    domain::{
        connection::{IntegrationStatus, SealedTokens, StoredToken},
        ids::IntegrationId,
    },
    ports::{Claim, DueToken, Lease, LeaseEnd, StoreError, TokenStore},
};

#[async_trait]
impl TokenStore for Database {
    async fn load(&self, id: IntegrationId) -> Result<Option<StoredToken>, StoreError> {
        let find = || {
            integration_tokens::Entity::find()
                .filter(integration_tokens::Column::IntegrationId.eq(id.0))
                .one(&self.pool)
        };
        let row = self.read(find).await?;
        let read = |row: integration_tokens::Model| {
            stored_token(
                row.access_token_enc,
                row.refresh_token_enc,
                row.expires_at,
                row.token_type,
                row.version,
                row.updated_at,
            )
        };
        row.map(read).transpose()
    }

    async fn store_if(
        &self,
        id: IntegrationId,
        version: i64,
        tokens: &SealedTokens,
        scopes: Option<&[String]>,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>, StoreError> {
        self.write(|tx| async move {
            // The connection first, as everywhere: two that lock the same rows in two orders would
            // wait for each other. Its version is the token's as long as there is a token.
            if !replace(&tx, id, version, tokens, now).await? {
                return Ok(None);
            }
            if let Some(scopes) = scopes {
                let row = integrations::ActiveModel {
                    id: Set(id.0),
                    scopes: Set(word_list(scopes.iter().map(String::as_str))),
                    ..Default::default()
                };
                integrations::Entity::update(row).exec(&*tx).await?;
            }
            Ok(Some(version + 1))
        })
        .await
    }

    async fn lease(
        &self,
        id: IntegrationId,
        version: i64,
        owner: &str,
        length: Duration,
    ) -> Result<Lease, StoreError> {
        leases::take(self, id, version, owner, length).await
    }

    async fn release(
        &self,
        id: IntegrationId,
        owner: &str,
        end: LeaseEnd,
    ) -> Result<bool, StoreError> {
        leases::release(self, id, owner, end).await
    }

    async fn claim(
        &self,
        claim: &Claim<'_>,
        owner: &str,
        length: Duration,
    ) -> Result<Vec<DueToken>, StoreError> {
        leases::claim(self, claim, owner, length).await
    }
}

/// Replaces the token and marks the connection as working; `false` where the version is another.
async fn replace(
    tx: &DatabaseTransaction,
    id: IntegrationId,
    version: i64,
    tokens: &SealedTokens,
    now: DateTime<Utc>,
) -> Result<bool, Abort> {
    use integration_tokens::Column;
    let with_token = Query::select()
        .column(Column::IntegrationId)
        .from(integration_tokens::Entity)
        .and_where(Column::IntegrationId.eq(id.0))
        .and_where(Column::Version.eq(version))
        .to_owned();
    let marked = integrations::Entity::update_many()
        .col_expr(integrations::Column::Status, Expr::value(IntegrationStatus::Active.as_str()))
        .col_expr(integrations::Column::LastError, Expr::value(None::<String>))
        .col_expr(integrations::Column::TokenVersion, Expr::value(version + 1))
        .col_expr(integrations::Column::UpdatedAt, Expr::value(millis(now)))
        .filter(integrations::Column::Id.eq(id.0))
        .filter(integrations::Column::TokenVersion.eq(version))
        .filter(integrations::Column::Id.in_subquery(with_token))
        .exec(tx)
        .await?;
    if marked.rows_affected == 0 {
        return Ok(false);
    }
    let mut update = integration_tokens::Entity::update_many()
        .col_expr(Column::AccessTokenEnc, Expr::value(tokens.access_token_enc.clone()))
        .col_expr(Column::ExpiresAt, Expr::value(tokens.expires_at.map(millis)))
        .col_expr(Column::TokenType, Expr::value(tokens.token_type.clone()))
        .col_expr(Column::Version, Expr::value(version + 1))
        .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::RefreshFailures, Expr::value(0))
        .filter(Column::IntegrationId.eq(id.0))
        .filter(Column::Version.eq(version));
    if let Some(refresh_token_enc) = &tokens.refresh_token_enc {
        update = update.col_expr(Column::RefreshTokenEnc, Expr::value(refresh_token_enc.clone()));
    }
    if update.exec(tx).await?.rows_affected == 0 {
        return Err(StoreError::Corrupt("integrations.token_version".into()).into());
    }
    Ok(true)
}
