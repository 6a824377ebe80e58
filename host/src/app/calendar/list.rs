use std::{collections::HashMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mortise_plugin_api::calendar::{Event, EventPage, ListEvents};
use serde::{Deserialize, Serialize};

use super::{
    Window, operation,
    target::{Targets, default_calendar},
};
use crate::{
    app::{Caller, Hub, HubError, call::Target},
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

/// A page of events.
#[derive(Debug, Clone, Default)]
pub struct EventList {
    /// In order of start.
    pub items: Vec<EventItem>,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
    /// Broken events and vendors that could not be asked, one sentence each.
    pub warnings: Vec<String>,
    /// Whether a vendor could not be asked.
    pub partial: bool,
}

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

/// Where each vendor's list goes on; vendors that are through are left out.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor(HashMap<String, String>);

impl Cursor {
    fn read(text: &str) -> Result<Self, HubError> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Self::unreadable())?;
        serde_json::from_slice(&json).map_err(|_| Self::unreadable())
    }

    fn unreadable() -> HubError {
        HubError::invalid("cursor", "not a next_cursor of an earlier page: leave it out")
    }

    fn write(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        serde_json::to_vec(self).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
    }
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
        let mut targets = if query.calendar_id.is_some() {
            let usable = vec![self.calendar_target(caller, query.provider.as_deref()).await?];
            Targets { usable, unusable: Vec::new() }
        } else {
            self.calendar_targets(caller, query.provider.as_deref()).await?
        };
        let warnings = targets.warnings().collect();
        let partial = !targets.unusable.is_empty();
        let targets = &mut targets.usable;
        let cursor = query.cursor.as_deref().map(Cursor::read).transpose()?;
        if let Some(Cursor(pages)) = &cursor {
            targets.retain(|target| pages.contains_key(target.provider.id.as_str()));
            if targets.is_empty() {
                return Err(Cursor::unreadable());
            }
        }
        let pages = cursor.unwrap_or_default().0;
        let asked = targets.iter().map(|target| self.page_of(target, &query, &pages));
        let answers = futures::future::join_all(asked).await;
        let mut list = EventList { warnings, partial, ..EventList::default() };
        let (mut next, mut failed, mut failures) = (Cursor::default(), None, 0);
        for (target, answer) in targets.iter().zip(answers) {
            let id = &target.provider.id;
            match answer {
                Ok((items, page)) => {
                    list.items.extend(items);
                    list.warnings.extend(page.warnings.iter().map(|text| format!("{id}: {text}")));
                    next.0.extend(page.next_page.map(|page| (id.to_string(), page)));
                }
                Err(error) => {
                    failures += 1;
                    list.warnings.push(error.to_string());
                    failed = failed.or(Some(error));
                }
            }
        }
        if let Some(error) = failed {
            if failures == targets.len() {
                return Err(error);
            }
            list.partial = true;
        }
        let utc = chrono_tz::Tz::UTC;
        list.items.sort_by_key(|item| moment(&item.event.start, utc));
        list.next_cursor = next.write();
        Ok(list)
    }

    async fn page_of(
        self: &Arc<Self>,
        target: &Target,
        query: &ListQuery,
        pages: &HashMap<String, String>,
    ) -> Result<(Vec<EventItem>, EventPage), HubError> {
        let input = ListEvents {
            calendar: query.calendar_id.clone().unwrap_or_else(|| default_calendar(target)),
            start: Some(query.window.start),
            end: Some(query.window.end),
            limit: Some(query.limit),
            page: pages.get(target.provider.id.as_str()).cloned(),
            sync: None,
        };
        let mut page: EventPage = self.call(target, operation::LIST, &input).await?;
        let events = std::mem::take(&mut page.events);
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
        Ok((items, page))
    }
}
