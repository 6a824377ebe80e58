//! `GET /api/integrations/google-calendar/calendars`, which the plugin adds.

use std::time::Duration;

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub};
use serde_json::json;

use crate::support::{CALENDARS, not_connected};

async fn connected() -> TestHub {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

#[tokio::test]
async fn it_lists_the_account_s_calendars() {
    let hub = connected().await;
    let answer = hub.as_user("ada").get(CALENDARS).await.expect(200);
    assert_eq!(answer.body["items"][0]["id"], ADA);
    assert_eq!(answer.body["items"][0]["primary"], true);
    assert_eq!(answer.body["warnings"], json!([]));
    let session = hub.session_for("ada").await.get(CALENDARS).await.expect(200);
    assert_eq!(session.body, answer.body);
}

#[tokio::test]
async fn a_parameter_that_it_does_not_read_is_refused() {
    let hub = connected().await;
    let answer = hub.as_user("ada").get(&format!("{CALENDARS}?page=2")).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "invalid",
      "detail": "page: unknown; this route reads: cursor.",
      "errors": [
        {
          "detail": "unknown; this route reads: cursor",
          "field": "page"
        }
      ],
      "request_id": "[request id]",
      "status": 422,
      "title": "The input is not valid",
      "type": "urn:problem-type:mortise:invalid"
    }
    "#);
}

#[tokio::test]
async fn without_a_connection_there_are_no_calendars() {
    let hub = connected().await;
    assert_eq!(hub.as_user("bob").get(CALENDARS).await.problem(), not_connected());
    assert_eq!(hub.anonymous().get(CALENDARS).await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn it_exists_for_its_own_provider_only() {
    let hub = connected().await;
    let answer = hub.as_user("ada").get("/api/integrations/hubspot/calendars").await;
    assert_eq!(answer.refusal(), (404, "not-found"));
    let answer = hub.as_user("ada").post(CALENDARS, json!({})).await;
    assert_eq!(answer.refusal(), (405, "method-not-allowed"));
}

#[tokio::test]
async fn each_failure_of_the_vendor_has_its_own_problem() {
    let hub = connected().await;
    let on = |kind| Fault::on("/calendar", kind);
    let cases = [
        (on(FaultKind::InternalError), (503, "vendor-unavailable")),
        (on(FaultKind::Unavailable), (503, "vendor-unavailable")),
        (on(FaultKind::TooManyRequests), (503, "vendor-rate-limited")),
        (on(FaultKind::ForbiddenRateLimit), (503, "vendor-rate-limited")),
        (on(FaultKind::DoThenCut), (503, "vendor-unavailable")),
        (on(FaultKind::Cut), (503, "vendor-unavailable")),
        (on(FaultKind::Empty), (502, "vendor-bad-answer")),
        (on(FaultKind::BadJson), (502, "vendor-bad-answer")),
        (on(FaultKind::Html), (502, "vendor-bad-answer")),
        (on(FaultKind::HugeBody), (502, "vendor-bad-answer")),
        (on(FaultKind::Slow).delay(Duration::from_secs(3)), (504, "vendor-timeout")),
    ];
    for (fault, expected) in cases {
        hub.sandbox.google().clear_faults();
        hub.sandbox.google().set_fault(fault.clone());
        let answer = hub.as_user("ada").get(CALENDARS).await;
        assert_eq!(answer.refusal(), expected, "{fault:?}");
        assert_eq!(answer.header("retry-after").is_empty(), answer.status != 503, "{fault:?}");
        assert_eq!(hub.rows.integrations().await[0].status, "active");
    }
}

#[tokio::test]
async fn the_vendor_s_own_time_to_wait_is_passed_on() {
    let hub = connected().await;
    let limit = Fault::on("/calendar", FaultKind::TooManyRequests).retry_after(17.2);
    hub.sandbox.google().set_fault(limit);
    let answer = hub.as_user("ada").get(CALENDARS).await;
    assert_eq!(answer.refusal(), (503, "vendor-rate-limited"));
    assert_eq!(answer.header("retry-after"), "18");
    assert_eq!(answer.body["retry_after"], 18);
}
