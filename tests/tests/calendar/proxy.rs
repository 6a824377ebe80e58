//! `ANY /api/integrations/{slug}/proxy/{path}`

use mortise::domain::keys::Right;
use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::{Consent, Fault, FaultKind, OUTLOOK};
use serde_json::json;

use crate::support::{ADA, BOB, Refused as _, USER, connected, impatient, vendor_event};

const PROXY: &str = "/api/integrations/google-calendar/proxy";
const EVENTS: &str = "/api/integrations/google-calendar/proxy/calendars/primary/events";

fn visit() -> serde_json::Value {
    vendor_event("visit", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}))
}

#[tokio::test]
async fn the_vendors_answer_comes_as_it_is() {
    let hub = connected().await;
    hub.google().put_event(ADA, "primary", visit());
    let answer = hub.get(&format!("{EVENTS}/visit")).await.expect(200);
    assert_eq!(answer.body["kind"], "calendar#event");
    assert_eq!(answer.body["summary"], "visit");
    assert_eq!(answer.header("etag"), answer.body["etag"]);
    assert!(answer.header("content-type").starts_with("application/json"));
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(!answer.header("x-request-id").is_empty());
}

#[tokio::test]
async fn every_method_goes_through_with_query_body_and_conditions() {
    let hub = connected().await;
    let made = hub.post(&format!("{EVENTS}?sendUpdates=none"), &visit()).await.expect(200);
    let at = format!("{EVENTS}/visit");
    let stale = hub.user.clone().header("if-match", "\"1\"");
    let change = json!({"summary": "Changed"});
    assert_eq!(stale.send("PATCH", &at, Some(change.clone())).await.status, 412);
    let fresh = hub.user.clone().header("if-match", made.header("etag"));
    fresh.send("PATCH", &at, Some(change)).await.expect(200);
    let mut whole = visit();
    whole["location"] = json!("Room 1");
    hub.put(&at, &whole).await.expect(200);
    let stored = hub.google().events(ADA).remove(0);
    assert_eq!(
        (&stored.event["summary"], &stored.event["location"]),
        (&json!("visit"), &json!("Room 1"))
    );
    assert_eq!(hub.delete(&format!("{at}?sendUpdates=all")).await.expect(204).text, "");
    let stored = hub.google().events(ADA).remove(0);
    assert!(stored.is_cancelled());
    assert_eq!(stored.send_updates.as_deref(), Some("all"));
}

#[tokio::test]
async fn an_encoded_path_stays_encoded() {
    let hub = connected().await;
    let holidays = HOLIDAYS_CALENDAR.replace('#', "%23");
    hub.get(&format!("{PROXY}/calendars/{holidays}")).await.expect(200);
    let asked = hub.google().requests().pop().unwrap();
    assert!(
        asked.path.ends_with("/calendars/en.german%23holiday@group.v.calendar.google.com"),
        "{asked:?}"
    );
}

#[tokio::test]
async fn the_callers_own_headers_stay_with_the_hub() {
    let hub = connected().await;
    let caller = hub.user.clone().header("cookie", "a=b").header("x-forwarded-for", "10.0.0.1");
    caller.get(&format!("{PROXY}/users/me/calendarList")).await.expect(200);
    let asked = hub.google().requests().pop().unwrap();
    assert!(asked.header_names.contains(&"authorization".to_owned()), "{asked:?}");
    for name in ["cookie", "mortise-user", "x-forwarded-for", "x-request-id"] {
        assert!(!asked.header_names.contains(&name.to_owned()), "{name}: {asked:?}");
    }
}

#[tokio::test]
async fn the_vendors_refusals_come_as_they_are() {
    let hub = connected().await;
    let missing = hub.get(&format!("{EVENTS}/nothing")).await.expect(404);
    assert_eq!(missing.body["error"]["errors"][0]["reason"], "notFound");
    for (kind, status) in [(FaultKind::TooManyRequests, 429), (FaultKind::ForbiddenRateLimit, 403)]
    {
        hub.google().set_fault(Fault::on("/calendar", kind).times(1).retry_after(3.0));
        let limited = hub.get(EVENTS).await.expect(status);
        assert_eq!(limited.header("retry-after"), "3");
        assert_eq!(limited.body["error"]["errors"][0]["domain"], "usageLimits");
    }
    hub.google().set_fault(Fault::on("/calendar", FaultKind::InternalError).times(1));
    let failed = hub.get(EVENTS).await.expect(500);
    assert_eq!(failed.body["error"]["errors"][0]["reason"], "backendError");
    hub.google().set_fault(Fault::on("/calendar", FaultKind::Html).times(1));
    assert!(hub.get(EVENTS).await.expect(200).text.contains("Sign in"));
}

