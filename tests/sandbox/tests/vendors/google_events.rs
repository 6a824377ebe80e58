use serde_json::{Value, json};

use crate::client::{ADA, EVENTS, READONLY, connected, get, json, send};

const PATH: &str = "/calendars/primary/events";

fn meeting() -> Value {
    json!({
        "summary": "Check-up",
        "start": {"dateTime": "2026-12-01T09:00:00Z", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "Europe/London"},
    })
}

fn with(mut event: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[tokio::test]
async fn an_inserted_event_comes_back_with_the_vendors_fields() {
    let ada = connected(EVENTS).await;
    let sent = with(meeting(), json!({"attendees": [{"email": "bob@example.com"}], "kind": "x"}));
    let answer = ada.call_with("POST", &format!("{PATH}?sendUpdates=all"), sent).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let event = answer.body;
    assert_eq!(event["kind"], "calendar#event");
    assert_eq!(event["status"], "confirmed");
    assert_eq!(event["start"]["dateTime"], "2026-12-01T10:00:00+01:00", "the calendar's zone");
    assert_eq!(event["start"]["timeZone"], "Europe/London");
    assert_eq!(event["organizer"], json!({"email": ADA, "displayName": "ada", "self": true}));
    assert_eq!(event["attendees"][0]["responseStatus"], "needsAction");
    assert_eq!(answer.headers["etag"], event["etag"].as_str().unwrap());

    let id = event["id"].as_str().unwrap();
    assert_eq!(ada.call("GET", &format!("{PATH}/{id}")).await.body, event);
    let stored = ada.sandbox.google().events(ADA);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].send_updates.as_deref(), Some("all"));
}

#[tokio::test]
async fn an_id_is_used_once_also_after_its_event_was_deleted() {
    let ada = connected(EVENTS).await;
    let event = with(meeting(), json!({"id": "abcv0"}));
    assert_eq!(ada.call_with("POST", PATH, event.clone()).await.status, 200);
    assert_eq!(ada.call_with("POST", PATH, event.clone()).await.refusal(), (409, "duplicate"));
    assert_eq!(ada.call("DELETE", &format!("{PATH}/abcv0")).await.status, 204);
    assert_eq!(ada.call_with("POST", PATH, event).await.refusal(), (409, "duplicate"));
}

