use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{
    KEY, body, draft, error_body, fixture, header, host, line, lines, only_request,
};

fn create(event: Value) -> Value {
    json!({"calendar": "ann@example.org", "key": KEY, "event": event})
}

#[test]
fn the_key_becomes_the_events_id_and_absent_fields_are_left_out() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = host.call("calendar.create_event", create(draft(json!({})))).unwrap();
    assert_eq!(event["id"], "simple");
    assert_eq!(event["calendar_id"], "ann@example.org");

    let request = only_request(&host);
    assert_eq!(line(&request), "POST /calendars/ann%40example.org/events?sendUpdates=all");
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(header(&request, "authorization"), None);
    assert_eq!(
        body(&request),
        json!({
            "id": KEY,
            "summary": "Check-up",
            "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Berlin"},
            "reminders": {"useDefault": true},
            "transparency": "opaque",
            "visibility": "default",
            "status": "confirmed",
        })
    );
}

#[test]
fn every_field_of_the_model_is_written() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = draft(json!({
        "title": "Schnupperstunde 🎻",
        "description": "<i>free</i>",
        "location": "Köln",
        "attendees": [
            {"email": "bob@example.org", "name": "Bob", "response": "accepted", "optional": true},
            {"email": "cem@example.org"},
        ],
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20261208T100000"],
        "reminders": [
            {"method": "popup", "minutes": 10},
            {"method": "email", "minutes": 1440},
        ],
        "transparency": "free",
        "visibility": "confidential",
        "status": "tentative",
    }));
    host.call("calendar.create_event", create(event)).unwrap();
    assert_eq!(
        body(&only_request(&host)),
        json!({
            "id": KEY,
            "summary": "Schnupperstunde 🎻",
            "description": "<i>free</i>",
            "location": "Köln",
            "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Berlin"},
            "attendees": [
                {
                    "email": "bob@example.org",
                    "displayName": "Bob",
                    "responseStatus": "accepted",
                    "optional": true,
                },
                {"email": "cem@example.org", "responseStatus": "needsAction"},
            ],
            "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20261208T100000"],
            "reminders": {
                "useDefault": false,
                "overrides": [
                    {"method": "popup", "minutes": 10},
                    {"method": "email", "minutes": 1440},
                ],
            },
            "transparency": "transparent",
            "visibility": "confidential",
            "status": "tentative",
        })
    );
}

#[test]
fn an_all_day_event_has_dates_only() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = draft(json!({
        "start": {"date": "2026-12-24"},
        "end": {"date": "2026-12-25"},
        "reminders": [],
    }));
    host.call("calendar.create_event", create(event)).unwrap();
    let body = body(&only_request(&host));
    assert_eq!(body["start"], json!({"date": "2026-12-24"}));
    assert_eq!(body["end"], json!({"date": "2026-12-25"}));
    assert_eq!(body["reminders"], json!({"useDefault": false, "overrides": []}));
}

#[test]
fn a_night_in_which_the_clock_is_set_back_keeps_both_offsets() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = draft(json!({
        "start": {"date_time": "2026-10-25T02:30:00+02:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-10-25T02:30:00+01:00", "time_zone": "Europe/Berlin"},
    }));
    host.call("calendar.create_event", create(event)).unwrap();
    let body = body(&only_request(&host));
    assert_eq!(body["start"]["dateTime"], "2026-10-25T02:30:00+02:00");
    assert_eq!(body["end"]["dateTime"], "2026-10-25T02:30:00+01:00");
}

#[test]
fn guests_get_mail_as_the_caller_says() {
    let host = host();
    for (notify, word) in [("all", "all"), ("external", "externalOnly"), ("none", "none")] {
        host.answer_json(200, fixture("simple_event"));
        let mut input = create(draft(json!({})));
        input["notify"] = json!(notify);
        host.call("calendar.create_event", input).unwrap();
        let expected = format!("POST /calendars/ann%40example.org/events?sendUpdates={word}");
        assert_eq!(line(&only_request(&host)), expected);
    }
}

