use mortise_plugin_api::{ErrorKind, Result, Value, json, testing::ScriptedHost};

use crate::support::{body, host, line, lines, refusal, utc, waves, with};

fn ask(host: &ScriptedHost, calendars: &[&str]) -> Result<Value> {
    let input = json!({
        "calendars": calendars,
        "start": "2026-12-01T00:00:00Z",
        "end": "2026-12-02T00:00:00Z",
    });
    host.call("calendar.free_busy", input)
}

fn item(status: &str, start: &str, end: &str) -> Value {
    json!({"status": status, "start": utc(start), "end": utc(end), "subject": "Secret"})
}

fn event(start: &str, end: &str, more: Value) -> Value {
    with(json!({"start": utc(start), "end": utc(end), "showAs": "busy"}), more)
}

fn block(start: &str, end: &str) -> Value {
    json!({"start": format!("2026-12-01T{start}:00Z"), "end": format!("2026-12-01T{end}:00Z")})
}

fn calendar(id: &str, busy: Value) -> Value {
    json!({"calendar": id, "busy": busy})
}

#[test]
fn mail_addresses_are_asked_for_at_once_and_come_in_the_order_asked() {
    let host = host();
    host.answer_json(
        200,
        json!({"value": [
            {"scheduleId": "Zoe@example.org", "availabilityView": "0", "scheduleItems": [
                item("busy", "2026-12-01T12:00:00", "2026-12-01T13:00:00"),
                item("tentative", "2026-12-01T09:00:00", "2026-12-01T10:00:00"),
                item("oof", "2026-12-01T14:00:00", "2026-12-01T15:00:00"),
                item("free", "2026-12-01T16:00:00", "2026-12-01T17:00:00"),
                item("workingElsewhere", "2026-12-01T17:00:00", "2026-12-01T18:00:00"),
            ]},
            {"scheduleId": "ann@example.org", "scheduleItems": []},
        ]}),
    );
    let answer = ask(&host, &["zoe@example.org", "ann@example.org"]).unwrap();
    let busy = json!([block("09:00", "10:00"), block("12:00", "13:00"), block("14:00", "15:00")]);
    let zoe = calendar("zoe@example.org", busy);
    assert_eq!(answer, json!({"calendars": [zoe, calendar("ann@example.org", json!([]))]}));

    let requests = host.requests();
    assert_eq!(line(&requests[0]), "POST /me/calendar/getSchedule");
    assert_eq!(
        body(&requests[0]),
        json!({
            "Schedules": ["ann@example.org", "zoe@example.org"],
            "StartTime": {"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"},
            "EndTime": {"dateTime": "2026-12-02T00:00:00", "timeZone": "UTC"},
            "AvailabilityViewInterval": 30,
        })
    );
}

#[test]
fn many_addresses_and_a_long_window_are_split_and_joined() {
    let addresses: Vec<String> = (0..25).map(|n| format!("p{n:02}@example.org")).collect();
    let asked: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let host = host();
    // An event over the seam of two windows is in both.
    let seam = item("busy", "2027-01-10T23:00:00", "2027-01-11T01:00:00");
    for chunk in asked.chunks(20) {
        for _ in 0..3 {
            let entries: Vec<_> =
                chunk.iter().map(|id| json!({"scheduleId": id, "scheduleItems": [seam]})).collect();
            host.answer_json(200, json!({"value": entries}));
        }
    }
    let input = json!({
        "calendars": asked, "start": "2026-12-01T00:00:00Z", "end": "2027-03-01T00:00:00Z",
    });
    let answer = host.call("calendar.free_busy", input).unwrap();
    assert_eq!(host.unused_answers(), 0);
    for calendar in answer["calendars"].as_array().unwrap() {
        assert_eq!(
            calendar["busy"],
            json!([{"start": "2027-01-10T23:00:00Z", "end": "2027-01-11T01:00:00Z"}])
        );
    }
    let questions: Vec<_> = host
        .requests()
        .iter()
        .map(|request| {
            let body = body(request);
            let day = |name: &str| body[name]["dateTime"].as_str().unwrap()[..10].to_owned();
            (body["Schedules"].as_array().unwrap().len(), day("StartTime"), day("EndTime"))
        })
        .collect();
    let days = ["2026-12-01", "2027-01-11", "2027-02-21", "2027-03-01"].map(str::to_owned);
    let expected: Vec<_> = [20, 5]
        .into_iter()
        .flat_map(|n| days.windows(2).map(move |d| (n, d[0].clone(), d[1].clone())))
        .collect();
    assert_eq!(questions, expected);
}

