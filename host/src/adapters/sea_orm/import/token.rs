use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait, QueryFilter as _,
};

use super::{
    connection::{Here, ImportedConnection},
    report::{Outcome, Reason},
    source::Row,
};
use crate::{
    adapters::sea_orm::{
        columns::millis,
        entities::{
            integration_tokens::{ActiveModel, Column, Entity},
            integrations,
        },
        transaction::Abort,
    },
    domain::connection::IntegrationStatus,
    ports::Cipher,
};

/// A token of the source, encrypted for here.
pub(super) struct Imported {
    access_token_enc: String,
    refresh_token_enc: Option<String>,
    expires_at: Option<i64>,
    token_type: String,
    created_at: Option<i64>,
    updated_at: Option<i64>,
}

/// The newest token row of a connection.
pub(super) struct Candidate<'a> {
    pub row: &'a Row,
    token: Result<Imported, Reason>,
}

/// Of several rows of one connection the one that was changed last counts.
pub(super) fn choose<'a>(
    rows: &'a [Row],
    cipher_in: &dyn Cipher,
    cipher_out: &dyn Cipher,
) -> Option<Candidate<'a>> {
    let changed = |row: &Row| row.time("updated_at").ok().flatten();
    let row = rows.iter().max_by_key(|row| changed(row))?;
    Some(Candidate { row, token: read(row, cipher_in, cipher_out) })
}

fn read(row: &Row, cipher_in: &dyn Cipher, cipher_out: &dyn Cipher) -> Result<Imported, Reason> {
    row.required("access_token_enc")?;
    let access = row.token("access_token_enc", cipher_in)?;
    let access = access.ok_or("access_token_enc is missing")?;
    let refresh = row.token("refresh_token_enc", cipher_in)?;
    Ok(Imported {
        access_token_enc: cipher_out.encrypt(&access),
        refresh_token_enc: refresh.map(|token| cipher_out.encrypt(&token)),
        expires_at: row.time("expires_at")?,
        token_type: match row.optional("token_type")? {
            Some(_) => row.key("token_type", 64)?.to_owned(),
            None => "Bearer".to_owned(),
        },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Takes the token, unless there is one that is not older or the user disconnected here since.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    connection: &ImportedConnection,
    here: &mut Here,
    candidate: &Candidate<'_>,
    now: DateTime<Utc>,
) -> Result<Outcome, Abort> {
    let token = match &candidate.token {
        Ok(token) => token,
        Err(reason) => return Ok(Outcome::Broken(reason.clone())),
    };
    if connection.status == IntegrationStatus::Revoked {
        return Ok(Outcome::Left("its connection is revoked".into()));
    }
    let current = Entity::find().filter(Column::IntegrationId.eq(here.row.id)).one(tx).await?;
    match (&current, token.updated_at) {
        (None, _) if here.newer => {
            return Ok(Outcome::Left("the connection here is newer".into()));
        }
        (Some(current), Some(there)) if there < current.updated_at => {
            return Ok(Outcome::Left("the token here is newer".into()));
        }
        (Some(current), there) if there.is_none_or(|there| there == current.updated_at) => {
            return Ok(Outcome::Left("it is here already".into()));
        }
        _ => {}
    }
    Entity::delete_many().filter(Column::IntegrationId.eq(here.row.id)).exec(tx).await?;
    let version = here.row.token_version + 1;
    let created_at = token.created_at.or(token.updated_at).unwrap_or(millis(now));
    let row = ActiveModel {
        integration_id: Set(here.row.id),
        access_token_enc: Set(token.access_token_enc.clone()),
        refresh_token_enc: Set(token.refresh_token_enc.clone()),
        expires_at: Set(token.expires_at),
        token_type: Set(token.token_type.clone()),
        version: Set(version),
        created_at: Set(created_at),
        updated_at: Set(token.updated_at.unwrap_or(created_at)),
        ..Default::default()
    };
    Entity::insert(row).exec(tx).await?;
    // The status that it had in the source: an earlier import may have had to ask for a new
    // connection for want of this token.
    let marked = integrations::ActiveModel {
        id: Set(here.row.id),
        status: Set(connection.status.as_str().to_owned()),
        last_error: Set(None),
        token_version: Set(version),
        ..Default::default()
    };
    here.row = integrations::Entity::update(marked).exec(tx).await?;
    here.has_token = true;
    Ok(Outcome::Taken)
}
