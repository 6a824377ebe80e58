use std::{collections::HashMap, sync::Arc};

use mortise_plugin_api::calendar::{Event, EventPage, ListEvents};

use super::{Window, operation, target::default_calendar};
use crate::{
    app::{
        Caller, Hub, HubError,
        call::Target,
        pages::{self, List, Page},
        targets::Targets,
    },
    domain::{event_time::moment, ids::ProviderId, links::EventLink},
};

/// Which events to list.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// Events that have a moment in it.
    pub window: Window,
    /// Only at this vendor.
    pub provider: Option<String>,
    /// Only in this calendar; needs `provider` where several vendors are connected.
    pub calendar_id: Option<String>,
    /// Events per vendor and page at most.
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A page of events, in order of start.
pub type EventList = List<EventItem>;

/// An event, linked or not.
#[derive(Debug, Clone)]
pub struct EventItem {
    /// Where it is.
    pub provider: ProviderId,
    /// The event.
    pub event: Event,
    /// Its link, where it has one.
    pub link: Option<EventLink>,
}

impl Hub {
    /// Lists events of all connected calendars, or the named one, asked at once. Each page is in
    /// order of start.
    ///
    /// # Errors
    /// `Invalid`, `NotConnected` and its kin; a vendor's error where none could be asked.
    pub async fn events(
        self: &Arc<Self>,
        caller: &Caller,
        query: ListQuery,
    ) -> Result<EventList, HubError> {
        let targets = if query.calendar_id.is_some() {
            let usable = vec![self.calendar_target(caller, query.provider.as_deref()).await?];
            Targets { usable, unusable: Vec::new() }
        } else {
            self.calendar_targets(caller, query.provider.as_deref()).await?
        };
        let page_of = |target, page| self.page_of(target, &query, page);
        let mut list = pages::list(targets, query.cursor.as_deref(), page_of).await?;
        let utc = chrono_tz::Tz::UTC;
        list.items.sort_by_key(|item| moment(&item.event.start, utc));
        Ok(list)
    }

    async fn page_of(
        self: &Arc<Self>,
        target: Target,
        query: &ListQuery,
        page: Option<String>,
    ) -> Result<Page<EventItem>, HubError> {
        let input = ListEvents {
            calendar: query.calendar_id.clone().unwrap_or_else(|| default_calendar(&target)),
            start: Some(query.window.start),
            end: Some(query.window.end),
            limit: Some(query.limit),
            page,
            sync: None,
        };
        let EventPage { events, warnings, next_page, .. } =
            self.call(&target, operation::LIST, &input).await?;
        let ids: Vec<String> =
            events.iter().map(|e| e.series_id.clone().unwrap_or_else(|| e.id.clone())).collect();
        let integration = target.connection.integration.id;
        let links = self.ports.links.by_external_ids(integration, &ids).await?;
        let links: HashMap<&str, &EventLink> =
            links.iter().map(|link| (link.external_id.as_str(), link)).collect();
        let items = events
            .into_iter()
            .zip(&ids)
            .map(|(event, id)| EventItem {
                provider: target.provider.id.clone(),
                link: links.get(id.as_str()).map(|link| (*link).clone()),
                event,
            })
            .collect();
        Ok(Page { items, warnings, next_page })
    }
}
