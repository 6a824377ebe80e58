//! Occurrences in a list of changes.
//!
//! Graph tells of an occurrence there no more than its ids and its times: the rest is its series'.
//! The series itself is a row too, and no event of the window.

use std::collections::{BTreeMap, BTreeSet};

use mortise_plugin_api::{Context, Error, ErrorKind, Map, Result, Value};

use crate::graph::{AT_ONCE, event_path, preferring};

type Item = Map<String, Value>;

/// What an occurrence does not have from its series, but for the protocol's notes.
const OF_THE_SERIES: [&str; 14] = [
    "cancelledOccurrences",
    "changeKey",
    "end",
    "exceptionOccurrences",
    "iCalUId",
    "id",
    "instances",
    "occurrenceId",
    "originalStart",
    "recurrence",
    "start",
    "transactionId",
    "uid",
    "webLink",
];

/// Lays the occurrences of a page over their series, leaves the series out, and tells what could not
/// be read.
///
/// # Errors
/// Those of reading a series that may go away: the page can be asked for again.
pub(crate) async fn complete(
    cx: &Context,
    calendar: &str,
    items: &mut Vec<Value>,
) -> Result<Vec<String>> {
    let mut series = BTreeMap::new();
    items.retain(|item| {
        let is_series = text(item, "type") == Some("seriesMaster");
        if let (true, Some(id), Value::Object(fields)) = (is_series, text(item, "id"), item)
            && fields.contains_key("isAllDay")
        {
            series.insert(id.to_owned(), fields.clone());
        }
        !is_series
    });
    let wanted: BTreeSet<_> = items.iter().filter_map(series_of).collect();
    let wanted: Vec<_> = wanted.into_iter().filter(|id| !series.contains_key(*id)).collect();
    let mut read = Vec::new();
    for wave in wanted.chunks(AT_ONCE) {
        let requests = wave.iter().map(|id| preferring(cx.get(event_path(calendar, id))));
        let answers = cx.join(requests.map(|request| request.send::<Item>())).await;
        for (id, answer) in wave.iter().zip(answers) {
            match answer {
                Ok(fields) => read.push(((*id).to_owned(), fields)),
                Err(error) if may_go_away(&error) => return Err(error),
                Err(_) => {}
            }
        }
    }
    series.extend(read);

    let mut warnings = Vec::new();
    items.retain_mut(|item| {
        let Some(id) = series_of(item) else { return true };
        let found = series.get(id);
        match found {
            Some(fields) => lay_over(item, fields),
            None => {
                let id: String = text(item, "id").unwrap_or_default().chars().take(64).collect();
                warnings.push(format!("event {id} is left out: its series could not be read"));
            }
        }
        found.is_some()
    });
    Ok(warnings)
}

fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The series of an occurrence that came without its own fields.
fn series_of(item: &Value) -> Option<&str> {
    let is_bare = text(item, "type") == Some("occurrence") && item.get("isAllDay").is_none();
    text(item, "seriesMasterId").filter(|_| is_bare && item.get("@removed").is_none())
}

fn may_go_away(error: &Error) -> bool {
    error.kind.is_temporary() || error.kind == ErrorKind::Unauthorized
}

fn lay_over(item: &mut Value, series: &Item) {
    let Value::Object(fields) = item else { return };
    let shared = series
        .iter()
        .filter(|(name, _)| !name.contains('@') && !OF_THE_SERIES.contains(&name.as_str()));
    for (name, value) in shared {
        let field = fields.entry(name.clone()).or_insert(Value::Null);
        if field.is_null() {
            *field = value.clone();
        }
    }
}
