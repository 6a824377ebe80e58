//! `PUT /api/calendar/events/{entity_type}/{entity_id}`. That the new time must be free is in
//! `overlaps.rs`.

use mortise_tests::FaultKind;
use serde_json::{Value, json};

use crate::support::{
    ADA, EVENTS_SCOPE, FAILURES, READONLY_SCOPE, Refused as _, appointment, connected,
    connected_with, event, impatient, on_events,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";

fn renamed() -> Value {
    let mut event = event(TEN, ELEVEN);
    event["title"] = json!("Renamed");
    json!({"event": event})
}

#[tokio::test]
async fn the_event_is_replaced_at_the_vendor() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["description"] = json!("First visit");
    body["event"]["location"] = json!("Room 2");
    body["event"]["reminders"] = json!([{"method": "popup", "minutes": 5}]);
    body["event"]["attendees"] = json!([{"email": "guest@example.org"}]);
    body["event"]["visibility"] = json!("private");
    let made = hub.post(PATH, &body).await.expect(201).body;
    let mut change = json!({"event": event("2026-12-02T10:00:00", "2026-12-02T12:00:00")});
    change["event"]["title"] = json!("Second visit");
    change["notify"] = json!("none");
    let answer = hub.put(LINKED, &change).await.expect(200);
    assert_eq!(answer.header("etag"), answer.body["event"]["etag"]);
    assert_ne!(answer.body["event"]["etag"], made["event"]["etag"]);
    assert_eq!(answer.body["link"], made["link"]);
    assert_eq!(answer.body["event"]["id"], made["event"]["id"]);

    let stored = hub.google().events(ADA).remove(0);
    assert_eq!(stored.send_updates.as_deref(), Some("none"));
    assert_eq!(stored.event["summary"], "Second visit");
    assert_eq!(stored.event["start"]["dateTime"], "2026-12-02T10:00:00+01:00");
    for cleared in ["description", "location", "attendees"] {
        assert!(stored.event[cleared].is_null(), "what is left out is cleared: {cleared}");
    }
    assert_eq!(stored.event["reminders"], json!({"useDefault": true}));
    assert_eq!(stored.event["visibility"], "default");
    assert_eq!(hub.get(LINKED).await.expect(200).body, answer.body);
}

#[tokio::test]
async fn an_answer_can_be_sent_back_unchanged() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["attendees"] = json!([{"email": "guest@example.org", "name": "Guest"}]);
    body["event"]["conference"] = json!({"requested": true});
    body["event"]["reminders"] = json!([{"method": "popup", "minutes": 5}]);
    body["event"]["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let made = hub.post(PATH, &body).await.expect(201).body;
    hub.change_at_vendor(
        &made["event"]["id"],
        json!({
            "colorId": "7",
            "guestsCanModify": true,
            "attendees": [{
                "email": "guest@example.org", "displayName": "Guest", "comment": "Maybe late",
                "responseStatus": "accepted", "additionalGuests": 1,
            }],
        }),
    );
    let before = hub.only_event();
    let read = hub.get(LINKED).await.expect(200).body;
    let written = hub.put(LINKED, &json!({"event": read["event"]})).await.expect(200).body;
    let mut after = hub.only_event();
    for bookkeeping in ["etag", "updated", "sequence"] {
        after[bookkeeping] = before[bookkeeping].clone();
    }
    assert_eq!(after, before);
    assert_eq!(written["event"]["conference"], read["event"]["conference"]);
}

#[tokio::test]
async fn an_all_day_answer_can_be_sent_back_unchanged() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["start"] = json!({"date": "2026-12-24"});
    body["event"]["end"] = json!({"date": "2026-12-25"});
    let made = hub.post(PATH, &body).await.expect(201).body;
    let written = hub.put(LINKED, &json!({"event": made["event"]})).await.expect(200).body;
    assert_eq!(written["event"]["start"], json!({"date": "2026-12-24"}));
    assert_eq!(hub.only_event()["end"], json!({"date": "2026-12-25"}));
}

