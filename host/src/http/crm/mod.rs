//! `/api/crm`: contacts and deals. Each file has one method of both.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod update;
mod view;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

pub use view::{CrmLinkView, DealContactView, DealView, LinkedContactView, LinkedDealView};

use super::{Problem, calendar::entity, extract::Segments};
use crate::app::{HubError, LinkedQuery};

/// No `If-Match`: one that is sent is a fault. Vendors of CRMs have no versions to compare.
pub struct NoIfMatch;

impl<S: Send + Sync> FromRequestParts<S> for NoIfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            return Ok(Self);
        }
        let message = "contacts and deals have no versions: leave it out";
        Err(HubError::invalid("If-Match", message).into())
    }
}

/// The link that a path and a provider name.
fn named(
    Segments((kind, id)): Segments<(String, String)>,
    provider: Option<String>,
) -> Result<LinkedQuery, HubError> {
    Ok(LinkedQuery { entity: entity(kind, id)?, provider })
}