#[tokio::test]
async fn what_google_refuses_in_an_event_is_refused() {
    let ada = connected(EVENTS).await;
    let timed =
        |start: &str, end: &str| json!({"start": {"dateTime": start}, "end": {"dateTime": end}});
    let cases = [
        (json!({"id": "abcw0"}), "invalid"),
        (json!({"id": "abc"}), "invalid"),
        (json!({"id": "ABCDE"}), "invalid"),
        (json!({"end": null}), "required"),
        (timed("2026-12-01T10:00:00Z", "2026-12-01T09:00:00Z"), "timeRangeEmpty"),
        (timed("2026-12-01T10:00:00", "2026-12-01T11:00:00"), "required"),
        (timed("yesterday", "2026-12-01T11:00:00Z"), "invalid"),
        (json!({"end": {"date": "2026-12-02"}}), "invalid"),
        (json!({"start": {"date": "2026-12-02"}, "end": {"date": "2026-12-02"}}), "timeRangeEmpty"),
        (
            json!({"start": {"dateTime": "2026-12-01T09:00:00Z", "timeZone": "Mars/North"}}),
            "invalid",
        ),
        (timed("2026-12-01T10:00:00Z", "9999-12-31T23:30:00-01:00"), "invalid"),
        (json!({"end": {"dateTime": "+10000-01-01T00:00:00", "timeZone": "UTC"}}), "invalid"),
        (
            json!({"end": {"dateTime": "+262142-12-31T23:59:59", "timeZone": "Europe/Berlin"}}),
            "invalid",
        ),
        (
            json!({"end": {"dateTime": "9999-12-31T22:00:00", "timeZone": "America/Lima"}}),
            "invalid",
        ),
        (json!({"start": {"date": "-262143-01-01"}, "end": {"date": "2026-12-02"}}), "invalid"),
        (json!({"start": {"date": "2026-12-01"}, "end": {"date": "+262142-12-31"}}), "invalid"),
        (json!({"recurrence": ["RRULE:FREQ=NEVER"]}), "invalid"),
        (json!({"attendees": [{"email": "nobody"}]}), "invalid"),
        (json!({"transparency": "free"}), "invalid"),
        (
            json!({"reminders": {"useDefault": true, "overrides": [{"method": "popup", "minutes": 5}]}}),
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
    ];
    for (change, reason) in cases {
        let answer = ada.call_with("POST", PATH, with(meeting(), change.clone())).await;
        assert_eq!(answer.refusal(), (400, reason), "{change}");
    }
    let recurring = with(
        timed("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"),
        json!({"recurrence": ["RRULE:FREQ=DAILY"]}),
    );
    assert_eq!(ada.call_with("POST", PATH, recurring).await.refusal(), (400, "required"));
    assert!(ada.sandbox.google().events(ADA).is_empty());
}

#[tokio::test]
async fn a_patch_merges_and_a_put_replaces() {
    let ada = connected(EVENTS).await;
    let described = with(meeting(), json!({"id": "abcde", "description": "x", "location": "y"}));
    let first = ada.call_with("POST", PATH, described).await.body;
    let path = format!("{PATH}/abcde");
    let patch = json!({"location": null, "start": {"dateTime": "2026-12-01T08:00:00Z"}});
    let patched = ada.call_with("PATCH", &path, patch).await.body;
    assert_eq!(patched["description"], "x");
    assert!(patched["location"].is_null());
    assert_eq!(patched["start"]["timeZone"], "Europe/London");
    assert_eq!(patched["sequence"], 1);
    assert_ne!(patched["etag"], first["etag"]);

    let both = json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}});
    assert_eq!(ada.call_with("PATCH", &path, both).await.refusal(), (400, "invalid"));

    let put = ada.call_with("PUT", &path, meeting()).await.body;
    assert!(put["description"].is_null());
    assert_eq!((&put["id"], &put["iCalUID"]), (&first["id"], &first["iCalUID"]));
    assert_eq!(ada.call_with("PUT", &path, json!({})).await.refusal(), (400, "required"));
}

