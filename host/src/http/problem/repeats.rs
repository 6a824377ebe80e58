//! Problems of calls with an idempotency key.

use axum::http::StatusCode;

use super::{Problem, capital, stored};
use crate::app::RepeatError;

impl From<RepeatError> for Problem {
    fn from(error: RepeatError) -> Self {
        let said = capital(&error.to_string());
        match error {
            RepeatError::InFlight { retry_after } => Self::new(
                StatusCode::CONFLICT,
                "in-flight",
                "The same call is being carried out",
                format!("{said}. Send it again after Retry-After, and you get its answer."),
            )
            .wait(retry_after),
            RepeatError::OtherRequest => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The idempotency key belongs to another request",
                format!(
                    "{said}: another address, body or header, or another session. Use a new key \
                     for each call, and the same one only to repeat it."
                ),
            ),
            RepeatError::Unreadable => Self::new(
                StatusCode::CONFLICT,
                "answer-unreadable",
                "The kept answer cannot be read",
                format!("{said}. Read what is there now, or use a new key to call again."),
            ),
            RepeatError::Store(error) => stored(error),
        }
    }
}
