use axum::http::StatusCode;

use super::Input;
use crate::hubspot::access::ApiCall;
use crate::hubspot::error::ApiError;
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::record::Shown;
use crate::oauth::Answer;

/// `basic.update`: changes the properties sent and leaves the others. 404 where the object is
/// archived.
pub(crate) async fn update(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::write_scope)?;
    let input: Input = call.json()?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let record = hub.find(of, call.segment("id"), call.query.get("idProperty"), false)?;
    let id = record.ok_or_else(ApiError::not_found)?.id;
    hub.change(of, id, &input.properties)?;
    let record = hub.live(of, id).ok_or_else(ApiError::not_found)?;
    Ok(Answer(StatusCode::OK, record.view(hub, of, &Shown::Filled)))
}

/// `basic.archive`: 204, also where the object is archived already or was never there.
pub(crate) async fn archive(call: ApiCall) -> Result<StatusCode, ApiError> {
    let (of, account) = call.admit_to(ObjectType::write_scope)?;
    if let Ok(id) = call.segment("id").parse() {
        call.hubs().of(&account).archive(of, id);
    }
    Ok(StatusCode::NO_CONTENT)
}
