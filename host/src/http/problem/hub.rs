//! Problems of the use cases.

use axum::http::StatusCode;
use mortise_plugin_api::ErrorKind;

use super::{Problem, ProblemField, capital, stored};
use crate::{
    app::HubError,
    domain::{
        event_time::FieldError,
        ids::ProviderId,
        links::{CrmObject, EventLink},
    },
    http::crm::CrmLinkView,
    ports::{CipherError, GrantError},
};

impl From<HubError> for Problem {
    fn from(error: HubError) -> Self {
        let said = capital(&error.to_string());
        match error {
            HubError::UnknownProvider(_) | HubError::NameForSlug(_) => Self::new(
                StatusCode::NOT_FOUND,
                "unknown-provider",
                "No such provider",
                format!("{said}. GET /api/integrations lists those that are."),
            ),
            HubError::ProviderUnavailable(id) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "provider-unavailable",
                "The provider does not serve",
                format!("{said}. GET /api/plugins says why; the operator has to mend it."),
            )
            .about(&id),
            HubError::ProviderNotAllowed(id) => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                format!("{said}. Mint a session that names it."),
            )
            .about(&id),
            HubError::NotConnected(id) => Self::new(
                StatusCode::CONFLICT,
                "not-connected",
                "Not connected",
                format!("{said}. Let the user open a link from connect_url."),
            )
            .connect_at(&id),
            HubError::NeedsReauth(id) => Self::new(
                StatusCode::CONFLICT,
                "needs-reauth",
                "A new consent is needed",
                format!("{said}. Let the user open a link from connect_url."),
            )
            .connect_at(&id),
            HubError::TokensUnreadable { provider, error } => {
                let advice = match error {
                    CipherError::NoKeyFits => "give the missing key back to the hub, or",
                    CipherError::Damaged => "let the user",
                };
                Self::new(
                    StatusCode::CONFLICT,
                    "tokens-unreadable",
                    "The stored tokens cannot be read",
                    format!("{said}: {advice} connect again."),
                )
                .connect_at(&provider)
            }
            HubError::RefreshFailed { provider, error } => refresh_failed(&provider, &error),
            HubError::RefreshResting { provider, wait } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "vendor-unavailable",
                "The vendor's token endpoint failed",
                format!("{said}. Wait as long as Retry-After says."),
            )
            .about(&provider)
            .wait(wait.as_secs_f64()),
            HubError::RefreshInProgress { provider, wait } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "refresh-in-progress",
                "The token is being refreshed",
                format!("{said}. It goes on: ask again after Retry-After, and nothing is lost."),
            )
            .about(&provider)
            .wait(wait.as_secs_f64()),
            HubError::MissingScope { provider, scopes, .. } => {
                let mut problem = Self::new(
                    StatusCode::FORBIDDEN,
                    "missing-scope",
                    "A scope was not granted",
                    format!("{said}. Connect again and leave the permission ticked."),
                )
                .connect_at(&provider);
                problem.scopes = scopes;
                problem
            }
            HubError::CapabilityNotSupported { provider, .. } => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "capability-not-supported",
                "The provider cannot do this",
                format!("{said}. GET /api/integrations lists what each provider can do."),
            )
            .about(&provider),
            HubError::Invalid(faults) => invalid(faults),
            HubError::NotLinked(_) => not_linked(&said, EVENTS),
            HubError::ObjectNotLinked { kind, .. } => not_linked(&said, path_of(kind)),
            HubError::AlreadyLinked(link) => {
                let detail = another(&said, "event");
                already_linked(detail, &crate::http::view::LinkView::from(&*link))
            }
            HubError::ObjectLinked(link) => {
                let detail = another(&said, link.place.as_str());
                already_linked(detail, &CrmLinkView::from(&*link))
            }
            HubError::ObjectTaken(link) => {
                let detail = format!("{said}: DELETE with archive=false frees it.");
                already_linked(detail, &CrmLinkView::from(&*link))
            }
            HubError::EventGone(id) => gone(&said, "event").about(&id),
            HubError::ObjectGone { kind, provider } => gone(&said, kind.as_str()).about(&provider),
            HubError::TimeConflict(report) => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "The time is taken",
                "Choose another time, or send allow_conflicts: true.",
            )
            .reporting(report),
            HubError::ConflictsUnknown(report) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "conflicts-unknown",
                "Not all calendars could be checked",
                format!(
                    "Nothing was written. Try again, or send on_unavailable: \"ignore\" to leave \
                     these calendars out. {}",
                    sentences(&report.warnings)
                ),
            )
            .wait(5.0)
            .reporting(report),
            HubError::MoveUnfinished { link, from, error } => unfinished(&link, &from, *error),
            HubError::PreconditionFailed => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "precondition-failed",
                "The event changed meanwhile",
                format!("{said}. Read it again and repeat with its new ETag."),
            ),
            HubError::Vendor { provider, error } => vendor(&provider, error),
            HubError::Store(error) => stored(error),
        }
    }
}

