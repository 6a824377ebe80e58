use mortise_plugin_api::{ErrorKind, Value, json, testing::json_answer};

use crate::support::{error_body, fixture, header, host, line, only_request};

fn at(event: &str) -> Value {
    json!({"calendar": "ann@example.org", "event": event})
}

fn read(item: Value) -> Value {
    let host = host();
    host.answer_json(200, item);
    host.call("calendar.get_event", at("x")).unwrap()
}

#[test]
fn an_event_is_read_whole() {
    let host = host();
    host.answer_json(200, fixture("event"));
    let event = host.call("calendar.get_event", at("a/b?c")).unwrap();
    assert_eq!(line(&only_request(&host)), "GET /calendars/ann%40example.org/events/a%2Fb%3Fc");
    let raw = fixture("event");
    assert_eq!(
        event,
        json!({
            "id": "4s9d0l2p6q8r1t3v5a7c9e0g2i",
            "calendar_id": "ann@example.org",
            "title": "Check-up 🦷",
            "description": "Bring the <b>X-ray</b>.",
            "location": "Hauptstraße 1, Köln",
            "start": {"date_time": "2026-10-24T10:00:00+02:00", "time_zone": "Europe/Berlin"},
            "end": {"date_time": "2026-10-25T10:00:00+01:00", "time_zone": "Europe/Berlin"},
            "attendees": [
                {"email": "ann@example.org", "response": "accepted", "optional": false},
                {
                    "email": "bob@example.org",
                    "name": "Bob",
                    "response": "tentative",
                    "optional": true,
                },
                {"email": "room@resource.example.org", "response": "declined", "optional": false},
            ],
            "organizer": {"email": "ann@example.org", "name": "Ann", "is_self": true},
            "recurrence": [],
            "reminders": [
                {"method": "email", "minutes": 1440},
                {"method": "popup", "minutes": 10},
            ],
            "conference": {
                "url": "https://meet.google.com/abc-defg-hij",
                "name": "Google Meet",
                "status": "ready",
            },
            "transparency": "free",
            "visibility": "private",
            "status": "tentative",
            "etag": "\"3181161784712000\"",
            "html_url": "https://www.google.com/calendar/event?eid=NHM5ZDBs",
            "created_at": "2026-10-01T08:00:00Z",
            "updated_at": "2026-10-02T09:30:12.345Z",
            "extra": {
                "creator": {"email": "ann@example.org", "self": true},
                "iCalUID": "4s9d0l2p6q8r1t3v5a7c9e0g2i@google.com",
                "sequence": 3,
                "conferenceData": raw["conferenceData"],
                "colorId": "7",
                "extendedProperties": {"private": {"ticket": "42"}},
                "eventType": "default",
            },
        })
    );
}

#[test]
fn a_series_keeps_its_rules_and_an_instance_names_its_series() {
    let mut series = fixture("simple_event");
    series["recurrence"] = json!(["RRULE:FREQ=DAILY", "EXDATE:20261202T100000Z"]);
    assert_eq!(read(series)["recurrence"], json!(["RRULE:FREQ=DAILY", "EXDATE:20261202T100000Z"]));

    let mut instance = fixture("simple_event");
    instance["recurringEventId"] = json!("series");
    instance["originalStartTime"] = json!({"dateTime": "2026-12-01T09:00:00Z"});
    let instance = read(instance);
    assert_eq!(instance["series_id"], "series");
    assert_eq!(instance["recurrence"], json!([]));
    assert_eq!(instance["extra"]["originalStartTime"], json!({"dateTime": "2026-12-01T09:00:00Z"}));
}

#[test]
fn reminders_are_the_calendars_none_or_a_list() {
    let with = |reminders: Value| {
        let mut event = fixture("simple_event");
        event["reminders"] = reminders;
        read(event).get("reminders").cloned()
    };
    assert_eq!(with(json!({"useDefault": true})), None);
    assert_eq!(with(json!(null)), None);
    assert_eq!(with(json!({"useDefault": false})), Some(json!([])));
    let overrides = json!([{"method": "sms", "minutes": 5}, {"method": "popup", "minutes": 0}]);
    assert_eq!(
        with(json!({"useDefault": false, "overrides": overrides})),
        Some(json!([{"method": "popup", "minutes": 0}]))
    );
}

