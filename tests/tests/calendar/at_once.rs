//! Vendors are asked at the same time: these answer only once both have been asked, so whoever asks
//! one after the other gets no answer at all.

use serde_json::{Value, json};

use crate::support::{
    Connected, Refused as _, WEEK, appointment, connected_to_vendors_that_wait_for_each_other,
};

const PATH: &str = "/api/calendar/events";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

/// All that a check for conflicts asks.
const CHECKED: [&str; 3] = ["GET /calendarList", "POST /freeBusy", "GET /events"];

/// Both accounts are busy from ten to eleven in Berlin.
async fn busy() -> Connected {
    let hub = connected_to_vendors_that_wait_for_each_other(&CHECKED).await;
    hub.plant("primary", "dentist", START, END, json!({}));
    hub.plant_at_work("meeting", START, END);
    hub
}

fn ids(conflicts: &Value) -> Vec<&str> {
    let conflicts = conflicts.as_array().unwrap().iter();
    conflicts.map(|conflict| conflict["event_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_asks_all_vendors_at_once() {
    let hub = busy().await;
    let list = hub.get(&format!("{PATH}?{WEEK}")).await.expect(200).body;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["partial"]), (2, &json!(false)));
}

#[tokio::test]
async fn free_busy_asks_all_vendors_at_once_for_their_calendars_too() {
    let hub = busy().await;
    let report = hub.get(&format!("/api/calendar/freebusy?{WEEK}")).await.expect(200).body;
    assert_eq!(report["items"][0]["sources"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(report["partial"], false);
}

#[tokio::test]
async fn a_check_for_conflicts_asks_all_vendors_at_once() {
    for check in [
        json!({"start": {"date_time": START}, "end": {"date_time": END}}),
        json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}),
    ] {
        let hub = busy().await;
        let report = hub.post("/api/calendar/conflicts", &check).await.expect(200).body;
        assert_eq!(ids(&report["items"]), ["dentist", "meeting"]);
        assert_eq!(report["partial"], false);
    }
}

#[tokio::test]
async fn the_check_before_a_write_asks_all_vendors_at_once() {
    let mut day = appointment("123", "", "");
    day["event"]["start"] = json!({"date": "2026-12-01"});
    day["event"]["end"] = json!({"date": "2026-12-02"});
    for mut new in [appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00"), day] {
        let hub = busy().await;
        new["provider"] = json!("google_work");
        let problem = hub.post(PATH, &new).await.refused(409, "conflict");
        assert_eq!(ids(&problem["conflicts"]), ["dentist", "meeting"]);
    }
}
