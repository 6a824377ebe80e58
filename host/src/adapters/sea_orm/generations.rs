//! The generation that each record has reached over a connection.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, ExprTrait as _,
    sea_query::{Cond, Expr, Query},
};

use super::{link_tables::LinkTable, transaction::Abort};
use crate::domain::{
    ids::IntegrationId,
    links::{Entity, Link},
};

/// Whose generation it is: the condition for a row of the table of generations.
fn generation_of<P: LinkTable>((integration, place): (IntegrationId, &P), entity: &Entity) -> Cond {
    let mut key = Cond::all()
        .add(Expr::col("integration_id").eq(integration.0))
        .add(Expr::col("internal_entity_type").eq(&entity.kind))
        .add(Expr::col("internal_entity_id").eq(&entity.id));
    if P::PLACE_IS_KEY {
        key = key.add(Expr::col(P::PLACE).eq(place.column()));
    }
    key
}

async fn spent_generation<P: LinkTable>(
    tx: &DatabaseTransaction,
    place: (IntegrationId, &P),
    entity: &Entity,
) -> Result<Option<i32>, DbErr> {
    let mut select = Query::select();
    select.column("generation").from(P::GENERATIONS).cond_where(generation_of(place, entity));
    let row = tx.query_one(&select).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

/// The generation of a record's next link over a connection: one above the last that was spent.
pub(super) async fn next_generation<P: LinkTable>(
    tx: &DatabaseTransaction,
    place: (IntegrationId, &P),
    entity: &Entity,
) -> Result<i32, DbErr> {
    Ok(spent_generation(tx, place, entity).await?.unwrap_or(0) + 1)
}

/// Remembers that a link's generation is not to be used again.
pub(super) async fn spend<P: LinkTable>(
    tx: &DatabaseTransaction,
    link: &Link<P>,
) -> Result<(), Abort> {
    let place = (link.integration, &link.place);
    match spent_generation(tx, place, &link.entity).await? {
        Some(spent) if spent >= link.generation => {}
        Some(_) => {
            let mut raise = Query::update();
            raise
                .table(P::GENERATIONS)
                .value("generation", link.generation)
                .cond_where(generation_of(place, &link.entity))
                .and_where(Expr::col("generation").lt(link.generation));
            tx.execute(&raise).await?;
        }
        None => {
            let mut columns =
                vec!["integration_id", "internal_entity_type", "internal_entity_id", "generation"];
            let mut values: Vec<Expr> = vec![
                link.integration.0.into(),
                link.entity.kind.clone().into(),
                link.entity.id.clone().into(),
                link.generation.into(),
            ];
            if P::PLACE_IS_KEY {
                columns.push(P::PLACE);
                values.push(link.place.column().into());
            }
            let mut first = Query::insert();
            first.into_table(P::GENERATIONS).columns(columns).values_panic(values);
            tx.execute(&first).await?;
        }
    }
    Ok(())
}
