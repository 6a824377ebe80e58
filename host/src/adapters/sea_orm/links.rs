use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait, QueryFilter as _, QueryOrder as _,
    sea_query::{Expr, Query},
};

use super::{
    Database,
    columns::{corrupt, millis, moment, provider},
    entities::{
        calendar_event_links::{ActiveModel, Column, Entity as Links, Model},
        integrations, link_generations, users,
    },
    error::store_error,
    transaction::Abort,
};
use crate::{
    domain::{
        ids::{IntegrationId, LinkId, UserId, UserKey},
        links::{Entity, EventLink, LinkDraft, LinkState},
    },
    ports::{LinkRepository, Reservation, StoreError},
};

/// Few enough for any database's limit of parameters.
const IDS_PER_QUERY: usize = 500;

fn read(row: Model, provider_name: &str) -> Result<EventLink, StoreError> {
    let entity = Entity::new(row.internal_entity_type, row.internal_entity_id)
        .map_err(|_| corrupt("calendar_event_links.internal_entity_id"))?;
    Ok(EventLink {
        id: LinkId(row.id),
        user: UserKey(row.user_id),
        integration: IntegrationId(row.integration_id),
        provider: provider("integrations.provider", provider_name)?,
        entity,
        external_event_id: row.external_event_id,
        external_calendar_id: row.external_calendar_id,
        state: LinkState::from_name(&row.state)
            .ok_or_else(|| corrupt("calendar_event_links.state"))?,
        generation: row.generation,
        created_at: moment("calendar_event_links.created_at", row.created_at)?,
        updated_at: moment("calendar_event_links.updated_at", row.updated_at)?,
    })
}

type Joined = (Model, Option<integrations::Model>);

fn read_joined((row, integration): Joined) -> Result<EventLink, StoreError> {
    let integration = integration.ok_or_else(|| corrupt("calendar_event_links.integration_id"))?;
    read(row, &integration.provider)
}

#[async_trait]
impl LinkRepository for Database {
    async fn reserve(
        &self,
        draft: &LinkDraft,
        external_id: &(dyn for<'g> Fn(i32) -> String + Sync),
        now: DateTime<Utc>,
    ) -> Result<Reservation, StoreError> {
        self.write(|tx| async move {
            let integration = connection_of(&tx, draft).await?;
            if let Some(row) = of_record(&tx, draft).await? {
                return Ok(Reservation::Existing(read(row, &integration.provider)?));
            }
            let generation = next_generation(&tx, draft.integration, &draft.entity).await?;
            let id = external_id(generation);
            let row = insert(&tx, draft, id, generation, LinkState::Pending, now).await?;
            Ok(Reservation::New(read(row, &integration.provider)?))
        })
        .await
    }

    async fn adopt(
        &self,
        draft: &LinkDraft,
        generation: i32,
        external_event_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Reservation, StoreError> {
        self.write(|tx| async move {
            let integration = connection_of(&tx, draft).await?;
            if let Some(row) = of_record(&tx, draft).await? {
                return Ok(Reservation::Existing(read(row, &integration.provider)?));
            }
            let (id, state) = (external_event_id.to_owned(), LinkState::Confirmed);
            let row = insert(&tx, draft, id, generation, state, now).await?;
            Ok(Reservation::New(read(row, &integration.provider)?))
        })
        .await
    }

    async fn confirm(
        &self,
        id: LinkId,
        external_event_id: &str,
        external_calendar_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let confirmed = Links::update_many()
                .col_expr(Column::State, Expr::value(LinkState::Confirmed.as_str()))
                .col_expr(Column::ExternalEventId, Expr::value(external_event_id))
                .col_expr(Column::ExternalCalendarId, Expr::value(external_calendar_id))
                .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
                .filter(Column::Id.eq(id.0))
                .filter(Column::State.eq(LinkState::Pending.as_str()))
                .exec(&*tx)
                .await?;
            if confirmed.rows_affected > 0 {
                return Ok(true);
            }
            let row = Links::find_by_id(id.0).one(&*tx).await?;
            Ok(row.is_some_and(|row| {
                row.state == LinkState::Confirmed.as_str()
                    && row.external_event_id == external_event_id
                    && row.external_calendar_id == external_calendar_id
            }))
        })
        .await
    }

    async fn find(&self, user: &UserId, entity: &Entity) -> Result<Vec<EventLink>, StoreError> {
        let of_user = Query::select()
            .column(users::Column::Id)
            .from(users::Entity)
            .and_where(users::Column::ExternalId.eq(user.as_str()))
            .to_owned();
        let rows = Links::find()
            .find_also_related(integrations::Entity)
            .filter(Column::UserId.in_subquery(of_user))
            .filter(Column::InternalEntityType.eq(&entity.kind))
            .filter(Column::InternalEntityId.eq(&entity.id))
            .order_by_asc(Column::Id)
            .all(&self.pool)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(read_joined).collect()
    }

    async fn by_external_ids(
        &self,
        integration: IntegrationId,
        external_event_ids: &[String],
    ) -> Result<Vec<EventLink>, StoreError> {
        let mut links = Vec::new();
        for ids in external_event_ids.chunks(IDS_PER_QUERY) {
            let rows = Links::find()
                .find_also_related(integrations::Entity)
                .filter(Column::IntegrationId.eq(integration.0))
                .filter(Column::ExternalEventId.is_in(ids))
                .order_by_asc(Column::Id)
                .all(&self.pool)
                .await
                .map_err(store_error)?;
            for row in rows {
                links.push(read_joined(row)?);
            }
        }
        Ok(links)
    }

