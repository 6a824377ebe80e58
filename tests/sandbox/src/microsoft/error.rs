use axum::http::StatusCode;
use serde_json::json;

use crate::clock::now;
use crate::oauth::Answer;
use crate::random;

/// `{"error": {"code", "message", "innerError": {"date", "request-id", "client-request-id"}}}`
pub(super) fn graph_error(status: StatusCode, code: &str, message: &str) -> Answer {
    let request = random::uuid();
    let body = json!({"error": {
        "code": code,
        "message": message,
        "innerError": {
            "date": now().format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": request,
            "client-request-id": request,
        },
    }});
    Answer(status, body)
}
