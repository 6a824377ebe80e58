use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait, ExprTrait as _, QueryFilter as _,
    sea_query::Expr,
};
use serde_json::{Map, Value};

use super::{
    report::{Outcome, Reason},
    source::Row,
};
use crate::{
    adapters::sea_orm::{
        columns::{millis, object_text, word_list},
        entities::{
            integration_tokens,
            integrations::{self, ActiveModel, Column, Entity, Model},
        },
        transaction::Abort,
        users::ensure_user,
    },
    domain::{
        connection::IntegrationStatus,
        ids::{ProviderId, UserId},
    },
};

/// What people read at a connection whose token could not be taken.
const WITHOUT_TOKEN: &str = "imported without a token that could be read: connect again";

/// A sound row of the source.
pub(super) struct ImportedConnection {
    user: UserId,
    /// As the rows of the source write it.
    pub source_user: String,
    provider: ProviderId,
    pub status: IntegrationStatus,
    scopes: Vec<String>,
    meta: Map<String, Value>,
    created_at: Option<i64>,
    /// `None` where the source does not tell: then what is here is never older.
    updated_at: Option<i64>,
}

/// The connection as it is here, after the row of the source was taken or left.
pub(super) struct Here {
    pub row: Model,
    /// It changed here after it did in the source.
    pub newer: bool,
    pub has_token: bool,
}

impl ImportedConnection {
    pub fn read(row: &Row) -> Result<Self, Reason> {
        let source_user = row.required("user_id")?.to_owned();
        let number: i64 = source_user.parse().map_err(|_| "user_id is no integer".to_owned())?;
        let user = UserId::new(number.to_string()).map_err(|error| error.to_string())?;
        let name = row.required("provider")?;
        let provider = ProviderId::new(name).or_else(|| ProviderId::from_slug(name));
        let status = row.optional("status")?.map(IntegrationStatus::from_name);
        let meta = row.optional("meta_json")?.unwrap_or("{}");
        Ok(Self {
            user,
            source_user,
            provider: provider.ok_or("provider is no name of a provider")?,
            status: status.unwrap_or(Some(IntegrationStatus::Active)).ok_or("status is unknown")?,
            scopes: row.words("scopes")?,
            meta: serde_json::from_str::<Option<Map<String, Value>>>(meta)
                .map_err(|_| "meta_json is no JSON object")?
                .unwrap_or_default(),
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
        })
    }
}

/// Takes the connection, unless it is here and not older.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    from: &ImportedConnection,
    now: DateTime<Utc>,
) -> Result<(Here, Outcome), Abort> {
    let user = ensure_user(tx, &from.user, now).await?;
    let mine = Column::UserId.eq(user.0).and(Column::Provider.eq(from.provider.as_str()));
    let created_at = from.created_at.or(from.updated_at).unwrap_or(millis(now));
    let taken = ActiveModel {
        id: NotSet,
        user_id: Set(user.0),
        provider: Set(from.provider.as_str().to_owned()),
        status: Set(from.status.as_str().to_owned()),
        scopes: Set(word_list(from.scopes.iter().map(String::as_str))),
        meta_json: Set(object_text(&from.meta)),
        last_error: Set(None),
        token_version: NotSet,
        created_at: Set(created_at),
        updated_at: Set(from.updated_at.unwrap_or(created_at)),
    };
    let outcome = match Entity::find().filter(mine.clone()).one(tx).await? {
        None => {
            Entity::insert(ActiveModel { token_version: Set(0), ..taken }).exec(tx).await?;
            Outcome::Taken
        }
        Some(here) => match from.updated_at {
            Some(there) if there > here.updated_at => {
                let renewed = ActiveModel { id: Set(here.id), created_at: NotSet, ..taken };
                Entity::update(renewed).exec(tx).await?;
                Outcome::Taken
            }
            Some(there) if there < here.updated_at => {
                Outcome::Left("the connection here is newer".into())
            }
            _ => Outcome::Left("it is here already".into()),
        },
    };
    let row = Entity::find().filter(mine).one(tx).await?.ok_or(DbErr::RecordNotInserted)?;
    if outcome == Outcome::Taken && from.status == IntegrationStatus::Revoked {
        end_token(tx, row.id).await?;
    }
    let newer = match from.updated_at {
        Some(there) => row.updated_at > there,
        None => {
            row.status == IntegrationStatus::Revoked.as_str()
                && from.status != IntegrationStatus::Revoked
        }
    };
    let has_token = integration_tokens::Entity::find()
        .filter(integration_tokens::Column::IntegrationId.eq(row.id))
        .one(tx)
        .await?
        .is_some();
    Ok((Here { row, newer, has_token }, outcome))
}

/// It was disconnected in the source, so its token is revoked.
async fn end_token(tx: &DatabaseTransaction, id: i64) -> Result<(), DbErr> {
    let deleted = integration_tokens::Entity::delete_many()
        .filter(integration_tokens::Column::IntegrationId.eq(id))
        .exec(tx)
        .await?;
    if deleted.rows_affected > 0 {
        Entity::update_many()
            .col_expr(Column::TokenVersion, Expr::col(Column::TokenVersion).add(1))
            .filter(Column::Id.eq(id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// A connection without a token must not call itself active.
pub(super) async fn ask_for_reconnection(
    tx: &DatabaseTransaction,
    here: &Here,
) -> Result<(), DbErr> {
    if here.has_token || here.row.status != IntegrationStatus::Active.as_str() {
        return Ok(());
    }
    let asking = integrations::ActiveModel {
        id: Set(here.row.id),
        status: Set(IntegrationStatus::NeedsReauth.as_str().to_owned()),
        last_error: Set(Some(WITHOUT_TOKEN.to_owned())),
        ..Default::default()
    };
    Entity::update(asking).exec(tx).await.map(|_| ())
}
