//! Who may refresh a token.
//!
//! `lease_owner` and `lease_until` together are a lease; `lease_until` alone is a rest. The time is
//! read from the database first and written as a value: some distributed databases permit no
//! volatile function in a statement that changes rows.

use std::{sync::atomic::Ordering, time::Duration};

use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    ExprTrait as _, QueryFilter as _, QueryResult, Statement,
    sea_query::{Expr, SimpleExpr},
};

use super::{
    Database,
    columns::{corrupt, millis, provider},
    entities::integration_tokens::{Column, Entity},
    transaction::Abort,
};
use crate::{
    domain::{connection::IntegrationStatus, ids::IntegrationId},
    ports::{Claim, DueToken, Lease, LeaseEnd, StoreError},
};

/// No rest is longer, nor a lease unless its owner asked for more.
const LONGEST: Duration = Duration::from_secs(120);
/// Looks before it is believed that others are always faster.
const LOOKS: u32 = 4;

/// A token's row, as far as it tells who may refresh it, and the time at which it was read.
struct Seen {
    id: i64,
    version: i64,
    owner: Option<String>,
    until: Option<i64>,
    now: i64,
}

impl Seen {
    /// What is left of a lease or rest.
    fn left(&self, length: Duration) -> Option<Duration> {
        let left = u64::try_from(self.until? - self.now).ok().filter(|left| *left > 0);
        // What ends later was made before the database's clock was put back.
        left.map(Duration::from_millis).filter(|left| *left <= length.max(LONGEST))
    }

    /// Gives the lease to `owner`, if the row is still as it was seen.
    async fn give(
        &self,
        tx: &DatabaseTransaction,
        owner: &str,
        length: Duration,
    ) -> Result<bool, DbErr> {
        let given = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, Expr::value(later(self.now, length)))
            .filter(Column::IntegrationId.eq(self.id))
            .filter(Column::Version.eq(self.version))
            .filter(same(Column::LeaseOwner, self.owner.clone()))
            .filter(same(Column::LeaseUntil, self.until))
            .exec(tx)
            .await?;
        Ok(given.rows_affected > 0)
    }
}

fn same<V: Into<sea_orm::Value>>(column: Column, value: Option<V>) -> SimpleExpr {
    match value {
        Some(value) => ColumnTrait::eq(&column, value.into()),
        None => ColumnTrait::is_null(&column),
    }
}

fn later(now: i64, by: Duration) -> i64 {
    now.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}

/// The database's time of day in milliseconds since the epoch.
fn clock(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        // Not by UNIX_TIMESTAMP, which an hour that comes twice leads astray.
        DbBackend::MySql => {
            "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000"
        }
        _ => "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
    }
}

fn mark(backend: DbBackend, number: u32) -> String {
    match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    }
}

pub(super) async fn take(
    db: &Database,
    id: IntegrationId,
    version: i64,
    owner: &str,
    length: Duration,
) -> Result<Lease, StoreError> {
    let backend = db.backend();
    db.write(|tx| async move {
        for _ in 0..LOOKS {
            let Some((seen, status, failures)) = look(&tx, backend, id).await? else {
                return Ok(Lease::Overtaken);
            };
            if seen.version != version {
                return Ok(Lease::Overtaken);
            }
            if matches!(status, IntegrationStatus::NeedsReauth | IntegrationStatus::Revoked) {
                return Ok(Lease::Dead);
            }
            match (seen.left(length), &seen.owner) {
                (Some(left), None) => return Ok(Lease::Resting(left)),
                (Some(left), Some(other)) if other != owner => return Ok(Lease::Held(left)),
                _ => {}
            }
            if seen.give(&tx, owner, length).await? {
                return Ok(Lease::Taken { failures });
            }
        }
        Ok(Lease::Held(length))
    })
    .await
}

async fn look(
    tx: &DatabaseTransaction,
    backend: DbBackend,
    id: IntegrationId,
) -> Result<Option<(Seen, IntegrationStatus, u32)>, Abort> {
    let sql = format!(
        "SELECT t.version, t.lease_owner, t.lease_until, t.refresh_failures, i.status, {} \
         FROM integration_tokens t JOIN integrations i ON i.id = t.integration_id \
         WHERE t.integration_id = {}",
        clock(backend),
        mark(backend, 1)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [id.0.into()]);
    let Some(row) = tx.query_one_raw(statement).await? else { return Ok(None) };
    let failures = u32::try_from(row.try_get_by_index::<i32>(3)?).unwrap_or(0);
    let status = IntegrationStatus::from_name(&row.try_get_by_index::<String>(4)?)
        .ok_or_else(|| corrupt("integrations.status"))?;
    let seen = Seen {
        id: id.0,
        version: row.try_get_by_index(0)?,
        owner: row.try_get_by_index(1)?,
        until: row.try_get_by_index(2)?,
        now: row.try_get_by_index(5)?,
    };
    Ok(Some((seen, status, failures)))
}