/// Warnings, each as a sentence. One that begins with a provider's name keeps it as it is written.
fn sentences(warnings: &[String]) -> String {
    let sentence = |warning: &String| {
        let warning = warning.trim_end_matches('.');
        let named = warning.split_once(": ").is_some_and(|(name, _)| !name.contains(' '));
        format!("{}.", if named { warning.to_owned() } else { capital(warning) })
    };
    warnings.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// The old vendor's problem, told as what it means here.
fn unfinished(link: &EventLink, from: &ProviderId, error: HubError) -> Problem {
    let cause = Problem::from(error);
    let Problem { detail, provider, connect_url, scopes, retry_after, .. } = cause;
    let status = StatusCode::from_u16(cause.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let said = format!(
        "The event is at {} now, but the old one could not be deleted at {from}. Send the same PUT \
         again: it only finishes this. {detail}",
        link.provider
    );
    Problem {
        provider: provider.or_else(|| Some(from.to_string())),
        connect_url,
        scopes,
        retry_after,
        link: serde_json::to_value(crate::http::view::LinkView::from(link)).ok(),
        ..Problem::new(status, "move-unfinished", "The old event is still there", said)
    }
}

const EVENTS: &str = "/api/calendar/events";

fn path_of(kind: CrmObject) -> &'static str {
    match kind {
        CrmObject::Contact => "/api/crm/contacts",
        CrmObject::Deal => "/api/crm/deals",
    }
}

fn not_linked(said: &str, path: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-linked",
        "The record has no such link",
        format!("{said}. POST {path} makes and links one."),
    )
}

fn another(said: &str, noun: &str) -> String {
    format!("{said}, to another {noun} than this. PUT changes it, DELETE frees it.")
}

fn already_linked(detail: String, link: &impl serde::Serialize) -> Problem {
    let code = "already-linked";
    let problem = Problem::new(StatusCode::CONFLICT, code, "There is another link already", detail);
    Problem { link: serde_json::to_value(link).ok(), ..problem }
}

fn gone(said: &str, noun: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        &format!("{noun}-gone"),
        &format!("The linked {noun} is gone"),
        format!("{said}. POST makes it anew, DELETE removes the link."),
    )
}

/// Faults that are listed, and those of them that are told in `detail` too: an answer shall not be
/// many times as large as the request.
const LISTED: usize = 50;
const TOLD: usize = 10;

fn invalid(faults: Vec<FieldError>) -> Problem {
    let more = faults.len().saturating_sub(TOLD);
    let field = |fault: FieldError| ProblemField {
        field: shortened(&fault.field, 200),
        detail: shortened(&fault.message, 400),
    };
    let errors: Vec<ProblemField> = faults.into_iter().take(LISTED).map(field).collect();
    let mut told: Vec<String> = errors
        .iter()
        .take(TOLD)
        .map(|error| format!("{}: {}", error.field, error.detail))
        .collect();
    if more > 0 {
        told.push(format!("... and {more} more"));
    }
    let mut problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "The input is not valid",
        format!("{}.", told.join("; ")),
    );
    problem.errors = errors;
    problem
}

/// A text of at most so many characters. What is too much goes from the middle: serde repeats what
/// was written there, and says at the end what it expected.
fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let tail = (most - 3) / 2;
    let head = text.chars().take(most - 3 - tail);
    head.chain("...".chars()).chain(text.chars().skip(length - tail)).collect()
}

