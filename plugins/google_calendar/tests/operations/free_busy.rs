use mortise_plugin_api::{
    ErrorKind, Map, Value, json,
    testing::{ScriptedHost, json_answer},
};

use crate::support::{body, error_body, host, line, only_request};

fn ask(host: &ScriptedHost, calendars: &[&str]) -> mortise_plugin_api::Result<Value> {
    let input = json!({
        "calendars": calendars,
        "start": "2026-12-01T00:00:00Z",
        "end": "2026-12-02T00:00:00Z",
    });
    host.call("calendar.free_busy", input)
}

/// An answer in which every calendar is busy at the minute of its number.
fn busy_at_own_minute(ids: &[Value]) -> Value {
    let calendars: Map<String, Value> = ids
        .iter()
        .filter_map(|item| item["id"].as_str())
        .map(|id| {
            let minute: u32 = id.trim_start_matches('c').parse().unwrap_or_default();
            let at = |minute: u32| format!("2026-12-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
            let busy = json!({"busy": [{"start": at(minute), "end": at(minute + 1)}]});
            (id.to_owned(), busy)
        })
        .collect();
    json!({"kind": "calendar#freeBusy", "calendars": calendars})
}

#[test]
fn busy_time_comes_with_each_calendar_in_the_order_asked() {
    let host = host();
    host.answer_json(
        200,
        json!({
            "kind": "calendar#freeBusy",
            "timeMin": "2026-12-01T00:00:00.000Z",
            "timeMax": "2026-12-02T00:00:00.000Z",
            "calendars": {
                "ann@example.org": {"busy": []},
                "zoe@example.org": {"busy": [
                    {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"},
                    {"start": "2026-12-01T12:00:00+01:00", "end": "2026-12-01T13:00:00+01:00"},
                ]},
            },
        }),
    );
    let answer = ask(&host, &["zoe@example.org", "ann@example.org", "zoe@example.org"]).unwrap();
    let zoe = json!({"calendar": "zoe@example.org", "busy": [
        {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"},
        {"start": "2026-12-01T11:00:00Z", "end": "2026-12-01T12:00:00Z"},
    ]});
    let ann = json!({"calendar": "ann@example.org", "busy": []});
    assert_eq!(answer, json!({"calendars": [zoe, ann, zoe]}));

    let request = only_request(&host);
    assert_eq!(line(&request), "POST /freeBusy");
    assert_eq!(
        body(&request),
        json!({
            "timeMin": "2026-12-01T00:00:00Z",
            "timeMax": "2026-12-02T00:00:00Z",
            "calendarExpansionMax": 50,
            "items": [{"id": "ann@example.org"}, {"id": "zoe@example.org"}],
        })
    );
}

#[test]
fn a_hundred_and_twenty_calendars_are_three_questions_at_once() {
    let mut ids: Vec<String> = (0..120).map(|number| format!("c{number:03}")).collect();
    let host = host();
    for chunk in ids.chunks(50) {
        let items: Vec<Value> = chunk.iter().map(|id| json!({"id": id})).collect();
        host.answer_json(200, busy_at_own_minute(&items));
    }
    ids.reverse();
    let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    let answer = ask(&host, &asked).unwrap();

    let sizes: Vec<_> = host
        .requests()
        .iter()
        .map(|request| body(request)["items"].as_array().map(Vec::len))
        .collect();
    assert_eq!(sizes, [Some(50), Some(50), Some(20)]);
    let calendars = answer["calendars"].as_array().unwrap();
    assert_eq!(calendars.len(), 120);
    for (calendar, id) in calendars.iter().zip(&asked) {
        let expected = busy_at_own_minute(&[json!({"id": id})])["calendars"][id]["busy"].clone();
        assert_eq!((&calendar["calendar"], &calendar["busy"]), (&json!(id), &expected));
        assert_eq!(calendar.get("error"), None);
    }
}

#[test]
fn a_calendar_that_google_cannot_answer_for_says_why() {
    let host = host();
    let failed = |reason: &str| json!({"errors": [{"domain": "global", "reason": reason}]});
    host.answer_json(
        200,
        json!({"calendars": {
            "unknown": failed("notFound"),
            "sick": failed("internalError"),
            "new": failed("fullMoon"),
            "broken": {"busy": [{"start": "2026-12-01T09:00:00Z"}]},
            "typed": 7,
            "partly": {
                "busy": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}],
                "errors": [{"domain": "global", "reason": "internalError"}],
            },
        }}),
    );
    let asked = ["unknown", "sick", "new", "broken", "typed", "partly", "absent"];
    let answer = ask(&host, &asked).unwrap();
    let errors: Vec<_> = answer["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .map(|calendar| calendar["error"].as_str().unwrap())
        .collect();
    assert_eq!(
        errors,
        [
            "Google has no such calendar, or the account may not see it",
            "Google had a fault of its own with this calendar",
            "Google could not look into this calendar (fullMoon)",
            "Google's answer for this calendar is broken",
            "Google's answer for this calendar is broken",
            "Google had a fault of its own with this calendar",
            "Google gave no answer for this calendar",
        ]
    );
    assert_eq!(answer["calendars"][5]["busy"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_id_that_google_spells_in_small_letters_is_the_same_calendar() {
    let host = host();
    host.answer_json(200, json!({"calendars": {"ann@example.org": {"busy": []}}}));
    let answer = ask(&host, &["Ann@Example.org"]).unwrap();
    assert_eq!(answer, json!({"calendars": [{"calendar": "Ann@Example.org", "busy": []}]}));
}

#[test]
fn nobody_is_asked_about_no_calendars() {
    let host = host();
    assert_eq!(ask(&host, &[]).unwrap(), json!({"calendars": []}));
    assert!(host.requests().is_empty());
}

#[test]
fn a_question_that_fails_altogether_fails_the_operation() {
    let ids: Vec<String> = (0..60).map(|number| format!("c{number:03}")).collect();
    let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    let host = host();
    host.answer(json_answer(200, &json!({"calendars": {}})));
    host.answer_json(403, error_body("user_rate_limit"));
    assert_eq!(ask(&host, &asked).unwrap_err().kind, ErrorKind::RateLimited);
    assert_eq!(host.unused_answers(), 0);
}

#[test]
fn a_window_that_google_finds_too_long_is_blamed_on_its_end() {
    let host = host();
    host.answer_json(400, error_body("time_range_too_long"));
    let error = ask(&host, &["c"]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("end"));
}
