use mortise_plugin_api::{ErrorKind, json};

use crate::support::{
    body, changed, draft, fixture, header, host, line, lines, patched, refusal, update, utc, with,
};

const AT: &str = "/me/calendar/events/AAMk%3D";

/// The times of the drafts, as Graph shows them.
fn at_the_drafts_time() -> mortise_plugin_api::Value {
    fixture("simple_event")
}

#[test]
fn a_patch_clears_what_the_draft_does_not_have() {
    let host = host();
    let current = changed(
        "event",
        json!({
            "start": utc("2026-12-02T09:00:00"),
            "recurrence": {
                "pattern": {"type": "daily", "interval": 1},
                "range": {"type": "noEnd", "startDate": "2026-12-02"},
            },
        }),
    );
    host.answer_json(200, current);
    host.answer_json(200, fixture("simple_event"));
    let mut input = update(draft(json!({"title": null, "reminders": []})));
    input["if_match"] = json!("W/\"1\"");
    let event = host.call("calendar.update_event", input).unwrap();
    assert_eq!(event["title"], "Plain");

    let requests = host.requests();
    assert_eq!(line(&requests[0]), format!("GET {AT}"));
    assert_eq!(line(&requests[1]), format!("PATCH {AT}"));
    assert_eq!(header(&requests[1], "if-match"), Some("W/\"1\""));
    assert_eq!(header(&requests[1], "prefer"), header(&requests[0], "prefer"));
    let zone = "W. Europe Standard Time";
    assert_eq!(
        body(&requests[1]),
        json!({
            "subject": "",
            "body": {"contentType": "text", "content": ""},
            "location": {"displayName": ""},
            "isAllDay": false,
            "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": zone},
            "end": {"dateTime": "2026-12-01T11:00:00", "timeZone": zone},
            "recurrence": null,
            "attendees": [],
            "isReminderOn": false,
            "showAs": "busy",
            "sensitivity": "normal",
        })
    );
}

#[test]
fn what_is_as_it_was_is_not_sent_where_sending_it_does_something() {
    let guests = json!([
        {"email": "ADA@example.org"},
        {"email": "grace@example.org", "optional": true},
    ]);
    let same = draft(json!({
        "description": "Bring the card",
        "location": "Room 4",
        "attendees": guests,
        "visibility": "private",
    }));
    assert_eq!(
        patched(fixture("event"), same),
        json!({"subject": "Check-up", "showAs": "busy", "sensitivity": "private"})
    );
}

#[test]
fn a_zone_of_outlooks_own_and_a_finer_word_stay_where_nothing_else_changes() {
    let current = changed(
        "simple_event",
        json!({
            "showAs": "oof", "sensitivity": "personal",
            "originalStartTimeZone": "tzone://Microsoft/Custom",
            "originalEndTimeZone": "tzone://Microsoft/Custom",
        }),
    );
    let start = json!({"date_time": "2026-12-01T09:00:00Z", "time_zone": "Etc/UTC"});
    let end = json!({"date_time": "2026-12-01T10:00:00Z", "time_zone": "UTC"});
    let event = draft(json!({"start": start, "end": end, "visibility": "private"}));
    assert_eq!(
        patched(current, event),
        json!({"subject": "Check-up", "showAs": "oof", "sensitivity": "personal"})
    );
}

#[test]
fn zones_that_windows_does_not_tell_apart_are_the_same() {
    let vienna = |time: &str| json!({"date_time": time, "time_zone": "Europe/Vienna"});
    let event = draft(json!({
        "start": vienna("2026-12-01T10:00:00+01:00"),
        "end": vienna("2026-12-01T11:00:00+01:00"),
    }));
    assert_eq!(patched(at_the_drafts_time(), event).get("start"), None);
}

