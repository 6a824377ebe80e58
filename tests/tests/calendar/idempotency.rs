//! `Idempotency-Key`: the same call again is answered as the first time.

use std::time::Duration;

use mortise_tests::{Answer, Client, Consent, FaultKind, GOOGLE, TestHub, eventually};
use serde_json::{Value, json};

use crate::support::{
    ADA, Connected, Refused as _, USER, appointment, connected, event, on_events, vendor_event,
};

const PATH: &str = "/api/calendar/events";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";
const DAY: i64 = 86_400;
/// The longest a request may run, and half a minute.
const LONGEST: i64 = 90;

fn visit() -> Value {
    appointment("123", TEN, ELEVEN)
}

/// The same caller, with this key.
fn with(client: &Client, key: &str) -> Client {
    client.clone().header("idempotency-key", key)
}

#[track_caller]
fn is_replayed(answer: &Answer) -> bool {
    match answer.header("idempotency-replayed") {
        "" => false,
        "true" => true,
        other => panic!("{other}"),
    }
}

/// All that a caller sees but for what belongs to one request.
fn seen(answer: &Answer) -> (u16, String, String, Value) {
    let header = |name| answer.header(name).to_owned();
    (answer.status, header("etag"), header("location"), answer.redacted())
}

impl Connected {
    fn asked(&self) -> usize {
        self.google().requests().len()
    }
}

#[tokio::test]
async fn the_same_call_is_answered_again_and_no_vendor_is_asked() {
    let hub = connected().await;
    let user = with(&hub.user, "8e03978e-40d5-43dd-bc93-6894a57f9324");
    let first = user.post(PATH, visit()).await.expect(201);
    assert!(!is_replayed(&first));
    let asked = hub.asked();
    let again = user.post(PATH, visit()).await;
    assert!(is_replayed(&again));
    assert_eq!(seen(&again), seen(&first));
    assert_eq!(again.header("location"), "/api/calendar/events/appointment/123");
    assert_eq!(again.header("content-type"), "application/json");
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(hub.asked(), asked);
    // A call without the key is a call of its own.
    assert!(!is_replayed(&hub.post(PATH, &visit()).await.expect(200)));
}

#[tokio::test]
async fn another_request_with_the_key_is_refused_and_not_carried_out() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    user.post(PATH, visit()).await.expect(201);
    let asked = hub.asked();
    let other = appointment("124", "2026-12-01T15:00:00", "2026-12-01T16:00:00");
    user.post(PATH, other.clone()).await.refused(422, "idempotency-key-reused");
    user.clone()
        .header("prefer", "return=minimal")
        .post(PATH, visit())
        .await
        .refused(422, "idempotency-key-reused");
    user.post(&format!("{PATH}?x=1"), visit()).await.refused(422, "idempotency-key-reused");
    assert_eq!(hub.asked(), asked);
    with(&hub.user, "K").post(PATH, other).await.expect(201);
}

#[tokio::test]
async fn equal_keys_at_two_endpoints_are_two_keys() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    user.post(PATH, visit()).await.expect(201);
    let check = json!({"start": event(TEN, ELEVEN)["start"], "end": event(TEN, ELEVEN)["end"]});
    let first = user.post("/api/calendar/conflicts", check.clone()).await.expect(200);
    assert_eq!(first.body["items"].as_array().unwrap().len(), 1);
    let asked = hub.asked();
    let again = user.post("/api/calendar/conflicts", check).await;
    assert!(is_replayed(&again));
    assert_eq!((again.body, hub.asked()), (first.body, asked));
}

#[tokio::test]
async fn a_call_in_flight_is_told_so_and_answered_once_it_has_ended() {
    let hub = connected().await;
    hub.google()
        .set_fault(on_events(FaultKind::Slow, "POST").delay(Duration::from_millis(700)).times(1));
    let user = with(&hub.user, "k");
    let first = async { user.post(PATH, visit()).await };
    let second = async {
        while hub.vendor_calls("POST", "/events") == 0 {
            tokio::task::yield_now().await;
        }
        user.post(PATH, visit()).await
    };
    let (first, second) = tokio::join!(first, second);
    second.refused(409, "in-flight");
    assert_eq!(second.header("retry-after"), "1");
    let first = first.expect(201);
    let third = user.post(PATH, visit()).await;
    assert!(is_replayed(&third));
    assert_eq!(seen(&third), seen(&first));
}

