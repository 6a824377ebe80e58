use serde_json::{Value, json};

use crate::client::ADA;
use crate::microsoft_client::{Graph, graph, graph_of, hour, refusal, time, with};

const PATH: &str = "/me/calendar/getSchedule";
const BOB: &str = "bob@example.com";

fn morning(schedules: &[&str]) -> Value {
    json!({
        "schedules": schedules,
        "startTime": time("2026-12-01T09:00:00", "Europe/Berlin"),
        "endTime": time("2026-12-01T12:00:00", "Europe/Berlin"),
        "availabilityViewInterval": 60,
    })
}

async fn ask(ada: &Graph, body: &Value) -> Vec<Value> {
    let answer = ada.call_with("POST", PATH, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["value"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_schedule_shows_items_and_one_character_per_interval() {
    let ada = graph().await;
    ada.create(hour("Check-up", "2026-12-01T08")).await;
    ada.create(with(hour("Maybe", "2026-12-01T10"), json!({"showAs": "tentative"}))).await;
    ada.create(with(hour("Free", "2026-12-01T09"), json!({"showAs": "free"}))).await;
    let entries = ask(&ada, &morning(&[ADA])).await;
    let entry = &entries[0];
    assert_eq!(entry["scheduleId"], ADA);
    assert_eq!(entry["availabilityView"], "201");
    let items = entry["scheduleItems"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!((&items[0]["subject"], &items[0]["status"]), (&"Check-up".into(), &"busy".into()));
    assert_eq!(items[0]["start"], time("2026-12-01T08:00:00.0000000", "UTC"));
    assert_eq!(entry["workingHours"]["timeZone"]["name"], "W. Europe Standard Time");
}

#[tokio::test]
async fn the_busiest_event_of_an_interval_counts() {
    let ada = graph().await;
    let at = |show_as: &str, start: &str| with(hour("x", start), json!({"showAs": show_as}));
    for (show_as, start) in [
        ("workingElsewhere", "2026-12-01T08"),
        ("oof", "2026-12-01T09"),
        ("busy", "2026-12-01T09"),
        ("workingElsewhere", "2026-12-01T10"),
        ("tentative", "2026-12-01T10"),
    ] {
        ada.create(at(show_as, start)).await;
    }
    assert_eq!(ask(&ada, &morning(&[ADA])).await[0]["availabilityView"], "431");
}

#[tokio::test]
async fn times_are_in_the_preferred_zone() {
    let ada = graph().await;
    ada.create(hour("Check-up", "2026-12-01T08")).await;
    let zone = "Pacific Standard Time";
    let request =
        ada.request("POST", PATH).header("prefer", format!("outlook.timezone=\"{zone}\""));
    let request = crate::client::json(request, &morning(&[ADA]));
    let answer = ada.checked("POST", PATH, request).await;
    let item = &answer.body["value"][0]["scheduleItems"][0];
    assert_eq!(item["start"], time("2026-12-01T00:00:00.0000000", zone));
}

#[tokio::test]
async fn others_are_seen_without_what_they_do_and_the_unknown_are_errors() {
    let ada = graph().await;
    ada.sandbox.microsoft().put_event(BOB, "Calendar", hour("Secret", "2026-12-01T09"));
    ada.sandbox.microsoft().put_event(BOB, "Family", hour("School", "2026-12-01T08"));
    let entries = ask(&ada, &morning(&[BOB, "nobody@example.com", ADA])).await;
    assert_eq!(entries[0]["availabilityView"], "020", "the default calendar only");
    assert!(entries[0]["scheduleItems"][0]["subject"].is_null());
    assert_eq!(entries[1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
    assert_eq!(entries[2]["availabilityView"], "000");
    assert!(entries[2]["error"].is_null());
}

#[tokio::test]
async fn the_metadatas_spelling_is_taken_too() {
    let ada = graph().await;
    let body = json!({
        "Schedules": [ADA],
        "StartTime": time("2026-12-01T09:00:00", "UTC"),
        "EndTime": time("2026-12-01T11:00:00", "UTC"),
    });
    assert_eq!(ask(&ada, &body).await[0]["availabilityView"], "0000", "half hours");
}

#[tokio::test]
async fn a_calendar_that_is_named_must_be_there() {
    let ada = graph().await;
    let family = format!("/me/calendars/{}/getSchedule", ada.calendar("Family").await);
    let body = morning(&[ADA]);
    let found = ada.call_with("POST", &family, &body).await;
    assert_eq!((found.status, &found.body["value"][0]["scheduleId"]), (200, &ADA.into()));
    let unknown =
        crate::client::json(ada.request("POST", "/me/calendars/nonsense/getSchedule"), &body);
    assert_eq!(crate::client::send(unknown).await.status, 404);
}

#[tokio::test]
async fn too_many_people_and_too_long_a_time_are_refused() {
    let ada = graph().await;
    let end =
        |day: &str| json!({"endTime": time(&format!("2027-01-{day}T09:00:00"), "Europe/Berlin")});
    let many: Vec<_> = (0..21).map(|at| format!("p{at}@example.com")).collect();
    for (change, code) in [
        (json!({"schedules": many}), "ErrorMailboxDataArrayTooBig"),
        (json!({"schedules": []}), "ErrorInvalidRequest"),
        (end("13"), "ErrorTimeIntervalTooBig"),
        (json!({"endTime": time("2026-12-01T08:00:00", "UTC")}), "ErrorInvalidRequest"),
        (json!({"startTime": null}), "ErrorPropertyValidationFailure"),
        (
            json!({"startTime": time("2026-12-01T08:00:00", "Nowhere")}),
            "TimeZoneNotSupportedException",
        ),
        (json!({"availabilityViewInterval": 4}), "ErrorInvalidMergedFreeBusyInterval"),
        (json!({"availabilityViewInterval": 240}), "ErrorInvalidMergedFreeBusyInterval"),
        (json!({"who": "x"}), "RequestBodyRead"),
    ] {
        let answer = ada.call_with("POST", PATH, &with(morning(&[ADA]), change.clone())).await;
        assert_eq!(refusal(&answer), (400, code), "{change}");
    }
    assert_eq!(ask(&ada, &with(morning(&[ADA]), end("12"))).await.len(), 1, "42 days");
    let twenty = with(morning(&[ADA]), json!({"schedules": many[..20]}));
    assert_eq!(ask(&ada, &twenty).await.len(), 20);
}

#[tokio::test]
async fn schedules_are_for_work_accounts_with_a_scope() {
    let personal = graph_of("ada@hotmail.com", "Calendars.ReadWrite").await;
    let answer = personal.call_with("POST", PATH, &morning(&["ada@hotmail.com"])).await;
    assert_eq!(refusal(&answer), (403, "ErrorAccessDenied"));
    let basic = graph_of(ADA, "Calendars.ReadBasic").await;
    assert_eq!(ask(&basic, &morning(&[ADA])).await.len(), 1);
    let none = graph_of(ADA, "User.Read").await;
    let answer = none.call_with("POST", PATH, &morning(&[ADA])).await;
    assert_eq!(refusal(&answer), (403, "ErrorAccessDenied"));
}
