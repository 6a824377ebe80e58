//! The rules of the calendar capability.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use super::{
    KEY,
    event::{ZONE, draft, is_at, is_canonical, is_on},
    run::{Faults, Given, Must, Ran, Rule, carries, differ, rule, with_retry_after},
};
use crate::{
    calendar::{CalendarPage, ConferenceStatus, Event, EventPage, EventTime, FreeBusy},
    error::ErrorKind::{
        BadAnswer, CursorLost, Gone, MissingScope, NotFound, PreconditionFailed, RateLimited,
        Timeout, Unauthorized, Unavailable,
    },
};

use Must::{Fail, FailWith, Give, GivePages};

pub(super) const RULES: &[Rule] = &[
    rule("create", "create_event", create, Give(created)),
    rule("create_repeated", "create_event", create, Give(is_canonical)),
    rule("get", "get_event", at, Give(is_canonical)),
    rule("get_all_day", "get_event", at, Give(all_day)),
    rule("get_dst", "get_event", at, Give(second_half_past_two)),
    rule("get_odd_characters", "get_event", at, Give(odd_characters)),
    rule("get_series", "get_event", at, Give(series)),
    rule("get_conference", "get_event", at, Give(conference)),
    rule("get_missing", "get_event", at, Fail(&[NotFound, Gone])),
    rule("update", "update_event", update, Give(updated)),
    rule("update_changed", "update_event", update, Fail(&[PreconditionFailed])),
    rule("update_missing", "update_event", update, Fail(&[NotFound, Gone])),
    rule("delete", "delete_event", delete, Give(nothing)),
    rule("delete_missing", "delete_event", delete, Fail(&[NotFound, Gone])),
    rule("list_two_pages", "list_events", list, GivePages(two_pages)),
    rule("list_empty", "list_events", list, Give(empty_list)),
    rule("list_with_broken_item", "list_events", list, Give(one_and_a_warning)),
    rule("list_cursor_lost", "list_events", list, Fail(&[CursorLost])),
    rule("free_busy", "free_busy", busy_of_two, Give(busy_and_an_error)),
    rule("free_busy_empty", "free_busy", busy_of_one, Give(free)),
    rule("calendars", "list_calendars", first_page, Give(one_is_primary)),
    rule("rate_limited", "get_event", at, FailWith(RateLimited, with_retry_after)),
    rule("token_refused", "get_event", at, Fail(&[Unauthorized])),
    rule("scope_missing", "get_event", at, Fail(&[MissingScope])),
    rule("vendor_down", "get_event", at, Fail(&[Unavailable])),
    rule("timeout", "get_event", at, Fail(&[Timeout])),
    rule("not_json", "get_event", at, Fail(&[BadAnswer])),
    rule("other_json", "get_event", at, Fail(&[BadAnswer])),
];

fn create(given: &Given<'_>) -> Value {
    json!({"calendar": given.calendar, "key": KEY, "event": draft()})
}

fn at(given: &Given<'_>) -> Value {
    json!({"calendar": given.calendar, "event": given.text_or("event_id", "event-1")})
}

fn update(given: &Given<'_>) -> Value {
    let mut input = delete(given);
    input["event"] = draft();
    input
}

fn delete(given: &Given<'_>) -> Value {
    json!({"at": at(given), "if_match": given.text("etag")})
}

/// A week, or what changed since where the recording has a sync cursor.
fn list(given: &Given<'_>) -> Value {
    let mut input = json!({"calendar": given.calendar, "page": given.text("page")});
    match given.text("sync") {
        Some(sync) => input["sync"] = Value::from(sync),
        None => {
            input["start"] = Value::from("2026-12-01T00:00:00Z");
            input["end"] = Value::from("2026-12-08T00:00:00Z");
        }
    }
    input
}

fn busy_of_one(given: &Given<'_>) -> Value {
    busy_of(&[given.calendar])
}

fn busy_of_two(given: &Given<'_>) -> Value {
    busy_of(&[given.calendar, "cal-2"])
}

fn busy_of(calendars: &[&str]) -> Value {
    let (start, end) = ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
    json!({"calendars": calendars, "start": start, "end": end})
}

fn first_page(_: &Given<'_>) -> Value {
    json!({})
}

fn created(ran: &Ran<'_>) -> Faults {
    let mut faults = is_canonical(ran);
    if !ran.writes().any(|request| carries(request, KEY)) {
        faults.push("no write carries the key".to_owned());
    }
    faults
}

fn updated(ran: &Ran<'_>) -> Faults {
    let mut faults = is_canonical(ran);
    let Some(etag) = ran.given.text("etag") else {
        return vec!["the recording's input has no etag".to_owned()];
    };
    let is_conditional = ran.writes().any(|request| {
        let is_it = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("if-match") && value == etag
        };
        request.method != "POST" && request.headers.iter().any(is_it)
    });
    if !is_conditional {
        faults.push(format!("no PATCH or PUT carries if-match: {etag}"));
    }
    faults
}

fn nothing(_: &Ran<'_>) -> Faults {
    Faults::new()
}

fn event(ran: &Ran<'_>, judge: impl FnOnce(&Event) -> Faults) -> Faults {
    ran.output::<Event>().map_or_else(|faults| faults, |event| judge(&event))
}

fn all_day(ran: &Ran<'_>) -> Faults {
    event(ran, |event| is_on(event, "2026-12-24", "2026-12-27"))
}

fn second_half_past_two(ran: &Ran<'_>) -> Faults {
    event(ran, |event| is_at(event, "2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00"))
}

fn odd_characters(ran: &Ran<'_>) -> Faults {
    let title = "Żółć 🦷 \"quoted\" <b>&amp;</b>".to_owned();
    event(ran, |event| differ("title", &event.title, &Some(title)).into_iter().collect())
}