#[test]
fn a_short_window_is_asked_for_as_an_hour_and_nothing_beyond_it_is_told() {
    let host = host();
    let items = [
        item("busy", "2026-12-01T10:10:00", "2026-12-01T10:20:00"),
        item("busy", "2026-12-01T10:30:00", "2026-12-01T10:40:00"),
    ];
    host.answer_json(200, json!({"value": [{"scheduleId": "a@x.org", "scheduleItems": items}]}));
    let input = json!({
        "calendars": ["a@x.org"], "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:15:00Z",
    });
    let answer = host.call("calendar.free_busy", input).unwrap();
    assert_eq!(answer["calendars"][0]["busy"], json!([block("10:10", "10:20")]));
    assert_eq!(body(&host.requests()[0])["EndTime"]["dateTime"], "2026-12-01T11:00:00");
}

#[test]
fn an_address_that_microsoft_cannot_answer_for_says_why() {
    let host = host();
    let failed = |id: &str, code: Value| json!({"scheduleId": id, "error": {"responseCode": code, "message": "s3cret"}});
    host.answer_json(
        200,
        json!({"value": [
            failed("a@x.org", json!("ErrorMailRecipientNotFound")),
            failed("b@x.org", json!("ErrorFullMoon")),
            failed("c@x.org", json!(null)),
            {"scheduleId": "d@x.org", "scheduleItems": 7},
            {"scheduleId": "e@x.org", "scheduleItems": [item("busy", "soon", "later")]},
        ]}),
    );
    let asked = ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org", "f@x.org"];
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
            "Microsoft has no such address, or the account may not see its calendar",
            "Microsoft could not look into this calendar (ErrorFullMoon)",
            "Microsoft could not look into this calendar",
            "Microsoft's answer for this calendar is broken",
            "Microsoft's answer for this calendar is broken",
            "Microsoft gave no answer for this calendar",
        ]
    );
}

#[test]
fn other_ids_are_calendars_whose_events_are_read_to_the_last_page() {
    let host = host();
    let link = "https://graph.microsoft.com/v1.0/me/calendars/c/calendarView?%24skip=500";
    let away = json!({"responseStatus": {"response": "declined"}});
    host.answer_json(
        200,
        json!({"@odata.nextLink": link, "value": [
            event("2026-12-01T09:00:00", "2026-12-01T10:00:00", json!({})),
            event("2026-12-01T10:00:00", "2026-12-01T11:00:00", json!({"showAs": "free"})),
            event("2026-12-01T11:00:00", "2026-12-01T12:00:00", json!({"isCancelled": true})),
            event("2026-12-01T12:00:00", "2026-12-01T13:00:00", away),
        ]}),
    );
    host.answer_json(
        200,
        json!({"value": [
            event("2026-12-01T14:00:00", "2026-12-01T15:00:00", json!({"showAs": "oof"})),
        ]}),
    );
    let answer = ask(&host, &["c"]).unwrap();
    let busy = json!([block("09:00", "10:00"), block("14:00", "15:00")]);
    assert_eq!(answer, json!({"calendars": [calendar("c", busy)]}));
    let line = "GET /me/calendars/c/calendarView?startDateTime=2026-12-01T00:00:00Z\
                &endDateTime=2026-12-02T00:00:00Z&$select=start,end,isAllDay,isCancelled,\
                originalStartTimeZone,originalEndTimeZone,responseStatus,showAs&$top=500";
    assert_eq!(lines(&host), [line.to_owned(), format!("{line}&$skip=500")]);
}

