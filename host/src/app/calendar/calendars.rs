use std::{sync::Arc, time::Duration};

use chrono_tz::Tz;
use futures::future::join_all;
use moka::future::Cache;
use mortise_plugin_api::calendar::{CalendarInfo, CalendarPage, EventTime, ListCalendars};

use super::{operation, target::default_calendar};
use crate::{
    app::{Hub, HubError, call::Target},
    domain::ids::IntegrationId,
};

/// Which calendars count, by connection. People seldom make new ones.
pub(in crate::app) struct CalendarCache(Cache<IntegrationId, Arc<Vec<CalendarInfo>>>);

impl CalendarCache {
    pub(in crate::app) fn new() -> Self {
        let ttl = Duration::from_secs(300);
        Self(Cache::builder().max_capacity(10_000).time_to_live(ttl).build())
    }

    pub(in crate::app) async fn forget(&self, id: IntegrationId) {
        self.0.invalidate(&id).await;
    }
}

/// An account with more calendars than this is cut off there.
const MOST_PAGES: usize = 20;

impl Hub {
    /// The calendars of a connection whose busy time is the user's own. Kept for five minutes.
    ///
    /// # Errors
    /// Those of a provider call.
    pub(super) async fn own_calendars(
        self: &Arc<Self>,
        target: &Target,
    ) -> Result<Arc<Vec<CalendarInfo>>, HubError> {
        let id = target.connection.integration.id;
        if let Some(known) = self.calendars.0.get(&id).await {
            return Ok(known);
        }
        let mut own = self.all_calendars(target).await?;
        own.retain(|calendar| calendar.counts_as_busy);
        if own.is_empty() {
            let id = default_calendar(target);
            own.push(CalendarInfo { id, primary: true, ..CalendarInfo::default() });
        }
        let own = Arc::new(own);
        self.calendars.0.insert(id, Arc::clone(&own)).await;
        Ok(own)
    }

    /// All calendars of a connection, as the vendor has them now.
    ///
    /// # Errors
    /// Those of a provider call.
    pub(super) async fn all_calendars(
        self: &Arc<Self>,
        target: &Target,
    ) -> Result<Vec<CalendarInfo>, HubError> {
        let (mut all, mut page) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let input = ListCalendars { page };
            let got: CalendarPage = self.call(target, operation::CALENDARS, &input).await?;
            all.extend(got.calendars);
            page = got.next_page;
            if page.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// The zone in which a calendar's whole days are meant; UTC where the vendor does not say.
    pub(super) async fn zone_of(self: &Arc<Self>, target: &Target, calendar: &str) -> Tz {
        self.own_calendars(target).await.map_or(Tz::UTC, |own| zone_in(&own, calendar))
    }

    /// The zone in which the days of a span from `start` on are meant: that of a calendar of the
    /// first target. The lists of all targets are read for it, at once, for whoever needs them next.
    /// A span of times needs no zone.
    pub(super) async fn zone_of_days(
        self: &Arc<Self>,
        targets: &[Target],
        calendar: &str,
        start: &EventTime,
    ) -> Tz {
        if !matches!(start, EventTime::Day { .. }) {
            return Tz::UTC;
        }
        let lists = join_all(targets.iter().map(|target| self.own_calendars(target))).await;
        match lists.first() {
            Some(Ok(own)) => zone_in(own, calendar),
            _ => Tz::UTC,
        }
    }
}

fn zone_in(calendars: &[CalendarInfo], calendar: &str) -> Tz {
    let is_it =
        |info: &&CalendarInfo| info.id == calendar || (calendar == "primary" && info.primary);
    let zone = calendars.iter().find(is_it).and_then(|info| info.time_zone.as_deref());
    zone.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC)
}
