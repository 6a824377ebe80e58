use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    ExprTrait as _, QueryFilter as _, QueryResult, Statement,
    sea_query::{Expr, Query},
};

use super::{
    Database,
    columns::{corrupt, millis, moment, object, object_text, provider, word_list, words},
    entities::{integration_tokens, integrations, oauth_states, users},
    revocations,
    transaction::Abort,
    users::ensure_user,
};
use crate::{
    domain::{
        connection::{Connection, Integration, IntegrationStatus, SealedTokens, StoredToken},
        ids::{IntegrationId, ProviderId, UserId, UserKey},
    },
    ports::{IntegrationRepository, NewConnection, PendingRevocation, StoreError},
};

/// What every request for a token or a status asks: written once, so that it is neither built nor
/// prepared again.
pub(super) fn connection_sql(backend: DbBackend) -> String {
    let (user, provider) = match backend {
        DbBackend::Postgres => ("$1", "$2"),
        _ => ("?", "?"),
    };
    format!(
        "SELECT i.id, i.user_id, i.provider, i.status, i.scopes, i.meta_json, i.last_error, \
         i.created_at, i.updated_at, t.version, t.access_token_enc, t.refresh_token_enc, \
         t.expires_at, t.token_type, t.updated_at \
         FROM users u \
         JOIN integrations i ON i.user_id = u.id \
         LEFT JOIN integration_tokens t ON t.integration_id = i.id \
         WHERE u.external_id = {user} AND i.provider = {provider}"
    )
}

fn read_connection(row: &QueryResult) -> Result<Connection, Abort> {
    let integration = integrations::Model {
        id: row.try_get_by_index(0)?,
        user_id: row.try_get_by_index(1)?,
        provider: row.try_get_by_index(2)?,
        status: row.try_get_by_index(3)?,
        scopes: row.try_get_by_index(4)?,
        meta_json: row.try_get_by_index(5)?,
        last_error: row.try_get_by_index(6)?,
        token_version: 0,
        created_at: row.try_get_by_index(7)?,
        updated_at: row.try_get_by_index(8)?,
    };
    let token = match row.try_get_by_index::<Option<i64>>(9)? {
        None => None,
        Some(version) => Some(stored_token(
            row.try_get_by_index(10)?,
            row.try_get_by_index(11)?,
            row.try_get_by_index(12)?,
            row.try_get_by_index(13)?,
            version,
            row.try_get_by_index(14)?,
        )?),
    };
    Ok(Connection { integration: read_integration(integration)?, token })
}

pub(super) fn stored_token(
    access_token_enc: String,
    refresh_token_enc: Option<String>,
    expires_at: Option<i64>,
    token_type: String,
    version: i64,
    issued_at: i64,
) -> Result<StoredToken, StoreError> {
    let expires_at =
        expires_at.map(|at| moment("integration_tokens.expires_at", at)).transpose()?;
    let issued_at = moment("integration_tokens.updated_at", issued_at)?;
    Ok(StoredToken {
        access_token_enc,
        refresh_token_enc,
        issued_at,
        expires_at,
        token_type,
        version,
    })
}

fn read_integration(row: integrations::Model) -> Result<Integration, StoreError> {
    let status = IntegrationStatus::from_name(&row.status);
    Ok(Integration {
        id: IntegrationId(row.id),
        user: UserKey(row.user_id),
        provider: provider("integrations.provider", &row.provider)?,
        status: status.ok_or_else(|| corrupt("integrations.status"))?,
        scopes: words("integrations.scopes", &row.scopes)?,
        meta: object("integrations.meta_json", &row.meta_json)?,
        last_error: row.last_error,
        created_at: moment("integrations.created_at", row.created_at)?,
        updated_at: moment("integrations.updated_at", row.updated_at)?,
    })
}

