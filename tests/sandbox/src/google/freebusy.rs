use std::sync::Arc;

use axum::extract::State;
use axum::response::Json;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::Google;
use super::access::ApiCall;
use super::error::ApiError;
use super::methods::FREEBUSY_QUERY;
use super::store::Calendar;
use super::time::{Span, Window, parse_instant, show_instant};

const CALENDARS_AT_MOST: usize = 50;

/// `calendar.freebusy.query`. An unknown calendar is an error inside the 200 answer.
pub(super) async fn query(
    State(google): State<Arc<Google>>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = google.admit(&call, &FREEBUSY_QUERY)?;
    let body = call.object()?;
    let (min, max) = (bound(&body, "timeMin")?, bound(&body, "timeMax")?);
    if max <= min {
        return Err(ApiError::time_range_empty());
    }
    let zone = match body.get("timeZone").and_then(Value::as_str) {
        None => Tz::UTC,
        Some(name) => name.parse().map_err(|_| ApiError::invalid("Invalid time zone."))?,
    };
    let most = body.get("calendarExpansionMax").map_or(Some(CALENDARS_AT_MOST), |most| {
        usize::try_from(most.as_u64()?).ok().filter(|most| *most <= CALENDARS_AT_MOST)
    });
    let most = most.ok_or_else(|| ApiError::invalid("Invalid value for calendarExpansionMax"))?;
    let ids = item_ids(&body)?;
    if ids.len() > most {
        let message = "The number of calendars requested is too large for a single query.";
        return Err(ApiError::calendar_rule("tooManyCalendarsRequested", message));
    }

    let mut data = google.api.data();
    let mut calendars = Map::new();
    for id in ids {
        let entry = match data.calendar(&account, &id) {
            Err(_) => json!({
                "errors": [{"domain": "global", "reason": "notFound"}],
                "busy": [],
            }),
            Ok(calendar) => {
                let blocks = merged(busy_spans(calendar, &account, Span { start: min, end: max }));
                let blocks = blocks.iter().map(|span| {
                    json!({
                        "start": show_instant(span.start, zone),
                        "end": show_instant(span.end, zone),
                    })
                });
                json!({"busy": blocks.collect::<Vec<_>>()})
            }
        };
        calendars.insert(id, entry);
    }
    Ok(Json(json!({
        "kind": "calendar#freeBusy",
        "timeMin": show_instant(min, zone),
        "timeMax": show_instant(max, zone),
        "calendars": calendars,
    })))
}

fn bound(body: &Map<String, Value>, name: &str) -> Result<DateTime<Utc>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Err(ApiError::required(format!("Missing {name} parameter."))),
        Some(value) => value
            .as_str()
            .and_then(parse_instant)
            .ok_or_else(|| ApiError::bad_request("Bad Request")),
    }
}

fn item_ids(body: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let items = match body.get("items") {
        None | Some(Value::Null) => return Ok(vec![]),
        Some(items) => items.as_array().ok_or_else(ApiError::parse_error)?,
    };
    let ids = items.iter().map(|item| item["id"].as_str().map(str::to_owned));
    ids.collect::<Option<_>>().ok_or_else(|| ApiError::required("Required"))
}

/// Busy times inside the asked span, cut off at its ends.
fn busy_spans(calendar: &Calendar, account: &str, asked: Span) -> Vec<Span> {
    let window = Window { min: Some(asked.start), max: Some(asked.end) };
    calendar
        .occurrences(window, asked.end)
        .iter()
        .filter(|event| event.is_busy(account))
        .filter_map(|event| event.span(calendar.zone))
        .filter(|span| window.meets(*span) && span.start < span.end)
        .map(|span| Span { start: span.start.max(asked.start), end: span.end.min(asked.end) })
        .collect()
}

/// Blocks that overlap or touch become one.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut blocks: Vec<Span> = Vec::new();
    for span in spans {
        match blocks.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => blocks.push(span),
        }
    }
    blocks
}
