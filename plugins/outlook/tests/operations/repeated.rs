//! Creations that are repeated, and events of which only the creation's key is known.

use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{
    KEY, changed, create, draft, fixture, host, line, lines, only_request, refusal,
};

const NEWEST: &str = "GET /me/calendar/events?$orderby=createdDateTime desc\
                      &$select=id,transactionId,seriesMasterId&$top=250";
const AROUND: &str = "GET /me/calendar/calendarView?startDateTime=2026-11-30T09:00:00Z\
                      &endDateTime=2026-12-03T09:00:00Z\
                      &$select=id,transactionId,seriesMasterId&$top=250";

fn found(items: Value) -> Value {
    json!({"value": items})
}

fn repeat(host: &mortise_plugin_api::testing::ScriptedHost) -> mortise_plugin_api::Result<Value> {
    host.call("calendar.create_event", create(draft(json!({}))))
}

#[test]
fn graph_may_answer_with_the_event_that_is_there() {
    let host = host();
    host.answer_json(200, changed("simple_event", json!({"subject": "Moved"})));
    assert_eq!(repeat(&host).unwrap()["title"], "Moved");
    assert_eq!(line(&only_request(&host)), "POST /me/calendar/events");
}

#[test]
fn a_spent_transaction_is_looked_for_among_the_newest_and_around_its_time() {
    let host = host();
    host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
    host.answer_json(200, found(json!([{"id": "x"}, {"id": "AAMk=", "transactionId": KEY}])));
    host.answer_json(200, found(json!([])));
    host.answer_json(200, fixture("simple_event"));
    assert_eq!(repeat(&host).unwrap()["id"], "simple");
    let asked = ["POST /me/calendar/events", NEWEST, AROUND, "GET /me/calendar/events/AAMk%3D"];
    assert_eq!(lines(&host), asked);
}

#[test]
fn of_an_occurrence_the_series_is_the_event() {
    let host = host();
    host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
    host.answer_json(400, refusal("ErrorInvalidUrlQueryOrderBy"));
    let occurrence = json!({"id": "o", "transactionId": KEY, "seriesMasterId": "master"});
    host.answer_json(200, found(json!([occurrence])));
    host.answer_json(200, fixture("simple_event"));
    repeat(&host).unwrap();
    assert_eq!(lines(&host)[3], "GET /me/calendar/events/master");
}

#[test]
fn an_event_that_was_deleted_or_cancelled_since_is_a_conflict() {
    let deleted_meanwhile: [&[(u16, Value)]; 4] = [
        &[(200, found(json!([]))), (200, found(json!([])))],
        &[(400, refusal("ErrorInvalidUrlQueryOrderBy")), (200, found(json!([])))],
        &[
            (200, found(json!([{"id": "AAMk=", "transactionId": KEY}]))),
            (200, found(json!([]))),
            (404, refusal("ErrorItemNotFound")),
        ],
        &[
            (200, found(json!([{"id": "AAMk=", "transactionId": KEY}]))),
            (200, found(json!([]))),
            (200, changed("simple_event", json!({"isCancelled": true}))),
        ],
    ];
    for answers in deleted_meanwhile {
        let host = host();
        host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
        for (status, body) in answers {
            host.answer_json(*status, body.clone());
        }
        let error = repeat(&host).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert!(error.message.contains("deleted"), "{}", error.message);
        assert_eq!(host.unused_answers(), 0);
    }
    let host = host();
    host.answer_json(200, changed("simple_event", json!({"isCancelled": true})));
    assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::Conflict);
}

#[test]
fn what_cannot_be_looked_for_just_now_can_be_tried_again() {
    let host = host();
    host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
    host.answer_json(503, refusal("ServiceUnavailable"));
    host.answer_json(200, found(json!([])));
    assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::Unavailable);

    host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
    host.answer_json(200, found(json!([{"id": "AAMk=", "transactionId": KEY}])));
    host.answer_json(503, refusal("ServiceUnavailable"));
    host.answer_json(429, refusal("ApplicationThrottled"));
    assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::RateLimited);
}

#[test]
fn an_event_of_which_only_the_key_is_known_is_found_by_it() {
    let at = json!({"calendar": "primary", "event": KEY});
    let newest = found(json!([{"id": "AAMk=", "transactionId": KEY}]));
    let host = host();
    host.answer_json(200, newest.clone());
    host.answer_json(200, fixture("simple_event"));
    assert_eq!(host.call("calendar.get_event", &at).unwrap()["id"], "simple");
    assert_eq!(lines(&host), [NEWEST, "GET /me/calendar/events/AAMk%3D"]);

    host.answer_json(200, newest.clone());
    host.answer_json(204, json!(null));
    host.call("calendar.delete_event", json!({"at": at})).unwrap();
    assert_eq!(lines(&host), [NEWEST, "DELETE /me/calendar/events/AAMk%3D"]);

    host.answer_json(200, newest);
    host.answer_json(200, fixture("simple_event"));
    host.answer_json(200, fixture("simple_event"));
    let update = json!({"at": at, "event": draft(json!({}))});
    host.call("calendar.update_event", update).unwrap();
    assert_eq!(lines(&host)[2], "PATCH /me/calendar/events/AAMk%3D");
}

#[test]
fn a_key_that_made_nothing_is_not_found() {
    let host = host();
    for operation in ["calendar.get_event", "calendar.delete_event"] {
        host.answer_json(200, found(json!([{"id": "x", "transactionId": "other"}])));
        let at = json!({"calendar": "primary", "event": KEY});
        let input = if operation == "calendar.get_event" { at } else { json!({"at": at}) };
        let error = host.call(operation, input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert_eq!(lines(&host), [NEWEST]);
    }
}
