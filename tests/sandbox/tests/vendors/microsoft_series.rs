use serde_json::{Value, json};

use crate::microsoft_client::{Graph, event_path, graph, refusal, subjects, time, with};

const RANGE: &str = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z";

/// Four Thursdays at nine in Berlin, over the end of summer time.
fn weekly() -> Value {
    json!({
        "subject": "Choir",
        "start": time("2026-10-15T09:00:00", "Europe/Berlin"),
        "end": time("2026-10-15T10:30:00", "Europe/Berlin"),
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"]},
            "range": {"type": "numbered", "startDate": "2026-10-15", "numberOfOccurrences": 4},
        },
    })
}

async fn instances(ada: &Graph, master: &Value) -> Vec<Value> {
    let list = ada.get(&format!("{}/instances?{RANGE}", event_path(master))).await;
    list["value"].as_array().unwrap().clone()
}

fn starts(instances: &[Value]) -> Vec<&str> {
    instances.iter().map(|one| &one["start"]["dateTime"].as_str().unwrap()[5..13]).collect()
}

#[tokio::test]
async fn a_series_is_a_master_with_occurrences_that_keep_their_local_hour() {
    let ada = graph().await;
    let master = ada.create(weekly()).await;
    assert_eq!(master["type"], "seriesMaster");
    assert_eq!(master["recurrence"]["range"]["recurrenceTimeZone"], "Europe/Berlin");
    assert_eq!(master["recurrence"]["pattern"]["firstDayOfWeek"], "sunday");

    let all = instances(&ada, &master).await;
    assert_eq!(starts(&all), ["10-15T07", "10-22T07", "10-29T08", "11-05T08"]);
    let third = &all[2];
    assert_eq!(third["type"], "occurrence");
    assert_eq!(third["seriesMasterId"], master["id"]);
    assert_eq!(third["end"]["dateTime"], "2026-10-29T09:30:00.0000000");
    assert_eq!(third["originalStart"], "2026-10-29T08:00:00Z");
    assert!(third["recurrence"].is_null());
    let read = ada.get(&event_path(third)).await;
    assert_eq!((&read["start"], &read["type"]), (&third["start"], &third["type"]));
    assert_eq!(subjects(&ada.get("/me/events").await), ["Choir"], "lists have masters");
    let view = ada.get(&format!("/me/calendarView?{RANGE}")).await;
    assert_eq!(starts(view["value"].as_array().unwrap()), starts(&all), "views have occurrences");
}

#[tokio::test]
async fn a_changed_occurrence_is_an_exception_of_its_series() {
    let ada = graph().await;
    let master = ada.create(weekly()).await;
    let second = instances(&ada, &master).await.remove(1);
    let moved = json!({
        "subject": "Choir in the hall",
        "start": time("2026-10-23T18:00:00", "UTC"),
        "end": time("2026-10-23T19:00:00", "UTC"),
    });
    let answer = ada.call_with("PATCH", &event_path(&second), &moved).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["type"], "exception");
    assert_eq!(answer.body["id"], second["id"]);
    assert_eq!(answer.body["originalStart"], "2026-10-22T07:00:00Z");
    let all = instances(&ada, &master).await;
    assert_eq!(starts(&all), ["10-15T07", "10-23T18", "10-29T08", "11-05T08"]);

    let own = with(json!({}), json!({"recurrence": weekly()["recurrence"]}));
    let refused = ada.call_with("PATCH", &event_path(&second), &own).await;
    assert_eq!(refusal(&refused), (400, "ErrorPropertyValidationFailure"));
    let later = json!({"start": time("2026-10-15T11:00:00", "Europe/Berlin"),
        "end": time("2026-10-15T12:00:00", "Europe/Berlin")});
    ada.call_with("PATCH", &event_path(&master), &later).await;
    let all = instances(&ada, &master).await;
    assert_eq!(starts(&all), ["10-15T09", "10-22T09", "10-29T10", "11-05T10"], "anew");
}

#[tokio::test]
async fn a_deleted_occurrence_is_gone_and_the_rest_stays() {
    let ada = graph().await;
    let master = ada.create(weekly()).await;
    let first = instances(&ada, &master).await.remove(0);
    assert_eq!(ada.call("DELETE", &event_path(&first)).await.status, 204);
    assert_eq!(ada.call("GET", &event_path(&first)).await.status, 404);
    assert_eq!(starts(&instances(&ada, &master).await), ["10-22T07", "10-29T08", "11-05T08"]);
    let asked = ada.get(&format!("{}?$select=cancelledOccurrences", event_path(&master))).await;
    assert_eq!(asked["cancelledOccurrences"], json!([first["id"]]));
    assert!(ada.get(&event_path(&master)).await["cancelledOccurrences"].is_null());

    assert_eq!(ada.call("DELETE", &event_path(&master)).await.status, 204);
    let view = ada.get(&format!("/me/calendarView?{RANGE}")).await;
    assert!(view["value"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn clearing_the_recurrence_leaves_a_single_event() {
    let ada = graph().await;
    let master = ada.create(weekly()).await;
    let answer = ada.call_with("PATCH", &event_path(&master), &json!({"recurrence": null})).await;
    assert_eq!(answer.body["type"], "singleInstance");
    let path = format!("{}/instances?{RANGE}", event_path(&master));
    assert_eq!(ada.call("GET", &path).await.status, 400);
}

#[tokio::test]
async fn a_recurrence_that_cannot_be_is_refused() {
    let ada = graph().await;
    for (part, name, value) in [
        ("range", "startDate", json!("2026-10-16")),
        ("range", "startDate", json!(null)),
        ("range", "recurrenceTimeZone", json!("Nowhere")),
        ("range", "type", json!("endDate")),
        ("pattern", "daysOfWeek", json!([])),
        ("pattern", "interval", json!(0)),
        ("pattern", "type", json!("relativeYearly")),
        ("pattern", "type", json!("hourly")),
        ("pattern", "bySetPos", json!(1)),
    ] {
        let mut event = weekly();
        event["recurrence"][part][name] = value;
        let answer = ada.call_with("POST", "/me/events", &event).await;
        assert_eq!(answer.status, 400, "{part} {name}");
    }
}

#[tokio::test]
async fn an_all_day_series_has_whole_days() {
    let ada = graph().await;
    let daily = json!({
        "subject": "Leave",
        "isAllDay": true,
        "start": time("2026-10-24T00:00:00", "Europe/Berlin"),
        "end": time("2026-10-25T00:00:00", "Europe/Berlin"),
        "recurrence": {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "endDate", "startDate": "2026-10-24", "endDate": "2026-10-26"},
        },
    });
    let master = ada.create(daily).await;
    let all = instances(&ada, &master).await;
    assert_eq!(starts(&all), ["10-24T00", "10-25T00", "10-26T00"]);
    assert_eq!(all[1]["end"]["dateTime"], "2026-10-26T00:00:00.0000000");
    assert_eq!(ada.get(&event_path(&all[2])).await["start"], all[2]["start"]);
}
