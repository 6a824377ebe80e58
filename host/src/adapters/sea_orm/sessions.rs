use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait, QueryFilter as _};

use super::{
    Database,
    columns::{corrupt, millis, moment, provider, user, word_list, words},
    entities::{
        api_keys,
        sessions::{ActiveModel, Column, Entity, Model},
        users,
    },
    users::ensure_user,
};
use crate::{
    domain::keys::Session,
    ports::{SessionStore, StoreError},
};

fn read(row: Model, owner: users::Model) -> Result<Session, StoreError> {
    let providers = row.providers.map(|json| {
        let names = words("sessions.providers", &json)?;
        names.iter().map(|name| provider("sessions.providers", name)).collect()
    });
    Ok(Session {
        user: user("users.external_id", owner.external_id)?,
        providers: providers.transpose()?,
        origins: row.origins.map(|json| words("sessions.origins", &json)).transpose()?,
        api_key: row.api_key_id,
        expires_at: moment("sessions.expires_at", row.expires_at)?,
    })
}

#[async_trait]
impl SessionStore for Database {
    async fn put(
        &self,
        hash: &str,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|tx| async move {
            let user = ensure_user(&*tx, &session.user, now).await?;
            let providers = session.providers.as_ref();
            let origins = session.origins.as_ref();
            let row = ActiveModel {
                token_hash: Set(hash.to_owned()),
                user_id: Set(user.0),
                api_key_id: Set(session.api_key),
                providers: Set(providers.map(|list| word_list(list.iter().map(|id| id.as_str())))),
                origins: Set(origins.map(|list| word_list(list.iter().map(String::as_str)))),
                created_at: Set(millis(now)),
                expires_at: Set(millis(session.expires_at)),
            };
            Entity::insert(row).exec_without_returning(&*tx).await?;
            Ok(())
        })
        .await
    }

    async fn find(&self, hash: &str, now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        let find = || {
            Entity::find_by_id(hash)
                .inner_join(api_keys::Entity)
                .find_also_related(users::Entity)
                .filter(Column::ExpiresAt.gt(millis(now)))
                .filter(api_keys::Column::RevokedAt.is_null())
                .one(&self.pool)
        };
        match self.read(find).await? {
            None => Ok(None),
            Some((_, None)) => Err(corrupt("sessions.user_id")),
            Some((row, Some(owner))) => read(row, owner).map(Some),
        }
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.write(|tx| async move {
            let ended = Entity::delete_many().filter(Column::ExpiresAt.lte(millis(now)));
            Ok(ended.exec(&*tx).await?.rows_affected)
        })
        .await
    }
}
