use mortise_plugin_api::{ErrorKind, Value, json, testing::json_answer};

use crate::support::{changed, header, host, line, lines, only_request, refusal, utc};

const VIEW: &str = "https://graph.microsoft.com/v1.0/me/calendar/calendarView";

fn event(id: &str) -> Value {
    changed("simple_event", json!({"id": id}))
}

/// A whole day far away.
fn far(id: &str, day: &str) -> Value {
    let day = json!({"dateTime": day, "timeZone": "UTC"});
    changed("simple_event", json!({"id": id, "isAllDay": true, "start": day, "end": day}))
}

fn today() -> mortise_plugin_api::HttpAnswer {
    let mut answer = json_answer(200, &json!({"id": "AAMk="}));
    answer.headers.push(("date".to_owned(), "Wed, 25 Nov 2026 17:30:00 GMT".to_owned()));
    answer
}

#[test]
fn a_window_is_asked_for_in_order_and_page_by_page() {
    let host = host();
    let link = format!("{VIEW}?startDateTime=2026-11-01T00%3a00%3a00Z&%24top=2&%24skip=2");
    host.answer_json(200, json!({"value": [event("1"), event("2")], "@odata.nextLink": link}));
    host.answer_json(200, json!({"value": [event("3")]}));
    let mut input = json!({
        "calendar": "primary",
        "start": "2026-11-01T00:00:00Z",
        "end": "2027-01-01T00:00:00.250Z",
        "limit": 2,
    });
    let first = host.call("calendar.list_events", &input).unwrap();
    assert_eq!(first["next_page"], "$skip=2");
    input["page"] = first["next_page"].clone();
    let last = host.call("calendar.list_events", &input).unwrap();
    assert_eq!(last.get("next_page"), None);
    assert_eq!(last.get("next_sync"), None);
    assert_eq!(last["events"][0]["id"], "3");
    let line = "GET /me/calendar/calendarView?startDateTime=2026-11-01T00:00:00Z\
                &endDateTime=2027-01-01T00:00:00.250Z&$orderby=start/dateTime&$top=2";
    assert_eq!(lines(&host), [line.to_owned(), format!("{line}&$skip=2")]);
}

#[test]
fn nothing_but_the_token_of_graphs_address_is_followed() {
    let host = host();
    let foreign = "https://evil.example/v1.0/me/calendars/other/calendarView?$skiptoken=a%2Fb%3D";
    host.answer_json(200, json!({"value": [], "@odata.nextLink": foreign}));
    host.answer_json(200, json!({"value": []}));
    let mut input =
        json!({"calendar": "c", "start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"});
    input["page"] = host.call("calendar.list_events", &input).unwrap()["next_page"].clone();
    host.call("calendar.list_events", &input).unwrap();
    let next = &lines(&host)[1];
    assert!(next.starts_with("GET /me/calendars/c/calendarView?startDateTime="), "{next}");
    assert!(next.ends_with("&$skiptoken=a/b="), "{next}");
}

#[test]
fn an_address_without_token_is_a_bad_answer_and_no_endless_list() {
    let host = host();
    host.answer_json(200, json!({"value": [], "@odata.nextLink": VIEW}));
    let input = json!({"calendar": "c", "start": "2026-11-01T00:00:00Z"});
    let error = host.call("calendar.list_events", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadAnswer);
}

#[test]
fn a_cursor_of_somebody_elses_making_is_lost() {
    let host = host();
    for cursor in
        ["", "x", "$filter=subject eq 'x'", "https://evil.example/?$skiptoken=1", "$skip=-1"]
    {
        for field in ["page", "sync"] {
            let input = json!({"calendar": "c", field: cursor});
            let error = host.call("calendar.list_events", input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::CursorLost, "{cursor}");
            assert_eq!(error.field.as_deref(), Some(field));
        }
    }
    assert!(host.requests().is_empty());
}

