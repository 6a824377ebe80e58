use mortise_plugin_api::{
    Error, ErrorKind, HttpAnswer, json,
    testing::{ScriptedHost, json_answer},
};

use crate::support::{create, draft, host, refusal};

fn get(host: &ScriptedHost, answer: HttpAnswer) -> Error {
    host.answer(answer);
    let at = json!({"calendar": "primary", "event": "AAMk="});
    host.call("calendar.get_event", at).unwrap_err()
}

#[test]
fn graphs_error_codes_become_kinds() {
    let host = host();
    for (status, code, kind) in [
        (400, "ErrorInvalidRequest", ErrorKind::InvalidInput),
        (400, "ErrorInvalidIdMalformed", ErrorKind::NotFound),
        (400, "ErrorDuplicateTransactionId", ErrorKind::Conflict),
        (400, "SyncStateNotFound", ErrorKind::CursorLost),
        (401, "InvalidAuthenticationToken", ErrorKind::Unauthorized),
        (403, "Authorization_RequestDenied", ErrorKind::MissingScope),
        (403, "ErrorAccessDenied", ErrorKind::MissingScope),
        (403, "somethingElse", ErrorKind::Forbidden),
        (404, "ErrorItemNotFound", ErrorKind::NotFound),
        (409, "ErrorIrresolvableConflict", ErrorKind::Conflict),
        (410, "SyncStateNotFound", ErrorKind::CursorLost),
        (410, "syncStateNotFound", ErrorKind::CursorLost),
        (410, "resyncRequired", ErrorKind::CursorLost),
        (410, "somethingElse", ErrorKind::Gone),
        (412, "ErrorIrresolvableConflict", ErrorKind::PreconditionFailed),
        (418, "teapot", ErrorKind::BadAnswer),
        (429, "ApplicationThrottled", ErrorKind::RateLimited),
        (500, "generalException", ErrorKind::Unavailable),
        (503, "ServiceUnavailable", ErrorKind::Unavailable),
        (504, "GatewayTimeout", ErrorKind::Unavailable),
        (509, "bandwidthLimitExceeded", ErrorKind::RateLimited),
    ] {
        let error = get(&host, json_answer(status, &refusal(code)));
        assert_eq!(error.kind, kind, "{status} {code}");
        assert_eq!(error.vendor_status, Some(status));
        assert_eq!(error.vendor_code.as_deref(), Some(code));
        assert!(!error.message.contains("s3cret"), "{}", error.message);
        if status != 418 {
            assert!(
                error.message.ends_with("(Microsoft: Microsoft's words.)"),
                "{}",
                error.message
            );
        }
    }
}

#[test]
fn a_wait_is_passed_on_with_its_fraction() {
    let host = host();
    for status in [429, 503, 504, 509] {
        let mut answer = json_answer(status, &refusal("ApplicationThrottled"));
        answer.headers.push(("retry-after".to_owned(), "2.128".to_owned()));
        assert_eq!(get(&host, answer).retry_after, Some(2.128), "{status}");
    }
}

#[test]
fn the_older_spelling_of_the_inner_error_changes_nothing() {
    let body = json!({"error": {
        "code": "ErrorItemNotFound", "message": "m", "innererror": {"request-id": "s3cret"},
    }});
    let error = get(&host(), json_answer(404, &body));
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(error.vendor_code.as_deref(), Some("ErrorItemNotFound"));
}

#[test]
fn anything_but_an_error_is_judged_by_its_status() {
    let host = host();
    for body in [
        "",
        "<html>Bad Gateway</html>",
        "{",
        "[]",
        "{\"error\": \"s3cret\"}",
        "{\"error\": {\"code\": 7}}",
    ] {
        for (status, kind) in [
            (401, ErrorKind::Unauthorized),
            (403, ErrorKind::Forbidden),
            (404, ErrorKind::NotFound),
            (429, ErrorKind::RateLimited),
            (502, ErrorKind::Unavailable),
        ] {
            let answer =
                HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
            let error = get(&host, answer);
            assert_eq!(error.kind, kind, "{status} {body}");
            assert_eq!(error.vendor_code, None);
            assert!(!error.message.contains('<') && !error.message.contains("s3cret"));
        }
    }
}

#[test]
fn microsofts_sentence_is_one_line_and_short() {
    let body = json!({"error": {"code": "x", "message": format!("a\n b {}", "ü".repeat(500))}});
    let error = get(&host(), json_answer(400, &body));
    assert!(error.message.contains("(Microsoft: a b üü"), "{}", error.message);
    assert!(!error.message.contains('\n'));
    assert!(error.message.chars().count() < 300);
}

#[test]
fn the_field_that_microsoft_blames_is_the_models() {
    let host = host();
    for (target, field) in [
        ("subject", Some("event.title")),
        ("body/content", Some("event.description")),
        ("start.timeZone", Some("event.start")),
        ("recurrence", Some("event.recurrence")),
        ("reminderMinutesBeforeStart", Some("event.reminders")),
        ("fullMoon", None),
    ] {
        let body = json!({"error": {"code": "ErrorInvalid", "message": "m", "target": target}});
        host.answer_json(400, body);
        let error = host.call("calendar.create_event", create(draft(json!({})))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), field, "{target}");
    }
}