#[tokio::test]
async fn a_stale_etag_stops_a_write_and_a_current_one_saves_a_read() {
    let ada = connected(EVENTS).await;
    let event = ada.plant("abcde", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    let etag = event["etag"].as_str().unwrap();
    let path = format!("{PATH}/abcde");
    let read = ada.request("GET", &path).header("if-none-match", etag);
    assert_eq!(send(read).await.status, 304);
    let write = |method, etag: &str| {
        let request = ada.request(method, &path).header("if-match", etag);
        send(json(request, &json!({"summary": "new"})))
    };
    assert_eq!(write("PATCH", etag).await.status, 200);
    assert_eq!(write("PATCH", etag).await.refusal(), (412, "conditionNotMet"));
    assert_eq!(write("DELETE", etag).await.refusal(), (412, "conditionNotMet"));
    assert_eq!(write("DELETE", "*").await.status, 204);
}

#[tokio::test]
async fn a_deleted_event_can_be_read_as_cancelled_and_not_deleted_again() {
    let ada = connected(EVENTS).await;
    ada.plant("abcde", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    let path = format!("{PATH}/abcde");
    assert_eq!(ada.call("DELETE", &path).await.status, 204);
    assert_eq!(ada.call("DELETE", &path).await.refusal(), (410, "deleted"));
    assert_eq!(ada.call("GET", &path).await.body["status"], "cancelled");
    assert_eq!(ada.call("DELETE", &format!("{PATH}/none0")).await.refusal(), (404, "notFound"));
}

#[tokio::test]
async fn a_meeting_link_is_made_only_with_conference_data_version_1() {
    let ada = connected(EVENTS).await;
    let request = json!({"conferenceData": {"createRequest": {
        "requestId": "r1",
        "conferenceSolutionKey": {"type": "hangoutsMeet"},
    }}});
    let ignored = ada.call_with("POST", PATH, with(meeting(), request.clone())).await.body;
    assert!(ignored["conferenceData"].is_null());

    let versioned = format!("{PATH}?conferenceDataVersion=1");
    let made = ada.call_with("POST", &versioned, with(meeting(), request.clone())).await.body;
    let link = made["hangoutLink"].as_str().unwrap();
    assert!(link.starts_with("https://meet.google.com/"));
    assert_eq!(made["conferenceData"]["createRequest"]["status"]["statusCode"], "success");

    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let versioned = format!("{path}?conferenceDataVersion=1");
    let same = ada.call_with("PATCH", &versioned, request).await.body;
    assert_eq!(same["hangoutLink"], link, "a repeated requestId makes no second link");
    let kept = ada.call_with("PUT", &path, meeting()).await.body;
    assert_eq!(kept["hangoutLink"], link);
    let cleared = ada.call_with("PATCH", &versioned, json!({"conferenceData": null})).await.body;
    assert!(cleared["hangoutLink"].is_null());
}

#[tokio::test]
async fn one_instance_of_a_series_can_be_moved_and_another_deleted() {
    let ada = connected(EVENTS).await;
    let series =
        with(meeting(), json!({"id": "series", "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]}));
    assert_eq!(ada.call_with("POST", PATH, series).await.status, 200);
    let moved = json!({
        "start": {"dateTime": "2026-12-02T12:00:00Z"},
        "end": {"dateTime": "2026-12-02T13:00:00Z"},
    });
    let answer = ada.call_with("PATCH", &format!("{PATH}/series_20261202T090000Z"), moved).await;
    assert_eq!(answer.body["recurringEventId"], "series");
    let third = format!("{PATH}/series_20261203T090000Z");
    assert_eq!(ada.call("DELETE", &third).await.status, 204);

    let list = ada.call("GET", &format!("{PATH}?singleEvents=true&orderBy=startTime")).await.body;
    let items = list["items"].as_array().unwrap();
    let starts: Vec<_> = items.iter().map(|item| item["start"]["dateTime"].clone()).collect();
    assert_eq!(starts, ["2026-12-01T10:00:00+01:00", "2026-12-02T13:00:00+01:00"]);
    assert_eq!(items[1]["originalStartTime"]["dateTime"], "2026-12-02T10:00:00+01:00");
    let none = format!("{PATH}/series_20261204T090000Z");
    assert_eq!(ada.call("GET", &none).await.refusal(), (404, "notFound"));
}

#[tokio::test]
async fn unknown_parameters_and_wrong_values_are_refused() {
    let ada = connected(EVENTS).await;
    assert_eq!(ada.call("GET", &format!("{PATH}?timemin=x")).await.refusal(), (400, "badRequest"));
    let wrong = ["maxResults=0", "singleEvents=1", "timeMin=2026-12-01", "orderBy=end"];
    for query in wrong {
        let answer = ada.call("GET", &format!("{PATH}?{query}")).await;
        assert_eq!(answer.refusal(), (400, "invalidParameter"), "{query}");
    }
    let answer = ada.call_with("POST", &format!("{PATH}?sendUpdates=yes"), meeting()).await;
    assert_eq!(answer.refusal(), (400, "invalidParameter"));
    let text = ada.request("POST", PATH).body("not json");
    assert_eq!(send(text).await.status, 400);
}

#[tokio::test]
async fn each_method_needs_one_of_its_scopes() {
    let ada = connected(READONLY).await;
    assert_eq!(ada.call("GET", PATH).await.status, 200);
    let answer = ada.call_with("POST", PATH, meeting()).await;
    assert_eq!(answer.refusal(), (403, "insufficientPermissions"));
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains(EVENTS));
    let answer = get(&format!("{}/calendar/v3{PATH}", ada.sandbox.google().url())).await;
    assert_eq!(answer.refusal(), (401, "authError"));
}

#[tokio::test]
async fn the_holidays_calendar_can_be_read_and_not_written() {
    let ada = connected(&format!("{EVENTS} {READONLY}")).await;
    let list = ada.call("GET", "/users/me/calendarList?maxResults=1").await.body;
    assert_eq!(list["items"][0]["id"], ADA);
    assert_eq!(list["items"][0]["primary"], true);
    let next = list["nextPageToken"].as_str().unwrap();
    let rest = ada.call("GET", &format!("/users/me/calendarList?pageToken={next}")).await.body;
    assert_eq!(rest["items"][0]["id"], mortise_sandbox::HOLIDAYS_CALENDAR);
    assert!(rest["nextSyncToken"].is_string());

    let path = "/calendars/en.german%23holiday%40group.v.calendar.google.com";
    assert_eq!(ada.call("GET", path).await.body["summary"], "Holidays");
    let answer = ada.call_with("POST", &format!("{path}/events"), meeting()).await;
    assert_eq!(answer.refusal(), (403, "requiredAccessLevel"));
    let answer = ada.call("GET", "/users/me/calendarList/primary").await;
    assert_eq!(answer.body["timeZone"], "Europe/Berlin");
    let other = ada.call("GET", "/calendars/bob@example.com").await;
    assert_eq!(other.refusal(), (404, "notFound"));
}

#[tokio::test]
async fn an_event_in_the_last_hour_of_the_year_9999_is_kept_and_found() {
    let ada = connected(&format!("{EVENTS} {READONLY}")).await;
    let last = json!({
        "id": "last0",
        "start": {"dateTime": "9999-12-31T23:00:00Z", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "9999-12-31T23:59:59Z", "timeZone": "Europe/Berlin"},
        "recurrence": ["RRULE:FREQ=DAILY"],
    });
    let made = ada.call_with("POST", PATH, last).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.body["end"]["dateTime"], "9999-12-31T23:59:59Z", "Berlin is in the next year");
    let all_day = json!({
        "id": "allda0",
        "start": {"date": "9999-12-29"},
        "end": {"date": "9999-12-30"},
        "recurrence": ["RRULE:FREQ=YEARLY;INTERVAL=250000"],
    });
    assert_eq!(ada.call_with("POST", PATH, all_day).await.status, 200);

    let (min, max) = ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z");
    let query = format!("timeMin={min}&timeMax={max}&singleEvents=true&orderBy=startTime");
    let list = ada.call("GET", &format!("{PATH}?{query}")).await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert_eq!(list.body["items"][0]["recurringEventId"], "last0", "{}", list.text);
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1, "{}", list.text);
    let window = json!({"timeMin": min, "timeMax": max, "items": [{"id": "primary"}]});
    let busy = ada.call_with("POST", "/freeBusy", window).await;
    let block = json!({"start": "9999-12-31T23:00:00Z", "end": max});
    assert_eq!(busy.body["calendars"]["primary"]["busy"], json!([block]), "{}", busy.text);
}

#[tokio::test]
async fn a_window_out_of_range_is_refused() {
    let ada = connected(EVENTS).await;
    let far = format!("{PATH}?timeMax=9999-12-31T23:59:59-01:00");
    assert_eq!(ada.call("GET", &far).await.refusal(), (400, "invalidParameter"));
}

#[tokio::test]
async fn a_planted_event_out_of_range_is_shown_as_it_is() {
    let ada = connected(EVENTS).await;
    ada.plant("far00", "+262142-12-31T23:59:59", "+262142-12-31T23:59:59");
    for path in [PATH.to_owned(), format!("{PATH}?singleEvents=true&orderBy=startTime")] {
        let list = ada.call("GET", &path).await;
        assert_eq!(list.body["items"][0]["start"]["dateTime"], "+262142-12-31T23:59:59");
    }
}
