use mortise_plugin_api::{
    Error, ErrorKind, HttpAnswer, TransportError, Value, json, testing::json_answer,
};

use crate::support::{KEY, assert_nonsense_is_a_bad_answer, draft, error_body, fixture, host};

fn refused(answer: HttpAnswer) -> Error {
    let host = host();
    host.answer(answer);
    host.call("calendar.get_event", json!({"calendar": "c", "event": "e"})).unwrap_err()
}

/// Every body of the fixture, with the field that is blamed.
const EXPECTED: [(&str, u16, ErrorKind, Option<&str>); 30] = [
    ("time_range_empty", 400, ErrorKind::InvalidInput, None),
    ("time_range_too_long", 400, ErrorKind::InvalidInput, None),
    ("invalid_recurrence", 400, ErrorKind::InvalidInput, Some("event.recurrence")),
    ("invalid_start_zone", 400, ErrorKind::InvalidInput, Some("event.start.time_zone")),
    ("invalid_attendee", 400, ErrorKind::InvalidInput, Some("event.attendees")),
    ("required_end", 400, ErrorKind::InvalidInput, Some("event.end")),
    ("invalid_page_token", 400, ErrorKind::CursorLost, Some("page")),
    ("invalid_sync_token", 400, ErrorKind::CursorLost, Some("sync")),
    ("parse_error", 400, ErrorKind::InvalidInput, None),
    ("auth_error", 401, ErrorKind::Unauthorized, None),
    ("rate_limit", 403, ErrorKind::RateLimited, None),
    ("user_rate_limit", 403, ErrorKind::RateLimited, None),
    ("quota", 403, ErrorKind::RateLimited, None),
    ("daily_limit", 403, ErrorKind::RateLimited, None),
    ("rate_limit_429", 429, ErrorKind::RateLimited, None),
    ("insufficient_permissions", 403, ErrorKind::MissingScope, None),
    ("scope_insufficient", 403, ErrorKind::MissingScope, None),
    ("scope_insufficient_details_only", 403, ErrorKind::MissingScope, None),
    ("forbidden", 403, ErrorKind::Forbidden, None),
    ("non_organizer", 403, ErrorKind::Forbidden, None),
    ("required_access_level", 403, ErrorKind::Forbidden, None),
    ("access_not_configured", 403, ErrorKind::Forbidden, None),
    ("not_found", 404, ErrorKind::NotFound, None),
    ("duplicate", 409, ErrorKind::Conflict, None),
    ("deleted", 410, ErrorKind::Gone, None),
    ("full_sync_required", 410, ErrorKind::CursorLost, Some("sync")),
    ("updated_min_too_long_ago", 410, ErrorKind::CursorLost, Some("sync")),
    ("condition_not_met", 412, ErrorKind::PreconditionFailed, None),
    ("backend_error", 500, ErrorKind::Unavailable, None),
    ("service_unavailable", 503, ErrorKind::Unavailable, None),
];

#[test]
fn every_documented_body_has_its_kind() {
    assert_eq!(fixture("errors").as_object().map(|bodies| bodies.len()), Some(EXPECTED.len()));
    for (name, status, kind, field) in EXPECTED {
        let body = error_body(name);
        let error = refused(json_answer(status, &body));
        assert_eq!((error.kind, error.field.as_deref()), (kind, field), "{name}");
        assert_eq!(error.vendor_status, Some(status), "{name}");
        let reason = body["error"]["errors"][0]["reason"]
            .as_str()
            .unwrap_or("ACCESS_TOKEN_SCOPE_INSUFFICIENT");
        assert_eq!(error.vendor_code.as_deref(), Some(reason), "{name}");
        let theirs = format!("(Google: {})", body["error"]["message"].as_str().unwrap());
        assert!(error.message.ends_with(&theirs), "{name}: {}", error.message);
    }
}

