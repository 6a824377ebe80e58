//! Busy time of any number of calendars.

use std::collections::BTreeMap;

use mortise_plugin_api::{
    Context, Error, Result, Value,
    calendar::{Busy, CalendarBusy, FreeBusy, FreeBusyQuery},
    json,
};
use serde::Deserialize;

use crate::{errors, wire};

/// Calendars per question (`FreeBusyRequest.calendarExpansionMax`).
const CALENDARS_PER_QUERY: usize = 50;

/// Asks for all calendars at once, in as many questions as the limit needs. Each calendar that
/// Google does not answer for has an error; a question that fails altogether fails the operation.
pub(crate) async fn query(cx: &Context, input: FreeBusyQuery) -> Result<FreeBusy> {
    let mut asked: Vec<&str> = input.calendars.iter().map(String::as_str).collect();
    asked.sort_unstable();
    asked.dedup();
    let questions = asked.chunks(CALENDARS_PER_QUERY).map(|calendars| {
        let items: Vec<Value> = calendars.iter().map(|id| json!({"id": id})).collect();
        let body = json!({
            "timeMin": input.start,
            "timeMax": input.end,
            "calendarExpansionMax": CALENDARS_PER_QUERY,
            "items": items,
        });
        cx.post("/freeBusy").repeatable().json(&body).send::<wire::FreeBusyResponse>()
    });
    let mut answered = BTreeMap::new();
    for answer in cx.join(questions).await {
        for (id, calendar) in answer.map_err(blame_end)?.calendars {
            // Ids are mail addresses, and Google may spell them its own way.
            answered.insert(id.to_lowercase(), read(&calendar));
        }
    }
    let calendars = input.calendars.into_iter().map(|calendar| {
        let (busy, error) = answered.get(&calendar.to_lowercase()).cloned().unwrap_or_else(|| {
            (Vec::new(), Some("Google gave no answer for this calendar".to_owned()))
        });
        CalendarBusy { calendar, busy, error }
    });
    Ok(FreeBusy { calendars: calendars.collect() })
}

fn blame_end(error: Error) -> Error {
    errors::blame_range(error, "end")
}

fn read(calendar: &Value) -> (Vec<Busy>, Option<String>) {
    let Ok(calendar) = wire::FreeBusyCalendar::deserialize(calendar) else {
        return (Vec::new(), Some("Google's answer for this calendar is broken".to_owned()));
    };
    let blocks = calendar.busy.unwrap_or_default().into_iter();
    let busy = blocks.map(|block| Busy { start: block.start, end: block.end }).collect();
    let error = calendar.errors.unwrap_or_default().into_iter().next().map(sentence);
    (busy, error)
}

fn sentence(error: wire::CalendarError) -> String {
    match error.reason.as_deref() {
        Some("notFound") => "Google has no such calendar, or the account may not see it".to_owned(),
        Some("internalError") => "Google had a fault of its own with this calendar".to_owned(),
        Some("groupTooBig") => "this is a group with more members than Google looks up".to_owned(),
        Some("tooManyCalendarsRequested") => "Google was asked for too many calendars".to_owned(),
        Some(reason) => {
            let reason: String = reason.chars().filter(|c| !c.is_control()).take(64).collect();
            format!("Google could not look into this calendar ({reason})")
        }
        None => "Google could not look into this calendar".to_owned(),
    }
}
