use mortise_plugin_api::{ErrorKind, json, testing::json_answer};

use crate::support::{
    changed, fixture, header, host, line, lines, only_request, read, refusal, utc,
};

#[test]
fn an_event_is_read_whole() {
    let host = host();
    host.answer_json(200, fixture("event"));
    let at = json!({"calendar": "AAMk=", "event": "a/b?c"});
    let event = host.call("calendar.get_event", at).unwrap();
    let request = only_request(&host);
    assert_eq!(line(&request), "GET /me/calendars/AAMk%3D/events/a%2Fb%3Fc");
    assert!(header(&request, "prefer").unwrap().contains("outlook.timezone=\"UTC\""));
    let raw = fixture("event");
    assert_eq!(
        event,
        json!({
            "id": "event-1",
            "calendar_id": "AAMk=",
            "title": "Check-up",
            "description": "Bring the card",
            "location": "Room 4",
            "start": {"date_time": "2026-12-01T10:00:00+01:00", "time_zone": "Europe/Berlin"},
            "end": {"date_time": "2026-12-01T11:00:00+01:00", "time_zone": "Europe/Berlin"},
            "attendees": [
                {
                    "email": "ada@example.org",
                    "name": "Ada Lovelace",
                    "response": "accepted",
                    "optional": false,
                },
                {"email": "grace@example.org", "response": "needs_action", "optional": true},
            ],
            "organizer": {"email": "owner@example.org", "name": "Olga Owner", "is_self": true},
            "recurrence": [],
            "reminders": [{"method": "popup", "minutes": 15}],
            "transparency": "busy",
            "visibility": "private",
            "status": "confirmed",
            "etag": raw["@odata.etag"],
            "html_url": raw["webLink"],
            "created_at": "2026-11-01T08:00:00.123456700Z",
            "updated_at": "2026-11-02T09:30:12.345678900Z",
            "extra": {
                "allowNewTimeProposals": true,
                "categories": ["Yellow category"],
                "changeKey": raw["changeKey"],
                "hasAttachments": false,
                "hideAttendees": false,
                "iCalUId": raw["iCalUId"],
                "importance": "normal",
                "isDraft": false,
                "locations": raw["locations"],
                "responseRequested": true,
                "responseStatus": raw["responseStatus"],
                "transactionId": raw["transactionId"],
                "type": "singleInstance",
            },
        })
    );
}

#[test]
fn an_empty_event_has_empty_fields_left_out() {
    let event = read(changed(
        "simple_event",
        json!({
            "subject": "", "webLink": null, "organizer": null, "isReminderOn": null,
            "attendees": null, "body": null, "location": null, "originalStartTimeZone": null,
            "originalEndTimeZone": null, "@odata.etag": null,
        }),
    ));
    assert_eq!(
        event,
        json!({
            "id": "simple",
            "calendar_id": "primary",
            "start": {"date_time": "2026-12-01T09:00:00Z", "time_zone": "UTC"},
            "end": {"date_time": "2026-12-01T10:00:00Z", "time_zone": "UTC"},
            "attendees": [],
            "recurrence": [],
            "transparency": "busy",
            "visibility": "default",
            "status": "confirmed",
            "extra": {"type": "singleInstance"},
        })
    );
}

#[test]
fn an_instance_names_its_series() {
    let fields = json!({"seriesMasterId": "series", "type": "occurrence"});
    let event = read(changed("simple_event", fields));
    assert_eq!(event["series_id"], "series");
    assert_eq!(event["extra"], json!({"type": "occurrence"}));
}