#[tokio::test]
async fn of_twenty_equal_calls_at_once_one_is_carried_out() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    let calls = (0..20).map(|_| user.post(PATH, visit()));
    let answers = futures::future::join_all(calls).await;
    let event = hub.only_event();
    for answer in &answers {
        if answer.status == 409 {
            answer.refused(409, "in-flight");
        } else {
            assert_eq!(answer.status, 201, "{answer:?}");
            assert_eq!(answer.body["event"]["id"], event["id"]);
        }
    }
    let carried_out = |answer: &&Answer| answer.status == 201 && !is_replayed(answer);
    assert_eq!(answers.iter().filter(carried_out).count(), 1);
    assert_eq!(hub.vendor_calls("POST", "/events"), 1);
}

#[tokio::test]
async fn an_equal_key_of_another_user_is_another_key() {
    let hub = connected().await;
    let bob = hub.bob().await;
    let made = with(&hub.user, "k").post(PATH, visit()).await.expect(201);
    let other = with(&bob, "k").post(PATH, visit()).await.expect(201);
    assert!(!is_replayed(&other));
    assert_ne!(other.body["event"]["id"], made.body["event"]["id"]);
}

#[tokio::test]
async fn a_session_that_may_do_less_does_not_read_the_answer() {
    let hub = connected().await;
    let key = |client: Client| with(&client, "k");
    let wide = key(hub.session(json!({})).await);
    let narrow = key(hub.session_for_outlook().await);
    wide.post(PATH, visit()).await.expect(201);
    let refused = narrow.post(PATH, visit()).await;
    refused.refused(422, "idempotency-key-reused");
    assert!(!refused.text.contains("Check-up"));
    // Another session that may do as much is the same caller.
    assert!(is_replayed(&key(hub.session(json!({})).await).post(PATH, visit()).await));
    let rightless = key(hub.hub.without_rights(USER));
    let events = "/api/integrations/google-calendar/proxy/calendars/primary/events";
    let planted = vendor_event("visit", "2026-12-02T09:00:00Z", "2026-12-02T10:00:00Z", json!({}));
    key(hub.user.clone()).post(events, planted.clone()).await.expect(200);
    let refused = rightless.post(events, planted).await;
    refused.refused(422, "idempotency-key-reused");
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    user.post(PATH, visit()).await.expect(201);
    hub.hub.clock.advance(DAY - 1);
    assert!(is_replayed(&user.post(PATH, visit()).await));
    hub.hub.clock.advance(1);
    let anew = user.post(PATH, visit()).await.expect(200);
    assert!(!is_replayed(&anew), "the record itself is the key now");
    hub.only_event();
    hub.hub.clock.advance(DAY);
    hub.hub.maintain().await;
    assert_eq!(hub.hub.rows.count("idempotency_keys").await, 0);
}

#[tokio::test]
async fn a_failure_is_not_kept_and_the_repeated_call_succeeds() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    for kind in [FaultKind::InternalError, FaultKind::DoThenCut] {
        hub.google().set_fault(on_events(kind, "POST"));
        user.post(PATH, visit()).await.refused_by_vendor(503, "vendor-unavailable");
        assert_eq!(hub.hub.rows.count("idempotency_keys").await, 0);
    }
    hub.google().clear_faults();
    let made = user.post(PATH, visit()).await;
    assert!(matches!(made.status, 200 | 201) && !is_replayed(&made), "{made:?}");
    assert_eq!(made.body["event"]["id"], hub.only_event()["id"]);
    assert!(is_replayed(&user.post(PATH, visit()).await));
}

