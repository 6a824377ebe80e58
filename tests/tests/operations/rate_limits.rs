//! How many requests one API key or session may make.

use mortise_tests::{Client, TestHub};

const LIST: &str = "/api/integrations";

async fn limited() -> TestHub {
    let set = |options: mortise_tests::TestHubOptions, key: &str, value: &str| {
        options.set(&format!("rate_limit.{key}"), value)
    };
    let options = set(TestHub::options(), "key_per_second", "2");
    let options = set(options, "key_burst", "3");
    let options = set(options, "session_per_second", "1");
    set(options, "session_burst", "2").start().await
}

/// The statuses of so many calls.
async fn calls(client: &Client, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(client.get(LIST).await.status);
    }
    statuses
}

#[tokio::test]
async fn a_key_spends_its_allowance_and_has_it_again_with_time() {
    let hub = limited().await;
    for left in ["\"default\";r=2;t=1", "\"default\";r=1;t=1", "\"default\";r=0;t=2"] {
        let answer = hub.as_user("ada").get(LIST).await.expect(200);
        assert_eq!(answer.header("ratelimit"), left);
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=3;w=2");
    }
    let answer = hub.as_user("bob").get(LIST).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "rate-limited",
      "detail": "This key has used up its allowance, and nothing was done. Send the same request again after the seconds of Retry-After.",
      "request_id": "[request id]",
      "retry_after": 1,
      "status": 429,
      "title": "Too many requests",
      "type": "urn:problem-type:mortise:rate-limited"
    }
    "#);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.header("ratelimit"), "\"default\";r=0;t=2");
    assert_eq!(calls(&hub.without_rights("ada"), 3).await, [200; 3], "another key");
    hub.clock.advance(1);
    assert_eq!(calls(&hub.as_user("ada"), 3).await, [200, 200, 429]);
    hub.clock.advance(-3600);
    assert_eq!(calls(&hub.as_user("ada"), 1).await, [429]);
    hub.clock.advance(1);
    assert_eq!(calls(&hub.as_user("ada"), 3).await, [200, 200, 429], "a clock that was put back");
}

#[tokio::test]
async fn each_session_has_an_allowance_of_its_own() {
    let hub = limited().await;
    let (ada, bob) = (hub.session_for("ada").await, hub.session_for("bob").await);
    assert_eq!(calls(&ada, 3).await, [200, 200, 429]);
    assert_eq!(calls(&bob, 3).await, [200, 200, 429]);
    let answer = ada.header("origin", "https://app.example.com").get(LIST).await.expect(429);
    assert_eq!(answer.refusal(), (429, "rate-limited"));
    let exposed = answer.header("access-control-expose-headers");
    for name in ["RateLimit", "RateLimit-Policy", "Retry-After"] {
        assert!(exposed.split(", ").any(|header| header == name), "{exposed}");
    }
    // The key has made two calls.
    assert_eq!(calls(&hub.as_user("ada"), 2).await, [200, 429]);
}

#[tokio::test]
async fn who_is_not_known_has_no_allowance_and_costs_nobody_else_s() {
    let hub = limited().await;
    for _ in 0..10 {
        let answer = hub.anonymous().bearer("mortise_key_wrong").get(LIST).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated"));
        assert_eq!(answer.header("ratelimit"), "");
    }
    assert_eq!(calls(&hub.as_user("ada"), 4).await, [200, 200, 200, 429]);
    hub.anonymous().get("/livez").await.expect(200);
}

#[tokio::test]
async fn without_a_limit_nothing_is_said_of_one() {
    let hub = TestHub::start().await;
    let answer = hub.as_user("ada").get(LIST).await.expect(200);
    assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), ("", ""));
}
