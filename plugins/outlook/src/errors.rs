//! From Graph's error bodies to kinds: `{"error": {"code", "message", "target", "innerError"}}`.
//!
//! Anything else (HTML of a proxy, an empty body) is judged by its status alone.

use mortise_plugin_api::{Error, ErrorKind, Response, Value, one_line};

/// Graph's code for a `transactionId` that made an event before.
const DUPLICATE: &str = "ErrorDuplicateTransactionId";

/// The error that an answer outside 2xx stands for.
pub(crate) fn read(answer: &Response) -> Error {
    let body: Value = answer.json().unwrap_or_default();
    let text = |name: &str| body["error"][name].as_str().filter(|text| !text.is_empty());
    let code = text("code");
    let by_status = Error::from_status(answer);
    let kind = kind(answer.status(), code).unwrap_or(by_status.kind);
    let said = one_line(text("message").unwrap_or_default());
    let message = match sentence(kind) {
        None => by_status.message.clone(),
        Some(ours) if said.is_empty() => ours.to_owned(),
        Some(ours) => format!("{ours} (Microsoft: {said})"),
    };
    let field = text("target").filter(|_| kind == ErrorKind::InvalidInput).and_then(field);
    Error { kind, message, field, vendor_code: code.map(str::to_owned), ..by_status }
}

/// The same error as one of a version that is no longer the event's.
pub(crate) fn as_stale(error: Error) -> Error {
    of_kind(error, ErrorKind::PreconditionFailed)
}

/// The same error as one of a cursor; `field` is the input's.
pub(crate) fn as_lost(error: Error, field: &str) -> Error {
    Error { field: Some(field.to_owned()), ..of_kind(error, ErrorKind::CursorLost) }
}

/// An error of a creation that says nothing of the key: `Conflict` would call it spent.
pub(crate) fn undecided(error: Error) -> Error {
    if error.kind != ErrorKind::Conflict {
        return error;
    }
    let message = "Outlook did not make the event because of something else that it was doing with \
                   the calendar: try again";
    Error { kind: ErrorKind::Unavailable, message: message.to_owned(), ..error }
}

/// Whether the event of a `transactionId` was made before.
pub(crate) fn is_duplicate(error: &Error) -> bool {
    error.vendor_code.as_deref() == Some(DUPLICATE)
}

/// The id of the event that was made before, where the refusal tells it.
pub(crate) fn existing_event(refusal: &Response) -> Option<String> {
    let body: Value = refusal.json().unwrap_or_default();
    let error = body.get("error")?;
    let places = [Some(error), error.get("innerError"), error.get("innererror")];
    places
        .into_iter()
        .flatten()
        .filter_map(|place| place.get("@event.existingEventId")?.as_str())
        .find(|id| !id.is_empty())
        .map(str::to_owned)
}

fn of_kind(error: Error, kind: ErrorKind) -> Error {
    let message = sentence(kind).map_or(error.message, str::to_owned);
    Error { kind, message, ..error }
}

/// Where the code says more than the status.
fn kind(status: u16, code: Option<&str>) -> Option<ErrorKind> {
    Some(match (status, code.unwrap_or_default()) {
        // Graph gives the same code to a mailbox that may not be seen as to a scope that lacks.
        (403, "ErrorAccessDenied" | "Authorization_RequestDenied") => ErrorKind::MissingScope,
        // Which status it comes with is not told: 400 or 409.
        (_, DUPLICATE) => ErrorKind::Conflict,
        // What is no id at all is no event's either.
        (400, "ErrorInvalidIdMalformed") => ErrorKind::NotFound,
        (400 | 410, code)
            if ["SyncStateNotFound", "SyncStateInvalid", "resyncRequired"]
                .iter()
                .any(|lost| lost.eq_ignore_ascii_case(code)) =>
        {
            ErrorKind::CursorLost
        }
        // Bandwidth limit exceeded.
        (509, _) => ErrorKind::RateLimited,
        _ => return None,
    })
}

/// `None` where the status says all.
fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::InvalidInput => "Microsoft cannot carry this out as it stands",
        ErrorKind::Unauthorized => "Microsoft does not accept the access token",
        ErrorKind::Forbidden => "Microsoft does not allow this to the account",
        ErrorKind::MissingScope => {
            "the permission for this was not granted: connect Outlook again and allow it"
        }
        ErrorKind::NotFound => "Microsoft has no such thing, or the account may not see it",
        ErrorKind::Gone => "the event was deleted in Outlook",
        ErrorKind::Conflict => "Microsoft refuses this because of what is there already",
        ErrorKind::PreconditionFailed => {
            "the event was changed in Outlook since it was read: read it again"
        }
        ErrorKind::CursorLost => "the cursor is no longer good: start again without it",
        ErrorKind::RateLimited => "Microsoft takes no more requests for now: try again later",
        ErrorKind::Unavailable => "Microsoft Graph is out of order for now: try again later",
        _ => return None,
    })
}

/// The input's field that Graph's target means, where it is one of the model's.
fn field(target: &str) -> Option<String> {
    let name = match target.split(['/', '.']).next().unwrap_or_default() {
        "subject" => "event.title",
        "body" => "event.description",
        "location" => "event.location",
        "start" => "event.start",
        "end" => "event.end",
        "attendees" => "event.attendees",
        "recurrence" => "event.recurrence",
        "isReminderOn" | "reminderMinutesBeforeStart" => "event.reminders",
        "isOnlineMeeting" | "onlineMeetingProvider" => "event.conference",
        "showAs" => "event.transparency",
        "sensitivity" => "event.visibility",
        "startDateTime" => "start",
        "endDateTime" => "end",
        _ => return None,
    };
    Some(name.to_owned())
}