#[test]
fn an_all_day_event_takes_the_day_of_the_zone_in_which_it_was_made() {
    let host = host();
    let zone = "W. Europe Standard Time";
    let day = json!({
        "isAllDay": true, "originalStartTimeZone": zone, "originalEndTimeZone": zone,
    });
    let event = event("2026-12-01T00:00:00", "2026-12-02T00:00:00", day);
    host.answer_json(200, json!({"value": [event]}));
    assert_eq!(
        ask(&host, &["primary"]).unwrap()["calendars"][0]["busy"],
        json!([{"start": "2026-11-30T23:00:00Z", "end": "2026-12-01T23:00:00Z"}])
    );
}

#[test]
fn a_calendar_that_is_not_there_or_is_broken_does_not_spoil_the_others() {
    let host = host();
    let good = event("2026-12-01T09:00:00", "2026-12-01T10:00:00", json!({}));
    host.answer_json(200, json!({"value": [good, {"showAs": "busy"}]}));
    host.answer_json(404, refusal("ErrorItemNotFound"));
    host.answer_json(403, refusal("ErrorAccessDenied"));
    host.answer_json(403, refusal("ErrorOther"));
    let answer = ask(&host, &["a", "b", "c", "d"]).unwrap();
    let error = |at: usize| answer["calendars"][at]["error"].as_str().unwrap();
    assert_eq!(error(0), "Microsoft's answer for this calendar is broken");
    assert_eq!(answer["calendars"][0]["busy"], json!([block("09:00", "10:00")]));
    assert_eq!(error(1), "Microsoft has no such calendar, or the account may not see it");
    assert_eq!(error(2), "Microsoft does not let the account read this calendar");
    assert_eq!(error(3), "Microsoft does not let the account read this calendar");
}

#[test]
fn what_fails_altogether_fails_the_operation() {
    for (answers, kind) in [
        (vec![(403, "ErrorAccessDenied"), (403, "ErrorAccessDenied")], ErrorKind::MissingScope),
        (vec![(404, "ErrorItemNotFound"), (429, "ApplicationThrottled")], ErrorKind::RateLimited),
        (vec![(503, "ServiceUnavailable"), (404, "ErrorItemNotFound")], ErrorKind::Unavailable),
        (vec![(401, "InvalidAuthenticationToken"), (404, "x")], ErrorKind::Unauthorized),
    ] {
        let host = host();
        for (status, code) in answers {
            host.answer_json(status, refusal(code));
        }
        assert_eq!(ask(&host, &["a", "b"]).unwrap_err().kind, kind);
    }
    let host = host();
    host.answer_json(503, refusal("ServiceUnavailable"));
    assert_eq!(ask(&host, &["a@x.org"]).unwrap_err().kind, ErrorKind::Unavailable);
}

#[test]
fn a_personal_account_answers_for_itself_alone() {
    for status in [400, 403, 404, 501] {
        let host = host();
        host.answer_json(status, refusal("ErrorAccessDenied"));
        host.answer_json(200, json!({"id": "c", "owner": {"address": "Zoe@outlook.example"}}));
        let taken = event("2026-12-01T09:00:00", "2026-12-01T10:00:00", json!({}));
        host.answer_json(200, json!({"value": [taken]}));
        let answer = ask(&host, &["zoe@outlook.example", "ann@example.org"]).unwrap();
        let zoe = calendar("zoe@outlook.example", json!([block("09:00", "10:00")]));
        assert_eq!(answer["calendars"][0], zoe);
        let error = answer["calendars"][1]["error"].as_str().unwrap();
        assert!(error.contains("work and school accounts"), "{error}");
        assert_eq!(answer["calendars"][1]["busy"], json!([]));
        let lines = lines(&host);
        assert_eq!(lines[1], "GET /me/calendar?$select=id,owner");
        assert!(lines[2].starts_with("GET /me/calendar/calendarView?"), "{}", lines[2]);
    }
}

