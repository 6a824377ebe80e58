//! `POST /api/calendar/events`: what an event may be. That it is made once is in
//! `exactly_once.rs`, that its time must be free in `overlaps.rs`.

use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::FaultKind;
use serde_json::{Value, json};

use crate::support::{
    ADA, BOB, EVENTS_SCOPE, FAILURES, READONLY_SCOPE, Refused as _, appointment, connected,
    connected_with, impatient, on_events,
};

const PATH: &str = "/api/calendar/events";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";

fn with(field: &str, value: Value) -> Value {
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"][field] = value;
    body
}

#[tokio::test]
async fn an_event_is_made_at_the_vendor_and_linked() {
    let hub = connected().await;
    let mut body = with("attendees", json!([{"email": "guest@example.org", "name": "Guest"}]));
    body["event"]["description"] = json!("First visit");
    body["event"]["location"] = json!("Room 2");
    let answer = hub.post(PATH, &body).await;
    assert_eq!(answer.header("location"), "/api/calendar/events/appointment/123");
    let etag = answer.header("etag").to_owned();
    let made = answer.expect(201).body;
    insta::assert_json_snapshot!(made, {
        ".event.id" => "[id]",
        ".event.etag" => "[etag]",
        ".event.html_url" => "[url]",
        ".event.created_at" => "[time]",
        ".event.updated_at" => "[time]",
        ".event.extra.iCalUID" => "[uid]",
        ".link.event_id" => "[id]",
        ".link.created_at" => "[time]",
        ".link.updated_at" => "[time]",
    });
    assert_eq!(made["link"]["event_id"], made["event"]["id"]);
    assert_eq!(made["event"]["etag"], etag);

    let stored = hub.google().events(ADA).remove(0);
    assert_eq!(stored.calendar, ADA);
    assert_eq!(stored.send_updates.as_deref(), Some("all"));
    assert_eq!(stored.event["id"], made["event"]["id"]);
    assert_eq!(stored.event["summary"], "Check-up");
    assert_eq!(stored.event["description"], "First visit");
    assert_eq!(
        stored.event["start"],
        json!({"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"})
    );
    assert_eq!(stored.event["attendees"][0]["email"], "guest@example.org");
    let id = stored.event["id"].as_str().unwrap();
    assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v')), "{id}");
}

#[tokio::test]
async fn mail_goes_to_whom_notify_says() {
    let hub = connected().await;
    for (entity, notify, send_updates) in
        [("1", "all", "all"), ("2", "external", "externalOnly"), ("3", "none", "none")]
    {
        let mut body = appointment(entity, TEN, ELEVEN);
        body["notify"] = json!(notify);
        body["allow_conflicts"] = json!(true);
        let id = hub.post(PATH, &body).await.expect(201).body["event"]["id"].clone();
        let stored = hub.google().events(ADA).into_iter().find(|stored| stored.event["id"] == id);
        assert_eq!(stored.unwrap().send_updates.as_deref(), Some(send_updates));
    }
    let mut body = appointment("4", TEN, ELEVEN);
    body["notify"] = json!("everybody");
    hub.post(PATH, &body).await.invalid(&["notify"]);
}

#[tokio::test]
async fn a_conference_that_is_asked_for_comes_with_its_link() {
    let hub = connected().await;
    let made =
        hub.post(PATH, &with("conference", json!({"requested": true}))).await.expect(201).body;
    let conference = &made["event"]["conference"];
    assert!(conference["url"].as_str().unwrap().starts_with("https://meet.google.com/"), "{made}");
    assert_eq!(conference["status"], "ready");
    let read = hub.get(&format!("{PATH}/appointment/123")).await.expect(200).body;
    assert_eq!(read["event"]["conference"], *conference);
}

#[tokio::test]
async fn an_all_day_event_keeps_its_dates() {
    let hub = connected().await;
    let mut body = with("start", json!({"date": "2026-12-24"}));
    body["event"]["end"] = json!({"date": "2026-12-27"});
    let made = hub.post(PATH, &body).await.expect(201).body;
    assert_eq!(made["event"]["start"], json!({"date": "2026-12-24"}));
    assert_eq!(made["event"]["end"], json!({"date": "2026-12-27"}));
    let stored = hub.google().events(ADA).remove(0).event;
    assert_eq!(stored["start"], json!({"date": "2026-12-24"}));
    assert_eq!(stored["end"], json!({"date": "2026-12-27"}));
    let again = hub.post(PATH, &body).await.expect(200).body;
    assert_eq!(again, made);
}

