//! The operations on events.

use mortise_plugin_api::{
    Broken, Context, Error, ErrorKind, RequestBuilder, Result, Value,
    calendar::{
        CreateEvent, DeleteEvent, Event, EventPage, EventRef, EventStatus, ListEvents, Notify,
        UpdateEvent,
    },
    chrono::{DateTime, SecondsFormat, Utc},
    path,
};

use crate::{
    draft, errors,
    event::{self, Source},
    wire,
};

/// Google's largest page (`events.list`, `maxResults`).
const LARGEST_PAGE: u32 = 2500;

/// Of the zone of an event that names none and that was read alone.
const NO_ZONE: &str = "UTC";

/// Makes an event with the key as its id. Where it is there already, an earlier attempt made it,
/// and it is answered as it stands; one that was deleted since is a conflict.
pub(crate) async fn create(cx: &Context, input: CreateEvent) -> Result<Event> {
    check_key(&input.key)?;
    let conference_requested = input.event.conference_requested;
    let body = draft::insert_body(input.event, &input.key);
    let request = cx
        .post(path!("/calendars/{}/events", input.calendar))
        .repeatable()
        .query("sendUpdates", send_updates(input.notify));
    let made: Result<Value> =
        with_conference(request, conference_requested).json(&body).send().await;
    match made {
        Ok(item) => Ok(read(item, &input.calendar)?),
        Err(refusal) if refusal.kind == ErrorKind::Conflict => {
            let at = EventRef { calendar: input.calendar, event: input.key };
            match get(cx, &at).await {
                Ok(event) if event.status != EventStatus::Cancelled => Ok(event),
                Ok(_) => {
                    let message = "the event was made before and has been deleted at Google since";
                    Err(Error { message: message.to_owned(), ..refusal })
                }
                Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Gone) => {
                    Err(refusal)
                }
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(errors::blame_range(error, "event.end")),
    }
}

/// Reads an event.
pub(crate) async fn get(cx: &Context, at: &EventRef) -> Result<Event> {
    Ok(read(current(cx, at).await?, &at.calendar)?)
}

/// Patches an event so that nothing of the model's old fields stays. Guests and a conference that
/// is asked for depend on the event as it is, which is read first.
pub(crate) async fn update(cx: &Context, input: UpdateEvent) -> Result<Event> {
    let current = if draft::needs_current(&input.event) {
        let current = current(cx, &input.at).await?;
        // What is no event tells nothing of its guests, who would lose their answers.
        event::check_id(&current)?;
        Some(current)
    } else {
        None
    };
    let body = draft::patch_body(input.event, current.as_ref());
    let request = cx
        .patch(path!("/calendars/{}/events/{}", input.at.calendar, input.at.event))
        .query("sendUpdates", send_updates(input.notify))
        .if_match(input.if_match.as_deref());
    let conference = body.contains_key("conferenceData");
    match with_conference(request, conference).json(&body).send().await {
        Ok(item) => Ok(read(item, &input.at.calendar)?),
        Err(error) => Err(errors::blame_range(error, "event.end")),
    }
}

/// Deletes an event.
pub(crate) async fn delete(cx: &Context, input: &DeleteEvent) -> Result<()> {
    cx.delete(path!("/calendars/{}/events/{}", input.at.calendar, input.at.event))
        .query("sendUpdates", send_updates(input.notify))
        .if_match(input.if_match.as_deref())
        .send_no_content()
        .await
}

/// Lists a page. Series are always expanded, so that a cursor of one list is good for the next.
///
/// A window is ordered by start. A list without window is not: Google gives a sync cursor only
/// where no order was asked for.
pub(crate) async fn list(cx: &Context, input: &ListEvents) -> Result<EventPage> {
    let has_window = input.start.is_some() || input.end.is_some();
    if has_window && input.sync.is_some() {
        return Err(Error::invalid("sync", "a list has either a window or a sync cursor"));
    }
    let answer = cx
        .get(path!("/calendars/{}/events", input.calendar))
        .query("singleEvents", true)
        .maybe_query("orderBy", has_window.then_some("startTime"))
        .maybe_query("timeMin", input.start.map(timestamp))
        .maybe_query("timeMax", input.end.map(timestamp))
        .maybe_query("syncToken", input.sync.as_deref())
        .maybe_query("maxResults", input.limit.map(|limit| limit.clamp(1, LARGEST_PAGE)))
        .maybe_query("pageToken", input.page.as_deref())
        .send::<wire::Events>()
        .await;
    match answer {
        Ok(answer) => Ok(page(answer, &input.calendar)),
        // With a cursor Google means the cursor by 410, whatever the body says.
        Err(error) if error.kind == ErrorKind::Gone && input.sync.is_some() => {
            Err(Error { kind: ErrorKind::CursorLost, ..error })
        }
        Err(error) => Err(errors::blame_range(error, "end")),
    }
}

fn page(answer: wire::Events, calendar: &str) -> EventPage {
    let zone = answer.time_zone.filter(|zone| !zone.is_empty());
    let source = Source { calendar, time_zone: zone.as_deref().unwrap_or(NO_ZONE) };
    let mut page = EventPage {
        next_page: answer.next_page_token.filter(|token| !token.is_empty()),
        ..EventPage::default()
    };
    if page.next_page.is_none() {
        page.next_sync = answer.next_sync_token.filter(|token| !token.is_empty());
    }
    for item in answer.items {
        match event::read(item, source) {
            Ok(event) => page.events.push(event),
            Err(broken) => page.warnings.push(broken.to_string()),
        }
    }
    page
}

async fn current(cx: &Context, at: &EventRef) -> Result<Value> {
    cx.get(path!("/calendars/{}/events/{}", at.calendar, at.event)).send().await
}

fn read(item: Value, calendar: &str) -> Result<Event, Broken> {
    event::read(item, Source { calendar, time_zone: NO_ZONE })
}

/// Without the version Google ignores the body's conference, and leaves the event's own alone.
fn with_conference(request: RequestBuilder<'_>, requested: bool) -> RequestBuilder<'_> {
    request.maybe_query("conferenceDataVersion", requested.then_some(1))
}

fn check_key(key: &str) -> Result<()> {
    let base32hex = key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
    if base32hex && (5..=1024).contains(&key.len()) {
        return Ok(());
    }
    Err(Error::invalid("key", "Google takes event ids of 5 to 1024 characters from 0-9 and a-v"))
}

fn send_updates(notify: Notify) -> &'static str {
    match notify {
        Notify::All => "all",
        Notify::External => "externalOnly",
        Notify::None => "none",
    }
}

fn timestamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
