use mortise_plugin_api::{ErrorKind, json};

use crate::support::{host, line, only_request};

const FIRST: &str = "GET /me/calendars?$select=id,name,isDefaultCalendar,canEdit,canShare&$top=250";

fn calendars() -> mortise_plugin_api::Value {
    json!({
        "@odata.nextLink": "https://graph.microsoft.com/v1.0/me/calendars?%24top=250&%24skip=250",
        "value": [
            {
                "id": "AAMk=", "name": "Calendar 🗓", "isDefaultCalendar": true, "canEdit": true,
                "canShare": true,
            },
            {"id": "team", "name": "Team", "canEdit": true, "canShare": true},
            {"id": "boss", "name": "Boss", "canEdit": true, "canShare": false},
            {"id": "birthdays", "name": null, "canEdit": false, "canShare": false},
            {"name": "broken"},
        ],
    })
}

#[test]
fn calendars_come_with_the_users_names_and_rights() {
    let host = host();
    host.answer_json(200, calendars());
    let page = host.call("calendar.list_calendars", json!({})).unwrap();
    assert_eq!(line(&only_request(&host)), FIRST);
    assert_eq!(page["next_page"], "$skip=250");
    let calendars = page["calendars"].as_array().unwrap();
    assert_eq!(
        calendars[0],
        json!({
            "id": "AAMk=",
            "name": "Calendar 🗓",
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
            ("Calendar 🗓", true, true),
            ("Team", true, true),
            ("Boss", true, false),
            ("birthdays", false, false),
        ]
    );
}

#[test]
fn the_route_answers_items_and_a_cursor_and_tells_of_broken_entries() {
    let host = host();
    host.answer_json(200, calendars());
    host.answer_json(200, json!({"value": []}));
    let first = host.call("outlook.calendars", json!({})).unwrap();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(4));
    assert_eq!(first["next_cursor"], "$skip=250");
    assert_eq!(first["warnings"], json!(["calendar 5 of the page was sent broken"]));
    assert_eq!(line(&only_request(&host)), FIRST);

    let next = json!({"query": {"cursor": "$skip=250"}});
    let last = host.call("outlook.calendars", next).unwrap();
    assert_eq!(last, json!({"items": [], "warnings": []}));
    assert_eq!(line(&only_request(&host)), format!("{FIRST}&$skip=250"));
}

#[test]
fn a_cursor_that_is_none_is_lost() {
    let host = host();
    let request = json!({"query": {"cursor": "made up"}});
    let error = host.call("outlook.calendars", request).unwrap_err();
    assert_eq!(error.kind, ErrorKind::CursorLost);
    assert!(host.requests().is_empty());
}

#[test]
fn json_that_is_no_list_is_a_bad_answer() {
    let host = host();
    for nonsense in [json!({}), json!([]), json!({"value": null})] {
        host.answer_json(200, nonsense);
        let error = host.call("calendar.list_calendars", json!({})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
    }
}
