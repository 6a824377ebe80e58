use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{
    KEY, body, changed, create, draft, fixture, header, host, line, lines, only_request, posted,
    refused,
};

#[test]
fn the_key_becomes_the_transaction_and_absent_fields_are_left_out() {
    let host = host();
    host.answer_json(201, fixture("simple_event"));
    let mut input = create(draft(json!({})));
    input["calendar"] = json!("AAMk/1=");
    let event = host.call("calendar.create_event", input).unwrap();
    assert_eq!(event["id"], "simple");
    assert_eq!(event["calendar_id"], "AAMk/1=");

    let request = only_request(&host);
    assert_eq!(line(&request), "POST /me/calendars/AAMk%2F1%3D/events");
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(header(&request, "authorization"), None);
    assert_eq!(
        header(&request, "prefer"),
        Some(
            "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", outlook.body-content-type=\"text\""
        )
    );
    assert_eq!(
        body(&request),
        json!({
            "transactionId": KEY,
            "subject": "Check-up",
            "isAllDay": false,
            "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "W. Europe Standard Time"},
            "end": {"dateTime": "2026-12-01T11:00:00", "timeZone": "W. Europe Standard Time"},
            "showAs": "busy",
            "sensitivity": "normal",
        })
    );
}

#[test]
fn the_hosts_word_for_the_accounts_own_calendar_is_graphs_default() {
    let host = host();
    host.answer_json(201, fixture("simple_event"));
    host.call("calendar.create_event", create(draft(json!({})))).unwrap();
    assert_eq!(line(&only_request(&host)), "POST /me/calendar/events");
}

#[test]
fn every_field_of_the_model_is_written() {
    let body = posted(draft(json!({
        "title": "Schnupperstunde 🎻",
        "description": "free\n<i>trial</i>",
        "location": "Köln",
        "attendees": [
            {"email": "bob@example.org", "name": "Bob", "response": "accepted", "optional": true},
            {"email": "cem@example.org"},
        ],
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
        "reminders": [{"method": "popup", "minutes": 10}],
        "transparency": "busy",
        "visibility": "confidential",
        "status": "tentative",
    })));
    let zone = "W. Europe Standard Time";
    assert_eq!(
        body,
        json!({
            "transactionId": KEY,
            "subject": "Schnupperstunde 🎻",
            "body": {"contentType": "text", "content": "free\n<i>trial</i>"},
            "location": {"displayName": "Köln"},
            "isAllDay": false,
            "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": zone},
            "end": {"dateTime": "2026-12-01T11:00:00", "timeZone": zone},
            "attendees": [
                {
                    "emailAddress": {"address": "bob@example.org", "name": "Bob"},
                    "type": "optional",
                    "status": {"response": "accepted"},
                },
                {"emailAddress": {"address": "cem@example.org"}, "type": "required"},
            ],
            "recurrence": {
                "pattern": {
                    "type": "weekly",
                    "interval": 1,
                    "daysOfWeek": ["tuesday"],
                    "firstDayOfWeek": "monday",
                },
                "range": {
                    "type": "numbered",
                    "startDate": "2026-12-01",
                    "numberOfOccurrences": 3,
                    "recurrenceTimeZone": zone,
                },
            },
            "isReminderOn": true,
            "reminderMinutesBeforeStart": 10,
            "showAs": "tentative",
            "sensitivity": "confidential",
        })
    );
}

#[test]
fn no_reminders_are_none_and_absent_ones_are_outlooks_usual() {
    assert_eq!(posted(draft(json!({"reminders": []})))["isReminderOn"], false);
    assert_eq!(posted(draft(json!({}))).get("isReminderOn"), None);
}

#[test]
fn an_all_day_event_is_two_midnights_in_one_zone() {
    let body = posted(draft(json!({
        "start": {"date": "2026-12-24"},
        "end": {"date": "2026-12-25"},
    })));
    assert_eq!(body["isAllDay"], true);
    assert_eq!(body["start"], json!({"dateTime": "2026-12-24T00:00:00", "timeZone": "UTC"}));
    assert_eq!(body["end"], json!({"dateTime": "2026-12-25T00:00:00", "timeZone": "UTC"}));
}

#[test]
fn what_outlook_has_no_place_for_is_refused_by_name() {
    let popup = json!({"method": "popup", "minutes": 5});
    let mail = json!({"method": "email", "minutes": 5});
    let two = refused(draft(json!({"reminders": [popup, popup]})), "event.reminders");
    let by_mail = refused(draft(json!({"reminders": [mail]})), "event.reminders");
    assert_eq!(two, by_mail);
    assert_eq!(two, "Outlook has one reminder for an event, and only as popup");

    let both = draft(json!({"status": "tentative", "transparency": "free"}));
    assert!(refused(both, "event.status").contains("tentative and free"));
    let mixed = draft(json!({"end": {"date": "2026-12-25"}}));
    refused(mixed, "event.end");
    let zone = json!({"date_time": "2026-12-01T10:00:00Z", "time_zone": "Europe/Bonn"});
    refused(draft(json!({"start": zone})), "event.start.time_zone");
}

