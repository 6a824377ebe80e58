//! Bodies that stand still.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use tokio::time;

use super::{Problem, shed::close_after};

/// Whether the body of a request was given up.
pub struct Patience(Option<Arc<AtomicBool>>);

/// Why reading the body ends.
#[derive(Debug, thiserror::Error)]
#[error("the body stood still")]
struct StoodStill;

/// A request whose body ends with an error once it stands still for so long.
pub fn watch(request: Request, longest: Duration) -> (Request, Patience) {
    if request.body().is_end_stream() {
        return (request, Patience(None));
    }
    let given_up = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&given_up);
    let watched = request.map(|body| {
        Body::from_stream(stream::unfold(body.into_data_stream(), move |mut body| {
            let noted = Arc::clone(&noted);
            async move {
                let chunk = match time::timeout(longest, body.next()).await {
                    Ok(chunk) => chunk?.map_err(axum::BoxError::from),
                    Err(_) => {
                        noted.store(true, Ordering::Relaxed);
                        Err(StoodStill.into())
                    }
                };
                Some((chunk, body))
            }
        }))
    });
    (watched, Patience(Some(given_up)))
}

impl Patience {
    /// The answer, or the refusal in its place where the body was given up: whoever read it can only
    /// have taken it for a broken one.
    pub fn settle(self, response: Response) -> Response {
        let given_up = self.0.is_some_and(|given_up| given_up.load(Ordering::Relaxed));
        if !given_up {
            return response;
        }
        let mut refusal = Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-timeout",
            "The body did not come",
            "It stood still for too long, and nothing was done. Send the whole request again.",
        )
        .into_response();
        close_after(&mut refusal);
        refusal
    }
}
