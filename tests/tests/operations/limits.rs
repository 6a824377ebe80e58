//! Callers who are slow, too many, or too eager to stay.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use mortise_tests::{ADA, Client, Consent, Fault, FaultKind, GOOGLE, TestHub, Wire, eventually};
use serde_json::json;

const CALENDARS: &str = "/api/integrations/google-calendar/calendars";
const LIST: &str = "/api/integrations";

/// Half of a body that was announced as a whole.
fn half(hub: &TestHub, path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {}\r\nmortise-user: ada\r\n\
         content-type: application/json\r\ncontent-length: 15\r\n\r\n{{\"user\"",
        hub.key
    )
}

#[tokio::test]
async fn headers_that_do_not_come_end_the_connection() {
    let hub = TestHub::options().set("server.header_timeout_seconds", "1").start().await;
    let mut wire = Wire::open(&hub).await;
    wire.write("GET /livez HTTP/1.1\r\nhost: hub\r\n").await;
    wire.closed().await;
}

#[tokio::test]
async fn a_body_that_stands_still_is_answered_408_and_its_connection_closed() {
    let hub = TestHub::options().set("server.body_timeout_seconds", "1").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    for path in ["/api/sessions", "/api/integrations/google-calendar/proxy/calendars"] {
        let mut wire = Wire::open(&hub).await;
        wire.write(&half(&hub, path)).await;
        let answer = wire.answer().await.expect(408);
        insta::allow_duplicates! {
            insta::assert_json_snapshot!(answer.problem(), @r#"
            {
              "code": "body-timeout",
              "detail": "It stood still for too long, and nothing was done. Send the whole request again.",
              "request_id": "[request id]",
              "status": 408,
              "title": "The body did not come",
              "type": "urn:problem-type:mortise:body-timeout"
            }
            "#);
        }
        assert_eq!(answer.header("connection"), "close");
        wire.closed().await;
    }
}

#[tokio::test]
async fn a_body_of_somebody_unknown_is_not_waited_for() {
    let hub = TestHub::start().await;
    for path in ["/api/sessions", CALENDARS] {
        let mut wire = Wire::open(&hub).await;
        wire.write(&half(&hub, path).replace(&hub.key, "mortise_key_of_nobody")).await;
        let answer = wire.answer().await;
        assert!([401, 405].contains(&answer.status), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_slow_body_that_keeps_coming_is_read() {
    let hub = TestHub::start().await;
    let mut wire = Wire::open(&hub).await;
    wire.write(&half(&hub, "/api/sessions")).await;
    eventually("the request", async || (hub.state.gate.requests() == 1).then_some(())).await;
    wire.write(": \"ada\"").await;
    wire.write("}").await;
    assert_eq!(wire.answer().await.status, 201);
    // The connection is kept.
    wire.get("/livez", "").await;
    assert_eq!(wire.answer().await.text, "ok");
}

/// A hub whose only place is taken by a request that waits for its vendor.
async fn taken() -> (TestHub, tokio::task::JoinHandle<()>) {
    let hub = TestHub::options().set("server.max_in_flight", "1").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let slow = Fault::on("/calendar", FaultKind::Slow).delay(Duration::from_secs(60));
    hub.sandbox.google().set_fault(slow);
    let client = hub.as_user("ada");
    let waits = tokio::spawn(async move {
        client.get(CALENDARS).await;
    });
    eventually("the request", async || (hub.state.gate.requests() == 1).then_some(())).await;
    (hub, waits)
}

async fn shed(client: &Client) -> bool {
    let answer = client.get(LIST).await;
    answer.status == 503 && answer.refusal() == (503, "overloaded")
}

#[tokio::test]
async fn a_request_too_many_is_turned_away_at_once_and_says_when_to_come_back() {
    let (hub, waits) = taken().await;
    let answer = hub.as_user("ada").header("origin", "https://app.example.com").get(LIST).await;
    let mut problem = answer.expect(503);
    let seconds = problem.body["retry_after"].take();
    assert!([json!(1), json!(2)].contains(&seconds), "{seconds}");
    assert_eq!(problem.header("retry-after"), seconds.to_string());
    assert_eq!(problem.header("cache-control"), "no-store");
    assert_eq!(problem.header("access-control-allow-origin"), "https://app.example.com");
    assert!(problem.header("access-control-expose-headers").contains("Retry-After"));
    insta::assert_json_snapshot!(problem.problem(), @r#"
    {
      "code": "overloaded",
      "detail": "It works on as many requests as it can. Nothing was done: send the same request again after the seconds of Retry-After.",
      "request_id": "[request id]",
      "retry_after": null,
      "status": 503,
      "title": "The hub is busy",
      "type": "urn:problem-type:mortise:overloaded"
    }
    "#);
    assert!(shed(&hub.anonymous()).await, "it is not looked at who calls");
    // The place is free again when its caller goes.
    waits.abort();
    let free = async || (!shed(&hub.as_user("ada")).await).then_some(());
    eventually("a place", free).await;
}

#[tokio::test]
async fn probes_are_answered_whatever_the_load_and_tell_of_it() {
    let (hub, waits) = taken().await;
    assert!(shed(&hub.backend()).await);
    assert_eq!(hub.anonymous().get("/livez").await.text, "ok");
    hub.anonymous().get("/readyz").await.expect(200);
    let figures = hub.anonymous().get("/metrics").await.expect(200).text;
    for name in [
        "mortise_http_requests_shed_total{reason=\"overloaded\"}",
        "mortise_http_requests_in_flight",
        "mortise_http_connections",
        "mortise_tasks",
        "mortise_database_connections",
        "mortise_database_connections_idle",
    ] {
        assert!(figures.lines().any(|line| line.starts_with(name)), "{name}: {figures}");
    }
    waits.abort();
}

#[tokio::test]
async fn a_connection_too_many_waits_for_another_to_end() {
    let hub = TestHub::options().set("server.max_connections", "1").start().await;
    let mut first = Wire::open(&hub).await;
    first.get("/livez", "").await;
    first.answer().await.expect(200);
    let mut second = Wire::open(&hub).await;
    second.get("/livez", "").await;
    for _ in 0..20 {
        first.get("/livez", "").await;
        first.answer().await.expect(200);
    }
    assert!(!second.has_more(), "it was served");
    assert_eq!(hub.state.gate.connections(), 1);
    drop(first);
    second.answer().await.expect(200);
}

#[tokio::test]
async fn requests_that_wait_for_nothing_are_counted_as_they_come() {
    let hub = TestHub::options().set("server.max_in_flight", "4").start().await;
    let mut callers = Vec::new();
    for _ in 0..40 {
        callers.push(Wire::open(&hub).await);
    }
    let mut seen = BTreeSet::new();
    for caller in &mut callers {
        caller.get(LIST, "authorization: Bearer mortise_key_of_nobody\r\n").await;
    }
    for caller in &mut callers {
        seen.insert(caller.answer().await.status);
    }
    assert_eq!(seen, BTreeSet::from([401, 503]));
}

#[tokio::test]
async fn who_does_not_wait_as_told_waits_for_the_next_refusal() {
    let (hub, waits) = taken().await;
    let mut eager = Wire::open(&hub).await;
    let mut took = Vec::new();
    for _ in 0..2 {
        let begun = Instant::now();
        eager.get(LIST, "").await;
        eager.answer().await.expect(503);
        took.push(begun.elapsed());
    }
    assert!(took[1] >= Duration::from_millis(100), "{took:?}");
    waits.abort();
}
