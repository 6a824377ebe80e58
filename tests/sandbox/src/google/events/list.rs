use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Json;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::get::view_zone;
use super::tokens::{PageToken, SyncToken, open, seal};
use crate::clock::now;
use crate::google::Google;
use crate::google::access::ApiCall;
use crate::google::calendars::default_reminders;
use crate::google::error::ApiError;
use crate::google::event::Event;
use crate::google::methods::EVENTS_LIST;
use crate::google::store::{Calendar, Data};
use crate::google::time::{Window, parse_instant};
use crate::params::Params;

/// Parameters that the vendor does not take together with a sync token.
const NOT_WITH_SYNC_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMax",
    "timeMin",
    "updatedMin",
];

/// Parameters of a first query that make its answer unfit to be synchronised.
const NO_SYNC_TOKEN: [&str; 6] =
    ["iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin"];

/// Series without end are expanded this far ahead where `timeMax` does not say.
const HORIZON: TimeDelta = TimeDelta::days(2 * 365);

/// `calendar.events.list`: 250 events per page, at most 2500.
pub(crate) async fn list(
    State(google): State<Arc<Google>>,
    Path(calendar): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = google.admit(&call, &EVENTS_LIST)?;
    if call.query.get("orderBy") == Some("startTime") && !call.flag("singleEvents") {
        let message = "The requested ordering is not available for the particular query.";
        return Err(ApiError::bad_request(message));
    }
    let mut data = google.api.data();
    let id = data.calendar(&account, &calendar)?.id.clone();
    let first_sync = SyncToken {
        epoch: data.epoch.clone(),
        account: account.clone(),
        calendar: id.clone(),
        change: data.change,
        single_events: call.flag("singleEvents"),
        time_min: call.query.get("timeMin").map(str::to_owned),
        time_max: call.query.get("timeMax").map(str::to_owned),
    };
    let since = since(&call, &data, &account, &id)?;
    let calendar = data.calendar(&account, &id)?;
    let page = call.query.get("pageToken").map(|token| page_token(&call, token)).transpose()?;
    let window = window(&call, since.as_ref())?;
    let zone = view_zone(&call, calendar.zone)?;

    let mut found = matches(&call, calendar, since.as_ref(), window);
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    if let Some(page) = &page {
        found.retain(|(key, _)| *key > page.after);
    }
    // Changes made between two pages are news for the next synchronisation.
    let change = page.as_ref().map_or(first_sync.change, |page| page.change);
    let size = call.number("maxResults").unwrap_or(250).min(2500);
    let more = found.len() > size;
    found.truncate(size);

    let mut answer = json!({
        "kind": "calendar#events",
        "etag": format!("\"p{change}\""),
        "summary": calendar.summary,
        "updated": now(),
        "timeZone": zone.name(),
        "accessRole": calendar.role.name(),
        "defaultReminders": default_reminders(calendar),
        "items": items(&found, zone, call.number("maxAttendees"), &account),
    });
    let last = found.pop().filter(|_| more);
    if let Some((after, _)) = last {
        let token = PageToken { after, change, query: other_parameters(&call.query) };
        answer["nextPageToken"] = json!(seal(&token));
    } else if !NO_SYNC_TOKEN.iter().any(|name| call.query.has(name)) {
        let token = SyncToken { change, ..since.unwrap_or(first_sync) };
        answer["nextSyncToken"] = json!(seal(&token));
    }
    Ok(Json(answer))
}

fn items(found: &[Keyed], zone: Tz, max_attendees: Option<usize>, account: &str) -> Vec<Value> {
    let view = |event: &Event| match event.is_cancelled() {
        true => event.stub(),
        false => event.view(zone, max_attendees, account),
    };
    found.iter().map(|(_, event)| view(event)).collect()
}

/// The sync token, checked: 400 beside parameters that it excludes, 410 where it is not good.
fn since(
    call: &ApiCall,
    data: &Data,
    account: &str,
    calendar: &str,
) -> Result<Option<SyncToken>, ApiError> {
    let Some(token) = call.query.get("syncToken") else { return Ok(None) };
    if let Some(name) = NOT_WITH_SYNC_TOKEN.iter().find(|name| call.query.has(name)) {
        let message = format!("Sync token cannot be used with the parameter {name}.");
        return Err(ApiError::invalid(message));
    }
    let token: SyncToken = open(token).ok_or_else(ApiError::full_sync_required)?;
    let ours = token.epoch == data.epoch && token.account == account && token.calendar == calendar;
    if !ours || token.change < data.forgotten {
        return Err(ApiError::full_sync_required());
    }
    if token.single_events != call.flag("singleEvents") {
        // The vendor calls it undefined behaviour; refusing shows the client's mistake.
        let message = "singleEvents must be the same as in the query that gave the sync token.";
        return Err(ApiError::invalid(message));
    }
    Ok(Some(token))
}

