//! `GET /api/integrations/google-calendar/calendars`: a route that the plugin adds.

use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    ADA, BOB, EVENTS_SCOPE, FAILURES, READONLY_SCOPE, Refused as _, connected, connected_with,
    impatient,
};

const PATH: &str = "/api/integrations/google-calendar/calendars";
const LIST: &str = "/calendar/v3/users/me/calendarList";

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_accounts_calendars_are_listed() {
    let hub = connected().await;
    let page = hub.get(PATH).await.expect(200).body;
    assert_eq!(
        page,
        json!({
            "items": [
                {
                    "id": ADA, "name": ADA, "time_zone": "Europe/Berlin",
                    "primary": true, "writable": true, "counts_as_busy": true,
                },
                {
                    "id": HOLIDAYS_CALENDAR, "name": "Holidays", "time_zone": "Europe/Berlin",
                    "primary": false, "writable": false, "counts_as_busy": false,
                },
            ],
            "warnings": [],
        })
    );
}

#[tokio::test]
async fn the_answer_keeps_to_the_schema_of_the_manifest() {
    let hub = connected().await;
    let plugins = hub.hub.hub.providers();
    let provider = plugins.by_name("google_calendar").unwrap();
    let schema = &provider.manifest().routes[0].response_schema;
    let page = hub.get(PATH).await.expect(200).body;
    assert!(jsonschema::is_valid(schema, &page), "{page}");
}

#[tokio::test]
async fn pages_show_every_calendar_once() {
    let hub = connected().await;
    for number in 0..260 {
        let calendar = format!("calendar{number:03}@example.com");
        hub.plant(&calendar, "one", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    }
    let first = hub.get(PATH).await.expect(200).body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hub.get(&format!("{PATH}?cursor={cursor}")).await.expect(200).body;
    assert!(second["next_cursor"].is_null(), "{second}");
    let mut seen = [ids(&first), ids(&second)].concat();
    assert_eq!(seen.len(), 262);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 262);
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.refuses_strangers("GET", PATH, None).await;
}

#[tokio::test]
async fn another_user_sees_their_own_calendars() {
    let hub = connected().await;
    hub.plant(
        "secret@example.com",
        "one",
        "2026-12-01T09:00:00Z",
        "2026-12-01T10:00:00Z",
        json!({}),
    );
    hub.hub.as_user("bob").get(PATH).await.refused(409, "not-connected");
    let page = hub.bob().await.get(PATH).await.expect(200).body;
    assert_eq!(ids(&page), [BOB, HOLIDAYS_CALENDAR]);
}

#[tokio::test]
async fn a_session_for_another_provider_is_refused() {
    let hub = connected().await;
    hub.session_for_outlook().await.get(PATH).await.refused(403, "forbidden");
    hub.session(json!({})).await.get(PATH).await.expect(200);
}

#[tokio::test]
async fn bad_input_is_named() {
    let hub = connected().await;
    hub.get(&format!("{PATH}?page=2")).await.invalid(&["page"]);
    hub.get(&format!("{PATH}?cursor=forged")).await.refused(410, "cursor-lost");
    hub.user.send("POST", PATH, None).await.refused(405, "method-not-allowed");
    hub.get("/api/integrations/hubspot/calendars").await.refused(404, "not-found");
    let text = hub.user.send_text("GET", PATH, "application/json", "{").await;
    text.refused(400, "bad-request");
}

#[tokio::test]
async fn without_the_scope_nothing_is_asked_of_the_vendor() {
    let hub = connected_with(&[EVENTS_SCOPE]).await;
    let before = hub.google().requests().len();
    let problem = hub.get(PATH).await.refused(403, "missing-scope");
    assert_eq!(problem["scopes"], json!([READONLY_SCOPE]));
    assert_eq!(hub.google().requests().len(), before);
}

#[tokio::test]
async fn a_token_that_the_vendor_ended_is_renewed_on_the_way() {
    let hub = connected().await;
    hub.google().expire_access_tokens(ADA);
    hub.get(PATH).await.expect(200);
    hub.google().revoke_grants(ADA);
    hub.get(PATH).await.refused(409, "needs-reauth");
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(Fault::on(LIST, kind).times(1));
        hub.get(PATH).await.refused_by_vendor(status, code);
        hub.get(PATH).await.expect(200);
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.google().set_fault(Fault::on(LIST, FaultKind::Slow));
    hub.get(PATH).await.refused_by_vendor(504, "vendor-timeout");
}