pub(super) async fn release(
    db: &Database,
    id: IntegrationId,
    owner: &str,
    end: LeaseEnd,
) -> Result<bool, StoreError> {
    let backend = db.backend();
    db.write(|tx| async move {
        let (until, failures) = match end {
            LeaseEnd::Done => (None, Expr::value(0)),
            LeaseEnd::Failed(rest) => {
                let rest = rest.min(LONGEST);
                (
                    Some(later(now(&tx, backend).await?, rest)),
                    Expr::col(Column::RefreshFailures).add(1),
                )
            }
        };
        let ended = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntil, Expr::value(until))
            .col_expr(Column::RefreshFailures, failures)
            .filter(Column::IntegrationId.eq(id.0))
            .filter(Column::LeaseOwner.eq(owner))
            .exec(&*tx)
            .await?;
        Ok(ended.rows_affected > 0)
    })
    .await
}

async fn now(tx: &DatabaseTransaction, backend: DbBackend) -> Result<i64, Abort> {
    let statement = Statement::from_string(backend, format!("SELECT {}", clock(backend)));
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| StoreError::Unusable("the clock gave no row".into()))?;
    Ok(row.try_get_by_index(0)?)
}

pub(super) async fn claim(
    db: &Database,
    claim: &Claim<'_>,
    owner: &str,
    length: Duration,
) -> Result<Vec<DueToken>, StoreError> {
    let skips_locked = db.skips_locked.load(Ordering::Relaxed);
    match claim_by(db, claim, owner, length, skips_locked).await {
        // Older and some distributed databases do not know it. The lease alone is enough: it only
        // lets several hubs look at the same rows for nothing.
        Err(StoreError::Unusable(_)) if skips_locked => {
            let claimed = claim_by(db, claim, owner, length, false).await?;
            db.skips_locked.store(false, Ordering::Relaxed);
            Ok(claimed)
        }
        claimed => claimed,
    }
}

async fn claim_by(
    db: &Database,
    claim: &Claim<'_>,
    owner: &str,
    length: Duration,
    skips_locked: bool,
) -> Result<Vec<DueToken>, StoreError> {
    if claim.providers.is_empty() {
        return Ok(Vec::new());
    }
    let backend = db.backend();
    let sql = due_sql(backend, claim.providers.len(), skips_locked);
    let sql = sql.as_str();
    db.write(|tx| async move {
        let now = now(&tx, backend).await?;
        let far = later(now, length.max(LONGEST));
        let mut values: Vec<sea_orm::Value> = vec![
            millis(claim.ends_before).into(),
            millis(claim.issued_before).into(),
            now.into(),
            far.into(),
        ];
        values.extend(claim.providers.iter().map(|provider| provider.as_str().into()));
        values.push(i64::try_from(claim.limit).unwrap_or(i64::MAX).into());
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let mut claimed = Vec::new();
        for row in tx.query_all_raw(statement).await? {
            let (seen, due) = read_due(&row, now)?;
            if seen.give(&tx, owner, length).await? {
                claimed.push(due);
            }
        }
        Ok(claimed)
    })
    .await
}

/// No join: MariaDB cannot say which table's rows a `FOR UPDATE` is for. And no list of connections,
/// which SQLite would make of all there are.
fn due_sql(backend: DbBackend, providers: usize, skips_locked: bool) -> String {
    let mut numbers = 1..;
    let mut next = || mark(backend, numbers.next().unwrap_or_default());
    let (end, issued, now, far) = (next(), next(), next(), next());
    let names = (0..providers).map(|_| next()).collect::<Vec<_>>().join(", ");
    let limit = next();
    let lock = if skips_locked { " FOR UPDATE SKIP LOCKED" } else { "" };
    format!(
        "SELECT t.integration_id, t.version, t.lease_owner, t.lease_until, \
         (SELECT i.provider FROM integrations i WHERE i.id = t.integration_id) \
         FROM integration_tokens t \
         WHERE t.expires_at < {end} AND t.updated_at < {issued} \
         AND t.refresh_token_enc IS NOT NULL \
         AND (t.lease_until IS NULL OR t.lease_until <= {now} OR t.lease_until > {far}) \
         AND EXISTS (SELECT 1 FROM integrations a WHERE a.id = t.integration_id \
         AND a.status = 'active' AND a.provider IN ({names})) \
         ORDER BY t.expires_at LIMIT {limit}{lock}"
    )
}

fn read_due(row: &QueryResult, now: i64) -> Result<(Seen, DueToken), Abort> {
    let id = row.try_get_by_index(0)?;
    let name: String = row.try_get_by_index(4)?;
    let seen = Seen {
        id,
        version: row.try_get_by_index(1)?,
        owner: row.try_get_by_index(2)?,
        until: row.try_get_by_index(3)?,
        now,
    };
    let provider = provider("integrations.provider", &name)?;
    Ok((seen, DueToken { integration: IntegrationId(id), provider }))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{adapters::sea_orm::DatabaseOptions, ports::TokenStore as _};

    #[tokio::test]
    async fn a_database_that_cannot_skip_locked_rows_is_asked_to_once() {
        let db = Database::open("sqlite::memory:", DatabaseOptions::default()).await.unwrap();
        db.migrate().await.unwrap();
        db.skips_locked.store(true, Ordering::Relaxed);
        let providers = [provider("", "one").unwrap()];
        let (ends_before, issued_before) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let claim = Claim { ends_before, issued_before, providers: &providers, limit: 1 };
        assert_eq!(db.claim(&claim, "hub", LONGEST).await.unwrap(), []);
        assert!(!db.skips_locked.load(Ordering::Relaxed));
    }
}
