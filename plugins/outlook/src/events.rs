//! The operations on single events.

use mortise_plugin_api::{
    Context, Error, ErrorKind, Result, Value,
    calendar::{
        CreateEvent, DeleteEvent, Event, EventRef, EventStatus, EventTime, Notify, UpdateEvent,
    },
};

use crate::{
    body, draft, errors, event,
    graph::{calendar_path, event_path, preferring, preferring_html},
    meetings, transactions,
};

/// Makes an event with the key as its `transactionId`. Where Graph had that before, an earlier
/// attempt made the event, and it is answered as it stands, wherever it was moved since; one that
/// was deleted or cancelled since is a conflict. Nothing else is: by `Conflict` the key is spent, and a
/// caller may go on with another, which would make a second event where the first is there.
pub(crate) async fn create(cx: &Context, input: CreateEvent) -> Result<Event> {
    if input.key.is_empty() {
        return Err(Error::invalid("key", "without a key a repetition would make a second event"));
    }
    draft::check_status(input.event.status, None)?;
    refuse_silence(input.notify, !input.event.attendees.is_empty())?;
    let start = input.event.start.clone();
    let prepared = draft::prepare(input.event)?;
    let provider = match prepared.draft.conference_requested {
        true => Some(meetings::provider(cx, &input.calendar).await.map_err(errors::undecided)?),
        false => None,
    };
    let body = prepared.insert_body(&input.key, provider);
    // A transaction's id is good once: a second one answers with what the first has made.
    let request = cx.post(format!("{}/events", calendar_path(&input.calendar))).repeatable();
    let answer = preferring(request).json(&body).send_raw().await?;
    let event = if answer.is_success() {
        written(cx, answer.json()?, &input.calendar).await?
    } else {
        let refusal = errors::read(&answer);
        if !errors::is_duplicate(&refusal) {
            return Err(errors::undecided(refusal));
        }
        let told = errors::existing_event(&answer);
        let made = made_before(cx, &input.calendar, &input.key, &start, told).await;
        match made.map_err(errors::undecided)? {
            Some(event) => event,
            None => return Err(spent(refusal)),
        }
    };
    if event.status == EventStatus::Cancelled {
        return Err(spent(Error::new(ErrorKind::Conflict, "")));
    }
    Ok(event)
}

/// The event that an earlier attempt made: `told` is its id, where Graph named it. `None` only where
/// Graph was asked and has none: what could not be looked up may be there.
async fn made_before(
    cx: &Context,
    calendar: &str,
    key: &str,
    start: &EventTime,
    told: Option<String>,
) -> Result<Option<Event>> {
    let at = |event: String| EventRef { calendar: calendar.to_owned(), event };
    if let Some(event) = told {
        match get(cx, &at(event)).await {
            // An id that is none is nothing that Graph told.
            Err(error) if error.vendor_status == Some(400) => {}
            other => return or_gone(other),
        }
    }
    match transactions::find(cx, calendar, key, Some(start)).await? {
        Some(event) => or_gone(get(cx, &at(event)).await),
        None => Ok(None),
    }
}

fn or_gone(event: Result<Event>) -> Result<Option<Event>> {
    match event {
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Gone) => Ok(None),
        other => other.map(Some),
    }
}

/// Reads an event.
pub(crate) async fn get(cx: &Context, at: &EventRef) -> Result<Event> {
    let path = transactions::resolve(cx, at).await?;
    let item: Value = preferring(cx.get(path)).send().await?;
    Ok(event::read(item, &at.calendar)?)
}

