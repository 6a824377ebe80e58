use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait, QueryFilter as _, sea_query::Expr};

use super::{
    Database,
    columns::{corrupt, millis, moment, word_list, words},
    entities::{
        api_keys::{ActiveModel, Column, Entity, Model},
        sessions,
    },
};
use crate::{
    domain::keys::{ApiKey, Right},
    ports::{ApiKeyStore, StoreError},
};

fn read(row: Model) -> Result<ApiKey, StoreError> {
    let right = |name: &String| Right::from_name(name).ok_or_else(|| corrupt("api_keys.rights"));
    Ok(ApiKey {
        id: row.id,
        name: row.name,
        rights: words("api_keys.rights", &row.rights)?
            .iter()
            .map(right)
            .collect::<Result<_, _>>()?,
        created_at: moment("api_keys.created_at", row.created_at)?,
        revoked_at: row.revoked_at.map(|at| moment("api_keys.revoked_at", at)).transpose()?,
    })
}

#[async_trait]
impl ApiKeyStore for Database {
    async fn create(
        &self,
        name: &str,
        hash: &str,
        rights: &[Right],
        now: DateTime<Utc>,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.write(|tx| async move {
            if Entity::find().filter(Column::Name.eq(name)).one(&*tx).await?.is_some() {
                return Ok(None);
            }
            let row = ActiveModel {
                name: Set(name.to_owned()),
                key_hash: Set(hash.to_owned()),
                rights: Set(word_list(rights.iter().map(|right| right.as_str()))),
                created_at: Set(millis(now)),
                revoked_at: Set(None),
                ..Default::default()
            };
            let id = Entity::insert(row).exec(&*tx).await?.last_insert_id;
            let row = Entity::find_by_id(id).one(&*tx).await?;
            Ok(row.map(read).transpose()?)
        })
        .await
    }

    async fn find(&self, hash: &str) -> Result<Option<ApiKey>, StoreError> {
        let find = || {
            Entity::find()
                .filter(Column::KeyHash.eq(hash))
                .filter(Column::RevokedAt.is_null())
                .one(&self.pool)
        };
        self.read(find).await?.map(read).transpose()
    }

    async fn list(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.read(|| Entity::find().all(&self.pool)).await?;
        let mut keys = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(keys)
    }

    async fn revoke(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let revoked = Entity::update_many()
                .col_expr(Column::RevokedAt, Expr::value(millis(now)))
                .filter(Column::Name.eq(name))
                .filter(Column::RevokedAt.is_null())
                .exec(&*tx)
                .await?;
            if revoked.rows_affected == 0 {
                return Ok(false);
            }
            let row = Entity::find().filter(Column::Name.eq(name)).one(&*tx).await?;
            if let Some(row) = row {
                sessions::Entity::delete_many()
                    .filter(sessions::Column::ApiKeyId.eq(row.id))
                    .exec(&*tx)
                    .await?;
            }
            Ok(true)
        })
        .await
    }
}
