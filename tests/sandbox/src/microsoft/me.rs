use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Microsoft;
use super::call::{Call, Right};
use super::error::GraphError;
use super::schema::USER;
use super::select::Select;
use super::store::context;
use super::zones::windows_name;

/// `GET /v1.0/me`: the default properties of the signed-in user. Needs `User.Read`.
pub(super) async fn get(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::ReadUser)?;
    call.options(&["$select"])?;
    let select = Select::read(&call, &USER)?;
    let name = account.split('@').next().unwrap_or_default();
    let user = json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
        "id": user_id(&account),
        "displayName": name,
        "givenName": name,
        "surname": null,
        "mail": account,
        "userPrincipalName": account,
        "businessPhones": [],
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": "en-US",
    });
    Ok(call.prefer()?.answer(StatusCode::OK, select.apply(user)))
}

/// `GET /v1.0/me/mailboxSettings`. Needs `MailboxSettings.Read`.
pub(super) async fn mailbox_settings(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::ReadSettings)?;
    call.options(&[])?;
    let zone = windows_name(microsoft.api.data().mailbox(&account).zone);
    let settings = json!({
        "@odata.context": context(&account, "mailboxSettings"),
        "dateFormat": "dd.MM.yyyy",
        "timeFormat": "HH:mm",
        "timeZone": zone,
        "workingHours": working_hours(zone),
    });
    Ok(call.prefer()?.answer(StatusCode::OK, settings))
}

/// The same of every mailbox.
pub(super) fn working_hours(zone: &str) -> serde_json::Value {
    json!({
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": zone},
    })
}

/// A UUID-shaped id, the same for the same account.
fn user_id(account: &str) -> String {
    let hex = hex::encode(&Sha256::digest(account)[..16]);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
