//! `ANY /api/integrations/{slug}/proxy/{path}`

use std::time::Duration;

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub};
use serde_json::json;

use crate::support::{count, not_connected, unknown_provider};

const PROXY: &str = "/api/integrations/google-calendar/proxy";

async fn connected() -> TestHub {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

#[tokio::test]
async fn the_vendor_s_answer_comes_as_it_is() {
    let hub = connected().await;
    let client = hub.as_user("ada");
    let answer = client.get(&format!("{PROXY}/users/me/calendarList?maxResults=1")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["kind"], "calendar#calendarList");
    assert_eq!(answer.body["items"].as_array().unwrap().len(), 1, "the query went along");
    assert!(answer.header("content-type").starts_with("application/json"));
}

#[tokio::test]
async fn every_method_and_its_body_go_through() {
    let hub = connected().await;
    let client = hub.as_user("ada");
    let at = |minute: u8| json!({"dateTime": format!("2026-12-01T10:{minute:02}:00Z")});
    let new = json!({"summary": "One", "start": at(0), "end": at(30)});
    let events = format!("{PROXY}/calendars/primary/events");
    let made = client.post(&events, new).await.expect(200);
    let event = format!("{events}/{}", made.body["id"].as_str().unwrap());
    let patched = client.send("PATCH", &event, Some(json!({"summary": "Two"}))).await.expect(200);
    assert_eq!(patched.body["summary"], "Two");
    let stale = client.clone().header("if-match", made.header("etag"));
    assert_eq!(stale.send("PATCH", &event, Some(json!({}))).await.status, 412);
    let put = json!({"summary": "Three", "start": at(10), "end": at(20)});
    assert_eq!(client.put(&event, put).await.expect(200).body["summary"], "Three");
    assert_eq!(client.delete(&event).await.status, 204);
}

#[tokio::test]
async fn an_error_of_the_vendor_s_is_the_vendor_s_not_a_problem_of_the_hub() {
    let hub = connected().await;
    let client = hub.as_user("ada");
    let answer = client.get(&format!("{PROXY}/calendars/nobody%40example.com/events")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body["error"]["errors"][0]["reason"], "notFound");
    for (kind, status) in [(FaultKind::InternalError, 500), (FaultKind::TooManyRequests, 429)] {
        hub.sandbox.google().set_fault(Fault::on("/calendar", kind).times(1));
        let answer = client.get(&format!("{PROXY}/users/me/calendarList")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body["error"]["code"], status);
    }
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_is_a_problem() {
    let hub = connected().await;
    let slow = Fault::on("/calendar", FaultKind::Slow).delay(Duration::from_secs(3)).times(1);
    let cases = [
        (Fault::on("/calendar", FaultKind::DoThenCut).times(1), (503, "vendor-unavailable")),
        (Fault::on("/calendar", FaultKind::Cut).times(1), (503, "vendor-unavailable")),
        (Fault::on("/calendar", FaultKind::HugeBody).times(1), (502, "vendor-bad-answer")),
        (slow, (504, "vendor-timeout")),
    ];
    for (fault, expected) in cases {
        hub.sandbox.google().clear_faults();
        hub.sandbox.google().set_fault(fault.clone());
        let answer = hub.as_user("ada").get(&format!("{PROXY}/users/me/calendarList")).await;
        assert_eq!(answer.refusal(), expected, "{fault:?}");
    }
}

#[tokio::test]
async fn a_path_cannot_climb_out_of_the_vendor_s_api() {
    let hub = connected().await;
    let before = hub.sandbox.google().requests().len();
    for climbing in
        ["%2e%2e%2ftoken", "users%2f..%2f..%2f..%2ftoken", "a/..%2f..%2ftoken", "..%5ctoken"]
    {
        let answer = hub.as_user("ada").get(&format!("{PROXY}/{climbing}")).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{climbing}");
        assert_eq!(answer.fields(), ["path"], "{climbing}");
    }
    assert_eq!(hub.sandbox.google().requests().len(), before);
}

#[tokio::test]
async fn an_address_in_the_path_stays_a_path() {
    let hub = connected().await;
    let answer = hub.as_user("ada").get(&format!("{PROXY}/http://evil.test/x")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(count(&hub, "/calendar/v3/http://evil.test/x"), 1);
}

#[tokio::test]
async fn the_caller_s_own_headers_stay_here() {
    let hub = connected().await;
    let client = hub
        .as_user("ada")
        .header("cookie", "a=b")
        .header("origin", "https://app.example.com")
        .header("referer", "https://app.example.com/x")
        .header("x-forwarded-for", "10.0.0.1")
        .header("x-custom", "1")
        .header("accept-language", "de");
    client.get(&format!("{PROXY}/users/me/calendarList")).await.expect(200);
    let sent = hub.sandbox.google().requests().pop().unwrap().header_names;
    let expected = ["accept-language", "authorization"];
    assert!(expected.iter().all(|name| sent.contains(&(*name).to_owned())), "{sent:?}");
    for own in ["cookie", "origin", "referer", "x-forwarded-for", "x-custom", "mortise-user"] {
        assert!(!sent.contains(&own.to_owned()), "{own} was sent");
    }
}

#[tokio::test]
async fn a_page_of_the_vendor_s_cannot_act_as_the_hub() {
    let hub = connected().await;
    hub.sandbox.google().set_fault(Fault::on("/calendar", FaultKind::Html).times(1));
    let answer = hub.as_user("ada").get(&format!("{PROXY}/users/me/calendarList")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_due_token_is_refreshed_before() {
    let hub = connected().await;
    hub.clock.advance(3600);
    hub.sandbox.google().expire_access_tokens(ADA);
    hub.as_user("ada").get(&format!("{PROXY}/users/me/calendarList")).await.expect(200);
    assert_eq!(count(&hub, "/calendar/v3/users/me/calendarList"), 1, "none was refused");
}

#[tokio::test]
async fn only_a_key_with_the_right_may_use_it() {
    let hub = connected().await;
    let path = format!("{PROXY}/users/me/calendarList");
    for client in [hub.without_rights("ada"), hub.session_for("ada").await] {
        assert_eq!(client.get(&path).await.refusal(), (403, "forbidden"));
    }
    assert_eq!(hub.as_user("bob").get(&path).await.problem(), not_connected());
    let path = "/api/integrations/nothing/proxy/x";
    assert_eq!(hub.as_user("ada").get(path).await.problem(), unknown_provider("nothing"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let hub = connected().await;
    let long = "x".repeat(1_048_577);
    let path = format!("{PROXY}/calendars/primary/events");
    let answer = hub.as_user("ada").send_text("POST", &path, "application/json", &long).await;
    assert_eq!(answer.refusal(), (413, "body-too-large"));
}