#[tokio::test]
async fn an_event_can_become_an_all_day_one_and_back() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    let mut day = renamed();
    day["event"]["start"] = json!({"date": "2026-12-01"});
    day["event"]["end"] = json!({"date": "2026-12-02"});
    hub.put(LINKED, &day).await.expect(200);
    assert_eq!(hub.only_event()["start"], json!({"date": "2026-12-01"}));
    hub.put(LINKED, &renamed()).await.expect(200);
    let start = json!({"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"});
    assert_eq!(hub.only_event()["start"], start);
}

#[tokio::test]
async fn what_the_vendor_alone_knows_of_the_event_stays() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    let own = json!({
        "colorId": "7",
        "guestsCanModify": true,
        "extendedProperties": {"private": {"crm": "77"}},
        "source": {"title": "Ticket", "url": "https://tickets.example.com/1"},
    });
    hub.change_at_vendor(&made["event"]["id"], own.clone());
    hub.put(LINKED, &renamed()).await.expect(200);
    let stored = hub.only_event();
    assert_eq!(stored["summary"], "Renamed");
    for (name, value) in own.as_object().unwrap() {
        assert_eq!(stored[name], *value, "{name}");
    }
    let mut coloured = renamed();
    coloured["event"]["extra"] = json!({"colorId": "3"});
    hub.put(LINKED, &coloured).await.expect(200);
    assert_eq!(hub.only_event()["colorId"], "3");
}

#[tokio::test]
async fn what_guests_answered_stays_answered() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["attendees"] =
        json!([{"email": "guest@example.org"}, {"email": "other@example.org"}]);
    let made = hub.post(PATH, &body).await.expect(201).body;
    hub.change_at_vendor(
        &made["event"]["id"],
        json!({"attendees": [
            {"email": "Guest@example.org", "responseStatus": "accepted", "comment": "Gladly"},
            {"email": "other@example.org", "responseStatus": "declined"},
        ]}),
    );
    let mut change = renamed();
    change["event"]["attendees"] =
        json!([{"email": "guest@example.org"}, {"email": "third@example.org"}]);
    hub.put(LINKED, &change).await.expect(200);
    let guests = hub.only_event()["attendees"].clone();
    assert_eq!(guests.as_array().unwrap().len(), 2, "{guests}");
    assert_eq!(guests[0]["responseStatus"], "accepted");
    assert_eq!(guests[0]["comment"], "Gladly");
    assert_eq!(guests[1]["email"], "third@example.org");
    assert_eq!(guests[1]["responseStatus"], "needsAction");
}

#[tokio::test]
async fn a_conference_is_added_once_and_stays() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    let mut meeting = renamed();
    meeting["event"]["conference"] = json!({"requested": true});
    let met = hub.put(LINKED, &meeting).await.expect(200).body["event"]["conference"].clone();
    assert!(met["url"].as_str().unwrap().starts_with("https://meet.google.com/"), "{met}");
    let again = hub.put(LINKED, &meeting).await.expect(200).body;
    assert_eq!(again["event"]["conference"], met);
    let unasked = hub.put(LINKED, &renamed()).await.expect(200).body;
    assert_eq!(unasked["event"]["conference"], met, "an existing one stays in any case");
}

#[tokio::test]
async fn if_match_guards_against_changes_made_meanwhile() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    let old = made["event"]["etag"].as_str().unwrap();
    let guarded = |etag: &str| hub.user.clone().header("if-match", etag);
    let fresh = guarded(old).put(LINKED, renamed()).await.expect(200);
    let stale = guarded(old).put(LINKED, json!({"event": event(TEN, ELEVEN)})).await;
    stale.refused(412, "precondition-failed");
    assert_eq!(hub.only_event()["summary"], "Renamed");
    guarded(fresh.header("etag")).put(LINKED, renamed()).await.expect(200);
    guarded("*").put(LINKED, renamed()).await.expect(200);
    guarded("\"1\", \"2\"").put(LINKED, renamed()).await.invalid(&["If-Match"]);
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.refuses_strangers("PUT", LINKED, Some(renamed())).await;
    assert_eq!(hub.only_event()["summary"], "Check-up");
}

#[tokio::test]
async fn another_users_event_is_not_there() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.bob().await.put(LINKED, renamed()).await.refused(404, "not-linked");
    hub.session_for_outlook().await.put(LINKED, renamed()).await.refused(404, "not-linked");
    assert_eq!(hub.only_event()["summary"], "Check-up");
}

