//! The links that somebody has to look after: `settle_at` is null where there is nothing to do.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, ExprTrait as _, Order, QueryResult,
    sea_query::{Expr, Func, Query, SelectStatement, SimpleExpr},
};

use super::{
    columns::{corrupt, millis, moment, user},
    error::store_error,
    link_tables::LinkTable,
    links::{Links, all, read_row},
};
use crate::{
    domain::{
        ids::{IntegrationId, LinkId},
        links::LinkState,
    },
    ports::{StoreError, Unsettled, UnsettledLink},
};

pub(super) const SETTLE_AT: &str = "settle_at";
pub(super) const SETTLE_ATTEMPTS: &str = "settle_attempts";
const OWNER: &str = "owner";

/// How long nobody else gets what was handed out.
const HANDED_OUT: Duration = Duration::minutes(1);

/// What becomes of a confirmed link's `settle_at`: nothing is left to be done, unless the link
/// whose place it takes is still there.
pub(super) fn while_moving<P: LinkTable>() -> SimpleExpr {
    let nothing = Expr::val(None::<i64>);
    match moves::<P>() {
        Some(moves) => Expr::case(Expr::col("id").in_subquery(moves), Expr::col(SETTLE_AT))
            .finally(nothing)
            .into(),
        None => nothing,
    }
}

/// The links that take the place of others.
fn moves<P: LinkTable>() -> Option<SelectStatement> {
    P::MOVES.map(|moves| Query::select().column("link_id").from(moves).to_owned())
}

/// Leaves an unfinished link to a caller who goes on with it.
pub(super) async fn leave_alone<P: LinkTable>(
    tx: &DatabaseTransaction,
    id: LinkId,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = Query::update();
    update
        .table(P::TABLE)
        .value(SETTLE_AT, millis(until))
        .and_where(Expr::col("id").eq(id.0))
        .and_where(Expr::col(SETTLE_AT).lt(millis(until)));
    tx.execute(&update).await.map(drop)
}

pub(super) async fn put_off<P: LinkTable>(
    tx: &DatabaseTransaction,
    id: LinkId,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = Query::update();
    update
        .table(P::TABLE)
        .value(SETTLE_AT, millis(at))
        .and_where(Expr::col("id").eq(id.0))
        .and_where(Expr::col(SETTLE_AT).is_not_null());
    tx.execute(&update).await.map(drop)
}

/// Makes what waits for a connection due; not the writes that are under way.
pub(super) async fn retry_now<P: LinkTable>(
    tx: &DatabaseTransaction,
    integration: IntegrationId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = Query::update();
    update
        .table(P::TABLE)
        .value(SETTLE_AT, millis(now))
        .and_where(Expr::col("integration_id").eq(integration.0))
        .and_where(Expr::col(SETTLE_AT).gt(millis(now)))
        .and_where(Expr::col(SETTLE_ATTEMPTS).gt(0));
    tx.execute(&update).await.map(drop)
}

pub(super) async fn clear<P: LinkTable>(tx: &DatabaseTransaction, id: LinkId) -> Result<(), DbErr> {
    let mut update = Query::update();
    update
        .table(P::TABLE)
        .value(SETTLE_AT, while_moving::<P>())
        .and_where(Expr::col("id").eq(id.0))
        .and_where(Expr::col("state").eq(LinkState::Confirmed.as_str()));
    tx.execute(&update).await.map(drop)
}

impl<P: LinkTable> Links<P> {
    pub(super) async fn hand_out(
        &self,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<UnsettledLink<P>>, StoreError> {
        let due = self.due(now, limit).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let due = &due;
        let mine: Vec<i64> = self
            .database
            .write(|tx| async move {
                let mut mine = Vec::with_capacity(due.len());
                for &(id, settle_at) in due {
                    let mut update = Query::update();
                    // Only from the time that was read: another worker may have put it off since.
                    update
                        .table(P::TABLE)
                        .value(SETTLE_AT, millis(now + HANDED_OUT))
                        .value(SETTLE_ATTEMPTS, Expr::col(SETTLE_ATTEMPTS).add(1))
                        .and_where(Expr::col("id").eq(id))
                        .and_where(Expr::col(SETTLE_AT).eq(settle_at));
                    if tx.execute(&update).await?.rows_affected() > 0 {
                        mine.push(id);
                    }
                }
                Ok(mine)
            })
            .await?;
        let mut select = all::<P>();
        select
            .expr_as(Expr::col(("users", "external_id")), OWNER)
            .column((P::TABLE, SETTLE_ATTEMPTS))
            .inner_join("users", Expr::col(("users", "id")).equals((P::TABLE, "user_id")))
            .and_where(Expr::col((P::TABLE, "id")).is_in(mine));
        let rows = self.database.pool.query_all(&select).await.map_err(store_error)?;
        Ok(rows.iter().filter_map(readable::<P>).collect())
    }

    /// Which rows are due, and since when.
    async fn due(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut due = Query::select();
        due.columns(["id", SETTLE_AT])
            .from(P::TABLE)
            .and_where(Expr::col(SETTLE_AT).lte(millis(now)))
            .order_by(SETTLE_AT, Order::Asc)
            .order_by("id", Order::Asc)
            .limit(limit);
        let rows = self.database.pool.query_all(&due).await.map_err(store_error)?;
        let read = |row: &QueryResult| Ok((row.try_get("", "id")?, row.try_get("", SETTLE_AT)?));
        rows.iter().map(|row| read(row).map_err(store_error)).collect()
    }

    pub(super) async fn count_unsettled(&self) -> Result<Unsettled, StoreError> {
        let mut select = Query::select();
        select
            .expr_as(Func::count(Expr::col("id")), "links")
            .expr_as(Func::min(Expr::col("updated_at")), "oldest")
            .from(P::TABLE)
            // A comparison, for which every database uses the index; none is before the epoch.
            .and_where(Expr::col(SETTLE_AT).gt(0));
        let Some(row) = self.database.pool.query_one(&select).await.map_err(store_error)? else {
            return Ok(Unsettled { links: 0, oldest: None });
        };
        let links: i64 = row.try_get("", "links").map_err(store_error)?;
        let oldest: Option<i64> = row.try_get("", "oldest").map_err(store_error)?;
        let oldest = oldest.map(|at| moment("updated_at", at)).transpose()?;
        Ok(Unsettled { links: u64::try_from(links).unwrap_or(0), oldest })
    }
}

/// A row that was handed out. One that a later version wrote, say, must not hold up the others.
fn readable<P: LinkTable>(row: &QueryResult) -> Option<UnsettledLink<P>> {
    let read = || -> Result<UnsettledLink<P>, StoreError> {
        let link = read_row::<P>(row).map_err(StoreError::from)?;
        let owner = row.try_get("", OWNER).map_err(store_error)?;
        let handed_out: i32 = row.try_get("", SETTLE_ATTEMPTS).map_err(store_error)?;
        let attempts = u32::try_from(handed_out - 1)
            .map_err(|_| corrupt(&format!("{}.{SETTLE_ATTEMPTS}", P::TABLE)))?;
        Ok(UnsettledLink { link, user: user("users.external_id", owner)?, attempts })
    };
    match read() {
        Ok(link) => Some(link),
        Err(error) => {
            let id: Option<i64> = row.try_get("", "id").ok();
            tracing::warn!(link.id = id, link.table = P::TABLE, %error,
                "a link to settle cannot be read; left out");
            None
        }
    }
}