/// What Google refuses with, by status, domain and reason; the same reason comes with either status
/// of a rate limit. No answer says how long to wait.
const REFUSALS: [(u16, &str, &str, ErrorKind); 14] = [
    (400, "global", "invalid", ErrorKind::InvalidInput),
    (401, "global", "authError", ErrorKind::Unauthorized),
    (403, "usageLimits", "userRateLimitExceeded", ErrorKind::RateLimited),
    (403, "usageLimits", "rateLimitExceeded", ErrorKind::RateLimited),
    (429, "usageLimits", "userRateLimitExceeded", ErrorKind::RateLimited),
    (429, "usageLimits", "rateLimitExceeded", ErrorKind::RateLimited),
    (403, "global", "insufficientPermissions", ErrorKind::MissingScope),
    (403, "global", "forbidden", ErrorKind::Forbidden),
    (404, "global", "notFound", ErrorKind::NotFound),
    (409, "global", "duplicate", ErrorKind::Conflict),
    (410, "calendar", "fullSyncRequired", ErrorKind::CursorLost),
    (410, "global", "deleted", ErrorKind::Gone),
    (412, "global", "conditionNotMet", ErrorKind::PreconditionFailed),
    (500, "global", "backendError", ErrorKind::Unavailable),
];

#[test]
fn every_refusal_has_its_kind_and_no_wait_is_made_up() {
    let spec = mortise_vendor_specs::google_calendar();
    for (status, domain, reason, kind) in REFUSALS {
        let said = json!({"domain": domain, "reason": reason, "message": "Refused"});
        let body = json!({"error": {"code": status, "message": "Refused", "errors": [said]}});
        let error = refused(json_answer(status, &body));
        let name = format!("{status} {reason}");
        assert_eq!((error.kind, error.retry_after), (kind, None), "{name}");
        assert_eq!(error.vendor_code.as_deref(), Some(reason), "{name}");
        assert_eq!(error.vendor_status, Some(status), "{name}");
        // An event is patched: each of these may come of that.
        if status != 409 {
            let bytes = body.to_string();
            spec.check_answer("PATCH", "/calendars/c/events/e", status, bytes.as_bytes()).unwrap();
        }
    }
    for status in [500, 502, 503, 504] {
        for body in [&b""[..], b"<html>Error</html>", b"upstream connect error"] {
            let answer = HttpAnswer { status, body: body.to_vec(), ..HttpAnswer::default() };
            let error = refused(answer);
            assert_eq!((error.kind, error.retry_after), (ErrorKind::Unavailable, None), "{status}");
            assert_eq!(error.vendor_code, None, "{status}");
        }
    }
}

#[test]
fn newer_front_ends_tell_a_rate_limit_by_a_word() {
    let body = json!({"error": {
        "code": 403,
        "message": "Quota exceeded for quota metric 'Queries'.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
        }],
    }});
    let error = refused(json_answer(403, &body));
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert_eq!(error.vendor_code.as_deref(), Some("RATE_LIMIT_EXCEEDED"));
}

#[test]
fn a_challenge_tells_a_missing_scope_without_any_body() {
    let mut answer = json_answer(403, &json!(null));
    let challenge = r#"Bearer realm="https://accounts.google.com/", error="insufficient_scope""#;
    answer.headers.push(("www-authenticate".to_owned(), challenge.to_owned()));
    assert_eq!(refused(answer).kind, ErrorKind::MissingScope);
}

#[test]
fn a_wait_that_google_asks_for_is_passed_on() {
    let mut answer = json_answer(429, &error_body("rate_limit_429"));
    answer.headers.push(("retry-after".to_owned(), "7".to_owned()));
    assert_eq!(refused(answer).retry_after, Some(7.0));
    assert_eq!(refused(json_answer(429, &error_body("rate_limit_429"))).retry_after, None);
}

#[test]
fn bodies_that_are_no_errors_of_googles_are_judged_by_their_status() {
    let bodies: [&[u8]; 6] =
        [b"", b"<html>Error 502</html>", b"null", b"[]", br#"{"error":"invalid"}"#, b"{\"error\":"];
    let kinds = [
        (400, ErrorKind::InvalidInput),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::Gone),
        (412, ErrorKind::PreconditionFailed),
        (429, ErrorKind::RateLimited),
        (502, ErrorKind::Unavailable),
        (302, ErrorKind::BadAnswer),
    ];
    for body in bodies {
        for (status, kind) in kinds {
            let error =
                refused(HttpAnswer { status, body: body.to_vec(), ..HttpAnswer::default() });
            assert_eq!(error.kind, kind, "{status} {}", String::from_utf8_lossy(body));
            assert_eq!(error.vendor_code, None);
            assert!(!error.message.contains("<html>"), "{}", error.message);
        }
    }
}