#[test]
fn an_account_without_the_scope_is_not_taken_for_a_personal_one() {
    let host = host();
    host.answer_json(403, refusal("ErrorAccessDenied"));
    host.answer_json(403, refusal("ErrorAccessDenied"));
    assert_eq!(ask(&host, &["zoe@example.org"]).unwrap_err().kind, ErrorKind::MissingScope);
}

#[test]
fn no_more_than_four_requests_are_under_way_at_once() {
    let ids: Vec<String> = (0..9).map(|n| format!("c{n}")).collect();
    let input = json!({
        "calendars": ids, "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z",
    });
    let waves = waves("calendar.free_busy", &input, |_| json!({"value": []}));
    assert_eq!(waves, [4, 4, 1]);
}

#[test]
fn nobody_is_asked_about_no_calendars_or_no_time() {
    let host = host();
    assert_eq!(ask(&host, &[]).unwrap(), json!({"calendars": []}));
    let input = json!({
        "calendars": ["c"], "start": "2026-12-01T00:00:00Z", "end": "2026-12-01T00:00:00Z",
    });
    let error = host.call("calendar.free_busy", input).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("end"));
    assert!(host.requests().is_empty());
}

#[test]
fn a_refused_question_spoils_only_its_own_addresses() {
    let addresses: Vec<String> = (0..21).map(|n| format!("P{n:02}@example.org")).collect();
    let asked: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let taken = item("busy", "2026-12-01T12:00:00", "2026-12-01T13:00:00");
    let entries: Vec<_> =
        asked[..20].iter().map(|id| json!({"scheduleId": id, "scheduleItems": [taken]})).collect();
    let host = host();
    host.answer_json(200, json!({"value": entries}));
    host.answer_json(400, refusal("ErrorInvalidRequest"));
    let answer = ask(&host, &asked).unwrap();
    assert_eq!(lines(&host), ["POST /me/calendar/getSchedule"; 2]);
    let (good, refused) = answer["calendars"].as_array().unwrap().split_at(20);
    for entry in good {
        assert_eq!(entry.get("error"), None);
        assert_eq!(entry["busy"], json!([block("12:00", "13:00")]));
    }
    assert_eq!(refused[0]["error"], "Microsoft refused to look into this calendar");
    assert_eq!(refused[0]["busy"], json!([]));
}

#[test]
fn a_merged_view_alone_becomes_blocks_of_half_hours() {
    let host = host();
    let seen = |id: &str, view: &str, items: Value| json!({"scheduleId": id, "availabilityView": view, "scheduleItems": items});
    let free = item("free", "2026-12-01T10:00:00", "2026-12-01T12:00:00");
    host.answer_json(
        200,
        json!({"value": [
            seen("a@x.org", "0123", json!([])),
            seen("b@x.org", "2042?2", json!(null)),
            seen("c@x.org", "2222", json!([free])),
        ]}),
    );
    let input = json!({
        "calendars": ["a@x.org", "b@x.org", "c@x.org"],
        "start": "2026-12-01T10:10:00Z", "end": "2026-12-01T12:10:00Z",
    });
    let answer = host.call("calendar.free_busy", input).unwrap();
    let busy = |at: usize| answer["calendars"][at]["busy"].clone();
    assert_eq!(busy(0), json!([block("10:40", "12:10")]));
    assert_eq!(busy(1), json!([block("10:10", "10:40"), block("11:40", "12:10")]));
    assert_eq!(busy(2), json!([]), "the events say more than the view");
}

#[test]
fn a_window_at_the_end_of_time_is_asked_for_without_a_panic() {
    let host = host();
    host.answer_json(
        200,
        json!({"value": [
            {"scheduleId": "a@x.org", "availabilityView": "22", "scheduleItems": []},
        ]}),
    );
    let input = json!({
        "calendars": ["a@x.org"],
        "start": "+262142-12-31T23:00:00Z", "end": "+262142-12-31T23:30:00Z",
    });
    let answer = host.call("calendar.free_busy", input).unwrap();
    assert_eq!(answer["calendars"][0]["busy"].as_array().unwrap().len(), 1);
}