#[tokio::test]
async fn text_of_any_script_and_length_arrives_unharmed() {
    let hub = connected().await;
    let title = "Zahnärztin 🦷 \u{202e}שלום\u{202c} 名前 <b>&amp;</b> \"q\" \\";
    let description = "🙂 Zeile\n\t".repeat(16_000);
    let mut body = with("title", json!(title));
    body["event"]["description"] = json!(description);
    body["event"]["location"] = json!("👩‍⚕️ 3. Stock");
    let made = hub.post(PATH, &body).await.expect(201).body;
    let stored = hub.google().events(ADA).remove(0).event;
    assert_eq!((&made["event"]["title"], &stored["summary"]), (&json!(title), &json!(title)));
    assert_eq!(stored["description"], description);
    assert_eq!(made["event"]["description"], description);
    assert_eq!(stored["location"], "👩‍⚕️ 3. Stock");
}

#[tokio::test]
async fn the_vendors_own_fields_pass_through_extra() {
    let hub = connected().await;
    let extra = json!({
        "colorId": "5",
        "extendedProperties": {"private": {"case": "77"}},
        "id": "myown", "summary": "not this",
    });
    let made = hub.post(PATH, &with("extra", extra)).await.expect(201).body;
    let stored = hub.google().events(ADA).remove(0).event;
    assert_eq!(stored["colorId"], "5");
    assert_eq!(stored["extendedProperties"]["private"]["case"], "77");
    assert_eq!(stored["summary"], "Check-up", "the model's field counts");
    assert_ne!(stored["id"], "myown", "the id is the hub's");
    assert_eq!(made["event"]["extra"]["colorId"], "5");
}

#[tokio::test]
async fn reminders_visibility_and_transparency_reach_the_vendor() {
    let hub = connected().await;
    let mut body = with("reminders", json!([{"method": "email", "minutes": 1440}]));
    body["event"]["visibility"] = json!("private");
    body["event"]["transparency"] = json!("free");
    body["event"]["status"] = json!("tentative");
    let made = hub.post(PATH, &body).await.expect(201).body;
    let stored = hub.google().events(ADA).remove(0).event;
    let reminders = json!({
        "useDefault": false, "overrides": [{"method": "email", "minutes": 1440}],
    });
    assert_eq!(stored["reminders"], reminders);
    assert_eq!(stored["visibility"], "private");
    assert_eq!(stored["transparency"], "transparent");
    assert_eq!(stored["status"], "tentative");
    for field in ["reminders", "visibility", "transparency", "status"] {
        assert_eq!(made["event"][field], body["event"][field], "{field}");
    }
}

#[tokio::test]
async fn an_offset_fixes_the_moment_and_the_zone_how_it_is_shown() {
    let hub = connected().await;
    let mut body = with(
        "start",
        json!({"date_time": "2026-12-01T09:00:00Z", "time_zone": "America/New_York"}),
    );
    body["event"]["end"] = json!({"date_time": "2026-12-01T12:00:00+02:00"});
    let made = hub.post(PATH, &body).await.expect(201).body;
    let moment = |which: &str| {
        let text = made["event"][which]["date_time"].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().to_rfc3339()
    };
    assert_eq!(moment("start"), "2026-12-01T09:00:00+00:00");
    assert_eq!(moment("end"), "2026-12-01T10:00:00+00:00");
    assert_eq!(made["event"]["start"]["time_zone"], "America/New_York");
}

#[tokio::test]
async fn the_second_of_an_hour_that_comes_twice_needs_its_offset() {
    let hub = connected().await;
    let mut body =
        with("start", json!({"date_time": "2026-10-25T02:30:00", "time_zone": "Europe/Berlin"}));
    body["event"]["end"] =
        json!({"date_time": "2026-10-25T02:30:00+01:00", "time_zone": "Europe/Berlin"});
    let made = hub.post(PATH, &body).await.expect(201).body;
    assert_eq!(made["event"]["start"]["date_time"], "2026-10-25T02:30:00+02:00");
    assert_eq!(made["event"]["end"]["date_time"], "2026-10-25T02:30:00+01:00");
}

