//! `/livez`, `/readyz` and `/metrics`

use mortise_tests::{ADA, Consent, GOOGLE, TestHub};
use serde_json::json;

#[tokio::test]
async fn a_hub_that_runs_says_so_to_anybody() {
    let hub = TestHub::start().await;
    let answer = hub.anonymous().get("/livez").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "ok"));
}

#[tokio::test]
async fn a_hub_is_ready_with_what_the_operator_should_know() {
    let hub = TestHub::start().await;
    let answer = hub.anonymous().get("/readyz").await.expect(200);
    assert_eq!(
        answer.body,
        json!({
            "status": "ready",
            "database": "ok",
            "refused_providers": [],
            "warnings": ["any file in the plugin folder is loaded (plugins.trust = \"any\")"],
        })
    );
}

#[tokio::test]
async fn without_its_database_a_hub_lives_and_is_not_ready() {
    let hub = TestHub::options().set("auth.cache_seconds", "0").start().await;
    hub.database.close().await.unwrap();
    let answer = hub.anonymous().get("/readyz").await.expect(503);
    assert_eq!(answer.body["status"], "not_ready");
    assert_eq!(answer.body["database"], "does not answer");
    assert_eq!(hub.anonymous().get("/livez").await.status, 200);
    let answer = hub.as_user("ada").get("/api/integrations").await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "database-unavailable",
      "detail": "Try again a little later. A vendor may have done its part of a write already: the same call takes that up.",
      "request_id": "[request id]",
      "retry_after": 5,
      "status": 503,
      "title": "The hub's database does not answer",
      "type": "urn:problem-type:mortise:database-unavailable"
    }
    "#);
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn requests_and_refreshes_are_counted_by_route_and_never_by_user() {
    let hub = TestHub::start().await;
    hub.connect("ada-lovelace", GOOGLE, &Consent::of(ADA)).await;
    hub.clock.advance(3600);
    hub.token("ada-lovelace", GOOGLE).await.expect(200);
    let answer = hub.anonymous().get("/metrics").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4");
    let line = |name: &str, labels: &[&str]| {
        answer
            .text
            .lines()
            .any(|line| line.starts_with(name) && labels.iter().all(|label| line.contains(label)))
    };
    let route = r#"route="/api/integrations/{slug}/token""#;
    assert!(line("mortise_http_requests_total", &[route, r#"status="200""#]), "{}", answer.text);
    assert!(line("mortise_http_request_seconds_bucket", &[route]), "{}", answer.text);
    let refreshed = [r#"provider="google_calendar""#, r#"outcome="ok""#];
    assert!(line("mortise_token_refreshes_total", &refreshed), "{}", answer.text);
    assert!(!answer.text.contains("ada-lovelace") && !answer.text.contains(ADA));
}

#[tokio::test]
async fn metrics_can_be_switched_off() {
    let hub = TestHub::options().set("metrics.enabled", "false").start().await;
    assert_eq!(hub.anonymous().get("/metrics").await.refusal(), (404, "not-found"));
}

#[tokio::test]
async fn a_hub_that_is_told_to_stop_finishes_what_is_under_way() {
    use std::time::Duration;

    use mortise_tests::{Fault, FaultKind, eventually};

    let mut hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let slow = Fault::on("/calendar", FaultKind::Slow).delay(Duration::from_millis(400));
    hub.sandbox.google().set_fault(slow);
    let before = hub.sandbox.google().requests().len();
    let client = hub.as_user("ada");
    let under_way =
        tokio::spawn(
            async move { client.get("/api/integrations/google-calendar/calendars").await },
        );
    let requests = || hub.sandbox.google().requests().len();
    eventually("the request", async || (requests() > before).then_some(())).await;
    hub.stop().await;
    under_way.await.unwrap().expect(200);
}