#[tokio::test]
async fn a_refusal_of_the_input_is_kept_and_one_that_the_user_mends_is_not() {
    let hub = connected().await;
    let mut bad = visit();
    bad["event"]["end"]["time_zone"] = json!("Europe/Bonn");
    let refused = with(&hub.user, "bad");
    let first = refused.post(PATH, bad.clone()).await;
    first.invalid(&["event.end.time_zone"]);
    let again = refused.post(PATH, bad).await;
    assert!(is_replayed(&again));
    assert_eq!(again.problem(), first.problem());
    assert_ne!(again.body["request_id"], first.body["request_id"]);

    hub.plant("primary", "dentist", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    let user = with(&hub.user, "taken");
    user.post(PATH, visit()).await.refused(409, "conflict");
    hub.change_at_vendor(&json!("dentist"), json!({"status": "cancelled"}));
    assert!(!is_replayed(&user.post(PATH, visit()).await.expect(201)));

    let stranger = with(&hub.hub.as_user("bob"), "k");
    stranger.post(PATH, visit()).await.refused(409, "not-connected");
    hub.bob().await;
    stranger.post(PATH, visit()).await.expect(201);
}

#[tokio::test]
async fn a_caller_that_goes_away_finds_its_answer_later() {
    let hub = connected().await;
    hub.google()
        .set_fault(on_events(FaultKind::Slow, "POST").delay(Duration::from_millis(300)).times(1));
    let user = with(&hub.user, "k");
    let call = tokio::spawn({
        let user = user.clone();
        async move { user.post(PATH, visit()).await }
    });
    eventually("the vendor is asked", async || {
        (hub.vendor_calls("POST", "/events") == 1).then_some(())
    })
    .await;
    call.abort();
    let found = eventually("the answer is kept", async || {
        let answer = user.post(PATH, visit()).await;
        (answer.status != 409).then_some(answer)
    })
    .await;
    assert!(is_replayed(&found), "{found:?}");
    assert_eq!(found.expect(201).body["event"]["id"], hub.only_event()["id"]);
    assert_eq!(hub.vendor_calls("POST", "/events"), 1);
}

#[tokio::test]
async fn a_call_whose_host_died_is_taken_over_and_meets_the_same_event() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    let made = user.post(PATH, visit()).await.expect(201);
    // As the row is between the vendor's work and the end of the call.
    hub.hub
        .rows
        .execute(
            "UPDATE idempotency_keys SET answer_status = NULL, answer_headers = NULL, \
             answer_body = NULL",
        )
        .await;
    user.post(PATH, visit()).await.refused(409, "in-flight");
    hub.hub.clock.advance(LONGEST - 1);
    let refused = user.post(PATH, visit()).await;
    refused.refused(409, "in-flight");
    assert_eq!(refused.header("retry-after"), (LONGEST - 1).to_string());
    hub.hub.clock.advance(1);
    let taken_over = user.post(PATH, visit()).await.expect(200);
    assert_eq!(taken_over.body, made.body);
    hub.only_event();
    assert!(is_replayed(&user.post(PATH, visit()).await.expect(200)));
}

#[tokio::test]
async fn an_erased_user_s_answers_are_gone() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    user.post(PATH, visit()).await.expect(201);
    hub.hub.backend().delete(&format!("/api/users/{USER}")).await.expect(204);
    user.post(PATH, visit()).await.refused(409, "not-connected");
}

