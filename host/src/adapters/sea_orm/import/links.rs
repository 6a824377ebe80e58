use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait, ExprTrait as _,
    QueryFilter as _,
};

use super::{
    report::{Outcome, Reason},
    source::Row,
};
use crate::{
    adapters::sea_orm::{
        columns::millis,
        entities::{
            calendar_event_links::{ActiveModel, Column, Entity as Links},
            integrations,
        },
        generations::next_generation,
        transaction::Abort,
    },
    domain::{
        ids::IntegrationId,
        links::{Entity, EventPlace, LinkState},
    },
};

struct Imported {
    entity: Entity,
    event: String,
    calendar: String,
}

fn read(owner: &str, row: &Row) -> Result<Imported, Reason> {
    if row.required("user_id")? != owner {
        return Err("its user is not its connection's".into());
    }
    let (kind, id) = (row.required("internal_entity_type")?, row.required("internal_entity_id")?);
    Ok(Imported {
        entity: Entity::new(kind, id).map_err(|error| error.to_string())?,
        event: row.key("external_event_id", 750)?.to_owned(),
        calendar: row.key("external_calendar_id", 750)?.to_owned(),
    })
}

/// Takes a link, unless its record or its event is linked here.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    of: &integrations::Model,
    owner: &str,
    row: &Row,
    now: DateTime<Utc>,
) -> Result<Outcome, Abort> {
    let Imported { entity, event, calendar } = match read(owner, row) {
        Ok(link) => link,
        Err(reason) => return Ok(Outcome::Broken(reason)),
    };
    let of_record = Column::UserId
        .eq(of.user_id)
        .and(Column::InternalEntityType.eq(&entity.kind))
        .and(Column::InternalEntityId.eq(&entity.id));
    let over = Links::find().filter(Column::IntegrationId.eq(of.id));
    if let Some(here) = over.clone().filter(of_record).one(tx).await? {
        return Ok(Outcome::Left(if here.external_event_id == event {
            "it is here already".into()
        } else {
            "its record is linked to another event here".into()
        }));
    }
    if over.filter(Column::ExternalEventId.eq(&event)).one(tx).await?.is_some() {
        return Ok(Outcome::Left("its event is linked to another record here".into()));
    }
    let place = EventPlace::new(calendar.clone());
    let generation = next_generation(tx, (IntegrationId(of.id), &place), &entity).await?;
    let link = ActiveModel {
        user_id: Set(of.user_id),
        integration_id: Set(of.id),
        internal_entity_type: Set(entity.kind),
        internal_entity_id: Set(entity.id),
        external_event_id: Set(event),
        external_calendar_id: Set(calendar),
        state: Set(LinkState::Confirmed.as_str().to_owned()),
        generation: Set(generation),
        created_at: Set(millis(now)),
        updated_at: Set(millis(now)),
        ..Default::default()
    };
    Links::insert(link).exec(tx).await?;
    Ok(Outcome::Taken)
}
