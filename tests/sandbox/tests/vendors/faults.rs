use std::time::{Duration, Instant};

use mortise_sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::client::{ADA, Answer, EVENTS, connected, exchange, json};

const LIST: &str = "/calendars/primary/events";

async fn struck(kind: FaultKind) -> Answer {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.set_fault(Fault::on("/calendar/v3", kind).times(1).retry_after(2.5));
    let answer = ada.call("GET", LIST).await;
    assert_eq!(ada.call("GET", LIST).await.status, 200, "the fault strikes once");
    answer
}

#[tokio::test]
async fn limits_and_failures_have_googles_bodies() {
    let limited = struck(FaultKind::TooManyRequests).await;
    assert_eq!(limited.refusal(), (429, "rateLimitExceeded"));
    assert_eq!(limited.header("retry-after"), "2.5");
    let limited = struck(FaultKind::ForbiddenRateLimit).await;
    assert_eq!(limited.refusal(), (403, "rateLimitExceeded"));
    assert_eq!(limited.body["error"]["errors"][0]["domain"], "usageLimits");
    assert_eq!(struck(FaultKind::InternalError).await.refusal(), (500, "backendError"));
    assert_eq!(struck(FaultKind::Unavailable).await.refusal(), (503, "backendError"));
}

#[tokio::test]
async fn bodies_can_be_wrong_in_many_ways() {
    let huge = struck(FaultKind::HugeBody).await;
    assert!(huge.status == 200 && huge.text.len() > 8 * 1024 * 1024);
    let bad = struck(FaultKind::BadJson).await;
    assert!(bad.header("content-type").starts_with("application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&bad.text).is_err());
    assert_eq!(struck(FaultKind::Empty).await.text, "");
    assert!(struck(FaultKind::Html).await.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn the_token_endpoint_can_answer_nonsense() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    let refresh = async |kind| {
        google.set_fault(Fault::on("/token", kind).times(1));
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*ada.refresh_token)];
        exchange(google, "/token", &fields).await
    };
    let without = refresh(FaultKind::TokenWithoutAccessToken).await;
    assert!(without.status == 200 && without.body["access_token"].is_null());
    let with_error = refresh(FaultKind::OkWithError).await;
    assert_eq!((with_error.status, &with_error.body["error"]), (200, &"invalid_grant".into()));
    let refused = refresh(FaultKind::InvalidGrant).await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &"invalid_grant".into()));
}

#[tokio::test]
async fn a_cut_answer_ends_in_the_middle_of_its_body() {
    let ada = connected(EVENTS).await;
    ada.sandbox.google().set_fault(Fault::on("*", FaultKind::Cut).times(1));
    let mut response = ada.request("GET", LIST).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut received = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(piece)) => received += piece.len(),
            end => break end,
        }
    };
    assert!(end.is_err(), "the body must not look whole");
    assert!(received > 0);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.set_fault(Fault::on("/calendar", FaultKind::DoThenCut).method("post").times(1));
    let event = json!({
        "id": "abcde",
        "start": {"date": "2026-12-01"},
        "end": {"date": "2026-12-02"},
    });
    assert_eq!(ada.call("GET", LIST).await.status, 200, "another method");
    let lost = json(ada.request("POST", LIST), &event).send().await;
    assert!(lost.is_err(), "not even a status: {lost:?}");
    assert_eq!(google.events(ADA).len(), 1);
    assert_eq!(ada.call_with("POST", LIST, event).await.refusal(), (409, "duplicate"));
}

#[tokio::test]
async fn a_delete_whose_answer_is_lost_has_deleted() {
    let ada = connected(EVENTS).await;
    ada.plant("abcde", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    ada.sandbox.google().set_fault(Fault::on("*", FaultKind::DoThenCut).times(1));
    assert!(ada.request("DELETE", &format!("{LIST}/abcde")).send().await.is_err());
    assert!(ada.sandbox.google().events(ADA)[0].is_cancelled());
    assert_eq!(ada.sandbox.google().requests().last().unwrap().status, 204, "as it was meant");
}

#[tokio::test]
async fn slow_means_late_and_right() {
    let ada = connected(EVENTS).await;
    let delay = Duration::from_millis(200);
    ada.sandbox.google().set_fault(Fault::on("*", FaultKind::Slow).times(1).delay(delay));
    let asked = Instant::now();
    assert_eq!(ada.call("GET", LIST).await.status, 200);
    assert!(asked.elapsed() >= delay);
}

#[tokio::test]
async fn a_client_that_gives_up_on_a_slow_answer_leaves_the_work_done() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.set_fault(Fault::on("*", FaultKind::Slow).times(1).delay(Duration::from_secs(60)));
    let event = json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}});
    let request = json(ada.request("POST", LIST), &event).timeout(Duration::from_millis(300));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(google.events(ADA).len(), 1);
    assert_eq!(google.requests().last().unwrap().status, 200);
}

#[tokio::test]
async fn a_client_that_gives_up_on_late_work_leaves_nothing_done() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.set_fault(Fault::on("*", FaultKind::Late).times(1).delay(Duration::from_millis(600)));
    let event = json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}});
    let request = json(ada.request("POST", LIST), &event).timeout(Duration::from_millis(100));
    assert!(request.send().await.unwrap_err().is_timeout());
    let asked = Instant::now();
    let late = Fault::on("*", FaultKind::Late).times(1).delay(Duration::from_secs(1));
    google.set_fault(late);
    assert_eq!(ada.call("GET", LIST).await.status, 200);
    assert!(asked.elapsed() >= Duration::from_secs(1), "the first one's time is over too");
    assert_eq!(google.events(ADA), []);
}

#[tokio::test]
async fn a_sync_token_can_be_lost_while_plain_lists_work() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.set_fault(Fault::on("*", FaultKind::SyncTokenExpired).times(1));
    let list = ada.call("GET", LIST).await;
    let token = list.body["nextSyncToken"].as_str().unwrap();
    let path = format!("{LIST}?syncToken={token}");
    assert_eq!(ada.call("GET", &path).await.refusal(), (410, "fullSyncRequired"));
    assert_eq!(ada.call("GET", &path).await.status, 200);
}

#[tokio::test]
async fn clearing_ends_a_fault_without_end() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.set_fault(Fault::on("*", FaultKind::Unavailable));
    for _ in 0..3 {
        assert_eq!(ada.call("GET", LIST).await.status, 503);
    }
    google.clear_faults();
    assert_eq!(ada.call("GET", LIST).await.status, 200);
}
