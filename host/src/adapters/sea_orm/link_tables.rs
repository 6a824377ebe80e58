use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait as _,
    sea_query::{Expr, Query},
};

use crate::domain::{
    ids::LinkId,
    links::{CrmObject, EventLink, EventPlace, Link, Place},
};

/// How the tables of links to one sort of objects differ from those of the others.
#[async_trait]
pub trait LinkTable: Place {
    #[doc(hidden)]
    const TABLE: &'static str;
    #[doc(hidden)]
    const EXTERNAL_ID: &'static str;
    #[doc(hidden)]
    const PLACE: &'static str;
    /// The table of the generations that are spent.
    #[doc(hidden)]
    const GENERATIONS: &'static str;
    /// Whether a record has a link for each place, not one in all.
    #[doc(hidden)]
    const PLACE_IS_KEY: bool;

    #[doc(hidden)]
    fn column(&self) -> String;

    #[doc(hidden)]
    fn from_column(text: String) -> Option<Self>;

    /// Keeps what a new link's place says of a move.
    #[doc(hidden)]
    async fn moved(_: &impl ConnectionTrait, _: LinkId, _: &Self) -> Result<(), DbErr> {
        Ok(())
    }

    /// Reads which of a record's links take the place of others.
    #[doc(hidden)]
    async fn with_moves(
        _: &impl ConnectionTrait,
        links: Vec<Link<Self>>,
    ) -> Result<Vec<Link<Self>>, DbErr> {
        Ok(links)
    }
}

const MOVES: &str = "calendar_event_moves";

#[async_trait]
impl LinkTable for EventPlace {
    const TABLE: &'static str = "calendar_event_links";
    const EXTERNAL_ID: &'static str = "external_event_id";
    const PLACE: &'static str = "external_calendar_id";
    const GENERATIONS: &'static str = "link_generations";
    const PLACE_IS_KEY: bool = false;

    fn column(&self) -> String {
        self.calendar.clone()
    }

    fn from_column(text: String) -> Option<Self> {
        Some(Self::new(text))
    }

    async fn moved(db: &impl ConnectionTrait, link: LinkId, place: &Self) -> Result<(), DbErr> {
        let Some(from) = place.moved_from else { return Ok(()) };
        let mut insert = Query::insert();
        insert
            .into_table(MOVES)
            .columns(["link_id", "from_link_id"])
            .values_panic([link.0.into(), from.0.into()]);
        db.execute(&insert).await.map(drop)
    }

    async fn with_moves(
        db: &impl ConnectionTrait,
        mut links: Vec<EventLink>,
    ) -> Result<Vec<EventLink>, DbErr> {
        let mut select = Query::select();
        select
            .columns(["link_id", "from_link_id"])
            .from(MOVES)
            .and_where(Expr::col("link_id").is_in(links.iter().map(|link| link.id.0)));
        for row in db.query_all(&select).await? {
            let (to, from): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            for link in links.iter_mut().filter(|link| link.id.0 == to) {
                link.place.moved_from = Some(LinkId(from));
            }
        }
        Ok(links)
    }
}

impl LinkTable for CrmObject {
    const TABLE: &'static str = "crm_links";
    const EXTERNAL_ID: &'static str = "external_object_id";
    const PLACE: &'static str = "object_type";
    const GENERATIONS: &'static str = "crm_link_generations";
    const PLACE_IS_KEY: bool = true;

    fn column(&self) -> String {
        self.as_str().to_owned()
    }

    fn from_column(text: String) -> Option<Self> {
        Self::from_name(&text)
    }
}