#[test]
fn googles_sentence_is_kept_short_and_on_one_line() {
    let said = format!("Bad\r\n\tthing {}", "é".repeat(5000));
    let error = refused(json_answer(400, &json!({"error": {"message": said}})));
    assert!(error.message.contains("(Google: Bad thing éé"), "{}", error.message);
    assert!(error.message.chars().count() < 300, "{}", error.message.chars().count());
}

#[test]
fn an_answer_that_is_no_json_is_a_bad_answer() {
    let host = host();
    let page = |body: &[u8]| HttpAnswer { status: 200, body: body.to_vec(), ..Default::default() };
    let operations: [(&str, Value); 4] = [
        ("calendar.get_event", json!({"calendar": "c", "event": "e"})),
        ("calendar.list_events", json!({"calendar": "c"})),
        ("calendar.list_calendars", json!({})),
        ("identify", json!(null)),
    ];
    for (operation, input) in operations {
        for body in [&b"<html>hello</html>"[..], b"", b"[1, 2", b"\"text\""] {
            host.answer(page(body));
            let error = host.call(operation, &input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadAnswer, "{operation}");
        }
    }
}

#[test]
fn a_request_without_answer_keeps_its_reason() {
    let host = host();
    for (fault, kind) in [
        (TransportError::Timeout, ErrorKind::Timeout),
        (TransportError::Connect, ErrorKind::Unavailable),
        (TransportError::Cut, ErrorKind::Unavailable),
        (TransportError::TooLarge, ErrorKind::BadAnswer),
    ] {
        host.answer_error(fault);
        let input = json!({"calendar": "c", "event": "e"});
        assert_eq!(host.call("calendar.get_event", input).unwrap_err().kind, kind);
    }
}

#[test]
fn json_that_is_not_what_was_asked_for_is_not_an_empty_answer() {
    let window = json!({
        "calendars": ["c"],
        "start": "2026-12-01T00:00:00Z",
        "end": "2026-12-02T00:00:00Z",
    });
    for (operation, input) in [
        ("calendar.list_events", json!({"calendar": "c"})),
        ("calendar.list_calendars", json!({})),
        ("google_calendar.calendars", json!({})),
        ("calendar.free_busy", window),
    ] {
        let message = "the vendor's answer is not what its documentation says: ";
        assert_nonsense_is_a_bad_answer(operation, &input, message);
    }
}

#[test]
fn json_that_is_no_event_is_neither_read_nor_a_ground_for_a_change() {
    let at = json!({"calendar": "c", "event": "e"});
    let guests = draft(json!({"attendees": [{"email": "bob@example.org"}]}));
    let update = json!({"at": at, "event": guests});
    let create = json!({"calendar": "c", "key": KEY, "event": draft(json!({}))});
    for (operation, input) in [
        ("calendar.get_event", at),
        ("calendar.update_event", update),
        ("calendar.create_event", create),
    ] {
        assert_nonsense_is_a_bad_answer(operation, &input, "the vendor's answer cannot be used: ");
    }
}

#[test]
fn a_delete_is_done_by_no_other_answer_than_google_gives() {
    let host = host();
    let page =
        HttpAnswer { status: 200, body: b"<html>Sign in</html>".into(), ..Default::default() };
    for answer in [
        page,
        json_answer(200, &json!({"error": "x"})),
        HttpAnswer { status: 202, ..Default::default() },
    ] {
        host.answer(answer);
        let at = json!({"at": {"calendar": "primary", "event": "e1"}});
        let error = host.call("calendar.delete_event", at).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
    }
    host.answer(HttpAnswer { status: 204, ..Default::default() });
    let at = json!({"at": {"calendar": "primary", "event": "e1"}});
    host.call("calendar.delete_event", at).unwrap();
}
