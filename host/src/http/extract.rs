//! Bodies, queries and paths, with faults told as problems.

mod objects;

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use self::objects::Written;
use super::Problem;
use crate::{app::HubError, domain::event_time::FieldError};

/// A JSON body. An array where an object is meant is a fault.
pub struct Body<T>(pub T);

/// Query parameters, each once; an unknown one is a fault where the type denies it.
pub struct Params<T>(pub T);

/// No query parameters: any is a fault.
pub struct NoParams;

/// Segments of the path.
pub struct Segments<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match Json::<Written<T>>::from_request(request, state).await {
            Ok(Json(Written(body))) => Ok(Self(body)),
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
        each_once(parts.uri.query().unwrap_or_default())?;
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                Err(invalid("query", error.body_text()))
            }
            Err(other) => Err(Problem::unreadable(StatusCode::BAD_REQUEST, other.body_text())),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NoParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let unknown = |name| FieldError::new(name, "unknown; this address reads no parameters");
        let faults: Vec<FieldError> =
            form_urlencoded::parse(query.as_bytes()).map(|(name, _)| unknown(name)).collect();
        if faults.is_empty() { Ok(Self) } else { Err(HubError::Invalid(faults).into()) }
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

/// Refuses parameters that come more than once: which of them counts nobody can know.
fn each_once(query: &str) -> Result<(), HubError> {
    let (mut names, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !names.insert(name.clone()) {
            repeated.insert(name);
        }
    }
    let fault = |name| FieldError::new(name, "given more than once");
    let faults: Vec<FieldError> = repeated.into_iter().map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(HubError::Invalid(faults)) }
}

/// serde names the place of the fault before a colon: `event.start: missing field ...`.
fn invalid(what: &str, text: String) -> Problem {
    let said = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
    let (path, message) = match said.split_once(": ") {
        Some((path, message)) if !path.contains(' ') => (Some(path), message),
        _ => (None, said),
    };
    // The place of a field that is missing is the object that lacks it.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = match (path, missing) {
        (Some(path), Some(name)) => format!("{}.{name}", dotted(path)),
        (None, Some(name)) => name.to_owned(),
        (Some(path), None) => dotted(path),
        (None, None) => what.to_owned(),
    };
    HubError::invalid(field, message).into()
}

/// `event.reminders[0].minutes` as the hub writes it elsewhere: `event.reminders.0.minutes`.
fn dotted(path: &str) -> String {
    let mut dotted = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        dotted.push_str(before);
        rest = after;
        match after.split_once(']') {
            Some((index, after)) if index.parse::<usize>().is_ok() => {
                let dot = if dotted.is_empty() { "" } else { "." };
                dotted.push_str(&format!("{dot}{index}"));
                rest = after;
            }
            _ => dotted.push('['),
        }
    }
    dotted.push_str(rest);
    dotted
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

    #[test]
    fn an_item_of_a_list_is_named_with_dots() {
        let field = |said: &str| invalid("body", format!("Failed: {said}")).errors.remove(0).field;
        assert_eq!(field("event.reminders[0].minutes: invalid type"), "event.reminders.0.minutes");
        assert_eq!(
            field("event.reminders[12]: missing field `minutes`"),
            "event.reminders.12.minutes"
        );
        assert_eq!(field("[3]: invalid type"), "3");
        assert_eq!(field("a[b].c[: unknown field"), "a[b].c[");
    }

    #[test]
    fn a_name_that_the_caller_made_up_is_not_repeated_at_length() {
        let name = "x".repeat(100_000);
        let said = format!("{name}: unknown field `{name}`, expected `title` at line 1 column 9");
        let problem = invalid("body", format!("Failed: {said}"));
        assert_eq!(problem.errors[0].field.chars().count(), 200);
        assert!(problem.errors[0].detail.ends_with("expected `title` at line 1 column 9"));
        assert!(problem.detail.len() < 1000 && problem.errors[0].detail.len() < 500);
    }

    #[test]
    fn parameters_that_come_more_than_once_are_named_once_each() {
        let named = |query| match each_once(query) {
            Ok(()) => Vec::new(),
            Err(error) => Problem::from(error).errors.into_iter().map(|e| e.field).collect(),
        };
        assert!(named("").is_empty() && named("limit=1&cursor=&fields=a%26a").is_empty());
        assert_eq!(named("limit=1&a=1&limit=2&l%69mit=1&%61=1&b"), ["a", "limit"]);
    }

    #[tokio::test]
    async fn where_no_parameters_are_read_each_that_is_sent_is_named() {
        let read = async |address: &str| {
            let (mut parts, ()) = axum::http::Request::get(address).body(()).unwrap().into_parts();
            let read = NoParams::from_request_parts(&mut parts, &()).await;
            read.map(|_| ()).map_err(|problem| {
                assert_eq!((problem.status, problem.code.as_str()), (422, "invalid"));
                problem.errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
            })
        };
        for none in ["/x", "/x?", "/x?&"] {
            assert_eq!(read(none).await, Ok(()), "{none}");
        }
        assert_eq!(read("/x?a=1&b&%C3%A4=").await.unwrap_err(), ["a", "b", "ä"]);
    }
}
