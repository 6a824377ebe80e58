//! The account's calendars, and the account itself.

use mortise_plugin_api::{
    Account, Context, ErrorKind, Map, Result, RouteRequest, Value,
    calendar::{CalendarInfo, CalendarPage},
    json,
};
use serde::Deserialize;

use crate::wire;

/// The operation behind `GET calendars`.
pub(crate) const ROUTE: &str = "google_calendar.calendars";

/// Google's largest page (`calendarList.list`, `maxResults`).
const LARGEST_PAGE: u32 = 250;

/// A page of calendars, and what was wrong with the entries that are not in it.
pub(crate) struct Listed {
    pub(crate) page: CalendarPage,
    warnings: Vec<String>,
}

/// Lists the calendars that the user has not hidden.
pub(crate) async fn list(cx: &Context, page: Option<&str>) -> Result<Listed> {
    let answer: wire::CalendarList = cx
        .get("/users/me/calendarList")
        .query("maxResults", LARGEST_PAGE)
        .maybe_query("pageToken", page)
        .send()
        .await?;
    let mut calendars = Vec::new();
    let mut warnings = Vec::new();
    for (position, entry) in answer.items.into_iter().enumerate() {
        match wire::CalendarListEntry::deserialize(entry) {
            Ok(entry) => calendars.push(info(entry)),
            Err(_) => {
                warnings.push(format!("calendar {} of the page was sent broken", position + 1))
            }
        }
    }
    let next_page = answer.next_page_token.filter(|token| !token.is_empty());
    Ok(Listed { page: CalendarPage { calendars, next_page }, warnings })
}

/// Answers `GET calendars`.
pub(crate) async fn route(cx: &Context, request: &RouteRequest) -> Result<Value> {
    let cursor = request.query.get("cursor").map(String::as_str).filter(|text| !text.is_empty());
    let Listed { page, warnings } = list(cx, cursor).await?;
    let mut answer = json!({"items": page.calendars, "warnings": warnings});
    if let Some(next) = page.next_page {
        answer["next_cursor"] = Value::String(next);
    }
    Ok(answer)
}

/// Whose account it is, by the primary calendar: its id is the account's mail address.
///
/// Where the user did not grant the reading of calendars, only the name by which Google knows the
/// primary calendar is left: events can be written there all the same.
pub(crate) async fn identify(cx: &Context) -> Result<Account> {
    let entry: wire::CalendarListEntry = match cx.get("/users/me/calendarList/primary").send().await
    {
        Ok(entry) => entry,
        Err(error) if error.kind == ErrorKind::MissingScope => {
            return Ok(Account { calendar_id: Some("primary".to_owned()), ..Account::default() });
        }
        Err(error) => return Err(error),
    };
    let mut extra = Map::new();
    if let Some(zone) = entry.time_zone {
        extra.insert("time_zone".to_owned(), Value::String(zone));
    }
    Ok(Account {
        name: entry.summary_override.or(entry.summary),
        email: entry.id.contains('@').then(|| entry.id.clone()),
        calendar_id: Some(entry.id.clone()),
        id: Some(entry.id),
        extra,
    })
}

fn info(entry: wire::CalendarListEntry) -> CalendarInfo {
    let role = entry.access_role.as_deref();
    let deleted = entry.deleted.unwrap_or_default();
    let own = matches!(role, Some("owner" | "writer")) && !deleted;
    CalendarInfo {
        name: entry.summary_override.or(entry.summary).unwrap_or_else(|| entry.id.clone()),
        id: entry.id,
        time_zone: entry.time_zone,
        primary: entry.primary.unwrap_or_default(),
        writable: own || (role == Some("writerWithoutPrivateAccess") && !deleted),
        counts_as_busy: own && !entry.hidden.unwrap_or_default(),
    }
}
