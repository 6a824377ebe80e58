use std::marker::PhantomData;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, ExprTrait as _, FromQueryResult, QueryResult,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr},
};

use super::{
    Database,
    columns::{corrupt, millis, moment, provider},
    generations::{next_generation, spend},
    link_tables::LinkTable,
    transaction::Abort,
    unsettled::{self, SETTLE_AT, SETTLE_ATTEMPTS, while_moving},
};
use crate::{
    domain::{
        ids::{IntegrationId, LinkId, UserId, UserKey},
        links::{Entity, Link, LinkDraft, LinkState},
    },
    ports::{LinkRepository, Reservation, StoreError, Unsettled, UnsettledLink},
};

const MOVED_FROM: &str = "from_link_id";

/// How long a write is left to whoever began it: longer than the server lets a request last.
const LEFT_ALONE: Duration = Duration::seconds(75);

/// Few enough for any database's limit of parameters.
const IDS_PER_QUERY: usize = 500;

/// The links of one sort.
#[derive(Clone)]
pub struct Links<P> {
    pub(super) database: Database,
    left_alone: Duration,
    sort: PhantomData<P>,
}

impl Database {
    /// The links to objects of one sort.
    #[must_use]
    pub fn links<P: LinkTable>(&self) -> Links<P> {
        Links { database: self.clone(), left_alone: LEFT_ALONE, sort: PhantomData }
    }
}

impl<P> Links<P> {
    /// How long a write is left to whoever began it; 75 seconds where it is not said.
    #[must_use]
    pub fn left_alone_for(self, left_alone: Duration) -> Self {
        Self { left_alone, ..self }
    }
}

/// A row of a table of links, with its connection's provider.
#[derive(FromQueryResult)]
struct Row {
    id: i64,
    user_id: i64,
    integration_id: i64,
    provider: String,
    internal_entity_type: String,
    internal_entity_id: String,
    external_id: String,
    place: String,
    state: String,
    generation: i32,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read<P: LinkTable>(self) -> Result<Link<P>, StoreError> {
        let broken = |column: &str| corrupt(&format!("{}.{column}", P::TABLE));
        let time = |name: &str, value| moment(name, value).map_err(|_| broken(name));
        Ok(Link {
            id: LinkId(self.id),
            user: UserKey(self.user_id),
            integration: IntegrationId(self.integration_id),
            provider: provider("integrations.provider", &self.provider)?,
            entity: Entity::new(self.internal_entity_type, self.internal_entity_id)
                .map_err(|_| broken("internal_entity_id"))?,
            external_id: self.external_id,
            place: P::from_column(self.place).ok_or_else(|| broken(P::PLACE))?,
            state: LinkState::from_name(&self.state).ok_or_else(|| broken("state"))?,
            generation: self.generation,
            created_at: time("created_at", self.created_at)?,
            updated_at: time("updated_at", self.updated_at)?,
        })
    }
}

