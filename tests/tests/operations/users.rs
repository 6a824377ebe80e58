//! `DELETE /api/users/{user}`

use mortise_tests::{ADA, BOB, Consent, Fault, FaultKind, GOOGLE, HUBSPOT, TestHub};

#[tokio::test]
async fn it_revokes_and_erases_all_of_one_user_and_nothing_of_another() {
    let hub = TestHub::options().set("auth.cache_seconds", "0").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.connect("ada", HUBSPOT, &Consent::of(ADA)).await;
    hub.connect_link("ada", GOOGLE).await;
    let session = hub.session_for("ada").await;
    hub.connect("bob", GOOGLE, &Consent::of(BOB)).await;

    let answer = hub.backend().delete("/api/users/ada").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));

    assert!(hub.sandbox.google().live_tokens(ADA).is_empty());
    assert!(hub.sandbox.hubspot().live_tokens(ADA).refresh.is_empty());
    let users: Vec<_> = hub.rows.integrations().await.into_iter().map(|row| row.user).collect();
    assert_eq!(users, ["bob"]);
    for (table, left) in [
        ("users", 1),
        ("integration_tokens", 1),
        ("sessions", 0),
        ("oauth_states", 0),
        ("pending_revocations", 0),
    ] {
        assert_eq!(hub.rows.count(table).await, left, "{table}");
    }
    let text = hub.rows.all_text().await;
    assert!(!text.contains("ada"), "{text}");
    let answer = session.get("/api/integrations").await;
    assert_eq!(answer.refusal(), (401, "unauthenticated"));
    assert_eq!(hub.status("bob", GOOGLE).await["status"], "active");
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "not_connected");
}

#[tokio::test]
async fn a_link_from_before_connects_an_erased_user_no_more() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let callback = hub.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    hub.backend().delete("/api/users/ada").await;
    assert_eq!(browser.open(&callback).await.status, 400);
    assert_eq!(hub.rows.count("users").await, 0);
}

#[tokio::test]
async fn an_unreachable_vendor_does_not_stop_it_and_is_asked_again() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.sandbox.google().set_fault(Fault::on("/revoke", FaultKind::Unavailable));
    assert_eq!(hub.backend().delete("/api/users/ada").await.status, 204);
    assert_eq!(hub.rows.count("integrations").await, 0);
    assert_eq!(hub.rows.count("users").await, 0);
    assert_eq!(hub.rows.count("pending_revocations").await, 1);
    hub.sandbox.google().clear_faults();
    hub.clock.advance(60);
    hub.maintain().await;
    assert!(hub.sandbox.google().live_tokens(ADA).is_empty());
    assert_eq!(hub.rows.count("pending_revocations").await, 0);
}

#[tokio::test]
async fn erasing_an_unknown_user_is_no_error() {
    let hub = TestHub::start().await;
    assert_eq!(hub.backend().delete("/api/users/nobody").await.status, 204);
    let answer = hub.backend().delete(&format!("/api/users/{}", "x".repeat(256))).await;
    assert_eq!(answer.refusal(), (400, "bad-user"));
}

#[tokio::test]
async fn a_user_id_with_a_slash_or_a_blank_in_it_is_erased_too() {
    let hub = TestHub::start().await;
    for (user, path) in [("team/7", "team%2F7"), ("ada lovelace", "ada%20lovelace")] {
        hub.connect(user, GOOGLE, &Consent::of(ADA)).await;
        assert_eq!(hub.rows.count("users").await, 1);
        assert_eq!(hub.backend().delete(&format!("/api/users/{path}")).await.status, 204);
        assert_eq!(hub.rows.count("users").await, 0);
    }
}

#[tokio::test]
async fn only_a_key_with_the_admin_right_may() {
    use mortise::domain::keys::Right;

    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let others = hub.key_with(&[Right::Tokens, Right::Proxy]).await;
    let refused = [
        (hub.without_rights("ada"), (403, "forbidden")),
        (hub.anonymous().bearer(&others), (403, "forbidden")),
        (hub.session_for("ada").await, (403, "forbidden")),
        (hub.anonymous(), (401, "unauthenticated")),
    ];
    for (client, expected) in refused {
        assert_eq!(client.delete("/api/users/ada").await.refusal(), expected);
    }
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
}
