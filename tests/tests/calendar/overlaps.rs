//! What is in the way of an event, and what is not.

use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::{Answer, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    ADA, BOB, Connected, Refused as _, appointment, connected, half_blind, on_events, vendor_event,
};

const PATH: &str = "/api/calendar/events";
const TEAM: &str = "team@group.calendar.google.com";

/// Ten to eleven in Berlin.
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

async fn book(hub: &Connected, start: &str, end: &str) -> Answer {
    hub.post(PATH, &appointment("123", start, end)).await
}

async fn is_free(hub: &Connected) {
    book(hub, "2026-12-01T10:00:00", "2026-12-01T11:00:00").await.expect(201);
}

async fn is_taken(hub: &Connected) -> Value {
    let problem = book(hub, "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    problem.refused(409, "conflict")["conflicts"].clone()
}

#[tokio::test]
async fn what_is_in_the_way_is_named() {
    let hub = connected().await;
    hub.plant("primary", "dentist", START, "2026-12-01T09:30:00Z", json!({"summary": "Dentist"}));
    hub.plant("primary", "lunch", "2026-12-01T09:45:00Z", END, json!({"summary": "Lunch"}));
    let conflicts = is_taken(&hub).await;
    assert_eq!(
        conflicts,
        json!([
            {
                "provider": "google_calendar", "calendar_id": ADA, "event_id": "dentist",
                "title": "Dentist", "start": START, "end": "2026-12-01T09:30:00Z",
            },
            {
                "provider": "google_calendar", "calendar_id": ADA, "event_id": "lunch",
                "title": "Lunch", "start": "2026-12-01T09:45:00Z", "end": END,
            },
        ])
    );
    assert_eq!(hub.vendor_calls("POST", "/events"), 0);
    hub.get(&format!("{PATH}/appointment/123")).await.refused(404, "not-linked");
}

#[tokio::test]
async fn an_overlap_can_be_allowed() {
    let hub = connected().await;
    hub.plant("primary", "dentist", START, END, json!({}));
    let mut body = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    body["allow_conflicts"] = json!(true);
    hub.post(PATH, &body).await.expect(201);
    assert_eq!(hub.live_events(ADA).len(), 2);
}

#[tokio::test]
async fn events_that_touch_do_not_overlap() {
    let hub = connected().await;
    hub.plant("primary", "before", "2026-12-01T08:00:00Z", START, json!({}));
    hub.plant("primary", "after", END, "2026-12-01T11:00:00Z", json!({}));
    is_free(&hub).await;
}

#[tokio::test]
async fn a_minute_is_enough_to_overlap() {
    for (start, end) in [
        ("2026-12-01T08:00:00Z", "2026-12-01T09:01:00Z"),
        ("2026-12-01T09:59:00Z", "2026-12-01T11:00:00Z"),
        ("2026-12-01T09:20:00Z", "2026-12-01T09:40:00Z"),
        ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"),
    ] {
        let hub = connected().await;
        hub.plant("primary", "other", start, end, json!({}));
        let conflicts = is_taken(&hub).await;
        assert_eq!((&conflicts[0]["start"], &conflicts[0]["end"]), (&json!(start), &json!(end)));
    }
}

#[tokio::test]
async fn an_event_without_length_is_in_the_way_of_nothing_it_touches() {
    let hub = connected().await;
    hub.plant("primary", "other", START, END, json!({}));
    let at = |time: &str| appointment("point", time, time);
    hub.post(PATH, &at("2026-12-01T10:30:00")).await.refused(409, "conflict");
    hub.post(PATH, &at("2026-12-01T11:00:00")).await.expect(201);
}

#[tokio::test]
async fn free_cancelled_and_declined_events_are_not_in_the_way() {
    let hub = connected().await;
    hub.plant("primary", "free", START, END, json!({"transparency": "transparent"}));
    hub.plant("primary", "gone", START, END, json!({"status": "cancelled"}));
    hub.plant(
        "primary",
        "declined",
        START,
        END,
        json!({
            "organizer": {"email": "boss@example.com"},
            "attendees": [{"email": ADA, "responseStatus": "declined"}],
        }),
    );
    is_free(&hub).await;
}

#[tokio::test]
async fn free_cancelled_and_declined_events_are_not_listed_beside_what_is_in_the_way() {
    let hub = connected().await;
    hub.plant("primary", "free", START, END, json!({"transparency": "transparent"}));
    hub.plant(
        "primary",
        "declined",
        START,
        END,
        json!({
            "organizer": {"email": "boss@example.com"},
            "attendees": [{"email": ADA, "responseStatus": "declined"}],
        }),
    );
    hub.plant(
        "primary",
        "invited",
        START,
        END,
        json!({
            "organizer": {"email": "boss@example.com"},
            "attendees": [
                {"email": "boss@example.com", "responseStatus": "declined"},
                {"email": ADA, "responseStatus": "needsAction"},
            ],
        }),
    );
    let conflicts = is_taken(&hub).await;
    let ids: Vec<_> = conflicts.as_array().unwrap().iter().map(|c| &c["event_id"]).collect();
    assert_eq!(ids, [&json!("invited")]);
}

#[tokio::test]
async fn an_event_that_blocks_no_time_is_made_wherever_it_is() {
    let hub = connected().await;
    hub.plant("primary", "other", START, END, json!({}));
    let mut body = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    body["event"]["transparency"] = json!("free");
    hub.post(PATH, &body).await.expect(201);
}

#[tokio::test]
async fn an_all_day_event_blocks_the_day_of_the_calendars_zone() {
    let hub = connected().await;
    let day = json!({
        "id": "holiday", "start": {"date": "2026-12-02"}, "end": {"date": "2026-12-03"},
    });
    hub.google().put_event(ADA, "primary", day);
    // The second of December begins in Berlin at 23:00 UTC.
    book(&hub, "2026-12-01T22:59:00+00:00", "2026-12-01T23:00:00+00:00").await.expect(201);
    hub.delete(&format!("{PATH}/appointment/123")).await.expect(204);
    let late = book(&hub, "2026-12-01T23:00:00+00:00", "2026-12-01T23:01:00+00:00").await;
    let conflicts = late.refused(409, "conflict")["conflicts"].clone();
    assert_eq!(conflicts[0]["start"], "2026-12-01T23:00:00Z");
    assert_eq!(conflicts[0]["end"], "2026-12-02T23:00:00Z");
    book(&hub, "2026-12-02T23:00:00+00:00", "2026-12-02T23:30:00+00:00").await.expect(201);
}

#[tokio::test]
async fn a_new_all_day_event_needs_the_day_of_the_calendars_zone() {
    let hub = connected().await;
    hub.plant("primary", "eve", "2026-12-01T22:00:00Z", "2026-12-01T23:00:00Z", json!({}));
    let mut body = appointment("123", "", "");
    body["event"]["start"] = json!({"date": "2026-12-02"});
    body["event"]["end"] = json!({"date": "2026-12-03"});
    hub.plant("primary", "late", "2026-12-02T22:30:00Z", "2026-12-02T22:45:00Z", json!({}));
    let problem = hub.post(PATH, &body).await.refused(409, "conflict");
    let conflicts = problem["conflicts"].as_array().unwrap();
    let ids: Vec<_> = conflicts.iter().map(|conflict| &conflict["event_id"]).collect();
    assert_eq!(ids, [&json!("late")]);
}

#[tokio::test]
async fn every_calendar_of_the_users_own_counts() {
    let hub = connected().await;
    hub.plant(TEAM, "standup", START, END, json!({"summary": "Stand-up"}));
    let conflicts = is_taken(&hub).await;
    assert_eq!(conflicts[0]["calendar_id"], TEAM);
    assert_eq!(conflicts[0]["title"], "Stand-up");
}

#[tokio::test]
async fn calendars_that_the_user_only_reads_do_not_count() {
    let hub = connected().await;
    hub.plant(HOLIDAYS_CALENDAR, "parade", START, END, json!({}));
    is_free(&hub).await;
}

#[tokio::test]
async fn other_peoples_events_are_not_in_the_way() {
    let hub = connected().await;
    hub.bob().await;
    hub.google().put_event(BOB, "primary", vendor_event("bobs1", START, END, json!({})));
    is_free(&hub).await;
}

#[tokio::test]
async fn instances_of_a_series_are_in_the_way() {
    let hub = connected().await;
    hub.plant(
        "primary",
        "daily",
        "2026-11-20T09:30:00Z",
        "2026-11-20T10:30:00Z",
        json!({
            "summary": "Daily", "recurrence": ["RRULE:FREQ=DAILY"],
        }),
    );
    let conflicts = is_taken(&hub).await;
    assert_eq!(conflicts[0]["title"], "Daily");
    assert_eq!(conflicts[0]["start"], "2026-12-01T09:30:00Z");
}

#[tokio::test]
async fn an_event_is_not_in_the_way_of_its_own_change() {
    let hub = connected().await;
    let linked = format!("{PATH}/appointment/123");
    is_free(&hub).await;
    let moved = |start: &str, end: &str| json!({"event": appointment("x", start, end)["event"]});
    let later = moved("2026-12-01T10:30:00", "2026-12-01T11:30:00");
    hub.put(&linked, &later).await.expect(200);
    hub.plant("primary", "lunch", "2026-12-01T11:00:00Z", "2026-12-01T12:00:00Z", json!({}));
    let onto = moved("2026-12-01T11:00:00", "2026-12-01T12:30:00");
    let problem = hub.put(&linked, &onto).await.refused(409, "conflict");
    let conflicts = problem["conflicts"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1, "{problem}");
    assert_eq!(conflicts[0]["event_id"], "lunch");
    let stored = hub.live_events(ADA);
    let own = stored.iter().find(|event| event["summary"] == "Check-up").unwrap();
    assert_eq!(own["start"]["dateTime"], "2026-12-01T10:30:00+01:00", "nothing was moved");
}

#[tokio::test]
async fn a_change_can_overlap_if_it_is_allowed() {
    let hub = connected().await;
    is_free(&hub).await;
    hub.plant("primary", "lunch", "2026-12-01T11:00:00Z", "2026-12-01T12:00:00Z", json!({}));
    let event = appointment("x", "2026-12-01T12:00:00", "2026-12-01T13:00:00")["event"].clone();
    let change = json!({"event": event, "allow_conflicts": true});
    hub.put(&format!("{PATH}/appointment/123"), &change).await.expect(200);
}

#[tokio::test]
async fn another_records_event_is_in_the_way() {
    let hub = connected().await;
    let made = hub.book("1", "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    let conflicts = is_taken(&hub).await;
    assert_eq!(conflicts[0]["event_id"], made["event"]["id"]);
}

#[tokio::test]
async fn busy_time_that_no_readable_event_explains_is_a_conflict_without_a_name() {
    let hub = connected().await;
    hub.plant("primary", "odd", START, END, json!({"summary": {"not": "a text"}}));
    let conflicts = is_taken(&hub).await;
    let nameless = json!([{
        "provider": "google_calendar", "calendar_id": ADA, "start": START, "end": END,
    }]);
    assert_eq!(conflicts, nameless);
}

#[tokio::test]
async fn busy_time_whose_events_cannot_be_read_is_a_conflict_without_a_name() {
    let hub = connected().await;
    hub.plant("primary", "other", START, END, json!({"summary": "Other"}));
    hub.google().set_fault(on_events(FaultKind::InternalError, "GET"));
    let conflicts = is_taken(&hub).await;
    assert!(conflicts[0]["title"].is_null() && conflicts[0]["start"] == START, "{conflicts}");
}

#[tokio::test]
async fn nothing_is_written_while_busy_time_is_not_known() {
    let hub = connected().await;
    hub.google().set_fault(Fault::on("/calendar/v3/freeBusy", FaultKind::Unavailable).times(1));
    let answer = book(&hub, "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    answer.refused_by_vendor(503, "vendor-unavailable");
    assert!(hub.live_events(ADA).is_empty());
    hub.get(&format!("{PATH}/appointment/123")).await.refused(404, "not-linked");
    is_free(&hub).await;
}

#[tokio::test]
async fn a_calendar_without_an_answer_stops_the_write_unless_it_is_allowed() {
    let hub = half_blind(TEAM).await;
    hub.plant(TEAM, "hidden", START, END, json!({}));
    let mut body = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    let answer = hub.post(PATH, &body).await;
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    let problem = answer.refused(503, "conflicts-unknown");
    assert!(problem["detail"].as_str().unwrap().contains(TEAM), "{problem}");
    assert!(hub.google().events(ADA).iter().all(|stored| stored.event["id"] == "hidden"));
    body["allow_conflicts"] = json!(true);
    hub.post(PATH, &body).await.expect(201);
}
