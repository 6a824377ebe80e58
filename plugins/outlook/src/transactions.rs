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
    graph::{USUAL_PAGE, calendar_path, event_path, preferring},
    list::timestamp,
    wire,
};

const FIELDS: &str = "id,transactionId,seriesMasterId";

/// The id of the event that was made with a key, if it can be found. `start` is when it was to be.
///
/// # Errors
/// Those of a request, where neither place could be looked through.
pub(crate) async fn find(
    cx: &Context,
    calendar: &str,
    key: &str,
    start: Option<&EventTime>,
) -> Result<Option<String>> {
    let path = calendar_path(calendar);
    let newest = cx.get(format!("{path}/events")).query("$orderby", "createdDateTime desc");
    let around = start.and_then(around).map(|(from, to)| {
        cx.get(format!("{path}/calendarView"))
            .query("startDateTime", timestamp(from))
            .query("endDateTime", timestamp(to))
    });
    let questions = [newest].into_iter().chain(around).map(|request| {
        let request = request.query("$select", FIELDS).query("$top", USUAL_PAGE);
        preferring(request).send::<wire::Page>()
    });
    let mut failed = None;
    for answer in cx.join(questions).await {
        match answer {
            Ok(page) => {
                if let Some(id) = page.value.iter().find_map(|item| id_of(item, key)) {
                    return Ok(Some(id));
                }
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        // A mailbox that cannot put its events in this order does not have it.
        Some(error) if error.kind != ErrorKind::InvalidInput => Err(error),
        _ => Ok(None),
    }
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
