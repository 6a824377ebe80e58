//! Creations that are repeated, and events of which only the creation's key is known.

use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{
    KEY, changed, create, draft, fixture, header, host, line, lines, only_request, refusal,
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
    let deleted_meanwhile: [&[(u16, Value)]; 3] = [
        &[(200, found(json!([]))), (200, found(json!([])))],
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

fn naming(id: &str) -> Value {
    let mut refusal = refusal("ErrorDuplicateTransactionId");
    refusal["error"]["@event.existingEventId"] = json!(id);
    refusal
}

#[test]
fn a_repetition_is_known_by_its_code_whatever_the_status() {
    for status in [400, 409] {
        let host = host();
        host.answer_json(status, refusal("ErrorDuplicateTransactionId"));
        host.answer_json(200, found(json!([{"id": "AAMk=", "transactionId": KEY}])));
        host.answer_json(200, found(json!([])));
        host.answer_json(200, fixture("simple_event"));
        assert_eq!(repeat(&host).unwrap()["id"], "simple", "{status}");
    }
}

#[test]
fn the_event_that_the_refusal_names_is_read_first() {
    let mut inside = refusal("ErrorDuplicateTransactionId");
    inside["error"]["innerError"]["@event.existingEventId"] = json!("AAMk=");
    for refused in [naming("AAMk="), inside] {
        let host = host();
        host.answer_json(400, refused);
        host.answer_json(200, fixture("simple_event"));
        assert_eq!(repeat(&host).unwrap()["id"], "simple");
        let requests = host.requests();
        assert_eq!(line(&requests[1]), "GET /me/calendar/events/AAMk%3D");
        let prefer = header(&requests[1], "prefer").unwrap();
        assert!(prefer.contains("ImmutableId"), "{prefer}");
    }
    for gone in [404, 410] {
        let host = host();
        host.answer_json(409, naming("AAMk="));
        host.answer_json(gone, refusal("ErrorItemNotFound"));
        assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::Conflict);
    }
    let host = host();
    host.answer_json(409, naming("AAMk="));
    host.answer_json(503, refusal("ServiceUnavailable"));
    assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::Unavailable);
}

#[test]
fn where_it_names_none_that_can_be_read_the_event_is_looked_for() {
    for (told, answer) in [(json!("x"), Some(refusal("ErrorInvalidIdMalformed"))), (json!(7), None)]
    {
        let host = host();
        let mut refused = naming("");
        refused["error"]["@event.existingEventId"] = told;
        host.answer_json(400, refused);
        if let Some(answer) = answer {
            host.answer_json(400, answer);
        }
        host.answer_json(200, found(json!([{"id": "AAMk=", "transactionId": KEY}])));
        host.answer_json(200, found(json!([])));
        host.answer_json(200, fixture("simple_event"));
        assert_eq!(repeat(&host).unwrap()["id"], "simple");
        assert_eq!(host.unused_answers(), 0);
    }
}

#[test]
fn no_other_refusal_calls_the_key_spent() {
    let host = host();
    for code in ["ErrorIrresolvableConflict", "ErrorNew"] {
        host.answer_json(409, refusal(code));
        let error = repeat(&host).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable, "{code}");
        assert_eq!(error.vendor_code.as_deref(), Some(code));
        assert!(error.message.contains("try again"), "{}", error.message);
        assert_eq!(lines(&host), ["POST /me/calendar/events"]);
    }
    host.answer_json(409, naming("AAMk="));
    host.answer_json(409, refusal("ErrorNew"));
    assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::Unavailable);
}

#[test]
fn a_place_that_could_not_be_looked_through_leaves_open_whether_the_event_is_there() {
    for (status, code, kind) in [
        (400, "ErrorInvalidUrlQueryOrderBy", ErrorKind::InvalidInput),
        (403, "ErrorAccessDenied", ErrorKind::MissingScope),
        (404, "ErrorItemNotFound", ErrorKind::NotFound),
        (409, "ErrorNew", ErrorKind::Unavailable),
    ] {
        let host = host();
        host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
        host.answer_json(status, refusal(code));
        host.answer_json(200, found(json!([])));
        assert_eq!(repeat(&host).unwrap_err().kind, kind);
    }
}

#[test]
fn the_search_goes_on_to_the_next_pages_and_not_for_ever() {
    let page = |skip: u32| {
        let link = format!("https://evil.example/v1.0/me/calendar/events?%24skip={skip}");
        json!({"value": [{"id": "x"}], "@odata.nextLink": link})
    };
    let host = host();
    host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
    host.answer_json(200, page(250));
    host.answer_json(200, found(json!([])));
    host.answer_json(200, found(json!([{"id": "AAMk=", "transactionId": KEY}])));
    host.answer_json(200, fixture("simple_event"));
    assert_eq!(repeat(&host).unwrap()["id"], "simple");
    assert_eq!(lines(&host)[3], format!("{NEWEST}&$skip=250"));

    host.answer_json(409, refusal("ErrorDuplicateTransactionId"));
    host.answer_json(200, page(250));
    host.answer_json(200, found(json!([])));
    for skip in [500, 750, 1000] {
        host.answer_json(200, page(skip));
    }
    assert_eq!(repeat(&host).unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(host.unused_answers(), 0);
}
