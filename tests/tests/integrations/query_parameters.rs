//! Addresses that read no query parameters: a typing error does not pass unseen, and nothing is
//! done.

use mortise_tests::{ADA, Consent, GOOGLE, TestHub};
use serde_json::{Value, json};

#[tokio::test]
async fn a_parameter_is_refused_by_its_name_where_none_is_read_and_nothing_is_done() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let kept = hub.rows.kept().await;
    let sessions = hub.rows.count("sessions").await;
    let before = hub.sandbox.google().requests().len();
    let time = json!({"date_time": "2026-12-01T10:00:00Z"});
    let event = json!({"title": "T", "start": time, "end": {"date_time": "2026-12-01T11:00:00Z"}});
    let new = json!({"entity_type": "appointment", "entity_id": "1", "event": event});
    let check = json!({"start": event["start"], "end": event["end"]});
    let linked = "/api/calendar/events/appointment/1";
    let cases: [(&str, &str, Option<Value>); 10] = [
        ("GET", "/api/integrations", None),
        ("GET", "/api/integrations/google-calendar/status", None),
        ("GET", "/api/integrations/google-calendar/token", None),
        ("POST", "/api/integrations/google-calendar/disconnect", None),
        ("GET", "/api/plugins", None),
        ("POST", "/api/sessions", Some(json!({"user": "ada"}))),
        ("DELETE", "/api/users/ada", None),
        ("POST", "/api/calendar/events", Some(new)),
        ("PUT", linked, Some(json!({"event": event}))),
        ("POST", "/api/calendar/conflicts", Some(check)),
    ];
    for (method, path, body) in cases {
        let address = format!("{path}?provider=outlook&dry_run");
        let answer = hub.as_user("ada").send(method, &address, body).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{method} {path}");
        assert_eq!(answer.fields(), ["provider", "dry_run"], "{method} {path}");
    }
    assert_eq!(hub.rows.kept().await, kept, "the connection is as it was");
    assert_eq!(hub.rows.count("sessions").await, sessions);
    assert_eq!(hub.sandbox.google().requests().len(), before, "no vendor was asked");
}

#[tokio::test]
async fn who_calls_is_asked_before_what() {
    let hub = TestHub::start().await;
    let answer = hub.anonymous().get("/api/integrations?provider=outlook").await;
    assert_eq!(answer.refusal(), (401, "unauthenticated"));
}
