use google_calendar::GoogleCalendar;
pub use mortise_plugin_api::testing::{body, header, line, lines, only_request};
use mortise_plugin_api::{ErrorKind, Value, json, serde_json, testing::ScriptedHost};

/// A key as the host makes them: 52 characters of base32hex.
pub const KEY: &str = "0123456789abcdefghijklmnopqrstuv0123456789abcdefghij";

/// A host that sends only what Google's description has.
pub fn host() -> ScriptedHost {
    ScriptedHost::new::<GoogleCalendar>()
        .checked_by(|request| mortise_vendor_specs::google_calendar().check_request(request))
}

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

/// One of the error bodies.
pub fn error_body(name: &str) -> Value {
    let bodies = fixture("errors");
    assert!(bodies[name].is_object(), "there is no error body {name}");
    bodies[name].clone()
}

/// A draft of one hour, with more fields.
pub fn draft(more: Value) -> Value {
    let mut draft = json!({
        "title": "Check-up",
        "start": {"date_time": "2026-12-01T10:00:00+01:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-12-01T11:00:00+01:00", "time_zone": "Europe/Berlin"},
    });
    let (Value::Object(fields), Value::Object(more)) = (&mut draft, more) else {
        panic!("more fields are an object")
    };
    fields.extend(more);
    draft
}

/// JSON that comes with status 200 and is not what was asked for.
pub fn nonsense() -> [Value; 5] {
    [
        json!({}),
        json!({"error": "invalid_grant", "error_description": "Token has been revoked."}),
        json!({"access_token": "secret-token", "token_type": "Bearer"}),
        json!({"items": null, "calendars": null, "id": ""}),
        json!([]),
    ]
}

/// Asserts that the operation takes none of [`nonsense`] for an answer, and repeats none of it.
pub fn assert_nonsense_is_a_bad_answer(operation: &str, input: &Value, message: &str) {
    let host = host();
    for answer in nonsense() {
        host.answer_json(200, answer.clone());
        let error = host.call(operation, input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{operation}: {answer}");
        assert!(error.message.starts_with(message), "{operation}: {}", error.message);
        assert!(!error.message.contains("secret"), "{operation}: {}", error.message);
        assert_eq!(host.requests().len(), 1, "{operation}: {answer}");
    }
}