#[tokio::test]
async fn a_record_without_event_gets_none() {
    let hub = connected().await;
    hub.put(LINKED, &renamed()).await.refused(404, "not-linked");
    assert!(hub.google().events(ADA).is_empty());
}

#[tokio::test]
async fn an_event_deleted_at_the_vendor_does_not_come_back() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
    hub.put(LINKED, &renamed()).await.refused(404, "event-gone");
    let mut with_guest = renamed();
    with_guest["event"]["attendees"] = json!([{"email": "guest@example.org"}]);
    hub.put(LINKED, &with_guest).await.refused(404, "event-gone");
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn an_event_under_deletion_is_not_changed() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.google().set_fault(on_events(FaultKind::DoThenCut, "DELETE").times(1));
    hub.delete(LINKED).await.refused_by_vendor(503, "vendor-unavailable");
    hub.put(LINKED, &renamed()).await.refused(404, "event-gone");
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn bad_input_names_its_field_and_changes_nothing() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    let with = |field: &str, value: Value| {
        let mut body = renamed();
        body["event"][field] = value;
        body
    };
    let gap = json!({"date_time": "2026-03-29T02:30:00", "time_zone": "Europe/Berlin"});
    let nowhere = json!({"date_time": TEN, "time_zone": "Mars/Base"});
    let early = json!({"date_time": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin"});
    for (field, value, named) in [
        ("start", gap, "event.start.date_time"),
        ("start", nowhere, "event.start.time_zone"),
        ("end", early, "event.end"),
        ("title", json!("x".repeat(4097)), "event.title"),
        ("status", json!("cancelled"), "event.status"),
    ] {
        hub.put(LINKED, &with(field, value)).await.invalid(&[named]);
    }
    let mut notify = renamed();
    notify["notify"] = json!("everybody");
    hub.put(LINKED, &notify).await.invalid(&["notify"]);
    for (body, named) in [
        (json!({}), "event"),
        (with("colour", json!("red")), "colour"),
        (with("title", json!(7)), "title"),
        (json!({"event": event(TEN, ELEVEN), "entity_id": "123"}), "entity_id"),
    ] {
        let problem = hub.put(LINKED, &body).await.refused(422, "invalid");
        assert!(problem["errors"].to_string().contains(named), "{named}: {problem}");
    }
    hub.put("/api/calendar/events/a%20b/1", &renamed()).await.invalid(&["entity_type"]);
    assert_eq!(hub.only_event()["summary"], "Check-up");
}

#[tokio::test]
async fn without_the_scope_to_write_nothing_is_changed() {
    let hub = connected_with(&[EVENTS_SCOPE]).await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["allow_conflicts"] = json!(true);
    hub.post(PATH, &body).await.expect(201);
    let problem = hub.put(LINKED, &renamed()).await.refused(403, "missing-scope");
    assert_eq!(problem["scopes"], json!([READONLY_SCOPE]), "to see busy time");
    let mut unchecked = renamed();
    unchecked["allow_conflicts"] = json!(true);
    hub.put(LINKED, &unchecked).await.expect(200);
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is_and_the_repeated_call_does_it() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    for (index, (kind, status, code)) in FAILURES.into_iter().enumerate() {
        let mut change = renamed();
        change["event"]["title"] = json!(format!("Title {index}"));
        hub.google().set_fault(on_events(kind, "PATCH").times(1));
        hub.put(LINKED, &change).await.refused_by_vendor(status, code);
        hub.put(LINKED, &change).await.expect(200);
        assert_eq!(hub.only_event()["summary"], change["event"]["title"]);
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.google().set_fault(on_events(FaultKind::Slow, "PATCH"));
    hub.put(LINKED, &renamed()).await.refused_by_vendor(504, "vendor-timeout");
}

#[tokio::test]
async fn a_provider_in_the_query_is_refused_and_changes_no_event_elsewhere() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    let answer = hub.put(&format!("{LINKED}?provider=outlook"), &renamed()).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert_eq!(answer.fields(), ["provider"]);
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
}
