use mortise_sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::client::ADA;
use crate::microsoft_client::{Graph, event_path, graph, hour, refusal, subjects, time};

const FIRST: &str = "/me/calendarView/delta?startDateTime=2026-12-01T00:00:00Z\
                     &endDateTime=2026-12-08T00:00:00Z";

/// Everything that a round tells, and the link to the next.
async fn round(ada: &Graph, first: &str) -> (Vec<Value>, String) {
    let (mut all, mut target) = (Vec::new(), first.to_owned());
    loop {
        let page = ada.get(&target).await;
        all.extend(page["value"].as_array().unwrap().iter().cloned());
        let links = [&page["@odata.nextLink"], &page["@odata.deltaLink"]].map(|one| one.as_str());
        assert!(links[0].is_some() != links[1].is_some(), "one link: {links:?}");
        match links[1] {
            Some(delta) => return (all, delta.to_owned()),
            None => target = links[0].unwrap().to_owned(),
        }
    }
}

fn of(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["subject"].as_str().unwrap_or("gone")).collect()
}

#[tokio::test]
async fn a_round_tells_what_changed_since_the_one_before() {
    let ada = graph().await;
    let stays = ada.create(hour("stays", "2026-12-01T09")).await;
    let going = ada.create(hour("going", "2026-12-02T09")).await;
    ada.create(hour("outside", "2027-01-01T09")).await;
    let (items, link) = round(&ada, FIRST).await;
    assert_eq!(of(&items), ["stays", "going"]);
    let (items, link) = round(&ada, &link).await;
    assert!(items.is_empty());

    ada.create(hour("new", "2026-12-03T09")).await;
    ada.call("DELETE", &event_path(&going)).await;
    ada.call_with("PATCH", &event_path(&stays), &json!({"subject": "stayed"})).await;
    let (items, next) = round(&ada, &link).await;
    assert_eq!(of(&items), ["stayed", "new", "gone"]);
    assert_eq!(items[2], json!({"id": going["id"], "@removed": {"reason": "deleted"}}));
    assert_eq!(of(&round(&ada, &link).await.0), of(&items), "an old link can be read again");
    assert!(round(&ada, &next).await.0.is_empty());
}

#[tokio::test]
async fn an_event_that_leaves_the_range_or_the_calendar_is_removed() {
    let ada = graph().await;
    let later = ada.create(hour("later", "2026-12-01T09")).await;
    let moved = ada.create(hour("moved", "2026-12-02T09")).await;
    let (_, link) = round(&ada, FIRST).await;
    let to = json!({"start": time("2027-01-01T09:00:00", "UTC"),
        "end": time("2027-01-01T10:00:00", "UTC")});
    ada.call_with("PATCH", &event_path(&later), &to).await;
    let id = moved["id"].as_str().unwrap();
    ada.sandbox.microsoft().move_event(ADA, id, "Family").unwrap();
    let (items, _) = round(&ada, &link).await;
    assert_eq!(of(&items), ["gone", "gone"]);
    let family = FIRST.replace("/me/", &format!("/me/calendars/{}/", ada.calendar("Family").await));
    assert_eq!(of(&round(&ada, &family).await.0), ["moved"]);
}

#[tokio::test]
async fn rounds_come_in_pages_of_the_preferred_size() {
    let ada = graph().await;
    for day in 1..=5 {
        ada.create(hour(&format!("day {day}"), &format!("2026-12-0{day}T09"))).await;
    }
    let first = ada.prefer("odata.maxpagesize=2", "GET", FIRST).await;
    assert_eq!(first.header("preference-applied"), "odata.maxpagesize=2");
    assert_eq!(subjects(&first.body), ["day 1", "day 2"]);
    assert!(first.body["@odata.deltaLink"].is_null());
    ada.create(hour("between", "2026-12-06T09")).await;
    let next = first.body["@odata.nextLink"].as_str().unwrap();
    let (rest, link) = round(&ada, next).await;
    assert_eq!(of(&rest), ["day 3", "day 4", "day 5"]);
    assert_eq!(of(&round(&ada, &link).await.0), ["between"], "is not lost");
}

#[tokio::test]
async fn a_series_is_told_by_its_master_and_bare_occurrences() {
    let ada = graph().await;
    let mut daily = hour("daily", "2026-12-06T09");
    daily["recurrence"] = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "noEnd", "startDate": "2026-12-06"},
    });
    let master = ada.create(daily).await;
    let (items, link) = round(&ada, FIRST).await;
    assert_eq!(items.len(), 3, "its master, the sixth and the seventh");
    assert_eq!((&items[0]["id"], &items[0]["type"]), (&master["id"], &json!("seriesMaster")));
    assert_eq!(items[0]["subject"], "daily");
    for item in &items[1..] {
        assert_eq!(item["seriesMasterId"], master["id"]);
        let names: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["@odata.etag", "end", "id", "seriesMasterId", "start", "type"]);
    }
    ada.call("DELETE", &event_path(&items[1])).await;
    let (news, _) = round(&ada, &link).await;
    let removed: Vec<_> = news.iter().filter(|item| item.get("@removed").is_some()).collect();
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0]["id"], items[1]["id"]);
}

#[tokio::test]
async fn a_lost_state_is_410_and_says_where_to_start_anew() {
    let ada = graph().await;
    let (_, link) = round(&ada, FIRST).await;
    ada.sandbox.microsoft().expire_sync_tokens();
    let answer = ada.call("GET", &link).await;
    assert_eq!(refusal(&answer), (410, "SyncStateNotFound"));
    let anew = answer.header("location").to_owned();
    assert!(anew.contains("startDateTime=2026-12-01"), "{anew}");
    let (_, link) = round(&ada, &anew).await;
    round(&ada, &link).await;

    let unknown = "/me/calendarView/delta?$deltatoken=unknown";
    assert_eq!(refusal(&ada.call("GET", unknown).await), (410, "SyncStateNotFound"));
    let fault = Fault::on("*", FaultKind::SyncTokenExpired).times(1);
    ada.sandbox.microsoft().set_fault(fault);
    assert_eq!(refusal(&ada.call("GET", &link).await), (410, "SyncStateNotFound"));
    assert_eq!(ada.call("GET", &link).await.status, 200);
}

#[tokio::test]
async fn a_link_is_good_for_its_own_calendar_only() {
    let ada = graph().await;
    let (_, link) = round(&ada, FIRST).await;
    let family = format!("/me/calendars/{}/", ada.calendar("Family").await);
    let answer = ada.call("GET", &link.replace("/me/", &family)).await;
    assert_eq!(refusal(&answer), (410, "SyncStateNotFound"));
}

#[tokio::test]
async fn a_first_round_needs_a_range_and_takes_no_select() {
    let ada = graph().await;
    let answer = ada.call("GET", "/me/calendarView/delta").await;
    assert_eq!(refusal(&answer), (400, "ErrorInvalidRequest"));
    for option in ["$select=subject", "$filter=x", "$top=3"] {
        let answer = ada.call("GET", &format!("{FIRST}&{option}")).await;
        assert_eq!(refusal(&answer), (400, "ErrorInvalidUrlQuery"), "{option}");
    }
}