fn series(ran: &Ran<'_>) -> Faults {
    event(ran, |event| {
        let [line] = event.recurrence.as_slice() else {
            return vec![format!("recurrence is {:?}, not one rule", event.recurrence)];
        };
        let parts: BTreeSet<String> = line
            .strip_prefix("RRULE:")
            .unwrap_or_default()
            .split(';')
            .map(str::to_uppercase)
            .filter(|part| part != "INTERVAL=1" && !part.starts_with("WKST="))
            .collect();
        let wanted = ["FREQ=WEEKLY", "BYDAY=TU", "COUNT=5"].map(str::to_owned).into();
        differ("the rule", &parts, &wanted).into_iter().collect()
    })
}

fn conference(ran: &Ran<'_>) -> Faults {
    event(ran, |event| match &event.conference {
        None => vec!["conference is absent".to_owned()],
        Some(conference) => {
            let url = Some("https://meet.example.org/abc".to_owned());
            let faults = [
                differ("conference.url", &conference.url, &url),
                differ("conference.status", &conference.status, &ConferenceStatus::Ready),
            ];
            faults.into_iter().flatten().collect()
        }
    })
}

fn two_pages(ran: &Ran<'_>) -> Faults {
    let pages: Vec<EventPage> = match ran.pages() {
        Ok(pages) => pages,
        Err(faults) => return faults,
    };
    let ids: Vec<Vec<&str>> = pages
        .iter()
        .map(|page| page.events.iter().map(|event| event.id.as_str()).collect())
        .collect();
    let wanted = vec![vec!["event-1", "event-2"], vec!["event-3"]];
    let mut faults: Faults = differ("the pages", &ids, &wanted).into_iter().collect();
    if pages.last().is_some_and(|page| page.next_page.is_some()) {
        faults.push("the last page has a next one".to_owned());
    }
    let events: Vec<&Event> = pages.iter().flat_map(|page| &page.events).collect();
    if !events.is_sorted_by_key(|event| moment(&event.start)) {
        faults.push("the events are not in order of start".to_owned());
    }
    faults.extend(pages.iter().flat_map(|page| &page.warnings).cloned());
    faults
}

/// A whole day counts from its midnight in UTC.
fn moment(time: &EventTime) -> DateTime<FixedOffset> {
    match time {
        EventTime::Instant { date_time, .. } => *date_time,
        EventTime::Day { date } => date.and_time(chrono::NaiveTime::MIN).and_utc().fixed_offset(),
    }
}

fn empty_list(ran: &Ran<'_>) -> Faults {
    page_of(ran, 0, 0)
}

fn one_and_a_warning(ran: &Ran<'_>) -> Faults {
    page_of(ran, 1, 1)
}

fn page_of(ran: &Ran<'_>, events: usize, warnings: usize) -> Faults {
    let page: EventPage = match ran.output() {
        Ok(page) => page,
        Err(faults) => return faults,
    };
    let faults = [
        differ("the number of events", &page.events.len(), &events),
        differ("the number of warnings", &page.warnings.len(), &warnings),
        differ("next_page", &page.next_page, &None),
    ];
    faults.into_iter().flatten().collect()
}

fn busy_and_an_error(ran: &Ran<'_>) -> Faults {
    let wanted = [("09:00", "10:00"), ("10:00", "10:30")];
    busy(ran, &[(ran.given.calendar, &wanted, false), ("cal-2", &[], true)])
}

fn free(ran: &Ran<'_>) -> Faults {
    busy(ran, &[(ran.given.calendar, &[], false)])
}

/// A calendar's id, its blocks of the first of December, and whether it has an error.
type BusyOf<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);

fn busy(ran: &Ran<'_>, wanted: &[BusyOf<'_>]) -> Faults {
    let answer: FreeBusy = match ran.output() {
        Ok(answer) => answer,
        Err(faults) => return faults,
    };
    let time = |moment: DateTime<chrono::Utc>| moment.format("%Y-%m-%dT%H:%M").to_string();
    let got: Vec<_> = answer
        .calendars
        .iter()
        .map(|calendar| {
            let blocks = calendar.busy.iter().map(|block| (time(block.start), time(block.end)));
            let is_error = calendar.error.as_ref().is_some_and(|error| !error.is_empty());
            (calendar.calendar.as_str(), blocks.collect::<Vec<_>>(), is_error)
        })
        .collect();
    let day = |time: &str| format!("2026-12-01T{time}");
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(calendar, blocks, is_error)| {
            let blocks = blocks.iter().map(|(start, end)| (day(start), day(end)));
            (*calendar, blocks.collect::<Vec<_>>(), *is_error)
        })
        .collect();
    differ("busy (calendar, blocks, error)", &got, &wanted).into_iter().collect()
}

fn one_is_primary(ran: &Ran<'_>) -> Faults {
    let page: CalendarPage = match ran.output() {
        Ok(page) => page,
        Err(faults) => return faults,
    };
    let mut faults = Faults::new();
    if page.calendars.len() < 2 {
        faults.push(format!("{} calendars are listed, not two or more", page.calendars.len()));
    }
    let primary: Vec<_> = page.calendars.iter().filter(|calendar| calendar.primary).collect();
    match primary.as_slice() {
        [primary] if primary.writable && primary.counts_as_busy => {}
        [_] => faults.push("the primary calendar is not writable and the user's own".to_owned()),
        others => faults.push(format!("{} calendars are primary, not one", others.len())),
    }
    let zones: Vec<_> =
        page.calendars.iter().filter_map(|calendar| calendar.time_zone.as_deref()).collect();
    if !zones.is_empty() && !zones.contains(&ZONE) {
        faults.push(format!("no calendar is in {ZONE}: {zones:?}"));
    }
    faults
}