#[tokio::test]
async fn no_answer_is_the_hubs_own_problem() {
    let hub = connected().await;
    for (kind, status, code) in [
        (FaultKind::Cut, 503, "vendor-unavailable"),
        (FaultKind::DoThenCut, 503, "vendor-unavailable"),
        (FaultKind::HugeBody, 502, "vendor-bad-answer"),
    ] {
        hub.google().set_fault(Fault::on("/calendar", kind).times(1));
        hub.get(EVENTS).await.refused_by_vendor(status, code);
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.google().set_fault(Fault::on("/calendar", FaultKind::Slow));
    hub.get(EVENTS).await.refused_by_vendor(504, "vendor-timeout");
}

#[tokio::test]
async fn a_token_that_the_vendor_ended_is_renewed_on_the_way() {
    let hub = connected().await;
    hub.google().expire_access_tokens(ADA);
    hub.post(EVENTS, &visit()).await.expect(200);
    assert_eq!(hub.live_events(ADA).len(), 1);
    hub.google().revoke_grants(ADA);
    hub.get(EVENTS).await.refused(409, "needs-reauth");
}

#[tokio::test]
async fn only_a_key_with_the_right_may_use_it() {
    let hub = connected().await;
    hub.refuses_strangers("GET", EVENTS, None).await;
    hub.session(json!({})).await.get(EVENTS).await.refused(403, "forbidden");
    hub.hub.without_rights(USER).get(EVENTS).await.refused(403, "forbidden");
    let tokens = hub.hub.key_with(&[Right::Tokens]).await;
    let other = hub.hub.anonymous().bearer(&tokens).header("mortise-user", USER);
    other.get(EVENTS).await.refused(403, "forbidden");
    let proxy = hub.hub.key_with(&[Right::Proxy]).await;
    let right = hub.hub.anonymous().bearer(&proxy).header("mortise-user", USER);
    right.get(EVENTS).await.expect(200);
}

#[tokio::test]
async fn each_user_has_their_own_token() {
    let hub = connected().await;
    hub.google().put_event(ADA, "primary", visit());
    hub.hub.as_user("bob").get(EVENTS).await.refused(409, "not-connected");
    let bob = hub.bob().await;
    bob.get(&format!("{EVENTS}/visit")).await.expect(404);
    let calendar = bob.get(&format!("{PROXY}/calendars/primary")).await.expect(200);
    assert_eq!(calendar.body["id"], BOB);
}

#[tokio::test]
async fn a_path_cannot_leave_the_vendors_api() {
    let hub = connected().await;
    let before = hub.google().requests().len();
    for path in ["%2e%2e/%2e%2e/token", "a/..%2f..%2f..%2ftoken", "..%5c..%5ctoken", "a%2F..%2Fb"] {
        let answer = hub.get(&format!("{PROXY}/{path}")).await;
        assert!(matches!(answer.status, 404 | 422), "{path}: {answer:?}");
    }
    assert_eq!(hub.google().requests().len(), before);
    hub.get("/api/integrations/acme/proxy/x").await.refused(404, "unknown-provider");
}

#[tokio::test]
async fn the_token_is_in_no_answer() {
    let hub = connected().await;
    let token = hub.hub.token(USER, "google-calendar").await.expect(200);
    let token = token.body["access_token"].as_str().unwrap().to_owned();
    for path in ["/users/me/calendarList", "/nowhere", "/calendars/primary/events?x=1"] {
        let answer = hub.get(&format!("{PROXY}{path}")).await;
        assert!(!answer.text.contains(&token), "{path}");
        assert!(!format!("{:?}", answer.headers).contains(&token), "{path}");
    }
}

#[tokio::test]
async fn a_provider_without_capabilities_can_be_used_all_the_same() {
    let hub = connected().await;
    hub.hub.connect(USER, OUTLOOK, &Consent::of(ADA)).await;
    let me = hub.get("/api/integrations/outlook/proxy/me").await.expect(200);
    assert_eq!(me.body["userPrincipalName"], ADA);
}
