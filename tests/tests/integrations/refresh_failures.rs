//! Refreshes that fail: which of them end a connection, and which do not.

use std::time::Duration;

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, Kept, TestHub, eventually};

use crate::support::{CALENDARS, exchanges};

const LIFE: i64 = 3599;

async fn connected() -> (TestHub, Kept) {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let kept = hub.rows.kept().await;
    (hub, kept)
}

#[tokio::test]
async fn a_dead_refresh_token_needs_a_new_consent() {
    let (hub, _) = connected().await;
    hub.sandbox.google().revoke_grants(ADA);
    hub.clock.advance(LIFE);
    let answer = hub.token("ada", GOOGLE).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "needs-reauth",
      "connect_url": "http://hub/api/integrations/google-calendar/connect",
      "detail": "The user must connect google_calendar again. Let the user open a link from connect_url.",
      "provider": "google_calendar",
      "request_id": "[request id]",
      "status": 409,
      "title": "A new consent is needed",
      "type": "urn:problem-type:mortise:needs-reauth"
    }
    "#);

    let before = hub.sandbox.google().requests().len();
    assert_eq!(hub.token("ada", GOOGLE).await.refusal(), (409, "needs-reauth"));
    assert_eq!(hub.as_user("ada").get(CALENDARS).await.refusal(), (409, "needs-reauth"));
    assert_eq!(hub.sandbox.google().requests().len(), before, "the vendor is left alone");

    let path = answer.body["connect_url"].as_str().unwrap().strip_prefix(&hub.url).unwrap();
    hub.as_user("ada").get(path).await.expect(200);
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.token("ada", GOOGLE).await.expect(200);
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!((status["status"].as_str(), status.get("last_error")), (Some("active"), None));
}

/// Moves the end of the rest that the vendor is left after a failure.
async fn rest_until(hub: &TestHub, end: &str) {
    hub.rows.execute(&format!("UPDATE integration_tokens SET lease_until = {end}")).await;
}

/// The token is over, and the vendor's answer says nothing of the grant: all stays as it was.
async fn changes_nothing(fault: Fault, expected: (u16, &str)) {
    let (hub, kept) = connected().await;
    hub.clock.advance(LIFE);
    hub.sandbox.google().set_fault(fault);
    let answer = hub.token("ada", GOOGLE).await;
    assert_eq!(answer.refusal(), expected);
    assert_eq!(hub.rows.kept().await, kept);
    hub.sandbox.google().clear_faults();
    rest_until(&hub, "0").await;
    hub.token("ada", GOOGLE).await.expect(200);
}

/// The token has a minute to live, and the vendor fails: it is used meanwhile.
async fn goes_on_with_a_valid_token(fault: Fault) {
    let (hub, kept) = connected().await;
    let first = hub.token("ada", GOOGLE).await.expect(200);
    hub.clock.advance(LIFE - 60);
    hub.sandbox.google().set_fault(fault);
    let before = exchanges(&hub);
    for _ in 0..5 {
        assert_eq!(hub.token("ada", GOOGLE).await.expect(200).body, first.body);
        rest_until(&hub, "lease_until + 20000").await;
    }
    assert_eq!(exchanges(&hub), before + 1, "a failing vendor is left alone for a moment");
    assert_eq!(hub.rows.kept().await, kept);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
    hub.sandbox.google().clear_faults();
    rest_until(&hub, "0").await;
    eventually("a new token", async || {
        (hub.token("ada", GOOGLE).await.expect(200).body != first.body).then_some(())
    })
    .await;
}

macro_rules! each {
    ($($name:ident: $kind:ident => $expected:expr;)*) => {
        mod with_no_valid_token {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                changes_nothing(Fault::on("/token", FaultKind::$kind), $expected).await;
            })*
        }

        mod with_a_minute_to_live {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                goes_on_with_a_valid_token(Fault::on("/token", FaultKind::$kind)).await;
            })*
        }
    };
}

each! {
    an_empty_answer_ends_nothing: Empty => (502, "vendor-bad-answer");
    a_web_page_ends_nothing: Html => (502, "vendor-bad-answer");
    broken_json_ends_nothing: BadJson => (502, "vendor-bad-answer");
    an_answer_without_access_token_ends_nothing:
        TokenWithoutAccessToken => (502, "vendor-bad-answer");
    an_answer_cut_in_the_middle_ends_nothing: Cut => (503, "vendor-unavailable");
    a_connection_that_closes_ends_nothing: DoThenCut => (503, "vendor-unavailable");
    a_server_error_ends_nothing: InternalError => (503, "vendor-unavailable");
    a_rate_limit_ends_nothing: TooManyRequests => (503, "vendor-unavailable");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_ends_nothing() {
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_secs(3));
    goes_on_with_a_valid_token(slow.clone()).await;
    changes_nothing(slow, (504, "vendor-timeout")).await;
}

#[tokio::test]
async fn a_short_failure_is_bridged_by_trying_again() {
    let (hub, _) = connected().await;
    hub.clock.advance(LIFE);
    hub.sandbox.google().set_fault(Fault::on("/token", FaultKind::Unavailable).times(2));
    let before = exchanges(&hub);
    hub.token("ada", GOOGLE).await.expect(200);
    assert_eq!(exchanges(&hub), before + 3);
}

#[tokio::test]
async fn an_error_inside_a_200_is_read_as_the_error_that_it_is() {
    let (hub, _) = connected().await;
    hub.clock.advance(LIFE);
    hub.sandbox.google().set_fault(Fault::on("/token", FaultKind::OkWithError).times(1));
    assert_eq!(hub.token("ada", GOOGLE).await.refusal(), (409, "needs-reauth"));
}

#[tokio::test]
async fn a_client_that_the_vendor_refuses_is_the_operator_s_to_mend() {
    let (hub, _) = connected().await;
    hub.clock.advance(LIFE);
    let wrong = TestHub::options()
        .database(hub.database_url())
        .fernet_keys(&hub.fernet_keys)
        .set("providers.google_calendar.client_secret", "wrong")
        .start()
        .await;
    wrong.clock.advance(LIFE + 10);
    let answer = wrong.token("ada", GOOGLE).await;
    assert_eq!(answer.refusal(), (502, "vendor-refused-client"));
    assert!(answer.text.contains("client id and secret"), "{}", answer.text);
    assert_eq!(hub.rows.integrations().await[0].status, "active");
}
