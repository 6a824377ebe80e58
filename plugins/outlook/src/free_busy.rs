//! Busy time.
//!
//! Mail addresses are asked for with `getSchedule`, all other ids are the account's own calendars and
//! are read. `tentative` counts as busy, as in Outlook's own scheduling; `workingElsewhere` does not.
//! Personal accounts lack `getSchedule`: of them the account's own address is answered from its
//! calendar, and other people's cannot be.

use std::collections::BTreeMap;

use mortise_plugin_api::{
    Context, Error, ErrorKind, Result, Value,
    calendar::{Busy, CalendarBusy, FreeBusy, FreeBusyQuery, ResponseStatus, Transparency},
    chrono::{DateTime, Duration, Utc},
    json,
};
use serde::Deserialize;

use crate::{
    graph::{AT_ONCE, Cursor, PRIMARY, calendar_path, preferring},
    list::timestamp,
    times, wire, words,
};

/// Addresses per `getSchedule`.
const ADDRESSES: usize = 20;

/// `getSchedule` takes less than 42 days.
const LONGEST: Duration = Duration::days(41);

/// What `getSchedule` divides the time by for its view. It wants one slot at least.
const SLOT: Duration = Duration::minutes(30);

const SHORTEST: Duration = Duration::hours(1);

const EVENTS_PER_PAGE: u32 = 500;

const FIELDS: &str = "start,end,isAllDay,isCancelled,originalStartTimeZone,originalEndTimeZone,\
                      responseStatus,showAs";

const REFUSED: &str = "Microsoft refused to look into this calendar";

const BROKEN: &str = "Microsoft's answer for this calendar is broken";

#[derive(Clone, Copy)]
struct Window {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// What is known of one calendar.
#[derive(Clone, Default)]
struct Known {
    busy: Vec<Busy>,
    error: Option<String>,
}

enum Question<'a> {
    Addresses(&'a [&'a str], Window),
    Calendar(&'a str),
}

enum Answer {
    Known(Vec<(String, Known)>),
    /// Microsoft does not answer for these addresses; perhaps the account has no `getSchedule`.
    Refused(Vec<String>),
    /// The calendar may not be read with the scopes that were granted.
    MissingScope(String, Error),
}

/// Asks for all calendars, four questions at once. Each calendar that Microsoft does not answer for
/// has an error; a question that fails altogether fails the operation.
pub(crate) async fn query(cx: &Context, input: FreeBusyQuery) -> Result<FreeBusy> {
    let window = Window { start: input.start, end: input.end };
    if window.end <= window.start {
        return Err(Error::invalid("end", "the end must be after the start"));
    }
    let mut asked: Vec<&str> = input.calendars.iter().map(String::as_str).collect();
    asked.sort_unstable();
    asked.dedup();
    let (addresses, calendars): (Vec<&str>, Vec<&str>) =
        asked.into_iter().partition(|id| is_address(id));
    let parts = parts(window);
    let schedules = addresses
        .chunks(ADDRESSES)
        .flat_map(|addresses| parts.iter().map(move |&part| Question::Addresses(addresses, part)));
    let questions: Vec<Question<'_>> =
        schedules.chain(calendars.into_iter().map(Question::Calendar)).collect();

    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let (mut refused, mut not_granted, mut has_schedules) = (Vec::new(), Vec::new(), false);
    for wave in questions.chunks(AT_ONCE) {
        let answers = cx.join(wave.iter().map(|question| ask(cx, question, window))).await;
        for (question, answer) in wave.iter().zip(answers) {
            match answer? {
                Answer::Known(entries) => {
                    has_schedules |= matches!(question, Question::Addresses(..));
                    for (id, more) in entries {
                        let entry = known.entry(id).or_default();
                        entry.busy.extend(more.busy);
                        entry.error = entry.error.take().or(more.error);
                    }
                }
                Answer::Refused(addresses) => refused.extend(addresses),
                Answer::MissingScope(id, error) => not_granted.push((id, error)),
            }
        }
    }
    if !refused.is_empty() && !has_schedules {
        known.extend(without_schedules(cx, &addresses, window).await?);
    } else {
        for address in refused {
            known.entry(address).or_default().error.get_or_insert_with(|| REFUSED.to_owned());
        }
    }
    for (id, error) in not_granted {
        // Where nothing at all may be read, it is the scope and not the calendar.
        if known.is_empty() {
            return Err(error);
        }
        let error = Some("Microsoft does not let the account read this calendar".to_owned());
        known.insert(id, Known { busy: Vec::new(), error });
    }
    let calendars = input.calendars.into_iter().map(|calendar| {
        let Known { mut busy, error } = known.get(&key(&calendar)).cloned().unwrap_or_else(|| {
            let error = Some("Microsoft gave no answer for this calendar".to_owned());
            Known { busy: Vec::new(), error }
        });
        busy.retain(|block| block.start < window.end && window.start < block.end);
        busy.sort_unstable_by_key(|block| (block.start, block.end));
        // An event that two questions have in common.
        busy.dedup();
        CalendarBusy { calendar, busy, error }
    });
    Ok(FreeBusy { calendars: calendars.collect() })
}