#[tokio::test]
async fn record_ids_may_hold_any_printable_text() {
    let hub = connected().await;
    for (index, id) in [
        "a/b",
        "a b",
        "ä+ö?x=1&y#z",
        "100%",
        "%2F",
        "🦷",
        "..;",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ]
    .into_iter()
    .enumerate()
    {
        let day = index + 1;
        let mut body = appointment(
            id,
            &format!("2026-12-0{day}T10:00:00"),
            &format!("2026-12-0{day}T11:00:00"),
        );
        body["entity_type"] = json!("Case-File_2.x");
        let answer = hub.post(PATH, &body).await;
        let location = answer.header("location").to_owned();
        let made = answer.expect(201).body;
        assert_eq!(made["link"]["entity_id"], id);
        let read = hub.get(&location).await.expect(200).body;
        assert_eq!(read, made, "{location}");
    }
    assert_eq!(hub.google().events(ADA).len(), 8);
}

#[tokio::test]
async fn record_names_that_are_none_are_refused() {
    let hub = connected().await;
    for (kind, id, field) in [
        ("", "1", "entity_type"),
        ("a b", "1", "entity_type"),
        ("terminé", "1", "entity_type"),
        (&"x".repeat(65), "1", "entity_type"),
        ("appointment", "", "entity_id"),
        ("appointment", "a\nb", "entity_id"),
        ("appointment", &"ä".repeat(192), "entity_id"),
    ] {
        let mut body = appointment(id, TEN, ELEVEN);
        body["entity_type"] = json!(kind);
        hub.post(PATH, &body).await.invalid(&[field]);
    }
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.refuses_strangers("POST", PATH, Some(appointment("123", TEN, ELEVEN))).await;
    assert!(hub.google().events(ADA).is_empty());
}

#[tokio::test]
async fn two_users_may_use_the_same_record_id() {
    let hub = connected().await;
    let bob = hub.bob().await;
    let body = appointment("123", TEN, ELEVEN);
    let ours = hub.post(PATH, &body).await.expect(201).body;
    let theirs = bob.post(PATH, body).await.expect(201).body;
    assert_ne!(ours["event"]["id"], theirs["event"]["id"]);
    assert_eq!((hub.google().events(ADA).len(), hub.google().events(BOB).len()), (1, 1));
}

#[tokio::test]
async fn a_user_without_a_calendar_is_told_where_to_connect() {
    let hub = connected().await;
    let body = appointment("123", TEN, ELEVEN);
    let problem = hub.hub.as_user("nobody").post(PATH, body).await.refused(409, "not-connected");
    let link = problem["connect_url"].as_str().unwrap();
    assert!(link.starts_with("http://") && link.ends_with("google-calendar/connect"), "{link}");
}

#[tokio::test]
async fn a_session_for_another_provider_writes_nothing() {
    let hub = connected().await;
    let session = hub.session_for_outlook().await;
    let mut body = appointment("123", TEN, ELEVEN);
    let refused = session.post(PATH, body.clone()).await;
    assert_eq!(refused.refused(409, "not-connected")["provider"], "outlook");
    body["provider"] = json!("google_calendar");
    session.post(PATH, body).await.refused(403, "forbidden");
    assert!(hub.google().events(ADA).is_empty());
}

#[tokio::test]
async fn every_fault_of_an_event_is_named_at_once() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"] = json!({
        "title": "x".repeat(5000),
        "start": {"date_time": "2026-03-29T02:30:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-03-29T04:00:00", "time_zone": "Europe/Bonn"},
        "attendees": [{"email": "ada@example.com"}, {"email": "nobody"}],
    });
    hub.post(PATH, &body).await.invalid(&[
        "event.start.date_time",
        "event.end.time_zone",
        "event.title",
        "event.attendees.1.email",
    ]);
    assert_eq!(hub.google().events(ADA).len(), 0);
}

