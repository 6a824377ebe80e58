use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Microsoft;
use super::call::{Call, PAGE, Right};
use super::error::GraphError;
use super::schema::CALENDAR;
use super::select::Select;
use super::store::{Calendar, context};

/// `GET /me/calendars`, in pages by `$top` and `$skip`.
pub(super) async fn list(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::Read)?;
    let prefer = call.prefer()?;
    call.options(&["$top", "$skip", "$select", "$count"])?;
    let (select, page) = (Select::read(&call, &CALENDAR)?, PAGE.of(&call, &prefer)?);
    let mut data = microsoft.api.data();
    let calendars = &data.mailbox(&account).calendars;
    let shown = calendars.iter().skip(page.skip).take(page.top);
    let mut answer = json!({
        "@odata.context": context(&account, "calendars"),
        "value": shown.map(|one| select.apply(view(one, &account))).collect::<Vec<_>>(),
    });
    page.link(&call, calendars.len(), &mut answer);
    Ok(prefer.answer(StatusCode::OK, answer))
}

/// `GET /me/calendar` and `GET /me/calendars/{id}`
pub(super) async fn get(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::Read)?;
    call.options(&["$select"])?;
    let select = Select::read(&call, &CALENDAR)?;
    let mut data = microsoft.api.data();
    let mut calendar = view(data.mailbox(&account).calendar(call.place())?, &account);
    calendar["@odata.context"] = context(&account, "calendars/$entity");
    Ok(call.prefer()?.answer(StatusCode::OK, select.apply(calendar)))
}

fn view(calendar: &Calendar, account: &str) -> Value {
    let name = account.split('@').next().unwrap_or_default();
    json!({
        "id": calendar.id,
        "name": calendar.name,
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": calendar.is_default,
        "isRemovable": !calendar.is_default && calendar.can_edit,
        "isTallyingResponses": calendar.is_default,
        "changeKey": STANDARD.encode(&calendar.name),
        "canShare": calendar.can_edit,
        "canViewPrivateItems": true,
        "canEdit": calendar.can_edit,
        "allowedOnlineMeetingProviders": calendar.providers(),
        "defaultOnlineMeetingProvider": calendar.default_provider(),
        "owner": {"name": name, "address": account},
    })
}
