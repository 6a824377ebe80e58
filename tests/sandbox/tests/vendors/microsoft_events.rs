use serde_json::{Value, json};

use crate::client::{ADA, json};
use crate::microsoft_client::{
    EVENTS, event_path, graph, graph_of, hour, path_id, refusal, time, with,
};

fn check_up() -> Value {
    json!({
        "subject": "Check-up",
        "start": time("2026-12-01T10:00:00", "W. Europe Standard Time"),
        "end": time("2026-12-01T11:00:00", "Europe/Berlin"),
    })
}

#[tokio::test]
async fn a_created_event_comes_back_with_the_vendors_fields() {
    let ada = graph().await;
    let sent = with(
        check_up(),
        json!({
            "body": {"contentType": "text", "content": "Bring the card"},
            "location": {"displayName": "Room 1"},
            "attendees": [{"emailAddress": {"address": "bob@example.com"}, "type": "optional"}],
            "id": "ignored", "isOrganizer": false,
        }),
    );
    let answer = ada.call_with("POST", EVENTS, &sent).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let event = &answer.body;
    assert_eq!(event["start"], time("2026-12-01T09:00:00.0000000", "UTC"));
    assert_eq!(event["end"], time("2026-12-01T10:00:00.0000000", "UTC"));
    assert_eq!(event["originalStartTimeZone"], "W. Europe Standard Time");
    assert_eq!(event["originalEndTimeZone"], "Europe/Berlin");
    assert_eq!(event["type"], "singleInstance");
    assert_eq!(event["showAs"], "busy");
    assert_eq!(event["isOrganizer"], true);
    assert_eq!(event["organizer"]["emailAddress"]["address"], ADA);
    assert_eq!(event["bodyPreview"], "Bring the card");
    assert_eq!(event["body"]["contentType"], "html");
    assert_eq!(event["locations"][0]["displayName"], "Room 1");
    assert_eq!(event["attendees"][0]["status"]["response"], "none");
    assert_eq!(event["attendees"][0]["type"], "optional");
    assert_eq!(event["@odata.etag"], format!("W/\"{}\"", event["changeKey"].as_str().unwrap()));
    for name in ["seriesMasterId", "recurrence", "onlineMeeting", "transactionId"] {
        assert!(event[name].is_null() && event.get(name).is_some(), "{name}");
    }
    assert!(answer.header("location").ends_with(event["id"].as_str().unwrap()));

    assert_eq!(ada.get(&event_path(event)).await, *event);
    let stored = ada.sandbox.microsoft().events(ADA);
    assert_eq!((stored.len(), &*stored[0].calendar), (1, "Calendar"));
}

#[tokio::test]
async fn a_transaction_makes_one_event_and_stays_spent() {
    let ada = graph().await;
    let sent = with(check_up(), json!({"transactionId": "7d1b"}));
    let first = ada.create(sent.clone()).await;
    let again = ada.create(with(sent.clone(), json!({"subject": "Other"}))).await;
    assert_eq!(again, first);
    assert_eq!(first["transactionId"], "7d1b");
    assert_eq!(ada.sandbox.microsoft().events(ADA).len(), 1);

    assert_eq!(ada.call("DELETE", &event_path(&first)).await.status, 204);
    let answer = ada.call_with("POST", EVENTS, &sent).await;
    assert_eq!(refusal(&answer), (409, "ErrorDuplicateTransactionId"));
    assert!(ada.sandbox.microsoft().events(ADA).is_empty());
    ada.create(with(sent, json!({"transactionId": "7d1b-2"}))).await;
}

