use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, ExprTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};

use super::{
    Database,
    columns::{millis, provider},
    entities::pending_revocations::{ActiveModel, Column, Entity, Model},
};
use crate::{
    domain::ids::ProviderId,
    ports::{PendingRevocation, RevocationQueue, StoreError},
};

/// How long nobody else gets what was handed out.
const HANDED_OUT: Duration = Duration::minutes(1);

/// Queues a revocation and hands it out to the caller.
pub(super) async fn queue(
    tx: &impl ConnectionTrait,
    provider: ProviderId,
    token_enc: &str,
    now: DateTime<Utc>,
) -> Result<PendingRevocation, DbErr> {
    let row = ActiveModel {
        provider: Set(provider.as_str().to_owned()),
        token_enc: Set(token_enc.to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(millis(now + HANDED_OUT)),
        created_at: Set(millis(now)),
        ..Default::default()
    };
    let id = Entity::insert(row).exec(tx).await?.last_insert_id;
    Ok(PendingRevocation { id, provider, token_enc: token_enc.to_owned(), attempts: 0 })
}

fn read(row: Model) -> Result<PendingRevocation, StoreError> {
    Ok(PendingRevocation {
        id: row.id,
        provider: provider("pending_revocations.provider", &row.provider)?,
        token_enc: row.token_enc,
        attempts: row.attempts,
    })
}

#[async_trait]
impl RevocationQueue for Database {
    async fn due(
        &self,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<PendingRevocation>, StoreError> {
        self.write(|tx| async move {
            let rows = Entity::find()
                .filter(Column::NextAttemptAt.lte(millis(now)))
                .order_by_asc(Column::NextAttemptAt)
                .order_by_asc(Column::Id)
                .limit(limit)
                .all(&*tx)
                .await?;
            let mut mine = Vec::with_capacity(rows.len());
            for row in rows {
                // Only from the time that was read: another worker may have put it off since.
                let put_off = Entity::update_many()
                    .col_expr(Column::NextAttemptAt, Expr::value(millis(now + HANDED_OUT)))
                    .filter(Column::Id.eq(row.id))
                    .filter(Column::NextAttemptAt.eq(row.next_attempt_at))
                    .exec(&*tx)
                    .await?;
                if put_off.rows_affected > 0 {
                    mine.push(read(row)?);
                }
            }
            Ok(mine)
        })
        .await
    }

    async fn forget(&self, id: i64) -> Result<(), StoreError> {
        self.write(|tx| async move {
            Entity::delete_by_id(id).exec(&*tx).await?;
            Ok(())
        })
        .await
    }

    async fn retry_at(&self, id: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|tx| async move {
            Entity::update_many()
                .col_expr(Column::NextAttemptAt, Expr::value(millis(at)))
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .filter(Column::Id.eq(id))
                .exec(&*tx)
                .await?;
            Ok(())
        })
        .await
    }
}
