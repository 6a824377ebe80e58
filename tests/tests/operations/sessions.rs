//! `POST /api/sessions`

use chrono::{DateTime, Utc};
use mortise::ports::Clock as _;
use mortise_tests::TestHub;
use serde_json::json;

const LIST: &str = "/api/integrations";

#[tokio::test]
async fn a_key_mints_a_token_for_one_user_that_lives_half_an_hour() {
    let hub = TestHub::start().await;
    for client in [hub.backend(), hub.anonymous().bearer(&hub.plain_key)] {
        let answer = client.post("/api/sessions", json!({"user": "42"})).await.expect(201);
        let token = answer.body["token"].as_str().unwrap();
        assert!(token.starts_with("mortise_session_") && token.len() >= 16 + 43, "256 random bits");
        let expires_at: DateTime<Utc> =
            answer.body["expires_at"].as_str().unwrap().parse().unwrap();
        assert_eq!((expires_at - hub.clock.now()).num_seconds(), 1800);
        hub.anonymous().bearer(token).get(LIST).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn it_ends_when_it_says() {
    let hub = TestHub::start().await;
    let body = json!({"user": "ada", "expires_in": 90});
    let answer = hub.backend().post("/api/sessions", body).await.expect(201);
    let session = hub.anonymous().bearer(answer.body["token"].as_str().unwrap());
    hub.clock.advance(89);
    session.get(LIST).await.expect(200);
    hub.clock.advance(1);
    assert_eq!(session.get(LIST).await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_session_mints_no_session() {
    let hub = TestHub::start().await;
    let session = hub.session_for("ada").await;
    for user in ["ada", "bob"] {
        let answer = session.post("/api/sessions", json!({"user": user})).await;
        assert_eq!(answer.refusal(), (403, "forbidden"));
    }
    let nobody = hub.anonymous().post("/api/sessions", json!({"user": "ada"})).await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn all_faults_of_the_input_are_told_at_once() {
    let hub = TestHub::start().await;
    let body = json!({
        "user": " ",
        "providers": ["outlook", "nothing"],
        "origins": ["https://app.example.com", "https://app.example.com/"],
        "expires_in": 86401,
    });
    let answer = hub.backend().post("/api/sessions", body).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "invalid",
      "detail": "user: a user id has 1 to 255 bytes and no control characters; providers: no provider \"nothing\" is enabled here; origins: \"https://app.example.com/\" is not an origin such as https://app.example.com; expires_in: give 1 to 86400 seconds.",
      "errors": [
        {
          "detail": "a user id has 1 to 255 bytes and no control characters",
          "field": "user"
        },
        {
          "detail": "no provider \"nothing\" is enabled here",
          "field": "providers"
        },
        {
          "detail": "\"https://app.example.com/\" is not an origin such as https://app.example.com",
          "field": "origins"
        },
        {
          "detail": "give 1 to 86400 seconds",
          "field": "expires_in"
        }
      ],
      "request_id": "[request id]",
      "status": 422,
      "title": "The input is not valid",
      "type": "urn:problem-type:mortise:invalid"
    }
    "#);
    assert_eq!(hub.rows.count("sessions").await, 0);
}

#[tokio::test]
async fn each_field_is_named_by_its_fault() {
    let hub = TestHub::start().await;
    let with = |name: &str, value| {
        let mut body = json!({"user": "ada"});
        body[name] = value;
        body
    };
    for (body, field) in [
        (with("user", json!("")), "user"),
        (with("user", json!("x".repeat(256))), "user"),
        (with("user", json!(42)), "user"),
        (with("expires_in", json!(0)), "expires_in"),
        (with("expires_in", json!(-1)), "expires_in"),
        (with("expires_in", json!(u64::MAX)), "expires_in"),
        (with("origins", json!(["*"])), "origins"),
        (with("origins", json!(["null"])), "origins"),
        (with("providers", json!(["../x"])), "providers"),
    ] {
        let answer = hub.backend().post("/api/sessions", body.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{body}");
        assert_eq!(answer.fields(), [field], "{body}");
    }
    for body in [json!({}), json!([]), with("usr", json!("ada"))] {
        let answer = hub.backend().post("/api/sessions", body.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{body}");
    }
}

#[tokio::test]
async fn an_unreadable_body_is_refused() {
    let hub = TestHub::start().await;
    let send = async |kind: &str, body: &str| {
        let answer = hub.backend().send_text("POST", "/api/sessions", kind, body).await;
        let (status, code) = answer.refusal();
        (status, code.to_owned())
    };
    let bad = |status| (status, "bad-request".to_owned());
    assert_eq!(send("application/json", "{\"user\": ").await, bad(400));
    assert_eq!(send("application/json", "").await, bad(400));
    assert_eq!(send("text/plain", "{\"user\": \"ada\"}").await, bad(415));
    let long = format!("{{\"user\": \"{}\"}}", "x".repeat(1_048_577));
    assert_eq!(send("application/json", &long).await, (413, "body-too-large".to_owned()));
}