#[tokio::test]
async fn what_graph_refuses_in_an_event_is_refused() {
    let ada = graph().await;
    let days = |start: &str, end: &str| json!({"isAllDay": true, "start": time(start, "UTC"), "end": time(end, "UTC")});
    let cases = [
        (json!({"subjct": "x"}), "RequestBodyRead"),
        (json!({"attendees": [{"email": "bob@example.com"}]}), "RequestBodyRead"),
        (json!({"subject": 7}), "RequestBodyRead"),
        (json!({"showAs": "sleeping"}), "RequestBodyRead"),
        (json!({"start": null}), "ErrorPropertyValidationFailure"),
        (json!({"end": {"timeZone": "UTC"}}), "ErrorPropertyValidationFailure"),
        (json!({"start": time("2026-12-01T12:00:00", "UTC")}), "ErrorPropertyValidationFailure"),
        (json!({"start": time("2026-12-01T09:00:00Z", "UTC")}), "ErrorPropertyValidationFailure"),
        (json!({"start": time("2026-12-01T09:00:00", "Nowhere")}), "TimeZoneNotSupportedException"),
        (
            json!({"attendees": [{"emailAddress": {"name": "Bob"}}]}),
            "ErrorPropertyValidationFailure",
        ),
        (days("2026-12-01T09:00:00", "2026-12-02T09:00:00"), "ErrorPropertyValidationFailure"),
        (days("2026-12-01T00:00:00", "2026-12-01T00:00:00"), "ErrorPropertyValidationFailure"),
        (
            with(
                days("2026-12-01T00:00:00", "2026-12-02T00:00:00"),
                json!({"end": time("2026-12-02T00:00:00", "Europe/Berlin")}),
            ),
            "ErrorPropertyValidationFailure",
        ),
        (
            json!({"isOnlineMeeting": true, "onlineMeetingProvider": "skypeForConsumer"}),
            "ErrorPropertyValidationFailure",
        ),
    ];
    for (change, code) in cases {
        let answer = ada.call_with("POST", EVENTS, &with(check_up(), change.clone())).await;
        assert_eq!(refusal(&answer), (400, code), "{change}");
    }
    for sent in ["{", "[]", "\"x\""] {
        let request = json(ada.request("POST", EVENTS), &Value::Null).body(sent);
        let answer = ada.checked("POST", EVENTS, request).await;
        assert_eq!(refusal(&answer), (400, "RequestBodyRead"));
    }
    assert!(ada.sandbox.microsoft().events(ADA).is_empty());
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_replaces_arrays() {
    let ada = graph().await;
    let guest = |address: &str| json!({"emailAddress": {"address": address}});
    let guests = json!({"attendees": [guest("bob@example.com"), guest("eve@example.com")]});
    let event = ada.create(with(check_up(), guests)).await;
    let patch = json!({
        "end": time("2026-12-01T12:00:00", "UTC"),
        "attendees": [guest("cy@example.com")],
        "subject": null,
        "body": {"content": "<b>Hi</b>"},
    });
    let answer = ada.call_with("PATCH", &event_path(&event), &patch).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let changed = &answer.body;
    assert_eq!(changed["start"], event["start"]);
    assert_eq!(changed["end"]["dateTime"], "2026-12-01T12:00:00.0000000");
    assert_eq!(changed["attendees"].as_array().unwrap().len(), 1);
    assert_eq!((&changed["subject"], &changed["bodyPreview"]), (&"".into(), &"Hi".into()));
    assert_eq!(changed["id"], event["id"]);
    assert_ne!(changed["changeKey"], event["changeKey"]);
    let early = json!({"end": time("2026-12-01T08:00:00", "UTC")});
    assert_eq!(ada.call_with("PATCH", &event_path(&event), &early).await.status, 400);
    assert_eq!(ada.get(&event_path(&event)).await, *changed, "a refused patch changes nothing");
}

#[tokio::test]
async fn a_transaction_id_cannot_be_changed_and_an_old_change_key_is_a_conflict() {
    let ada = graph().await;
    let event = ada.create(with(check_up(), json!({"transactionId": "7d1b"}))).await;
    let path = event_path(&event);
    let answer = ada.call_with("PATCH", &path, &json!({"transactionId": "other"})).await;
    assert_eq!(refusal(&answer), (400, "ErrorPropertyValidationFailure"));
    let with_key = json!({"changeKey": event["changeKey"], "subject": "New"});
    assert_eq!(ada.call_with("PATCH", &path, &with_key).await.status, 200);
    let answer = ada.call_with("PATCH", &path, &with_key).await;
    assert_eq!(refusal(&answer), (409, "ErrorIrresolvableConflict"));
}

#[tokio::test]
async fn if_match_guards_changing_and_deleting() {
    let ada = graph().await;
    let event = ada.create(check_up()).await;
    let path = event_path(&event);
    let (old, subject) = (event["@odata.etag"].as_str().unwrap(), json!({"subject": "New"}));
    let guarded = |method: &str, etag: &str| ada.request(method, &path).header("if-match", etag);
    let patched = ada.checked("PATCH", &path, json(guarded("PATCH", old), &subject)).await;
    assert_eq!(patched.status, 200, "{}", patched.text);
    let stale = ada.checked("PATCH", &path, json(guarded("PATCH", old), &subject)).await;
    assert_eq!(refusal(&stale), (412, "ErrorIrresolvableConflict"));
    assert_eq!(ada.checked("DELETE", &path, guarded("DELETE", old)).await.status, 412);
    assert_eq!(ada.checked("DELETE", &path, guarded("DELETE", "*")).await.status, 204);
}

#[tokio::test]
async fn a_missing_event_is_not_found() {
    let ada = graph().await;
    let event = ada.create(check_up()).await;
    let path = event_path(&event);
    assert_eq!(ada.call("DELETE", &path).await.status, 204);
    let foreign = ada.sandbox.microsoft().put_event("eve@example.com", "Calendar", check_up());
    for path in [path, event_path(&foreign), format!("{EVENTS}/nonsense")] {
        assert_eq!(refusal(&ada.call("GET", &path).await), (404, "ErrorItemNotFound"));
        assert_eq!(refusal(&ada.call("DELETE", &path).await), (404, "ErrorItemNotFound"));
        let answer = ada.call_with("PATCH", &path, &json!({"subject": "x"})).await;
        assert_eq!(refusal(&answer), (404, "ErrorItemNotFound"));
    }
}

#[tokio::test]
async fn an_event_is_reached_through_its_own_calendar_only() {
    let ada = graph().await;
    let family = format!("/me/calendars/{}/events", ada.calendar("Family").await);
    let event = ada.call_with("POST", &family, &check_up()).await.body;
    let id = path_id(&event);
    for (path, status) in [
        (format!("/me/events/{id}"), 200),
        (format!("{family}/{id}"), 200),
        (format!("/me/calendar/events/{id}"), 404),
        (format!("/me/calendars/nonsense/events/{id}"), 404),
    ] {
        assert_eq!(ada.call("GET", &path).await.status, status, "{path}");
    }
    assert_eq!(ada.get(&family).await["value"].as_array().unwrap().len(), 1);
    assert!(ada.get("/me/calendar/events").await["value"].as_array().unwrap().is_empty());
    assert_eq!(ada.sandbox.microsoft().events(ADA)[0].calendar, "Family");
}

#[tokio::test]
async fn a_calendar_that_cannot_be_edited_is_read_only() {
    let ada = graph().await;
    let birthdays = format!("/me/calendars/{}/events", ada.calendar("Birthdays").await);
    let answer = ada.call_with("POST", &birthdays, &check_up()).await;
    assert_eq!(refusal(&answer), (403, "ErrorAccessDenied"));
    let event = ada.sandbox.microsoft().put_event(ADA, "Birthdays", check_up());
    let path = event_path(&event);
    assert_eq!(ada.call("GET", &path).await.status, 200);
    assert_eq!(ada.call("DELETE", &path).await.status, 403);
    assert_eq!(ada.call_with("PATCH", &path, &json!({"subject": "x"})).await.status, 403);
}

#[tokio::test]
async fn an_all_day_event_is_the_same_day_in_every_zone() {
    let ada = graph().await;
    let zone = "W. Europe Standard Time";
    let day = json!({
        "isAllDay": true,
        "start": time("2026-12-24T00:00:00", zone),
        "end": time("2026-12-25T00:00:00", zone),
    });
    let event = ada.create(day).await;
    assert_eq!(event["start"], time("2026-12-24T00:00:00.0000000", "UTC"));
    let tokyo = r#"outlook.timezone="Tokyo Standard Time""#;
    let seen = ada.prefer(tokyo, "GET", &event_path(&event)).await.body;
    assert_eq!(seen["start"], time("2026-12-24T00:00:00.0000000", "Tokyo Standard Time"));
}

#[tokio::test]
async fn an_immutable_id_stays_when_the_event_is_moved_and_the_usual_one_does_not() {
    let ada = graph().await;
    let event = ada.create(check_up()).await;
    let immutable = r#"IdType="ImmutableId""#;
    let same = ada.prefer(immutable, "GET", &event_path(&event)).await;
    assert_eq!(same.header("preference-applied"), immutable);
    assert_ne!(same.body["id"], event["id"]);
    let id = event["id"].as_str().unwrap();
    let moved = ada.sandbox.microsoft().move_event(ADA, id, "Family").unwrap();
    assert_ne!(moved["id"], event["id"]);

    assert_eq!(ada.call("GET", &event_path(&event)).await.status, 404);
    assert_eq!(ada.get(&event_path(&moved)).await["subject"], "Check-up");
    let found = ada.prefer(immutable, "GET", &event_path(&same.body)).await;
    assert_eq!((found.status, &found.body["id"]), (200, &same.body["id"]));
    assert_eq!(found.body["iCalUId"], event["iCalUId"]);
}

#[tokio::test]
async fn an_online_meeting_has_a_join_address_and_stays() {
    let ada = graph().await;
    let event = ada.create(with(check_up(), json!({"isOnlineMeeting": true}))).await;
    assert_eq!(event["onlineMeetingProvider"], "teamsForBusiness", "the calendar's default");
    let join = event["onlineMeeting"]["joinUrl"].as_str().unwrap();
    assert!(join.starts_with("https://teams.microsoft.com/l/meetup-join/"), "{join}");
    let path = event_path(&event);
    for change in
        [json!({"isOnlineMeeting": false}), json!({"onlineMeetingProvider": "skypeForBusiness"})]
    {
        let answer = ada.call_with("PATCH", &path, &change).await;
        assert_eq!(refusal(&answer), (400, "ErrorPropertyValidationFailure"));
    }
    let renamed = json!({"subject": "x", "isOnlineMeeting": true});
    let kept = ada.call_with("PATCH", &path, &renamed).await.body;
    assert_eq!(kept["onlineMeeting"], event["onlineMeeting"]);

    let plain = ada.create(check_up()).await;
    assert_eq!(plain["onlineMeetingProvider"], "unknown");
    let later = json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"});
    let later = ada.call_with("PATCH", &event_path(&plain), &later).await.body;
    assert!(later["onlineMeeting"]["joinUrl"].is_string());
}

#[tokio::test]
async fn personal_accounts_have_other_meetings() {
    let personal = graph_of("ada@outlook.com", "Calendars.ReadWrite").await;
    let calendar = personal.get("/me/calendar").await;
    assert_eq!(calendar["allowedOnlineMeetingProviders"], json!(["skypeForConsumer"]));
    let teams = json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"});
    let answer = personal.call_with("POST", EVENTS, &with(check_up(), teams)).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn preferences_are_applied_and_named() {
    let ada = graph().await;
    let content = json!({"body": {"contentType": "html", "content": "<p>One &amp; two</p>"}});
    let event = ada.create(with(check_up(), content)).await;
    let path = event_path(&event);
    let both = r#"outlook.timezone="America/New_York", outlook.body-content-type="text""#;
    let answer = ada.prefer(both, "GET", &path).await;
    assert_eq!(answer.header("preference-applied"), both);
    assert_eq!(answer.body["start"], time("2026-12-01T04:00:00.0000000", "America/New_York"));
    assert_eq!(answer.body["body"], json!({"contentType": "text", "content": "One & two"}));
    assert_eq!(answer.body["originalStartTimeZone"], "W. Europe Standard Time");
    let unknown = ada.prefer(r#"outlook.timezone="Nowhere""#, "GET", &path).await;
    assert_eq!(refusal(&unknown), (400, "TimeZoneNotSupportedException"));
    assert_eq!(ada.prefer("respond-async", "GET", &path).await.header("preference-applied"), "");
}

#[tokio::test]
async fn select_gives_what_was_asked_for() {
    let ada = graph().await;
    let event = ada.create(hour("Lunch", "2026-12-01T11")).await;
    let some = ada.get(&format!("{}?$select=subject,start", event_path(&event))).await;
    let names: Vec<_> = some.as_object().unwrap().keys().collect();
    assert_eq!(names, ["@odata.context", "@odata.etag", "id", "start", "subject"]);
    let unknown = ada.call("GET", &format!("{}?$select=colour", event_path(&event))).await;
    assert_eq!(refusal(&unknown), (400, "RequestBroker--ParseUri"));
}
