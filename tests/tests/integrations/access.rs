//! Who is let in, at every address.

use mortise::http::Mounted;
use mortise_tests::{Client, TestHub};
use serde_json::json;

/// Addresses that anybody may open: the operator's probes, and what a browser opens by itself.
const OPEN: [&str; 6] = [
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/api/integrations/{slug}/connect/{attempt}",
    "/api/integrations/{slug}/callback",
];

/// Addresses that concern no user of the caller's.
const WITHOUT_USER: [&str; 3] = ["/api/sessions", "/api/users/{user}", "/api/plugins"];

fn guarded(hub: &TestHub) -> Vec<Mounted> {
    let mounted = mortise::http::mounted(&hub.hub);
    mounted.into_iter().filter(|route| !OPEN.contains(&route.path.as_str())).collect()
}

fn address(route: &Mounted) -> String {
    [
        ("{slug}", "google-calendar"),
        ("{entity_type}", "appointment"),
        ("{entity_id}", "1"),
        ("{user}", "ada"),
        ("{path}", "users/me/calendarList"),
    ]
    .into_iter()
    .fold(route.path.clone(), |path, (name, value)| path.replace(name, value))
}

async fn refuses_everywhere(hub: &TestHub, client: &Client, status: u16, code: &str) {
    let routes = guarded(hub);
    assert!(routes.len() >= 20, "{routes:?}");
    for route in routes {
        let answer = client.send(&route.method, &address(&route), None).await;
        assert_eq!(answer.refusal(), (status, code), "{route:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"mortise\"", "{route:?}");
    }
    assert_eq!(hub.rows.count("users").await, 0, "nobody became a user");
}

#[tokio::test]
async fn nobody_is_let_in_nowhere_and_there_is_no_default_user() {
    let hub = TestHub::start().await;
    refuses_everywhere(&hub, &hub.anonymous(), 401, "unauthenticated").await;
    let named = hub.anonymous().header("mortise-user", "ada");
    refuses_everywhere(&hub, &named, 401, "unauthenticated").await;
}

#[tokio::test]
async fn a_key_that_does_not_exist_opens_nothing() {
    let hub = TestHub::start().await;
    let almost = format!("{}x", hub.key);
    for wrong in [almost.as_str(), "mortise_key_", "mortise_session_x", "x", ""] {
        let client = hub.anonymous().bearer(wrong).header("mortise-user", "ada");
        refuses_everywhere(&hub, &client, 401, "unauthenticated").await;
    }
}

#[tokio::test]
async fn only_the_bearer_scheme_is_understood_in_any_case() {
    let hub = TestHub::start().await;
    let list = async |value: &str| {
        let client = hub.anonymous().header("mortise-user", "ada").header("authorization", value);
        client.get("/api/integrations").await.status
    };
    assert_eq!(list(&format!("bearer {}", hub.key)).await, 200);
    assert_eq!(list(&format!("Basic {}", hub.key)).await, 401);
    assert_eq!(list(&hub.key).await, 401);
    let in_query = format!("/api/integrations?access_token={}", hub.key);
    assert_eq!(hub.anonymous().get(&in_query).await.status, 401);
}

#[tokio::test]
async fn a_key_that_names_no_user_gets_nothing_of_anybody() {
    let hub = TestHub::start().await;
    for route in guarded(&hub) {
        if WITHOUT_USER.contains(&route.path.as_str()) {
            continue;
        }
        let answer = hub.backend().send(&route.method, &address(&route), None).await;
        assert_eq!(answer.refusal(), (401, "no-user"), "{route:?}");
    }
    assert_eq!(hub.rows.count("users").await, 0);
    let answer = hub.backend().get("/api/integrations").await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "no-user",
      "detail": "The Mortise-User header is missing. Calls with an API key name their user: send `Mortise-User`.",
      "request_id": "[request id]",
      "status": 401,
      "title": "The user is not named",
      "type": "urn:problem-type:mortise:no-user"
    }
    "#);
}

