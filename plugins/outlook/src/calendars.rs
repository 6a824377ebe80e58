//! The account's calendars, and the account itself.

use mortise_plugin_api::{
    Account, Context, Result, RouteRequest, Value,
    calendar::{CalendarInfo, CalendarPage},
    json,
};
use serde::Deserialize;

use crate::{
    graph::{self, Cursor, USUAL_PAGE},
    wire,
};

/// The operation behind `GET calendars`.
pub(crate) const ROUTE: &str = "outlook.calendars";

/// A page of calendars, and what was wrong with the entries that are not in it.
pub(crate) struct Listed {
    pub(crate) page: CalendarPage,
    warnings: Vec<String>,
}

/// Lists the calendars of all the account's calendar groups.
pub(crate) async fn list(cx: &Context, page: Option<&str>) -> Result<Listed> {
    let cursor = page.map(|text| Cursor::read(text, "page")).transpose()?;
    let mut request = cx
        .get("/me/calendars")
        .query("$select", "id,name,isDefaultCalendar,canEdit,canShare")
        .query("$top", USUAL_PAGE);
    if let Some(cursor) = cursor {
        request = request.query(cursor.name, cursor.value);
    }
    let answer: wire::Page = request.send().await?;
    let mut calendars = Vec::new();
    let mut warnings = Vec::new();
    for (position, entry) in answer.value.into_iter().enumerate() {
        match wire::Calendar::deserialize(entry) {
            Ok(entry) => calendars.push(info(entry)),
            Err(_) => {
                warnings.push(format!("calendar {} of the page was sent broken", position + 1));
            }
        }
    }
    let next_page = graph::next_page(answer.next_link.as_deref())?;
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

/// Whose account it is, and which calendar is its own. An account without mailbox, or one that did
/// not grant its calendars, is an account all the same.
pub(crate) async fn identify(cx: &Context) -> Result<Account> {
    let who = cx.get("/me").query("$select", "id,displayName,mail,userPrincipalName");
    let calendar = cx.get("/me/calendar").query("$select", "id");
    let mut answers = cx.join([who, calendar].map(|request| request.send::<Value>())).await;
    let calendar = answers.pop().and_then(Result::ok);
    let calendar_id = calendar.and_then(|calendar| calendar["id"].as_str().map(str::to_owned));
    let user = answers.pop().unwrap_or(Ok(Value::Null))?;
    let user = User::deserialize(user).map_err(|_| no_user())?;
    Ok(Account {
        email: user.mail.filter(|mail| !mail.is_empty()).or_else(|| {
            // The name of a guest (`ann_example.org#EXT#@host.example`) is no address.
            user.user_principal_name.filter(|name| name.contains('@') && !name.contains('#'))
        }),
        id: Some(user.id),
        name: user.display_name,
        calendar_id,
        ..Account::default()
    })
}

fn no_user() -> mortise_plugin_api::Error {
    mortise_plugin_api::Error::new(
        mortise_plugin_api::ErrorKind::BadAnswer,
        "Microsoft's answer cannot be used: it names no account",
    )
}

/// `microsoft.graph.user`, as far as it is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    display_name: Option<String>,
    mail: Option<String>,
    user_principal_name: Option<String>,
}

/// Who may share a calendar owns it. Graph does not tell a calendar's zone.
fn info(entry: wire::Calendar) -> CalendarInfo {
    let primary = entry.is_default_calendar.unwrap_or_default();
    let writable = entry.can_edit.unwrap_or(primary);
    CalendarInfo {
        name: entry.name.unwrap_or_else(|| entry.id.clone()),
        id: entry.id,
        time_zone: None,
        primary,
        writable,
        counts_as_busy: primary || (writable && entry.can_share.unwrap_or(true)),
    }
}