#[test]
fn whether_it_blocks_time_and_takes_place_is_one_word_at_outlook() {
    let with = |word: &str| {
        let event = read(changed("simple_event", json!({"showAs": word})));
        (
            event["transparency"].clone(),
            event["status"].clone(),
            event["extra"].get("showAs").cloned(),
        )
    };
    let (busy, free) = (json!("busy"), json!("free"));
    let (confirmed, tentative) = (json!("confirmed"), json!("tentative"));
    assert_eq!(with("busy"), (busy.clone(), confirmed.clone(), None));
    assert_eq!(with("free"), (free.clone(), confirmed.clone(), None));
    assert_eq!(with("tentative"), (busy.clone(), tentative, None));
    assert_eq!(with("oof"), (busy.clone(), confirmed.clone(), Some(json!("oof"))));
    let elsewhere = Some(json!("workingElsewhere"));
    assert_eq!(with("workingElsewhere"), (free, confirmed.clone(), elsewhere));
    assert_eq!(with("unknown"), (busy, confirmed, Some(json!("unknown"))));
    let cancelled = read(changed("simple_event", json!({"isCancelled": true, "showAs": "free"})));
    assert_eq!(cancelled["status"], "cancelled");
}

#[test]
fn who_may_see_it_is_graphs_sensitivity() {
    for (word, visibility, kept) in [
        ("normal", "default", false),
        ("private", "private", false),
        ("personal", "private", true),
        ("confidential", "confidential", false),
        ("circle", "default", true),
    ] {
        let event = read(changed("simple_event", json!({"sensitivity": word})));
        assert_eq!(event["visibility"], visibility);
        assert_eq!(event["extra"].get("sensitivity").is_some(), kept, "{word}");
    }
}

#[test]
fn a_guests_answer_is_graphs_or_none_yet() {
    let guest = |answer: &str, kind: &str| {
        json!({
            "emailAddress": {"address": "a@example.org", "name": "A@example.org"},
            "status": {"response": answer},
            "type": kind,
        })
    };
    let mut guests: Vec<_> =
        ["none", "notResponded", "thinking", "accepted", "organizer", "tentativelyAccepted"]
            .map(|answer| guest(answer, "required"))
            .into();
    guests.push(guest("declined", "resource"));
    guests.push(json!({}));
    let event = read(changed("simple_event", json!({"attendees": guests})));
    let answers: Vec<_> =
        event["attendees"].as_array().unwrap().iter().map(|guest| &guest["response"]).collect();
    assert_eq!(
        answers,
        [
            "needs_action",
            "needs_action",
            "needs_action",
            "accepted",
            "accepted",
            "tentative",
            "declined",
            "needs_action",
        ]
    );
    let room = json!({"email": "a@example.org", "response": "declined", "optional": false});
    assert_eq!(event["attendees"][6], room);
    assert_eq!(event["attendees"][7]["email"], "");
}

