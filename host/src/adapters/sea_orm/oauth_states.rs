use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait, QueryFilter as _, QuerySelect as _,
    sea_query::Expr,
};

use super::{
    Database,
    columns::{millis, moment, provider, user, word_list, words},
    entities::oauth_states::{ActiveModel, Column, Entity, Model},
};
use crate::{
    domain::oauth::OAuthAttempt,
    ports::{OAuthStateStore, StoreError},
};

fn read(row: Model) -> Result<OAuthAttempt, StoreError> {
    Ok(OAuthAttempt {
        user: user("oauth_states.user_external_id", row.user_external_id)?,
        provider: provider("oauth_states.provider", &row.provider)?,
        browser_hash: row.browser_hash,
        verifier_enc: row.verifier_enc,
        redirect_uri: row.redirect_uri,
        scopes: words("oauth_states.scopes", &row.scopes)?,
        return_to: row.return_to,
        opener_origin: row.opener_origin,
        expires_at: moment("oauth_states.expires_at", row.expires_at)?,
    })
}

#[async_trait]
impl OAuthStateStore for Database {
    async fn put(&self, hash: &str, attempt: &OAuthAttempt) -> Result<(), StoreError> {
        self.write(|tx| async move {
            let row = ActiveModel {
                state_hash: Set(hash.to_owned()),
                user_external_id: Set(attempt.user.as_str().to_owned()),
                provider: Set(attempt.provider.as_str().to_owned()),
                browser_hash: Set(attempt.browser_hash.clone()),
                verifier_enc: Set(attempt.verifier_enc.clone()),
                redirect_uri: Set(attempt.redirect_uri.clone()),
                scopes: Set(word_list(attempt.scopes.iter().map(String::as_str))),
                return_to: Set(attempt.return_to.clone()),
                opener_origin: Set(attempt.opener_origin.clone()),
                expires_at: Set(millis(attempt.expires_at)),
            };
            Entity::insert(row).exec_without_returning(&*tx).await?;
            Ok(())
        })
        .await
    }

    async fn bind_browser(
        &self,
        hash: &str,
        browser_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<OAuthAttempt>, StoreError> {
        self.write(|tx| async move {
            let bound = Entity::update_many()
                .col_expr(Column::BrowserHash, Expr::value(browser_hash))
                .filter(Column::StateHash.eq(hash))
                .filter(Column::ExpiresAt.gt(millis(now)))
                .exec(&*tx)
                .await?;
            if bound.rows_affected == 0 {
                return Ok(None);
            }
            let row = Entity::find_by_id(hash).one(&*tx).await?;
            Ok(row.map(read).transpose()?)
        })
        .await
    }

    async fn take(
        &self,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<OAuthAttempt>, StoreError> {
        self.write(|tx| async move {
            // Locked, so that what is given is what is deleted.
            let row = Entity::find_by_id(hash).lock_exclusive().one(&*tx).await?;
            let Some(row) = row else { return Ok(None) };
            let deleted = Entity::delete_by_id(hash).exec(&*tx).await?;
            if deleted.rows_affected == 0 || row.expires_at <= millis(now) {
                return Ok(None);
            }
            Ok(Some(read(row)?))
        })
        .await
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.write(|tx| async move {
            let ended = Entity::delete_many().filter(Column::ExpiresAt.lte(millis(now)));
            Ok(ended.exec(&*tx).await?.rows_affected)
        })
        .await
    }
}