fn is_address(id: &str) -> bool {
    id.contains('@')
}

/// Graph may spell an address its own way.
fn key(id: &str) -> String {
    if is_address(id) { id.to_lowercase() } else { id.to_owned() }
}

fn parts(window: Window) -> Vec<Window> {
    let mut parts = Vec::new();
    let mut start = window.start;
    while start < window.end {
        let end = start.checked_add_signed(LONGEST).map_or(window.end, |end| end.min(window.end));
        parts.push(Window { start, end });
        start = end;
    }
    parts
}

async fn ask(cx: &Context, question: &Question<'_>, window: Window) -> Result<Answer> {
    match *question {
        Question::Addresses(addresses, part) => schedules(cx, addresses, part).await,
        Question::Calendar(calendar) => {
            let error = match view(cx, calendar, window).await {
                Ok(known) => return Ok(Answer::Known(vec![(calendar.to_owned(), known)])),
                Err(error) => error,
            };
            let sentence = match error.kind {
                ErrorKind::MissingScope => {
                    return Ok(Answer::MissingScope(calendar.to_owned(), error));
                }
                ErrorKind::NotFound | ErrorKind::Gone | ErrorKind::InvalidInput => {
                    "Microsoft has no such calendar, or the account may not see it"
                }
                ErrorKind::Forbidden => "Microsoft does not let the account read this calendar",
                _ => return Err(error),
            };
            let known = Known { busy: Vec::new(), error: Some(sentence.to_owned()) };
            Ok(Answer::Known(vec![(calendar.to_owned(), known)]))
        }
    }
}

async fn schedules(cx: &Context, addresses: &[&str], part: Window) -> Result<Answer> {
    let shortest = part.start.checked_add_signed(SHORTEST).unwrap_or(part.end);
    let end = part.end.max(shortest);
    let body = json!({
        "Schedules": addresses,
        "StartTime": times::utc_json(part.start),
        "EndTime": times::utc_json(end),
        "AvailabilityViewInterval": SLOT.num_minutes(),
    });
    let request = preferring(cx.post("/me/calendar/getSchedule")).repeatable().json(&body);
    match request.send::<wire::Page>().await {
        Ok(answer) => {
            let entries = answer.value.into_iter();
            Ok(Answer::Known(entries.filter_map(|entry| schedule(entry, part.start)).collect()))
        }
        Err(error) if matches!(error.vendor_status, Some(400 | 403 | 404 | 405 | 501)) => {
            Ok(Answer::Refused(addresses.iter().map(|address| key(address)).collect()))
        }
        Err(error) => Err(error),
    }
}

/// What a schedule tells; `start` is when its view begins.
fn schedule(entry: Value, start: DateTime<Utc>) -> Option<(String, Known)> {
    let id = entry.get("scheduleId")?.as_str().map(key)?;
    let broken = || Known { busy: Vec::new(), error: Some(BROKEN.to_owned()) };
    let Ok(entry) = wire::ScheduleInformation::deserialize(entry) else {
        return Some((id, broken()));
    };
    let mut known = Known { busy: Vec::new(), error: entry.error.map(sentence) };
    let items = entry.schedule_items.unwrap_or_default();
    if items.is_empty() {
        known.busy = merged(entry.availability_view.as_deref().unwrap_or_default(), start);
    }
    for item in items {
        if !is_busy(item.status.as_deref()) {
            continue;
        }
        match times::moment(&item.start).zip(times::moment(&item.end)) {
            Some((start, end)) => known.busy.push(Busy { start, end }),
            None => return Some((id, broken())),
        }
    }
    Some((id, known))
}

