use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter as _,
    sea_query::{Expr, Query},
};

use super::{
    Database,
    columns::{corrupt, millis, moment},
    entities::{
        idempotency_keys::{ActiveModel, Column, Entity, Model},
        users,
    },
    users::ensure_user,
};
use crate::{
    domain::ids::{UserId, UserKey},
    ports::{Begun, CallLimits, IdempotencyStore, RepeatableCall, SealedAnswer, StoreError, Turn},
};

#[async_trait]
impl IdempotencyStore for Database {
    async fn begin(
        &self,
        call: &RepeatableCall,
        limits: CallLimits,
        now: DateTime<Utc>,
    ) -> Result<Begun, StoreError> {
        // As exact as the column, which is compared with it later.
        let now = moment("idempotency_keys.created_at", millis(now))?;
        self.write(|tx| async move {
            let user = ensure_user(&*tx, &call.user, now).await?;
            let key = (user.0, call.endpoint.clone(), call.key.clone());
            let Some(row) = Entity::find_by_id(key).one(&*tx).await? else {
                // Of two at once the later one breaks the key, and finds the row when it runs again.
                Entity::insert(new_row(user, call, limits, now))
                    .exec_without_returning(&*tx)
                    .await?;
                return Ok(Begun::New(Turn(now)));
            };
            let since = moment("idempotency_keys.created_at", row.created_at)?;
            let is_over = row.expires_at <= millis(now);
            if !is_over && row.request_hash != call.request_hash {
                return Ok(Begun::Other);
            }
            if !is_over && let Some(answer) = answer_of(&row)? {
                return Ok(Begun::Answered(answer));
            }
            // One that began in the future began before the clock was put back.
            let died = (now - since).abs() >= limits.longest;
            if (is_over || died) && take_over(&tx, user, &row, call, limits, now).await? {
                return Ok(Begun::New(Turn(now)));
            }
            Ok(Begun::InFlight(if is_over || died { now } else { since }))
        })
        .await
    }

    async fn finish(
        &self,
        call: &RepeatableCall,
        turn: Turn,
        answer: &SealedAnswer,
    ) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let kept = Entity::update_many()
                .col_expr(Column::AnswerStatus, Expr::value(i32::from(answer.status)))
                .col_expr(Column::AnswerHeaders, Expr::value(answer.headers_enc.clone()))
                .col_expr(Column::AnswerBody, Expr::value(answer.body_enc.clone()))
                .filter(in_flight(call, turn))
                .exec(&*tx)
                .await?;
            Ok(kept.rows_affected > 0)
        })
        .await
    }

    async fn forget(&self, call: &RepeatableCall, turn: Turn) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let forgotten = Entity::delete_many().filter(in_flight(call, turn)).exec(&*tx).await?;
            Ok(forgotten.rows_affected > 0)
        })
        .await
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.write(|tx| async move {
            let over = Entity::delete_many().filter(Column::ExpiresAt.lte(millis(now)));
            Ok(over.exec(&*tx).await?.rows_affected)
        })
        .await
    }
}

fn new_row(
    user: UserKey,
    call: &RepeatableCall,
    limits: CallLimits,
    now: DateTime<Utc>,
) -> ActiveModel {
    ActiveModel {
        user_id: Set(user.0),
        endpoint: Set(call.endpoint.clone()),
        idempotency_key: Set(call.key.clone()),
        request_hash: Set(call.request_hash.clone()),
        answer_status: Set(None),
        answer_headers: Set(None),
        answer_body: Set(None),
        created_at: Set(millis(now)),
        expires_at: Set(millis(now + limits.kept)),
    }
}

/// Makes a row that is over, or whose host died, this call's; `false` where another was faster.
async fn take_over(
    tx: &DatabaseTransaction,
    user: UserKey,
    old: &Model,
    call: &RepeatableCall,
    limits: CallLimits,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mine = Condition::all()
        .add(Column::UserId.eq(user.0))
        .add(Column::Endpoint.eq(call.endpoint.as_str()))
        .add(Column::IdempotencyKey.eq(call.key.as_str()))
        .add(Column::CreatedAt.eq(old.created_at));
    let taken = Entity::update_many()
        .set(ActiveModel {
            user_id: sea_orm::ActiveValue::NotSet,
            endpoint: sea_orm::ActiveValue::NotSet,
            idempotency_key: sea_orm::ActiveValue::NotSet,
            ..new_row(user, call, limits, now)
        })
        .filter(mine)
        .exec(tx)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// The row of a call without an answer, as long as it is this turn's.
fn in_flight(call: &RepeatableCall, turn: Turn) -> Condition {
    Condition::all()
        .add(Column::UserId.in_subquery(key_of(&call.user)))
        .add(Column::Endpoint.eq(call.endpoint.as_str()))
        .add(Column::IdempotencyKey.eq(call.key.as_str()))
        .add(Column::CreatedAt.eq(millis(turn.0)))
        .add(Column::AnswerStatus.is_null())
}

fn key_of(user: &UserId) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(users::Column::Id)
        .from(users::Entity)
        .and_where(users::Column::ExternalId.eq(user.as_str()))
        .to_owned()
}

fn answer_of(row: &Model) -> Result<Option<SealedAnswer>, StoreError> {
    let Some(status) = row.answer_status else { return Ok(None) };
    let status = u16::try_from(status).map_err(|_| corrupt("idempotency_keys.answer_status"))?;
    let part = |text: &Option<String>, column| text.clone().ok_or_else(|| corrupt(column));
    Ok(Some(SealedAnswer {
        status,
        headers_enc: part(&row.answer_headers, "idempotency_keys.answer_headers")?,
        body_enc: part(&row.answer_body, "idempotency_keys.answer_body")?,
    }))
}