    async fn begin_delete(&self, id: LinkId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let marked = Links::update_many()
                .col_expr(Column::State, Expr::value(LinkState::Deleting.as_str()))
                .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
                .filter(Column::Id.eq(id.0))
                .filter(Column::State.ne(LinkState::Deleting.as_str()))
                .exec(&*tx)
                .await?;
            Ok(marked.rows_affected > 0 || Links::find_by_id(id.0).one(&*tx).await?.is_some())
        })
        .await
    }

    async fn keep(&self, id: LinkId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let kept = Links::update_many()
                .col_expr(Column::State, Expr::value(LinkState::Confirmed.as_str()))
                .col_expr(Column::UpdatedAt, Expr::value(millis(now)))
                .filter(Column::Id.eq(id.0))
                .filter(Column::State.eq(LinkState::Deleting.as_str()))
                .exec(&*tx)
                .await?;
            Ok(kept.rows_affected > 0)
        })
        .await
    }

    async fn release(&self, id: LinkId, state: LinkState, spent: bool) -> Result<bool, StoreError> {
        self.write(|tx| async move {
            let row = Links::find_by_id(id.0).one(&*tx).await?;
            if let (Some(row), true) = (row.filter(|row| row.state == state.as_str()), spent) {
                spend(&tx, &row).await?;
            }
            let released = Links::delete_many()
                .filter(Column::Id.eq(id.0))
                .filter(Column::State.eq(state.as_str()))
                .exec(&*tx)
                .await?;
            Ok(released.rows_affected > 0)
        })
        .await
    }
}

async fn connection_of(
    tx: &DatabaseTransaction,
    draft: &LinkDraft,
) -> Result<integrations::Model, Abort> {
    let row = integrations::Entity::find_by_id(draft.integration.0)
        .filter(integrations::Column::UserId.eq(draft.user.0))
        .one(tx)
        .await?;
    Ok(row.ok_or_else(|| StoreError::Refused("the user has no such connection".into()))?)
}

async fn of_record(tx: &DatabaseTransaction, draft: &LinkDraft) -> Result<Option<Model>, DbErr> {
    Links::find()
        .filter(Column::UserId.eq(draft.user.0))
        .filter(Column::InternalEntityType.eq(&draft.entity.kind))
        .filter(Column::InternalEntityId.eq(&draft.entity.id))
        .filter(Column::IntegrationId.eq(draft.integration.0))
        .one(tx)
        .await
}

/// The generation of a record's next link over a connection: one above the last that was spent.
pub(super) async fn next_generation(
    tx: &DatabaseTransaction,
    integration: IntegrationId,
    entity: &Entity,
) -> Result<i32, DbErr> {
    let key = (integration.0, entity.kind.clone(), entity.id.clone());
    let row = link_generations::Entity::find_by_id(key).one(tx).await?;
    Ok(row.map_or(0, |row| row.generation) + 1)
}

/// Remembers that a link's generation is not to be used again.
async fn spend(tx: &DatabaseTransaction, link: &Model) -> Result<(), DbErr> {
    use link_generations::Column;
    let raised = link_generations::Entity::update_many()
        .col_expr(Column::Generation, Expr::value(link.generation))
        .filter(Column::IntegrationId.eq(link.integration_id))
        .filter(Column::InternalEntityType.eq(&link.internal_entity_type))
        .filter(Column::InternalEntityId.eq(&link.internal_entity_id))
        .filter(Column::Generation.lt(link.generation))
        .exec(tx)
        .await?;
    let key =
        (link.integration_id, link.internal_entity_type.clone(), link.internal_entity_id.clone());
    if raised.rows_affected > 0
        || link_generations::Entity::find_by_id(key).one(tx).await?.is_some()
    {
        return Ok(());
    }
    let row = link_generations::ActiveModel {
        integration_id: Set(link.integration_id),
        internal_entity_type: Set(link.internal_entity_type.clone()),
        internal_entity_id: Set(link.internal_entity_id.clone()),
        generation: Set(link.generation),
    };
    link_generations::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

async fn insert(
    tx: &DatabaseTransaction,
    draft: &LinkDraft,
    external_event_id: String,
    generation: i32,
    state: LinkState,
    now: DateTime<Utc>,
) -> Result<Model, Abort> {
    let row = ActiveModel {
        user_id: Set(draft.user.0),
        integration_id: Set(draft.integration.0),
        internal_entity_type: Set(draft.entity.kind.clone()),
        internal_entity_id: Set(draft.entity.id.clone()),
        external_event_id: Set(external_event_id),
        external_calendar_id: Set(draft.external_calendar_id.clone()),
        state: Set(state.as_str().to_owned()),
        generation: Set(generation),
        created_at: Set(millis(now)),
        updated_at: Set(millis(now)),
        ..Default::default()
    };
    let id = Links::insert(row).exec(tx).await?.last_insert_id;
    Ok(Links::find_by_id(id).one(tx).await?.ok_or(DbErr::RecordNotInserted)?)
}