/// Changes an event so that nothing of the model's old fields stays. What may be sent depends on the
/// event as it is, which is read first.
pub(crate) async fn update(cx: &Context, input: UpdateEvent) -> Result<Event> {
    let UpdateEvent { at, event, if_match, notify } = input;
    let prepared = draft::prepare(event)?;
    let path = transactions::resolve(cx, &at).await?;
    let current: Value = preferring(cx.get(path.clone())).send().await?;
    let current = draft::current(current, &at.calendar)?;
    draft::check_status(prepared.draft.status, Some(&current.event))?;
    let guests = !prepared.draft.attendees.is_empty() || !current.event.attendees.is_empty();
    refuse_silence(notify, guests)?;
    let text = changed_text(cx, &path, prepared.draft.description.as_deref(), &current).await?;
    let provider = match prepared.draft.conference_requested && current.event.conference.is_none() {
        true => Some(meetings::provider(cx, &at.calendar).await?),
        false => None,
    };
    let body = prepared.patch_body(&current, text, provider);
    let request = preferring(cx.patch(path)).if_match(if_match.as_deref());
    match request.json(&body).send().await {
        Ok(item) => written(cx, item, &at.calendar).await,
        Err(error) => Err(stale(error, if_match.as_deref())),
    }
}

/// Deletes an event; guests get mail.
pub(crate) async fn delete(cx: &Context, input: &DeleteEvent) -> Result<()> {
    let path = transactions::resolve(cx, &input.at).await?;
    if input.notify == Notify::None {
        let item: Value = preferring(cx.get(path.clone())).send().await?;
        refuse_silence(input.notify, !event::read(item, &input.at.calendar)?.attendees.is_empty())?;
    }
    let deleted = cx.delete(path).if_match(input.if_match.as_deref()).send_no_content().await;
    deleted.map_err(|error| stale(error, input.if_match.as_deref()))
}

/// The event that a write answers with. Where Graph answers with its text as HTML, it is read again.
async fn written(cx: &Context, item: Value, calendar: &str) -> Result<Event> {
    let is_html = body::is_html(&item);
    let event = event::read(item, calendar)?;
    if !is_html {
        return Ok(event);
    }
    let path = event_path(calendar, &event.id);
    let again: Result<Value> = preferring(cx.get(path)).send().await;
    // The write is done, whatever came of this.
    Ok(again.ok().and_then(|item| event::read(item, calendar).ok()).unwrap_or(event))
}

/// The body to send, where the description changes.
async fn changed_text(
    cx: &Context,
    path: &str,
    description: Option<&str>,
    current: &draft::Current,
) -> Result<Option<Value>> {
    let alike = |text: Option<&str>| text.unwrap_or_default().replace("\r\n", "\n");
    if alike(description) == alike(current.event.description.as_deref()) {
        return Ok(None);
    }
    if current.event.conference.is_some() {
        let request = cx.get(path).query("$select", "body");
        let item: Value = preferring_html(request).send().await?;
        let html = item.pointer("/body/content").and_then(Value::as_str).unwrap_or_default();
        if let Some(body) = body::around_meeting(html, description) {
            return Ok(Some(body));
        }
        let conference = current.event.conference.as_ref();
        if conference.and_then(|c| c.url.as_deref()).is_some_and(|url| body::has_link(html, url)) {
            return Ok(body::before(html, description));
        }
    }
    Ok(Some(body::plain(description)))
}

/// Graph writes to the guests by itself and cannot be told otherwise: who wanted silence must hear
/// of it before anybody gets mail.
fn refuse_silence(notify: Notify, guests: bool) -> Result<()> {
    if notify == Notify::None && guests {
        let message = "Outlook always writes to the guests of an event: allow it with notify \
                       \"all\", or leave the guests out";
        return Err(Error::invalid("notify", message));
    }
    Ok(())
}

fn spent(refusal: Error) -> Error {
    let message = "the event was made before and has been deleted in Outlook since";
    Error { message: message.to_owned(), ..refusal }
}

/// Graph has two answers to a version that is no longer the event's.
fn stale(error: Error, if_match: Option<&str>) -> Error {
    let conflict = error.vendor_code.as_deref() == Some("ErrorIrresolvableConflict");
    if error.kind == ErrorKind::Conflict && conflict && if_match.is_some() {
        return errors::as_stale(error);
    }
    error
}
