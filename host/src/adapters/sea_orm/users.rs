use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, QueryFilter as _,
};

use super::{columns::millis, entities::users};
use crate::domain::ids::{UserId, UserKey};

pub(super) async fn find_user(
    db: &impl ConnectionTrait,
    user: &UserId,
) -> Result<Option<UserKey>, DbErr> {
    let row =
        users::Entity::find().filter(users::Column::ExternalId.eq(user.as_str())).one(db).await?;
    Ok(row.map(|row| UserKey(row.id)))
}

/// Makes the user where missing. Where another transaction does so at the same moment this one
/// breaks the constraint, and finds the user when it runs again.
pub(super) async fn ensure_user(
    tx: &impl ConnectionTrait,
    user: &UserId,
    now: DateTime<Utc>,
) -> Result<UserKey, DbErr> {
    if let Some(key) = find_user(tx, user).await? {
        return Ok(key);
    }
    let row = users::ActiveModel {
        external_id: Set(user.as_str().to_owned()),
        created_at: Set(millis(now)),
        ..Default::default()
    };
    let inserted = users::Entity::insert(row).exec(tx).await?;
    Ok(UserKey(inserted.last_insert_id))
}
