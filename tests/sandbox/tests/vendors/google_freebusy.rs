use mortise_sandbox::HOLIDAYS_CALENDAR;
use serde_json::{Value, json};

use crate::client::{ADA, Connected, connected};

const FREEBUSY: &str = "https://www.googleapis.com/auth/calendar.freebusy";

fn day(items: Value) -> Value {
    json!({"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z", "items": items})
}

async fn busy(ada: &Connected, calendar: &str) -> Vec<(String, String)> {
    let answer = ada.call_with("POST", "/freeBusy", day(json!([{"id": calendar}]))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let blocks = answer.body["calendars"][calendar]["busy"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    blocks.iter().map(|block| (text(&block["start"]), text(&block["end"]))).collect()
}

fn block(start: &str, end: &str) -> (String, String) {
    (format!("2026-12-{start}:00Z"), format!("2026-12-{end}:00Z"))
}

#[tokio::test]
async fn overlapping_and_touching_events_are_one_block() {
    let ada = connected(FREEBUSY).await;
    ada.plant("aaaa0", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    ada.plant("bbbb0", "2026-12-01T09:30:00Z", "2026-12-01T11:00:00Z");
    ada.plant("cccc0", "2026-12-01T11:00:00Z", "2026-12-01T12:00:00Z");
    ada.plant("dddd0", "2026-12-01T23:00:00Z", "2026-12-02T05:00:00Z");
    let blocks = busy(&ada, "primary").await;
    assert_eq!(blocks, [block("01T09:00", "01T12:00"), block("01T23:00", "02T00:00")]);
}

#[tokio::test]
async fn free_cancelled_declined_and_broken_events_take_no_time() {
    let ada = connected(FREEBUSY).await;
    let plant = |id: &str, more: Value| {
        let mut event = json!({
            "id": id,
            "start": {"dateTime": "2026-12-01T09:00:00Z"},
            "end": {"dateTime": "2026-12-01T10:00:00Z"},
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ada.sandbox.google().put_event(ADA, "primary", event);
    };
    plant("free0", json!({"transparency": "transparent"}));
    plant("cancelled", json!({"status": "cancelled"}));
    plant("declined", json!({"attendees": [{"email": ADA, "responseStatus": "declined"}]}));
    plant("broken", json!({"end": {"dateTime": "never"}}));
    assert!(busy(&ada, "primary").await.is_empty());
    plant("taken", json!({}));
    assert_eq!(busy(&ada, "primary").await, [block("01T09:00", "01T10:00")]);
}

#[tokio::test]
async fn an_all_day_event_takes_the_day_of_the_calendars_zone() {
    let ada = connected(FREEBUSY).await;
    let event = json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}});
    ada.sandbox.google().put_event(ADA, HOLIDAYS_CALENDAR, event);
    let blocks = busy(&ada, HOLIDAYS_CALENDAR).await;
    assert_eq!(blocks, [block("01T00:00", "01T23:00")], "Berlin is an hour ahead of UTC");
}

#[tokio::test]
async fn every_instance_of_a_series_takes_its_time() {
    let ada = connected(FREEBUSY).await;
    ada.sandbox.google().put_event(
        ADA,
        "primary",
        json!({
            "id": "daily",
            "start": {"dateTime": "2026-11-01T09:00:00Z", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-01T10:00:00Z", "timeZone": "UTC"},
            "recurrence": ["RRULE:FREQ=DAILY"],
        }),
    );
    assert_eq!(busy(&ada, "primary").await, [block("01T09:00", "01T10:00")]);
}

#[tokio::test]
async fn an_unknown_calendar_is_an_error_inside_the_answer() {
    let ada = connected(FREEBUSY).await;
    let items = json!([{"id": "primary"}, {"id": "bob@example.com"}]);
    let answer = ada.call_with("POST", "/freeBusy", day(items)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body["calendars"]["primary"]["errors"].is_null());
    let errors = &answer.body["calendars"]["bob@example.com"]["errors"];
    assert_eq!(*errors, json!([{"domain": "global", "reason": "notFound"}]));
}

#[tokio::test]
async fn bad_queries_are_refused() {
    let ada = connected(FREEBUSY).await;
    let refusal = async |body: Value| {
        let answer = ada.call_with("POST", "/freeBusy", body).await;
        let (status, reason) = answer.refusal();
        (status, reason.to_owned())
    };
    let error = |reason: &str| (400, reason.to_owned());
    let many: Vec<_> = (0..51).map(|n| json!({"id": format!("{n}")})).collect();
    assert_eq!(refusal(day(json!(many))).await, error("tooManyCalendarsRequested"));
    assert_eq!(refusal(json!({"timeMin": "2026-12-01T00:00:00Z"})).await, error("required"));
    let mut empty = day(json!([]));
    empty["timeMax"] = empty["timeMin"].clone();
    assert_eq!(refusal(empty).await, error("timeRangeEmpty"));
    let mut undated = day(json!([]));
    undated["timeMax"] = json!("2026-12-02");
    assert_eq!(refusal(undated).await, error("badRequest"));
}
