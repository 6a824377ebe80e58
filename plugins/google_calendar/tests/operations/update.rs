use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{body, draft, error_body, fixture, header, host, line, lines, only_request};

const AT: &str = "/calendars/ann%40example.org/events/4s9d0l2p6q8r1t3v5a7c9e0g2i";

fn update(event: Value) -> Value {
    json!({
        "at": {"calendar": "ann@example.org", "event": "4s9d0l2p6q8r1t3v5a7c9e0g2i"},
        "event": event,
    })
}

#[test]
fn a_patch_clears_what_the_draft_does_not_have() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = host.call("calendar.update_event", update(draft(json!({})))).unwrap();
    assert_eq!(event["title"], "Plain");

    let request = only_request(&host);
    assert_eq!(line(&request), format!("PATCH {AT}?sendUpdates=all"));
    assert_eq!(header(&request, "if-match"), None);
    assert_eq!(
        body(&request),
        json!({
            "summary": "Check-up",
            "description": null,
            "location": null,
            "start": {
                "date": null,
                "dateTime": "2026-12-01T10:00:00+01:00",
                "timeZone": "Europe/Berlin",
            },
            "end": {
                "date": null,
                "dateTime": "2026-12-01T11:00:00+01:00",
                "timeZone": "Europe/Berlin",
            },
            "attendees": null,
            "recurrence": null,
            "reminders": {"useDefault": true, "overrides": null},
            "transparency": "opaque",
            "visibility": "default",
            "status": "confirmed",
        })
    );
}

#[test]
fn an_event_that_becomes_all_day_loses_its_old_time_and_zone() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let event = draft(json!({"start": {"date": "2026-12-24"}, "end": {"date": "2026-12-26"}}));
    host.call("calendar.update_event", update(event)).unwrap();
    let body = body(&only_request(&host));
    let day = |date: &str| json!({"date": date, "dateTime": null, "timeZone": null});
    assert_eq!(body["start"], day("2026-12-24"));
    assert_eq!(body["end"], day("2026-12-26"));
}

#[test]
fn a_version_is_checked_by_google() {
    let host = host();
    host.answer_json(412, error_body("condition_not_met"));
    let mut input = update(draft(json!({})));
    input["if_match"] = json!("\"3181161784712000\"");
    input["notify"] = json!("none");
    let error = host.call("calendar.update_event", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::PreconditionFailed);
    let request = only_request(&host);
    assert_eq!(line(&request), format!("PATCH {AT}?sendUpdates=none"));
    assert_eq!(header(&request, "if-match"), Some("\"3181161784712000\""));
}

#[test]
fn what_google_knows_of_a_guest_beyond_the_model_survives() {
    let host = host();
    host.answer_json(200, fixture("event"));
    host.answer_json(200, fixture("event"));
    let event = draft(json!({"attendees": [
        {"email": "BOB@example.org", "name": "Robert", "response": "declined"},
        {"email": "room@resource.example.org"},
        {"email": "new@example.org"},
    ]}));
    host.call("calendar.update_event", update(event)).unwrap();
    let requests = host.requests();
    assert_eq!(line(&requests[0]), format!("GET {AT}"));
    assert_eq!(line(&requests[1]), format!("PATCH {AT}?sendUpdates=all"));
    assert_eq!(
        body(&requests[1])["attendees"],
        json!([
            {
                "email": "BOB@example.org",
                "displayName": "Robert",
                "responseStatus": "declined",
                "optional": false,
                "comment": "perhaps later",
                "additionalGuests": 2,
            },
            {
                "email": "room@resource.example.org",
                "resource": true,
                "responseStatus": "declined",
            },
            {"email": "new@example.org", "responseStatus": "needsAction"},
        ])
    );
}

#[test]
fn a_draft_that_only_names_its_guests_does_not_undo_their_answers() {
    let host = host();
    host.answer_json(200, fixture("event"));
    host.answer_json(200, fixture("event"));
    let event = draft(json!({"attendees": [{"email": "bob@example.org"}]}));
    host.call("calendar.update_event", update(event)).unwrap();
    let attendees = &body(&host.requests()[1])["attendees"];
    assert_eq!(attendees[0]["responseStatus"], "tentative");
    assert_eq!(attendees.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_conference_that_is_there_stays_when_one_is_asked_for() {
    let host = host();
    host.answer_json(200, fixture("event"));
    host.answer_json(200, fixture("event"));
    let event = draft(json!({"conference_requested": true}));
    host.call("calendar.update_event", update(event)).unwrap();
    let requests = host.requests();
    assert_eq!(line(&requests[1]), format!("PATCH {AT}?sendUpdates=all"));
    assert_eq!(body(&requests[1]).get("conferenceData"), None);
}

#[test]
fn a_conference_is_asked_for_where_there_is_none_or_the_last_one_failed() {
    let host = host();
    let mut failed = fixture("simple_event");
    failed["conferenceData"] =
        json!({"createRequest": {"requestId": "a", "status": {"statusCode": "failure"}}});
    for current in [fixture("simple_event"), failed] {
        host.answer_json(200, current);
        host.answer_json(200, fixture("event"));
        let event = draft(json!({"conference_requested": true}));
        let event = host.call("calendar.update_event", update(event)).unwrap();
        assert_eq!(event["conference"]["url"], "https://meet.google.com/abc-defg-hij");
        let requests = host.requests();
        assert_eq!(
            line(&requests[1]),
            format!("PATCH {AT}?sendUpdates=all&conferenceDataVersion=1")
        );
        assert_eq!(
            body(&requests[1])["conferenceData"],
            json!({"createRequest": {
                "requestId": "simple-1",
                "conferenceSolutionKey": {"type": "hangoutsMeet"},
            }})
        );
    }
}

#[test]
fn a_pending_conference_is_not_asked_for_again() {
    let host = host();
    let mut pending = fixture("simple_event");
    pending["conferenceData"] =
        json!({"createRequest": {"requestId": "a", "status": {"statusCode": "pending"}}});
    host.answer_json(200, pending.clone());
    host.answer_json(200, pending);
    let event = draft(json!({"conference_requested": true}));
    let event = host.call("calendar.update_event", update(event)).unwrap();
    assert_eq!(event["conference"]["status"], "pending");
    assert_eq!(body(&host.requests()[1]).get("conferenceData"), None);
}

#[test]
fn an_event_can_be_written_back_with_the_extra_fields_that_it_was_read_with() {
    let host = host();
    host.answer_json(200, fixture("event"));
    let at = json!({"calendar": "ann@example.org", "event": "4s9d0l2p6q8r1t3v5a7c9e0g2i"});
    let read = host.call("calendar.get_event", at).unwrap();
    host.answer_json(200, fixture("event"));
    let event = draft(json!({"extra": read["extra"]}));
    host.call("calendar.update_event", update(event)).unwrap();
    let body = body(&host.requests()[1]);
    let model = [
        "attendees",
        "description",
        "end",
        "location",
        "recurrence",
        "reminders",
        "start",
        "status",
        "summary",
        "transparency",
        "visibility",
    ];
    let beyond: Vec<_> =
        body.as_object().unwrap().keys().filter(|name| !model.contains(&name.as_str())).collect();
    assert_eq!(beyond, ["colorId", "extendedProperties"]);
}

#[test]
fn an_event_that_is_gone_is_found_out_before_anything_is_written() {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    let event = draft(json!({"attendees": [{"email": "bob@example.org"}]}));
    let error = host.call("calendar.update_event", update(event)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(lines(&host), [format!("GET {AT}")]);
}
