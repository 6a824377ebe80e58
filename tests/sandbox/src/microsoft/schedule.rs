//! `getSchedule`: free and busy times of up to twenty people.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::Microsoft;
use super::call::{Call, Right};
use super::error::GraphError;
use super::event::{Item, is_all_day, times};
use super::me::working_hours;
use super::prefer::Prefer;
use super::schema::{self, SCHEDULE};
use super::store::{Mailbox, context, is_personal};
use super::time::{Moment, write};
use super::view::seen_in;
use super::zones::windows_name;
use crate::local::Span;

const SCHEDULES_AT_MOST: usize = 20;
const LONGEST: TimeDelta = TimeDelta::days(42);
/// Minutes that one character of the availability view may stand for.
const INTERVALS: std::ops::RangeInclusive<i64> = 5..=1440;

/// `POST .../getSchedule`. An address without a mailbox is an error inside the 200 answer; a
/// mailbox is there once its account was used or an event was planted in it.
pub(super) async fn query(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::FreeBusy)?;
    if is_personal(&account) {
        return Err(GraphError::access_denied());
    }
    let prefer = call.prefer()?;
    let sent = lower_case(call.object()?);
    schema::check(&sent, &SCHEDULE)?;
    let asked = Asked::read(&sent)?;
    let mut data = microsoft.api.data();
    data.mailbox(&account).at(call.place())?;
    let entries =
        asked.schedules.iter().map(|address| match data.known_mailbox(&address.to_lowercase()) {
            None => unknown(address),
            Some(mailbox) => asked.entry(address, mailbox, mailbox.account == account, &prefer),
        });
    let body = json!({
        "@odata.context": context(&account, "getSchedule"),
        "value": entries.collect::<Vec<_>>(),
    });
    Ok(prefer.answer(StatusCode::OK, body))
}

/// The names of the vendor's metadata begin with capitals, those of its examples do not.
fn lower_case(sent: Map<String, Value>) -> Map<String, Value> {
    let lower = |(name, value): (String, Value)| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        (first.into_iter().chain(letters).collect(), value)
    };
    sent.into_iter().map(lower).collect()
}

struct Asked {
    schedules: Vec<String>,
    span: Span,
    interval: TimeDelta,
}

impl Asked {
    fn read(sent: &Map<String, Value>) -> Result<Self, GraphError> {
        let schedules = sent.get("schedules").and_then(Value::as_array).into_iter().flatten();
        let schedules: Vec<_> =
            schedules.filter_map(|one| one.as_str().map(str::to_owned)).collect();
        if schedules.is_empty() {
            return Err(GraphError::invalid("The parameter 'schedules' is required."));
        }
        if schedules.len() > SCHEDULES_AT_MOST {
            let message = "The number of schedules is larger than the 20 that are allowed.";
            return Err(GraphError::bad_request("ErrorMailboxDataArrayTooBig", message));
        }
        let time = |name: &str| Moment::read(sent.get(name).unwrap_or(&Value::Null), name);
        let span = Span { start: time("startTime")?.instant(), end: time("endTime")?.instant() };
        if span.end <= span.start {
            return Err(GraphError::invalid("The endTime must be after the startTime."));
        }
        if span.end - span.start > LONGEST {
            let message = "The requested time duration is larger than the 42 days allowed.";
            return Err(GraphError::bad_request("ErrorTimeIntervalTooBig", message));
        }
        let interval = sent.get("availabilityViewInterval").and_then(Value::as_i64).unwrap_or(30);
        if !INTERVALS.contains(&interval) || TimeDelta::minutes(interval) > span.end - span.start {
            let message = "The availabilityViewInterval is 5 to 1440 minutes, and not longer than \
                           the requested time.";
            return Err(GraphError::bad_request("ErrorInvalidMergedFreeBusyInterval", message));
        }
        Ok(Self { schedules, span, interval: TimeDelta::minutes(interval) })
    }

    fn entry(&self, address: &str, mailbox: &Mailbox, own: bool, prefer: &Prefer) -> Value {
        let mut items: Vec<_> = seen_in(&mailbox.calendars[0], self.span)
            .into_iter()
            .filter(|item| !item.flag("isCancelled"))
            .filter_map(|item| Some((item.span()?, item)))
            .collect();
        items.sort_by_key(|(span, item)| (*span, item.key));
        let shown = items.iter().filter_map(|(_, item)| schedule_item(item, own, prefer));
        json!({
            "scheduleId": address,
            "availabilityView": self.availability(&items),
            "scheduleItems": shown.collect::<Vec<_>>(),
            "workingHours": working_hours(windows_name(mailbox.zone)),
        })
    }

    /// One character per interval: of the events in it, the one that takes most of the person.
    fn availability(&self, items: &[(Span, Item)]) -> String {
        let starts = (0..).map(|count| self.span.start + self.interval * count);
        let starts = starts.take_while(|start: &DateTime<Utc>| *start < self.span.end);
        starts
            .map(|start| {
                let slot = Span { start, end: start + self.interval };
                let met = items.iter().filter(|(span, _)| slot.meets(*span));
                let ranks = met.map(|(_, item)| rank(item.text("showAs")));
                ranks.max().map_or('0', |(_, character)| character)
            })
            .collect()
    }
}

/// How much of the person an event takes, and its character.
fn rank(show_as: &str) -> (u8, char) {
    match show_as {
        "oof" => (4, '3'),
        "busy" => (3, '2'),
        "tentative" => (2, '1'),
        "workingElsewhere" => (1, '4'),
        _ => (0, '0'),
    }
}

/// What it is about is shown to the mailbox's owner, and of private events to nobody else.
fn schedule_item(item: &Item, own: bool, prefer: &Prefer) -> Option<Value> {
    let (start, end) = times(&item.body)?;
    let show = |moment: &Moment| {
        let local = match is_all_day(&item.body) {
            true => moment.local,
            false => moment.instant().with_timezone(&prefer.zone).naive_local(),
        };
        write(local, &prefer.zone_name)
    };
    let mut shown = json!({
        "status": item.text("showAs"),
        "start": show(&start),
        "end": show(&end),
        "isPrivate": item.text("sensitivity") == "private",
    });
    if own {
        shown["subject"] = item.text("subject").into();
        let location = item.body.get("location").unwrap_or(&Value::Null);
        shown["location"] = location["displayName"].as_str().unwrap_or_default().into();
    }
    Some(shown)
}

fn unknown(address: &str) -> Value {
    json!({
        "scheduleId": address,
        "availabilityView": "",
        "scheduleItems": [],
        "workingHours": null,
        "error": {
            "message": format!("Unable to resolve e-mail address {address} to an object."),
            "responseCode": "ErrorMailRecipientNotFound",
        },
    })
}