#[test]
fn a_broken_item_becomes_a_warning_and_the_others_stay() {
    let host = host();
    host.answer_json(
        200,
        json!({"value": [
            event("good"),
            changed("simple_event", json!({"id": "startless", "start": null})),
            far("far", "+262142-12-31T00:00:00"),
            far("last", "9999-12-31T00:00:00"),
            far("ancient", "0000-12-31T00:00:00"),
            changed("simple_event", json!({"id": "impossible", "end": utc("2026-02-30T10:00:00")})),
            7,
            {"subject": "no id"},
        ]}),
    );
    let input = json!({"calendar": "c", "start": "2026-11-01T00:00:00Z"});
    let page = host.call("calendar.list_events", input).unwrap();
    assert_eq!(page["events"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        page["warnings"],
        json!([
            "event startless was sent broken: `start` is missing",
            "event far was sent broken: `start` cannot be understood",
            "event ancient was sent broken: `start` cannot be understood",
            "event impossible was sent broken: `end` cannot be understood",
            "an event without id was sent broken: `item` cannot be understood",
            "an event without id was sent broken: `id` is missing",
        ])
    );
}

#[test]
fn half_a_window_is_a_year_and_a_day_long() {
    let host = host();
    for (side, line) in [
        ("start", "startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-11-02T00:00:00Z"),
        ("end", "startDateTime=2025-10-31T00:00:00Z&endDateTime=2026-11-01T00:00:00Z"),
    ] {
        host.answer_json(200, json!({"value": []}));
        let input = json!({"calendar": "c", side: "2026-11-01T00:00:00Z"});
        host.call("calendar.list_events", input).unwrap();
        let asked = lines(&host).remove(0);
        assert!(asked.contains(line), "{asked}");
    }
}

#[test]
fn an_empty_window_is_blamed_on_its_end() {
    let host = host();
    let input =
        json!({"calendar": "c", "start": "2026-11-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"});
    let error = host.call("calendar.list_events", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("end"));
    assert!(host.requests().is_empty());
}

#[test]
fn a_page_is_never_larger_than_graph_allows() {
    let host = host();
    for (limit, sent) in
        [(json!(0), 1), (json!(1), 1), (json!(1_000_000), 1000), (json!(null), 250)]
    {
        host.answer_json(200, json!({"value": []}));
        let input = json!({"calendar": "c", "start": "2026-11-01T00:00:00Z", "limit": limit});
        let page = host.call("calendar.list_events", input).unwrap();
        assert_eq!(page, json!({"events": [], "warnings": []}));
        assert!(line(&only_request(&host)).ends_with(&format!("&$top={sent}")));
    }
}

#[test]
fn without_window_changes_are_listed_around_the_day_that_microsoft_tells() {
    let host = host();
    host.answer(today());
    let link = format!("{VIEW}/delta?%24skiptoken=R0us");
    host.answer_json(200, json!({"value": [event("1")], "@odata.nextLink": link}));
    let delta = format!("{VIEW}/delta?$deltatoken=R0us%2Bmc");
    host.answer_json(200, json!({"value": [event("2")], "@odata.deltaLink": delta}));
    let first =
        host.call("calendar.list_events", json!({"calendar": "primary", "limit": 20})).unwrap();
    assert_eq!(first["next_page"], "$skiptoken=R0us");
    assert_eq!(first.get("next_sync"), None);
    let input = json!({"calendar": "primary", "limit": 20, "page": "$skiptoken=R0us"});
    let last = host.call("calendar.list_events", input).unwrap();
    assert_eq!(last.get("next_page"), None);
    assert_eq!(last["next_sync"], "$deltatoken=R0us+mc");

    let requests = host.requests();
    let prefer = header(&requests[1], "prefer").unwrap();
    assert!(prefer.ends_with(", odata.maxpagesize=20"), "{prefer}");
    assert_eq!(
        requests.iter().map(line).collect::<Vec<_>>(),
        [
            "GET /me/calendar?$select=id",
            "GET /me/calendar/calendarView/delta?startDateTime=2026-10-26T00:00:00Z\
             &endDateTime=2027-11-26T00:00:00Z",
            "GET /me/calendar/calendarView/delta?$skiptoken=R0us",
        ]
    );
}

#[test]
fn a_vendor_that_does_not_tell_the_day_cannot_be_asked_for_changes() {
    let host = host();
    host.answer_json(200, json!({"id": "AAMk="}));
    let error = host.call("calendar.list_events", json!({"calendar": "c"})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadAnswer);
    assert!(error.message.contains("start and end"), "{}", error.message);
    host.answer_json(401, refusal("InvalidAuthenticationToken"));
    let error = host.call("calendar.list_events", json!({"calendar": "c"})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
}

#[test]
fn changes_since_a_cursor_tell_removed_events_by_their_ids() {
    let host = host();
    let removed = json!({"@removed": {"reason": "deleted"}, "id": "gone"});
    let link = format!("{VIEW}/delta?$deltatoken=next");
    host.answer_json(200, json!({"value": [event("1"), removed], "@odata.deltaLink": link}));
    let input = json!({"calendar": "primary", "sync": "$deltatoken=a/b=="});
    let page = host.call("calendar.list_events", input).unwrap();
    let asked = "GET /me/calendar/calendarView/delta?$deltatoken=a/b==";
    assert_eq!(line(&only_request(&host)), asked);
    assert_eq!(page["next_sync"], "$deltatoken=next");
    assert_eq!(page["warnings"], json!([]));
    let gone = &page["events"][1];
    assert_eq!((&gone["id"], &gone["status"]), (&json!("gone"), &json!("cancelled")));
    assert_eq!(gone["start"]["date_time"], "1970-01-01T00:00:00Z");
}

#[test]
fn a_cursor_does_not_go_with_a_window() {
    let host = host();
    let input = json!({"calendar": "c", "sync": "$deltatoken=x", "end": "2026-11-01T00:00:00Z"});
    let error = host.call("calendar.list_events", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("sync"));
    assert!(host.requests().is_empty());
}

#[test]
fn a_cursor_that_graph_no_longer_takes_is_lost_whatever_the_body_says() {
    let host = host();
    for (field, cursor) in [("sync", "$deltatoken=x"), ("page", "$skiptoken=x")] {
        for (status, body) in [
            (410, refusal("SyncStateNotFound")),
            (410, refusal("resyncRequired")),
            (410, json!({})),
            (400, refusal("SyncStateInvalid")),
            (400, refusal("ErrorInvalidUrlQuery")),
        ] {
            host.answer_json(status, body);
            let input = json!({"calendar": "c", field: cursor});
            let error = host.call("calendar.list_events", input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::CursorLost, "{status}");
            assert_eq!(error.field.as_deref(), Some(field));
        }
    }
    host.answer_json(503, json!({}));
    let input = json!({"calendar": "c", "sync": "$deltatoken=x"});
    let error = host.call("calendar.list_events", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[test]
fn json_that_is_no_list_is_a_bad_answer() {
    let host = host();
    for nonsense in [json!({}), json!([]), json!({"value": null}), json!({"error": "s3cret"})] {
        host.answer_json(200, nonsense);
        let input = json!({"calendar": "c", "start": "2026-11-01T00:00:00Z"});
        let error = host.call("calendar.list_events", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
}