#[test]
fn an_event_cannot_be_made_as_cancelled() {
    let host = host();
    let event = draft(json!({"status": "cancelled"}));
    let error = host.call("calendar.create_event", create(event)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("event.status"));
    assert!(host.requests().is_empty());
}

#[test]
fn guests_get_mail_or_the_caller_hears_that_they_would() {
    let host = host();
    let guests = json!({"attendees": [{"email": "bob@example.org"}]});
    for (notify, event, goes) in [
        ("all", guests.clone(), true),
        ("external", guests.clone(), true),
        ("none", json!({}), true),
        ("none", guests, false),
    ] {
        let mut input = create(draft(event));
        input["notify"] = json!(notify);
        if goes {
            host.answer_json(201, fixture("simple_event"));
            host.call("calendar.create_event", input).unwrap();
            assert_eq!(host.requests().len(), 1);
        } else {
            let error = host.call("calendar.create_event", input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::InvalidInput);
            assert_eq!(error.field.as_deref(), Some("notify"));
            assert!(host.requests().is_empty());
        }
    }
}

fn calendar(usual: Value, allowed: &[&str]) -> Value {
    json!({
        "id": "AAMk=",
        "defaultOnlineMeetingProvider": usual,
        "allowedOnlineMeetingProviders": allowed,
    })
}

#[test]
fn a_conference_is_made_by_the_calendars_own_service_and_may_be_pending() {
    let teams = "teamsForBusiness";
    for (usual, allowed, taken) in [
        (json!(teams), vec![teams, "skypeForBusiness"], teams),
        (json!("unknown"), vec!["unknown", "skypeForConsumer"], "skypeForConsumer"),
        (json!(teams), vec!["skypeForBusiness"], "skypeForBusiness"),
        (json!(teams), vec![], teams),
    ] {
        let host = host();
        host.answer_json(200, calendar(usual, &allowed));
        let made = json!({"isOnlineMeeting": true, "onlineMeetingProvider": taken});
        host.answer_json(201, changed("simple_event", made));
        let event = draft(json!({"conference_requested": true}));
        let event = host.call("calendar.create_event", create(event)).unwrap();
        assert_eq!(event["conference"]["status"], "pending");
        assert_eq!(event["conference"].get("url"), None);

        let requests = host.requests();
        assert_eq!(
            line(&requests[0]),
            "GET /me/calendar?$select=id,defaultOnlineMeetingProvider,\
             allowedOnlineMeetingProviders"
        );
        let body = body(&requests[1]);
        assert_eq!(body["isOnlineMeeting"], true);
        assert_eq!(body["onlineMeetingProvider"], taken);
    }
}

#[test]
fn a_calendar_without_online_meetings_refuses_a_conference() {
    let host = host();
    for (usual, allowed) in [(json!("unknown"), vec![]), (json!(null), vec!["unknown"])] {
        host.answer_json(200, calendar(usual, &allowed));
        let event = draft(json!({"conference_requested": true}));
        let error = host.call("calendar.create_event", create(event)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("event.conference"));
        assert_eq!(host.requests().len(), 1);
    }
}

#[test]
fn extra_fields_lie_below_the_models_and_graphs_own_are_dropped() {
    let body = posted(draft(json!({"extra": {
        "categories": ["Red category"],
        "importance": "high",
        "responseRequested": false,
        "subject": "not this one",
        "body": {"contentType": "html", "content": "nor this"},
        "isReminderOn": true,
        "recurrence": null,
        "id": "other",
        "transactionId": "other",
        "changeKey": "x",
        "iCalUId": "y",
        "organizer": {"emailAddress": {"address": "eve@example.org"}},
        "isOnlineMeeting": true,
        "onlineMeeting": {"joinUrl": "https://other.example"},
        "locations": [{"displayName": "elsewhere"}],
        "seriesMasterId": "series",
        "webLink": "https://outlook.office365.com",
    }})));
    let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "categories",
            "end",
            "importance",
            "isAllDay",
            "responseRequested",
            "sensitivity",
            "showAs",
            "start",
            "subject",
            "transactionId",
        ]
    );
    assert_eq!(body["subject"], "Check-up");
    assert_eq!(body["transactionId"], KEY);
}

#[test]
fn a_finer_word_of_outlooks_is_taken_where_it_says_the_same() {
    let extra = json!({"showAs": "oof", "sensitivity": "personal"});
    let away = posted(draft(json!({"visibility": "private", "extra": extra})));
    assert_eq!((&away["showAs"], &away["sensitivity"]), (&json!("oof"), &json!("personal")));
    let other = posted(draft(json!({"transparency": "free", "extra": extra})));
    assert_eq!((&other["showAs"], &other["sensitivity"]), (&json!("free"), &json!("normal")));
    let nonsense = posted(draft(json!({"extra": {"showAs": 7}})));
    assert_eq!(nonsense["showAs"], "busy");
}

#[test]
fn a_creation_without_key_never_leaves() {
    let host = host();
    let mut input = create(draft(json!({})));
    input["key"] = json!("");
    let error = host.call("calendar.create_event", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("key"));
    assert_eq!(lines(&host), [""; 0]);
}
