use ErrorKind::{
    Conflict, Forbidden, InvalidInput, MissingScope, NotFound, RateLimited, Unauthorized,
    Unavailable,
};
use mortise_plugin_api::{
    Error, ErrorKind, HttpAnswer, TransportError, Value, json, testing::json_answer,
};

use crate::support::{error_body, host};

fn refused(answer: HttpAnswer) -> Error {
    let host = host();
    host.answer(answer);
    let error = host.call("crm.list_contacts", json!({})).unwrap_err();
    assert_eq!(host.unused_answers(), 0);
    error
}

/// Every body of the fixture.
const EXPECTED: [(&str, u16, ErrorKind, Option<&str>); 17] = [
    ("validation", 400, InvalidInput, Some("VALIDATION_ERROR")),
    ("expired", 401, Unauthorized, Some("EXPIRED_AUTHENTICATION")),
    ("invalid_token", 401, Unauthorized, Some("INVALID_AUTHENTICATION")),
    ("missing_scopes", 403, MissingScope, Some("MISSING_SCOPES")),
    ("missing_scopes_unnamed", 403, MissingScope, Some("MISSING_SCOPES")),
    ("forbidden", 403, Forbidden, Some("BANNED")),
    ("not_found", 404, NotFound, Some("OBJECT_NOT_FOUND")),
    ("conflict", 409, Conflict, Some("CONFLICT")),
    ("conflict_of_400", 400, Conflict, Some("CONFLICT")),
    ("unique_value", 400, Conflict, Some("VALIDATION_ERROR")),
    ("ten_secondly", 429, RateLimited, Some("RATE_LIMIT")),
    ("daily", 429, RateLimited, Some("RATE_LIMIT")),
    ("secondly", 429, RateLimited, Some("RATE_LIMIT")),
    ("internal", 500, Unavailable, Some("INTERNAL_ERROR")),
    ("locked", 423, Unavailable, Some("LOCKED")),
    ("moving", 477, Unavailable, None),
    ("empty", 400, InvalidInput, None),
];

#[test]
fn every_documented_body_has_its_kind() {
    for (name, status, kind, code) in EXPECTED {
        let error = refused(json_answer(status, &error_body(name)));
        assert_eq!(error.kind, kind, "{name}");
        assert_eq!(error.vendor_code.as_deref(), code, "{name}");
        assert_eq!(error.vendor_status, Some(status), "{name}");
        assert!(!error.message.contains("s3cret-marker"), "{name}: {}", error.message);
        assert!(!error.message.contains(['{', '[']), "{name}: {}", error.message);
    }
}

#[test]
fn a_missing_scope_is_named() {
    let error = refused(json_answer(403, &error_body("missing_scopes")));
    assert!(error.message.contains("connect HubSpot again"), "{}", error.message);
    assert!(error.message.contains("crm.objects.contacts.read"), "{}", error.message);
    let error = refused(json_answer(403, &error_body("missing_scopes_unnamed")));
    assert!(error.message.ends_with("allow it"), "{}", error.message);
}

#[test]
fn a_scopes_name_is_a_name_and_no_free_text() {
    let body = json!({
        "category": "MISSING_SCOPES",
        "context": {"requiredScopes": ["token: s3cret-marker", "crm.objects.deals.read"]},
    });
    let message = refused(json_answer(403, &body)).message;
    assert!(message.ends_with("(HubSpot wants one of: crm.objects.deals.read)"), "{message}");
}

fn wait(name: &str, headers: &[(&str, &str)]) -> Option<f64> {
    let mut answer = json_answer(429, &error_body(name));
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    answer.headers.extend(headers);
    refused(answer).retry_after
}

const INTERVAL: &str = "x-hubspot-ratelimit-interval-milliseconds";
const REMAINING: &str = "x-hubspot-ratelimit-remaining";

#[test]
fn the_wait_is_hubspots_or_that_of_the_limit_which_was_reached() {
    assert_eq!(wait("ten_secondly", &[("retry-after", "3"), (INTERVAL, "10000")]), Some(3.0));
    assert_eq!(wait("ten_secondly", &[(INTERVAL, "12500")]), Some(12.5));
    assert_eq!(wait("ten_secondly", &[]), Some(10.0));
    assert_eq!(wait("secondly", &[]), Some(1.0));
    assert_eq!(wait("empty", &[(INTERVAL, "10000"), (REMAINING, "0")]), Some(10.0));
    assert_eq!(wait("empty", &[(INTERVAL, "10000"), (REMAINING, "7")]), None);
    assert_eq!(wait("empty", &[("x-hubspot-ratelimit-daily-remaining", "0")]), Some(3600.0));
    assert_eq!(wait("empty", &[]), None);
}

#[test]
fn the_end_of_a_day_is_not_waited_for_in_tens_of_seconds() {
    assert_eq!(wait("daily", &[(INTERVAL, "10000"), (REMAINING, "0")]), Some(3600.0));
    assert_eq!(wait("daily", &[]), Some(3600.0));
}

