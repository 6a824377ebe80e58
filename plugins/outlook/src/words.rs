//! Graph's words for what the model says in its own.

use mortise_plugin_api::calendar::{EventStatus, ResponseStatus, Transparency, Visibility};

/// What `showAs` says: whether the event blocks time, and whether it is settled. Whoever works
/// elsewhere can be met; who is out of office cannot.
pub(crate) fn availability(show_as: &str) -> (Transparency, EventStatus) {
    match show_as {
        "free" | "workingElsewhere" => (Transparency::Free, EventStatus::Confirmed),
        "tentative" => (Transparency::Busy, EventStatus::Tentative),
        _ => (Transparency::Busy, EventStatus::Confirmed),
    }
}

/// Graph's plain word for both; `None` for what it cannot say at once.
pub(crate) fn show_as(transparency: Transparency, status: EventStatus) -> Option<&'static str> {
    match (transparency, status) {
        (Transparency::Busy, EventStatus::Tentative) => Some("tentative"),
        (Transparency::Free, EventStatus::Tentative) => None,
        (Transparency::Busy, _) => Some("busy"),
        (Transparency::Free, _) => Some("free"),
    }
}

pub(crate) fn visibility(sensitivity: &str) -> Visibility {
    match sensitivity {
        "personal" | "private" => Visibility::Private,
        "confidential" => Visibility::Confidential,
        _ => Visibility::Default,
    }
}

/// Outlook has no "everybody": such an event is shown as the calendar is shared.
pub(crate) fn sensitivity(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Default | Visibility::Public => "normal",
        Visibility::Private => "private",
        Visibility::Confidential => "confidential",
    }
}

pub(crate) fn response(word: Option<&str>) -> ResponseStatus {
    match word {
        Some("accepted" | "organizer") => ResponseStatus::Accepted,
        Some("tentativelyAccepted") => ResponseStatus::Tentative,
        Some("declined") => ResponseStatus::Declined,
        _ => ResponseStatus::NeedsAction,
    }
}

pub(crate) fn response_word(response: ResponseStatus) -> &'static str {
    match response {
        ResponseStatus::NeedsAction => "notResponded",
        ResponseStatus::Accepted => "accepted",
        ResponseStatus::Tentative => "tentativelyAccepted",
        ResponseStatus::Declined => "declined",
    }
}
