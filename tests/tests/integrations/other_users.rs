//! What is one user's is nobody else's.

use mortise_tests::{ADA, BOB, Client, Consent, GOOGLE, TestHub};
use serde_json::json;

use crate::support::{CALENDARS, not_connected};

async fn sees_nothing_of_ada(client: &Client) {
    let answer = client.get("/api/integrations/google-calendar/status").await.expect(200);
    assert_eq!(answer.body["status"], "not_connected");
    assert!(!answer.text.contains(ADA), "{}", answer.text);
    let answer = client.get("/api/integrations").await.expect(200);
    assert!(!answer.text.contains(ADA), "{}", answer.text);
    let answer = client.get(CALENDARS).await;
    assert_eq!(answer.problem(), not_connected());
    let answer = client.post_nothing("/api/integrations/google-calendar/disconnect").await;
    assert_eq!(answer.problem(), not_connected());
}

#[tokio::test]
async fn another_user_sees_and_changes_nothing_of_ada() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let kept = hub.rows.kept().await;
    let bob = hub.as_user("bob");
    sees_nothing_of_ada(&bob).await;
    sees_nothing_of_ada(&hub.session_for("bob").await).await;
    assert_eq!(hub.token("bob", GOOGLE).await.problem(), not_connected());
    let proxied = bob.get("/api/integrations/google-calendar/proxy/users/me/calendarList").await;
    assert_eq!(proxied.problem(), not_connected());
    assert_eq!(hub.rows.kept().await, kept);
    assert!(!hub.sandbox.google().live_tokens(ADA).is_empty());
}

#[tokio::test]
async fn user_ids_are_compared_to_the_letter() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    for other in ["Ada", "ADA", "ada2", "ad", "adà", "%61da"] {
        let status = hub.status(other, GOOGLE).await;
        assert_eq!(status["status"], "not_connected", "{other}");
    }
}

#[tokio::test]
async fn a_session_acts_for_its_own_user_only() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.connect("bob", GOOGLE, &Consent::of(BOB)).await;
    let path = "/api/integrations/google-calendar/status";
    let session = hub.session_for("ada").await;
    assert_eq!(session.get(path).await.body["account"]["email"], ADA);
    let same = session.clone().header("mortise-user", "ada").get(path).await;
    assert_eq!(same.body["account"]["email"], ADA);
    let other = session.header("mortise-user", "bob").get(path).await;
    insta::assert_json_snapshot!(other.problem(), @r#"
    {
      "code": "forbidden",
      "detail": "A session acts for its own user only. Mint a session for this user and page.",
      "request_id": "[request id]",
      "status": 403,
      "title": "Not allowed",
      "type": "urn:problem-type:mortise:forbidden"
    }
    "#);
}

#[tokio::test]
async fn a_session_for_one_provider_reaches_no_other() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let kept = hub.rows.kept().await;
    let token = hub.session_token("ada", json!({"providers": ["outlook"]})).await;
    let session = hub.anonymous().bearer(&token);
    let list = session.get("/api/integrations").await.expect(200);
    let slugs: Vec<_> = list.body["items"].as_array().unwrap().iter().map(|i| &i["slug"]).collect();
    assert_eq!(slugs, [&json!("outlook")]);
    for path in ["status", "connect", "calendars"] {
        let answer = session.get(&format!("/api/integrations/google-calendar/{path}")).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{path}");
        assert_eq!(answer.body["provider"], "google_calendar");
    }
    let answer = session.post_nothing("/api/integrations/google-calendar/disconnect").await;
    assert_eq!(answer.refusal(), (403, "forbidden"));
    assert_eq!(hub.rows.kept().await, kept);
    session.get("/api/integrations/outlook/status").await.expect(200);
}

#[tokio::test]
async fn a_session_for_one_page_is_refused_from_another() {
    let hub = TestHub::start().await;
    let own = "https://app.example.com";
    let token = hub.session_token("ada", json!({"origins": [own]})).await;
    let from = async |origin: &str| {
        hub.anonymous().bearer(&token).header("origin", origin).get("/api/integrations").await
    };
    let answer = from(own).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), own);
    for other in ["https://evil.test", "null", "https://app.example.com.evil.test"] {
        assert_eq!(from(other).await.refusal(), (403, "forbidden"), "{other}");
    }
}