#[async_trait]
impl IntegrationRepository for Database {
    async fn connection(
        &self,
        user: &UserId,
        provider: &ProviderId,
    ) -> Result<Option<Connection>, StoreError> {
        let statement = Statement::from_sql_and_values(
            self.backend(),
            &*self.connection_sql,
            [user.as_str().into(), provider.as_str().into()],
        );
        let row = self.read(|| self.pool.query_one_raw(statement.clone())).await?;
        row.as_ref().map(read_connection).transpose().map_err(StoreError::from)
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Integration>, StoreError> {
        let of_user = Query::select()
            .column(users::Column::Id)
            .from(users::Entity)
            .and_where(users::Column::ExternalId.eq(user.as_str()))
            .to_owned();
        let find = || {
            integrations::Entity::find()
                .filter(integrations::Column::UserId.in_subquery(of_user.clone()))
                .all(&self.pool)
        };
        let rows = self.read(find).await?;
        let mut list = rows.into_iter().map(read_integration).collect::<Result<Vec<_>, _>>()?;
        // Not by the database: each sorts an underscore by its own rules.
        list.sort_by(|one, other| one.provider.cmp(&other.provider));
        Ok(list)
    }

    async fn connect(
        &self,
        user: &UserId,
        provider: &ProviderId,
        new: &NewConnection,
        now: DateTime<Utc>,
    ) -> Result<Integration, StoreError> {
        self.write(|tx| async move {
            let user = ensure_user(&*tx, user, now).await?;
            let row = renew(&tx, user, provider, new, now).await?;
            put_token(&tx, row.id, row.token_version, &new.tokens, now).await?;
            Ok(read_integration(row)?)
        })
        .await
    }

    async fn set_status(
        &self,
        id: IntegrationId,
        status: IntegrationStatus,
        last_error: Option<&str>,
        guard: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        use integrations::Column;
        self.write(|tx| async move {
            let mut update = integrations::Entity::update_many()
                .col_expr(Column::Status, Expr::value(status.as_str()))
                .col_expr(Column::LastError, Expr::value(last_error.map(str::to_owned)))
                .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
                .filter(Column::Id.eq(id.0));
            if let Some(version) = guard {
                update = update.filter(Column::TokenVersion.eq(version));
            }
            Ok(update.exec(&*tx).await?.rows_affected > 0)
        })
        .await
    }

    async fn disconnect(
        &self,
        id: IntegrationId,
        revoke: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRevocation>, StoreError> {
        use integrations::Column;
        self.write(|tx| async move {
            // A version of its own, so that whatever holds the old one is refused.
            let ended = integrations::Entity::update_many()
                .col_expr(Column::Status, Expr::value(IntegrationStatus::Revoked.as_str()))
                .col_expr(Column::LastError, Expr::value(None::<String>))
                .col_expr(Column::TokenVersion, Expr::col(Column::TokenVersion).add(1))
                .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
                .filter(Column::Id.eq(id.0))
                .filter(Column::Status.ne(IntegrationStatus::Revoked.as_str()))
                .exec(&*tx)
                .await?;
            let deleted = integration_tokens::Entity::delete_many()
                .filter(integration_tokens::Column::IntegrationId.eq(id.0))
                .exec(&*tx)
                .await?;
            let Some(token_enc) =
                revoke.filter(|_| ended.rows_affected + deleted.rows_affected > 0)
            else {
                return Ok(None);
            };
            let row = integrations::Entity::find_by_id(id.0).one(&*tx).await?;
            let Some(row) = row else { return Ok(None) };
            let provider = provider("integrations.provider", &row.provider)?;
            Ok(Some(revocations::queue(&*tx, provider, token_enc, now).await?))
        })
        .await
    }

    async fn erase_user(&self, user: &UserId) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let attempts = oauth_states::Entity::delete_many()
                .filter(oauth_states::Column::UserExternalId.eq(user.as_str()))
                .exec(&*tx)
                .await?;
            // All else refers to the user and ends with the row.
            let erased = users::Entity::delete_many()
                .filter(users::Column::ExternalId.eq(user.as_str()))
                .exec(&*tx)
                .await?;
            Ok(erased.rows_affected + attempts.rows_affected > 0)
        })
        .await
    }
}

/// Makes the row or brings it up to date, with the version that its token is to have.
async fn renew(
    tx: &DatabaseTransaction,
    user: UserKey,
    provider: &ProviderId,
    new: &NewConnection,
    now: DateTime<Utc>,
) -> Result<integrations::Model, Abort> {
    use integrations::Column;
    let scopes = word_list(new.scopes.iter().map(String::as_str));
    let meta_json = object_text(&new.meta);
    let mine = Column::UserId.eq(user.0).and(Column::Provider.eq(provider.as_str()));
    if let Some(old) = integrations::Entity::find().filter(mine.clone()).one(tx).await?
        && is_another_account(&old.meta_json, new)
    {
        let mut forget = Query::delete();
        forget.from_table("crm_links").and_where(Expr::col("integration_id").eq(old.id));
        tx.execute(&forget).await?;
    }
    let updated = integrations::Entity::update_many()
        .col_expr(Column::Status, Expr::value(IntegrationStatus::Active.as_str()))
        .col_expr(Column::Scopes, Expr::value(scopes.clone()))
        .col_expr(Column::MetaJson, Expr::value(meta_json.clone()))
        .col_expr(Column::LastError, Expr::value(None::<String>))
        .col_expr(Column::TokenVersion, Expr::col(Column::TokenVersion).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
        .filter(mine.clone())
        .exec(tx)
        .await?;
    if updated.rows_affected == 0 {
        let row = integrations::ActiveModel {
            user_id: Set(user.0),
            provider: Set(provider.as_str().to_owned()),
            status: Set(IntegrationStatus::Active.as_str().to_owned()),
            scopes: Set(scopes),
            meta_json: Set(meta_json),
            last_error: Set(None),
            token_version: Set(1),
            created_at: Set(millis(now)),
            updated_at: Set(millis(now)),
            ..Default::default()
        };
        integrations::Entity::insert(row).exec(tx).await?;
    }
    let row = integrations::Entity::find().filter(mine).one(tx).await?;
    Ok(row.ok_or(DbErr::RecordNotInserted)?)
}

/// Whether a field that tells accounts apart was known, and is another now.
fn is_another_account(old_meta: &str, new: &NewConnection) -> bool {
    let Ok(old) = object("integrations.meta_json", old_meta) else { return false };
    new.identity.iter().any(|field| match (old.get(field), new.meta.get(field)) {
        (Some(old), Some(new)) => old != new,
        _ => false,
    })
}

/// Puts a token in the place of whatever was there.
async fn put_token(
    tx: &DatabaseTransaction,
    integration: i64,
    version: i64,
    tokens: &SealedTokens,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    integration_tokens::Entity::delete_many()
        .filter(integration_tokens::Column::IntegrationId.eq(integration))
        .exec(tx)
        .await?;
    let row = integration_tokens::ActiveModel {
        integration_id: Set(integration),
        access_token_enc: Set(tokens.access_token_enc.clone()),
        refresh_token_enc: Set(tokens.refresh_token_enc.clone()),
        expires_at: Set(tokens.expires_at.map(millis)),
        token_type: Set(tokens.token_type.clone()),
        version: Set(version),
        created_at: Set(millis(now)),
        updated_at: Set(millis(now)),
        ..Default::default()
    };
    integration_tokens::Entity::insert(row).exec(tx).await.map(|_| ())
}