#[async_trait]
impl<P: LinkTable> LinkRepository<P> for Links<P> {
    async fn reserve(
        &self,
        draft: &LinkDraft<P>,
        external_id: &(dyn for<'g> Fn(i32) -> String + Sync),
        now: DateTime<Utc>,
    ) -> Result<Reservation<P>, StoreError> {
        self.database
            .write(|tx| async move {
                let settle_at = now + self.left_alone;
                if let Some(link) = of_record(&tx, draft).await? {
                    if link.state == LinkState::Pending {
                        unsettled::leave_alone::<P>(&tx, link.id, settle_at).await?;
                    }
                    return Ok(Reservation::Existing(link));
                }
                let place = (draft.integration, &draft.place);
                let generation = next_generation(&tx, place, &draft.entity).await?;
                let id = external_id(generation);
                let as_it_is = (LinkState::Pending, Some(settle_at));
                insert(&tx, draft, &id, generation, as_it_is, now).await
            })
            .await
    }

    async fn adopt(
        &self,
        draft: &LinkDraft<P>,
        generation: i32,
        external_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Reservation<P>, StoreError> {
        self.database
            .write(|tx| async move {
                if let Some(link) = of_record(&tx, draft).await? {
                    return Ok(Reservation::Existing(link));
                }
                let settle_at = draft.place.from().map(|_| now + self.left_alone);
                let as_it_is = (LinkState::Confirmed, settle_at);
                insert(&tx, draft, external_id, generation, as_it_is, now).await
            })
            .await
    }

    async fn confirm(
        &self,
        id: LinkId,
        external_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.database
            .write(|tx| async move {
                if linked_elsewhere::<P>(&tx, id, external_id).await? {
                    return Err(refused("the object is linked to another record"));
                }
                let mut confirm = Query::update();
                confirm
                    .table(P::TABLE)
                    .value("state", LinkState::Confirmed.as_str())
                    .value(P::EXTERNAL_ID, external_id)
                    .value("updated_at", millis(now))
                    .value(SETTLE_AT, while_moving::<P>())
                    .and_where(Expr::col("id").eq(id.0))
                    .and_where(Expr::col("state").eq(LinkState::Pending.as_str()));
                if tx.execute(&confirm).await?.rows_affected() > 0 {
                    return Ok(true);
                }
                let link = by_id::<P>(&tx, id).await?;
                Ok(link.is_some_and(|link| {
                    link.state == LinkState::Confirmed && link.external_id == external_id
                }))
            })
            .await
    }

    async fn find(&self, user: &UserId, entity: &Entity) -> Result<Vec<Link<P>>, StoreError> {
        let mut of_user = Query::select();
        of_user.column("id").from("users").and_where(Expr::col("external_id").eq(user.as_str()));
        let mut select = all::<P>();
        select
            .and_where(Expr::col((P::TABLE, "user_id")).in_subquery(of_user))
            .and_where(Expr::col((P::TABLE, "internal_entity_type")).eq(&entity.kind))
            .and_where(Expr::col((P::TABLE, "internal_entity_id")).eq(&entity.id));
        self.read(&select).await
    }

    async fn by_id(&self, id: LinkId) -> Result<Option<Link<P>>, StoreError> {
        let mut select = all::<P>();
        select.and_where(Expr::col((P::TABLE, "id")).eq(id.0));
        Ok(self.read(&select).await?.pop())
    }

    async fn by_external_ids(
        &self,
        integration: IntegrationId,
        external_ids: &[String],
    ) -> Result<Vec<Link<P>>, StoreError> {
        let mut links = Vec::new();
        for ids in external_ids.chunks(IDS_PER_QUERY) {
            let mut select = all::<P>();
            select
                .and_where(Expr::col((P::TABLE, "integration_id")).eq(integration.0))
                .and_where(Expr::col((P::TABLE, P::EXTERNAL_ID)).is_in(ids));
            if P::PLACE_IS_KEY {
                let all = P::all().into_iter().map(|place| place.column());
                select.and_where(Expr::col((P::TABLE, P::PLACE)).is_in(all));
            }
            links.extend(self.read(&select).await?);
        }
        Ok(links)
    }

    async fn begin_delete(&self, id: LinkId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.database
            .write(|tx| async move {
                let unmarked = Expr::col("state").ne(LinkState::Deleting.as_str());
                let settle_at = Expr::val(millis(now + self.left_alone));
                let deleting = (LinkState::Deleting, settle_at);
                let marked = turn::<P>(&tx, id, unmarked, deleting, now).await?;
                Ok(marked || by_id::<P>(&tx, id).await?.is_some())
            })
            .await
    }

    async fn keep(&self, id: LinkId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.database
            .write(|tx| async move {
                let marked = Expr::col("state").eq(LinkState::Deleting.as_str());
                let confirmed = (LinkState::Confirmed, while_moving::<P>());
                Ok(turn::<P>(&tx, id, marked, confirmed, now).await?)
            })
            .await
    }

    async fn release(&self, id: LinkId, state: LinkState, spent: bool) -> Result<bool, StoreError> {
        self.database
            .write(|tx| async move {
                let link = by_id::<P>(&tx, id).await?.filter(|link| link.state == state);
                let Some(link) = link else { return Ok(false) };
                if spent {
                    spend(&tx, &link).await?;
                }
                let mut release = Query::delete();
                release
                    .from_table(P::TABLE)
                    .and_where(Expr::col("id").eq(id.0))
                    .and_where(Expr::col("state").eq(state.as_str()));
                Ok(tx.execute(&release).await?.rows_affected() > 0)
            })
            .await
    }

    async fn unsettled(
        &self,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<UnsettledLink<P>>, StoreError> {
        self.hand_out(now, limit).await
    }

    async fn settle_later(&self, id: LinkId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.database
            .write(|tx| async move { Ok(unsettled::put_off::<P>(&tx, id, at).await?) })
            .await
    }

    async fn settled(&self, id: LinkId) -> Result<(), StoreError> {
        self.database.write(|tx| async move { Ok(unsettled::clear::<P>(&tx, id).await?) }).await
    }

    async fn backlog(&self) -> Result<Unsettled, StoreError> {
        self.count_unsettled().await
    }
}

impl<P: LinkTable> Links<P> {
    async fn read(&self, select: &SelectStatement) -> Result<Vec<Link<P>>, StoreError> {
        let rows = self.database.read(|| self.database.pool.query_all(select)).await?;
        rows.iter().map(|row| read_row(row).map_err(StoreError::from)).collect()
    }
}

/// The links with their providers, the oldest first.
pub(super) fn all<P: LinkTable>() -> SelectStatement {
    let mut select = Query::select();
    for column in [
        "id",
        "user_id",
        "integration_id",
        "internal_entity_type",
        "internal_entity_id",
        "state",
        "generation",
        "created_at",
        "updated_at",
    ] {
        select.column((P::TABLE, column));
    }
    select
        .expr_as(Expr::col((P::TABLE, P::EXTERNAL_ID)), "external_id")
        .expr_as(Expr::col((P::TABLE, P::PLACE)), "place")
        .column(("integrations", "provider"))
        .from(P::TABLE)
        .inner_join(
            "integrations",
            Expr::col(("integrations", "id")).equals((P::TABLE, "integration_id")),
        )
        .order_by((P::TABLE, "id"), sea_orm::Order::Asc);
    if let Some(moves) = P::MOVES {
        let same = Expr::col((moves, "link_id")).equals((P::TABLE, "id"));
        select.left_join(moves, same).expr_as(Expr::col((moves, MOVED_FROM)), MOVED_FROM);
    }
    select
}

async fn one<P: LinkTable>(
    tx: &DatabaseTransaction,
    select: &SelectStatement,
) -> Result<Option<Link<P>>, Abort> {
    let row = tx.query_one(select).await?;
    row.map(|row| read_row(&row)).transpose()
}

pub(super) fn read_row<P: LinkTable>(row: &QueryResult) -> Result<Link<P>, Abort> {
    let mut link: Link<P> = Row::from_query_result(row, "")?.read()?;
    if P::MOVES.is_some()
        && let Some(from) = row.try_get::<Option<i64>>("", MOVED_FROM)?
    {
        link.place = link.place.moved_from(LinkId(from));
    }
    Ok(link)
}

async fn by_id<P: LinkTable>(
    tx: &DatabaseTransaction,
    id: LinkId,
) -> Result<Option<Link<P>>, Abort> {
    let mut select = all::<P>();
    one(tx, select.and_where(Expr::col((P::TABLE, "id")).eq(id.0))).await
}

/// The record's link over the connection, which has to be the user's.
async fn of_record<P: LinkTable>(
    tx: &DatabaseTransaction,
    draft: &LinkDraft<P>,
) -> Result<Option<Link<P>>, Abort> {
    let mut connection = Query::select();
    connection
        .expr(Expr::val(1))
        .from("integrations")
        .and_where(Expr::col("id").eq(draft.integration.0))
        .and_where(Expr::col("user_id").eq(draft.user.0));
    if tx.query_one(&connection).await?.is_none() {
        return Err(refused("the user has no such connection"));
    }
    let mut select = all::<P>();
    select
        .and_where(Expr::col((P::TABLE, "user_id")).eq(draft.user.0))
        .and_where(Expr::col((P::TABLE, "internal_entity_type")).eq(&draft.entity.kind))
        .and_where(Expr::col((P::TABLE, "internal_entity_id")).eq(&draft.entity.id))
        .and_where(Expr::col((P::TABLE, "integration_id")).eq(draft.integration.0));
    if P::PLACE_IS_KEY {
        select.and_where(Expr::col((P::TABLE, P::PLACE)).eq(draft.place.column()));
    }
    one(tx, &select).await
}

/// Sets the state of a link that is in another; `false` where there is none such.
async fn turn<P: LinkTable>(
    tx: &DatabaseTransaction,
    id: LinkId,
    from: SimpleExpr,
    (to, settle_at): (LinkState, SimpleExpr),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mut update = Query::update();
    update
        .table(P::TABLE)
        .value("state", to.as_str())
        .value("updated_at", millis(now))
        .value(SETTLE_AT, settle_at)
        .value(SETTLE_ATTEMPTS, 0)
        .and_where(Expr::col("id").eq(id.0))
        .and_where(from);
    Ok(tx.execute(&update).await?.rows_affected() > 0)
}

async fn insert<P: LinkTable>(
    tx: &DatabaseTransaction,
    draft: &LinkDraft<P>,
    external_id: &str,
    generation: i32,
    (state, settle_at): (LinkState, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> Result<Reservation<P>, Abort> {
    let mut insert = Query::insert();
    insert
        .into_table(P::TABLE)
        .columns([
            "user_id",
            "integration_id",
            "internal_entity_type",
            "internal_entity_id",
            P::EXTERNAL_ID,
            P::PLACE,
            "state",
            "generation",
            "created_at",
            "updated_at",
            SETTLE_AT,
        ])
        .values_panic([
            draft.user.0.into(),
            draft.integration.0.into(),
            draft.entity.kind.clone().into(),
            draft.entity.id.clone().into(),
            external_id.into(),
            draft.place.column().into(),
            state.as_str().into(),
            generation.into(),
            millis(now).into(),
            millis(now).into(),
            settle_at.map(millis).into(),
        ]);
    tx.execute(&insert).await?;
    let link = of_record(tx, draft).await?.ok_or(DbErr::RecordNotInserted)?;
    if let Some((moves, from)) = P::MOVES.zip(draft.place.from()) {
        note_move::<P>(tx, moves, (from, link.id)).await?;
    }
    Ok(Reservation::New(Link { place: draft.place.clone(), ..link }))
}

/// Notes that a new link's object takes the place of another's. Constraints would refuse a wrong one
/// too, and be taken for a race that another try may win.
async fn note_move<P: LinkTable>(
    tx: &DatabaseTransaction,
    moves: &'static str,
    (from, to): (LinkId, LinkId),
) -> Result<(), Abort> {
    if by_id::<P>(tx, from).await?.is_none() {
        return Err(refused("the link to be moved is gone"));
    }
    let mut taken = Query::select();
    taken.expr(Expr::val(1)).from(moves).and_where(Expr::col(MOVED_FROM).eq(from.0));
    if tx.query_one(&taken).await?.is_some() {
        return Err(refused("another link takes the place of this one already"));
    }
    let mut insert = Query::insert();
    insert
        .into_table(moves)
        .columns(["link_id", MOVED_FROM])
        .values_panic([to.0.into(), from.0.into()]);
    tx.execute(&insert).await?;
    Ok(())
}

/// Whether an object has another link over the connection of this one.
async fn linked_elsewhere<P: LinkTable>(
    tx: &DatabaseTransaction,
    id: LinkId,
    external_id: &str,
) -> Result<bool, Abort> {
    let Some(link) = by_id::<P>(tx, id).await? else { return Ok(false) };
    let mut other = Query::select();
    other
        .expr(Expr::val(1))
        .from(P::TABLE)
        .and_where(Expr::col("integration_id").eq(link.integration.0))
        .and_where(Expr::col(P::EXTERNAL_ID).eq(external_id))
        .and_where(Expr::col("id").ne(id.0));
    if P::PLACE_IS_KEY {
        other.and_where(Expr::col(P::PLACE).eq(link.place.column()));
    }
    Ok(tx.query_one(&other).await?.is_some())
}

fn refused(why: &str) -> Abort {
    StoreError::Refused(why.to_owned()).into()
}