#[tokio::test]
async fn a_user_id_that_is_none_is_refused() {
    let hub = TestHub::start().await;
    let long = "x".repeat(256);
    for bad in ["", "a\tb", &long] {
        let answer = hub.as_user(bad).get("/api/integrations").await;
        assert_eq!(answer.refusal(), (400, "bad-user"), "{bad:?}");
    }
}

#[tokio::test]
async fn a_header_that_says_who_calls_may_come_only_once() {
    let hub = TestHub::start().await;
    hub.as_user("bob").get("/api/integrations").await.expect(200);
    let session = hub.session_for("ada").await;
    for (client, name, values) in [
        (hub.backend(), "mortise-user", ["ada", "bob"]),
        (hub.backend(), "mortise-user", ["ada", "ada"]),
        (hub.as_user("ada"), "authorization", ["Bearer x", "Bearer y"]),
        (session, "origin", ["https://app.example.com", "https://evil.test"]),
    ] {
        let twice = values.iter().fold(client, |client, value| client.header(name, value));
        let answer = twice.get("/api/integrations").await;
        assert_eq!(answer.refusal(), (400, "bad-request"), "{name}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("header {name} comes more than once")), "{detail}");
    }
}

#[tokio::test]
async fn a_revoked_key_and_its_sessions_open_nothing() {
    use mortise::ports::{ApiKeyStore as _, Clock as _};

    let hub = TestHub::options().set("auth.cache_seconds", "0").start().await;
    let session = hub.session_for("ada").await;
    assert_eq!(session.get("/api/integrations").await.status, 200);
    for key in hub.database.list().await.unwrap() {
        assert!(hub.database.revoke(&key.name, hub.clock.now()).await.unwrap());
    }
    let key = hub.as_user("ada").get("/api/integrations").await;
    assert_eq!(key.refusal(), (401, "unauthenticated"));
    let session = session.get("/api/integrations").await;
    assert_eq!(session.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_key_without_the_right_is_refused_where_one_is_needed() {
    let hub = TestHub::start().await;
    let plain = hub.without_rights("ada");
    let token = plain.get("/api/integrations/google-calendar/token").await;
    insta::assert_json_snapshot!(token.problem(), @r#"
    {
      "code": "forbidden",
      "detail": "This needs an API key with the right tokens. Call from the backend, with a key that has the right.",
      "request_id": "[request id]",
      "status": 403,
      "title": "Not allowed",
      "type": "urn:problem-type:mortise:forbidden"
    }
    "#);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let answer = plain.send(method, "/api/integrations/google-calendar/proxy/x", None).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{method}");
    }
    assert_eq!(plain.delete("/api/users/ada").await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn one_right_is_not_another() {
    use mortise::domain::keys::Right;

    let hub = TestHub::start().await;
    let key = hub.key_with(&[Right::Tokens]).await;
    let client = hub.anonymous().bearer(&key).header("mortise-user", "ada");
    let token = client.get("/api/integrations/google-calendar/token").await;
    assert_eq!(token.refusal(), (409, "not-connected"));
    let proxy = client.get("/api/integrations/google-calendar/proxy/x").await;
    assert_eq!(proxy.refusal(), (403, "forbidden"));
    assert_eq!(client.delete("/api/users/ada").await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn every_answer_carries_its_request_id_and_keeps_out_of_caches_and_frames() {
    let hub = TestHub::start().await;
    let client = hub.as_user("ada").header("x-request-id", "0123456789abcdef");
    let answer = client.get("/api/integrations").await;
    assert_eq!(answer.header("x-request-id"), "0123456789abcdef");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let odd = hub.as_user("ada").header("x-request-id", "<script>alert(1)</script>");
    let made = odd.get("/api/integrations").await.header("x-request-id").to_owned();
    assert!(made.len() == 24 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
}

#[tokio::test]
async fn an_address_or_method_that_there_is_not_is_a_problem_too() {
    let hub = TestHub::start().await;
    assert_eq!(hub.anonymous().get("/api/nothing").await.refusal(), (404, "not-found"));
    let answer = hub.as_user("ada").put("/api/integrations", json!({})).await;
    assert_eq!(answer.refusal(), (405, "method-not-allowed"));
    assert!(answer.header("allow").contains("GET"), "{}", answer.header("allow"));
}
