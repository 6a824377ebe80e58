//! What the hub is compared with: handlers that do as little as an axum application can.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use fernet::Fernet;
use sea_orm::{
    ColumnTrait as _, ConnectOptions, Database, DatabaseConnection, EntityTrait as _, JoinType,
    QueryFilter as _, QuerySelect as _, RelationTrait as _,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use serde::Serialize;

use crate::Outcome;

/// The shape of `GET /token`'s answer.
#[derive(Debug, Clone, Serialize)]
pub struct Token {
    /// As long as the real one.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// RFC 3339.
    pub expires_at: String,
    /// As many as were granted.
    pub scopes: Vec<String>,
}

/// (a): answers with the same token again and again.
pub fn bare(token: Token) -> Router {
    let handler = |State(token): State<Arc<Token>>| async move { Json((*token).clone()) };
    Router::new().route("/token", get(handler)).with_state(Arc::new(token))
}

#[derive(Clone)]
struct Joined {
    pool: DatabaseConnection,
    fernet: Arc<Fernet>,
    user: Arc<str>,
}

/// (b): one joined row through sea-orm, one Fernet decryption; no callers, keys, logs or metrics.
///
/// # Errors
/// Where the database cannot be opened, or the key is none.
pub async fn joined(file: &Path, fernet_key: &str, user: &str) -> Outcome<Router> {
    let state = Joined {
        pool: pool(file).await?,
        fernet: Arc::new(Fernet::new(fernet_key).ok_or("not a Fernet key")?),
        user: user.into(),
    };
    Ok(Router::new().route("/token", get(read)).with_state(state))
}

/// The hub's own settings, so that the pools are alike.
async fn pool(file: &Path) -> Outcome<DatabaseConnection> {
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
    options.max_connections(16).acquire_timeout(Duration::from_secs(5));
    options.test_before_acquire(false).sqlx_logging(false).record_stmt_in_spans(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
    });
    Ok(Database::connect(options).await?)
}

async fn read(State(state): State<Joined>) -> Result<Json<Token>, StatusCode> {
    row(&state).await.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn row(state: &Joined) -> Outcome<Token> {
    let found = integration::Entity::find()
        .join(JoinType::InnerJoin, integration::Relation::User.def())
        .filter(user::Column::ExternalId.eq(&*state.user))
        .filter(integration::Column::Provider.eq("google_calendar"))
        .find_also_related(token::Entity)
        .one(&state.pool)
        .await?;
    let Some((integration, Some(token))) = found else { return Err("no row".into()) };
    let expires_at = token.expires_at.map(|at| at.to_string()).unwrap_or_default();
    Ok(Token {
        access_token: String::from_utf8(state.fernet.decrypt(&token.access_token_enc)?)?,
        token_type: token.token_type,
        expires_at,
        scopes: serde_json::from_str(&integration.scopes)?,
    })
}

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub external_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod integration {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "integrations")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub user_id: i64,
        pub provider: String,
        pub status: String,
        pub scopes: String,
        pub meta_json: String,
        pub last_error: Option<String>,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::UserId",
            to = "super::user::Column::Id"
        )]
        User,
        #[sea_orm(has_one = "super::token::Entity")]
        Token,
    }

    impl Related<super::token::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Token.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod token {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "integration_tokens")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub integration_id: i64,
        pub access_token_enc: String,
        pub refresh_token_enc: Option<String>,
        pub expires_at: Option<i64>,
        pub token_type: String,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::integration::Entity",
            from = "Column::IntegrationId",
            to = "super::integration::Column::Id"
        )]
        Integration,
    }

    impl Related<super::integration::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Integration.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}
