//! Refreshes of hubs that share a database, as one of them sees the others: by the row.

use std::time::Duration;

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub, eventually};

use crate::support::exchanges;

const LIFE: i64 = 3599;

async fn connected(request_timeout: &str) -> TestHub {
    let options = TestHub::options().set("server.request_timeout_seconds", request_timeout);
    let hub = options.start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

/// Another hub refreshes the token, or did when it died: its lease lasts so much longer.
async fn another_refreshes(hub: &TestHub, milliseconds: u32) {
    hub.rows
        .execute(&format!(
            "UPDATE integration_tokens SET lease_owner = 'another', lease_until = {milliseconds} + \
             CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        ))
        .await;
}

/// The other hub stores its token, which lives for an hour.
async fn another_is_done(hub: &TestHub) {
    hub.rows.execute("UPDATE integrations SET token_version = 2").await;
    hub.rows
        .execute(
            "UPDATE integration_tokens SET version = 2, expires_at = expires_at + 3600000, \
             lease_owner = NULL, lease_until = NULL",
        )
        .await;
}

#[tokio::test]
async fn a_caller_waits_for_another_hub_s_token() {
    let hub = connected("60").await;
    let before = exchanges(&hub);
    hub.clock.advance(LIFE);
    another_refreshes(&hub, 60_000).await;
    let client = hub.as_user("ada");
    let path = "/api/integrations/google-calendar/token";
    let mut waiting = tokio::spawn(async move { client.get(path).await });
    // Long enough to have looked, and to look again.
    let early = tokio::time::timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(early.is_err(), "it waits");
    another_is_done(&hub).await;
    waiting.await.unwrap().expect(200);
    assert_eq!(exchanges(&hub), before, "it was the other's to make");
}

#[tokio::test]
async fn a_hub_that_died_keeps_the_token_from_being_refreshed_until_its_lease_ends() {
    let hub = connected("60").await;
    let before = exchanges(&hub);
    hub.clock.advance(LIFE);
    another_refreshes(&hub, 400).await;
    hub.token("ada", GOOGLE).await.expect(200);
    assert_eq!(exchanges(&hub), before + 1);
    assert_eq!(hub.rows.tokens().await[0].version, 2);
}

#[tokio::test]
async fn a_caller_whose_time_is_over_is_told_to_ask_again() {
    let hub = connected("1").await;
    let before = exchanges(&hub);
    hub.clock.advance(LIFE);
    another_refreshes(&hub, 60_000).await;
    let answer = hub.token("ada", GOOGLE).await;
    assert_eq!(answer.header("retry-after"), "2");
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "refresh-in-progress",
      "detail": "The token of google_calendar is still being refreshed. It goes on: ask again after Retry-After, and nothing is lost.",
      "provider": "google_calendar",
      "request_id": "[request id]",
      "retry_after": 2,
      "status": 503,
      "title": "The token is being refreshed",
      "type": "urn:problem-type:mortise:refresh-in-progress"
    }
    "#);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
    another_is_done(&hub).await;
    hub.token("ada", GOOGLE).await.expect(200);
    assert_eq!(exchanges(&hub), before);
}

#[tokio::test]
async fn a_token_that_is_still_valid_is_used_while_another_hub_refreshes_it() {
    let hub = connected("60").await;
    let first = hub.token("ada", GOOGLE).await.expect(200);
    let before = exchanges(&hub);
    hub.clock.advance(LIFE - 60);
    another_refreshes(&hub, 60_000).await;
    for _ in 0..3 {
        assert_eq!(hub.token("ada", GOOGLE).await.expect(200).body, first.body);
    }
    assert_eq!(exchanges(&hub), before);
}

#[tokio::test]
async fn a_token_that_is_still_valid_is_not_waited_for_long() {
    let hub = connected("60").await;
    let first = hub.token("ada", GOOGLE).await.expect(200);
    hub.clock.advance(LIFE - 60);
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_secs(4)).times(1);
    hub.sandbox.google().set_fault(slow);
    assert_eq!(hub.token("ada", GOOGLE).await.expect(200).body, first.body);
    eventually("the new token", async || (hub.rows.tokens().await[0].version == 2).then_some(()))
        .await;
}

#[tokio::test]
async fn a_vendor_that_failed_is_left_alone_by_all_callers() {
    let hub = connected("60").await;
    hub.clock.advance(LIFE);
    hub.sandbox.google().set_fault(Fault::on("/token", FaultKind::Unavailable));
    assert_eq!(hub.token("ada", GOOGLE).await.refusal(), (503, "vendor-unavailable"));
    let longer = "UPDATE integration_tokens SET lease_until = lease_until + 30000";
    hub.rows.execute(longer).await;
    let before = exchanges(&hub);
    for answer in futures::future::join_all((0..20).map(|_| hub.token("ada", GOOGLE))).await {
        assert_eq!(answer.refusal(), (503, "vendor-unavailable"));
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((20..=31).contains(&wait), "{wait}");
    }
    assert_eq!(exchanges(&hub), before);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
    assert_eq!(hub.rows.count("integration_tokens WHERE refresh_failures = 1").await, 1);
}

#[tokio::test]
async fn a_lease_from_before_the_clock_was_put_back_holds_nobody_up() {
    let hub = connected("60").await;
    hub.clock.advance(LIFE);
    another_refreshes(&hub, 3_600_000).await;
    hub.token("ada", GOOGLE).await.expect(200);
}
