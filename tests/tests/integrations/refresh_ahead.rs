//! Refreshes before anybody asks.

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub};

use crate::support::exchanges;

const LIFE: i64 = 3599;

async fn connected() -> TestHub {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

/// One turn of the refresher; how many tokens it took on.
async fn turn(hub: &TestHub) -> u64 {
    hub.hub.refresh_ahead().await.unwrap()
}

#[tokio::test]
async fn a_token_with_less_than_five_minutes_to_live_is_refreshed_and_no_other() {
    let hub = connected().await;
    let before = exchanges(&hub);
    hub.clock.advance(LIFE - 301);
    assert_eq!(turn(&hub).await, 0);
    hub.clock.advance(2);
    assert_eq!(turn(&hub).await, 1);
    assert_eq!(exchanges(&hub), before + 1);
    assert_eq!(hub.rows.tokens().await[0].version, 2);
    assert_eq!(turn(&hub).await, 0);
}

#[tokio::test]
async fn tokens_of_many_users_are_refreshed_in_one_turn() {
    let hub = connected().await;
    for user in 0..10 {
        let account = format!("{user}@example.com");
        hub.connect(&user.to_string(), GOOGLE, &Consent::of(&account)).await;
    }
    hub.clock.advance(LIFE + 3600);
    assert_eq!(turn(&hub).await, 11, "those that are over too");
    assert!(hub.rows.tokens().await.iter().all(|row| row.version == 2));
}

#[tokio::test]
async fn a_dead_grant_is_found_before_anybody_asks() {
    let hub = connected().await;
    hub.sandbox.google().revoke_grants(ADA);
    hub.clock.advance(LIFE - 200);
    assert_eq!(turn(&hub).await, 1);
    assert_eq!(hub.rows.integrations().await[0].status, "needs_reauth");
    let before = exchanges(&hub);
    assert_eq!(turn(&hub).await, 0);
    assert_eq!(exchanges(&hub), before);
}

#[tokio::test]
async fn a_failing_vendor_is_asked_once_and_the_token_stays_in_use() {
    let hub = connected().await;
    let first = hub.token("ada", GOOGLE).await.expect(200);
    hub.clock.advance(LIFE - 200);
    hub.sandbox.google().set_fault(Fault::on("/token", FaultKind::InternalError).times(1));
    let before = exchanges(&hub);
    assert!(turn(&hub).await >= 1);
    assert!(exchanges(&hub) > before);
    assert_eq!(hub.rows.integrations().await[0].status, "active");
    assert_eq!(
        hub.token("ada", GOOGLE).await.expect(200).body["token_type"],
        first.body["token_type"]
    );
}

#[tokio::test]
async fn tokens_that_live_shorter_than_is_looked_ahead_are_not_refreshed_without_end() {
    let hub = TestHub::start().await;
    hub.sandbox.google().set_expires_in(200);
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    assert_eq!(turn(&hub).await, 0);
    hub.clock.advance(301);
    assert_eq!(turn(&hub).await, 1);
    assert_eq!(turn(&hub).await, 0);
}
