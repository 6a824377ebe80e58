//! The `X-HubSpot-RateLimit-*` headers.

use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::now;

/// Requests of an app in [`INTERVAL`].
const MOST: u32 = 100;

const INTERVAL: TimeDelta = TimeDelta::seconds(10);

/// Counts the requests of the running interval. It only tells what is left; answers of 429 come
/// from faults.
#[derive(Default)]
pub(super) struct Quota(Mutex<(DateTime<Utc>, u32)>);

impl Quota {
    /// The headers of one more answer. One that refuses for the limit leaves nothing.
    pub(super) fn headers(&self, status: StatusCode) -> Vec<(&'static str, String)> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = now();
        if at - window.0 >= INTERVAL {
            *window = (at, 0);
        }
        window.1 = window.1.saturating_add(1);
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        let left = if limited { 0 } else { MOST.saturating_sub(window.1) };
        vec![
            ("x-hubspot-ratelimit-max", MOST.to_string()),
            ("x-hubspot-ratelimit-remaining", left.to_string()),
            ("x-hubspot-ratelimit-interval-milliseconds", INTERVAL.num_milliseconds().to_string()),
        ]
    }
}