#[test]
fn a_recurrence_is_sent_when_it_or_the_time_changes() {
    let weekly = json!({
        "pattern": {
            "type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0,
            "daysOfWeek": ["tuesday"], "firstDayOfWeek": "sunday", "index": "first",
        },
        "range": {
            "type": "numbered", "startDate": "2026-12-01", "endDate": "0001-01-01",
            "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 5,
        },
    });
    let series = changed("simple_event", json!({"recurrence": weekly}));
    let lines = json!(["RRULE:FREQ=WEEKLY;COUNT=5"]);
    let same = patched(series.clone(), draft(json!({"recurrence": lines})));
    assert_eq!(same.get("recurrence"), None);

    let more = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]});
    let longer = patched(series.clone(), draft(more));
    assert_eq!(longer["recurrence"]["range"]["numberOfOccurrences"], 6);
    assert_eq!(longer.get("start"), None);

    let later = json!({"date_time": "2026-12-08T10:30:00+01:00", "time_zone": "Europe/Berlin"});
    let end = json!({"date_time": "2026-12-08T11:00:00+01:00", "time_zone": "Europe/Berlin"});
    let moved = draft(json!({"recurrence": lines, "start": later, "end": end}));
    let moved = patched(series.clone(), moved);
    assert_eq!(moved["recurrence"]["range"]["startDate"], "2026-12-08");
    assert_eq!(moved["start"]["dateTime"], "2026-12-08T10:30:00");

    let single = patched(series, draft(json!({})));
    assert_eq!(single["recurrence"], json!(null));
}

#[test]
fn what_graph_knows_of_a_guest_beyond_the_model_survives() {
    let current = changed(
        "event",
        json!({"attendees": [
            {
                "type": "required",
                "status": {"response": "tentativelyAccepted", "time": "2026-11-02T10:00:00Z"},
                "emailAddress": {"name": "Bob", "address": "bob@example.org"},
                "proposedNewTime": {"start": utc("2026-12-03T09:00:00"), "end": utc("2026-12-03T10:00:00")},
            },
            {
                "type": "resource",
                "status": {"response": "accepted", "time": "2026-11-02T10:00:00Z"},
                "emailAddress": {"name": "Room 4", "address": "room@example.org"},
            },
        ]}),
    );
    let event = draft(json!({"attendees": [
        {"email": "BOB@example.org", "name": "Robert", "response": "declined"},
        {"email": "room@example.org", "response": "accepted"},
        {"email": "new@example.org", "optional": true},
    ]}));
    let body = patched(current.clone(), event);
    let mut bob = current["attendees"][0].clone();
    bob["emailAddress"]["name"] = json!("Robert");
    bob["status"] = json!({"response": "declined"});
    let new = json!({"emailAddress": {"address": "new@example.org"}, "type": "optional"});
    assert_eq!(body["attendees"], json!([bob, current["attendees"][1], new]));
}