#[test]
fn a_conference_is_ready_pending_or_failed() {
    let with = |fields: Value| {
        let mut event = fixture("simple_event");
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        read(event).get("conference").cloned()
    };
    let request =
        |code: &str| json!({"conferenceData": {"createRequest": {"status": {"statusCode": code}}}});
    assert_eq!(with(json!({})), None);
    assert_eq!(with(request("pending")), Some(json!({"status": "pending"})));
    assert_eq!(with(request("failure")), Some(json!({"status": "failed"})));
    let old = json!({"hangoutLink": "https://meet.google.com/old"});
    assert_eq!(with(old), Some(json!({"url": "https://meet.google.com/old", "status": "ready"})));
    let phone_only = json!({"conferenceData": {
        "conferenceSolution": {"name": "Dial-in"},
        "entryPoints": [{"entryPointType": "phone", "uri": "tel:+1"}],
    }});
    assert_eq!(with(phone_only), Some(json!({"name": "Dial-in", "status": "ready"})));
}

#[test]
fn words_that_google_may_add_one_day_read_as_the_default() {
    let mut event = fixture("simple_event");
    event["status"] = json!("postponed");
    event["visibility"] = json!("circle");
    event["transparency"] = json!("translucent");
    event["eventType"] = json!("siesta");
    event["attendees"] = json!([{"email": "a@example.org", "responseStatus": "thinking"}, {}]);
    event["newField"] = json!({"a": [1]});
    let event = read(event);
    assert_eq!(event["status"], "confirmed");
    assert_eq!(event["visibility"], "default");
    assert_eq!(event["transparency"], "busy");
    assert_eq!(event["attendees"][0]["response"], "needs_action");
    assert_eq!(event["attendees"][1]["email"], "");
    assert_eq!(event["extra"], json!({"eventType": "siesta", "newField": {"a": [1]}}));
}

#[test]
fn a_time_without_zone_is_in_utc_where_nothing_else_is_known() {
    let mut event = fixture("simple_event");
    event["start"] = json!({"dateTime": "2026-12-01T10:00:00+01:00"});
    assert_eq!(
        read(event)["start"],
        json!({"date_time": "2026-12-01T10:00:00+01:00", "time_zone": "UTC"})
    );
}

#[test]
fn a_broken_event_is_a_bad_answer_that_names_the_field() {
    let host = host();
    let mut event = fixture("simple_event");
    event["end"] = json!({"dateTime": "soon"});
    host.answer_json(200, event);
    let error = host.call("calendar.get_event", at("simple")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadAnswer);
    assert_eq!(
        error.message,
        "the vendor's answer cannot be used: event simple was sent broken: `end` cannot be understood"
    );
}

#[test]
fn a_deleted_event_is_read_as_cancelled_whatever_is_left_of_it() {
    let event = read(json!({"id": "x", "status": "cancelled"}));
    assert_eq!(event["status"], "cancelled");
    let epoch = json!({"date_time": "1970-01-01T00:00:00Z", "time_zone": "UTC"});
    assert_eq!((&event["start"], &event["end"]), (&epoch, &epoch));
}

#[test]
fn a_deletion_checks_the_version_and_has_no_answer() {
    let host = host();
    let mut done = json_answer(204, &json!(null));
    done.body.clear();
    host.answer(done);
    let input = json!({"at": at("simple"), "if_match": "\"1\"", "notify": "external"});
    assert_eq!(host.call("calendar.delete_event", input).unwrap(), json!(null));
    let request = only_request(&host);
    assert_eq!(
        line(&request),
        "DELETE /calendars/ann%40example.org/events/simple?sendUpdates=externalOnly"
    );
    assert_eq!(header(&request, "if-match"), Some("\"1\""));
    assert!(request.body.is_empty());
}

#[test]
fn an_event_that_is_not_there_or_no_more_cannot_be_deleted() {
    let host = host();
    for (status, body, kind) in
        [(404, "not_found", ErrorKind::NotFound), (410, "deleted", ErrorKind::Gone)]
    {
        host.answer_json(status, error_body(body));
        let error = host.call("calendar.delete_event", json!({"at": at("x")})).unwrap_err();
        assert_eq!(error.kind, kind);
    }
}
