//! `calendarView` and `instances`: what happens in a range, series expanded.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Microsoft;
use super::call::{Call, PAGE, Right};
use super::error::GraphError;
use super::event::{Item, Kind};
use super::filter::Filter;
use super::order::{Order, PageToken};
use super::schema::EVENT;
use super::select::Select;
use super::store::{Calendar, Mailbox, context};
use super::time::read_bound;
use crate::local::Span;

/// Longest range that a series is expanded over.
const LONGEST: TimeDelta = TimeDelta::days(1825);

/// `GET .../calendarView?startDateTime&endDateTime`: by start, in pages.
pub(super) async fn list(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    answer(&microsoft, &call, |mailbox, window| {
        Ok(seen_in(mailbox.calendar(call.place())?, window))
    })
}

/// `GET /me/events/{id}/instances?startDateTime&endDateTime`
pub(super) async fn instances(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    answer(&microsoft, &call, |mailbox, window| {
        let (at, item) = mailbox.find(call.place(), call.event_id())?;
        let series = mailbox.calendars[at].events.get(&item.key.serial);
        let series = series.filter(|_| item.kind == Kind::Master);
        let series =
            series.ok_or_else(|| GraphError::invalid("Only a series master has instances."))?;
        Ok(series.seen_in(window))
    })
}

pub(super) fn seen_in(calendar: &Calendar, window: Span) -> Vec<Item> {
    calendar.events.values().flat_map(|event| event.seen_in(window)).collect()
}

/// A page of what `find` gives for the asked range.
fn answer(
    microsoft: &Microsoft,
    call: &Call,
    find: impl FnOnce(&Mailbox, Span) -> Result<Vec<Item>, GraphError>,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(call, Right::Read)?;
    let prefer = call.prefer()?;
    call.options(&["$top", "$skip", "$skiptoken", "$select", "$orderby", "$filter", "$count"])?;
    let select = Select::read(call, &EVENT)?;
    let (filter, order) = (Filter::read(call)?, Order::read(call, Some("start/dateTime"))?);
    let (page, token) = (PAGE.of(call, &prefer)?, PageToken::read(call)?);
    let mut data = microsoft.api.data();
    let items = find(data.mailbox(&account), window(call)?)?;

    let items = order.sort(items.into_iter().filter(|item| filter.admits(item)).collect());
    let count = items.len();
    let rest = items
        .into_iter()
        .filter(|(rank, _)| token.as_ref().is_none_or(|token| order.is_after(rank, token)));
    let skip = if token.is_some() { 0 } else { page.skip };
    let mut shown: Vec<_> = rest.skip(skip).take(page.top.saturating_add(1)).collect();
    let more = shown.len() > page.top;
    shown.truncate(page.top);
    let view = |(_, item): &(_, Item)| select.apply(item.view(&account, &prefer));
    let mut answer = json!({
        "@odata.context": context(&account, "calendarView"),
        "value": shown.iter().map(view).collect::<Vec<Value>>(),
    });
    if let Some((rank, _)) = shown.pop().filter(|_| more) {
        let token = PageToken::after(call, rank);
        let next = call.link(&[("$skip", None), ("$skiptoken", Some(&token))]);
        answer["@odata.nextLink"] = next.into();
    }
    if call.query.get("$count") == Some("true") {
        answer["@odata.count"] = count.into();
    }
    Ok(prefer.answer(StatusCode::OK, answer))
}

/// The asked range; its bounds read their own offsets, and UTC where they have none.
pub(super) fn window(call: &Call) -> Result<Span, GraphError> {
    let bound = |name: &str| {
        let Some(text) = call.query.get(name) else {
            let message = "This request requires a time window specified by the query string \
                           parameters StartDateTime and EndDateTime.";
            return Err(GraphError::invalid(message));
        };
        read_bound(text).ok_or_else(|| {
            GraphError::invalid(format!("The value '{text}' of parameter '{name}' is invalid."))
        })
    };
    let window = Span { start: bound("startDateTime")?, end: bound("endDateTime")? };
    if window.end <= window.start {
        let message = "The value of EndDateTime must be after the value of StartDateTime.";
        return Err(GraphError::invalid(message));
    }
    if window.end - window.start > LONGEST {
        let message = "The time range is too large: 1825 days are allowed.";
        return Err(GraphError::invalid(message));
    }
    Ok(window)
}