#[test]
fn a_wait_is_always_a_number_of_seconds() {
    for nonsense in ["NaN", "inf", "-1", "0", "", "99999999999999", "1e400", "10000.5"] {
        let waited = wait("empty", &[(INTERVAL, nonsense), (REMAINING, "0")]);
        assert_eq!(waited, None, "{nonsense}");
        let waited = wait("ten_secondly", &[(INTERVAL, nonsense)]);
        assert_eq!(waited, Some(10.0), "{nonsense}");
    }
    for nonsense in ["NaN", "inf", "-1", "soon"] {
        assert_eq!(wait("ten_secondly", &[("retry-after", nonsense)]), Some(10.0), "{nonsense}");
    }
}

#[test]
fn bodies_that_are_no_errors_of_hubspots_are_judged_by_their_status() {
    let bodies: [&[u8]; 7] = [
        b"",
        b"<html>Error 502</html>",
        b"null",
        b"[]",
        br#""text""#,
        br#"{"errors": 5, "category": 7}"#,
        b"{\"message\":",
    ];
    let kinds = [
        (400, InvalidInput),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (429, RateLimited),
        (502, Unavailable),
        (302, ErrorKind::BadAnswer),
        (414, ErrorKind::BadAnswer),
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
fn hubspots_sentence_is_kept_short_and_on_one_line() {
    let said = format!("Bad\r\n\tthing {}", "é".repeat(5000));
    let error = refused(json_answer(400, &json!({"message": said})));
    assert!(error.message.contains("(HubSpot: Bad thing éé"), "{}", error.message);
    assert!(error.message.chars().count() < 300, "{}", error.message.chars().count());
}

/// Operations with an input that HubSpot would take.
fn reads() -> [(&'static str, Value); 7] {
    [
        ("crm.get_contact", json!({"id": "51"})),
        ("crm.find_contact", json!({"email": "ada@example.org"})),
        ("crm.list_contacts", json!({})),
        ("crm.get_deal", json!({"id": "7"})),
        ("crm.list_deals", json!({})),
        ("hubspot.owners", json!({})),
        ("hubspot.properties", json!({"path": {"object": "deals"}})),
    ]
}

#[test]
fn an_answer_that_is_not_what_was_asked_for_is_a_bad_answer() {
    let host = host();
    let page = |body: &[u8]| HttpAnswer { status: 200, body: body.to_vec(), ..Default::default() };
    let bodies: [&[u8]; 7] = [
        b"<html>hello</html>",
        b"",
        b"[1, 2",
        b"\"text\"",
        b"{}",
        br#"{"error": "invalid_grant", "results": null}"#,
        br#"{"access_token": "s3cret-marker", "id": ""}"#,
    ];
    for (operation, input) in reads() {
        for body in bodies {
            host.answer(page(body));
            let error = host.call(operation, &input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadAnswer, "{operation}");
            assert!(!error.message.contains("s3cret-marker"), "{operation}: {}", error.message);
        }
    }
}

#[test]
fn a_request_without_answer_keeps_its_reason() {
    let host = host();
    let faults = [
        (TransportError::Timeout, ErrorKind::Timeout),
        (TransportError::Connect, Unavailable),
        (TransportError::Cut, Unavailable),
        (TransportError::TooLarge, ErrorKind::BadAnswer),
    ];
    for (operation, input) in reads().into_iter().chain(writes()) {
        for (fault, kind) in faults {
            host.answer_error(fault);
            let error = host.call(operation, &input).unwrap_err();
            assert_eq!(error.kind, kind, "{operation}");
            assert_eq!(host.requests().len(), 1, "{operation}");
        }
    }
}

fn writes() -> [(&'static str, Value); 6] {
    let (contact, deal) = (json!({"email": "ada@example.org"}), json!({"name": "New teeth"}));
    [
        ("crm.create_contact", json!({"key": "k", "contact": contact.clone()})),
        ("crm.update_contact", json!({"id": "51", "contact": contact})),
        ("crm.delete_contact", json!({"id": "51"})),
        ("crm.create_deal", json!({"key": "k", "deal": deal.clone()})),
        ("crm.update_deal", json!({"id": "7", "deal": deal})),
        ("crm.delete_deal", json!({"id": "7"})),
    ]
}

#[test]
fn a_refused_write_is_not_tried_in_another_way() {
    for (operation, input) in writes() {
        for (name, status, kind) in [
            ("expired", 401, Unauthorized),
            ("missing_scopes", 403, MissingScope),
            ("ten_secondly", 429, RateLimited),
            ("internal", 500, Unavailable),
        ] {
            let host = host();
            if operation == "crm.create_contact" {
                host.answer_json(404, error_body("not_found"));
            }
            host.answer_json(status, error_body(name));
            assert_eq!(host.call(operation, &input).unwrap_err().kind, kind, "{operation}");
            let writes = host.requests().iter().filter(|request| request.method != "GET").count();
            assert_eq!((writes, host.unused_answers()), (1, 0), "{operation}: {name}");
        }
    }
}