/// The blocks of an availability view, which is all that some calendars show: a digit for each slot,
/// 1 to 3 for tentative, busy and out of office.
fn merged(view: &str, start: DateTime<Utc>) -> Vec<Busy> {
    let mut blocks: Vec<Busy> = Vec::new();
    let mut slot = start;
    for digit in view.bytes() {
        let Some(next) = slot.checked_add_signed(SLOT) else { break };
        if matches!(digit, b'1'..=b'3') {
            match blocks.last_mut() {
                Some(last) if last.end == slot => last.end = next,
                _ => blocks.push(Busy { start: slot, end: next }),
            }
        }
        slot = next;
    }
    blocks
}

fn is_busy(show_as: Option<&str>) -> bool {
    words::availability(show_as.unwrap_or("busy")).0 == Transparency::Busy
}

fn sentence(error: wire::FreeBusyError) -> String {
    match error.response_code.as_deref() {
        Some("ErrorMailRecipientNotFound") => {
            "Microsoft has no such address, or the account may not see its calendar".to_owned()
        }
        Some(code) => {
            let code: String = code.chars().filter(|c| !c.is_control()).take(64).collect();
            format!("Microsoft could not look into this calendar ({code})")
        }
        None => "Microsoft could not look into this calendar".to_owned(),
    }
}

/// The account's own address is its default calendar.
async fn without_schedules(
    cx: &Context,
    addresses: &[&str],
    window: Window,
) -> Result<Vec<(String, Known)>> {
    let calendar: wire::Calendar =
        cx.get(calendar_path(PRIMARY)).query("$select", "id,owner").send().await?;
    let own = calendar.owner.and_then(|owner| owner.address).unwrap_or_default();
    let mut known = Vec::new();
    for address in addresses {
        let entry = if address.eq_ignore_ascii_case(&own) {
            view(cx, PRIMARY, window).await?
        } else {
            let error = "Microsoft looks up other people's calendars for work and school accounts \
                         only, and by their right addresses";
            Known { busy: Vec::new(), error: Some(error.to_owned()) }
        };
        known.push((key(address), entry));
    }
    Ok(known)
}

/// A calendar's busy time, from all pages of its events.
async fn view(cx: &Context, calendar: &str, window: Window) -> Result<Known> {
    let mut known = Known::default();
    let mut cursor: Option<Cursor> = None;
    loop {
        let mut request = cx
            .get(format!("{}/calendarView", calendar_path(calendar)))
            .query("startDateTime", timestamp(window.start))
            .query("endDateTime", timestamp(window.end))
            .query("$select", FIELDS)
            .query("$top", EVENTS_PER_PAGE);
        if let Some(Cursor { name, value }) = cursor {
            request = request.query(name, value);
        }
        let page: wire::Page = preferring(request).send().await?;
        for item in page.value {
            match taken(item) {
                Some(Taken::Busy(block)) => known.busy.push(block),
                Some(Taken::Nothing) => {}
                None => known.error = Some(BROKEN.to_owned()),
            }
        }
        match page.next_link.as_deref().filter(|link| !link.is_empty()) {
            Some(link) => cursor = Some(Cursor::of_link(link)?),
            None => return Ok(known),
        }
    }
}

enum Taken {
    Busy(Busy),
    Nothing,
}

/// The time that an event takes; `None` where that cannot be understood: it may take any.
fn taken(item: Value) -> Option<Taken> {
    let event = wire::TakenTime::deserialize(item).ok()?;
    let answer = event.response_status.and_then(|status| status.response);
    let stays_away = words::response(answer.as_deref()) == ResponseStatus::Declined;
    if event.is_cancelled.unwrap_or_default() || stays_away || !is_busy(event.show_as.as_deref()) {
        return Some(Taken::Nothing);
    }
    let (start, end) = times::span(&times::Raw {
        all_day: event.is_all_day.unwrap_or_default(),
        start: event.start?,
        end: event.end?,
        start_zone: event.original_start_time_zone,
        end_zone: event.original_end_time_zone,
    })?;
    Some(Taken::Busy(Busy { start, end }))
}