#[tokio::test]
async fn bad_times_name_their_field() {
    let hub = connected().await;
    let berlin = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    for (start, end, field) in [
        (berlin(ELEVEN), berlin(TEN), "event.end"),
        (json!({"date": "2026-12-24"}), json!({"date": "2026-12-24"}), "event.end"),
        (json!({"date": "2026-12-24"}), berlin(ELEVEN), "event.end"),
        (json!({}), berlin(ELEVEN), "event.start"),
        (json!({"date": "2026-02-30"}), json!({"date": "2026-03-01"}), "event.start.date"),
        (json!({"date_time": TEN}), berlin(ELEVEN), "event.start.time_zone"),
        (json!({"date_time": "ten"}), berlin(ELEVEN), "event.start.date_time"),
        (berlin("2026-03-29T02:30:00"), berlin("2026-03-29T04:00:00"), "event.start.date_time"),
        (
            json!({"date_time": TEN, "time_zone": "Mars/Base"}),
            berlin(ELEVEN),
            "event.start.time_zone",
        ),
        (json!({"date": "2026-12-24", "date_time": TEN}), berlin(ELEVEN), "event.start"),
        (
            json!({"date": "2026-12-24", "time_zone": "Europe/Berlin"}),
            json!({"date": "2026-12-25"}),
            "event.start.time_zone",
        ),
    ] {
        let mut body = with("start", start);
        body["event"]["end"] = end;
        hub.post(PATH, &body).await.invalid(&[field]);
    }
}

#[tokio::test]
async fn bad_details_name_their_field() {
    let hub = connected().await;
    let guests: Vec<Value> =
        (0..501).map(|n| json!({"email": format!("guest{n}@example.org")})).collect();
    for (field, value, named) in [
        ("title", json!("x".repeat(4097)), "event.title"),
        ("location", json!("x".repeat(4097)), "event.location"),
        ("description", json!("x".repeat(256 * 1024 + 1)), "event.description"),
        ("attendees", json!(guests), "event.attendees"),
        ("attendees", json!([{"email": "a b@example.org"}]), "event.attendees.0.email"),
        ("reminders", json!([{"method": "popup", "minutes": 40321}]), "event.reminders.0.minutes"),
        ("recurrence", json!(["every week"]), "event.recurrence.0"),
        ("recurrence", json!(["RRULE:FREQ=DAILY\r\nX:Y"]), "event.recurrence.0"),
        ("status", json!("cancelled"), "event.status"),
    ] {
        hub.post(PATH, &with(field, value)).await.invalid(&[named]);
    }
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused_with_what_is_wrong() {
    let hub = connected().await;
    let without = |field: &str| {
        let mut body = appointment("123", TEN, ELEVEN);
        body.as_object_mut().unwrap().remove(field);
        body
    };
    let mut faults = vec![
        (without("entity_type"), "entity_type"),
        (without("entity_id"), "entity_id"),
        (without("event"), "event"),
        (json!([]), "body"),
        (with("start", json!("2026-12-01T10:00:00Z")), "start"),
        (with("colour", json!("red")), "colour"),
        (with("title", json!(7)), "title"),
        (with("attendees", json!(["a@b.c"])), "attendees"),
        (with("visibility", json!("secret")), "secret"),
    ];
    let mut number = appointment("123", TEN, ELEVEN);
    number["entity_id"] = json!(123);
    faults.push((number, "entity_id"));
    let mut unknown = appointment("123", TEN, ELEVEN);
    unknown["allow_conflict"] = json!(true);
    faults.push((unknown, "allow_conflict"));
    for (body, named) in faults {
        let problem = hub.post(PATH, &body).await.refused(422, "invalid");
        assert!(problem["errors"].to_string().contains(named), "{named}: {problem}");
    }
    hub.user
        .send_text("POST", PATH, "application/json", "{\"entity_type\": ")
        .await
        .refused(400, "bad-request");
    hub.user.send_text("POST", PATH, "text/plain", "hello").await.refused(415, "bad-request");
    let huge = format!("\"{}\"", "x".repeat(1_100_000));
    hub.user
        .send_text("POST", PATH, "application/json", &huge)
        .await
        .refused(413, "body-too-large");
}

#[tokio::test]
async fn an_unknown_provider_or_calendar_is_told() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["provider"] = json!("acme");
    hub.post(PATH, &body).await.refused(404, "unknown-provider");
    let mut body = appointment("123", TEN, ELEVEN);
    body["calendar_id"] = json!("nowhere@example.com");
    body["allow_conflicts"] = json!(true);
    hub.post(PATH, &body).await.refused(404, "vendor-not-found");
    body["calendar_id"] = json!("..");
    hub.post(PATH, &body).await.invalid(&["calendar_id"]);
    hub.get(&format!("{PATH}/appointment/123")).await.refused(404, "not-linked");
}

