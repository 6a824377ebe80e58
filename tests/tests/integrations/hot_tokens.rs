//! Fresh tokens in memory: two hubs on one database.

use mortise_tests::{ADA, Consent, GOOGLE, TestHub};

/// The default of `tokens.cache_ttl_seconds`.
const TTL: i64 = 5;

/// Two hubs with the same keys, and a user whom both know.
async fn two_hubs() -> (TestHub, TestHub) {
    let one = TestHub::start().await;
    one.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let two = TestHub::options().database(one.database_url()).fernet_keys(&one.fernet_keys);
    let two = two.start().await;
    for hub in [&one, &two] {
        hub.token("ada", GOOGLE).await.expect(200);
    }
    (one, two)
}

#[tokio::test]
async fn a_disconnect_shows_at_once_and_at_another_hub_after_a_few_seconds() {
    let (one, two) = two_hubs().await;
    let disconnect = format!("/api/integrations/{GOOGLE}/disconnect");
    one.as_user("ada").post_nothing(&disconnect).await.expect(200);
    assert_eq!(one.token("ada", GOOGLE).await.refusal(), (409, "not-connected"));
    assert_eq!(one.status("ada", GOOGLE).await["status"], "revoked");
    two.clock.advance(TTL);
    assert_eq!(two.token("ada", GOOGLE).await.refusal(), (409, "not-connected"));
}

#[tokio::test]
async fn an_erased_user_shows_at_once_and_at_another_hub_after_a_few_seconds() {
    let (one, two) = two_hubs().await;
    one.backend().delete("/api/users/ada").await.expect(204);
    assert_eq!(one.token("ada", GOOGLE).await.refusal(), (409, "not-connected"));
    two.clock.advance(TTL);
    assert_eq!(two.token("ada", GOOGLE).await.refusal(), (409, "not-connected"));
}

#[tokio::test]
async fn a_new_connection_is_used_at_once() {
    let (one, _two) = two_hubs().await;
    let before = one.token("ada", GOOGLE).await.expect(200).body;
    one.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let after = one.token("ada", GOOGLE).await.expect(200).body;
    assert_ne!(after["access_token"], before["access_token"]);
}