#[test]
fn a_draft_that_only_names_its_guests_does_not_undo_their_answers() {
    let event = draft(json!({"attendees": [{"email": "ada@example.org"}]}));
    let guests = &patched(fixture("event"), event)["attendees"];
    assert_eq!(guests[0]["status"]["response"], "accepted");
    assert_eq!(guests.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_conference_that_is_there_stays_whether_one_is_asked_for_or_not() {
    for (requested, fields) in [
        (true, json!({"isOnlineMeeting": true})),
        (true, json!({"isOnlineMeeting": true, "onlineMeeting": {"joinUrl": "https://x.example"}})),
        (false, json!({"isOnlineMeeting": true})),
    ] {
        let event = draft(json!({"conference_requested": requested}));
        let body = patched(changed("simple_event", fields), event);
        assert_eq!(body.get("isOnlineMeeting"), None);
        assert_eq!(body.get("onlineMeetingProvider"), None);
    }
}

#[test]
fn a_conference_is_added_where_there_is_none() {
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    host.answer_json(200, json!({"id": "c", "defaultOnlineMeetingProvider": "teamsForBusiness"}));
    host.answer_json(200, fixture("simple_event"));
    let event = draft(json!({"conference_requested": true}));
    host.call("calendar.update_event", update(event)).unwrap();
    let body = body(&host.requests()[2]);
    assert_eq!(body["isOnlineMeeting"], true);
    assert_eq!(body["onlineMeetingProvider"], "teamsForBusiness");
}

#[test]
fn an_event_can_be_written_back_with_the_extra_fields_that_it_was_read_with() {
    let host = host();
    let mut current = fixture("event");
    current["unheardOf"] = json!({"a": [1]});
    let graphs_own = json!({
        "calendar@odata.associationLink": "https://graph.microsoft.com/v1.0/users('x')/calendars/$ref",
        "calendar@odata.navigationLink": "https://graph.microsoft.com/v1.0/users('x')/calendars",
        "calendar": {"id": "c"},
        "exceptionOccurrences": [],
        "instances": [],
        "occurrenceId": "OID.x.2026-12-01",
        "uid": "040000008200E00074C5B7101A82E008",
    });
    let current = with(current, graphs_own);
    host.answer_json(200, current);
    let read = host.call("calendar.get_event", update(json!({}))["at"].clone()).unwrap();
    assert_eq!(read["extra"]["unheardOf"], json!({"a": [1]}));
    let mut extra = read["extra"].clone();
    // Microsoft does not describe it, and the test's host lets no such request pass.
    extra.as_object_mut().unwrap().remove("unheardOf");
    let body = patched(fixture("event"), draft(json!({"extra": extra})));
    let model = ["attendees", "body", "location", "sensitivity", "showAs", "subject"];
    let beyond: Vec<_> =
        body.as_object().unwrap().keys().filter(|name| !model.contains(&name.as_str())).collect();
    assert_eq!(
        beyond,
        ["allowNewTimeProposals", "categories", "hideAttendees", "importance", "responseRequested"]
    );
}

#[test]
fn vendor_fields_that_extra_does_not_name_are_not_touched() {
    let body = patched(fixture("event"), draft(json!({"extra": {"importance": "high"}})));
    assert_eq!(body["importance"], "high");
    for name in ["categories", "responseRequested", "hideAttendees", "isReminderOn"] {
        assert_eq!(body.get(name), None, "{name}");
    }
}

#[test]
fn guests_that_are_there_count_for_silence_as_new_ones_do() {
    let host = host();
    host.answer_json(200, fixture("event"));
    let mut input = update(draft(json!({})));
    input["notify"] = json!("none");
    let error = host.call("calendar.update_event", &input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("notify"));
    assert_eq!(lines(&host), [format!("GET {AT}")]);

    host.answer_json(200, fixture("simple_event"));
    host.answer_json(200, fixture("simple_event"));
    host.call("calendar.update_event", &input).unwrap();
}

#[test]
fn a_cancelled_event_stays_so_and_no_other_becomes_so() {
    let event = draft(json!({"status": "cancelled"}));
    let cancelled = changed("simple_event", json!({"isCancelled": true}));
    assert_eq!(patched(cancelled, event.clone())["showAs"], "busy");
    let host = host();
    host.answer_json(200, fixture("simple_event"));
    let error = host.call("calendar.update_event", update(event)).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("event.status"));
}

#[test]
fn another_version_is_told_by_either_of_graphs_answers() {
    let host = host();
    for status in [409, 412] {
        host.answer_json(200, fixture("simple_event"));
        host.answer_json(status, refusal("ErrorIrresolvableConflict"));
        let mut input = update(draft(json!({})));
        input["if_match"] = json!("W/\"1\"");
        let error = host.call("calendar.update_event", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::PreconditionFailed, "{status}");
        assert!(error.message.contains("read it again"), "{}", error.message);
    }
}

#[test]
fn what_is_no_event_is_not_written_to() {
    let host = host();
    for nonsense in [json!({}), json!({"access_token": "s3cret"}), json!([])] {
        host.answer_json(200, nonsense);
        let error = host.call("calendar.update_event", update(draft(json!({})))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert_eq!(lines(&host), [format!("GET {AT}")]);
    }
}
