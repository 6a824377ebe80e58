use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait, QueryFilter as _,
};

use super::{
    report::{Outcome, Reason},
    source::Row,
};
use crate::adapters::sea_orm::{
    entities::integration_sync_state::{ActiveModel, Column, Entity},
    transaction::Abort,
};

fn read(integration: i64, row: &Row) -> Result<ActiveModel, Reason> {
    let status = match row.optional("status")?.unwrap_or("idle") {
        // Whoever ran it does not run here.
        "idle" | "running" => "idle",
        "error" => "error",
        _ => return Err("status is unknown".into()),
    };
    Ok(ActiveModel {
        id: NotSet,
        integration_id: Set(integration),
        resource: Set(row.key("resource", 512)?.to_owned()),
        cursor: Set(row.optional("cursor")?.map(str::to_owned)),
        last_synced_at: Set(row.time("last_synced_at")?),
        status: Set(status.to_owned()),
        error: Set(row.optional("error")?.map(str::to_owned)),
    })
}

/// Takes a sync state, unless there is one that was read as late.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    integration: i64,
    row: &Row,
) -> Result<Outcome, Abort> {
    let state = match read(integration, row) {
        Ok(state) => state,
        Err(reason) => return Ok(Outcome::Broken(reason)),
    };
    let here = Entity::find()
        .filter(Column::IntegrationId.eq(integration))
        .filter(Column::Resource.eq(state.resource.as_ref()))
        .one(tx)
        .await?;
    match here {
        None => {
            Entity::insert(state).exec(tx).await?;
        }
        Some(here) if *state.last_synced_at.as_ref() > here.last_synced_at => {
            Entity::update(ActiveModel { id: Set(here.id), ..state }).exec(tx).await?;
        }
        Some(here) if *state.last_synced_at.as_ref() < here.last_synced_at => {
            return Ok(Outcome::Left("the state here is newer".into()));
        }
        Some(_) => return Ok(Outcome::Left("it is here already".into())),
    }
    Ok(Outcome::Taken)
}