fn refresh_failed(provider: &ProviderId, error: &GrantError) -> Problem {
    let said = format!("The token of {provider} is over and could not be refreshed: {error}.");
    let (status, code, advice) = match error {
        GrantError::Refused { .. } | GrantError::InvalidGrant { .. } => (
            StatusCode::BAD_GATEWAY,
            "vendor-refused-client",
            "The operator should check client id and secret.",
        ),
        GrantError::BadAnswer => {
            (StatusCode::BAD_GATEWAY, "vendor-bad-answer", "Try again a little later.")
        }
        GrantError::Unreachable(crate::ports::OutboundError::Timeout) => {
            (StatusCode::GATEWAY_TIMEOUT, "vendor-timeout", "Try again a little later.")
        }
        GrantError::Failing { .. } | GrantError::Unreachable(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "vendor-unavailable", "Try again a little later.")
        }
    };
    let problem = Problem::new(
        status,
        code,
        "The vendor's token endpoint failed",
        format!("{said} {advice}"),
    )
    .about(provider);
    let told = match error {
        GrantError::Unreachable(reason) => reason.retry_after(),
        _ => None,
    };
    match status {
        StatusCode::SERVICE_UNAVAILABLE => problem.wait(told.map_or(5.0, |t| t.as_secs_f64())),
        _ => problem,
    }
}

fn vendor(provider: &ProviderId, error: mortise_plugin_api::Error) -> Problem {
    let said = match error.kind {
        // Plugins say what to do themselves.
        ErrorKind::CursorLost => format!("{provider}: the cursor is no longer good."),
        _ => format!("{provider}: {}.", error.message.trim_end_matches('.')),
    };
    if let (ErrorKind::InvalidInput, Some(field)) = (error.kind, &error.field) {
        return invalid(vec![FieldError::new(field, error.message)]).about(provider);
    }
    let (status, code, title, advice) = match error.kind {
        ErrorKind::InvalidInput => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "vendor-refused",
            "The vendor refused the input",
            "Mend the input.",
        ),
        ErrorKind::Forbidden => (
            StatusCode::FORBIDDEN,
            "vendor-forbidden",
            "The account may not do this",
            "Choose another calendar or record, or connect another account.",
        ),
        ErrorKind::NotFound | ErrorKind::Gone => (
            StatusCode::NOT_FOUND,
            "vendor-not-found",
            "The vendor does not have it",
            "Check the id.",
        ),
        ErrorKind::Conflict => (
            StatusCode::CONFLICT,
            "vendor-conflict",
            "The vendor has one already",
            "Read what is there.",
        ),
        ErrorKind::CursorLost => (
            StatusCode::GONE,
            "cursor-lost",
            "The cursor is too old",
            "Start the list again without it.",
        ),
        ErrorKind::RateLimited => (
            StatusCode::SERVICE_UNAVAILABLE,
            "vendor-rate-limited",
            "The vendor limits the rate",
            "Wait as long as Retry-After says.",
        ),
        ErrorKind::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "vendor-unavailable",
            "The vendor is not available",
            "Try again a little later.",
        ),
        ErrorKind::Timeout => (
            StatusCode::GATEWAY_TIMEOUT,
            "vendor-timeout",
            "The vendor did not answer in time",
            "Repeat a call on a linked record as it is: nothing is done twice. After a write through \
             the proxy or a plugin's route look first whether it was done.",
        ),
        ErrorKind::BadAnswer => (
            StatusCode::BAD_GATEWAY,
            "vendor-bad-answer",
            "The vendor's answer makes no sense",
            "Try again a little later.",
        ),
        _ => (
            StatusCode::BAD_GATEWAY,
            "plugin-failed",
            "The provider's plugin failed",
            "The operator finds more in the log and should tell the plugin's author.",
        ),
    };
    let problem = Problem::new(status, code, title, format!("{said} {advice}")).about(provider);
    match status {
        StatusCode::SERVICE_UNAVAILABLE => problem.wait(error.retry_after.unwrap_or(5.0)),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(count: usize) -> Problem {
        let fault = |index| FieldError::new(format!("event.{index}"), "unknown");
        HubError::Invalid((0..count).map(fault).collect()).into()
    }

    #[test]
    fn few_faults_are_all_told() {
        let problem = faults(2);
        assert_eq!(problem.detail, "event.0: unknown; event.1: unknown.");
        assert_eq!(faults(10).errors.len(), 10);
        assert!(!faults(10).detail.contains("more"));
    }

    #[test]
    fn many_faults_are_counted_and_the_first_ones_listed() {
        let problem = faults(5000);
        assert_eq!(problem.errors.len(), 50);
        assert_eq!(problem.errors[49].field, "event.49");
        assert!(problem.detail.ends_with("; event.9: unknown; ... and 4990 more."));
        assert!(faults(11).detail.ends_with("; ... and 1 more."));
    }

    #[test]
    fn a_long_text_is_shortened_in_its_middle_by_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("abcdefghij", 9), "abc...hij");
        assert_eq!(shortened(&"ä".repeat(1000), 200).chars().count(), 200);
    }
}