#[tokio::test]
async fn a_vendor_s_answer_through_the_proxy_is_given_again_as_it_was() {
    let hub = connected().await;
    let user = with(&hub.user, "k");
    let events = "/api/integrations/google-calendar/proxy/calendars/primary/events";
    let planted = vendor_event("visit", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    let first = user.post(events, planted.clone()).await.expect(200);
    let again = user.post(events, planted.clone()).await;
    assert!(is_replayed(&again));
    assert_eq!((again.text.clone(), again.status), (first.text.clone(), 200));
    for name in ["etag", "content-type", "content-security-policy"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(hub.vendor_calls("POST", "/events"), 1);
    // The vendor's own refusals come as they are, again too.
    let bad = with(&hub.user, "bad");
    let first = bad.post(events, json!({"summary": "no time"})).await.expect(400);
    let again = bad.post(events, json!({"summary": "no time"})).await;
    assert!(is_replayed(&again));
    assert_eq!(again.text, first.text);
}

#[tokio::test]
async fn answers_lie_encrypted_in_the_database() {
    let hub = connected().await;
    with(&hub.user, "k").post(PATH, visit()).await.expect(201);
    let kept = hub.hub.rows.kept_answers().await;
    assert_eq!(kept.len(), 1);
    for part in &kept[0] {
        assert!(part.starts_with("gAAAAA"), "{part}");
        assert!(!part.contains("Check-up") && !part.contains("appointment"));
    }
}

#[tokio::test]
async fn another_hub_on_the_database_gives_the_answer_and_one_without_the_key_says_so() {
    let hub = connected().await;
    let made = with(&hub.user, "k").post(PATH, visit()).await.expect(201);
    let second =
        |keys: &str| TestHub::options().database(hub.hub.database_url()).fernet_keys(keys).start();
    let same = second(&hub.hub.fernet_keys).await;
    let again = with(&same.as_user(USER), "k").post(PATH, visit()).await;
    assert!(is_replayed(&again));
    assert_eq!(again.body, made.body);
    let other = second(&fernet::Fernet::generate_key()).await;
    let problem = with(&other.as_user(USER), "k").post(PATH, visit()).await;
    problem.refused(409, "answer-unreadable");
}

#[tokio::test]
async fn a_key_is_one_short_visible_text() {
    let hub = connected().await;
    let long = "k".repeat(256);
    for bad in ["", "two words", long.as_str()] {
        with(&hub.user, bad).post(PATH, visit()).await.refused(400, "bad-request");
    }
    let twice = with(&with(&hub.user, "k"), "k");
    twice.post(PATH, visit()).await.refused(400, "bad-request");
    let asked = hub.vendor_calls("POST", "/events");
    assert_eq!(asked, 0);
    with(&hub.user, &long[1..]).post(PATH, visit()).await.expect(201);
    // Reading is always repeatable, so there the header says nothing.
    with(&hub.user, "").get("/api/calendar/events/appointment/123").await.expect(200);
}

#[tokio::test]
async fn who_calls_is_found_out_before_any_answer_is_given() {
    let hub = connected().await;
    with(&hub.user, "k").post(PATH, visit()).await.expect(201);
    for (stranger, status, code) in [
        (hub.hub.anonymous(), 401, "unauthenticated"),
        (hub.hub.anonymous().bearer("mortise_key_guessed"), 401, "unauthenticated"),
        (hub.hub.backend(), 401, "no-user"),
        (hub.session(json!({})).await.header("mortise-user", "bob"), 403, "forbidden"),
    ] {
        with(&stranger, "k").post(PATH, visit()).await.refused(status, code);
    }
}

#[tokio::test]
async fn a_session_s_token_is_not_kept() {
    let hub = connected().await;
    let refused = with(&hub.hub.backend(), "k").post("/api/sessions", json!({"user": USER})).await;
    refused.refused(400, "bad-request");
    assert_eq!(hub.hub.rows.count("idempotency_keys").await, 0);
}

#[tokio::test]
async fn a_disconnect_is_answered_again() {
    let hub = connected().await;
    let (user, path) = (with(&hub.user, "k"), "/api/integrations/google-calendar/disconnect");
    let first = user.post_nothing(path).await.expect(200);
    hub.hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    let again = user.post_nothing(path).await;
    assert!(is_replayed(&again));
    assert_eq!(again.body, first.body);
    assert_eq!(hub.hub.status(USER, GOOGLE).await["status"], "active");
}

#[tokio::test]
async fn pages_may_send_a_key_and_see_that_an_answer_came_again() {
    let hub = connected().await;
    let page = hub.user.clone().header("origin", "https://app.example.com");
    let preflight = page.clone().header("access-control-request-method", "POST");
    let allowed = preflight.send("OPTIONS", PATH, None).await.expect(204);
    assert!(allowed.header("access-control-allow-headers").contains("Idempotency-Key"));
    let answer = with(&page, "k").post(PATH, visit()).await.expect(201);
    assert!(answer.header("access-control-expose-headers").contains("Idempotency-Replayed"));
}
