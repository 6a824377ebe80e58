//! Occurrences in a list of changes, of which Graph tells no more than ids and times.

use mortise_plugin_api::{ErrorKind, Result, Value, json, testing::ScriptedHost};

use crate::support::{changed, fixture, header, host, line, lines, refusal, utc, waves, with};

const SYNC: &str = "$deltatoken=a";

fn changes(items: Value) -> Value {
    let link = "https://graph.microsoft.com/v1.0/me/calendar/calendarView/delta?$deltatoken=n";
    json!({"value": items, "@odata.deltaLink": link})
}

fn ask(host: &ScriptedHost) -> Result<Value> {
    host.call("calendar.list_events", json!({"calendar": "primary", "sync": SYNC}))
}

fn bare(id: &str, series: &str, day: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.event", "@odata.etag": "W/\"o\"",
        "id": id, "seriesMasterId": series, "type": "occurrence",
        "start": utc(&format!("{day}T09:00:00")), "end": utc(&format!("{day}T10:00:00")),
    })
}

fn series(id: &str, more: Value) -> Value {
    let daily = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "noEnd", "startDate": "2026-12-01"},
    });
    let fields = json!({"id": id, "type": "seriesMaster", "recurrence": daily});
    with(changed("event", fields), more)
}

#[test]
fn an_occurrence_has_its_own_times_and_the_rest_of_its_series() {
    let host = host();
    let (one, two) = (bare("o1", "m", "2026-12-03"), bare("o2", "m", "2026-12-04"));
    let single = fixture("simple_event");
    host.answer_json(200, changes(json!([one, single, two])));
    host.answer_json(200, series("m", json!({})));
    let page = ask(&host).unwrap();
    assert_eq!(page["warnings"], json!([]));
    let events = page["events"].as_array().unwrap();
    assert_eq!(events.iter().map(|event| &event["id"]).collect::<Vec<_>>(), ["o1", "simple", "o2"]);
    let first = &events[0];
    assert_eq!(first["title"], "Check-up");
    assert_eq!(first["location"], "Room 4");
    assert_eq!(first["series_id"], "m");
    assert_eq!(first["recurrence"], json!([]));
    assert_eq!(first["etag"], "W/\"o\"");
    assert_eq!(first["start"]["date_time"], "2026-12-03T10:00:00+01:00");
    assert_eq!(first["end"]["date_time"], "2026-12-03T11:00:00+01:00");
    assert_eq!(first["extra"]["type"], "occurrence");
    for name in ["transactionId", "iCalUId", "changeKey"] {
        assert_eq!(first["extra"].get(name), None, "{name}");
    }
    assert_eq!(events[1]["title"], "Plain");

    let requests = host.requests();
    assert_eq!(requests.len(), 2, "once for each series");
    assert_eq!(line(&requests[1]), "GET /me/calendar/events/m");
    assert!(header(&requests[1], "prefer").unwrap().contains("outlook.timezone=\"UTC\""));
}

#[test]
fn occurrences_of_whole_days_stay_whole_days() {
    let host = host();
    let day = json!({"start": utc("2026-12-05T00:00:00"), "end": utc("2026-12-06T00:00:00")});
    host.answer_json(200, changes(json!([with(bare("o", "m", "2026-12-05"), day.clone())])));
    host.answer_json(200, series("m", with(day, json!({"isAllDay": true}))));
    let page = ask(&host).unwrap();
    assert_eq!(page["events"][0]["start"], json!({"date": "2026-12-05"}));
    assert_eq!(page["events"][0]["end"], json!({"date": "2026-12-06"}));
}

#[test]
fn a_series_is_no_event_of_the_window_and_need_not_be_read_where_it_is_in_the_page() {
    let host = host();
    let removed = json!({"@removed": {"reason": "deleted"}, "id": "gone"});
    let exception =
        changed("simple_event", json!({"type": "exception", "seriesMasterId": "other"}));
    let items = [series("m", json!({})), bare("o", "m", "2026-12-03"), exception, removed];
    host.answer_json(200, changes(json!(items)));
    let page = ask(&host).unwrap();
    let ids: Vec<_> = page["events"].as_array().unwrap().iter().map(|e| e["id"].clone()).collect();
    assert_eq!(ids, ["o", "simple", "gone"]);
    assert_eq!(page["events"][0]["title"], "Check-up");
    assert_eq!(lines(&host).len(), 1);
}

#[test]
fn a_series_that_cannot_be_read_costs_its_occurrences_and_warns() {
    let host = host();
    let items = [bare("o", "m", "2026-12-03"), bare("p", "n", "2026-12-03")];
    host.answer_json(200, changes(json!(items)));
    host.answer_json(404, refusal("ErrorItemNotFound"));
    host.answer_json(200, series("n", json!({})));
    let page = ask(&host).unwrap();
    assert_eq!(page["events"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["events"][0]["id"], "p");
    assert_eq!(page["warnings"], json!(["event o is left out: its series could not be read"]));
    assert_eq!(page["next_sync"], "$deltatoken=n");
}

#[test]
fn a_series_that_cannot_be_read_just_now_leaves_the_cursor_where_it_is() {
    for (status, kind) in [
        (429, ErrorKind::RateLimited),
        (503, ErrorKind::Unavailable),
        (401, ErrorKind::Unauthorized),
    ] {
        let host = host();
        host.answer_json(200, changes(json!([bare("o", "m", "2026-12-03")])));
        host.answer_json(status, refusal("x"));
        assert_eq!(ask(&host).unwrap_err().kind, kind);
    }
}

#[test]
fn no_more_than_four_series_are_read_at_once() {
    let items: Vec<_> =
        (0..6).map(|n| bare(&format!("o{n}"), &format!("m{n}"), "2026-12-03")).collect();
    let input = json!({"calendar": "primary", "sync": SYNC});
    let waves = waves("calendar.list_events", &input, |wave| match wave {
        0 => changes(json!(items)),
        _ => series("m", json!({})),
    });
    assert_eq!(waves, [1, 4, 2]);
}
