//! Lists of events: a window in order, or what changed.

use mortise_plugin_api::{
    Context, Error, ErrorKind, RequestBuilder, Result,
    calendar::{EventPage, ListEvents},
    chrono::{DateTime, Days, NaiveTime, SecondsFormat, Utc},
};

use crate::{
    errors, event,
    graph::{self, Cursor, LARGEST_PAGE, USUAL_PAGE, calendar_path, preferring, preferring_pages},
    occurrences, wire,
};

/// The other end of a window that names one only. Graph wants both.
const HALF_WINDOW: Days = Days::new(366);

/// The window of a list of changes that starts without one.
const CHANGES_BACK: Days = Days::new(30);
const CHANGES_AHEAD: Days = Days::new(366);

/// Lists a page; series are expanded. A window is in order of start. Without one Graph lists what is
/// in the window around the day of the first call, and from there on what changed in it: it gives a
/// sync cursor in no other way.
pub(crate) async fn list(cx: &Context, input: &ListEvents) -> Result<EventPage> {
    let size = input.limit.map_or(USUAL_PAGE, |limit| limit.clamp(1, LARGEST_PAGE));
    let page = input.page.as_deref().map(|text| Cursor::read(text, "page")).transpose()?;
    let window = window(input)?;
    let answer: Result<wire::Page> = match window {
        Some((start, end)) => {
            if input.sync.is_some() {
                return Err(Error::invalid("sync", "a list has either a window or a sync cursor"));
            }
            let request = cx
                .get(format!("{}/calendarView", calendar_path(&input.calendar)))
                .query("startDateTime", timestamp(start))
                .query("endDateTime", timestamp(end))
                .query("$orderby", "start/dateTime")
                .query("$top", size);
            let answer = preferring(from(request, page)).send().await;
            answer.map_err(|error| lost(error, input.page.is_some(), "page"))
        }
        None => {
            let sync = input.sync.as_deref().map(|text| Cursor::read(text, "sync")).transpose()?;
            let cursor = page.or(sync);
            let has_cursor = cursor.is_some();
            let request = cx.get(format!("{}/calendarView/delta", calendar_path(&input.calendar)));
            let request = match cursor {
                Some(_) => from(request, cursor),
                None => {
                    let (start, end) = window_of_today(cx, &input.calendar).await?;
                    request
                        .query("startDateTime", timestamp(start))
                        .query("endDateTime", timestamp(end))
                }
            };
            let field = if input.page.is_some() { "page" } else { "sync" };
            let answer = preferring_pages(request, size).send().await;
            // The cursor is all that Graph was told.
            answer.map_err(|error| match error.kind {
                ErrorKind::InvalidInput if has_cursor => errors::as_lost(error, field),
                _ => lost(error, has_cursor, field),
            })
        }
    };
    let mut answer = answer?;
    let warnings = match window {
        Some(_) => Vec::new(),
        None => occurrences::complete(cx, &input.calendar, &mut answer.value).await?,
    };
    read(answer, warnings, &input.calendar)
}

fn window(input: &ListEvents) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let (start, end) = match (input.start, input.end) {
        (None, None) => return Ok(None),
        (Some(start), end) => (Some(start), end.or(start.checked_add_days(HALF_WINDOW))),
        (None, Some(end)) => (end.checked_sub_days(HALF_WINDOW), Some(end)),
    };
    match start.zip(end) {
        Some((start, end)) if start < end => Ok(Some((start, end))),
        _ => Err(Error::invalid("end", "the end must be after the start")),
    }
}

/// Microsoft's clock says what day it is. The window begins and ends with a day.
async fn window_of_today(cx: &Context, calendar: &str) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let answer = cx.get(calendar_path(calendar)).query("$select", "id").send_raw().await?;
    if !answer.is_success() {
        return Err(errors::read(&answer));
    }
    let date = answer.header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let today = date.map(|date| date.to_utc().date_naive().and_time(NaiveTime::MIN).and_utc());
    let window = today.and_then(|today| {
        today.checked_sub_days(CHANGES_BACK).zip(today.checked_add_days(CHANGES_AHEAD))
    });
    window.ok_or_else(|| {
        let message = "Microsoft's answer does not tell the day: give start and end";
        Error::new(ErrorKind::BadAnswer, message)
    })
}

fn from(request: RequestBuilder<'_>, cursor: Option<Cursor>) -> RequestBuilder<'_> {
    match cursor {
        Some(cursor) => request.query(cursor.name, cursor.value),
        None => request,
    }
}

/// With a cursor Graph means the cursor by 410, whatever the body says.
fn lost(error: Error, has_cursor: bool, field: &str) -> Error {
    match error.kind {
        ErrorKind::Gone | ErrorKind::CursorLost if has_cursor => errors::as_lost(error, field),
        _ => error,
    }
}

fn read(answer: wire::Page, warnings: Vec<String>, calendar: &str) -> Result<EventPage> {
    let mut page = EventPage {
        next_page: graph::next_page(answer.next_link.as_deref())?,
        warnings,
        ..EventPage::default()
    };
    if page.next_page.is_none() {
        page.next_sync = graph::next_page(answer.delta_link.as_deref())?;
    }
    for item in answer.value {
        match event::read(item, calendar) {
            Ok(event) => page.events.push(event),
            Err(broken) => page.warnings.push(broken.to_string()),
        }
    }
    Ok(page)
}

pub(crate) fn timestamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
