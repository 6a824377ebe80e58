use mortise_plugin_api::{ErrorKind, json};

use crate::support::{error_body, fixture, host, line, lines, only_request};

#[test]
fn a_window_is_asked_for_in_order_with_series_expanded() {
    let host = host();
    host.answer_json(200, fixture("window_page_1"));
    host.answer_json(200, fixture("window_page_2"));
    let mut input = json!({
        "calendar": "ann@example.org",
        "start": "2026-11-01T00:00:00Z",
        "end": "2027-01-01T00:00:00.250Z",
        "limit": 100,
    });
    let first = host.call("calendar.list_events", &input).unwrap();
    assert_eq!(first["next_page"], "CigKGmx");
    assert_eq!(first.get("next_sync"), None);
    input["page"] = first["next_page"].clone();
    let last = host.call("calendar.list_events", &input).unwrap();
    assert_eq!(last.get("next_page"), None);
    assert_eq!(last["next_sync"], "CPDAlvWDx70CEPDAlvWDx70CGAU=");

    let line = "GET /calendars/ann%40example.org/events?singleEvents=true&orderBy=startTime\
                &timeMin=2026-11-01T00:00:00Z&timeMax=2027-01-01T00:00:00.250Z&maxResults=100";
    assert_eq!(lines(&host), [line.to_owned(), format!("{line}&pageToken=CigKGmx")]);
}

#[test]
fn a_broken_item_becomes_a_warning_and_the_others_stay() {
    let host = host();
    host.answer_json(200, fixture("window_page_1"));
    let page = host.call("calendar.list_events", json!({"calendar": "c"})).unwrap();
    let ids: Vec<_> = page["events"].as_array().unwrap().iter().map(|e| &e["id"]).collect();
    assert_eq!(ids, ["zoneless", "weekly_20261102T150000Z"]);
    assert_eq!(
        page["warnings"],
        json!([
            "event startless was sent broken: `start` is missing",
            "event impossible was sent broken: `start` cannot be understood",
            "event typed was sent broken: `start` is missing",
            "an event without id was sent broken: `item` cannot be understood",
            "an event without id was sent broken: `id` is missing",
        ])
    );
}

#[test]
fn an_events_zone_is_its_own_or_that_of_the_calendar_and_offsets_stay() {
    let host = host();
    host.answer_json(200, fixture("window_page_1"));
    let page = host.call("calendar.list_events", json!({"calendar": "c"})).unwrap();
    let zoneless = &page["events"][0];
    assert_eq!(
        (&zoneless["start"], &zoneless["end"]),
        (
            &json!({"date_time": "2026-11-01T01:30:00-04:00", "time_zone": "America/New_York"}),
            &json!({"date_time": "2026-11-01T01:30:00-05:00", "time_zone": "America/New_York"}),
        )
    );
    let instance = &page["events"][1];
    assert_eq!(instance["series_id"], "weekly");
    assert_eq!(instance["title"], "Weekly 👩‍🚀");
    assert_eq!(instance["calendar_id"], "c");
}

#[test]
fn all_day_and_special_events_are_events() {
    let host = host();
    host.answer_json(200, fixture("window_page_2"));
    let page = host.call("calendar.list_events", json!({"calendar": "c"})).unwrap();
    assert_eq!(page["warnings"], json!([]));
    let [vacation, office, birthday] = &page["events"].as_array().unwrap()[..] else {
        panic!("three events")
    };
    assert_eq!(vacation["start"], json!({"date": "2026-12-24"}));
    assert_eq!(vacation["end"], json!({"date": "2026-12-27"}));
    assert_eq!(vacation["extra"]["eventType"], "outOfOffice");
    assert_eq!(office["transparency"], "free");
    assert_eq!(office["extra"]["workingLocationProperties"]["type"], "homeOffice");
    assert_eq!(birthday["extra"]["eventType"], "birthday");
    assert_eq!(birthday["created_at"], "0000-12-31T00:00:00Z");
}

#[test]
fn without_window_no_order_is_asked_for_so_that_a_cursor_comes() {
    let host = host();
    host.answer_json(200, fixture("window_page_2"));
    host.call("calendar.list_events", json!({"calendar": "c"})).unwrap();
    assert_eq!(line(&only_request(&host)), "GET /calendars/c/events?singleEvents=true");
}

#[test]
fn half_a_window_is_a_window() {
    let host = host();
    host.answer_json(200, fixture("window_page_2"));
    let input = json!({"calendar": "c", "start": "2026-11-01T00:00:00Z"});
    host.call("calendar.list_events", input).unwrap();
    assert_eq!(
        line(&only_request(&host)),
        "GET /calendars/c/events?singleEvents=true&orderBy=startTime&timeMin=2026-11-01T00:00:00Z"
    );
}

#[test]
fn a_page_is_never_larger_than_google_allows() {
    let host = host();
    for (limit, sent) in [(0, 1), (1, 1), (2500, 2500), (1_000_000, 2500)] {
        host.answer_json(200, json!({"items": []}));
        let page = host.call("calendar.list_events", json!({"calendar": "c", "limit": limit}));
        assert_eq!(page.unwrap(), json!({"events": [], "warnings": []}));
        let expected = format!("GET /calendars/c/events?singleEvents=true&maxResults={sent}");
        assert_eq!(line(&only_request(&host)), expected);
    }
}

#[test]
fn changes_since_a_cursor_tell_deleted_events_by_their_ids() {
    let host = host();
    host.answer_json(200, fixture("changes"));
    let input = json!({"calendar": "c", "sync": "cursor", "page": "p2"});
    let page = host.call("calendar.list_events", input).unwrap();
    assert_eq!(
        line(&only_request(&host)),
        "GET /calendars/c/events?singleEvents=true&syncToken=cursor&pageToken=p2"
    );
    assert_eq!(page["next_sync"], "next-cursor");
    assert_eq!(page["warnings"], json!([]));
    let [moved, instance, day, gone] = &page["events"].as_array().unwrap()[..] else {
        panic!("four events")
    };
    assert_eq!(moved["status"], "confirmed");
    let original = json!({"date_time": "2026-12-08T10:00:00+01:00", "time_zone": "Europe/Berlin"});
    assert_eq!(instance["status"], "cancelled");
    assert_eq!((&instance["start"], &instance["end"]), (&original, &original));
    assert_eq!(instance["series_id"], "weekly");
    assert_eq!(day["start"], json!({"date": "2026-12-24"}));
    assert_eq!((&gone["id"], &gone["status"]), (&json!("gone"), &json!("cancelled")));
    assert_eq!(gone["start"]["date_time"], "1970-01-01T00:00:00Z");
}

#[test]
fn a_cursor_does_not_go_with_a_window() {
    let host = host();
    let input = json!({"calendar": "c", "sync": "cursor", "end": "2026-11-01T00:00:00Z"});
    let error = host.call("calendar.list_events", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("sync"));
    assert!(host.requests().is_empty());
}

#[test]
fn a_cursor_that_google_no_longer_takes_is_lost_whatever_the_body_says() {
    let host = host();
    let input = json!({"calendar": "c", "sync": "cursor"});
    for body in [error_body("full_sync_required"), json!({}), error_body("deleted")] {
        host.answer_json(410, body);
        let error = host.call("calendar.list_events", &input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::CursorLost);
    }
}

#[test]
fn an_empty_window_is_blamed_on_its_end() {
    let host = host();
    host.answer_json(400, error_body("time_range_empty"));
    let error = host.call("calendar.list_events", json!({"calendar": "c"})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("end"));
}
