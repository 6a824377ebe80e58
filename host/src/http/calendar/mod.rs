//! `/api/calendar`

pub mod conflicts;
pub mod create;
pub mod delete;
pub mod freebusy;
pub mod get;
pub mod list;
pub mod primary;
pub mod update;

use axum::http::{HeaderMap, HeaderValue, header};

use super::view::LinkedEventView;
use crate::{
    app::HubError,
    domain::links::{BadEntity, Entity},
};

/// A record as named in a path or body.
pub(super) fn entity(kind: String, id: String) -> Result<Entity, HubError> {
    Entity::new(kind, id).map_err(|fault| {
        let field = match fault {
            BadEntity::Kind => "entity_type",
            BadEntity::Id => "entity_id",
        };
        HubError::invalid(field, fault.to_string())
    })
}

/// `If-Match`, as the vendor shall see it; `*` asks for nothing more than that it exists.
fn if_match(headers: &HeaderMap) -> Result<Option<String>, HubError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    match value.to_str() {
        Ok("*") => Ok(None),
        Ok(etag) if !etag.contains(',') => Ok(Some(etag.to_owned())),
        _ => Err(HubError::invalid("If-Match", "give one ETag as the hub sent it")),
    }
}

/// The vendor's version of the event as `ETag`.
fn etag(view: &LinkedEventView) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = view.event.etag.as_deref().and_then(|etag| HeaderValue::from_str(etag).ok());
    headers.extend(value.map(|value| (header::ETAG, value)));
    headers
}
