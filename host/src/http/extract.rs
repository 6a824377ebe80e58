//! Bodies, queries and paths, with faults told as problems.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use super::Problem;

/// A JSON body.
pub struct Body<T>(pub T);

/// Query parameters; an unknown one is a fault where the type denies it.
pub struct Params<T>(pub T);

/// Segments of the path.
pub struct Segments<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonDataError(error)) => Err(invalid("body", error.body_text())),
            Err(JsonRejection::JsonSyntaxError(error)) => {
                Err(Problem::unreadable(StatusCode::BAD_REQUEST, error.body_text()))
            }
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::unreadable(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send the body as JSON, with Content-Type: application/json.",
            )),
            Err(other) if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::bare(StatusCode::PAYLOAD_TOO_LARGE))
            }
            Err(other) => Err(Problem::unreadable(StatusCode::BAD_REQUEST, other.body_text())),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                Err(invalid("query", error.body_text()))
            }
            Err(other) => Err(Problem::unreadable(StatusCode::BAD_REQUEST, other.body_text())),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(segments)) => Ok(Self(segments)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                Err(Problem::unreadable(StatusCode::BAD_REQUEST, error.body_text()))
            }
            Err(other) => Err(Problem::unreadable(StatusCode::BAD_REQUEST, other.body_text())),
        }
    }
}

/// serde names the place of the fault before a colon: `event.start: missing field ...`.
fn invalid(what: &str, text: String) -> Problem {
    let said = text
        .rsplit_once(": ")
        .map_or(text.as_str(), |_| text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest));
    let (path, message) = match said.split_once(": ") {
        Some((path, message)) if !path.contains(' ') => (Some(path), message),
        _ => (None, said),
    };
    // The place of a field that is missing is the object that lacks it.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = match (path, missing) {
        (Some(path), Some(name)) => format!("{path}.{name}"),
        (None, Some(name)) => name.to_owned(),
        (path, None) => path.unwrap_or(what).to_owned(),
    };
    crate::app::HubError::invalid(field, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_field_that_is_wrong_or_missing() {
        let told = |said: &str| {
            let text = format!("Failed to deserialize the JSON body into the target type: {said}");
            let fault = invalid("body", text).errors.remove(0);
            assert!(said.ends_with(&fault.detail), "{}", fault.detail);
            fault.field
        };
        assert_eq!(told("missing field `entity_type` at line 1 column 2"), "entity_type");
        assert_eq!(told("event: missing field `end` at line 1 column 9"), "event.end");
        assert_eq!(told("event.titel: unknown field `titel`, expected `title`"), "event.titel");
        assert_eq!(told("invalid length 0, expected an object"), "body");
    }
}
