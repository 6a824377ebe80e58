//! From Google's error bodies to kinds.
//!
//! `{"error": {"code", "message", "errors": [{"domain", "reason", "message", "location"}]}}`, and
//! from newer front ends `{"error": {..., "status", "details": [{"reason"}]}}`. The reason decides,
//! not the status: a 403 may be a rate limit, a 410 a lost cursor. Anything else (HTML of a proxy,
//! an empty body) is judged by its status alone.

use mortise_plugin_api::{Error, ErrorKind, Response, Value, one_line};

/// The error that an answer outside 2xx stands for.
pub(crate) fn read(answer: &Response) -> Error {
    let refusal = Refusal::read(&answer.json().unwrap_or_default());
    let by_status = Error::from_status(answer);
    let kind = kind(by_status.kind, answer, &refusal);
    let message = match sentence(kind) {
        None => by_status.message,
        Some(ours) if refusal.message.is_empty() => ours.to_owned(),
        Some(ours) => format!("{ours} (Google: {})", refusal.message),
    };
    Error {
        kind,
        message,
        retry_after: by_status.retry_after,
        field: field(kind, &refusal),
        vendor_status: by_status.vendor_status,
        vendor_code: refusal.reasons.into_iter().next(),
    }
}

/// Names the field at fault where Google says that a time range is empty or too long: which one it
/// is, only the operation knows.
pub(crate) fn blame_range(error: Error, end: &str) -> Error {
    let about_range = |code: &str| matches!(code, "timeRangeEmpty" | "timeRangeTooLong");
    if error.field.is_none() && error.vendor_code.as_deref().is_some_and(about_range) {
        return Error { field: Some(end.to_owned()), ..error };
    }
    error
}

/// What Google says about a failure.
#[derive(Default)]
struct Refusal {
    /// Of `errors` first, then of `details`, then the status word.
    reasons: Vec<String>,
    usage_limits: bool,
    location: Option<String>,
    /// One line.
    message: String,
}

impl Refusal {
    fn read(body: &Value) -> Self {
        let error = &body["error"];
        let list = |name: &str| error[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
        let mut reasons: Vec<String> = list("errors")
            .iter()
            .chain(list("details"))
            .filter_map(|e| text(e, "reason"))
            .collect();
        reasons.extend(text(error, "status"));
        Self {
            reasons,
            usage_limits: list("errors").iter().any(|e| e["domain"] == "usageLimits"),
            location: list("errors").iter().find_map(|e| text(e, "location")),
            message: one_line(error["message"].as_str().unwrap_or_default()),
        }
    }

    fn has(&self, wanted: &[&str]) -> bool {
        self.reasons.iter().any(|reason| wanted.contains(&reason.as_str()))
    }

    /// Google lists among `usageLimits` also what waiting does not help.
    fn is_rate_limit(&self) -> bool {
        if self.has(&["accessNotConfigured", "ipRefererBlocked", "keyInvalid", "SERVICE_DISABLED"])
        {
            return false;
        }
        self.usage_limits
            || self.has(&[
                "rateLimitExceeded",
                "userRateLimitExceeded",
                "quotaExceeded",
                "dailyLimitExceeded",
                "RATE_LIMIT_EXCEEDED",
                "RESOURCE_EXHAUSTED",
            ])
    }

    fn is_about_a_cursor(&self) -> bool {
        let message = self.message.to_lowercase();
        matches!(self.location.as_deref(), Some("pageToken" | "syncToken"))
            || message.contains("page token")
            || message.contains("sync token")
    }
}

fn kind(by_status: ErrorKind, answer: &Response, refusal: &Refusal) -> ErrorKind {
    match answer.status() {
        400 if refusal.is_about_a_cursor() => ErrorKind::CursorLost,
        403 if refusal.is_rate_limit() => ErrorKind::RateLimited,
        403 if is_scope_missing(answer, refusal) => ErrorKind::MissingScope,
        410 if refusal.has(&["fullSyncRequired", "updatedMinTooLongAgo"])
            || refusal.is_about_a_cursor() =>
        {
            ErrorKind::CursorLost
        }
        _ => by_status,
    }
}

fn is_scope_missing(answer: &Response, refusal: &Refusal) -> bool {
    // RFC 6750 3.1.
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    challenge.contains("insufficient_scope")
        || refusal.has(&[
            "insufficientPermissions",
            "insufficientScopes",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ])
}

/// `None` where the status says all.
fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::InvalidInput => "Google cannot carry this out as it stands",
        ErrorKind::Unauthorized => "Google does not accept the access token",
        ErrorKind::Forbidden => "Google does not allow this to the account",
        ErrorKind::MissingScope => {
            "the permission for this was not granted: connect Google Calendar again and allow it"
        }
        ErrorKind::NotFound => {
            "Google has no such calendar or event, or the account may not see it"
        }
        ErrorKind::Gone => "the event was deleted at Google",
        ErrorKind::Conflict => "Google refuses this because of what is there already",
        ErrorKind::PreconditionFailed => {
            "the event was changed at Google since it was read: read it again"
        }
        ErrorKind::CursorLost => "the cursor is no longer good: start again without it",
        ErrorKind::RateLimited => "Google takes no more requests for now: try again later",
        ErrorKind::Unavailable => "Google Calendar is out of order for now: try again later",
        _ => return None,
    })
}

/// The input's field that Google's location means, where it is one of the model's.
fn field(kind: ErrorKind, refusal: &Refusal) -> Option<String> {
    if kind == ErrorKind::CursorLost {
        let is_page = refusal.location.as_deref() == Some("pageToken")
            || refusal.message.to_lowercase().contains("page token");
        return Some(if is_page { "page" } else { "sync" }.to_owned());
    }
    if kind != ErrorKind::InvalidInput {
        return None;
    }
    let location = refusal.location.as_deref().unwrap_or_default();
    let location = ["resource.", "event."]
        .iter()
        .find_map(|prefix| location.strip_prefix(prefix))
        .unwrap_or(location);
    let name = match location {
        "start.dateTime" => "event.start.date_time",
        "start.timeZone" => "event.start.time_zone",
        "end.dateTime" => "event.end.date_time",
        "end.timeZone" => "event.end.time_zone",
        _ => match location.split(['.', '[']).next().unwrap_or_default() {
            "summary" => "event.title",
            "description" => "event.description",
            "location" => "event.location",
            "start" => "event.start",
            "end" => "event.end",
            "attendees" => "event.attendees",
            "recurrence" => "event.recurrence",
            "reminders" => "event.reminders",
            "conferenceData" => "event.conference_requested",
            "transparency" => "event.transparency",
            "visibility" => "event.visibility",
            "status" => "event.status",
            "id" => "key",
            "calendarId" => "calendar",
            "timeMin" => "start",
            "timeMax" => "end",
            "maxResults" => "limit",
            _ => return None,
        },
    };
    Some(name.to_owned())
}
