//! Finding an event by its `transactionId`, by which Graph cannot be asked.
//!
//! It is looked for among the newest events, where the one of an interrupted creation is wherever it
//! was moved to, and around the time at which it was to be.

use mortise_plugin_api::{
    Context, Error, ErrorKind, Result, Value,
    calendar::{EventRef, EventTime},
    chrono::{DateTime, Days, NaiveTime, Utc},
};

use crate::{
    graph::{Cursor, USUAL_PAGE, calendar_path, event_path, preferring},
    list::timestamp,
    wire,
};

/// A creation's repetition comes soon after it: the event is not far down.
const PAGES: usize = 4;

const FIELDS: &str = "id,transactionId,seriesMasterId";

/// The id of the event that was made with a key, if it can be found. `start` is when it was to be.
///
/// # Errors
/// Those of a request, where it was not found and not every place could be looked through.
pub(crate) async fn find(
    cx: &Context,
    calendar: &str,
    key: &str,
    start: Option<&EventTime>,
) -> Result<Option<String>> {
    let path = calendar_path(calendar);
    let newest = Place {
        path: format!("{path}/events"),
        query: vec![("$orderby", "createdDateTime desc".to_owned())],
    };
    let around = start.and_then(around).map(|(from, to)| Place {
        path: format!("{path}/calendarView"),
        query: vec![("startDateTime", timestamp(from)), ("endDateTime", timestamp(to))],
    });
    let places = [newest].into_iter().chain(around);
    let mut failed = None;
    for answer in cx.join(places.map(|place| look(cx, place, key))).await {
        match answer {
            Ok(Some(id)) => return Ok(Some(id)),
            Ok(None) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(None), Err)
}

/// A list in which to look.
struct Place {
    path: String,
    query: Vec<(&'static str, String)>,
}

async fn look(cx: &Context, place: Place, key: &str) -> Result<Option<String>> {
    let mut cursor: Option<Cursor> = None;
    for _ in 0..PAGES {
        let mut request = cx.get(place.path.clone());
        for (name, value) in &place.query {
            request = request.query(name, value);
        }
        request = request.query("$select", FIELDS).query("$top", USUAL_PAGE);
        if let Some(Cursor { name, value }) = cursor {
            request = request.query(name, value);
        }
        let page: wire::Page = preferring(request).send().await?;
        if let Some(id) = page.value.iter().find_map(|item| id_of(item, key)) {
            return Ok(Some(id));
        }
        match page.next_link.as_deref().filter(|link| !link.is_empty()) {
            Some(link) => cursor = Some(Cursor::of_link(link)?),
            None => break,
        }
    }
    Ok(None)
}

/// The path of an event. An interrupted creation leaves nothing but its key, which is no id of
/// Graph's: the event is looked for.
///
/// # Errors
/// `NotFound` where no event was made with the key.
pub(crate) async fn resolve(cx: &Context, at: &EventRef) -> Result<String> {
    if !is_key(&at.event) {
        return Ok(event_path(&at.calendar, &at.event));
    }
    match find(cx, &at.calendar, &at.event, None).await? {
        Some(id) => Ok(event_path(&at.calendar, &id)),
        None => Err(Error::new(ErrorKind::NotFound, "Outlook has no event of this creation")),
    }
}

/// Whether it is a creation's key, 52 characters of base32hex; ids of Graph's have capitals.
fn is_key(id: &str) -> bool {
    id.len() == 52 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'))
}

fn id_of(item: &Value, key: &str) -> Option<String> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    if text("transactionId") != Some(key) {
        return None;
    }
    text("seriesMasterId").or_else(|| text("id")).map(str::to_owned)
}

fn around(start: &EventTime) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let start = match start {
        EventTime::Instant { date_time, .. } => date_time.to_utc(),
        EventTime::Day { date } => date.and_time(NaiveTime::MIN).and_utc(),
    };
    Some((start.checked_sub_days(Days::new(1))?, start.checked_add_days(Days::new(2))?))
}