#[tokio::test]
async fn an_event_can_go_to_a_second_calendar() {
    let hub = connected().await;
    let team = "team/a#1@group.calendar.google.com";
    hub.plant(team, "planted", "2026-12-05T10:00:00Z", "2026-12-05T11:00:00Z", json!({}));
    let mut body = appointment("123", TEN, ELEVEN);
    body["calendar_id"] = json!(team);
    let made = hub.post(PATH, &body).await.expect(201).body;
    assert_eq!(made["link"]["calendar_id"], team);
    let read = hub.get(&format!("{PATH}/appointment/123")).await.expect(200).body;
    assert_eq!(read["event"]["calendar_id"], team);
    let stored = hub.google().events(ADA);
    let stored = stored.iter().find(|stored| stored.event["id"] == made["event"]["id"]).unwrap();
    assert_eq!(stored.calendar, team);
}

#[tokio::test]
async fn what_the_vendor_refuses_leaves_no_link() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["calendar_id"] = json!(HOLIDAYS_CALENDAR);
    hub.post(PATH, &body).await.refused_by_vendor(403, "vendor-forbidden");
    hub.get(&format!("{PATH}/appointment/123")).await.refused(404, "not-linked");
    let odd = with("attendees", json!([{"email": "a(b)@example.org"}]));
    hub.post(PATH, &odd).await.refused_by_vendor(422, "vendor-refused");
    hub.get(&format!("{PATH}/appointment/123")).await.refused(404, "not-linked");
    hub.post(PATH, &appointment("123", TEN, ELEVEN)).await.expect(201);
}

#[tokio::test]
async fn without_the_scope_to_write_nothing_is_asked_of_the_vendor() {
    let hub = connected_with(&[READONLY_SCOPE]).await;
    let before = hub.google().requests().len();
    let answer = hub.post(PATH, &appointment("123", TEN, ELEVEN)).await;
    let problem = answer.refused(403, "missing-scope");
    assert_eq!(problem["scopes"], json!([EVENTS_SCOPE]));
    assert!(problem["connect_url"].is_string(), "{problem}");
    assert_eq!(hub.google().requests().len(), before);
}

#[tokio::test]
async fn without_the_scope_to_see_busy_time_only_unchecked_writes_are_possible() {
    let hub = connected_with(&[EVENTS_SCOPE]).await;
    let mut body = appointment("123", TEN, ELEVEN);
    let problem = hub.post(PATH, &body).await.refused(403, "missing-scope");
    assert_eq!(problem["scopes"], json!([READONLY_SCOPE]));
    assert!(hub.google().events(ADA).is_empty());
    body["allow_conflicts"] = json!(true);
    hub.post(PATH, &body).await.expect(201);
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(on_events(kind, "POST").times(1));
        hub.post(PATH, &appointment("123", TEN, ELEVEN)).await.refused_by_vendor(status, code);
        let repeated = hub.post(PATH, &appointment("123", TEN, ELEVEN)).await;
        assert!(matches!(repeated.status, 200 | 201), "{kind:?}: {repeated:?}");
        hub.delete(&format!("{PATH}/appointment/123")).await.expect(204);
        assert_eq!(hub.live_events(ADA).len(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504_and_the_repeated_call_finds_its_work() {
    let hub = impatient().await;
    hub.google().set_fault(on_events(FaultKind::Slow, "POST").times(1));
    let body = appointment("123", TEN, ELEVEN);
    hub.post(PATH, &body).await.refused_by_vendor(504, "vendor-timeout");
    let made = hub.post(PATH, &body).await;
    assert!(matches!(made.status, 200 | 201), "{made:?}");
    assert_eq!(hub.live_events(ADA).len(), 1);
}

#[tokio::test]
async fn a_fault_in_a_list_is_named_by_its_place_with_dots() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["reminders"] = json!([{"method": "popup", "minutes": 5}, {"method": "popup"}]);
    let answer = hub.post(PATH, &body).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert_eq!(answer.fields(), ["event.reminders.1.minutes"]);
}

#[tokio::test]
async fn a_problem_is_not_larger_than_what_it_is_about() {
    let hub = connected().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["attendees"] = vec![json!({"email": "x"}); 2000].into();
    let answer = hub.post(PATH, &body).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert!(answer.fields().len() <= 50, "{:?}", answer.fields());
    assert!(answer.text.len() < 10_000, "{}", answer.text.len());

    let mut body = appointment("123", TEN, ELEVEN);
    body["event"]["x".repeat(100_000)] = json!(1);
    let answer = hub.post(PATH, &body).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert_eq!(answer.fields()[0].len(), 200);
    assert!(answer.text.len() < 2_000, "{}", answer.text.len());
}