fn page_token(call: &ApiCall, token: &str) -> Result<PageToken, ApiError> {
    open::<PageToken>(token)
        .filter(|page| page.query == other_parameters(&call.query))
        .ok_or_else(|| ApiError::bad_parameter("pageToken", token))
}

fn other_parameters(query: &Params) -> String {
    let others = query.pairs().filter(|(name, _)| !matches!(*name, "pageToken" | "maxResults"));
    let mut others: Vec<_> = others.map(|(name, value)| format!("{name}={value}")).collect();
    others.sort();
    others.join("&")
}

fn window(call: &ApiCall, since: Option<&SyncToken>) -> Result<Window, ApiError> {
    let (min, max) = match since {
        Some(since) => (since.time_min.as_deref(), since.time_max.as_deref()),
        None => (call.query.get("timeMin"), call.query.get("timeMax")),
    };
    let window = Window { min: min.and_then(parse_instant), max: max.and_then(parse_instant) };
    match (window.min, window.max) {
        (Some(min), Some(max)) if max <= min => Err(ApiError::time_range_empty()),
        _ => Ok(window),
    }
}

type Keyed = ((i64, String), Event);

/// The events that the query asks for, with their sort keys.
fn matches(
    call: &ApiCall,
    calendar: &Calendar,
    since: Option<&SyncToken>,
    window: Window,
) -> Vec<Keyed> {
    let horizon = now() + HORIZON;
    let single = call.flag("singleEvents");
    let events = match single {
        true => calendar.occurrences(window, horizon),
        false => calendar.events.values().cloned().collect(),
    };
    let updated_min = call.query.get("updatedMin").and_then(parse_instant);
    let wanted = |event: &Event| {
        if let Some(since) = since {
            return event.change > since.change;
        }
        let updated = event.text("updated").parse::<DateTime<Utc>>().ok();
        if updated_min.is_some_and(|min| updated.is_some_and(|at| at < min)) {
            return false;
        }
        if event.is_cancelled() {
            // An exception that is gone must be told of where its series is told of as one.
            let gone_from_series = !single
                && event
                    .series_id()
                    .and_then(|id| calendar.events.get(id))
                    .is_some_and(|series| !series.is_cancelled());
            return call.flag("showDeleted") || updated_min.is_some() || gone_from_series;
        }
        in_window(event, calendar, window, horizon) && has_what_was_asked(event, &call.query)
    };
    let order = call.query.get("orderBy");
    let key = |event: &Event| {
        let first = match order {
            Some("startTime") => {
                event.span(calendar.zone).map_or(0, |span| span.start.timestamp_millis())
            }
            Some("updated") => event.change.try_into().unwrap_or(i64::MAX),
            _ => 0,
        };
        (first, event.id().to_owned())
    };
    events.into_iter().filter(wanted).map(|event| (key(&event), event)).collect()
}

/// Events with broken times are shown always, so that clients meet them.
fn in_window(event: &Event, calendar: &Calendar, window: Window, horizon: DateTime<Utc>) -> bool {
    if event.is_series() {
        return window == Window::default()
            || !event.instances(calendar.zone, window, horizon).is_empty();
    }
    event.span(calendar.zone).is_none_or(|span| window.meets(span))
}

fn has_what_was_asked(event: &Event, query: &Params) -> bool {
    let words = query.get("q").map(str::to_lowercase);
    let found = words.is_none_or(|words| {
        let attendees = event.body.get("attendees").map(Value::to_string).unwrap_or_default();
        let texts = ["summary", "description", "location"].map(|name| event.text(name));
        let all = [&texts[..], &[&attendees]].concat().join("\n").to_lowercase();
        words.split_whitespace().all(|word| all.contains(word))
    });
    let mut kinds = query.all("eventTypes").peekable();
    let kind = event.text("eventType");
    found
        && query.get("iCalUID").is_none_or(|uid| event.text("iCalUID") == uid)
        && (kinds.peek().is_none() || kinds.any(|one| one == kind))
        && has_properties(event, query, "privateExtendedProperty", "private")
        && has_properties(event, query, "sharedExtendedProperty", "shared")
}

fn has_properties(event: &Event, query: &Params, parameter: &str, kind: &str) -> bool {
    query.all(parameter).all(|wanted| {
        let Some((name, value)) = wanted.split_once('=') else { return false };
        let properties = event.body.get("extendedProperties");
        properties.is_some_and(|properties| properties[kind][name] == value)
    })
}
