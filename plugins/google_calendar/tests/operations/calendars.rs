use mortise_plugin_api::{ErrorKind, json};

use crate::support::{error_body, fixture, host, line, only_request};

#[test]
fn calendars_come_with_the_users_names_and_rights() {
    let host = host();
    host.answer_json(200, fixture("calendar_list"));
    let page = host.call("calendar.list_calendars", json!({"page": "first"})).unwrap();
    assert_eq!(
        line(&only_request(&host)),
        "GET /users/me/calendarList?maxResults=250&pageToken=first"
    );
    assert_eq!(page["next_page"], "more");
    let calendars = page["calendars"].as_array().unwrap();
    assert_eq!(
        calendars[0],
        json!({
            "id": "ann@example.org",
            "name": "Ann 🗓",
            "time_zone": "Europe/Berlin",
            "primary": true,
            "writable": true,
            "counts_as_busy": true,
        })
    );
    let rights: Vec<_> = calendars
        .iter()
        .map(|calendar| {
            let flag = |name: &str| calendar[name].as_bool().unwrap();
            (calendar["name"].as_str().unwrap(), flag("writable"), flag("counts_as_busy"))
        })
        .collect();
    assert_eq!(
        rights,
        [
            ("Ann 🗓", true, true),
            ("Team", true, true),
            ("Boss", true, false),
            ("Old", true, false),
            ("Dead", false, false),
            ("Holidays in Germany", false, false),
            ("busy@example.org", false, false),
        ]
    );
}

#[test]
fn the_last_page_has_no_next_one() {
    let host = host();
    host.answer_json(200, json!({"items": [], "nextPageToken": "", "nextSyncToken": "s"}));
    let page = host.call("calendar.list_calendars", json!({})).unwrap();
    assert_eq!(page, json!({"calendars": []}));
    assert_eq!(line(&only_request(&host)), "GET /users/me/calendarList?maxResults=250");
}

#[test]
fn the_route_answers_items_and_a_cursor_and_tells_of_broken_entries() {
    let host = host();
    host.answer_json(200, fixture("calendar_list"));
    host.answer_json(200, json!({"items": []}));
    let first = host.call("google_calendar.calendars", json!({})).unwrap();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(7));
    assert_eq!(first["next_cursor"], "more");
    assert_eq!(first["warnings"], json!(["calendar 8 of the page was sent broken"]));
    assert_eq!(line(&only_request(&host)), "GET /users/me/calendarList?maxResults=250");

    let next = json!({"query": {"cursor": "more"}});
    let last = host.call("google_calendar.calendars", next).unwrap();
    assert_eq!(last, json!({"items": [], "warnings": []}));
    assert_eq!(
        line(&only_request(&host)),
        "GET /users/me/calendarList?maxResults=250&pageToken=more"
    );
}

#[test]
fn a_cursor_that_google_does_not_know_is_lost() {
    let host = host();
    host.answer_json(400, error_body("invalid_page_token"));
    let request = json!({"query": {"cursor": "made up"}});
    let error = host.call("google_calendar.calendars", request).unwrap_err();
    assert_eq!(error.kind, ErrorKind::CursorLost);
}

#[test]
fn the_account_is_its_primary_calendar() {
    let host = host();
    host.answer_json(200, fixture("calendar_list")["items"][0].clone());
    let account = host.call("identify", json!(null)).unwrap();
    assert_eq!(line(&only_request(&host)), "GET /users/me/calendarList/primary");
    assert_eq!(
        account,
        json!({
            "id": "ann@example.org",
            "name": "Ann 🗓",
            "email": "ann@example.org",
            "calendar_id": "ann@example.org",
            "extra": {"time_zone": "Europe/Berlin"},
        })
    );
}

#[test]
fn an_account_whose_calendars_may_not_be_read_can_still_be_written_to() {
    let host = host();
    host.answer_json(403, error_body("insufficient_permissions"));
    let account = host.call("identify", json!(null)).unwrap();
    assert_eq!(account, json!({"calendar_id": "primary"}));
}

#[test]
fn an_account_that_cannot_be_asked_for_now_is_not_guessed() {
    let host = host();
    host.answer_json(403, error_body("rate_limit"));
    assert_eq!(host.call("identify", json!(null)).unwrap_err().kind, ErrorKind::RateLimited);
}

#[test]
fn operations_that_the_manifest_does_not_name_are_not_there() {
    let host = host();
    for operation in ["calendar.move_event", "google_calendar.colors", "crm.list_contacts"] {
        let error = host.call(operation, json!({})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotSupported, "{operation}");
    }
    assert!(host.requests().is_empty());
}