#[test]
fn a_conference_is_ready_with_its_link_and_pending_without() {
    let with = |fields| read(changed("simple_event", fields)).get("conference").cloned();
    assert_eq!(with(json!({})), None);
    assert_eq!(
        with(json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"})),
        Some(json!({"name": "Microsoft Teams", "status": "pending"}))
    );
    assert_eq!(
        with(json!({
            "isOnlineMeeting": true,
            "onlineMeetingProvider": "skypeForBusiness",
            "onlineMeeting": {"joinUrl": "https://meet.example.org/abc", "conferenceId": "1"},
        })),
        Some(json!({
            "url": "https://meet.example.org/abc",
            "name": "Skype for Business",
            "status": "ready",
        }))
    );
    let old = json!({"onlineMeetingUrl": "https://meet.example.org/old"});
    let ready = json!({"url": "https://meet.example.org/old", "status": "ready"});
    assert_eq!(with(old), Some(ready));
}

#[test]
fn a_broken_event_is_a_bad_answer_that_names_the_field() {
    let host = host();
    let at = json!({"calendar": "primary", "event": "AAMk="});
    for (fields, field) in [
        (json!({"end": {"dateTime": "soon", "timeZone": "UTC"}}), "end"),
        (json!({"start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "Mars"}}), "start"),
        (json!({"attendees": 7}), "attendees"),
        (
            json!({"recurrence": {"pattern": {"type": "lunar"}, "range": {"type": "noEnd"}}}),
            "recurrence",
        ),
    ] {
        host.answer_json(200, changed("simple_event", fields));
        let error = host.call("calendar.get_event", &at).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert_eq!(
            error.message,
            format!(
                "the vendor's answer cannot be used: event simple was sent broken: `{field}` \
                 cannot be understood"
            )
        );
    }
}

#[test]
fn json_that_is_no_event_is_a_bad_answer() {
    let host = host();
    let at = json!({"calendar": "primary", "event": "AAMk="});
    for nonsense in [json!({}), json!([]), json!({"id": ""}), json!({"error": "s3cret"}), json!(7)]
    {
        host.answer_json(200, nonsense.clone());
        let error = host.call("calendar.get_event", &at).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{nonsense}");
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
}

#[test]
fn all_day_events_have_the_dates_that_people_see() {
    let days = |start: &str, end: &str, zone: &str| {
        let fields = json!({
            "isAllDay": true, "start": utc(start), "end": utc(end),
            "originalStartTimeZone": zone, "originalEndTimeZone": zone,
        });
        let event = read(changed("simple_event", fields));
        (event["start"]["date"].clone(), event["end"]["date"].clone())
    };
    let christmas = (json!("2026-12-24"), json!("2026-12-27"));
    assert_eq!(days("2026-12-24T00:00:00", "2026-12-27T00:00:00", "UTC"), christmas);
    let tokyo = "Tokyo Standard Time";
    assert_eq!(days("2026-12-24T00:00:00", "2026-12-27T00:00:00", tokyo), christmas);
    assert_eq!(days("2026-12-23T15:00:00", "2026-12-26T15:00:00", tokyo), christmas);
    let broken = days("2026-12-24T00:00:00", "2026-12-24T00:00:00", "UTC");
    assert_eq!(broken, (json!("2026-12-24"), json!("2026-12-25")));
}

#[test]
fn a_deletion_checks_the_version_and_has_no_answer() {
    let host = host();
    let mut done = json_answer(204, &json!(null));
    done.body.clear();
    host.answer(done);
    let at = json!({"calendar": "primary", "event": "AAMk="});
    let input = json!({"at": at, "if_match": "W/\"1\""});
    assert_eq!(host.call("calendar.delete_event", input).unwrap(), json!(null));
    let request = only_request(&host);
    assert_eq!(line(&request), "DELETE /me/calendar/events/AAMk%3D");
    assert_eq!(header(&request, "if-match"), Some("W/\"1\""));
    assert!(request.body.is_empty());
}

#[test]
fn a_deletion_in_silence_is_refused_where_guests_would_get_mail() {
    let host = host();
    let at = json!({"calendar": "primary", "event": "AAMk="});
    let input = json!({"at": at, "notify": "none"});
    host.answer_json(200, fixture("event"));
    let error = host.call("calendar.delete_event", &input).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("notify"));
    assert_eq!(lines(&host), ["GET /me/calendar/events/AAMk%3D"]);

    host.answer_json(200, fixture("simple_event"));
    host.answer_json(204, json!(null));
    host.call("calendar.delete_event", &input).unwrap();
    let asked = ["GET", "DELETE"].map(|method| format!("{method} /me/calendar/events/AAMk%3D"));
    assert_eq!(lines(&host), asked);
}

#[test]
fn an_event_that_is_not_there_or_is_another_version_cannot_be_deleted() {
    let host = host();
    let at = json!({"calendar": "primary", "event": "AAMk="});
    for (status, code, kind) in [
        (404, "ErrorItemNotFound", ErrorKind::NotFound),
        (400, "ErrorInvalidIdMalformed", ErrorKind::NotFound),
        (412, "ErrorIrresolvableConflict", ErrorKind::PreconditionFailed),
        (409, "ErrorIrresolvableConflict", ErrorKind::PreconditionFailed),
        (409, "ErrorOther", ErrorKind::Conflict),
    ] {
        host.answer_json(status, refusal(code));
        let input = json!({"at": at, "if_match": "W/\"1\""});
        let error = host.call("calendar.delete_event", input).unwrap_err();
        assert_eq!(error.kind, kind, "{status} {code}");
    }
}
