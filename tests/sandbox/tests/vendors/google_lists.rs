use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{ADA, Connected, EVENTS, connected};

const PATH: &str = "/calendars/primary/events";

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn list(ada: &Connected, query: &str) -> Value {
    let answer = ada.call("GET", &format!("{PATH}?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test]
async fn pages_show_every_event_once_and_the_last_has_the_sync_token() {
    let ada = connected(EVENTS).await;
    for day in 1..=5 {
        let (start, end) =
            (format!("2026-12-0{day}T09:00:00Z"), format!("2026-12-0{day}T10:00:00Z"));
        ada.plant(&format!("event{day}"), &start, &end);
    }
    let mut seen = Vec::new();
    let mut query = "maxResults=2".to_owned();
    let last = loop {
        let page = list(&ada, &query).await;
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["nextPageToken"].as_str() else { break page };
        assert!(page["nextSyncToken"].is_null());
        query = format!("maxResults=2&pageToken={next}");
    };
    assert_eq!(seen.len(), 5);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 5);
    assert!(last["nextSyncToken"].is_string());
    let other = format!("{PATH}?showDeleted=true&{}", query.split_once('&').unwrap().1);
    assert_eq!(ada.call("GET", &other).await.status, 400, "another query's page token");
}

#[tokio::test]
async fn the_window_is_open_at_both_ends() {
    let ada = connected(EVENTS).await;
    ada.plant("before", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
    ada.plant("during", "2026-12-01T08:30:00Z", "2026-12-01T09:30:00Z");
    ada.plant("after", "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z");
    let window = "timeMin=2026-12-01T09:00:00Z&timeMax=2026-12-01T10:00:00Z";
    assert_eq!(ids(&list(&ada, window).await), ["during"]);
    let empty = format!("{PATH}?timeMin=2026-12-01T10:00:00Z&timeMax=2026-12-01T10:00:00Z");
    assert_eq!(ada.call("GET", &empty).await.refusal(), (400, "timeRangeEmpty"));
}

#[tokio::test]
async fn a_series_is_one_item_unless_single_events_are_asked_for() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    google.put_event(
        ADA,
        "primary",
        json!({
            "id": "weekly",
            "start": {"dateTime": "2026-10-22T09:00:00+02:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-10-22T10:00:00+02:00", "timeZone": "Europe/Berlin"},
            "recurrence": ["RRULE:FREQ=WEEKLY"],
        }),
    );
    let window = "timeMin=2026-10-20T00:00:00Z&timeMax=2026-10-31T00:00:00Z";
    let one = list(&ada, window).await;
    assert_eq!(ids(&one), ["weekly"]);
    assert_eq!(one["items"][0]["recurrence"], json!(["RRULE:FREQ=WEEKLY"]));

    let each = list(&ada, &format!("{window}&singleEvents=true&orderBy=startTime")).await;
    assert_eq!(ids(&each), ["weekly_20261022T070000Z", "weekly_20261029T080000Z"]);
    assert_eq!(each["items"][1]["start"]["dateTime"], "2026-10-29T09:00:00+01:00");
    assert_eq!(each["items"][1]["recurringEventId"], "weekly");
    assert!(each["items"][1]["recurrence"].is_null());
    assert!(each["nextSyncToken"].is_null(), "not with orderBy");

    let answer = ada.call("GET", &format!("{PATH}?orderBy=startTime")).await;
    assert_eq!(answer.refusal().0, 400);
}

#[tokio::test]
async fn a_sync_token_brings_what_changed_since_deletions_included() {
    let ada = connected(EVENTS).await;
    ada.plant("stays", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
    ada.plant("going", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
    let first = list(&ada, "").await;
    let token = first["nextSyncToken"].as_str().unwrap();
    ada.plant("came0", "2026-12-02T08:00:00Z", "2026-12-02T09:00:00Z");
    ada.call("DELETE", &format!("{PATH}/going")).await;

    let news = list(&ada, &format!("syncToken={token}")).await;
    assert_eq!(ids(&news), ["came0", "going"]);
    assert_eq!(news["items"][1]["status"], "cancelled");
    assert!(news["items"][1]["start"].is_null(), "hardly more than the id");
    let token = news["nextSyncToken"].as_str().unwrap();
    assert!(ids(&list(&ada, &format!("syncToken={token}")).await).is_empty());
    assert_eq!(ids(&list(&ada, "").await), ["came0", "stays"]);
    assert_eq!(ids(&list(&ada, "showDeleted=true").await), ["came0", "going", "stays"]);
}

#[tokio::test]
async fn a_change_between_two_pages_is_not_lost() {
    let ada = connected(EVENTS).await;
    ada.plant("aaaa0", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
    ada.plant("bbbb0", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
    let first = list(&ada, "maxResults=1").await;
    ada.plant("aaaa0", "2026-12-03T08:00:00Z", "2026-12-03T09:00:00Z");
    let next = first["nextPageToken"].as_str().unwrap();
    let second = list(&ada, &format!("maxResults=1&pageToken={next}")).await;
    let token = second["nextSyncToken"].as_str().unwrap();
    assert_eq!(ids(&list(&ada, &format!("syncToken={token}")).await), ["aaaa0"]);
}

#[tokio::test]
async fn a_lost_sync_token_is_410_and_a_mixed_one_400() {
    let ada = connected(EVENTS).await;
    let first = list(&ada, "").await;
    let token = first["nextSyncToken"].as_str().unwrap();
    let refusal = async |query: String| {
        let answer = ada.call("GET", &format!("{PATH}?{query}")).await;
        let (status, reason) = answer.refusal();
        (status, reason.to_owned())
    };
    let gone = (410, "fullSyncRequired".to_owned());
    assert_eq!(refusal("syncToken=unknown".to_owned()).await, gone);
    let mixed = format!("syncToken={token}&timeMin=2026-12-01T09:00:00Z");
    assert_eq!(refusal(mixed).await.0, 400);
    ada.sandbox.google().expire_sync_tokens();
    assert_eq!(refusal(format!("syncToken={token}")).await, gone);
    let again = list(&ada, "").await;
    list(&ada, &format!("syncToken={}", again["nextSyncToken"].as_str().unwrap())).await;
}

#[tokio::test]
async fn events_can_be_searched_and_shown_in_another_zone() {
    let ada = connected(EVENTS).await;
    ada.plant("dentist", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
    ada.plant("lunch0", "2026-12-01T11:00:00Z", "2026-12-01T12:00:00Z");
    let found = list(&ada, "q=DENT&timeZone=America/New_York").await;
    assert_eq!(ids(&found), ["dentist"]);
    assert_eq!(found["items"][0]["start"]["dateTime"], "2026-12-01T03:00:00-05:00");
    assert_eq!(ids(&list(&ada, "iCalUID=lunch0%40google.com").await), ["lunch0"]);
}

#[tokio::test]
async fn a_planted_broken_event_is_listed_as_it_is() {
    let ada = connected(EVENTS).await;
    let broken = json!({"id": "broken", "start": {"dateTime": "soon"}, "end": 7});
    ada.sandbox.google().put_event(ADA, "primary", broken);
    let window = "timeMin=2026-12-01T09:00:00Z&timeMax=2026-12-01T10:00:00Z&singleEvents=true";
    let items = list(&ada, window).await;
    assert_eq!(items["items"][0]["start"], json!({"dateTime": "soon"}));
    assert_eq!(items["items"][0]["end"], 7);
}