#[test]
fn a_conference_is_asked_for_under_the_key_and_may_be_pending() {
    let host = host();
    let mut answer = fixture("simple_event");
    answer["conferenceData"] = json!({
        "createRequest": {
            "requestId": KEY,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
            "status": {"statusCode": "pending"},
        },
    });
    host.answer_json(200, answer);
    let event = draft(json!({"conference_requested": true}));
    let event = host.call("calendar.create_event", create(event)).unwrap();
    assert_eq!(event["conference"], json!({"status": "pending"}));

    let request = only_request(&host);
    assert_eq!(
        line(&request),
        "POST /calendars/ann%40example.org/events?sendUpdates=all&conferenceDataVersion=1"
    );
    let asked = json!({
        "createRequest": {
            "requestId": KEY,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
        },
    });
    assert_eq!(body(&request)["conferenceData"], asked);
}

#[test]
fn extra_fields_lie_below_the_models_and_googles_own_are_dropped() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = draft(json!({"extra": {
        "colorId": "7",
        "extendedProperties": {"private": {"ticket": "42"}},
        "eventType": "focusTime",
        "summary": "not this one",
        "description": "nor this",
        "id": "other",
        "iCalUID": "x@google.com",
        "etag": "\"1\"",
        "created": "2026-01-01T00:00:00Z",
        "organizer": {"email": "eve@example.org"},
        "recurringEventId": "series",
        "sequence": 2,
        "conferenceData": {"conferenceId": "of-another-event"},
    }}));
    host.call("calendar.create_event", create(event)).unwrap();
    let body = body(&only_request(&host));
    let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "colorId",
            "end",
            "eventType",
            "extendedProperties",
            "id",
            "reminders",
            "start",
            "status",
            "summary",
            "transparency",
            "visibility",
        ]
    );
    assert_eq!(body["summary"], "Check-up");
    assert_eq!(body["id"], KEY);
}

#[test]
fn a_repeated_creation_answers_with_the_event_that_is_there() {
    let host = host();
    host.answer_json(409, error_body("duplicate"));
    let mut there = fixture("simple_event");
    there["id"] = json!(KEY);
    host.answer_json(200, there);
    let event = host.call("calendar.create_event", create(draft(json!({})))).unwrap();
    assert_eq!(event["id"], KEY);
    let get = format!("GET /calendars/ann%40example.org/events/{KEY}");
    let asked = ["POST /calendars/ann%40example.org/events?sendUpdates=all", get.as_str()];
    assert_eq!(lines(&host), asked);
}

#[test]
fn a_repeated_creation_of_an_event_that_was_deleted_is_a_conflict() {
    let host = host();
    host.answer_json(409, error_body("duplicate"));
    host.answer_json(200, json!({"id": KEY, "status": "cancelled"}));
    let error = host.call("calendar.create_event", create(draft(json!({})))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(error.vendor_code.as_deref(), Some("duplicate"));
    assert!(error.message.contains("deleted"), "{}", error.message);

    host.answer_json(409, error_body("duplicate"));
    host.answer_json(404, error_body("not_found"));
    let error = host.call("calendar.create_event", create(draft(json!({})))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[test]
fn a_repeated_creation_whose_event_cannot_be_read_for_now_can_be_tried_again() {
    let host = host();
    host.answer_json(409, error_body("duplicate"));
    host.answer_json(503, error_body("service_unavailable"));
    let error = host.call("calendar.create_event", create(draft(json!({})))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[test]
fn a_key_that_google_would_not_take_never_leaves() {
    let host = host();
    for key in ["", "abcd", "with-dash", "ABCDEF", "wxyz0", &"a".repeat(1025)] {
        let mut input = create(draft(json!({})));
        input["key"] = json!(key);
        let error = host.call("calendar.create_event", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{key}");
        assert_eq!(error.field.as_deref(), Some("key"));
    }
    assert!(host.requests().is_empty());
}

#[test]
fn an_end_before_the_start_is_blamed_on_the_events_end() {
    let host = host();
    host.answer_json(400, error_body("time_range_empty"));
    let error = host.call("calendar.create_event", create(draft(json!({})))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("event.end"));
}
